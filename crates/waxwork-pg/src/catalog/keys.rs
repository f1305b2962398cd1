//! Unique keys, exclusion constraints and CHECKs.

use super::tables::{ReadTable, key_parts};
use super::{Index, attribute_numbers, expression};
use crate::error::{PgError, doing};
use crate::row::Row;
use crate::session::Session;
use waxwork_core::catalog::{Check, Exclusion, KeyPart, UniqueKey};
use waxwork_core::ident::Ident;

pub(super) async fn read_unique(
    session: &mut Session,
    tables: &mut [ReadTable],
    index: &Index,
) -> Result<(), PgError> {
    let sql = include_str!("../sql/unique_keys.sql");
    for row in session.fetch(doing("read the unique keys"), sql, &[index.oids()]).await? {
        let oid = row.oid(0)?;
        let Some(table) = index.table(oid) else { continue };
        let predicate_tree = row.opt_text(9)?.unwrap_or_default();
        let key = UniqueKey {
            name: Ident::new(row.text(1)?),
            primary: row.bool(2)?,
            nulls_not_distinct: row.bool(3)?,
            parts: index_parts(&row, oid, 4, index)?,
            predicate: row.opt_text(8)?.map(str::to_owned),
            predicate_columns: index.columns(oid, &expression::attributes(predicate_tree)),
        };
        tables[table.0 as usize].unique_keys.push(key);
    }
    Ok(())
}

pub(super) async fn read_exclusions(
    session: &mut Session,
    tables: &mut [ReadTable],
    index: &Index,
) -> Result<(), PgError> {
    let sql = include_str!("../sql/exclusions.sql");
    for row in session.fetch(doing("read the exclusion constraints"), sql, &[index.oids()]).await? {
        let oid = row.oid(0)?;
        let Some(table) = index.table(oid) else { continue };
        let operators = row.texts(6)?.into_iter().map(Option::unwrap_or_default);
        let exclusion = Exclusion {
            name: Ident::new(row.text(1)?),
            parts: index_parts(&row, oid, 2, index)?.into_iter().zip(operators).collect(),
            predicate: row.opt_text(7)?.map(str::to_owned),
        };
        tables[table.0 as usize].exclusions.push(exclusion);
    }
    Ok(())
}

/// Key parts from four result columns: attribute numbers, number of key columns (the rest is INCLUDEd), texts, trees.
fn index_parts(row: &Row, table_oid: u32, at: usize, index: &Index) -> Result<Vec<KeyPart>, PgError> {
    let mut attributes = attribute_numbers(row, at)?;
    attributes.truncate(usize::try_from(row.int(at + 1)?).unwrap_or_default());
    let texts: Vec<String> = row.texts(at + 2)?.into_iter().map(Option::unwrap_or_default).collect();
    let trees = expression::elements(row.opt_text(at + 3)?.unwrap_or_default());
    Ok(key_parts(table_oid, &attributes, &texts, &trees, index))
}

pub(super) async fn read_checks(
    session: &mut Session,
    tables: &mut [ReadTable],
    index: &Index,
) -> Result<(), PgError> {
    let sql = include_str!("../sql/checks.sql");
    for row in session.fetch(doing("read the check constraints"), sql, &[index.oids()]).await? {
        let oid = row.oid(0)?;
        let Some(table) = index.table(oid) else { continue };
        let check = Check {
            name: Ident::new(row.text(1)?),
            definition: row.text(2)?.to_owned(),
            columns: index.columns(oid, &attribute_numbers(&row, 3)?),
        };
        tables[table.0 as usize].checks.push(check);
    }
    Ok(())
}
