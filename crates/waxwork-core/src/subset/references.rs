//! Every reference of a database: declared foreign keys, then `[[reference]]` entries, with their policies.
//!
//! ```text
//!   Catalog::foreign_keys ─┐                    [subset.reference]      columns that step 6 may null
//!   [[reference]] ─────────┴─► Vec<Reference> ─► policies::attach ─────► nulls::fill
//! ```

use crate::catalog::{Catalog, ColumnId, ForeignKey, ForeignKeyId, TableId, TypeKind, ValueType};
use crate::condition;
use crate::diagnostic::{Diagnostic, Location};
use crate::rules::name::plain;
use crate::rules::{At, KeyExpression, ReferenceName, RuleFile, VirtualReference};

use super::names::{find_column, find_table, holds_rows, name_apart};
use super::{ParentPolicy, Reference, ReferenceKey, nulls, policies};

/// Resolves every reference against the catalog; what cannot be resolved is said and left out.
///
/// Declared keys come first, in the catalog's order, then `[[reference]]` entries in the file's. Keys to or from a
/// table that holds no rows of its own (a foreign table, or what CREATE EXTENSION fills) are left out.
/// [`SubsetPlan::compile`](super::SubsetPlan::compile) calls this: who has its result has said all this already.
pub fn resolve_references(
    rules: &RuleFile,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Reference> {
    let mut references = declared(catalog);
    references.extend(listed(rules, catalog, diagnostics));
    name_apart(catalog, &mut references);
    for reference in &mut references {
        reference.follow_children = !rules.subset.children_listed;
    }
    let spoken_by = policies::attach(&rules.subset.references, catalog, &mut references, diagnostics);
    nulls::fill(catalog, &mut references, &spoken_by, diagnostics);
    references
}

fn declared(catalog: &Catalog) -> Vec<Reference> {
    (0..catalog.foreign_keys.len() as u32)
        .map(ForeignKeyId)
        .filter(|id| {
            let key = catalog.foreign_key(*id);
            holds_rows(catalog.table(key.child)) && holds_rows(catalog.table(key.parent))
        })
        .map(|id| from_foreign_key(id, catalog.foreign_key(id)))
        .collect()
}

fn from_foreign_key(id: ForeignKeyId, key: &ForeignKey) -> Reference {
    Reference {
        foreign_key: Some(id),
        match_full: key.match_full,
        valid: key.validated,
        ..unnamed(key.child, key.parent, ReferenceKey::Columns(key.columns.clone()))
    }
}

/// A virtual reference between two tables, with the default policies and without its name.
fn unnamed(child: TableId, parent: TableId, key: ReferenceKey) -> Reference {
    Reference {
        name: String::new(),
        foreign_key: None,
        child,
        parent,
        key,
        when: Vec::new(),
        match_full: false,
        valid: false,
        parent_policy: ParentPolicy::Pull,
        follow_children: true,
        condition: None,
        limit: None,
        dangling: None,
        location: None,
        null_columns: Vec::new(),
    }
}

fn listed(rules: &RuleFile, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Vec<Reference> {
    let mut found = Vec::new();
    for entry in &rules.references {
        let Some(reference) = from_entry(entry, catalog, diagnostics) else { continue };
        let same = found.iter().any(|earlier| reads_the_same(earlier, &reference));
        let same = same.then(|| same_constants(&entry.child.value));
        for diagnostic in declared_already(catalog, &reference).into_iter().chain(same) {
            diagnostics.push(diagnostic.at(Some(entry.child.location.clone())));
        }
        found.push(reference);
    }
    found
}

fn from_entry(
    entry: &VirtualReference,
    catalog: &Catalog,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Reference> {
    let location = &entry.child.location;
    let child = find_table(catalog, &entry.child.value.table, location, diagnostics);
    let parent = find_table(catalog, &entry.parent.value.table, &entry.parent.location, diagnostics);
    let (child, parent) = (child?, parent?);
    let parents = parent_columns(entry, catalog, parent, diagnostics)?;
    let key = child_key(entry, catalog, child, &parents, diagnostics)?;
    let mut reference = unnamed(child, parent, key);
    for (column, written) in &entry.when {
        reference.when.push(constant(catalog, child, column, written, diagnostics)?);
    }
    Some(reference)
}

/// One constant of a `when`, with its column.
fn constant(
    catalog: &Catalog,
    child: TableId,
    name: &At<String>,
    written: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(ColumnId, String)> {
    let table = catalog.table(child);
    let column = find_column(table, &name.value, &name.location, diagnostics)?;
    match condition::form(written, &catalog.value_type(table.column(column))) {
        Ok(constant) => Some((column, constant)),
        Err(wanted) => {
            let message = format!(
                "constant of \"when\" is no value of its column's type: column {} of table {}, type {}",
                plain(&name.value),
                table.sql_name,
                table.column(column).type_name
            );
            let diagnostic = Diagnostic::rule("when_type", message).detail(format!("It takes {wanted}."));
            diagnostics.push(diagnostic.at(Some(name.location.clone())));
            None
        }
    }
}

/// The parent's columns in the order that they are written; they must be unique together.
fn parent_columns(
    entry: &VirtualReference,
    catalog: &Catalog,
    parent: TableId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<ColumnId>> {
    let location = &entry.parent.location;
    let table = catalog.table(parent);
    // Whoever reads the file refuses a parent that is not named by columns, and numbers of columns that disagree.
    let KeyExpression::Columns(names) = &entry.parent.value.key else { return None };
    let columns = find_columns(catalog, parent, names, location, diagnostics)?;
    let unique = table
        .unique_keys
        .iter()
        .filter_map(|key| key.plain_columns())
        .any(|key| same_columns(&key, &columns));
    if !unique {
        let message =
            format!("parent columns of reference are not unique: {}({})", table.sql_name, names.join(", "));
        let hint = "A reference points at a primary key, a unique constraint or a unique index over exactly \
                    these columns.";
        diagnostics.push(Diagnostic::rule("reference_parent", message).hint(hint).at(Some(location.clone())));
        return None;
    }
    Some(columns)
}

fn child_key(
    entry: &VirtualReference,
    catalog: &Catalog,
    child: TableId,
    parents: &[ColumnId],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ReferenceKey> {
    let location = &entry.child.location;
    let table = catalog.table(child);
    let parent = *parents.first()?;
    match &entry.child.value.key {
        KeyExpression::Columns(names) => {
            let columns = find_columns(catalog, child, names, location, diagnostics)?;
            Some(ReferenceKey::Columns(columns.into_iter().zip(parents.iter().copied()).collect()))
        }
        KeyExpression::ArrayElements(name) => {
            let column = find_column(table, name, location, diagnostics)?;
            if !is_array(catalog, table.column(column).type_oid) {
                return wrong_type(table.sql_name.as_str(), name, "an array", location, diagnostics);
            }
            Some(ReferenceKey::ArrayElements { child: column, parent })
        }
        KeyExpression::JsonPath { column: name, path } => {
            let column = find_column(table, name, location, diagnostics)?;
            if !matches!(catalog.value_type(table.column(column)), ValueType::Json | ValueType::Jsonb) {
                return wrong_type(table.sql_name.as_str(), name, "json or jsonb", location, diagnostics);
            }
            Some(ReferenceKey::JsonPath { child: column, path: path.clone(), parent })
        }
    }
}

fn wrong_type(
    table: &str,
    column: &str,
    wanted: &str,
    location: &Location,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ReferenceKey> {
    let message = format!("column of reference is not {wanted}: column {} of table {table}", plain(column));
    diagnostics.push(Diagnostic::rule("reference_type", message).at(Some(location.clone())));
    None
}

fn is_array(catalog: &Catalog, type_oid: u32) -> bool {
    match catalog.types.get(&type_oid).map(|found| &found.kind) {
        Some(TypeKind::Domain { base, .. }) => is_array(catalog, *base),
        Some(TypeKind::Array { .. }) => true,
        _ => false,
    }
}

fn find_columns(
    catalog: &Catalog,
    table: TableId,
    names: &[String],
    location: &Location,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<ColumnId>> {
    // All are looked up, so that every wrong name is said.
    let found: Vec<_> =
        names.iter().map(|name| find_column(catalog.table(table), name, location, diagnostics)).collect();
    found.into_iter().collect()
}

/// The same columns in whatever order.
pub(super) fn same_columns(left: &[ColumnId], right: &[ColumnId]) -> bool {
    left.len() == right.len() && left.iter().all(|column| right.contains(column))
}

/// One key, and constants that were written in two ways and are one value: whoever reads the file has refused entries
/// whose words agree.
fn reads_the_same(earlier: &Reference, later: &Reference) -> bool {
    let path = |reference: &Reference| match &reference.key {
        ReferenceKey::JsonPath { path, .. } => Some(path.clone()),
        _ => None,
    };
    let apart = earlier.when.iter().any(|(column, constant)| {
        later.when.iter().any(|(theirs, another)| theirs == column && another != constant)
    });
    earlier.child == later.child
        && same_columns(&earlier.key.child_columns(), &later.key.child_columns())
        && path(earlier) == path(later)
        && !later.when.is_empty()
        && !apart
}

fn same_constants(name: &ReferenceName) -> Diagnostic {
    let message = format!("references {name} do not exclude each other");
    Diagnostic::rule("overlapping_references", message)
        .detail("Their constants are written in two ways and are one value.")
        .hint("Give each a \"when\" with another constant for the same column.")
}

fn declared_already(catalog: &Catalog, reference: &Reference) -> Option<Diagnostic> {
    let ReferenceKey::Columns(pairs) = &reference.key else { return None };
    let same = catalog.foreign_keys.iter().find(|key| {
        (key.child, key.parent) == (reference.child, reference.parent)
            && key.columns.len() == pairs.len()
            && key.columns.iter().all(|pair| pairs.contains(pair))
    })?;
    let message = format!(
        "reference is a foreign key of the schema already: constraint {} of table {}",
        plain(same.name.as_str()),
        catalog.table(same.child).sql_name
    );
    Some(Diagnostic::rule("reference_twice", message).hint("Delete the [[reference]] entry."))
}
