//! Seeds of `[subset]`: the rows that a copy starts from.

use super::reader::{Entry, Reader, Section};
use super::{At, SeedRule, decimal};
use crate::diagnostic::Diagnostic;
use crate::subset::Condition;
use toml::de::DeValue;

impl Reader<'_> {
    pub(super) fn seed(&mut self, section: &Section<'_>) -> Option<SeedRule> {
        self.known_keys(section, &["table", "where", "keys", "keys_file", "percent", "rows", "by"]);
        self.at_most_one(section, &["percent", "rows"]);
        self.at_most_one(section, &["where", "keys", "keys_file"]);
        if section.get("table").is_none() {
            self.missing(section, "table");
        }
        let condition = self.condition(section);
        let keys = self.keys(section);
        let percent = self.percent(section);
        let rows = self.count(section, "rows", 0);
        let by = self.text(section, "by");
        if let (Some(by), None, None) = (&by, &percent, &rows) {
            let message = format!("key \"by\" in {} has nothing to divide", section.name);
            let hint = "It takes percent or rows of the rows that have one value of a column.";
            self.push(Diagnostic::rule("bad_value", message).hint(hint).at(Some(by.location.clone())));
        }
        let table = self.text(section, "table")?;
        let table = self.table_name(table)?;
        Some(SeedRule { table, condition, keys, percent, rows, by })
    }

    pub(super) fn condition(&mut self, section: &Section<'_>) -> Option<Condition> {
        let text = self.text(section, "where")?;
        Some(Condition { sql: text.value, location: Some(text.location) })
    }

    /// The decimal as it is written, because the rows that it selects are counted without rounding it first.
    fn percent(&mut self, section: &Section<'_>) -> Option<At<String>> {
        let entry = section.get("percent")?;
        let Some(written) = written(entry) else {
            self.wrong_type(section, entry, "a decimal number");
            return None;
        };
        let written = written.strip_prefix('+').unwrap_or(written);
        if decimal(written).is_some_and(is_percentage) {
            return Some(self.at(written.to_owned(), entry.value_start));
        }
        let message = format!("key \"percent\" in {} is out of range", section.name);
        let detail = "It must be a plain decimal above 0 and at most 100, of at most 18 digits.";
        self.error(entry.value_start, Diagnostic::rule("bad_value", message).detail(detail));
        None
    }
}

fn written<'e>(entry: Entry<'e>) -> Option<&'e str> {
    match entry.value {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
        DeValue::Float(number) => Some(number.as_str()),
        _ => None,
    }
}

/// Above 0 and at most 100.
fn is_percentage((digits, scale): (u64, u32)) -> bool {
    digits > 0 && u128::from(digits) <= 100 * 10u128.pow(scale)
}
