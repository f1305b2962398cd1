//! Detectors of personal data in free text: what a literal in DDL is held against.
//!
//! Each detector is a pattern and, where the standard has one, a check digit. Values reserved for documentation
//! (RFC 2606 domains, RFC 5737 and RFC 3849 addresses, numbers for fiction) are nobody's and pass.

use regex::Regex;
use std::sync::LazyLock;

/// What a piece of text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An e-mail address outside the reserved domains.
    Email,
    /// An international telephone number.
    Phone,
    /// A payment card number with a valid Luhn digit (ISO/IEC 7812-1).
    Card,
    /// An IBAN with valid check digits (ISO 13616, ISO/IEC 7064 mod 97-10).
    Iban,
    /// A United States social security number.
    Ssn,
    /// A public IP address.
    Address,
    /// A key, token or password of a known form.
    Secret,
}

impl Kind {
    /// The word for messages.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Email => "e-mail address",
            Kind::Phone => "telephone number",
            Kind::Card => "payment card number",
            Kind::Iban => "IBAN",
            Kind::Ssn => "social security number",
            Kind::Address => "public IP address",
            Kind::Secret => "secret",
        }
    }
}

struct Detector {
    kind: Kind,
    pattern: Regex,
    accept: fn(&str) -> bool,
}

static DETECTORS: LazyLock<Vec<Detector>> = LazyLock::new(|| {
    let detector = |kind, pattern: &str, accept| Detector {
        kind,
        pattern: Regex::new(pattern).expect("a detector's pattern is constant and was tested"),
        accept,
    };
    vec![
        detector(
            Kind::Email,
            r"(?i)[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b",
            real_domain,
        ),
        detector(Kind::Phone, r"\+[1-9][0-9]{0,3}[ ().-]{0,2}[0-9](?:[ ().-]{0,2}[0-9]){6,11}\b", real_phone),
        detector(Kind::Card, r"\b[3-6](?:[ -]?[0-9]){12,18}\b", luhn),
        detector(Kind::Iban, r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b", iban),
        detector(Kind::Ssn, r"\b[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}\b", real_ssn),
        detector(Kind::Address, r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", public_ipv4),
        detector(
            Kind::Secret,
            r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|[sr]k_live_[A-Za-z0-9]{16,}|xox[baprs]-[A-Za-z0-9-]{10,})\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s:@]+@|\bpassword\s*=\s*\S+",
            |_| true,
        ),
    ]
});

/// The kinds of personal data that a text seems to hold, each once.
pub fn personal(text: &str) -> Vec<Kind> {
    DETECTORS
        .iter()
        .filter(|detector| detector.pattern.find_iter(text).any(|found| (detector.accept)(found.as_str())))
        .map(|detector| detector.kind)
        .collect()
}

/// RFC 2606 and RFC 6761: these domains reach nobody.
fn real_domain(email: &str) -> bool {
    let domain = email.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let reserved = ["example.com", "example.org", "example.net"];
    let tops = [".example", ".test", ".invalid", ".localhost", ".local"];
    !reserved.iter().any(|known| domain == *known || domain.ends_with(&format!(".{known}")))
        && !tops.iter().any(|top| domain.ends_with(top))
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|letter| letter.to_digit(10)).collect()
}

/// North America keeps 555-0100 to 555-0199 for fiction.
fn real_phone(phone: &str) -> bool {
    let number: String = phone.chars().filter(char::is_ascii_digit).collect();
    !(number.len() == 11 && number.starts_with('1') && &number[4..9] == "55501")
}

/// ISO/IEC 7812-1, annex B; runs of one digit are placeholders.
fn luhn(card: &str) -> bool {
    let number = digits(card);
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2 == 1, digit * 2) {
            (false, _) => *digit,
            (true, double) if double > 9 => double - 9,
            (true, double) => double,
        })
        .sum();
    sum.is_multiple_of(10) && number.iter().any(|digit| *digit != number[0])
}

/// ISO 13616: the first four characters move to the end, letters count from 10, the whole is 1 modulo 97.
fn iban(text: &str) -> bool {
    let plain: Vec<char> = text.chars().filter(|letter| *letter != ' ').collect();
    if plain.len() < 15 || plain.len() > 34 {
        return false;
    }
    plain[4..].iter().chain(&plain[..4]).fold(0u32, |rest, letter| {
        let value = letter.to_digit(36).unwrap_or(0);
        if value > 9 { (rest * 100 + value) % 97 } else { (rest * 10 + value) % 97 }
    }) == 1
}

/// Areas 000 and 666, group 00 and serial 0000 are never issued (20 CFR 422.103, SSA).
fn real_ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts[0] != "000" && parts[0] != "666" && parts[1] != "00" && parts[2] != "0000"
}

/// Private, loopback, link-local, documentation, benchmark and multicast ranges are nobody's; so are version numbers
/// with small parts.
fn public_ipv4(text: &str) -> bool {
    let Ok(address) = text.parse::<std::net::Ipv4Addr>() else { return false };
    let [a, b, ..] = address.octets();
    let reserved = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || address.is_broadcast()
        || a == 0
        || a >= 240
        || (a == 198 && (b == 18 || b == 19))
        || (a == 100 && (64..128).contains(&b));
    !reserved && address.octets().iter().any(|part| *part > 31)
}

#[cfg(test)]
mod tests {
    use super::{Kind, personal};

    #[track_caller]
    fn check(text: &str, expected: &[Kind]) {
        assert_eq!(personal(text), expected, "for {text:?}");
    }

    #[test]
    fn real_people_are_found() {
        check("mail jane.doe@corp.io now", &[Kind::Email]);
        check("call +49 30 901820", &[Kind::Phone]);
        check("4111 1111 1111 1111", &[Kind::Card]);
        check("DE89 3704 0044 0532 0130 00", &[Kind::Iban]);
        check("123-45-6789", &[Kind::Ssn]);
        check("8.8.8.8 and 91.198.174.192", &[Kind::Address]);
        check("postgres://app:hunter2@db", &[Kind::Secret]);
    }

    #[test]
    fn reserved_values_and_plain_words_pass() {
        for text in [
            "olivia@example.com",
            "root@db.test",
            "+1 212 555 0123",
            "4111 1111 1111 1112",
            "0000000000000000",
            "DE00 3704 0044 0532 0130 00",
            "666-12-1234",
            "192.168.1.1, 10.0.0.1, 198.51.100.7, 1.2.3.4",
            "pending",
            "2024-01-01 00:00:00+00",
            "",
        ] {
            check(text, &[]);
        }
    }
}
