//! `dump`: the same plan and stream as plain SQL for psql.
//!
//! ```text
//!   settings ─► schemas ─► before ─► [derive triggers: COPY blocks ─► setval ─► INSERTs] ─► builds ─► quasi ─► after ─► grants ─► refresh views ─► event triggers ─► ANALYZE
//! ```
//!
//! A file is written aside and renamed when whole. No object's name stands in a comment, where a newline in it could
//! begin a command of psql.

use crate::attempts::{self, Attempt};
use crate::blocking;
use crate::clock::Clock;
use crate::copy_leaf::copy_leaf;
use crate::derive_triggers::Statement;
use crate::ending;
use crate::error::RunError;
use crate::event::{Events, Phase};
use crate::finish::{ROW_SECURITY_OFF, ROW_SECURITY_ON, positions};
use crate::inserts;
use crate::key;
use crate::large_objects;
use crate::quasi;
use crate::rehearsal;
use crate::report;
use crate::request::RunRequest;
use crate::roles::{grant_groups, schema_grants};
use crate::run::Run;
use crate::schedule::analyzable;
use crate::schema::{SchemaWork, definition, owner_statement};
use crate::settings;
use crate::sink::Receipts;
use crate::sink::sql::{SqlSink, unwritable};
use crate::snapshot_age;
use crate::streams::Streams;
use crate::tolerant;
use crate::unit::{LeafLoad, leaf_loads};
use crate::wire::WireChoice;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use waxwork_core::report::{RunReport, exit};
use waxwork_core::rules::RuleFile;
use waxwork_pg::error::io_reason;
use waxwork_pg::{ConnInfo, LargeObject, SchemaEntry, SourceLeader, SourceView, life, sql_text};

/// What a script sets before anything else; `pg_dump` begins alike, for the same reasons.
///
/// Not so `ON_ERROR_STOP`: where a COPY is refused, because its table is not what the script made, psql would go on and
/// take the rows for commands, and whoever wrote a kept value would speak to the target.
const SETTINGS: &str = "\
\\set ON_ERROR_STOP on
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
";

/// Nothing is found by its bare name.
const NO_SEARCH_PATH: &str = "SELECT pg_catalog.set_config('search_path', '', false);";

/// Bytes gathered before a write.
const BUFFER_BYTES: usize = 1 << 18;

/// The file that a script goes to.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// Its path; a device or a named pipe is written as it is.
    pub path: &'a Path,
    /// Whether a file that is there already may be replaced.
    pub replace: bool,
}

/// Runs a dump to its end, or until `stop` gives the exit code of a signal; no output means stdout.
pub async fn dump(
    request: &RunRequest,
    output: Option<Output<'_>>,
    events: &Events,
    stop: impl Future<Output = u8>,
) -> RunReport {
    let ended = pin!(ending::ended(request.max_duration, stop));
    let report = attempts::run(request.retries, events, ended, async |ended| {
        attempt(request, output, events, ended).await
    })
    .await;
    request.overlap.settled(events, report)
}

async fn attempt(
    request: &RunRequest,
    output: Option<Output<'_>>,
    events: &Events,
    ended: impl Future<Output = RunError>,
) -> Attempt {
    let mut clock = Clock::new(events.clone());
    let mut report = report::empty();
    let source = OnceLock::new();
    let work = write(request, output, events, &mut clock, &mut report, &source);
    let outcome = ending::until(ended, &AtomicBool::new(false), work).await;
    if outcome.is_err() {
        ending::cancel_abandoned(source.into_inner()).await;
    }
    Attempt::close(report, clock, outcome)
}

async fn write(
    request: &RunRequest,
    output: Option<Output<'_>>,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
    source: &OnceLock<ConnInfo>,
) -> Result<(), RunError> {
    clock.enter(Phase::Plan);
    let rules = request.rule_file()?;
    request.overlap.begin()?;
    // Before anything is locked: a name that cannot be written to is known by now.
    let script = Script::create(output)?;
    let once = script.is_read_once;
    let leader = SourceLeader::connect(&request.source(&rules)?).await.map_err(RunError::connecting)?;
    let source = source.get_or_init(|| leader.info().clone());
    let work = write_to(script, request, &rules, leader, events, clock, report);
    let written = ending::while_alive(life::lost_source(source), work).await;
    written.map_err(|error| if once { error.for_good() } else { error })
}

async fn write_to(
    script: Script,
    request: &RunRequest,
    rules: &RuleFile,
    leader: SourceLeader,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
) -> Result<(), RunError> {
    let source = leader.info().clone();
    let mut run = Run::open(request, rules, source, leader, events).await?;
    report.plan_hash = Some(run.plan_hash());
    let taken = run.view.taken;
    let mut lookout = run.take_lookout();
    let copy = copy(&mut run, request, script, events, clock, report);
    let copy = blocking::within(lookout.as_mut(), copy);
    let outcome = snapshot_age::within(request.max_snapshot_age, taken, copy).await;
    blocking::close(lookout).await;
    let outcome = outcome.map_err(|error| run.explain(error));
    report.findings.append(&mut run.findings);
    report.snapshot = Some(snapshot_age::report(&run));
    if !snapshot_age::is_why(&outcome) {
        run.close().await;
    }
    outcome
}

async fn copy(
    run: &mut Run,
    request: &RunRequest,
    mut script: Script,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
) -> Result<(), RunError> {
    clock.enter(Phase::Select);
    let mut schema = run.schema(request).await?;
    run.say_left_out(&schema, events);
    run.note(quasi::not_counted(&run.plan, run.catalog()), events);
    let selection = run.select(request, events).await?;
    report.budget = report::budget(run);
    // Nobody would find out before the script is loaded.
    run.check_whole_tables().await?;
    run.leave_not_valid(&mut schema, &selection);
    let mut loads = leaf_loads(&run.plan, run.catalog(), selection);
    // The script's order must not depend on sizes.
    loads.sort_by_key(|load| load.leaf);
    let objects = large_objects::choose(run, &loads, events).await?;
    rehearsal::run(run, request, &loads).await?;
    clock.enter(Phase::Load);
    run.say_tables(events);
    let goes_to_stdout = script.paths.is_none();
    let written = match script.write(request, events, run, &schema, &loads, &objects).await {
        Ok(receipts) => run.release().await.map(|()| receipts),
        Err(error) => Err(error),
    };
    // Whoever reads it has a part of it by now.
    let receipts = written.map_err(|error| if goes_to_stdout { error.for_good() } else { error })?;
    script.publish()?;
    report.tables = report::tables(run, &receipts, &Streams::new());
    Ok(())
}

/// A script under construction; dropped before [`publish`](Script::publish) it removes what it wrote.
struct Script {
    out: BufWriter<Box<dyn Write + Send>>,
    /// Written file and final name; `None` for stdout, a device or a named pipe.
    paths: Option<(PathBuf, PathBuf)>,
    /// A device or a named pipe, whose reader is told that all is said when we close it.
    is_read_once: bool,
}

impl Script {
    fn create(output: Option<Output<'_>>) -> Result<Self, RunError> {
        let mut is_read_once = false;
        let (out, paths): (Box<dyn Write + Send>, _) = match output.map(Destination::of).transpose()? {
            None => (Box::new(std::io::stdout()), None),
            Some(Destination::Stream(file)) => {
                is_read_once = true;
                (Box::new(file), None)
            }
            Some(Destination::Replaced(path)) => {
                let mut aside = path.as_os_str().to_owned();
                // Not the process id: in a container it is the same every night, and what a run that was killed
                // left behind would be in the way of all others.
                aside.push(format!(".{}.part", key::random_suffix()?));
                let aside = PathBuf::from(aside);
                let file = File::options().write(true).create_new(true).mode(0o600).open(&aside);
                (Box::new(file.map_err(|error| unusable(&aside, &error))?), Some((aside, path)))
            }
        };
        Ok(Self { out: BufWriter::with_capacity(BUFFER_BYTES, out), paths, is_read_once })
    }

    fn line(&mut self, text: &str) -> Result<(), RunError> {
        writeln!(self.out, "{text}").map_err(|error| unwritable(&error))
    }

    async fn write(
        &mut self,
        request: &RunRequest,
        events: &Events,
        run: &Run,
        schema: &SchemaWork,
        loads: &[LeafLoad],
        objects: &[LargeObject],
    ) -> Result<Receipts, RunError> {
        self.line(SETTINGS)?;
        self.line(&tolerant::start())?;
        self.entries(&schema.schemas)?;
        for (_, statement) in schema_grants(&schema.grants) {
            self.line(&tolerant::silently(statement))?;
        }
        self.entries(&schema.before)?;
        let triggers = run.derive_triggers(schema);
        self.statements(triggers.create())?;
        let receipts = self.rows(request, events, run, loads).await?;
        let objects = self.large_objects(run, objects).await?;
        for (name, value, called) in positions(&run.plan, run.catalog()) {
            let name = sql_text::literal(&name.to_string());
            self.line(&format!("SELECT pg_catalog.setval({name}, {value}, {called});"))?;
        }
        for insert in &run.plan.inserts {
            for sql in inserts::script(&run.plan, run.catalog(), insert) {
                self.line(&format!("{sql};"))?;
            }
        }
        self.statements(triggers.remove())?;
        self.entries(&schema.builds)?;
        for sql in quasi::script(&run.plan, run.catalog()) {
            self.line(&format!("{sql};"))?;
        }
        self.entries(&schema.after)?;
        for entry in schema.grants.iter().chain(&objects) {
            self.grants(entry)?;
        }
        self.views(&run.view)?;
        self.entries(&schema.event_triggers)?;
        self.statistics(run)?;
        self.line(&tolerant::warning())?;
        Ok(receipts)
    }

    fn entries(&mut self, entries: &[SchemaEntry]) -> Result<(), RunError> {
        for entry in entries {
            if let Some(text) = definition(entry) {
                self.line(&text)?;
            }
            self.owner(entry)?;
        }
        Ok(())
    }

    fn owner(&mut self, entry: &SchemaEntry) -> Result<(), RunError> {
        let Some(statement) = owner_statement(entry) else { return Ok(()) };
        self.line(&tolerant::owner(entry, &statement))
    }

    fn statements(&mut self, statements: Vec<Statement>) -> Result<(), RunError> {
        statements.iter().try_for_each(|(_, sql)| self.line(&format!("{sql};")))
    }

    fn grants(&mut self, entry: &SchemaEntry) -> Result<(), RunError> {
        grant_groups(&entry.definition)
            .iter()
            .try_for_each(|group| self.line(&tolerant::grants(entry, group)))
    }

    /// Writes large objects; returns them as entries, whose grants are still to come.
    async fn large_objects(
        &mut self,
        run: &Run,
        objects: &[LargeObject],
    ) -> Result<Vec<SchemaEntry>, RunError> {
        large_objects::script(run, objects, |line| self.line(line)).await?;
        let entries: Vec<SchemaEntry> = objects.iter().map(large_objects::entry).collect();
        entries.iter().try_for_each(|entry| self.owner(entry))?;
        Ok(entries)
    }

    fn views(&mut self, source: &SourceView) -> Result<(), RunError> {
        settings::of_views(&source.settings).try_for_each(|sql| self.line(&format!("{sql};")))?;
        self.line(&format!("{ROW_SECURITY_ON};"))?;
        let views = &source.materialized_views.to_refresh;
        views.iter().try_for_each(|view| self.line(&tolerant::refresh(view)))?;
        self.line(&format!("{ROW_SECURITY_OFF};"))
    }

    /// One by one: `ANALYZE;` means what else is in that database too, and partitions that are elsewhere.
    fn statistics(&mut self, run: &Run) -> Result<(), RunError> {
        let tables = run.plan.tables.iter().flat_map(|plan| analyzable(run.catalog(), plan.table));
        let names = tables.map(|table| &run.catalog().table(table).name);
        names
            .chain(&run.view.materialized_views.to_refresh)
            .try_for_each(|name| self.line(&format!("ANALYZE {name};")))
    }

    async fn rows(
        &mut self,
        request: &RunRequest,
        events: &Events,
        run: &Run,
        loads: &[LeafLoad],
    ) -> Result<Receipts, RunError> {
        let context = run.copy_context(request, WireChoice::Text, events)?;
        let mut receipts = Receipts::new();
        let mut worker = run.reader().await?;
        for load in loads {
            let table = context.load_table(load);
            if let Some(path) = &table.search_path {
                self.line(&format!("SET search_path = {path};"))?;
            }
            let mut sink = SqlSink::open(&mut self.out, &table.name, &table.columns)?;
            let (back, receipt) = copy_leaf(&context, worker, load, &mut sink).await?;
            sink.finish()?;
            if table.search_path.is_some() {
                self.line(NO_SEARCH_PATH)?;
            }
            worker = back;
            receipts.insert(load.leaf, receipt);
        }
        worker.close().await;
        Ok(receipts)
    }

    fn publish(mut self) -> Result<(), RunError> {
        self.out.flush().map_err(|error| unwritable(&error))?;
        let Some((aside, path)) = self.paths.take() else { return Ok(()) };
        let synced = File::open(&aside).and_then(|file| file.sync_all());
        synced.and_then(|()| std::fs::rename(&aside, path)).map_err(|error| unwritable(&error))
    }
}

/// Where a script goes.
enum Destination {
    /// A device or a named pipe, opened: written as it is.
    Stream(File),
    /// A file, its links followed: written aside and renamed.
    Replaced(PathBuf),
}

impl Destination {
    fn of(output: Output<'_>) -> Result<Self, RunError> {
        let Output { path, replace } = output;
        let Ok(metadata) = std::fs::metadata(path) else { return Ok(Self::Replaced(path.to_owned())) };
        // Who may not write to it may not replace it either; of a folder the system says that it is one.
        let file = File::options().write(true).open(path).map_err(|error| unusable(path, &error))?;
        if !metadata.is_file() {
            return Ok(Self::Stream(file));
        }
        if !replace {
            let message = format!("\"{}\" exists already", path.display());
            return Err(RunError::new(exit::RULES, "output", message).hint("Replace it with --force."));
        }
        std::fs::canonicalize(path).map(Self::Replaced).map_err(|error| unusable(path, &error))
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> RunError {
    let message = format!("could not create \"{}\": {}", path.display(), io_reason(error));
    RunError::new(exit::RULES, "output", message)
}

impl Drop for Script {
    fn drop(&mut self) {
        if let Some((aside, _)) = &self.paths {
            // It is going away in any case; there is nobody left to tell.
            let _ = std::fs::remove_file(aside);
        }
    }
}
