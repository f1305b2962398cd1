//! Unique columns: distinct values get distinct results, and permutations are onto.

use super::{Case, Row, Variant, cases};
use crate::pg::{self, Datum, Declared};
use std::collections::{BTreeMap, BTreeSet};
use waxwork_copy::Wire;
use waxwork_core::masks::{MaskKind, Unique};

#[test]
fn distinct_values_of_unique_columns_stay_distinct() {
    let mut broken = Vec::new();
    for case in cases().iter().filter(|case| case.variant == Variant::Unique && !case.column.is_array) {
        let mut values: BTreeSet<String> = case.column.corpus().into_iter().collect();
        let more = pg::random(case.column.form(), 400).into_iter().chain(variations(case.info.sample, 400));
        values.extend(more.filter(|text| case.column.fits(text)));
        let values: BTreeSet<String> = values.into_iter().map(|text| key(&case.column, text)).collect();
        let values = case.taken(values.into_iter().collect());
        let rows: Vec<Row> =
            values.into_iter().map(|value| Row { id: 1, value: Some(Datum::Scalar(value)) }).collect();
        let masked = case.run("", Wire::Binary, &rows).unwrap();
        // A code is in small letters, so that it tells values apart under lower, upper and trim as well.
        let is_code = matches!(case.info.unique, Unique::Code(_)) && case.column.form() == pg::Form::Text;
        let folded = |text: &str| if is_code { text.trim().to_lowercase() } else { text.to_owned() };
        let mut seen = BTreeMap::new();
        for (row, masked) in rows.iter().zip(&masked) {
            let (Some(value), Some(Datum::Scalar(masked))) = (&row.value, masked) else { continue };
            if let Some(other) = seen.insert(folded(masked), value) {
                broken.push(format!("{case}: {value:?} and {other:?} became {masked:?}"));
                break;
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The form that the source brings a key to before it is masked: equal keys are equal texts.
fn key(column: &Declared, text: String) -> String {
    let text = column.normal(text);
    match column.base.name {
        "numeric" if text.contains('.') => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        "citext" => text.to_lowercase(),
        _ => text,
    }
}

/// A value with its letters and digits exchanged for others of their class.
fn variations(sample: &str, count: usize) -> Vec<String> {
    let mut state = 1u64;
    let mut next = |ends: (u8, u8)| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ends.0 + ((state >> 33) % u64::from(ends.1 - ends.0 + 1)) as u8)
    };
    let mut exchanged = |character: char| match character {
        '0'..='9' => next((b'0', b'9')),
        'a'..='z' => next((b'a', b'z')),
        'A'..='Z' => next((b'A', b'Z')),
        other => other,
    };
    (0..count).map(|_| sample.chars().map(&mut exchanged).collect()).collect()
}

/// The images of values, all of which the mask takes.
fn images(kind: MaskKind, example: &'static str, column: &str, values: &[String]) -> Vec<String> {
    let case = Case::compile(kind.info(), example, Declared::parse(column), Variant::Unique).unwrap();
    let rows: Vec<Row> =
        values.iter().map(|text| Row { id: 1, value: Some(Datum::Scalar(text.clone())) }).collect();
    let masked = case.run("", Wire::Binary, &rows).unwrap();
    masked.iter().map(|value| value.as_ref().unwrap().scalars()[0].to_owned()).collect()
}

fn distinct(values: &[String]) -> BTreeSet<&String> {
    values.iter().collect()
}

#[test]
fn every_string_of_a_small_alphabet_is_the_image_of_one() {
    for (alphabet, length) in [("digits", 4), ("hex", 3), ("lower", 2), ("alnum", 2), ("01", 10), ("xyz", 1)]
    {
        let characters: Vec<char> = waxwork_core::masks::alphabet_characters(alphabet).chars().collect();
        let count = characters.len().pow(length);
        let digit = |at: usize, place: u32| characters[at / characters.len().pow(place) % characters.len()];
        let all: Vec<String> =
            (0..count).map(|at| (0..length).map(|place| digit(at, place)).collect()).collect();
        let example = format!("alphabet = {alphabet:?}").leak();
        assert_eq!(distinct(&images(MaskKind::Permute, example, "text", &all)), distinct(&all), "{alphabet}");
    }
}

#[test]
fn every_integer_of_a_range_is_the_image_of_one() {
    for (column, example, from, range) in [
        ("int2", "", -64..=31_678, 1_025..=32_767),
        ("int4", "from = [0, 9999], range = [20000, 29999]", 0..=9_999, 20_000..=29_999),
        ("int8", "from = [-5, 1], range = [100, 106]", -5..=1, 100..=106),
        ("numeric(6,0)", "from = [1, 2000], range = [5001, 7000]", 1..=2_000, 5_001..=7_000),
    ] {
        let text =
            |numbers: std::ops::RangeInclusive<i64>| numbers.map(|number| number.to_string()).collect();
        let (from, range): (Vec<String>, Vec<String>) = (text(from), text(range));
        assert_eq!(
            distinct(&images(MaskKind::Permute, example, column, &from)),
            distinct(&range),
            "{column}"
        );
    }
}
