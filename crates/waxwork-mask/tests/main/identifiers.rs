//! Numbers of authorities and their like against validators of their own: each is the published rule, written here
//! from its source and nowhere else.

use crate::fixture::{Fixture, Row, TEXT, keyring, shown, spec, text, varchar};
use crate::validators::{Validator, validator};
use std::collections::BTreeSet;
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting, TypeClass, Unique};
use waxwork_core::plan::MaskSpec;
use waxwork_mask::{Keyring, MaskErrorKind, MaskKey};

fn identifiers() -> impl Iterator<Item = (MaskKind, Validator)> {
    MaskKind::all()
        .filter(|kind| matches!(kind.info().unique, Unique::Whole(_)))
        .map(|kind| (kind, validator(kind.name()).expect("every identifier has a validator")))
}

fn masked(spec: &MaskSpec, value_type: ValueType, values: &[String]) -> Vec<String> {
    let rows: Vec<Row> = values.iter().map(|value| vec![text(value)]).collect();
    let masked = Fixture::one(value_type, spec.clone()).mask(&keyring(), Wire::Binary, &rows).unwrap();
    masked.iter().map(|row| shown(&row[0])).collect()
}

fn whole(kind: MaskKind) -> MaskSpec {
    spec(kind).with("reserved", Setting::Flag(false))
}

/// Values that are valid, from one that is: the mask's own results under `reserved = false`.
fn valid_values(kind: MaskKind, validator: &Validator, count: usize) -> Vec<String> {
    let mut values = vec![validator.examples[0].to_owned()];
    while values.len() < count {
        let next = masked(&whole(kind), TEXT, &values[values.len() - 1..]);
        values.extend(next);
    }
    values
}

#[test]
fn published_examples_are_valid_and_altered_ones_are_not() {
    for (kind, validator) in identifiers() {
        for example in validator.examples {
            assert!((validator.valid)(example), "{} {example}", kind.name());
        }
        for wrong in validator.wrong {
            assert!(!(validator.valid)(wrong), "{} {wrong}", kind.name());
        }
    }
}

#[test]
fn results_are_valid_reserved_and_written_like_the_value() {
    for (kind, validator) in identifiers() {
        let mut values = valid_values(kind, &validator, 300);
        values.extend(validator.examples.iter().map(|example| (*example).to_owned()));
        let results = masked(&spec(kind), TEXT, &values);
        for (value, result) in values.iter().zip(&results) {
            assert!((validator.valid)(result), "{} {value} {result}", kind.name());
            assert!((validator.reserved)(result), "{} {value} {result}", kind.name());
            let alike = value.len() == result.len() && separators(value).eq(separators(result));
            assert!(alike, "{} {value} {result}", kind.name());
            assert_ne!(value, result);
        }
        let again = masked(&spec(kind), TEXT, &results);
        assert!(results.iter().zip(&again).all(|(value, result)| value != result), "{}", kind.name());
    }
}

#[test]
fn small_letters_and_other_separators_stay() {
    for (kind, value, separated) in [
        (MaskKind::UsSsn, "536 22 8726", "   #  #    "),
        (MaskKind::Card, "4929-8234-7411-0082", "    #    #    #    "),
        (MaskKind::EsNif, "12345678-z", "        # "),
    ] {
        let result = &masked(&spec(kind), TEXT, &[value.to_owned()])[0];
        let marks: String =
            result.chars().map(|char| if char.is_ascii_alphanumeric() { ' ' } else { '#' }).collect();
        assert_eq!(marks, separated, "{result}");
        assert!(!result.contains(|char: char| char.is_ascii_uppercase()), "{result}");
    }
}

#[test]
fn a_number_has_one_result_however_it_is_written() {
    let spellings = ["4929823474110082", "4929 8234 7411 0082", "4929-8234-7411-0082"];
    let results = masked(&spec(MaskKind::Card), TEXT, &spellings.map(str::to_owned));
    let bare: BTreeSet<String> = results.iter().map(|result| result.replace(['-', ' '], "")).collect();
    assert_eq!(bare.len(), 1);
}

#[test]
fn what_is_no_number_becomes_a_made_up_one_of_the_plain_layout() {
    let odd = ["", " ", "unknown", "😀", "1", "n/a", "\u{202e}123-45-6789", &"9".repeat(10_000)];
    let values = odd.map(str::to_owned);
    for (kind, validator) in identifiers() {
        for spec in [spec(kind), whole(kind)] {
            let results = masked(&spec, TEXT, &values);
            assert_eq!(results[0], "");
            for (value, result) in values.iter().zip(&results).skip(1) {
                assert!(
                    (validator.valid)(result) && (validator.reserved)(result),
                    "{} {value} {result}",
                    kind.name()
                );
            }
        }
    }
}

#[test]
fn a_column_too_short_for_a_layout_takes_the_bare_number_and_a_shorter_one_is_an_error() {
    let ssn = |chars| {
        Fixture::one(varchar(chars), spec(MaskKind::UsSsn)).mask(&keyring(), Wire::Text, &[vec![text("x")]])
    };
    assert_eq!(shown(&ssn(11).unwrap()[0][0]).len(), 11);
    assert_eq!(shown(&ssn(10).unwrap()[0][0]).len(), 9);
    assert!(matches!(ssn(8).unwrap_err().kind, MaskErrorKind::Short { needed: 9, held: 8, .. }));
}

#[test]
fn all_valid_numbers_are_permuted_where_the_rule_says_so() {
    for (kind, validator) in identifiers() {
        let values = valid_values(kind, &validator, 400);
        let distinct: BTreeSet<&String> = values.iter().collect();
        // Each is the image of the one before: a cycle that comes back early would show a collision.
        assert_eq!(distinct.len(), values.len(), "{}", kind.name());
        assert!(values.iter().all(|value| (validator.valid)(value)), "{}", kind.name());
        let injective = MaskSpec { injective: true, ..whole(kind) };
        assert_eq!(masked(&injective, TEXT, &values), masked(&whole(kind), TEXT, &values));
    }
}

#[test]
fn under_a_unique_key_what_is_no_number_becomes_a_code_or_stops_the_run() {
    for (kind, validator) in identifiers() {
        let injective = MaskSpec { injective: true, ..whole(kind) };
        let example = validator.examples[0];
        let mut values: Vec<String> = (0..500).map(|at| format!("{at} of many")).collect();
        values.extend(validator.wrong.iter().map(|wrong| (*wrong).to_owned()));
        values.extend([example.to_owned(), format!(" {example}"), format!("{example}.")]);
        let results: BTreeSet<String> = masked(&injective, TEXT, &values).into_iter().collect();
        assert_eq!(results.len(), values.len(), "{}", kind.name());

        let narrow = MaskSpec { max_chars: Some(15), ..injective };
        if let Ok(mask) = Fixture::one(varchar(15), narrow.clone()).compile(&keyring(), Wire::Binary) {
            drop(mask);
            let error =
                Fixture::one(varchar(15), narrow).mask(&keyring(), Wire::Binary, &[vec![text("unknown")]]);
            assert!(matches!(error.unwrap_err().kind, MaskErrorKind::Format { length: 7 }));
        }
    }
}

/// One number in both cases and with each separator: as many values, which must stay as many.
#[test]
fn under_a_unique_key_spellings_of_an_address_stay_apart_and_their_letters_case_stays() {
    let injective = MaskSpec { injective: true, ..whole(MaskKind::Mac) };
    let addresses = (0..2000_u64).map(|at| {
        let hex = format!("{:012x}", at * 0x9e37_79b9_7f4a % (1 << 48));
        (0..6).map(|pair| &hex[2 * pair..2 * pair + 2]).collect::<Vec<_>>().join(":")
    });
    let spellings = |small: &String| {
        let bare = small.replace(':', "");
        let dotted = format!("{}.{}.{}", &bare[..4], &bare[4..8], &bare[8..]);
        [small.clone(), small.to_uppercase(), small.to_uppercase().replace(':', "-"), dotted]
    };
    let addresses: Vec<String> = addresses.collect();
    let values: BTreeSet<String> = addresses.iter().flat_map(spellings).collect();
    let values: Vec<String> = values.into_iter().collect();
    let results = masked(&injective, TEXT, &values);
    assert_eq!(results.iter().collect::<BTreeSet<_>>().len(), values.len());
    let is_upper = |text: &str| text.chars().any(|char| char.is_ascii_uppercase());
    let codes = values.iter().zip(&results).filter(|(value, result)| {
        let is_code = value.len() != result.len();
        assert!(is_code || separators(value).eq(separators(result)));
        assert!(is_code || is_upper(value) == is_upper(result) || !value.contains(char::is_alphabetic));
        assert!(!is_code || is_upper(value));
        is_code
    });
    // An image has no letter once in 281 times, (10/16)^12, and then cannot show the case.
    assert!((1..60).contains(&codes.count()));
}

#[test]
fn reserved_numbers_are_refused_where_values_must_stay_apart() {
    for (kind, _) in identifiers() {
        let injective = MaskSpec { injective: true, ..spec(kind) };
        let error = Fixture::one(TEXT, injective).compile(&keyring(), Wire::Binary).unwrap_err();
        assert!(matches!(error.kind, MaskErrorKind::Option { option: "reserved", .. }));
    }
}

#[test]
fn columns_of_integers_agree_with_columns_of_digits() {
    for (kind, validator) in identifiers().filter(|(kind, _)| kind.info().holds.contains(&TypeClass::Integer))
    {
        for spec in [spec(kind), whole(kind)] {
            let digits: Vec<String> = valid_values(kind, &validator, 60)
                .iter()
                .map(|value| value.replace(|char: char| !char.is_ascii_digit(), ""))
                .collect();
            let rows: Vec<Row> =
                digits.iter().map(|value| vec![Some(Value::Int(value.parse().unwrap()))]).collect();
            let fixture = Fixture::one(ValueType::Int8, spec.clone());
            let integers = fixture.mask(&keyring(), Wire::Text, &rows).unwrap();
            for (row, text) in integers.iter().zip(masked(&spec, TEXT, &digits)) {
                let Some(Value::Int(integer)) = row[0] else { panic!("not an integer") };
                assert_eq!(format!("{integer:0width$}", width = text.len()), text, "{}", kind.name());
            }
        }
    }
}

#[test]
fn integers_that_are_no_number_become_one_or_stop_the_run() {
    let mask = |spec: MaskSpec, value| {
        Fixture::one(ValueType::Int8, spec).mask(&keyring(), Wire::Binary, &[vec![Some(Value::Int(value))]])
    };
    for value in [-1, i64::MIN, i64::MAX, 999_999_999_999] {
        let result = mask(spec(MaskKind::UsSsn), value).unwrap();
        assert!(matches!(result[0][0], Some(Value::Int(900_000_000..=999_999_999))));
        let injective = MaskSpec { injective: true, ..whole(MaskKind::UsSsn) };
        let error = mask(injective, value).unwrap_err().kind;
        assert!(matches!(error, MaskErrorKind::NoNumber { mask: "government.us_ssn" }) && error.is_data());
    }
    let narrow = Fixture::one(ValueType::Int4, spec(MaskKind::BrCpf)).compile(&keyring(), Wire::Binary);
    assert!(matches!(narrow.unwrap_err().kind, MaskErrorKind::Short { needed: 11, held: 9, .. }));
}

#[test]
fn another_realm_shares_no_result_but_by_chance() {
    let other = Keyring::new(
        &MaskKey::from_bytes(*b"a key of the tests, 32 bytes long"[..32].first_chunk().unwrap()),
        "b",
    );
    for (kind, validator) in identifiers() {
        let values = valid_values(kind, &validator, 300);
        let rows: Vec<Row> = values.iter().map(|value| vec![text(value)]).collect();
        let theirs = Fixture::one(TEXT, spec(kind)).mask(&other, Wire::Binary, &rows).unwrap();
        let same = theirs
            .iter()
            .zip(masked(&spec(kind), TEXT, &values))
            .filter(|(theirs, mine)| shown(&theirs[0]) == *mine);
        // The smallest range has 9000 numbers: 300 rows agree in 0.03 of them by chance, in three hardly ever.
        assert!(same.count() < 3, "{}", kind.name());
    }
}

#[test]
fn of_a_card_neither_issuer_nor_last_four_stay() {
    let validator = validator("finance.card").unwrap();
    let mut values = valid_values(MaskKind::Card, &validator, 20_000);
    values.extend(masked(&spec(MaskKind::Card), TEXT, &values.clone()));
    for (value, result) in values.iter().zip(masked(&spec(MaskKind::Card), TEXT, &values)) {
        let digits = |text: &str| text.replace(' ', "").into_bytes();
        let (value, result) = (digits(value), digits(&result));
        assert_ne!(value[..6], result[..6]);
        assert_ne!(value[value.len() - 4..], result[result.len() - 4..]);
        assert_eq!(value[0], result[0]);
    }
}

fn separators(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, char)| !char.is_ascii_alphanumeric())
}
