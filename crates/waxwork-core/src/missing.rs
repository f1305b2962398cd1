//! What a rule names and the catalog does not have: one way to say it, whichever section of the file asks.

use crate::catalog::{Catalog, Table, TableKind};
use crate::diagnostic::Diagnostic;
use crate::ident::QualifiedName;
use crate::rules::name::{plain, plain_table};
use crate::rules::nearest;

/// There is no such table.
pub(crate) fn table(catalog: &Catalog, name: &QualifiedName) -> Diagnostic {
    let known: Vec<String> = catalog.tables.iter().map(|table| plain_table(&table.name)).collect();
    let name = plain_table(name);
    let unknown = Diagnostic::rule("unknown_table", format!("table named in rule does not exist: {name}"))
        .hint("Correct the name, or delete the rule if the table was dropped.");
    match nearest(&name, known.iter().map(String::as_str)) {
        Some(near) => unknown.detail(format!("The closest name is \"{near}\".")),
        None => unknown,
    }
}

/// The table has no such column.
pub(crate) fn column(table: &Table, name: &str) -> Diagnostic {
    let columns = &table.columns;
    let message =
        format!("column named in rule does not exist: column {} of table {}", plain(name), table.sql_name);
    let detail = match nearest(name, columns.iter().map(|column| column.name.as_str())) {
        Some(near) => format!("The table has {} columns; the closest name is \"{near}\".", columns.len()),
        None => format!("The table has {} columns, none of a name like it.", columns.len()),
    };
    Diagnostic::rule("unknown_column", message)
        .detail(detail)
        .hint("Correct the name, or delete the rule if the column was dropped.")
}

/// The table is there, and holds no rows that could be copied.
pub(crate) fn rows(table: &Table) -> Diagnostic {
    let detail = match table.kind {
        TableKind::Foreign => "It is a foreign table: its rows are elsewhere and are never copied.",
        _ => "It belongs to an extension, which makes its rows itself.",
    };
    let message = format!("table named in rule has no rows to copy: {}", table.sql_name);
    Diagnostic::rule("table_without_rows", message).detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::rules::RuleFile;

    /// Both sections of a file that name one table which is not there.
    #[test]
    fn what_is_missing_is_told_alike_wherever_it_is_named() {
        let rules = "version = 1\n[subset]\nseed = [{ table = \"gone\" }]\n[table.gone]\nid = \"null\"\n";
        let rules = RuleFile::parse("r.toml", rules).unwrap();
        let catalog = Catalog::default();
        let found = Plan::compile(&rules, &catalog).unwrap_err();
        let said: Vec<_> = found.iter().map(|found| (found.code, &found.message, &found.hint)).collect();
        assert_eq!(said.len(), 2);
        assert_eq!(said[0], said[1]);
    }
}
