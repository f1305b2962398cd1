//! `rollback`: the published copy and an old one change places.
//!
//! ```text
//!   lock the run ─► guard ─► one transaction: target ─► target__aside; target__oldN ─► target; target__aside ─► target__oldN
//! ```
//!
//! Nothing is dropped, so that the same command again goes back to where it was.

use crate::clock::Clock;
use crate::error::RunError;
use crate::event::{Events, Phase};
use crate::guard::{self, TargetNames};
use crate::{ending, publish, report, request};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use waxwork_core::ident::Ident;
use waxwork_core::report::{RunReport, exit};
use waxwork_pg::{ConnInfo, TargetServer, life};

/// A way back as it is asked for on the command line.
pub struct RollbackRequest {
    /// The rule file, for its `[target]`.
    pub rules: Option<PathBuf>,
    /// `--target`; overrides the rule file. May hold a password.
    pub target: Option<String>,
    /// Which old copy, the newest being 1.
    pub number: u32,
}

impl RollbackRequest {
    fn target(&self) -> Result<ConnInfo, RunError> {
        // Also where --target names it: the rule file says what never is one.
        let rules = self.rules.as_deref().map(request::rule_file).transpose()?;
        request::target(self.target.as_deref(), rules.as_ref())
    }
}

/// Publishes an old copy, or ends when `stop` gives the exit code of a signal; the report says how it went.
pub async fn rollback(
    request: &RollbackRequest,
    events: &Events,
    stop: impl Future<Output = u8>,
) -> RunReport {
    let mut clock = Clock::new(events.clone());
    let mut report = report::empty();
    let publishes = AtomicBool::new(false);
    let work = exchange(request, &mut clock, &mut report, &publishes);
    let outcome = ending::until(ending::ended(None, stop), &publishes, work).await;
    report::close(report, clock, outcome)
}

async fn exchange(
    request: &RollbackRequest,
    clock: &mut Clock,
    report: &mut RunReport,
    publishes: &AtomicBool,
) -> Result<(), RunError> {
    clock.enter(Phase::Publish);
    let target = request.target()?;
    let names = TargetNames::new(&target.database(), 0)?;
    report.target = Some(names.target.clone());
    let work = async { exchange_in(&target, &names, request.number, publishes).await };
    ending::while_alive(life::lost_target(&target), work).await
}

async fn exchange_in(
    target: &ConnInfo,
    names: &TargetNames,
    number: u32,
    publishes: &AtomicBool,
) -> Result<(), RunError> {
    let mut server = TargetServer::connect(target).await.map_err(RunError::connecting)?;
    server.lock_run(&names.target).await?;
    guard::check_alone(&mut server, names).await?;
    let renames = renames(&mut server, names, number).await?;
    publishes.store(true, Ordering::Relaxed);
    publish::rename(&mut server, &renames).await
}

async fn renames(
    server: &mut TargetServer,
    names: &TargetNames,
    number: u32,
) -> Result<Vec<(String, String)>, RunError> {
    let copies = names.old_copies(server).await?;
    if !copies.contains(&number) {
        return Err(no_such_copy(names, number, &copies));
    }
    let (published, old) = (names.target.clone(), names.old(number));
    if server.database(&old).await?.is_some_and(|facts| facts.is_invalid) {
        let message = format!("old copy \"{old}\" is what an interrupted DROP DATABASE left");
        return Err(RunError::new(exit::RULES, "no_old_copy", message)
            .hint(format!("Nobody can enter it any more: DROP DATABASE {};", Ident::new(old))));
    }
    if server.database(&published).await?.is_none() {
        return Ok(vec![(old, published)]);
    }
    let aside = names.aside();
    if server.database(&aside).await?.is_some() {
        let message = format!("database \"{aside}\" is in the way");
        return Err(RunError::new(exit::GUARD, "name_taken", message)
            .hint("Rename it: the two copies change names by way of this one."));
    }
    Ok(vec![(published.clone(), aside.clone()), (old.clone(), published), (aside, old)])
}

fn no_such_copy(names: &TargetNames, number: u32, copies: &[u32]) -> RunError {
    let error =
        RunError::new(exit::RULES, "no_old_copy", format!("there is no old copy \"{}\"", names.old(number)));
    let listed: Vec<String> = copies.iter().map(|n| format!("\"{}\"", names.old(*n))).collect();
    if listed.is_empty() {
        return error.hint("[target] keep says how many old copies a refresh leaves.");
    }
    error.detail(format!("There are: {}.", listed.join(", ")))
}
