//! hstore: values masked by key; keys, order and what no rule names stay.

use crate::fixture::{Fixture, Row, WIRES, keyring, spec};
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{JsonAction, JsonSpec, MaskSpec};

type Pair = (&'static str, Option<&'static str>);

fn hstore(pairs: &[Pair]) -> Value<'static> {
    let bytes = |text: &'static str| text.as_bytes().into();
    Value::Hstore(pairs.iter().map(|(key, value)| (bytes(key), value.map(bytes))).collect())
}

fn rules(paths: &[(&str, JsonAction)], rest: JsonAction) -> MaskSpec {
    let paths = paths.iter().map(|(path, action)| ((*path).to_owned(), action.clone())).collect();
    let json = JsonSpec { paths, kept_keys: Vec::new(), rest };
    MaskSpec { json: Some(json), ..spec(MaskKind::Json) }
}

fn mask(kind: MaskKind) -> JsonAction {
    JsonAction::Mask(Box::new(spec(kind)))
}

/// The values of the masked pairs, whose keys are those of before on both wires.
fn masked(spec: &MaskSpec, pairs: &[Pair]) -> Vec<Option<String>> {
    let fixture = Fixture::one(ValueType::Hstore, spec.clone());
    let rows: Vec<Row> = vec![vec![Some(hstore(pairs))]];
    let [binary, text] = WIRES.map(|wire| fixture.mask(&keyring(), wire, &rows).unwrap());
    assert!(binary == text);
    let Some(Value::Hstore(masked)) = &binary[0][0] else { panic!("no hstore") };
    assert!(masked.iter().map(|(key, _)| &key[..]).eq(pairs.iter().map(|(key, _)| key.as_bytes())));
    let string = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
    masked.iter().map(|(_, value)| value.as_ref().map(|value| string(value))).collect()
}

#[test]
fn a_path_names_a_key_and_the_rest_has_a_rule_of_its_own() {
    let spec = rules(
        &[
            ("$.email", mask(MaskKind::Email)),
            ("$['work email']", mask(MaskKind::Email)),
            ("$.note", JsonAction::Null),
            ("$..city", mask(MaskKind::Redact)),
        ],
        JsonAction::Keep,
    );
    let pairs = [
        ("email", Some("anna@corp.com")),
        ("work email", Some("anna@corp.com")),
        ("note", Some("ill")),
        ("city", Some("Oxford")),
        ("colour", Some("\"red\", \\ =>")),
        ("Email", Some("kept: keys are told by case")),
        ("phone", None),
    ];
    let after = masked(&spec, &pairs);
    assert!(after[0].as_ref().unwrap().contains("@example."));
    assert_eq!(after[0], after[1]);
    assert_eq!((&after[2], after[3].as_deref()), (&None, Some("[redacted]")));
    assert!(after[4..].iter().map(Option::as_deref).eq(pairs[4..].iter().map(|(_, value)| *value)));
}

#[test]
fn the_path_that_names_a_key_stands_before_the_one_for_any() {
    let spec =
        rules(&[("$.*", mask(MaskKind::Redact)), ("$.colour", JsonAction::Keep)], mask(MaskKind::Shape));
    let after = masked(&spec, &[("colour", Some("red")), ("name", Some("Anna")), ("empty", Some(""))]);
    assert_eq!(
        after.iter().map(Option::as_deref).collect::<Vec<_>>(),
        [Some("red"), Some("[redacted]"), Some("")]
    );
}

#[test]
fn a_path_that_leads_nowhere_is_refused() {
    for path in ["$", "$.a.b", "$[0]", "$[*]", "$..a.b"] {
        let spec = rules(&[(path, mask(MaskKind::Email))], JsonAction::Keep);
        let error = Fixture::one(ValueType::Hstore, spec).compile(&keyring(), Wire::Text).err().unwrap();
        assert!(error.to_string().contains("one key"), "{error}");
    }
}

#[test]
fn a_constant_is_in_the_order_of_the_server_and_has_each_key_once() {
    let of = |text: &str| {
        let spec = spec(MaskKind::Constant).with("value", Setting::Text(text.to_owned()));
        let fixture = Fixture::one(ValueType::Hstore, spec);
        fixture
            .mask(&keyring(), Wire::Binary, &[vec![Some(hstore(&[("a", None)]))]])
            .map(|rows| rows[0][0].clone())
    };
    assert!(of("bb=>1, c=>NULL").unwrap() == Some(hstore(&[("c", None), ("bb", Some("1"))])));
    for wrong in ["a", "a=>1, a=>2"] {
        let error = of(wrong).err().unwrap().to_string();
        assert!(error.contains("not of the type"), "{error}");
    }
}

#[test]
fn a_damaged_hstore_stops_the_run_and_shows_nothing() {
    let fixture = Fixture::one(ValueType::Hstore, rules(&[], mask(MaskKind::Redact)));
    let opaque = Fixture::one(crate::fixture::TEXT, spec(MaskKind::Redact));
    let batch = opaque.batch(Wire::Text, &[vec![crate::fixture::text("secret=>")]]);
    let error = fixture.compile(&keyring(), Wire::Text).unwrap().apply(batch).err().unwrap();
    let said = format!("{error} {error:?}");
    assert!(said.contains("hstore") && !said.contains("secret"), "{said}");
}
