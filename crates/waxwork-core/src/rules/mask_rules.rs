//! A column's rule: a mask's name, `{ mask = "…", …options }`, `{ keep = "reason" }`, `{ derive = "SQL" }` or `"null"`.

use super::json_path::JsonPath;
use super::reader::{Entry, Reader, Section, is_a, shown};
use super::subset_rules::named_twice;
use super::{At, MaskRule, OptionValue, Rule, hint_known};
use crate::diagnostic::Diagnostic;
use crate::masks::{ALPHABETS, MASKS, MaskKind, OptionKind, Secret};
use std::collections::BTreeSet;
use toml::de::{DeArray, DeInteger, DeValue};
use toml::value::Datetime;

/// The reason that stands for `rest = "keep"`, which the rule language asks no reason for.
const REST_KEPT: &str = "rest = \"keep\"";

impl Reader<'_> {
    /// Reads a column's rule; `owner` is what messages call it (`column "email"`).
    pub(crate) fn rule(&mut self, value: &DeValue<'_>, at: usize, owner: &str) -> Option<Rule> {
        match value {
            DeValue::String(name) => {
                let mask = self.at(name.to_string(), at);
                let kind = self.mask_kind(&mask, owner)?;
                let section = Section { name: owner.to_owned(), start: at, entries: Vec::new() };
                self.mask_rule(mask, kind, &section)
            }
            DeValue::Table(table) => self.rule_table(&Section::new(owner, at, table)),
            other => {
                let message = format!("rule of {owner} must be a string or a table");
                self.error(at, Diagnostic::rule("wrong_type", message).detail(is_a(other)));
                None
            }
        }
    }

    /// A rule that is a table; its `when` has been taken out where it may have one.
    pub(super) fn rule_table(&mut self, section: &Section<'_>) -> Option<Rule> {
        const KINDS: [&str; 3] = ["mask", "keep", "derive"];
        if let Some(when) = section.get("when") {
            self.stray_when(when, section);
            return self.rule_table(&section.without("when"));
        }
        let given: Vec<&str> = KINDS.into_iter().filter(|kind| section.get(kind).is_some()).collect();
        match given[..] {
            ["mask"] => {
                let mask = self.text(section, "mask")?;
                let kind = self.mask_kind(&mask, &section.name)?;
                self.mask_rule(mask, kind, section)
            }
            ["keep"] => {
                self.known_keys(section, &["keep"]);
                self.text(section, "keep").map(Rule::Keep)
            }
            ["derive"] => {
                self.known_keys(section, &["derive"]);
                self.text(section, "derive").map(Rule::Derive)
            }
            [] => {
                let message =
                    format!("rule of {} has none of \"mask\", \"keep\" and \"derive\"", section.name);
                let hint = "A table in another schema is one key: [table.\"schema.name\"].";
                self.error(section.start, Diagnostic::rule("missing_key", message).hint(hint));
                None
            }
            _ => {
                self.at_most_one(section, &KINDS);
                None
            }
        }
    }

    fn mask_kind(&mut self, mask: &At<String>, owner: &str) -> Option<MaskKind> {
        if let Some(kind) = MaskKind::from_name(&mask.value) {
            return Some(kind);
        }
        // What has the form of a mask's name is shown; anything else may be a value that slipped in here.
        let is_name =
            mask.value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        let diagnostic = if mask.value == "keep" {
            Diagnostic::rule("missing_reason", format!("rule of {owner} keeps its values without a reason"))
                .hint("Write { keep = \"why nobody is in it\" }.")
        } else if is_name {
            Diagnostic::rule("unknown_mask", format!("mask {} of {owner} does not exist", shown(&mask.value)))
                .hint(hint_known(&mask.value, MASKS.iter().map(|info| info.name)))
        } else {
            Diagnostic::rule("unknown_mask", format!("rule of {owner} is no mask's name"))
                .hint("A fixed value is { mask = \"constant\", value = … }.")
        };
        self.push(diagnostic.at(Some(mask.location.clone())));
        None
    }

    fn mask_rule(&mut self, mask: At<String>, kind: MaskKind, section: &Section<'_>) -> Option<Rule> {
        let known = kind.options();
        let mut options = Vec::new();
        for entry in section.entries.iter().filter(|entry| entry.key != "mask") {
            match known.iter().find(|(name, _)| *name == entry.key) {
                Some((_, option)) => {
                    let name = self.at(entry.key.to_owned(), entry.key_start);
                    options.extend(self.option(*entry, *option, section).map(|value| (name, value)));
                }
                None => self.unknown_option(*entry, kind, section),
            }
        }
        for missing in kind.info().required.iter().filter(|name| section.get(name).is_none()) {
            let message = format!("mask \"{}\" of {} needs option \"{missing}\"", kind.name(), section.name);
            self.push(Diagnostic::rule("missing_option", message).at(Some(mask.location.clone())));
        }
        if kind == MaskKind::Null {
            return Some(Rule::Null(mask.location));
        }
        Some(Rule::Mask(MaskRule { mask, options }))
    }

    fn unknown_option(&mut self, entry: Entry<'_>, kind: MaskKind, section: &Section<'_>) {
        let (option, mask) = (shown(entry.key), kind.name());
        let message = format!("unrecognized option {option} of mask \"{mask}\" of {}", section.name);
        let known = kind.options().iter().map(|(name, _)| *name);
        let hint = match entry.key {
            _ if kind.options().is_empty() => "It has no options.".to_owned(),
            key => hint_known(key, known),
        };
        self.error(entry.key_start, Diagnostic::rule("unknown_option", message).hint(hint));
    }

    fn option(&mut self, entry: Entry<'_>, kind: OptionKind, section: &Section<'_>) -> Option<OptionValue> {
        let key = entry.key;
        match kind {
            OptionKind::Text => self.text(section, key).map(|text| OptionValue::Text(text.value)),
            OptionKind::Word(words) => {
                self.word(section, key, words).map(|word| OptionValue::Text(word.value))
            }
            OptionKind::Integer(least, most) => {
                self.integer(section, key, least..=most).map(|number| OptionValue::Integer(number.value))
            }
            OptionKind::Percent => self.percentage(entry, section),
            OptionKind::Number(least, most) => self.number(entry, section, least, most),
            OptionKind::Flag => self.flag(section, key).map(|flag| OptionValue::Flag(flag.value)),
            OptionKind::Texts => self.distinct_texts(entry, section),
            OptionKind::Weights => self.weights(entry, section),
            OptionKind::Constants => self.constants(entry, section),
            OptionKind::Date => self.date(entry, section),
            OptionKind::Range => self.range(entry, section),
            OptionKind::Alphabet => self.alphabet(entry, section),
            OptionKind::Constant => self.constant(entry, section),
            OptionKind::Secret => self.secret(entry, section),
            OptionKind::Template => self.template(entry, section).map(OptionValue::Template),
            OptionKind::Paths => self.paths(entry, section),
            OptionKind::Rest => self.rest(entry, section),
        }
    }

    fn percentage(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        match self.any_number(entry, section)? {
            percent if percent > 0.0 && percent <= 100.0 => Some(OptionValue::Float(percent)),
            _ => self.bad_option(entry, section, "It must be above 0 and at most 100."),
        }
    }

    fn number(
        &mut self,
        entry: Entry<'_>,
        section: &Section<'_>,
        least: f64,
        most: f64,
    ) -> Option<OptionValue> {
        let number = self.any_number(entry, section)?;
        if (least..=most).contains(&number) {
            return Some(OptionValue::Float(number));
        }
        self.bad_option(entry, section, &format!("It must be a number from {least} to {most}."))
    }

    /// A TOML integer or float; NaN where it has no value that a float holds.
    fn any_number(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<f64> {
        let number = number_of(entry.value);
        if number.is_none() {
            self.wrong_type(section, entry, "a number");
        }
        number
    }

    fn distinct_texts(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "an array of strings");
            return None;
        };
        let texts: Option<Vec<String>> =
            items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
        match texts.filter(|texts| are_different(texts)) {
            Some(texts) => Some(OptionValue::Texts(texts)),
            None => self.bad_option(entry, section, "It must be strings, at least one, none twice."),
        }
    }

    fn weights(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let inner = self.as_section(section, entry, format!("\"{}\" of {}", entry.key, section.name))?;
        let weights: Option<Vec<(String, f64)>> = inner
            .entries
            .iter()
            .map(|entry| {
                Some((entry.key.to_owned(), number_of(entry.value).filter(|weight| is_weight(*weight))?))
            })
            .collect();
        match weights.filter(|weights| !weights.is_empty()) {
            Some(weights) => Some(OptionValue::Weights(weights)),
            None => self.bad_option(entry, section, "It must be strings with weights above 0, at least one."),
        }
    }

    fn range(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "an array of two integers");
            return None;
        };
        match integers(items).as_deref() {
            Some([from, to]) if from <= to => Some(OptionValue::Integers(*from, *to)),
            _ => self.bad_option(entry, section, "It must be two 64-bit integers, the smaller first."),
        }
    }

    fn alphabet(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let alphabet = self.text(section, entry.key)?.value;
        let mut characters: Vec<char> = alphabet.chars().collect();
        let written = characters.len();
        characters.sort_unstable();
        characters.dedup();
        let is_literal = written >= 2 && characters.len() == written;
        if is_literal || ALPHABETS.iter().any(|(name, _)| *name == alphabet) {
            return Some(OptionValue::Text(alphabet));
        }
        let names: Vec<String> = ALPHABETS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let detail = format!("It must be {}, or at least two characters, none twice.", names.join(", "));
        self.bad_option(entry, section, &detail)
    }

    fn constant(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        if matches!(entry.value, DeValue::Array(_) | DeValue::Table(_)) {
            self.wrong_type(section, entry, "a string, a number, a boolean or a date");
            return None;
        }
        match constant_of(entry.value) {
            Some(text) => Some(OptionValue::Text(text)),
            None => self.bad_option(entry, section, "Write an integer beyond 64 bits as a string."),
        }
    }

    fn date(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let date = match entry.value {
            DeValue::String(text) => text.parse().ok(),
            DeValue::Datetime(date) => Some(*date),
            _ => None,
        };
        match date {
            Some(Datetime { date: Some(date), time: None, offset: None }) => {
                Some(OptionValue::Text(date.to_string()))
            }
            _ => self.bad_option(entry, section, "It must be a date, like 2026-01-31."),
        }
    }

    fn constants(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "an array");
            return None;
        };
        let texts: Option<Vec<String>> = items.iter().map(|item| constant_of(item.get_ref())).collect();
        match texts.filter(|texts| are_different(texts)) {
            Some(texts) => Some(OptionValue::Texts(texts)),
            None => {
                let detail = "It must be strings, numbers, booleans or dates, at least one, none twice.";
                self.bad_option(entry, section, detail)
            }
        }
    }

    fn secret(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let secret = match entry.value {
            DeValue::String(_) => Secret::stated(self.text(section, entry.key)?.value),
            DeValue::Table(_) => Secret::of_variable(self.variable(section, entry)?.value),
            _ => {
                self.wrong_type(section, entry, "a string or { env = \"NAME\" }");
                return None;
            }
        };
        Some(OptionValue::Secret(secret))
    }

    fn paths(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        let inner = self.as_section(section, entry, format!("\"paths\" of {}", section.name))?;
        let mut known: Vec<At<JsonPath>> = Vec::new();
        let mut rules = Vec::new();
        for entry in &inner.entries {
            let label = format!("path {} of {}", shown(entry.key), section.name);
            let rule = self.rule(entry.value, entry.value_start, &label);
            self.only_for_leaves(rule.as_ref(), &label);
            match JsonPath::parse(entry.key) {
                Ok(path) => {
                    if let Some(earlier) = known.iter().find(|earlier| earlier.value == path) {
                        let twice = named_twice("path", &shown(entry.key), earlier);
                        self.error(entry.key_start, twice);
                    }
                    known.push(self.at(path, entry.key_start));
                    rules.extend(rule.map(|rule| (self.at(entry.key.to_owned(), entry.key_start), rule)));
                }
                Err(error) => {
                    let message = format!("invalid JSON path {} in {}", shown(entry.key), section.name);
                    self.error(entry.key_start, Diagnostic::rule("bad_path", message).detail(error.detail));
                }
            }
        }
        Some(OptionValue::Paths(rules))
    }

    fn rest(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<OptionValue> {
        if matches!(entry.value, DeValue::String(word) if word == "keep") {
            let kept = self.at(REST_KEPT.to_owned(), entry.value_start);
            return Some(OptionValue::Rule(Box::new(Rule::Keep(kept))));
        }
        let label = format!("\"rest\" of {}", section.name);
        let rule = self.rule(entry.value, entry.value_start, &label)?;
        self.only_for_leaves(Some(&rule), &label);
        Some(OptionValue::Rule(Box::new(rule)))
    }

    /// Masks act on leaves: a leaf is no document, and no column of which SQL could speak.
    fn only_for_leaves(&mut self, rule: Option<&Rule>, owner: &str) {
        if let Some(Rule::Derive(sql)) = rule {
            let message = format!("{owner} cannot be derived: only a whole column can");
            self.push(Diagnostic::rule("bad_value", message).at(Some(sql.location.clone())));
        }
        if let Some(Rule::Mask(MaskRule { mask, .. })) = rule
            && MaskKind::from_name(&mask.value) == Some(MaskKind::Json)
        {
            let message = format!("mask \"json\" of {owner} cannot stand inside another");
            let hint = "Name the inner leaves by paths from the document's root.";
            self.push(Diagnostic::rule("bad_value", message).hint(hint).at(Some(mask.location.clone())));
        }
    }

    fn bad_option<T>(&mut self, entry: Entry<'_>, section: &Section<'_>, detail: &str) -> Option<T> {
        let message = format!("invalid value for option \"{}\" of {}", entry.key, section.name);
        self.error(entry.value_start, Diagnostic::rule("bad_value", message).detail(detail));
        None
    }
}

/// A number, however TOML writes it.
fn number_of(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(number) => integer(number).map(|number| number as f64),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    }
}

/// The text of a value that PostgreSQL shall read; `None` where it is no single value, or beyond 64 bits.
pub(super) fn constant_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => integer(number).map(|number| number.to_string()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Datetime(value) => Some(value.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// At least one, and none twice.
fn are_different(texts: &[String]) -> bool {
    !texts.is_empty() && texts.iter().collect::<BTreeSet<_>>().len() == texts.len()
}

fn is_weight(weight: f64) -> bool {
    weight.is_finite() && weight > 0.0
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn integers(items: &DeArray<'_>) -> Option<Vec<i64>> {
    items.iter().map(|item| item.get_ref().as_integer().and_then(integer)).collect()
}
