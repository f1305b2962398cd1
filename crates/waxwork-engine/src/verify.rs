//! Is the copy whole? Every constraint of the source stands in the copy, as valid as there.
//!
//! Rows are counted where they are loaded (`sink::load`): read, sent and taken must agree. A foreign key that was
//! added to loaded tables has been checked by the server; here we make sure that none was left out or left NOT VALID.

use crate::error::RunError;
use std::collections::BTreeSet;
use waxwork_core::report::exit;
use waxwork_pg::{PgError, Row, SourceLeader, TargetSession, doing};

/// One constraint: where, name, kind, validity.
type Constraint = (String, String, String, bool);

/// NOT NULL has a row of its own from PostgreSQL 18 on; clones on partitions have names that the server makes up.
const CONSTRAINTS: &str = "\
    SELECT n.nspname || '.' || c.relname, k.conname::text, k.contype::text, k.convalidated \
    FROM pg_catalog.pg_constraint k \
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.conparentid = 0 \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

const INVALID_INDEXES: &str = "\
    SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_index i \
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE NOT i.indisvalid";

/// What a copy is compared with: read from the source while its snapshot is open.
#[derive(Debug)]
pub(crate) struct Expected {
    constraints: BTreeSet<Constraint>,
    invalid_indexes: BTreeSet<String>,
    /// Constraints that stay NOT VALID, because `dangling = "keep"` was chosen.
    left_not_valid: BTreeSet<(String, String)>,
}

impl Expected {
    /// Reads it under the snapshot; `left_not_valid` names tables (`schema.name`, unquoted) and their constraints.
    ///
    /// # Errors
    /// What the source says.
    pub(crate) async fn read(
        leader: &mut SourceLeader,
        left_not_valid: BTreeSet<(String, String)>,
    ) -> Result<Self, PgError> {
        let session = leader.session();
        Ok(Self {
            constraints: constraints(&session.fetch(doing("read the constraints"), CONSTRAINTS, &[]).await?)?,
            invalid_indexes: names(&session.fetch(doing("read the indexes"), INVALID_INDEXES, &[]).await?)?,
            left_not_valid,
        })
    }

    /// Compares the copy.
    ///
    /// # Errors
    /// Exit 8 with the names of what is missing.
    pub(crate) async fn check(&self, target: &mut TargetSession) -> Result<(), RunError> {
        let found = constraints(&target.fetch(doing("read the constraints"), CONSTRAINTS, &[]).await?)?;
        let missing: Vec<&Constraint> =
            self.constraints.difference(&found).filter(|one| !self.may_differ(one, &found)).collect();
        if let Some((table, name, ..)) = missing.first() {
            return Err(failed(format!("constraint \"{name}\" of table {table} is missing or not valid"))
                .detail(format!("{} constraints differ from the source's.", missing.len())));
        }
        let invalid = names(&target.fetch(doing("read the indexes"), INVALID_INDEXES, &[]).await?)?;
        match invalid.difference(&self.invalid_indexes).next() {
            Some(index) => Err(failed(format!("index {index} is not valid"))),
            None => Ok(()),
        }
    }
}

impl Expected {
    /// It was left NOT VALID on purpose, and is there.
    fn may_differ(&self, (table, name, kind, _): &Constraint, found: &BTreeSet<Constraint>) -> bool {
        self.left_not_valid.contains(&(table.clone(), name.clone()))
            && found.contains(&(table.clone(), name.clone(), kind.clone(), false))
    }
}

fn constraints(rows: &[Row]) -> Result<BTreeSet<Constraint>, PgError> {
    let read = |row: &Row| {
        let text = |at| row.text(at).map(str::to_owned);
        Ok((text(0)?, text(1)?, text(2)?, row.bool(3)?))
    };
    rows.iter().map(read).collect()
}

fn names(rows: &[Row]) -> Result<BTreeSet<String>, PgError> {
    rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

fn failed(message: String) -> RunError {
    RunError::new(exit::VERIFY, "verification", message)
}
