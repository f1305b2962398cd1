//! Large objects: their bytes out of the source's snapshot, into a database that has none under the same OIDs.
//!
//! ```text
//!   OIDs ─► existing ─► LargeObject { oid, owner, grants } ─► read, a piece at a time ─► create, write
//! ```
//!
//! The functions are those of the manual's chapter "Large Objects", section "Server-Side Functions".

use crate::error::{PgError, doing};
use crate::row::{Param, Row};
use crate::source::SourceWorker;
use crate::target::TargetSession;

/// Bytes of one piece.
pub const PIECE_BYTES: usize = 1 << 20;

/// A large object of the source, its bytes apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargeObject {
    /// Its OID, which the copy keeps.
    pub oid: u32,
    /// The role that owns it.
    pub owner: String,
    /// A GRANT statement for each privilege of others, without a semicolon.
    pub grants: Vec<String>,
}

/// Those of `oids` under which there is a large object, by OID.
///
/// # Errors
///
/// As the server says.
pub async fn existing(worker: &mut SourceWorker, oids: &[u32]) -> Result<Vec<LargeObject>, PgError> {
    let sql = include_str!("sql/large_objects.sql");
    let oids = Param::Ints(oids.iter().map(|oid| i64::from(*oid)).collect());
    let rows = worker.fetch(doing("read the large objects"), sql, &[oids]).await?;
    rows.iter().map(large_object).collect()
}

fn large_object(row: &Row) -> Result<LargeObject, PgError> {
    let grants = row.texts(2)?.into_iter().flatten().collect();
    Ok(LargeObject { oid: row.oid(0)?, owner: row.text(1)?.to_owned(), grants })
}

/// Up to [`PIECE_BYTES`] bytes from `offset` on; none at the end.
///
/// # Errors
///
/// The source role may not read it.
pub async fn read(worker: &mut SourceWorker, oid: u32, offset: u64) -> Result<Vec<u8>, PgError> {
    let sql = "SELECT pg_catalog.lo_get($1, $2, $3::pg_catalog.int4)";
    let params = [Param::Oid(oid), Param::Int(offset as i64), Param::Int(PIECE_BYTES as i64)];
    let rows = worker.fetch(doing("read a large object"), sql, &params).await?;
    match rows.first() {
        Some(row) => Ok(row.bytes(0)?.unwrap_or_default().to_vec()),
        None => Ok(Vec::new()),
    }
}

/// Makes an empty one.
///
/// # Errors
///
/// The OID is taken.
pub async fn create(target: &mut TargetSession, oid: u32) -> Result<(), PgError> {
    let sql = "SELECT pg_catalog.lo_create($1)";
    target.fetch(doing("create a large object"), sql, &[Param::Oid(oid)]).await.map(drop)
}

/// Writes a piece at `offset`.
///
/// # Errors
///
/// As the server says.
pub async fn write(target: &mut TargetSession, oid: u32, offset: u64, piece: Vec<u8>) -> Result<(), PgError> {
    let sql = "SELECT pg_catalog.lo_put($1, $2, $3::pg_catalog.bytea)";
    let params = [Param::Oid(oid), Param::Int(offset as i64), Param::Binary(Some(piece))];
    target.fetch(doing("write a large object"), sql, &params).await.map(drop)
}
