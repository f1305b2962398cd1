//! Seeds: `seed = [{ table = "customer", percent = 5 }, …]` against the catalog.

use crate::catalog::{Catalog, TableId};
use crate::diagnostic::Diagnostic;
use crate::rules::{At, SeedRule};

use super::names::find_table;
use super::{Quota, Seed};

/// Resolves the seeds; whether a seed's table is `none` is the classes' to say.
pub(super) fn resolve(rules: &[SeedRule], catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Vec<Seed> {
    rules.iter().filter_map(|rule| seed(rule, catalog, diagnostics)).collect()
}

fn seed(rule: &SeedRule, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) -> Option<Seed> {
    let location = &rule.table.location;
    let table = find_table(catalog, &rule.table.value, location, diagnostics);
    let quota = quota(rule, diagnostics);
    let (table, quota) = (table?, quota?);
    if let Some(diagnostic) = names_partition(catalog, table) {
        diagnostics.push(diagnostic.at(Some(location.clone())));
        return None;
    }
    let condition = rule.condition.clone();
    Some(Seed { table, condition, quota, location: Some(location.clone()) })
}

fn names_partition(catalog: &Catalog, table: TableId) -> Option<Diagnostic> {
    catalog.table(table).partition_of?;
    let name = &catalog.table(table).sql_name;
    let root = &catalog.table(catalog.root(table)).sql_name;
    let message = format!("seed names a partition: table {name}");
    Some(Diagnostic::rule("seed_partition", message).hint(format!("Name {root}, with a where if need be.")))
}

fn quota(rule: &SeedRule, diagnostics: &mut Vec<Diagnostic>) -> Option<Quota> {
    match (&rule.percent, &rule.rows) {
        (None, None) => Some(Quota::Every),
        (None, Some(rows)) => Some(Quota::Rows(rows.value)),
        (Some(percent), None) => {
            let parsed = parse_percent(&percent.value);
            if parsed.is_none() {
                diagnostics.push(bad_percent(percent));
            }
            parsed
        }
        (Some(percent), Some(_)) => {
            let message = "seed has both percent and rows";
            let hint = "Write two seeds, or keep one of them.";
            diagnostics
                .push(Diagnostic::rule("seed_quota", message).hint(hint).at(Some(percent.location.clone())));
            None
        }
    }
}

fn bad_percent(percent: &At<String>) -> Diagnostic {
    let message = format!("percent is not a plain decimal above 0 and up to 100: {}", percent.value);
    Diagnostic::rule("seed_quota", message).at(Some(percent.location.clone()))
}

/// Reads a decimal as it is written, so that 0.1 stays one tenth: `digits / 10^scale`, above 0 and up to 100.
fn parse_percent(text: &str) -> Option<Quota> {
    let text = text.strip_prefix('+').unwrap_or(text).replace('_', "");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
    let scale = u32::try_from(fraction.len()).ok()?;
    let hundred = 10u64.checked_pow(scale)?.checked_mul(100)?;
    (digits > 0 && digits <= hundred).then_some(Quota::Percent { digits, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_as_the_decimal_that_is_written() {
        let percent = |digits, scale| Some(Quota::Percent { digits, scale });
        for (text, expected) in [
            ("5", percent(5, 0)),
            ("2.50", percent(25, 1)),
            ("0.1", percent(1, 1)),
            ("100", percent(100, 0)),
            ("100.0", percent(100, 0)),
            ("100.1", None),
            ("0", None),
            ("0.0", None),
            ("-1", None),
            ("1e1", None),
            ("nan", None),
            (".5", None),
            ("0.00000000000000000001", None),
        ] {
            assert_eq!(parse_percent(text), expected, "{text}");
        }
    }
}
