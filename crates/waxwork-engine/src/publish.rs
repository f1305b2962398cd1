//! Publishing: one transaction renames the old copy away and the new one into its place (D10).
//!
//! ```text
//!   target ──► target__old1 ──► target__old2 … (the last `keep` stay)      target__next ──► target
//!                └──────────────── one transaction ─────────────────────────────┘
//! ```
//!
//! A second connection ends the clients of the old copy while the first renames; ALLOW_CONNECTIONS is never touched,
//! so a crash cannot leave staging closed.

use crate::error::RunError;
use crate::guard::TargetNames;
use std::time::Duration;
use waxwork_pg::TargetServer;

/// How long clients of the old copy are ended over and over before the rename is given up. One round takes
/// milliseconds; a pool that reconnects in a loop loses the race within a few.
const RENAME_DEADLINE: Duration = Duration::from_secs(30);

/// Renames the copy into place and drops old copies beyond `keep`.
///
/// # Errors
/// What the target says; the old copy is then still published.
pub(crate) async fn publish(
    server: &mut TargetServer,
    names: &TargetNames,
    keep: u32,
) -> Result<(), RunError> {
    let mut renames = Vec::new();
    if server.database(&names.target).await?.is_some() {
        // From the oldest on, so that each name is free when it is taken. One more than is kept: dropped below.
        let oldest = keep + 1;
        if server.database(&names.old(oldest)).await?.is_some() {
            server.drop_database(&names.old(oldest)).await?;
        }
        for n in (1..oldest).rev() {
            if server.database(&names.old(n)).await?.is_some() {
                renames.push((names.old(n), names.old(n + 1)));
            }
        }
        let ownership = server.ownership(&names.target).await?;
        server.apply_ownership(&names.next, &ownership).await?;
        renames.push((names.target.clone(), names.old(1)));
    }
    renames.push((names.next.clone(), names.target.clone()));
    let steps: Vec<(&str, &str)> = renames.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    server.rename(&steps, RENAME_DEADLINE).await?;
    drop_surplus(server, names, keep).await
}

/// The copy is published by now: an old one that cannot be dropped yet goes with the next run.
async fn drop_surplus(server: &mut TargetServer, names: &TargetNames, keep: u32) -> Result<(), RunError> {
    let surplus = names.old(keep + 1);
    if server.database(&surplus).await?.is_some() {
        server.drop_database(&surplus).await?;
    }
    Ok(())
}
