//! Loading the copy: tables stream in, keys follow as soon as their tables are there.
//!
//! ```text
//!   Schedule ─┬─ Lane::Copy  × jobs: SourceWorker + TargetSession ─ copy_leaf ─► COPY … FREEZE, commit
//!             └─ Lane::Build × jobs: TargetSession ─ INSERT of the rule file's rows, CREATE INDEX, ADD CONSTRAINT, ANALYZE
//! ```
//!
//! Connections: 1 leader and `jobs` workers on the source; 2 × `jobs` on the target. A leaf whose connection is lost is
//! loaded again while the snapshot and the target's other sessions live. Any other error ends everything: what runs is
//! dropped with its connections, and the half-made copy with its database.

use crate::copy_leaf::{CopyContext, copy_leaf};
use crate::error::RunError;
use crate::event::Event;
use crate::inserts;
use crate::run::Run;
use crate::schedule::{Lane, Schedule, Task, analyzable};
use crate::schema::{SchemaWork, definition, label};
use crate::settings;
use crate::sink::load::LoadSink;
use crate::sink::{Receipt, Receipts};
use crate::unit::LeafLoad;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;
use waxwork_core::catalog::{Column, Generation, TableId};
use waxwork_core::report::{Finding, exit};
use waxwork_core::rules::name::plain;
use waxwork_pg::{ConnInfo, LargeObject, PgErrorKind, SourceWorker, TargetSession, doing};

/// How often a DDL statement is tried again after the server ended it as the victim of a deadlock.
const DEADLOCK_TRIES: usize = 5;

/// How often a leaf is loaded before a connection that is lost once more ends the run.
const LOAD_TRIES: usize = 3;

/// VACUUM calls no row visible to all whose commit may not be on disk yet (`SetHintBits` in `heapam_visibility.c`), and ours
/// are asynchronous. One that is synchronous, and has something to write, takes all before it along.
const FLUSH: &str = "BEGIN; SET LOCAL synchronous_commit = local; \
                     SELECT pg_catalog.pg_logical_emit_message(true, 'waxwork', ''); COMMIT";

/// Code of the finding that a foreign key does not hold.
const FOREIGN_KEY: &str = "foreign_key";

/// Codes of findings that a row may be the cause of.
const BY_ROW: [&str; 3] = ["data", "constraint", "server"];

/// Everything a load needs.
pub(crate) struct Loader {
    /// What every leaf needs.
    pub(crate) context: CopyContext,
    /// The leaves, largest first.
    pub(crate) loads: Vec<LeafLoad>,
    /// What their rows point at.
    pub(crate) large_objects: Vec<LargeObject>,
    /// The schema.
    pub(crate) schema: SchemaWork,
    /// The database under construction.
    pub(crate) target: ConnInfo,
    /// Tables copied at once, and builds at once.
    pub(crate) jobs: usize,
    /// By which functions of the source find what they name.
    pub(crate) search_path: String,
}

/// A finished task, with the connections that it gives back.
enum Finished {
    Copy { at: usize, lane: CopyLane, receipt: Receipt },
    Build { task: Task, lane: TargetSession },
    Lost(Lost),
}

/// A copy whose connection was lost before it was committed.
struct Lost {
    at: usize,
    /// The target's, which may not know yet.
    backend: i32,
    error: RunError,
}

struct CopyLane {
    source: SourceWorker,
    target: TargetSession,
}

impl Loader {
    /// Loads every leaf and builds what stands on it; returns what each brought. `home` is a session in the same
    /// database that does nothing else meanwhile. What is said of lost connections comes to `findings`.
    ///
    /// # Errors
    /// The first of any lane that is not made good.
    pub(crate) async fn run(
        self: &Arc<Self>,
        run: &Run,
        home: &mut TargetSession,
        findings: &mut Vec<Finding>,
    ) -> Result<Receipts, RunError> {
        let leaves: Vec<TableId> = self.loads.iter().map(|load| load.leaf).collect();
        let tables: Vec<TableId> = self.context.plan.tables.iter().map(|table| table.table).collect();
        let inserts: Vec<TableId> = self.context.plan.inserts.iter().map(|insert| insert.table).collect();
        let mut schedule = Schedule::new(&self.context.catalog, &tables, &leaves, &inserts, &self.schema);
        let (mut copies, mut builds) = self.lanes(run).await?;
        let mut left = self.leaves_by_table();
        let mut running = JoinSet::new();
        let mut receipts = Receipts::new();
        let mut tries = BTreeMap::new();
        loop {
            self.start(&mut schedule, &mut copies, &mut builds, &mut running);
            match running.join_next().await {
                None if schedule.is_empty() => {
                    self.vacuum_divided(home).await?;
                    close(copies, builds).await;
                    return Ok(receipts);
                }
                None => return Err(defect("tasks wait for each other")),
                Some(Err(_)) => return Err(defect("a task ended without an answer")),
                Some(Ok(Err(error))) => return Err(explained(error, run).await),
                Some(Ok(Ok(Finished::Copy { at, lane, receipt }))) => {
                    schedule.done(&Task::Copy(at));
                    copies.push(lane);
                    receipts.entry(self.loads[at].leaf).or_default().add(receipt);
                    self.say_done(self.loads[at].plan, &mut left);
                }
                Some(Ok(Ok(Finished::Build { task, lane }))) => {
                    schedule.done(&task);
                    builds.push(lane);
                }
                Some(Ok(Ok(Finished::Lost(lost)))) => {
                    let tried: &mut usize = tries.entry(lost.at).or_default();
                    *tried += 1;
                    schedule.again(&Task::Copy(lost.at));
                    if *tried == LOAD_TRIES {
                        return Err(lost.error);
                    }
                    copies.push(self.lane_for(lost, run, home, findings).await?);
                }
            }
        }
    }

    /// A new lane in the place of a lost one. It is the snapshot's end, or the target's, where none can be had.
    async fn lane_for(
        &self,
        lost: Lost,
        run: &Run,
        home: &mut TargetSession,
        findings: &mut Vec<Finding>,
    ) -> Result<CopyLane, RunError> {
        let opened = async {
            home.end_backend(lost.backend).await?;
            self.lane(run).await
        };
        let Ok(lane) = opened.await else { return Err(lost.error) };
        let name = &self.context.catalog.table(self.loads[lost.at].leaf).sql_name;
        let message = format!("table {name} is loaded again: a connection was lost");
        let why = lost.error.errors.last().map(|error| format!("{}.", error.message));
        let found = Finding { detail: why, ..Finding::new("loaded_again", message) };
        self.context.events.note(vec![found], findings);
        Ok(lane)
    }

    async fn lane(&self, run: &Run) -> Result<CopyLane, RunError> {
        Ok(CopyLane { source: run.reader().await?, target: TargetSession::connect(&self.target).await? })
    }

    async fn lanes(&self, run: &Run) -> Result<(Vec<CopyLane>, Vec<TargetSession>), RunError> {
        let mut copies = Vec::new();
        for _ in 0..self.jobs.min(self.loads.len()) {
            copies.push(self.lane(run).await?);
        }
        let mut builds = Vec::new();
        for _ in 0..self.jobs {
            let mut build = TargetSession::connect(&self.target).await?;
            build.prepare_builds(self.jobs).await?;
            builds.push(build);
        }
        Ok((copies, builds))
    }

    /// Leaves that are not in yet, by index of their rule table.
    fn leaves_by_table(&self) -> BTreeMap<usize, usize> {
        let mut left = BTreeMap::new();
        for load in &self.loads {
            *left.entry(load.plan).or_default() += 1;
        }
        left
    }

    fn say_done(&self, table: usize, left: &mut BTreeMap<usize, usize>) {
        let Some(count) = left.get_mut(&table) else { return };
        *count -= 1;
        if *count == 0 {
            self.context.events.say(Event::TableDone(table));
        }
    }

    fn start(
        self: &Arc<Self>,
        schedule: &mut Schedule,
        copies: &mut Vec<CopyLane>,
        builds: &mut Vec<TargetSession>,
        running: &mut JoinSet<Result<Finished, RunError>>,
    ) {
        while let Some(lane) = copies.pop() {
            let Some(task) = schedule.next(Lane::Copy) else {
                copies.push(lane);
                break;
            };
            running.spawn(Arc::clone(self).copy(task, lane));
        }
        while let Some(lane) = builds.pop() {
            let Some(task) = schedule.next(Lane::Build) else {
                builds.push(lane);
                break;
            };
            running.spawn(Arc::clone(self).build(task, lane));
        }
    }

    async fn copy(self: Arc<Self>, task: Task, lane: CopyLane) -> Result<Finished, RunError> {
        let Task::Copy(at) = task else { return Err(defect("a build was given to a copy lane")) };
        let load = &self.loads[at];
        let backend = lane.target.backend_pid();
        match self.load_leaf(load, lane).await {
            Ok((mut lane, receipt)) => {
                // Whether a COMMIT was made whose answer is lost nobody knows.
                let committed = lane.target.commit().await;
                committed.map_err(|error| self.with_made(load, error.into()))?;
                Ok(Finished::Copy { at, lane, receipt })
            }
            Err(error) if error.may_pass && error.is_lost_connection() => {
                Ok(Finished::Lost(Lost { at, backend, error }))
            }
            Err(error) => Err(self.with_made(load, error)),
        }
    }

    /// All but the commit.
    async fn load_leaf(&self, load: &LeafLoad, lane: CopyLane) -> Result<(CopyLane, Receipt), RunError> {
        let CopyLane { source, mut target } = lane;
        let table = self.context.load_table(load);
        let mut sink = LoadSink::open(&mut target, &table).await?;
        let (source, receipt) = copy_leaf(&self.context, source, load, &mut sink).await?;
        sink.finish(&table, receipt.rows).await?;
        Ok((CopyLane { source, target }, receipt))
    }

    /// What a trigger or a generated column fails on is no value of COPY's, and the server tells no column.
    fn with_made(&self, load: &LeafLoad, error: RunError) -> RunError {
        if error.errors.iter().all(|found| !BY_ROW.contains(&found.code.as_str())) {
            return error;
        }
        let (plan, catalog) = (self.context.table_plan(load), &self.context.catalog);
        let (table, leaf) = (catalog.table(plan.table), catalog.table(load.leaf));
        let derived = plan.derived.iter().map(|derived| table.column(derived.column));
        let is_generated = |column: &&Column| matches!(column.generation, Generation::Generated { .. });
        let generated = leaf.columns.iter().filter(is_generated);
        let known = error.errors.last().and_then(|last| last.detail.clone());
        let said = [known, listed("derived", derived), listed("generated", generated)];
        let said: Vec<String> = said.into_iter().flatten().collect();
        if said.is_empty() { error } else { error.detail(said.join(" ")) }
    }

    async fn build(self: Arc<Self>, task: Task, mut lane: TargetSession) -> Result<Finished, RunError> {
        match &task {
            Task::Build(at) => self.build_entry(*at, &mut lane).await?,
            Task::Insert(table) => {
                let CopyContext { plan, catalog, .. } = &self.context;
                for insert in plan.inserts.iter().filter(|insert| insert.table == *table) {
                    inserts::run(&mut lane, plan, catalog, insert).await?;
                }
            }
            Task::Analyze(table) => {
                for part in analyzable(&self.context.catalog, *table) {
                    let part = self.context.catalog.table(part);
                    let analyzing = || doing("analyze table").to(&part.sql_name);
                    let sql = format!("ANALYZE {}", part.name);
                    settings::execute_by_names(&mut lane, &self.search_path, analyzing, &sql).await?;
                }
            }
            Task::Copy(_) => return Err(defect("a copy was given to a build lane")),
        }
        Ok(Finished::Build { task, lane })
    }

    /// Does what FREEZE would have done, when nobody is in a transaction any more that might not see the rows.
    async fn vacuum_divided(&self, home: &mut TargetSession) -> Result<(), RunError> {
        let parts = self.loads.iter().filter(|load| load.is_part);
        let leaves: BTreeSet<TableId> = parts.map(|load| load.leaf).collect();
        if !leaves.is_empty() {
            home.execute(doing("flush the log"), FLUSH).await?;
        }
        for leaf in leaves {
            let leaf = self.context.catalog.table(leaf);
            home.execute(doing("vacuum table").to(&leaf.sql_name), &format!("VACUUM {}", leaf.name)).await?;
        }
        Ok(())
    }

    async fn build_entry(&self, at: usize, lane: &mut TargetSession) -> Result<(), RunError> {
        let entry = &self.schema.builds[at];
        let Some(sql) = definition(entry) else { return Ok(()) };
        for tried in 1.. {
            let creating = || doing("create").to(label(entry));
            match settings::execute_by_names(lane, &self.search_path, creating, &sql).await {
                Err(error) if error.kind() == PgErrorKind::Conflict && tried < DEADLOCK_TRIES => {}
                Err(error) => return Err(build_failed(error)),
                Ok(()) => break,
            }
        }
        Ok(())
    }
}

/// That the target makes these columns; `None` where there are none.
fn listed<'c>(how: &str, columns: impl Iterator<Item = &'c Column>) -> Option<String> {
    let names: Vec<_> = columns.map(|column| plain(column.name.as_str())).collect();
    (!names.is_empty()).then(|| format!("Columns of it are {how} there: {}.", names.join(", ")))
}

async fn close(copies: Vec<CopyLane>, builds: Vec<TargetSession>) {
    for lane in copies {
        lane.source.close().await;
        lane.target.close().await;
    }
    for lane in builds {
        lane.close().await;
    }
}

/// A foreign key that does not hold is told by reference and count where the source breaks it already.
async fn explained(error: RunError, run: &Run) -> RunError {
    if error.errors.iter().all(|finding| finding.code != FOREIGN_KEY) {
        return error;
    }
    run.check_whole_tables().await.err().unwrap_or(error)
}

fn build_failed(error: waxwork_pg::PgError) -> RunError {
    let violated = error.kind() == PgErrorKind::IntegrityViolation;
    let refers_to_nothing = error.sqlstate() == Some("23503");
    let mut failure = settings::of_names(error);
    if refers_to_nothing {
        failure.errors.iter_mut().for_each(|finding| FOREIGN_KEY.clone_into(&mut finding.code));
        failure.hint(
            "Rows of the source break it too, a row of [[insert]] does, or it refers to rows that an extension makes, or keeps out \
             of dumps; compare it in the source first.",
        )
    } else if violated {
        failure.hint(
            "Rows of the source break it too, a mask made them equal, or a row of [[insert]] does; compare it in the source first.",
        )
    } else {
        failure
    }
}

fn defect(what: &str) -> RunError {
    RunError::new(exit::FAILED, "internal", format!("internal error: {what}"))
}
