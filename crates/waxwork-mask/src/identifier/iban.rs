//! Bank accounts by country: IBAN (ISO 13616), with the national check digits that the BBAN has.
//!
//! Reserved: bank codes that no bank has, all zeros as a rule, XXXX where they are letters; each was looked for in the
//! national bank's list where that is public. Accounts that may hold letters are made of digits. The country stays. Where
//! Iceland has the holder's number in an account, it is one that nobody has: serials begin with 20.

use super::check::{digit, kennitala, luhn, mod_11_10, mod_97, two_digits, value, weighted};
use super::format::Format;

/// Germany first, which made-up ones have, then by code; the structure is that of the IBAN registry (SWIFT, release 99).
pub(super) static IBAN: Format = Format {
    kept: 0..2,
    ..Format::new(
        &[
            "DE??00000000##########",
            "AE??000################",
            "AL??00000000################",
            "AT??00000###########",
            "BA??999###########??",
            "BE??999#######??",
            "BG??XXXX##############",
            "CH??00000############",
            "CY??000#####################",
            "CZ??000000000?#########?",
            "DK??9999##########",
            "EE??98#############?",
            "ES??0000####??##########",
            "FI??000##########?",
            "FR??00000################??",
            "GB??XXXX000000########",
            "GR??000####################",
            "HR??000000?#########?",
            "HU??0000000?###############?",
            "IE??XXXX000000########",
            "IL??000################",
            "IS??0000########[0-3]#[01]###[01]#?[089]",
            "IT??!00000#################",
            "LI??00000############",
            "LT??00000###########",
            "LU??000#############",
            "LV??XXXX#############",
            "MC??00000################??",
            "ME??000#############??",
            "MK??000##########??",
            "MT??XXXX#######################",
            "NL??XXXX#########?",
            "NO??0000######?",
            "PL??0000000?################",
            "PT??0000###############??",
            "RO??XXXX################",
            "RS??999#############??",
            "SA??00##################",
            "SE??000#################",
            "SI??00000########??",
            "SK??000000000?#########?",
            "SM??!00000#################",
            "TR??000000################",
            "UA??000000###################",
        ],
        &[
            "DE??##################",
            "AE??###################",
            "AL??########################",
            "AT??################",
            "BA??##############??",
            "BE??##########??",
            "BG??@@@@##############",
            "CH??#################",
            "CY??########################",
            "CZ??#########?#########?",
            "DK??##############",
            "EE??###############?",
            "ES??########??##########",
            "FI??#############?",
            "FR??#####################??",
            "GB??@@@@##############",
            "GR??#######################",
            "HR??######?#########?",
            "HU??#######?###############?",
            "IE??@@@@##############",
            "IL??###################",
            "IS??############[0-7]#[01]#####?[089]",
            "IT??!######################",
            "LI??#################",
            "LT??################",
            "LU??################",
            "LV??@@@@#############",
            "MC??#####################??",
            "ME??################??",
            "MK??#############??",
            "MT??@@@@#######################",
            "NL??@@@@#########?",
            "NO??##########?",
            "PL??#######?################",
            "PT??###################??",
            "RO??@@@@################",
            "RS??################??",
            "SA??####################",
            "SE??####################",
            "SI??#############??",
            "SK??#########?#########?",
            "SM??!######################",
            "TR??######################",
            "UA??#########################",
        ],
        "#### #### #### #### #### ##",
        iban,
    )
};

/// The national check digits, then those of the whole (ISO 7064, MOD 97-10).
fn iban(number: &mut [u8]) -> bool {
    let (head, bban) = number.split_at_mut(4);
    if !national(&[head[0], head[1]], bban) {
        return false;
    }
    let rest = mod_97(bban.iter().chain(&head[..2]).chain(b"00").copied());
    two_digits(98 - rest, &mut head[2..]);
    true
}

/// Sets a country's own check digits (European Committee for Banking Standards, TR 201, "Register of European account
/// numbers"); false where there are none for an account.
fn national(country: &[u8; 2], bban: &mut [u8]) -> bool {
    let end = bban.len();
    match country {
        b"FR" | b"MC" => two_digits(97 - hundredfold(&bban[..end - 2]), &mut bban[end - 2..]),
        b"BA" | b"ME" | b"MK" | b"PT" | b"RS" | b"SI" => {
            two_digits(98 - hundredfold(&bban[..end - 2]), &mut bban[end - 2..]);
        }
        b"BE" => {
            let rest = mod_97(bban[..10].iter().copied());
            two_digits(if rest == 0 { 97 } else { rest }, &mut bban[10..]);
        }
        b"ES" => {
            bban[8] = spanish(&bban[..8]);
            bban[9] = spanish(&bban[10..]);
        }
        b"IT" | b"SM" => bban[0] = italian(&bban[1..]),
        b"FI" => return luhn(bban),
        b"HU" => {
            bban[7] = upwards(&bban[..7], &[9, 7, 3, 1]);
            bban[end - 1] = upwards(&bban[8..end - 1], &[9, 7, 3, 1]);
        }
        b"PL" => bban[7] = upwards(&bban[..7], &[3, 9, 7, 1]),
        b"EE" => bban[end - 1] = estonian(&bban[2..end - 1]),
        b"HR" => {
            bban[6] = mod_11_10(&bban[..6]);
            bban[16] = mod_11_10(&bban[7..16]);
        }
        b"NO" => return elevens(bban, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]),
        b"NL" => return elevens(&mut bban[4..], &[10, 9, 8, 7, 6, 5, 4, 3, 2]),
        b"CZ" | b"SK" => {
            return elevens(&mut bban[4..10], &[10, 5, 8, 4, 2])
                && elevens(&mut bban[10..], &[6, 3, 7, 9, 10, 5, 8, 4, 2]);
        }
        b"IS" => return kennitala(&mut bban[12..]),
        _ => {}
    }
    true
}

/// The remainder by 97 of the digits and two zeros.
fn hundredfold(digits: &[u8]) -> u32 {
    mod_97(digits.iter().chain(b"00").copied())
}

/// Sets the last digit so that the weighted sum is a multiple of 11, it weighing 1; false where that takes a 10.
fn elevens(digits: &mut [u8], weights: &[u32]) -> bool {
    let last = digits.len() - 1;
    let check = (11 - weighted(digits, weights) % 11) % 11;
    digits[last] = digit(check % 10);
    check < 10
}

/// What the weighted sum lacks to a multiple of 10, the weights in turn.
fn upwards(digits: &[u8], weights: &[u32]) -> u8 {
    let sum: u32 =
        digits.iter().zip(weights.iter().cycle()).map(|(digit, weight)| value(*digit) * weight).sum();
    digit((10 - sum % 10) % 10)
}

/// Weights 7, 3, 1 from the right.
fn estonian(digits: &[u8]) -> u8 {
    let weights = [7, 3, 1].iter().cycle();
    let sum: u32 = digits.iter().rev().zip(weights).map(|(digit, weight)| value(*digit) * weight).sum();
    digit((10 - sum % 10) % 10)
}

/// Weights are the powers of two by 11, those of ten digits first; 10 counts as 1.
fn spanish(digits: &[u8]) -> u8 {
    const WEIGHTS: [u32; 10] = [1, 2, 4, 8, 5, 10, 9, 7, 3, 6];
    let sum = weighted(digits, &WEIGHTS[10 - digits.len()..]);
    match sum % 11 {
        0 => b'0',
        1 => b'1',
        rest => digit(11 - rest),
    }
}

/// The letter that the tax code has for digits.
fn italian(digits: &[u8]) -> u8 {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let values = digits.iter().map(|digit| value(*digit)).enumerate();
    let sum: u32 = values.map(|(at, value)| if at % 2 == 0 { ODD[value as usize] } else { value }).sum();
    b'A' + (sum % 26) as u8
}
