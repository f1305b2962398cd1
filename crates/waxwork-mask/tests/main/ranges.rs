//! Ranges: both bounds masked, in order, never empty where they were not, and never the same.

use crate::fixture::{Fixture, Row, WIRES, keyring, spec};
use waxwork_copy::{FieldType, Value, Wire, decode, encode};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::MaskSpec;
use waxwork_mask::field_type;

fn range(bound: ValueType) -> ValueType {
    ValueType::Range(Box::new(bound))
}

fn value(value_type: &ValueType, text: &str) -> Value<'static> {
    let (mut escaped, mut scratch) = (Vec::new(), Vec::new());
    encode(Wire::Text, &FieldType::Text, &Value::Text(text.as_bytes().into()), &mut escaped).unwrap();
    decode(Wire::Text, &field_type(value_type), &escaped, &mut scratch).unwrap().into_owned()
}

/// The text forms of masked values, on which both wires agree.
fn masked(value_type: &ValueType, spec: &MaskSpec, texts: &[&str]) -> Vec<String> {
    let fixture = Fixture::one(value_type.clone(), spec.clone());
    let rows: Vec<Row> = texts.iter().map(|text| vec![Some(value(value_type, text))]).collect();
    let [binary, text] = WIRES.map(|wire| fixture.mask(&keyring(), wire, &rows).unwrap());
    assert!(binary == text);
    let print = |row: Row| {
        let mut out = Vec::new();
        encode(Wire::Text, &field_type(value_type), row[0].as_ref().unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    binary.into_iter().map(print).collect()
}

/// Both bounds of a range of integers.
fn integers(text: &str) -> (i64, i64) {
    let (lower, upper) = text[1..text.len() - 1].split_once(',').unwrap();
    (lower.parse().unwrap(), upper.parse().unwrap())
}

/// Both bounds of a range of dates, in days.
fn days(value: &Value<'_>) -> (i32, i32) {
    let Value::Range(Some(range)) = value else { panic!("no range") };
    match (&range.lower.value, &range.upper.value) {
        (Some(Value::Date(lower)), Some(Value::Date(upper))) => (*lower, *upper),
        _ => panic!("no bounds"),
    }
}

#[test]
fn both_bounds_shift_by_the_same_days() {
    let dates = range(ValueType::Date);
    let texts: Vec<String> = (1..=28).map(|day| format!("[2024-02-{day:02},2024-03-{day:02})")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut shifts = std::collections::BTreeSet::new();
    for (before, after) in texts.iter().zip(masked(&dates, &spec(MaskKind::DateShift), &texts)) {
        let (before, after) = (days(&value(&dates, before)), days(&value(&dates, &after)));
        assert_eq!(after.0 - before.0, after.1 - before.1);
        assert_ne!(before, after);
        shifts.insert(after.0 - before.0);
    }
    assert!(shifts.len() > 5, "{shifts:?}");
    let moments = range(ValueType::Timestamp);
    let after =
        masked(&moments, &spec(MaskKind::DateShift), &["(\"2024-01-05 10:00:00\",\"2024-01-05 11:30:00\"]"]);
    assert!(after[0].starts_with('(') && after[0].ends_with("11:30:00\"]"), "{after:?}");
}

#[test]
fn what_has_no_end_or_no_value_stays() {
    let dates = range(ValueType::Date);
    let stays = ["empty", "(,)", "[-infinity,infinity]", "(,infinity]"];
    assert_eq!(masked(&dates, &spec(MaskKind::DateShift), &stays), stays);
    let half = masked(&dates, &spec(MaskKind::DateShift), &["[2024-01-01,)", "[2024-01-01,infinity]"]);
    assert!(half[0].ends_with(",)") && half[1].ends_with(",infinity]"), "{half:?}");
    assert!(half.iter().all(|text| !text.contains("2024-01-01,")), "{half:?}");
}

#[test]
fn bounds_that_change_places_or_meet_make_a_range_all_the_same() {
    let numbers = range(ValueType::Int4);
    let round = spec(MaskKind::Round).with("to", Setting::Number(100.0));
    let texts: Vec<String> = (-150..150)
        .flat_map(|lower| [1, 2, 60].map(|length| format!("[{lower},{})", lower + length)))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for spec in [&round, &spec(MaskKind::Noise).with("percent", Setting::Number(50.0))] {
        for (before, after) in texts.iter().zip(masked(&numbers, spec, &texts)) {
            let (lower, upper) = integers(&after);
            assert!(lower < upper && after != **before, "{before}: {after}");
        }
    }
    // 0 stays, and 1 comes to it.
    assert_eq!(masked(&numbers, &round, &["[0,1)", "[0,2)", "[-1,0)"]), ["[0,2)", "[0,1)", "[0,1)"]);
    let numerics = range(ValueType::Numeric(None));
    assert_eq!(masked(&numerics, &round, &["(10,20)"]), ["[0,0]"]);
}

#[test]
fn a_drawn_range_has_two_bounds() {
    let numbers = range(ValueType::Int4);
    let drawn = spec(MaskKind::NumberRange).with("range", Setting::Pair(1, 1_000_000));
    let after = masked(&numbers, &drawn, &["[1,10)", "[2,10)", "[3,10)", "[4,10)"]);
    for text in &after {
        let (lower, upper) = integers(text);
        assert!(1 <= lower && lower + 1 < upper && upper <= 1_000_000, "{after:?}");
    }
    // Three values have few ranges, and none is its own.
    let few = spec(MaskKind::NumberRange).with("range", Setting::Pair(1, 3));
    for text in ["[1,2)", "[1,3)", "[2,3)"] {
        assert_ne!(masked(&numbers, &few, &[text]), [text]);
    }
}

#[test]
fn a_constant_is_stored_as_the_server_would() {
    let constant = |text: &str| spec(MaskKind::Constant).with("value", Setting::Text(text.to_owned()));
    let numbers = range(ValueType::Int4);
    let of = |text: &str| masked(&numbers, &constant(text), &["[7,8)"]).remove(0);
    assert_eq!([of("[1,5]"), of("(1,5)"), of("(,5]"), of("[3,3)")], ["[1,6)", "[2,5)", "(,6)", "empty"]);
    for wrong in ["[5,1]", "[1,2147483647]", "1", "[a,b]"] {
        let fixture = Fixture::one(numbers.clone(), constant(wrong));
        assert!(fixture.compile(&keyring(), Wire::Binary).is_err(), "{wrong}");
    }
    // The value 1 to 5 gives way, however it is written.
    let pick = spec(MaskKind::Pick)
        .with("values", Setting::Texts(vec!["[1,5]".into(), "[2,3)".into(), "[7,9)".into()]));
    assert_ne!(masked(&numbers, &pick, &["[1,6)"]), ["[1,6)"]);
}

#[test]
fn masks_that_keep_no_order_are_refused() {
    let fixture = Fixture::one(range(ValueType::Int4), spec(MaskKind::Permute));
    let said = fixture.compile(&keyring(), Wire::Binary).err().unwrap().to_string();
    assert!(said.contains("range of numbers"), "{said}");
}
