//! Single values on both wires: forms that PostgreSQL documents, and forms that must be refused.

use std::net::IpAddr;

use waxwork_copy::{
    ArrayDimension, CodecError, CodecErrorKind, FieldType, Inet, Numeric, Value, Wire, decode, encode,
};

use crate::support::same::same;

const INT4_OID: u32 = 23;

fn decoded(wire: Wire, kind: &FieldType, payload: &[u8]) -> Result<Value<'static>, CodecError> {
    decode(wire, kind, payload, &mut Vec::new()).map(Value::into_owned)
}

fn encoded(wire: Wire, kind: &FieldType, value: &Value<'_>) -> Result<Vec<u8>, CodecError> {
    let mut out = b"before".to_vec();
    encode(wire, kind, value, &mut out)?;
    assert!(out.starts_with(b"before"), "encode touched what was there");
    Ok(out.split_off(6))
}

fn text_array() -> FieldType {
    FieldType::Array { element: Box::new(FieldType::Text), element_oid: 25 }
}

fn int4_array() -> FieldType {
    FieldType::Array { element: Box::new(FieldType::Int4), element_oid: INT4_OID }
}

/// Text forms that stand for a value and are what is written for it.
#[track_caller]
fn text_is(kind: &FieldType, text: &str, value: &Value<'_>) {
    let read = decoded(Wire::Text, kind, text.as_bytes()).expect("the form is read");
    assert!(same(&read, value), "{text} is read as another value");
    let written = encoded(Wire::Text, kind, value).expect("the value is written");
    assert_eq!(String::from_utf8_lossy(&written), text);
}

fn finite(negative: bool, weight: i16, scale: u16, digits: &[u16]) -> Value<'static> {
    Value::Numeric(Numeric::Finite { negative, weight, scale, digits: digits.to_vec() })
}

#[test]
fn numerics_have_their_digits_in_groups_of_four() {
    let table = [
        ("0", finite(false, 0, 0, &[])),
        ("0.000", finite(false, 0, 3, &[])),
        ("1", finite(false, 0, 0, &[1])),
        ("-1.50", finite(true, 0, 2, &[1, 5000])),
        ("12345678.9", finite(false, 1, 1, &[1234, 5678, 9000])),
        ("10000", finite(false, 1, 0, &[1])),
        ("100000000.00000001", finite(false, 2, 8, &[1, 0, 0, 0, 1])),
        ("0.00012", finite(false, -1, 5, &[1, 2000])),
        ("-0.000000001", finite(true, -3, 9, &[1000])),
        ("NaN", Value::Numeric(Numeric::NaN)),
        ("Infinity", Value::Numeric(Numeric::Infinity)),
        ("-Infinity", Value::Numeric(Numeric::NegativeInfinity)),
    ];
    for (text, value) in table {
        text_is(&FieldType::Numeric, text, &value);
    }
}

#[test]
fn a_numeric_in_any_dress_is_one_value() {
    let dressed = Numeric::finite(true, 2, 1, vec![0, 0, 7, 5999, 1, 0]);
    assert!(dressed == Numeric::Finite { negative: true, weight: 0, scale: 1, digits: vec![7, 5000] });
    assert!(Numeric::finite(true, -9, 4, vec![1]) == Numeric::finite(false, 0, 4, vec![]));
    assert!(decoded(Wire::Text, &FieldType::Numeric, b"-00.0").unwrap() == finite(false, 0, 1, &[]));
}

#[test]
fn dates_reach_from_julian_day_0_to_the_last_year() {
    let table = [
        ("2000-01-01", 0),
        ("1999-12-31", -1),
        ("2024-02-29", 8825),
        ("0001-01-01", -730_119),
        ("0001-12-31 BC", -730_120),
        ("0044-03-15 BC", -746_117),
        ("4714-11-24 BC", -2_451_545),
        ("10000-01-01", 2_921_940),
        ("5874897-12-31", 2_145_031_948),
        ("infinity", i32::MAX),
        ("-infinity", i32::MIN),
    ];
    for (text, days) in table {
        text_is(&FieldType::Date, text, &Value::Date(days));
    }
}

#[test]
fn timestamps_keep_six_digits_of_a_second_and_their_era() {
    let day = 86_400_000_000;
    let table = [
        ("2000-01-01 00:00:00", 0),
        ("2000-01-01 00:00:00.000001", 1),
        ("1999-12-31 23:59:59.999999", -1),
        ("1999-12-31 23:59:59.5", -500_000),
        ("0001-12-31 00:00:00 BC", -730_120 * day),
        ("4714-11-24 00:00:00 BC", -2_451_545 * day),
        ("294276-12-31 23:59:59.999999", 9_223_371_331_199_999_999),
        ("infinity", i64::MAX),
        ("-infinity", i64::MIN),
    ];
    for (text, micros) in table {
        text_is(&FieldType::Timestamp, text, &Value::Timestamp(micros));
        let zoned = match text.split_once(" BC") {
            Some((time, _)) => format!("{time}+00 BC"),
            None if text.ends_with("infinity") => text.to_owned(),
            None => format!("{text}+00"),
        };
        text_is(&FieldType::TimestampTz, &zoned, &Value::Timestamp(micros));
    }
}

#[test]
fn a_timestamptz_is_read_at_any_offset() {
    for text in ["1999-12-31 23:00:00-01", "2000-01-01 05:45:00+05:45", "2000-01-01 00:19:32+00:19:32"] {
        assert!(
            decoded(Wire::Text, &FieldType::TimestampTz, text.as_bytes()).unwrap() == Value::Timestamp(0)
        );
    }
}

#[test]
fn times_end_at_midnight() {
    text_is(&FieldType::Time, "00:00:00", &Value::Time(0));
    text_is(&FieldType::Time, "24:00:00", &Value::Time(86_400_000_000));
    text_is(&FieldType::Time, "13:07:09.00001", &Value::Time(47_229_000_010));
}

#[test]
fn intervals_have_a_sign_for_each_part() {
    let table = [
        ("00:00:00", (0, 0, 0)),
        ("1 year", (12, 0, 0)),
        ("-1 years -2 mons +3 days -04:05:06.789", (-14, 3, -14_706_789_000)),
        ("1 mon -1 days +00:00:01", (1, -1, 1_000_000)),
        ("-1 mons +1 day 00:00:00.000001", (-1, 1, 1)),
        ("2 days 2562047788:00:54.775807", (0, 2, i64::MAX)),
        ("-2562047788:00:54.775808", (0, 0, i64::MIN)),
        ("-178956970 years -8 mons -2147483648 days", (i32::MIN, i32::MIN, 0)),
        ("infinity", (i32::MAX, i32::MAX, i64::MAX)),
        ("-infinity", (i32::MIN, i32::MIN, i64::MIN)),
    ];
    for (text, (months, days, micros)) in table {
        text_is(&FieldType::Interval, text, &Value::Interval { months, days, micros });
    }
}

#[test]
fn floats_are_written_in_their_shortest_form() {
    let doubles = [
        ("0", 0.0),
        ("-0", -0.0),
        ("1.5", 1.5),
        ("0.1", 0.1),
        ("123456789012345", 123_456_789_012_345.0),
        ("1e+15", 1e15),
        ("1.234567890123456e+15", 1.234567890123456e15),
        ("0.0001", 1e-4),
        ("1.5e-05", 1.5e-5),
        ("1.7976931348623157e+308", f64::MAX),
        ("5e-324", 5e-324),
        ("NaN", f64::NAN),
        ("Infinity", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
    ];
    for (text, number) in doubles {
        text_is(&FieldType::Float8, text, &Value::Float8(number));
    }
    for (text, number) in
        [("0.1", 0.1f32), ("123456", 123_456.0), ("1e+06", 1e6), ("-3.4028235e+38", f32::MIN)]
    {
        text_is(&FieldType::Float4, text, &Value::Float4(number));
    }
}

#[test]
fn texts_are_escaped_and_nothing_else_is() {
    text_is(&FieldType::Text, r"a\tb\\c", &Value::Text(b"a\tb\\c"[..].into()));
    text_is(&FieldType::Json, r#"{"a":"\\n"}"#, &Value::Json(br#"{"a":"\n"}"#[..].into()));
    text_is(&FieldType::Bytea, r"\\x00ff5c", &Value::Bytea(b"\0\xff\\"[..].into()));
    text_is(&FieldType::Bytea, r"\\x", &Value::Bytea(b""[..].into()));
    text_is(&FieldType::Opaque, r"(1,\\x)", &Value::Opaque(br"(1,\x)"[..].into()));
    text_is(
        &FieldType::Uuid,
        "00112233-4455-6677-8899-aabbccddeeff",
        &Value::Uuid([
            0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
        ]),
    );
    text_is(&FieldType::Bool, "t", &Value::Bool(true));
    text_is(&FieldType::Int8, "-9223372036854775808", &Value::Int(i64::MIN));
}

#[test]
fn addresses_leave_out_the_bits_they_all_have() {
    let inet =
        |address: &str, bits| Value::Inet(Inet::new(address.parse::<IpAddr>().unwrap(), bits).unwrap());
    text_is(&FieldType::Inet, "192.0.2.1", &inet("192.0.2.1", 32));
    text_is(&FieldType::Inet, "192.0.2.1/24", &inet("192.0.2.1", 24));
    text_is(&FieldType::Inet, "2001:db8::1", &inet("2001:db8::1", 128));
    text_is(&FieldType::Cidr, "192.0.2.0/24", &inet("192.0.2.0", 24));
    text_is(&FieldType::Cidr, "192.0.2.1/32", &inet("192.0.2.1", 32));
    text_is(&FieldType::Cidr, "::/0", &inet("::", 0));
    assert!(Inet::new("192.0.2.1".parse().unwrap(), 33).is_none());
}

#[test]
fn arrays_keep_dimensions_bounds_nulls_and_quotes() {
    let text = |text: &str| Some(Value::Text(text.as_bytes().to_vec().into()));
    let flat = |length| vec![ArrayDimension { length, lower: 1 }];
    text_is(&text_array(), "{}", &Value::Array { dimensions: vec![], elements: vec![] });
    let elements = vec![text("a"), None, text("NULL"), text(""), text("b c"), text("{,}"), text("\"\\")];
    text_is(
        &text_array(),
        r#"{a,NULL,"NULL","","b c","{,}","\\"\\\\"}"#,
        &Value::Array { dimensions: flat(7), elements },
    );
    let dimensions = vec![ArrayDimension { length: 2, lower: -1 }, ArrayDimension { length: 3, lower: 0 }];
    let elements = (1..=6).map(|number| Some(Value::Int(number))).collect();
    text_is(&int4_array(), "[-1:0][0:2]={{1,2,3},{4,5,6}}", &Value::Array { dimensions, elements });
    let six_deep = Value::Array { dimensions: flat(1).repeat(6), elements: vec![Some(Value::Int(7))] };
    text_is(&int4_array(), "{{{{{{7}}}}}}", &six_deep);
}

#[test]
fn an_array_names_its_element_type_on_the_binary_wire() {
    let value = Value::Array {
        dimensions: vec![ArrayDimension { length: 2, lower: 5 }],
        elements: vec![Some(Value::Int(1)), None],
    };
    let field = encoded(Wire::Binary, &int4_array(), &value).unwrap();
    let words: Vec<i32> = field.chunks(4).map(|word| i32::from_be_bytes(word.try_into().unwrap())).collect();
    assert_eq!(words, [32, 1, 1, INT4_OID as i32, 2, 5, 4, 1, -1]);
}

/// Payloads that are no value of their type.
#[test]
fn malformed_text_is_refused() {
    let table: [(&FieldType, &[&str]); 16] = [
        (&FieldType::Bool, &["", "true", "T", "0"]),
        (&FieldType::Int4, &["", "-", "1 ", "0x1", "1.0", "--1", "99999999999999999999"]),
        (&FieldType::Float8, &["", "nan", "inf", "1e999", "1_0", "0x1p3", "1e"]),
        (&FieldType::Numeric, &["", "-", ".5", "5.", "1e5", "1.2.3", "+1", "-NaN", "infinity"]),
        (
            &FieldType::Date,
            &["", "2024-02-30", "2023-02-29", "0000-01-01", "2024-1-01", "2024-01-01 AD", "2024-01"],
        ),
        (&FieldType::Date, &["2024-+1-01", "-2024-01-01", "99999999-01-01", "9223372036854775807-01-01"]),
        (
            &FieldType::Time,
            &["", "24:00:00.000001", "12:60:00", "12:00", "12:00:00.", "12:00:00.1234567", "-1:00:00"],
        ),
        (
            &FieldType::Timestamp,
            &["2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00:00+00", "294278-01-01 00:00:00"],
        ),
        (&FieldType::TimestampTz, &["2024-01-01 00:00:00", "2024-01-01 00:00:00Z", "2024-01-01 00:00:00+0"]),
        (
            &FieldType::Interval,
            &["", "1", "1 year ", "1 century", "1  day", "P1Y", "9999999999 days", "1 day 1:2"],
        ),
        (&FieldType::Uuid, &["", "00112233445566778899aabbccddeeff", "g0112233-4455-6677-8899-aabbccddeeff"]),
        (&FieldType::Bytea, &["", r"\\x0", r"\\xzz", "00", r"\\000"]),
        (
            &FieldType::Inet,
            &["", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "::1/129", "1.2.3.4/+8", "::1%eth0", "1.2.3.4/8/8"],
        ),
        (
            &int4_array(),
            &[
                "",
                "{",
                "}",
                "{1",
                "{1}}",
                "{1,}",
                "{,1}",
                "{1}{2}",
                "{{1},{2,3}}",
                "{{1},2}",
                "{1,{2}}",
                "{{}}",
            ],
        ),
        (
            &int4_array(),
            &["[1:2]={1}", "[1:1]={}", "[2:1]={}", "[1:1]{1}", "[1]={1}", "{{{{{{{1}}}}}}}", "{1 }", "{a}"],
        ),
        (
            &int4_array(),
            &[
                "[2147483647:2147483647]={1}",
                "[-9223372036854775808:9223372036854775807]={1}",
                "{\"1}",
                "{1\\\\",
            ],
        ),
    ];
    for (kind, texts) in table {
        for text in texts {
            let refused = decoded(Wire::Text, kind, text.as_bytes()).is_err();
            assert!(refused, "{text:?} was taken for {}", kind.name());
        }
    }
}

#[test]
fn malformed_binary_is_refused() {
    let array = |words: &[i32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    let table: Vec<(FieldType, Vec<u8>)> = vec![
        (FieldType::Bool, vec![]),
        (FieldType::Int4, vec![0; 3]),
        (FieldType::Int8, vec![0; 9]),
        (FieldType::Time, (-1i64).to_be_bytes().to_vec()),
        (FieldType::Interval, vec![0; 15]),
        (FieldType::Uuid, vec![0; 17]),
        (FieldType::Jsonb, vec![]),
        (FieldType::Jsonb, b"\x02{}".to_vec()),
        (FieldType::Numeric, vec![0; 7]),
        (FieldType::Numeric, b"\0\x01\0\0\0\0\0\0".to_vec()),
        (FieldType::Numeric, b"\0\x01\0\0\0\0\0\0\x27\x10".to_vec()),
        (FieldType::Numeric, b"\0\0\0\0\x12\x34\0\0".to_vec()),
        (FieldType::Numeric, b"\0\0\0\0\0\0\x40\0".to_vec()),
        (FieldType::Inet, b"\x02\x20\0\x04\x01\x02\x03".to_vec()),
        (FieldType::Inet, b"\x02\x21\0\x04\x01\x02\x03\x04".to_vec()),
        (FieldType::Inet, b"\x04\x20\0\x04\x01\x02\x03\x04".to_vec()),
        (int4_array(), array(&[])),
        (int4_array(), array(&[-1, 0, 23])),
        (int4_array(), array(&[7, 0, 23])),
        (int4_array(), array(&[1, 0, 23, 1, 1])),
        (int4_array(), array(&[1, 0, 23, -1, 1])),
        (int4_array(), array(&[1, 0, 23, i32::MAX, 0])),
        (
            int4_array(),
            array(&[6, 0, 23].iter().chain(&[i32::MAX, 0].repeat(6)).copied().collect::<Vec<_>>()),
        ),
        (int4_array(), array(&[1, 0, 23, 1, i32::MAX, 4, 7])),
        (int4_array(), array(&[1, 0, 23, 1, 1, -2])),
        (int4_array(), array(&[1, 0, 23, 1, 1, 4, 7, 7])),
    ];
    for (index, (kind, payload)) in table.iter().enumerate() {
        assert!(decoded(Wire::Binary, kind, payload).is_err(), "case {index} was taken for {}", kind.name());
    }
}

#[test]
fn values_outside_their_type_are_not_written() {
    let kind_of = |kind: &FieldType, value: &Value<'_>| {
        let [binary, text] =
            [Wire::Binary, Wire::Text].map(|wire| encoded(wire, kind, value).unwrap_err().kind());
        assert_eq!(binary, text);
        binary
    };
    assert_eq!(kind_of(&FieldType::Int2, &Value::Int(40_000)), CodecErrorKind::OutOfRange("int2"));
    assert_eq!(kind_of(&FieldType::Int4, &Value::Int(1 << 40)), CodecErrorKind::OutOfRange("int4"));
    assert_eq!(kind_of(&FieldType::Time, &Value::Time(-1)), CodecErrorKind::OutOfRange("time"));
    assert_eq!(kind_of(&FieldType::Text, &Value::Int(1)), CodecErrorKind::ValueKind("text"));
    assert_eq!(kind_of(&FieldType::Opaque, &Value::Bool(true)), CodecErrorKind::ValueKind("opaque"));
    let ragged =
        Value::Array { dimensions: vec![ArrayDimension { length: 2, lower: 1 }], elements: vec![None] };
    assert_eq!(kind_of(&int4_array(), &ragged), CodecErrorKind::OutOfRange("array"));
}

#[test]
fn debug_and_errors_show_no_value() {
    let secret = "olivia7";
    let values = [
        Value::Text(secret.as_bytes().into()),
        Value::Bytea(secret.as_bytes().into()),
        Value::Json(secret.as_bytes().into()),
        Value::Opaque(secret.as_bytes().into()),
    ];
    for value in &values {
        assert!(format!("{value:?}").ends_with("(7 bytes)"));
    }
    let number = decoded(Wire::Text, &FieldType::Numeric, b"4711").unwrap();
    let address = decoded(Wire::Text, &FieldType::Inet, b"192.0.2.7").unwrap();
    let array = decoded(Wire::Text, &text_array(), b"{olivia7}").unwrap();
    let shown = format!("{number:?} {address:?} {array:?} {:?} {:?}", Value::Int(4711), Value::Date(4711));
    assert_eq!(shown, "Numeric Inet Array(1 dimensions, 1 elements) Int Date");
    let error = decoded(Wire::Text, &FieldType::Int4, secret.as_bytes()).unwrap_err();
    assert_eq!(error.at_row(3).at_field(2).to_string(), "malformed int4 field (row 3, field 2)");
    assert!(!format!("{error:?}").contains(secret));
}

fn int4_range() -> FieldType {
    FieldType::Range(Box::new(FieldType::Int4))
}

#[test]
fn ranges_that_are_none_are_refused_on_both_wires() {
    let text = ["", "[1,2", "1,2)", "[1;2)", "[1,2))", "[1,2,3)", "[\"1,2)", "[x,2)", "Empty", "[1,2)[3,4)"];
    for form in text {
        assert!(decoded(Wire::Text, &int4_range(), form.as_bytes()).is_err(), "{form}");
    }
    let multirange = FieldType::Multirange(Box::new(FieldType::Int4));
    for form in ["", "{", "{[1,2)", "{[1,2),}", "{[1,2)[3,4)}", "{empty}", "[1,2)", "{}{}"] {
        assert!(decoded(Wire::Text, &multirange, form.as_bytes()).is_err(), "{form}");
    }
    let field = |value: i32| [4i32.to_be_bytes(), value.to_be_bytes()].concat();
    let binary: [Vec<u8>; 7] = [
        vec![],
        vec![0x20],
        vec![0x02],
        [vec![0x02], field(1)].concat(),
        [vec![0x02], field(1), field(2), vec![0]].concat(),
        [vec![0x01], field(1)].concat(),
        [vec![0x02], (-1i32).to_be_bytes().to_vec(), field(2)].concat(),
    ];
    for payload in &binary {
        assert!(decoded(Wire::Binary, &int4_range(), payload).is_err(), "{payload:?}");
    }
    for payload in [&b"\xff\xff\xff\xff"[..], b"\0\0\0\x01", b"\0\0\0\0\0", b"\x7f\xff\xff\xff"] {
        assert!(decoded(Wire::Binary, &multirange, payload).is_err(), "{payload:?}");
    }
}

#[test]
fn ranges_are_written_as_they_are_read() {
    for form in ["empty", "(,)", "[1,9)", "(,5)", "[-3,)", "(1,2]"] {
        let value = decoded(Wire::Text, &int4_range(), form.as_bytes()).unwrap();
        text_is(&int4_range(), form, &value);
        assert!(!format!("{value:?}").contains(['1', '3', '5', '9']));
    }
    let moments = FieldType::Multirange(Box::new(FieldType::Timestamp));
    for form in ["{}", "{(,)}", "{[\"2020-01-01 10:00:00\",infinity],(\"2021-01-01 00:00:00\",)}"] {
        let value = decoded(Wire::Text, &moments, form.as_bytes()).unwrap();
        text_is(&moments, form, &value);
    }
    // A bracket at no end says nothing.
    let open = decoded(Wire::Text, &int4_range(), b"[,5)").unwrap();
    text_is(&int4_range(), "(,5)", &open);
}

#[test]
fn an_hstore_is_read_as_people_write_it_and_written_as_the_server_does() {
    for (form, own) in [
        ("", ""),
        (" a=>1 ,b => null", r#""a"=>"1", "b"=>NULL"#),
        (r#""a"=>"NULL","c d"=>"x\"y""#, r#""a"=>"NULL", "c d"=>"x\"y""#),
        (r"a\,b=>c\=", r#""a,b"=>"c=""#),
    ] {
        let (mut escaped, mut printed) = (Vec::new(), Vec::new());
        encode(Wire::Text, &FieldType::Text, &Value::Text(form.as_bytes().into()), &mut escaped).unwrap();
        let value = decoded(Wire::Text, &FieldType::Hstore, &escaped).unwrap();
        encode(Wire::Text, &FieldType::Text, &Value::Text(own.as_bytes().into()), &mut printed).unwrap();
        text_is(&FieldType::Hstore, std::str::from_utf8(&printed).unwrap(), &value);
        assert_eq!(format!("{value:?}"), format!("Hstore({} keys)", own.matches("=>").count()));
    }
    for form in ["a", "a=>", "=>1", "a=>1,", ",", "a=1", "a=>1 b=>2", "\"a=>1", "\"a\"=>\"1", "a=>1,,b=>2"] {
        assert!(decoded(Wire::Text, &FieldType::Hstore, form.as_bytes()).is_err(), "{form}");
    }
    let words = |words: &[i32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    for payload in
        [words(&[]), words(&[-1]), words(&[1]), words(&[1, -1, -1]), words(&[1, 0]), words(&[0, 0])]
    {
        assert!(decoded(Wire::Binary, &FieldType::Hstore, &payload).is_err(), "{payload:?}");
    }
}
