//! Finding what a rule names, and naming it back: tables, columns, references.
//!
//! Every look-up that fails says what was looked for and the nearest name there is.

use crate::catalog::{Catalog, ColumnId, Table, TableId, TableKind};
use crate::diagnostic::{Diagnostic, Location};
use crate::ident::QualifiedName;
use crate::missing;
use crate::rules::name::plain;

use super::{Reference, ReferenceKey};

/// Finds a table whose rows a reference or seed can speak of.
pub(super) fn find_table(
    catalog: &Catalog,
    name: &QualifiedName,
    location: &Location,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<TableId> {
    let id = catalog.find(name);
    let missing = match id {
        Some(id) if holds_rows(catalog.table(id)) => return Some(id),
        Some(id) => missing::rows(catalog.table(id)),
        None => missing::table(catalog, name),
    };
    diagnostics.push(missing.at(Some(location.clone())));
    None
}

/// Its rows can be in the copy: not a foreign table, and not what CREATE EXTENSION fills.
pub(super) fn holds_rows(table: &Table) -> bool {
    table.kind != TableKind::Foreign
        && table.extension.as_ref().is_none_or(|extension| extension.condition.is_some())
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
        diagnostics.push(missing::column(table, name).at(Some(location.clone())));
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
