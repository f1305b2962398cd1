//! What a rule asks for, its options read into their types.
//!
//! The parser has checked names, types and ranges of options; nothing here can fail.

use super::KeyForm;
use crate::catalog::ValueType;
use crate::masks::{DomainName, MaskKind, Options, Setting, Unique, alphabet_characters};
use crate::rules::json_path::JsonPath;
use crate::rules::template;
use crate::rules::{At, MaskRule, OptionValue, Rule, TemplatePart};

/// What a rule asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    /// Kept, with the reason.
    Keep(String),
    /// NULL.
    Null,
    /// Masked.
    Mask(Box<Settings>),
    /// Computed by the target from the row's other columns: SQL.
    Derive(At<String>),
}

/// A mask with its options.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings {
    pub kind: MaskKind,
    pub domain: Option<String>,
    pub mask_nulls: bool,
    pub by: Option<String>,
    pub options: Options,
    pub json: Option<JsonSettings>,
    /// `template` of `text.template`; the options have it too, as it is written.
    pub template: Option<Vec<TemplatePart>>,
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
            Rule::Derive(sql) => Choice::Derive(sql.clone()),
            Rule::Mask(mask) => Choice::Mask(Box::new(Settings::read(mask))),
        }
    }

    /// The mask, if it is one.
    pub(super) fn settings(&self) -> Option<&Settings> {
        match self {
            Choice::Mask(settings) => Some(settings),
            Choice::Keep(_) | Choice::Null | Choice::Derive(_) => None,
        }
    }

    /// Its name in messages.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Choice::Keep(_) => "keep",
            Choice::Null => "null",
            Choice::Derive(_) => "derive",
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
            by: None,
            options: kind.default_options(),
            json: None,
            template: None,
        }
    }

    fn read(rule: &MaskRule) -> Self {
        let kind = MaskKind::from_name(&rule.mask.value).expect("the parser knows every mask");
        let mut settings = Self::of(kind);
        for (name, value) in &rule.options {
            settings.set(kind, &name.value, value);
        }
        if kind == MaskKind::Json {
            settings.json = Some(JsonSettings::read(rule));
        }
        settings
    }

    fn set(&mut self, kind: MaskKind, name: &str, value: &OptionValue) {
        match (name, value) {
            ("domain", OptionValue::Text(domain)) => self.domain = Some(domain.clone()),
            ("nulls", OptionValue::Text(nulls)) => self.mask_nulls = nulls == "mask",
            ("by", OptionValue::Text(by)) => self.by = Some(by.clone()),
            // English is the default: named or not, it is one domain.
            ("locale", OptionValue::Text(locale)) if locale == "en" || locale == "en_US" => {}
            _ => {
                if let OptionValue::Template(parts) = value {
                    self.template = Some(parts.clone());
                }
                let known = kind.options().iter().find(|(known, _)| *known == name);
                if let (Some((name, _)), Some(setting)) = (known, setting(name, value)) {
                    self.options.set(name, setting);
                }
            }
        }
    }

    /// The domain that it acts in, on a column whose key is `root`: by default the mask's name with its options,
    /// length and `by` aside; for `id.permute` the key's own column.
    pub(super) fn domain_name(&self, root: &str) -> String {
        let name = self.shared_name(root);
        // What is common is counted column by column, so that no two share results.
        if self.options.flag("company") { format!("{name} {root}") } else { name }
    }

    fn shared_name(&self, root: &str) -> String {
        let name = self.kind.name();
        let written = |(option, setting)| format!(" {option}={setting}");
        let options = || self.options.iter().map(written);
        if let Some(identity) = self.identity() {
            // Which column tells the gender depends on the table, and the person does not.
            let options = self.options.iter().filter(|(option, _)| *option != "gender").map(written);
            return [identity, format!(" {name}")].into_iter().chain(options).collect();
        }
        if let Some(domain) = &self.domain {
            return domain.clone();
        }
        match self.kind.info().domain {
            DomainName::Root => root.to_owned(),
            DomainName::NameAndRoot => format!("{name} {root}"),
            DomainName::None => name.to_owned(),
            DomainName::Options => std::iter::once(name.to_owned()).chain(options()).collect(),
        }
    }

    /// With `by`: the entity that the result is a part of, and which of several where `domain` says so.
    pub(super) fn identity(&self) -> Option<String> {
        let entity = self.kind.info().entity.filter(|_| self.by.is_some())?;
        Some(match &self.domain {
            Some(domain) => format!("{} {domain}", entity.name()),
            None => entity.name().to_owned(),
        })
    }

    /// Its results depend on other columns of the row, on rows that it refers to, or on how common a value is.
    pub(super) fn reads_others(&self) -> bool {
        self.by.is_some() || self.options.get("gender").is_some() || self.options.flag("company")
    }

    /// Its unique results carry a code of the value: whatever they are keyed by dresses it, and keeps none apart.
    pub(super) fn tells_values_apart(&self) -> bool {
        self.by.is_none() || self.identity().is_some()
    }

    /// Whether it can give distinct results for distinct values of a type that it holds.
    pub(super) fn can_be_injective(&self, value_type: &ValueType) -> bool {
        let whole = matches!(self.kind.info().unique, Unique::Whole(_)) && !self.options.flag("reserved");
        self.kind.can_be_injective(value_type) || (whole && self.kind.holds(value_type))
    }

    /// The parts that all masks of one domain share.
    pub(super) fn agrees_with(&self, other: &Settings) -> bool {
        let shared = |settings: &Settings| {
            let mut options = settings.options.clone();
            if settings.identity().is_some() {
                options.remove("gender");
            }
            Settings { domain: None, mask_nulls: false, by: None, json: None, options, ..settings.clone() }
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

/// An option's value as masks take it; those of `json` are read apart.
fn setting(name: &str, value: &OptionValue) -> Option<Setting> {
    Some(match value {
        OptionValue::Text(alphabet) if name == "alphabet" => {
            Setting::Text(alphabet_characters(alphabet).to_owned())
        }
        OptionValue::Text(text) => Setting::Text(text.clone()),
        OptionValue::Template(parts) => Setting::Text(template::written(parts)),
        OptionValue::Integer(number) => Setting::Integer(*number),
        OptionValue::Float(number) => Setting::Number(*number),
        OptionValue::Flag(flag) => Setting::Flag(*flag),
        OptionValue::Integers(first, last) => Setting::Pair(*first, *last),
        OptionValue::Texts(texts) => Setting::Texts(texts.clone()),
        OptionValue::Weights(weights) => Setting::Weights(weights.clone()),
        OptionValue::Secret(secret) => Setting::Secret(secret.clone()),
        OptionValue::Paths(_) | OptionValue::Rule(_) => return None,
    })
}
