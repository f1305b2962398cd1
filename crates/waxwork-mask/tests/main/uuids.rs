//! UUIDs and ULIDs: of their version, with the time that the rule says, in every column that holds them.

use crate::fixture::{Fixture, Row, TEXT, WIRES, keep, keyring, mask, shown, spec, text, varchar};
use std::collections::BTreeSet;
use waxwork_copy::{FieldType, Value, Wire, encode};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{By, ByField, MaskSpec};
use waxwork_mask::MaskErrorKind;

const RANDOM: u128 = 0xf47a_c10b_58cc_4372_a567_0e02_b2c3_d479;
/// The example of RFC 9562, appendix A.6: 1645557742000 ms.
const TIMED: u128 = 0x017f_22e2_79b0_7cc3_98c4_dc0c_0c07_398f;
/// The example of the ULID specification: 1469918176385 ms.
const ULID: &str = "01ARYZ6S41TSV4RRFFQ69G5FAV";
const DAY_MILLIS: i128 = 86_400_000;

fn timed(time: &str) -> MaskSpec {
    spec(MaskKind::UuidV7).with("time", Setting::Text(time.to_owned()))
}

fn uuid(spec: &MaskSpec, uuid: u128) -> u128 {
    let fixture = Fixture::one(ValueType::Uuid, spec.clone());
    let row: Row = vec![Some(Value::Uuid(uuid.to_be_bytes()))];
    let [binary, text] =
        WIRES.map(|wire| fixture.mask(&keyring(), wire, std::slice::from_ref(&row)).unwrap());
    assert!(binary == text);
    match binary[0][0] {
        Some(Value::Uuid(uuid)) => u128::from_be_bytes(uuid),
        _ => panic!("no uuid"),
    }
}

fn written(spec: &MaskSpec, value: &str) -> String {
    let masked =
        Fixture::one(TEXT, spec.clone()).mask(&keyring(), Wire::Binary, &[vec![text(value)]]).unwrap();
    shown(&masked[0][0])
}

fn text_of(uuid: u128) -> String {
    let mut out = Vec::new();
    encode(Wire::Text, &FieldType::Uuid, &Value::Uuid(uuid.to_be_bytes()), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn version(uuid: u128) -> (u128, u128) {
    ((uuid >> 76) & 0xf, (uuid >> 62) & 3)
}

fn millis(uuid: u128) -> i128 {
    (uuid >> 80) as i128
}

#[test]
fn every_uuid_becomes_one_of_the_masks_version() {
    let inputs = [RANDOM, TIMED, 0, u128::MAX, RANDOM + 1, TIMED + 1];
    for (spec, expected) in
        [(spec(MaskKind::UuidV4), 4), (timed("drop"), 7), (timed("shift"), 7), (timed("keep"), 7)]
    {
        let images: BTreeSet<u128> = inputs.iter().map(|input| uuid(&spec, *input)).collect();
        assert!(images.len() == inputs.len() && images.iter().all(|image| version(*image) == (expected, 2)));
        assert!(inputs.iter().all(|input| !images.contains(input)));
        for input in inputs {
            assert_eq!(written(&spec, &text_of(input)), text_of(uuid(&spec, input)), "text agrees");
        }
    }
}

#[test]
fn a_v4_is_permuted_as_id_permute_has_it() {
    let permute = MaskSpec { domain: "k".to_owned(), ..spec(MaskKind::Permute) };
    let random = MaskSpec { domain: "k".to_owned(), ..spec(MaskKind::UuidV4) };
    assert_eq!(uuid(&permute, RANDOM), uuid(&random, RANDOM));
}

#[test]
fn the_time_is_kept_shifted_by_whole_days_or_gone() {
    assert_eq!(millis(uuid(&timed("keep"), TIMED)), millis(TIMED));
    let shift = timed("shift").with("days", Setting::Integer(5));
    for step in 0..200 {
        let moved = millis(uuid(&shift, TIMED + (step << 84))) - millis(TIMED + (step << 84));
        assert!(moved % DAY_MILLIS == 0 && moved != 0 && moved.abs() <= 5 * DAY_MILLIS, "{moved}");
    }
    // At both ends of 48 bits.
    for input in [TIMED & (u128::MAX >> 48), TIMED | (u128::MAX << 80)] {
        assert_eq!(version(uuid(&shift, input)), (7, 2));
        assert_ne!(millis(uuid(&shift, input)), millis(input));
    }
    let dropped: BTreeSet<i128> = (0..50).map(|step| millis(uuid(&timed("drop"), TIMED + step))).collect();
    assert!(dropped.len() == 50 && dropped.iter().all(|millis| *millis < 1 << 41));
}

#[test]
fn an_identifier_moves_with_the_dates_of_its_root() {
    let by = || Some(By { field: ByField::Column(0), root: "public.t(id)".to_owned() });
    let shift = MaskSpec { by: by(), ..timed("shift") };
    let date = MaskSpec { by: by(), ..spec(MaskKind::DateShift) };
    let fixture = Fixture::new([
        (ValueType::Int4, keep()),
        (ValueType::Uuid, mask(shift)),
        (ValueType::Date, mask(date)),
    ]);
    let rows: Vec<Row> = (0..50)
        .map(|id| vec![Some(Value::Int(id)), Some(Value::Uuid(TIMED.to_be_bytes())), Some(Value::Date(8000))])
        .collect();
    for row in fixture.mask(&keyring(), Wire::Binary, &rows).unwrap() {
        let [_, Some(Value::Uuid(uuid)), Some(Value::Date(date))] = row[..] else { panic!("shape") };
        let moved = millis(u128::from_be_bytes(uuid)) - millis(TIMED);
        assert_eq!(moved, i128::from(date - 8000) * DAY_MILLIS);
    }
}

#[test]
fn a_ulid_stays_one_in_its_case_and_other_text_becomes_one() {
    let crockford = |text: &str| {
        text.len() == 26 && text.bytes().all(|byte| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&byte))
    };
    let kept = written(&timed("keep"), ULID);
    assert!(crockford(&kept) && kept[..10] == ULID[..10] && kept != ULID);
    assert_eq!(written(&timed("keep"), &ULID.to_lowercase()), kept.to_lowercase());
    let shifted = written(&timed("shift"), ULID);
    assert!(crockford(&shifted) && shifted[..10] != ULID[..10] && shifted.starts_with("01"));
    for other in [
        "no id",
        "01aRYZ6S41TSV4RRFFQ69G5FAV",
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "F47AC10B-58CC-4372-A567-0E02B2C3D479",
        "é",
    ] {
        assert!(crockford(&written(&timed("keep"), other)), "{other}");
    }
    assert_eq!(written(&timed("keep"), ""), "");
}

#[test]
fn a_column_must_hold_what_is_made() {
    let compile = |chars, spec| Fixture::one(varchar(chars), spec).compile(&keyring(), Wire::Text);
    assert!(compile(26, timed("drop")).is_ok() && compile(36, spec(MaskKind::UuidV4)).is_ok());
    for (chars, spec) in [(25, timed("drop")), (35, spec(MaskKind::UuidV4))] {
        let error = compile(chars, spec).unwrap_err();
        assert!(matches!(error.kind, MaskErrorKind::Short { .. }), "{error}");
    }
}

#[test]
fn a_text_shows_half_of_itself_at_most() {
    let partial = |first, last, value: &str| {
        let spec = spec(MaskKind::Partial)
            .with("keep_first", Setting::Integer(first))
            .with("keep_last", Setting::Integer(last));
        written(&spec, value)
    };
    assert_eq!(partial(0, 4, "4111 1111 1111 1234"), "***************1234");
    assert_eq!(partial(1, 2, "Müller-Lüdenscheidt"), "M****************dt");
    assert_eq!(partial(0, 4, "1234567"), "*******");
    assert_eq!(partial(0, 4, "12345678"), "****5678");
    assert_eq!(partial(2, 2, "é"), "*");
    // A text of stars is not given back.
    assert_eq!((partial(0, 0, "***"), partial(0, 4, "****5678")), ("xxx".to_owned(), "xxxx5678".to_owned()));
    let fill = |fill: &str| spec(MaskKind::Partial).with("fill", Setting::Text(fill.to_owned()));
    assert!(Fixture::one(TEXT, fill("é")).compile(&keyring(), Wire::Text).is_err());
    assert!(Fixture::one(TEXT, fill("ab")).compile(&keyring(), Wire::Text).is_err());
}

#[test]
fn blank_bytes_are_as_many_and_never_the_value() {
    let fixture = Fixture::one(ValueType::Bytea, spec(MaskKind::Blank));
    for (input, expected) in [(vec![1, 2, 3], vec![0; 3]), (vec![0; 4], vec![255; 4]), (vec![], vec![])] {
        for wire in WIRES {
            let masked =
                fixture.mask(&keyring(), wire, &[vec![Some(Value::Bytea(input.clone().into()))]]).unwrap();
            assert!(masked[0][0] == Some(Value::Bytea(expected.clone().into())));
        }
    }
}
