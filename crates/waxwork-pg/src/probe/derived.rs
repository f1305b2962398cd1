//! A derived column's SQL: vetted on the source by PREPARE, run only on the target.
//!
//! ```text
//!   SELECT CASE WHEN true THEN (sql⏎) END FROM (SELECT columns FROM ONLY t) …     parses, finds every name, has a type
//!   SELECT … FROM (…), LATERAL (VALUES (sql))                                     stays in its place: see `condition`
//!   type of the first ─► assignable to the column?
//! ```
//!
//! No server runs it here. The row that it sees has no name and those columns alone that it mentions and may read, just
//! as the trigger on the target shows them to it: what is accepted here finds the same things there.

use std::collections::BTreeSet;

use waxwork_core::catalog::{Catalog, ColumnId, Table, TableId};
use waxwork_core::ident::Ident;

use super::condition::{path_of, set_search_path};
use super::refusal::{self, Refusal};
use crate::error::{Doing, PgError, doing};
use crate::row::Param;
use crate::source::SourceWorker;
use crate::sql_text::{Token, TokenKind, tokens};

/// What the source says of a derived column's SQL.
#[derive(Clone, Debug)]
pub enum DeriveVerdict {
    /// It takes it.
    Taken,
    /// It does not.
    Refused(Refusal),
    /// Its type, named here, cannot be assigned to the column's.
    OtherType(String),
}

/// `record` (`pg_type.dat`): what a list in parentheses is.
const RECORD_OID: u32 = 2249;

/// The words that every query begins with; none of them is a column's name unless it is quoted.
const QUERY_WORDS: [&str; 3] = ["select", "values", "table"];

/// The columns among `readable` that the SQL mentions, in the table's order: all those that it can read.
pub fn mentioned(table: &Table, sql: &str, readable: &BTreeSet<ColumnId>) -> Vec<ColumnId> {
    let names: Vec<String> = tokens(sql).flat_map(names_of).collect();
    let is_mentioned = |id: &ColumnId| names.iter().any(|name| *name == table.column(*id).name.as_str());
    readable.iter().copied().filter(is_mentioned).collect()
}

/// The names that a token may stand for. The server folds ASCII letters, and others where its encoding has one byte for
/// each.
fn names_of(token: Token<'_>) -> Vec<String> {
    match token.kind {
        TokenKind::Word => vec![token.text.to_ascii_lowercase(), token.text.to_lowercase()],
        TokenKind::QuotedIdent => {
            let quoted = token.text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            quoted.map(|text| text.replace("\"\"", "\"")).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Asks the source about the SQL of `column`, over `columns` of its row; the transaction survives a refusal.
///
/// # Errors
///
/// A lost connection.
pub async fn vet_derived(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    table: TableId,
    column: ColumnId,
    sql: &str,
    columns: &[ColumnId],
) -> Result<DeriveVerdict, PgError> {
    let relation = catalog.table(table);
    if tokens(sql).any(|token| QUERY_WORDS.iter().any(|word| token.is_word(word))) {
        let message = "it holds a query, and may read the row's own columns alone";
        return Ok(DeriveVerdict::Refused(Refusal::new(preparing(), message)));
    }
    worker.lock_table(&relation.name).await?;
    set_search_path(worker, &derive_search_path(catalog, table)).await?;
    let verdict = prepare_both(worker, &row(relation, columns, sql), sql).await?;
    set_search_path(worker, "").await?;
    match verdict {
        Ok(found) => assigned(worker, found, relation.column(column).type_oid).await,
        Err(refusal) => Ok(DeriveVerdict::Refused(refusal)),
    }
}

/// The type of the SQL, once both frames have taken it.
async fn prepare_both(
    worker: &mut SourceWorker,
    row: &str,
    sql: &str,
) -> Result<Result<u32, Refusal>, PgError> {
    let typed = ("SELECT CASE WHEN true THEN (", format!("\n) END FROM {row}"));
    let before = format!("SELECT pg_catalog.count(*) FROM {row}, LATERAL (VALUES (");
    let found = match refusal::prepare(worker, preparing(), (typed.0, &typed.1), sql).await? {
        Ok(prepared) if prepared.column_types == [RECORD_OID] => {
            return Ok(Err(Refusal::new(preparing(), "it gives several values")));
        }
        Ok(prepared) => prepared.column_types.first().copied().unwrap_or_default(),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let kept = refusal::prepare(worker, preparing(), (&before, ")) AS vetted"), sql).await?;
    Ok(kept.map(|_| found))
}

/// `pg_catalog`, so that nothing takes a built-in's place, then the table's schema and those of its columns' types.
pub fn derive_search_path(catalog: &Catalog, table: TableId) -> String {
    path_of(catalog, table, Some(&catalog.table(table).name.schema))
}

/// A row by a name that the SQL does not mention: on the target it has none.
fn row(table: &Table, columns: &[ColumnId], sql: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|id| format!("t.{}", table.column(*id).name)).collect();
    let mut alias = "row".to_owned();
    while sql.to_lowercase().contains(&alias) {
        alias.push('_');
    }
    format!("(SELECT {} FROM ONLY {} AS t) AS {}", columns.join(", "), table.name, Ident::new(alias))
}

async fn assigned(worker: &mut SourceWorker, found: u32, wanted: u32) -> Result<DeriveVerdict, PgError> {
    let sql = include_str!("../sql/assignable.sql");
    let rows = worker.fetch(doing("compare types"), sql, &[Param::Oid(found), Param::Oid(wanted)]).await?;
    match rows.first().map(|row| row.opt_text(0)).transpose()?.flatten() {
        None => Ok(DeriveVerdict::Taken),
        Some(name) => Ok(DeriveVerdict::OtherType(name.to_owned())),
    }
}

fn preparing() -> Doing {
    doing("prepare a derived column")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_and_a_quoted_name_stand_for_columns_and_a_string_does_not() {
        let names: Vec<String> =
            tokens("lower(\"E\"\"Mail\") || Name || 'city' -- street").flat_map(names_of).collect();
        let has = |name: &str| names.iter().any(|found| found == name);
        assert!(has("E\"Mail") && has("name") && has("lower"));
        assert!(!has("city") && !has("street") && !has("Name"));
    }
}
