//! Owners and grants: kept where the role exists on the target, counted where it does not.

use crate::error::RunError;
use crate::schema::{definition, label, owner_statement};
use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::ident::Ident;
use waxwork_core::report::Finding;
use waxwork_pg::{PgErrorKind, SchemaEntry, TargetSession, doing, sql_text};

/// What the target's roles allow, and what they did not.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    known: BTreeSet<String>,
    current: String,
    /// Owners and grants left out, by the role that is missing where it is known.
    missing: BTreeMap<Option<String>, usize>,
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
        for statement in sql_text::split_statements(&entry.definition) {
            let outcome = target.execute(doing("grant on").to(label(entry)), statement).await;
            if let Err(error) = &outcome
                && error.kind() == PgErrorKind::UndefinedObject
            {
                *self.missing.entry(None).or_default() += 1;
                continue;
            }
            self.tolerate(outcome)?;
        }
        // A grantor who is not the owner leaves the session under another name.
        Ok(target.execute(doing("reset the session"), "RESET SESSION AUTHORIZATION").await?)
    }

    fn tolerate(&mut self, outcome: Result<(), waxwork_pg::PgError>) -> Result<(), RunError> {
        match outcome {
            Err(error) if error.kind() == PgErrorKind::Privilege => {
                self.forbidden += 1;
                Ok(())
            }
            other => Ok(other?),
        }
    }

    /// What was not kept.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let finding = |code: &str, message: String| Finding {
            code: code.to_owned(),
            message,
            detail: None,
            hint: None,
            place: None,
        };
        let missing: usize = self.missing.values().sum();
        if missing > 0 {
            let owners: Vec<String> =
                self.missing.keys().flatten().map(|role| Ident::new(role.as_str()).to_string()).collect();
            let mut missing = finding(
                "missing_roles",
                format!(
                    "{missing} owners, grants and policies were left out: their roles do not exist on the target"
                ),
            );
            if !owners.is_empty() {
                missing.detail = Some(format!("Owners that do not exist: {}.", owners.join(", ")));
            }
            missing.hint = Some("Create the roles on the target, and the next copy has them.".to_owned());
            findings.push(missing);
        }
        if self.forbidden > 0 {
            findings.push(finding(
                "missing_privilege",
                format!(
                    "{} owners and grants were left out: the target role may not set them",
                    self.forbidden
                ),
            ));
        }
        findings
    }
}
