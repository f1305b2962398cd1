//! Options of a mask, read into their types.

#[cfg(doc)]
use super::MaskKind;
use super::Secret;
use std::collections::BTreeMap;
use std::fmt;

/// The value of one option.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A text or a word.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Two ends, both included.
    Pair(i64, i64),
    /// Texts in the order of the rule.
    Texts(Vec<String>),
    /// Texts with their weights, in the order of the rule.
    Weights(Vec<(String, f64)>),
    /// Yes or no.
    Flag(bool),
    /// What nobody is shown.
    Secret(Secret),
}

/// The options of one mask by their names, those left out at their defaults. `domain`, `by`, `nulls` and what `json`
/// has are not among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options(BTreeMap<&'static str, Setting>);

impl Options {
    /// These settings.
    pub fn new(settings: &[(&'static str, Setting)]) -> Self {
        Self(settings.iter().cloned().collect())
    }

    /// The same with one more.
    pub fn with(mut self, name: &'static str, setting: Setting) -> Self {
        self.set(name, setting);
        self
    }

    /// Sets one.
    pub fn set(&mut self, name: &'static str, setting: Setting) {
        self.0.insert(name, setting);
    }

    /// Takes one away.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// One by its name.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(name)
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Setting)> {
        self.0.iter().map(|(name, setting)| (*name, setting))
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Setting::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, to be brought to another form.
    pub fn text_mut(&mut self, name: &str) -> Option<&mut String> {
        match self.0.get_mut(name)? {
            Setting::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Values in the text form of the column's type that a mask [states](MaskKind::states_values).
    pub fn stated(&self) -> Vec<&str> {
        let texts = self.texts("values").iter().chain(self.weights("weights").iter().map(|(text, _)| text));
        self.text("value").into_iter().chain(texts.map(String::as_str)).collect()
    }

    /// The same, to be brought to another form.
    pub fn stated_mut(&mut self) -> Vec<&mut String> {
        let stated = self.0.iter_mut().filter(|(name, _)| ["value", "values", "weights"].contains(name));
        let texts = stated.flat_map(|(_, setting)| match setting {
            Setting::Text(text) => vec![text],
            Setting::Texts(texts) => texts.iter_mut().collect(),
            Setting::Weights(weights) => weights.iter_mut().map(|(text, _)| text).collect(),
            _ => Vec::new(),
        });
        texts.collect()
    }

    /// A secret.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        match self.get(name)? {
            Setting::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// Secrets, to be read from where they are.
    pub fn secrets_mut(&mut self) -> impl Iterator<Item = &mut Secret> {
        self.0.values_mut().filter_map(|setting| match setting {
            Setting::Secret(secret) => Some(secret),
            _ => None,
        })
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Setting::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Setting::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Two ends.
    pub fn pair(&self, name: &str) -> Option<(i64, i64)> {
        match self.get(name)? {
            Setting::Pair(first, last) => Some((*first, *last)),
            _ => None,
        }
    }

    /// Texts; none where it is not given.
    pub fn texts(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Setting::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// Texts with weights; none where it is not given.
    pub fn weights(&self, name: &str) -> &[(String, f64)] {
        match self.get(name) {
            Some(Setting::Weights(weights)) => weights,
            _ => &[],
        }
    }

    /// Yes or no; no where it is not given.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Setting::Flag(true)))
    }
}

/// As a domain's name has it.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Text(text) => f.write_str(text),
            Setting::Integer(number) => number.fmt(f),
            Setting::Number(number) => number.fmt(f),
            Setting::Pair(first, last) => write!(f, "[{first}, {last}]"),
            Setting::Texts(texts) => write!(f, "{texts:?}"),
            Setting::Weights(weights) => write!(f, "{weights:?}"),
            Setting::Flag(flag) => flag.fmt(f),
            Setting::Secret(secret) => secret.fmt(f),
        }
    }
}
