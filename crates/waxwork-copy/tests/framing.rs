//! Streams to rows: each case through the codec and its twin, whole, byte by byte and in odd chunks.

use waxwork_copy::{
    BINARY_HEADER, BINARY_TRAILER, BatchBuilder, CodecErrorKind, RowCursor, Wire, begin_row, encode_null,
    end_field, end_row, fields_range,
};

use crate::support::feed;
use crate::support::twin::{self, Row};

/// Chunk sizes that every case is fed in; the last goes on for ever.
const FEEDS: [&[usize]; 6] = [&[usize::MAX], &[1], &[2], &[7], &[3, 1, 5, 13, 2], &[19, 1, 31]];

/// Batch sizes: each row by itself, some rows, all rows.
const BATCH_BYTES: [usize; 3] = [1, 12, 1 << 20];

/// Reads a stream in every way there is; all agree.
#[track_caller]
fn read(wire: Wire, stream: &[u8]) -> Result<Vec<Row>, CodecErrorKind> {
    let expected = twin::rows(wire, stream);
    let mut kinds = Vec::new();
    for (feed, batch_bytes) in
        FEEDS.iter().flat_map(|feed| BATCH_BYTES.map(|batch_bytes| (feed, batch_bytes)))
    {
        let rows = feed::rows(wire, stream, feed, batch_bytes);
        assert_eq!(rows.as_ref().ok(), expected.as_ref(), "feed {feed:?}, batches of {batch_bytes}");
        kinds.extend(rows.err().map(|error| error.kind()));
    }
    assert!(kinds.windows(2).all(|pair| pair[0] == pair[1]), "the feed decides the error: {kinds:?}");
    match kinds.first() {
        Some(&kind) => Err(kind),
        None => Ok(expected.expect("no error, so the twin has rows")),
    }
}

/// Makes a test of a name, a wire, a stream and what it holds: rows of payloads, or the kind of error.
macro_rules! reads_to {
    ($($name:ident: $wire:ident, $stream:expr => $expected:expr;)+) => {
        $(
            #[test]
            fn $name() {
                let stream: Vec<u8> = $stream;
                let expected: Result<Vec<Row>, CodecErrorKind> = $expected;
                assert!(read(Wire::$wire, &stream) == expected, "other rows, or another error");
            }
        )+
    };
}

/// Rows of text payloads.
fn text_rows<const N: usize>(rows: [&[&str]; N]) -> Result<Vec<Row>, CodecErrorKind> {
    let payload = |text: &&str| if *text == "\\N" { None } else { Some(text.as_bytes().to_vec()) };
    Ok(rows.iter().map(|row| row.iter().map(payload).collect()).collect())
}

/// A header, these parts, a trailer.
fn binary(parts: &[&[u8]]) -> Vec<u8> {
    [&BINARY_HEADER[..], &parts.concat(), &BINARY_TRAILER].concat()
}

/// A header without flags and with an extension.
fn header_with(flags: u32, extension_length: u32) -> Vec<u8> {
    [&BINARY_HEADER[..11], &flags.to_be_bytes(), &extension_length.to_be_bytes()].concat()
}

reads_to! {
    no_text_at_all: Text, vec![] => Ok(vec![]);
    one_empty_line_is_one_empty_field: Text, b"\n".to_vec() => text_rows([&[""]]);
    one_field: Text, b"olivia\n".to_vec() => text_rows([&["olivia"]]);
    three_fields_two_rows: Text, b"1\tb\t\n2\t\tc\n".to_vec() => text_rows([&["1", "b", ""], &["2", "", "c"]]);
    null_is_not_the_escaped_characters: Text, b"\\N\t\\\\N\tN\n".to_vec() => text_rows([&["\\N", "\\\\N", "N"]]);
    a_null_marker_with_more_is_text: Text, b"\\Nx\tx\\N\n".to_vec() => text_rows([&["\\Nx", "x\\N"]]);
    escaped_delimiters_do_not_split: Text, b"a\\tb\\nc\n".to_vec() => text_rows([&["a\\tb\\nc"]]);
    a_field_of_backslashes: Text, b"\\\\\\\\\t\\\\\n".to_vec() => text_rows([&["\\\\\\\\", "\\\\"]]);
    bytes_above_ascii: Text, "é\tñ\n".as_bytes().to_vec() => text_rows([&["é", "ñ"]]);
    an_end_marker_ends_the_text: Text, b"1\n\\.\n".to_vec() => text_rows([&["1"]]);
    an_end_marker_in_a_field_is_text: Text, b"\\.\t\\.\n".to_vec() => text_rows([&["\\.", "\\."]]);
    text_after_the_end_marker: Text, b"1\n\\.\n2\n".to_vec() => Err(CodecErrorKind::AfterTrailer);
    text_cut_in_a_row: Text, b"1\t2\n3".to_vec() => Err(CodecErrorKind::CutRow);
    text_cut_after_a_tab: Text, b"1\t".to_vec() => Err(CodecErrorKind::CutRow);
    a_raw_newline_after_a_backslash: Text, b"1\\\n2\n".to_vec() => Err(CodecErrorKind::EscapedDelimiter);
    a_raw_tab_after_a_backslash: Text, b"1\\\t2\n".to_vec() => Err(CodecErrorKind::EscapedDelimiter);

    no_rows: Binary, binary(&[]) => Ok(vec![]);
    a_row_without_fields: Binary, binary(&[b"\0\0", b"\0\0"]) => Ok(vec![vec![], vec![]]);
    null_and_empty: Binary, binary(&[b"\0\x02", b"\xff\xff\xff\xff", b"\0\0\0\0"]) => Ok(vec![vec![None, Some(vec![])]]);
    two_rows: Binary, binary(&[b"\0\x01", b"\0\0\0\x03abc", b"\0\x01", b"\0\0\0\x01z"])
        => Ok(vec![vec![Some(b"abc".to_vec())], vec![Some(b"z".to_vec())]]);
    a_payload_that_looks_like_a_trailer: Binary, binary(&[b"\0\x01", b"\0\0\0\x02\xff\xff"])
        => Ok(vec![vec![Some(b"\xff\xff".to_vec())]]);
    an_extension_is_skipped: Binary, [&header_with(0, 3)[..], b"ext", &BINARY_TRAILER].concat() => Ok(vec![]);
    flags_that_may_be_ignored: Binary, [&header_with(0xffff, 0)[..], &BINARY_TRAILER].concat() => Ok(vec![]);
    rows_with_oids: Binary, [&header_with(1 << 16, 0)[..], &BINARY_TRAILER].concat() => Err(CodecErrorKind::Flags);
    the_highest_flag: Binary, [&header_with(1 << 31, 0)[..], &BINARY_TRAILER].concat() => Err(CodecErrorKind::Flags);
    an_extension_of_two_gigabytes: Binary, header_with(0, i32::MAX as u32) => Err(CodecErrorKind::Extension);
    an_extension_of_negative_length: Binary, header_with(0, u32::MAX) => Err(CodecErrorKind::Extension);
    text_on_the_binary_wire: Binary, b"1\tolivia\n".to_vec() => Err(CodecErrorKind::Signature);
    nothing_on_the_binary_wire: Binary, vec![] => Err(CodecErrorKind::MissingTrailer);
    half_a_header: Binary, BINARY_HEADER[..12].to_vec() => Err(CodecErrorKind::MissingTrailer);
    a_header_alone: Binary, BINARY_HEADER.to_vec() => Err(CodecErrorKind::MissingTrailer);
    cut_in_a_field_count: Binary, [&BINARY_HEADER[..], b"\0"].concat() => Err(CodecErrorKind::CutRow);
    cut_in_a_length_word: Binary, [&BINARY_HEADER[..], b"\0\x01\0\0"].concat() => Err(CodecErrorKind::CutRow);
    cut_in_a_payload: Binary, [&BINARY_HEADER[..], b"\0\x01\0\0\0\x04abc"].concat() => Err(CodecErrorKind::CutRow);
    a_field_count_below_the_trailer: Binary, binary(&[b"\xff\xfe"]) => Err(CodecErrorKind::FieldCount);
    a_length_below_null: Binary, binary(&[b"\0\x01", b"\xff\xff\xff\xfe"]) => Err(CodecErrorKind::FieldLength);
    a_length_of_two_gigabytes: Binary, binary(&[b"\0\x01", b"\x7f\xff\xff\xff"]) => Err(CodecErrorKind::CutRow);
    bytes_after_the_trailer: Binary, [binary(&[]), vec![0]].concat() => Err(CodecErrorKind::AfterTrailer);
}

#[test]
fn a_wide_row_survives_every_feed() {
    let mut row = Vec::new();
    begin_row(Wire::Binary, 1600, &mut row);
    for field in 0..1600u32 {
        row.extend_from_slice(&(field % 5).to_be_bytes());
        row.extend_from_slice(&b"olivia"[..(field % 5) as usize]);
    }
    let rows = read(Wire::Binary, &binary(&[&row, &row])).unwrap();
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [1600, 1600]);
}

#[test]
fn an_error_names_the_row_in_the_stream_and_comes_again() {
    let mut builder = BatchBuilder::new(Wire::Text, 1);
    builder.push(b"1\n2\n").unwrap();
    assert_eq!(builder.take_full().unwrap().rows(), 2);
    let error = builder.push(b"3\n4\\\n").unwrap_err();
    assert_eq!(error.row(), Some(4));
    assert_eq!(error.to_string(), "backslash before a raw delimiter in COPY row (row 4)");
    assert_eq!(builder.push(b"5\n"), Err(error));
    assert_eq!(builder.finish().unwrap_err(), error);
}

#[test]
fn a_cursor_names_the_row_in_the_batch_and_the_field() {
    let mut builder = BatchBuilder::new(Wire::Text, 1);
    builder.push(b"1\t2\n3\t4\\\t5\n").unwrap();
    let batch = builder.take_full().unwrap();
    let (mut cursor, mut fields) = (RowCursor::new(&batch), Vec::new());
    assert_eq!(cursor.next_row(&mut fields), Ok(true));
    let error = cursor.next_row(&mut fields).unwrap_err();
    assert_eq!((error.row(), error.field()), (Some(2), Some(2)));
}

#[test]
fn a_batch_waits_for_its_size_and_keeps_a_cut_row_for_the_next() {
    let mut builder = BatchBuilder::new(Wire::Text, 6);
    builder.push(b"1\t2\n3").unwrap();
    assert!(builder.take_full().is_none());
    builder.push(b"\t4\n5\t").unwrap();
    let batch = builder.take_full().unwrap();
    assert_eq!((batch.bytes(), batch.rows(), batch.wire()), (&b"1\t2\n3\t4\n"[..], 2, Wire::Text));
    assert!(builder.take_full().is_none());
    builder.push(b"6\n").unwrap();
    assert_eq!(builder.finish().unwrap().unwrap().into_bytes(), b"5\t6\n");
}

/// Writes a row anew: the fields before and after the middle one as ranges, the middle one as NULL.
fn with_null_in_the_middle(wire: Wire, stream: &[u8]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(wire, 1);
    builder.push(stream).expect("the stream is COPY's");
    let batch = builder.finish().expect("the stream is whole").expect("it has rows");
    let (mut cursor, mut fields, mut out) = (RowCursor::new(&batch), Vec::new(), Vec::new());
    while cursor.next_row(&mut fields).expect("the row is framed") {
        begin_row(wire, 5, &mut out);
        out.extend_from_slice(&batch.bytes()[fields_range(wire, &fields[0], &fields[1])]);
        end_field(wire, &mut out);
        encode_null(wire, &mut out);
        end_field(wire, &mut out);
        out.extend_from_slice(&batch.bytes()[fields_range(wire, &fields[3], &fields[4])]);
        end_row(wire, &mut out);
    }
    out
}

#[test]
fn untouched_neighbours_are_copied_as_one_range() {
    let text = with_null_in_the_middle(Wire::Text, b"a\t\\N\tc\t\td\\n\n\\N\tb\t\\N\tc\t\n");
    assert_eq!(text, b"a\t\\N\t\\N\t\td\\n\n\\N\tb\t\\N\tc\t\n");
    let row =
        |middle: &[u8]| [b"\0\x05\0\0\0\x01a\xff\xff\xff\xff", middle, b"\0\0\0\0\0\0\0\x02bc"].concat();
    let stream = binary(&[&row(b"\0\0\0\x03mid")]);
    assert_eq!(with_null_in_the_middle(Wire::Binary, &stream), row(b"\xff\xff\xff\xff"));
}

#[test]
fn debug_shows_counts_and_no_byte() {
    let mut builder = BatchBuilder::new(Wire::Text, 1);
    builder.push(b"olivia\n").unwrap();
    assert_eq!(format!("{builder:?}"), "BatchBuilder(Text, Rows, 1 rows, 7 bytes)");
    assert_eq!(format!("{:?}", builder.take_full().unwrap()), "RawBatch(1 rows, 7 bytes, Text)");
}
