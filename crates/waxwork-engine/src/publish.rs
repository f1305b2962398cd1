//! Publishing: one transaction renames the old copy away and the new one into its place (D10).
//!
//! ```text
//!   target ──► target__old1 ──► target__old2 … (the last `keep` stay)      target__next ──► target
//!                └──────────────── one transaction ─────────────────────────────┘
//! ```
//!
//! A second connection ends the clients of the old copy while the first renames; ALLOW_CONNECTIONS of what serves is never
//! touched, so a crash cannot leave staging closed. An old copy that somebody holds keeps its name, and the others move
//! past it.

use crate::error::RunError;
use crate::guard::{self, TargetNames};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use waxwork_core::ident::Ident;
use waxwork_core::report::Finding;
use waxwork_pg::target::{Ownership, RoleSetting};
use waxwork_pg::{PgError, PgErrorKind, TargetServer, TargetSession};

/// How long clients of the old copy are ended over and over before the rename is given up. One round takes
/// milliseconds; a pool that reconnects in a loop loses the race within a few.
const RENAME_DEADLINE: Duration = Duration::from_secs(30);

/// Renames the copy into place and drops old copies beyond `keep`; says what could not be carried over or dropped.
/// `settings` are the source's, set already: what the old copy had under their names does not come back. `begins` is set
/// when the rename begins.
///
/// # Errors
/// What the target says; the old copy is then still published.
pub(crate) async fn publish(
    server: &mut TargetServer,
    names: &TargetNames,
    keep: u32,
    settings: &[RoleSetting],
    begins: &AtomicBool,
) -> Result<Vec<Finding>, RunError> {
    let mut findings = Vec::new();
    let mut renames = Vec::new();
    if server.database(&names.target).await?.is_some() {
        let mut ownership = server.ownership(&names.target).await?;
        ownership
            .settings
            .retain(|old| !settings.iter().any(|new| new.role == old.role && new.name == old.name));
        findings.extend(set_all(server, &names.next, &ownership.settings).await?);
        server.apply_ownership(&names.next, &without_settings(ownership)).await?;
        // What earlier runs could not drop.
        drop_surplus(server, names, keep).await?;
        renames = moves(server, names).await?;
    }
    renames.push((names.next.clone(), names.target.clone()));
    begins.store(true, Ordering::Relaxed);
    rename(server, &renames).await?;
    // Published: from here on nothing may fail the run.
    let left = drop_surplus(server, names, keep).await.unwrap_or_default();
    findings.extend(left.iter().map(|name| {
        let message = format!("could not drop an old copy: database \"{name}\"");
        Finding::new("old_copy_left", message)
            .detail("The next run tries again; a prepared transaction or a subscription may hold it.")
    }));
    Ok(findings)
}

/// Makes room for the published copy among the old ones: each moves on to the next number, past those that are held, up to
/// the first that is free. From the oldest on, so that each name is free when it is taken.
async fn moves(server: &mut TargetServer, names: &TargetNames) -> Result<Vec<(String, String)>, RunError> {
    let copies = old_copies(server, names).await?;
    let is_held = |n| copies.get(&n).is_some_and(|held| *held);
    let mut moves = Vec::new();
    let (mut from, mut number) = (names.target.clone(), 0);
    loop {
        number = names.next_number(number, is_held)?;
        let to = names.old(number);
        moves.push((from, to.clone()));
        if !copies.contains_key(&number) {
            moves.reverse();
            return Ok(moves);
        }
        from = to;
    }
}

/// Old copies by number, and whether each is held: somebody is in it whom we may not end, or a transaction is prepared, so
/// that it cannot be renamed or dropped.
async fn old_copies(server: &mut TargetServer, names: &TargetNames) -> Result<BTreeMap<u32, bool>, RunError> {
    let mut copies = BTreeMap::new();
    for n in names.old_copies(server).await? {
        let is_held = !server.holders(&[names.old(n)]).await?.is_empty();
        copies.insert(n, is_held);
    }
    Ok(copies)
}

/// What keeps event triggers from firing.
const EVENT_TRIGGERS: &str = "event_triggers";

/// The first version whose event triggers fire on a login, and can be kept from it (release notes of PostgreSQL 17).
pub(crate) const LOGIN_TRIGGERS: u32 = 170_000;

/// Keeps the copy's own event triggers from firing for us, who log in to it: they would write to it, or let nobody in.
///
/// # Errors
/// The connection is lost.
pub(crate) async fn mute(server: &mut TargetServer, database: &str) -> Result<(), RunError> {
    let off = RoleSetting { role: None, name: EVENT_TRIGGERS.to_owned(), value: "off".to_owned() };
    unless_forbidden(server.set_in_database(database, &off).await)
}

/// Lets them fire for everybody else, unless the source's own setting of it, which is set by now, says otherwise.
///
/// # Errors
/// The connection is lost.
pub(crate) async fn unmute(
    server: &mut TargetServer,
    database: &str,
    settings: &[RoleSetting],
) -> Result<(), RunError> {
    if settings.iter().any(|setting| setting.name == EVENT_TRIGGERS) {
        return Ok(());
    }
    unless_forbidden(server.reset_in_database(database, EVENT_TRIGGERS).await)
}

/// Where a role that may make event triggers may not set this, as a provider may have it, they fire.
fn unless_forbidden(set: Result<(), PgError>) -> Result<(), RunError> {
    match set {
        Err(error) if error.kind() == PgErrorKind::Privilege => Ok(()),
        outcome => Ok(outcome?),
    }
}

/// Takes back settings of the source with which nobody could log in to the copy, and says so: those that name libraries,
/// which this server may not have.
///
/// # Errors
/// Nobody can log in for another reason.
pub(crate) async fn let_in(
    server: &mut TargetServer,
    database: &str,
    settings: &[RoleSetting],
) -> Result<Vec<Finding>, RunError> {
    let copy = server.info_of(database);
    if let Ok(session) = TargetSession::connect(&copy).await {
        session.close().await;
        return Ok(Vec::new());
    }
    let mut findings = Vec::new();
    for setting in settings.iter().filter(|setting| setting.name.ends_with("_preload_libraries")) {
        server.reset_in_database(database, &setting.name).await?;
        findings.push(setting_left_out(setting, "With it nobody can log in on the target."));
    }
    TargetSession::connect(&copy).await?.close().await;
    Ok(findings)
}

/// Renames databases, all or none, ending whoever is in them.
///
/// # Errors
/// What the target says, and what was in the way.
pub(crate) async fn rename(server: &mut TargetServer, renames: &[(String, String)]) -> Result<(), RunError> {
    let steps: Vec<(&str, &str)> = renames.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    match server.rename(&steps, RENAME_DEADLINE).await {
        Ok(()) => Ok(()),
        Err(error) => Err(held(server, &steps, error).await),
    }
}

fn without_settings(ownership: Ownership) -> Ownership {
    Ownership { settings: Vec::new(), ..ownership }
}

/// Sets parameters for a database; those that this role may not set, or this server does not take, become findings.
///
/// # Errors
/// Anything else.
pub(crate) async fn set_all(
    server: &mut TargetServer,
    database: &str,
    settings: &[RoleSetting],
) -> Result<Vec<Finding>, RunError> {
    let mut findings = Vec::new();
    for setting in settings {
        let Err(error) = server.set_in_database(database, setting).await else { continue };
        let Some(why) = left_out(&error) else { return Err(error.into()) };
        findings.push(setting_left_out(setting, why));
    }
    Ok(findings)
}

fn setting_left_out(setting: &RoleSetting, why: &str) -> Finding {
    let whose = setting.role.as_deref().map(|role| format!(" for role {}", Ident::new(role)));
    let message = format!(
        "could not carry over a setting of the database{}: {}",
        whose.unwrap_or_default(),
        setting.name
    );
    Finding::new("setting_left_out", message).detail(why)
}

/// Why a setting is left out; nothing where the failure is not about the setting.
fn left_out(error: &PgError) -> Option<&'static str> {
    match (error.kind(), error.sqlstate()) {
        (PgErrorKind::Privilege, _) => {
            Some("The target role may not set this parameter, or not for that role.")
        }
        (PgErrorKind::Data, _) => Some("The target does not accept its value."),
        (_, Some("42704")) => Some("The target does not know this parameter or its role."),
        // cant_change_runtime_param: in this version it is the whole server's.
        (_, Some("55P02")) => Some("On the target this parameter cannot be a database's."),
        _ => None,
    }
}

/// Drops old copies beyond the first `keep`; returns those that could not be dropped, or are not ours to drop. One that is
/// held is kept by whoever holds it, and counts for nothing.
async fn drop_surplus(
    server: &mut TargetServer,
    names: &TargetNames,
    keep: u32,
) -> Result<Vec<String>, RunError> {
    let (mut kept, mut left) = (0, Vec::new());
    for (n, is_held) in old_copies(server, names).await? {
        let name = names.old(n);
        if is_held {
            left.push(name);
        } else if kept < keep {
            kept += 1;
        } else if guard::check_database(server, &name).await.is_err()
            || server.drop_database(&name).await.is_err()
        {
            left.push(name);
        }
    }
    Ok(left)
}

/// Who is in the copy that is to be replaced and cannot be ended by us, as findings: said before the work is done.
///
/// # Errors
/// The connection is lost.
pub(crate) async fn stubborn(
    server: &mut TargetServer,
    names: &TargetNames,
) -> Result<Vec<Finding>, RunError> {
    let holders = server.holders(std::slice::from_ref(&names.target)).await?;
    Ok(holders
        .into_iter()
        .map(|(what, count)| {
            let message =
                format!("in the way of publishing: {count} of kind {what} in database \"{}\"", names.target);
            Finding::new("target_in_use", message)
                .detail("The target role may not end it; if it stays, the copy is not published.")
        })
        .collect())
}

/// A failed rename, with what was in its way.
async fn held(server: &mut TargetServer, steps: &[(&str, &str)], error: PgError) -> RunError {
    let in_use = error.kind() == PgErrorKind::ObjectInUse;
    let error = RunError::from(error);
    let databases: Vec<String> = steps.iter().map(|(from, _)| (*from).to_owned()).collect();
    match server.holders(&databases).await {
        Ok(holders) if in_use && !holders.is_empty() => {
            let listed: Vec<String> =
                holders.iter().map(|(what, count)| format!("{count} of kind {what}")).collect();
            error
                .detail(format!("In the old copy, and not ended by us: {}.", listed.join(", ")))
                .hint(
                    "End them: a prepared transaction by COMMIT PREPARED or ROLLBACK PREPARED, a slot's subscription by DISABLE, a \
                     superuser's session as a superuser. Sessions of other roles the run ends itself where the target role has \
                     pg_signal_backend.",
                )
        }
        _ => error,
    }
}
