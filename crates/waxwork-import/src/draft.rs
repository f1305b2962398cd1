//! Rules in the making: a mask with its options, and what they have to do with the foreign mask that they stand for.

use toml_edit::{Array, InlineTable, Value};
use waxwork_core::masks::MaskKind;

/// A column's rule.
#[derive(Clone, Debug)]
pub(crate) enum Draft {
    /// A mask with its options, in the order of the file.
    Mask(MaskKind, Vec<(&'static str, Value)>),
    /// Production's value, for a stated reason.
    Keep(&'static str),
    /// A list: conditions with their rules, and the rule of all other rows.
    Cases(Vec<(String, Draft)>, Box<Draft>),
}

impl Draft {
    /// A mask without options.
    pub(crate) fn mask(kind: MaskKind) -> Self {
        Draft::Mask(kind, Vec::new())
    }

    /// NULL.
    pub(crate) fn null() -> Self {
        Draft::mask(MaskKind::Null)
    }

    /// A constant.
    pub(crate) fn constant(value: impl Into<Value>) -> Self {
        Draft::mask(MaskKind::Constant).with("value", value)
    }

    /// One of some values.
    pub(crate) fn one_of(values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        let mut list = Array::new();
        values.into_iter().for_each(|value| list.push(value));
        Draft::mask(MaskKind::Pick).with("values", list)
    }

    /// Adds an option of a mask; any other rule has none.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        if let Draft::Mask(_, options) = &mut self {
            options.push((name, value.into()));
        }
        self
    }

    /// Adds an option that is given, where the mask has it.
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match (value, &self) {
            (Some(value), Draft::Mask(kind, _)) if has_option(*kind, name) => self.with(name, value),
            _ => self,
        }
    }

    /// Takes it only where a condition is true, and another rule where it is not or cannot be known.
    pub(crate) fn only_where(self, condition: String, otherwise: Draft) -> Self {
        match otherwise {
            Draft::Cases(mut cases, rest) => {
                cases.insert(0, (condition, self));
                Draft::Cases(cases, rest)
            }
            rest => Draft::Cases(vec![(condition, self)], Box::new(rest)),
        }
    }

    /// As a rule file has it.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Draft::Mask(kind, options) if options.is_empty() => kind.name().into(),
            Draft::Cases(cases, rest) => {
                let cases = cases.iter().map(|(when, draft)| with_condition(draft, when));
                Value::Array(cases.chain([rest.to_value()]).collect())
            }
            _ => Value::InlineTable(self.to_table()),
        }
    }

    fn to_table(&self) -> InlineTable {
        let mut table = InlineTable::new();
        match self {
            Draft::Keep(reason) => {
                table.insert("keep", (*reason).into());
            }
            Draft::Mask(kind, options) => {
                table.insert("mask", kind.name().into());
                options.iter().for_each(|(name, value)| {
                    table.insert(*name, value.clone());
                });
            }
            // Of a list within a list what holds for all other rows: no mask with cases is put under a condition.
            Draft::Cases(_, rest) => return rest.to_table(),
        }
        table
    }
}

fn has_option(kind: MaskKind, name: &str) -> bool {
    kind.options().iter().any(|(known, _)| *known == name)
}

fn with_condition(draft: &Draft, when: &str) -> Value {
    let mut table = draft.to_table();
    table.insert("when", when.into());
    Value::InlineTable(table)
}

/// What becomes of a foreign mask.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// A rule that does the same, or hides more. What is different stands as a comment above it.
    Rule(Draft, Vec<String>),
    /// It cannot be translated: why, and a rule that hides the column meanwhile.
    Instead(Draft, String),
    /// It cannot be translated, and no rule is sure to fit: the column is left out, so that a run refuses it.
    Left(String),
}

impl Outcome {
    /// A rule that does the same.
    pub(crate) fn same(draft: Draft) -> Self {
        Outcome::Rule(draft, Vec::new())
    }

    /// A mask without options that does the same.
    pub(crate) fn mask(kind: MaskKind) -> Self {
        Outcome::same(Draft::mask(kind))
    }

    /// A mask that serves the same end in another way.
    pub(crate) fn near(draft: Draft, note: &str) -> Self {
        Outcome::Rule(draft, vec![note.to_owned()])
    }

    /// A rule that hides the column in place of what cannot be had.
    pub(crate) fn instead(kind: MaskKind, why: &str) -> Self {
        Outcome::Instead(Draft::mask(kind), why.to_owned())
    }

    /// Nothing.
    pub(crate) fn left(why: &str) -> Self {
        Outcome::Left(why.to_owned())
    }

    /// Says what is different, where there is a rule.
    pub(crate) fn note_if(mut self, differs: bool, note: &str) -> Self {
        if let (Outcome::Rule(_, notes), true) = (&mut self, differs) {
            notes.push(note.to_owned());
        }
        self
    }

    /// Changes the rule, where there is one.
    pub(crate) fn map(self, change: impl FnOnce(Draft) -> Draft) -> Self {
        match self {
            Outcome::Rule(draft, notes) => Outcome::Rule(change(draft), notes),
            Outcome::Instead(draft, why) => Outcome::Instead(change(draft), why),
            Outcome::Left(why) => Outcome::Left(why),
        }
    }
}
