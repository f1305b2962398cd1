//! `[subset]` and `[[reference]]`: which rows, and the foreign keys that the schema does not declare.

use super::name::{self, NameError};
use super::reader::{Entry, Reader, Section, is_a, shown};
use super::{At, KeyExpression, ReferenceName, ReferenceRule, SubsetRules, VirtualReference};
use crate::diagnostic::Diagnostic;
use crate::ident::QualifiedName;
use crate::size::parse_size;
use crate::subset::SizeLimit;
use toml::de::DeValue;

/// `[subset] lookup_rows` where it is left out.
const LOOKUP_ROWS: u64 = 1000;

impl Default for SubsetRules {
    fn default() -> Self {
        Self {
            seeds: Vec::new(),
            budget: SizeLimit::default(),
            lookup_rows: LOOKUP_ROWS,
            children_listed: false,
            references: Vec::new(),
        }
    }
}

impl Reader<'_> {
    pub(super) fn subset(&mut self, root: &Section<'_>) -> SubsetRules {
        let Some(section) = self.section(root, "subset", "[subset]") else { return SubsetRules::default() };
        self.known_keys(&section, &["seed", "size", "rows", "lookup_rows", "children", "reference"]);
        let seeds = self.sections(&section, "seed", "a seed of [subset]");
        SubsetRules {
            seeds: seeds.iter().filter_map(|seed| self.seed(seed)).collect(),
            budget: self.budget(&section),
            lookup_rows: self.count(&section, "lookup_rows", 0).map_or(LOOKUP_ROWS, |rows| rows.value),
            children_listed: self.word(&section, "children", &["listed"]).is_some(),
            references: self.reference_rules(&section),
        }
    }

    fn budget(&mut self, section: &Section<'_>) -> SizeLimit {
        let stated = ["size", "rows"].into_iter().find_map(|key| section.get(key));
        if let (Some(entry), None) = (stated, section.get("seed")) {
            let message = format!("key {} in {} has no seed to grow", shown(entry.key), section.name);
            let hint = "Say seed = [{ table = \"…\" }]: its rows are taken until the copy fills the budget.";
            self.error(entry.key_start, Diagnostic::rule("budget_without_seed", message).hint(hint));
        }
        SizeLimit { rows: self.count(section, "rows", 1).map(|rows| rows.value), bytes: self.bytes(section) }
    }

    fn bytes(&mut self, section: &Section<'_>) -> Option<u64> {
        let text = self.text(section, "size")?;
        let bytes = parse_size(&text.value).filter(|bytes| *bytes > 0);
        if bytes.is_none() {
            let message = format!("invalid value for key \"size\" in {}", section.name);
            let detail =
                "It is a number with a unit: \"10 GB\", \"512 MB\"; kB, MB, GB and TB are powers of 1024.";
            let diagnostic = Diagnostic::rule("bad_value", message).detail(detail);
            self.push(diagnostic.at(Some(text.location)));
        }
        bytes
    }

    pub(super) fn count(&mut self, section: &Section<'_>, key: &str, least: i64) -> Option<At<u64>> {
        let count = self.integer(section, key, least..=i64::MAX)?;
        Some(At { value: count.value.unsigned_abs(), location: count.location })
    }

    fn reference_rules(&mut self, subset: &Section<'_>) -> Vec<ReferenceRule> {
        let Some(section) = self.section(subset, "reference", "[subset.reference]") else {
            return Vec::new();
        };
        let mut rules: Vec<ReferenceRule> = Vec::new();
        for entry in &section.entries {
            let name = self.reference_name(self.at(entry.key.to_owned(), entry.key_start));
            let body = self.as_section(&section, *entry, format!("reference {}", shown(entry.key)));
            let Some(rule) = body.and_then(|body| self.reference_rule(name, &body)) else { continue };
            let normal = rule.name.value.normal();
            if let Some(earlier) = rules.iter().find(|earlier| earlier.name.value.normal() == normal) {
                let twice = named_twice("reference", &rule.name.value.to_string(), &earlier.name);
                self.push(twice.at(Some(rule.name.location.clone())));
            }
            rules.push(rule);
        }
        rules
    }

    /// Reads the rule whether or not its name could be read: each says what is wrong with it.
    fn reference_rule(
        &mut self,
        name: Option<At<ReferenceName>>,
        section: &Section<'_>,
    ) -> Option<ReferenceRule> {
        self.known_keys(section, &["children", "where", "limit", "parent", "dangling"]);
        self.children_contradicted(section);
        let children = self.flag(section, "children");
        let condition = self.condition(section);
        let limit = self.count(section, "limit", 1);
        let parent = self.word(section, "parent", &["pull", "null", "drop", "error"]);
        let dangling = self.word(section, "dangling", &["null", "drop", "keep"]);
        let rule = ReferenceRule { name: name?, children, condition, limit, parent, dangling };
        self.never_null_inside(&rule, section);
        Some(rule)
    }

    fn children_contradicted(&mut self, section: &Section<'_>) {
        let switched_off =
            section.get("children").filter(|entry| matches!(entry.value, DeValue::Boolean(false)));
        let narrowed = section.get("where").is_some() || section.get("limit").is_some();
        if let Some(entry) = switched_off.filter(|_| narrowed) {
            let message = format!("{} follows no children and says which", section.name);
            let hint = "Leave out either \"children = false\" or \"where\" and \"limit\".";
            self.error(entry.value_start, Diagnostic::rule("conflicting_keys", message).hint(hint));
        }
    }

    fn never_null_inside(&mut self, rule: &ReferenceRule, section: &Section<'_>) {
        if matches!(rule.name.value.key, KeyExpression::Columns(_)) {
            return;
        }
        for word in [&rule.parent, &rule.dangling].into_iter().flatten().filter(|word| word.value == "null") {
            let message = format!("{} is inside a value and cannot become NULL", section.name);
            let hint = "Ids in an array or in JSON are pulled or dropped.";
            self.push(Diagnostic::rule("bad_value", message).hint(hint).at(Some(word.location.clone())));
        }
    }

    pub(super) fn virtual_references(&mut self, root: &Section<'_>) -> Vec<VirtualReference> {
        let mut references: Vec<VirtualReference> = Vec::new();
        for section in self.sections(root, "reference", "[[reference]]") {
            let Some(reference) = self.virtual_reference(&section) else { continue };
            for earlier in &references {
                if let Some(conflict) = conflict(earlier, &reference) {
                    self.push(conflict.at(Some(reference.child.location.clone())));
                }
            }
            references.push(reference);
        }
        references
    }

    fn virtual_reference(&mut self, section: &Section<'_>) -> Option<VirtualReference> {
        self.known_keys(section, &["child", "parent", "when"]);
        for key in ["child", "parent"] {
            if section.get(key).is_none() {
                self.missing(section, key);
            }
        }
        let child = self.end_of_reference(section, "child");
        let parent = self.end_of_reference(section, "parent");
        let when = self.when(section);
        let (child, parent) = (child?, parent?);
        if !matches!(parent.value.key, KeyExpression::Columns(_)) {
            let message = "parent of a reference must be named by its columns";
            self.push(Diagnostic::rule("bad_reference", message).at(Some(parent.location.clone())));
        } else if child.value.key.width() != parent.value.key.width() {
            let message = "number of referencing and referenced columns for a reference disagree";
            let (ours, theirs) = (child.value.key.width(), parent.value.key.width());
            let detail = format!("The child has {ours}, the parent {theirs}.");
            let location = Some(parent.location.clone());
            self.push(Diagnostic::rule("bad_reference", message).detail(detail).at(location));
        }
        Some(VirtualReference { child, parent, when })
    }

    fn end_of_reference(&mut self, section: &Section<'_>, key: &str) -> Option<At<ReferenceName>> {
        let text = self.text(section, key)?;
        let name = self.reference_name(text)?;
        if name.value.parent.is_some() {
            let message = format!("key \"{key}\" in {} must not name another table", section.name);
            let hint = "The arrow belongs into [subset.reference]; here the parent has a key of its own.";
            self.push(Diagnostic::rule("bad_reference", message).hint(hint).at(Some(name.location.clone())));
        }
        Some(name)
    }

    fn when(&mut self, section: &Section<'_>) -> Vec<(At<String>, String)> {
        let Some(inner) = self.section(section, "when", "\"when\" of [[reference]]") else {
            return Vec::new();
        };
        if inner.entries.is_empty() {
            let message = "key \"when\" in [[reference]] must not be empty";
            self.error(inner.start, Diagnostic::rule("bad_value", message));
        }
        inner.entries.iter().filter_map(|entry| self.constant_of_when(*entry)).collect()
    }

    fn constant_of_when(&mut self, entry: Entry<'_>) -> Option<(At<String>, String)> {
        let constant = match entry.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.to_string()),
            _ => None,
        };
        if constant.is_none() {
            let message = format!("\"when\" of column {} must be a string or an integer", shown(entry.key));
            let diagnostic = Diagnostic::rule("wrong_type", message).detail(is_a(entry.value));
            self.error(entry.value_start, diagnostic);
        }
        constant.map(|constant| (self.at(entry.key.to_owned(), entry.key_start), constant))
    }

    pub(super) fn table_name(&mut self, text: At<String>) -> Option<At<QualifiedName>> {
        match name::table_name(&text.value) {
            Ok(value) => Some(At { value, location: text.location }),
            Err(error) => self.bad_name("table", text, error),
        }
    }

    fn reference_name(&mut self, text: At<String>) -> Option<At<ReferenceName>> {
        match name::reference_name(&text.value) {
            Ok(value) => Some(At { value, location: text.location }),
            Err(error) => self.bad_name("reference", text, error),
        }
    }

    fn bad_name<T>(&mut self, object: &str, text: At<String>, error: NameError) -> Option<T> {
        let message = format!("invalid {object} name {}", shown(&text.value));
        let diagnostic = Diagnostic { hint: error.hint, ..Diagnostic::rule("bad_name", message) };
        self.push(diagnostic.detail(error.detail).at(Some(text.location)));
        None
    }
}

/// Says that an object is named a second time, under whatever spelling.
pub(super) fn named_twice<T>(object: &str, name: &str, first: &At<T>) -> Diagnostic {
    let message = format!("{object} {name} is named twice");
    Diagnostic::rule("named_twice", message).detail(format!("The first is at {}.", first.location))
}

/// What two `[[reference]]` entries on one key must not be: the same, or both true of one row.
fn conflict(earlier: &VirtualReference, later: &VirtualReference) -> Option<Diagnostic> {
    if earlier.child.value.normal() != later.child.value.normal() {
        return None;
    }
    let name = later.child.value.to_string();
    if pairs(earlier) == pairs(later) && constants(earlier) == constants(later) {
        return Some(named_twice("reference", &name, &earlier.child));
    }
    let polymorphic = !earlier.when.is_empty() || !later.when.is_empty();
    if !polymorphic || exclude_each_other(earlier, later) {
        return None;
    }
    let message = format!("references {name} do not exclude each other");
    let detail = format!("A row can satisfy this one and the one at {}.", earlier.child.location);
    let hint = "Give each a \"when\" with another constant for the same column.";
    Some(Diagnostic::rule("overlapping_references", message).detail(detail).hint(hint))
}

/// Child and parent columns side by side, in an order of their own, with the parent's name.
fn pairs(reference: &VirtualReference) -> (QualifiedName, Vec<(String, String)>) {
    let (child, parent) = (&reference.child.value.key, &reference.parent.value.key);
    let mut pairs = match (child, parent) {
        (KeyExpression::Columns(child), KeyExpression::Columns(parent)) => {
            child.iter().cloned().zip(parent.iter().cloned()).collect()
        }
        (child, parent) => vec![(child.normal().to_string(), parent.normal().to_string())],
    };
    pairs.sort();
    (reference.parent.value.table.clone(), pairs)
}

fn constants(reference: &VirtualReference) -> Vec<(&str, &str)> {
    let mut constants: Vec<(&str, &str)> =
        reference.when.iter().map(|(column, constant)| (column.value.as_str(), constant.as_str())).collect();
    constants.sort_unstable();
    constants
}

fn exclude_each_other(one: &VirtualReference, other: &VirtualReference) -> bool {
    one.when.iter().any(|(column, constant)| {
        other.when.iter().any(|(theirs, another)| theirs.value == column.value && another != constant)
    })
}
