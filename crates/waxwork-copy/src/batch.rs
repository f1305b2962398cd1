//! Batches of whole rows.
//!
//! ```text
//!   CopyData chunks, cut anywhere ─► buffer ─► [whole rows ¦ part of a row] ─► RawBatch
//!                                              walked once, never twice         part moves to the next buffer
//! ```
//!
//! A chunk is copied once, into the batch's own buffer; the walk over it remembers where it stands inside a row, so
//! chunks of one byte cost no more than their copy. The buffer grows past the wanted size by at most one chunk.

use crate::error::{CodecError, CodecErrorKind};
use crate::row::{ends_in_escape, i16_at, i32_at};

/// Which COPY format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// `FORMAT binary`
    Binary,
    /// `FORMAT text`
    Text,
}

/// What a binary stream begins with: signature, no flags, no extension (PostgreSQL manual, COPY, "File Header").
pub const BINARY_HEADER: [u8; 19] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What a binary stream ends with: a field count of −1.
pub const BINARY_TRAILER: [u8; 2] = [0xff, 0xff];

/// Length of the signature, the part of [`BINARY_HEADER`] that never varies.
const SIGNATURE_BYTES: usize = 11;

/// Longest header extension that is skipped. No server writes one; the limit keeps a forged length from growing memory.
const EXTENSION_BYTES_MAX: usize = 64 * 1024;

/// Whole rows as COPY OUT sent them, without header and trailer. Not masked: no sink takes it.
///
/// Only a [`BatchBuilder`] makes one, so its rows are framed as its wire demands.
pub struct RawBatch {
    bytes: Vec<u8>,
    rows: usize,
    wire: Wire,
}

impl std::fmt::Debug for RawBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawBatch({} rows, {} bytes, {:?})", self.rows, self.bytes.len(), self.wire)
    }
}

impl RawBatch {
    /// The rows' bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Which format they are in.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// The buffer, for a table in which nothing is masked.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// What of the stream comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Header,
    Rows,
    Done,
    /// An error was found, and is given again to whoever goes on.
    Failed(CodecError),
}

/// Cuts a COPY OUT stream into batches of whole rows.
///
/// Push every chunk as it comes, and after each take what is full:
///
/// ```
/// use waxwork_copy::{BatchBuilder, Wire};
///
/// let mut builder = BatchBuilder::new(Wire::Text, 4);
/// builder.push(b"1\tOli")?;
/// assert!(builder.take_full().is_none());
/// builder.push(b"via\n2\t")?;
/// let batch = builder.take_full().expect("a whole row is there");
/// assert_eq!((batch.rows(), batch.bytes()), (1, &b"1\tOlivia\n"[..]));
/// # Ok::<(), waxwork_copy::CodecError>(())
/// ```
///
/// After an error the stream is of no further use.
pub struct BatchBuilder {
    wire: Wire,
    batch_bytes: usize,
    stage: Stage,
    buffer: Vec<u8>,
    /// End of the last whole row in `buffer`.
    whole: usize,
    /// Rows up to `whole`.
    rows: usize,
    /// Rows in batches already taken.
    rows_taken: u64,
    /// Where the walk goes on: binary, the next count or length word; text, the first byte not yet searched.
    at: usize,
    /// Binary: within a row, the fields that the walk has still to pass.
    fields_left: Option<usize>,
}

impl std::fmt::Debug for BatchBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { wire, stage, rows, .. } = self;
        write!(f, "BatchBuilder({wire:?}, {stage:?}, {rows} rows, {} bytes)", self.buffer.len())
    }
}

impl BatchBuilder {
    /// A builder at the start of a stream; its batches hold at least `batch_bytes` bytes, but for the last.
    pub fn new(wire: Wire, batch_bytes: usize) -> Self {
        let stage = match wire {
            Wire::Binary => Stage::Header,
            Wire::Text => Stage::Rows,
        };
        let buffer = empty_buffer(batch_bytes);
        Self { wire, batch_bytes, stage, buffer, whole: 0, rows: 0, rows_taken: 0, at: 0, fields_left: None }
    }

    /// Takes the stream's next bytes, cut anywhere.
    ///
    /// # Errors
    /// When the header, a row's framing or what follows the trailer is not COPY's.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), CodecError> {
        if let Stage::Failed(error) = self.stage {
            return Err(error);
        }
        if chunk.is_empty() {
            return Ok(());
        }
        self.buffer.extend_from_slice(chunk);
        self.advance().inspect_err(|&error| {
            self.stage = Stage::Failed(error);
            self.at = self.whole;
        })
    }

    /// A batch of every whole row, once they fill `batch_bytes`. Call it after each push.
    pub fn take_full(&mut self) -> Option<RawBatch> {
        if self.rows == 0 || self.whole < self.batch_bytes {
            return None;
        }
        let mut next = empty_buffer(self.batch_bytes);
        next.extend_from_slice(&self.buffer[self.whole..]);
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        bytes.truncate(self.whole);
        let rows = std::mem::take(&mut self.rows);
        self.rows_taken += rows as u64;
        self.at -= self.whole;
        self.whole = 0;
        Some(RawBatch { bytes, rows, wire: self.wire })
    }

    /// The last rows, when the stream has ended.
    ///
    /// # Errors
    /// When it ended within a row, or, binary, without its trailer.
    pub fn finish(mut self) -> Result<Option<RawBatch>, CodecError> {
        match self.stage {
            Stage::Failed(error) => return Err(error),
            Stage::Rows if self.buffer.len() > self.whole => {
                return Err(self.in_next_row(CodecErrorKind::CutRow));
            }
            Stage::Header | Stage::Rows if self.wire == Wire::Binary => {
                return Err(CodecErrorKind::MissingTrailer.into());
            }
            _ => {}
        }
        self.buffer.truncate(self.whole);
        let Self { buffer, rows, wire, .. } = self;
        Ok((rows > 0).then_some(RawBatch { bytes: buffer, rows, wire }))
    }

    /// Walks over the bytes that are new.
    fn advance(&mut self) -> Result<(), CodecError> {
        if self.stage == Stage::Done {
            return Err(CodecErrorKind::AfterTrailer.into());
        }
        if self.stage == Stage::Header {
            let Some(header_bytes) = header_length(&self.buffer)? else { return Ok(()) };
            self.buffer.drain(..header_bytes);
            self.stage = Stage::Rows;
        }
        let walked = match self.wire {
            Wire::Binary => self.walk_binary(),
            Wire::Text => self.walk_text(),
        };
        walked.map_err(|kind| self.in_next_row(kind))
    }

    /// An error in the row after those that are whole.
    fn in_next_row(&self, kind: CodecErrorKind) -> CodecError {
        CodecError::from(kind).at_row(self.rows_taken + self.rows as u64 + 1)
    }

    /// Passes count and length words until the bytes run out or the trailer comes.
    fn walk_binary(&mut self) -> Result<(), CodecErrorKind> {
        let bytes = &self.buffer[..];
        let mut at = self.at;
        let mut fields_left = self.fields_left;
        'rows: loop {
            let mut left = match fields_left {
                Some(left) => left,
                None => match i16_at(bytes, at) {
                    None => break,
                    Some(-1) => {
                        self.stage = Stage::Done;
                        if bytes.len() > at + BINARY_TRAILER.len() {
                            return Err(CodecErrorKind::AfterTrailer);
                        }
                        break;
                    }
                    Some(count) => {
                        at += 2;
                        usize::try_from(count).map_err(|_| CodecErrorKind::FieldCount)?
                    }
                },
            };
            while left > 0 {
                let Some(length) = i32_at(bytes, at) else {
                    fields_left = Some(left);
                    break 'rows;
                };
                if length < -1 {
                    return Err(CodecErrorKind::FieldLength);
                }
                // The payload may not be here yet: `at` then stands past the end, and the next word waits for it.
                at += 4 + usize::try_from(length).unwrap_or(0);
                left -= 1;
            }
            fields_left = Some(0);
            if at > bytes.len() {
                break;
            }
            fields_left = None;
            self.rows += 1;
            self.whole = at;
        }
        self.at = at;
        self.fields_left = fields_left;
        Ok(())
    }

    /// Finds the newlines among the new bytes; a line `\.` ends the data.
    fn walk_text(&mut self) -> Result<(), CodecErrorKind> {
        let bytes = &self.buffer[..];
        for newline in memchr::memchr_iter(b'\n', &bytes[self.at..]).map(|found| self.at + found) {
            let line = &bytes[self.whole..newline];
            if line == b"\\." {
                self.stage = Stage::Done;
                self.at = newline + 1;
                let more = bytes.len() > self.at;
                return if more { Err(CodecErrorKind::AfterTrailer) } else { Ok(()) };
            }
            if ends_in_escape(line) {
                return Err(CodecErrorKind::EscapedDelimiter);
            }
            self.rows += 1;
            self.whole = newline + 1;
        }
        self.at = bytes.len();
        Ok(())
    }
}

/// An empty buffer with room for a batch and the overshoot of its last row, so that it seldom has to move.
fn empty_buffer(batch_bytes: usize) -> Vec<u8> {
    Vec::with_capacity(batch_bytes + batch_bytes / 8)
}

/// Length of the binary header at the start of `bytes`, `None` while it is not whole.
fn header_length(bytes: &[u8]) -> Result<Option<usize>, CodecErrorKind> {
    let signature_seen = bytes.len().min(SIGNATURE_BYTES);
    if bytes[..signature_seen] != BINARY_HEADER[..signature_seen] {
        return Err(CodecErrorKind::Signature);
    }
    let Some(flags) = i32_at(bytes, SIGNATURE_BYTES) else { return Ok(None) };
    // Bits 16 to 31 are critical (16: OIDs, before PostgreSQL 12); the lower ones a reader may ignore.
    if flags >> 16 != 0 {
        return Err(CodecErrorKind::Flags);
    }
    let Some(extension) = i32_at(bytes, SIGNATURE_BYTES + 4) else { return Ok(None) };
    match usize::try_from(extension) {
        Ok(extension) if extension <= EXTENSION_BYTES_MAX => {
            let length = BINARY_HEADER.len() + extension;
            Ok((bytes.len() >= length).then_some(length))
        }
        _ => Err(CodecErrorKind::Extension),
    }
}
