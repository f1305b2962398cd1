//! Seeds: `seed = [{ table = "customer", percent = 5 }, …]` against the catalog.

use crate::catalog::{Catalog, TableId};
use crate::diagnostic::Diagnostic;
use crate::rules::{SeedRule, decimal};

use super::names::find_table;
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
    let condition = rule.condition.clone();
    Some(Seed { table, condition, quota, location: Some(location.clone()) })
}

fn names_partition(catalog: &Catalog, table: TableId) -> Option<Diagnostic> {
    catalog.table(table).partition_of?;
    let name = &catalog.table(table).sql_name;
    let root = &catalog.table(catalog.root(table)).sql_name;
    let message = format!("seed names a partition: table {name}");
    Some(Diagnostic::rule("seed_partition", message).hint(format!("Name {root}, with a where if need be.")))
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
