//! Germany, Poland.

use crate::identifier::check::{digit, is_day, mod_11_10, weighted};
use crate::identifier::draw::Draw;
use crate::identifier::format::Format;

/// Tax identification numbers of Germany. Reserved: a first digit 0, which marks a test number (BZSt,
/// "Steueridentifikationsnummer": ELSTER's test numbers).
pub(super) static DE_TAX_ID: Format = Format {
    compose: Some(de_tax_id_test),
    ..Format::new(&["0#########?"], &["[1-9]#########?"], "## ### ### ###", de_tax_id)
};

/// ISO 7064, MOD 11,10. Of the first ten digits one comes twice or three times, but not three times in a row, and each
/// other at most once (BZSt, "Aufbau der Identifikationsnummer").
fn de_tax_id(number: &mut [u8]) -> bool {
    let mut counts = [0; 10];
    for char in &number[..10] {
        counts[usize::from(char - b'0')] += 1;
    }
    number[10] = mod_11_10(&number[..10]);
    let repeated = counts.iter().filter(|count| **count > 1).count();
    let row = number[..10].windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    repeated == 1 && counts.iter().all(|count| *count <= 3) && !row
}

/// One of 26 numbers has such digits: after the 0, a shuffle of the others, of which one takes another's place.
fn de_tax_id_test(draw: &mut Draw, number: &mut [u8]) {
    let digits = &mut number[1..10];
    for (at, char) in digits.iter_mut().enumerate() {
        *char = digit(at as u32 + 1);
    }
    for last in (1..digits.len()).rev() {
        digits.swap(last, draw.below(last as u64 + 1) as usize);
    }
    let place = draw.below(9) as usize;
    let other = draw.below(8) as usize;
    digits[place] = digits[if other < place { other } else { other + 1 }];
}

/// Polish residents. Reserved: those who will be born from 2200 on, whose months are 60 more (Ministerstwo Cyfryzacji,
/// "Czym jest numer PESEL").
pub(super) static PL_PESEL: Format = Format::new(
    &["##6[1-9][01][1-9]####?", "##7[012][01][1-9]####?"],
    &["##[02468]#[0-3]#####?", "##[13579]#[0-3]#####?"],
    "###########",
    pl_pesel,
);

/// Weights 1, 3, 7, 9 in turn; months are 20 apart by century.
fn pl_pesel(number: &mut [u8]) -> bool {
    let sum = weighted(&number[..10], &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
    number[10] = digit((10 - sum % 10) % 10);
    let two = |at: usize| weighted(&number[at..at + 2], &[10, 1]);
    is_day(two(2) % 20, two(4))
}
