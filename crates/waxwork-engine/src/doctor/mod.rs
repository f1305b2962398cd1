//! `doctor`: whether a refresh would work, looked at thing by thing, and nothing written.
//!
//! ```text
//!   rule file, key ─► source: connection, role, privileges … ─► target: connection, guard, leftovers … ─► both ─► RunReport
//! ```
//!
//! What is wrong is found by the checks that a refresh makes, so the exit code is the one that it would end with.

mod role;
mod source;
mod target;

use crate::error::RunError;
use crate::key;
use crate::{report, request};
use std::path::PathBuf;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::report::{Check, CheckStatus, Finding, Outcome, RunReport, exit};
use waxwork_core::rules::RuleFile;
use waxwork_pg::pooler::{self, Pooler};
use waxwork_pg::{ConnInfo, Session, SourceLeader};

/// What is to be looked at, as it is asked for on the command line.
pub struct DoctorRequest {
    /// The rule file, for its `[source]`, `[target]` and `[key]`.
    pub rules: Option<PathBuf>,
    /// `--source`; overrides the rule file. May hold a password.
    pub source: Option<String>,
    /// `--target`; overrides the rule file. May hold a password.
    pub target: Option<String>,
    /// `--key-file`; overrides `[key]`.
    pub key_file: Option<PathBuf>,
}

impl DoctorRequest {
    fn rule_file(&self) -> Result<Option<RuleFile>, RunError> {
        self.rules.as_deref().map(request::rule_file).transpose()
    }
}

/// Looks at all that is named.
pub async fn doctor(request: &DoctorRequest) -> RunReport {
    let mut exam = Examination::default();
    let rules = exam.rules(request).await;
    let source = source::examine(&mut exam, request, rules.as_ref()).await;
    target::examine(&mut exam, request, rules.as_ref(), source.as_ref()).await;
    let mut report = report::empty();
    report.exit_code = exam.exit;
    report.outcome = match exam.exit {
        exit::OK => Outcome::Planned,
        code if exit::is_refusal(code) => Outcome::Refused,
        _ => Outcome::Failed,
    };
    let of = |status| exam.checks.iter().filter(move |check| check.status == status);
    report.errors = of(CheckStatus::Fail).map(|check| check.finding.clone()).collect();
    report.findings = of(CheckStatus::Warn).map(|check| check.finding.clone()).collect();
    report.role_sql = source.as_ref().map(|source| role::sql(&source.leader_facts, &source.survey));
    report.checks = exam.checks;
    report
}

/// The statements that make a role which can read what a run reads of the source, and nothing else.
///
/// # Errors
/// The source cannot be looked at.
pub async fn role_sql(request: &DoctorRequest) -> Result<String, RunError> {
    let rules = request.rule_file()?;
    let source = request::source(request.source.as_deref(), rules.as_ref())?;
    let mut leader = SourceLeader::connect(&source).await.map_err(RunError::connecting)?;
    let survey = leader.survey().await;
    let facts = leader.facts().clone();
    leader.close().await;
    Ok(role::sql(&facts, &survey?))
}

/// The checks so far, and the exit code of the first that failed.
#[derive(Default)]
struct Examination {
    checks: Vec<Check>,
    exit: u8,
}

impl Examination {
    fn add(&mut self, name: &str, status: CheckStatus, finding: Finding) {
        self.checks.push(Check { name: name.to_owned(), status, finding });
    }

    fn ok(&mut self, name: &str, message: impl Into<String>) {
        self.add(name, CheckStatus::Ok, Finding::new(&name.replace('.', "_"), message));
    }

    fn warn(&mut self, name: &str, finding: Finding) {
        self.add(name, CheckStatus::Warn, finding);
    }

    fn warn_of(&mut self, name: &str, warnings: &[Diagnostic]) {
        warnings.iter().for_each(|warning| self.warn(name, Finding::from(warning)));
    }

    fn fail(&mut self, name: &str, error: RunError) {
        if self.exit == exit::OK {
            self.exit = error.exit;
        }
        error.errors.into_iter().for_each(|finding| self.add(name, CheckStatus::Fail, finding));
    }

    /// What was found, said by `say`, or why not.
    fn judge<T>(
        &mut self,
        name: &str,
        found: Result<T, impl Into<RunError>>,
        say: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        match found {
            Ok(found) => {
                self.ok(name, say(&found));
                Some(found)
            }
            Err(error) => {
                self.fail(name, error.into());
                None
            }
        }
    }

    async fn rules(&mut self, request: &DoctorRequest) -> Option<RuleFile> {
        let rules = match request.rule_file() {
            Ok(rules) => rules?,
            Err(error) => {
                self.fail("rules", error);
                return None;
            }
        };
        self.ok("rules", "the rule file can be read");
        let key = key::load(&rules, request.key_file.as_deref()).await;
        self.judge("key", key, |_| "there is a key, or each run makes its own".to_owned());
        Some(rules)
    }

    /// Who answers, and who could listen.
    async fn connection(&mut self, side: &str, info: &ConnInfo, session: &mut Session) {
        let name = format!("{side}.tls");
        let warnings = crate::run::connection_warnings(side, info);
        self.warn_of(&name, &warnings);
        let local = info.hosts().iter().all(waxwork_pg::conninfo::Host::is_socket);
        let encrypted = session.tls().await;
        if warnings.is_empty() {
            self.judge(&name, encrypted, |cipher| match cipher {
                Some(cipher) => format!("{cipher}; who answers is verified, or on this machine"),
                None if local => "a socket of this machine".to_owned(),
                None => "not encrypted, on this machine".to_owned(),
            });
        }
        let name = format!("{side}.pooler");
        match pooler::look(info).await {
            Ok(Pooler::Session) => self.warn(
                &name,
                Finding::new("pooler", format!("the {side} is reached through a pooler of sessions"))
                    .hint("Go to the server itself, or leave room for every session of a run in the pool."),
            ),
            found => {
                self.judge(&name, found.map_err(RunError::from), |_| "none was noticed".to_owned());
            }
        }
    }
}
