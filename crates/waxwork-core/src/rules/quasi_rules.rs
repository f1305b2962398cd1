//! `[[quasi_identifiers]]`: columns that together may tell who a row is about.

use super::reader::{Reader, Section, shown};
use super::subset_rules::named_twice;
use super::{At, Below, QuasiRule};
use crate::diagnostic::Diagnostic;

/// One row alone is no group.
const K_MIN: i64 = 2;

impl Reader<'_> {
    pub(super) fn quasi_identifiers(&mut self, root: &Section<'_>) -> Vec<QuasiRule> {
        let sections = self.sections(root, "quasi_identifiers", "[[quasi_identifiers]]");
        sections.iter().filter_map(|section| self.quasi_rule(section)).collect()
    }

    fn quasi_rule(&mut self, section: &Section<'_>) -> Option<QuasiRule> {
        self.known_keys(section, &["table", "columns", "k", "below"]);
        for key in ["table", "columns"] {
            if section.get(key).is_none() {
                self.missing(section, key);
            }
        }
        let columns = self.quasi_columns(section);
        let k = self.integer(section, "k", K_MIN..=i64::MAX);
        let below = self.below(section);
        if below != Below::Report && section.get("k").is_none() {
            let message = format!("key \"k\" is missing in {}", section.name);
            let hint = "Say how many rows must agree, at least: k = 5.";
            self.error(section.start, Diagnostic::rule("missing_key", message).hint(hint));
        }
        let table = self.text(section, "table")?;
        let k = k.map(|k| k.value.unsigned_abs());
        Some(QuasiRule { table: self.table_name(table)?, columns, k, below })
    }

    fn below(&mut self, section: &Section<'_>) -> Below {
        let word = self.word(section, "below", &Below::ALL.map(Below::name));
        let word = word.as_ref().map(|word| word.value.as_str());
        Below::ALL.into_iter().find(|below| Some(below.name()) == word).unwrap_or_default()
    }

    fn quasi_columns(&mut self, section: &Section<'_>) -> Vec<At<String>> {
        let columns = self.texts(section, "columns");
        for (at, column) in columns.iter().enumerate() {
            if let Some(earlier) = columns[..at].iter().find(|earlier| earlier.value == column.value) {
                let twice = named_twice("column", &shown(&column.value), earlier);
                self.push(twice.at(Some(column.location.clone())));
            }
        }
        if let Some(entry) = section.get("columns").filter(|entry| {
            columns.is_empty() && matches!(entry.value, toml::de::DeValue::Array(items) if items.is_empty())
        }) {
            let message = format!("key \"columns\" in {} must name a column", section.name);
            self.error(entry.value_start, Diagnostic::rule("bad_value", message));
        }
        columns
    }
}
