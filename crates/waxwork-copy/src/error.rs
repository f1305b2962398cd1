//! What can be wrong with bytes or values. Types, kinds and ordinals only: a field's content never gets here.

use std::fmt;

/// Why bytes could not be read, or a value could not be written, and in which row and field where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodecError {
    kind: CodecErrorKind,
    row: Option<u64>,
    field: Option<usize>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecErrorKind {
    /// A binary stream does not begin with COPY's signature.
    Signature,
    /// A binary stream's header has a flag that a reader must understand and this one does not.
    Flags,
    /// A binary stream's header extension is longer than any that is accepted, or of negative length.
    Extension,
    /// Bytes after the trailer.
    AfterTrailer,
    /// A binary stream ends without its trailer.
    MissingTrailer,
    /// The stream ends within a row.
    CutRow,
    /// A row's field count is negative.
    FieldCount,
    /// A field's length word is below −1.
    FieldLength,
    /// A backslash before a raw tab or newline, which no server writes.
    EscapedDelimiter,
    /// A backslash at the end of a field.
    DanglingEscape,
    /// A field's payload is not a value of its type.
    Malformed(&'static str),
    /// A field's payload, or a value, is outside its type's range.
    OutOfRange(&'static str),
    /// A value of another kind than the field's type.
    ValueKind(&'static str),
    /// An encoded field is longer than a length word can say.
    TooLong,
}

impl CodecError {
    /// What is wrong.
    pub fn kind(&self) -> CodecErrorKind {
        self.kind
    }

    /// The row, counted from 1: within the stream when a `BatchBuilder` says so, else within the batch.
    pub fn row(&self) -> Option<u64> {
        self.row
    }

    /// The field, counted from 1.
    pub fn field(&self) -> Option<usize> {
        self.field
    }

    /// The same error, in this row (counted from 1).
    pub fn at_row(self, row: u64) -> Self {
        Self { row: Some(row), ..self }
    }

    /// The same error, in this field (counted from 1).
    pub fn at_field(self, field: usize) -> Self {
        Self { field: Some(field), ..self }
    }
}

impl From<CodecErrorKind> for CodecError {
    fn from(kind: CodecErrorKind) -> Self {
        Self { kind, row: None, field: None }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match (self.row, self.field) {
            (Some(row), Some(field)) => write!(f, " (row {row}, field {field})"),
            (Some(row), None) => write!(f, " (row {row})"),
            (None, Some(field)) => write!(f, " (field {field})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Display for CodecErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => f.write_str("COPY signature not recognized"),
            Self::Flags => f.write_str("unrecognized critical flags in COPY header"),
            Self::Extension => f.write_str("invalid COPY header extension"),
            Self::AfterTrailer => f.write_str("data after the end of COPY"),
            Self::MissingTrailer => f.write_str("COPY ends without a trailer"),
            Self::CutRow => f.write_str("COPY ends within a row"),
            Self::FieldCount => f.write_str("negative field count in COPY row"),
            Self::FieldLength => f.write_str("invalid field length in COPY row"),
            Self::EscapedDelimiter => f.write_str("backslash before a raw delimiter in COPY row"),
            Self::DanglingEscape => f.write_str("backslash at the end of a COPY field"),
            Self::Malformed(kind) => write!(f, "malformed {kind} field"),
            Self::OutOfRange(kind) => write!(f, "value out of range for type {kind}"),
            Self::ValueKind(kind) => write!(f, "value of another kind than type {kind}"),
            Self::TooLong => f.write_str("field longer than COPY allows"),
        }
    }
}

impl std::error::Error for CodecError {}
