//! `[table.T]`: what happens to a table's rows and columns.

use super::reader::{Entry, Reader, Section, is_a, shown};
use super::subset_rules::named_twice;
use super::{At, ColumnRule, TableRules, name};
use crate::diagnostic::Diagnostic;
use toml::de::DeValue;

/// The settings of `[table.T]`; every other key is a column.
const SETTINGS: [&str; 2] = ["rows", "columns"];

/// What `rows` may say.
const ROWS: [&str; 3] = ["all", "none", "subset"];

impl Reader<'_> {
    pub(super) fn tables(&mut self, root: &Section<'_>) -> Vec<TableRules> {
        let Some(section) = self.section(root, "table", "[table]") else { return Vec::new() };
        let mut tables: Vec<TableRules> = Vec::new();
        for entry in &section.entries {
            let Some(table) = self.table(&section, *entry) else { continue };
            if let Some(earlier) = tables.iter().find(|earlier| earlier.name.value == table.name.value) {
                let twice = named_twice("table", &name::plain_table(&table.name.value), &earlier.name);
                self.push(twice.at(Some(table.name.location.clone())));
            }
            tables.push(table);
        }
        tables
    }

    fn table(&mut self, all: &Section<'_>, entry: Entry<'_>) -> Option<TableRules> {
        let section = self.as_section(all, entry, format!("table {}", shown(entry.key)));
        let name = self.table_name(self.at(entry.key.to_owned(), entry.key_start));
        let section = section?;
        let rows = section.get("rows").and_then(|entry| self.rows(&section, entry));
        let columns = self.columns(&section);
        Some(TableRules { name: name?, rows, columns })
    }

    fn rows(&mut self, section: &Section<'_>, entry: Entry<'_>) -> Option<At<String>> {
        let diagnostic = match entry.value {
            DeValue::String(word) if ROWS.contains(&word.as_ref()) => {
                return Some(self.at(word.to_string(), entry.value_start));
            }
            DeValue::String(_) => {
                let message = format!("invalid value for key \"rows\" in {}", section.name);
                Diagnostic::rule("bad_value", message)
            }
            other => {
                let message = format!("key \"rows\" in {} must be a string", section.name);
                Diagnostic::rule("wrong_type", message).detail(is_a(other))
            }
        };
        let hint =
            "It is \"all\", \"none\" or \"subset\"; a column of that name stands in [table.T.columns].";
        self.error(entry.value_start, diagnostic.hint(hint));
        None
    }

    fn columns(&mut self, section: &Section<'_>) -> Vec<ColumnRule> {
        let beside = section.entries.iter().filter(|entry| !SETTINGS.contains(&entry.key)).copied();
        let mut entries: Vec<Entry<'_>> = beside.collect();
        let inner = self.section(section, "columns", format!("\"columns\" of {}", section.name));
        entries.extend(inner.iter().flat_map(|inner| inner.entries.iter().copied()));
        let mut columns: Vec<ColumnRule> = Vec::new();
        for entry in entries {
            let column = self.at(entry.key.to_owned(), entry.key_start);
            if let Some(earlier) = columns.iter().find(|earlier| earlier.column.value == column.value) {
                let twice = named_twice("column", &shown(entry.key), &earlier.column);
                self.push(twice.at(Some(column.location.clone())));
            }
            let rules = self.rules(entry.value, entry.value_start, &format!("column {}", shown(entry.key)));
            columns.extend(rules.map(|(cases, rule)| ColumnRule { column, cases, rule }));
        }
        columns
    }
}
