//! The source's half.

use super::{DoctorRequest, Examination};
use crate::error::RunError;
use crate::{request, standby};
use waxwork_core::report::{Finding, exit};
use waxwork_core::rules::RuleFile;
use waxwork_core::size::shown_size;
use waxwork_core::words::counted;
use waxwork_pg::source::Survey;
use waxwork_pg::{PgDump, PgError, ServerFacts, SourceLeader};

const ROLE_HINT: &str = "`waxwork doctor --sql` prints the statements that make a role which can read what a run reads, and \
                         nothing else.";

/// A source that was looked at.
pub(super) struct Examined {
    pub(super) leader_facts: ServerFacts,
    pub(super) survey: Survey,
}

pub(super) async fn examine(
    exam: &mut Examination,
    request: &DoctorRequest,
    rules: Option<&RuleFile>,
) -> Option<Examined> {
    if !request::names_source(request.source.as_deref(), rules) {
        let found = Finding::new("no_source", "no source is named: only the target was looked at");
        exam.warn("source", found.hint("Name it with --source, [source] or PGHOST."));
        return None;
    }
    let info = match request::source(request.source.as_deref(), rules) {
        Ok(info) => info,
        Err(error) => {
            exam.fail("source.connection", error);
            return None;
        }
    };
    let leader = SourceLeader::connect(&info).await.map_err(RunError::connecting);
    let mut leader =
        exam.judge("source.connection", leader, |leader| connected(leader.info(), leader.facts()))?;
    let info = leader.info().clone();
    exam.connection("source", &info, leader.session()).await;
    let facts = leader.facts().clone();
    exam.ok("source.version", version(&facts));
    let pg_dump = PgDump::find(facts.version).await;
    exam.judge("source.pg_dump", pg_dump, |_| "there is one that can read this server".to_owned());
    role(exam, &facts);
    let survey = leader.survey().await;
    leader.close().await;
    let survey = exam.judge("source.size", survey, |survey| {
        format!("{}, {}", counted(survey.tables as u64, "table"), shown_size(survey.bytes))
    })?;
    look(exam, &survey);
    Some(Examined { leader_facts: facts, survey })
}

pub(super) fn connected(info: &waxwork_pg::ConnInfo, facts: &ServerFacts) -> String {
    format!("{} as role \"{}\"", info.describe(), facts.role)
}

pub(super) fn version(facts: &ServerFacts) -> String {
    format!("PostgreSQL {}.{}", facts.version / 10_000, facts.version % 10_000)
}

fn role(exam: &mut Examination, facts: &ServerFacts) {
    if facts.can_run_programs {
        let message = "the source role is a superuser or may run server programs";
        exam.warn("source.role", Finding::new("source_role", message).hint(ROLE_HINT));
    } else {
        exam.ok("source.role", "no superuser, and it may not run server programs");
    }
}

/// What a role may not do, with how to make one that may.
fn by_role(error: PgError) -> RunError {
    let hint = error.hint().map_or(ROLE_HINT.to_owned(), |hint| format!("{hint} {ROLE_HINT}"));
    RunError::from(error).hint(hint)
}

fn look(exam: &mut Examination, survey: &Survey) {
    if survey.reads_only {
        exam.ok("source.read_only", "sessions of a run can only read");
    } else {
        let error = RunError::new(
            exit::FAILED,
            "read_only",
            "a session of the source does not keep that it can only read",
        );
        exam.fail(
            "source.read_only",
            error.hint("A pooler may stand between: connect to the server itself."),
        );
    }
    let privileges = survey.check_privileges().map_err(by_role);
    exam.judge("source.privileges", privileges, |()| "every table and sequence can be read".to_owned());
    let row_security = survey.check_row_security().map_err(by_role);
    exam.judge("source.row_security", row_security, |()| "it hides no row from this role".to_owned());
    match &survey.standby {
        None => exam.ok("source.standby", "it is no standby"),
        Some(standby) => match standby::warning(standby) {
            Some(warning) => exam.warn("source.standby", Finding::from(&warning)),
            None => exam.ok("source.standby", "a hot standby whose replay waits for readers"),
        },
    }
}
