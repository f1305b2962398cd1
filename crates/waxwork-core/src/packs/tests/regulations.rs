//! The packs that follow a regulation: every class that it names has a clause, and nothing that it forbids stays.

use super::super::*;
use super::{column, mask, shown, text};

#[test]
fn hipaa_has_a_clause_for_each_of_the_classes() {
    let clauses = find("hipaa-safe-harbor").unwrap().clauses();
    let whats: Vec<&str> = clauses.iter().map(|clause| clause.what.as_str()).collect();
    for letter in 'A'..='R' {
        assert!(whats.iter().any(|what| what.contains(&format!("({letter})"))), "{letter}: {whats:?}");
    }
}

#[test]
fn hipaa_asks_for_a_random_key_and_others_do_not() {
    for pack in PACKS.iter() {
        assert_eq!(pack.random_key, pack.name == "hipaa-safe-harbor", "{}", pack.name);
    }
}

#[test]
fn hipaa_keeps_three_digits_of_a_zip_code_and_nothing_of_a_birth() {
    let hipaa = |name, value_type: &_| mask("hipaa-safe-harbor", name, value_type);
    assert_eq!(hipaa("zip", &text(Some(10))), "address.zip3");
    assert_eq!(hipaa("zip_code", &ValueType::Int4), "null");
    for name in ["dob", "date_of_birth", "birth_year", "age", "patient_age"] {
        for value_type in [ValueType::Date, ValueType::Int4, text(None)] {
            assert_eq!(hipaa(name, &value_type), "null", "{name}");
        }
    }
    for name in ["admission_date", "discharged_at", "date_of_death", "admittime"] {
        assert_eq!(hipaa(name, &ValueType::Timestamp), "date.truncate", "{name}");
    }
    for name in ["mrn", "account_number", "device_serial", "external_id", "member_number"] {
        assert_eq!(hipaa(name, &text(None)), "secret.token", "{name}");
    }
    assert_eq!(hipaa("state", &text(None)), "-");
    assert_eq!(hipaa("created_at", &ValueType::TimestampTz), "-");
}

#[test]
fn pci_keeps_no_digits_of_a_number_and_nothing_that_must_not_be_stored() {
    let pci = |name, value_type: &_| mask("pci", name, value_type);
    for name in ["pan", "card_number", "creditCardNumber", "cc_number"] {
        assert_eq!(pci(name, &text(None)), "finance.card", "{name}");
        assert_eq!(pci(name, &ValueType::Bytea), "null", "{name}");
    }
    for name in
        ["card_bin", "first_six", "last4", "last_four", "cvv", "track2", "track_data", "pin", "pin_block"]
    {
        for value_type in [text(None), ValueType::Int4, ValueType::Bytea] {
            assert_eq!(pci(name, &value_type), "null", "{name}");
        }
    }
    let pack = find("pci").unwrap();
    let not_null = |name| shown(pack.rule_for(&column(name, true), &text(None)));
    assert_eq!((not_null("last4").as_str(), not_null("cvv").as_str()), ("text.shape", "text.redact"));
    let others = ["card_type", "brand", "issuer_country", "tracking_number", "bins", "pin_count"];
    // Copies of a mail, a shelf, a song, and the end of a session or a subscription.
    let of_other_trades = ["cc", "bin", "track", "expiry", "expiration_date", "service_code"];
    for name in others.into_iter().chain(of_other_trades) {
        assert_eq!(pci(name, &text(None)), "-", "{name}");
    }
}

/// Nobody reads a promise in a pack that no pack can keep.
#[test]
fn no_pack_promises_too_much() {
    for (name, text) in SHIPPED {
        let text = text.to_lowercase();
        for word in ["anonym", "complian"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}
