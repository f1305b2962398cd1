//! Derived columns before the load: the source takes their SQL, and each finds what it reads.
//!
//! ```text
//!   TablePlan.derived ─► those that read copied columns alone ─► those that read these, too ─► … ─► Derivation { steps }
//!                                                            └─► what is left reads itself, what is generated, or nothing known
//! ```
//!
//! Which columns SQL reads is the server's to say: one more is shown to it only where its name stands in the text, and
//! what it accepts without a column does not read it.

use crate::error::RunError;
use std::collections::BTreeSet;
use waxwork_core::catalog::{Catalog, ColumnId, Generation, Table, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::plan::{DerivedColumn, Plan, TablePlan};
use waxwork_pg::probe::{DeriveVerdict, Refusal, mentioned, vet_derived};
use waxwork_pg::{PgError, SourceWorker};

/// The derived columns of one table.
#[derive(Clone, Debug)]
pub(crate) struct Derivation {
    /// The rule table.
    pub(crate) table: TableId,
    /// In an order in which each finds what it reads.
    pub(crate) steps: Vec<DeriveStep>,
}

/// One column.
#[derive(Clone)]
pub(crate) struct DeriveStep {
    /// The column.
    pub(crate) column: ColumnId,
    /// All that its SQL may read.
    pub(crate) reads: Vec<ColumnId>,
    /// One expression, vetted.
    pub(crate) sql: String,
}

/// Its SQL may hold a secret, as a `where` may.
impl std::fmt::Debug for DeriveStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeriveStep({:?}, {} bytes)", self.column, self.sql.len())
    }
}

/// Has the source vet the SQL of every derived column, and orders the columns of each table.
///
/// # Errors
/// Exit 2: everything that it does not take, with its place in the rule file.
pub(crate) async fn settle(
    plan: &Plan,
    catalog: &Catalog,
    worker: &mut SourceWorker,
) -> Result<Vec<Derivation>, RunError> {
    let (mut derivations, mut refused) = (Vec::new(), Vec::new());
    for table in plan.tables.iter().filter(|table| !table.derived.is_empty()) {
        let mut settling = Settling { catalog, table, steps: Vec::new() };
        refused.extend(settling.run(worker).await?);
        derivations.push(Derivation { table: table.table, steps: settling.steps });
    }
    if refused.is_empty() { Ok(derivations) } else { Err(RunError::diagnostics(&refused)) }
}

/// One table on the way.
struct Settling<'a> {
    catalog: &'a Catalog,
    table: &'a TablePlan,
    steps: Vec<DeriveStep>,
}

impl<'a> Settling<'a> {
    /// Returns what cannot be settled.
    async fn run(&mut self, worker: &mut SourceWorker) -> Result<Vec<Diagnostic>, PgError> {
        let mut pending: Vec<&DerivedColumn> = self.table.derived.iter().collect();
        loop {
            let mut left = Vec::new();
            for derived in &pending {
                let readable = self.readable();
                match self.ask(worker, derived, &readable).await? {
                    (DeriveVerdict::Taken, reads) => {
                        let (column, sql) = (derived.column, derived.sql.value.clone());
                        self.steps.push(DeriveStep { column, reads, sql });
                    }
                    (verdict, _) => left.push((*derived, verdict)),
                }
            }
            if left.len() == pending.len() || left.is_empty() {
                return self.refusals(worker, left).await;
            }
            pending = left.into_iter().map(|(derived, _)| derived).collect();
        }
    }

    /// What stands in a row by now.
    fn readable(&self) -> BTreeSet<ColumnId> {
        let copied = self.table.columns.iter().map(|column| column.column);
        copied.chain(self.steps.iter().map(|step| step.column)).collect()
    }

    async fn ask(
        &self,
        worker: &mut SourceWorker,
        derived: &DerivedColumn,
        readable: &BTreeSet<ColumnId>,
    ) -> Result<(DeriveVerdict, Vec<ColumnId>), PgError> {
        let (table, sql) = (self.table.table, &derived.sql.value);
        let reads = mentioned(self.relation(), sql, readable);
        let verdict = vet_derived(worker, self.catalog, table, derived.column, sql, &reads).await?;
        Ok((verdict, reads))
    }

    fn relation(&self) -> &'a Table {
        self.catalog.table(self.table.table)
    }

    async fn refusals(
        &self,
        worker: &mut SourceWorker,
        left: Vec<(&DerivedColumn, DeriveVerdict)>,
    ) -> Result<Vec<Diagnostic>, PgError> {
        let mut refusals = Vec::new();
        let every = (0..self.relation().columns.len() as u32).map(ColumnId).collect();
        for (derived, verdict) in left {
            let refusal = match verdict {
                DeriveVerdict::OtherType(found) => self.other_type(derived, &found),
                // With every column to read it says what it wants of those that are not there.
                _ => match self.ask(worker, derived, &every).await? {
                    (DeriveVerdict::Refused(refusal), _) => self.refused(derived, &refusal),
                    (_, reads) => self.unreadable(derived, &reads),
                },
            };
            refusals.push(refusal.at(Some(derived.sql.location.clone())));
        }
        Ok(refusals)
    }

    fn label(&self, column: ColumnId) -> String {
        let relation = self.relation();
        format!("{}({})", relation.sql_name, relation.column(column).name.as_str())
    }

    fn refused(&self, derived: &DerivedColumn, refusal: &Refusal) -> Diagnostic {
        let length = derived.sql.value.chars().count();
        let message = format!(
            "SQL of a derived column is refused: {length} characters for {}",
            self.label(derived.column)
        );
        Diagnostic::rule("derive_refused", message).detail(crate::refusal::told(refusal)).hint(
            "It is one SQL expression over this row's own columns by their bare names, without queries, \
                aggregates, parameters and comments; what is in another schema needs its schema's name.",
        )
    }

    fn other_type(&self, derived: &DerivedColumn, found: &str) -> Diagnostic {
        let wanted = &self.relation().column(derived.column).type_name;
        let message = format!("SQL of a derived column is of another type: {}", self.label(derived.column));
        Diagnostic::rule("derive_type", message)
            .detail(format!("It gives {found}, which cannot be assigned to {wanted}."))
            .hint(format!("Write CAST(… AS {wanted}) around it where that is what is meant."))
    }

    fn unreadable(&self, derived: &DerivedColumn, reads: &[ColumnId]) -> Diagnostic {
        let relation = self.relation();
        let is_generated =
            |id: &&ColumnId| matches!(relation.column(**id).generation, Generation::Generated { .. });
        let label = self.label(derived.column);
        if let Some(generated) = reads.iter().find(is_generated) {
            let message =
                format!("derived column reads a generated one: {label} reads {}", self.label(*generated));
            return Diagnostic::rule("derive_reads_generated", message)
                .detail("PostgreSQL makes generated columns after it has derived the others.")
                .hint("Write the generated column's own expression in its place.");
        }
        let message = format!("derived columns read each other in a circle: {label}");
        Diagnostic::rule("derive_cycle", message)
            .detail(
                "What production holds in a derived column is not copied, so nothing is there to begin with.",
            )
            .hint("Let one of them read only columns that are copied.")
    }
}
