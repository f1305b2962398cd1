//! `dump`: the same plan and stream as plain SQL for psql.
//!
//! ```text
//!   settings ─► schemas ─► before ─► [derive triggers: COPY blocks ─► setval ─► INSERTs] ─► builds ─► quasi ─► after ─► grants ─► refresh views ─► event triggers ─► ANALYZE
//! ```
//!
//! The source is let go when its rows and large objects are read. A file is written aside and renamed when whole. No
//! object's name stands in a comment, where a newline in it could begin a command of psql.

use crate::attempts::{self, Attempt};
use crate::blocking;
use crate::clock::Clock;
use crate::copy_leaf::copy_leaf;
use crate::derive_triggers::{DeriveTriggers, Statement};
use crate::ending;
use crate::error::RunError;
use crate::event::{Events, Phase};
use crate::extension_order::ExtensionOrder;
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
use crate::sink::sql::{ScriptWriter, SqlSink, unwritable};
use crate::snapshot_age;
use crate::streams::Streams;
use crate::tolerant;
use crate::unit::{LeafLoad, leaf_loads};
use crate::wire::WireChoice;
use std::fs::File;
use std::os::fd::AsFd;
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

/// What rows and definitions are written in, as sessions read them.
fn client_encoding(run: &Run) -> &'static str {
    match run.view.facts.locale.encoding.as_str() {
        "SQL_ASCII" => "SET client_encoding = 'SQL_ASCII';",
        _ => "SET client_encoding = 'UTF8';",
    }
}

/// Nothing is found by its bare name.
const NO_SEARCH_PATH: &str = "SELECT pg_catalog.set_config('search_path', '', false);";

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
    let mut script = Script::create(output).await?;
    let leader = SourceLeader::connect(&request.source(&rules)?).await.map_err(RunError::connecting)?;
    source.get_or_init(|| leader.info().clone());
    let written = write_to(&mut script, request, &rules, leader, events, clock, report).await;
    written.map_err(|error| if script.is_read { error.for_good() } else { error })
}

async fn write_to(
    script: &mut Script,
    request: &RunRequest,
    rules: &RuleFile,
    leader: SourceLeader,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
) -> Result<(), RunError> {
    let source = leader.info().clone();
    let opened = Run::open(request, rules, source.clone(), leader, events);
    let mut run = ending::while_alive(life::lost_source(&source), opened).await?;
    report.plan_hash = Some(run.plan_hash());
    let taken = run.view.taken;
    let mut lookout = run.take_lookout();
    let mut copied = None;
    let copy = async {
        copied = Some(copy(&mut run, request, script, events, clock, report).await?);
        run.release().await
    };
    let copy = blocking::within(lookout.as_mut(), copy);
    let copy = snapshot_age::within(request.max_snapshot_age, taken, copy);
    let outcome = ending::while_alive(life::lost_source(&source), copy).await;
    blocking::close(lookout).await;
    let outcome = match (outcome, copied) {
        (Ok(()), Some(copied)) => complete(&run, script, &copied, report).await,
        (outcome, _) => outcome.map_err(|error| run.explain(error)),
    };
    report.findings.append(&mut run.findings);
    report.snapshot = Some(snapshot_age::report(&run));
    if !snapshot_age::is_why(&outcome) {
        run.close().await;
    }
    outcome
}

/// What came from the source, as far as the rest of the script speaks of it.
struct Copied {
    schema: SchemaWork,
    triggers: DeriveTriggers,
    receipts: Receipts,
    objects: Vec<LargeObject>,
}

/// Everything up to the last row and large object.
async fn copy(
    run: &mut Run,
    request: &RunRequest,
    script: &mut Script,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
) -> Result<Copied, RunError> {
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
    let order = ExtensionOrder::new(run.catalog());
    loads.sort_by_key(|load| (order.depth(run.catalog().root(load.leaf)), load.leaf));
    let objects = large_objects::choose(run, &loads, events).await?;
    rehearsal::run(run, request, &loads).await?;
    clock.enter(Phase::Load);
    run.say_tables(events);
    let triggers = run.derive_triggers(&schema);
    script.begin(run, &schema, &triggers).await?;
    let receipts = script.rows(request, events, run, &loads).await?;
    script.large_objects(run, &objects).await?;
    Ok(Copied { schema, triggers, receipts, objects })
}

/// What needs the source no more.
async fn complete(
    run: &Run,
    script: &mut Script,
    copied: &Copied,
    report: &mut RunReport,
) -> Result<(), RunError> {
    script.end(run, copied).await?;
    script.publish().await?;
    report.tables = report::tables(run, &copied.receipts, &Streams::new());
    Ok(())
}

/// A script under construction; dropped before [`publish`](Script::publish) it removes what it wrote.
struct Script {
    out: ScriptWriter,
    /// Written file and final name; `None` for stdout, a device or a named pipe.
    paths: Option<(PathBuf, PathBuf)>,
    /// Whoever reads it has a part of it, or was told by our closing it that all is said.
    is_read: bool,
}

impl Script {
    async fn create(output: Option<Output<'_>>) -> Result<Self, RunError> {
        let destination = match output {
            Some(output) => Some(Destination::of(output).await?),
            None => None,
        };
        let is_read = matches!(destination, Some(Destination::Stream(_)));
        let (file, paths) = match destination {
            None => (stdout()?, None),
            Some(Destination::Stream(file)) => (file, None),
            Some(Destination::Replaced(path)) => {
                let mut aside = path.as_os_str().to_owned();
                // Not the process id: in a container it is the same every night, and what a run that was killed
                // left behind would be in the way of all others.
                aside.push(format!(".{}.part", key::random_suffix()?));
                let aside = PathBuf::from(aside);
                let file = File::options().write(true).create_new(true).mode(0o600).open(&aside);
                (file.map_err(|error| unusable(&aside, &error))?, Some((aside, path)))
            }
        };
        Ok(Self { out: ScriptWriter::new(file), paths, is_read })
    }

    /// Everything before the first row.
    async fn begin(
        &mut self,
        run: &Run,
        schema: &SchemaWork,
        triggers: &DeriveTriggers,
    ) -> Result<(), RunError> {
        self.is_read |= self.paths.is_none();
        self.out.line(SETTINGS).await?;
        self.out.line(client_encoding(run)).await?;
        self.out.line(&tolerant::start()).await?;
        self.entries(&schema.schemas).await?;
        for (_, statement) in schema_grants(&schema.grants) {
            self.out.line(&tolerant::silently(statement)).await?;
        }
        self.entries(&schema.before).await?;
        self.statements(triggers.create()).await
    }

    /// Everything after the last row and large object.
    async fn end(&mut self, run: &Run, copied: &Copied) -> Result<(), RunError> {
        let Copied { schema, triggers, objects, .. } = copied;
        let objects: Vec<SchemaEntry> = objects.iter().map(large_objects::entry).collect();
        for entry in &objects {
            self.owner(entry).await?;
        }
        for (name, value, called) in positions(&run.plan, run.catalog()) {
            let name = sql_text::literal(&name.to_string());
            self.out.line(&format!("SELECT pg_catalog.setval({name}, {value}, {called});")).await?;
        }
        for insert in &run.plan.inserts {
            for sql in inserts::script(&run.plan, run.catalog(), insert) {
                self.out.line(&format!("{sql};")).await?;
            }
        }
        self.statements(triggers.remove()).await?;
        self.entries(&schema.builds).await?;
        for sql in quasi::script(&run.plan, run.catalog()) {
            self.out.line(&format!("{sql};")).await?;
        }
        self.entries(&schema.after).await?;
        for entry in schema.grants.iter().chain(&objects) {
            self.grants(entry).await?;
        }
        self.views(&run.view).await?;
        self.entries(&schema.event_triggers).await?;
        self.statistics(run).await?;
        self.out.line(&tolerant::warning()).await
    }

    async fn entries(&mut self, entries: &[SchemaEntry]) -> Result<(), RunError> {
        for entry in entries {
            if let Some(text) = definition(entry) {
                self.out.line(&text).await?;
            }
            self.owner(entry).await?;
        }
        Ok(())
    }

    async fn owner(&mut self, entry: &SchemaEntry) -> Result<(), RunError> {
        let Some(statement) = owner_statement(entry) else { return Ok(()) };
        self.out.line(&tolerant::owner(entry, &statement)).await
    }

    async fn statements(&mut self, statements: Vec<Statement>) -> Result<(), RunError> {
        for (_, sql) in statements {
            self.out.line(&format!("{sql};")).await?;
        }
        Ok(())
    }

    async fn grants(&mut self, entry: &SchemaEntry) -> Result<(), RunError> {
        for group in &grant_groups(&entry.definition) {
            self.out.line(&tolerant::grants(entry, group)).await?;
        }
        Ok(())
    }

    async fn large_objects(&mut self, run: &Run, objects: &[LargeObject]) -> Result<(), RunError> {
        large_objects::script(run, objects, async |line: &str| self.out.line(line).await).await
    }

    async fn views(&mut self, source: &SourceView) -> Result<(), RunError> {
        for sql in settings::of_views(&source.settings) {
            self.out.line(&format!("{sql};")).await?;
        }
        self.out.line(&format!("{ROW_SECURITY_ON};")).await?;
        for view in &source.materialized_views.to_refresh {
            self.out.line(&tolerant::refresh(view)).await?;
        }
        self.out.line(&format!("{ROW_SECURITY_OFF};")).await
    }

    /// One by one: `ANALYZE;` means what else is in that database too, and partitions that are elsewhere.
    async fn statistics(&mut self, run: &Run) -> Result<(), RunError> {
        let tables = run.plan.tables.iter().flat_map(|plan| analyzable(run.catalog(), plan.table));
        let names = tables.map(|table| &run.catalog().table(table).name);
        for name in names.chain(&run.view.materialized_views.to_refresh) {
            self.out.line(&format!("ANALYZE {name};")).await?;
        }
        Ok(())
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
                self.out.line(&format!("SET search_path = {path};")).await?;
            }
            let mut sink = SqlSink::open(&mut self.out, &table.name, &table.columns).await?;
            let (back, receipt) = copy_leaf(&context, worker, load, &mut sink).await?;
            sink.finish().await?;
            if table.search_path.is_some() {
                self.out.line(NO_SEARCH_PATH).await?;
            }
            worker = back;
            receipts.insert(load.leaf, receipt);
        }
        worker.close().await;
        Ok(receipts)
    }

    async fn publish(&mut self) -> Result<(), RunError> {
        let file = self.out.finish().await?;
        let Some((aside, path)) = &self.paths else { return Ok(()) };
        let synced = apart(move || file.sync_all()).await?;
        synced.and_then(|()| std::fs::rename(aside, path)).map_err(|error| unwritable(&error))?;
        self.paths = None;
        Ok(())
    }
}

/// The descriptor itself: what gathers lines before it would be flushed at exit, which waits for whoever reads.
fn stdout() -> Result<File, RunError> {
    let descriptor = std::io::stdout().as_fd().try_clone_to_owned();
    descriptor.map(File::from).map_err(|error| unwritable(&error))
}

/// Asks the file system on a thread that nobody has to wait for.
async fn apart<T: Send + 'static>(ask: impl FnOnce() -> T + Send + 'static) -> Result<T, RunError> {
    let lost = |_| RunError::new(exit::FAILED, "output", "the file system gave no answer");
    tokio::task::spawn_blocking(ask).await.map_err(lost)
}

/// Where a script goes.
enum Destination {
    /// A device or a named pipe, opened: written as it is.
    Stream(File),
    /// A file, its links followed: written aside and renamed.
    Replaced(PathBuf),
}

impl Destination {
    /// A named pipe is open when its reader comes, which no signal or limit waits for.
    async fn of(output: Output<'_>) -> Result<Self, RunError> {
        let (path, replace) = (output.path.to_owned(), output.replace);
        apart(move || Self::find(&path, replace)).await?
    }

    fn find(path: &Path, replace: bool) -> Result<Self, RunError> {
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
