//! Detectors of personal data in free text: what a literal in DDL is held against.
//!
//! Each detector is a pattern and, where the standard has one, a check digit. Values reserved for documentation
//! (RFC 2606 domains, RFC 5737 and RFC 3849 addresses, numbers for fiction) are nobody's and pass. The text may be a
//! function's body, so what reads as code (`password = NEW.password`, `2024::date`, `SET host = p_host`) passes too.

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
    /// The way to a database on another host.
    Connection,
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
            Kind::Connection => "connection string",
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
            // RFC 6531 and 5890: letters of any script, on both sides.
            r"[\p{L}\p{N}][\p{L}\p{M}\p{N}._%+-]*@[\p{L}\p{M}\p{N}-]+(?:\.[\p{L}\p{M}\p{N}-]+)*\.\p{L}[\p{L}\p{M}]{1,23}\b",
            real_domain,
        ),
        detector(Kind::Phone, r"\+[1-9][0-9]{0,3}[ ().-]{0,2}[0-9](?:[ ().-]{0,2}[0-9]){6,11}\b", real_phone),
        detector(Kind::Card, r"\b[3-6](?:[ -]?[0-9]){12,18}\b", luhn),
        detector(Kind::Iban, r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}\b", iban),
        detector(Kind::Ssn, r"\b[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}\b", real_ssn),
        detector(Kind::Address, r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", public_ipv4),
        // The last character keeps casts (`2024::date`) out.
        detector(Kind::Address, r"(?i)\b[23][0-9a-f]{3}:[0-9a-f:]*(?:[0-9a-f]\b|::/[0-9])", public_ipv6),
        detector(
            Kind::Secret,
            r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|[sr]k_live_[A-Za-z0-9]{16,}|xox[baprs]-[A-Za-z0-9-]{10,})\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/\s:@]+:[^/\s:@]+@",
            |_| true,
        ),
        detector(
            Kind::Secret,
            r#"(?i)\b(?:password|passwd|pwd)\s*=\s*(?:'{1,2}[^']+|"[^"]+|[^\s'",;()]+)"#,
            assigned_password,
        ),
        // Alone in its literal even a plain word is a password.
        detector(Kind::Secret, r"(?i)^E?'?\s*(?:password|passwd|pwd)\s*=\s*[^\s']+\s*'?$", given_password),
        detector(Kind::Secret, r#"(?i)"(?:password|passwd|pwd)"\s*:\s*"[^"]+"#, given_password),
        detector(
            Kind::Secret,
            r"(?i)\b(?:host|hostaddr|port|dbname|user)=\S+\s+(?:\w+=\S+\s+)*password=[^\s']+",
            given_password,
        ),
        detector(
            Kind::Connection,
            r"(?i)\bhost(?:addr)?=[^\s',]+(?:,[^\s',]+)*\s+(?:\w+=\S+\s+)*dbname=\w|\bdbname=[^\s',]+\s+(?:\w+=\S+\s+)*host(?:addr)?=[^\s']+",
            other_host,
        ),
    ]
});

/// The kinds of personal data that a text seems to hold, each once.
pub fn personal(text: &str) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = DETECTORS
        .iter()
        .filter(|detector| detector.pattern.find_iter(text).any(|found| (detector.accept)(found.as_str())))
        .map(|detector| detector.kind)
        .collect();
    kinds.dedup();
    kinds
}

/// RFC 2606 and RFC 6761: these domains reach nobody.
fn real_domain(email: &str) -> bool {
    let domain = email.rsplit('@').next().unwrap_or_default().to_lowercase();
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

/// Global unicast (RFC 4291, 2000::/3) less the documentation ranges of RFC 3849 and RFC 9637.
fn public_ipv6(text: &str) -> bool {
    let text = text.rsplit_once('/').map_or(text, |(address, _)| address);
    let Ok(address) = text.parse::<std::net::Ipv6Addr>() else { return false };
    let [first, second, ..] = address.segments();
    let documentation = (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    first >> 13 == 1 && !documentation
}

/// What is assigned to the password of a text that names one, without quotes.
fn value_of(assignment: &str) -> &str {
    let lower = assignment.to_ascii_lowercase();
    let named = ["password", "passwd", "pwd"].iter().filter_map(|name| lower.find(name)).min();
    let rest = assignment.get(named.unwrap_or(0)..).unwrap_or_default();
    let value = rest.split_once(['=', ':']).map_or("", |(_, value)| value);
    value.trim_start().trim_matches(['\'', '"'])
}

/// Something stands there that is no parameter, no mark of something left out, and no type.
fn given_password(assignment: &str) -> bool {
    let value = value_of(assignment);
    let stands_for_another = value.starts_with(|first: char| "$:%{<@?&[(*|/ ".contains(first));
    let crossed_out = value.chars().all(|letter| matches!(letter, 'x' | 'X' | '.' | '-' | '_' | '\u{2022}'));
    let words =
        ["null", "none", "true", "false", "string", "text", "hidden", "redacted", "required", "password"];
    !(stands_for_another || crossed_out || words.iter().any(|word| value.eq_ignore_ascii_case(word)))
}

/// A password in quotes, or one that is no name of a column or parameter: names stand apart or have letters alone.
fn assigned_password(assignment: &str) -> bool {
    let (name, value) = assignment.split_once('=').unwrap_or_default();
    let quoted = value.trim_start().starts_with(['\'', '"']);
    let apart = name.ends_with(char::is_whitespace) || value.starts_with(char::is_whitespace);
    let a_name = value.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '_' | '.'));
    given_password(assignment) && (quoted || !(apart || a_name))
}

/// A connection to this very host says nothing.
fn other_host(connection: &str) -> bool {
    let lower = connection.to_ascii_lowercase();
    let hosts = lower
        .split_whitespace()
        .filter_map(|part| part.strip_prefix("host=").or_else(|| part.strip_prefix("hostaddr=")));
    hosts.into_iter().any(|host| {
        !matches!(host, "localhost" | "127.0.0.1" | "::1")
            && !host.starts_with(|first: char| "$:%{<@?&[(*|/".contains(first))
    })
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
    fn people_of_every_script_are_found() {
        for email in
            ["É@corp.io", "jane@münchen.corp.io", "用户@例子.公司", "jane@corp.онлайн", "e\u{301}va@corp.io"]
        {
            check(email, &[Kind::Email]);
        }
        for reserved in ["É@example.com", "jane@münchen.test"] {
            check(reserved, &[]);
        }
    }

    #[test]
    fn public_addresses_of_version_6_are_found() {
        for address in [
            "2a01:4f8::1",
            "at 2001:4860:4860::8888, and",
            "'2A00:1450:4001:81B::/64'",
            "2606:4700::6810:85e5",
        ] {
            check(address, &[Kind::Address]);
        }
        for other in [
            "2001:db8::1",
            "3fff::1",
            "fe80::1",
            "fd00::1",
            "::1",
            "10:30:00",
            "2024:10:11 12:13:14",
            "SELECT 2024::date, 3000::int, 2024::text",
            "2024-01-01T10:30:00",
        ] {
            check(other, &[]);
        }
    }

    #[test]
    fn passwords_are_found_in_the_forms_that_they_are_written_in() {
        for text in [
            "PASSWORD=hunter2",
            "'password=secret'",
            "Password = 'hunter2'",
            "password = ''hunter2''",
            "Uid=app;Pwd=hunter2;",
            "PASSWORD=aHVudGVyMg==",
            "/* the password: */ PASSWORD='a:b'",
            r#"{"password":"hunter2"}"#,
            r#"{"user": "app", "Password": "s3cret"}"#,
        ] {
            check(text, &[Kind::Secret]);
        }
        check("host=db.corp.io user=app password=secret dbname=shop", &[Kind::Secret, Kind::Connection]);
    }

    #[test]
    fn ways_to_other_databases_are_found() {
        for text in [
            "host=db.corp.io dbname=shop",
            "dbname=shop port=5432 host=db.corp.io",
            "'HOSTADDR=10.0.0.7 dbname=a'",
        ] {
            check(text, &[Kind::Connection]);
        }
        for text in [
            "host=localhost dbname=shop",
            "host=%s dbname=%s",
            "host=' || h || ' dbname=' || d",
            "UPDATE server SET host=p_host, dbname=p_dbname",
            "WHERE host=p_host AND dbname=p_dbname",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn code_about_passwords_passes() {
        for text in [
            "NEW.password = crypt(NEW.password, gen_salt('bf'))",
            "IF account.password = p_password THEN",
            "SET password=NEW.password",
            "password=crypt(p, salt)",
            "password = $1 AND",
            "WHERE password = '' OR name = 'x'",
            "'password=' || quote_literal(p)",
            r#"{"password": ""}"#,
            r#"{"password": "%s"}"#,
            r#"{"password": "[FILTERED]"}"#,
            r#"{"password": {"type": "string"}}"#,
            "PWD=/srv/app",
            "password=********",
        ] {
            check(text, &[]);
        }
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
