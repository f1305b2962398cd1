//! What every mask promises of every value, column and way to run it.

use super::{Case, Row, Variant, cases, keyring};
use crate::pg::{DECLARED, Datum, Declared, TYPES, hstore_pairs};
use std::collections::BTreeSet;
use waxwork_copy::Wire;
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{LOCALES, MASKS, MaskInfo, MaskKind, TypeClass, Unique};
use waxwork_mask::MaskErrorKind;

/// Holds every case against a law; all that break it are named.
#[track_caller]
fn all_obey(law: impl Fn(&Case) -> Result<(), String>) {
    let broken: BTreeSet<String> = cases().iter().filter_map(|case| law(case).err()).collect();
    let shown: Vec<&String> = broken.iter().take(40).collect();
    assert!(broken.is_empty(), "{} cases:\n{shown:#?}", broken.len());
}

#[test]
fn every_mask_holds_every_type_that_it_says_and_takes_every_example() {
    let mut missing = Vec::new();
    for info in MASKS.iter().filter(|info| info.kind != MaskKind::Null) {
        let of_mask: Vec<&Case> = cases().iter().filter(|case| case.info.kind == info.kind).collect();
        for class in info.holds {
            for is_array in [false, true] {
                let holds = |case: &&Case| {
                    TypeClass::of(&case.value_type()) == *class && case.column.is_array == is_array
                };
                let expected = !is_array || info.kind.masks_elements();
                if of_mask.iter().any(holds) != expected {
                    missing.push(format!("{}: array {is_array}: {class:?} is not {expected}", info.name));
                }
            }
        }
        for example in info.examples {
            if !of_mask.iter().any(|case| case.example == *example) {
                missing.push(format!(
                    "{}: no type takes {{ {example} }}: {}",
                    info.name,
                    first_refusal(info.kind, example)
                ));
            }
        }
        let is_unique = of_mask.iter().any(|case| case.variant == Variant::Unique);
        if is_unique != (info.unique != Unique::No) {
            missing.push(format!("{}: unique is {:?}, and that is not so", info.name, info.unique));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn first_refusal(kind: MaskKind, example: &'static str) -> String {
    let compile = |name: &str| Case::compile(kind.info(), example, Declared::parse(name), Variant::Plain);
    DECLARED.iter().find_map(|name| compile(name).err()).unwrap_or_default()
}

/// The name under which [`crate::pg`] has values of a type.
fn pg_name(value_type: &ValueType) -> &'static str {
    match value_type {
        ValueType::Bool => "bool",
        ValueType::Int2 => "int2",
        ValueType::Int4 => "int4",
        ValueType::Int8 => "int8",
        ValueType::Float4 => "float4",
        ValueType::Float8 => "float8",
        ValueType::Numeric(_) => "numeric",
        ValueType::Text(_) => "text",
        ValueType::Date => "date",
        ValueType::Time => "time",
        ValueType::Timestamp => "timestamp",
        ValueType::TimestampTz => "timestamptz",
        ValueType::Interval => "interval",
        ValueType::Uuid => "uuid",
        ValueType::Bytea => "bytea",
        ValueType::Json => "json",
        ValueType::Jsonb => "jsonb",
        ValueType::Inet => "inet",
        ValueType::Cidr => "cidr",
        ValueType::Enum(_) => "mood",
        ValueType::Array { element, .. } => pg_name(element),
        ValueType::Hstore => "hstore",
        ValueType::Range(bound) => match **bound {
            ValueType::Int4 => "int4range",
            ValueType::Int8 => "int8range",
            ValueType::Numeric(_) => "numrange",
            ValueType::Date => "daterange",
            ValueType::Timestamp => "tsrange",
            _ => "tstzrange",
        },
        ValueType::Multirange(bound) => match **bound {
            ValueType::Int4 => "int4multirange",
            ValueType::Int8 => "int8multirange",
            ValueType::Numeric(_) => "nummultirange",
            ValueType::Date => "datemultirange",
            ValueType::Timestamp => "tsmultirange",
            _ => "tstzmultirange",
        },
        ValueType::Other(_) => "point",
    }
}

#[test]
fn every_type_has_values() {
    let mut seen = BTreeSet::new();
    for case in cases().iter().filter(|case| case.info.kind == MaskKind::Constant) {
        seen.insert(pg_name(&case.value_type()));
    }
    let classes: BTreeSet<String> =
        cases().iter().map(|case| format!("{:?}", TypeClass::of(&case.value_type()))).collect();
    assert_eq!(classes, TypeClass::ALL.iter().map(|class| format!("{class:?}")).collect());
    let texts = ["varchar", "bpchar", "citext", "name"];
    assert_eq!(seen, TYPES.iter().map(|known| known.name).filter(|name| !texts.contains(name)).collect());
    assert!(DECLARED.iter().all(|name| Declared::parse(name).corpus().len() >= 2));
}

#[test]
fn results_are_of_the_type_and_null_stays_unless_the_rule_says_so() {
    all_obey(|case| {
        let rows = case.rows();
        let some = rows.iter().filter(|row| row.value.is_some()).count();
        if some < if case.info.stops_at.is_empty() { 2 } else { 1 } {
            return Err(format!("{case}: it takes {some} of the values"));
        }
        for wire in case.wires() {
            let masked = case.run("", *wire, &rows)?;
            let masks_null = case.variant == Variant::Nulls;
            for (row, masked) in rows.iter().zip(&masked) {
                if masked.is_none() != (row.value.is_none() && !masks_null) {
                    return Err(format!("{case}: {:?} became {masked:?}", row.value));
                }
                shape_stays(case, row, masked.as_ref())?;
            }
        }
        Ok(())
    });
}

/// Arrays keep their bounds and NULLs, empty texts stay empty.
fn shape_stays(case: &Case, row: &Row, masked: Option<&Datum>) -> Result<(), String> {
    let (Some(value), Some(masked), false) = (&row.value, masked, case.info.kind.states_values()) else {
        return Ok(());
    };
    let stays = match (value, masked) {
        (Datum::Array(value), Datum::Array(masked)) => {
            value.dimensions == masked.dimensions
                && value
                    .elements
                    .iter()
                    .zip(&masked.elements)
                    .all(|(value, masked)| value.is_none() == masked.is_none())
        }
        _ => true,
    };
    let texts = value.scalars().into_iter().zip(masked.scalars());
    let is_text = TypeClass::of(&case.value_type()) == TypeClass::Text && case.info.kind != MaskKind::Json;
    for (value, masked) in texts.filter(|_| is_text) {
        if value.is_empty() != masked.is_empty() {
            return Err(format!("{case}: {value:?} became {masked:?}"));
        }
    }
    if stays { Ok(()) } else { Err(format!("{case}: {value:?} became {masked:?}")) }
}

#[test]
fn both_wires_agree() {
    all_obey(|case| {
        let rows = case.rows();
        let [first, others @ ..] = case.wires() else { return Ok(()) };
        let expected = case.run("", *first, &rows)?;
        for wire in others {
            let found = case.run("", *wire, &rows)?;
            let differs =
                expected.iter().zip(&found).zip(&rows).find(|((expected, found), _)| expected != found);
            if let Some(((binary, text), row)) = differs {
                return Err(format!("{case}: {:?} is {binary:?} in binary and {text:?} in text", row.value));
            }
        }
        Ok(())
    });
}

#[test]
fn no_value_is_given_back_but_what_the_registry_excepts() {
    all_obey(|case| {
        let rows = case.rows();
        let masked = case.run("", Wire::Text, &rows)?;
        let mut changed = 0;
        for (row, masked) in rows.iter().zip(&masked) {
            let (Some(value), Some(masked)) = (&row.value, masked) else { continue };
            changed += usize::from(value != masked);
            if let Some(kept) = kept(case, value, masked) {
                return Err(format!("{case}: gives back {kept:?}"));
            }
        }
        if changed == 0 { Err(format!("{case}: changes nothing")) } else { Ok(()) }
    });
}

/// What came back and may not: an element, a leaf, or the whole value where masks replace it whole.
fn kept(case: &Case, value: &Datum, masked: &Datum) -> Option<String> {
    if case.info.kind.states_values() && case.column.is_array {
        let may_stay = value.scalars().iter().all(|scalar| case.may_stay(scalar));
        return (value == masked && !may_stay).then(|| value.to_string());
    }
    if case.column.base.name == "hstore" && case.info.kind == MaskKind::Json {
        return kept_pair(value, masked);
    }
    let pairs = value.scalars().into_iter().zip(masked.scalars());
    pairs.into_iter().find_map(|(value, masked)| kept_leaf(case, value, masked))
}

/// A value of an hstore that came back, under a mask of all values; or a key that did not.
fn kept_pair(value: &Datum, masked: &Datum) -> Option<String> {
    let pairs = |datum: &Datum| -> Vec<_> {
        datum.scalars().into_iter().flat_map(|text| hstore_pairs(text).unwrap()).collect()
    };
    let (before, after) = (pairs(value), pairs(masked));
    assert_eq!(before.len(), after.len());
    before.into_iter().zip(after).find_map(|((key, value), (same_key, masked))| {
        assert!(key == same_key && value.is_none() == masked.is_none());
        (value == masked).then_some(value?).filter(|value| !value.is_empty())
    })
}

/// A value that came back and may not; of a document, a leaf.
fn kept_leaf(case: &Case, value: &str, masked: &str) -> Option<String> {
    let is_document = case.column.base.name.starts_with("json") || case.info.kind == MaskKind::Json;
    let documents = [value, masked].map(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let ([Some(value), Some(masked)], true) = (documents, is_document) else {
        return (value == masked && !case.may_stay(value)).then(|| value.to_owned());
    };
    let (mut pairs, mut stack) = (Vec::new(), vec![(&value, &masked)]);
    while let Some(pair) = stack.pop() {
        match pair {
            (serde_json::Value::Array(left), serde_json::Value::Array(right)) => {
                stack.extend(left.iter().zip(right));
            }
            (serde_json::Value::Object(left), serde_json::Value::Object(right)) => {
                stack.extend(left.values().zip(right.values()));
            }
            (left, right) => pairs.push((leaf(left), leaf(right))),
        }
    }
    let kept = pairs.into_iter().find(|(left, right)| left.is_some() && left == right);
    kept.and_then(|(leaf, _)| leaf).filter(|leaf| !case.may_stay(leaf))
}

/// A string's characters, a number's digits.
fn leaf(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        // Beyond 2^53 two numbers may be one to this reader.
        serde_json::Value::Number(number) => {
            number.as_f64().filter(|size| size.abs() < 9e15).map(|_| number.to_string())
        }
        _ => None,
    }
}

#[test]
fn a_result_depends_on_nothing_but_its_row() {
    all_obey(|case| {
        let rows = case.rows();
        for wire in case.wires() {
            let mask = case.mask(&keyring(""), *wire).unwrap();
            let expected = case.apply(&mask, *wire, &rows)?;
            let backwards: Vec<Row> = rows.iter().rev().cloned().collect();
            let mut backwards = case.run("", *wire, &backwards)?;
            backwards.reverse();
            // Small batches, on four threads at once.
            let threads = std::thread::scope(|scope| {
                let parts = rows.chunks(rows.len().div_ceil(4)).map(|rows| {
                    let (mask, case) = (&mask, &case);
                    scope.spawn(move || {
                        rows.chunks(7).map(|row| case.apply(mask, *wire, row)).collect::<Vec<_>>()
                    })
                });
                let parts: Vec<_> = parts.collect();
                parts.into_iter().flat_map(|part| part.join().unwrap()).collect::<Vec<_>>()
            });
            let threads = threads.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
            if backwards != expected || threads != expected {
                return Err(format!("{case}: order, batches or threads matter"));
            }
        }
        Ok(())
    });
}

#[test]
fn equal_values_get_equal_results_and_by_decides_where_it_is_given() {
    all_obey(|case| {
        let rows = case.rows();
        let moved: Vec<Row> = rows.iter().map(|row| Row { id: row.id + 1_000, ..row.clone() }).collect();
        let [here, there] = [&rows, &moved].map(|rows| case.run("", Wire::Text, rows));
        let same = here? == there?;
        // What is unique depends on the value alone: a reference cannot know what its key was masked by.
        let may_agree = case.variant == Variant::Unique || case.info.kind.is_keyed_in_part();
        match case.reads_others() {
            true if case.info.keyed && same && !may_agree => Err(format!("{case}: by does nothing")),
            false if !same => Err(format!("{case}: another column matters")),
            _ => Ok(()),
        }
    });
}

#[test]
fn another_realm_gives_other_results_where_the_key_is_used() {
    all_obey(|case| {
        let rows = case.rows();
        let in_part = case.info.kind.is_keyed_in_part();
        let is_keyed = case.info.keyed && case.variant != Variant::Leaf && !in_part;
        let [mine, theirs] = ["", "staging"].map(|realm| case.run(realm, Wire::Text, &rows));
        let same = mine? == theirs?;
        match (is_keyed, case.variant) {
            (true, _) if same => Err(format!("{case}: the realm does not matter")),
            (false, Variant::Plain)
                if !case.info.keyed && !in_part && !same && case.info.kind != MaskKind::Json =>
            {
                Err(format!("{case}: the realm matters, and the registry says that no key is used"))
            }
            _ => Ok(()),
        }
    });
}

#[test]
fn results_fit_narrow_columns_or_the_mask_says_what_it_needs() {
    let mut broken = BTreeSet::new();
    let holds_text = MASKS.iter().filter(|info| info.holds.contains(&TypeClass::Text));
    for info in holds_text.filter(|info| info.kind != MaskKind::Null) {
        for chars in 1..=40 {
            let column = Declared::parse(&format!("varchar({chars})"));
            for example in info.examples.iter().flat_map(|example| in_locales(info, example, chars)) {
                for variant in [Variant::Plain, Variant::Unique] {
                    // What the plan refuses is refused before the run.
                    let Ok(case) = Case::compile(info, example, column.clone(), variant) else { continue };
                    broken.extend(fits(&case, chars).err());
                }
            }
        }
    }
    let shown: Vec<&String> = broken.iter().take(40).collect();
    assert!(broken.is_empty(), "{} cases:\n{shown:#?}", broken.len());
}

/// The example itself, and on some columns with each locale.
fn in_locales(info: &MaskInfo, example: &'static str, chars: u32) -> Vec<&'static str> {
    let has_locale = info.options.iter().any(|(name, _)| *name == "locale");
    if !has_locale || ![1, 4, 9, 16, 30].contains(&chars) {
        return vec![example];
    }
    let comma = if example.is_empty() { "" } else { ", " };
    LOCALES.iter().map(|locale| &*format!("{example}{comma}locale = {locale:?}").leak()).collect()
}

fn fits(case: &Case, chars: u32) -> Result<(), String> {
    let compiled = case.mask(&keyring(""), Wire::Binary);
    let may_be_short = case.variant == Variant::Unique || !case.info.fits_by_itself;
    match compiled.map_err(|error| error.kind) {
        Err(MaskErrorKind::Short { needed, .. }) if needed > chars && may_be_short => return Ok(()),
        Err(error) => return Err(format!("{case}: {error}")),
        Ok(_) => {}
    }
    let rows = case.rows();
    let masked = case.run("", Wire::Binary, &rows)?;
    for (row, masked) in rows.iter().zip(&masked) {
        if let (Some(value), Some(masked)) = (&row.value, masked)
            && let Some(kept) = kept(case, value, masked)
        {
            return Err(format!("{case}: gives back {kept:?}"));
        }
    }
    let distinct = |values: Vec<&Option<Datum>>| values.into_iter().collect::<BTreeSet<_>>().len();
    let (before, after) =
        (distinct(rows.iter().map(|row| &row.value).collect()), distinct(masked.iter().collect()));
    if case.variant == Variant::Unique && after < before {
        return Err(format!("{case}: {before} values became {after}"));
    }
    Ok(())
}

impl Case {
    pub(crate) fn value_type(&self) -> ValueType {
        self.plan.tables[0].columns[2].value_type.clone()
    }
}
