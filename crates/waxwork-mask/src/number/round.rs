//! `number.round`: the nearest multiple of a step. A number that is one already moves to a neighbour, up or down by the
//! key; 0, NaN and the infinities stay.

use super::integer_ends;
use super::step::Step;
use crate::error::MaskErrorKind;
use crate::input::bits;
use crate::key::{Keyring, Kind, Purpose};
use crate::noise::{decimals, neighbour, neighbour4, numeric};
use crate::prf::Prf;
use crate::text::option_error;
use crate::value::MaskValue;
use waxwork_copy::{Numeric, Value};
use waxwork_core::catalog::ValueType;
use waxwork_core::plan::MaskSpec;

/// Rounding of one type's numbers.
pub(crate) struct Round {
    prf: Prf,
    step: Step,
    /// Of integers.
    ends: (i64, i64),
    /// Digits that a declared numeric holds at the step's place of decimals or the type's, whichever is finer.
    digits_max: usize,
    /// The scale of a declared numeric.
    scale: Option<i16>,
}

impl Round {
    /// # Errors
    /// When the step is no whole number and the type holds nothing else.
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        value_type: &ValueType,
    ) -> Result<Self, MaskErrorKind> {
        let wrong = |reason| option_error(spec.kind, "to", reason);
        let step = spec.options.number("to").and_then(Step::new).ok_or_else(|| wrong("it is not above 0"))?;
        if value_type.is_integer() && step.decimals > 0 {
            return Err(wrong("it is not a whole number, and the column holds no other"));
        }
        let prf = keyring.prf(Purpose::Pick, &spec.domain, Kind::of(value_type));
        let (step, digits_max, scale) = match value_type {
            ValueType::Numeric(Some((precision, scale))) => {
                let zeros = usize::from((-scale).max(0).unsigned_abs());
                (step.at_scale(*scale), usize::from(*precision) + zeros, Some(*scale))
            }
            _ => (step, usize::MAX, None),
        };
        Ok(Self { prf, step, ends: integer_ends(value_type), digits_max, scale })
    }

    /// Whether a multiple moves up, away from 0.
    fn moves_up(&self, value: &Value<'_>, by: Option<u64>) -> bool {
        bits(&self.prf, value, by).choose(2) == 1
    }

    fn integer(&self, value: i64, by: Option<u64>) -> i64 {
        let (size, step) = (u128::from(value.unsigned_abs()), self.step.size);
        let held = if value < 0 { self.ends.0.unsigned_abs() } else { self.ends.1.unsigned_abs() };
        let up = || self.moves_up(&Value::Int(value), by);
        let rounded = rounded(size, step, up, u128::from(held)) as i128;
        (if value < 0 { -rounded } else { rounded }) as i64
    }

    fn float(&self, value: f64, by: Option<u64>) -> f64 {
        let (size, places) = (self.step.size as f64, 10f64.powi(i32::from(self.step.decimals)));
        let multiple = |count: f64| count * size / places;
        let count = (value * places / size).round();
        let nearest = multiple(count);
        if nearest != value {
            return nearest;
        }
        let up = self.moves_up(&Value::Float8(value), by) || count.abs() < 2.0;
        multiple(if up { count + count.signum() } else { count - count.signum() })
    }

    fn float8(&self, value: f64, by: Option<u64>) -> f64 {
        let rounded = self.float(value, by);
        // So large that no multiple is near, or so large that there is none.
        if rounded.is_finite() && rounded != value { rounded } else { neighbour(value) }
    }

    fn float4(&self, value: f32, by: Option<u64>) -> f32 {
        let rounded = self.float(f64::from(value), by) as f32;
        if rounded.is_finite() && rounded != value {
            return rounded;
        }
        // The step is a multiple as a double, and not as a float: 0.1 is.
        let moved = self.float(self.float(f64::from(value), by), by) as f32;
        if moved.is_finite() && moved != value { moved } else { neighbour4(value) }
    }

    fn numeric(&self, number: &Numeric, up: impl FnOnce() -> bool) -> Numeric {
        let Numeric::Finite { negative, weight, scale, digits } = number else { return number.clone() };
        if digits.is_empty() {
            return number.clone();
        }
        let shown = (*scale).max(self.step.decimals);
        let mut whole = decimals(*weight, *scale, digits);
        whole.resize(whole.len() + usize::from(shown - scale), 0);
        let tail = usize::from(shown - self.step.decimals);
        // Zeros on the left, where all digits stand behind the step's last place.
        whole.splice(0..0, std::iter::repeat_n(0, tail.saturating_sub(whole.len())));
        let (head, tail) = whole.split_at(whole.len() - tail);
        let limit = self.digits_max.saturating_sub(self.scale.map_or(0, |_| tail.len()));
        let mut multiple = rounded_digits(head, tail, self.step.size, up, limit);
        multiple.resize(multiple.len() + tail.len(), 0);
        numeric(*negative, shown, without_zeros(&multiple))
    }
}

impl MaskValue for Round {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        Ok(match value {
            Value::Int(0) => Value::Int(0),
            Value::Int(value) => Value::Int(self.integer(value, by)),
            Value::Float8(value) if value == 0.0 || !value.is_finite() => Value::Float8(value),
            Value::Float8(value) => Value::Float8(self.float8(value, by)),
            Value::Float4(value) if value == 0.0 || !value.is_finite() => Value::Float4(value),
            Value::Float4(value) => Value::Float4(self.float4(value, by)),
            Value::Numeric(ref number) => Value::Numeric(self.numeric(number, || self.moves_up(&value, by))),
            _ => return Err(MaskErrorKind::Unexpected),
        })
    }
}

/// The multiple nearest to a size above 0, halves away from 0, of at most `held`.
fn rounded(size: u128, step: u128, up: impl FnOnce() -> bool, held: u128) -> u128 {
    let rest = size % step;
    let below = size - rest;
    let (target, other) = match rest {
        0 if size == step || up() => (size + step, size - step),
        0 => (size - step, size + step),
        _ if rest >= step - rest => (below + step, below),
        _ => (below, below),
    };
    if target <= held { target } else { other }
}

/// The same of digits over any power of ten; `tail` are those behind the step's last place. A result of more than
/// `limit` digits is not taken.
fn rounded_digits(head: &[u8], tail: &[u8], step: u128, up: impl FnOnce() -> bool, limit: usize) -> Vec<u8> {
    let rest = head.iter().fold(0, |rest, digit| (rest * 10 + u128::from(*digit)) % step);
    let below = minus(head, rest);
    let is_multiple = rest == 0 && tail.iter().all(|digit| *digit == 0);
    let half = 2 * rest >= step || (2 * rest + 1 == step && tail.first().is_some_and(|digit| *digit >= 5));
    let least = || without_zeros(&below) == without_zeros(&digits_of(step));
    let (target, other) = match (is_multiple, half) {
        (true, _) if least() || up() => (plus(&below, step), minus(&below, step)),
        (true, _) => (minus(&below, step), plus(&below, step)),
        (false, true) => (plus(&below, step), below),
        (false, false) => (below.clone(), below),
    };
    if without_zeros(&target).len() <= limit { target } else { other }
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|digit| **digit == 0).count()..]
}

fn digits_of(mut number: u128) -> Vec<u8> {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push((number % 10) as u8);
        number /= 10;
    }
    digits.reverse();
    digits
}

fn plus(digits: &[u8], mut carry: u128) -> Vec<u8> {
    let mut sum = digits.to_vec();
    for digit in sum.iter_mut().rev() {
        carry += u128::from(*digit);
        *digit = (carry % 10) as u8;
        carry /= 10;
    }
    sum.splice(0..0, digits_of(carry));
    sum
}

/// `digits` are at least as large.
fn minus(digits: &[u8], mut other: u128) -> Vec<u8> {
    let mut rest = digits.to_vec();
    for digit in rest.iter_mut().rev() {
        let taken = other % 10;
        other /= 10;
        if u128::from(*digit) < taken {
            *digit += 10;
            other += 1;
        }
        *digit -= taken as u8;
    }
    rest
}
