//! Step 4: which class each rule table has, by rules and schema alone, never by tonight's rows.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, TableId};
use crate::rules::RuleFile;

use super::names::holds_rows;
use super::{Reference, Seed, TableRows};

/// The class of every rule table that holds rows, in catalog order.
pub(super) fn resolve(
    rules: &RuleFile,
    catalog: &Catalog,
    seeds: &[Seed],
    references: &[Reference],
) -> Vec<(TableId, TableRows)> {
    let stated: Vec<(TableId, Option<TableRows>)> = catalog
        .rule_tables()
        .filter(|id| holds_rows(catalog.table(*id)))
        .map(|id| (id, stated(rules, catalog, id)))
        .collect();
    let none: BTreeSet<TableId> =
        stated.iter().filter(|(_, rows)| *rows == Some(TableRows::None)).map(|(id, _)| *id).collect();
    let reached = reached_downward(catalog, seeds, references, &none);
    let unstated = |id: &TableId| match (seeds.is_empty(), reached.contains(id)) {
        (true, _) => TableRows::All,
        (false, true) => TableRows::Subset,
        (false, false) => TableRows::Lookup,
    };
    stated.into_iter().map(|(id, rows)| (id, rows.unwrap_or_else(|| unstated(&id)))).collect()
}

fn stated(rules: &RuleFile, catalog: &Catalog, id: TableId) -> Option<TableRows> {
    let name = &catalog.table(id).name;
    let rows = rules
        .tables
        .iter()
        .filter(|table| table.name.value == *name)
        .find_map(|table| table.rows.as_ref())?;
    match rows.value.as_str() {
        "all" => Some(TableRows::All),
        "none" => Some(TableRows::None),
        "subset" => Some(TableRows::Subset),
        // Whoever reads the file refuses every other word.
        _ => None,
    }
}

/// Tables with a seed, and those that a followed reference leads to from one of them.
fn reached_downward(
    catalog: &Catalog,
    seeds: &[Seed],
    references: &[Reference],
    none: &BTreeSet<TableId>,
) -> BTreeSet<TableId> {
    let mut reached: BTreeSet<TableId> = seeds.iter().map(|seed| seed.table).collect();
    let mut frontier: Vec<TableId> = reached.iter().copied().collect();
    while let Some(parent) = frontier.pop() {
        for reference in references.iter().filter(|reference| reference.follow_children) {
            let child = catalog.root(reference.child);
            if catalog.root(reference.parent) == parent && !none.contains(&child) && reached.insert(child) {
                frontier.push(child);
            }
        }
    }
    reached
}
