//! What `doctor` says of a source: read without a lock, and refused nothing.

use super::leader::{Extension, SourceLeader, listing};
use crate::error::{PgError, PgErrorKind, doing};
use crate::standby::{self, Standby};
use std::collections::BTreeSet;
use waxwork_core::ident::{Ident, QualifiedName};

/// A source as its role finds it.
#[derive(Clone, Debug)]
pub struct Survey {
    /// As whom it was looked at.
    pub role: Ident,
    /// Tables that a run would lock.
    pub tables: usize,
    /// Tables and sequences without USAGE on the schema or SELECT.
    pub unreadable: Vec<QualifiedName>,
    /// Tables of which row security would hide rows.
    pub hidden: Vec<QualifiedName>,
    /// Transactions of our sessions only read.
    pub reads_only: bool,
    /// The database's size in bytes.
    pub bytes: u64,
    /// Schemas with tables or sequences.
    pub schemas: Vec<String>,
    /// Roles that own some of them.
    pub owners: Vec<String>,
    /// Where it is a hot standby.
    pub standby: Option<Standby>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

impl Survey {
    /// That every table and sequence can be read.
    ///
    /// # Errors
    ///
    /// `Privilege`, naming those that cannot.
    pub fn check_privileges(&self) -> Result<(), PgError> {
        refuse_unreadable(&self.unreadable, &self.role)
    }

    /// That row security hides nothing.
    ///
    /// # Errors
    ///
    /// `RowSecurity`, naming the tables.
    pub fn check_row_security(&self) -> Result<(), PgError> {
        refuse_hidden(&self.hidden, &self.role)
    }
}

impl SourceLeader {
    /// Looks at the source.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn survey(&mut self) -> Result<Survey, PgError> {
        let listed = self.listed().await?;
        let row = self
            .session()
            .fetch_one(doing("look at the source"), include_str!("../sql/survey.sql"), &[])
            .await?;
        let names = |at| Ok::<_, PgError>(row.texts(at)?.into_iter().flatten().collect());
        Ok(Survey {
            role: Ident::new(self.facts().role.as_str()),
            tables: listed.tables.len(),
            unreadable: listed.unreadable,
            hidden: listed.hidden,
            reads_only: row.bool(0)?,
            bytes: row.int(1)?.unsigned_abs(),
            schemas: names(2)?,
            owners: names(3)?,
            standby: standby::read(self.session()).await?,
            extensions: self.extensions().await?,
        })
    }
}

pub(super) fn refuse_unreadable(names: &[QualifiedName], role: &Ident) -> Result<(), PgError> {
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("USAGE on the schema or SELECT is missing for {}", listing(names));
    let schemas: BTreeSet<String> = names.iter().map(|name| name.schema.to_string()).collect();
    let schemas = schemas.into_iter().collect::<Vec<_>>().join(", ");
    // A sequence may be named as a table here (GRANT in the manual).
    let hint = format!(
        "Run as their owner: GRANT USAGE ON SCHEMA {schemas} TO {role}; GRANT SELECT ON {} TO {role};",
        listing(names)
    );
    Err(PgError::new(PgErrorKind::Privilege, doing("read the source"), message)
        .with_detail("A copy that left them out would not be whole. What is granted on a partitioned table is not granted on its partitions.")
        .with_hint(hint))
}

pub(super) fn refuse_hidden(names: &[QualifiedName], role: &Ident) -> Result<(), PgError> {
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("row-level security would hide rows of {}", listing(names));
    let hint = format!(
        "Run as a superuser: ALTER ROLE {role} BYPASSRLS; or read as the tables' owner, where they do not FORCE it on him."
    );
    Err(PgError::new(PgErrorKind::RowSecurity, doing("read the source"), message)
        .with_detail("Rows that a policy hides would be missing from the copy in silence.")
        .with_hint(hint))
}
