//! Step 6: which columns of a key may become NULL, and where `"null"` must be refused.
//!
//! A column qualifies when it is nullable and not generated, and no partition key, unique or exclusion index and no
//! reference with other columns reads it, directly or through a generated column.

use crate::catalog::{Catalog, ColumnId, Exclusion, Generation, KeyPart, Table, TableId, UniqueKey};
use crate::diagnostic::{Diagnostic, Location};
use crate::rules::ReferenceRule;

use super::{DanglingPolicy, ParentPolicy, Reference, ReferenceKey};

/// Fills in [`Reference::null_columns`] and refuses `"null"` where it cannot be done.
pub(super) fn fill(
    catalog: &Catalog,
    references: &mut [Reference],
    spoken_by: &[Option<&ReferenceRule>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let columns: Vec<Vec<ColumnId>> =
        references.iter().map(|reference| free_columns(catalog, references, reference)).collect();
    for ((reference, columns), rule) in references.iter_mut().zip(columns).zip(spoken_by) {
        reference.null_columns = columns;
        if let Some(rule) = rule {
            diagnostics.extend(refusal(reference, rule).or_else(|| broken_check(catalog, reference, rule)));
        }
    }
}

fn refusal(reference: &Reference, rule: &ReferenceRule) -> Option<Diagnostic> {
    let place = asked_at(reference, rule)?;
    let detail = match &reference.key {
        ReferenceKey::Columns(_) if !reference.null_columns.is_empty() => return None,
        ReferenceKey::Columns(_) if reference.match_full => {
            "Under MATCH FULL all its columns must be nullable, not generated, and free of keys and other references."
        }
        ReferenceKey::Columns(_) => {
            "None of its columns is nullable, not generated, and free of keys and other references."
        }
        _ => "Ids in an array or in JSON are pulled or dropped, never nulled.",
    };
    let message = format!("key cannot become null: reference {}", reference.name);
    let hint = "Write \"drop\", or let the parent be pulled.";
    Some(Diagnostic::rule("reference_null", message).detail(detail).hint(hint).at(Some(place.clone())))
}

/// Where the rule says `"null"`.
fn asked_at<'a>(reference: &Reference, rule: &'a ReferenceRule) -> Option<&'a Location> {
    let asked = [
        rule.parent.as_ref().filter(|_| reference.parent_policy == ParentPolicy::Null),
        rule.dangling.as_ref().filter(|_| reference.dangling == Some(DanglingPolicy::Null)),
    ];
    asked.into_iter().flatten().next().map(|word| &word.location)
}

/// A CHECK that no row with an emptied key can satisfy. Only what can be read as that: the closure tries the others on the
/// rows themselves.
fn broken_check(catalog: &Catalog, reference: &Reference, rule: &ReferenceRule) -> Option<Diagnostic> {
    let place = asked_at(reference, rule)?;
    let table = catalog.table(reference.child);
    let nulled = column_names(table, &reference.null_columns);
    let check = table.checks.iter().find(|check| counts(&check.definition, &nulled))?;
    let message = format!("key cannot become null: reference {}", reference.name);
    Some(
        Diagnostic::rule("reference_null", message)
            .detail(format!(
                "CHECK {} says how many of its columns are NULL, and this would be one more.",
                check.name
            ))
            .hint("Write \"drop\", or let the parent be pulled.")
            .at(Some(place.clone())),
    )
}

/// Whether a CHECK fixes how many of some plain columns are NULL, these among them: `CHECK ((num_nonnulls(a, b) = 1))` and
/// `num_nulls`, as `pg_get_constraintdef` writes them. A row that refers has no NULL in its key, so it held before.
fn counts(definition: &str, nulled: &[&str]) -> bool {
    let counted = || {
        let call = definition.strip_prefix("CHECK ((num_")?;
        let columns = call.strip_prefix("nonnulls(").or_else(|| call.strip_prefix("nulls("))?;
        let (columns, number) = columns.split_once(") = ")?;
        let number = number.strip_suffix("))")?;
        number.parse::<u32>().is_ok().then(|| columns.split(", ").collect::<Vec<_>>())
    };
    counted().is_some_and(|columns| nulled.iter().any(|column| columns.contains(column)))
}

/// The key's columns that may become NULL; under MATCH FULL all of them or none.
fn free_columns(catalog: &Catalog, references: &[Reference], reference: &Reference) -> Vec<ColumnId> {
    let ReferenceKey::Columns(_) = &reference.key else { return Vec::new() };
    let key = reference.key.child_columns();
    let free: Vec<ColumnId> = key
        .iter()
        .copied()
        .filter(|column| {
            trees_with(catalog, reference.child, *column).all(|(table, column)| is_free(table, column))
                && !read_by_another(catalog, references, reference, *column)
        })
        .collect();
    if reference.match_full && free.len() < key.len() { Vec::new() } else { free }
}

/// The column in every table of the child's partition tree that holds it: roots above, partitions beneath.
fn trees_with(
    catalog: &Catalog,
    child: TableId,
    column: ColumnId,
) -> impl Iterator<Item = (&Table, ColumnId)> {
    let name = catalog.table(child).column(column).name.as_str();
    catalog
        .table_ids()
        .filter(move |id| catalog.is_within(*id, child) || catalog.is_within(child, *id))
        .filter_map(move |id| {
            let table = catalog.table(id);
            table.find_column(name).map(|column| (table, column))
        })
}

fn is_free(table: &Table, column: ColumnId) -> bool {
    let definition = table.column(column);
    let read = with_generated(table, column);
    !definition.not_null
        && !matches!(definition.generation, Generation::Generated { .. })
        && !table.unique_keys.iter().any(|key| read.iter().any(|column| unique_reads(key, *column)))
        && !table.exclusions.iter().any(|key| read.iter().any(|column| exclusion_reads(table, key, *column)))
        && !table
            .partition_key
            .iter()
            .any(|key| key.parts.iter().any(|part| read.iter().any(|column| part_reads(part, *column))))
}

/// A column and the generated columns that are made from it.
fn with_generated(table: &Table, column: ColumnId) -> Vec<ColumnId> {
    std::iter::once(column).chain(table.generated_from(column)).collect()
}

fn unique_reads(key: &UniqueKey, column: ColumnId) -> bool {
    key.predicate_columns.contains(&column) || key.parts.iter().any(|part| part_reads(part, column))
}

fn exclusion_reads(table: &Table, exclusion: &Exclusion, column: ColumnId) -> bool {
    // The catalog does not list what a predicate reads: a name that occurs in its text counts.
    let name = table.column(column).name.as_str();
    exclusion.parts.iter().any(|(part, _)| part_reads(part, column))
        || exclusion.predicate.as_ref().is_some_and(|predicate| predicate.contains(name))
}

fn part_reads(part: &KeyPart, column: ColumnId) -> bool {
    match part {
        KeyPart::Column(own) => *own == column,
        KeyPart::Expression { columns, .. } => columns.contains(&column),
    }
}

/// Whether a reference with other columns reads it, as part of its key or to tell its parents apart.
fn read_by_another(
    catalog: &Catalog,
    references: &[Reference],
    reference: &Reference,
    column: ColumnId,
) -> bool {
    let table = catalog.table(reference.child);
    let own = column_names(table, &reference.key.child_columns());
    let read = column_names(table, &with_generated(table, column));
    references.iter().filter(|other| catalog.root(other.child) == catalog.root(reference.child)).any(
        |other| {
            let key = other.key.child_columns();
            let names = column_names(catalog.table(other.child), &key);
            let same = names.len() == own.len() && names.iter().all(|name| own.contains(name));
            let when: Vec<ColumnId> = other.when.iter().map(|(column, _)| *column).collect();
            let distinguishing = column_names(catalog.table(other.child), &when);
            read.iter().any(|name| (!same && names.contains(name)) || distinguishing.contains(name))
        },
    )
}

fn column_names<'a>(table: &'a Table, columns: &[ColumnId]) -> Vec<&'a str> {
    columns.iter().map(|column| table.column(*column).name.as_str()).collect()
}
