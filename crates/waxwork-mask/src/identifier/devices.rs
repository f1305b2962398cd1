//! Vehicles, telephones, cards in telephones, network cards.

use super::check::{digit, luhn, value};
use super::format::Format;
use waxwork_core::masks::MaskKind;

pub(super) fn format(kind: MaskKind) -> Option<&'static Format> {
    Some(match kind {
        MaskKind::Vin => &VIN,
        MaskKind::Imei => &IMEI,
        MaskKind::Iccid => &ICCID,
        MaskKind::Mac => &MAC,
        _ => return None,
    })
}

/// Vehicles (ISO 3779). Reserved: manufacturer 000; no region begins with 0 (ISO 3780). Those of North America, which
/// begin with 1 to 5, have a check digit, others any character there.
static VIN: Format = Format::new(
    &[
        "000[0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z]?[1-9A-HJ-NPR-TV-Y][0-9A-HJ-NPR-Z]######",
    ],
    &[
        "[1-5][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z]?[0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z]####",
        "[6-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z][0-9A-HJ-NPR-Z]####",
    ],
    "#################",
    vin,
);

/// A weighted sum by 11, X for 10 (49 CFR 565.15).
fn vin(number: &mut [u8]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    // A to Z; I, O and Q are in no number.
    const LETTERS: [u32; 26] = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9];
    if !number[0].is_ascii_digit() || number[0] > b'5' {
        return true;
    }
    let order = |char: u8| match value(char) {
        letter @ 10.. => LETTERS[letter as usize - 10],
        digit => digit,
    };
    number[8] = b'0';
    let sum: u32 = number.iter().zip(WEIGHTS).map(|(char, weight)| order(*char) * weight).sum();
    number[8] = if sum % 11 == 10 { b'X' } else { digit(sum % 11) };
    true
}

/// Telephones, with a check digit, without, or with the software's version. Reserved: reporting body 00, for tests (GSMA
/// TS.06, annex A).
static IMEI: Format = Format::new(
    &["00############?", "00############", "00##############"],
    &["##############?", "##############", "################"],
    "###############",
    |number| number.len() != 15 || luhn(number),
);

/// Cards in telephones (ITU-T E.118). Reserved: country code 999, which is spare (ITU-T E.164, list of assigned codes).
static ICCID: Format = Format::new(
    &["8999##############?", "8999###############?"],
    &["89################?", "89#################?"],
    "###################",
    luhn,
);

/// Network cards (IEEE 802). Reserved: locally administered addresses of one card, whose second digit is 2, 6, A or E:
/// no manufacturer gives them.
static MAC: Format = Format {
    small: true,
    ..Format::new(
        &["[0-9A-F][26AE][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]"],
        &["[0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F][0-9A-F]"],
        "##:##:##:##:##:##",
        |_| true,
    )
};
