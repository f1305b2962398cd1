//! `numeric`: base-10000 digits on the binary wire, decimal digits in text.
//!
//! Format: PostgreSQL source, `numeric.c`, `numeric_send`: digit count, weight, sign, display scale, digits.

use crate::error::CodecErrorKind;
use crate::scan::{Scan, push_padded};
use crate::value::Numeric;

/// Digits after the decimal point that a `numeric` may show (`NUMERIC_DSCALE_MASK`).
const SCALE_MAX: usize = 0x3fff;
/// Sign words.
const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const NEGATIVE_INFINITY: u16 = 0xf000;
/// The scale that the server sends with infinities: bits of their header, which its reader ignores.
const INFINITY_SCALE: u16 = 0x20;

const MALFORMED: CodecErrorKind = CodecErrorKind::Malformed("numeric");
const OUT_OF_RANGE: CodecErrorKind = CodecErrorKind::OutOfRange("numeric");

impl Numeric {
    /// A finite number: sum of `digits[i] * 10000^(weight - i)`, shown with `scale` digits after the point.
    ///
    /// What the scale does not show is cut off, as the server does when it receives such a number; zeros at either end
    /// of `digits` are taken away, and the sign of 0. So equal numbers of equal scale are equal values.
    pub fn finite(negative: bool, weight: i16, scale: u16, mut digits: Vec<u16>) -> Self {
        cut_to_scale(i32::from(weight), scale, &mut digits);
        let leading = digits.iter().take_while(|&&digit| digit == 0).count();
        digits.drain(..leading);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            return Self::Finite { negative: false, weight: 0, scale, digits };
        }
        let weight = i16::try_from(i64::from(weight) - leading as i64)
            .expect("a digit that the scale shows stands above 10000^-16384");
        Self::Finite { negative, weight, scale, digits }
    }
}

/// Cuts off decimal digits after the `scale`th behind the point.
fn cut_to_scale(weight: i32, scale: u16, digits: &mut Vec<u16>) {
    let scale = i32::from(scale);
    let groups_shown = usize::try_from(weight + 1 + (scale + 3) / 4).unwrap_or(0);
    digits.truncate(groups_shown);
    // The last group shown may be shown in part only.
    if digits.len() == groups_shown
        && let Some(last) = digits.last_mut()
    {
        let unit = [1, 1000, 100, 10][(scale % 4) as usize];
        *last -= *last % unit;
    }
}

/// Reads the binary form.
pub(crate) fn from_binary(payload: &[u8]) -> Result<Numeric, CodecErrorKind> {
    let (head, digits) = payload.split_at_checked(8).ok_or(MALFORMED)?;
    let word = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (count, weight, sign, scale) = (usize::from(word(0)), word(2) as i16, word(4), word(6));
    if digits.len() != 2 * count || usize::from(scale) > SCALE_MAX {
        return Err(MALFORMED);
    }
    let negative = match sign {
        POSITIVE => false,
        NEGATIVE => true,
        NAN => return Ok(Numeric::NaN),
        INFINITY => return Ok(Numeric::Infinity),
        NEGATIVE_INFINITY => return Ok(Numeric::NegativeInfinity),
        _ => return Err(MALFORMED),
    };
    let digits: Vec<u16> =
        digits.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    if digits.iter().any(|&digit| digit > 9999) {
        return Err(MALFORMED);
    }
    Ok(Numeric::finite(negative, weight, scale, digits))
}

/// Writes the binary form.
pub(crate) fn to_binary(number: &Numeric, out: &mut Vec<u8>) -> Result<(), CodecErrorKind> {
    let (weight, sign, scale, digits) = match number {
        Numeric::NaN => (0, NAN, 0, &[][..]),
        Numeric::Infinity => (0, INFINITY, INFINITY_SCALE, &[][..]),
        Numeric::NegativeInfinity => (0, NEGATIVE_INFINITY, INFINITY_SCALE, &[][..]),
        Numeric::Finite { negative, weight, scale, digits } => {
            (*weight, if *negative { NEGATIVE } else { POSITIVE }, *scale, &digits[..])
        }
    };
    let count = u16::try_from(digits.len()).map_err(|_| OUT_OF_RANGE)?;
    if usize::from(scale) > SCALE_MAX || digits.iter().any(|&digit| digit > 9999) {
        return Err(OUT_OF_RANGE);
    }
    for word in [count, weight as u16, sign, scale] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    out.extend(digits.iter().flat_map(|digit| digit.to_be_bytes()));
    Ok(())
}

/// Reads the text form.
pub(crate) fn parse(text: &[u8]) -> Result<Numeric, CodecErrorKind> {
    match text {
        b"NaN" => return Ok(Numeric::NaN),
        b"Infinity" => return Ok(Numeric::Infinity),
        b"-Infinity" => return Ok(Numeric::NegativeInfinity),
        _ => {}
    }
    let mut scan = Scan::new(text);
    let negative = scan.eat(b'-');
    let whole = scan.digits().ok_or(MALFORMED)?;
    let fraction = if scan.eat(b'.') { scan.digits().ok_or(MALFORMED)? } else { &[] };
    if !scan.is_empty() {
        return Err(MALFORMED);
    }
    if fraction.len() > SCALE_MAX {
        return Err(OUT_OF_RANGE);
    }
    let whole = &whole[whole.iter().take_while(|&&digit| digit == b'0').count()..];
    let groups = whole.len().div_ceil(4);
    let weight = i16::try_from(groups as i64 - 1).map_err(|_| OUT_OF_RANGE)?;
    Ok(Numeric::finite(negative, weight, fraction.len() as u16, base_10000(whole, fraction)))
}

/// Groups decimal digits by four, aligned at the point.
fn base_10000(whole: &[u8], fraction: &[u8]) -> Vec<u16> {
    let mut digits = Vec::with_capacity(whole.len() / 4 + fraction.len() / 4 + 2);
    let mut group = 0u16;
    let mut filled = (4 - whole.len() % 4) % 4;
    let tail = (4 - fraction.len() % 4) % 4;
    for &digit in whole.iter().chain(fraction).chain(&b"000"[..tail]) {
        group = group * 10 + u16::from(digit - b'0');
        filled += 1;
        if filled == 4 {
            digits.push(group);
            (group, filled) = (0, 0);
        }
    }
    digits
}

/// Writes the text form.
pub(crate) fn print(number: &Numeric, out: &mut Vec<u8>) {
    match number {
        Numeric::NaN => out.extend_from_slice(b"NaN"),
        Numeric::Infinity => out.extend_from_slice(b"Infinity"),
        Numeric::NegativeInfinity => out.extend_from_slice(b"-Infinity"),
        Numeric::Finite { negative, weight, scale, digits } => {
            if *negative {
                out.push(b'-');
            }
            print_finite(i32::from(*weight), usize::from(*scale), digits, out);
        }
    }
}

/// Writes the digits of a number and its point.
fn print_finite(weight: i32, scale: usize, digits: &[u16], out: &mut Vec<u8>) {
    // The digit of a power of 10000; 0 beyond those that are stored.
    let digit = |power: i32| {
        let index = usize::try_from(weight - power).ok();
        u64::from(index.and_then(|index| digits.get(index)).copied().unwrap_or(0))
    };
    push_padded(digit(weight.max(0)), 1, out);
    for power in (0..weight).rev() {
        push_padded(digit(power), 4, out);
    }
    if scale == 0 {
        return;
    }
    out.push(b'.');
    let end = out.len() + scale;
    for power in (1..).map(|group: i32| -group) {
        if out.len() >= end {
            break;
        }
        push_padded(digit(power), 4, out);
    }
    out.truncate(end);
}
