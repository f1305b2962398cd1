//! Reads a pack's own text, with the reader of the rule file.

use super::names::Pattern;
use super::{Family, Pack, PackEntry, TableEntry};
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use crate::rules::Rule;
use crate::rules::reader::{Reader, Section, shown};
use toml::de::DeTable;

/// The version of the pack format that this waxwork reads.
const VERSION: i64 = 1;

impl Pack {
    /// Reads a pack of that name from a file's text; gives every error at once.
    pub(super) fn parse(name: &str, file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::new(file, text);
        let (document, syntax_errors) = DeTable::parse_recoverable(text);
        if reader.syntax(&syntax_errors) {
            return Err(reader.into_errors());
        }
        let root = Section::new("the pack", 0, document.get_ref());
        let pack = reader.pack(name, &root);
        reader.finish(pack)
    }
}

impl Reader<'_> {
    fn pack(&mut self, name: &str, root: &Section<'_>) -> Pack {
        self.known_keys(root, &["version", "key", "extends", "table", "entry"]);
        if root.get("version").is_none() {
            self.missing(root, "version");
        }
        self.integer(root, "version", VERSION..=VERSION);
        let tables = self.sections(root, "table", "[[table]]");
        let entries = self.sections(root, "entry", "[[entry]]");
        Pack {
            name: name.to_owned(),
            random_key: self.word(root, "key", &["random"]).is_some(),
            extends: self.texts(root, "extends"),
            tables: tables.iter().filter_map(|table| self.table_entry(table)).collect(),
            entries: entries.iter().filter_map(|entry| self.pack_entry(entry)).collect(),
        }
    }

    fn table_entry(&mut self, section: &Section<'_>) -> Option<TableEntry> {
        self.known_keys(section, &["what", "names", "schemas", "columns", "rows"]);
        self.all_there(section, &["what", "names", "columns", "rows"]);
        let names = self.patterns(section, "names");
        let columns = self.patterns(section, "columns");
        // A name alone is nobody's product: `jobs` may be what a company lives by.
        if columns.is_empty() && section.get("columns").is_some() {
            let message = "key \"columns\" in [[table]] must not be empty";
            self.error(section.start, Diagnostic::rule("bad_value", message));
        }
        let schemas = self.texts(section, "schemas").into_iter().map(|schema| schema.value).collect();
        self.word(section, "rows", &["none"]);
        Some(TableEntry { what: self.text(section, "what")?.value, names, schemas, columns })
    }

    fn all_there(&mut self, section: &Section<'_>, keys: &[&str]) {
        for key in keys.iter().filter(|key| section.get(key).is_none()) {
            self.missing(section, key);
        }
    }

    fn pack_entry(&mut self, section: &Section<'_>) -> Option<PackEntry> {
        let known: Vec<&'static str> =
            ["what", "names"].into_iter().chain(Family::KEYS.iter().map(|(key, _)| *key)).collect();
        self.known_keys(section, &known);
        self.all_there(section, &["what", "names"]);
        let names = self.patterns(section, "names");
        let rules =
            Family::KEYS.iter().filter_map(|(key, family)| Some((*family, self.pack_rule(section, key)?)));
        let rules: Vec<(Family, Rule)> = rules.collect();
        if !Family::KEYS.iter().any(|(key, _)| section.get(key).is_some()) {
            self.error(section.start, Diagnostic::rule("missing_key", "[[entry]] has no rule"));
        }
        Some(PackEntry { what: self.text(section, "what")?.value, names, rules })
    }

    fn patterns(&mut self, section: &Section<'_>, key: &str) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for name in self.texts(section, key) {
            match Pattern::new(&name.value) {
                Some(pattern) => patterns.push(pattern),
                None => {
                    let message = format!("invalid pattern {} in {}", shown(&name.value), section.name);
                    let detail = "A pattern is lower-case words joined by \"_\", and \"*\".";
                    self.push(
                        Diagnostic::rule("bad_pattern", message).detail(detail).at(Some(name.location)),
                    );
                }
            }
        }
        patterns
    }

    fn pack_rule(&mut self, section: &Section<'_>, key: &str) -> Option<Rule> {
        let entry = section.get(key)?;
        let rule = self.rule(entry.value, entry.value_start, &format!("family \"{key}\""))?;
        if let Some(detail) = keeps(&rule) {
            let message = format!("rule of family \"{key}\" keeps values");
            self.error(entry.value_start, Diagnostic::rule("bad_value", message).detail(detail));
        }
        Some(rule)
    }
}

/// Why a rule may leave something of a value as it is; SQL may, too.
fn keeps(rule: &Rule) -> Option<&'static str> {
    match rule {
        Rule::Keep(_) | Rule::Derive(_) => Some("A pack never keeps."),
        // Whatever its leaves become: nobody who writes a pack knows what a site's keys are.
        Rule::Mask(mask) if mask.mask.value == MaskKind::Json.name() => {
            Some("A pack never keeps, and \"json\" keeps booleans, nulls and the keys of objects.")
        }
        Rule::Null(_) | Rule::Mask(_) => None,
    }
}
