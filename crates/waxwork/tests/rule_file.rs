//! What a rule file by hand promises: read by the grammar of DESIGN section 5, for the judge.

use toml::{Table, Value};
use waxwork_fixtures::judge::{Expectation, Mask, Schema, Treatment};

/// The expectation of a complete rule file on a database of that shape.
pub(crate) fn expectation(rules: &str, schema: &Schema) -> Expectation {
    let rules: Table = rules.parse().unwrap();
    let mut expectation = Expectation::default();
    for (key, settings) in rules["table"].as_table().unwrap() {
        let table = if is_qualified(key) { key.clone() } else { format!("public.{key}") };
        assert!(schema.tables.contains_key(&table), "no table {table}");
        for (column, rule) in settings.as_table().unwrap() {
            if column == "rows" && rule.is_str() {
                continue;
            }
            let injective = schema.needs_injection(&table, column);
            expectation
                .columns
                .insert((table.clone(), column.clone()), treatment(rule, &table, column, injective));
        }
    }
    for (name, table) in schema.roots() {
        for column in table.columns.iter().filter(|column| !column.generated) {
            let place = (name.clone(), column.name.clone());
            if !expectation.columns.contains_key(&place)
                && let Some(followed) = followed(schema, &expectation, &place, 8)
            {
                expectation.columns.insert(place, followed);
            }
        }
    }
    expectation.spread_injection();
    expectation
}

/// Whether a name has a schema before its table: a dot outside of quotes.
fn is_qualified(name: &str) -> bool {
    let mut quoted = false;
    name.chars().any(|character| {
        quoted ^= character == '"';
        character == '.' && !quoted
    })
}

fn treatment(rule: &Value, table: &str, column: &str, injective: bool) -> Treatment {
    if rule.get("derive").is_some() {
        return Treatment::Unjudged;
    }
    let name = rule.as_str().or_else(|| rule.get("mask")?.as_str());
    let Some(name) = name else { return Treatment::Keep };
    if name == "null" {
        return Treatment::Null;
    }
    let mut mask = Mask { injective, ..Mask::named(name) };
    mask.root = (name == "id.permute").then(|| format!("{table}({column})"));
    for (option, value) in rule.as_table().into_iter().flatten() {
        match (option.as_str(), value) {
            ("mask", _) => {}
            ("paths", Value::Table(paths)) => {
                let paths =
                    paths.iter().map(|(path, mask)| (path.clone(), mask.as_str().unwrap().to_owned()));
                mask.paths = paths.collect();
            }
            ("rest", Value::String(rest)) => mask.rest = Some(rest.clone()),
            _ => mask.options.push((option.clone(), value.to_string())),
        }
    }
    Treatment::Masked(mask)
}

/// What the key has that a column without a rule points at, maybe over several references.
fn followed(schema: &Schema, known: &Expectation, place: &(String, String), depth: u32) -> Option<Treatment> {
    if let Some(treatment) = known.columns.get(place) {
        return Some(treatment.clone());
    }
    let root = |table: &String| schema.tables[table].root.clone();
    schema.foreign_keys.iter().filter(|key| depth > 0 && root(&key.child) == place.0).find_map(|key| {
        let (_, parent) = key.columns.iter().find(|(child, _)| *child == place.1)?;
        followed(schema, known, &(root(&key.parent), parent.clone()), depth - 1)
    })
}
