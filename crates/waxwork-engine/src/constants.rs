//! `constant` in the source's own spelling: PostgreSQL reads `yes`, `2 weeks` and `{ 1, 2 }`, a codec does not; and what
//! it does not read would fail at the first row of a load.

use crate::error::RunError;
use waxwork_core::catalog::{Catalog, Column, Table, ValueType};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::plan::{Plan, constant_does_not_fit};
use waxwork_pg::{PgError, SourceWorker};

/// Replaces every constant of a column by what the source makes of it.
///
/// # Errors
/// Exit 2: constants that the source does not take for their column's type, all at once.
pub(crate) async fn read(
    plan: &mut Plan,
    catalog: &Catalog,
    worker: &mut SourceWorker,
) -> Result<(), RunError> {
    let mut refused = Vec::new();
    for table in &mut plan.tables {
        let relation = catalog.table(table.table);
        for column in &mut table.columns {
            let definition = relation.column(column.column);
            for constant in column.action.constants_mut() {
                match worker.read_constant(&definition.type_name, constant).await? {
                    // A cast cuts a text at its length, which the plan has checked; it has no other spelling.
                    Ok(_) if matches!(column.value_type, ValueType::Text(_)) => {}
                    Ok(text) => *constant = text,
                    Err(error) => {
                        refused.push(not_taken(relation, definition, &error).at(column.location.clone()));
                    }
                }
            }
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(RunError::diagnostics(&refused)) }
}

fn not_taken(relation: &Table, column: &Column, error: &PgError) -> Diagnostic {
    let refused = constant_does_not_fit(relation, column);
    match error.sqlstate() {
        Some(code) => refused.detail(format!("The source does not take it (SQLSTATE {code}).")),
        None => refused,
    }
}
