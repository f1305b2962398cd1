//! Rounded and drawn numbers: multiples and ranges, by arithmetic that is not the masks'.

use crate::fixture::{Fixture, Row, WIRES, keyring, shown, spec};
use proptest::prelude::*;
use waxwork_copy::{FieldType, Numeric, Value, Wire, decode, encode};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{JsonAction, JsonSpec, MaskSpec};
use waxwork_mask::field_type;

fn to(step: f64) -> MaskSpec {
    spec(MaskKind::Round).with("to", Setting::Number(step))
}

fn range(low: i64, high: i64) -> MaskSpec {
    spec(MaskKind::NumberRange).with("range", Setting::Pair(low, high))
}

/// Values through a mask, alike on both wires.
fn masked(value_type: &ValueType, spec: &MaskSpec, values: &[Value<'static>]) -> Vec<Value<'static>> {
    let fixture = Fixture::one(value_type.clone(), spec.clone());
    let rows: Vec<Row> = values.iter().map(|value| vec![Some(value.clone())]).collect();
    let [binary, text] = WIRES.map(|wire| {
        let rows = fixture.mask(&keyring(), wire, &rows).unwrap().into_iter();
        rows.map(|mut row| row.remove(0).unwrap()).collect::<Vec<_>>()
    });
    // NaN is not itself, but its text is.
    let texts = |values: &[Value<'_>]| -> Vec<u8> {
        let mut out = Vec::new();
        values.iter().for_each(|value| encode(Wire::Text, &field_type(value_type), value, &mut out).unwrap());
        out
    };
    assert!(texts(&binary) == texts(&text));
    binary
}

fn integers(value_type: &ValueType, spec: &MaskSpec, values: &[i64]) -> Vec<i64> {
    let values: Vec<Value<'static>> = values.iter().map(|value| Value::Int(*value)).collect();
    let integer = |value| match value {
        Value::Int(value) => value,
        _ => panic!("no integer"),
    };
    masked(value_type, spec, &values).into_iter().map(integer).collect()
}

fn numeric(text: &str) -> Value<'static> {
    decode(Wire::Text, &FieldType::Numeric, text.as_bytes(), &mut Vec::new()).unwrap().into_owned()
}

fn text_of(value: &Value<'_>) -> String {
    let mut out = Vec::new();
    encode(Wire::Text, &FieldType::Numeric, value, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn decimals(declared: Option<(u16, i16)>, spec: &MaskSpec, values: &[&str]) -> Vec<String> {
    let values: Vec<Value<'static>> = values.iter().map(|text| numeric(text)).collect();
    masked(&ValueType::Numeric(declared), spec, &values).iter().map(text_of).collect()
}

#[test]
fn every_smallint_becomes_the_nearest_multiple_and_a_multiple_its_neighbour() {
    let all: Vec<i64> = (i16::MIN.into()..=i16::MAX.into()).collect();
    for step in [1, 7, 100, 30_000] {
        for (value, rounded) in all.iter().zip(integers(&ValueType::Int2, &to(step as f64), &all)) {
            assert!((i64::from(i16::MIN)..=i16::MAX.into()).contains(&rounded));
            assert_eq!(rounded % step, 0);
            match value % step {
                _ if *value == 0 => assert_eq!(rounded, 0),
                0 => assert!((rounded - value).abs() == step && rounded * value >= 0, "{value} {rounded}"),
                _ => assert!(2 * (rounded - value).abs() <= step || (rounded - value).abs() < step),
            }
        }
    }
    assert_eq!(
        integers(&ValueType::Int2, &to(100.0), &[149, 150, -149, -150, 30]),
        [100, 200, -100, -200, 0]
    );
    // No multiple beyond the type.
    assert_eq!(integers(&ValueType::Int2, &to(100.0), &[32_767, -32_768]), [32_700, -32_700]);
    assert_eq!(integers(&ValueType::Int8, &to(10.0), &[i64::MAX, i64::MIN])[0] % 10, 0);
}

#[test]
fn neighbours_are_chosen_by_the_key() {
    let values: Vec<i64> = (2..1000).map(|count| count * 10).collect();
    let up = integers(&ValueType::Int4, &to(10.0), &values)
        .into_iter()
        .zip(&values)
        .filter(|(new, old)| new > old);
    assert!((400..600).contains(&up.count()));
}

#[test]
fn numerics_are_rounded_digit_by_digit_at_their_scale() {
    let cents = Some((10, 2));
    assert_eq!(
        decimals(cents, &to(0.05), &["1.02", "1.03", "-1.03", "0.01"]),
        ["1.00", "1.05", "-1.05", "0.00"]
    );
    assert_eq!(
        decimals(cents, &to(100.0), &["149.99", "150.00", "99999949.99"]),
        ["100.00", "200.00", "99999900.00"]
    );
    // 100000000.00 has a digit too many.
    assert_eq!(decimals(cents, &to(100.0), &["99999999.99"]), ["99999900.00"]);
    let moved = decimals(cents, &to(0.05), &["0.05", "0.00"]);
    assert_eq!(moved, ["0.10", "0.00"]);
    assert_eq!(
        decimals(None, &to(1000.0), &["123456789012345678901234567890123456789.4999"]),
        ["123456789012345678901234567890123457000.0000"]
    );
    assert_eq!(decimals(None, &to(3.0), &["1.4999", "1.5", "1.50001"]), ["0.0000", "3.0", "3.00000"]);
    // A step finer than the scale is one of the scale's; without a scale the result has the step's.
    assert!(["6", "8"].contains(&decimals(Some((5, 0)), &to(0.5), &["7"])[0].as_str()));
    assert!(["6.5", "7.5"].contains(&decimals(None, &to(0.5), &["7"])[0].as_str()));
    assert_eq!(decimals(Some((5, -2)), &to(250.0), &["700", "800"]), ["600", "900"]);
    assert_eq!(decimals(None, &to(5.0), &["NaN", "Infinity", "-Infinity"]), ["NaN", "Infinity", "-Infinity"]);
}

#[test]
fn floats_get_the_decimal_that_a_reader_expects() {
    let round = |step, value| match masked(&ValueType::Float8, &to(step), &[Value::Float8(value)])[0] {
        Value::Float8(value) => value,
        _ => panic!("no float"),
    };
    assert_eq!((round(0.05, 0.14), round(0.1, 0.31), round(100.0, 149.9)), (0.15, 0.3, 100.0));
    assert!([0.1, 0.2].contains(&round(0.05, 0.15)));
    assert!(round(10.0, f64::NAN).is_nan() && round(10.0, f64::INFINITY) == f64::INFINITY);
    for value in [1e300, f64::MAX, -f64::MAX, 5e-324, 1e16] {
        let rounded = round(10.0, value);
        assert!(rounded.is_finite() && rounded != value, "{value}");
    }
    for value in [0.1f32, 0.3, 7.7, f32::MAX, 1e-45] {
        let found = masked(&ValueType::Float4, &to(0.1), &[Value::Float4(value)]).remove(0);
        assert!(matches!(found, Value::Float4(found) if found.is_finite() && found != value), "{value}");
    }
}

#[test]
fn drawn_numbers_fill_their_range_evenly_and_are_never_the_value() {
    let values: Vec<i64> = (0..30_000).map(|value| value % 3000 - 1000).collect();
    let drawn = integers(&ValueType::Int2, &range(-5, 5), &values);
    assert!(drawn.iter().zip(&values).all(|(new, old)| new != old));
    for number in -5..=5 {
        let count = drawn.iter().filter(|drawn| **drawn == number).count();
        assert!((2000..3500).contains(&count), "{number}: {count}");
    }
    let wide = integers(&ValueType::Int8, &range(i64::MIN, i64::MAX), &[0, 1, i64::MAX]);
    assert!(wide.iter().all(|number| number.unsigned_abs() > 1 << 40));
    let cents = decimals(Some((5, 2)), &range(1, 9), &["3.00", "777.77", "NaN"]);
    assert!(cents.iter().all(|text| text.len() == 4 && ('1'..='9').contains(&text.chars().next().unwrap())));
    assert!(cents.iter().any(|text| !text.ends_with("00")));
    let round = decimals(Some((5, -2)), &range(100, 1000), &["300", "800"]);
    assert!(round.iter().all(|text| text.ends_with("00") && text != "0"), "{round:?}");
    for value in [0.5, f64::NAN, 1e300] {
        let found = masked(&ValueType::Float8, &range(0, 1), &[Value::Float8(value)]).remove(0);
        assert!(matches!(found, Value::Float8(found) if (0.0..=1.0).contains(&found) && found != value));
    }
}

#[test]
fn options_that_the_type_does_not_hold_are_refused() {
    let compile =
        |value_type: ValueType, spec: MaskSpec| Fixture::one(value_type, spec).compile(&keyring(), WIRES[0]);
    assert!(compile(ValueType::Int4, to(0.5)).is_err());
    assert!(compile(ValueType::Float8, to(0.5)).is_ok());
    assert!(compile(ValueType::Int2, range(0, 40_000)).is_err());
    assert!(compile(ValueType::Int2, range(3, 3)).is_err());
    assert!(compile(ValueType::Numeric(Some((3, 2))), range(1, 10)).is_err());
    assert!(compile(ValueType::Numeric(Some((4, 2))), range(1, 10)).is_ok());
    assert!(compile(ValueType::Numeric(Some((5, -2))), range(101, 199)).is_err());
}

#[test]
fn numbers_in_documents_stay_numbers_and_agree_with_columns() {
    let document = |inner: MaskSpec, text: &str| {
        let rest = JsonAction::Mask(Box::new(inner));
        let json = Some(JsonSpec { paths: vec![], kept_keys: vec![], rest });
        let fixture = Fixture::one(ValueType::Jsonb, MaskSpec { json, ..spec(MaskKind::Json) });
        let value = Some(Value::Json(text.as_bytes().to_vec().into()));
        shown(&fixture.mask(&keyring(), WIRES[0], &[vec![value]]).unwrap()[0][0])
    };
    assert_eq!(
        document(to(10.0), r#"{"n": [14, 0, -16.6], "s": "x1"}"#),
        r#"{"n": [10, 0, -20.0], "s": "xx"}"#
    );
    let column = integers(&ValueType::Int4, &range(1, 1000), &[77]);
    assert_eq!(document(range(1, 1000), "[77]"), format!("[{}]", column[0]));
    assert_eq!(document(to(0.5), "[7.2, 1e3]"), r#"[7.0, "xxx"]"#);
}

proptest! {
    /// Rounding of any decimal against whole numbers of 128 bits.
    #[test]
    fn decimals_round_as_whole_numbers_do(
        units in -10_000_000_000_000i128..10_000_000_000_000, scale in 0u16..9, step in 1u32..100_000
    ) {
        let power = 10i128.pow(scale.into());
        let value = format!("{}{}.{:0width$}", if units < 0 { "-" } else { "" }, units.abs() / power,
            units.abs() % power, width = scale.into());
        let value = value.trim_end_matches('.').to_owned();
        let value = if scale == 0 { value.split('.').next().unwrap().to_owned() } else { value };
        let found = decimals(None, &to(step.into()), &[&value]).remove(0);
        let found: i128 = found.replace('.', "").parse().unwrap();
        let step = i128::from(step) * power;
        prop_assert_eq!(found % step, 0);
        let distance = (found - units).abs();
        if units == 0 {
            prop_assert_eq!(found, 0);
        } else if units % step == 0 {
            prop_assert_eq!(distance, step);
        } else {
            prop_assert!(2 * distance <= step);
        }
    }
}

#[test]
fn a_numeric_of_any_length_is_rounded() {
    let digits: Vec<u16> = (0..200).map(|at| (at * 37) % 10_000).collect();
    let long = Value::Numeric(Numeric::finite(true, 120, 300, digits));
    let found = masked(&ValueType::Numeric(None), &to(0.01), std::slice::from_ref(&long)).remove(0);
    let (before, after) = (text_of(&long), text_of(&found));
    let whole = before.find('.').unwrap();
    assert_eq!((before.len(), &before[..whole]), (after.len(), &after[..whole]));
    assert!(after[whole + 3..].bytes().all(|digit| digit == b'0'));
}
