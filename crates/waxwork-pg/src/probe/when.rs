//! The `when` of a polymorphic reference in SQL: text forms compare byte by byte, constants are parameters.

use waxwork_core::catalog::{Catalog, ColumnId, Table, ValueType};

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
            let text = match catalog.value_type(column) {
                // A cast of these to text may be a function of its own (inet's adds a mask); COPY and format print them
                // by their output function. NULL would be an empty text.
                ValueType::Inet | ValueType::Cidr | ValueType::Other(_) => format!(
                    "CASE WHEN pg_catalog.num_nulls({value}) OPERATOR(pg_catalog.=) 0 \
                     THEN pg_catalog.format('%s', {value}) END"
                ),
                _ => format!("{value}::pg_catalog.text"),
            };
            format!("({text}) COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=) {constant}")
        })
        .collect()
}

/// Adds a parameter; its place in the statement.
pub(super) fn bind(params: &mut Vec<Param>, param: Param) -> String {
    params.push(param);
    format!("${}", params.len())
}
