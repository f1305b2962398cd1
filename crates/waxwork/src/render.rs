//! Findings, errors and reports as text, in PostgreSQL's grammar.

use anstyle::{AnsiColor, Style};
use std::fmt::Write;
use waxwork_core::report::{BudgetReport, CheckStatus, Finding, QuasiReport, RunReport};
use waxwork_core::size::shown_size;

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// `warning: …` with its detail and hint.
pub(crate) fn warning(finding: &Finding) -> String {
    render("warning", YELLOW, finding)
}

/// `error: …` with its detail and hint.
pub(crate) fn error(finding: &Finding) -> String {
    render("error", RED, finding)
}

fn render(word: &str, style: Style, finding: &Finding) -> String {
    let mut text = format!("{style}{word}:{style:#} {}", finding.message);
    let parts = [("  --> ", &finding.place), ("  detail: ", &finding.detail), ("  hint: ", &finding.hint)];
    for (lead, part) in parts {
        if let Some(part) = part {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{lead}{part}");
        }
    }
    text
}

/// What `doctor` found: a line a check, its detail and hint beneath.
pub(crate) fn checks(report: &RunReport) -> String {
    let mut text = String::new();
    let width = report.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    for check in &report.checks {
        let (word, style) = match check.status {
            CheckStatus::Ok => ("ok  ", GREEN),
            CheckStatus::Warn => ("warn", YELLOW),
            CheckStatus::Fail => ("fail", RED),
        };
        let message = printable(&check.finding.message);
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "{style}{word}{style:#}  {:width$}  {message}", check.name);
        for (lead, part) in [("detail: ", &check.finding.detail), ("hint: ", &check.finding.hint)] {
            if let Some(part) = part {
                let _ = writeln!(text, "{:indent$}{lead}{}", "", printable(part), indent = width + 8);
            }
        }
    }
    let count = |status| report.checks.iter().filter(|check| check.status == status).count();
    let (failed, warned) = (count(CheckStatus::Fail), count(CheckStatus::Warn));
    let _ = write!(text, "{} checks: {failed} failed, {warned} warnings", report.checks.len());
    text
}

/// A name without what would move a terminal's cursor.
pub(crate) fn printable(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

/// What a person reads of a set of quasi-identifiers.
fn quasi_line(set: &QuasiReport) -> String {
    let names = set.columns.join(", ");
    let mut line = format!("k of the copy, {} ({}): ", printable(&set.table), printable(&names));
    let Some(smallest) = set.smallest_k else { return line + "no rows" };
    let unique = set.unique_share * 100.0;
    let _ = write!(
        line,
        "{smallest}; {} combinations of {} rows, {unique:.1} % of them unique",
        set.combinations, set.rows
    );
    if let (Some(k), Some(below)) = (set.k, set.rows_below_k) {
        let _ = write!(line, "; {below} rows below {k}");
    }
    if let Some(rows) = set.generalised_rows {
        let _ = write!(line, "; {rows} rows generalised");
    }
    line
}

/// How a budget was filled.
pub(crate) fn budget_line(budget: &BudgetReport) -> String {
    let BudgetReport { seed_rows_taken, seed_rows, .. } = budget;
    let part = *seed_rows_taken as f64 * 100.0 / (*seed_rows).max(1) as f64;
    let mut line = format!("budget: {seed_rows_taken} of {seed_rows} seed rows ({part:.1} %)");
    if let Some(most) = budget.rows_most {
        let _ = write!(line, ", {} of {most} rows", budget.rows);
    }
    if let Some(most) = budget.bytes_most {
        let _ = write!(line, ", about {} of {}", shown_size(budget.bytes), shown_size(most));
    }
    line
}

/// What a person reads after a refresh: a line a table, then the sums.
pub(crate) fn summary(report: &RunReport) -> String {
    let width = report.tables.iter().map(|table| table.name.chars().count()).max().unwrap_or(5).max(5);
    let part = if report.budget.is_some() { "  of source" } else { "" };
    let mut text = format!("{:width$}  {:>12}  {:>10}  {:>6}{part}\n", "table", "rows", "MiB", "masked");
    for table in &report.tables {
        let mebibytes = table.bytes as f64 / (1024.0 * 1024.0);
        let part = table.source_share.map(|share| format!("  {:>7.1} %", share * 100.0)).unwrap_or_default();
        let _ = writeln!(
            text,
            "{:width$}  {:>12}  {mebibytes:>10.1}  {:>6}{part}",
            printable(&table.name),
            table.rows,
            table.masked_columns
        );
    }
    if let Some(budget) = &report.budget {
        let _ = writeln!(text, "{}", budget_line(budget));
    }
    for set in &report.quasi_identifiers {
        let _ = writeln!(text, "{}", quasi_line(set));
    }
    if let Some(snapshot) = &report.snapshot {
        let _ = writeln!(
            text,
            "the source's snapshot was held for {:.1} s; tables locked in ACCESS SHARE mode: {}",
            snapshot.seconds, snapshot.locked_tables
        );
    }
    let rows: u64 = report.tables.iter().map(|table| table.rows).sum();
    let seconds: f64 = report.seconds.values().sum();
    let done = report
        .target
        .as_deref()
        .map_or("wrote the script".to_owned(), |name| format!("published {}", printable(name)));
    let _ = write!(text, "{done}: {rows} rows in {seconds:.1} s");
    text
}
