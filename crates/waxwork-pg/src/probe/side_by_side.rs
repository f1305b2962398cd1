//! How a question of many rows is put: by the server's own plan, or row by row through an index by all sessions at once.
//!
//! ```text
//!   tuple ids ─► so few of the parents that an index is surely better? ─┬─ no ─────────────► one session, as planned
//!                                  and EXPLAIN: is there one? ──────────┴─ yes ─► row by row ─┬─ few:  one session
//!                                                                                             └─ many: all, a part each
//! ```
//!
//! Of a big table whose rows of one key lie together ANALYZE sees far too few different keys in its sample, and the
//! planner then takes the children of one parent in a hundred for most of the table: it reads 60 million rows to find
//! 600,000. So the order of the join is ours where the numbers leave no doubt.
//!
//! What goes from row to row waits for one page after another, since PostgreSQL reads nothing ahead there; sessions beside
//! each other have as many reads under way as there are of them. What reads a table from end to end is never split: each
//! part would read it again.

use std::cell::RefCell;

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::error::{Doing, PgError, doing};
use crate::row::{Param, Row, Tid};
use crate::source::{SourceWorker, Workers};

/// When a question is asked row by row.
#[derive(Clone, Copy, Debug)]
pub struct Routing {
    /// Of these rows on. Below it is not worth asking the server whether it has an index.
    pub least: usize,
    /// Of these on by all sessions.
    pub split: usize,
    /// Up to these; more are a part of the parents for which a scan may be better.
    pub most: u64,
}

impl Routing {
    fn tries_index(self, ids: &[Tid]) -> bool {
        ids.len() >= self.least && ids.len() as u64 <= self.most
    }
}

/// How a question joins the table that it asks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// As the planner likes.
    Planned,
    /// For each row by itself: OFFSET 0 keeps the planner from making anything else of it.
    RowByRow,
}

/// A statement with its parameters.
pub(super) struct Question {
    pub(super) doing: Doing,
    pub(super) sql: String,
    pub(super) params: Vec<Param>,
}

impl Question {
    async fn ask(
        &self,
        worker: &mut SourceWorker,
        take: impl FnMut(Row) -> Result<(), PgError>,
    ) -> Result<(), PgError> {
        worker.for_each_row(self.doing.clone(), &self.sql, &self.params, take).await
    }

    /// Whether the server would go to every row by its id or an index.
    async fn goes_by_index(&self, worker: &mut SourceWorker) -> Result<bool, PgError> {
        let sql = format!("EXPLAIN (FORMAT JSON) {}", self.sql);
        let rows = worker.fetch(doing("explain a query"), &sql, &self.params).await?;
        let plan = rows.first().map(|row| row.text(0)).transpose()?.unwrap_or_default();
        // What is no plan that we can read is asked as planned.
        Ok(serde_json::from_str(plan).is_ok_and(|plan| !reads_tables(&plan)))
    }
}

/// Asks `question` of the rows with these ids, or of all where there are none, and hands over every row of the answer,
/// in no order. Every session that answers is first told to `lock` what the question reads.
pub(super) async fn for_each_row(
    workers: &mut Workers,
    lock: impl AsyncFn(&mut SourceWorker) -> Result<(), PgError>,
    ids: Option<&[Tid]>,
    routing: Routing,
    question: impl Fn(Option<&[Tid]>, Join) -> Question,
    take: impl FnMut(Row) -> Result<(), PgError>,
) -> Result<(), PgError> {
    lock(&mut workers.first).await?;
    let few = ids.filter(|ids| routing.tries_index(ids));
    let by_index = match few {
        // The form of the plan is the same for one row as for all.
        Some(ids) => question(Some(&ids[..1]), Join::RowByRow).goes_by_index(&mut workers.first).await?,
        None => false,
    };
    let (Some(ids), true) = (few, by_index) else {
        return question(ids, Join::Planned).ask(&mut workers.first, take).await;
    };
    let workers = if ids.len() < routing.split { vec![&mut workers.first] } else { workers.all().await? };
    let parts = ids.chunks(ids.len().div_ceil(workers.len()));
    let (take, question, lock) = (&RefCell::new(take), &question, &lock);
    let asked = workers.into_iter().zip(parts).map(|(worker, part)| async move {
        lock(worker).await?;
        question(Some(part), Join::RowByRow).ask(worker, |row| (take.borrow_mut())(row)).await
    });
    try_join_all(asked).await.map(drop)
}

/// A node of EXPLAIN's JSON, or one below it, reads a table without an index.
fn reads_tables(node: &Value) -> bool {
    match node {
        Value::Object(fields) => {
            fields.get("Node Type").and_then(Value::as_str).is_some_and(is_scan_of_all)
                || fields.values().any(reads_tables)
        }
        Value::Array(nodes) => nodes.iter().any(reads_tables),
        _ => false,
    }
}

fn is_scan_of_all(node_type: &str) -> bool {
    matches!(node_type, "Seq Scan" | "Custom Scan" | "Foreign Scan")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(inner: &str) -> Value {
        serde_json::from_str(&format!(
            r#"[{{"Plan": {{"Node Type": "Nested Loop", "Plans": [{{"Node Type": "Tid Scan"}}, {{"Node Type": "{inner}"}}]}}}}]"#
        ))
        .unwrap()
    }

    #[test]
    fn a_plan_with_a_scan_of_a_table_anywhere_reads_tables() {
        assert!(reads_tables(&plan("Seq Scan")));
        assert!(!reads_tables(&plan("Index Scan")));
        assert!(!reads_tables(&plan("Bitmap Heap Scan")));
    }
}
