//! A policy as a rule file: TOML by toml_edit's keys and values, and comments that nothing in them can end.

use crate::draft::Draft;
use crate::policy::{Column, Policy, Reference, Seed, Table};
use std::fmt::Write;
use toml_edit::{InlineTable, Key, Value};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::ident::QualifiedName;
use waxwork_core::rules::RuleFile;
use waxwork_core::rules::name::plain_table;

/// Settings of a table, which stand where its columns do.
const SETTINGS: [&str; 2] = ["rows", "columns"];

/// The rule file of a policy.
///
/// # Errors
/// The rule language does not take it, which is a defect of ours.
pub(crate) fn rule_file(policy: &Policy) -> Result<String, Vec<Diagnostic>> {
    let mut text = head(policy);
    subset(&mut text, policy);
    policy.references.iter().for_each(|one| reference(&mut text, one));
    policy.tables.iter().for_each(|one| table(&mut text, one));
    RuleFile::parse("the imported rules", &text).map(|_| text)
}

/// A rule file of one rule, to see whether it can be one.
pub(crate) fn one_column(name: &QualifiedName, column: &str, draft: &Draft) -> String {
    let mut text = "version = 1\n".to_owned();
    let columns = Column {
        name: column.to_owned(),
        original: String::new(),
        notes: Vec::new(),
        rule: Some(draft.clone()),
    };
    table(&mut text, &Table { name: name.clone(), rows: None, columns: vec![columns] });
    text
}

/// A text without what would end a line or move a terminal's cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|letter| if is_printed(letter) { letter } else { '\u{fffd}' }).collect()
}

/// A name of a transformer or setting. What is no word may be anything that stands in its place, and is not shown.
pub(crate) fn word(name: &str) -> String {
    const LETTERS_MAX: usize = 60;
    let is_word =
        |name: &str| name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter));
    match name.chars().count() {
        0 => "no name".to_owned(),
        1..=LETTERS_MAX if is_word(name) => name.to_owned(),
        letters => format!("a name of {letters} characters"),
    }
}

/// Controls, and marks that turn the direction of what follows.
fn is_printed(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn head(policy: &Policy) -> String {
    let tool = policy.tool;
    format!(
        "# From a policy of {tool}, by waxwork import.\n\
         # {tool} copies columns that its policy does not name as they are. waxwork refuses them: each wants a rule, a\n\
         # pattern or a pack. See what is missing with: waxwork check --rules FILE --source URL\n\
         version = 1\n"
    )
}

fn comment(text: &mut String, words: &str) {
    line(text, &format!("# {}", printable(words)));
}

fn line(text: &mut String, content: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{content}");
}

fn key(name: &str) -> String {
    Key::new(name).display_repr().into_owned()
}

fn subset(text: &mut String, policy: &Policy) {
    if policy.seeds.is_empty() {
        return;
    }
    line(text, "\n[subset]");
    policy.seeds.iter().for_each(|one| comment(text, &one.original));
    let seeds: Value = Value::Array(policy.seeds.iter().map(seed).collect());
    line(text, &format!("seed = {seeds}"));
    if policy.whole_others {
        comment(text, &format!("{} copies tables that this does not reach whole.", policy.tool));
        line(text, &format!("lookup_rows = {}", i64::MAX));
    }
}

fn seed(seed: &Seed) -> Value {
    let mut table = InlineTable::new();
    table.insert("table", plain_table(&seed.table).into());
    if let Some(condition) = &seed.condition {
        table.insert("where", condition.into());
    }
    if let Some(percent) = seed.percent {
        table.insert("percent", number(percent));
    }
    Value::InlineTable(table)
}

/// A number without a fraction is a whole one.
pub(crate) fn number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT { (number as i64).into() } else { number.into() }
}

fn reference(text: &mut String, reference: &Reference) {
    line(text, "\n[[reference]]");
    if let Some(note) = reference.note {
        comment(text, note);
    }
    line(text, &format!("child = {}", Value::from(reference.child.as_str())));
    line(text, &format!("parent = {}", Value::from(reference.parent.as_str())));
    if !reference.when.is_empty() {
        let when: InlineTable = reference.when.iter().map(|(column, value)| (column, value)).collect();
        line(text, &format!("when = {when}"));
    }
}

fn table(text: &mut String, table: &Table) {
    let name = key(&plain_table(&table.name));
    line(text, &format!("\n[table.{name}]"));
    if let Some(rows) = table.rows {
        line(text, &format!("rows = {}", Value::from(rows)));
    }
    if table.columns.iter().any(|column| SETTINGS.contains(&column.name.as_str())) {
        line(text, &format!("[table.{name}.columns]"));
    }
    table.columns.iter().for_each(|one| column(text, one));
}

fn column(text: &mut String, column: &Column) {
    let Some(rule) = &column.rule else {
        let why = column.notes.join("; ");
        return comment(text, &format!("{} has no rule: {}: {why}", column.name, column.original));
    };
    column.notes.iter().for_each(|note| comment(text, note));
    let original =
        if column.original.is_empty() { String::new() } else { format!("  # {}", column.original) };
    line(text, &format!("{} = {}{}", key(&column.name), rule.to_value(), printable(&original)));
}
