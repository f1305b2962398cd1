//! France, Spain, Italy.

use crate::identifier::check::{is_day, mod_97, two_digits, value};
use crate::identifier::format::Format;

/// Registration numbers of France, with their key or without. Reserved: order number 000; the first birth of a month
/// and place is 001 (INSEE, "Numéro d'inscription au répertoire").
pub(super) static FR_NIR: Format = Format::new(
    &[
        "[12]##0[1-9][1-8]####000??",
        "[12]##1[012][1-8]####000??",
        "[12]##0[1-9]2[AB]###000??",
        "[12]##0[1-9][1-8]####000",
        "[12]##1[012][1-8]####000",
        "[12]##0[1-9]2[AB]###000",
    ],
    &["[1-478]############??", "[1-478]####2[AB]######??", "[1-478]############", "[1-478]####2[AB]######"],
    "# ## ## ## ### ### ##",
    fr_nir,
);

/// The complement to 97, Corsica's departments 2A and 2B being 19 and 18.
fn fr_nir(number: &mut [u8]) -> bool {
    let Some((number, key)) = number.split_at_mut_checked(13) else { return false };
    let plain: [u8; 2] = match &number[5..7] {
        b"2A" => *b"19",
        b"2B" => *b"18",
        other => [other[0], other[1]],
    };
    if !key.is_empty() {
        let digits = number[..5].iter().chain(&plain).chain(&number[7..]);
        two_digits(97 - mod_97(digits.copied()), key);
    }
    true
}

/// Persons' tax numbers of Spain, DNI and NIE. Reserved: the end of each range, from 99 million on and of series Z
/// from 9900000 on, as in the tax agency's own test number 99999999R; numbers are given upwards, and DNI are near 80
/// million.
pub(super) static ES_NIF: Format =
    Format::new(&["99######!", "Z99#####!"], &["########!", "[XYZ]#######!"], "#########", es_nif);

/// The remainder by 23 as a letter; X, Y and Z are 0, 1 and 2 (Ministerio del Interior, "Cálculo del dígito de control
/// del NIF/NIE").
fn es_nif(number: &mut [u8]) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let Some((check, number)) = number.split_last_mut() else { return false };
    let first = match number[0] {
        series @ b'X'..=b'Z' => u32::from(series - b'X'),
        other => value(other),
    };
    let rest = number[1..].iter().fold(first, |rest, char| (rest * 10 + value(*char)) % 23);
    *check = LETTERS[rest as usize % 23];
    true
}

/// Tax codes of Italy. Reserved: places of birth under X; towns are under A to M, foreign countries under Z (Agenzia
/// delle Entrate, "Codici catastali dei comuni").
pub(super) static IT_CF: Format = Format::new(
    &[
        "[B-DF-HJ-NP-TV-Z][B-DF-HJ-NP-TV-Z][B-DF-HJ-NP-TV-Z][B-DF-HJ-NP-TV-Z][B-DF-HJ-NP-TV-Z][B-DF-HJ-NP-TV-Z]##[A-EHLMPR-T][0145][1-9]X###!",
    ],
    &["@@@@@@##[A-EHLMPR-T][0-7]#@###!"],
    "################",
    it_cf,
);

/// Of the characters at odd places each has a value of its own, the others' are their order (DM 23 December 1976). A
/// woman's day of birth is 40 more; months are letters.
fn it_cf(number: &mut [u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";
    let order = |char: u8| match value(char) {
        letter @ 10.. => letter - 10,
        digit => digit,
    };
    let Some((check, number)) = number.split_last_mut() else { return false };
    let sum: u32 = number
        .iter()
        .enumerate()
        .map(|(at, char)| if at % 2 == 0 { ODD[order(*char) as usize] } else { order(*char) })
        .sum();
    *check = b'A' + (sum % 26) as u8;
    let month = MONTHS.iter().zip(1..).find(|(letter, _)| **letter == number[8]);
    let day = 10 * value(number[9]) + value(number[10]);
    month.is_some_and(|(_, month)| is_day(month, day % 40))
}
