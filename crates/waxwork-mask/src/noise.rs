//! `number.noise`: a value times 1 ± percent, never the same value, its sign and form kept. 0, NaN and infinity stay.

use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::literal::Literal;
use crate::prf::{Bits, Prf};
use crate::text::{Room, integer, option_error};
use waxwork_copy::Numeric;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// Noise of one column's numbers.
pub(crate) struct Noise {
    /// For integers, so that columns of all widths agree.
    integers: Prf,
    /// For floats and numerics.
    reals: Prf,
    percent: f64,
}

/// Decimal digits that noise is computed on; those after them are random.
const LEAD_DIGITS: usize = 18;

/// Decimal digits drawn from one 64-bit word: 10^12 is 2^40.
const DIGITS_PER_WORD: usize = 12;

impl Noise {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        let percent = spec.options.number("percent").unwrap_or(0.0);
        if !(percent.is_finite() && percent > 0.0) {
            return Err(option_error(MaskKind::Noise, "percent", "it is not above 0"));
        }
        let prf = |kind| keyring.prf(Purpose::Pick, &spec.domain, kind);
        Ok(Self { integers: prf(Kind::Integer), reals: prf(Kind::Binary), percent })
    }

    /// Noise on an integer of a type that holds `low..=high`.
    pub(crate) fn integer(&self, value: i64, (low, high): (i64, i64), by: Option<u64>) -> i64 {
        if value == 0 {
            return 0;
        }
        let bits = self.integers.bits(&value.to_le_bytes(), by);
        let size = u128::from(value.unsigned_abs());
        let held = if value < 0 { low.unsigned_abs() } else { high.unsigned_abs() };
        let noisy = self.size(size, u128::from(held), bits) as i128;
        (if value < 0 { -noisy } else { noisy }) as i64
    }

    pub(crate) fn float8(&self, value: f64, by: Option<u64>) -> f64 {
        if value == 0.0 || !value.is_finite() {
            return value;
        }
        let noisy = value * self.factor(value, by);
        if noisy.is_finite() && noisy != value && noisy != 0.0 { noisy } else { neighbour(value) }
    }

    pub(crate) fn float4(&self, value: f32, by: Option<u64>) -> f32 {
        if value == 0.0 || !value.is_finite() {
            return value;
        }
        let noisy = (f64::from(value) * self.factor(f64::from(value), by)) as f32;
        if noisy.is_finite() && noisy != value && noisy != 0.0 { noisy } else { neighbour4(value) }
    }

    /// 1 ± percent, above 0.
    fn factor(&self, value: f64, by: Option<u64>) -> f64 {
        let bits = self.reals.bits(&value.to_bits().to_le_bytes(), by);
        // 53 bits make a fraction in [0, 1) exactly; the lowest bit is the sign's.
        let fraction = (bits.0 >> 11) as f64 / (1u64 << 53) as f64;
        let share = fraction * self.percent / 100.0;
        if bits.0 & 1 == 0 || share >= 1.0 { 1.0 + share } else { 1.0 - share }
    }

    /// Noise on a `numeric`, at its scale and with no digit more. `declared` is the typmod's scale, which below 0 keeps
    /// trailing zeros.
    pub(crate) fn numeric(&self, value: Numeric, declared: Option<i16>, by: Option<u64>) -> Numeric {
        let Numeric::Finite { negative, weight, scale, digits } = &value else { return value };
        let mut decimals = decimals(*weight, *scale, digits);
        let round = usize::from(declared.map_or(0, |declared| (-declared).max(0) as u16));
        let rounded =
            decimals.len() > round && decimals[decimals.len() - round..].iter().all(|digit| *digit == 0);
        let kept = if rounded { decimals.len() - round } else { decimals.len() };
        if kept == 0 {
            return value;
        }
        self.decimals(&mut decimals[..kept], by);
        numeric(*negative, *scale, &decimals)
    }

    /// Noise on the decimal digits of a whole number above 0, without a leading zero; the number of digits stays.
    fn decimals(&self, digits: &mut [u8], by: Option<u64>) {
        let bits = self.reals.bits(digits, by);
        let (lead, tail) = digits.split_at_mut(digits.len().min(LEAD_DIGITS));
        let value = lead.iter().fold(0, |value, digit| value * 10 + u128::from(*digit));
        let mut noisy = self.size(value, 10u128.pow(lead.len() as u32) - 1, bits);
        for digit in lead.iter_mut().rev() {
            *digit = (noisy % 10) as u8;
            noisy /= 10;
        }
        for (word, run) in tail.chunks_mut(DIGITS_PER_WORD).enumerate() {
            let mut word = Bits(self.reals.pair(bits.0, word as u64));
            run.iter_mut().for_each(|digit| *digit = word.choose(10) as u8);
        }
    }

    /// Another size in 1..=`held`, within percent of `size` where that holds another.
    fn size(&self, size: u128, held: u128, mut bits: Bits) -> u128 {
        let most = ((size as f64 * self.percent / 100.0) as u64).max(1);
        let step = u128::from(bits.choose(most)) + 1;
        let up = bits.choose(2) == 1;
        let above = (size + step <= held).then_some(size + step);
        let below = (size > step).then(|| size - step);
        let chosen = if up { above.or(below) } else { below.or(above) };
        // Neither fits when percent is over 100 and the type is full.
        chosen.unwrap_or(if size > 1 { size / 2 } else { size + 1 })
    }
}

/// The next float away from 0, or towards it at the end of the range.
pub(crate) fn neighbour(value: f64) -> f64 {
    let away = if value > 0.0 { value.next_up() } else { value.next_down() };
    if away.is_finite() {
        away
    } else if value > 0.0 {
        value.next_down()
    } else {
        value.next_up()
    }
}

pub(crate) fn neighbour4(value: f32) -> f32 {
    let away = if value > 0.0 { value.next_up() } else { value.next_down() };
    if away.is_finite() {
        away
    } else if value > 0.0 {
        value.next_down()
    } else {
        value.next_up()
    }
}

/// Decimal digits of a numeric times 10^scale, without leading zeros.
pub(crate) fn decimals(weight: i16, scale: u16, digits: &[u16]) -> Vec<u8> {
    let length = 4 * (i32::from(weight) + 1) + i32::from(scale);
    let mut decimals = Vec::with_capacity(4 * digits.len());
    for group in digits {
        decimals
            .extend([group / 1000, group / 100 % 10, group / 10 % 10, group % 10].map(|digit| digit as u8));
    }
    decimals.resize(usize::try_from(length).unwrap_or(0), 0);
    let zeros = decimals.iter().take_while(|digit| **digit == 0).count();
    decimals.drain(..zeros);
    decimals
}

/// The numeric of decimal digits over 10^scale.
pub(crate) fn numeric(negative: bool, scale: u16, decimals: &[u8]) -> Numeric {
    // Groups of four begin at the decimal point: zeros fill up on both sides.
    let fraction_groups = usize::from(scale).div_ceil(4);
    let right = 4 * fraction_groups - usize::from(scale);
    let left = (4 - (decimals.len() + right) % 4) % 4;
    let padded: Vec<u8> = std::iter::repeat_n(0, left)
        .chain(decimals.iter().copied())
        .chain(std::iter::repeat_n(0, right))
        .collect();
    let groups: Vec<u16> = padded
        .chunks_exact(4)
        .map(|group| group.iter().fold(0, |value, digit| value * 10 + u16::from(*digit)))
        .collect();
    let weight = groups.len() as i64 - fraction_groups as i64 - 1;
    Numeric::finite(negative, weight as i16, scale, groups)
}

/// Digits of the exponents that a double has (IEEE 754: 10^308). An exponent stays, and a longer one could be anything.
const EXPONENT_MAX: usize = 3;

/// Noise on numbers that stand in text, as in JSON.
pub(crate) struct TextNoise {
    noise: Noise,
}

impl TextNoise {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, _room: Room) -> Result<Self, MaskErrorKind> {
        Ok(Self { noise: Noise::compile(keyring, spec)? })
    }

    /// Appends the number in the form that it has; a text that is no number is replaced by crosses.
    pub(crate) fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        // An integer agrees with an integer column.
        if let Some(value) = integer(input) {
            let noisy = self.noise.integer(value, (i64::MIN, i64::MAX), by);
            return out.extend_from_slice(noisy.to_string().as_bytes());
        }
        let number = Literal::parse(input).filter(|number| number.exponent_digits() <= EXPONENT_MAX);
        let Some(number) = number else { return crosses(input, out) };
        let mut digits: Vec<u8> =
            number.digits().map(|digit| digit - b'0').skip_while(|digit| *digit == 0).collect();
        if digits.is_empty() {
            return out.extend_from_slice(input);
        }
        self.noise.decimals(&mut digits, by);
        number.write(&digits, out);
    }
}

/// As many bytes; others for a text that is crosses itself.
pub(crate) fn crosses(input: &[u8], out: &mut Vec<u8>) {
    let cross = if input.iter().all(|byte| *byte == b'x') { b'y' } else { b'x' };
    out.resize(out.len() + input.len(), cross);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::Setting;

    fn noise(percent: f64) -> Noise {
        Noise::compile(&keyring(), &spec(MaskKind::Noise).with("percent", Setting::Number(percent))).unwrap()
    }

    const INT2: (i64, i64) = (i16::MIN as i64, i16::MAX as i64);

    #[test]
    fn integers_stay_in_range_keep_their_sign_and_move() {
        for percent in [0.001, 10.0, 100.0, 900.0] {
            let noise = noise(percent);
            for value in i16::MIN..=i16::MAX {
                let value = i64::from(value);
                let noisy = noise.integer(value, INT2, None);
                assert_eq!(noisy.signum(), value.signum());
                assert!((INT2.0..=INT2.1).contains(&noisy) && (noisy != value || value == 0));
            }
        }
        for value in [i64::MIN, i64::MAX, i64::MIN + 1] {
            assert_ne!(noise(10.0).integer(value, (i64::MIN, i64::MAX), None), value);
        }
    }

    #[test]
    fn noise_stays_within_its_percent() {
        let noise = noise(10.0);
        for value in 1000..5000i64 {
            let noisy = noise.integer(value, INT2, None);
            assert!((noisy - value).abs() <= value / 10, "{value} {noisy}");
        }
    }

    #[test]
    fn floats_keep_sign_and_finiteness() {
        let noise = noise(10.0);
        for value in [1.5, -1.5, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324, 1e300] {
            let noisy = noise.float8(value, None);
            assert!(noisy.is_finite() && noisy != value && noisy.signum() == value.signum());
        }
        for value in [1.5f32, f32::MAX, -1e-45, 1e-45] {
            let noisy = noise.float4(value, None);
            assert!(noisy.is_finite() && noisy != value && noisy.signum() == value.signum());
        }
        assert!(noise.float8(f64::NAN, None).is_nan());
        assert_eq!(noise.float8(f64::INFINITY, None), f64::INFINITY);
        assert_eq!(noise.float4(0.0, None), 0.0);
    }

    /// Digits over 10^scale, as text.
    fn shown(value: &Numeric) -> String {
        let Numeric::Finite { negative, weight, scale, digits } = value else { panic!("not finite") };
        let decimals: String =
            decimals(*weight, *scale, digits).iter().map(|digit| (digit + b'0') as char).collect();
        format!("{}{decimals}e-{scale}", if *negative { "-" } else { "" })
    }

    #[test]
    fn decimals_and_groups_round_trip() {
        for scale in 0..10u16 {
            for text in ["1", "12", "12345", "99999999", "100000000000000000000000001"] {
                let digits: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
                assert_eq!(shown(&numeric(true, scale, &digits)), format!("-{text}e-{scale}"));
            }
        }
    }

    #[test]
    fn numerics_keep_scale_and_precision() {
        let noise = noise(10.0);
        for (scale, text) in
            [(2, "999"), (0, "1"), (5, "1"), (2, "100000"), (30, "123456789012345678901234567890123")]
        {
            let digits: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
            let value = numeric(false, scale, &digits);
            let noisy = noise.numeric(value.clone(), None, None);
            let Numeric::Finite { scale: noisy_scale, negative, .. } = &noisy else { panic!("not finite") };
            assert!(*noisy_scale == scale && !negative && noisy != value);
            assert!(shown(&noisy).len() <= shown(&value).len());
        }
        let zero = numeric(false, 2, &[]);
        assert!(noise.numeric(zero.clone(), None, None) == zero);
        assert!(noise.numeric(Numeric::NaN, None, None) == Numeric::NaN);
    }

    #[test]
    fn a_negative_scale_keeps_its_zeros() {
        let value = numeric(false, 0, &[1, 2, 3, 0, 0]);
        let noisy = shown(&noise(10.0).numeric(value.clone(), Some(-2), None));
        assert!(noisy.ends_with("00e-0") && noisy != shown(&value), "{noisy}");
    }

    #[test]
    fn numbers_in_text_keep_their_form() {
        let spec = spec(MaskKind::Noise);
        let noise = TextNoise::compile(&keyring(), &spec, Room::UNLIMITED).unwrap();
        let written = |input: &str| {
            let mut out = Vec::new();
            noise.write(input.as_bytes(), None, &mut out);
            String::from_utf8(out).unwrap()
        };
        for input in ["1", "-12.50", "0.05", "1e5", "100.00E-3", "123456789012345678901234"] {
            let output = written(input);
            assert_ne!(output, input);
            assert!(serde_json::from_str::<serde_json::Number>(&output).is_ok(), "{output}");
            let point = |text: &str| text.split_once('.').map(|(_, rest)| rest.len());
            assert_eq!(point(&output), point(input));
        }
        for zero in ["0", "0.00", "-0"] {
            assert_eq!(written(zero), zero);
        }
        assert_eq!(written("a lot"), "xxxxx");
        assert_eq!(written("xxx"), "yyy");
        // The exponent stays, so it has to be one.
        assert!(written("12e-300").ends_with("e-300"));
        for other in ["1e4930123456", "0e4930123456", "-0.0E+4930123456"] {
            assert_eq!(written(other), "x".repeat(other.len()));
        }
    }
}
