//! What every mask promises for every type that it holds: total, the same on both wires, a function of the value,
//! never the value itself, within the column.

use crate::fixture::{Fixture, Row, TEXT, WIRES, keyring, shown, spec, text, varchar};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::IpAddr;
use waxwork_copy::{Inet, Numeric, Value, Wire, encode};
use waxwork_core::catalog::{TextKind, TextType, ValueType};
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{IntegerMap, JsonAction, JsonSpec, MaskSpec};
use waxwork_mask::{MaskErrorKind, field_type};

const TEXT_MASKS: [MaskKind; 14] = [
    MaskKind::FirstName,
    MaskKind::LastName,
    MaskKind::FullName,
    MaskKind::Username,
    MaskKind::Email,
    MaskKind::Phone,
    MaskKind::Street,
    MaskKind::City,
    MaskKind::Postcode,
    MaskKind::Company,
    MaskKind::Ip,
    MaskKind::Token,
    MaskKind::Redact,
    MaskKind::Shape,
];

/// The masks that tell values apart when they must.
fn injective_masks() -> impl Iterator<Item = MaskKind> {
    TEXT_MASKS.into_iter().chain([MaskKind::Permute])
}

fn all_integers(low: i64, high: i64) -> MaskSpec {
    let map = IntegerMap { from: (low, high), range: (low, high) };
    MaskSpec { integers: Some(map), ..spec(MaskKind::Permute) }
}

fn everywhere(kind: MaskKind) -> MaskSpec {
    let json = JsonSpec { paths: vec![], kept_keys: vec![], rest: JsonAction::Mask(Box::new(spec(kind))) };
    MaskSpec { json: Some(json), ..spec(MaskKind::Json) }
}

fn text_value() -> BoxedStrategy<Value<'static>> {
    prop_oneof![
        "\\PC{0,24}",
        "[a-z]{1,8}@[a-z]{1,8}\\.com",
        "[0-9+() -]{1,16}",
        "[ \\t\\n\\\\]{1,4}",
        ".{1,3}"
    ]
    .prop_map(|text: String| Value::Text(text.replace('\0', "").into_bytes().into()))
    .boxed()
}

fn numeric_value() -> BoxedStrategy<Value<'static>> {
    let finite = (any::<bool>(), -40i16..40, 0u16..40, prop::collection::vec(0u16..10_000, 0..12)).prop_map(
        |(negative, weight, scale, digits)| {
            // Digits beyond the scale are not shown, and no server sends them.
            let shown = (i32::from(weight) + 1 + i32::from(scale) / 4).clamp(0, digits.len() as i32);
            Numeric::finite(negative, weight, scale, digits[..shown as usize].to_vec())
        },
    );
    prop_oneof![8 => finite, 1 => Just(Numeric::NaN), 1 => Just(Numeric::Infinity)]
        .prop_map(Value::Numeric)
        .boxed()
}

fn inet_value() -> BoxedStrategy<Value<'static>> {
    let four =
        (any::<u32>(), 0u8..=32).prop_map(|(bits, net)| Inet { address: IpAddr::V4(bits.into()), bits: net });
    let six = (any::<u128>(), 0u8..=128)
        .prop_map(|(bits, net)| Inet { address: IpAddr::V6(bits.into()), bits: net });
    prop_oneof![four, six].prop_map(Value::Inet).boxed()
}

fn cidr_value() -> BoxedStrategy<Value<'static>> {
    let four = (any::<u32>(), 0u8..=32).prop_map(|(address, bits)| {
        let network = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        Inet { address: IpAddr::V4((address & network).into()), bits }
    });
    let six = (any::<u128>(), 0u8..=128).prop_map(|(address, bits)| {
        let network = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
        Inet { address: IpAddr::V6((address & network).into()), bits }
    });
    prop_oneof![four, six].prop_map(Value::Inet).boxed()
}

fn json_value() -> BoxedStrategy<Value<'static>> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_filter_map("finite", |value| serde_json::Number::from_f64(value).map(Into::into)),
        "\\PC{0,12}".prop_map(Into::into),
    ];
    let document = leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    document.prop_map(|document| Value::Json(document.to_string().into_bytes().into())).boxed()
}

type Case = (MaskSpec, ValueType, BoxedStrategy<Value<'static>>);

/// Every mask with every type that it holds.
fn table() -> Vec<Case> {
    let integer = |low: i64, high: i64| (low..=high).prop_map(Value::Int).boxed();
    let text_types = [
        TEXT,
        ValueType::Text(TextType { kind: TextKind::Citext, max_chars: None }),
        ValueType::Text(TextType { kind: TextKind::Name, max_chars: Some(63) }),
    ];
    let mut table: Vec<Case> = Vec::new();
    for kind in TEXT_MASKS {
        table.extend(text_types.iter().map(|value_type| (spec(kind), value_type.clone(), text_value())));
        table.push((everywhere(kind), ValueType::Json, json_value()));
        table.push((spec(kind), ValueType::Jsonb, json_value()));
    }
    let integers = [
        (ValueType::Int2, i64::from(i16::MIN), i64::from(i16::MAX)),
        (ValueType::Int4, i64::from(i32::MIN), i64::from(i32::MAX)),
        (ValueType::Int8, i64::MIN, i64::MAX - 1),
    ];
    for (value_type, low, high) in integers {
        table.push((all_integers(low, high), value_type.clone(), integer(low, high)));
        table.push((spec(MaskKind::Noise), value_type, integer(low, high)));
    }
    let micros = -211_813_488_000_000_000i64..9_223_371_331_200_000_000;
    table.extend([
        (spec(MaskKind::Permute), TEXT, text_value()),
        (spec(MaskKind::Permute), ValueType::Uuid, any::<[u8; 16]>().prop_map(Value::Uuid).boxed()),
        (spec(MaskKind::Token), ValueType::Uuid, any::<[u8; 16]>().prop_map(Value::Uuid).boxed()),
        (
            spec(MaskKind::Token),
            ValueType::Bytea,
            prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Value::Bytea(bytes.into())).boxed(),
        ),
        (spec(MaskKind::Ip), ValueType::Inet, inet_value()),
        (spec(MaskKind::Ip), ValueType::Cidr, cidr_value()),
        (spec(MaskKind::Noise), ValueType::Float4, any::<f32>().prop_map(Value::Float4).boxed()),
        (spec(MaskKind::Noise), ValueType::Float8, any::<f64>().prop_map(Value::Float8).boxed()),
        (spec(MaskKind::Noise), ValueType::Numeric(None), numeric_value()),
        (everywhere(MaskKind::Noise), ValueType::Jsonb, json_value()),
        (
            spec(MaskKind::DateShift),
            ValueType::Date,
            (-2_451_545i32..2_145_031_949).prop_map(Value::Date).boxed(),
        ),
        (spec(MaskKind::DateShift), ValueType::Timestamp, micros.clone().prop_map(Value::Timestamp).boxed()),
        (spec(MaskKind::DateShift), ValueType::TimestampTz, micros.prop_map(Value::Timestamp).boxed()),
    ]);
    table
}

/// Values that masks give back: empty, zero, not finite, without a leaf to mask.
fn stays(value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) | Value::Bytea(text) => text.is_empty(),
        Value::Int(value) => *value == 0,
        Value::Float4(value) => *value == 0.0 || !value.is_finite(),
        Value::Float8(value) => *value == 0.0 || !value.is_finite(),
        Value::Numeric(Numeric::Finite { digits, .. }) => digits.is_empty(),
        Value::Numeric(_) => true,
        Value::Json(document) => !has_leaf(&serde_json::from_slice(document).unwrap()),
        _ => false,
    }
}

/// Whether a document has a leaf that every mask changes.
fn has_leaf(document: &serde_json::Value) -> bool {
    match document {
        serde_json::Value::String(text) => !text.is_empty(),
        serde_json::Value::Number(number) => number.as_f64() != Some(0.0),
        serde_json::Value::Array(elements) => elements.iter().any(has_leaf),
        serde_json::Value::Object(members) => members.values().any(has_leaf),
        _ => false,
    }
}

/// A value's binary field, which tells NaN and NaN alike.
fn bytes(value_type: &ValueType, value: &Option<Value<'_>>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(Wire::Binary, &field_type(value_type), value.as_ref().unwrap(), &mut out).unwrap();
    out
}

#[test]
fn null_becomes_a_value_just_where_the_plan_says_so() {
    for (spec, value_type, _) in table() {
        let (kind, held) = (spec.kind, value_type.clone());
        let fixture = Fixture::one(value_type, MaskSpec { mask_nulls: true, ..spec });
        for wire in WIRES {
            let masked = fixture.mask(&keyring(), wire, &[vec![None]]).unwrap();
            assert_eq!(masked[0][0].is_some(), kind.masks_null(&held), "{kind:?} on {held:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn masks_are_total_pure_and_never_identity(seed in any::<[u8; 32]>()) {
        let mut runner = proptest::test_runner::TestRunner::new_with_rng(
            ProptestConfig::default(),
            proptest::test_runner::TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &seed),
        );
        for (spec, value_type, strategy) in table() {
            let rows: Vec<Row> = (0..8)
                .map(|_| vec![Some(strategy.new_tree(&mut runner).unwrap().current())])
                .collect();
            let fixture = Fixture::one(value_type.clone(), spec.clone());
            let [binary, text] = WIRES.map(|wire| fixture.mask(&keyring(), wire, &rows).unwrap());
            let backwards: Vec<Row> = rows.iter().rev().cloned().collect();
            let mut again = fixture.mask(&keyring(), Wire::Binary, &backwards).unwrap();
            again.reverse();
            for (at, row) in rows.iter().enumerate() {
                let masked = bytes(&value_type, &binary[at][0]);
                prop_assert!(masked == bytes(&value_type, &text[at][0]), "wires differ: {:?} {:?}", spec.kind, value_type);
                prop_assert!(masked == bytes(&value_type, &again[at][0]), "order matters: {:?} {:?}", spec.kind, value_type);
                // A permutation cannot promise it; in 2^16 values or more it does not show.
                let value = row[0].as_ref().unwrap();
                if spec.kind != MaskKind::Permute && !stays(value) {
                    prop_assert!(masked != bytes(&value_type, &row[0]), "identity: {:?} {:?}", spec.kind, value_type);
                }
            }
        }
    }

    #[test]
    fn texts_fit_their_column(chars in 1u32..64, injective in any::<bool>(), values in prop::collection::vec(text_value(), 12)) {
        let rows: Vec<Row> = values
            .into_iter()
            .filter_map(|value| {
                let Value::Text(text) = &value else { return None };
                (std::str::from_utf8(text).unwrap().chars().count() <= chars as usize).then(|| vec![Some(value)])
            })
            .chain([vec![text("x")]])
            .collect();
        for kind in injective_masks() {
            for locale in ["", "de_DE", "zh_CN", "fr_FR"] {
                let spec = MaskSpec { injective, ..spec(kind) }.with("locale", Setting::Text(locale.to_owned()));
                let masked = match Fixture::one(varchar(chars), spec).mask(&keyring(), Wire::Binary, &rows) {
                    Ok(masked) => masked,
                    Err(error) => {
                        let short = matches!(error.kind, MaskErrorKind::Short { needed, .. } if needed > chars);
                        prop_assert!(short);
                        continue;
                    }
                };
                for (row, masked) in rows.iter().zip(masked) {
                    let (value, masked) = (shown(&row[0]), shown(&masked[0]));
                    prop_assert!(masked.chars().count() <= chars as usize, "{kind:?} {locale} {chars}");
                    prop_assert_eq!(masked.is_empty(), value.is_empty());
                    prop_assert!(masked != value || value.is_empty(), "{:?} {} {}", kind, locale, chars);
                }
            }
        }
    }
}

#[test]
fn injective_texts_stay_distinct_even_folded_and_trimmed() {
    let values: Vec<String> =
        (0..2000).map(|at| format!("User{at}@Corp.com")).chain((0..2000).map(|at| at.to_string())).collect();
    let rows: Vec<Row> = values.iter().map(|value| vec![text(value)]).collect();
    for kind in injective_masks() {
        for max_chars in [None, Some(41), Some(39)] {
            let spec = MaskSpec { injective: true, max_chars, ..spec(kind) };
            let masked = Fixture::one(TEXT, spec).mask(&keyring(), Wire::Binary, &rows).unwrap();
            let lower: BTreeSet<String> =
                masked.iter().map(|row| shown(&row[0]).trim().to_lowercase()).collect();
            let upper: BTreeSet<String> =
                masked.iter().map(|row| shown(&row[0]).trim().to_uppercase()).collect();
            assert_eq!((lower.len(), upper.len()), (values.len(), values.len()), "{kind:?} {max_chars:?}");
        }
    }
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
