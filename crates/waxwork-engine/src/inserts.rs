//! `[[insert]]` on its way into the copy: after a table's copied rows, before its keys, so that these prove both.
//!
//! ```text
//!   InsertPlan ─► sequences of the table behind what was copied ─► INSERT, row by row ─► behind what was inserted
//! ```
//!
//! Values travel as parameters, and in a script as literals; the server reads each as a value of its column's type.

use crate::error::RunError;
use waxwork_core::catalog::{Catalog, Column, ColumnId, PgType, Table, TableId, TypeKind};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::plan::{InsertPlan, Plan, PlannedRow, SequencePlan};
use waxwork_core::rules::InsertValue;
use waxwork_pg::probe::derive_search_path;
use waxwork_pg::{Param, PgError, SourceWorker, TargetSession, doing, sql_text};

/// Asks the source whether it reads every value as one of its column's type.
///
/// # Errors
/// Exit 2: table, column, SQLSTATE and place of each that it does not take.
pub(crate) async fn vet(plan: &Plan, catalog: &Catalog, worker: &mut SourceWorker) -> Result<(), RunError> {
    let mut refused = Vec::new();
    let rows = plan.inserts.iter().flat_map(|insert| insert.rows.iter().map(move |row| (insert.table, row)));
    for (table, row) in rows {
        let relation = catalog.table(table);
        for (column, value) in &row.values {
            let column = relation.column(*column);
            if let Err(error) = worker.read_constant(&type_name(catalog, column), value.text()).await? {
                refused.push(not_read(relation, column, &error).at(Some(row.location.clone())));
            }
        }
    }
    if refused.is_empty() { Ok(()) } else { Err(RunError::diagnostics(&refused)) }
}

fn not_read(relation: &Table, column: &Column, error: &PgError) -> Diagnostic {
    let label = format!("{}({})", relation.sql_name, column.name.as_str());
    let message = format!("value of [[insert]] is none of its column's type: {label}");
    let code = error.sqlstate().unwrap_or("unknown");
    let detail = format!("The source does not take it for {} (SQLSTATE {code}).", column.type_name);
    Diagnostic::rule("insert_value", message).detail(detail)
}

/// Adds the rows of one table in a transaction.
///
/// # Errors
/// What the target says, with the row's place in the rule file.
pub(crate) async fn run(
    target: &mut TargetSession,
    plan: &Plan,
    catalog: &Catalog,
    insert: &InsertPlan,
) -> Result<(), RunError> {
    let table = &catalog.table(insert.table).name;
    target.begin().await?;
    if derives(plan, insert.table) {
        target.set_local_search_path(&derive_search_path(catalog, insert.table)).await?;
    }
    put_sequences_behind(target, plan, catalog, insert.table).await?;
    for row in &insert.rows {
        let mut params = Vec::new();
        let sql = statement(catalog, insert.table, row, |value| {
            params.push(Param::Text(value.text().to_owned()));
            format!("${}", params.len())
        });
        if let Err(error) = target.fetch(doing("insert a row into").to(table), &sql, &params).await {
            let place = format!("The row stands at {}.", row.location);
            return Err(RunError::from(error).detail(place));
        }
    }
    put_sequences_behind(target, plan, catalog, insert.table).await?;
    Ok(target.commit().await?)
}

async fn put_sequences_behind(
    target: &mut TargetSession,
    plan: &Plan,
    catalog: &Catalog,
    table: TableId,
) -> Result<(), RunError> {
    for sql in sequences_behind(plan, catalog, table) {
        let name = &catalog.table(table).name;
        target.execute(doing("set the sequences of").to(name), &sql).await?;
    }
    Ok(())
}

/// The same as statements of a script.
pub(crate) fn script(plan: &Plan, catalog: &Catalog, insert: &InsertPlan) -> Vec<String> {
    let behind = sequences_behind(plan, catalog, insert.table);
    let literal = |value: &InsertValue| sql_text::literal(value.text());
    let rows = insert.rows.iter().map(|row| statement(catalog, insert.table, row, literal));
    let path = derives(plan, insert.table)
        .then(|| format!("SET search_path = {}", derive_search_path(catalog, insert.table)));
    let reset = path.is_some().then(|| "SELECT pg_catalog.set_config('search_path', '', false)".to_owned());
    path.into_iter().chain(behind.clone()).chain(rows).chain(behind).chain(reset).collect()
}

/// Triggers of ours fire for it, as they do for copied rows.
fn derives(plan: &Plan, table: TableId) -> bool {
    plan.table(table).is_some_and(|table| !table.derived.is_empty())
}

fn statement(
    catalog: &Catalog,
    table: TableId,
    row: &PlannedRow,
    mut write: impl FnMut(&InsertValue) -> String,
) -> String {
    let relation = catalog.table(table);
    if row.values.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", relation.name);
    }
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (column, value) in &row.values {
        let column = relation.column(*column);
        names.push(column.name.to_string());
        // By the assignment that follows the server refuses what is too long, where a cast to varchar(3) cuts it.
        values.push(format!("{}::pg_catalog.text::{}", write(value), type_name(catalog, column)));
    }
    let (names, values) = (names.join(", "), values.join(", "));
    format!("INSERT INTO {} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})", relation.name)
}

/// A column's type without its length, domains looked through.
fn type_name(catalog: &Catalog, column: &Column) -> String {
    let mut found: Option<&PgType> = catalog.types.get(&column.type_oid);
    while let Some(PgType { kind: TypeKind::Domain { base, .. }, .. }) = found {
        found = catalog.types.get(base);
    }
    found.map_or_else(|| column.type_name.clone(), |found| found.name.to_string())
}

/// Moves each ascending sequence that feeds the table behind the greatest value that its column holds, short of the
/// range of permuted ones: values that the source or the rule file gave by hand are as taken as any.
fn sequences_behind(plan: &Plan, catalog: &Catalog, table: TableId) -> Vec<String> {
    let sequences = plan.sequences.iter();
    let of_sequence = |planned: &'_ SequencePlan| -> Vec<String> {
        let feeds = &catalog.sequences[planned.sequence].feeds;
        let fed = feeds.iter().filter(|(fed, _)| catalog.root(*fed) == table);
        fed.filter_map(|(fed, column)| behind(planned, catalog, *fed, *column)).collect()
    };
    sequences.flat_map(of_sequence).collect()
}

fn behind(planned: &SequencePlan, catalog: &Catalog, table: TableId, column: ColumnId) -> Option<String> {
    let sequence = &catalog.sequences[planned.sequence];
    let relation = catalog.table(table);
    let fed = relation.column(column);
    if sequence.increment < 0 || !catalog.value_type(fed).holds_integers() {
        return None;
    }
    let most = planned.below.map_or(sequence.max, |below| sequence.max.min(below.saturating_sub(1)));
    let (name, column, regclass) = (&sequence.name, &fed.name, sql_text::literal(&sequence.name.to_string()));
    Some(format!(
        "SELECT pg_catalog.setval({regclass}::pg_catalog.regclass, held.most, true) \
         FROM (SELECT pg_catalog.max(t.{column})::pg_catalog.int8 AS most FROM {} AS t \
         WHERE t.{column} OPERATOR(pg_catalog.<=) {most}) AS held, {name} AS place \
         WHERE held.most OPERATOR(pg_catalog.>=) place.last_value \
         AND (held.most OPERATOR(pg_catalog.>) place.last_value OR NOT place.is_called)",
        relation.name
    ))
}
