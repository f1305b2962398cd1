//! The target guard: nothing is written to a database that might be somebody's (`DESIGN.md` section 6).
//!
//! Refused is a target that is the source database by whatever route, is on a standby or a physical clone of the
//! source's cluster, is marked as production, or exists with any user object and without our comment.

use crate::error::RunError;
use waxwork_core::ident::Ident;
use waxwork_core::report::exit;
use waxwork_pg::{ServerFacts, TargetServer};

/// How the comment on every database that waxwork makes begins.
pub(crate) const MARKER: &str = "waxwork:";

/// A database whose comment begins so is never a target.
pub(crate) const PRODUCTION_MARKER: &str = "waxwork:production";

/// Names longer than this are cut by the server (NAMEDATALEN − 1).
const NAME_BYTES_MAX: usize = 63;

/// What is appended to the target's name while the copy is built.
const NEXT: &str = "__next";

/// The names that a refresh uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TargetNames {
    /// The published database.
    pub(crate) target: String,
    /// The copy under construction.
    pub(crate) next: String,
}

impl TargetNames {
    /// Derives them.
    ///
    /// # Errors
    /// Exit 2: a name would be longer than 63 bytes.
    pub(crate) fn new(target: &str) -> Result<Self, RunError> {
        let next = format!("{target}{NEXT}");
        // An old copy's name is as long as `__next`'s up to nine kept copies.
        if next.len() <= NAME_BYTES_MAX {
            return Ok(Self { target: target.to_owned(), next });
        }
        let limit = NAME_BYTES_MAX - NEXT.len();
        Err(RunError::new(
            exit::RULES,
            "name_too_long",
            format!("target database name is longer than {limit} bytes"),
        )
        .detail(format!("waxwork builds the copy beside it, under the same name with \"{NEXT}\" appended.")))
    }

    /// The name of the `n`th old copy, the newest being 1.
    pub(crate) fn old(&self, n: u32) -> String {
        format!("{}__old{n}", self.target)
    }
}

fn refused(message: impl Into<String>) -> RunError {
    RunError::new(exit::GUARD, "target_guard", message)
}

/// Refuses a target that is not safe to replace.
///
/// # Errors
/// Exit 6.
pub(crate) async fn check(
    source: &ServerFacts,
    target: &mut TargetServer,
    names: &TargetNames,
    keep: u32,
) -> Result<(), RunError> {
    check_server(source, target.facts(), names)?;
    let mut touched = vec![names.target.clone(), names.next.clone()];
    touched.extend((1..=keep + 1).map(|n| names.old(n)));
    for name in touched {
        check_database(target, &name).await?;
    }
    Ok(())
}

fn check_server(source: &ServerFacts, target: &ServerFacts, names: &TargetNames) -> Result<(), RunError> {
    if !target.can_create_databases {
        return Err(RunError::new(exit::FAILED, "privilege", "the target role may not create databases")
            .hint(format!(
                "Run as a superuser of the target: ALTER ROLE {} CREATEDB;",
                Ident::new(target.role.as_str())
            )));
    }
    if target.in_recovery {
        return Err(refused("the target server is a standby"));
    }
    if source.system_identifier.is_none() || source.system_identifier != target.system_identifier {
        return Ok(());
    }
    if source.postmaster_start != target.postmaster_start {
        return Err(refused("the target server is a standby or a physical clone of the source's")
            .detail("Both have the same system identifier, and they were started at different times."));
    }
    if [&names.target, &names.next].contains(&&source.database) {
        return Err(refused("the target is the source database")
            .detail("Both are on one cluster under one name, whatever route the connections took."));
    }
    Ok(())
}

async fn check_database(target: &mut TargetServer, name: &str) -> Result<(), RunError> {
    let Some(facts) = target.database(name).await? else { return Ok(()) };
    let comment = facts.comment.as_deref().unwrap_or_default();
    if comment.starts_with(PRODUCTION_MARKER) {
        return Err(refused(format!("database \"{name}\" is marked as production")));
    }
    if comment.starts_with(MARKER) || !target.has_user_objects(name).await? {
        return Ok(());
    }
    Err(refused(format!("database \"{name}\" was not made by waxwork"))
        .detail("It holds objects, and its comment is not ours.")
        .hint(format!(
            "Name another target, or drop it yourself if nobody needs it: DROP DATABASE {};",
            Ident::new(name)
        )))
}
