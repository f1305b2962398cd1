//! Rows of a batch: where each field stands, and how a row is framed.

use std::ops::Range;

use crate::batch::{RawBatch, Wire};
use crate::error::{CodecError, CodecErrorKind};

/// Where a field's payload stands within `RawBatch::bytes`.
///
/// Binary: the bytes after the length word. Text: the bytes between the delimiters, still escaped; `\N` for NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// NULL.
    pub null: bool,
}

impl Field {
    /// The payload.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// The bytes of neighbouring fields, from `first` to `last`, with everything that stands between them: what a writer
/// copies as one range when it changes none of them.
///
/// Binary: with the first field's length word. Text: without the delimiter before the first and after the last.
pub fn fields_range(wire: Wire, first: &Field, last: &Field) -> Range<usize> {
    match wire {
        Wire::Binary => first.start - 4..last.end,
        Wire::Text => first.start..last.end,
    }
}

/// Goes over a batch row by row.
///
/// A text line of no characters is one field of no characters: whether its table has no column at all, the line
/// cannot say.
#[derive(Debug)]
pub struct RowCursor<'a> {
    wire: Wire,
    bytes: &'a [u8],
    row: Range<usize>,
    rows_seen: u64,
}

impl<'a> RowCursor<'a> {
    /// A cursor before the first row.
    pub fn new(batch: &'a RawBatch) -> Self {
        Self { wire: batch.wire(), bytes: batch.bytes(), row: 0..0, rows_seen: 0 }
    }

    /// Goes to the next row and puts its fields into `fields`; `false` when there is none.
    ///
    /// # Errors
    /// When the row is not framed as its wire demands.
    #[inline]
    pub fn next_row(&mut self, fields: &mut Vec<Field>) -> Result<bool, CodecError> {
        if self.row.end >= self.bytes.len() {
            fields.clear();
            return Ok(false);
        }
        self.rows_seen += 1;
        let start = self.row.end;
        let end = match self.wire {
            Wire::Binary => binary_fields(self.bytes, start, fields),
            Wire::Text => text_fields(self.bytes, start, fields),
        };
        let end =
            end.map_err(|kind| CodecError::from(kind).at_row(self.rows_seen).at_field(fields.len() + 1))?;
        self.row = start..end;
        Ok(true)
    }

    /// The current row's bytes: binary from its field count, text to its newline.
    pub fn row(&self) -> Range<usize> {
        self.row.clone()
    }

    /// The current row, counted from 1.
    pub fn ordinal(&self) -> u64 {
        self.rows_seen
    }
}

/// Fields of the binary row at `at`; returns the row's end. After an error `fields` holds those before it.
fn binary_fields(bytes: &[u8], mut at: usize, fields: &mut Vec<Field>) -> Result<usize, CodecErrorKind> {
    let count = i16_at(bytes, at).ok_or(CodecErrorKind::CutRow).and_then(field_count);
    let count = count.inspect_err(|_| fields.clear())?;
    at += 2;
    // All rows of a table have as many fields: those of the row before are written over.
    fields.resize(count, Field { start: 0, end: 0, null: true });
    for seen in 0..count {
        match binary_field(bytes, at) {
            Ok(field) => fields[seen] = field,
            Err(kind) => {
                fields.truncate(seen);
                return Err(kind);
            }
        }
        at = fields[seen].end;
    }
    Ok(at)
}

fn field_count(word: i16) -> Result<usize, CodecErrorKind> {
    usize::try_from(word).map_err(|_| CodecErrorKind::FieldCount)
}

/// The binary field whose length word is at `at`.
#[inline]
fn binary_field(bytes: &[u8], at: usize) -> Result<Field, CodecErrorKind> {
    let length = i32_at(bytes, at).ok_or(CodecErrorKind::CutRow)?;
    if length < -1 {
        return Err(CodecErrorKind::FieldLength);
    }
    let start = at + 4;
    let end = start + usize::try_from(length).unwrap_or(0);
    if end > bytes.len() {
        return Err(CodecErrorKind::CutRow);
    }
    Ok(Field { start, end, null: length == -1 })
}

/// Fields of the text row at `start`; returns the row's end, past its newline.
fn text_fields(bytes: &[u8], mut start: usize, fields: &mut Vec<Field>) -> Result<usize, CodecErrorKind> {
    fields.clear();
    loop {
        let found = memchr::memchr2(b'\t', b'\n', &bytes[start..]).ok_or(CodecErrorKind::CutRow)?;
        let end = start + found;
        let payload = &bytes[start..end];
        if ends_in_escape(payload) {
            return Err(CodecErrorKind::EscapedDelimiter);
        }
        // The null marker is matched before escapes are undone: the characters \N are written `\\N`.
        fields.push(Field { start, end, null: payload == b"\\N" });
        start = end + 1;
        if bytes[end] == b'\n' {
            return Ok(start);
        }
    }
}

/// Whether the delimiter after `bytes` is escaped: an odd number of backslashes stands before it.
pub(crate) fn ends_in_escape(bytes: &[u8]) -> bool {
    bytes.last() == Some(&b'\\') && bytes.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// Begins a row. Binary: its field count. Text: nothing.
pub fn begin_row(wire: Wire, fields: i16, out: &mut Vec<u8>) {
    match wire {
        Wire::Binary => out.extend_from_slice(&fields.to_be_bytes()),
        Wire::Text => {}
    }
}

/// Ends a field that is not its row's last. Binary: nothing. Text: a tab.
pub fn end_field(wire: Wire, out: &mut Vec<u8>) {
    match wire {
        Wire::Binary => {}
        Wire::Text => out.push(b'\t'),
    }
}

/// Ends a row, and in it the last field. Binary: nothing. Text: a newline.
pub fn end_row(wire: Wire, out: &mut Vec<u8>) {
    match wire {
        Wire::Binary => {}
        Wire::Text => out.push(b'\n'),
    }
}

/// The big-endian word of two bytes at `at`, `None` when it is not all there.
#[inline]
pub(crate) fn i16_at(bytes: &[u8], at: usize) -> Option<i16> {
    bytes.get(at..at + 2)?.first_chunk().map(|word| i16::from_be_bytes(*word))
}

/// The big-endian word of four bytes at `at`, `None` when it is not all there.
#[inline]
pub(crate) fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    bytes.get(at..at + 4)?.first_chunk().map(|word| i32::from_be_bytes(*word))
}
