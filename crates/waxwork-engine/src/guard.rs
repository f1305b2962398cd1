//! The target guard: nothing is written to a database that might be somebody's (`DESIGN.md` section 6).
//!
//! Refused is a target that is the source database by whatever route, is on a standby or a physical clone of the
//! source's cluster, is marked as production, exists with any user object and without our comment, or is one that every
//! cluster needs, or that the rule file forbids by `[target.never]`. The same holds for each name that a run builds,
//! renames or drops beside the target.

use crate::error::RunError;
use waxwork_core::ident::Ident;
use waxwork_core::report::{Finding, exit};
use waxwork_core::rules::patterns::is_like;
use waxwork_core::rules::{At, Never, RuleFile};
use waxwork_pg::target::MAINTENANCE_DATABASES;
use waxwork_pg::{ConnInfo, ServerFacts, TargetServer};

/// How the comment on every database that waxwork makes begins.
pub(crate) const MARKER: &str = "waxwork:";

/// A database whose comment begins so is never a target.
pub(crate) const PRODUCTION_MARKER: &str = "waxwork:production";

/// Names longer than this are cut by the server (NAMEDATALEN − 1).
const NAME_BYTES_MAX: usize = 63;

/// What is appended to the target's name while the copy is built.
const NEXT: &str = "__next";

/// What is appended while two databases change names.
const ASIDE: &str = "__aside";

/// What is appended to the names of old copies, a number after it.
const OLD: &str = "__old";

/// The names that a refresh uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetNames {
    /// The published database.
    pub(crate) target: String,
    /// The copy under construction.
    pub(crate) next: String,
}

impl TargetNames {
    /// Derives them, for a run that keeps so many old copies.
    ///
    /// # Errors
    /// Exit 2: a name would be longer than 63 bytes, or is one that belongs to another target.
    pub(crate) fn new(target: &str, keep: u32) -> Result<Self, RunError> {
        let names = Self { target: target.to_owned(), next: format!("{target}{NEXT}") };
        let longest = names.next.len().max(names.old(keep.saturating_add(1)).len());
        if let Some(other) = beside(target) {
            return Err(RunError::new(
                exit::RULES,
                "name_taken",
                format!("target database name is one that refreshes of \"{other}\" use"),
            )
            .hint(format!("Choose a name that does not end in \"{NEXT}\" or \"{OLD}\" and a number.")));
        }
        if longest <= NAME_BYTES_MAX {
            return Ok(names);
        }
        let limit = NAME_BYTES_MAX - (longest - target.len());
        Err(RunError::new(
            exit::RULES,
            "name_too_long",
            format!("target database name is longer than {limit} bytes"),
        )
        .detail(format!(
            "The copy is built beside it as \"…{NEXT}\", and {keep} old ones are kept as \"…{OLD}\" and a number."
        )))
    }

    /// The name of the `n`th old copy, the newest being 1.
    pub(crate) fn old(&self, n: u32) -> String {
        format!("{}{OLD}{n}", self.target)
    }

    /// The first number after `number` under which an old copy may be kept, past those that are held.
    ///
    /// # Errors
    /// Exit 1: there is no such number, or the server would cut the name.
    pub(crate) fn next_number(&self, number: u32, is_held: impl Fn(u32) -> bool) -> Result<u32, RunError> {
        let next = (number..u32::MAX).map(|n| n + 1).find(|n| !is_held(*n));
        next.filter(|n| self.old(*n).len() <= NAME_BYTES_MAX).ok_or_else(|| {
            let message = format!("there is no name for what follows old copy \"{}\"", self.old(number));
            RunError::new(exit::FAILED, "old_copies", message)
                .detail(format!("Databases have names of at most {NAME_BYTES_MAX} bytes, and old copies a number of 32 bits."))
                .hint("Drop old copies that nobody needs; what holds them is told by a finding of each run.")
        })
    }

    /// A name for the time of one transaction: the target's, cut as the server cuts names that it makes up.
    pub(crate) fn aside(&self) -> String {
        let room = NAME_BYTES_MAX - ASIDE.len();
        let cut = (0..=room.min(self.target.len())).rev().find(|at| self.target.is_char_boundary(*at));
        format!("{}{ASIDE}", &self.target[..cut.unwrap_or(0)])
    }

    /// Which old copies of the target there are, in ascending order.
    ///
    /// # Errors
    /// The connection is lost.
    pub(crate) async fn old_copies(&self, server: &mut TargetServer) -> Result<Vec<u32>, RunError> {
        let prefix = format!("{}{OLD}", self.target);
        let names = server.databases(&prefix).await?;
        let numbers = names.iter().filter_map(|name| name.strip_prefix(&prefix)?.parse().ok());
        let mut copies: Vec<u32> = numbers.filter(|n| names.contains(&self.old(*n))).collect();
        copies.sort_unstable();
        Ok(copies)
    }

    /// Every database that a run may build, rename or drop.
    async fn touched(&self, server: &mut TargetServer) -> Result<Vec<String>, RunError> {
        let mut touched = vec![self.target.clone(), self.next.clone()];
        touched.extend(self.old_copies(server).await?.into_iter().map(|n| self.old(n)));
        Ok(touched)
    }
}

/// The target beside which this is a working name.
fn beside(name: &str) -> Option<&str> {
    let number =
        name.rsplit_once(OLD).filter(|(_, n)| !n.is_empty() && n.bytes().all(|digit| digit.is_ascii_digit()));
    name.strip_suffix(NEXT).or(number.map(|(target, _)| target))
}

fn refused(message: impl Into<String>) -> RunError {
    RunError::new(exit::GUARD, "target_guard", message)
}

/// Refuses what the rule file forbids, by the names that the connection string has: before anybody connects.
///
/// # Errors
/// Exit 6.
pub(crate) fn check_never(target: &ConnInfo, rules: Option<&RuleFile>) -> Result<(), RunError> {
    let Some(Never { hosts, databases }) = rules.map(|rules| &rules.never) else { return Ok(()) };
    let database = [target.database()];
    let sides = [("server", &target.host_names()[..], hosts), ("database", &database[..], databases)];
    for (what, names, patterns) in sides {
        for pattern in patterns {
            if let Some(name) = names.iter().find(|name| is_like(name, &pattern.value)) {
                return Err(never(what, name, pattern));
            }
        }
    }
    Ok(())
}

fn never(what: &str, name: &str, pattern: &At<String>) -> RunError {
    let mut error = refused(format!("{what} \"{name}\" is never a target"))
        .detail(format!("The rule file says so of every {what} whose name is like \"{}\".", pattern.value))
        .hint("Name another target; where the pattern takes too much, change [target.never].");
    error.errors.iter_mut().for_each(|found| found.place = Some(pattern.location.to_string()));
    error
}

/// Refuses a target that is not safe to replace. What a run found hours ago may not be so any more: asked at the start
/// and again, under the run lock, before anything is dropped or renamed.
///
/// # Errors
/// Exit 6.
pub(crate) async fn check(
    source: &ServerFacts,
    target: &mut TargetServer,
    names: &TargetNames,
) -> Result<(), RunError> {
    check_server(source, target.facts())?;
    let touched = names.touched(target).await?;
    if same_cluster(source, target.facts()) && touched.contains(&source.database) {
        return Err(refused("the source database is among those that the run replaces").detail(format!(
            "Both are on one cluster, whatever route the connections took, and a refresh of \"{}\" builds, renames or \
             drops \"{}\".",
            names.target, source.database
        )));
    }
    check_databases(target, names, &touched).await
}

/// The same where no source is known: the comments on the databases alone say whose they are.
///
/// # Errors
/// Exit 6.
pub(crate) async fn check_alone(target: &mut TargetServer, names: &TargetNames) -> Result<(), RunError> {
    check_no_standby(target.facts())?;
    let touched = names.touched(target).await?;
    check_databases(target, names, &touched).await
}

async fn check_databases(
    target: &mut TargetServer,
    names: &TargetNames,
    touched: &[String],
) -> Result<(), RunError> {
    if MAINTENANCE_DATABASES.contains(&names.target.as_str()) || names.target == "template0" {
        return Err(refused(format!("database \"{}\" is one that every cluster needs", names.target))
            .hint("Name the copy's own database in the target's URL."));
    }
    for name in touched {
        check_database(target, name).await?;
        check_owner(target, name).await?;
    }
    check_privilege(target.facts())
}

/// Asked last: its hint must never be for a server that is no target.
fn check_privilege(target: &ServerFacts) -> Result<(), RunError> {
    if target.can_create_databases {
        return Ok(());
    }
    let role = Ident::new(target.role.as_str());
    Err(RunError::new(exit::FAILED, "privilege", "the target role may not create databases")
        .hint(format!("Run as a superuser of the target: ALTER ROLE {role} CREATEDB;")))
}

fn check_server(source: &ServerFacts, target: &ServerFacts) -> Result<(), RunError> {
    check_no_standby(target)?;
    if source.system_identifier.is_some()
        && source.system_identifier == target.system_identifier
        && source.postmaster_start != target.postmaster_start
    {
        return Err(refused("the target server is a standby or a physical clone of the source's")
            .detail("Both have the same system identifier, and they were started at different times."));
    }
    Ok(())
}

fn check_no_standby(target: &ServerFacts) -> Result<(), RunError> {
    if target.in_recovery { Err(refused("the target server is a standby")) } else { Ok(()) }
}

/// Says that the target may not understand what the source's `pg_dump` writes.
pub(crate) fn older_target(source: &ServerFacts, target: &ServerFacts) -> Vec<Finding> {
    // Major versions, as `server_version_num` holds them.
    let (from, to) = (source.version / 10_000, target.version / 10_000);
    if from <= to {
        return Vec::new();
    }
    let message = format!("the target is older than the source: PostgreSQL {to} and {from}");
    vec![Finding::new("older_target", message).detail("It may refuse what newer versions can declare.")]
}

/// Managed services hide the system identifier; no two servers start within the same microsecond.
fn same_cluster(source: &ServerFacts, target: &ServerFacts) -> bool {
    source.postmaster_start == target.postmaster_start
}

/// The copy goes to the owner of the one before, and old ones move on, at the very end: better known before anything is
/// loaded.
async fn check_owner(target: &mut TargetServer, name: &str) -> Result<(), RunError> {
    if target.database(name).await?.is_none() {
        return Ok(());
    }
    let ownership = target.ownership(name).await?;
    if ownership.may_give {
        return Ok(());
    }
    let grant =
        membership_grant(target.facts().version.into(), &ownership.owner, target.facts().role.as_str());
    let owner = Ident::new(ownership.owner);
    Err(RunError::new(
        exit::FAILED,
        "privilege",
        format!("the target role may not replace database \"{name}\""),
    )
    .detail(format!("It belongs to {owner}, and the new copy must too."))
    .hint(format!("Run as a superuser of the target: {grant}")))
}

/// What makes a role a member that inherits.
pub(crate) fn membership_grant(version: i64, owner: &str, role: &str) -> String {
    let (owner, role) = (Ident::new(owner), Ident::new(role));
    // Membership has options of its own from PostgreSQL 16 on.
    if version < 160_000 {
        format!("GRANT {owner} TO {role}; ALTER ROLE {role} INHERIT;")
    } else {
        format!("GRANT {owner} TO {role} WITH INHERIT TRUE, SET TRUE;")
    }
}

/// Refuses one database that is marked as production, or is not ours and holds something.
///
/// # Errors
/// Exit 6.
pub(crate) async fn check_database(target: &mut TargetServer, name: &str) -> Result<(), RunError> {
    let Some(facts) = target.database(name).await? else { return Ok(()) };
    let comment = facts.comment.as_deref().unwrap_or_default();
    if comment.starts_with(PRODUCTION_MARKER) {
        return Err(refused(format!("database \"{name}\" is marked as production")));
    }
    if comment.starts_with(MARKER) || !target.has_user_objects(name).await? {
        return Ok(());
    }
    Err(refused(format!("database \"{name}\" was not made by waxwork"))
        .detail(format!("It holds objects, and its comment does not begin with \"{MARKER}\"."))
        .hint(format!(
            "Name another target, drop it yourself if nobody needs it (DROP DATABASE {0};), or, if it is an old copy \
             whose comment was changed, give it back: COMMENT ON DATABASE {0} IS '{MARKER}';",
            Ident::new(name)
        )))
}
