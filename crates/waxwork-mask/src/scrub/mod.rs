//! `text.scrub`: a text in which only what is recognised becomes what the copy has for it.
//!
//! ```text
//!   text ─┬─ words ─► values of the row's known columns ─┐
//!         └─ forms ─► addresses, numbers, codes ─────────┴─► spans, apart and in order ─► text
//! ```
//!
//! Where two finds overlap, both go: nothing of a recognised value is left beside another.

mod forms;
mod known;
mod outside;
mod plain;
mod words;

pub(crate) use outside::{Outside, Program};
pub use outside::{Question, Scrubber};

use crate::column::{field_type, without_blanks};
use crate::error::MaskErrorKind;
use crate::fit::Fit;
use crate::key::Keyring;
use crate::row::Action;
use crate::template::Form;
use crate::text::type_error;
use forms::Forms;
use known::Values;
use plain::Plain;
use std::ops::Range;
use waxwork_copy::FieldType;
use waxwork_core::catalog::{TextKind, ValueType};
use waxwork_core::plan::MaskSpec;

/// What stands in the place of a value of which the copy has none.
pub(crate) const REDACTED: &[u8] = b"[redacted]";

/// The mask of one column.
pub(crate) struct Scrub {
    columns: Vec<KnownColumn>,
    forms: Forms,
    fit: Fit,
    /// `char(n)`
    padded: bool,
    program: Option<Program>,
    field_type: FieldType,
}

/// A column of the row, or of a row that it refers to, whose values are looked for.
pub(crate) struct KnownColumn {
    /// Field of the row.
    pub(crate) at: usize,
    pub(crate) form: Form,
    pub(crate) is_name: bool,
    pub(crate) becomes: Becomes,
}

/// What the text has in the place of a known value.
pub(crate) enum Becomes {
    /// What the column at that place of the row holds in the copy.
    Own(usize),
    /// What this makes of the value.
    Action(Box<Action>),
    Redacted,
}

/// A piece of the text, and what it was taken for.
struct Span {
    range: Range<usize>,
    find: Find,
}

#[derive(Clone, Copy)]
enum Find {
    /// A value of a known column, or one word of it.
    Known { column: usize, word: Option<usize> },
    /// Something of this form.
    Form(usize),
}

impl Scrub {
    /// # Errors
    /// The column is no text.
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        value_type: &ValueType,
        columns: Vec<KnownColumn>,
        program: Option<Program>,
    ) -> Result<Self, MaskErrorKind> {
        let ValueType::Text(text) = value_type.scalar() else {
            return Err(type_error(spec.kind, "other than text"));
        };
        let recognised = spec.scrub.as_deref().map_or(&[][..], |scrub| &scrub.recognised);
        Ok(Self {
            columns,
            forms: Forms::compile(keyring, recognised)?,
            fit: Fit::of(*text),
            padded: text.kind == TextKind::Bpchar,
            program,
            field_type: field_type(value_type),
        })
    }

    /// Of a text, or of an array of them.
    pub(crate) fn field_type(&self) -> &FieldType {
        &self.field_type
    }

    pub(crate) fn columns(&self) -> &[KnownColumn] {
        &self.columns
    }

    /// Reads the text after that.
    pub(crate) fn program(&self) -> Option<&Program> {
        self.program.as_ref()
    }

    /// Appends the scrubbed text. `values` are those of the known columns, empty for NULL, and `replace` appends what
    /// the copy holds in the place of one of them.
    ///
    /// # Errors
    /// What `replace` says.
    pub(crate) fn write(
        &self,
        text: &[u8],
        values: &[Vec<u8>],
        mut replace: impl FnMut(&KnownColumn, &mut Vec<u8>) -> Result<(), MaskErrorKind>,
        out: &mut Vec<u8>,
    ) -> Result<(), MaskErrorKind> {
        let text = if self.padded { without_blanks(text) } else { text };
        // Bytes of no known encoding have no words that could be told apart.
        let Ok(text) = std::str::from_utf8(text) else {
            out.extend_from_slice(REDACTED);
            return Ok(());
        };
        let values = Values::new(&self.columns, values);
        let mut end = 0;
        for span in apart(self.spans(text, &values)) {
            out.extend_from_slice(&text.as_bytes()[end..span.range.start]);
            match span.find {
                // Masks that write like the value need what the detectors saw of it.
                Find::Form(form) => {
                    let found = Plain::of(&text[span.range.clone()]);
                    self.forms.write(form, &found.text, out)?;
                }
                Find::Known { column, word } => {
                    let mut whole = Vec::new();
                    replace(&self.columns[column], &mut whole)?;
                    out.extend_from_slice(words::part(&whole, word));
                }
            }
            end = span.range.end;
        }
        out.extend_from_slice(&text.as_bytes()[end..]);
        Ok(())
    }

    /// As much of it as the column holds.
    pub(crate) fn cut<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        self.fit.cut(text)
    }

    /// All that is found, in no order; of one piece what is known of it comes first.
    fn spans(&self, text: &str, values: &Values) -> Vec<Span> {
        let mut spans = values.find(text);
        let plain = Plain::of(text);
        for (range, form) in self.forms.find(&plain.text) {
            let known = values.number(&plain.text[range.clone()]);
            let range = plain.place(range);
            let find = known.map_or(Find::Form(form), |column| Find::Known { column, word: None });
            spans.push(Span { range, find });
        }
        spans
    }
}

/// Overlapping spans as one, which is taken for what the longest was.
fn apart(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
    let mut found: Vec<(Span, usize)> = Vec::new();
    for span in spans {
        let length = span.range.len();
        match found.last_mut().filter(|(last, _)| span.range.start < last.range.end) {
            Some((last, longest)) => {
                last.range.end = last.range.end.max(span.range.end);
                if length > *longest {
                    (last.find, *longest) = (span.find, length);
                }
            }
            None => found.push((span, length)),
        }
    }
    found.into_iter().map(|(span, _)| span).collect()
}
