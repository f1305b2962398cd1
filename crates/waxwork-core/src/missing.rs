//! What a rule names and the catalog does not have: one way to say it, whichever section of the file asks.

use crate::catalog::{Catalog, OtherRelation, Table, TableKind};
use crate::diagnostic::Diagnostic;
use crate::ident::QualifiedName;
use crate::rules::name::{plain, plain_table};
use crate::rules::nearest;
use crate::words::counted;

/// There is no such table, or it is none whose rows are the database's own.
pub(crate) fn table(catalog: &Catalog, name: &QualifiedName) -> Diagnostic {
    if let Some(relation) = catalog.other_relations.get(name) {
        return no_table(relation, name);
    }
    if is_of_server(name) {
        return Diagnostic::rule(
            "no_table",
            format!("rule names a relation of the server's own: {}", plain_table(name)),
        )
        .detail("System catalogs are never copied: the target has its own.")
        .hint("Delete the rule.");
    }
    let known: Vec<String> = catalog.tables.iter().map(|table| plain_table(&table.name)).collect();
    let name = plain_table(name);
    let unknown = Diagnostic::rule("unknown_table", format!("table named in rule does not exist: {name}"))
        .hint("Correct the name, or delete the rule if the table was dropped.");
    match nearest(&name, known.iter().map(String::as_str)) {
        Some(near) => unknown.detail(format!("The closest name is \"{near}\".")),
        None => unknown,
    }
}

fn is_of_server(name: &QualifiedName) -> bool {
    let schema = name.schema.as_str();
    schema.starts_with("pg_") || schema == "information_schema"
}

/// It is there, and no table that a rule can speak of.
fn no_table(relation: &OtherRelation, name: &QualifiedName) -> Diagnostic {
    const BENEATH: &str = "Name the tables that its query reads.";
    let (what, detail, hint) = match relation {
        OtherRelation::View => {
            ("a view", "A view has no rows: the copy has it too, over the copied tables.", BENEATH)
        }
        OtherRelation::MaterializedView => (
            "a materialized view",
            "Its rows are not copied: it is made again in the copy, from the copied tables.",
            BENEATH,
        ),
        OtherRelation::Sequence => (
            "a sequence",
            "The copy has it, and where it stands is decided by the columns that it feeds.",
            "Name the table, and the column that it feeds.",
        ),
        OtherRelation::Index => ("an index", "It is built again in the copy.", "Name its table."),
        OtherRelation::CompositeType => (
            "a composite type",
            "It has no rows; the copy has it too.",
            "Name a table that has a column of it.",
        ),
        OtherRelation::TableOfExtension(extension) => {
            return Diagnostic::rule(
                "no_table",
                format!("rule names a table of an extension: {}", plain_table(name)),
            )
            .detail(format!("Extension {} makes its rows itself, in the copy too.", plain(extension)))
            .hint("Delete the rule.");
        }
    };
    Diagnostic::rule("no_table", format!("rule names {what}, which is no table: {}", plain_table(name)))
        .detail(detail)
        .hint(hint)
}

/// The table has no such column.
pub(crate) fn column(table: &Table, name: &str) -> Diagnostic {
    let columns = &table.columns;
    let number = counted(columns.len() as u64, "column");
    let message =
        format!("column named in rule does not exist: column {} of table {}", plain(name), table.sql_name);
    let detail = match nearest(name, columns.iter().map(|column| column.name.as_str())) {
        Some(near) => format!("The table has {number}; the closest name is \"{near}\"."),
        None => format!("The table has {number}, none of a name like it."),
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
    Diagnostic::rule("table_without_rows", message)
        .detail(detail)
        .hint("Name a table whose rows are in this database, or delete the rule.")
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
