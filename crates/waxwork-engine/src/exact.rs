//! `plan --exact`: the rows of a refresh, found and counted and not copied; what brings them, and what less would save.
//!
//! ```text
//!   closure::select ─► sizes by leaf, Tally ─► tables ─► the widest way from a seed to each
//!                                          └─► references that bring most ─► closure::measure without each
//! ```

use crate::closure::{Measured, Tally};
use crate::error::RunError;
use crate::report::share;
use crate::request::RunRequest;
use crate::run::Run;
use std::collections::BTreeMap;
use waxwork_core::catalog::TableId;
use waxwork_core::report::{Amplifier, Origin, PathStep, SubsetReport, SubsetTable, Way};
use waxwork_core::subset::{SubsetPlan, TableRows};

/// References for which the closure is run again: each may take as long as the first time.
const AMPLIFIERS: usize = 5;

/// What a selection holds, table by table, and what brought it. Runs the closure again for the references that bring
/// most children.
///
/// # Errors
/// What the source says.
pub(crate) async fn examine(
    run: &Run,
    tally: &Tally,
    request: &RunRequest,
) -> Result<SubsetReport, RunError> {
    let tables = tables(run, tally);
    let total = run.selected();
    let mut amplifiers = Vec::new();
    for (reference, way, rows) in most(tally, AMPLIFIERS) {
        let subset = &run.plan.subset;
        let mut amplifier = Amplifier {
            reference: subset.references[reference].name.clone(),
            way,
            rows,
            change: None,
            saved_rows: None,
            saved_bytes: None,
        };
        if way == Way::Children {
            let less = run.measure(&subset.without_children(run.catalog(), reference), request).await?;
            amplifier.change = Some("children = false".to_owned());
            amplifier.saved_rows = Some(difference(total.rows, less.rows));
            amplifier.saved_bytes = Some(difference(total.bytes, less.bytes));
        }
        amplifiers.push(amplifier);
    }
    Ok(SubsetReport { rows: total.rows, bytes: total.bytes, tables, amplifiers })
}

/// A table that falls out of every seed's reach may be small enough to be taken whole, so less can be more.
fn difference(now: u64, then: u64) -> i64 {
    i64::try_from(i128::from(now) - i128::from(then)).unwrap_or(i64::MAX)
}

/// The references that bring most rows, with the way they are followed.
fn most(tally: &Tally, number: usize) -> Vec<(usize, Way, u64)> {
    let ways = [(Way::Children, &tally.children), (Way::Parents, &tally.parents)];
    let each = ways.into_iter().flat_map(|(way, rows)| {
        rows.iter().enumerate().map(move |(reference, rows)| (reference, way, *rows))
    });
    let mut most: Vec<(usize, Way, u64)> = each.filter(|(_, _, rows)| *rows > 0).collect();
    most.sort_by_key(|(reference, way, rows)| (std::cmp::Reverse(*rows), *reference, *way));
    most.truncate(number);
    most
}

/// Every rule table with the rows that it gives, by name.
fn tables(run: &Run, tally: &Tally) -> Vec<SubsetTable> {
    let ways = widest(&run.plan.subset, run, tally);
    let mut tables: Vec<SubsetTable> = run
        .plan
        .subset
        .tables
        .iter()
        .map(|(table, rows)| {
            let Measured { copied, source } = run.measured(*table);
            let origin = match ways.get(table) {
                Some(Reached { from: Some(_), .. }) => Origin::Reference,
                Some(Reached { from: None, .. }) if tally.seeds.contains_key(table) => Origin::Seed,
                _ if copied.rows > 0 || *rows == TableRows::All => Origin::Whole,
                _ => Origin::Nothing,
            };
            SubsetTable {
                name: run.catalog().table(*table).sql_name.clone(),
                rows: copied.rows,
                bytes: copied.bytes,
                source_rows: source.rows,
                source_share: share(copied.rows, source.rows),
                origin,
                seed_rows: tally.seeds.get(table).copied().unwrap_or_default(),
                path: path(run, &ways, *table),
            }
        })
        .collect();
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    tables
}

/// The last step of the widest way to a table.
#[derive(Clone, Copy, Debug)]
struct Reached {
    /// The fewest rows on the way.
    width: u64,
    /// The reference, the way it is followed, the rows that it brings and the table that it comes from; `None` where
    /// the way begins.
    from: Option<(usize, Way, u64, TableId)>,
}

/// To each table the way from a seed, or from a whole table, whose narrowest reference brings most rows: Dijkstra's
/// algorithm with the least for the sum.
fn widest(subset: &SubsetPlan, run: &Run, tally: &Tally) -> BTreeMap<TableId, Reached> {
    let catalog = run.catalog();
    let mut open: BTreeMap<TableId, Reached> = BTreeMap::new();
    for (table, _) in &subset.tables {
        let brought = brought(subset, run, tally, *table);
        let own = run
            .measured(*table)
            .copied
            .rows
            .saturating_sub(brought)
            .max(tally.seeds.get(table).copied().unwrap_or_default());
        if own > 0 {
            open.insert(*table, Reached { width: own, from: None });
        }
    }
    let mut done: BTreeMap<TableId, Reached> = BTreeMap::new();
    while let Some((table, reached)) =
        open.iter().max_by_key(|(table, reached)| (reached.width, std::cmp::Reverse(**table)))
    {
        let (table, reached) = (*table, *reached);
        open.remove(&table);
        done.insert(table, reached);
        for (at, reference) in subset.references.iter().enumerate() {
            let (child, parent) = (catalog.root(reference.child), catalog.root(reference.parent));
            let steps = [
                (parent, child, Way::Children, tally.children[at]),
                (child, parent, Way::Parents, tally.parents[at]),
            ];
            for (from, to, way, rows) in steps {
                let width = rows.min(reached.width);
                let is_wider = open.get(&to).is_none_or(|known| known.from.is_some() && known.width < width);
                if from == table && rows > 0 && !done.contains_key(&to) && is_wider {
                    open.insert(to, Reached { width, from: Some((at, way, rows, from)) });
                }
            }
        }
    }
    done
}

/// Rows of a table that references brought.
fn brought(subset: &SubsetPlan, run: &Run, tally: &Tally, table: TableId) -> u64 {
    let is = |end: TableId| run.catalog().root(end) == table;
    let each = subset.references.iter().enumerate().map(|(at, reference)| {
        let children = if is(reference.child) { tally.children[at] } else { 0 };
        children + if is(reference.parent) { tally.parents[at] } else { 0 }
    });
    each.sum()
}

/// From the beginning to a table.
fn path(run: &Run, ways: &BTreeMap<TableId, Reached>, table: TableId) -> Vec<PathStep> {
    let (mut path, mut at) = (Vec::new(), table);
    while let Some(Reached { from: Some((reference, way, rows, from)), .. }) = ways.get(&at) {
        let name = |table: TableId| run.catalog().table(table).sql_name.clone();
        let reference = run.plan.subset.references[*reference].name.clone();
        path.push(PathStep { from: name(*from), to: name(at), reference, way: *way, rows: *rows });
        at = *from;
    }
    path.reverse();
    path
}
