//! `plan --graph`: the tables and references of a plan as a picture, with what was found or with the source's own numbers.

use crate::closure::{Measured, Size, Tally};
use crate::error::RunError;
use crate::report::share;
use crate::run::Run;
use std::collections::BTreeMap;
use std::path::Path;
use waxwork_core::catalog::TableId;
use waxwork_core::graph::{Edge, Graph, Node, NodeKind, short};
use waxwork_core::report::exit;
use waxwork_core::size::shown_size;
use waxwork_core::subset::{Reference, TableRows};
use waxwork_core::words::counted;
use waxwork_pg::error::io_reason;

/// Draws the plan; `found` is what the closure brought, where it was run.
///
/// # Errors
/// Exit 1: the file cannot be written.
pub(crate) fn draw(run: &Run, found: Option<&Tally>, file: &Path) -> Result<(), RunError> {
    std::fs::write(file, graph(run, found).to_svg()).map_err(|error| {
        let (name, reason) = (file.display(), io_reason(&error));
        RunError::new(exit::FAILED, "graph", format!("could not write graph \"{name}\": {reason}"))
    })
}

fn graph(run: &Run, found: Option<&Tally>) -> Graph {
    let subset = &run.plan.subset;
    let places: BTreeMap<TableId, usize> =
        subset.tables.iter().enumerate().map(|(at, (table, _))| (*table, at)).collect();
    let nodes = subset.tables.iter().map(|(table, rows)| node(run, found, *table, *rows)).collect();
    let edges = subset.references.iter().enumerate().filter_map(|(at, reference)| {
        let place = |table| places.get(&run.catalog().root(table)).copied();
        let (child, parent) = (place(reference.child)?, place(reference.parent)?);
        Some(edge(run, found, at, reference, (child, parent)))
    });
    Graph { title: title(run, found), measured: found.is_some(), edges: edges.collect(), nodes }
}

fn title(run: &Run, found: Option<&Tally>) -> String {
    let tables = run.plan.subset.tables.len();
    if found.is_none() {
        return format!("{}; numbers are the source's, by its statistics", counted(tables as u64, "table"));
    }
    let Size { rows, bytes } = run.selected();
    format!(
        "{} of {}, about {} in the source",
        counted(rows, "row"),
        counted(tables as u64, "table"),
        shown_size(bytes)
    )
}

fn node(run: &Run, found: Option<&Tally>, table: TableId, class: TableRows) -> Node {
    let subset = &run.plan.subset;
    let is_seed = subset.seeds.iter().any(|seed| seed.table == table);
    let Measured { copied, source } = run.measured(table);
    let empty = found.is_some() && copied.rows == 0;
    let whole = matches!(class, TableRows::All) || (found.is_some() && copied.rows == source.rows);
    let kind = match class {
        TableRows::None => NodeKind::Absent,
        _ if empty => NodeKind::Absent,
        _ if is_seed => NodeKind::Seed,
        TableRows::Subset => NodeKind::Chosen,
        TableRows::All | TableRows::Lookup if whole || found.is_none() => NodeKind::Whole,
        TableRows::All | TableRows::Lookup => NodeKind::Chosen,
    };
    let part = share(copied.rows, source.rows).filter(|_| found.is_some() && !empty);
    let caption = match part {
        Some(part) => {
            format!("{} rows · {:.1} % · {}", short(copied.rows), part * 100.0, shown_size(copied.bytes))
        }
        None if found.is_some() => "no rows".to_owned(),
        None => {
            let (rows, bytes) = estimate(run, table);
            format!("{} rows · {}", short(rows), shown_size(bytes))
        }
    };
    Node { name: run.catalog().table(table).sql_name.clone(), kind, caption, share: part }
}

/// Rows and bytes by the source's statistics, partitions added up.
fn estimate(run: &Run, table: TableId) -> (u64, u64) {
    let leaves = run.catalog().leaves(table).into_iter().map(|leaf| run.catalog().table(leaf).estimate);
    leaves.fold((0, 0), |(rows, bytes), leaf| (rows + leaf.rows, bytes + leaf.bytes))
}

fn edge(
    run: &Run,
    found: Option<&Tally>,
    at: usize,
    reference: &Reference,
    (child, parent): (usize, usize),
) -> Edge {
    let followed =
        reference.follow_children && run.plan.subset.rows(run.catalog(), reference.child) != TableRows::None;
    let (children, parents) = match found {
        Some(tally) => (tally.children[at], tally.parents[at]),
        None if followed => (estimate(run, run.catalog().root(reference.child)).0, 0),
        None => (0, 0),
    };
    let brings = match found {
        Some(_) => format!("brings {} as children and {parents} as parents", counted(children, "row")),
        None => format!(
            "rows that refer by it, at most: {}",
            estimate(run, run.catalog().root(reference.child)).0
        ),
    };
    let about = format!("{}\n{brings}", reference.name);
    Edge { child, parent, about, children, parents, followed }
}
