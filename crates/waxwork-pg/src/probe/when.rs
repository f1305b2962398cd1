//! The `when` of a polymorphic reference in SQL: text forms compare byte by byte, constants are parameters.

use waxwork_core::catalog::{ColumnId, Table};

use crate::row::Param;

/// One comparison for each column of a `when`, on row `alias` of a table.
pub(super) fn when_terms(
    table: &Table,
    alias: &str,
    when: &[(ColumnId, String)],
    params: &mut Vec<Param>,
) -> Vec<String> {
    when.iter()
        .map(|(column, constant)| {
            let constant = bind(params, Param::Text(constant.clone()));
            let name = &table.column(*column).name;
            format!(
                "{alias}.{name}::pg_catalog.text COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=) {constant}"
            )
        })
        .collect()
}

/// Adds a parameter; its place in the statement.
pub(super) fn bind(params: &mut Vec<Param>, param: Param) -> String {
    params.push(param);
    format!("${}", params.len())
}
