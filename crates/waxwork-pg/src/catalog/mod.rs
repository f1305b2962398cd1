//! Reads the source's system catalogs into the model of `waxwork-core`.
//!
//! ```text
//!   tables.sql ─► TableIds ─► columns.sql ─► ColumnIds ─► keys, checks, foreign keys, sequences ─► Catalog
//!                                  └► types.sql (recursive)
//! ```
//!
//! A dozen statements, whatever the number of tables. All run under the leader's snapshot; functions such as
//! `pg_get_constraintdef` look at the present instead, which the locks keep from differing.

mod expression;
mod keys;
mod materialized_views;
mod others;
mod sequences;
mod tables;
mod triggers;
mod types;

pub(crate) use materialized_views::materialized_views;
pub use materialized_views::{MaterializedViews, Unpopulated};

use crate::error::{PgError, doing};
use crate::row::{Param, Row};
use crate::session::Session;
use std::collections::BTreeMap;
use waxwork_core::catalog::{Catalog, ColumnId, ForeignKey, Generation, Table, TableId, TableKind};
use waxwork_core::ident::{Ident, QualifiedName};

/// A catalog with what the guards need besides.
pub(crate) struct CatalogRead {
    pub(crate) catalog: Catalog,
    /// Tables whose file is not the one that the snapshot knows: emptied or rewritten since.
    pub(crate) rewritten: Vec<QualifiedName>,
}

impl CatalogRead {
    /// Tables that LOCK TABLE takes.
    pub(crate) fn lockable_tables(&self) -> impl Iterator<Item = &Table> {
        self.catalog.tables.iter().filter(|table| table.kind != TableKind::Foreign)
    }
}

/// From OIDs and attribute numbers to indexes of the model.
pub(crate) struct Index {
    tables: BTreeMap<u32, TableId>,
    columns: BTreeMap<(u32, i16), ColumnId>,
}

impl Index {
    fn table(&self, oid: u32) -> Option<TableId> {
        self.tables.get(&oid).copied()
    }

    fn column(&self, table_oid: u32, number: i16) -> Option<ColumnId> {
        self.columns.get(&(table_oid, number)).copied()
    }

    /// Columns of a table by attribute numbers; 0 stands for the whole row, system columns are passed over.
    fn columns(&self, table_oid: u32, numbers: &[i16]) -> Vec<ColumnId> {
        let all =
            || self.columns.range((table_oid, i16::MIN)..=(table_oid, i16::MAX)).map(|(_, column)| *column);
        if numbers.contains(&0) {
            return all().collect();
        }
        numbers.iter().filter_map(|number| self.column(table_oid, *number)).collect()
    }

    fn oids(&self) -> Param {
        Param::Ints(self.tables.keys().map(|oid| i64::from(*oid)).collect())
    }
}

/// Reads the whole catalog in the session's transaction.
pub(crate) async fn read(session: &mut Session, server_version: u32) -> Result<CatalogRead, PgError> {
    let (mut tables, rewritten) = tables::read(session).await?;
    let mut index = Index {
        tables: tables.iter().enumerate().map(|(at, table)| (table.oid, TableId(at as u32))).collect(),
        columns: BTreeMap::new(),
    };
    tables::read_inheritance(session, &mut tables, &index).await?;
    let expressions = tables::read_columns(session, &mut tables, &mut index).await?;
    tables::fill_partition_keys(&mut tables, &index);
    for (oid, column, tree) in expressions {
        let reads = index.columns(oid, &expression::attributes(&tree));
        let table = &mut tables[index.tables[&oid].0 as usize];
        table.columns[column.0 as usize].generation = Generation::Generated { reads };
    }
    let types = types::read(session, &tables).await?;
    types::spread_not_null(&mut tables, &types);
    keys::read_unique(session, &mut tables, &index).await?;
    keys::read_exclusions(session, &mut tables, &index).await?;
    keys::read_checks(session, &mut tables, &index).await?;
    let foreign_keys = read_foreign_keys(session, &index).await?;
    let sequences = sequences::read(session, &index).await?;
    let tables: Vec<Table> = tables.into_iter().map(|read| read.table).collect();
    let fed_by_triggers = triggers::read(session, &tables, &index).await?;
    let other_relations = others::read(session).await?;
    let catalog =
        Catalog { server_version, tables, types, foreign_keys, sequences, fed_by_triggers, other_relations };
    Ok(CatalogRead { catalog, rewritten })
}

async fn read_foreign_keys(session: &mut Session, index: &Index) -> Result<Vec<ForeignKey>, PgError> {
    let sql = include_str!("../sql/foreign_keys.sql");
    let rows = session.fetch(doing("read the foreign keys"), sql, &[index.oids()]).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in &rows {
        keys.extend(foreign_key(row, index)?);
    }
    Ok(keys)
}

/// `conkey` zipped with `confkey`: the referenced columns are the constraint's own, never assumed to be the primary
/// key's.
fn foreign_key(row: &Row, index: &Index) -> Result<Option<ForeignKey>, PgError> {
    let (child_oid, parent_oid) = (row.oid(1)?, row.oid(2)?);
    let (Some(child), Some(parent)) = (index.table(child_oid), index.table(parent_oid)) else {
        return Ok(None);
    };
    let pairs = attribute_numbers(row, 3)?.into_iter().zip(attribute_numbers(row, 4)?);
    let columns = pairs.filter_map(|(ours, theirs)| {
        Some((index.column(child_oid, ours)?, index.column(parent_oid, theirs)?))
    });
    Ok(Some(ForeignKey {
        name: Ident::new(row.text(0)?),
        child,
        parent,
        columns: columns.collect(),
        match_full: row.bool(5)?,
        validated: row.bool(6)?,
        period: row.bool(7)?,
    }))
}

/// An `int2[]` or `int2vector` of attribute numbers.
fn attribute_numbers(row: &Row, at: usize) -> Result<Vec<i16>, PgError> {
    Ok(row.ints(at)?.into_iter().filter_map(|number| i16::try_from(number).ok()).collect())
}
