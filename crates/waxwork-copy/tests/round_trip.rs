//! Properties: what is written is read again, on both wires, and any bytes are read as the twin reads them.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use waxwork_copy::{
    ArrayDimension, BINARY_HEADER, BINARY_TRAILER, FieldType, Inet, Numeric, RangeBound, RangeBounds, Value,
    Wire, begin_row, decode, encode, encode_null, end_field, end_row,
};

use crate::support::same::same;
use crate::support::{feed, twin};

const WIRES: [Wire; 2] = [Wire::Binary, Wire::Text];

/// A field type and a value of it.
type Typed = (FieldType, Value<'static>);

/// Bytes that mean something to COPY or to arrays, more often than others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let special = proptest::sample::select(&b"\\\t\n\r\x08\x0b\x0c\"{},NxUL07. "[..]);
    vec(prop_oneof![special, any::<u8>()], 0..24)
}

fn integer() -> impl Strategy<Value = Typed> {
    prop_oneof![
        any::<i16>().prop_map(|number| (FieldType::Int2, Value::Int(number.into()))),
        any::<i32>().prop_map(|number| (FieldType::Int4, Value::Int(number.into()))),
        any::<i64>().prop_map(|number| (FieldType::Int8, Value::Int(number))),
    ]
}

fn float() -> impl Strategy<Value = Typed> {
    prop_oneof![
        any::<u32>().prop_map(|bits| (FieldType::Float4, Value::Float4(f32::from_bits(bits)))),
        any::<u64>().prop_map(|bits| (FieldType::Float8, Value::Float8(f64::from_bits(bits)))),
        any::<i32>().prop_map(|number| (FieldType::Float8, Value::Float8(f64::from(number) / 1000.0))),
    ]
}

fn numeric() -> impl Strategy<Value = Typed> {
    let finite = (any::<bool>(), -20i16..20, 0u16..60, vec(prop_oneof![Just(0u16), 0u16..10_000], 0..12))
        .prop_map(|(negative, weight, scale, digits)| Numeric::finite(negative, weight, scale, digits));
    prop_oneof![
        9 => finite,
        1 => proptest::sample::select(vec![Numeric::NaN, Numeric::Infinity, Numeric::NegativeInfinity]),
    ]
    .prop_map(|number| (FieldType::Numeric, Value::Numeric(number)))
}

fn moment() -> impl Strategy<Value = Typed> {
    prop_oneof![
        any::<i32>().prop_map(|days| (FieldType::Date, Value::Date(days))),
        (-3_000_000i32..3_000_000).prop_map(|days| (FieldType::Date, Value::Date(days))),
        (0..=86_400_000_000i64).prop_map(|micros| (FieldType::Time, Value::Time(micros))),
        any::<i64>().prop_map(|micros| (FieldType::Timestamp, Value::Timestamp(micros))),
        any::<i64>().prop_map(|micros| (FieldType::TimestampTz, Value::Timestamp(micros))),
        (any::<i32>(), any::<i32>(), any::<i64>()).prop_map(interval),
        (-30i32..30, -2i32..2, -9_000_000_000i64..9_000_000_000).prop_map(interval),
    ]
}

fn interval((months, days, micros): (i32, i32, i64)) -> Typed {
    (FieldType::Interval, Value::Interval { months, days, micros })
}

fn address() -> impl Strategy<Value = Typed> {
    let inet = prop_oneof![
        (any::<[u8; 4]>(), 0u8..=32).prop_map(|(address, bits)| (IpAddr::from(address), bits)),
        (any::<[u8; 16]>(), 0u8..=128).prop_map(|(address, bits)| (IpAddr::from(address), bits)),
        (vec(prop_oneof![Just(0u8), any::<u8>()], 16), Just(128u8)).prop_map(|(address, bits)| {
            (IpAddr::from(<[u8; 16]>::try_from(address).expect("16 bytes")), bits)
        }),
    ];
    (inet, proptest::sample::select(vec![FieldType::Inet, FieldType::Cidr]))
        .prop_map(|((address, bits), kind)| (kind, Value::Inet(Inet::new(address, bits).expect("bits fit"))))
}

fn of_bytes() -> impl Strategy<Value = Typed> {
    (bytes(), 0..5).prop_map(|(bytes, kind)| match kind {
        0 => (FieldType::Text, Value::Text(bytes.into())),
        1 => (FieldType::Bytea, Value::Bytea(bytes.into())),
        2 => (FieldType::Json, Value::Json(bytes.into())),
        3 => (FieldType::Jsonb, Value::Json(bytes.into())),
        _ => (FieldType::Opaque, Value::Opaque(bytes.into())),
    })
}

fn scalar() -> impl Strategy<Value = Typed> {
    prop_oneof![
        integer(),
        float(),
        numeric(),
        moment(),
        address(),
        of_bytes(),
        any::<[u8; 16]>().prop_map(|bytes| (FieldType::Uuid, Value::Uuid(bytes))),
        any::<bool>().prop_map(|bit| (FieldType::Bool, Value::Bool(bit))),
    ]
}

/// Arrays of one value and NULLs, in any shape: what differs between elements is up to the scalars.
fn array() -> impl Strategy<Value = Typed> {
    let dimension = (1i32..4, prop_oneof![Just(1), -3i32..5])
        .prop_map(|(length, lower)| ArrayDimension { length, lower });
    (scalar(), vec(dimension, 0..=4), vec(any::<bool>(), 81)).prop_map(
        |((element, value), dimensions, nulls)| {
            let product: i32 = dimensions.iter().map(|dimension| dimension.length).product();
            let count = if dimensions.is_empty() { 0 } else { product as usize };
            let elements = nulls[..count].iter().map(|&null| (!null).then(|| value.clone())).collect();
            (
                FieldType::Array { element: Box::new(element), element_oid: 99 },
                Value::Array { dimensions, elements },
            )
        },
    )
}

fn hstore() -> impl Strategy<Value = Typed> {
    let text =
        || vec(any::<char>(), 0..6).prop_map(|text| text.into_iter().filter(|char| *char != '\0').collect());
    let pair = (text(), proptest::option::of(text())).prop_map(|(key, value): (String, Option<String>)| {
        (key.into_bytes().into(), value.map(|value| value.into_bytes().into()))
    });
    vec(pair, 0..4).prop_map(|pairs| (FieldType::Hstore, Value::Hstore(pairs)))
}

/// Ranges, and multiranges of one, between two values in order.
fn range() -> impl Strategy<Value = Typed> {
    let kinds = proptest::sample::select(vec![
        FieldType::Int4,
        FieldType::Int8,
        FieldType::Numeric,
        FieldType::Date,
        FieldType::Timestamp,
        FieldType::TimestampTz,
    ]);
    let bound = || (proptest::option::of(-2_000_000i32..2_000_000), any::<bool>());
    (kinds, bound(), bound(), 0..3).prop_map(|(element, lower, upper, shape)| {
        let bound = |(number, inclusive): (Option<i32>, bool)| {
            let value = number.map(|number| match element {
                FieldType::Date => Value::Date(number),
                FieldType::Numeric => Value::Numeric(Numeric::finite(
                    number < 0,
                    0,
                    4,
                    vec![(number.unsigned_abs() % 9_999 + 1) as u16],
                )),
                FieldType::Timestamp | FieldType::TimestampTz => Value::Timestamp(i64::from(number) << 20),
                _ => Value::Int(number.into()),
            });
            RangeBound { inclusive: inclusive && value.is_some(), value }
        };
        let bounds = RangeBounds { lower: bound(lower), upper: bound(upper) };
        let element = Box::new(element.clone());
        match shape {
            0 => (FieldType::Range(element), Value::Range(None)),
            1 => (FieldType::Range(element), Value::Range(Some(Box::new(bounds)))),
            _ => (FieldType::Multirange(element), Value::Multirange(vec![bounds.clone(), bounds])),
        }
    })
}

fn typed() -> impl Strategy<Value = Typed> {
    prop_oneof![4 => scalar(), 1 => array(), 1 => range(), 1 => hstore()]
}

/// Rows of equal types, `None` for NULL, as a whole stream.
fn stream(wire: Wire, rows: &[Vec<Option<Typed>>]) -> Vec<u8> {
    let mut out = Vec::new();
    if wire == Wire::Binary {
        out.extend_from_slice(&BINARY_HEADER);
    }
    for row in rows {
        begin_row(wire, row.len() as i16, &mut out);
        for (index, field) in row.iter().enumerate() {
            if index > 0 {
                end_field(wire, &mut out);
            }
            match field {
                Some((kind, value)) => encode(wire, kind, value, &mut out).expect("the value is of its type"),
                None => encode_null(wire, &mut out),
            }
        }
        end_row(wire, &mut out);
    }
    if wire == Wire::Binary {
        out.extend_from_slice(&BINARY_TRAILER);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_survive_both_wires_and_any_feed(
        rows in vec(vec(proptest::option::weighted(0.8, typed()), 1..6), 0..5),
        chunks in vec(1usize..40, 1..8),
        batch_bytes in 1usize..200,
    ) {
        for wire in WIRES {
            let stream = stream(wire, &rows);
            let read = feed::rows(wire, &stream, &chunks, batch_bytes).expect("the stream is whole");
            let expected = twin::rows(wire, &stream);
            prop_assert_eq!(Some(&read), expected.as_ref());
            prop_assert_eq!(read.len(), rows.len());
            for (payload, field) in read.iter().flatten().zip(rows.iter().flatten()) {
                let Some((kind, value)) = field else {
                    prop_assert!(payload.is_none(), "NULL came back as a value");
                    continue;
                };
                let payload = payload.as_ref().expect("a value came back as NULL");
                let mut scratch = Vec::new();
                let read = decode(wire, kind, payload, &mut scratch).expect("what is written is read");
                prop_assert!(same(&read, value), "another {} came back on {wire:?}", kind.name());
            }
        }
    }

    #[test]
    fn any_text_stream_is_read_as_the_twin_reads_it(
        stream in vec(proptest::sample::select(&b"\\\\\t\n\nN.ab7x"[..]), 0..60),
        chunks in vec(1usize..20, 1..6),
        batch_bytes in 1usize..30,
    ) {
        let read = feed::rows(Wire::Text, &stream, &chunks, batch_bytes).ok();
        prop_assert_eq!(&read, &twin::rows(Wire::Text, &stream));
        for payload in read.iter().flatten().flatten().flatten() {
            let mut scratch = b"left over".to_vec();
            let text = decode(Wire::Text, &FieldType::Text, payload, &mut scratch).ok();
            prop_assert!(text == twin::unescaped(payload).map(|text| Value::Text(text.into())));
        }
    }

    #[test]
    fn a_damaged_binary_stream_is_read_as_the_twin_reads_it(
        rows in vec(vec(proptest::option::of(of_bytes()), 0..4), 0..4),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        chunks in vec(1usize..20, 1..6),
    ) {
        let mut stream = stream(Wire::Binary, &rows);
        for (at, byte) in damage {
            let at = at.index(stream.len());
            stream[at] = byte;
        }
        stream.truncate(cut.map_or(stream.len(), |cut| cut.index(stream.len())));
        let read = feed::rows(Wire::Binary, &stream, &chunks, 16).ok();
        prop_assert_eq!(read, twin::rows(Wire::Binary, &stream));
    }
}
