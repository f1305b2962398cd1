//! `[[insert]]`: rows that the copy has besides production's.

use super::mask_rules::constant_of;
use super::reader::{Reader, Section, is_a, shown};
use super::{InsertRow, InsertRule, InsertValue};
use crate::diagnostic::Diagnostic;

impl Reader<'_> {
    pub(super) fn inserts(&mut self, root: &Section<'_>) -> Vec<InsertRule> {
        let sections = self.sections(root, "insert", "[[insert]]");
        sections.iter().filter_map(|section| self.insert(section)).collect()
    }

    fn insert(&mut self, section: &Section<'_>) -> Option<InsertRule> {
        self.known_keys(section, &["table", "row", "rows"]);
        self.at_most_one(section, &["row", "rows"]);
        if section.get("table").is_none() {
            self.missing(section, "table");
        }
        let rows = match section.get("row") {
            Some(entry) => self.as_section(section, entry, "\"row\" of [[insert]]").into_iter().collect(),
            None if section.get("rows").is_some() => self.sections(section, "rows", "a row of [[insert]]"),
            None => {
                self.missing(section, "row");
                Vec::new()
            }
        };
        let rows = rows.iter().map(|row| self.insert_row(row)).collect();
        let table = self.text(section, "table")?;
        Some(InsertRule { table: self.table_name(table)?, rows })
    }

    fn insert_row(&mut self, section: &Section<'_>) -> InsertRow {
        let mut values = Vec::new();
        for entry in &section.entries {
            if let Some(text) = constant_of(entry.value) {
                values.push((self.at(entry.key.to_owned(), entry.key_start), InsertValue::new(text)));
                continue;
            }
            let message = format!("invalid value for column {} in {}", shown(entry.key), section.name);
            let refusal = Diagnostic::rule("bad_value", message).detail(is_a(entry.value));
            let hint =
                "Write arrays, documents and integers beyond 64 bits as strings, as PostgreSQL reads them.";
            self.error(entry.value_start, refusal.hint(hint));
        }
        InsertRow { location: self.place(section.start), values }
    }
}
