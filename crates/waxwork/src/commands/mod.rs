//! One function a command: request in, exit code out.

mod import;
mod signals;

use crate::args::{
    CommonArguments, DoctorArguments, DumpArguments, Format, IfLocked, JobArguments, KeyCommand, LogFormat,
    MasksArguments, MasksFormat, PlanArguments, RefreshArguments, RollbackArguments, SizeArguments,
    WireArgument, WorkArguments,
};
use crate::metrics::MetricsFile;
use crate::reporter::KeptWarnings;
use crate::{render, reporter, sizes};
use signals::Stop;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;
use waxwork_core::masks::MaskKind;
use waxwork_core::masks::manual::{self, Page};
use waxwork_core::report::{Finding, Outcome, REPORT_VERSION, RunReport, exit};
use waxwork_core::subset::SizeLimit;
use waxwork_core::words::printable;
use waxwork_engine::doctor::{self as examining, DoctorRequest};
use waxwork_engine::dump::{self as dumping, Output};
use waxwork_engine::event::{Event, Events};
use waxwork_engine::overlap::Overlap;
use waxwork_engine::request::{Retries, RunRequest};
use waxwork_engine::rollback::{self as rolling_back, RollbackRequest};
use waxwork_engine::wire::WireChoice;
use waxwork_engine::{inspect, key as keys, mask_page, refresh as refreshing};

pub(crate) use import::import;

/// Source to a published target.
pub(crate) fn refresh(arguments: RefreshArguments) -> u8 {
    let RefreshArguments { common, most, work, job, keep_failed } = arguments;
    let format = common.format;
    let (events, kept) = reporter::of_job(job.quiet, || reporter::choose(common.verbose, job.log_format));
    let request = RunRequest { ceiling: ceiling(&most), keep_failed, ..request(common, &work) };
    let request = of_job(request, &job);
    let report = measured(job.metrics, "refresh", &events, || {
        until_signal(|stop| refreshing::refresh(&request, &events, stop))
    });
    finish_job(&report, format, job.log_format, kept)
}

/// The published copy for an old one.
pub(crate) fn rollback(arguments: RollbackArguments) -> u8 {
    let RollbackArguments { rules, target, to, format } = arguments;
    let request = RollbackRequest { rules, target, number: to };
    let events = reporter::quiet();
    let report = until_signal(|stop| rolling_back::rollback(&request, &events, stop));
    finish(&report, format, |report| {
        let name = printable(report.target.as_deref().unwrap_or_default());
        format!("published {name}: what was {name}__old{to}, and the other way round")
    })
}

/// What a refresh would do.
pub(crate) fn plan(arguments: PlanArguments) -> u8 {
    let PlanArguments { common, exact, graph, most, work } = arguments;
    let format = common.format;
    let events = reporter::quiet();
    let (ceiling, common) = (ceiling(&most), request(common, &work));
    // A limit says nothing of a copy whose size nobody knows.
    let exact = exact || !ceiling.is_none();
    let request = RunRequest { ceiling, exact, graph, writes: false, ..common };
    let report = on_runtime(inspect::plan(&request, &events));
    // A plan with errors is still worth reading: it shows what was decided until then.
    finish(&report, format, |report| {
        let parts = [
            report.plan.clone(),
            report.subset.as_ref().map(|subset| sizes::text(subset, report.budget.as_ref())),
            Some(render::streams(report)).filter(|text| !text.is_empty()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    })
}

fn ceiling(most: &SizeArguments) -> SizeLimit {
    SizeLimit { rows: most.max_rows, bytes: most.max_bytes }
}

/// What stands in the way of a refresh.
pub(crate) fn doctor(arguments: DoctorArguments) -> u8 {
    let DoctorArguments { rules, source, target, key_file, sql, format } = arguments;
    let request = DoctorRequest { rules, source, target, key_file };
    if sql {
        return match on_runtime(examining::role_sql(&request)) {
            Ok(text) => said_or_failed(say(&text), exit::OK),
            Err(error) => {
                error.errors.iter().for_each(|one| crate::say_error!("{}", render::error(one)));
                error.exit
            }
        };
    }
    let report = on_runtime(examining::doctor(&request));
    let said = match format {
        Format::Json => say_json(&report),
        Format::Text => say(&render::checks(&report)),
    };
    said_or_failed(said, report.exit_code)
}

/// The rules against the live schema.
pub(crate) fn check(arguments: CommonArguments) -> u8 {
    let format = arguments.format;
    let events = reporter::quiet();
    let request = RunRequest { writes: false, ..request(arguments, &WorkArguments::default()) };
    let report = on_runtime(inspect::check(&request, &events));
    finish(&report, format, |_| String::new())
}

/// Plain SQL for psql.
pub(crate) fn dump(arguments: DumpArguments) -> u8 {
    let DumpArguments { common, output, force, most, job } = arguments;
    // As pg_dump's --file takes it too.
    let output = output.filter(|path| path.as_os_str() != "-");
    let format = common.format;
    if output.is_none() && format == Format::Json {
        let mut report = refused("the script and the JSON report cannot both go to stdout");
        report
            .errors
            .iter_mut()
            .for_each(|error| error.hint = Some("Give the script a file with --output.".to_owned()));
        return finish(&report, format, render::summary);
    }
    let shares_terminal = output.is_none() && std::io::stdout().is_terminal();
    let (events, kept) = reporter::of_job(job.quiet, || {
        let lines = if shares_terminal { reporter::lines } else { reporter::choose };
        lines(common.verbose, job.log_format)
    });
    let file = output.as_deref().map(|path| Output { path, replace: force });
    let request = RunRequest { ceiling: ceiling(&most), ..request(common, &WorkArguments::default()) };
    let request = of_job(request, &job);
    let report = measured(job.metrics, "dump", &events, || {
        until_signal(|stop| dumping::dump(&request, file, &events, stop))
    });
    if output.is_some() {
        return finish_job(&report, format, job.log_format, kept);
    }
    // The script has stdout to itself.
    say_kept(&report, job.log_format, kept.as_ref());
    talk(&report, job.log_format)
}

/// What masks there are, or all about one.
pub(crate) fn masks(arguments: &MasksArguments) -> u8 {
    let kinds = arguments.name.as_deref().map_or_else(|| MaskKind::all().collect(), manual::find);
    let pages: Vec<Page> = kinds.into_iter().map(mask_page).collect();
    let text = match (arguments.format, &pages[..]) {
        (format, []) => return no_mask(arguments.name.as_deref().unwrap_or_default(), format),
        (MasksFormat::Json, pages) => pages_json(pages),
        (MasksFormat::Markdown, pages) => crate::manual::markdown(pages),
        (MasksFormat::Text, [page]) => crate::manual::page(page),
        (MasksFormat::Text, pages) => crate::manual::list(pages),
    };
    said_or_failed(say(&text), exit::OK)
}

fn pages_json(pages: &[Page]) -> String {
    let object = serde_json::json!({ "version": REPORT_VERSION, "masks": pages });
    serde_json::to_string_pretty(&object).expect("its keys are texts")
}

fn no_mask(name: &str, format: MasksFormat) -> u8 {
    let mut report = refused("there is no mask of that name");
    let hint = match &manual::near(name)[..] {
        [] => "`waxwork masks` lists them all.".to_owned(),
        [near] => format!("Perhaps you meant \"{near}\"."),
        near => format!("Perhaps you meant one of \"{}\".", near.join("\", \"")),
    };
    report.errors.iter_mut().for_each(|error| error.hint = Some(hint.clone()));
    let format = if format == MasksFormat::Json { Format::Json } else { Format::Text };
    finish(&report, format, |_| String::new())
}

/// Keys.
pub(crate) fn key(command: &KeyCommand) -> u8 {
    let KeyCommand::Generate { file } = command;
    match keys::generate(file) {
        Ok(()) => exit::OK,
        Err(error) => {
            error.errors.iter().for_each(|one| crate::say_error!("{}", render::error(one)));
            error.exit
        }
    }
}

fn request(common: CommonArguments, work: &WorkArguments) -> RunRequest {
    RunRequest {
        rules: common.rules,
        source: common.source,
        target: common.target,
        key_file: common.key_file,
        strict: common.strict,
        writes: true,
        overlap: Overlap::default(),
        lock_timeout: Duration::from_secs(common.lock_timeout),
        max_snapshot_age: common.max_snapshot_age,
        max_blocking: None,
        max_duration: None,
        max_rate: None,
        keep_failed: false,
        retries: Retries::default(),
        jobs: work.jobs,
        split_tables_larger_than: work.split_tables_larger_than,
        memory_bytes: work.memory << 20,
        wire: match work.wire {
            WireArgument::Auto => WireChoice::Fastest,
            WireArgument::Text => WireChoice::Text,
        },
        ceiling: SizeLimit::default(),
        exact: false,
        graph: None,
    }
}

fn of_job(request: RunRequest, job: &JobArguments) -> RunRequest {
    let retries = Retries { most: job.retries, pause: job.retry_pause };
    let JobArguments { max_duration, max_rate, .. } = *job;
    let overlap = Overlap::new(job.lock_file.clone(), job.if_locked == IfLocked::Skip);
    RunRequest { max_blocking: job.max_blocking.0, max_duration, max_rate, retries, overlap, ..request }
}

/// Runs a command, and writes how it went to the file of metrics, where there is one.
fn measured(
    metrics: Option<PathBuf>,
    command: &'static str,
    events: &Events,
    run: impl FnOnce() -> RunReport,
) -> RunReport {
    let Some(path) = metrics else { return run() };
    let file = match MetricsFile::open(path, command) {
        Ok(file) => file,
        Err(why) => return refused(&why),
    };
    let mut report = run();
    if report.outcome == Outcome::Skipped {
        return report;
    }
    if let Err(why) = file.write(&report) {
        // The copy is what was asked for: who watches the file sees that it is old.
        let finding = Finding::new("metrics", why);
        events.say(Event::Warning(finding.clone()));
        report.findings.push(finding);
    }
    report
}

/// Runs a command to its end, or to what it does about the first signal.
fn until_signal<F: Future<Output = RunReport>>(command: impl FnOnce(Stop) -> F) -> RunReport {
    match signals::stop() {
        Ok(stop) => on_runtime(command(stop)),
        Err(error) => failed(&format!("could not wait for signals: {}", error.kind())),
    }
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system gives threads and a poller");
    let result = runtime.block_on(work);
    // A mask may wait for a program's answer still, a minute or whatever the rule file says, and a script for its reader;
    // nobody wants either any more.
    runtime.shutdown_background();
    result
}

/// A command line that cannot be used, or a request for help. A script that asked for JSON gets its object.
pub(crate) fn misspelt(error: &clap::Error) -> u8 {
    // A closed stdout or stderr leaves nobody to tell.
    let _ = error.print();
    if !error.use_stderr() {
        return exit::OK;
    }
    let words: Vec<String> = std::env::args().collect();
    let json = words.iter().any(|word| word == "--format=json")
        || words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
    if json {
        // A report that cannot be written leaves the exit code.
        let _ = say_json(&refused("the command line cannot be used; stderr says why"));
    }
    exit::RULES
}

fn refused(message: &str) -> RunReport {
    RunReport { outcome: Outcome::Refused, exit_code: exit::RULES, ..failed(message) }
}

fn failed(message: &str) -> RunReport {
    let mut report =
        RunReport { version: REPORT_VERSION, exit_code: exit::FAILED, attempts: 1, ..RunReport::default() };
    report.errors.push(Finding::new("command", message));
    report
}

fn say_json(report: &RunReport) -> std::io::Result<()> {
    say(&serde_json::to_string_pretty(report).map_err(std::io::Error::other)?)
}

/// The end of a job: a quiet one that succeeded has no summary, and its warnings stay unsaid.
fn finish_job(report: &RunReport, format: Format, log: LogFormat, kept: Option<KeptWarnings>) -> u8 {
    say_kept(report, log, kept.as_ref());
    let is_silent = kept.is_some() || report.outcome == Outcome::Skipped;
    let text = |report: &RunReport| if is_silent { String::new() } else { render::summary(report) };
    let said = print(report, format, text);
    said_or_failed(said, talk(report, log))
}

fn say_kept(report: &RunReport, log: LogFormat, kept: Option<&KeptWarnings>) {
    if report.exit_code != exit::OK {
        kept.into_iter().for_each(|kept| kept.say(log));
    }
}

/// Errors on stderr, data on stdout.
fn finish(report: &RunReport, format: Format, text: impl FnOnce(&RunReport) -> String) -> u8 {
    let said = print(report, format, text);
    said_or_failed(said, talk(report, LogFormat::Text))
}

fn print(report: &RunReport, format: Format, text: impl FnOnce(&RunReport) -> String) -> std::io::Result<()> {
    if format == Format::Json {
        return say_json(report);
    }
    let text = text(report);
    let wanted = report.exit_code == exit::OK || report.plan.is_some();
    if wanted && !text.is_empty() { say(&text) } else { Ok(()) }
}

/// The exit code of what was printed.
fn said_or_failed(said: std::io::Result<()>, code: u8) -> u8 {
    match said {
        // A reader that went away (`| head`) is no failure.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            crate::say_error!("error: could not write to stdout: {}", error.kind());
            code.max(exit::FAILED)
        }
        _ => code,
    }
}

fn talk(report: &RunReport, log: LogFormat) -> u8 {
    reporter::say_errors(&report.errors, log);
    report.exit_code
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = anstream::stdout();
    writeln!(out, "{}", text.trim_end())?;
    out.flush()
}
