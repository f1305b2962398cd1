//! Queries written for the task: the floor.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use waxwork_fixtures::TempCluster;

use super::DATABASE;
use super::task::Task;

/// Extracts under one snapshot, loads, makes the keys.
pub(super) fn run(task: Task, source: &TempCluster, target: &TempCluster) -> Result<()> {
    let folder = tempfile::tempdir()?;
    source.psql(DATABASE, &extract(task, folder.path()))?;
    target.create_database(DATABASE)?;
    target.psql(DATABASE, &load(task, folder.path()))?;
    target.psql(DATABASE, &format!("{}; ANALYZE", task.keys())).map(drop)
}

fn extract(task: Task, folder: &Path) -> String {
    let mut script = String::from("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n");
    for (table, query) in task.queries() {
        // psql takes a backslash command up to the end of its line.
        let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(script, "\\copy ({query}) TO '{}' (FORMAT binary)", file(folder, table));
    }
    script + "COMMIT"
}

fn load(task: Task, folder: &Path) -> String {
    let mut script = format!("BEGIN;\n{};\n", task.tables());
    for (table, _) in task.queries() {
        let _ = writeln!(script, "\\copy {table} FROM '{}' (FORMAT binary, FREEZE)", file(folder, table));
    }
    script + "COMMIT"
}

fn file(folder: &Path, table: &str) -> String {
    folder.join(table).display().to_string()
}
