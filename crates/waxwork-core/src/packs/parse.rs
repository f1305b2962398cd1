//! Reads a pack's own text, with the reader of the rule file.

use super::names::Pattern;
use super::{Family, Pack, PackEntry};
use crate::diagnostic::Diagnostic;
use crate::rules::reader::{Reader, Section, shown};
use crate::rules::{OptionValue, Rule};
use toml::de::DeTable;

/// The version of the pack format that this waxwork reads.
const VERSION: i64 = 1;

impl Pack {
    /// Reads a pack; gives every error at once.
    pub(super) fn parse(name: &'static str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::new(name, text);
        let (document, syntax_errors) = DeTable::parse_recoverable(text);
        reader.syntax(&syntax_errors);
        let root = Section::new("the pack", 0, document.get_ref());
        let entries = reader.pack(&root);
        reader.finish(Pack { name, entries })
    }
}

impl Reader<'_> {
    fn pack(&mut self, root: &Section<'_>) -> Vec<PackEntry> {
        self.known_keys(root, &["version", "entry"]);
        if root.get("version").is_none() {
            self.missing(root, "version");
        }
        self.integer(root, "version", VERSION..=VERSION);
        let entries = self.sections(root, "entry", "[[entry]]");
        entries.iter().filter_map(|entry| self.pack_entry(entry)).collect()
    }

    fn pack_entry(&mut self, section: &Section<'_>) -> Option<PackEntry> {
        let known: Vec<&'static str> =
            ["what", "names"].into_iter().chain(Family::KEYS.iter().map(|(key, _)| *key)).collect();
        self.known_keys(section, &known);
        for key in ["what", "names"] {
            if section.get(key).is_none() {
                self.missing(section, key);
            }
        }
        let names = self.patterns(section);
        let rules =
            Family::KEYS.iter().filter_map(|(key, family)| Some((*family, self.pack_rule(section, key)?)));
        let rules: Vec<(Family, Rule)> = rules.collect();
        if !Family::KEYS.iter().any(|(key, _)| section.get(key).is_some()) {
            self.error(section.start, Diagnostic::rule("missing_key", "[[entry]] has no rule"));
        }
        Some(PackEntry { what: self.text(section, "what")?.value, names, rules })
    }

    fn patterns(&mut self, section: &Section<'_>) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for name in self.texts(section, "names") {
            match Pattern::new(&name.value) {
                Some(pattern) => patterns.push(pattern),
                None => {
                    let message = format!("invalid pattern {} in [[entry]]", shown(&name.value));
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
        if keeps(&rule) {
            let message = format!("rule of family \"{key}\" keeps values");
            self.error(
                entry.value_start,
                Diagnostic::rule("bad_value", message).detail("A pack never keeps."),
            );
        }
        Some(rule)
    }
}

/// Whether a rule keeps a value, or a leaf of one.
fn keeps(rule: &Rule) -> bool {
    match rule {
        Rule::Keep(_) => true,
        Rule::Null(_) => false,
        Rule::Mask(mask) => mask.options.iter().any(|(_, option)| match option {
            OptionValue::Paths(paths) => paths.iter().any(|(_, rule)| keeps(rule)),
            OptionValue::Rule(rest) => keeps(rest),
            OptionValue::Text(_)
            | OptionValue::Integer(_)
            | OptionValue::Float(_)
            | OptionValue::Flag(_)
            | OptionValue::Integers(..)
            | OptionValue::Texts(_)
            | OptionValue::Weights(_) => false,
        }),
    }
}
