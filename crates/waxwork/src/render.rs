//! Findings, errors and reports as text, in PostgreSQL's grammar.

use anstyle::{AnsiColor, Style};
use std::fmt::Write;
use waxwork_core::report::{BudgetReport, CheckStatus, Finding, QuasiReport, RunReport};
use waxwork_core::size::shown_size;
use waxwork_core::words::{counted, printable};

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
    let mut text = format!("{style}{word}:{style:#} {}", printable(&finding.message));
    let parts = [("  --> ", &finding.place), ("  detail: ", &finding.detail), ("  hint: ", &finding.hint)];
    for (lead, part) in parts {
        if let Some(part) = part {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{lead}{}", printable(part));
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
    let checks = counted(report.checks.len() as u64, "check");
    let _ = write!(text, "{checks}: {failed} failed, {}", counted(warned as u64, "warning"));
    text
}

/// What a person reads of a set of quasi-identifiers.
fn quasi_line(set: &QuasiReport) -> String {
    let names = set.columns.join(", ");
    let mut line = format!("k of the copy, {} ({}): ", printable(&set.table), printable(&names));
    let Some(smallest) = set.smallest_k else { return line + "no rows" };
    let unique = set.unique_share * 100.0;
    let _ = write!(
        line,
        "{smallest}; {} of {}, {unique:.1} % of them unique",
        counted(set.combinations, "combination"),
        counted(set.rows, "row")
    );
    if let (Some(k), Some(below)) = (set.k, set.rows_below_k) {
        let _ = write!(line, "; {} below {k}", counted(below, "row"));
    }
    if let Some(rows) = set.generalised_rows {
        let _ = write!(line, "; {} generalised", counted(rows, "row"));
    }
    line
}

/// How a budget was filled.
pub(crate) fn budget_line(budget: &BudgetReport) -> String {
    let BudgetReport { seed_rows_taken, seed_rows, .. } = budget;
    let part = *seed_rows_taken as f64 * 100.0 / (*seed_rows).max(1) as f64;
    let mut line = format!("budget: {seed_rows_taken} of {seed_rows} seed rows ({part:.1} %)");
    if let Some(most) = budget.rows_most {
        let _ = write!(line, ", {} of {}", budget.rows, counted(most, "row"));
    }
    if let Some(most) = budget.bytes_most {
        let _ = write!(line, ", about {} of {}", shown_size(budget.bytes), shown_size(most));
    }
    line
}

/// A line for each table that several streams load.
pub(crate) fn streams(report: &RunReport) -> String {
    let tables = report.tables.iter().filter_map(|table| Some((&table.name, table.streams?)));
    tables
        .map(|(name, streams)| format!("{}: {streams} streams, without FREEZE\n", printable(name)))
        .collect()
}

/// What a person reads after a refresh: a line a table, then the sums.
pub(crate) fn summary(report: &RunReport) -> String {
    let width =
        report.tables.iter().map(|table| printable(&table.name).chars().count()).max().unwrap_or(5).max(5);
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
    text += &streams(report);
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
    let _ = write!(text, "{done}: {} in {seconds:.1} s", counted(rows, "row"));
    text
}
