//! Step 4: which class each rule table has, by rules and schema alone, never by tonight's rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, TableId};
use crate::packs::Clause;
use crate::rules::RuleFile;

use super::names::holds_rows;
use super::{Reference, Seed, TableRows};

/// Rule tables that hold rows, each with its class.
pub(super) struct Classes {
    /// In catalog order.
    pub tables: Vec<(TableId, TableRows)>,
    /// Of those without rows the ones that a pack says it of.
    pub left_out: BTreeMap<TableId, Clause>,
    /// What the file and the packs say.
    pub stated: BTreeMap<TableId, TableRows>,
}

/// The class of every rule table that holds rows: as the file says, else as a pack says, else by what can be reached.
pub(super) fn resolve(
    rules: &RuleFile,
    catalog: &Catalog,
    seeds: &[Seed],
    references: &[Reference],
) -> Classes {
    let ids = || catalog.rule_tables().filter(|id| holds_rows(catalog.table(*id)));
    let mut stated: BTreeMap<TableId, TableRows> =
        ids().filter_map(|id| Some((id, stated(rules, catalog, id)?))).collect();
    // A seed speaks of the table's rows too.
    let spoken_of = |id: &TableId| stated.contains_key(id) || seeds.iter().any(|seed| seed.table == *id);
    let left_out: BTreeMap<TableId, Clause> =
        ids().filter(|id| !spoken_of(id)).filter_map(|id| Some((id, by_pack(rules, catalog, id)?))).collect();
    stated.extend(left_out.keys().map(|id| (*id, TableRows::None)));
    Classes { tables: of(&stated, catalog, seeds, references), left_out, stated }
}

/// The class of every rule table that holds rows, by what is stated and by what can be reached.
pub(super) fn of(
    stated: &BTreeMap<TableId, TableRows>,
    catalog: &Catalog,
    seeds: &[Seed],
    references: &[Reference],
) -> Vec<(TableId, TableRows)> {
    let none: BTreeSet<TableId> =
        stated.iter().filter(|(_, rows)| **rows == TableRows::None).map(|(id, _)| *id).collect();
    let reached = reached_downward(catalog, seeds, references, &none);
    let unstated = |id: &TableId| match (seeds.is_empty(), reached.contains(id)) {
        (true, _) => TableRows::All,
        (false, true) => TableRows::Subset,
        (false, false) => TableRows::Lookup,
    };
    let ids = catalog.rule_tables().filter(|id| holds_rows(catalog.table(*id)));
    ids.map(|id| (id, stated.get(&id).copied().unwrap_or_else(|| unstated(&id)))).collect()
}

fn by_pack(rules: &RuleFile, catalog: &Catalog, id: TableId) -> Option<Clause> {
    rules.policy.gathered.iter().find_map(|pack| pack.leaves_out(catalog.table(id)))
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
