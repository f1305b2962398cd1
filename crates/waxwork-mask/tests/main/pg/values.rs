//! Ordinary and odd values of each type, in text form.

use super::{Form, LABELS, TYPES, range};
use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use std::sync::LazyLock;
use waxwork_core::masks::MASKS;

/// `IntervalStyle postgres`, with months, days and microseconds.
pub(super) const INTERVALS: [(&str, (i32, i32, i64)); 4] = [
    ("00:00:00", (0, 0, 0)),
    ("1 mon 2 days 03:04:05", (1, 2, 11_045_000_000)),
    ("-1 years -2 mons +3 days -04:05:06.789", (-14, 3, -14_706_789_000)),
    ("178000000 years", (2_136_000_000, 0, 0)),
];

/// The values of a form; those that a type's modifiers exclude are among them.
pub(super) fn of(form: Form) -> &'static [String] {
    static ALL: LazyLock<Vec<(Form, Vec<String>)>> =
        LazyLock::new(|| TYPES.iter().map(|known| (known.form, made(known.form))).collect());
    ALL.iter().find(|(known, _)| *known == form).map(|(_, values)| &values[..]).unwrap_or_default()
}

pub(super) fn made(form: Form) -> Vec<String> {
    let mut values: Vec<String> = listed(form).iter().map(|text| (*text).to_owned()).collect();
    match form {
        Form::Text => {
            values.extend(MASKS.iter().map(|info| info.sample.to_owned()));
            values.extend([
                "x".repeat(10_000),
                "漢".repeat(3_000),
                " ".repeat(300),
                "9".repeat(500),
                "a@".repeat(400),
            ]);
        }
        Form::Json | Form::Jsonb => {
            values.extend(MASKS.iter().map(|info| serde_json::json!({ "email": info.sample }).to_string()));
            values.push(serde_json::json!({ "email": "MRN0000001" }).to_string());
            values.push(format!("{}1{}", "[".repeat(100), "]".repeat(100)));
            values.push(serde_json::json!({ "a": "x".repeat(10_000) }).to_string());
        }
        Form::Int(_) | Form::Numeric => {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            values.extend(MASKS.iter().map(|info| digits(info.sample)).filter(|text| text.len() > 3));
        }
        Form::Interval => values.extend(INTERVALS.iter().map(|(text, _)| (*text).to_owned())),
        Form::Enum => values.extend(LABELS.map(str::to_owned)),
        Form::Range(bound) => values.extend(range::corpus(bound)),
        Form::Multirange(bound) => values.extend(range::multirange_corpus(bound)),
        _ => {}
    }
    values.extend(random(form, 24));
    values
}

/// So many values, the same in every run.
pub(crate) fn random(form: Form, count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let patterns: &[&str] = match form {
        Form::Text => &[
            "\\PC{1,24}",
            "[a-z]{1,8}@[a-z]{1,8}\\.com",
            "[0-9+() -]{1,16}",
            "[A-Z]{2}[0-9]{6,20}",
            ".{1,3}",
        ],
        Form::Int(2) => &["-?[1-9][0-9]{0,3}"],
        Form::Int(4) => &["-?[1-9][0-9]{0,8}"],
        Form::Int(_) => &["-?[1-9][0-9]{0,17}"],
        Form::Float(_) => &["-?[1-9]\\.[0-9]{1,8}e-?[1-3][0-9]?"],
        Form::Numeric => &[
            "-?[1-9][0-9]{0,30}",
            "-?[1-9][0-9]{0,6}\\.[0-9]{2}",
            "0\\.0{0,20}[1-9]{1,9}",
            "[1-9][0-9]{5,17}",
        ],
        Form::Date => &["[12][0-9]{3}-[01][1-2]-[0-2][1-8]", "0[0-9]{2}[1-9]-0[1-9]-[0-2][1-8] BC"],
        Form::Time => &["[01][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{5}[1-9]"],
        Form::Timestamp(false) => &["[12][0-9]{3}-[01][1-2]-[0-2][1-8] [01][0-9]:[0-5][0-9]:[0-5][0-9]"],
        Form::Timestamp(true) => &["[12][0-9]{3}-[01][1-2]-[0-2][1-8] [01][0-9]:[0-5][0-9]:[0-5][0-9]\\+00"],
        Form::Uuid => &["[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"],
        Form::Bytea => &["\\\\x([0-9a-f]{2}){1,40}"],
        Form::Json | Form::Jsonb => {
            &[r#"\{"a": "[a-z@. ]{0,12}", "b": \[-?[1-9][0-9]{0,12}, "[0-9-]{1,12}"\]\}"#]
        }
        Form::Inet => {
            &["[1-9][0-9]?\\.[1-9][0-9]?\\.[1-9][0-9]?\\.[1-9][0-9]?", "2a01:[1-9a-f]{2}::[1-9a-f]{3}"]
        }
        Form::Cidr => &["[1-9][0-9]?\\.[1-9][0-9]?\\.0\\.0/16"],
        Form::Bool | Form::Interval | Form::Enum | Form::Point | Form::Hstore => &[],
        Form::Range(_) | Form::Multirange(_) => &[],
    };
    let mut values = Vec::new();
    for pattern in patterns {
        let strategy = string_regex(pattern).unwrap();
        values.extend((0..count / patterns.len()).map(|_| strategy.new_tree(&mut runner).unwrap().current()));
    }
    values
}

fn listed(form: Form) -> &'static [&'static str] {
    match form {
        Form::Bool => &["t", "f"],
        Form::Int(2) => &["0", "1", "-1", "9", "1000", "32767", "-32768"],
        Form::Int(4) => &["0", "1", "-1", "65536", "1000000", "2147483647", "-2147483648"],
        Form::Int(_) => {
            &["0", "1", "-1", "2147483648", "10000000000", "9223372036854775807", "-9223372036854775808"]
        }
        Form::Float(4) => &[
            "0",
            "-0",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e-45",
            "1.1754944e-38",
            "3.4028235e38",
            "-3.4028235e38",
            "0.1",
            "-2.5",
            "1234567",
        ],
        Form::Float(_) => &[
            "0",
            "-0",
            "NaN",
            "Infinity",
            "-Infinity",
            "5e-324",
            "2.2250738585072014e-308",
            "1.7976931348623157e308",
            "-1.7976931348623157e308",
            "0.1",
            "-0.3",
            "9007199254740993",
            "1e22",
        ],
        Form::Numeric => &[
            "0",
            "0.00",
            "NaN",
            "Infinity",
            "-Infinity",
            "1",
            "-1",
            "9",
            "-1.50",
            "9999",
            "10000",
            "0.01",
            "-0.01",
            "99999999.99",
            "-99999999.99",
            "999999",
            "-999999",
            "999999999999999999",
            "9999.9999",
            "0.0001",
            "0.00001",
            "-0.5",
            "12345678901234567890.123456789",
            "100000000.000000000000000001",
            "1000000000000",
            "1.10",
        ],
        Form::Text => TEXTS,
        Form::Date => &[
            "2000-01-01",
            "1999-12-31",
            "2024-02-29",
            "1900-02-28",
            "0001-01-01",
            "0001-12-31 BC",
            "0044-03-15 BC",
            "4714-11-24 BC",
            "5874897-12-31",
            "9999-12-31",
            "infinity",
            "-infinity",
            "1931-07-01",
        ],
        Form::Time => &["00:00:00", "23:59:59.999999", "24:00:00", "12:34:56.5"],
        Form::Timestamp(false) => &[
            "2000-01-01 00:00:00",
            "1999-12-31 23:59:59.999999",
            "2024-02-29 12:00:00.5",
            "0044-03-15 12:00:00 BC",
            "4714-11-24 00:00:00 BC",
            "294276-12-31 23:59:59.999999",
            "infinity",
            "-infinity",
        ],
        Form::Timestamp(true) => &[
            "2000-01-01 00:00:00+00",
            "1999-12-31 23:59:59.999999+00",
            "2024-02-29 12:00:00.5+00",
            "0044-03-15 12:00:00+00 BC",
            "4714-11-24 00:00:00+00 BC",
            "294276-12-31 23:59:59.999999+00",
            "infinity",
            "-infinity",
        ],
        Form::Interval | Form::Enum | Form::Range(_) | Form::Multirange(_) => &[],
        Form::Uuid => &[
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
            "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        ],
        Form::Bytea => &["\\x", "\\x00", "\\xff", "\\x0102030405", "\\x89504e470d0a1a0a"],
        Form::Json => JSON,
        Form::Jsonb => &[
            r#"{"a": "anna@corp.com", "b": [1, 2.50, null, true, "x"], "c": {}}"#,
            "[]",
            "{}",
            "\"a\"",
            "12",
            "null",
            "true",
            r#"[0, -1, 1e3]"#,
            r#"{"a": {"b": {"c": "deep"}}, "d": "2024-02-30"}"#,
        ],
        Form::Inet => &[
            "10.0.0.1",
            "10.0.0.1/8",
            "0.0.0.0/0",
            "255.255.255.255",
            "127.0.0.1",
            "203.0.113.7",
            "::",
            "::1",
            "2001:db8::1",
            "2a01:4f8::1/64",
            "fe80::1",
        ],
        Form::Cidr => &[
            "10.0.0.0/8",
            "0.0.0.0/0",
            "10.1.2.3/32",
            "192.168.100.128/25",
            "::/0",
            "2a01:4f8::/32",
            "2a01:4f8::1/128",
        ],
        Form::Hstore => &[
            "",
            r#""a"=>"1""#,
            r#""email"=>"anna@corp.com", "phone"=>NULL"#,
            r#"""=>"", "a b"=>"x, y", "n"=>"NULL""#,
            r#""k\"=>"=>"\\", "é"=>"Müller", "born"=>"1931-07-01""#,
        ],
        Form::Point => &["(0,0)", "(1.5,-2)", "(30,4)"],
    }
}

const JSON: &[&str] = &[
    r#"{"a": "anna@corp.com", "b": [1, 2.50, null, true, "x"], "c": {}}"#,
    " { \"a\" :1.50e+2, \"a\":\t[ true,null , \"\\u0041\\/\" ] ,\"b\\\"c\": {},\"z\": -0.0 }\n",
    "[]",
    "{}",
    "\"\"",
    "\"a\"",
    "\"\\ud83e\\uddad\"",
    "0",
    "12",
    "-1e400",
    "12345678901234567890123",
    "null",
    "[[], {}, [\"\"], \"2024-02-30\", \"infinity\"]",
];

/// Texts that masks get wrong: of another class than the mask thinks, of another script, of other separators.
const TEXTS: &[&str] = &[
    "",
    " ",
    "   ",
    "\t",
    "\r\n",
    "a",
    "Z",
    "7",
    "0",
    "-",
    ".",
    "@",
    "é",
    "ß",
    "İ",
    "ǅ",
    "00",
    "007",
    "-1",
    "3.14",
    "1e400",
    "NaN",
    "-0",
    "MRN",
    "MRN0000001",
    "MRN0000002",
    "MRN48151623",
    "mrn0000001",
    "½",
    "٣",
    "e\u{301}",
    "\u{301}",
    "👩‍👩‍👧",
    "🦭",
    "שלום עולם",
    "مرحبا",
    "\u{202e}abc",
    "漢字",
    "Ωmega",
    "\u{1}\u{7f}",
    "\u{85}\u{a0}",
    "\u{feff}bom",
    "\u{10ffff}",
    "NULL",
    "null",
    "\\N",
    "\\.",
    "\\",
    "a\\b",
    "a\tb\nc",
    "{a,b}",
    "{}",
    "[]",
    "\"quoted\"",
    "it's",
    "; drop table t",
    "%s",
    "$1",
    "<b>bold</b>",
    "&amp;",
    "anna",
    "Anna Schmidt",
    "SCHMIDT, Anna",
    "Dr. Anna-Maria von und zu Schmidt-Müller",
    "O'Brien",
    " padded ",
    "anna@",
    "@corp.com",
    "a@b",
    "anna.schmidt+tag@mail.corp.com",
    "ANNA@CORP.COM",
    "anna@corp@com",
    " anna@corp.com ",
    "\"a b\"@corp.com",
    "anna@127.0.0.1",
    "+1 (212) 867-5309",
    "0000000000",
    "12-34-56",
    "+",
    "112",
    "not a date",
    "2024-02-30",
    "2024-02-29",
    "1999-12-31T23:59:59Z",
    "17.05.1990",
    "12:34",
    "81.169.145.66",
    "999.1.1.1",
    "10.0.0.1/8",
    "::1",
    "2001:db8::zz",
    "00:1b:44:11:3a:b7",
    "http://corp.com/a?b=c#d",
    "ftp://",
    "corp.com",
    "xn--bcher-kva.example",
    "4111 1111 1111 1111",
    "4111111111111111",
    "4111111111111112",
    "DE89370400440532013000",
    "de89 3704 0044 0532 0130 00",
    "DEUTDEFF",
    "US0378331005",
    "123-45-6789",
    "943 476 5919",
    "AB123456C",
    "86095742719",
    "1 69 05 49 588 157 80",
    "12345678Z",
    "RSSMRA85T10A562S",
    "111222333",
    "111.444.777-35",
    "11.222.333/0001-81",
    "2341 2341 2346",
    "1HGCM82633A004352",
    "490154203237518",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "F47AC10B-58CC-4372-A567-0E02B2C3D479",
    "{f47ac10b-58cc-4372-a567-0e02b2c3d479}",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "sk_live_123",
    "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
    "Mozilla/5.0 (X11; Linux x86_64)",
    "[redacted]",
    "[removed]",
    "xxxxxxxxxx",
    "The quick brown fox jumps over the lazy dog. It did so twice.",
    "Software Engineer",
    "Acme GmbH",
    "Torstraße 140",
    "SW1A 2AA",
    "10119",
    "Berlin",
    "true",
    "f",
    "ok",
];
