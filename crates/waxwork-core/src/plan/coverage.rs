//! How far rules reach where they do not make a plan yet.

use super::PackCoverage;
use super::decisions::{Verdict, Verdicts};
use super::schema::Schema;
use super::text::write_pack;
use crate::diagnostic::Diagnostic;
use crate::words::{counted, printable};
use std::fmt::{self, Display, Formatter};

/// Why there is no plan, and what is decided all the same.
#[derive(Clone, Debug)]
pub struct Refused {
    /// As [`Plan::compile`](super::Plan::compile) gives them.
    pub diagnostics: Vec<Diagnostic>,
    /// What the packs took.
    pub packs: Vec<PackCoverage>,
    /// Every table that is copied, in catalog order.
    pub tables: Vec<TableCoverage>,
}

/// How many columns of a table are decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableCoverage {
    /// `schema.table`
    pub name: String,
    /// Columns that a rule, a key, a pattern or a pack decides.
    pub decided: usize,
    /// All of them.
    pub columns: usize,
}

pub(super) fn tables(schema: &Schema, verdicts: &Verdicts) -> Vec<TableCoverage> {
    let decided =
        |verdict: Option<&Verdict>| verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Failed));
    let copied = schema.planned().filter(|table| schema.is_copied(*table));
    let coverage = copied.map(|table| TableCoverage {
        name: schema.table_label(table),
        decided: schema.columns(table).filter(|at| decided(verdicts.get(at))).count(),
        columns: schema.columns(table).count(),
    });
    coverage.collect()
}

/// What `plan` prints in the place of a plan.
impl Display for Refused {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let decided: usize = self.tables.iter().map(|table| table.decided).sum();
        let columns: usize = self.tables.iter().map(|table| table.columns).sum();
        writeln!(f, "no plan yet: {decided} of {} are decided", counted(columns as u64, "column"))?;
        for pack in &self.packs {
            write_pack(f, pack)?;
        }
        writeln!(f, "\ndecided columns")?;
        for table in &self.tables {
            writeln!(f, "  {}: {} of {}", printable(&table.name), table.decided, table.columns)?;
        }
        Ok(())
    }
}
