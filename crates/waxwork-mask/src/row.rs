//! One row: each of its fields as the copy has it.
//!
//! ```text
//!   field ─► Action ─┬─ mask ─────► decoded, masked, encoded; texts and words straight into the row
//!                    ├─ template ─► other fields as the copy has them, put together
//!                    └─ scrub ────► the same text, what is found in it as the copy has it
//! ```

use crate::by::ByKey;
use crate::column::{Scratch, ValueMask};
use crate::condition::{Condition, RowFields};
use crate::error::MaskErrorKind;
use crate::person::{Gender, SexField};
use crate::scrub::{self, Becomes, KnownColumn, Scrub};
use crate::template::{Part, Template};
use crate::text::TextMask;
use crate::word::WordType;
use waxwork_copy::{Field, FieldType, Value, Wire, decode, encode, encode_null, fields_range};

/// A column of the copy.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) action: Action,
}

/// What happens to a field.
pub(crate) enum Action {
    Keep,
    Null,
    Mask(Box<Masked>),
    /// Masked by what a column of the row says of its person.
    Gendered {
        sex: SexField,
        female: Box<Masked>,
        male: Box<Masked>,
        unknown: Box<Masked>,
    },
    /// Made of what other columns of the row hold in the copy.
    Template(Template),
    /// The same but for what is recognised in it.
    Scrub(Box<Scrub>),
    Cases {
        cases: Vec<(Condition, Action)>,
        otherwise: Box<Action>,
    },
}

/// A mask with all that it reads.
pub(crate) struct Masked {
    pub(crate) field_type: FieldType,
    pub(crate) mask: ValueMask,
    /// Its values are words on the binary wire, and the mask makes words of them.
    pub(crate) word: Option<WordType>,
    pub(crate) by: Option<ByKey>,
    /// What the masks of JSON leaves are keyed by.
    pub(crate) leaf_bys: Vec<ByKey>,
    pub(crate) mask_nulls: bool,
}

/// One field of a row, with the row that it is in.
pub(crate) struct Row<'a> {
    pub(crate) wire: Wire,
    pub(crate) table: &'a str,
    pub(crate) columns: &'a [Column],
    pub(crate) bytes: &'a [u8],
    pub(crate) fields: &'a [Field],
    pub(crate) at: usize,
}

impl Row<'_> {
    pub(crate) fn write(
        &self,
        action: &Action,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), MaskErrorKind> {
        match action {
            Action::Keep => out.extend_from_slice(self.field(self.at)),
            Action::Null => encode_null(self.wire, out),
            Action::Mask(masked) => return self.mask(masked, scratch, out),
            Action::Gendered { sex, female, male, unknown } => {
                let said = sex.read(self.wire, self.bytes, self.fields, scratch)?;
                let masked = match said {
                    Some(Gender::Female) => female,
                    Some(Gender::Male) => male,
                    None => unknown,
                };
                return self.mask(masked, scratch, out);
            }
            Action::Scrub(mask) => return self.scrub(mask, scratch, out),
            Action::Template(template) => return self.template(template, scratch, out),
            Action::Cases { cases, otherwise } => {
                for (when, action) in cases {
                    if when.holds(self.row(), &mut scratch.decoded)? == Some(true) {
                        return self.write(action, scratch, out);
                    }
                }
                return self.write(otherwise, scratch, out);
            }
        }
        Ok(())
    }

    fn mask(&self, masked: &Masked, scratch: &mut Scratch, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let field = &self.fields[self.at];
        if field.null && !masked.mask_nulls {
            encode_null(self.wire, out);
            return Ok(());
        }
        if let ValueMask::Constant(constant) = &masked.mask {
            out.extend_from_slice(constant);
            return Ok(());
        }
        let by = match &masked.by {
            Some(by) => by.hash(self.wire, self.bytes, self.fields, scratch)?,
            None => None,
        };
        if self.wire == Wire::Binary && !field.null && binary(masked, &self.bytes[field.range()], by, out)? {
            return Ok(());
        }
        scratch.leaf_bys.clear();
        for by in &masked.leaf_bys {
            let hash = by.hash(self.wire, self.bytes, self.fields, scratch)?;
            scratch.leaf_bys.push(hash);
        }
        // The decoded value may borrow its buffer while the mask writes to the others.
        let mut decoded = std::mem::take(&mut scratch.decoded);
        let value = if field.null {
            masked.mask.null_stand_in()
        } else {
            Some(decode(self.wire, &masked.field_type, &self.bytes[field.range()], &mut decoded)?)
        };
        match value.map(|value| masked.mask.mask(value, by, scratch)).transpose()? {
            Some(value) => encode(self.wire, &masked.field_type, &value, out)?,
            None => encode_null(self.wire, out),
        }
        scratch.decoded = decoded;
        Ok(())
    }

    /// Masks are pure, so the columns that a template reads are masked again for it.
    fn template(
        &self,
        template: &Template,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), MaskErrorKind> {
        let field = &self.fields[self.at];
        if template.leaves((!field.null).then(|| &self.bytes[field.range()])) {
            out.extend_from_slice(&self.bytes[fields_range(self.wire, field, field)]);
            return Ok(());
        }
        let (mut text, mut read) = (scratch.spare(), scratch.spare());
        for part in template.parts() {
            match part {
                Part::Text(part) => text.extend_from_slice(part),
                Part::Column { at, form } => {
                    read.clear();
                    let row = Row { at: *at, ..*self };
                    row.write(&self.columns[*at].action, scratch, &mut read)?;
                    form.append(self.wire, &read, scratch, &mut text)?;
                }
            }
        }
        encode(self.wire, &FieldType::Text, &Value::Text(template.fit.cut(&text).into()), out)?;
        scratch.give_back([text, read]);
        Ok(())
    }

    fn scrub(&self, mask: &Scrub, scratch: &mut Scratch, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let field = &self.fields[self.at];
        if field.null {
            encode_null(self.wire, out);
            return Ok(());
        }
        let mut decoded = scratch.spare();
        let value = decode(self.wire, mask.field_type(), &self.bytes[field.range()], &mut decoded)?;
        let scrubbed = match value {
            Value::Text(text) => self.scrubbed(mask, &text, scratch)?,
            Value::Array { dimensions, elements } => {
                let element = |element: Option<Value<'_>>| match element {
                    Some(Value::Text(text)) => self.scrubbed(mask, &text, scratch).map(Some),
                    Some(_) => Err(MaskErrorKind::Unexpected),
                    None => Ok(None),
                };
                let elements = elements.into_iter().map(element).collect::<Result<_, _>>()?;
                Value::Array { dimensions, elements }
            }
            _ => return Err(MaskErrorKind::Unexpected),
        };
        encode(self.wire, mask.field_type(), &scrubbed, out)?;
        scratch.give_back([decoded, Vec::new()]);
        Ok(())
    }

    /// What the copy holds in the place of known values is asked of their masks only where one is found.
    fn scrubbed(
        &self,
        mask: &Scrub,
        text: &[u8],
        scratch: &mut Scratch,
    ) -> Result<Value<'static>, MaskErrorKind> {
        let mut values = Vec::with_capacity(mask.columns().len());
        for known in mask.columns() {
            let mut value = Vec::new();
            known.form.append(self.wire, self.field(known.at), scratch, &mut value)?;
            values.push(value);
        }
        let mut scrubbed = Vec::with_capacity(text.len());
        mask.write(text, &values, |known, found| self.known(known, scratch, found), &mut scrubbed)?;
        // A program that hears of every row would hear of empty ones as well.
        if let Some(program) = mask.program().filter(|_| !scrubbed.is_empty()) {
            let mut answer = Vec::new();
            scratch.outside.answer(program, &self.name(), &scrubbed, &mut answer)?;
            scrubbed = answer;
        }
        Ok(Value::Text(mask.cut(&scrubbed).to_vec().into()))
    }

    /// Appends what the copy holds in the place of a known value.
    fn known(
        &self,
        known: &KnownColumn,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), MaskErrorKind> {
        let (at, action) = match &known.becomes {
            Becomes::Own(at) => (*at, Some(&self.columns[*at].action)),
            Becomes::Action(action) => (known.at, Some(&**action)),
            Becomes::Redacted => (known.at, None),
        };
        if let Some(action) = action {
            let mut field = Vec::new();
            Row { at, ..*self }.write(action, scratch, &mut field)?;
            known.form.append(self.wire, &field, scratch, out)?;
        }
        if out.is_empty() {
            out.extend_from_slice(scrub::REDACTED);
        }
        Ok(())
    }

    /// `table(column)`
    fn name(&self) -> String {
        format!("{}({})", self.table, self.columns[self.at].name)
    }

    /// A complete field.
    fn field(&self, at: usize) -> &[u8] {
        let field = &self.fields[at];
        &self.bytes[fields_range(self.wire, field, field)]
    }

    fn row(&self) -> RowFields<'_> {
        RowFields { wire: self.wire, bytes: self.bytes, fields: self.fields }
    }
}

/// Texts and words on the binary wire, where payload and value are the same but for the order of bytes: their masks write
/// into the row, and nothing is copied twice. `false`: it is neither.
fn binary(
    masked: &Masked,
    payload: &[u8],
    by: Option<u64>,
    out: &mut Vec<u8>,
) -> Result<bool, MaskErrorKind> {
    if let ValueMask::Text(mask) = &masked.mask {
        text(mask, payload, by, out)?;
        return Ok(true);
    }
    let Some(word) = masked.word.and_then(|word| word.read(payload)) else { return Ok(false) };
    masked.mask.word(word, by)?.write(out);
    Ok(true)
}

/// A text's field.
fn text(mask: &TextMask, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH_WORD]);
    mask.write(input, by, out)?;
    let length = (out.len() - start - LENGTH_WORD) as i32;
    out[start..start + LENGTH_WORD].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Bytes of the length word before a binary field's payload.
const LENGTH_WORD: usize = 4;
