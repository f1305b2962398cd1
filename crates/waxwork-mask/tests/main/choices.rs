//! Choices: what is picked is one of the values, alike on both wires, and says of the value what it may.

use crate::fixture::{Fixture, Row, TEXT, WIRES, keep, keyring, mask, shown, spec, text, varchar};
use std::collections::BTreeMap;
use waxwork_copy::{ArrayDimension, Value};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{By, ByField, MaskSpec};
use waxwork_mask::MaskErrorKind;

fn pick(values: &[&str]) -> MaskSpec {
    let values = values.iter().map(|text| (*text).to_owned()).collect();
    spec(MaskKind::Pick).with("values", Setting::Texts(values))
}

/// Keyed by the integer column before it.
fn by_first(spec: MaskSpec) -> MaskSpec {
    MaskSpec { by: Some(By { field: ByField::Column(0), root: "public.t(id)".to_owned() }), ..spec }
}

fn labels() -> ValueType {
    ValueType::Enum(["ok", "so so", "gone"].map(str::to_owned).to_vec())
}

/// What the second column becomes in rows 0 to 2999, whose value is the same in all.
fn of_rows(value_type: &ValueType, spec: MaskSpec, value: &Value<'static>) -> Vec<Option<Value<'static>>> {
    let fixture = Fixture::new([(ValueType::Int4, keep()), (value_type.clone(), mask(by_first(spec)))]);
    let rows: Vec<Row> = (0..3000).map(|id| vec![Some(Value::Int(id)), Some(value.clone())]).collect();
    let [binary, as_text] = WIRES.map(|wire| fixture.mask(&keyring(), wire, &rows).unwrap());
    assert!(binary == as_text);
    binary.into_iter().map(|mut row| row.remove(1)).collect()
}

fn counts(values: Vec<Option<Value<'static>>>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(shown(&value)).or_default() += 1;
    }
    counts
}

#[test]
fn flags_and_labels_say_nothing_of_what_they_were() {
    let random = |value| of_rows(&ValueType::Bool, spec(MaskKind::RandomBool), &Value::Bool(value));
    let flags = random(true);
    assert!(flags == random(false));
    let trues = flags.iter().filter(|flag| **flag == Some(Value::Bool(true))).count();
    assert!((1400..1600).contains(&trues), "{trues}");
    let random = |label: &str| of_rows(&labels(), spec(MaskKind::RandomEnum), &text(label).unwrap());
    assert!(random("ok") == random("gone"));
    assert!(counts(random("ok")).values().all(|count| (900..1100).contains(count)));
}

#[test]
fn few_percent_are_few() {
    let rare = spec(MaskKind::RandomBool).with("percent", Setting::Number(1.0));
    let flags = of_rows(&ValueType::Bool, rare, &Value::Bool(true));
    let trues = flags.iter().filter(|flag| **flag == Some(Value::Bool(true))).count();
    assert!((10..60).contains(&trues), "{trues}");
}

#[test]
fn a_pick_is_never_the_value_where_there_are_three() {
    let counted = counts(of_rows(&TEXT, pick(&["red", "green", "blue"]), &text("red").unwrap()));
    assert_eq!(counted.keys().collect::<Vec<_>>(), ["blue", "green"]);
    assert!(counted.values().all(|count| (1350..1650).contains(count)));
    let two = pick(&["red", "green"]);
    assert!(
        of_rows(&TEXT, two.clone(), &text("red").unwrap()) == of_rows(&TEXT, two, &text("green").unwrap())
    );
}

#[test]
fn weights_are_kept() {
    let weights = [("free", 8.0), ("paid", 2.0), ("never seen", 1e-9)];
    let weights = weights.map(|(text, weight)| (text.to_owned(), weight)).to_vec();
    let spec = spec(MaskKind::Weighted).with("weights", Setting::Weights(weights));
    let counted = counts(of_rows(&TEXT, spec, &text("other").unwrap()));
    assert!((2300..2500).contains(&counted["free"]) && counted["free"] + counted["paid"] > 2990);
}

#[test]
fn elements_of_one_row_are_picked_one_by_one() {
    let array = ValueType::Array { element: Box::new(labels()), element_oid: 25 };
    let elements = vec![text("ok"), None, text("ok"), text("ok"), text("ok"), text("ok"), text("ok")];
    let dimensions = vec![ArrayDimension { length: 7, lower: 1 }];
    let value = Value::Array { dimensions, elements };
    let mut alike = 0;
    for picked in of_rows(&array, spec(MaskKind::RandomEnum), &value) {
        let Some(Value::Array { elements, .. }) = picked else { panic!("no array") };
        assert!(elements.len() == 7 && elements[1].is_none());
        alike += u32::from(elements[2..].iter().all(|element| *element == elements[0]));
    }
    assert!(alike < 100, "{alike}");
}

#[test]
fn an_array_is_picked_whole() {
    let array = ValueType::Array { element: Box::new(ValueType::Int4), element_oid: 23 };
    let one = |values: &[i64]| Value::Array {
        dimensions: vec![ArrayDimension { length: values.len() as i32, lower: 1 }],
        elements: values.iter().map(|value| Some(Value::Int(*value))).collect(),
    };
    for picked in of_rows(&array, pick(&["{1,2}", "{3}", "{4}"]), &one(&[3])) {
        assert!(picked == Some(one(&[1, 2])) || picked == Some(one(&[4])));
    }
}

#[test]
fn empty_texts_stay_and_null_is_masked_where_a_rule_says_so() {
    let mask_nulls = MaskSpec { mask_nulls: true, ..pick(&["red", "green", "blue"]) };
    for wire in WIRES {
        let fixture = Fixture::one(TEXT, mask_nulls.clone());
        let masked = fixture.mask(&keyring(), wire, &[vec![text("")], vec![None]]).unwrap();
        assert_eq!(shown(&masked[0][0]), "");
        assert!(["red", "green", "blue"].contains(&shown(&masked[1][0]).as_str()));
        let flag = MaskSpec { mask_nulls: true, ..spec(MaskKind::RandomBool) };
        let masked = Fixture::one(ValueType::Bool, flag).mask(&keyring(), wire, &[vec![None]]).unwrap();
        assert!(masked[0][0].is_some());
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let compile = |value_type, spec| Fixture::one(value_type, spec).compile(&keyring(), WIRES[0]);
    let error = compile(varchar(4), pick(&["red", "green"])).unwrap_err();
    assert!(matches!(error.kind, MaskErrorKind::Short { needed: 5, held: 4, .. }), "{error}");
    assert!(compile(ValueType::Int4, pick(&["1", "two"])).is_err());
    assert!(compile(ValueType::Int4, pick(&["1"])).is_err());
    assert!(compile(ValueType::Enum(vec!["alone".to_owned()]), spec(MaskKind::RandomEnum)).is_err());
}
