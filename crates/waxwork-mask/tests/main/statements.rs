//! What the plan is told of the masks by `waxwork_core::masks` is what the masks do.

use crate::fixture::{Fixture, TEXT, keyring, shown, spec, varchar};
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::{TextKind, TextType, ValueType};
use waxwork_core::masks::{LOCALES, MaskKind, Secret, Setting};
use waxwork_core::plan::{IntegerMap, JsonAction, JsonSpec, MaskSpec};
use waxwork_mask::MaskErrorKind;
use waxwork_mask::dictionary::is_known;

fn types() -> Vec<ValueType> {
    let text = |kind, max_chars| ValueType::Text(TextType { kind, max_chars });
    let mut types = vec![
        ValueType::Bool,
        ValueType::Int2,
        ValueType::Int4,
        ValueType::Int8,
        ValueType::Float4,
        ValueType::Float8,
        ValueType::Numeric(None),
        ValueType::Numeric(Some((10, 0))),
        ValueType::Numeric(Some((10, 2))),
        TEXT,
        text(TextKind::Bpchar, Some(60)),
        text(TextKind::Citext, None),
        text(TextKind::Name, Some(63)),
        varchar(60),
        ValueType::Date,
        ValueType::Time,
        ValueType::Timestamp,
        ValueType::TimestampTz,
        ValueType::Interval,
        ValueType::Uuid,
        ValueType::Bytea,
        ValueType::Json,
        ValueType::Jsonb,
        ValueType::Inet,
        ValueType::Cidr,
        ValueType::Enum(vec!["a".to_owned(), "b".to_owned()]),
        ValueType::Other("pg_catalog.point".to_owned()),
    ];
    let arrays =
        types.iter().map(|element| ValueType::Array { element: Box::new(element.clone()), element_oid: 1 });
    types.extend(arrays.collect::<Vec<_>>());
    types
}

/// Two values of a type, in text form.
fn two_values(value_type: &ValueType) -> [&'static str; 2] {
    match value_type.scalar() {
        ValueType::Bool => ["t", "f"],
        ValueType::Date => ["2020-01-01", "2020-01-02"],
        ValueType::Time => ["10:00:00", "11:00:00"],
        ValueType::Timestamp => ["2020-01-01 10:00:00", "2020-01-02 10:00:00"],
        ValueType::TimestampTz => ["2020-01-01 10:00:00+00", "2020-01-02 10:00:00+00"],
        ValueType::Enum(_) => ["a", "b"],
        ValueType::Uuid => ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "148ed15c-78c9-4b82-8ce1-3dac62331d00"],
        ValueType::Bytea => ["\\x00", "\\x01"],
        ValueType::Inet => ["10.0.0.1", "10.0.0.2"],
        ValueType::Cidr => ["10.0.0.0/8", "11.0.0.0/8"],
        ValueType::Interval => ["01:00:00", "02:00:00"],
        _ => ["1", "2"],
    }
}

/// A spec that lacks nothing.
fn complete(kind: MaskKind) -> MaskSpec {
    let json = JsonSpec { paths: vec![], kept_keys: vec![], rest: JsonAction::Keep };
    let integers = IntegerMap { from: (0, 1023), range: (1024, 2047) };
    let spec = MaskSpec { json: Some(json), integers: Some(integers), ..spec(kind) };
    match kind {
        MaskKind::Password => {
            spec.with("password", Setting::Secret(Secret::stated("correct horse".to_owned())))
        }
        _ => spec,
    }
}

#[test]
fn every_type_that_a_mask_is_said_to_hold_compiles() {
    // A constant needs a value of the type, and null is no mask but an action of its own.
    let masks = MaskKind::all();
    for kind in masks.filter(|kind| !matches!(kind, MaskKind::Constant | MaskKind::Null)) {
        let name = kind.name();
        for value_type in types() {
            if !kind.holds(&value_type) {
                continue;
            }
            for injective in [false, true] {
                if injective && !kind.can_be_injective(&value_type) {
                    continue;
                }
                let texts = two_values(&value_type).map(str::to_owned);
                let whole = |text: &String| match &value_type {
                    ValueType::Array { .. } if kind.states_values() => {
                        format!("{{\"{}\"}}", text.replace('\\', "\\\\"))
                    }
                    _ => text.clone(),
                };
                let common = texts.iter().map(|text| (whole(text), 10)).collect();
                let values = Setting::Texts(texts.iter().map(whole).collect());
                let weights = Setting::Weights(texts.iter().map(|text| (whole(text), 1.5)).collect());
                let complete = complete(kind).with("values", values).with("weights", weights);
                let spec = MaskSpec { injective, common, ..complete };
                // What a rule states of a type that the codec does not know travels as text.
                let unknown = kind.states_values() && matches!(value_type.scalar(), ValueType::Other(_));
                for wire in [Wire::Binary, Wire::Text].into_iter().skip(usize::from(unknown)) {
                    let compiled = Fixture::one(value_type.clone(), spec.clone()).compile(&keyring(), wire);
                    assert!(compiled.is_ok(), "{name} {value_type:?}: {}", compiled.unwrap_err());
                }
            }
        }
    }
}

#[test]
fn injective_results_need_as_many_characters_as_is_said() {
    for kind in MaskKind::all() {
        let name = kind.name();
        if !kind.can_be_injective(&TEXT) {
            continue;
        }
        let least = kind.injective_min_chars();
        let compile = |chars| {
            let spec = MaskSpec { injective: true, ..spec(kind) };
            Fixture::one(varchar(chars), spec).compile(&keyring(), Wire::Binary)
        };
        assert!(compile(least).is_ok(), "{name}");
        let error = compile(least - 1).unwrap_err();
        assert!(
            matches!(error.kind, MaskErrorKind::Short { needed, .. } if needed == least),
            "{name}: {error}"
        );
    }
}

#[test]
fn every_locale_that_a_rule_may_name_is_known() {
    for locale in LOCALES {
        assert!(is_known(locale), "{locale}");
    }
}

#[test]
fn masks_that_fit_by_themselves_fit_one_character() {
    for kind in [MaskKind::Redact, MaskKind::Shape] {
        assert!(kind.fits_by_itself());
        let masked = Fixture::one(varchar(1), spec(kind)).mask(
            &keyring(),
            Wire::Binary,
            &["a", "[", "x", "é", "-"].map(|value| vec![crate::fixture::text(value)]),
        );
        for (row, value) in masked.unwrap().iter().zip(["a", "[", "x", "é", "-"]) {
            let masked = shown(&row[0]);
            assert!(masked.chars().count() == 1 && masked != value);
        }
    }
}

#[test]
fn a_range_that_a_numeric_cannot_hold_is_refused() {
    let permute = |precision, last| {
        let map = IntegerMap { from: (0, last), range: (0, last) };
        let spec = MaskSpec { integers: Some(map), ..spec(MaskKind::Permute) };
        Fixture::one(ValueType::Numeric(Some((precision, 0))), spec).compile(&keyring(), Wire::Binary)
    };
    assert!(permute(4, 9_999).is_ok());
    assert!(permute(4, 10_000).is_err());
}

#[test]
fn numeric_keys_agree_with_integer_keys() {
    let spec = complete(MaskKind::Permute);
    let numeric = |value: i64| {
        let digits = if value == 0 { vec![] } else { vec![value as u16] };
        Value::Numeric(waxwork_copy::Numeric::finite(false, 0, 0, digits))
    };
    for value in [0, 1, 7, 1023] {
        let masked = |value_type, value| {
            let fixture = Fixture::one(value_type, spec.clone());
            fixture.mask(&keyring(), Wire::Binary, &[vec![Some(value)]]).unwrap()[0][0].clone()
        };
        let Some(Value::Int(image)) = masked(ValueType::Int4, Value::Int(value)) else {
            panic!("not an integer")
        };
        assert!(masked(ValueType::Numeric(None), numeric(value)) == Some(numeric(image)));
    }
}

#[test]
fn unique_documents_stay_distinct_when_redacted() {
    let spec = MaskSpec { injective: true, ..spec(MaskKind::Redact) };
    let fixture = Fixture::one(ValueType::Jsonb, spec);
    let rows = ["1", "\"1\"", "{}", "[]", "{\"a\": 1}"]
        .map(|document| vec![Some(Value::Json(document.as_bytes().to_vec().into()))]);
    let masked = fixture.mask(&keyring(), Wire::Binary, &rows).unwrap();
    let distinct: std::collections::BTreeSet<String> = masked.iter().map(|row| shown(&row[0])).collect();
    assert_eq!(distinct.len(), rows.len());
    assert!(distinct.iter().all(|document| serde_json::from_str::<String>(document).is_ok()));
}
