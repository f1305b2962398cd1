//! The United Kingdom, the Netherlands, Sweden.

use crate::identifier::check::{digit, is_day, luhn, weighted};
use crate::identifier::format::Format;

/// National Health Service of England. Reserved: 999, which is valid and never issued (NHS England, "NHS number test
/// ranges").
pub(super) static UK_NHS: Format = Format::new(&["999######?"], &["#########?"], "### ### ####", uk_nhs);

/// Modulus 11 of the weights 10 down to 2 (NHS Data Model and Dictionary, "NHS NUMBER").
fn uk_nhs(number: &mut [u8]) -> bool {
    let check = (11 - weighted(&number[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    number[9] = digit(check % 10);
    check < 10
}

/// National insurance. Reserved: QQ, the prefix of HMRC's own examples; Q is in no prefix (HMRC, National Insurance
/// Manual, NIM39110).
pub(super) static UK_NINO: Format = Format::new(
    &["QQ######[A-D]"],
    &["[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]######[A-D]"],
    "## ## ## ## #",
    uk_nino,
);

/// Prefixes that are not used (NIM39110).
fn uk_nino(number: &mut [u8]) -> bool {
    !matches!(&number[..2], b"BG" | b"GB" | b"KN" | b"NK" | b"NT" | b"TN" | b"ZZ")
}

/// Citizen service numbers. Reserved: the end of the range, where the register's own test persons are (RvIG, "Testdata
/// BRP": 999990019 and on).
pub(super) static NL_BSN: Format = Format::new(&["9999####?"], &["########?"], "#########", nl_bsn);

/// The test of eleven: weights 9 down to 2, and the last digit taken off.
fn nl_bsn(number: &mut [u8]) -> bool {
    let check = weighted(&number[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    number[8] = digit(check % 10);
    check < 10 && number.iter().any(|char| *char != b'0')
}

/// Personal numbers, of ten digits or twelve. Reserved: serials 980 to 999 (Skatteverket, "Testpersonnummer").
pub(super) static SE_PERSONNUMMER: Format = Format::new(
    &[
        "##0[1-9][01][1-9]9[89]#?",
        "##1[012][01][1-9]9[89]#?",
        "19##0[1-9][01][1-9]9[89]#?",
        "19##1[012][01][1-9]9[89]#?",
    ],
    &["##[01]#[0-3]####?", "[12]###[01]#[0-3]####?"],
    "######-####",
    se_personnummer,
);

/// Luhn's algorithm over the last ten digits; the first six of them are a day.
fn se_personnummer(number: &mut [u8]) -> bool {
    let ten = number.len() - 10;
    let short = &mut number[ten..];
    let two = |at: usize| weighted(&short[at..at + 2], &[10, 1]);
    is_day(two(2), two(4)) && luhn(short)
}
