//! `bool.random`, `enum.random` and `choice.*`: one value out of a few, each as often as its weight says.
//!
//! ```text
//!   value, or what it is keyed by ─► 64 bits ─► a place on the sum of weights ─► the value whose part it falls into
//! ```
//!
//! A pick that is the value itself gives way to one of the others by their weights. Not so of two, where the other would
//! tell what the value was, nor on types of few values: there the pick does not depend on the value at all.

use crate::column::literal;
use crate::error::MaskErrorKind;
use crate::input::{bits, same};
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::{Bits, Prf};
use crate::text::{Room, option_error, short_error};
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::{TextKind, TextType, ValueType};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// Values to choose from, with their weights.
pub(crate) struct Choice {
    prf: Prf,
    values: Vec<Value<'static>>,
    /// Where the part of each value ends.
    ends: Vec<u64>,
    /// A pick that is the value itself gives way.
    differs: bool,
    /// The type has few values: nothing of them may show.
    few: bool,
}

/// The sum of weights, about: 20 of 64 bits for a pick, and as many for a second one.
const WHOLE: f64 = (1u64 << 20) as f64;

impl Choice {
    /// The choice of a spec, of values of a type.
    ///
    /// # Errors
    /// When there are not two values, or one is not of the type or cannot be sent on the wire.
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        value_type: &ValueType,
        wire: Wire,
    ) -> Result<Self, MaskErrorKind> {
        let (option, weighted) = candidates(spec, value_type);
        let mut values = Vec::new();
        for (text, _) in &weighted {
            let value = literal(text, value_type, wire);
            values.push(value.ok_or_else(|| option_error(spec.kind, option, "a value is not of the type"))?);
        }
        if values.len() < 2 {
            return Err(option_error(spec.kind, option, "it takes two values at least"));
        }
        let few = spec.kind.needs_by(value_type);
        let differs = !few && values.len() > 2;
        let prf = keyring.prf(Purpose::Pick, &spec.domain, Kind::of(value_type));
        Ok(Self { prf, values, ends: ends(&weighted), differs, few })
    }

    /// The value for a value.
    pub(crate) fn pick(&self, value: &Value<'_>, by: Option<u64>) -> &Value<'static> {
        // Rows that lead to no root all get one value.
        let by = by.or(self.few.then_some(0));
        let mut bits = bits(&self.prf, value, by);
        let at = self.at(bits.choose(self.whole()));
        if self.differs && same(&self.values[at], value) {
            return &self.values[self.other_than(at, bits)];
        }
        &self.values[at]
    }

    fn whole(&self) -> u64 {
        *self.ends.last().expect("there are two values at least")
    }

    fn at(&self, place: u64) -> usize {
        self.ends.partition_point(|end| *end <= place)
    }

    /// One of the others, as if that one's part were cut out.
    fn other_than(&self, at: usize, mut bits: Bits) -> usize {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        let part = self.ends[at] - start;
        let place = bits.choose(self.whole() - part);
        self.at(if place < start { place } else { place + part })
    }
}

/// A choice between texts.
pub(crate) struct TextChoice(Choice);

impl TextChoice {
    /// # Errors
    /// When there are not two texts, or one is longer than the column.
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let text = ValueType::Text(TextType { kind: TextKind::Text, max_chars: None });
        let needed = spec.options.stated().iter().map(|text| text.chars().count()).max().unwrap_or(0);
        if needed > room.chars {
            return Err(short_error(spec.kind, needed, room));
        }
        Choice::compile(keyring, spec, &text, Wire::Text).map(Self)
    }

    /// Appends the text for a text.
    pub(crate) fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        if let Value::Text(text) = self.0.pick(&Value::Text(input.into()), by) {
            out.extend_from_slice(text);
        }
    }
}

/// The option that the values come from, and the values in text form with their weights.
fn candidates<'a>(spec: &'a MaskSpec, value_type: &'a ValueType) -> (&'static str, Vec<(&'a str, f64)>) {
    let options = &spec.options;
    match (spec.kind, value_type.scalar()) {
        (MaskKind::RandomBool, _) => {
            let percent = options.number("percent").unwrap_or(50.0);
            ("percent", vec![("t", percent), ("f", 100.0 - percent)])
        }
        (MaskKind::RandomEnum, ValueType::Enum(labels)) => {
            ("labels", labels.iter().map(|label| (label.as_str(), 1.0)).collect())
        }
        (MaskKind::Sample, _) => {
            ("sample", spec.common.iter().map(|(text, rows)| (text.as_str(), *rows as f64)).collect())
        }
        (MaskKind::Weighted, _) => {
            let weights = options.weights("weights").iter();
            ("weights", weights.map(|(text, weight)| (text.as_str(), *weight)).collect())
        }
        _ => ("values", options.texts("values").iter().map(|text| (text.as_str(), 1.0)).collect()),
    }
}

/// Parts of [`WHOLE`]; even the lightest value has one.
fn ends(weighted: &[(&str, f64)]) -> Vec<u64> {
    let sum: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    let mut end = 0;
    let part = |(_, weight): &(&str, f64)| {
        end += ((weight / sum * WHOLE) as u64).max(1);
        end
    };
    weighted.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};

    fn sample(common: &[(&str, u64)], value_type: &ValueType) -> Result<Choice, MaskErrorKind> {
        let common = common.iter().map(|(text, rows)| ((*text).to_owned(), *rows)).collect();
        let spec = MaskSpec { common, ..spec(MaskKind::Sample) };
        Choice::compile(&keyring(), &spec, value_type, Wire::Binary)
    }

    /// How often each integer of 1, 2 and 3 is picked for 100,000 roots.
    fn counts(choice: &Choice, value: i64) -> [u32; 3] {
        let mut counts = [0; 3];
        for by in 0..100_000u64 {
            let Value::Int(picked) = choice.pick(&Value::Int(value), Some(by)) else { panic!("no integer") };
            counts[*picked as usize - 1] += 1;
        }
        counts
    }

    #[test]
    fn picks_are_as_frequent_as_their_weights_and_never_the_value() {
        let choice = sample(&[("1", 600), ("2", 300), ("3", 100)], &ValueType::Int4).unwrap();
        let [one, two, three] = counts(&choice, 9_999);
        assert!((59_000..61_000).contains(&one) && (29_000..31_000).contains(&two) && three > 9_500);
        // Without 1, 2 is thrice as frequent as 3; what 1 loses goes to both.
        let [one, two, three] = counts(&choice, 1);
        assert!(one == 0 && (74_000..76_000).contains(&two) && three > 24_000);
        assert_eq!(counts(&choice, 3)[2], 0);
    }

    #[test]
    fn of_two_values_the_pick_does_not_tell_which_one_it_was_not() {
        let choice = sample(&[("1", 50), ("2", 50)], &ValueType::Int4).unwrap();
        assert_eq!(counts(&choice, 1), counts(&choice, 2));
    }

    #[test]
    fn a_bool_says_nothing_of_the_value() {
        let choice = sample(&[("t", 90), ("f", 10)], &ValueType::Bool).unwrap();
        let mut trues = 0;
        for by in (0..10_000).map(Some).chain([None]) {
            let picks = [true, false].map(|value| choice.pick(&Value::Bool(value), by));
            assert!(picks[0] == picks[1]);
            trues += u32::from(*picks[0] == Value::Bool(true));
        }
        assert!((8_800..9_200).contains(&trues), "{trues}");
    }

    #[test]
    fn one_value_is_no_choice_and_another_type_is_none() {
        assert!(sample(&[("1", 50)], &ValueType::Int4).is_err());
        assert!(sample(&[("1", 50), ("2000-01-01", 50)], &ValueType::Int4).is_err());
    }
}
