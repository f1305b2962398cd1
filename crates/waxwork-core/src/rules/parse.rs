//! The rule file's head: version, endpoints, key, policy, large objects.

use super::reader::{Entry, Reader, Section, shown};
use super::{At, Endpoint, KeySource, Never, Policy, RuleFile};
use crate::diagnostic::Diagnostic;
use crate::packs::{self, Pack, PackReader};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// The version of the rule language that this waxwork reads.
const VERSION: &str = "1";

/// What messages call the document itself.
const WHOLE_FILE: &str = "the rule file";

impl RuleFile {
    /// Reads a rule file that names no pack of the site's own; `file` is its name for messages, `text` its content.
    ///
    /// # Errors
    /// As [`RuleFile::parse_with`].
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_with(file, text, &packs::no_files)
    }

    /// Reads a rule file, and by the reader the packs of its site and files of keys.
    ///
    /// # Errors
    /// Every error at once, in file order, each with its place. None quotes a value that may be a secret.
    pub fn parse_with(file: &str, text: &str, packs: &PackReader<'_>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader::new(file, text);
        let (document, syntax_errors) = DeTable::parse_recoverable(text);
        let section = Section::new(WHOLE_FILE, 0, document.get_ref());
        if reader.syntax(&syntax_errors) {
            return Err(reader.into_errors());
        }
        let mut rules = reader.rule_file(&section);
        rules.policy.gathered = reader.gather(&rules.policy.packs, packs);
        let keys = rules.subset.seeds.iter_mut().filter_map(|seed| seed.keys.as_mut());
        keys.for_each(|keys| reader.read_keys(keys, packs));
        reader.finish(rules)
    }
}

impl Reader<'_> {
    fn rule_file(&mut self, root: &Section<'_>) -> RuleFile {
        const KEYS: [&str; 14] = [
            "version",
            "source",
            "target",
            "key",
            "policy",
            "subset",
            "reference",
            "table",
            "pattern",
            "insert",
            "scrubber",
            "quasi_identifiers",
            "hook",
            "large_objects",
        ];
        self.known_keys(root, &KEYS);
        self.version(root);
        let target = self.section(root, "target", "[target]");
        RuleFile {
            file: self.file().to_owned(),
            source: self.source(root),
            publish: target.as_ref().and_then(|target| self.word(target, "publish", &["rename"])),
            keep: target.as_ref().and_then(|target| self.old_copies(target)),
            never: target.as_ref().map(|target| self.never(target)).unwrap_or_default(),
            target: target.and_then(|target| self.target(&target)),
            key: self.key_source(root),
            policy: self.policy(root),
            subset: self.subset(root),
            references: self.virtual_references(root),
            tables: self.tables(root),
            patterns: self.name_patterns(root),
            inserts: self.inserts(root),
            scrubbers: self.scrubbers(root),
            quasi_identifiers: self.quasi_identifiers(root),
            hooks: self.hooks(root),
            large_objects: self.large_objects(root),
        }
    }

    fn version(&mut self, root: &Section<'_>) {
        const HINT: &str = "Write \"version = 1\" at the top.";
        let Some(entry) = root.get("version") else {
            let message = format!("key \"version\" is missing in {WHOLE_FILE}");
            return self.error(0, Diagnostic::rule("missing_key", message).hint(HINT));
        };
        match entry.value {
            DeValue::Integer(number) if number.to_string() == VERSION => {}
            DeValue::Integer(_) => {
                let message = "version of the rule file is not supported";
                self.error(entry.value_start, Diagnostic::rule("bad_value", message).hint(HINT));
            }
            _ => self.wrong_type(root, entry, "an integer"),
        }
    }

    fn source(&mut self, root: &Section<'_>) -> Option<Endpoint> {
        let section = self.section(root, "source", "[source]")?;
        self.known_keys(&section, &["url", "service"]);
        self.endpoint(&section)
    }

    fn target(&mut self, section: &Section<'_>) -> Option<Endpoint> {
        self.known_keys(section, &["url", "service", "publish", "keep", "never"]);
        self.endpoint(section)
    }

    fn never(&mut self, target: &Section<'_>) -> Never {
        let Some(section) = self.section(target, "never", "[target.never]") else { return Never::default() };
        self.known_keys(&section, &["hosts", "databases"]);
        Never { hosts: self.texts(&section, "hosts"), databases: self.texts(&section, "databases") }
    }

    fn endpoint(&mut self, section: &Section<'_>) -> Option<Endpoint> {
        self.at_most_one(section, &["url", "service"]);
        if let Some(service) = self.text(section, "service") {
            return Some(Endpoint::Service(service));
        }
        let entry = section.get("url")?;
        match entry.value {
            DeValue::String(_) => self.text(section, "url").map(Endpoint::Url),
            DeValue::Table(_) => self.variable(section, entry).map(Endpoint::UrlFromEnv),
            _ => {
                self.wrong_type(section, entry, "a string or { env = \"NAME\" }");
                None
            }
        }
    }

    /// The variable of `{ env = "NAME" }`.
    pub(super) fn variable(&mut self, section: &Section<'_>, entry: Entry<'_>) -> Option<At<String>> {
        let DeValue::Table(table) = entry.value else { return None };
        let inner = Section::new(format!("\"{}\" of {}", entry.key, section.name), entry.value_start, table);
        self.known_keys(&inner, &["env"]);
        if inner.get("env").is_none() {
            self.missing(&inner, "env");
        }
        self.text(&inner, "env")
    }

    fn old_copies(&mut self, target: &Section<'_>) -> Option<At<u32>> {
        let copies = self.integer(target, "keep", 0..=i64::from(u32::MAX))?;
        let value = u32::try_from(copies.value).ok()?;
        Some(At { value, location: copies.location })
    }

    fn key_source(&mut self, root: &Section<'_>) -> KeySource {
        let Some(section) = self.section(root, "key", "[key]") else { return KeySource::default() };
        self.known_keys(&section, &["file", "env", "command", "realm"]);
        self.at_most_one(&section, &["file", "env", "command"]);
        KeySource {
            file: self.text(&section, "file"),
            env: self.text(&section, "env"),
            command: section.get("command").and_then(|entry| self.command(&section, entry)),
            realm: self.realm(&section),
        }
    }

    pub(super) fn command(&mut self, section: &Section<'_>, entry: Entry<'_>) -> Option<At<Vec<String>>> {
        if let DeValue::String(_) = entry.value {
            let line = self.text(section, "command")?;
            let words = ["/bin/sh".to_owned(), "-c".to_owned(), line.value];
            return Some(At { value: words.into(), location: line.location });
        }
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "a string or an array of strings");
            return None;
        };
        if items.is_empty() {
            let message = format!("key \"command\" in {} must name a program", section.name);
            self.error(entry.value_start, Diagnostic::rule("bad_value", message));
            return None;
        }
        let words = self.texts(section, "command").into_iter().map(|word| word.value).collect();
        Some(self.at(words, entry.value_start))
    }

    /// The one string that may be empty: its default is.
    fn realm(&mut self, section: &Section<'_>) -> String {
        match section.get("realm") {
            Some(Entry { value: DeValue::String(realm), .. }) => realm.to_string(),
            Some(entry) => {
                self.wrong_type(section, entry, "a string");
                String::new()
            }
            None => String::new(),
        }
    }

    fn policy(&mut self, root: &Section<'_>) -> Policy {
        let Some(section) = self.section(root, "policy", "[policy]") else { return Policy::default() };
        self.known_keys(&section, &["unlisted", "packs", "ddl_literals", "accept"]);
        self.word(&section, "unlisted", &["refuse"]);
        Policy {
            packs: self.packs(&section),
            gathered: Vec::new(),
            ddl_literals: self.texts(&section, "ddl_literals"),
            accept: self.texts(&section, "accept"),
        }
    }

    fn packs(&mut self, section: &Section<'_>) -> Vec<At<String>> {
        let named = self.texts(section, "packs");
        for (at, pack) in named.iter().enumerate() {
            if named[..at].iter().any(|earlier| earlier.value == pack.value) {
                let message = format!("pack {} is named twice", shown(&pack.value));
                self.push(Diagnostic::rule("named_twice", message).at(Some(pack.location.clone())));
            }
        }
        named
    }

    fn gather(&mut self, named: &[At<String>], packs: &PackReader<'_>) -> Vec<Arc<Pack>> {
        let mut errors = Vec::new();
        let gathered = packs::gather(named, self.file(), packs, &mut errors);
        errors.into_iter().for_each(|error| self.push(error));
        gathered
    }

    fn large_objects(&mut self, root: &Section<'_>) -> Option<At<String>> {
        let section = self.section(root, "large_objects", "[large_objects]")?;
        self.known_keys(&section, &["rows", "reason"]);
        for key in ["rows", "reason"] {
            if section.get(key).is_none() {
                self.missing(&section, key);
            }
        }
        let reason = self.text(&section, "reason");
        self.word(&section, "rows", &["referenced"]).and(reason)
    }
}
