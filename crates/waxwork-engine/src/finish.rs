//! What comes after the rows: sequences, triggers, rules and policies, grants, materialized views, event triggers.

use crate::error::RunError;
use crate::report;
use crate::roles::Roles;
use crate::schema::{SchemaWork, definition, is_foreign, label};
use crate::settings;
use waxwork_core::catalog::Catalog;
use waxwork_core::ident::QualifiedName;
use waxwork_core::plan::{Plan, SequencePosition};
use waxwork_core::report::Finding;
use waxwork_pg::{Param, PgError, PgErrorKind, SchemaEntry, SourceLeader, SourceView, TargetSession, doing};

/// Before REFRESH: it reads as the view's owner, whom policies may bind, and shows what that role would see. Off, as it
/// is for all else, would be an error there.
pub(crate) const ROW_SECURITY_ON: &str = "SET row_security = on";

/// Afterwards.
pub(crate) const ROW_SECURITY_OFF: &str = "SET row_security = off";

/// Runs entries in order, each given to its owner.
///
/// # Errors
/// What the target says.
pub(crate) async fn run_entries(
    target: &mut TargetSession,
    roles: &mut Roles,
    entries: &[SchemaEntry],
) -> Result<(), RunError> {
    for entry in entries {
        if let Some(sql) = definition(entry) {
            let made = target.execute(doing("create").to(label(entry)), &sql).await;
            made.map_err(|error| not_made(entry, error))?;
        }
        roles.give_to_owner(target, entry).await?;
    }
    Ok(())
}

/// Every new database has a schema public; where the source has none, the copy has none.
///
/// # Errors
/// The connection to either is lost.
pub(crate) async fn drop_public(
    leader: &mut SourceLeader,
    target: &mut TargetSession,
) -> Result<(), RunError> {
    let sql = "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'";
    let row = leader.session().fetch_one(doing("look for schema public"), sql, &[]).await?;
    if row.int(0)? > 0 {
        return Ok(());
    }
    match target.execute(doing("drop schema").to("public"), "DROP SCHEMA IF EXISTS public").await {
        // Up to 14 it is a superuser's, and an empty one is no harm.
        Err(error) if error.kind() == PgErrorKind::Privilege => Ok(()),
        outcome => Ok(outcome?),
    }
}

fn not_made(entry: &SchemaEntry, error: PgError) -> RunError {
    let forbidden = error.kind() == PgErrorKind::Privilege;
    let failure = RunError::from(error);
    if !(forbidden && is_foreign(entry)) {
        return failure;
    }
    failure.hint(
        "Options of foreign objects are left out. Where the wrapper insists on some, only a superuser of the target can \
         make the object without.",
    )
}

/// Everything that waits for the rows, in `pg_restore`'s order: what fires, then grants, then views that read as
/// their owners, then event triggers. Returns what is to be said of views that could not be filled.
///
/// # Errors
/// What the target says.
pub(crate) async fn finish(
    target: &mut TargetSession,
    roles: &mut Roles,
    schema: &SchemaWork,
    source: &SourceView,
) -> Result<Vec<Finding>, RunError> {
    run_entries(target, roles, &schema.after).await?;
    for entry in schema.builds.iter().filter(|entry| entry.description == "STATISTICS") {
        roles.give_to_owner(target, entry).await?;
    }
    for entry in &schema.grants {
        roles.grant(target, entry).await?;
    }
    let findings = refresh_views(target, source).await?;
    run_entries(target, roles, &schema.event_triggers).await?;
    Ok(findings)
}

async fn refresh_views(target: &mut TargetSession, source: &SourceView) -> Result<Vec<Finding>, RunError> {
    for sql in settings::of_views(&source.settings) {
        // One that this server does not take is told when all are set for the copy.
        let _ = target.execute(doing("set a parameter of the source"), &sql).await;
    }
    target.execute(doing("let policies hold"), ROW_SECURITY_ON).await?;
    let path = settings::search_path(&source.settings);
    let mut findings = Vec::new();
    for view in &source.materialized_views.to_refresh {
        let refreshing = || doing("refresh materialized view").to(view);
        let sql = format!("REFRESH MATERIALIZED VIEW {view}");
        match settings::execute_by_names(target, &path, refreshing, &sql).await {
            Ok(()) => {
                let sql = format!("ANALYZE {view}");
                target.execute(doing("analyze materialized view").to(view), &sql).await?;
            }
            // It lies in the view and in what it reads, and would come again with every run.
            Err(error) if error.may_blame_statement() => findings.push(report::not_refreshed(view, &error)),
            Err(error) => return Err(error.into()),
        }
    }
    target.execute(doing("refuse policies"), ROW_SECURITY_OFF).await?;
    Ok(findings)
}

/// `setval` arguments of every sequence: its name, value and whether that was handed out already.
pub(crate) fn positions(plan: &Plan, catalog: &Catalog) -> Vec<(QualifiedName, i64, bool)> {
    plan.sequences
        .iter()
        .map(|planned| {
            let sequence = &catalog.sequences[planned.sequence];
            let (value, called) = match planned.position {
                SequencePosition::AsSource => (sequence.last_value, sequence.is_called),
                SequencePosition::StartAt(value) => (value, false),
            };
            (sequence.name.clone(), value, called)
        })
        .collect()
}

/// Puts every sequence where the plan wants it.
///
/// # Errors
/// What the target says.
pub(crate) async fn set_sequences(
    target: &mut TargetSession,
    plan: &Plan,
    catalog: &Catalog,
) -> Result<(), RunError> {
    for (name, value, called) in positions(plan, catalog) {
        let params = [Param::Text(name.to_string()), Param::Int(value), Param::Bool(called)];
        target
            .fetch(
                doing("set sequence").to(&name),
                "SELECT pg_catalog.setval($1::text::pg_catalog.regclass, $2, $3)",
                &params,
            )
            .await?;
    }
    Ok(())
}
