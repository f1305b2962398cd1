//! What can go wrong: in a plan that a mask cannot carry out, or in a value that it cannot take. Never the value.

use waxwork_copy::CodecError;

/// A mask's error with the column it is about.
#[derive(Debug, thiserror::Error)]
#[error("{column}: {kind}")]
pub struct MaskError {
    /// `table(column)` as SQL writes the table, or the table alone.
    pub column: String,
    /// Index into [`TablePlan::columns`](waxwork_core::plan::TablePlan::columns), where it is about a column.
    pub field: Option<usize>,
    /// What is wrong.
    #[source]
    pub kind: MaskErrorKind,
}

/// What is wrong with a mask or a value.
#[derive(Debug, thiserror::Error)]
pub enum MaskErrorKind {
    /// The mask has no meaning for the type.
    #[error("mask {mask} does not work on type {type_name}")]
    Type {
        /// The mask's name.
        mask: &'static str,
        /// The kind of type.
        type_name: String,
    },
    /// Nothing that the mask gives is as short as the column is.
    #[error("mask {mask} needs at least {needed} characters, and the column holds {held}")]
    Short {
        /// The mask's name.
        mask: &'static str,
        /// Characters needed.
        needed: u32,
        /// Characters held.
        held: u32,
    },
    /// The locale has no dictionaries.
    #[error("locale {locale} is not known")]
    Locale {
        /// As the rule says it.
        locale: String,
    },
    /// An option is missing or has no meaning here.
    #[error("option {option} of mask {mask}: {reason}")]
    Option {
        /// The mask's name.
        mask: &'static str,
        /// The option's name.
        option: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The plan names a column or field that the row does not have.
    #[error("the plan reads a field that the row does not have: {field}")]
    Field {
        /// Which.
        field: String,
    },
    /// A value lies outside the input window of `id.permute`.
    #[error("a value lies outside the window of its id.permute")]
    Window,
    /// A whole number is none of a mask's numbers, and must stay distinct.
    #[error(
        "a whole number is no valid number of mask {mask}, whose reserved = false permutes valid ones under a unique key or \
         reference; id.permute takes any"
    )]
    NoNumber {
        /// The mask's name.
        mask: &'static str,
    },
    /// A text has a character outside the alphabet of `id.permute`.
    #[error(
        "a value of {length} bytes has a character outside the alphabet of its id.permute, or is too long for it"
    )]
    Alphabet {
        /// Bytes of the value.
        length: usize,
    },
    /// A text that an `ilike` asks about has a letter whose lower case differs from one collation to another.
    #[error(
        "a value has a letter whose lower case depends on its collation, and a when asks for it by ilike"
    )]
    Letter,
    /// The value is not of the type that the catalog says.
    #[error("a value is not of the type that the catalog says")]
    Unexpected,
    /// The field cannot be decoded or encoded.
    #[error("the field cannot be read")]
    Codec(#[from] CodecError),
    /// The batch is on another wire than the mask was compiled for.
    #[error("the batch is on another wire than its mask")]
    Wire,
    /// A value is no number of the mask's format, must stay distinct, and finds no room for a code.
    #[error(
        "a value of {length} bytes is no valid number of the mask's format, and the column is too short for a code"
    )]
    Format {
        /// Bytes of the value.
        length: usize,
    },
    /// A program of the site did not answer.
    #[error("scrubber {name} failed: {reason}")]
    Scrubber {
        /// What rules call it.
        name: String,
        /// In words that hold no text.
        reason: String,
    },
    /// The batch's rows have another number of fields.
    #[error("a row has {found} fields where the plan has {expected}")]
    Fields {
        /// Fields found.
        found: usize,
        /// Fields expected.
        expected: usize,
    },
}

impl MaskErrorKind {
    /// The data is at fault (exit code 1), not the plan (2).
    pub fn is_data(&self) -> bool {
        match self {
            Self::Window
            | Self::NoNumber { .. }
            | Self::Alphabet { .. }
            | Self::Format { .. }
            | Self::Letter
            | Self::Unexpected
            | Self::Codec(_) => true,
            Self::Type { .. } | Self::Short { .. } | Self::Locale { .. } | Self::Option { .. } => false,
            Self::Field { .. } | Self::Wire | Self::Scrubber { .. } | Self::Fields { .. } => false,
        }
    }
}
