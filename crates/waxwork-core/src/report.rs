//! The report of a run: what `--format json` prints, one versioned object whatever the exit code.
//!
//! Scripts rely on the field names (`DESIGN.md` section 6); add fields, never rename one. No cell value is ever in it.

use crate::diagnostic::{Class, Diagnostic};
use crate::plan::PackCoverage;
use crate::rules::Below;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the report's shape.
pub const REPORT_VERSION: u32 = 1;

/// What a run did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunReport {
    /// [`REPORT_VERSION`]
    pub version: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The process's exit code.
    pub exit_code: u8,
    /// How often it was tried: 1 unless `--retries` made it more.
    pub attempts: u32,
    /// The published database, or the one that would have been.
    pub target: Option<String>,
    /// Every table, partitions added up, in name order.
    pub tables: Vec<TableReport>,
    /// Seconds by phase.
    pub seconds: BTreeMap<String, f64>,
    /// How long the source's snapshot and its locks were held, of runs that read rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotReport>,
    /// Warnings and what was left out on purpose.
    pub findings: Vec<Finding>,
    /// Why it was refused or failed.
    pub errors: Vec<Finding>,
    /// What `doctor` looked at, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Check>,
    /// Statements that make the role which a source needs, of `doctor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_sql: Option<String>,
    /// How the budget of `[subset]` was filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetReport>,
    /// What would be copied, of `plan --exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset: Option<SubsetReport>,
    /// How many rows of the copy agree on each set of quasi-identifiers, in the rule file's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quasi_identifiers: Vec<QuasiReport>,
    /// What the packs of the rule file took of the schema, of `plan` and `check`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<PackCoverage>,
    /// The plan's text, of `plan` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// BLAKE3 of the plan's text, once there is a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_hash: Option<String>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The copy, or the script of a `dump`, stands where it was asked for.
    Published,
    /// `plan`, `check`: nothing stands in the way.
    Planned,
    /// Refused before anything was changed.
    Refused,
    /// Not begun, as it was asked for where another run is at work.
    Skipped,
    /// Ended without a copy.
    #[default]
    Failed,
}

/// One thing that `doctor` looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable, for scripts: `source.connection`.
    pub name: String,
    /// How it is.
    pub status: CheckStatus,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// How a thing is that `doctor` looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// A run works, and somebody should know.
    Warn,
    /// A run would end here.
    Fail,
}

/// What a run asked of its source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SnapshotReport {
    /// From the snapshot until the source was read.
    pub seconds: f64,
    /// Tables that were locked in ACCESS SHARE mode for as long, partitions among them.
    pub locked_tables: usize,
}

/// One table of the copy.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TableReport {
    /// Qualified and quoted as SQL.
    pub name: String,
    /// Rows written.
    pub rows: u64,
    /// Rows that `[[insert]]` adds, apart from `rows`.
    pub inserted_rows: u64,
    /// Bytes of COPY data written.
    pub bytes: u64,
    /// Number of its columns that are masked, nulled or derived.
    pub masked_columns: usize,
    /// COPY streams that load its biggest leaf, where they are several and so without FREEZE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub streams: Option<usize>,
    /// Where there is a budget: the part of the source's rows, by its statistics, that was selected, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_share: Option<f64>,
}

/// How a size budget was filled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetReport {
    /// `[subset] rows`
    pub rows_most: Option<u64>,
    /// `[subset] size`, in bytes
    pub bytes_most: Option<u64>,
    /// Rows selected.
    pub rows: u64,
    /// Bytes that they take in the source: an estimate.
    pub bytes: u64,
    /// Rows that the seeds choose.
    pub seed_rows: u64,
    /// How many of them the budget holds.
    pub seed_rows_taken: u64,
}

/// What a refresh would copy, of `plan --exact`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SubsetReport {
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes that they take in the source: an estimate.
    pub bytes: u64,
    /// Every table, partitions added up, in name order.
    pub tables: Vec<SubsetTable>,
    /// The references that bring most rows, most first.
    pub amplifiers: Vec<Amplifier>,
}

/// One table of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubsetTable {
    /// Qualified and quoted as SQL.
    pub name: String,
    /// Rows, counted.
    pub rows: u64,
    /// Bytes that they take in the source: an estimate.
    pub bytes: u64,
    /// Rows in the source, by its statistics; counted where all are taken.
    pub source_rows: u64,
    /// `rows` of them, from 0 to 1.
    pub source_share: Option<f64>,
    /// What brings most of its rows.
    pub origin: Origin,
    /// Rows of seeds that nothing had brought before.
    pub seed_rows: u64,
    /// The references from a seed, or from a whole table, to this one whose narrowest brings most.
    pub path: Vec<PathStep>,
}

/// What brings a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A seed.
    Seed,
    /// It is taken whole.
    Whole,
    /// References.
    Reference,
    /// It has none.
    Nothing,
}

/// The way a reference is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To the children of wanted rows.
    Children,
    /// To the parents of rows.
    Parents,
}

/// One reference that was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathStep {
    /// The table that it was followed from.
    pub from: String,
    /// The table whose rows it brought.
    pub to: String,
    /// Its name.
    pub reference: String,
    /// The way.
    pub way: Way,
    /// Rows that nothing had brought before.
    pub rows: u64,
}

/// A reference that brings many rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amplifier {
    /// Its name.
    pub reference: String,
    /// The way it is followed.
    pub way: Way,
    /// Rows that nothing had brought before.
    pub rows: u64,
    /// The rule under which the subset was found once more.
    pub change: Option<String>,
    /// Rows fewer with it, what they bring included; negative where a table is then taken whole.
    pub saved_rows: Option<i64>,
    /// Bytes fewer: an estimate.
    pub saved_bytes: Option<i64>,
}

/// A set of quasi-identifiers as it stands in the copy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuasiReport {
    /// Qualified and quoted as SQL.
    pub table: String,
    /// Its columns in the rule file's order.
    pub columns: Vec<String>,
    /// What was asked for.
    pub k: Option<u64>,
    /// What was to happen below that.
    pub below: Below,
    /// Rows of the table, inserted ones included.
    pub rows: u64,
    /// Distinct combinations of the columns' values; NULL counts as a value.
    pub combinations: u64,
    /// Rows of the rarest combination: k of the copy. None where there are no rows.
    pub smallest_k: Option<u64>,
    /// Rows whose combination fewer than the `k` asked for have.
    pub rows_below_k: Option<u64>,
    /// Combinations that one row alone has.
    pub unique_combinations: u64,
    /// Their share of `combinations`, from 0 to 1.
    pub unique_share: f64,
    /// Under `generalise`: rows that were below `k` as they were loaded, and those that joined them at last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generalised_rows: Option<u64>,
}

/// Something worth knowing, or an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable, for scripts.
    pub code: String,
    /// Primary message.
    pub message: String,
    /// Complete sentences.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// `file:line:column`, or what we were doing.
    #[serde(rename = "where")]
    pub place: Option<String>,
}

impl Finding {
    /// Without detail, hint and place. No part of a finding may hold a value.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), detail: None, hint: None, place: None }
    }

    /// Adds the detail.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// Adds the hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<&Diagnostic> for Finding {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            code: diagnostic.code.to_owned(),
            message: diagnostic.message.clone(),
            detail: diagnostic.detail.clone(),
            hint: diagnostic.hint.clone(),
            place: diagnostic.location.as_ref().map(ToString::to_string),
        }
    }
}

/// Exit codes (`DESIGN.md` section 6).
pub mod exit {
    /// All went well.
    pub const OK: u8 = 0;
    /// Privilege, row security, data, disk full, connection lost later.
    pub const FAILED: u8 = 1;
    /// Command line, rule file, a mask that does not fit, key file, `pg_dump` missing or too old.
    pub const RULES: u8 = 2;
    /// Unlisted column, DDL literal, residual value.
    pub const UNLISTED: u8 = 3;
    /// A table changed under us.
    pub const DRIFT: u8 = 4;
    /// Connection, TLS or login at the start.
    pub const CONNECT: u8 = 5;
    /// The target guard.
    pub const GUARD: u8 = 6;
    /// Our run lock, or a source lock not had in time.
    pub const LOCKED: u8 = 7;
    /// Any other failed verification.
    pub const VERIFY: u8 = 8;
    /// SIGINT.
    pub const INTERRUPTED: u8 = 130;
    /// SIGTERM.
    pub const TERMINATED: u8 = 143;

    /// Codes that mean "refused"; the others are "failed".
    pub fn is_refusal(code: u8) -> bool {
        matches!(code, RULES | UNLISTED | DRIFT | GUARD | LOCKED)
    }
}

/// The exit code that a list of errors asks for: a rule error wins over a gap, since mending it may close the gap.
pub fn exit_for(diagnostics: &[Diagnostic]) -> u8 {
    match diagnostics.iter().map(|diagnostic| diagnostic.class).max() {
        Some(Class::Rule) => exit::RULES,
        Some(Class::Unlisted) => exit::UNLISTED,
        Some(Class::Warning) | None => exit::OK,
    }
}
