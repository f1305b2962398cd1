//! Finding what a rule names, and naming it back: tables, columns, references.
//!
//! Every look-up that fails says what was looked for and the nearest name there is.

use crate::catalog::{Catalog, ColumnId, Table, TableId, TableKind};
use crate::diagnostic::{Diagnostic, Location};
use crate::ident::QualifiedName;
use crate::rules::name::{plain, plain_table};
use crate::rules::nearest;

use super::{Reference, ReferenceKey};

/// Finds a table whose rows a reference or seed can speak of.
pub(super) fn find_table(
    catalog: &Catalog,
    name: &QualifiedName,
    location: &Location,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<TableId> {
    let Some(id) = catalog.find(name) else {
        diagnostics.push(unknown_table(catalog, name).at(Some(location.clone())));
        return None;
    };
    if holds_rows(catalog.table(id)) {
        return Some(id);
    }
    let message = format!("table named in rule has no rows to copy: table {}", catalog.table(id).sql_name);
    let why = match catalog.table(id).kind {
        TableKind::Foreign => "It is a foreign table: its rows are elsewhere and are never copied.",
        _ => "It belongs to an extension, which makes its rows itself.",
    };
    diagnostics.push(Diagnostic::rule("table_without_rows", message).detail(why).at(Some(location.clone())));
    None
}

/// Its rows can be in the copy: not a foreign table, and not what CREATE EXTENSION fills.
pub(super) fn holds_rows(table: &Table) -> bool {
    table.kind != TableKind::Foreign
        && table.extension.as_ref().is_none_or(|extension| extension.condition.is_some())
}

fn unknown_table(catalog: &Catalog, name: &QualifiedName) -> Diagnostic {
    let names: Vec<String> = catalog.tables.iter().map(|table| plain_table(&table.name)).collect();
    let message = format!("table named in rule does not exist: table {name}");
    let diagnostic = Diagnostic::rule("unknown_table", message);
    match nearest(&plain_table(name), names.iter().map(String::as_str)) {
        Some(near) => diagnostic.detail(format!("The closest name is \"{near}\".")),
        None => diagnostic,
    }
}

/// Finds a column by its exact name.
pub(super) fn find_column(
    table: &Table,
    name: &str,
    location: &Location,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ColumnId> {
    let found = table.find_column(name);
    if found.is_none() {
        let message = format!(
            "column named in rule does not exist: column {} of table {}",
            plain(name),
            table.sql_name
        );
        let count = table.columns.len();
        let mut detail = format!("Table {} has {count} columns", table.sql_name);
        if let Some(near) = nearest(name, table.columns.iter().map(|column| column.name.as_str())) {
            detail.push_str(&format!("; the closest name is \"{near}\""));
        }
        detail.push('.');
        diagnostics
            .push(Diagnostic::rule("unknown_column", message).detail(detail).at(Some(location.clone())));
    }
    found
}

/// `child(column, …)` of a reference.
pub(super) fn child_name(catalog: &Catalog, child: TableId, key: &ReferenceKey) -> String {
    let table = catalog.table(child);
    let column = |id: ColumnId| plain(table.column(id).name.as_str());
    let inside = match key {
        ReferenceKey::Columns(pairs) => {
            pairs.iter().map(|(child, _)| column(*child)).collect::<Vec<_>>().join(", ")
        }
        ReferenceKey::ArrayElements { child, .. } => format!("{}[*]", column(*child)),
        ReferenceKey::JsonPath { child, path, .. } => format!("{} -> '{path}'", column(*child)),
    };
    format!("{}({inside})", table.sql_name)
}

/// `child(column, …) -> parent`, as an entry of `[subset.reference]` names it.
pub(super) fn full_name(catalog: &Catalog, reference: &Reference) -> String {
    let child = child_name(catalog, reference.child, &reference.key);
    format!("{child} -> {}", catalog.table(reference.parent).sql_name)
}

/// Gives every reference a name of its own: `child(columns) -> parent`, told apart where that is not enough.
pub(super) fn name_apart(catalog: &Catalog, references: &mut [Reference]) {
    for reference in references.iter_mut() {
        reference.name = full_name(catalog, reference);
    }
    let names: Vec<String> = references.iter().map(|reference| reference.name.clone()).collect();
    for (at, reference) in references.iter_mut().enumerate() {
        if names.iter().filter(|name| **name == names[at]).count() > 1 {
            reference.name.push_str(&distinction(catalog, reference, at));
        }
    }
}

fn distinction(catalog: &Catalog, reference: &Reference, at: usize) -> String {
    match reference.foreign_key {
        Some(id) => format!(" ({})", plain(catalog.foreign_key(id).name.as_str())),
        None => format!(" (reference {})", at + 1),
    }
}
