//! The shipped rule packs: masks for columns that a rule file does not name, by what their names promise.
//!
//! ```text
//!   rules/*.toml ─► Pack { entries } ─┐
//!                                     ├─► rule_for(column, type): the first entry that names it and that it can take
//!   a column's name ─► words ─────────┘
//! ```
//!
//! A pack masks or nulls and never keeps: what it misses stays unlisted, and unlisted stops the run. So a pack may
//! err by missing a column, and may not err by taking one that holds nobody; its patterns are narrow for that reason.
//! `rules/README.md` describes the format.

mod names;
mod parse;
#[cfg(test)]
mod tests;

use crate::catalog::{Column, ValueType};
use crate::masks::MaskKind;
use crate::rules::Rule;
use names::Pattern;
pub(crate) use names::words;
use std::sync::LazyLock;

/// Shipped packs by name, with their text.
const SHIPPED: [(&str, &str); 2] = [
    ("credentials", include_str!("../../../rules/credentials.toml")),
    ("gdpr", include_str!("../../../rules/gdpr.toml")),
];

static PACKS: LazyLock<Vec<Pack>> = LazyLock::new(|| {
    let read = |(name, text): &(&'static str, &str)| Pack::parse(name, text);
    SHIPPED.iter().map(read).collect::<Result<_, _>>().expect("a test reads every shipped pack")
});

/// A rule pack.
#[derive(Debug)]
pub struct Pack {
    /// Its name, as `[policy] packs` gives it.
    pub name: &'static str,
    entries: Vec<PackEntry>,
}

/// One entry: names of columns, and a rule for each family of types.
#[derive(Debug)]
struct PackEntry {
    what: String,
    names: Vec<Pattern>,
    rules: Vec<(Family, Rule)>,
}

/// What a pack says of a column.
#[derive(Clone, Copy, Debug)]
pub struct PackRule<'p> {
    /// The pack's name.
    pub pack: &'p str,
    /// What its entry is about: `passwords and their hashes`.
    pub what: &'p str,
    /// A mask or null, never keep. Its places are in the pack's own text.
    pub rule: &'p Rule,
}

/// Types that a pack treats alike; arrays belong to their elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Json,
    Bytea,
    Uuid,
    Inet,
    Date,
    Integer,
    Number,
    /// Every type that an entry does not name.
    Other,
}

/// The pack of that name.
pub fn find(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|pack| pack.name == name)
}

/// The shipped packs' names.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// What a shipped pack says of a column, for hints: the first that knows it.
pub(crate) fn suggest(column: &Column, value_type: &ValueType) -> Option<&'static Rule> {
    PACKS.iter().find_map(|pack| pack.rule_for(column, value_type)).map(|found| found.rule)
}

impl Pack {
    /// What the pack says of a column of this type, domains looked through: the rule of the first entry that names the
    /// column and whose rule it can take. A column that is NOT NULL takes no null, and no column takes a mask that its
    /// type cannot hold.
    pub fn rule_for(&self, column: &Column, value_type: &ValueType) -> Option<PackRule<'_>> {
        let name = names::ColumnWords::new(column.name.as_str());
        let named =
            self.entries.iter().filter(|entry| entry.names.iter().any(|pattern| pattern.matches(&name)));
        named
            .filter_map(|entry| Some((entry, entry.rule(Family::of(value_type))?)))
            .find(|(_, rule)| can_take(column, value_type, rule))
            .map(|(entry, rule)| PackRule { pack: self.name, what: &entry.what, rule })
    }
}

impl PackEntry {
    fn rule(&self, family: Family) -> Option<&Rule> {
        let of = |wanted| self.rules.iter().find(|(family, _)| *family == wanted).map(|(_, rule)| rule);
        of(family).or_else(|| of(Family::Other))
    }
}

fn can_take(column: &Column, value_type: &ValueType, rule: &Rule) -> bool {
    match rule {
        Rule::Keep(_) => false,
        Rule::Null(_) => !column.not_null,
        Rule::Mask(mask) => MaskKind::from_name(&mask.mask.value).is_some_and(|kind| kind.holds(value_type)),
    }
}

impl Family {
    /// The key that stands for it in a pack.
    const KEYS: [(&'static str, Family); 9] = [
        ("text", Family::Text),
        ("json", Family::Json),
        ("bytea", Family::Bytea),
        ("uuid", Family::Uuid),
        ("inet", Family::Inet),
        ("date", Family::Date),
        ("integer", Family::Integer),
        ("number", Family::Number),
        ("other", Family::Other),
    ];

    fn of(value_type: &ValueType) -> Self {
        match value_type {
            ValueType::Array { element, .. } => Self::of(element),
            ValueType::Text(_) => Family::Text,
            ValueType::Json | ValueType::Jsonb => Family::Json,
            ValueType::Bytea => Family::Bytea,
            ValueType::Uuid => Family::Uuid,
            ValueType::Inet | ValueType::Cidr => Family::Inet,
            ValueType::Date | ValueType::Timestamp | ValueType::TimestampTz => Family::Date,
            ValueType::Int2 | ValueType::Int4 | ValueType::Int8 => Family::Integer,
            ValueType::Float4 | ValueType::Float8 | ValueType::Numeric(_) => Family::Number,
            ValueType::Bool
            | ValueType::Time
            | ValueType::Interval
            | ValueType::Enum(_)
            | ValueType::Other(_) => Family::Other,
        }
    }
}
