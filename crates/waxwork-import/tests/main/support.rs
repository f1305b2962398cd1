//! What tests ask of an import.

use waxwork_import::Import;

/// The lines of a rule file that speak of a column: its comments and its rule, without what it was.
pub(crate) fn rule(import: &Import, column: &str) -> Option<String> {
    let start = format!("{column} = ");
    let line = import.rules.lines().find(|line| line.starts_with(&start))?;
    let rule = line[start.len()..].split("  # ").next()?;
    Some(rule.to_owned())
}

/// The notes above a column's rule.
pub(crate) fn notes(import: &Import, column: &str) -> Vec<String> {
    let start = format!("{column} = ");
    let before: Vec<&str> = import.rules.lines().take_while(|line| !line.starts_with(&start)).collect();
    let notes = before.iter().rev().map_while(|line| line.strip_prefix("# "));
    notes.map(str::to_owned).collect()
}

/// Gaps as a person reads them.
pub(crate) fn told(import: &Import) -> String {
    import.gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// What a mask of the tool's became: its rule and a `!` before it where that only stands in for it.
pub(crate) fn became(import: &Import, column: &str) -> String {
    let stands_in = if import.gaps.is_empty() { "" } else { "! " };
    format!("{stands_in}{}", rule(import, column).unwrap_or_else(|| "nothing".to_owned()))
}
