//! `number.range`: any number of a range, each as likely as the others and none the value itself.

use super::integer_ends;
use crate::error::MaskErrorKind;
use crate::input::{bits, same};
use crate::key::{Keyring, Kind, Purpose};
use crate::noise::numeric;
use crate::prf::{Bits, Prf};
use crate::text::option_error;
use crate::value::MaskValue;
use waxwork_copy::{Numeric, Value};
use waxwork_core::catalog::ValueType;
use waxwork_core::plan::MaskSpec;

/// Decimals that are drawn; those after them are zeros.
const DRAWN_DECIMALS: i16 = 9;

/// Numbers that one word of 64 bits chooses from without a bias above 2^-16.
const CHOSEN_MAX: u64 = 1 << 48;

/// A range that one type's numbers come from.
pub(crate) struct Between {
    prf: Prf,
    low: i64,
    high: i64,
    /// The scale of a declared numeric.
    scale: Option<i16>,
}

impl Between {
    /// # Errors
    /// When the type does not hold the range, or it has one number.
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        value_type: &ValueType,
    ) -> Result<Self, MaskErrorKind> {
        let wrong = |reason| option_error(spec.kind, "range", reason);
        let (low, high) = spec.options.pair("range").ok_or_else(|| wrong("it is missing"))?;
        let held = integer_ends(value_type);
        let scale = match value_type {
            ValueType::Numeric(Some((_, scale))) => Some(*scale),
            _ => None,
        };
        if low < held.0 || high > held.1 || !fits(value_type, low.unsigned_abs().max(high.unsigned_abs())) {
            return Err(wrong("the type does not hold it"));
        }
        let between =
            Self { prf: keyring.prf(Purpose::Pick, &spec.domain, Kind::of(value_type)), low, high, scale };
        let (_, count) = between.units(scale.unwrap_or(0));
        if low >= high || count < 2 {
            return Err(wrong("it takes two numbers at least"));
        }
        Ok(between)
    }

    /// The first of the multiples of 10^-`decimals` in the range, counted in these, and how many there are.
    fn units(&self, decimals: i16) -> (i128, u128) {
        let power = 10i128.pow(decimals.unsigned_abs().min(18).into());
        let (low, high) = (i128::from(self.low), i128::from(self.high));
        let (first, last) = if decimals < 0 {
            (low.div_euclid(power) + i128::from(low.rem_euclid(power) != 0), high.div_euclid(power))
        } else {
            (low * power, high * power)
        };
        (first, u128::try_from(last - first + 1).unwrap_or(0))
    }

    /// One of `count`, and another where that is the value: the next one, or where there are two the other would tell.
    fn draw(
        &self,
        count: u128,
        value: &Value<'_>,
        by: Option<u64>,
        give: impl Fn(u128) -> Value<'static>,
    ) -> Value<'static> {
        let place = self.place(count, bits(&self.prf, value, by));
        let drawn = give(place);
        if count > 2 && same(&drawn, value) { give((place + 1) % count) } else { drawn }
    }

    /// Below `count`: a second word where 64 bits would prefer some to others.
    fn place(&self, count: u128, mut bits: Bits) -> u128 {
        match u64::try_from(count) {
            Ok(count) if count <= CHOSEN_MAX => bits.choose(count).into(),
            _ => (u128::from(bits.0) << 64 | u128::from(self.prf.pair(bits.0, 0))) % count,
        }
    }

    fn integer(&self, value: &Value<'_>, by: Option<u64>) -> Value<'static> {
        let (first, count) = self.units(0);
        self.draw(count, value, by, |place| Value::Int((first + place as i128) as i64))
    }

    /// At 53 bits of a fraction; one of 2^53 numbers that is the value itself gives way to the next.
    fn float(
        &self,
        value: &Value<'_>,
        by: Option<u64>,
        give: impl Fn(f64) -> Value<'static>,
    ) -> Value<'static> {
        let (low, high) = (self.low as f64, self.high as f64);
        self.draw(1 << 53, value, by, |place| give(low + (high - low) * (place as f64 / (1u64 << 53) as f64)))
    }

    fn numeric(&self, value: &Value<'_>, shown: u16, by: Option<u64>) -> Value<'static> {
        let scale = self.scale.unwrap_or(shown.min(i16::MAX as u16) as i16);
        let drawn = scale.min(DRAWN_DECIMALS);
        let (first, count) = self.units(drawn);
        let shown = scale.max(0).unsigned_abs();
        let zeros = usize::try_from(i32::from(shown) - i32::from(drawn)).unwrap_or(0);
        self.draw(count, value, by, |place| Value::Numeric(with_zeros(first + place as i128, zeros, shown)))
    }
}

impl MaskValue for Between {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        Ok(match &value {
            Value::Int(_) => self.integer(&value, by),
            Value::Float8(_) => self.float(&value, by, Value::Float8),
            Value::Float4(_) => self.float(&value, by, |drawn| Value::Float4(drawn as f32)),
            Value::Numeric(Numeric::Finite { scale, .. }) => self.numeric(&value, *scale, by),
            Value::Numeric(_) => self.numeric(&value, 0, by),
            _ => return Err(MaskErrorKind::Unexpected),
        })
    }
}

/// A declared numeric holds numbers of that size.
fn fits(value_type: &ValueType, size: u64) -> bool {
    let ValueType::Numeric(Some((precision, scale))) = value_type else { return true };
    let digits = i32::from(*precision) - i32::from(*scale);
    u32::try_from(digits)
        .is_ok_and(|digits| 10u128.checked_pow(digits).is_none_or(|end| u128::from(size) < end))
}

/// A whole number followed by zeros, over 10^`shown`.
fn with_zeros(number: i128, zeros: usize, shown: u16) -> Numeric {
    let digits = if number == 0 { String::new() } else { number.unsigned_abs().to_string() };
    let digits: Vec<u8> =
        digits.bytes().map(|digit| digit - b'0').chain(std::iter::repeat_n(0, zeros)).collect();
    numeric(number < 0, shown, &digits)
}
