//! Which task may run when: rows first, keys as soon as their tables are in, never two that would deadlock.
//!
//! ```text
//!   Copy(leaf) ──► all leaves of a table in ──► INDEX, CONSTRAINT, STATISTICS ──► Analyze(table)
//!                                                └─ both trees built ──► FK CONSTRAINT
//! ```
//!
//! Pure bookkeeping: [`Schedule::next`] hands out a task, [`Schedule::done`] takes it back. A task that takes an
//! exclusive lock on a table never runs beside another task on that table, since two `ALTER TABLE … ADD FOREIGN KEY`
//! may lock the same two tables in opposite order (`pg_restore`'s `lockDeps` is the same idea).

use crate::schema::SchemaWork;
use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::catalog::{Catalog, TableId, TableKind};
use waxwork_pg::SchemaEntry;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    /// Load a leaf: an index into the caller's list of loads.
    Copy(usize),
    /// Run a build entry: an index into the caller's list of entries.
    Build(usize),
    /// ANALYZE a rule table, or what of it is here: [`analyzable`].
    Analyze(TableId),
}

/// Which of the two kinds of workers a task is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Moves rows: holds a source and a target connection.
    Copy,
    /// Runs DDL on the target.
    Build,
}

#[derive(Debug)]
struct Pending {
    task: Task,
    /// Tasks that must be done first.
    waits: BTreeSet<Task>,
    /// Tables (roots) it reads; `exclusive` says that nothing else may hold them.
    tables: BTreeSet<TableId>,
    exclusive: bool,
}

/// The tasks that are left, and what runs.
#[derive(Debug)]
pub(crate) struct Schedule {
    pending: Vec<Pending>,
    running: Vec<Pending>,
}

impl Schedule {
    /// `tables` are the rule tables of the copy, `loads` their leaves with rows to load, in the order they should start
    /// (largest first).
    pub(crate) fn new(catalog: &Catalog, tables: &[TableId], loads: &[TableId], schema: &SchemaWork) -> Self {
        let copies = copies_by_root(catalog, loads);
        let mut pending: Vec<Pending> = loads
            .iter()
            .enumerate()
            .map(|(at, leaf)| Pending {
                task: Task::Copy(at),
                waits: BTreeSet::new(),
                tables: BTreeSet::from([catalog.root(*leaf)]),
                exclusive: false,
            })
            .collect();
        pending.extend(build_tasks(catalog, &copies, schema));
        let analyzes = analyze_tasks(tables, &copies, &pending);
        pending.extend(analyzes);
        Self { pending, running: Vec::new() }
    }

    /// A task of that lane that may start now.
    pub(crate) fn next(&mut self, lane: Lane) -> Option<Task> {
        let at = self.pending.iter().position(|one| one.lane() == lane && self.may_start(one))?;
        let started = self.pending.remove(at);
        let task = started.task.clone();
        self.running.push(started);
        Some(task)
    }

    /// Takes a finished task back.
    pub(crate) fn done(&mut self, task: &Task) {
        self.running.retain(|one| one.task != *task);
        for one in &mut self.pending {
            one.waits.remove(task);
        }
    }

    /// Nothing is left and nothing runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty() && self.running.is_empty()
    }

    fn may_start(&self, one: &Pending) -> bool {
        one.waits.is_empty()
            && !self
                .running
                .iter()
                .any(|other| (one.exclusive || other.exclusive) && !one.tables.is_disjoint(&other.tables))
    }
}

impl Pending {
    fn lane(&self) -> Lane {
        match self.task {
            Task::Copy(_) => Lane::Copy,
            Task::Build(_) | Task::Analyze(_) => Lane::Build,
        }
    }
}

type CopiesByRoot = BTreeMap<TableId, BTreeSet<Task>>;

fn copies_by_root(catalog: &Catalog, loads: &[TableId]) -> CopiesByRoot {
    let mut copies = CopiesByRoot::new();
    for (at, leaf) in loads.iter().enumerate() {
        copies.entry(catalog.root(*leaf)).or_default().insert(Task::Copy(at));
    }
    copies
}

fn build_tasks(catalog: &Catalog, copies: &CopiesByRoot, schema: &SchemaWork) -> Vec<Pending> {
    let builds = &schema.builds;
    let touched = Touched::new(catalog, schema);
    let tables: Vec<BTreeSet<TableId>> = builds.iter().map(|entry| touched.by(entry)).collect();
    builds
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let mut waits: BTreeSet<Task> =
                touched.builds_before(entry).into_iter().map(Task::Build).collect();
            waits.extend(tables[at].iter().filter_map(|table| copies.get(table)).flatten().cloned());
            if is_foreign_key(entry) {
                // A foreign key needs the referenced key, on a partitioned table with every piece attached.
                waits.extend(
                    (0..builds.len())
                        .filter(|other| {
                            !is_foreign_key(&builds[*other]) && !tables[*other].is_disjoint(&tables[at])
                        })
                        .map(Task::Build),
                );
            }
            let exclusive = !matches!(entry.description.as_str(), "INDEX" | "STATISTICS");
            Pending { task: Task::Build(at), waits, tables: tables[at].clone(), exclusive }
        })
        .collect()
}

fn is_foreign_key(entry: &SchemaEntry) -> bool {
    entry.description == "FK CONSTRAINT"
}

/// Which tables an entry touches, through the archive's dependency ids.
struct Touched<'a> {
    roots: BTreeMap<i32, TableId>,
    builds: BTreeMap<i32, (usize, &'a SchemaEntry)>,
}

impl<'a> Touched<'a> {
    fn new(catalog: &Catalog, schema: &'a SchemaWork) -> Self {
        let by_oid: BTreeMap<u32, TableId> =
            catalog.table_ids().map(|id| (catalog.table(id).oid, catalog.root(id))).collect();
        let tables = schema.before.iter().filter(|entry| entry.description == "TABLE");
        Self {
            roots: tables
                .filter_map(|entry| Some((entry.dump_id, *by_oid.get(&entry.catalog_oid.1)?)))
                .collect(),
            builds: schema
                .builds
                .iter()
                .enumerate()
                .map(|(at, entry)| (entry.dump_id, (at, entry)))
                .collect(),
        }
    }

    fn builds_before(&self, entry: &SchemaEntry) -> Vec<usize> {
        entry.dependencies.iter().filter_map(|id| self.builds.get(id)).map(|(at, _)| *at).collect()
    }

    /// The roots of the tables that it depends on; an attached index names only its indexes, which name the tables.
    fn by(&self, entry: &SchemaEntry) -> BTreeSet<TableId> {
        let direct = entry.dependencies.iter().filter_map(|id| self.roots.get(id)).copied();
        let mut found: BTreeSet<TableId> = direct.collect();
        if entry.description == "INDEX ATTACH" {
            let indexes = entry.dependencies.iter().filter_map(|id| self.builds.get(id));
            found.extend(indexes.flat_map(|(_, index)| self.by(index)));
        }
        found
    }
}

/// ANALYZE reads expression indexes and extended statistics, so it comes after a table's builds; foreign keys do not
/// matter to it and may come later. An empty table gets it too: without it the planner takes ten pages for granted.
fn analyze_tasks(tables: &[TableId], copies: &CopiesByRoot, pending: &[Pending]) -> Vec<Pending> {
    let analyze = |table: &TableId| {
        let tables = BTreeSet::from([*table]);
        let builds = pending.iter().filter(|one| matches!(one.task, Task::Build(_)) && one.tables == tables);
        let mut waits: BTreeSet<Task> = builds.map(|one| one.task.clone()).collect();
        waits.extend(copies.get(table).into_iter().flatten().cloned());
        Pending { task: Task::Analyze(*table), waits, tables, exclusive: false }
    };
    tables.iter().map(analyze).collect()
}

/// What to name to ANALYZE for the statistics of a table: itself; or, where it would have to sample a foreign table that
/// is a partition or an heir of it, and so to log in there, the largest parts of it that would not.
pub(crate) fn analyzable(catalog: &Catalog, table: TableId) -> Vec<TableId> {
    let partitions = || catalog.table_ids().filter(|id| catalog.table(*id).partition_of == Some(table));
    match (reads_elsewhere(catalog, table), catalog.table(table).kind) {
        (false, _) => vec![table],
        (true, TableKind::Partitioned) => partitions().flat_map(|part| analyzable(catalog, part)).collect(),
        // Heirs are rule tables themselves.
        (true, _) => Vec::new(),
    }
}

fn reads_elsewhere(catalog: &Catalog, table: TableId) -> bool {
    let mut foreign = catalog.table_ids().filter(|id| catalog.table(*id).kind == TableKind::Foreign);
    foreign.any(|id| is_below(catalog, id, table))
}

fn is_below(catalog: &Catalog, id: TableId, above: TableId) -> bool {
    let table = catalog.table(id);
    let mut parents = table.inherits.iter().chain(&table.partition_of);
    id == above || parents.any(|parent| is_below(catalog, *parent, above))
}

#[cfg(test)]
mod tests;
