//! Owners and grants: kept where the role exists on the target, counted where it does not.
//!
//! An object's new owner must be let into its schema, and we must be able to act as that owner: what is granted on
//! schemas comes before what is in them, and an owner who cannot be set is named with the GRANT that is missing.

use crate::error::RunError;
use crate::guard::membership_grant;
use crate::schema::{definition, label, owner_statement};
use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::ident::Ident;
use waxwork_core::report::Finding;
use waxwork_pg::{PgError, PgErrorKind, SchemaEntry, TargetSession, doing, sql_text};

/// How a statement begins by which `pg_dump` grants as somebody other than the owner.
const AS_GRANTOR: &str = "SET SESSION AUTHORIZATION ";

/// How it ends that.
const AS_OURSELVES: &str = "RESET SESSION AUTHORIZATION";

/// Objects that a finding names; the others are counted.
pub(crate) const NAMED_MAX: usize = 10;

/// Every role, and whether we may give it an object and go on working with that: SET is what PostgreSQL 16 made of the
/// membership that ALTER … OWNER TO asks for.
const READ: &str = "SELECT rolname::text, rolname = current_user, pg_has_role(oid, 'USAGE') AND pg_has_role(oid, \
    CASE WHEN version < 160000 THEN 'MEMBER' ELSE 'SET' END), version, rolsuper \
    FROM pg_catalog.pg_roles, CAST(current_setting('server_version_num') AS int8) AS version";

/// What the target's roles allow, and what they did not.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    known: BTreeSet<String>,
    /// Those of them that we may act as.
    ours: BTreeSet<String>,
    superusers: BTreeSet<String>,
    current: String,
    /// As `server_version_num` says it.
    version: i64,
    /// Owners and grants left out, by the role that is missing where it is known.
    missing: BTreeMap<Option<String>, usize>,
    /// Grants and policies left out because what they name, other than a role, is not there.
    homeless: usize,
    forbidden: Forbidden,
}

/// Owners and grants that the target role may not set.
#[derive(Debug, Default)]
struct Forbidden {
    count: usize,
    /// The first of them.
    named: Vec<String>,
    /// What would let these be set.
    remedies: BTreeSet<String>,
}

impl Forbidden {
    fn add(&mut self, what: String, remedy: Option<String>) {
        self.count += 1;
        if self.count <= NAMED_MAX {
            self.named.push(what);
            self.remedies.extend(remedy);
        }
    }

    fn finding(&self) -> Option<Finding> {
        let more = match self.count - self.named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message =
            format!("{} owners and grants were left out: the target role may not set them", self.count);
        let found = Finding::new("missing_privilege", message)
            .detail(format!("Left out: {}{more}.", self.named.join(", ")));
        let remedies: Vec<&str> = self.remedies.iter().map(String::as_str).collect();
        (self.count > 0).then(|| if remedies.is_empty() { found } else { found.hint(remedies.join(" ")) })
    }
}

impl Roles {
    /// Reads the target's roles.
    ///
    /// # Errors
    /// What the target says.
    pub(crate) async fn read(target: &mut TargetSession) -> Result<Self, RunError> {
        let rows = target.fetch(doing("read the roles"), READ, &[]).await?;
        let mut roles = Self::default();
        for row in &rows {
            let name = row.text(0)?.to_owned();
            if row.bool(1)? {
                roles.current.clone_from(&name);
            }
            roles.version = row.int(3)?;
            if row.bool(2)? {
                roles.ours.insert(name.clone());
            }
            if row.bool(4)? {
                roles.superusers.insert(name.clone());
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
        if !self.ours.contains(&owner) {
            self.forbid(entry);
            return Ok(());
        }
        match target.execute(doing("set the owner of").to(label(entry)), &statement).await {
            Err(error) if error.kind() == PgErrorKind::Privilege => self.forbid(entry),
            other => self.tolerate(other, entry)?,
        }
        Ok(())
    }

    fn forbid(&mut self, entry: &SchemaEntry) {
        self.forbidden.add(owner_of(entry), self.remedy(entry));
    }

    /// What would let us give an object to its owner. Nobody is told to make the target role a member of a superuser.
    fn remedy(&self, entry: &SchemaEntry) -> Option<String> {
        if self.superusers.contains(&entry.owner) {
            return None;
        }
        if !self.ours.contains(&entry.owner) {
            let grant = membership_grant(self.version, &entry.owner, &self.current);
            return Some(format!("On the target: {grant}"));
        }
        let owner = Ident::new(entry.owner.as_str());
        let schema = Some(entry.namespace.as_str()).filter(|schema| !schema.is_empty())?;
        Some(format!("In the source: GRANT CREATE ON SCHEMA {} TO {owner};", Ident::new(schema)))
    }

    /// Grants on schemas what their ACL entries grant, so that the owners of what will be in them may be set. What fails
    /// is counted when those entries run.
    ///
    /// # Errors
    /// What the target says, but for a missing role or privilege.
    pub(crate) async fn grant_ahead(
        &self,
        target: &mut TargetSession,
        grants: &[SchemaEntry],
    ) -> Result<(), RunError> {
        for (entry, statement) in schema_grants(grants) {
            match target.execute(doing("grant on").to(label(entry)), statement).await {
                Err(error) if is_tolerated(&error) => {}
                other => other?,
            }
        }
        Ok(())
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
                self.tolerate(outcome, entry)?;
            }
        }
        // A grantor who is not the owner leaves the session under another name.
        Ok(target.execute(doing("reset the session"), AS_OURSELVES).await?)
    }

    fn tolerate(&mut self, outcome: Result<(), PgError>, entry: &SchemaEntry) -> Result<(), RunError> {
        match outcome {
            Err(error) if error.kind() == PgErrorKind::Privilege => {
                self.forbidden.add(grant_on(entry), None);
            }
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
        findings.extend(self.forbidden.finding());
        findings
    }
}

/// Whether a role or a privilege is missing, or what a statement names.
fn is_tolerated(error: &PgError) -> bool {
    matches!(error.kind(), PgErrorKind::Privilege | PgErrorKind::UndefinedObject)
}

/// How an owner is named in messages.
pub(crate) fn owner_of(entry: &SchemaEntry) -> String {
    format!("owner {} of {}", Ident::new(entry.owner.as_str()), label(entry))
}

/// How a grant or a policy is named in messages.
pub(crate) fn grant_on(entry: &SchemaEntry) -> String {
    match entry.description.as_str() {
        "ACL" => format!("grants on {}", label_of_granted(entry)),
        _ => label(entry),
    }
}

/// An ACL's tag begins with the kind of what it is granted on.
fn label_of_granted(entry: &SchemaEntry) -> String {
    match (entry.namespace.as_str(), entry.tag.split_once(' ')) {
        (schema, Some((kind, name))) if !schema.is_empty() => format!("{kind} {schema}.{name}"),
        _ => entry.tag.clone(),
    }
}

/// What owners grant on schemas. Not what is revoked: until everything is made, we may live by it.
pub(crate) fn schema_grants(grants: &[SchemaEntry]) -> impl Iterator<Item = (&SchemaEntry, &str)> {
    let on_schemas =
        grants.iter().filter(|entry| entry.description == "ACL" && entry.tag.starts_with("SCHEMA "));
    on_schemas.flat_map(|entry| {
        let groups = grant_groups(&entry.definition).into_iter();
        let single = groups.filter_map(|group| <[&str; 1]>::try_from(group).ok());
        let granted = single.filter(|[statement]| statement.starts_with("GRANT "));
        granted.map(move |[statement]| (entry, statement))
    })
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
