//! What the fuzz targets check. It stands here so that the tests replay the committed corpus through it.

use waxwork_copy::{BINARY_HEADER, FieldType, Value, Wire, decode, encode};

use super::same::same;
use super::{feed, twin};

/// Input: wire and whether a header is put in front (two bits), two chunk sizes, a batch size, then the stream.
///
/// The codec reads any stream in any chunks as its twin reads it whole, and decodes any field without panic.
pub(crate) fn batches(input: &[u8]) {
    let Some((&[mode, first_chunk, chunk, batch_bytes], rest)) = input.split_first_chunk() else { return };
    let wire = if mode & 1 == 0 { Wire::Text } else { Wire::Binary };
    let header = if mode & 2 == 0 { &[][..] } else { &BINARY_HEADER };
    let stream = [header, rest].concat();
    let chunks = [first_chunk, chunk].map(usize::from);
    let rows = feed::rows(wire, &stream, &chunks, batch_bytes.into()).ok();
    assert!(rows == twin::rows(wire, &stream), "the codec and its twin read different rows");
    for payload in rows.iter().flatten().flatten().flatten() {
        for kind in field_types() {
            decode(wire, &kind, payload, &mut Vec::new()).ok();
        }
        let mut scratch = Vec::new();
        let text = decode(Wire::Text, &FieldType::Text, payload, &mut scratch).ok();
        assert!(text == twin::unescaped(payload).map(|text| Value::Text(text.into())));
    }
}

/// Input: a field type, a wire, then a payload.
///
/// What is decoded from it is written on either wire and comes back the same.
pub(crate) fn values(input: &[u8]) {
    let Some((&[kind, wire], payload)) = input.split_first_chunk() else { return };
    let kinds = field_types();
    let kind = &kinds[usize::from(kind) % kinds.len()];
    let wire = if wire & 1 == 0 { Wire::Text } else { Wire::Binary };
    let mut scratch = Vec::new();
    let Ok(value) = decode(wire, kind, payload, &mut scratch) else { return };
    for (wire, frame) in [(Wire::Text, 0), (Wire::Binary, 4)] {
        let mut field = Vec::new();
        encode(wire, kind, &value, &mut field).expect("what was decoded is encoded");
        let mut scratch = Vec::new();
        let again = decode(wire, kind, &field[frame..], &mut scratch).expect("what was encoded is decoded");
        assert!(same(&again, &value), "another {} came back", kind.name());
    }
}

/// Every type, and arrays of some. New ones go to the end: the corpus names a type by its place.
fn field_types() -> Vec<FieldType> {
    let scalars = [
        FieldType::Bool,
        FieldType::Int2,
        FieldType::Int4,
        FieldType::Int8,
        FieldType::Float4,
        FieldType::Float8,
        FieldType::Numeric,
        FieldType::Text,
        FieldType::Date,
        FieldType::Time,
        FieldType::Timestamp,
        FieldType::TimestampTz,
        FieldType::Interval,
        FieldType::Uuid,
        FieldType::Bytea,
        FieldType::Json,
        FieldType::Jsonb,
        FieldType::Inet,
        FieldType::Cidr,
        FieldType::Hstore,
        FieldType::Opaque,
    ];
    let array = |element: &FieldType| FieldType::Array { element: Box::new(element.clone()), element_oid: 7 };
    let arrays: Vec<FieldType> = scalars.iter().map(array).collect();
    let ranges = [
        FieldType::Int4,
        FieldType::Int8,
        FieldType::Numeric,
        FieldType::Date,
        FieldType::Timestamp,
        FieldType::TimestampTz,
    ];
    let ranges = ranges.into_iter().flat_map(|element| {
        let element = Box::new(element);
        [FieldType::Range(element.clone()), FieldType::Multirange(element)]
    });
    scalars.into_iter().chain(arrays).chain(ranges).collect()
}
