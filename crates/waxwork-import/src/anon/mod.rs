//! PostgreSQL Anonymizer: the security labels of a masking policy, from a SQL script or a catalog.
//!
//! ```text
//!   pg_dump -s ─► statements (lexer) ─┐
//!   pg_seclabels ─────────────────────┴─► Label ─► "MASKED WITH …" ─► expression ─► masks ─► Policy
//! ```
//!
//! Read from its documentation, versions 1.3 to 2.1.

mod expression;
pub(crate) mod masks;
mod statements;

use crate::Options;
use crate::draft::{Draft, Outcome};
use crate::place::Place;
use crate::policy::{Policy, Seed, subject};
use crate::write;
use expression::Expression;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::ident::QualifiedName;
use waxwork_core::rules::name::plain_table;

/// The policy that every database with the extension has.
pub const DEFAULT_POLICY: &str = "anon";

/// A security label of a masking policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What it is on.
    pub object: Labelled,
    /// Its text.
    pub text: String,
}

/// What a label is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Labelled {
    /// A column of a table.
    Column(QualifiedName, String),
    /// A table.
    Table(QualifiedName),
    /// The database.
    Database,
}

/// Reads a script.
pub(crate) fn read(
    file: &str,
    sql: &str,
    policy: &str,
    options: &Options,
) -> Result<Policy, Vec<Diagnostic>> {
    let labels = statements::labels(file, sql, policy)?;
    if labels.is_empty() {
        let detail =
            format!("It has no SECURITY LABEL FOR {} on a column or table.", write::printable(policy));
        let error = Diagnostic::rule("unreadable_policy", format!("\"{file}\" holds no masking policy"));
        let hint = "pg_dump --schema-only writes the labels, unless --no-security-labels is given.";
        return Err(vec![error.detail(detail).hint(hint)]);
    }
    Ok(translate(file, &labels, options))
}

/// Translates labels.
pub(crate) fn translate(file: &str, labels: &[(Label, Place)], options: &Options) -> Policy {
    let mut policy = Policy::new("PostgreSQL Anonymizer", file);
    // A sample of one table leaves the others whole there.
    policy.whole_others = true;
    for (label, place) in labels {
        match &label.object {
            Labelled::Column(table, column) => {
                read_column(&mut policy, (table, column), &label.text, *place, options);
            }
            Labelled::Table(table) => read_sample(&mut policy, Some(table), &label.text, *place),
            Labelled::Database => read_sample(&mut policy, None, &label.text, *place),
        }
    }
    policy
}

fn read_column(
    policy: &mut Policy,
    (table, column): (&QualifiedName, &str),
    label: &str,
    place: Place,
    options: &Options,
) {
    let Some(rule) = Rule::parse(label) else {
        let why = "it is no masking rule";
        return policy.gap(place, &subject(table, column), "a label", why, "left out");
    };
    let original = rule.shown();
    let outcome = match rule {
        Rule::NotMasked => Outcome::same(Draft::Keep("the policy says NOT MASKED")),
        Rule::Identifier => return,
        Rule::Value(value) => masks::constant(&value),
        Rule::Function(function) => masks::of(&function, column, options),
    };
    policy.column(table, column, place, &original, outcome);
}

/// What a column's label says.
enum Rule {
    NotMasked,
    /// A mark for k-anonymity, which masks nothing.
    Identifier,
    Value(Expression),
    Function(Expression),
}

impl Rule {
    fn parse(label: &str) -> Option<Self> {
        if let Some(rest) = after(label, &["masked", "with", "function"]) {
            return Some(Rule::Function(expression::parse(rest)));
        }
        for word in ["value", "constant"] {
            if let Some(rest) = after(label, &["masked", "with", word]) {
                return Some(Rule::Value(expression::parse(rest)));
            }
        }
        let is_mark = |first: &str| after(label, &[first, "identifier"]).is_some_and(str::is_empty);
        if after(label, &["not", "masked"]).is_some_and(str::is_empty) {
            Some(Rule::NotMasked)
        } else {
            (is_mark("quasi") || is_mark("indirect")).then_some(Rule::Identifier)
        }
    }

    fn shown(&self) -> String {
        match self {
            Rule::NotMasked => "NOT MASKED".to_owned(),
            Rule::Identifier => "IDENTIFIER".to_owned(),
            Rule::Value(value) => format!("MASKED WITH VALUE {}", value.shown()),
            Rule::Function(function) => function.shown(),
        }
    }
}

/// What follows some words, which stand in any case and with any blanks between them.
fn after<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    words.iter().try_fold(text.trim(), |rest, word| {
        let head = rest.get(..word.len())?;
        let tail = &rest[word.len()..];
        let ends = !tail.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        (head.eq_ignore_ascii_case(word) && ends).then(|| tail.trim())
    })
}

/// `TABLESAMPLE BERNOULLI(10)`.
fn read_sample(policy: &mut Policy, table: Option<&QualifiedName>, label: &str, place: Place) {
    let Some(sample) = after(label, &["tablesample"]) else { return };
    let name = table.map_or_else(|| "the database".to_owned(), plain_table);
    let Some(table) = table else {
        let why = "it takes a share of every table, without regard to what refers to what";
        return policy.gap(
            place,
            &name,
            "TABLESAMPLE",
            why,
            "every row is copied, masked; see docs/subset.md",
        );
    };
    match percent(sample) {
        Some(percent) => policy.seeds.push(Seed {
            table: table.clone(),
            condition: None,
            percent: Some(percent),
            original: format!("TABLESAMPLE of {name}; rows that refer to those left out are left out too"),
            place,
        }),
        None => policy.gap(
            place,
            &name,
            "TABLESAMPLE",
            "its method is the site's own",
            "every row is copied, masked",
        ),
    }
}

fn percent(sample: &str) -> Option<f64> {
    let rest = after(sample, &["bernoulli"]).or_else(|| after(sample, &["system"]))?;
    let (number, _) = rest.strip_prefix('(')?.split_once(')')?;
    number.trim().parse().ok().filter(|percent: &f64| *percent > 0.0 && *percent <= 100.0)
}
