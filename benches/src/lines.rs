//! Generated rows on their way into a table.

use anyhow::Result;
use waxwork_fixtures::Client;

/// Rows are sent in pieces of this size.
const SEND_BYTES: usize = 1 << 20;

/// Sends rows in COPY's text form, without their line breaks; `table` may have a column list.
pub(crate) fn send(client: &Client, table: &str, lines: impl Iterator<Item = String>) -> Result<()> {
    let mut stream = client.copy_in(table)?;
    let mut rows = String::with_capacity(SEND_BYTES + 1024);
    for line in lines {
        rows.push_str(&line);
        rows.push('\n');
        if rows.len() >= SEND_BYTES {
            stream = stream.send(rows.as_bytes())?;
            rows.clear();
        }
    }
    stream.send(rows.as_bytes())?.finish()
}

/// TPC-H's own text form ends fields by a bar and never holds one, nor a tab or a backslash.
pub(crate) fn tpch(line: &impl ToString) -> String {
    line.to_string().trim_end_matches('|').replace('|', "\t")
}
