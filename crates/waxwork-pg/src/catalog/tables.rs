//! Tables, inheritance, columns and partition keys.

use super::{Index, attribute_numbers, expression};
use crate::error::{PgError, doing};
use crate::row::Row;
use crate::session::Session;
use crate::sql_text::split_top_level;
use std::ops::{Deref, DerefMut};
use waxwork_core::catalog::{
    Column, ColumnId, Estimate, ExtensionTable, Generation, KeyPart, PartitionKey, Table, TableKind,
};
use waxwork_core::ident::{Ident, QualifiedName};

/// A table of the model, with what its partition key is made of until its columns are known.
pub(super) struct ReadTable {
    pub(super) table: Table,
    partition_of: Option<u32>,
    partition_key: Option<RawPartitionKey>,
}

struct RawPartitionKey {
    strategy: char,
    attributes: Vec<i16>,
    expressions: String,
    definition: String,
}

impl Deref for ReadTable {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.table
    }
}

impl DerefMut for ReadTable {
    fn deref_mut(&mut self) -> &mut Table {
        &mut self.table
    }
}

/// Tables by name, and those whose file has changed since the snapshot.
pub(super) async fn read(session: &mut Session) -> Result<(Vec<ReadTable>, Vec<QualifiedName>), PgError> {
    let rows = session.fetch(doing("read the tables"), include_str!("../sql/tables.sql"), &[]).await?;
    let mut rewritten = Vec::new();
    let mut tables = Vec::with_capacity(rows.len());
    for row in &rows {
        let table = table(row)?;
        if row.oid(14)? != row.oid(15)? {
            rewritten.push(table.name.clone());
        }
        tables.push(table);
    }
    Ok((tables, rewritten))
}

fn table(row: &Row) -> Result<ReadTable, PgError> {
    let extension = match row.opt_text(9)? {
        Some(name) => Some(ExtensionTable {
            name: name.to_owned(),
            condition: row.opt_text(10)?.map(|condition| strip_where(condition).to_owned()),
        }),
        None => None,
    };
    let table = Table {
        oid: row.oid(0)?,
        name: QualifiedName::new(row.text(1)?, row.text(2)?),
        sql_name: row.text(4)?.to_owned(),
        kind: match row.text(3)? {
            "p" => TableKind::Partitioned,
            "f" => TableKind::Foreign,
            _ => TableKind::Ordinary,
        },
        partition_of: None,
        inherits: Vec::new(),
        columns: Vec::new(),
        unique_keys: Vec::new(),
        exclusions: Vec::new(),
        checks: Vec::new(),
        partition_key: None,
        partition_bound: row.opt_text(6)?.map(str::to_owned),
        access_method: row.opt_text(7)?.unwrap_or_default().to_owned(),
        row_security: row.bool(8)?,
        extension,
        estimate: Estimate {
            rows: row.int(11)?.unsigned_abs(),
            bytes: row.int(12)?.unsigned_abs(),
            pages: u32::try_from(row.int(13)?).unwrap_or(u32::MAX),
        },
    };
    Ok(ReadTable { table, partition_of: row.opt_oid(5)?, partition_key: partition_key(row)? })
}

/// `extcondition` holds the keyword too: the model has the bare condition.
fn strip_where(condition: &str) -> &str {
    let trimmed = condition.trim();
    match trimmed.get(..5) {
        Some(keyword) if keyword.eq_ignore_ascii_case("where") => trimmed[5..].trim_start(),
        _ => trimmed,
    }
}

fn partition_key(row: &Row) -> Result<Option<RawPartitionKey>, PgError> {
    let Some(strategy) = row.opt_text(16)? else { return Ok(None) };
    Ok(Some(RawPartitionKey {
        strategy: strategy.chars().next().unwrap_or('r'),
        attributes: attribute_numbers(row, 17)?,
        expressions: row.opt_text(18)?.unwrap_or_default().to_owned(),
        definition: row.text(19)?.to_owned(),
    }))
}

/// Partition parents and plain-inheritance parents.
pub(super) async fn read_inheritance(
    session: &mut Session,
    tables: &mut [ReadTable],
    index: &Index,
) -> Result<(), PgError> {
    for table in tables.iter_mut() {
        table.table.partition_of = table.partition_of.and_then(|parent| index.table(parent));
    }
    let sql = include_str!("../sql/inheritance.sql");
    for row in session.fetch(doing("read the inheritance"), sql, &[]).await? {
        if let (Some(child), Some(parent)) = (index.table(row.oid(0)?), index.table(row.oid(1)?)) {
            tables[child.0 as usize].inherits.push(parent);
        }
    }
    Ok(())
}

/// A generated column: its table's OID, its place, its expression's node tree.
type GeneratedColumn = (u32, ColumnId, String);

/// Fills columns in and indexes them; expressions of generated columns are returned, to be resolved when all are
/// known.
pub(super) async fn read_columns(
    session: &mut Session,
    tables: &mut [ReadTable],
    index: &mut Index,
) -> Result<Vec<GeneratedColumn>, PgError> {
    let sql = include_str!("../sql/columns.sql");
    let mut generated = Vec::new();
    for row in session.fetch(doing("read the columns"), sql, &[index.oids()]).await? {
        let oid = row.oid(0)?;
        let Some(table) = index.table(oid) else { continue };
        let columns = &mut tables[table.0 as usize].columns;
        let (column, id) = (column(&row)?, ColumnId(columns.len() as u32));
        index.columns.insert((oid, column.number), id);
        columns.push(column);
        if let Some(tree) = row.opt_text(9)? {
            generated.push((oid, id, tree.to_owned()));
        }
    }
    Ok(generated)
}

fn column(row: &Row) -> Result<Column, PgError> {
    let generation = match row.text(7)? {
        "a" => Generation::Identity { always: true },
        "d" => Generation::Identity { always: false },
        _ => Generation::Plain,
    };
    Ok(Column {
        name: Ident::new(row.text(1)?),
        number: i16::try_from(row.int(2)?).unwrap_or_default(),
        type_oid: row.oid(3)?,
        type_name: row.text(4)?.to_owned(),
        typmod: i32::try_from(row.int(5)?).unwrap_or(-1),
        not_null: row.bool(6)?,
        generation,
        nondeterministic: row.bool(10)?,
    })
}

/// Key parts of partitioned tables, once the columns are known.
pub(super) fn fill_partition_keys(tables: &mut [ReadTable], index: &Index) {
    for table in tables {
        let Some(raw) = table.partition_key.take() else { continue };
        let trees = expression::elements(&raw.expressions);
        let texts = split_partition_key(&raw.definition);
        let parts = key_parts(table.oid, &raw.attributes, &texts, &trees, index);
        table.table.partition_key = Some(PartitionKey { strategy: raw.strategy, parts });
    }
}

/// The parts of `RANGE (a, lower(b))`.
fn split_partition_key(definition: &str) -> Vec<String> {
    let inner = definition.split_once('(').map_or(definition, |(_, rest)| rest);
    let inner = inner.trim_end().strip_suffix(')').unwrap_or(inner);
    split_top_level(inner, ',').into_iter().map(|part| part.trim().to_owned()).collect()
}

/// Columns and expressions of a key: attribute number 0 stands for the next expression.
pub(super) fn key_parts(
    table_oid: u32,
    attributes: &[i16],
    texts: &[String],
    trees: &[&str],
    index: &Index,
) -> Vec<KeyPart> {
    let mut trees = trees.iter();
    let part = |(at, number): (usize, &i16)| match index.column(table_oid, *number) {
        Some(column) => KeyPart::Column(column),
        None => KeyPart::Expression {
            text: texts.get(at).cloned().unwrap_or_default(),
            columns: trees
                .next()
                .map(|tree| index.columns(table_oid, &expression::attributes(tree)))
                .unwrap_or_default(),
        },
    };
    attributes.iter().enumerate().map(part).collect()
}
