//! Someone who has this program, the copy and the originals' likely values, and not the key, learns nothing from any mask.

use super::{Case, Row, Variant, cases, keyring};
use crate::pg::Datum;
use std::collections::{BTreeMap, BTreeSet};
use waxwork_copy::Wire;
use waxwork_core::masks::{MaskKind, Unique};
use waxwork_mask::{Keyring, MaskKey};

/// Values that an attacker has in full.
const KNOWN: usize = 1_000;

fn known_mails() -> Vec<Row> {
    let mail = |at: usize| Datum::Scalar(format!("person{at}@corp.com"));
    (0..KNOWN).map(|at| Row { id: at as i64, value: Some(mail(at)) }).collect()
}

/// What comes out under a key; a value at which a mask stops is as good as a guess that fails.
fn masked(case: &Case, keyring: &Keyring, rows: &[Row]) -> Vec<Option<Datum>> {
    let mask = case.mask(keyring, Wire::Binary).unwrap();
    rows.iter()
        .map(|row| {
            case.apply(&mask, Wire::Binary, std::slice::from_ref(row)).ok().and_then(|mut one| one.remove(0))
        })
        .collect()
}

/// Keys that somebody would try first, and the right one in another realm.
fn guesses() -> Vec<Keyring> {
    let near: [u8; 32] = std::array::from_fn(|at| if at == 31 { 6 } else { 7 });
    let keys = [[0; 32], [0xff; 32], near, *b"waxwork waxwork waxwork waxwork "];
    let mut guesses: Vec<Keyring> =
        keys.iter().map(|key| Keyring::new(&MaskKey::from_bytes(*key), "")).collect();
    guesses.extend(["staging", " "].map(keyring));
    guesses
}

/// Masks of text whose results depend on the key and on the value.
fn keyed_cases() -> impl Iterator<Item = &'static Case> {
    cases().iter().filter(|case| {
        let is_asked = matches!(case.variant, Variant::Plain | Variant::Unique);
        is_asked && case.column.name == "text" && (case.info.keyed || case.variant == Variant::Unique)
    })
}

#[test]
fn a_dictionary_of_known_values_without_the_key_recovers_what_chance_does() {
    let rows = known_mails();
    let mut broken = Vec::new();
    for case in keyed_cases() {
        let truth = masked(case, &keyring(""), &rows);
        let mut counts = BTreeMap::new();
        for result in &truth {
            *counts.entry(result).or_insert(0usize) += 1;
        }
        // Two independent draws meet as often as the squares of the shares say.
        let chance: f64 = counts.values().map(|count| (*count * *count) as f64).sum::<f64>() / KNOWN as f64;
        let most = if counts.len() == KNOWN { 3.0 } else { chance + 6.0 * chance.sqrt() + 6.0 };
        for (at, guess) in guesses().iter().enumerate() {
            let guessed = masked(case, guess, &rows);
            let hits = guessed.iter().zip(&truth).filter(|(guess, truth)| guess == truth).count();
            if hits as f64 > most {
                broken.push(format!("{case}: guess {at}: {hits} hits, {most:.0} by chance"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn two_realms_share_no_code() {
    let rows = known_mails();
    let unique = keyed_cases().filter(|case| case.variant == Variant::Unique);
    for case in unique.filter(|case| matches!(case.info.unique, Unique::Code(_) | Unique::Permutation(_))) {
        let known: BTreeSet<_> = masked(case, &keyring(""), &rows).into_iter().flatten().collect();
        for guess in guesses() {
            let shared =
                masked(case, &guess, &rows).into_iter().flatten().filter(|result| known.contains(result));
            assert_eq!(shared.count(), 0, "{case}");
        }
    }
}

/// Spearman's rank correlation of two columns.
fn rank_correlation<K: Ord, V: Ord>(pairs: &[(K, V)]) -> f64 {
    let count = pairs.len() as f64;
    let ranks = |order: &dyn Fn(usize, usize) -> std::cmp::Ordering| {
        let mut places: Vec<usize> = (0..pairs.len()).collect();
        places.sort_by(|left, right| order(*left, *right));
        let mut ranks = vec![0usize; pairs.len()];
        places.iter().enumerate().for_each(|(rank, place)| ranks[*place] = rank);
        ranks
    };
    let before = ranks(&|left, right| pairs[left].0.cmp(&pairs[right].0));
    let after = ranks(&|left, right| pairs[left].1.cmp(&pairs[right].1));
    let squares: f64 =
        before.iter().zip(&after).map(|(left, right)| left.abs_diff(*right).pow(2) as f64).sum();
    1.0 - 6.0 * squares / (count * (count * count - 1.0))
}

#[test]
fn the_order_of_rows_and_keys_does_not_show() {
    let text = |number: i64| Datum::Scalar(number.to_string());
    let ordered: Vec<Row> = (1..=4_000).map(|at| Row { id: at, value: Some(text(at)) }).collect();
    let asked = [
        (MaskKind::Permute, "int8"),
        (MaskKind::Permute, "text"),
        (MaskKind::Token, "text"),
        (MaskKind::Email, "text"),
    ];
    for (kind, column) in asked {
        let is_asked = |case: &&Case| {
            case.info.kind == kind
                && case.column.name == column
                && case.variant == Variant::Unique
                && case.example.is_empty()
        };
        let case = cases().iter().find(is_asked).unwrap();
        let results = masked(case, &keyring(""), &ordered);
        let pairs: Vec<(i64, (usize, String))> = ordered
            .iter()
            .zip(results)
            .map(|(row, result)| {
                let result = result.unwrap().to_string();
                // Numbers of more digits are greater; texts are ordered by their first letters.
                (row.id, if column == "int8" { (result.len(), result) } else { (0, result) })
            })
            .collect();
        // Of a random order the standard deviation is 1/√(n − 1), 0.016.
        let correlation = rank_correlation(&pairs);
        assert!(correlation.abs() < 0.07, "{case}: {correlation}");
    }
    // The measure itself: an order that shows is seen.
    let rising: Vec<(i64, i64)> = (0..100).map(|at| (at, at * 3)).collect();
    assert!(rank_correlation(&rising) > 0.99);
}
