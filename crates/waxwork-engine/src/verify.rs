//! Is the copy whole? Every constraint of the source stands in the copy, as valid as there.
//!
//! ```text
//!   the source's constraints ─┬─► NOT VALID in the copy alone ─► VALIDATE ─┐
//!                             └────────────────────────────────────────────┴─► none is missing or NOT VALID
//! ```
//!
//! Rows are counted where they are loaded (`sink::load`): read, sent and taken must agree. A foreign key that was
//! added to loaded tables has been checked by the server; here we make sure that none was left out or left NOT VALID.

use crate::error::RunError;
use std::collections::BTreeSet;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::report::exit;
use waxwork_pg::{PgError, Row, SourceLeader, TargetSession, doing};

/// One constraint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Constraint {
    table: QualifiedName,
    name: Ident,
    /// `pg_constraint.contype`
    kind: String,
    is_valid: bool,
}

/// A table and a constraint of it.
pub(crate) type ConstraintName = (QualifiedName, Ident);

/// NOT NULL has a row of its own from PostgreSQL 18 on; clones on partitions have names that the server makes up.
const CONSTRAINTS: &str = "\
    SELECT n.nspname, c.relname, k.conname, k.contype::text, k.convalidated \
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
    left_not_valid: BTreeSet<ConstraintName>,
}

impl Expected {
    /// Reads it under the snapshot.
    ///
    /// # Errors
    /// What the source says.
    pub(crate) async fn read(
        leader: &mut SourceLeader,
        left_not_valid: BTreeSet<ConstraintName>,
    ) -> Result<Self, PgError> {
        let session = leader.session();
        Ok(Self {
            constraints: constraints(&session.fetch(doing("read the constraints"), CONSTRAINTS, &[]).await?)?,
            invalid_indexes: names(&session.fetch(doing("read the indexes"), INVALID_INDEXES, &[]).await?)?,
            left_not_valid,
        })
    }

    /// Compares the copy, and has it validate what came NOT VALID and is valid in the source, as a table's CHECK is that
    /// it has from a parent whose own is not.
    ///
    /// # Errors
    /// Exit 8 with the names of what is missing; what the target says of rows that break a constraint.
    pub(crate) async fn check(&self, target: &mut TargetSession) -> Result<(), RunError> {
        let mut found = read_constraints(target).await?;
        let unchecked = self.to_validate(&found);
        if !unchecked.is_empty() {
            for Constraint { table, name, .. } in unchecked {
                let sql = format!("ALTER TABLE {table} VALIDATE CONSTRAINT {name}");
                target.execute(doing("validate constraint").to(name), &sql).await?;
            }
            found = read_constraints(target).await?;
        }
        let missing: Vec<&Constraint> =
            self.constraints.difference(&found).filter(|one| !self.is_left(one, &found)).collect();
        if let Some(Constraint { table, name, .. }) = missing.first() {
            return Err(failed(format!("constraint {name} of table {table} is missing or not valid"))
                .detail(format!("{} constraints differ from the source's.", missing.len())));
        }
        let invalid = names(&target.fetch(doing("read the indexes"), INVALID_INDEXES, &[]).await?)?;
        match invalid.difference(&self.invalid_indexes).next() {
            Some(index) => Err(failed(format!("index {index} is not valid"))),
            None => Ok(()),
        }
    }

    fn to_validate<'s>(&'s self, found: &BTreeSet<Constraint>) -> Vec<&'s Constraint> {
        let of_source = self.constraints.iter();
        of_source.filter(|one| one.is_valid && not_valid(one, found) && !self.is_left(one, found)).collect()
    }

    /// It was left NOT VALID on purpose, and is there.
    fn is_left(&self, one: &Constraint, found: &BTreeSet<Constraint>) -> bool {
        self.left_not_valid.contains(&(one.table.clone(), one.name.clone())) && not_valid(one, found)
    }
}

/// It is there, and is not valid.
fn not_valid(one: &Constraint, found: &BTreeSet<Constraint>) -> bool {
    found.contains(&Constraint { is_valid: false, ..one.clone() })
}

async fn read_constraints(target: &mut TargetSession) -> Result<BTreeSet<Constraint>, PgError> {
    constraints(&target.fetch(doing("read the constraints"), CONSTRAINTS, &[]).await?)
}

fn constraints(rows: &[Row]) -> Result<BTreeSet<Constraint>, PgError> {
    let read = |row: &Row| {
        Ok(Constraint {
            table: QualifiedName::new(row.text(0)?, row.text(1)?),
            name: Ident::new(row.text(2)?),
            kind: row.text(3)?.to_owned(),
            is_valid: row.bool(4)?,
        })
    };
    rows.iter().map(read).collect()
}

fn names(rows: &[Row]) -> Result<BTreeSet<String>, PgError> {
    rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

fn failed(message: String) -> RunError {
    RunError::new(exit::VERIFY, "verification", message)
}
