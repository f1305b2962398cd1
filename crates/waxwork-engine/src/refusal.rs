//! How it is told that the server does not take SQL of a rule file: in our words, and by its place in that SQL.

use waxwork_pg::probe::Refusal;

/// A sentence for a diagnostic's detail.
pub(crate) fn told(refusal: &Refusal) -> String {
    let place = refusal.at.map(|at| format!(" at character {at}")).unwrap_or_default();
    let code = refusal.error.sqlstate().map(|code| format!(" (SQLSTATE {code})")).unwrap_or_default();
    format!("PostgreSQL says: {}{place}{code}.", reason(refusal))
}

/// The commonest refusals; the server's own words may hold what the SQL says.
fn reason(refusal: &Refusal) -> &str {
    match refusal.error.sqlstate() {
        Some("42601") => "it is not one SQL expression",
        Some("42703") => "a column in it is not one of the row's",
        Some("42P01") => "a table in it is not known",
        Some("42883") => "a function or operator in it does not exist for these types",
        Some("42804") => "it, or a part of it, is of another type than it must be",
        Some("42803" | "42P20") => "it holds an aggregate or a window function",
        Some("0A000") => "it holds what stands in no expression of one row",
        _ => refusal.error.message().unwrap_or("the server does not accept it"),
    }
}
