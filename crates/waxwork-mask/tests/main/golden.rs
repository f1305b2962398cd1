//! Golden vectors: a committed table of key, domain, value and result. A line that changes re-pseudonymises everybody,
//! and takes a new `ALGORITHM_VERSION` or `DICTIONARY_VERSION` with it.

use crate::fixture::{Fixture, TEXT, spec, text as text_value, varchar};
use waxwork_copy::{Value, Wire, decode, encode};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Secret, Setting, alphabet_characters};
use waxwork_core::plan::{By, ByField, IntegerMap, JsonAction, JsonSpec, MaskSpec, TemplatePart};
use waxwork_mask::{ALGORITHM_VERSION, DICTIONARY_VERSION, Keyring, MaskKey, RowHash, field_type};

/// Type, mask, options, value and result, in text form.
const TABLE: &str = include_str!("golden.txt");

/// Key bytes 0 to 31.
fn keyring(realm: &str) -> Keyring {
    Keyring::new(&MaskKey::from_bytes(std::array::from_fn(|at| at as u8)), realm)
}

#[test]
fn the_table_holds() {
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [value_type, mask, options, value, expected] = columns[..] else { panic!("columns: {line}") };
        let found = masked(value_type, mask, options, value);
        seen.insert(mask);
        if found != expected {
            wrong.push(format!("{value_type} | {mask} | {options} | {value} | {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(seen.len(), MaskKind::COUNT - 1, "every mask but null has a line");
}

#[test]
fn row_hashes_and_versions_hold() {
    let hash = RowHash::new(&keyring(""), "public.customer");
    assert_eq!([hash.hash(b"1"), hash.hash(b"2")], [ROW_1, ROW_2]);
    assert_eq!((ALGORITHM_VERSION, DICTIONARY_VERSION), (2, "fake-5.1.0"));
}

const ROW_1: u64 = 10_430_816_195_094_551_020;
const ROW_2: u64 = 8_698_639_675_220_730_095;

fn masked(value_type: &str, mask: &str, options: &str, value: &str) -> String {
    let value_type = match value_type {
        "text" => TEXT,
        "int4" => ValueType::Int4,
        "numeric" => ValueType::Numeric(None),
        "float8" => ValueType::Float8,
        "bool" => ValueType::Bool,
        "enum" => ValueType::Enum(["ok", "so so", "gone"].map(str::to_owned).to_vec()),
        "date" => ValueType::Date,
        "timestamp" => ValueType::Timestamp,
        "time" => ValueType::Time,
        "interval" => ValueType::Interval,
        "uuid" => ValueType::Uuid,
        "bytea" => ValueType::Bytea,
        "inet" => ValueType::Inet,
        "jsonb" => ValueType::Jsonb,
        "int4range" => ValueType::Range(Box::new(ValueType::Int4)),
        "daterange" => ValueType::Range(Box::new(ValueType::Date)),
        "datemultirange" => ValueType::Multirange(Box::new(ValueType::Date)),
        other => varchar(other.strip_prefix("varchar").unwrap().parse().unwrap()),
    };
    let mut spec = MaskSpec { integers: Some(INTEGERS), ..spec(MaskKind::from_name(mask).unwrap()) };
    if value_type == TEXT || matches!(value_type, ValueType::Text(_)) {
        spec.integers = None;
    }
    let mut realm = String::new();
    let mut by = None;
    for option in options.split_whitespace() {
        match option.split_once('=').unwrap_or((option, "")) {
            ("injective", _) => spec.injective = true,
            ("locale", locale) => spec.options.set("locale", Setting::Text(locale.to_owned())),
            ("prefix", prefix) => spec.options.set("prefix", Setting::Text(prefix.to_owned())),
            ("alphabet", alphabet) => {
                let characters = Setting::Text(alphabet_characters(alphabet).to_owned());
                spec.options.set("alphabet", characters);
            }
            ("domain", domain) => spec.domain = domain.to_owned(),
            ("value", value) => spec.options.set("value", Setting::Text(value.to_owned())),
            ("values", values) => {
                let values = values.split(',').map(str::to_owned).collect();
                spec.options.set("values", Setting::Texts(values));
            }
            ("weights", weights) => {
                let weights = weights.split(',').map(|weight| weight.split_once(':').unwrap());
                let weights = weights.map(|(text, weight)| (text.to_owned(), weight.parse().unwrap()));
                spec.options.set("weights", Setting::Weights(weights.collect()));
            }
            ("to", to) => {
                let number = to.parse().map(Setting::Number);
                spec.options.set("to", number.unwrap_or_else(|_| Setting::Text(to.to_owned())));
            }
            ("from", day) => spec.options.set("from", Setting::Text(day.to_owned())),
            ("on", day) => spec.options.set("on", Setting::Text(day.to_owned())),
            ("range", range) => {
                let (low, high) = range.split_once(',').unwrap();
                spec.options.set("range", Setting::Pair(low.parse().unwrap(), high.parse().unwrap()));
            }
            ("time", word) => spec.options.set("time", Setting::Text(word.to_owned())),
            ("sample", values) => {
                spec.common = values.split(',').map(|value| (value.to_owned(), 10)).collect();
            }
            ("born_from", year) => spec.options.set("born_from", Setting::Integer(year.parse().unwrap())),
            ("country", country) => spec.options.set("country", Setting::Text(country.to_owned())),
            // The value of a field beside it.
            ("by", value) => {
                by = text_value(value);
                spec.by = Some(By { field: ByField::Context(0), root: "public.customer(id)".to_owned() });
                let entity = spec.kind.info().entity;
                spec.identity = entity.map(|entity| entity.name().to_owned());
            }
            ("template", text) => spec.template = vec![TemplatePart::Text(text.to_owned())],
            ("reserved", flag) => spec.options.set("reserved", Setting::Flag(flag == "true")),
            ("realm", name) => name.clone_into(&mut realm),
            ("password", stated) => {
                let secret = Secret::stated(stated.to_owned());
                spec.options.set("password", Setting::Secret(secret));
            }
            ("rest", rest) => {
                let rest =
                    JsonAction::Mask(Box::new(crate::fixture::spec(MaskKind::from_name(rest).unwrap())));
                spec.json = Some(JsonSpec {
                    paths: vec![("$.kept".to_owned(), JsonAction::Keep)],
                    kept_keys: vec![],
                    rest,
                });
            }
            other => panic!("option {other:?}"),
        }
    }
    through(&keyring(&realm), &value_type, spec, value, by)
}

const INTEGERS: IntegerMap =
    IntegerMap { from: (-65_536, 2_130_640_895), range: (16_777_216, 2_147_483_647) };

/// A value in text form through a mask and back.
fn through(
    keyring: &Keyring,
    value_type: &ValueType,
    spec: MaskSpec,
    value: &str,
    by: Option<Value<'static>>,
) -> String {
    let kind = field_type(value_type);
    let mut scratch = Vec::new();
    let value = decode(Wire::Text, &kind, value.as_bytes(), &mut scratch).unwrap().into_owned();
    let mut fixture = Fixture::one(value_type.clone(), spec);
    fixture.context = vec![TEXT];
    let masked = fixture.mask(keyring, Wire::Binary, &[vec![Some(value), by]]).unwrap();
    let mut out = Vec::new();
    encode(Wire::Text, &kind, masked[0][0].as_ref().unwrap_or(&Value::Bool(false)), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
