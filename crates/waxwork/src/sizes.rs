//! What `plan --exact` says to people: a table of sizes, what brings them as a tree, and what less would save.

use crate::render::budget_line;
use std::fmt::Write;
use waxwork_core::report::{Amplifier, BudgetReport, Origin, SubsetReport, SubsetTable, Way};
use waxwork_core::size::shown_size;
use waxwork_core::words::{counted, printable};

/// All of it. Tables without rows are only counted.
pub(crate) fn text(subset: &SubsetReport, budget: Option<&BudgetReport>) -> String {
    let mut text =
        String::from("the copy, exactly; sizes are estimates, of what its rows take in the source\n\n");
    // Writing to a String cannot fail, here and below.
    if let Some(budget) = budget {
        let _ = writeln!(text, "{}\n", budget_line(budget));
    }
    sizes(&mut text, subset);
    text.push_str("\nwhat brings the rows: to each table the references that bring most\n");
    for table in subset.tables.iter().filter(|table| table.path.is_empty() && table.rows > 0) {
        let origin = if table.origin == Origin::Seed { "seed" } else { "taken whole" };
        let rows = if table.origin == Origin::Seed { table.seed_rows } else { table.rows };
        let _ = writeln!(text, "{}: {rows}, {origin}", printable(&table.name));
        branches(&mut text, subset, &table.name, 1);
    }
    if !subset.amplifiers.is_empty() {
        text.push_str("\nthe references that bring most, and the copy found once more without\n");
    }
    subset.amplifiers.iter().for_each(|amplifier| amplifies(&mut text, amplifier));
    text
}

fn sizes(text: &mut String, subset: &SubsetReport) {
    let copied: Vec<&SubsetTable> = subset.tables.iter().filter(|table| table.rows > 0).collect();
    let width = copied.iter().map(|table| printable(&table.name).chars().count()).max().unwrap_or(5).max(9);
    let _ = writeln!(text, "{:width$}  {:>12}  {:>9}  {:>9}", "table", "rows", "of source", "size");
    for table in &copied {
        let share = table.source_share.map_or(String::new(), |share| format!("{:.1} %", share * 100.0));
        let name = printable(&table.name);
        let _ =
            writeln!(text, "{name:width$}  {:>12}  {share:>9}  {:>9}", table.rows, shown_size(table.bytes));
    }
    let all = tables(copied.len());
    let _ = writeln!(text, "{all:width$}  {:>12}  {:>9}  {:>9}", subset.rows, "", shown_size(subset.bytes));
    let empty = subset.tables.len() - copied.len();
    if empty > 0 {
        let _ = writeln!(text, "without rows: {}", tables(empty));
    }
}

fn tables(number: usize) -> String {
    counted(number as u64, "table")
}

fn branches(text: &mut String, subset: &SubsetReport, from: &str, depth: usize) {
    for table in &subset.tables {
        let Some(step) = table.path.last().filter(|step| step.from == from) else { continue };
        let way = if step.way == Way::Children { "children" } else { "parents" };
        let name = printable(&table.name);
        let reference = printable(&step.reference);
        let _ =
            writeln!(text, "{:indent$}{name}: {} {way} by {reference}", "", step.rows, indent = 2 * depth);
        branches(text, subset, &table.name, depth + 1);
    }
}

fn amplifies(text: &mut String, amplifier: &Amplifier) {
    let way = if amplifier.way == Way::Children { "children" } else { "parents" };
    let _ = write!(text, "{}: {} {way}", printable(&amplifier.reference), amplifier.rows);
    if let (Some(change), Some(rows), Some(bytes)) =
        (&amplifier.change, amplifier.saved_rows, amplifier.saved_bytes)
    {
        let more = if rows < 0 { "more" } else { "less" };
        let _ = write!(
            text,
            "; {change}: {} {more}, about {}",
            counted(rows.unsigned_abs(), "row"),
            shown_size(bytes.unsigned_abs())
        );
    }
    text.push('\n');
}
