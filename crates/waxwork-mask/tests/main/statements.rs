//! What the plan is told of the masks by `waxwork_core::masks` is what the masks do.

use crate::fixture::{Fixture, Row, TEXT, keyring, shown, spec, text, varchar};
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::{TextKind, TextType, ValueType};
use waxwork_core::masks::{LOCALES, MaskKind, Secret, Setting};
use waxwork_core::plan::{IntegerMap, JsonAction, JsonSpec, MaskSpec};
use waxwork_mask::MaskErrorKind;
use waxwork_mask::dictionary::is_known;

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

#[test]
fn integer_columns_of_all_widths_and_json_agree() {
    let permute = MaskSpec {
        integers: Some(IntegerMap { from: (-64, 31_679), range: (1_024, 32_767) }),
        ..spec(MaskKind::Permute)
    };
    let paths = vec![("$.id".to_owned(), JsonAction::Mask(Box::new(permute.clone())))];
    let json = MaskSpec {
        json: Some(JsonSpec { paths, kept_keys: vec![], rest: JsonAction::Keep }),
        ..spec(MaskKind::Json)
    };
    for value in [-64i64, 0, 1, 500, 31_679] {
        let images: Vec<i64> = [ValueType::Int2, ValueType::Int4, ValueType::Int8]
            .into_iter()
            .map(|value_type| {
                let row = vec![Some(Value::Int(value))];
                match Fixture::one(value_type, permute.clone()).mask(&keyring(), Wire::Text, &[row]).unwrap()
                    [0][0]
                {
                    Some(Value::Int(image)) => image,
                    _ => panic!("not an integer"),
                }
            })
            .collect();
        assert!(images.iter().all(|image| *image == images[0] && (1_024..=32_767).contains(image)));
        for quote in ["", "\""] {
            let document = format!(r#"{{"id": {quote}{value}{quote}}}"#);
            let row = vec![Some(Value::Json(document.into_bytes().into()))];
            let masked =
                Fixture::one(ValueType::Jsonb, json.clone()).mask(&keyring(), Wire::Binary, &[row]).unwrap();
            assert_eq!(shown(&masked[0][0]), format!(r#"{{"id": {quote}{}{quote}}}"#, images[0]));
        }
    }
}

#[test]
fn char_n_is_masked_without_its_padding() {
    let bpchar = ValueType::Text(TextType { kind: TextKind::Bpchar, max_chars: Some(20) });
    let mask = |value_type: ValueType, value: &str| {
        let masked = Fixture::one(value_type, spec(MaskKind::City)).mask(
            &keyring(),
            Wire::Binary,
            &[vec![text(value)]],
        );
        shown(&masked.unwrap()[0][0])
    };
    assert_eq!(mask(bpchar.clone(), "Berlin              "), mask(varchar(20), "Berlin"));
    assert_eq!(mask(bpchar, "                    "), "");
}

#[test]
fn names_of_name_columns_are_counted_in_bytes() {
    let name = ValueType::Text(TextType { kind: TextKind::Name, max_chars: Some(63) });
    let spec = spec(MaskKind::FullName).with("locale", Setting::Text("zh_CN".to_owned()));
    let rows: Vec<Row> = (0..200).map(|at| vec![text(&format!("role{at}"))]).collect();
    for row in Fixture::one(name, spec).mask(&keyring(), Wire::Binary, &rows).unwrap() {
        assert!(shown(&row[0]).is_ascii());
    }
}
