//! Seeds: `seed = [{ table = "customer", percent = 5 }, …]` against the catalog.

use crate::catalog::{Catalog, Table, TableId};
use crate::diagnostic::Diagnostic;
use crate::rules::name::plain;
use crate::rules::{At, SeedKeys, SeedRule, decimal};

use super::names::{find_column, find_table};
use super::{Quota, Seed};

/// Resolves the seeds; whether a seed's table is `none` is the classes' to say.
pub(super) fn resolve(rules: &[SeedRule], catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Vec<Seed> {
    rules.iter().filter_map(|rule| seed(rule, catalog, diagnostics)).collect()
}

fn seed(rule: &SeedRule, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Option<Seed> {
    let location = &rule.table.location;
    let table = find_table(catalog, &rule.table.value, location, diagnostics);
    let quota = quota(rule);
    let (table, quota) = (table?, quota?);
    if let Some(diagnostic) = names_partition(catalog, table) {
        diagnostics.push(diagnostic.at(Some(location.clone())));
        return None;
    }
    if let Some(diagnostic) = rule.keys.as_ref().and_then(|keys| unlike_key(catalog, table, keys)) {
        diagnostics.push(diagnostic);
        return None;
    }
    let by = match &rule.by {
        Some(name) => Some(find_column(catalog.table(table), &name.value, &name.location, diagnostics)?),
        None => None,
    };
    let (condition, keys) = (rule.condition.clone(), rule.keys.clone());
    Some(Seed { table, condition, keys, quota, by, location: Some(location.clone()) })
}

fn names_partition(catalog: &Catalog, table: TableId) -> Option<Diagnostic> {
    catalog.table(table).partition_of?;
    let name = &catalog.table(table).sql_name;
    let root = &catalog.table(catalog.root(table)).sql_name;
    let message = format!("seed names a partition: table {name}");
    Some(Diagnostic::rule("seed_partition", message).hint(format!("Name {root}, with a where if need be.")))
}

/// Keys are of a primary key, and have a value for each of its columns.
fn unlike_key(catalog: &Catalog, table: TableId, keys: &At<SeedKeys>) -> Option<Diagnostic> {
    let stated = keys.value.stated()?;
    let (table, key) = (catalog.table(table), stated.keys.first()?);
    let name = &table.sql_name;
    let found = match table.primary_key() {
        None => Diagnostic::rule(
            "seed_keys",
            format!("seed states keys of a table without a primary key: {name}"),
        )
        .hint("Take a where."),
        Some(columns) if key.values.len() != columns.len() => {
            let message = format!("seed states keys of another number of columns: table {name}");
            let detail = format!(
                "{} has {}; the primary key is {}.",
                stated.naming(0),
                key.values.len(),
                shown_key(table)
            );
            Diagnostic::rule("seed_keys", message)
                .detail(detail)
                .hint("State a value for each of its columns: in keys an array of them, in keys_file with a tab between.")
        }
        Some(_) => return None,
    };
    Some(found.at(Some(stated.place(key, &keys.location))))
}

/// The columns of a table's primary key with their types: `(id integer, day date)`.
pub fn shown_key(table: &Table) -> String {
    let columns = table.primary_key().unwrap_or_default();
    let shown = columns.iter().map(|column| {
        let column = table.column(*column);
        format!("{} {}", plain(column.name.as_str()), column.type_name)
    });
    format!("({})", shown.collect::<Vec<_>>().join(", "))
}

/// Whoever reads the file refuses a percentage that is none, and one beside a number of rows.
fn quota(rule: &SeedRule) -> Option<Quota> {
    match (&rule.percent, &rule.rows) {
        (None, None) => Some(Quota::Every),
        (None, Some(rows)) => Some(Quota::Rows(rows.value)),
        (Some(percent), _) => {
            let (digits, scale) = decimal(&percent.value)?;
            Some(Quota::Percent { digits, scale })
        }
    }
}
