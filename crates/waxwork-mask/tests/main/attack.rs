//! What someone without the key, or with another one, learns: nothing that the masks promise to hide.

use crate::fixture::{Fixture, Row, TEXT, shown, spec, text};
use std::collections::BTreeSet;
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{IntegerMap, MaskSpec};
use waxwork_mask::{Keyring, MaskKey};

const KEY: [u8; 32] = [1; 32];

fn texts(keyring: &Keyring, spec: MaskSpec, rows: &[Row]) -> Vec<String> {
    let masked = Fixture::one(TEXT, spec).mask(keyring, Wire::Binary, rows).unwrap();
    masked.iter().map(|row| shown(&row[0])).collect()
}

fn people(count: usize) -> Vec<Row> {
    (0..count).map(|at| vec![text(&format!("person{at}@corp.com"))]).collect()
}

fn integers(keyring: &Keyring, domain: &str, values: impl Iterator<Item = i64>) -> Vec<i64> {
    let map = IntegerMap { from: (-65_536, 2_130_640_895), range: (16_777_216, 2_147_483_647) };
    let spec = MaskSpec { integers: Some(map), domain: domain.to_owned(), ..spec(MaskKind::Permute) };
    let rows: Vec<Row> = values.map(|value| vec![Some(Value::Int(value))]).collect();
    let masked = Fixture::one(ValueType::Int4, spec).mask(keyring, Wire::Binary, &rows).unwrap();
    masked
        .iter()
        .map(|row| if let Some(Value::Int(value)) = row[0] { value } else { panic!("not an integer") })
        .collect()
}

#[test]
fn two_domains_share_nothing_and_one_domain_everything() {
    let mine = Keyring::new(&MaskKey::from_bytes(KEY), "");
    let rows = people(500);
    let domain =
        |domain: &str| MaskSpec { domain: domain.to_owned(), injective: true, ..spec(MaskKind::Email) };
    assert_eq!(texts(&mine, domain("a"), &rows), texts(&mine, domain("a"), &rows));
    let known: BTreeSet<String> = texts(&mine, domain("a"), &rows).into_iter().collect();
    assert!(texts(&mine, domain("b"), &rows).iter().all(|text| !known.contains(text)));
    assert!(integers(&mine, "a", 0..500) != integers(&mine, "b", 0..500));
}

#[test]
fn ids_keep_no_order_and_no_distance() {
    let mine = Keyring::new(&MaskKey::from_bytes(KEY), "");
    let images = integers(&mine, "a", 0..4000);
    let rising = images.windows(2).filter(|pair| pair[0] < pair[1]).count();
    // 1999.5 expected, standard deviation 18.
    assert!((1900..2100).contains(&rising), "{rising}");
    let near = images.windows(2).filter(|pair| (pair[0] - pair[1]).abs() < 1_000_000).count();
    assert!(near < 20, "{near}");
    let mut sorted: Vec<usize> = (0..images.len()).collect();
    sorted.sort_by_key(|at| images[*at]);
    // Spearman's footrule of a random order is n²/3.
    let footrule: usize = sorted.iter().enumerate().map(|(rank, at)| rank.abs_diff(*at)).sum();
    assert!((4_900_000..5_800_000).contains(&footrule), "{footrule}");
}

#[test]
fn picks_use_the_whole_dictionary_evenly() {
    let mine = Keyring::new(&MaskKey::from_bytes(KEY), "");
    let names = texts(&mine, spec(MaskKind::FirstName), &people(30_000));
    let mut counts = std::collections::BTreeMap::new();
    for name in &names {
        *counts.entry(name).or_insert(0u32) += 1;
    }
    assert!(counts.len() > 2900, "{}", counts.len());
    assert!(counts.values().all(|count| *count < 35));
}
