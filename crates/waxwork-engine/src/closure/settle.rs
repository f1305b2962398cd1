//! Step 6, on what remains: keys whose parent is absent become NULL, or stop the run; so do rows that dangle.

use std::collections::BTreeMap;

use waxwork_core::catalog::{ColumnId, TableId};
use waxwork_core::subset::{DanglingPolicy, ParentPolicy, Reference};
use waxwork_pg::PgError;
use waxwork_pg::probe::{self, UpEdge};

use super::context::Context;
use super::rows::{Leaves, RowSet, TidSet};
use super::scope::Scope;
use super::{ClosureError, NullGroup, Selection, Stop, StopCause};

/// What one reference asks of one leaf's rows.
#[derive(Default)]
struct Verdict {
    absent: TidSet,
    dangling: TidSet,
}

impl Verdict {
    fn take(&mut self, edge: UpEdge, set: &RowSet, leaves: &Leaves, scopes: &[Scope]) -> Result<(), PgError> {
        match edge.parent {
            _ if !edge.refers => {}
            None => _ = self.dangling.insert(edge.child),
            Some(parent) => {
                let parent = leaves.row(parent)?;
                if scopes[parent.leaf()] != Scope::Whole && !set.contains(parent) {
                    self.absent.insert(edge.child);
                }
            }
        }
        Ok(())
    }
}

/// Looks at every reference of every row that remains; `dangling` holds, by reference, what discovery has seen.
pub(super) async fn settle(
    context: &mut Context<'_>,
    set: &RowSet,
    dangling: &[RowSet],
) -> Result<Selection, ClosureError> {
    let mut selection = Selection::default();
    let mut stops = Vec::new();
    for at in 0..context.plan.references.len() {
        let reference = context.reference(at);
        let (mut absent, mut dangles) = (0, 0);
        for leaf in context.leaves.within(context.catalog, reference.child) {
            let verdict = verdict(context, at, leaf, set, dangling).await?;
            absent += verdict.absent.len();
            dangles += verdict.dangling.len();
            let nulled = nulled(reference, verdict);
            let columns = null_columns(context, reference);
            let table = context.leaves.table(leaf);
            for tids in nulled.into_iter().filter(|tids| !tids.is_empty()) {
                add_group(&mut selection.leaves.entry(table).or_default().nulls, &columns, tids);
            }
        }
        let stops_absent = reference.parent_policy == ParentPolicy::Error;
        let stops_dangling = reference.dangling.is_none() && reference.valid;
        stops.extend(stop(reference, stops_absent, StopCause::ParentAbsent { dangling: dangles }, absent));
        stops.extend(stop(reference, stops_dangling, StopCause::Dangling, dangles));
        if reference.dangling == Some(DanglingPolicy::Keep) && reference.valid && dangles > 0 {
            selection.kept_dangling.insert(at, dangles);
        }
    }
    if stops.is_empty() {
        stops = broken_constraints(context, &selection).await?;
    }
    if stops.is_empty() { Ok(selection) } else { Err(ClosureError::Stopped(stops)) }
}

/// Rows whose keys may not become NULL, by reference: found here, and not while the target is loaded.
async fn broken_constraints(
    context: &mut Context<'_>,
    selection: &Selection,
) -> Result<Vec<Stop>, ClosureError> {
    let mut stops: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (leaf, chosen) in &selection.leaves {
        for group in &chosen.nulls {
            for piece in group.tids.pieces(context.pieces.rows) {
                let broken = probe::broken_constraints(
                    &mut context.workers.first,
                    context.catalog,
                    *leaf,
                    &piece,
                    &group.columns,
                )
                .await?;
                for (constraint, rows) in broken {
                    let reference = emptied_by(context, *leaf, group);
                    *stops.entry((reference, constraint)).or_default() += rows;
                }
            }
        }
    }
    let place = |name: &str| {
        let named = context.plan.references.iter().find(|reference| reference.name == name);
        named.and_then(|reference| reference.location.clone())
    };
    let stop = |((reference, constraint), rows): ((String, String), u64)| {
        let location = place(&reference);
        Stop { reference, rows, cause: StopCause::BreaksConstraint(constraint), location }
    };
    Ok(stops.into_iter().map(stop).collect())
}

/// The references that empty a group's columns.
fn emptied_by(context: &Context<'_>, leaf: TableId, group: &NullGroup) -> String {
    let references = context.plan.references.iter().filter(|reference| {
        let columns = null_columns(context, reference);
        reference.empties()
            && context.catalog.is_within(leaf, reference.child)
            && columns.iter().all(|column| group.columns.contains(column))
    });
    references.map(|reference| reference.name.as_str()).collect::<Vec<_>>().join(" and ")
}

fn stop(reference: &Reference, stops: bool, cause: StopCause, rows: u64) -> Option<Stop> {
    let location = reference.location.clone();
    (stops && rows > 0).then(|| Stop { reference: reference.name.clone(), rows, cause, location })
}

fn nulled(reference: &Reference, verdict: Verdict) -> Vec<TidSet> {
    let mut nulled = Vec::new();
    if reference.parent_policy == ParentPolicy::Null {
        nulled.push(verdict.absent);
    }
    if reference.dangling == Some(DanglingPolicy::Null) {
        nulled.push(verdict.dangling);
    }
    nulled
}

/// Rows of the set in this leaf whose parent is absent, and those that dangle.
async fn verdict(
    context: &mut Context<'_>,
    at: usize,
    leaf: usize,
    set: &RowSet,
    dangling: &[RowSet],
) -> Result<Verdict, ClosureError> {
    let reference = context.reference(at);
    let parent = context.scope(reference.parent);
    let rows = set.of(leaf);
    let checks_absence = matches!(reference.parent_policy, ParentPolicy::Null | ParentPolicy::Error);
    match context.scopes[leaf] {
        Scope::Absent => Ok(Verdict::default()),
        // Discovery asked every row of the set, and no row that remains has an absent parent.
        Scope::Chosen if !checks_absence => {
            Ok(Verdict { absent: TidSet::default(), dangling: dangling[at].of(leaf).intersection(rows) })
        }
        Scope::Chosen => ask(context, at, leaf, set, rows).await,
        Scope::Whole if checks_absence && parent != Scope::Whole => ask_all(context, at, leaf, set).await,
        Scope::Whole if counts_dangling(reference) => dangling_of_whole(context, at, leaf).await,
        Scope::Whole => Ok(Verdict::default()),
    }
}

fn counts_dangling(reference: &Reference) -> bool {
    match reference.dangling {
        // Such rows of a whole table make it one that rows can leave.
        Some(DanglingPolicy::Drop) => false,
        Some(DanglingPolicy::Null) => true,
        Some(DanglingPolicy::Keep) | None => reference.valid,
    }
}

async fn dangling_of_whole(
    context: &mut Context<'_>,
    at: usize,
    leaf: usize,
) -> Result<Verdict, ClosureError> {
    let table = context.leaves.table(leaf);
    let (probe, workers, _, _) = context.ask(at);
    let mut verdict = Verdict::default();
    probe.dangling(&mut workers.first, table, |tid| _ = verdict.dangling.insert(tid)).await?;
    Ok(verdict)
}

/// Asks for the parents of some rows.
async fn ask(
    context: &mut Context<'_>,
    at: usize,
    leaf: usize,
    set: &RowSet,
    rows: &TidSet,
) -> Result<Verdict, ClosureError> {
    let mut verdict = Verdict::default();
    let take = |edge: UpEdge, leaves: &Leaves, scopes: &[Scope]| verdict.take(edge, set, leaves, scopes);
    context.parents(at, leaf, rows, take).await?;
    Ok(verdict)
}

/// Asks for the parents of every row.
async fn ask_all(
    context: &mut Context<'_>,
    at: usize,
    leaf: usize,
    set: &RowSet,
) -> Result<Verdict, ClosureError> {
    let table = context.leaves.table(leaf);
    let (probe, workers, leaves, scopes) = context.ask(at);
    let mut verdict = Verdict::default();
    probe.parents(workers, table, None, |edge| verdict.take(edge, set, leaves, scopes)).await?;
    Ok(verdict)
}

/// The reference's columns to null, as columns of the rule table.
fn null_columns(context: &Context<'_>, reference: &Reference) -> Vec<ColumnId> {
    let child = context.catalog.table(reference.child);
    let root = context.catalog.table(context.catalog.root(reference.child));
    let names = reference.null_columns.iter().map(|column| child.column(*column).name.as_str());
    let mut columns: Vec<ColumnId> = names.filter_map(|name| root.find_column(name)).collect();
    columns.sort_unstable();
    columns
}

/// Adds rows to the groups of a leaf; a row that is in a group already joins one with both groups' columns.
fn add_group(groups: &mut Vec<NullGroup>, columns: &[ColumnId], mut tids: TidSet) {
    let mut joined = Vec::new();
    for group in groups.iter_mut() {
        let both = group.tids.intersection(&tids);
        if both.is_empty() {
            continue;
        }
        tids.subtract(&both);
        group.tids.subtract(&both);
        let mut all = [&group.columns, columns].concat();
        all.sort_unstable();
        all.dedup();
        joined.push(NullGroup { columns: all, tids: both });
    }
    joined.push(NullGroup { columns: columns.to_vec(), tids });
    for group in joined {
        match groups.iter_mut().find(|other| other.columns == group.columns) {
            Some(same) => group.tids.iter().for_each(|tid| _ = same.tids.insert(tid)),
            None => groups.push(group),
        }
    }
    groups.retain(|group| !group.tids.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwork_pg::Tid;

    fn tids(offsets: &[u16]) -> TidSet {
        offsets.iter().map(|offset| Tid { block: 0, offset: *offset }).collect()
    }

    #[test]
    fn groups_share_no_row_and_a_row_of_two_has_the_columns_of_both() {
        let (a, b) = (ColumnId(1), ColumnId(2));
        let mut groups = Vec::new();
        add_group(&mut groups, &[b], tids(&[1, 2, 3]));
        add_group(&mut groups, &[a], tids(&[3, 4]));
        add_group(&mut groups, &[b], tids(&[4, 5]));
        groups.sort_by(|left, right| left.columns.cmp(&right.columns));
        let expected = [(vec![a, b], tids(&[3, 4])), (vec![b], tids(&[1, 2, 5]))]
            .map(|(columns, tids)| NullGroup { columns, tids });
        assert_eq!(groups, expected);
    }
}
