//! Text forms of `float4` and `float8`: the shortest digits that read back to the same number.
//!
//! Exponents stand where the server writes them, from 10^15 (10^6 for `float4`) up and below 10^−4, in two digits or
//! more (PostgreSQL source, `d2s.c` and `f2s.c`).

use std::io::Write;

use crate::scan::push_padded;

/// Reads a number as either type's output function writes it.
pub(crate) fn parse<F: std::str::FromStr + Copy + Into<f64>>(text: &[u8]) -> Option<F> {
    let number: F = std::str::from_utf8(text).ok()?.parse().ok()?;
    // Rust reads more names than the server writes, and takes what is too large for infinity.
    let named = matches!(text, b"NaN" | b"Infinity" | b"-Infinity");
    (named || number.into().is_finite()).then_some(number)
}

/// Writes a `float4`.
pub(crate) fn print_float4(number: f32, out: &mut Vec<u8>) {
    if number.is_finite() {
        print_finite(&number, 6, out);
    } else {
        print_special(number.into(), out);
    }
}

/// Writes a `float8`.
pub(crate) fn print_float8(number: f64, out: &mut Vec<u8>) {
    if number.is_finite() {
        print_finite(&number, 15, out);
    } else {
        print_special(number, out);
    }
}

/// Writes what is not finite.
fn print_special(number: f64, out: &mut Vec<u8>) {
    let name: &[u8] = match number {
        f64::INFINITY => b"Infinity",
        f64::NEG_INFINITY => b"-Infinity",
        _ => b"NaN",
    };
    out.extend_from_slice(name);
}

/// Writes a finite number, without exponent when that lies in −4 .. `exponent_end`.
fn print_finite(number: &dyn std::fmt::LowerExp, exponent_end: i32, out: &mut Vec<u8>) {
    // 17 digits, point, sign, `e`, exponent of 3 digits and its sign: 24 bytes.
    let mut buffer = [0u8; 32];
    let mut free = &mut buffer[..];
    write!(free, "{number:e}").expect("a float's shortest form fits 32 bytes");
    let length = 32 - free.len();
    let text = std::str::from_utf8(&buffer[..length]).expect("numbers are ASCII");
    let (mantissa, exponent) = text.split_once('e').expect("LowerExp writes an exponent");
    let exponent: i32 = exponent.parse().expect("LowerExp writes a number as exponent");
    let digits = mantissa.trim_start_matches('-');
    if digits.len() < mantissa.len() {
        out.push(b'-');
    }
    if (-4..exponent_end).contains(&exponent) {
        push_plain(digits, exponent, out);
    } else {
        out.extend_from_slice(digits.as_bytes());
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        push_padded(u64::from(exponent.unsigned_abs()), 2, out);
    }
}

/// Writes `d.ddd` times a power of ten without an exponent.
fn push_plain(mantissa: &str, exponent: i32, out: &mut Vec<u8>) {
    let digits = mantissa.bytes().filter(|&byte| byte != b'.');
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend((1..-exponent).map(|_| b'0'));
        out.extend(digits);
        return;
    }
    let mut point_in = exponent + 1;
    for digit in digits {
        if point_in == 0 {
            out.push(b'.');
        }
        point_in -= 1;
        out.push(digit);
    }
    out.extend((0..point_in).map(|_| b'0'));
}
