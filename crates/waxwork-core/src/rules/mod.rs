//! The rule file as it is written: parsed, spanned, every name split, nothing checked against a schema yet.
//!
//! ```text
//!   waxwork.toml ─► DeTable (spans) ─► reader ─► RuleFile { source, target, key, policy, subset, references, tables, … }
//!                                         │         └─► Plan::compile(catalog)
//!                                         └─► every Diagnostic at once, in file order, no RuleFile
//! ```
//!
//! [`RuleFile::parse`] checks all that can be said without a catalog: syntax, keys and their types, names, masks and
//! their options, what is said twice and what contradicts itself. Whether a table or column exists is the plan's.

mod hook_rules;
mod insert_rules;
pub mod json_path;
mod mask_rules;
pub mod name;
mod nearest;
mod parse;
pub mod patterns;
mod place;
mod quasi_rules;
pub(crate) mod reader;
mod rule_lists;
mod scrubber_rules;
mod seed_keys;
mod seed_rules;
mod subset_rules;
mod table_rules;
pub(crate) mod template;
#[cfg(test)]
mod tests;
pub(crate) mod text;

use crate::catalog::{Column, ValueType};
use crate::condition::Written;
use crate::diagnostic::Location;
use crate::ident::QualifiedName;
use crate::masks::{MaskKind, Secret};
use crate::packs::Pack;
use crate::subset::{Condition, SizeLimit};
use serde::Serialize;
use std::sync::Arc;

pub use hook_rules::{Hook, HookAction, HookPoint};
pub use nearest::{hint_known, nearest};
pub use scrubber_rules::Scrubber;
pub(crate) use scrubber_rules::idle as idle_scrubber;
pub use seed_keys::{SeedKey, SeedKeys, StatedKeys};
pub use template::TemplatePart;
pub use text::{toml_key, toml_string};

/// A value with its place in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub location: Location,
}

/// A rule file.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// Its name as given.
    pub file: String,
    /// `[source]`
    pub source: Option<Endpoint>,
    /// `[target]`
    pub target: Option<Endpoint>,
    /// `[target] publish`; the default is rename, and the only way today.
    pub publish: Option<At<String>>,
    /// `[target] keep`: old copies kept for rollback.
    pub keep: Option<At<u32>>,
    /// `[target.never]`
    pub never: Never,
    /// `[key]`
    pub key: KeySource,
    /// `[policy]`
    pub policy: Policy,
    /// `[subset]`
    pub subset: SubsetRules,
    /// `[[reference]]`
    pub references: Vec<VirtualReference>,
    /// `[table.…]`
    pub tables: Vec<TableRules>,
    /// `[pattern]`, in file order.
    pub patterns: Vec<PatternRule>,
    /// `[[insert]]`
    pub inserts: Vec<InsertRule>,
    /// `[scrubber.…]`, in file order.
    pub scrubbers: Vec<Scrubber>,
    /// `[[quasi_identifiers]]`
    pub quasi_identifiers: Vec<QuasiRule>,
    /// `[[hook]]`, in file order.
    pub hooks: Vec<Hook>,
    /// `[large_objects] rows = "referenced"` with its reason.
    pub large_objects: Option<At<String>>,
}

/// `[target.never]`: what is no target, whoever names it. Patterns for [`patterns::is_like`].
#[derive(Clone, Debug, Default)]
pub struct Never {
    /// `hosts`: names and addresses as connection strings have them
    pub hosts: Vec<At<String>>,
    /// `databases`
    pub databases: Vec<At<String>>,
}

/// How a server is named. Never shown: a URL may hold a password.
#[derive(Clone)]
pub enum Endpoint {
    /// `url = "postgresql://…"`
    Url(At<String>),
    /// `url = { env = "NAME" }`
    UrlFromEnv(At<String>),
    /// `service = "prod"`
    Service(At<String>),
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Endpoint::Url(_) => f.write_str("Url(…)"),
            Endpoint::UrlFromEnv(name) => write!(f, "UrlFromEnv({})", name.value),
            Endpoint::Service(name) => write!(f, "Service({})", name.value),
        }
    }
}

/// `[key]`: at most one of file, env and command.
#[derive(Clone, Default)]
pub struct KeySource {
    /// `file`
    pub file: Option<At<String>>,
    /// `env`
    pub env: Option<At<String>>,
    /// `command`, a program and its arguments; a plain string is handed to `/bin/sh -c`.
    pub command: Option<At<Vec<String>>>,
    /// `realm`, default empty
    pub realm: String,
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeySource")
            .field("file", &self.file)
            .field("env", &self.env)
            .field("command", &self.command.as_ref().map(|command| &command.location))
            .field("realm", &self.realm)
            .finish()
    }
}

/// `[policy]`
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `packs`, as written
    pub packs: Vec<At<String>>,
    /// The packs themselves with those that they extend, in the order in which they decide.
    pub gathered: Vec<Arc<Pack>>,
    /// `ddl_literals`
    pub ddl_literals: Vec<At<String>>,
    /// `accept`: warnings that somebody has looked at, each its code and what it names
    pub accept: Vec<At<String>>,
}

impl Policy {
    /// A pack that asks for a key of this run alone.
    pub fn random_key(&self) -> Option<&str> {
        self.gathered.iter().find(|pack| pack.random_key).map(|pack| pack.name.as_str())
    }
}

/// `[subset]`
#[derive(Clone, Debug)]
pub struct SubsetRules {
    /// `seed`
    pub seeds: Vec<SeedRule>,
    /// `rows` and `size`: what the seeds grow to fill
    pub budget: SizeLimit,
    /// `lookup_rows`, default 1000
    pub lookup_rows: u64,
    /// `children = "listed"`
    pub children_listed: bool,
    /// `[subset.reference]`
    pub references: Vec<ReferenceRule>,
}

/// One seed.
#[derive(Clone, Debug)]
pub struct SeedRule {
    /// `table`
    pub table: At<QualifiedName>,
    /// `where`
    pub condition: Option<Condition>,
    /// `keys`, or those of `keys_file`
    pub keys: Option<At<SeedKeys>>,
    /// `percent`, the decimal as it is written, in (0, 100]; [`decimal`] splits it
    pub percent: Option<At<String>>,
    /// `rows`
    pub rows: Option<At<u64>>,
    /// `by`: the column whose values divide the table
    pub by: Option<At<String>>,
}

/// One entry of `[subset.reference]`.
#[derive(Clone, Debug)]
pub struct ReferenceRule {
    /// Its key.
    pub name: At<ReferenceName>,
    /// `children`
    pub children: Option<At<bool>>,
    /// `where`
    pub condition: Option<Condition>,
    /// `limit`
    pub limit: Option<At<u64>>,
    /// `parent`
    pub parent: Option<At<String>>,
    /// `dangling`
    pub dangling: Option<At<String>>,
}

/// `child(column, …)` or `child(column, …) -> parent`, split as SQL's REFERENCES would.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceName {
    /// The child.
    pub table: QualifiedName,
    /// What stands in the parentheses.
    pub key: KeyExpression,
    /// After `->`.
    pub parent: Option<QualifiedName>,
}

/// The inside of a reference's parentheses.
#[derive(Clone, Debug, PartialEq)]
pub enum KeyExpression {
    /// `a, b`
    Columns(Vec<String>),
    /// `ids[*]`
    ArrayElements(String),
    /// `doc -> '$.user.id'`
    JsonPath {
        /// The column.
        column: String,
        /// The path.
        path: String,
    },
}

/// One `[[reference]]`.
#[derive(Clone, Debug)]
pub struct VirtualReference {
    /// `child`
    pub child: At<ReferenceName>,
    /// `parent`
    pub parent: At<ReferenceName>,
    /// `when`: column and constant as text
    pub when: Vec<(At<String>, String)>,
}

/// One `[[insert]]`.
#[derive(Clone, Debug)]
pub struct InsertRule {
    /// `table`
    pub table: At<QualifiedName>,
    /// `row`, or `rows` in file order
    pub rows: Vec<InsertRow>,
}

/// A row of an `[[insert]]`.
#[derive(Clone, Debug)]
pub struct InsertRow {
    /// Its place.
    pub location: Location,
    /// Columns by their exact names, with what PostgreSQL is to read as a value of their types.
    pub values: Vec<(At<String>, InsertValue)>,
}

/// A value of an `[[insert]]` in PostgreSQL's text form. Never shown: it may be a password.
#[derive(Clone, PartialEq, Eq)]
pub struct InsertValue(String);

impl InsertValue {
    /// Wraps it.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the server and for the plan's hash alone.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for InsertValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InsertValue({} bytes)", self.0.len())
    }
}

/// One `[[quasi_identifiers]]`.
#[derive(Clone, Debug)]
pub struct QuasiRule {
    /// `table`
    pub table: At<QualifiedName>,
    /// `columns`, none twice
    pub columns: Vec<At<String>>,
    /// `k`, at least 2; given unless `below` is [`Below::Report`]
    pub k: Option<u64>,
    /// `below`
    pub below: Below,
}

/// What a run does where fewer than `k` rows agree on a set of quasi-identifiers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Below {
    /// It says so.
    #[default]
    Report,
    /// It publishes nothing.
    Fail,
    /// It makes their values coarser.
    Generalise,
}

impl Below {
    /// All of them.
    pub const ALL: [Below; 3] = [Below::Report, Below::Fail, Below::Generalise];

    /// Its word in rule files, plans and reports.
    pub fn name(self) -> &'static str {
        match self {
            Below::Report => "report",
            Below::Fail => "fail",
            Below::Generalise => "generalise",
        }
    }
}

/// One `[table.T]`.
#[derive(Clone, Debug)]
pub struct TableRules {
    /// The table.
    pub name: At<QualifiedName>,
    /// `rows`
    pub rows: Option<At<String>>,
    /// Columns in file order.
    pub columns: Vec<ColumnRule>,
}

/// One entry of `[pattern]`.
#[derive(Clone, Debug)]
pub struct PatternRule {
    /// As it is written.
    pub name: At<String>,
    /// Which columns.
    pub pattern: patterns::NamePattern,
    /// What is asked for.
    pub rule: Rule,
}

/// One column's rule.
#[derive(Clone, Debug)]
pub struct ColumnRule {
    /// The column's exact name.
    pub column: At<String>,
    /// Of a list: its rules with a `when`, in file order; the first whose condition is true decides.
    pub cases: Vec<RuleCase>,
    /// What is asked for, of every row that no case decides.
    pub rule: Rule,
}

/// One rule of a list.
#[derive(Clone, Debug)]
pub struct RuleCase {
    /// `when`
    pub when: At<Written>,
    /// What is asked for where it is true.
    pub rule: Rule,
}

/// What a column rule asks for.
#[derive(Clone, Debug)]
pub enum Rule {
    /// `{ keep = "reason" }`
    Keep(At<String>),
    /// `"null"` or `{ mask = "null" }`
    Null(Location),
    /// `"family.kind"` or `{ mask = "family.kind", … }`
    Mask(MaskRule),
    /// `{ derive = "SQL over the row's other columns" }`
    Derive(At<String>),
}

/// A mask with its options, checked against [`MaskKind::options`](crate::masks::MaskKind::options): names, types and
/// plain ranges are right, and what a mask cannot be without is there. Whether they fit a column is the plan's.
#[derive(Clone, Debug)]
pub struct MaskRule {
    /// The mask's name.
    pub mask: At<String>,
    /// Options other than `mask`, in file order.
    pub options: Vec<(At<String>, OptionValue)>,
}

/// The value of a mask's option.
#[derive(Clone, Debug)]
pub enum OptionValue {
    /// A string; `value` of `constant` whatever its TOML type, as PostgreSQL reads it (`12`, `true`, `1970-01-01`).
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with or without a point.
    Float(f64),
    /// `true` or `false`.
    Flag(bool),
    /// `[a, b]`, both included, a at most b.
    Integers(i64, i64),
    /// Strings, none twice.
    Texts(Vec<String>),
    /// Strings with their weights, in file order.
    Weights(Vec<(String, f64)>),
    /// A string that nobody is shown.
    Secret(Secret),
    /// `template` of `text.template`.
    Template(Vec<TemplatePart>),
    /// `paths` of `json`: path and rule, in file order, no path twice; [`json_path::JsonPath::parse`] reads each.
    Paths(Vec<(At<String>, Rule)>),
    /// `rest` of `json`; the word `"keep"` is [`Rule::Keep`] with a reason that says so.
    Rule(Box<Rule>),
}

impl Rule {
    /// A column of this type can take it: one that is NOT NULL no null, and none a mask that its type cannot hold.
    pub(crate) fn can_stand_on(&self, column: &Column, value_type: &ValueType) -> bool {
        match self {
            Rule::Keep(_) | Rule::Derive(_) => true,
            Rule::Null(_) => !column.not_null,
            Rule::Mask(mask) => {
                MaskKind::from_name(&mask.mask.value).is_some_and(|kind| kind.holds(value_type))
            }
        }
    }

    /// Where it stands.
    pub fn location(&self) -> &Location {
        match self {
            Rule::Keep(reason) => &reason.location,
            Rule::Derive(sql) => &sql.location,
            Rule::Null(location) => location,
            Rule::Mask(mask) => &mask.mask.location,
        }
    }
}

impl MaskRule {
    /// The value of an option that is given.
    pub fn option(&self, name: &str) -> Option<&OptionValue> {
        self.options.iter().find(|(known, _)| known.value == name).map(|(_, value)| value)
    }
}

/// Splits a decimal (`2.50`) into its digits and how many of them stand after the point: (250, 2). `None` where it is
/// no plain decimal of at most 18 digits.
pub fn decimal(text: &str) -> Option<(u64, u32)> {
    const DIGITS_MAX: usize = 18;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let plain =
        !whole.is_empty() && digits.len() <= DIGITS_MAX && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok().map(|value| (value, fraction.len() as u32))).flatten()
}
