//! What a rule asks for, its options read into their types.
//!
//! The parser has checked names, types and ranges of options; nothing here can fail.

use super::KeyForm;
use crate::masks::{MaskKind, NOISE_PERCENT, SHIFT_DAYS, alphabet_characters};
use crate::rules::json_path::JsonPath;
use crate::rules::{MaskRule, OptionValue, Rule};

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// Kept, with the reason.
    Keep(String),
    /// NULL.
    Null,
    /// Masked.
    Mask(Box<Settings>),
}

/// A mask with its options.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub kind: MaskKind,
    pub domain: Option<String>,
    pub mask_nulls: bool,
    pub locale: String,
    pub days: u32,
    pub percent: f64,
    pub value: Option<String>,
    pub alphabet: Option<String>,
    pub from: Option<(i64, i64)>,
    pub range: Option<(i64, i64)>,
    pub by: Option<String>,
    pub json: Option<JsonSettings>,
}

/// `paths` and `rest` of `json`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct JsonSettings {
    pub paths: Vec<(JsonPath, Choice)>,
    /// Where references to kept keys stand; no rule says it.
    pub kept_keys: Vec<(JsonPath, KeyForm)>,
    pub rest: Choice,
}

impl Choice {
    pub(super) fn read(rule: &Rule) -> Self {
        match rule {
            Rule::Keep(reason) => Choice::Keep(reason.value.clone()),
            Rule::Null(_) => Choice::Null,
            Rule::Mask(mask) => Choice::Mask(Box::new(Settings::read(mask))),
        }
    }

    /// The mask, if it is one.
    pub(super) fn settings(&self) -> Option<&Settings> {
        match self {
            Choice::Mask(settings) => Some(settings),
            Choice::Keep(_) | Choice::Null => None,
        }
    }

    /// Its name in messages.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Choice::Keep(_) => "keep",
            Choice::Null => "null",
            Choice::Mask(settings) => settings.kind.name(),
        }
    }
}

impl Settings {
    /// A mask without options.
    pub(super) fn of(kind: MaskKind) -> Self {
        Self {
            kind,
            domain: None,
            mask_nulls: false,
            locale: String::new(),
            days: SHIFT_DAYS as u32,
            percent: NOISE_PERCENT,
            value: None,
            alphabet: None,
            from: None,
            range: None,
            by: None,
            json: None,
        }
    }

    fn read(rule: &MaskRule) -> Self {
        let kind = MaskKind::from_name(&rule.mask.value).expect("the parser knows every mask");
        let mut settings = Self::of(kind);
        for (name, value) in &rule.options {
            settings.set(&name.value, value);
        }
        if kind == MaskKind::Json {
            settings.json = Some(JsonSettings::read(rule));
        }
        settings
    }

    fn set(&mut self, name: &str, value: &OptionValue) {
        match (name, value) {
            ("domain", OptionValue::Text(domain)) => self.domain = Some(domain.clone()),
            ("nulls", OptionValue::Text(nulls)) => self.mask_nulls = nulls == "mask",
            // English is the default: named or not, it is one domain.
            ("locale", OptionValue::Text(locale)) if locale == "en" || locale == "en_US" => {}
            ("locale", OptionValue::Text(locale)) => self.locale = locale.clone(),
            ("days", OptionValue::Integer(days)) => {
                self.days = u32::try_from(*days).expect("the parser bounds days");
            }
            ("percent", OptionValue::Float(percent)) => self.percent = *percent,
            ("value", OptionValue::Text(value)) => self.value = Some(value.clone()),
            ("alphabet", OptionValue::Text(alphabet)) => {
                self.alphabet = Some(alphabet_characters(alphabet).to_owned());
            }
            ("from", OptionValue::Integers(ends)) => self.from = pair(ends),
            ("range", OptionValue::Integers(ends)) => self.range = pair(ends),
            ("by", OptionValue::Text(by)) => self.by = Some(by.clone()),
            _ => {}
        }
    }

    /// The domain that it acts in, on a column whose key is `root`: by default the mask's name with its options,
    /// length and `by` aside; for `id.permute` the key's own column.
    pub(super) fn domain_name(&self, root: &str) -> String {
        if let Some(domain) = &self.domain {
            return domain.clone();
        }
        let name = self.kind.name();
        match self.kind {
            MaskKind::Permute => root.to_owned(),
            // Its result says nothing of the value, so no column has a reason to bind another.
            MaskKind::Redact => format!("{name} {root}"),
            MaskKind::DateShift => format!("{name} days={}", self.days),
            MaskKind::Noise => format!("{name} percent={}", self.percent),
            _ if self.locale.is_empty() => name.to_owned(),
            _ => format!("{name} locale={}", self.locale),
        }
    }

    /// The parts that all masks of one domain share.
    pub(super) fn agrees_with(&self, other: &Settings) -> bool {
        let shared = |settings: &Settings| Settings {
            domain: None,
            mask_nulls: false,
            by: None,
            json: None,
            ..settings.clone()
        };
        shared(self) == shared(other)
    }
}

impl JsonSettings {
    fn read(rule: &MaskRule) -> Self {
        let rest = match rule.option("rest") {
            Some(OptionValue::Rule(rest)) => Choice::read(rest),
            _ => unreachable!("the parser asks for \"rest\""),
        };
        let paths = match rule.option("paths") {
            Some(OptionValue::Paths(paths)) => paths
                .iter()
                .map(|(path, rule)| {
                    (JsonPath::parse(&path.value).expect("the parser has read each path"), Choice::read(rule))
                })
                .collect(),
            _ => Vec::new(),
        };
        Self { paths, kept_keys: Vec::new(), rest }
    }
}

fn pair(ends: &[i64]) -> Option<(i64, i64)> {
    match ends {
        [first, last] => Some((*first, *last)),
        _ => None,
    }
}
