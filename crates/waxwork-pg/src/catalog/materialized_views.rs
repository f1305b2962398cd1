//! Materialized views: which a copy fills again, in which order, and which it must not.

use crate::error::{PgError, doing};
use crate::row::Row;
use crate::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::ident::QualifiedName;

/// The populated materialized views of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaterializedViews {
    /// Those that a copy refreshes, each after those that it reads, through views too.
    pub to_refresh: Vec<QualifiedName>,
    /// Those that a refresh would fill with what passed no mask, or could not fill.
    pub unpopulated: Vec<Unpopulated>,
}

/// A materialized view that must stay without rows in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpopulated {
    /// Its name.
    pub view: QualifiedName,
    /// What it reads, perhaps through other views: `foreign table public.t`, `function public.dblink(text)`.
    pub reads: String,
}

struct View {
    name: QualifiedName,
    is_populated: bool,
    /// OIDs of what it reads, some of it through functions.
    reads: Vec<u32>,
    outside: Option<String>,
}

/// Reads them.
pub(crate) async fn materialized_views(session: &mut Session) -> Result<MaterializedViews, PgError> {
    let sql = include_str!("../sql/materialized_views.sql");
    let rows = session.fetch(doing("list the materialized views"), sql, &[]).await?;
    let views = rows.iter().map(|row| Ok((row.oid(0)?, view(row)?))).collect::<Result<Views, PgError>>()?;
    let (mut found, mut visited) = (MaterializedViews::default(), BTreeSet::new());
    for row in &rows {
        visit(row.oid(0)?, &views, &mut visited, &mut found);
    }
    Ok(found)
}

fn view(row: &Row) -> Result<View, PgError> {
    Ok(View {
        name: QualifiedName::new(row.text(1)?, row.text(2)?),
        is_populated: row.bool(3)?,
        reads: row.ints(4)?.into_iter().filter_map(|oid| u32::try_from(oid).ok()).collect(),
        outside: row.opt_text(5)?.map(str::to_owned),
    })
}

type Views = BTreeMap<u32, View>;

/// Depth first. Views cannot form a cycle (recursive views read themselves, which the query leaves out), names in functions
/// can, and then one of them has to come first.
fn visit(oid: u32, views: &Views, visited: &mut BTreeSet<u32>, found: &mut MaterializedViews) {
    let Some(view) = views.get(&oid) else { return };
    if !visited.insert(oid) {
        return;
    }
    for next in &view.reads {
        visit(*next, views, visited, found);
    }
    match (&view.outside, view.is_populated) {
        (_, false) => {}
        (None, true) => found.to_refresh.push(view.name.clone()),
        (Some(reads), true) => {
            found.unpopulated.push(Unpopulated { view: view.name.clone(), reads: reads.clone() });
        }
    }
}
