//! The target's half, and what both must agree on.

use super::source::{Examined, connected, version};
use super::{DoctorRequest, Examination};
use crate::error::{RUN_LOCKED, RunError};
use crate::guard::{self, TargetNames};
use crate::refresh::KEEP_DEFAULT;
use crate::{publish, request};
use waxwork_core::report::{Finding, exit};
use waxwork_core::rules::RuleFile;
use waxwork_core::size::shown_size;
use waxwork_pg::{ConnInfo, TargetServer};

/// Words that the name of somebody's production has, and seldom that of a copy.
const PRODUCTION_WORDS: [&str; 5] = ["prod", "production", "primary", "master", "live"];

/// Names that a message lists before it says how many more there are.
const NAMES_IN_MESSAGE: usize = 20;

pub(super) async fn examine(
    exam: &mut Examination,
    request: &DoctorRequest,
    rules: Option<&RuleFile>,
    source: Option<&Examined>,
) {
    if request.target.is_none() && rules.is_none_or(|rules| rules.target.is_none()) {
        let found = Finding::new("no_target", "no target is named: only the source was looked at");
        return exam.warn("target", found.hint("Name it with --target or [target]. PG* variables never do."));
    }
    let info = match request::named_target(request.target.as_deref(), rules) {
        Ok(info) => info,
        Err(error) => return exam.fail("target.connection", error),
    };
    let allowed = guard::check_never(&info, rules);
    if exam.judge("target.never", allowed, |()| said_of_never(rules)).is_none() {
        // Nor does doctor go there.
        return;
    }
    let keep = rules.and_then(|rules| rules.keep.as_ref()).map_or(KEEP_DEFAULT, |keep| keep.value);
    let names = TargetNames::new(&info.database(), keep);
    let Some(names) =
        exam.judge("target.names", names, |names| format!("the copy is built as \"{}\"", names.next))
    else {
        return;
    };
    let server = TargetServer::connect(&info).await.map_err(RunError::connecting);
    let Some(mut server) = exam.judge("target.connection", server, |server| connected(&info, server.facts()))
    else {
        return;
    };
    let maintenance = server.info().clone();
    exam.connection("target", &maintenance, server.session()).await;
    exam.ok("target.version", version(server.facts()));
    look_like_production(exam, &info);
    guards(exam, &mut server, &names, source).await;
    if let Err(error) = use_of(exam, &mut server, &names).await {
        exam.fail("target.use", error);
    }
    if let Some(source) = source
        && let Err(error) = agreement(exam, &mut server, source).await
    {
        exam.fail("both", error);
    }
    server.close().await;
}

fn said_of_never(rules: Option<&RuleFile>) -> String {
    let patterns = rules.map_or(0, |rules| rules.never.hosts.len() + rules.never.databases.len());
    match patterns {
        0 => "no name is forbidden: there is no [target.never]".to_owned(),
        _ => format!("none of the {patterns} patterns of [target.never] is like its names"),
    }
}

async fn extensions(
    exam: &mut Examination,
    server: &mut TargetServer,
    source: &Examined,
) -> Result<(), RunError> {
    let available = server.available_extensions().await?;
    let forbidden = server.extensions_of_superusers().await?;
    let wanted = || source.survey.extensions.iter().map(|extension| extension.name.clone());
    let missing: Vec<String> = wanted().filter(|name| !available.contains(name)).collect();
    let forbidden: Vec<String> = wanted().filter(|name| forbidden.contains(name)).collect();
    if missing.is_empty() && forbidden.is_empty() {
        exam.ok("both.extensions", "the target has those of the source");
    }
    if !missing.is_empty() {
        let message = format!("the target lacks extensions of the source: {}", shortened(&missing));
        let error = RunError::new(exit::FAILED, "extension", message);
        exam.fail("both.extensions", error.hint("Install their packages on the target's server."));
    }
    if !forbidden.is_empty() {
        // A managed service may let its own roles do it.
        let message = format!("the target's role may not create extensions: {}", shortened(&forbidden));
        let finding = Finding::new("extension", message)
            .detail("They are not trusted, and the role is no superuser.")
            .hint("Refresh as a superuser of the target, or drop them from the source if nothing uses them.");
        exam.warn("both.extensions", finding);
    }
    Ok(())
}

/// A guess, so it refuses nothing: a comment that begins with `waxwork:production` does.
fn look_like_production(exam: &mut Examination, info: &ConnInfo) {
    let described = info.describe().to_lowercase();
    let mut words = described.split(|letter: char| !letter.is_alphanumeric());
    let Some(word) = words.find(|word| PRODUCTION_WORDS.contains(word)) else {
        return exam.ok("target.name", "it does not look like production's");
    };
    let found = Finding::new("target_name", format!("the target's name has a word of production's: {word}"));
    exam.warn(
        "target.name",
        found.hint(
            "Mark what must never be replaced: COMMENT ON DATABASE … IS 'waxwork:production'; or forbid its name by \
             [target.never].",
        ),
    );
}

async fn guards(
    exam: &mut Examination,
    server: &mut TargetServer,
    names: &TargetNames,
    source: Option<&Examined>,
) {
    let checked = match source {
        Some(source) => guard::check(&source.leader_facts, server, names).await,
        None => guard::check_alone(server, names).await,
    };
    let present = server.database(&names.target).await;
    exam.judge("target.guard", checked, |()| match present {
        Ok(None) => format!("\"{}\" does not exist yet, and is nobody's", names.target),
        _ => format!("\"{}\" is empty, or a copy that waxwork made", names.target),
    });
}

/// Who is in it, who works on it, and what earlier runs left.
async fn use_of(
    exam: &mut Examination,
    server: &mut TargetServer,
    names: &TargetNames,
) -> Result<(), RunError> {
    let sessions = server.database(&names.target).await?.map_or(0, |facts| facts.sessions);
    let stubborn = publish::stubborn(server, names).await?;
    if stubborn.is_empty() {
        exam.ok("target.activity", format!("{sessions} sessions, which a run may end when it publishes"));
    }
    stubborn.into_iter().for_each(|finding| exam.warn("target.activity", finding));
    if server.is_run_locked(&names.target).await? {
        let error = RunError::new(exit::LOCKED, RUN_LOCKED, "a run is working on this target");
        exam.fail("target.run", error.hint("Wait for its end."));
    } else {
        exam.ok("target.run", "no run is working on this target");
    }
    match server.database(&names.next).await?.and_then(|facts| facts.comment) {
        None => exam.ok("target.leftovers", "no run left a half-made copy"),
        Some(_) => {
            let message = format!("a half-made copy is there: database \"{}\"", names.next);
            exam.warn("target.leftovers", Finding::new("leftover", message).detail("The next run drops it."));
        }
    }
    let old: Vec<String> = names.old_copies(server).await?.into_iter().map(|n| names.old(n)).collect();
    exam.ok("target.old_copies", if old.is_empty() { "none".to_owned() } else { old.join(", ") });
    let level = server.wal_level().await?;
    let says = match level.as_str() {
        "minimal" => "rows that FREEZE loads write no WAL",
        _ => "rows write WAL; where no replica and no archive needs it, minimal is faster",
    };
    exam.ok("target.wal_level", format!("{level}: {says}"));
    Ok(())
}

/// What the copy needs that the target may not have.
async fn agreement(
    exam: &mut Examination,
    server: &mut TargetServer,
    source: &Examined,
) -> Result<(), RunError> {
    let older = guard::older_target(&source.leader_facts, server.facts());
    if older.is_empty() {
        exam.ok("both.versions", "the target is not older than the source");
    }
    older.into_iter().for_each(|finding| exam.warn("both.versions", finding));
    extensions(exam, server, source).await?;
    let roles = server.roles().await?;
    let absent: Vec<String> =
        source.survey.owners.iter().filter(|owner| !roles.contains(*owner)).cloned().collect();
    if absent.is_empty() {
        exam.ok("both.roles", "every role that owns tables is on the target");
    } else {
        let message = format!("roles that own tables are not on the target: {}", shortened(&absent));
        exam.warn(
            "both.roles",
            Finding::new("role", message).detail("What they own is the target role's in the copy."),
        );
    }
    let size = shown_size(source.survey.bytes);
    exam.ok("both.disk", format!("a whole copy takes up to {size}, beside the copies that are there"));
    Ok(())
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_IN_MESSAGE).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_IN_MESSAGE) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
