//! Check characters: the published algorithms that several formats share. Numbers are ASCII digits and capital letters.

/// A digit's or letter's value: 0 to 9, then A is 10 to Z is 35 (ISO 7064, ISO 13616).
pub(super) fn value(char: u8) -> u32 {
    match char {
        b'0'..=b'9' => u32::from(char - b'0'),
        _ => u32::from(char - b'A') + 10,
    }
}

pub(super) fn digit(value: u32) -> u8 {
    b'0' + value as u8
}

/// The products of digits and weights, added.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| value(*digit) * weight).sum()
}

/// Whether a month has the day; every February may be a leap year's.
pub(super) fn is_day(month: u32, day: u32) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Sets the last digit by Luhn's algorithm (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(number: &mut [u8]) -> bool {
    let Some((check, payload)) = number.split_last_mut() else { return false };
    let doubled = |digit: u32| if digit < 5 { 2 * digit } else { 2 * digit - 9 };
    let sum: u32 = payload
        .iter()
        .rev()
        .enumerate()
        .map(|(at, char)| if at % 2 == 0 { doubled(value(*char)) } else { value(*char) })
        .sum();
    *check = digit((10 - sum % 10) % 10);
    true
}

/// The remainder by 97 of a text read as digits, a letter as two (ISO 7064, MOD 97-10).
pub(super) fn mod_97(chars: impl Iterator<Item = u8>) -> u32 {
    chars.fold(0, |rest, char| {
        let value = value(char);
        (rest * if value < 10 { 10 } else { 100 } + value) % 97
    })
}

/// Writes a number below 100 over two characters.
pub(super) fn two_digits(number: u32, target: &mut [u8]) {
    target[0] = digit(number / 10);
    target[1] = digit(number % 10);
}

/// The check digit of ISO 7064, MOD 11,10.
pub(super) fn mod_11_10(digits: &[u8]) -> u8 {
    let product = digits.iter().fold(10, |product, char| {
        let sum = (product + value(*char)) % 10;
        2 * if sum == 0 { 10 } else { sum } % 11
    });
    digit((11 - product) % 10)
}

/// Sets the ninth digit of ten of a person's or firm's number of Iceland, DDMMYY and two more before it, the century
/// after it; false where there is none. Firms' days are 40 more (Þjóðskrá, "Kennitala").
pub(super) fn kennitala(number: &mut [u8]) -> bool {
    let check = (11 - weighted(&number[..8], &[3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    number[8] = digit(check % 10);
    let two = |at: usize| weighted(&number[at..at + 2], &[10, 1]);
    check < 10 && is_day(two(2), two(0) % 40) && matches!(number[9], b'0' | b'8' | b'9')
}

/// Sets the last digit by Verhoeff's algorithm: J. Verhoeff, "Error detecting decimal codes", 1969. The group of ten is
/// that of the pentagon's symmetries: digits below 5 turn it, the others turn it over.
pub(super) fn verhoeff(number: &mut [u8]) -> bool {
    let Some((check, payload)) = number.split_last_mut() else { return false };
    let sum = payload.iter().rev().enumerate().fold(0, |sum, (at, char)| {
        let permuted = (0..=at % 8).fold(value(*char) as usize, |digit, _| TURN[digit]);
        dihedral(sum, permuted as u32)
    });
    // What added gives nothing: a turn back, or the same turning over.
    *check = digit(if sum < 5 { (5 - sum) % 5 } else { sum });
    true
}

/// Verhoeff's permutation, applied once more for each place.
const TURN: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// The product of two symmetries of the pentagon.
fn dihedral(first: u32, second: u32) -> u32 {
    match (first < 5, second < 5) {
        (true, true) => (first + second) % 5,
        (true, false) => 5 + (first + second - 5) % 5,
        (false, true) => 5 + (first + 5 - second) % 5,
        (false, false) => (first + 5 - second) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luhned(number: &str) -> String {
        let mut chars = number.as_bytes().to_vec();
        luhn(&mut chars);
        String::from_utf8(chars).unwrap()
    }

    #[test]
    fn published_examples_hold() {
        // Wikipedia, "Luhn algorithm" and "Verhoeff algorithm"; ISO 7064's and ISO 13616's examples.
        assert_eq!(luhned("1789372997?"), "17893729974");
        let mut verhoeffed = *b"236?";
        verhoeff(&mut verhoeffed);
        assert_eq!(&verhoeffed, b"2363");
        assert_eq!(mod_11_10(b"0794"), b'5');
        assert_eq!(mod_97(b"WEST12345698765432GB82".iter().copied()), 1);
        assert_eq!(weighted(b"123", &[1, 10, 100]), 321);
    }
}
