//! `refresh`: source to a published target, or the old target untouched.
//!
//! ```text
//!   guard ─► lock the run ─► Run::open ─► schema ─► select ─► rehearsal ─► CREATE target__next
//!     ─► schemas ─► before ─► sequences ─► [derive triggers: Loader] ─► large objects ─► the source is let go
//!     ─► quasi ─► virtual columns ─► finish ─► verify ─► hooks ─► publish (one rename)
//! ```
//!
//! From CREATE to publish any end but success drops `target__next`; a process that dies leaves it behind, marked as
//! ours, and the next run drops it.

use crate::attempts::{self, Attempt};
use crate::blocking;
use crate::clock::Clock;
use crate::ending::{self, cancel_abandoned};
use crate::error::RunError;
use crate::event::{Events, Phase};
use crate::finish;
use crate::guard::{self, MARKER, TargetNames};
use crate::hooks::Hooks;
use crate::key_indexes;
use crate::large_objects;
use crate::load::Loader;
use crate::publish;
use crate::quasi;
use crate::rehearsal;
use crate::report;
use crate::request::RunRequest;
use crate::roles::Roles;
use crate::run::{Run, connection_warnings};
use crate::settings;
use crate::snapshot_age;
use crate::streams::{self, Division};
use crate::unit::leaf_loads;
use crate::verify::{ConstraintName, Expected};
use crate::virtual_columns;
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use waxwork_core::report::{Finding, Outcome, RunReport};
use waxwork_core::rules::{HookPoint, RuleFile};
use waxwork_pg::{ConnInfo, NewDatabase, PgErrorKind, SourceLeader, TargetServer, TargetSession, life};

/// Old copies that stay for rollback when the rule file does not say.
pub(crate) const KEEP_DEFAULT: u32 = 1;

/// How long the backend that makes the database may take to end: CREATE DATABASE cleans up after itself.
const MAKER_DEADLINE: Duration = Duration::from_secs(10);

/// Runs a refresh to its end, or until `stop` gives the exit code of a signal; the report says how it went.
pub async fn refresh(request: &RunRequest, events: &Events, stop: impl Future<Output = u8>) -> RunReport {
    let hooks = OnceLock::new();
    let ended = pin!(ending::ended(request.max_duration, stop));
    let report = attempts::run(request.retries, events, ended, async |ended| {
        attempt(request, events, ended, &hooks).await
    })
    .await;
    let mut report = request.overlap.settled(events, report);
    // Of one that was skipped the other run tells.
    if let Some(hooks) = hooks.get().filter(|_| report.outcome != Outcome::Skipped) {
        let found = hooks.tell(report.exit_code).await;
        events.note(found, &mut report.findings);
    }
    report
}

async fn attempt(
    request: &RunRequest,
    events: &Events,
    ended: impl Future<Output = RunError>,
    hooks: &OnceLock<Hooks>,
) -> Attempt {
    let mut clock = Clock::new(events.clone());
    let mut report = report::empty();
    let unfinished = Unfinished::default();
    let work = guarded(request, events, &mut clock, &mut report, &unfinished, hooks);
    let outcome = ending::until(ended, &unfinished.publishes, work).await;
    let outcome = match outcome {
        Err(error) => Err(unfinished.clean_up(error, request.keep_failed, events).await),
        Ok(()) => Ok(()),
    };
    Attempt::close(report, clock, outcome)
}

/// What a failed run leaves to drop: known from before CREATE DATABASE until the rename.
#[derive(Default)]
struct Unfinished {
    half_made: Mutex<Option<HalfMade>>,
    /// The rename has begun.
    publishes: AtomicBool,
    /// Where statements may still run that nobody waits for.
    source: OnceLock<ConnInfo>,
}

/// A copy under construction.
#[derive(Clone)]
struct HalfMade {
    target: ConnInfo,
    next: String,
    /// The backend that makes the database: until it is gone, a dropped one may still come to be.
    maker: i32,
}

impl Unfinished {
    fn set(&self, half_made: HalfMade) {
        *self.half_made.lock().expect("nothing panics while it holds this lock") = Some(half_made);
    }

    fn reads(&self, source: &ConnInfo) {
        self.source.get_or_init(|| source.clone());
    }

    /// Cancels what the run still does in the source, and drops the half-made copy.
    async fn clean_up(self, error: RunError, keeps: bool, events: &Events) -> RunError {
        let cancelled = cancel_abandoned(self.source.get().cloned());
        tokio::join!(cancelled, self.drop_copy(error, keeps, events)).1
    }

    /// By a connection of its own, since those of the run may be lost or busy.
    async fn drop_copy(self, error: RunError, keeps: bool, events: &Events) -> RunError {
        let left = self.half_made.into_inner().expect("nothing panics while it holds this lock");
        let Some(half_made) = left else { return error };
        let lost = life::lost_target(&half_made.target);
        if keeps {
            // Where it cannot be marked it stays as it is, and the next run drops it all the same.
            let kept = ending::while_alive(lost, half_made.keep()).await.unwrap_or_default();
            let mut findings = Vec::new();
            events.note(kept, &mut findings);
            return error.with_findings(findings);
        }
        match ending::while_alive(lost, half_made.discard()).await {
            Ok(()) => error,
            Err(_) => error.hint(format!(
                "Database \"{}\" could not be dropped; the next run drops it.",
                half_made.next
            )),
        }
    }
}

impl HalfMade {
    /// Leaves it for whoever wants to look, under the name by which the next run finds and drops it.
    async fn keep(&self) -> Result<Vec<Finding>, RunError> {
        let mut server = TargetServer::connect(&self.target).await?;
        server.end_backend(self.maker, MAKER_DEADLINE).await?;
        if server.database(&self.next).await?.is_none() {
            return Ok(Vec::new());
        }
        server.set_comment(&self.next, &format!("{MARKER} masked copy that a failed run left")).await?;
        let message = format!("the half-made copy stays: database \"{}\"", self.next);
        Ok(vec![Finding::new("kept_failed", message).detail("The next run on this target drops it.")])
    }

    async fn discard(&self) -> Result<(), RunError> {
        let mut server = TargetServer::connect(&self.target).await?;
        server.end_backend(self.maker, MAKER_DEADLINE).await?;
        match server.lock_run(&self.target.database()).await {
            // Another run has made it anew, and keeps it.
            Err(error) if error.kind() == PgErrorKind::RunLocked => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(server.drop_database(&self.next).await?),
        }
    }
}

/// Everything before the target is touched.
async fn guarded(
    request: &RunRequest,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
    unfinished: &Unfinished,
    hooks: &OnceLock<Hooks>,
) -> Result<(), RunError> {
    clock.enter(Phase::Plan);
    let rules = request.rule_file()?;
    let (source, target) = (request.source(&rules)?, request.target(&rules)?);
    let hooks = hooks.get_or_init(|| Hooks::new(rules.hooks.clone(), target.clone()));
    request.overlap.begin()?;
    let keep = rules.keep.as_ref().map_or(KEEP_DEFAULT, |keep| keep.value);
    let names = TargetNames::new(&target.database(), keep)?;
    report.target = Some(names.target.clone());
    let opened = open(request, &rules, (&source, &target), &names, hooks, unfinished, events);
    let opened = ending::while_alive(life::lost_source(&source), opened);
    let (run, server) = ending::while_alive(life::lost_target(&target), opened).await?;
    report.plan_hash = Some(run.plan_hash());
    // From here on it is the server that was chosen.
    let target = server.info_of(&names.target);
    let lost = life::lost_target(&target);
    let (source, target) = (run.source.clone(), target.clone());
    let refresh = Refresh { request, events, clock, unfinished, hooks, run, server, target, names, keep };
    let outcome = ending::while_alive(lost, refresh.make(&source, report)).await;
    let unknown = unfinished.publishes.load(Ordering::Relaxed);
    outcome.map_err(|error| if unknown { perhaps_published(error) } else { error })
}

/// Where the answer to a rename is lost, it may have been made; another try would make it twice.
fn perhaps_published(error: RunError) -> RunError {
    let lost = error.is_lost_connection();
    let told = "The rename had begun: the old copy serves, or the new one does, either of them whole.";
    if lost { error.for_good().detail(told) } else { error.for_good() }
}

/// Connects, asks the guards, locks the target for this run, and opens the source.
async fn open(
    request: &RunRequest,
    rules: &RuleFile,
    (source, target): (&ConnInfo, &ConnInfo),
    names: &TargetNames,
    hooks: &Hooks,
    unfinished: &Unfinished,
    events: &Events,
) -> Result<(Run, TargetServer), RunError> {
    let leader = SourceLeader::connect(source).await.map_err(RunError::connecting)?;
    let mut server = TargetServer::connect(target).await.map_err(RunError::connecting)?;
    let source = leader.info().clone();
    unfinished.reads(&source);
    guard::check(leader.facts(), &mut server, names).await?;
    server.lock_run(&names.target).await?;
    hooks.go_to(server.info_of(&names.target));
    let told = hooks.ask_at_start().await?;
    let mut run = Run::open(request, rules, source, leader, events).await?;
    run.note(told, events);
    run.note(publish::stubborn(&mut server, names).await?, events);
    run.note(guard::older_target(&run.view.facts, server.facts()), events);
    Ok((run, server))
}

/// A copy that has all that comes from the source.
struct Filled {
    session: TargetSession,
    roles: Roles,
    loader: Arc<Loader>,
    expected: Expected,
}

/// A refresh that passed its guards.
struct Refresh<'a> {
    request: &'a RunRequest,
    events: &'a Events,
    clock: &'a mut Clock,
    unfinished: &'a Unfinished,
    hooks: &'a Hooks,
    run: Run,
    server: TargetServer,
    target: ConnInfo,
    names: TargetNames,
    keep: u32,
}

impl Refresh<'_> {
    /// Makes the copy and publishes it; the source must live until its last row is read.
    async fn make(mut self, source: &ConnInfo, report: &mut RunReport) -> Result<(), RunError> {
        let (age, taken) = (self.request.max_snapshot_age, self.run.view.taken);
        let mut lookout = self.run.take_lookout();
        let mut filled = None;
        let fill = async {
            filled = Some(self.fill_aside(report).await?);
            self.run.release().await
        };
        let fill = snapshot_age::within(age, taken, blocking::within(lookout.as_mut(), fill));
        let outcome = ending::while_alive(life::lost_source(source), fill).await;
        blocking::close(lookout).await;
        let outcome = match (outcome, filled) {
            (Ok(()), Some(filled)) => self.complete(filled, report).await,
            (outcome, _) => outcome.map_err(|error| self.run.explain(error)),
        };
        report.findings.append(&mut self.run.findings);
        report.snapshot = Some(snapshot_age::report(&self.run));
        if !snapshot_age::is_why(&outcome) {
            self.run.close().await;
        }
        outcome
    }

    /// Finds the rows, and fills the copy aside with them.
    async fn fill_aside(&mut self, report: &mut RunReport) -> Result<Filled, RunError> {
        let warnings = connection_warnings("target", &self.target);
        self.run.note_unless_strict(&warnings, self.request, self.events)?;
        self.clock.enter(Phase::Select);
        let mut schema = self.run.schema(self.request).await?;
        self.run.say_left_out(&schema, self.events);
        key_indexes::split(&mut self.run, &mut schema, self.server.facts().version).await?;
        let selection = self.run.select(self.request, self.events).await?;
        report.budget = report::budget(&self.run);
        let not_valid = self.run.leave_not_valid(&mut schema, &selection);
        let loads = leaf_loads(&self.run.plan, self.run.catalog(), selection);
        let large_objects = large_objects::choose(&mut self.run, &loads, self.events).await?;
        let context = self.run.copy_context(self.request, self.request.wire, self.events)?;
        rehearsal::run(&self.run, self.request, &loads).await?;
        let division = Division::new(self.request, self.run.view.facts.version);
        let loads = division.divided(loads, self.run.catalog());
        self.clock.enter(Phase::Schema);
        self.create_next().await?;
        let loader = Loader {
            context,
            loads,
            large_objects,
            schema,
            target: self.target.with_database(&self.names.next),
            jobs: self.request.jobs(),
            search_path: settings::search_path(&self.run.view.settings),
        };
        self.fill(Arc::new(loader), not_valid, report).await
    }

    /// An empty database like the source's, marked as ours before anything is in it.
    async fn create_next(&mut self) -> Result<(), RunError> {
        let next = &self.names.next;
        guard::check(&self.run.view.facts, &mut self.server, &self.names).await?;
        if self.server.database(next).await?.is_some() {
            self.server.drop_database(next).await?;
        }
        self.unfinished.set(HalfMade {
            target: self.target.clone(),
            next: next.clone(),
            maker: self.server.backend_pid(),
        });
        let locale = &self.run.view.facts.locale;
        self.server.create_database(&NewDatabase { name: next, owner: None, locale }).await?;
        let comment = format!("{MARKER} masked copy under construction");
        self.server.set_comment(next, &comment).await?;
        if self.server.database(&self.names.target).await?.is_some() {
            // Who may not enter the published copy may not enter this one either.
            let published = self.server.ownership(&self.names.target).await?;
            self.server.apply_grants(next, published.grants.as_deref()).await?;
        }
        // What is refused is told when all are set.
        publish::set_all(&mut self.server, next, &settings::of_values(&self.run.view.settings)).await?;
        Ok(())
    }

    async fn fill(
        &mut self,
        loader: Arc<Loader>,
        not_valid: BTreeSet<ConstraintName>,
        report: &mut RunReport,
    ) -> Result<Filled, RunError> {
        let mut session = TargetSession::connect(&loader.target).await?;
        // Of materialized views, by and by when all else is built.
        session.prepare_builds(1).await?;
        let mut roles = Roles::read(&mut session).await?;
        let expected = Expected::read(&mut self.run.leader, not_valid).await?;
        finish::drop_public(&mut self.run.leader, &mut session).await?;
        finish::run_entries(&mut session, &mut roles, &loader.schema.schemas).await?;
        roles.grant_ahead(&mut session, &loader.schema.grants).await?;
        finish::run_entries(&mut session, &mut roles, &loader.schema.before).await?;
        self.clock.enter(Phase::Load);
        self.run.say_tables(self.events);
        // Before rows are inserted: their defaults take values after the copied ones.
        finish::set_sequences(&mut session, &self.run.plan, self.run.catalog()).await?;
        let triggers = self.run.derive_triggers(&loader.schema);
        triggers.create_on(&mut session).await?;
        let mut found = Vec::new();
        let receipts = loader.run(&self.run, &mut session, &mut found).await;
        self.run.findings.extend(found);
        let receipts = receipts?;
        triggers.remove_from(&mut session).await?;
        report.tables = report::tables(&self.run, &receipts, &streams::of(&loader.loads));
        large_objects::copy(&self.run, &loader.large_objects, &mut session, &mut roles).await?;
        Ok(Filled { session, roles, loader, expected })
    }

    /// What needs the target alone: the rest of the schema, the comparison, and publishing.
    async fn complete(&mut self, filled: Filled, report: &mut RunReport) -> Result<(), RunError> {
        let Filled { mut session, mut roles, loader, expected } = filled;
        self.clock.enter(Phase::Finish);
        let found = quasi::settle(&self.run, &mut session, &mut report.quasi_identifiers).await?;
        self.run.note(found, self.events);
        // Before policies and grants, which may hide rows from us.
        let found = virtual_columns::try_all(&mut session, &self.run.plan, self.run.catalog()).await?;
        self.run.note(found, self.events);
        let found = finish::finish(&mut session, &mut roles, &loader.schema, &self.run.view).await?;
        self.run.note(found, self.events);
        self.run.note(roles.findings(), self.events);
        self.clock.enter(Phase::Verify);
        expected.check(&mut session).await?;
        session.close().await;
        self.publish(!loader.schema.event_triggers.is_empty()).await
    }

    async fn publish(&mut self, has_event_triggers: bool) -> Result<(), RunError> {
        self.clock.enter(Phase::Publish);
        let next = &self.names.next;
        let mutes = has_event_triggers && self.server.facts().version >= publish::LOGIN_TRIGGERS;
        if mutes {
            publish::mute(&mut self.server, next).await?;
        }
        let settings = settings::all(&self.run.view.settings);
        let mut findings = publish::set_all(&mut self.server, next, &settings).await?;
        findings.extend(publish::let_in(&mut self.server, next, &settings).await?);
        findings.extend(self.hooks.ask(HookPoint::BeforePublish, next).await?);
        if mutes {
            publish::unmute(&mut self.server, next, &settings).await?;
        }
        let comment = format!("{MARKER} masked copy, plan {}", self.run.plan_hash());
        self.server.set_comment(next, &comment).await?;
        guard::check(&self.run.view.facts, &mut self.server, &self.names).await?;
        let begins = &self.unfinished.publishes;
        let published = publish::publish(&mut self.server, &self.names, self.keep, &settings, begins).await;
        // Where its answer was lost, it may have been done.
        findings.extend(published.map_err(RunError::for_good)?);
        self.run.note(findings, self.events);
        Ok(())
    }
}
