//! `plan` and `check`: what a refresh would do, or refuse, without touching a target.

use crate::clock::Clock;
use crate::ending;
use crate::error::RunError;
use crate::event::{Events, Phase};
use crate::exact;
use crate::picture;
use crate::report;
use crate::request::RunRequest;
use crate::run::Run;
use crate::streams::{self, Division};
use crate::unit::leaf_loads;
use waxwork_core::report::{Finding, Outcome, RunReport};
use waxwork_core::rules::RuleFile;
use waxwork_pg::{SourceLeader, life};

/// Compiles the plan against the live schema; the report holds its text where there is one.
pub async fn plan(request: &RunRequest, events: &Events) -> RunReport {
    let mut clock = Clock::new(events.clone());
    let mut report = report::empty();
    let outcome = inspect(request, events, &mut clock, &mut report).await;
    let mut report = report::close(report, clock, outcome);
    if report.outcome == Outcome::Published {
        report.outcome = Outcome::Planned;
    }
    report
}

/// The same without the plan's text. Where nothing says which database is meant, only the rule file is read, and the report
/// says so.
pub async fn check(request: &RunRequest, events: &Events) -> RunReport {
    let clock = Clock::new(events.clone());
    match request.rule_file() {
        Ok(rules) if request.names_source(&rules) => RunReport { plan: None, ..plan(request, events).await },
        rules => {
            let mut report = report::empty();
            let found = rules.is_ok().then(without_source);
            events.note(found.into_iter().collect(), &mut report.findings);
            let mut report = report::close(report, clock, rules.map(drop));
            if report.outcome == Outcome::Published {
                report.outcome = Outcome::Planned;
            }
            report
        }
    }
}

fn without_source() -> Finding {
    Finding::new("no_source", "only the rule file was checked: no source is given")
        .detail("Names of tables and columns, and whether masks fit them, are a live schema's to say.")
        .hint("Name it with --source, [source] or PGHOST.")
}

async fn inspect(
    request: &RunRequest,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
) -> Result<(), RunError> {
    clock.enter(Phase::Plan);
    let rules = request.rule_file()?;
    let source = request.source(&rules)?;
    let leader = SourceLeader::connect(&source).await.map_err(RunError::connecting)?;
    let source = leader.info().clone();
    let work = inspect_in(leader, request, &rules, events, clock, report);
    ending::while_alive(life::lost_source(&source), work).await
}

async fn inspect_in(
    leader: SourceLeader,
    request: &RunRequest,
    rules: &RuleFile,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
) -> Result<(), RunError> {
    let source = leader.info().clone();
    let mut run = match Run::open(request, rules, source, leader, events).await {
        Ok(run) => run,
        Err(mut error) => {
            // What is decided until then is worth reading.
            if let Some(refused) = error.refused.take() {
                report.plan = Some(refused.to_string());
                report.packs = refused.packs;
            }
            return Err(error);
        }
    };
    let outcome = look(&mut run, request, events, clock, report).await;
    report.findings.append(&mut run.findings);
    run.close().await;
    outcome
}

async fn look(
    run: &mut Run,
    request: &RunRequest,
    events: &Events,
    clock: &mut Clock,
    report: &mut RunReport,
) -> Result<(), RunError> {
    report.plan_hash = Some(run.plan_hash());
    report.packs = run.plan.packs.clone();
    report.plan = Some(run.plan.to_text(run.catalog()));
    let division = Division::new(request, run.view.facts.version);
    let (found, streams) = match request.exact {
        true => {
            clock.enter(Phase::Select);
            let mut selection = run.select(request, events).await?;
            let tally = std::mem::take(&mut selection.tally);
            let loads = leaf_loads(&run.plan, run.catalog(), selection);
            (Some(tally), streams::of(&division.divided(loads, run.catalog())))
        }
        false => {
            run.sample(request, events).await?;
            (None, division.foreseen(&run.plan, run.catalog()))
        }
    };
    run.copy_context(request, request.wire, events)?;
    run.vet_conditions().await?;
    let schema = run.schema(request).await?;
    run.say_left_out(&schema, events);
    report.tables = report::tables(run, &crate::sink::Receipts::new(), &streams);
    if let Some(tally) = &found {
        run.check_whole_tables().await?;
        report.budget = report::budget(run);
        report.subset = Some(exact::examine(run, tally, request).await?);
    }
    match &request.graph {
        Some(file) => picture::draw(run, found.as_ref(), file),
        None => Ok(()),
    }
}
