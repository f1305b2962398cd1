//! `[[hook]]`: SQL in the copy, a program or a ping, at the turns of a refresh.
//!
//! ```text
//!   start ─► … load, verify … ─► before_publish ─► rename ─► success
//!     └── veto: nothing begins        └── veto: the old copy stays      └── failure, whatever ended the run
//! ```
//!
//! SQL and programs veto; a ping never does, because staging does not depend on whether somebody listens. What a
//! program prints may be anything, and is not shown.

use crate::error::RunError;
use crate::program::{self, Group};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use waxwork_core::report::{Finding, exit};
use waxwork_core::rules::{Hook, HookAction, HookPoint};
use waxwork_pg::conninfo::environment;
use waxwork_pg::{ConnInfo, TargetSession, doing, pg_dump};

/// Who answers a ping answers at once.
const PING_SECONDS: u32 = 30;

/// The hooks of a run with the target that they are about.
pub(crate) struct Hooks {
    hooks: Vec<Hook>,
    /// Of several servers, the one that the run is on.
    target: Mutex<ConnInfo>,
    /// Those of the start have been asked.
    started: AtomicBool,
}

impl Hooks {
    pub(crate) fn new(hooks: Vec<Hook>, target: ConnInfo) -> Self {
        Self { hooks, target: Mutex::new(target), started: AtomicBool::new(false) }
    }

    /// From here on hooks go where the run goes.
    pub(crate) fn go_to(&self, target: ConnInfo) {
        *self.target.lock().expect("nothing panics while it holds this lock") = target;
    }

    fn target(&self) -> ConnInfo {
        self.target.lock().expect("nothing panics while it holds this lock").clone()
    }

    /// Asks those of the start, once: a retry goes on with what they began, and one of the end follows them.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn ask_at_start(&self) -> Result<Vec<Finding>, RunError> {
        if self.started.load(Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let findings = self.ask(HookPoint::Start, &self.target().database()).await?;
        self.started.store(true, Ordering::Relaxed);
        Ok(findings)
    }

    /// Runs those of a turn one by one, about the copy that is in `database`, until one vetoes.
    ///
    /// # Errors
    /// Exit 8: a program or a statement failed. Pings that failed are findings.
    pub(crate) async fn ask(&self, on: HookPoint, database: &str) -> Result<Vec<Finding>, RunError> {
        let mut findings = Vec::new();
        for hook in self.on(on) {
            let Err(why) = self.run(hook, database, exit::OK).await else { continue };
            let found = failed(hook, &why);
            if hook.is_ping() {
                findings.push(found);
            } else {
                return Err(RunError::of(exit::VERIFY, vec![found]).with_findings(findings));
            }
        }
        Ok(findings)
    }

    /// Tells how a run ended; what failed of that is a finding.
    pub(crate) async fn tell(&self, code: u8) -> Vec<Finding> {
        let on = if code == exit::OK { HookPoint::Success } else { HookPoint::Failure };
        let mut findings = Vec::new();
        for hook in self.on(on) {
            if let Err(why) = self.run(hook, &self.target().database(), code).await {
                findings.push(failed(hook, &why));
            }
        }
        findings
    }

    fn on(&self, on: HookPoint) -> impl Iterator<Item = &Hook> {
        self.hooks.iter().filter(move |hook| hook.on == on)
    }

    async fn run(&self, hook: &Hook, database: &str, code: u8) -> Result<(), String> {
        let target = self.target();
        let copy = target.with_database(database);
        let timeout = Duration::from_secs(hook.timeout.into());
        match &hook.action {
            HookAction::Sql(sql) => run_sql(&copy, sql, timeout).await,
            HookAction::Command(command) => {
                let about = [
                    ("WAXWORK_HOOK", hook.on.name().to_owned()),
                    ("WAXWORK_TARGET", target.database()),
                    ("WAXWORK_EXIT_CODE", code.to_string()),
                ];
                run_program(&copy, command, &about, timeout).await
            }
            HookAction::Url(url) => ping(url.clone(), hook.timeout).await,
            HookAction::UrlFromEnv(name) => {
                let url = environment::variable(name);
                let url = url.map_err(|_| format!("environment variable \"{name}\" is not set"))?;
                ping(url, hook.timeout).await
            }
        }
    }
}

fn failed(hook: &Hook, why: &str) -> Finding {
    let mut found = Finding::new("hook", format!("hook on {} failed: {why}", hook.on.name()));
    found.place = Some(hook.location.to_string());
    found
}

/// How much longer than we wait the server lets a statement run: the error that is told is then always ours.
const SERVER_GRACE: Duration = Duration::from_secs(1);

/// The settings of somebody who connects to the copy, not those of a session that loads. The server keeps the time too:
/// it would run on with what nobody waits for any more.
fn as_others(timeout: Duration) -> String {
    let most = i32::try_from((timeout + SERVER_GRACE).as_millis()).unwrap_or(i32::MAX);
    format!("RESET ALL; SET statement_timeout = {most}")
}

/// As somebody would who connects to the copy.
async fn run_sql(copy: &ConnInfo, sql: &str, timeout: Duration) -> Result<(), String> {
    let run = async {
        let mut session = TargetSession::connect(copy).await?;
        session.execute(doing("prepare a hook's session"), &as_others(timeout)).await?;
        let ran = session.execute(doing("run a hook's statements"), sql).await;
        session.close().await;
        ran
    };
    match tokio::time::timeout(timeout, run).await {
        Ok(ran) => ran.map_err(|error| error.to_string()),
        Err(_) => Err(no_end(timeout)),
    }
}

/// In an environment of its own, since ours may hold a key or a password; the copy's is in libpq's variables. What it
/// started ends with it where it takes too long.
async fn run_program(
    copy: &ConnInfo,
    command: &[String],
    about: &[(&str, String)],
    timeout: Duration,
) -> Result<(), String> {
    let program = command.first().map(String::as_str).unwrap_or_default();
    let mut started = tokio::process::Command::from(program::command(program));
    started
        .args(command.iter().skip(1))
        .envs(pg_dump::login_variables(copy))
        .envs(about.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut group =
        Group::start(started).map_err(|error| format!("could not start \"{program}\": {}", error.kind()))?;
    match tokio::time::timeout(timeout, group.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("\"{program}\" ended with {status}")),
        Ok(Err(error)) => Err(format!("\"{program}\" was lost: {}", error.kind())),
        Err(_) => Err(no_end(timeout)),
    }
}

/// Says nothing of the address: it may be all that it takes to send such a ping.
async fn ping(url: String, timeout: u32) -> Result<(), String> {
    let timeout = Duration::from_secs(timeout.min(PING_SECONDS).into());
    let tls = ureq::tls::TlsConfig::builder().root_certs(authorities()).build();
    let agent = ureq::Agent::config_builder().tls_config(tls).timeout_global(Some(timeout)).build();
    let agent = agent.new_agent();
    let asked = tokio::task::spawn_blocking(move || agent.get(url).call());
    match asked.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(ureq::Error::StatusCode(status))) => Err(format!("the answer was HTTP status {status}")),
        Ok(Err(ureq::Error::Timeout(_))) => Err(no_end(timeout)),
        Ok(Err(ureq::Error::HostNotFound)) => Err("there is no such host".to_owned()),
        Ok(Err(ureq::Error::Io(error))) => Err(format!("no connection: {}", error.kind())),
        Ok(Err(_)) | Err(_) => Err("the request could not be made".to_owned()),
    }
}

/// The system's: a site's own monitoring may have a certificate of a site's own authority. Where they are a file, it is read
/// here, because the environment hides them.
fn authorities() -> ureq::tls::RootCerts {
    use ureq::tls::{PemItem, RootCerts, parse_pem};
    let file = environment::system_authorities().and_then(|file| std::fs::read(file).ok());
    let Some(text) = file else { return RootCerts::PlatformVerifier };
    let certificates = parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    RootCerts::from(certificates)
}

fn no_end(timeout: Duration) -> String {
    format!("no end within {} s", timeout.as_secs())
}
