//! Virtual columns (18) that are generated from masked ones are computed once in the copy: of stored ones the load does so,
//! of these whoever reads them first.

use crate::report;
use std::collections::BTreeSet;
use waxwork_core::catalog::{Catalog, ColumnId, Generation, TableId};
use waxwork_core::ident::QualifiedName;
use waxwork_core::plan::{ColumnAction, Plan};
use waxwork_core::report::Finding;
use waxwork_pg::{PgError, TargetSession, doing};

/// There are some from this version on.
const VIRTUAL_COLUMNS: u32 = 180_000;

const VIRTUAL: &str = "\
    SELECT n.nspname, c.relname, a.attname FROM pg_catalog.pg_attribute a \
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE a.attgenerated = 'v' AND NOT a.attisdropped ORDER BY n.nspname, c.relname, a.attnum";

/// Reads those of every table that has some; what cannot be computed is a finding, since production's own values may be
/// such that it cannot.
///
/// # Errors
/// What the target says of anything else.
pub(crate) async fn try_all(
    target: &mut TargetSession,
    plan: &Plan,
    catalog: &Catalog,
) -> Result<Vec<Finding>, PgError> {
    let mut findings = Vec::new();
    if target.server_version() < VIRTUAL_COLUMNS {
        return Ok(findings);
    }
    for row in target.fetch(doing("read the virtual columns"), VIRTUAL, &[]).await? {
        let name = QualifiedName::new(row.text(0)?, row.text(1)?);
        let Some(id) = catalog.find(&name) else { continue };
        let table = catalog.table(id);
        let Some(column) = table.find_column(row.text(2)?) else { continue };
        if !reads_masked(plan, catalog, id, column) {
            continue;
        }
        let column = &table.column(column).name;
        // The planner knows no answer to this without the column's value.
        let sql =
            format!("SELECT pg_catalog.count(*) FROM ONLY {name} WHERE pg_catalog.num_nulls({column}) < 0");
        match target.fetch(doing("compute a virtual column of").to(&table.sql_name), &sql, &[]).await {
            Ok(_) => {}
            Err(error) if error.may_blame_statement() => {
                findings.push(report::not_computed(table, column, &error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(findings)
}

/// Whether it is generated from a column that does not keep its values, for all that is known before.
fn reads_masked(plan: &Plan, catalog: &Catalog, id: TableId, column: ColumnId) -> bool {
    let (table, root) = (catalog.table(id), catalog.root(id));
    let Generation::Generated { reads } = &table.column(column).generation else { return false };
    let Some(planned) = plan.tables.iter().find(|planned| planned.table == root) else { return false };
    let mut emptied = plan.subset.references.iter().filter(|reference| reference.empties());
    if emptied.any(|reference| catalog.root(reference.child) == root)
        || plan.quasi_identifiers.iter().any(|set| set.table == root)
    {
        return true;
    }
    let kept = planned.columns.iter().filter(|column| matches!(column.action, ColumnAction::Keep { .. }));
    let kept: BTreeSet<&str> =
        kept.map(|column| catalog.table(root).column(column.column).name.as_str()).collect();
    reads.iter().any(|read| !kept.contains(table.column(*read).name.as_str()))
}
