//! Values that many rows of a column hold, and how many: what masks give to other rows.

use waxwork_core::catalog::{Catalog, ColumnId, TableId, ValueType};
use waxwork_core::plan::CommonOf;

use crate::error::{PgError, doing};
use crate::row::Param;
use crate::source::SourceWorker;

/// Values that are told at most: those that fewer rows hold are hardly ever picked.
const TOLD_MAX: u32 = 4096;

/// The host name at the end of an address in lower case, closing bracket or not (`Ann <ann@acme.de>`).
const MAIL_DOMAIN: &str = "@([a-z0-9.-]+)[> ]*$";

/// Values of a column of a rule table that at least `least` rows hold, in COPY's text form without its escapes, and
/// how many rows hold each: most first, then by bytes. Partitions are added up; a row whose array holds a value
/// several times counts once.
///
/// # Errors
///
/// As the server says.
pub async fn common_values(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    table: TableId,
    column: ColumnId,
    of: CommonOf,
    least: u64,
) -> Result<Vec<(String, u64)>, PgError> {
    let leaves = catalog.leaves(table);
    if leaves.is_empty() {
        return Ok(Vec::new());
    }
    for leaf in &leaves {
        worker.lock_table(&catalog.table(*leaf).name).await?;
    }
    let sql = statement(catalog, &leaves, table, column, of);
    let least = Param::Int(i64::try_from(least).unwrap_or(i64::MAX));
    let doing = doing("look for common values in").to(&catalog.table(table).sql_name);
    let mut common = Vec::new();
    let take = |row: crate::row::Row| {
        common.push((row.text(0)?.to_owned(), row.int(1)?.unsigned_abs()));
        Ok(())
    };
    worker.for_each_row(doing, &sql, &[least], take).await?;
    Ok(common)
}

fn statement(
    catalog: &Catalog,
    leaves: &[TableId],
    table: TableId,
    column: ColumnId,
    of: CommonOf,
) -> String {
    let column = catalog.table(table).column(column);
    let is_array = matches!(catalog.value_type(column), ValueType::Array { .. });
    let of_leaf = |leaf: &TableId| {
        let (leaf, name) = (&catalog.table(*leaf).name, &column.name);
        if is_array {
            let element = text_of("e.value", of);
            format!(
                "SELECT d.value FROM ONLY {leaf} AS t CROSS JOIN LATERAL \
                 (SELECT DISTINCT {element} FROM pg_catalog.unnest(t.{name}) AS e (value)) AS d (value)"
            )
        } else {
            format!("SELECT {} FROM ONLY {leaf} AS t", text_of(&format!("t.{name}"), of))
        }
    };
    let values: Vec<String> = leaves.iter().map(of_leaf).collect();
    format!(
        "SELECT v.value, pg_catalog.count(*) FROM ({}) AS v (value) WHERE v.value IS NOT NULL GROUP BY v.value \
         HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>=) $1 ORDER BY 2 DESC, 1 LIMIT {TOLD_MAX}",
        values.join(" UNION ALL ")
    )
}

/// What is counted of a value, ordered by its bytes; NULL where there is none. `format` prints a value by its type's
/// output function, as COPY does; a cast to text may be a function of somebody's own.
fn text_of(value: &str, of: CommonOf) -> String {
    let text = format!("pg_catalog.format('%s', {value}) COLLATE pg_catalog.\"C\"");
    let text = match of {
        CommonOf::Value => text,
        CommonOf::MailDomain => {
            format!("pg_catalog.\"substring\"(pg_catalog.lower({text}), '{MAIL_DOMAIN}')")
        }
    };
    format!("CASE WHEN pg_catalog.num_nulls({value}) OPERATOR(pg_catalog.=) 0 THEN {text} END")
}
