//! Security labels of a provider, for who imports a policy that is written in them.

use crate::conninfo::ConnInfo;
use crate::error::{PgError, doing};
use crate::row::{Param, Row};
use crate::session::Session;
use crate::source::SESSION_SETTINGS;
use waxwork_core::ident::QualifiedName;

/// A label on a table, on one of its columns, or on the database. Its text may hold a salt.
#[derive(Clone, PartialEq, Eq)]
pub struct SecurityLabel {
    /// The table, topmost of its partitions; none: the database.
    pub table: Option<QualifiedName>,
    /// The column.
    pub column: Option<String>,
    /// What it says.
    pub text: String,
}

impl std::fmt::Debug for SecurityLabel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecurityLabel({:?}, {:?}, {} bytes)", self.table, self.column, self.text.len())
    }
}

/// Reads the labels of a provider, which need not be loaded. An object of a partitioned table has one label: its own, or
/// the first partition's.
///
/// # Errors
/// No connection; as the server says.
pub async fn read(info: &ConnInfo, provider: &str) -> Result<Vec<SecurityLabel>, PgError> {
    let mut session = Session::open(info, SESSION_SETTINGS).await?;
    let sql = include_str!("sql/security_labels.sql");
    let rows = session.fetch(doing("read security labels"), sql, &[Param::Text(provider.to_owned())]).await?;
    session.close().await;
    let mut labels: Vec<SecurityLabel> = Vec::new();
    for row in &rows {
        let label = of(row)?;
        let is_known = |known: &SecurityLabel| known.table == label.table && known.column == label.column;
        if !labels.iter().any(is_known) {
            labels.push(label);
        }
    }
    Ok(labels)
}

fn of(row: &Row) -> Result<SecurityLabel, PgError> {
    let names = row.opt_text(0)?.zip(row.opt_text(1)?);
    Ok(SecurityLabel {
        table: names.map(|(schema, name)| QualifiedName::new(schema, name)),
        column: row.opt_text(2)?.map(str::to_owned),
        text: row.text(3)?.to_owned(),
    })
}
