//! Which task may run when: rows first, keys as soon as their tables are in, never two that would deadlock.
//!
//! ```text
//!   Copy(leaf) ──► all leaves of a table in ──► Insert(table) ──► INDEX, CONSTRAINT, STATISTICS ──► Analyze(table)
//!     └──► Copy(leaf) that refers to it,         └─ both trees built ──► FK CONSTRAINT
//!          both of extensions
//! ```
//!
//! Pure bookkeeping: [`Schedule::next`] hands out a task, [`Schedule::done`] takes it back, [`Schedule::again`] to be run again. A task that takes an
//! exclusive lock on a table never runs beside another task on that table, since two `ALTER TABLE … ADD FOREIGN KEY`
//! may lock the same two tables in opposite order (`pg_restore`'s `lockDeps` is the same idea).

use crate::extension_order::ExtensionOrder;
use crate::schema::{SchemaWork, foreign_key_entry, is_foreign_key};
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
    /// Add the rule file's rows to a rule table.
    Insert(TableId),
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

/// A task with what it stands on.
#[derive(Debug)]
struct Node {
    task: Task,
    /// Tables (roots) it reads; `exclusive` says that nothing else may hold them.
    tables: BTreeSet<TableId>,
    exclusive: bool,
    /// Tasks that must be done first, by place.
    waits: BTreeSet<usize>,
}

/// Who holds a table.
#[derive(Clone, Copy, Debug, Default)]
struct Holders {
    tasks: usize,
    exclusive: bool,
}

/// The tasks that are left, and what runs.
#[derive(Debug)]
pub(crate) struct Schedule {
    nodes: Vec<Node>,
    places: BTreeMap<Task, usize>,
    /// By place: the tasks that wait for it.
    waiters: Vec<Vec<usize>>,
    /// By place: how many it still waits for.
    missing: Vec<usize>,
    /// Places that wait for nobody, in order, by lane.
    ready: [BTreeSet<usize>; 2],
    holders: BTreeMap<TableId, Holders>,
    left: usize,
}

impl Schedule {
    /// `tables` are the rule tables of the copy, `loads` their leaves with rows to load, in the order they should start
    /// (largest first), `inserts` those that get rows of the rule file's.
    pub(crate) fn new(
        catalog: &Catalog,
        tables: &[TableId],
        loads: &[TableId],
        inserts: &[TableId],
        schema: &SchemaWork,
    ) -> Self {
        let mut nodes: Vec<Node> = loads
            .iter()
            .enumerate()
            .map(|(at, leaf)| Node {
                task: Task::Copy(at),
                tables: BTreeSet::from([catalog.root(*leaf)]),
                exclusive: false,
                waits: BTreeSet::new(),
            })
            .collect();
        add_extension_order(&mut nodes, catalog);
        add_inserts(&mut nodes, inserts);
        add_builds(&mut nodes, catalog, schema);
        add_analyzes(&mut nodes, tables);
        Self::of(nodes)
    }

    fn of(nodes: Vec<Node>) -> Self {
        let mut waiters = vec![Vec::new(); nodes.len()];
        for (at, node) in nodes.iter().enumerate() {
            node.waits.iter().for_each(|first| waiters[*first].push(at));
        }
        let mut schedule = Self {
            places: nodes.iter().enumerate().map(|(at, node)| (node.task.clone(), at)).collect(),
            missing: nodes.iter().map(|node| node.waits.len()).collect(),
            left: nodes.len(),
            nodes,
            waiters,
            ready: Default::default(),
            holders: BTreeMap::new(),
        };
        (0..schedule.nodes.len()).for_each(|at| schedule.note_ready(at));
        schedule
    }

    /// A task of that lane that may start now.
    pub(crate) fn next(&mut self, lane: Lane) -> Option<Task> {
        let at = self.ready[lane as usize].iter().copied().find(|at| self.is_free(&self.nodes[*at]))?;
        self.ready[lane as usize].remove(&at);
        let node = &self.nodes[at];
        for table in &node.tables {
            let holders = self.holders.entry(*table).or_default();
            holders.tasks += 1;
            holders.exclusive |= node.exclusive;
        }
        Some(node.task.clone())
    }

    /// Takes a finished task back.
    pub(crate) fn done(&mut self, task: &Task) {
        let at = self.places[task];
        self.let_go(at);
        self.left -= 1;
        for waiter in std::mem::take(&mut self.waiters[at]) {
            self.missing[waiter] -= 1;
            self.note_ready(waiter);
        }
    }

    /// Takes a task back that has to run once more.
    pub(crate) fn again(&mut self, task: &Task) {
        let at = self.places[task];
        self.let_go(at);
        self.note_ready(at);
    }

    fn let_go(&mut self, at: usize) {
        for table in &self.nodes[at].tables {
            let holders = self.holders.entry(*table).or_default();
            holders.tasks -= 1;
            holders.exclusive = false;
        }
    }

    /// Nothing is left and nothing runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }

    fn note_ready(&mut self, at: usize) {
        if self.missing[at] == 0 {
            self.ready[self.nodes[at].task.lane() as usize].insert(at);
        }
    }

    fn is_free(&self, node: &Node) -> bool {
        let mut holders = node.tables.iter().filter_map(|table| self.holders.get(table));
        holders.all(|held| held.tasks == 0 || !(node.exclusive || held.exclusive))
    }
}

impl Task {
    fn lane(&self) -> Lane {
        match self {
            Task::Copy(_) => Lane::Copy,
            Task::Insert(_) | Task::Build(_) | Task::Analyze(_) => Lane::Build,
        }
    }
}

/// Places of the tasks that touch a table.
type ByTable = BTreeMap<TableId, Vec<usize>>;

fn by_table<'n>(nodes: impl Iterator<Item = (usize, &'n BTreeSet<TableId>)>) -> ByTable {
    let mut places = ByTable::new();
    for (at, tables) in nodes {
        tables.iter().for_each(|table| places.entry(*table).or_default().push(at));
    }
    places
}

/// Of tables whose keys stand before any row comes.
fn add_extension_order(copies: &mut [Node], catalog: &Catalog) {
    let order = ExtensionOrder::new(catalog);
    let places = by_table(copies.iter().enumerate().map(|(at, node)| (at, &node.tables)));
    for copy in copies {
        let parents = copy.tables.iter().flat_map(|table| order.before(*table));
        copy.waits = parents.filter_map(|parent| places.get(&parent)).flatten().copied().collect();
    }
}

/// After the table's copied rows, which a load empties it for; builds wait for them as they do for a copy.
fn add_inserts(nodes: &mut Vec<Node>, inserts: &[TableId]) {
    let copies = by_table(nodes.iter().enumerate().map(|(at, node)| (at, &node.tables)));
    nodes.extend(inserts.iter().map(|table| Node {
        task: Task::Insert(*table),
        tables: BTreeSet::from([*table]),
        exclusive: false,
        waits: copies.get(table).into_iter().flatten().copied().collect(),
    }));
}

fn add_builds(nodes: &mut Vec<Node>, catalog: &Catalog, schema: &SchemaWork) {
    // Copies and inserts: whatever brings rows.
    let loads = nodes.len();
    let touched = Touched::new(catalog, schema);
    let tables: Vec<BTreeSet<TableId>> = schema.builds.iter().map(|entry| touched.by(entry)).collect();
    let loading = by_table(nodes.iter().enumerate().map(|(at, node)| (at, &node.tables)));
    let keys = schema.builds.iter().zip(&tables).enumerate();
    let keys = keys.filter(|(_, (entry, _))| !is_foreign_key(entry));
    let keys = by_table(keys.map(|(at, (_, tables))| (loads + at, tables)));
    for ((at, entry), tables) in schema.builds.iter().enumerate().zip(tables) {
        let mut waits: BTreeSet<usize> =
            touched.builds_before(entry).into_iter().map(|before| loads + before).collect();
        let on = |places: &ByTable| -> Vec<usize> {
            tables.iter().filter_map(|table| places.get(table)).flatten().copied().collect()
        };
        waits.extend(on(&loading));
        if is_foreign_key(entry) {
            // It needs the referenced key, on a partitioned table with every piece attached.
            waits.extend(on(&keys));
        }
        if tables.is_empty() {
            // A domain's CHECK that old rows need not meet: wherever they are, they come first.
            waits.extend(0..loads);
        }
        let exclusive = !matches!(entry.description.as_str(), "INDEX" | "STATISTICS");
        nodes.push(Node { task: Task::Build(at), tables, exclusive, waits });
    }
}

/// ANALYZE reads expression indexes and extended statistics, so it comes after a table's builds; foreign keys to other
/// tables do not matter to it and may come later. An empty table gets it too: without it the planner takes ten pages
/// for granted.
fn add_analyzes(nodes: &mut Vec<Node>, tables: &[TableId]) {
    let alone = nodes.iter().enumerate().filter(|(_, node)| node.tables.len() == 1);
    let before = by_table(alone.map(|(at, node)| (at, &node.tables)));
    nodes.extend(tables.iter().map(|table| Node {
        task: Task::Analyze(*table),
        tables: BTreeSet::from([*table]),
        exclusive: false,
        waits: before.get(table).into_iter().flatten().copied().collect(),
    }));
}

/// Which tables an entry touches, through the archive's dependency ids.
struct Touched<'a> {
    roots: BTreeMap<i32, TableId>,
    /// Both ends of foreign keys by schema and tag: an extension's table has no entry that one could depend on.
    ends: BTreeMap<(String, String), BTreeSet<TableId>>,
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
            ends: ends(catalog),
        }
    }

    fn builds_before(&self, entry: &SchemaEntry) -> Vec<usize> {
        entry.dependencies.iter().filter_map(|id| self.builds.get(id)).map(|(at, _)| *at).collect()
    }

    /// The roots of the tables that it depends on; an attached index names only its indexes, which name the tables.
    fn by(&self, entry: &SchemaEntry) -> BTreeSet<TableId> {
        let direct = entry.dependencies.iter().filter_map(|id| self.roots.get(id)).copied();
        let mut found: BTreeSet<TableId> = direct.collect();
        if is_foreign_key(entry) {
            found.extend(self.ends.get(&(entry.namespace.clone(), entry.tag.clone())).into_iter().flatten());
        }
        if entry.description == "INDEX ATTACH" {
            let indexes = entry.dependencies.iter().filter_map(|id| self.builds.get(id));
            found.extend(indexes.flat_map(|(_, index)| self.by(index)));
        }
        found
    }
}

fn ends(catalog: &Catalog) -> BTreeMap<(String, String), BTreeSet<TableId>> {
    let mut ends: BTreeMap<_, BTreeSet<TableId>> = BTreeMap::new();
    for key in &catalog.foreign_keys {
        let roots = [key.child, key.parent].map(|table| catalog.root(table));
        ends.entry(foreign_key_entry(catalog, key)).or_default().extend(roots);
    }
    ends
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
