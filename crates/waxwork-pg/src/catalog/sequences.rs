//! Sequences and where they stand.

use super::{Index, attribute_numbers};
use crate::error::{PgError, doing};
use crate::row::Row;
use crate::session::Session;
use std::collections::BTreeMap;
use waxwork_core::catalog::Sequence;
use waxwork_core::ident::QualifiedName;

/// Sequences read by one statement: their positions are in relations of their own, one SELECT each.
const SEQUENCES_PER_STATEMENT: usize = 200;

/// A sequence whose position may still be unknown.
struct ReadSequence {
    sequence: Sequence,
    /// An unlogged sequence on a standby has no file: it counts as never called.
    unreadable: bool,
}

pub(super) async fn read(session: &mut Session, index: &Index) -> Result<Vec<Sequence>, PgError> {
    let rows = session.fetch(doing("read the sequences"), include_str!("../sql/sequences.sql"), &[]).await?;
    let mut read: Vec<ReadSequence> =
        rows.iter().map(|row| sequence(row, index)).collect::<Result<_, _>>()?;
    for chunk in read.chunks_mut(SEQUENCES_PER_STATEMENT) {
        let positions = positions(session, chunk).await?;
        for (at, (last_value, is_called)) in positions {
            (chunk[at].sequence.last_value, chunk[at].sequence.is_called) = (last_value, is_called);
        }
    }
    Ok(read.into_iter().map(|read| read.sequence).collect())
}

fn sequence(row: &Row, index: &Index) -> Result<ReadSequence, PgError> {
    let tables = row.ints(8)?.into_iter().filter_map(|oid| u32::try_from(oid).ok());
    let feeds = tables
        .zip(attribute_numbers(row, 9)?)
        .filter_map(|(oid, number)| Some((index.table(oid)?, index.column(oid, number)?)));
    let sequence = Sequence {
        name: QualifiedName::new(row.text(1)?, row.text(2)?),
        feeds: feeds.collect(),
        min: row.int(3)?,
        max: row.int(4)?,
        increment: row.int(5)?,
        last_value: row.int(6)?,
        is_called: false,
    };
    Ok(ReadSequence { sequence, unreadable: row.bool(7)? })
}

/// `pg_sequence_last_value` cannot tell `setval(…, false)` from a fresh sequence; the relation itself can.
async fn positions(
    session: &mut Session,
    sequences: &[ReadSequence],
) -> Result<BTreeMap<usize, (i64, bool)>, PgError> {
    let selects: Vec<String> = sequences
        .iter()
        .enumerate()
        .filter(|(_, read)| !read.unreadable)
        .map(|(at, read)| {
            format!("SELECT {at}::pg_catalog.int4, last_value, is_called FROM {}", read.sequence.name)
        })
        .collect();
    if selects.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows =
        session.fetch(doing("read the sequences' positions"), &selects.join(" UNION ALL "), &[]).await?;
    let position =
        |row: &Row| Ok((usize::try_from(row.int(0)?).unwrap_or_default(), (row.int(1)?, row.bool(2)?)));
    rows.iter().map(position).collect()
}
