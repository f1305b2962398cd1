//! The Americas: the United States, Canada, Brazil.

use crate::identifier::check::{digit, luhn, weighted};
use crate::identifier::format::Format;

/// Social security numbers. Reserved: areas 900 to 999, which the Social Security Administration never assigns ("Social
/// Security number randomization", frequently asked questions), and of these the groups 00 to 49, which the Internal
/// Revenue Service has not for its own taxpayer numbers either (Publication 1915: 50 to 65, 70 to 88, 90 to 99).
pub(super) static US_SSN: Format = Format::new(&["9##[0-4]#####"], &["[0-8]########"], "###-##-####", us_ssn);

/// No part of a number is all zeros, and 666 is no area.
fn us_ssn(number: &mut [u8]) -> bool {
    let [area @ .., _, _, _, _, _, _] = &*number else { return false };
    !matches!(area, b"000" | b"666") && number[3..5] != *b"00" && number[5..] != *b"0000"
}

/// Social insurance numbers. Reserved: a first digit 8, which no person's number has (Employment and Social
/// Development Canada, "Social Insurance Number: Code of practice"); 0 is for the revenue agency's own fictitious ones.
pub(super) static CA_SIN: Format = Format::new(&["8#######?"], &["[1-79]#######?"], "### ### ###", luhn);

/// Taxpayers of Brazil. None are reserved: Receita Federal holds back only those of one digit repeated, which are
/// too few, so that a result may by chance be somebody's.
pub(super) static BR_CPF: Format = Format::new(&["#########??"], &["#########??"], "###.###.###-##", br_cpf);

/// Two check digits, each by a weighted sum of all before it (Receita Federal; weights 10 and 11 down to 2).
fn br_cpf(number: &mut [u8]) -> bool {
    let weights: [u32; 10] = std::array::from_fn(|at| 11 - at as u32);
    number[9] = brazilian(weighted(&number[..9], &weights[1..]));
    number[10] = brazilian(weighted(&number[..10], &weights));
    number.iter().any(|char| *char != number[0])
}

/// Firms of Brazil. Reserved: branch 0000; a firm's first is 0001 (Receita Federal, Instrução Normativa RFB 2.119/2022).
pub(super) static BR_CNPJ: Format =
    Format::new(&["########0000??"], &["############??"], "##.###.###/####-##", br_cnpj);

/// Two check digits as those of a CPF, the weights going round from 9 to 2.
fn br_cnpj(number: &mut [u8]) -> bool {
    const WEIGHTS: [u32; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    number[12] = brazilian(weighted(&number[..12], &WEIGHTS[1..]));
    number[13] = brazilian(weighted(&number[..13], &WEIGHTS));
    true
}

fn brazilian(sum: u32) -> u8 {
    match sum % 11 {
        0 | 1 => b'0',
        rest => digit(11 - rest),
    }
}
