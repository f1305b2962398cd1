//! Finance: cards, bank identifiers, securities.

use super::check::{digit, luhn, value};
use super::format::Format;
use super::iban::IBAN;
use waxwork_core::masks::MaskKind;

pub(super) fn format(kind: MaskKind) -> Option<&'static Format> {
    Some(match kind {
        MaskKind::Card => &CARD,
        MaskKind::Iban => &IBAN,
        MaskKind::Bic => &BIC,
        MaskKind::Isin => &ISIN,
        _ => return None,
    })
}

/// Payment cards (ISO/IEC 7812-1). Reserved: what begins with the first eight digits of a number that payment
/// providers publish for their test systems (Stripe, "Test card numbers"; PayPal, "Test credit card account numbers"),
/// by brand and length. The value's first digit, its brand, is kept where there is such a number; the rest of its
/// issuer number and its last four digits, which are printed on receipts, never stay.
static CARD: Format = Format {
    kept: 0..1,
    tail: 4,
    ..Format::new(
        &[
            "41111111#######?",
            "42424242#######?",
            "55555555#######?",
            "51051051#######?",
            "22230031#######?",
            "22224107#######?",
            "60111111#######?",
            "60110009#######?",
            "35301113#######?",
            "35660020#######?",
            "37828224######?",
            "37144963######?",
            "30569309#####?",
            "38520000#####?",
            "42222222####?",
            "62055000##########?",
        ],
        &[
            "[2-6]##############?",
            "[2-6]#############?",
            "[2-6]############?",
            "[2-6]###########?",
            "[2-6]#################?",
        ],
        "#### #### #### ####",
        luhn,
    )
};

/// Bank identifiers (ISO 9362). Reserved: an eighth character 0 marks test and training (SWIFT, "BIC policy"); the
/// country is kept, of branches there is the head office, XXX.
static BIC: Format = Format {
    kept: 4..6,
    ..Format::new(
        &["@@@@DE[A-Z2-9]0", "@@@@==[A-Z2-9]0", "@@@@DE[A-Z2-9]0XXX", "@@@@==[A-Z2-9]0XXX"],
        &["@@@@==[A-Z2-9][A-NP-Z0-9]", "@@@@==[A-Z2-9][A-NP-Z0-9]***"],
        "########",
        |_| true,
    )
};

/// Securities (ISO 6166). Reserved: ZZ, a code that ISO 3166-1 leaves to users (section 8.1.3) and that no numbering
/// agency has (ANNA, "ISIN uniform guidelines", list of prefixes). A permutation keeps the country.
static ISIN: Format = Format::new(&["ZZ#########?"], &["==*********?"], "############", isin);

/// Luhn's algorithm over digits, a letter being two (ISO 6166, annex A).
fn isin(number: &mut [u8]) -> bool {
    let Some((check, payload)) = number.split_last_mut() else { return false };
    // 11 characters are 22 digits at most, and the check digit.
    let mut digits = [b'0'; 23];
    let mut len = 0;
    for value in payload.iter().map(|char| value(*char)) {
        if value >= 10 {
            digits[len] = digit(value / 10);
            len += 1;
        }
        digits[len] = digit(value % 10);
        len += 1;
    }
    luhn(&mut digits[..=len]);
    *check = digits[len];
    true
}
