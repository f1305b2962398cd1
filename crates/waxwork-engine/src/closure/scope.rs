//! What is known of a table's rows before any is followed.

use waxwork_core::catalog::TableId;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::{DanglingPolicy, ParentPolicy, Reference, TableRows};
use waxwork_pg::probe;

use super::ClosureError;
use super::context::Context;

/// What is known of a leaf's rows beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// No row is in the set.
    Absent,
    /// Every row is in the set and cannot leave: nothing need be enumerated.
    Whole,
    /// Rows are found, or may leave.
    Chosen,
}

/// Sets the scope of every leaf, and whether rows can leave at all.
pub(super) async fn resolve(context: &mut Context<'_>) -> Result<(), ClosureError> {
    let mut roots: Vec<(TableId, Scope)> = Vec::new();
    for (table, rows) in &context.plan.tables {
        let scope = match rows {
            TableRows::None => Scope::Absent,
            TableRows::All => Scope::Whole,
            TableRows::Subset => Scope::Chosen,
            TableRows::Lookup if is_configuration(context, *table) => Scope::Whole,
            TableRows::Lookup if is_small(context, *table).await? => Scope::Whole,
            TableRows::Lookup => Scope::Chosen,
        };
        roots.push((*table, scope));
    }
    let leavers = may_leave(context, &roots);
    context.shrinks = !leavers.is_empty();
    context.whole =
        roots.iter().filter(|(_, scope)| *scope == Scope::Whole).map(|(table, _)| *table).collect();
    let scopes = (0..context.leaves.len()).map(|leaf| {
        let root = context.catalog.root(context.leaves.table(leaf));
        let scope = scope_of(&roots, root);
        if scope == Scope::Whole && leavers.contains(&root) { Scope::Chosen } else { scope }
    });
    context.scopes = scopes.collect();
    let refused: Vec<Diagnostic> =
        (0..context.leaves.len()).filter_map(|leaf| without_tuple_ids(context, leaf)).collect();
    if refused.is_empty() { Ok(()) } else { Err(ClosureError::Rules(refused)) }
}

/// A tuple id that stays the row's own as long as the snapshot lives is heap's promise, not every access method's.
fn without_tuple_ids(context: &Context<'_>, leaf: usize) -> Option<Diagnostic> {
    let table = context.catalog.table(context.leaves.table(leaf));
    let method = &table.access_method;
    if context.scopes[leaf] != Scope::Chosen || method == "heap" {
        return None;
    }
    let message =
        format!("subset cannot choose rows of table {}: its access method is {method}", table.sql_name);
    let hint = "Give it rows = \"all\" or \"none\".";
    Some(Diagnostic::rule("subset_access_method", message).hint(hint))
}

fn scope_of(roots: &[(TableId, Scope)], root: TableId) -> Scope {
    roots.iter().find(|(table, _)| *table == root).map_or(Scope::Absent, |(_, scope)| *scope)
}

/// Most of its rows are an extension's, so their number says nothing of what would be copied, and what needs them
/// (`spatial_ref_sys`) has no reference to them.
fn is_configuration(context: &Context<'_>, table: TableId) -> bool {
    context.catalog.table(table).extension_condition().is_some()
}

/// At most `lookup_rows` rows, partitions added up.
async fn is_small(context: &mut Context<'_>, table: TableId) -> Result<bool, ClosureError> {
    let most = context.plan.lookup_rows;
    let mut rows = 0;
    for leaf in context.catalog.leaves(table) {
        rows +=
            probe::count_up_to(&mut context.workers.first, context.catalog, leaf, most + 1 - rows).await?;
        if rows > most {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Tables that can lose a row in step 5: by `drop`, or because a row that they pull can leave.
fn may_leave(context: &Context<'_>, roots: &[(TableId, Scope)]) -> Vec<TableId> {
    let root = |table| context.catalog.root(table);
    let drops = |reference: &Reference| {
        reference.dangling == Some(DanglingPolicy::Drop)
            || (reference.parent_policy == ParentPolicy::Drop
                && scope_of(roots, root(reference.parent)) != Scope::Whole)
    };
    let mut leavers: Vec<TableId> = Vec::new();
    loop {
        let before = leavers.len();
        for reference in &context.plan.references {
            let (child, parent) = (root(reference.child), root(reference.parent));
            let follows = matches!(reference.parent_policy, ParentPolicy::Pull | ParentPolicy::Drop)
                && leavers.contains(&parent);
            let is_new = !leavers.contains(&child) && scope_of(roots, child) != Scope::Absent;
            if is_new && (follows || drops(reference)) {
                leavers.push(child);
            }
        }
        if leavers.len() == before {
            return leavers;
        }
    }
}
