//! The `when` of a polymorphic reference in SQL: text forms compare byte by byte, constants are parameters.

use waxwork_core::catalog::{Catalog, ColumnId, Table};
use waxwork_core::condition::equals_form;

use crate::row::Param;

/// One comparison for each column of a `when`, on row `alias` of a table.
pub(super) fn when_terms(
    catalog: &Catalog,
    table: &Table,
    alias: &str,
    when: &[(ColumnId, String)],
    params: &mut Vec<Param>,
) -> Vec<String> {
    when.iter()
        .map(|(column, constant)| {
            let column = table.column(*column);
            let value = format!("{alias}.{}", column.name);
            let constant = bind(params, Param::Text(constant.clone()));
            equals_form(&value, &catalog.value_type(column), &constant)
        })
        .collect()
}

/// Adds a parameter; its place in the statement.
pub(super) fn bind(params: &mut Vec<Param>, param: Param) -> String {
    params.push(param);
    format!("${}", params.len())
}
