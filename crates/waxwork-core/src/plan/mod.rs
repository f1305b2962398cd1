//! The plan: what happens to every table and column, decided once, before a row is read.
//!
//! ```text
//!   RuleFile (spans) ─┐
//!   packs ────────────┼─► Plan::compile ─► Plan { tables, domains, sequences, subset } ─► text (stable, diffable)
//!   Catalog ──────────┘        └─► every Diagnostic at once, no plan
//! ```
//!
//! A [`Plan`] exists only against a [`Catalog`](crate::catalog::Catalog); every column is `Keep`, `Null` or `Mask`, there is no default.
//! It does not depend on rows: what must be looked up in data first is listed as a [`Probe`] for the engine.

mod bounds;
mod by;
mod canonical;
mod cases;
mod compile;
mod constant;
mod coverage;
mod decisions;
mod derived;
mod domains;
mod exclusion;
mod expression;
mod gaps;
mod hash;
mod hints;
mod inserts;
mod integers;
mod json;
mod keys;
mod listed;
mod lookalikes;
mod packs;
mod partitions;
mod patterns;
mod persons;
mod probes;
mod quasi;
mod rule_lists;
mod schema;
mod scrub;
mod settings;
mod tables;
mod templates;
mod text;
mod unique;
mod warnings;

/// A result of one check, or why the plan is refused.
type Refusable<T> = Result<T, Box<crate::diagnostic::Diagnostic>>;

pub use constant::constant_does_not_fit;
pub use coverage::{Refused, TableCoverage};
pub use probes::{COMMON_ROWS, CaseRows, CommonOf, Probe};

use crate::catalog::{ColumnId, TableId, ValueType};
use crate::condition::Predicate;
use crate::diagnostic::Location;
use crate::masks::{MaskKind, Options, Setting};
use crate::rules::{At, Below, InsertValue, Scrubber};
use crate::subset::SubsetPlan;
use serde::Serialize;

/// What a run does.
#[derive(Clone, Debug)]
pub struct Plan {
    /// One per rule table (partition roots and tables that are no partition), in catalog order; foreign tables and
    /// extension members without rows to copy are left out.
    pub tables: Vec<TablePlan>,
    /// Pseudonym domains in name order, with what bound each.
    pub domains: Vec<DomainPlan>,
    /// Where each sequence stands in the copy, in catalog order.
    pub sequences: Vec<SequencePlan>,
    /// Rows that are added to the copied ones, by table in catalog order.
    pub inserts: Vec<InsertPlan>,
    /// Columns that together may tell who a row is about, in the rule file's order.
    pub quasi_identifiers: Vec<QuasiSet>,
    /// Which rows.
    pub subset: SubsetPlan,
    /// What the engine must look up in the source before a row is read.
    pub probes: Vec<Probe>,
    /// What the packs of the file took, in the order in which they decide.
    pub packs: Vec<PackCoverage>,
    /// Programs of the site that texts go through.
    pub scrubbers: Vec<Scrubber>,
    /// `[policy] ddl_literals`: objects whose DDL literals are accepted, as written.
    pub ddl_literals: Vec<String>,
    /// `[large_objects] rows = "referenced"`: why those that kept columns point at may be copied as they are.
    pub large_objects: Option<String>,
    /// Objects that [`Class::Warning`](crate::diagnostic::Class) diagnostics speak of.
    pub warnings: Vec<crate::diagnostic::Diagnostic>,
}

/// What a pack took of the schema; the report shows it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackCoverage {
    /// The pack's name.
    pub name: String,
    /// All its clauses, in its own order.
    pub clauses: Vec<ClauseCoverage>,
}

/// What a clause of a pack took of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseCoverage {
    /// What it is about.
    pub what: String,
    /// Tables whose rows it leaves out.
    pub tables: usize,
    /// Columns that it decided; those that follow one of them are not counted.
    pub columns: usize,
}

/// What happens to one rule table (a partition root speaks for its leaves, which are matched by column name).
#[derive(Clone, Debug)]
pub struct TablePlan {
    /// The table.
    pub table: TableId,
    /// One per column that is copied (generated and derived ones are not), in attribute order; none where
    /// `rows = "none"`.
    pub columns: Vec<ColumnPlan>,
    /// Columns that the target computes, in attribute order; nobody reads or sends them.
    pub derived: Vec<DerivedColumn>,
    /// Extra fields that the source adds to each row for masks to read; no sink sees them. They follow the columns
    /// in the COPY query, in this order.
    pub context: Vec<ContextField>,
    /// Rows go in through the partition root: a partition-key column is masked, or hashed by what differs from one
    /// database to another.
    pub load_through_root: bool,
}

impl TablePlan {
    /// The scrubbers that read texts of the table.
    pub fn scrubbers(&self) -> impl Iterator<Item = &str> {
        let masks = self.columns.iter().flat_map(|column| column.action.masks());
        masks.filter_map(|spec| spec.scrub.as_deref()?.scrubber.as_deref())
    }
}

/// What happens to one column.
#[derive(Clone, Debug)]
pub struct ColumnPlan {
    /// The column.
    pub column: ColumnId,
    /// Its type, domains looked through.
    pub value_type: ValueType,
    /// What happens.
    pub action: ColumnAction,
    /// Why: `rule`, `follows customer(id)`, `pack credentials`.
    pub origin: String,
    /// The form that the source brings a key to before it is masked (D8).
    pub canonical: Canonical,
    /// Where the rule file says it; no part of the plan's text.
    pub location: Option<Location>,
}

/// A column that the target computes from the row's other columns as they are in the copy.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivedColumn {
    /// The column.
    pub column: ColumnId,
    /// An SQL expression over columns of the row, by their bare names; shown by its length and place alone.
    pub sql: At<String>,
    /// Why: `rule`.
    pub origin: String,
}

/// What happens to a column's values.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnAction {
    /// Copied as it is, for a stated reason.
    Keep {
        /// The reason, from the rule or from what the column follows.
        reason: String,
    },
    /// Every value becomes NULL; the column is not read from the source.
    Null,
    /// Masked.
    Mask(Box<MaskSpec>),
    /// A list of rules, or a polymorphic reference: the first case whose condition is true decides.
    Cases {
        /// Cases in the rule file's order.
        cases: Vec<Case>,
        /// For rows that no case decides.
        otherwise: Box<ColumnAction>,
    },
}

impl ColumnAction {
    /// The masks that may act on whole values of the column; those of JSON leaves are not among them.
    pub fn masks(&self) -> Vec<&MaskSpec> {
        match self {
            ColumnAction::Mask(spec) => vec![spec],
            ColumnAction::Keep { .. } | ColumnAction::Null => Vec::new(),
            ColumnAction::Cases { cases, otherwise } => {
                let actions = cases.iter().map(|case| &case.action).chain([&**otherwise]);
                actions.flat_map(ColumnAction::masks).collect()
            }
        }
    }

    /// The same, to be written to.
    pub fn masks_mut(&mut self) -> Vec<&mut MaskSpec> {
        match self {
            ColumnAction::Mask(spec) => vec![spec],
            ColumnAction::Keep { .. } | ColumnAction::Null => Vec::new(),
            ColumnAction::Cases { cases, otherwise } => {
                let actions = cases.iter_mut().map(|case| &mut case.action).chain([&mut **otherwise]);
                actions.flat_map(ColumnAction::masks_mut).collect()
            }
        }
    }

    /// The values that masks put in the place of whole ones of the column; those of JSON leaves are not among them.
    pub fn constants_mut(&mut self) -> Vec<&mut String> {
        let stating = self.masks_mut().into_iter().filter(|spec| spec.kind.states_values());
        stating.flat_map(|spec| spec.options.stated_mut()).collect()
    }
}

/// One rule of a list, or one parent of a polymorphic reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Over the row as it stands in the source.
    pub when: Predicate,
    /// What happens where it is true.
    pub action: ColumnAction,
}

/// The form a key column is selected in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Canonical {
    /// As it stands.
    #[default]
    AsIs,
    /// `trim_scale(c)`
    TrimScale,
    /// `rtrim(c::text, ' ')` of `char(n)`
    Rtrim,
    /// `lower(c::text)` of `citext`
    Lower,
    /// `c + 0`: −0 becomes 0
    PositiveZero,
}

/// All that a mask needs to know of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskSpec {
    /// Which mask.
    pub kind: MaskKind,
    /// The domain's full name; equal names share pseudonyms.
    pub domain: String,
    /// With `by`: the made-up person, place or company that the result is a part of, as one mask names it like another.
    pub identity: Option<String>,
    /// Distinct inputs must give distinct outputs.
    pub injective: bool,
    /// Characters that the narrowest text column of the domain holds; `None`: no limit.
    pub max_chars: Option<u32>,
    /// For `id.permute` on integers: inputs and outputs of the domain, both inclusive, of equal length.
    pub integers: Option<IntegerMap>,
    /// `nulls = "mask"`: NULL is masked like a value.
    pub mask_nulls: bool,
    /// Its other options: `value` of a `constant` in the type's text form, `alphabet` of `id.permute` written out.
    pub options: Options,
    /// `paths` and `rest` of `json`.
    pub json: Option<JsonSpec>,
    /// Pieces of `text.template`.
    pub template: Vec<TemplatePart>,
    /// What `text.scrub` replaces in a text.
    pub scrub: Option<Box<ScrubSpec>>,
    /// For a JSON leaf: how the columns of its domain look, where all look alike.
    pub key_form: Option<KeyForm>,
    /// The field that the mask is keyed by, if any.
    pub by: Option<By>,
    /// The field of the row that says whether its person is a woman or a man: option `gender`.
    pub gender: Option<ByField>,
    /// For `date.shift` on a partition key: days since 2000-01-01, or microseconds for timestamps; results are
    /// reflected at these ends (inclusive, exclusive).
    pub reflect: Option<(i64, i64)>,
    /// What many rows of the source hold ([`Probe::CommonValues`]), in text form, and how many hold it: the most common
    /// first, then by the bytes of the text. The plan leaves it empty; the engine writes it before masks are compiled.
    pub common: Vec<(String, u64)>,
}

impl MaskSpec {
    /// The mask without options, in the domain of its name.
    pub fn plain(kind: MaskKind) -> Self {
        Self {
            kind,
            domain: kind.name().to_owned(),
            identity: None,
            injective: false,
            max_chars: None,
            integers: None,
            mask_nulls: false,
            options: kind.default_options(),
            json: None,
            template: Vec::new(),
            scrub: None,
            key_form: None,
            by: None,
            gender: None,
            reflect: None,
            common: Vec::new(),
        }
    }
}

impl MaskSpec {
    /// Does something with the mask and with those of a document's leaves.
    pub fn each_mut(&mut self, act: &mut dyn FnMut(&mut MaskSpec)) {
        act(self);
        self.scrub.iter_mut().for_each(|scrub| scrub.masks_mut().for_each(|spec| spec.each_mut(act)));
        let Some(json) = &mut self.json else { return };
        let leaves = json.paths.iter_mut().map(|(_, action)| action).chain([&mut json.rest]);
        leaves.for_each(|leaf| {
            if let JsonAction::Mask(spec) = leaf {
                spec.each_mut(act);
            }
        });
    }

    /// `locale`, as `fake` names it (`de_DE`); empty: English.
    pub fn locale(&self) -> &str {
        self.options.text("locale").unwrap_or_default()
    }

    /// `alphabet` of `id.permute` on text: the characters; `None`: a code.
    pub fn alphabet(&self) -> Option<&str> {
        self.options.text("alphabet")
    }

    /// The fields that masks of leaves inside `json` are keyed by, each once.
    pub fn leaf_bys(&self) -> Vec<&By> {
        let Some(json) = &self.json else { return Vec::new() };
        let mut bys = Vec::new();
        for action in json.paths.iter().map(|(_, action)| action).chain([&json.rest]) {
            if let JsonAction::Mask(spec) = action
                && let Some(by) = &spec.by
                && !bys.contains(&by)
            {
                bys.push(by);
            }
        }
        bys
    }

    /// The same with another option.
    pub fn with(mut self, name: &'static str, setting: Setting) -> Self {
        self.options.set(name, setting);
        self
    }
}

/// Input window and output range of an integer permutation, inclusive, of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntegerMap {
    /// Inputs.
    pub from: (i64, i64),
    /// Outputs.
    pub range: (i64, i64),
}

/// What a `by` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Where the value stands in the row that the mask sees.
    pub field: ByField,
    /// `schema.table(column)` of the root key: equal roots and equal values give equal results.
    pub root: String,
}

/// Where a `by` value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByField {
    /// Index into [`TablePlan::columns`].
    Column(usize),
    /// Index into [`TablePlan::context`].
    Context(usize),
}

/// A piece of a `text.template`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// As it stands.
    Text(String),
    /// What a column holds in the copy: index into [`TablePlan::columns`].
    Column(usize),
}

/// What `text.scrub` replaces in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScrubSpec {
    /// Columns of the row and of rows that it refers to, whose values may stand in the text.
    pub known: Vec<KnownColumn>,
    /// Masks of what is recognised by its form, in the order of [`RECOGNISED`](crate::masks::RECOGNISED).
    pub recognised: Vec<MaskSpec>,
    /// The scrubber that reads the text after that: a name of [`Plan::scrubbers`].
    pub scrubber: Option<String>,
}

impl ScrubSpec {
    fn masks_mut(&mut self) -> impl Iterator<Item = &mut MaskSpec> {
        let known = self.known.iter_mut().filter_map(|known| match &mut known.becomes {
            Becomes::Masked(spec) => Some(&mut **spec),
            Becomes::Own(_) | Becomes::Redacted => None,
        });
        known.chain(&mut self.recognised)
    }
}

/// A column whose values may stand in a text of the row.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownColumn {
    /// Where its value stands in the row that the mask sees.
    pub field: ByField,
    /// Its type.
    pub value_type: ValueType,
    /// It holds names, of which the text may have each word by itself.
    pub is_name: bool,
    /// What the text has in its place.
    pub becomes: Becomes,
}

/// What a text has in the place of a known value.
#[derive(Clone, Debug, PartialEq)]
pub enum Becomes {
    /// What the row's own column holds in the copy: index into [`TablePlan::columns`].
    Own(usize),
    /// What the parent's column holds in the copy: by this mask, keyed by fields of the row.
    Masked(Box<MaskSpec>),
    /// What `text.redact` writes: what the copy holds is not known here.
    Redacted,
}

/// Paths of a `json` mask.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonSpec {
    /// (path, what happens) in the rule file's order. Of the paths that lead to a leaf or to what it is in, the one
    /// that ends nearest to the leaf decides; of those that end at one place, one that names every step, then one that
    /// does not keep, then the first.
    pub paths: Vec<(String, JsonAction)>,
    /// Where references to kept keys stand: a leaf there that has the key's form stays, whatever `paths` and `rest`
    /// say; any other is theirs.
    pub kept_keys: Vec<(String, KeyForm)>,
    /// What happens to leaves that no path names.
    pub rest: JsonAction,
}

/// How the values of a key look as strings and numbers of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// An integer.
    Integer,
    /// A uuid, in small or capital letters.
    Uuid,
    /// Any string or number.
    Any,
}

/// What happens to a JSON leaf.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonAction {
    /// Bytes stay as they are.
    Keep,
    /// The leaf (or the whole value under the path) becomes `null`.
    Null,
    /// String and number leaves are masked.
    Mask(Box<MaskSpec>),
}

/// A field that the source adds to the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextField {
    /// References to follow, from the table outwards; none: the row's own column, which its own place does not hold as
    /// masks read it.
    pub path: Vec<ContextStep>,
    /// The column of the last parent, or of the table.
    pub column: ColumnId,
    /// Its type.
    pub value_type: ValueType,
    /// The form that the source brings it to, so that equal keys are equal bytes.
    pub canonical: Canonical,
}

/// One reference on the way to a context field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextStep {
    /// Columns of the table we come from (the previous step's parent, or the rule table), with the parent's.
    pub columns: Vec<(ColumnId, ColumnId)>,
    /// The parent.
    pub parent: TableId,
}

/// A domain and what bound it.
#[derive(Clone, Debug)]
pub struct DomainPlan {
    /// Its name.
    pub name: String,
    /// Its columns as `schema.table(column)`.
    pub columns: Vec<String>,
    /// All of it is injective, and which column asks for that.
    pub injective: Option<String>,
    /// The narrowest length and the column that sets it.
    pub narrowest: Option<(u32, String)>,
}

/// Rows that are added to a table after its copied ones.
#[derive(Clone, Debug)]
pub struct InsertPlan {
    /// The rule table.
    pub table: TableId,
    /// The rows in the file's order.
    pub rows: Vec<PlannedRow>,
}

/// A row that is added; columns without a value take their defaults.
#[derive(Clone, Debug)]
pub struct PlannedRow {
    /// Columns and values in the file's order.
    pub values: Vec<(ColumnId, InsertValue)>,
    /// Where the rule file says it.
    pub location: Location,
}

/// Columns that together may tell who a row is about.
#[derive(Clone, Debug)]
pub struct QuasiSet {
    /// The rule table.
    pub table: TableId,
    /// Its columns in the file's order.
    pub columns: Vec<ColumnId>,
    /// How many rows of the copy should agree on all of them, at least.
    pub k: Option<u64>,
    /// What happens where fewer do.
    pub below: Below,
    /// For [`Below::Generalise`]: what makes the values of such rows coarser, step by step.
    pub steps: Vec<(ColumnId, Coarser)>,
    /// Where the rule file says it; no part of the plan's text.
    pub location: Location,
}

/// One step towards fewer different values of a column; its type stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coarser {
    /// The beginning of the period, as PostgreSQL's `date_trunc` names it, for dates and times.
    Beginning(&'static str),
    /// Of a number the multiple of this that is next to it towards 0.
    Multiple(u64),
    /// Of a text that has a digit this many characters; after them digits become `0` and letters `X` or `x`.
    Prefix(u32),
    /// NULL.
    Null,
}

/// Where a sequence stands in the copy.
#[derive(Clone, Debug)]
pub struct SequencePlan {
    /// Index into [`Catalog::sequences`](crate::catalog::Catalog::sequences).
    pub sequence: usize,
    /// Its next value.
    pub position: SequencePosition,
    /// Where the next range of permuted values above that begins, in which the sequence must not end.
    pub below: Option<i64>,
}

/// `setval` arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequencePosition {
    /// Where the source's stood.
    AsSource,
    /// At this value, not called yet.
    StartAt(i64),
}

impl Plan {
    /// The plan of a rule table.
    pub fn table(&self, id: TableId) -> Option<&TablePlan> {
        self.tables.iter().find(|plan| plan.table == id)
    }
}
