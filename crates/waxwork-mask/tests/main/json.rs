//! JSON documents: the bytes between leaves stay, the path that ends nearest to a leaf decides.

use crate::fixture::{Fixture, TEXT, keyring, mask, shown, spec, text, varchar};
use waxwork_copy::{Value, Wire, encode};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{JsonAction, JsonSpec, KeyForm, MaskSpec};
use waxwork_mask::field_type;

fn constant(value: &str) -> JsonAction {
    JsonAction::Mask(Box::new(spec(MaskKind::Constant).with("value", Setting::Text(value.to_owned()))))
}

fn json(paths: &[(&str, JsonAction)], rest: JsonAction) -> MaskSpec {
    let paths = paths.iter().map(|(path, action)| ((*path).to_owned(), action.clone())).collect();
    MaskSpec { json: Some(JsonSpec { paths, kept_keys: vec![], rest }), ..spec(MaskKind::Json) }
}

fn masked(spec: MaskSpec, document: &str) -> String {
    let fixture = Fixture::one(ValueType::Json, spec);
    let row = vec![Some(Value::Json(document.as_bytes().to_vec().into()))];
    shown(&fixture.mask(&keyring(), Wire::Binary, &[row]).unwrap()[0][0])
}

/// What `paths` make of a document when all else is kept.
fn at(paths: &[(&str, JsonAction)], document: &str) -> String {
    masked(json(paths, JsonAction::Keep), document)
}

#[test]
fn bytes_that_no_path_names_stay() {
    let document =
        " { \"a\" :1.50e+2, \"a\":\t[ true,null , \"\\u0041\\/\" ] ,\"b\\\"c\": {},\"z\": -0.0 }\n";
    assert_eq!(at(&[("$.b", constant("X"))], document), document);
    assert_eq!(at(&[("$['b\"c'][0]", constant("X")), ("$.a.a", JsonAction::Null)], document), document);
}

#[test]
fn every_kind_of_step_leads_somewhere() {
    let x = || constant("X");
    for (path, document, expected) in [
        ("$", r#" "root" "#, r#" "X" "#),
        ("$.a", r#"{"a": "1", "b": "2"}"#, r#"{"a": "X", "b": "2"}"#),
        ("$.a", r#"{"a": "1", "a": "2"}"#, r#"{"a": "X", "a": "X"}"#),
        ("$.é", r#"{"\u00e9": "1", "e": "2"}"#, r#"{"\u00e9": "X", "e": "2"}"#),
        ("$['a b']", r#"{"a b": "1"}"#, r#"{"a b": "X"}"#),
        ("$[1]", r#"["1", "2", "3"]"#, r#"["1", "X", "3"]"#),
        ("$[*]", r#"["1", ["2"], {"a": "3"}]"#, r#"["X", ["X"], {"a": "X"}]"#),
        ("$[*].a", r#"["1", {"a": "2", "b": "3"}]"#, r#"["1", {"a": "X", "b": "3"}]"#),
        ("$.*", r#"{"a": "1", "b": ["2"]}"#, r#"{"a": "X", "b": ["X"]}"#),
        ("$.*.a", r#"{"a": "1", "b": {"a": "2"}}"#, r#"{"a": "1", "b": {"a": "X"}}"#),
        (
            "$..a",
            r#"{"b": [{"a": "1"}, {"c": {"a": "2"}}], "a": "3"}"#,
            r#"{"b": [{"a": "X"}, {"c": {"a": "X"}}], "a": "X"}"#,
        ),
        (
            "$..a.b",
            r#"{"a": {"a": {"b": "1"}, "b": "2"}, "b": "3"}"#,
            r#"{"a": {"a": {"b": "X"}, "b": "X"}, "b": "3"}"#,
        ),
        ("$.a", r#"["1"]"#, r#"["1"]"#),
        ("$[0]", r#"{"0": "1"}"#, r#"{"0": "1"}"#),
    ] {
        assert_eq!(at(&[(path, x())], document), expected, "{path}");
    }
}

#[test]
fn the_path_that_ends_nearest_decides_and_speaks_for_what_is_inside() {
    let document = r#"{"a": {"b": "1", "c": "2"}, "d": 3}"#;
    let x = || constant("X");
    let inside = r#"{"a": {"b": "1", "c": "X"}, "d": 3}"#;
    assert_eq!(at(&[("$.a.b", JsonAction::Keep), ("$.a", x())], document), inside);
    assert_eq!(at(&[("$.a", x()), ("$.a.b", JsonAction::Keep)], document), inside);
    let masked_inside = r#"{"a": {"b": "X", "c": "2"}, "d": 3}"#;
    assert_eq!(at(&[("$.a", JsonAction::Keep), ("$.a.b", x())], document), masked_inside);
    assert_eq!(
        masked(json(&[("$.a", JsonAction::Keep)], x()), document),
        r#"{"a": {"b": "1", "c": "2"}, "d": "X"}"#
    );
    assert_eq!(
        masked(json(&[("$.a", JsonAction::Keep)], JsonAction::Null), document),
        r#"{"a": {"b": "1", "c": "2"}, "d": null}"#
    );
}

#[test]
fn of_paths_that_end_at_one_place_the_exact_one_decides_then_one_that_masks_then_the_first() {
    let document = r#"{"a": {"mail": "1"}, "mail": "2"}"#;
    let (x, y, keep) = (constant("X"), constant("Y"), JsonAction::Keep);
    for paths in [
        [("$.a.*", keep.clone()), ("$..mail", x.clone())],
        [("$..mail", x.clone()), ("$.a.*", keep.clone())],
        [("$..mail", x.clone()), ("$.*.mail", y.clone())],
    ] {
        assert_eq!(at(&paths, document), r#"{"a": {"mail": "X"}, "mail": "X"}"#, "{paths:?}");
    }
    let exact = [("$..mail", x), ("$.a.mail", keep)];
    assert_eq!(at(&exact, document), r#"{"a": {"mail": "1"}, "mail": "X"}"#);
}

#[test]
fn references_to_kept_keys_stay_where_they_have_the_keys_form() {
    let check = |form, document: &str, expected: &str| {
        let paths = vec![("$.user".to_owned(), constant("X"))];
        let kept_keys = vec![("$.user.id".to_owned(), form)];
        let json = JsonSpec { paths, kept_keys, rest: JsonAction::Keep };
        let spec = MaskSpec { json: Some(json), ..spec(MaskKind::Json) };
        assert_eq!(masked(spec, document), expected, "{form:?}");
    };
    for form in [KeyForm::Integer, KeyForm::Any] {
        check(form, r#"{"user": {"id": 7, "at": 7}}"#, r#"{"user": {"id": 7, "at": "X"}}"#);
        check(form, r#"{"user": {"id": {"mail": "7"}}}"#, r#"{"user": {"id": {"mail": "X"}}}"#);
    }
    check(KeyForm::Integer, r#"{"user": {"id": "-7"}}"#, r#"{"user": {"id": "-7"}}"#);
    check(KeyForm::Integer, r#"{"user": {"id": "guest jane"}}"#, r#"{"user": {"id": "X"}}"#);
    let uuid = r#"{"user": {"id": "F47AC10B-58CC-4372-a567-0e02b2c3d479"}}"#;
    check(KeyForm::Uuid, uuid, uuid);
    check(KeyForm::Uuid, r#"{"user": {"id": "7"}}"#, r#"{"user": {"id": "X"}}"#);
}

/// What a column of that type and a JSON string under the same mask make of one value.
fn column_and_leaf(spec: &MaskSpec, value_type: ValueType, value: Value<'static>, text: &str) -> [String; 2] {
    let fixture = Fixture::one(value_type.clone(), spec.clone());
    let column = fixture.mask(&keyring(), Wire::Binary, &[vec![Some(value)]]).unwrap();
    let mut printed = Vec::new();
    encode(Wire::Text, &field_type(&value_type), column[0][0].as_ref().unwrap(), &mut printed).unwrap();
    let column = String::from_utf8(printed).unwrap();
    let leaf = JsonAction::Mask(Box::new(spec.clone()));
    let leaf: String = serde_json::from_str(&masked(json(&[], leaf), &format!("{text:?}"))).unwrap();
    [column, leaf]
}

#[test]
fn uuids_and_moments_in_json_agree_with_columns_of_their_own_type() {
    let uuid = *b"\xf4\x7a\xc1\x0b\x58\xcc\x43\x72\xa5\x67\x0e\x02\xb2\xc3\xd4\x79";
    let small = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
    let token = spec(MaskKind::Token);
    let [column, leaf] = column_and_leaf(&token, ValueType::Uuid, Value::Uuid(uuid), small);
    assert_eq!(column, leaf);
    let permute = MaskSpec { key_form: Some(KeyForm::Uuid), ..spec(MaskKind::Permute) };
    let capital = small.to_uppercase();
    let [column, leaf] = column_and_leaf(&permute, ValueType::Uuid, Value::Uuid(uuid), &capital);
    assert_eq!(column, leaf);

    // 2024-05-17 10:30:00.25, microseconds since 2000-01-01.
    let moment = Value::Timestamp((8903 * 86_400 + 37_800) * 1_000_000 + 250_000);
    let shift = spec(MaskKind::DateShift).with("days", Setting::Integer(4000));
    for text in ["2024-05-17T10:30:00.25", "2024-05-17 10:30:00.250Z", "2024-05-17T12:30:00.25+02:00"] {
        let [column, leaf] = column_and_leaf(&shift, ValueType::TimestampTz, moment.clone(), text);
        assert_eq!(column[..10], leaf[..10], "{text}");
    }
}

#[test]
fn null_takes_the_whole_value_with_its_keys() {
    let document = r#"{"by_email": {"a@b.c": [1, {"x": "\u005d}"}], "d@e.f": {}}, "e": [], "n": 1}"#;
    let null = || JsonAction::Null;
    assert_eq!(at(&[("$.by_email", null())], document), r#"{"by_email": null, "e": [], "n": 1}"#);
    assert_eq!(at(&[("$", null())], document), "null");
    let document = r#"{"a": {"b": 1, "c": [true, "2"]}, "d": []}"#;
    assert_eq!(at(&[("$.d", null())], document), r#"{"a": {"b": 1, "c": [true, "2"]}, "d": null}"#);
    // Keys can be data: a path into the value, or one that only might lead there, brings none of them out.
    for inside in ["$.a.b", "$..note"] {
        let paths = [(inside, constant("X")), ("$.a", null())];
        assert_eq!(at(&paths, document), r#"{"a": null, "d": []}"#);
    }
}

#[test]
fn leaves_agree_with_columns_whatever_their_spelling() {
    let email = JsonAction::Mask(Box::new(spec(MaskKind::Email)));
    let column = Fixture::one(TEXT, spec(MaskKind::Email));
    let column = shown(&column.mask(&keyring(), Wire::Binary, &[vec![text("zoë@corp.com")]]).unwrap()[0][0]);
    for spelling in ["zoë@corp.com", r"zo\u00eb@corp.com", r"zo\u00EB\u0040corp.com"] {
        let document = format!(r#"{{"email": "{spelling}"}}"#);
        assert_eq!(at(&[("$.email", email.clone())], &document), format!(r#"{{"email": "{column}"}}"#));
    }
}

#[test]
fn numbers_become_strings_or_stay_numbers_and_booleans_stay() {
    let document = r#"{"n": 42, "b": true, "z": null}"#;
    let name = JsonAction::Mask(Box::new(spec(MaskKind::LastName)));
    let named: serde_json::Value = serde_json::from_str(&masked(json(&[], name), document)).unwrap();
    assert!(named["n"].is_string() && named["b"] == true && named["z"].is_null());
    assert_eq!(masked(json(&[], constant("7")), document), r#"{"n": 7, "b": true, "z": null}"#);
    assert_eq!(masked(json(&[], constant("07")), document), r#"{"n": "07", "b": true, "z": null}"#);
    let noise = JsonAction::Mask(Box::new(spec(MaskKind::Noise)));
    let noisy: serde_json::Value = serde_json::from_str(&masked(json(&[], noise), document)).unwrap();
    assert!(noisy["n"].is_i64() && noisy["n"] != 42);
}

#[test]
fn results_are_escaped() {
    let document = r#"{"a": "x"}"#;
    for value in ["\"quoted\"", "back\\slash", "line\nbreak\u{1}", "ü"] {
        let masked: serde_json::Value =
            serde_json::from_str(&at(&[("$.a", constant(value))], document)).unwrap();
        assert_eq!(masked["a"], value);
    }
}

#[test]
fn what_is_no_json_never_passes() {
    let fixture = Fixture::new([
        (TEXT, mask(json(&[], JsonAction::Keep))),
        (varchar(20), mask(json(&[], constant("long enough to burst")))),
    ]);
    let good = r#"["a"]"#;
    let bad = [
        "call 555-0123",
        "{",
        "[1,]",
        "{\"a\":}",
        "{a:1}",
        "[1 2]",
        "'a'",
        "\"a",
        "nul",
        "01",
        "1 2",
        "[\"\u{1}\"]",
        r#"["\x"]"#,
        "]",
        r#"{"a" 1}"#,
        r#"{"a":1,}"#,
        "[1}",
        r#""\u12""#,
    ];
    for document in bad {
        let compiled = fixture.compile(&keyring(), Wire::Binary).unwrap();
        let batch = fixture.batch(Wire::Binary, &[vec![text(document), text(good)]]);
        let masked = compiled.apply(batch).unwrap();
        // The second column's result is too long for it.
        assert_eq!(masked.malformed_json(), 2, "{document}");
        let rows = fixture.read(masked);
        assert_eq!(
            (shown(&rows[0][0]), shown(&rows[0][1])),
            ("\"[redacted]\"".to_owned(), "\"[redacted]\"".to_owned())
        );
    }
}

#[test]
fn nesting_of_any_depth_is_read() {
    let depth = 200_000;
    let document = format!("{}\"x\"{}", "[".repeat(depth), "]".repeat(depth));
    let expected = format!("{}\"X\"{}", "[".repeat(depth), "]".repeat(depth));
    assert!(masked(json(&[], constant("X")), &document) == expected);
    let unclosed = "[".repeat(depth);
    assert_eq!(masked(json(&[], JsonAction::Keep), &unclosed), "\"[redacted]\"");
}

#[test]
fn redacted_documents_keep_nothing_and_other_masks_keep_the_shape() {
    let document = r#"{"secret": ["a", 1]}"#;
    assert_eq!(masked(spec(MaskKind::Redact), document), "\"[redacted]\"");
    assert_eq!(masked(spec(MaskKind::Redact), "\"[redacted]\""), "\"[removed]\"");
    let shaped: serde_json::Value = serde_json::from_str(&masked(spec(MaskKind::Shape), document)).unwrap();
    assert_eq!(shaped["secret"].as_array().unwrap().len(), 2);
}

#[test]
fn nothing_passes_beside_what_a_mask_reads() {
    let of = |kind| JsonAction::Mask(Box::new(spec(kind)));
    let secret = "jane@corp.io";
    let document = format!(
        r#"["1980-05-17 {secret}", "1980-05-17T10:00:00Z {secret}", "12 {secret}", "1e{secret}", "+49 {secret}", "8.8.8.8 {secret}", "10115 {secret}", "{secret}"]"#
    );
    for kind in [
        MaskKind::DateShift,
        MaskKind::Noise,
        MaskKind::Phone,
        MaskKind::Ip,
        MaskKind::Postcode,
        MaskKind::Shape,
        MaskKind::Email,
        MaskKind::Redact,
        MaskKind::Permute,
        MaskKind::Token,
    ] {
        let output = at(&[("$[*]", of(kind))], &document);
        assert!(!output.contains("jane") && !output.contains("corp.io"), "{kind:?}: {output}");
    }
}

#[test]
fn zeros_stay_under_noise_and_nothing_else_does() {
    let noise = JsonAction::Mask(Box::new(spec(MaskKind::Noise)));
    let output = at(&[("$[*]", noise)], r#"[0, "0.00", 0e9, "xxx", 1e4930123456, 0e4930123456]"#);
    assert_eq!(output, r#"[0, "0.00", 0e9, "yyy", "xxxxxxxxxxxx", "xxxxxxxxxxxx"]"#);
}
