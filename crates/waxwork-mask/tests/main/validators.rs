//! Validators: is a text a valid number of its kind, and one that nobody holds. Each is written from the source that
//! it names, for tests alone.

/// What is known of one kind of number.
pub(crate) struct Validator {
    /// Valid numbers that its source, or a document of the authority, prints.
    pub(crate) examples: &'static [&'static str],
    /// Numbers of the right length that are not valid.
    pub(crate) wrong: &'static [&'static str],
    pub(crate) valid: fn(&str) -> bool,
    /// It is in a range that is given to nobody.
    pub(crate) reserved: fn(&str) -> bool,
}

/// The validator of a mask.
pub(crate) fn validator(mask: &str) -> Option<Validator> {
    TABLE.iter().find(|(name, ..)| *name == mask).map(|(_, examples, wrong, valid, reserved)| Validator {
        examples,
        wrong,
        valid: *valid,
        reserved: *reserved,
    })
}

type Entry =
    (&'static str, &'static [&'static str], &'static [&'static str], fn(&str) -> bool, fn(&str) -> bool);

static TABLE: &[Entry] = &[
    (
        "finance.card",
        &["4929 8234 7411 0082", "5212 6374 0912 5541"],
        &["4929 8234 7411 0083"],
        card,
        is_test_card,
    ),
    ("finance.bic", &["COBADEFF", "BNPAFRPPXXX"], &["COBADE1F"], bic, |text| bare(text)[7] == b'0'),
    ("finance.isin", &["US0378331005", "DE0007164600", "AU0000XVGZA3"], &["US0378331004"], isin, |text| {
        text.starts_with("ZZ")
    }),
    (
        "finance.iban",
        &["DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "FR14 2004 1010 0505 0001 3M02 606"],
        &["DE89 3704 0044 0532 0130 01", "DE98 3704 0044 0532 0130"],
        iban,
        is_no_bank,
    ),
    ("internet.mac", &["00:1b:63:84:45:e6", "00-1b-63-84-45-e6"], &["00:1b:63:84:45"], mac, |text| {
        // IEEE 802-2014, 8.4: of the first octet the lowest bit is 0 for one card, the next is 1 where no one gave it.
        u8::from_str_radix(&text[..2], 16).unwrap() & 3 == 2
    }),
    (
        "vehicle.vin",
        &["1HGCM82633A004352", "1M8GDM9AXKP042788", "WVWZZZ1JZXW000001"],
        &["1HGCM82643A004352"],
        vin,
        |text| text.starts_with("000"),
    ),
    ("device.imei", &["49-015420-323751-8", "35-209900-176148-1"], &["49-015420-323751-7"], imei, |text| {
        text.starts_with("00")
    }),
    ("device.iccid", &["8949 0200 0010 2345 671"], &["8949 0200 0010 2345 673"], iccid, |text| {
        bare(text).starts_with(b"8999")
    }),
    (
        "government.us_ssn",
        &["536-22-8726"],
        &["000-12-3456", "666-12-3456", "123-00-4567", "123-45-0000"],
        ssn,
        |text| text.starts_with('9') && !(50..=99).contains(&number(&bare(text)[3..5])),
    ),
    (
        "government.ca_sin",
        &["130 692 544"],
        &["130 692 545"],
        |text| bare(text).len() == 9 && luhn(&bare(text)),
        |text| text.starts_with('8'),
    ),
    (
        "government.br_cpf",
        &["390.533.447-05", "111.444.777-35"],
        &["390.533.447-15", "111.111.111-11"],
        cpf,
        |_| true,
    ),
    (
        "government.br_cnpj",
        &["11.222.333/0001-81", "00.000.000/0001-91"],
        &["11.222.333/0001-80"],
        cnpj,
        |text| bare(text)[8..12] == *b"0000",
    ),
    (
        "government.uk_nhs",
        &["943 476 5919", "987 654 3210"],
        &["943 476 5918", "987 654 3211"],
        nhs,
        |text| text.starts_with("999"),
    ),
    (
        "government.uk_nino",
        &["AB 12 34 56 C", "JG 10 37 59 A"],
        &["GB 12 34 56 C", "AB 12 34 56 E"],
        nino,
        |text| text.starts_with("QQ"),
    ),
    ("government.nl_bsn", &["111222333", "123456782"], &["111222334"], bsn, |text| text.starts_with("9999")),
    (
        "government.se_personnummer",
        &["811228-9874", "670919-9530", "19811228-9874"],
        &["811228-9873", "811328-9874"],
        personnummer,
        |text| (980..=999).contains(&number(&bare(text)[bare(text).len() - 4..bare(text).len() - 1])),
    ),
    (
        "government.de_tax_id",
        &["86095742719", "65 929 970 489"],
        &["86095742710", "12345678901"],
        tax_id,
        |text| text.starts_with('0'),
    ),
    ("government.pl_pesel", &["44051401359", "02070803628"], &["44051401358"], pesel, |text| {
        number(&bare(text)[2..4]) > 60 && number(&bare(text)[2..4]) < 80
    }),
    (
        "government.fr_nir",
        &["2 55 08 14 168 025 38", "1 84 12 2A 451 089 33"],
        &["2 55 08 14 168 025 39"],
        nir,
        |text| bare(text)[10..13] == *b"000",
    ),
    ("government.es_nif", &["12345678Z", "X1234567L", "54362315K"], &["12345678A"], nif, |text| {
        text.starts_with("99") || text.starts_with("Z99")
    }),
    (
        "government.it_cf",
        &["RSSMRA85T10A562S", "MRTMTT91D08F205J"],
        &["RSSMRA85T10A562T"],
        codice_fiscale,
        |text| bare(text)[11] == b'X',
    ),
    ("government.in_aadhaar", &["2341 2341 2346"], &["2341 2341 2347"], aadhaar, |text| {
        text.starts_with(['0', '1'])
    }),
];

/// Letters and digits, capital.
fn bare(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase()).collect()
}

fn number(digits: &[u8]) -> u64 {
    std::str::from_utf8(digits).unwrap().parse().unwrap()
}

fn digits(text: &str, length: usize) -> Option<Vec<i64>> {
    let found = bare(text);
    let all = found.len() == length && found.iter().all(u8::is_ascii_digit);
    all.then(|| found.iter().map(|digit| i64::from(digit - b'0')).collect())
}

fn sum(digits: &[i64], weights: &[i64]) -> i64 {
    assert_eq!(digits.len(), weights.len());
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Patent US 2,950,048 (H. P. Luhn): from the right every second digit doubled, the digits of all added, a multiple of 10.
fn luhn(number: &[u8]) -> bool {
    let mut total = 0;
    for (place, digit) in number.iter().rev().enumerate() {
        let product = u32::from(digit - b'0') * (1 + place as u32 % 2);
        total += product / 10 + product % 10;
    }
    total % 10 == 0
}

fn card(text: &str) -> bool {
    (12..=19).contains(&bare(text).len()) && luhn(&bare(text))
}

/// Beginnings of numbers that providers print for their test systems: Stripe ("Testing", cards by brand), PayPal
/// ("Card testing", test generator numbers), Adyen ("Test card numbers").
fn is_test_card(text: &str) -> bool {
    const PUBLISHED: [&str; 16] = [
        "4111111111111111",
        "4242424242424242",
        "4222222222222",
        "5555555555554444",
        "5105105105105100",
        "2223003122003222",
        "2222410740360010",
        "6011111111111117",
        "6011000990139424",
        "3530111333300000",
        "3566002020360505",
        "378282246310005",
        "371449635398431",
        "30569309025904",
        "38520000023237",
        "6205500000000000004",
    ];
    let number = bare(text);
    PUBLISHED.iter().any(|known| known.len() == number.len() && known.as_bytes()[..8] == number[..8])
}

/// ISO 9362:2014, 5: four letters, a country, two characters, and a branch of three or none.
fn bic(text: &str) -> bool {
    let code = bare(text);
    matches!(code.len(), 8 | 11)
        && code[..6].iter().all(u8::is_ascii_uppercase)
        && !b"01".contains(&code[6])
        && code[7] != b'O'
}

/// ISO 6166:2021, annex: letters as 10 to 35, then Luhn's formula.
fn isin(text: &str) -> bool {
    let expanded: String = text.chars().map(|char| char.to_digit(36).unwrap().to_string()).collect();
    text.len() == 12 && text.as_bytes()[11].is_ascii_digit() && luhn(expanded.as_bytes())
}

/// ISO 13616-1, 5 and annex B: the lengths of the IBAN registry, and the first four characters moved to the end, letters as
/// two digits, leave 1 by 97. Where the national rule is short it is held as well.
fn iban(text: &str) -> bool {
    const LENGTHS: &str = "AD24 AE23 AL28 AT20 BA20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GR27 HR21 \
        HU28 IE22 IL23 IS26 IT27 LI21 LT20 LU20 LV21 MC27 ME22 MK19 MT31 NL18 NO15 PL28 PT25 RO24 RS22 SA24 SE24 SI19 \
        SK24 SM27 TR26 UA29";
    let found = String::from_utf8(bare(text)).unwrap();
    let length = format!("{}{}", &found[..2], found.len());
    if !LENGTHS.split_whitespace().any(|known| known == length) {
        return false;
    }
    let turned = format!("{}{}", &found[4..], &found[..4]);
    let digits: String = turned.chars().map(|char| char.to_digit(36).unwrap().to_string()).collect();
    let rest = digits.bytes().fold(0u64, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    let bban = &found[4..];
    let national = match &found[..2] {
        "BE" => (number(&bban.as_bytes()[..10]) + 96) % 97 + 1 == number(&bban.as_bytes()[10..]),
        "PT" | "RS" | "SI" | "ME" | "MK" | "BA" => bban.parse::<u128>().unwrap() % 97 == 1,
        "FI" => luhn(bban.as_bytes()),
        _ => true,
    };
    rest == 1 && national
}

/// A bank code of zeros, nines or X, in the places where the country has it; EE 98 and the Italian letter before it aside.
fn is_no_bank(text: &str) -> bool {
    let found = String::from_utf8(bare(text)).unwrap();
    let bban = found[4..]
        .trim_start_matches(|char: char| found[..1] == *"I" && char.is_ascii_uppercase() && char != 'X');
    let start = match &found[..2] {
        "SM" => &bban[1..3],
        _ => &bban[..2],
    };
    matches!(start, "00" | "99" | "XX" | "98")
}

fn mac(text: &str) -> bool {
    bare(text).len() == 12 && bare(text).iter().all(u8::is_ascii_hexdigit)
}

/// 49 CFR 565.15 (c): assigned values, weights, and the remainder by 11; asked for in numbers of North America.
fn vin(text: &str) -> bool {
    const VALUES: [(&str, u32); 9] = [
        ("1AJ", 1),
        ("2BKS", 2),
        ("3CLT", 3),
        ("4DMU", 4),
        ("5ENV", 5),
        ("6FW", 6),
        ("7GPX", 7),
        ("8HY", 8),
        ("9RZ", 9),
    ];
    let found = bare(text);
    let value = |char: u8| {
        VALUES.iter().find(|(chars, _)| chars.contains(char::from(char))).map_or(0, |(_, value)| *value)
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let total: u32 = found.iter().zip(weights).map(|(char, weight)| value(*char) * weight).sum();
    let expected = char::from_digit(total % 11, 11).unwrap().to_ascii_uppercase();
    let american = (b'0'..=b'5').contains(&found[0]);
    found.len() == 17
        && !found.iter().any(|char| b"IOQ".contains(char))
        && (!american || char::from(found[8]) == if expected == 'A' { 'X' } else { expected })
}

/// 3GPP TS 23.003, annex B: Luhn's formula over fifteen digits.
fn imei(text: &str) -> bool {
    let found = bare(text);
    found.iter().all(u8::is_ascii_digit)
        && matches!(found.len(), 14..=16)
        && (found.len() != 15 || luhn(&found))
}

/// ITU-T E.118, 3: 89, and Luhn's formula.
fn iccid(text: &str) -> bool {
    let found = bare(text);
    matches!(found.len(), 19 | 20) && found.starts_with(b"89") && luhn(&found)
}

/// Social Security Administration, "Social Security number randomization": what is not assigned.
fn ssn(text: &str) -> bool {
    digits(text, 9).is_some()
        && !["000", "666"].iter().any(|area| text.starts_with(area))
        && number(&bare(text)[3..5]) > 0
        && number(&bare(text)[5..]) > 0
}

/// Receita Federal: the remainder of ten times the weighted sum by 11, and 10 counts as 0.
fn brazilian(digits: &[i64], weights: &[i64]) -> i64 {
    sum(digits, weights) * 10 % 11 % 10
}

fn cpf(text: &str) -> bool {
    digits(text, 11).is_some_and(|found| {
        found.iter().any(|digit| *digit != found[0])
            && found[9] == brazilian(&found[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2])
            && found[10] == brazilian(&found[..10], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
    })
}

fn cnpj(text: &str) -> bool {
    digits(text, 14).is_some_and(|found| {
        found[12] == brazilian(&found[..12], &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
            && found[13] == brazilian(&found[..13], &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
    })
}

/// NHS Data Model and Dictionary, "NHS NUMBER": with the check digit weighing 1 the sum is a multiple of 11.
fn nhs(text: &str) -> bool {
    digits(text, 10).is_some_and(|found| sum(&found, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0)
}

/// HMRC, National Insurance Manual, NIM39110: format; QQ stands for a prefix in its examples.
fn nino(text: &str) -> bool {
    let found = bare(text);
    let [first, second, middle @ .., suffix] = &found[..] else { return false };
    let prefix = [*first, *second];
    let allowed = !b"DFIQUV".contains(first) && !b"DFIOQUV".contains(second);
    let used = !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].iter().any(|unused| unused.as_bytes() == prefix);
    (allowed && used || prefix == *b"QQ")
        && middle.len() == 6
        && middle.iter().all(u8::is_ascii_digit)
        && (b'A'..=b'D').contains(suffix)
}

/// RvIG, "Logisch ontwerp BSN": the test of eleven.
fn bsn(text: &str) -> bool {
    digits(text, 9).is_some_and(|found| sum(&found, &[9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0)
}

/// SKV 704, "Personnummer": a day, and Luhn's formula over the ten digits.
fn personnummer(text: &str) -> bool {
    let found = bare(text);
    let Some(ten) = found.len().checked_sub(10).map(|from| &found[from..]) else { return false };
    matches!(found.len(), 10 | 12)
        && (1..=12).contains(&number(&ten[2..4]))
        && (1..=31).contains(&number(&ten[4..6]))
        && luhn(ten)
}

/// BZSt, "Informationen zur Berechnung gültiger Prüfziffern": product and sum, place by place.
fn tax_id(text: &str) -> bool {
    let Some(found) = digits(text, 11) else { return false };
    let mut product = 10;
    for digit in &found[..10] {
        let sum = match (digit + product) % 10 {
            0 => 10,
            other => other,
        };
        product = sum * 2 % 11;
    }
    let mut times = [0; 10];
    found[..10].iter().for_each(|digit| times[*digit as usize] += 1);
    times.sort_unstable();
    let twice = times == [0, 1, 1, 1, 1, 1, 1, 1, 1, 2];
    let thrice = times == [0, 0, 1, 1, 1, 1, 1, 1, 1, 3];
    let row = found[..10].windows(3).any(|three| three.iter().all(|digit| *digit == three[0]));
    (twice || thrice) && !row && found[10] == if product == 1 { 0 } else { 11 - product }
}

/// Ministerstwo Cyfryzacji, "Czym jest numer PESEL": the weighted sum with the check digit is a multiple of 10.
fn pesel(text: &str) -> bool {
    digits(text, 11).is_some_and(|found| {
        let month = (found[2] * 10 + found[3]) % 20;
        (1..=12).contains(&month)
            && (1..=31).contains(&(found[4] * 10 + found[5]))
            && sum(&found, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0
    })
}

/// INSEE, "Clé du NIR": 97 less the remainder by 97; for Corsica the letter is 0, and one or two millions are taken off.
fn nir(text: &str) -> bool {
    let found = String::from_utf8(bare(text)).unwrap();
    if !matches!(found.len(), 13 | 15) || found[13..].bytes().any(|char| !char.is_ascii_digit()) {
        return false;
    }
    let less = match &found[5..7] {
        "2A" => 1_000_000,
        "2B" => 2_000_000,
        _ => 0,
    };
    let body = found[..13].replace(['A', 'B'], "0").parse::<u64>();
    body.is_ok_and(|body| found.len() == 13 || number(&found.as_bytes()[13..]) == 97 - (body - less) % 97)
}

/// Ministerio del Interior, "Cálculo del dígito de control del NIF/NIE".
fn nif(text: &str) -> bool {
    let found = String::from_utf8(bare(text)).unwrap();
    let (body, letter) = found.split_at(found.len().saturating_sub(1));
    let body = body.replacen('X', "0", 1).replacen('Y', "1", 1).replacen('Z', "2", 1);
    let expected =
        body.parse::<usize>().ok().and_then(|body| "TRWAGMYFPDXBNJZSQVHLCKE".chars().nth(body % 23));
    found.len() == 9 && expected.map(String::from).as_deref() == Some(letter)
}

/// Decreto ministeriale 23 dicembre 1976, article 7: the two tables, written out.
fn codice_fiscale(text: &str) -> bool {
    const EVEN: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const ODD: [u32; 36] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12,
        14, 16, 10, 22, 25, 24, 23,
    ];
    let found = bare(text);
    if found.len() != 16 {
        return false;
    }
    let total: u32 = found[..15]
        .iter()
        .zip(1..)
        .map(|(char, place)| {
            let at = EVEN.find(char::from(*char)).unwrap();
            let even = if at < 10 { at } else { at - 10 };
            if place % 2 == 1 { ODD[at] } else { even as u32 }
        })
        .sum();
    u32::from(found[15] - b'A') == total % 26
}

/// J. Verhoeff, "Error detecting decimal codes" (1969): the tables of the dihedral group and of the permutation.
fn aadhaar(text: &str) -> bool {
    const PRODUCT: [[usize; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const PERMUTED: [[usize; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    digits(text, 12).is_some_and(|found| {
        let places = found.iter().rev().enumerate();
        places.fold(0, |check, (place, digit)| PRODUCT[check][PERMUTED[place % 8][*digit as usize]]) == 0
    })
}
