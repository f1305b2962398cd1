//! Owners and grants: kept where the role exists on the target, counted where it does not.

use crate::error::RunError;
use crate::schema::{definition, label, owner_statement};
use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::ident::Ident;
use waxwork_core::report::Finding;
use waxwork_pg::{PgError, PgErrorKind, SchemaEntry, TargetSession, doing, sql_text};

/// How a statement begins by which `pg_dump` grants as somebody other than the owner.
const AS_GRANTOR: &str = "SET SESSION AUTHORIZATION ";

/// How it ends that.
const AS_OURSELVES: &str = "RESET SESSION AUTHORIZATION";

/// What the target's roles allow, and what they did not.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    known: BTreeSet<String>,
    current: String,
    /// Owners and grants left out, by the role that is missing where it is known.
    missing: BTreeMap<Option<String>, usize>,
    /// Grants and policies left out because what they name, other than a role, is not there.
    homeless: usize,
    forbidden: usize,
}

impl Roles {
    /// Reads the target's roles.
    ///
    /// # Errors
    /// What the target says.
    pub(crate) async fn read(target: &mut TargetSession) -> Result<Self, RunError> {
        let rows = target
            .fetch(
                doing("read the roles"),
                "SELECT rolname::text, rolname = current_user FROM pg_catalog.pg_roles",
                &[],
            )
            .await?;
        let mut roles = Self::default();
        for row in &rows {
            let name = row.text(0)?.to_owned();
            if row.bool(1)? {
                roles.current.clone_from(&name);
            }
            roles.known.insert(name);
        }
        Ok(roles)
    }

    /// Gives an object to its owner, if that role exists here and we may.
    ///
    /// # Errors
    /// What the target says, but for a missing privilege.
    pub(crate) async fn give_to_owner(
        &mut self,
        target: &mut TargetSession,
        entry: &SchemaEntry,
    ) -> Result<(), RunError> {
        let Some(statement) = owner_statement(entry) else { return Ok(()) };
        let owner = entry.owner.clone();
        // What we make is ours; the schema public was there before us.
        if owner == self.current && definition(entry).is_some() {
            return Ok(());
        }
        if !self.known.contains(&owner) {
            *self.missing.entry(Some(owner)).or_default() += 1;
            return Ok(());
        }
        self.tolerate(target.execute(doing("set the owner of").to(label(entry)), &statement).await)
    }

    /// Runs an ACL or policy entry statement by statement.
    ///
    /// # Errors
    /// What the target says, but for a missing role or privilege.
    pub(crate) async fn grant(
        &mut self,
        target: &mut TargetSession,
        entry: &SchemaEntry,
    ) -> Result<(), RunError> {
        for group in grant_groups(&entry.definition) {
            for statement in group {
                let outcome = target.execute(doing("grant on").to(label(entry)), statement).await;
                let grantor_is_missing =
                    statement.starts_with(AS_GRANTOR) && outcome.as_ref().is_err_and(is_unknown_value);
                if grantor_is_missing {
                    *self.missing.entry(None).or_default() += 1;
                    break;
                }
                self.tolerate(outcome)?;
            }
        }
        // A grantor who is not the owner leaves the session under another name.
        Ok(target.execute(doing("reset the session"), AS_OURSELVES).await?)
    }

    fn tolerate(&mut self, outcome: Result<(), PgError>) -> Result<(), RunError> {
        match outcome {
            Err(error) if error.kind() == PgErrorKind::Privilege => self.forbidden += 1,
            // undefined_object: a role, among others; tables, functions and schemas have codes of their own.
            Err(error) if error.sqlstate() == Some("42704") => *self.missing.entry(None).or_default() += 1,
            Err(error) if error.kind() == PgErrorKind::UndefinedObject => self.homeless += 1,
            other => other?,
        }
        Ok(())
    }

    /// What was not kept.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let missing: usize = self.missing.values().sum();
        if missing > 0 {
            let owners: Vec<String> =
                self.missing.keys().flatten().map(|role| Ident::new(role.as_str()).to_string()).collect();
            let message = format!(
                "{missing} owners, grants and policies were left out: their roles do not exist on the target"
            );
            let missing = Finding::new("missing_roles", message)
                .hint("Create the roles on the target, and the next copy has them.");
            findings.push(match &owners[..] {
                [] => missing,
                owners => missing.detail(format!("Owners that do not exist: {}.", owners.join(", "))),
            });
        }
        if self.homeless > 0 {
            let message = format!(
                "{} grants and policies were left out: tables, functions or schemas that they name do not exist on the \
                 target",
                self.homeless
            );
            findings.push(Finding::new("missing_objects", message));
        }
        if self.forbidden > 0 {
            let message = format!(
                "{} owners and grants were left out: the target role may not set them",
                self.forbidden
            );
            findings.push(Finding::new("missing_privilege", message));
        }
        findings
    }
}

/// What SET SESSION AUTHORIZATION says of a role that does not exist: invalid_parameter_value.
fn is_unknown_value(error: &PgError) -> bool {
    error.sqlstate() == Some("22023")
}

/// The statements of an ACL or policy entry, those together that one grantor other than the owner makes: from SET
/// SESSION AUTHORIZATION to its RESET (`buildACLCommands` in `dumputils.c`).
pub(crate) fn grant_groups(definition: &str) -> Vec<Vec<&str>> {
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut as_grantor = false;
    for statement in sql_text::split_statements(definition) {
        match groups.last_mut() {
            Some(group) if as_grantor => group.push(statement),
            _ => groups.push(vec![statement]),
        }
        as_grantor = (as_grantor || statement.starts_with(AS_GRANTOR)) && statement != AS_OURSELVES;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::grant_groups;

    #[test]
    fn what_one_grantor_grants_stays_together() {
        let definition = "GRANT SELECT ON TABLE t TO a;\nSET SESSION AUTHORIZATION a;\nGRANT SELECT ON TABLE t TO b;\n\
                          GRANT SELECT ON TABLE t TO c;\nRESET SESSION AUTHORIZATION;\nGRANT UPDATE ON TABLE t TO d;\n";
        let groups = grant_groups(definition);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [1, 4, 1]);
        assert_eq!(groups[1][0], "SET SESSION AUTHORIZATION a");
    }
}
