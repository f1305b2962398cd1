//! Masks as the manual shows them: a list, a page, and `docs/masks.md`.

use std::fmt::Write;
use waxwork_core::masks::LOCALES;
use waxwork_core::masks::manual::{OptionPage, Page};

/// Columns of a terminal that lines keep to.
const WIDTH: usize = 96;

/// A few lines a mask.
pub(crate) fn list(pages: &[Page]) -> String {
    let width = pages.iter().map(|page| page.name.len()).max().unwrap_or(0);
    let mut text = format!("{:width$}  {:6}  what the copy holds\n", "mask", "unique");
    for page in pages {
        let about = filled(&format!("{} ({})", page.about, page.types.join(", ")), width + 10);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:width$}  {:6}  {about}", page.name, yes_or_no(page));
    }
    plain(&text) + "\nwaxwork masks NAME says all about one."
}

/// Whether it can stand in a unique or referenced column.
fn yes_or_no(page: &Page) -> &'static str {
    if page.unique.is_some() { "yes" } else { "no" }
}

/// All about one.
pub(crate) fn page(page: &Page) -> String {
    let mut text = format!("{}\n  {}\n\n", page.name, filled(page.about, 2));
    for (label, said) in facts(page) {
        let _ = writeln!(text, "{label:<12} {}", filled(&said, 13));
    }
    for line in example(page) {
        let _ = writeln!(text, "{line}");
    }
    if !page.options.is_empty() {
        text.push_str("\noptions\n");
    }
    let width = page.options.iter().map(|option| option.name.len()).max().unwrap_or(0);
    for option in &page.options {
        let _ = writeln!(text, "  {:width$}  {}", option.name, filled(&describe(option), width + 4));
    }
    plain(&text)
}

/// The rule, and below it what it makes of a value: their spaces are their own.
fn example(page: &Page) -> Vec<String> {
    let Some(example) = &page.example else { return Vec::new() };
    let output = example.output.as_deref().unwrap_or("NULL");
    vec![
        format!("{:<12} {}", "example", example.rule),
        format!("{:<12} {}", "", example.input),
        format!("{:<12} → {output}", ""),
    ]
}

/// What is said of every mask in the same words.
fn facts(page: &Page) -> Vec<(&'static str, String)> {
    let arrays = if page.arrays { ", and arrays" } else { "" };
    let mut facts = vec![("class", page.class.to_owned()), ("types", page.types.join(", ") + arrays)];
    if page.leaves {
        facts.push(("JSON", "acts on string and number leaves by path".to_owned()));
    }
    facts.extend([
        ("consistency", page.consistency.clone()),
        ("unique", page.unique.clone().unwrap_or_else(|| "no".to_owned())),
        ("reversible", page.reversible.to_owned()),
        ("NULL", page.nulls.to_owned()),
    ]);
    if !page.gives_back.is_empty() {
        facts.push(("may stay", page.gives_back.join("; ")));
    }
    facts.extend(page.stops_at.map(|at| ("stops at", at.to_owned())));
    if !page.english.is_empty() {
        facts.push(("English in", page.english.join(", ")));
    }
    facts.extend(page.cost.as_ref().map(|cost| {
        let said = format!(
            "{:.0} ns and {} instructions a value of type {}",
            cost.nanoseconds, cost.instructions, cost.type_name
        );
        ("cost", said)
    }));
    facts
}

fn describe(option: &OptionPage) -> String {
    let default = option.default.as_ref().map(|default| format!(" (default {default})")).unwrap_or_default();
    let required = if option.required { " (required)" } else { "" };
    format!("{}{default}{required}: {}", option.takes, option.about)
}

/// Without backquotes, which are Markdown's.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

/// Words in lines of [`WIDTH`] columns, the first of which begins, and the others are indented, at a column.
fn filled(words: &str, indent: usize) -> String {
    let (mut text, mut column) = (String::new(), indent);
    for word in words.split(' ') {
        let length = word.chars().filter(|letter| *letter != '`').count();
        if column > indent && column + 1 + length > WIDTH {
            let _ = write!(text, "\n{:indent$}", "");
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text
}

/// `docs/masks.md`.
pub(crate) fn markdown(pages: &[Page]) -> String {
    let locales: Vec<String> = LOCALES.iter().map(|locale| format!("`{locale}`")).collect();
    let mut text = format!(
        "{INTRODUCTION}`locale` is one of {}; a mask's page says where it has English words.\n\n",
        locales.join(", ")
    );
    text.push_str("| mask | types | unique | the copy holds |\n|---|---|---|---|\n");
    for page in pages {
        let anchor = page.name.replace('.', "");
        let types = page.types.join(", ");
        let _ = writeln!(
            text,
            "| [`{}`](#{anchor}) | {types} | {} | {} |",
            page.name,
            yes_or_no(page),
            page.about
        );
    }
    pages.iter().for_each(|page| text.push_str(&section(page)));
    text
}

fn section(page: &Page) -> String {
    let mut text = format!("\n## {}\n\n{}\n\n", page.name, page.about);
    for (label, said) in facts(page) {
        let _ = writeln!(text, "- **{label}**: {said}");
    }
    if let Some(example) = &page.example {
        let output = example.output.as_deref().unwrap_or("NULL");
        let _ = writeln!(text, "- **example**: `{}`  ", example.rule);
        let _ = writeln!(text, "  `{}` → `{output}`", example.input);
    }
    if !page.options.is_empty() {
        text.push_str("\nOptions:\n\n");
    }
    for option in &page.options {
        let _ = writeln!(text, "- `{}`: {}", option.name, describe(option));
    }
    text
}

const INTRODUCTION: &str = "\
# The masks

Made by `cargo x docs` from the table of masks in the program; `waxwork masks` and `waxwork masks NAME` say the same.

A mask is a function of the key, its domain and the value. The examples are run under a key that everybody knows (bytes 0 to
31), so a copy of yours holds others. Empty text stays empty under every mask but `constant`, arrays are masked element by
element, and no value becomes itself but where its page says so.

- **consistency**: what decides the result. Where a unique key or a reference asks that different values stay different, they do in the whole domain.
- **unique**: what the results are in a unique or referenced column: a permutation, or text that carries a keyed code of the value.
- **reversible**: who can compute values from results. A code cannot be computed back, but whoever holds the key can try values
  that they know: keep the key as you keep the source.
- **cost**: of one value in a row with two columns that are kept, from COPY's bytes to COPY's bytes, on one core. Compare them with
  each other; [benches/runs](../benches/runs) says where they were measured.

";
