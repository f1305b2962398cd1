//! Rule packs: masks for columns that a rule file does not name, by what their names promise, and tables whose rows
//! stay behind.
//!
//! ```text
//!   rules/*.toml, a site's own files ─► Pack { tables, entries } ─► gather: the packs of a rule file, extended ones after
//!                                                                          │
//!   a column's name ─► words ─► rule_for(column, type): the first entry that names it and that it can take
//!   a table's name and columns ─► leaves_out(table): the first entry that knows it
//! ```
//!
//! A pack masks or nulls and never keeps: what it misses stays unlisted, and unlisted stops the run. So a pack may
//! err by missing a column, and may not err by taking one that holds nobody; its patterns are narrow for that reason.
//! `rules/README.md` describes the format.

mod gather;
mod names;
mod parse;
#[cfg(test)]
mod tests;

use crate::catalog::{Column, Table, ValueType};
use crate::rules::{At, Rule};
pub(crate) use gather::gather;
pub use gather::{PackReader, no_files};
pub(crate) use names::words;
use names::{NameWords, Pattern};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// Shipped packs by name, with their text.
const SHIPPED: [(&str, &str); 5] = [
    ("credentials", include_str!("../../../rules/credentials.toml")),
    ("gdpr", include_str!("../../../rules/gdpr.toml")),
    ("quiet", include_str!("../../../rules/quiet.toml")),
    ("hipaa-safe-harbor", include_str!("../../../rules/hipaa-safe-harbor.toml")),
    ("pci", include_str!("../../../rules/pci.toml")),
];

static PACKS: LazyLock<Vec<Arc<Pack>>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| Pack::parse(name, name, text).map(Arc::new);
    SHIPPED.iter().map(read).collect::<Result<_, _>>().expect("a test reads every shipped pack")
});

/// A rule pack.
#[derive(Debug)]
pub struct Pack {
    /// Its name, as `[policy] packs` gives it; of a file its path, from the rule file's folder.
    pub name: String,
    /// `key = "random"`: its masks must not be repeatable, so that no run that it is part of has a fixed key.
    pub random_key: bool,
    /// Packs that speak where this one does not, in that order.
    extends: Vec<At<String>>,
    tables: Vec<TableEntry>,
    entries: Vec<PackEntry>,
}

/// One `[[table]]`: tables whose rows stay behind.
#[derive(Debug)]
struct TableEntry {
    what: String,
    names: Vec<Pattern>,
    /// Schemas that it may be in; none: any.
    schemas: Vec<String>,
    /// Columns that tell the table from another of its name; all must be there.
    columns: Vec<Pattern>,
}

/// One `[[entry]]`: names of columns, and a rule for each family of types.
#[derive(Debug)]
struct PackEntry {
    what: String,
    names: Vec<Pattern>,
    rules: Vec<(Family, Rule)>,
}

/// The part of a pack that speaks for a table or column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clause {
    /// The pack's name.
    pub pack: String,
    /// What its entry is about: `passwords and their hashes`.
    pub what: String,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pack, self.what)
    }
}

/// Types that a pack treats alike; arrays belong to their elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Json,
    Hstore,
    Bytea,
    Uuid,
    Inet,
    Date,
    Integer,
    Number,
    /// Every type that an entry does not name.
    Other,
}

/// The shipped pack of that name.
pub fn find(name: &str) -> Option<&'static Arc<Pack>> {
    PACKS.iter().find(|pack| pack.name == name)
}

/// The shipped packs' names.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    SHIPPED.iter().map(|(name, _)| *name)
}

/// What a shipped pack says of a column, for hints: the first that knows it. One that asks for a random key is stricter than
/// whoever has not named it wants.
pub(crate) fn suggest(column: &Column, value_type: &ValueType) -> Option<&'static Rule> {
    let packs = PACKS.iter().filter(|pack| !pack.random_key);
    packs.filter_map(|pack| pack.rule_for(column, value_type)).map(|(_, rule)| rule).next()
}

impl Pack {
    /// What the pack says of a column of this type, domains looked through: the rule of the first entry that names the
    /// column and whose rule it can take, a mask or null. A column that is NOT NULL takes no null, and no column takes
    /// a mask that its type cannot hold. The rule's places are in the pack's own text.
    pub fn rule_for(&self, column: &Column, value_type: &ValueType) -> Option<(Clause, &Rule)> {
        let name = NameWords::new(column.name.as_str());
        let named = self.entries.iter().filter(|entry| any_matches(&entry.names, &name));
        named
            .filter_map(|entry| Some((entry, entry.rule(Family::of(value_type))?)))
            .find(|(_, rule)| rule.can_stand_on(column, value_type))
            .map(|(entry, rule)| (self.clause(&entry.what), rule))
    }

    /// What the pack knows a table as whose rows stay behind.
    pub fn leaves_out(&self, table: &Table) -> Option<Clause> {
        self.tables.iter().find(|entry| entry.knows(table)).map(|entry| self.clause(&entry.what))
    }

    /// All that it speaks of, in its own order, each once.
    pub fn clauses(&self) -> Vec<Clause> {
        let whats = self.tables.iter().map(|entry| &entry.what);
        let mut clauses: Vec<Clause> = Vec::new();
        for what in whats.chain(self.entries.iter().map(|entry| &entry.what)) {
            if clauses.iter().all(|known| known.what != *what) {
                clauses.push(self.clause(what));
            }
        }
        clauses
    }

    fn clause(&self, what: &str) -> Clause {
        Clause { pack: self.name.clone(), what: what.to_owned() }
    }
}

impl TableEntry {
    fn knows(&self, table: &Table) -> bool {
        let schema = table.name.schema.as_str();
        let columns: Vec<NameWords> =
            table.columns.iter().map(|column| NameWords::new(column.name.as_str())).collect();
        (self.schemas.is_empty() || self.schemas.iter().any(|known| known == schema))
            && any_matches(&self.names, &NameWords::new(table.name.name.as_str()))
            && self.columns.iter().all(|wanted| columns.iter().any(|column| wanted.matches(column)))
    }
}

impl PackEntry {
    fn rule(&self, family: Family) -> Option<&Rule> {
        let of = |wanted| self.rules.iter().find(|(family, _)| *family == wanted).map(|(_, rule)| rule);
        of(family).or_else(|| of(Family::Other))
    }
}

fn any_matches(patterns: &[Pattern], name: &NameWords) -> bool {
    patterns.iter().any(|pattern| pattern.matches(name))
}

impl Family {
    /// The key that stands for it in a pack.
    const KEYS: [(&'static str, Family); 10] = [
        ("text", Family::Text),
        ("json", Family::Json),
        ("hstore", Family::Hstore),
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
            ValueType::Range(bound) | ValueType::Multirange(bound) if Self::of(bound) == Family::Date => {
                Family::Date
            }
            ValueType::Text(_) => Family::Text,
            ValueType::Json | ValueType::Jsonb => Family::Json,
            ValueType::Hstore => Family::Hstore,
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
            | ValueType::Range(_)
            | ValueType::Multirange(_)
            | ValueType::Other(_) => Family::Other,
        }
    }
}
