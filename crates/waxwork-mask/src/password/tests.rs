//! Forms that are recognised and that are not, and what is written for them.

use super::scheme::Scheme;
use super::*;
use crate::test_support::keyring;
use waxwork_core::masks::{MaskKind, Secret, Setting};

const PASSWORD: &str = "correct horse";

/// Stored hashes of another password at low costs, one a form, in the words of who writes them.
const STORED: [&str; 20] = [
    "$2a$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO",
    "$2b$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO",
    "$2y$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO",
    "{bcrypt}$2a$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO",
    "bcrypt$$2b$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO",
    "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO",
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$Kc3D4K5xHUHVrSTxuzhZGzS2F8vmIkQIK9RkGZ0LX1k",
    "$argon2i$v=19$m=64,t=2,p=2$c29tZXNhbHRzb21lc2FsdA$Kc3D4K5xHUHVrSTxuzhZGzS2F8vmIkQIK9RkGZ0LX1k",
    "$argon2d$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$Kc3D4K5xHUHVrSTxuzhZGzS2F8vmIkQIK9RkGZ0LX1k",
    "argon2$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$Kc3D4K5xHUHVrSTxuzhZGzS2F8vmIkQIK9RkGZ0LX1k",
    "$scrypt$ln=4,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$Kc3D4K5xHUHVrSTxuzhZGzS2F8vmIkQIK9RkGZ0LX1k",
    "scrypt:16:8:1$Zk3yG7kqQv0p1sXz$00112233445566778899aabbccddeeff",
    "scrypt$16$Zk3yG7kqQv0p1sXzabcdef$8$5$Kc3D4K5xHUHVrSTxuzhZGzS2F8vmIkQIK9RkGZ0LX1k=",
    "pbkdf2_sha256$1000$Zk3yG7kqQv0p$bvL5JjPvQ2dCYkG3uGJm0v5m5o7cPz0yqjv0bq4m2hU=",
    "pbkdf2:sha256:1000$Zk3yG7kqQv0p1sXz$00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "pbkdf2:sha512:1000$Zk3yG7kqQv0p1sXz$00112233445566778899aabbccddeeff",
    "$pbkdf2-sha256$1000$xXoPQSiF8H4PAaC0lrK2Vg$nSYWPFn6M0jXKz5Ua4vtkCuRLqvXm2wdUJr6BTkzLgM",
    "$pbkdf2-sha512$1000$xXoPQSiF8H4PAaC0lrK2Vg$nSYWPFn6M0jXKz5Ua4vtkCuRLqvXm2wdUJr6BTkzLgM",
    "$pbkdf2-sha256$i=1000,l=32$xXoPQSiF8H4PAaC0lrK2Vg$nSYWPFn6M0jXKz5Ua4vtkCuRLqvXm2wdUJr6BTkzLgM",
    // 1; function 1, 1000 rounds, salt of 16; 16 bytes of 7; 32 bytes of 9.
    "AQAAAAEAAAPoAAAAEAcHBwcHBwcHBwcHBwcHBwcJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQ==",
];

/// What is no hash of these schemes, or not a whole one.
const UNKNOWN: [&str; 20] = [
    "hunter2",
    "!",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "$1$abcdefgh$0000000000000000000000",
    "$6$rounds=5000$salt$hash",
    "$2b$04$abcdefghijklmnopqrstuu",
    "$2b$99$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO",
    "$2b$04$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBp O",
    "$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$x",
    "$argon2x$v=19$m=64,t=1,p=1$c29tZXNhbHQ$x",
    "scrypt:15:8:1$salt$00",
    "scrypt:16:8:1",
    "scrypt$16$salt",
    "$scrypt$ln=99,r=8,p=1$salt$hash",
    "pbkdf2_md5$1000$salt$hash",
    "pbkdf2_sha1$1000$salt$hash",
    "$pbkdf2$1000$salt$hash",
    "pbkdf2_sha256$many$salt$hash",
    "pbkdf2_sha256$1000",
    "AQAAAAEAAAPo",
];

fn mask(password: &str, chars: usize) -> PasswordMask {
    let secret = Setting::Secret(Secret::stated(password.to_owned()));
    let spec = MaskSpec::plain(MaskKind::Password).with("password", secret);
    PasswordMask::compile(&keyring(), &spec, Room { chars, ..Room::UNLIMITED }).unwrap()
}

fn masked(mask: &PasswordMask, stored: &str) -> String {
    let mut out = Vec::new();
    mask.write(stored.as_bytes(), None, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_hash_is_written_in_the_scheme_and_at_the_cost_of_the_stored_one() {
    let mask = mask(PASSWORD, usize::MAX);
    for stored in STORED {
        let scheme = Scheme::of(stored);
        assert!(scheme.is_some(), "{stored}");
        let hash = masked(&mask, stored);
        assert_eq!(Scheme::of(&hash), scheme, "{stored}");
        assert_ne!(hash, stored);
        // One a run: another row of the scheme has the same.
        assert_eq!(masked(&mask, &stored.replace("Zk3y", "Abcd").replace("abcdef", "fedcba")), hash);
    }
    assert_eq!(mask.made.read().unwrap().len(), STORED.len());
}

#[test]
fn what_is_no_hash_opens_nothing() {
    let mask = mask(PASSWORD, usize::MAX);
    for stored in UNKNOWN {
        assert_eq!(masked(&mask, stored), "!unusable", "{stored}");
    }
    assert_eq!(masked(&mask, "!unusable"), "*unusable");
    assert!(mask.made.read().unwrap().is_empty());
}

#[test]
fn a_hash_is_never_given_back() {
    let mask = mask(PASSWORD, usize::MAX);
    let first = masked(&mask, STORED[13]);
    let second = masked(&mask, &first);
    assert_ne!(first, second);
    assert_eq!(Scheme::of(&first), Scheme::of(&second));
    assert_eq!(masked(&mask, &second), first);
}

#[test]
fn a_hash_that_does_not_fit_opens_nothing() {
    assert_eq!(masked(&mask(PASSWORD, 60), STORED[1]).len(), 60);
    assert_eq!(masked(&mask(PASSWORD, 59), STORED[1]), "!unusable");
    assert_eq!(masked(&mask(PASSWORD, 3), STORED[1]), "!un");
}

/// Columns that frameworks make: 128 characters in Django, 162 of a Werkzeug scrypt hash.
#[test]
fn a_framework_holds_its_own_form() {
    let django = masked(&mask(PASSWORD, 128), "scrypt$16384$Zk3yG7kqQv0p1sXzabcdef$8$5$x");
    assert!(django.starts_with("scrypt$16384$") && django.len() <= 128, "{}", django.len());
    let werkzeug = masked(&mask(PASSWORD, 162), "scrypt:32768:8:1$salt$00");
    assert!(werkzeug.starts_with("scrypt:32768:8:1$") && werkzeug.len() <= 162, "{}", werkzeug.len());
}

#[test]
fn costs_are_capped_and_few() {
    let rounds = |rounds: &str| format!("{:?}", Scheme::of(&format!("pbkdf2_sha256${rounds}$salt$hash")));
    assert!(rounds("4000000000").contains("600000") && rounds("0").contains("rounds: 1 "));
    assert_eq!(rounds("260000"), rounds("260001"));
    assert_eq!(rounds("216000"), rounds("210000"));
    let capped = [
        ("$2b$31$abcdefghijklmnopqrstuuVJ0pyqTLnNcZ3ybJ7m6rPCnhyFyBpiO", "cost: 12"),
        ("$argon2id$v=19$m=4000000,t=99,p=99$c2FsdA$aGFzaA", "memory_kib: 100000, passes: 4, lanes: 8"),
        ("$argon2id$v=19$m=0,t=0,p=0$c2FsdA$aGFzaA", "memory_kib: 8, passes: 1, lanes: 1"),
        ("$scrypt$ln=30,r=1000000,p=1000000$c2FsdA$aGFzaA", "log_n: 15, block: 8, lanes: 5"),
    ];
    for (stored, expected) in capped {
        let scheme = format!("{:?}", Scheme::of(stored).unwrap());
        assert!(scheme.contains(expected), "{scheme}");
    }
}

/// Another implementation of argon2 reads what is written.
#[test]
fn argon2_is_what_another_implementation_makes_of_it() {
    let mask = mask(PASSWORD, usize::MAX);
    for stored in STORED.iter().filter(|stored| stored.contains("argon2")) {
        let hash = masked(&mask, stored);
        let encoded = hash.strip_prefix("argon2$").map_or(hash.clone(), |rest| format!("${rest}"));
        assert!(another_argon2::verify_encoded(&encoded, PASSWORD.as_bytes()).unwrap(), "{hash}");
        assert!(!another_argon2::verify_encoded(&encoded, b"another").unwrap());
    }
}

#[test]
fn salts_are_of_the_key() {
    let spec = MaskSpec::plain(MaskKind::Password)
        .with("password", Setting::Secret(Secret::stated(PASSWORD.to_owned())));
    let hash = |key: u8| {
        let keyring = Keyring::new(&crate::key::MaskKey::from_bytes([key; 32]), "");
        masked(&PasswordMask::compile(&keyring, &spec, Room::UNLIMITED).unwrap(), STORED[13])
    };
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(2));
}

#[test]
fn a_password_that_schemes_would_cut_is_refused_and_not_shown() {
    for (password, reason) in [("", "missing"), (&"q".repeat(73), "72 bytes"), ("zz\0zz", "zero byte")] {
        let secret = Setting::Secret(Secret::stated(password.to_owned()));
        let spec = MaskSpec::plain(MaskKind::Password).with("password", secret);
        let error = PasswordMask::compile(&keyring(), &spec, Room::UNLIMITED).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert!(password.is_empty() || !format!("{error} {error:?} {spec:?}").contains(password));
    }
}
