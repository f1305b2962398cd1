//! Which rows would break a CHECK or a NOT NULL if some of their columns were NULL.

use std::collections::{BTreeMap, BTreeSet};

use waxwork_core::catalog::{Catalog, Column, ColumnId, Table, TableId};

use crate::error::{PgError, doing};
use crate::row::{Param, Row, Tid};
use crate::source::SourceWorker;

/// CHECKs that are enforced on every row, in the server's own words. $1: the table's OID.
const CHECKS: &str = "
SELECT conname, pg_catalog.pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint
WHERE conrelid = $1::pg_catalog.int8::pg_catalog.oid AND contype = 'c' AND convalidated ORDER BY conname";

/// What generated columns are made by. $1: the table's OID.
const GENERATED: &str = "
SELECT a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::pg_catalog.int8::pg_catalog.oid AND a.attgenerated <> ''";

/// A leaf, some of whose columns become NULL.
struct Emptied<'a> {
    table: &'a Table,
    nulled: BTreeSet<ColumnId>,
    /// Columns that are generated from those.
    remade: BTreeSet<ColumnId>,
}

/// By what a constraint of a leaf is called that reads any of `nulled` (columns of its root), or a column that is generated
/// from one, `CHECK c` or `NOT NULL of column g`: so many of the rows with `tids` break it once these are NULL. One that
/// raises an error says nothing here; the target will ask it again.
///
/// # Errors
///
/// As the server says.
pub async fn broken_constraints(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    tids: &[Tid],
    nulled: &[ColumnId],
) -> Result<BTreeMap<String, u64>, PgError> {
    let (table, root) = (catalog.table(leaf), catalog.table(catalog.root(leaf)));
    let names = nulled.iter().map(|column| root.column(*column).name.as_str());
    let emptied = Emptied::new(table, names);
    if !emptied.may_break() {
        return Ok(BTreeMap::new());
    }
    worker.lock_table(&table.name).await?;
    let oid = [Param::Int(i64::from(table.oid))];
    let read = |what| doing(what).to(&table.sql_name);
    let generated = worker.fetch(read("read the generated columns of"), GENERATED, &oid).await?;
    let checks = worker.fetch(read("read the CHECKs of"), CHECKS, &oid).await?;
    let rows = emptied.rows(&generated)?;
    let mut broken = BTreeMap::new();
    for (name, condition) in emptied.conditions(&checks)? {
        // A CHECK that is NULL holds.
        let sql = format!(
            "SELECT pg_catalog.count(*) FROM ({rows}) AS {} WHERE NOT ({condition}\n)",
            table.name.name
        );
        worker.savepoint().await?;
        let found = worker.fetch(read("try a constraint of"), &sql, &[Param::Tids(tids.to_vec())]).await;
        worker.roll_back_to_savepoint().await?;
        let Ok(found) = found else { continue };
        let rows = found.first().map(|row| row.int(0)).transpose()?.unwrap_or_default().unsigned_abs();
        if rows > 0 {
            broken.insert(name, rows);
        }
    }
    Ok(broken)
}

impl<'a> Emptied<'a> {
    fn new(table: &'a Table, names: impl Iterator<Item = &'a str>) -> Self {
        let nulled: BTreeSet<ColumnId> = names.filter_map(|name| table.find_column(name)).collect();
        let remade = nulled.iter().flat_map(|column| table.generated_from(*column)).collect();
        Self { table, nulled, remade }
    }

    fn may_break(&self) -> bool {
        self.table.checks.iter().any(|check| self.is_read_by(&check.columns))
            || self.not_null().next().is_some()
    }

    /// A CHECK that reads the row as a whole names no column.
    fn is_read_by(&self, columns: &[ColumnId]) -> bool {
        let changes = |column| self.nulled.contains(column) || self.remade.contains(column);
        columns.is_empty() || columns.iter().any(changes)
    }

    fn not_null(&self) -> impl Iterator<Item = &Column> {
        self.remade.iter().map(|column| self.table.column(*column)).filter(|column| column.not_null)
    }

    /// What each constraint is called, and what it asks.
    fn conditions(&self, checks: &[Row]) -> Result<Vec<(String, String)>, PgError> {
        let not_null = |column: &Column| {
            (format!("NOT NULL of column {}", column.name), format!("{} IS NOT NULL", column.name))
        };
        let mut conditions: Vec<_> = self.not_null().map(not_null).collect();
        for check in checks {
            let (name, condition) = (check.text(0)?, check.text(1)?);
            let mut known = self.table.checks.iter().filter(|check| check.name.as_str() == name);
            if known.any(|check| self.is_read_by(&check.columns)) {
                conditions.push((format!("CHECK {name}"), condition.to_owned()));
            }
        }
        Ok(conditions)
    }

    /// The query of the rows whose ctids are $1, as they would be.
    fn rows(&self, generated: &[Row]) -> Result<String, PgError> {
        let name = &self.table.name;
        let columns = || (0..).map(ColumnId).zip(&self.table.columns);
        let stored = columns().map(|(id, column)| match self.nulled.contains(&id) {
            // A NULL of the column's own type, which a domain's constraints do not see.
            true => format!("CASE WHEN false THEN t.{0} END AS {0}", column.name),
            false => format!("t.{}", column.name),
        });
        let stored = format!(
            "SELECT {} FROM ONLY {name} AS t WHERE t.ctid OPERATOR(pg_catalog.=) ANY ($1)",
            stored.collect::<Vec<_>>().join(", "),
        );
        let mut made = BTreeMap::new();
        for row in generated {
            made.insert(row.text(0)?, row.text(1)?);
        }
        let columns = columns().map(|(id, column)| match made.get(column.name.as_str()) {
            // pg_get_expr leaves the cast of the assignment out.
            Some(expression) if self.remade.contains(&id) => {
                format!("({expression}\n)::{} AS {}", column.type_name, column.name)
            }
            _ => column.name.to_string(),
        });
        Ok(format!("SELECT {} FROM ({stored}) AS {}", columns.collect::<Vec<_>>().join(", "), name.name))
    }
}
