//! One table's masks over whole batches.
//!
//! ```text
//!   row: │ kept kept │ masked │ kept … kept │ NULL │ context │
//!          one range   decode    one range    null   dropped
//!                      mask
//!                      encode
//! ```
//!
//! Neighbouring kept fields are copied as one range. Nothing is allocated per row or per field but for numerics, arrays
//! and FF1; buffers live as long as one batch.

use crate::batch::MaskedBatch;
use crate::by::ByKey;
use crate::column::{Scratch, ValueMask, field_type};
use crate::condition::{self, Condition};
use crate::error::{MaskError, MaskErrorKind};
use crate::key::Keyring;
use crate::person::{Gender, SexField};
use crate::row::{Action, Column, Masked, Row};
use crate::scrub::{Becomes, KnownColumn, Outside, Program, Scrub, Scrubber};
use crate::template::{Form, Template};
use crate::word::WordType;
use std::collections::BTreeMap;
use std::sync::Arc;
use waxwork_copy::row::{begin_row, end_field, end_row};
use waxwork_copy::{Field, RawBatch, RowCursor, Wire, fields_range};
use waxwork_core::catalog::{Catalog, ColumnId, ValueType};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{
    self, By, ByField, Canonical, Case, ColumnAction, ContextField, MaskSpec, TablePlan,
};

/// Programs of the site by the names that rules have for them.
pub type Scrubbers = BTreeMap<String, Arc<dyn Scrubber>>;

/// The masks of one table, for one wire.
pub struct TableMask {
    wire: Wire,
    /// `schema.table` as SQL writes it.
    table: String,
    columns: Vec<Column>,
    segments: Vec<Segment>,
    /// Fields of an input row: columns, then context.
    fields: usize,
    /// Nothing is masked and there is no context.
    untouched: bool,
    /// A program of the site reads texts of it.
    asks: bool,
}

/// Neighbouring fields of an output row.
enum Segment {
    Keep { first: usize, last: usize },
    Change(usize),
}

impl std::fmt::Debug for TableMask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TableMask({}, {} columns, {:?})", self.table, self.columns.len(), self.wire)
    }
}

impl TableMask {
    /// The masks that a plan gives a table, for rows on `wire`. Texts for a program of the site are then an
    /// error when they come.
    ///
    /// # Errors
    /// When a mask has no meaning for its column, an option is wrong, or nothing that the mask gives fits: all at once.
    pub fn compile(
        keyring: &Keyring,
        plan: &TablePlan,
        catalog: &Catalog,
        wire: Wire,
    ) -> Result<Self, Vec<MaskError>> {
        Self::compile_with(keyring, plan, catalog, wire, &Scrubbers::new())
    }

    /// The same, with the programs of the site that rules name.
    ///
    /// # Errors
    /// As [`TableMask::compile`].
    pub fn compile_with(
        keyring: &Keyring,
        plan: &TablePlan,
        catalog: &Catalog,
        wire: Wire,
        scrubbers: &Scrubbers,
    ) -> Result<Self, Vec<MaskError>> {
        let table = catalog.table(plan.table);
        let compiler = Compiler { keyring, plan, wire, scrubbers };
        let (mut columns, mut errors) = (Vec::new(), Vec::new());
        for (at, column) in plan.columns.iter().enumerate() {
            let name = table.column(column.column).name.as_str();
            match compiler.action(&column.action, &column.value_type) {
                Ok(action) => columns.push(Column { name: name.to_owned(), action }),
                Err(kind) => {
                    let column = format!("{}({name})", table.sql_name);
                    errors.push(MaskError { column, field: Some(at), kind });
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let untouched =
            plan.context.is_empty() && columns.iter().all(|column| matches!(column.action, Action::Keep));
        Ok(Self {
            wire,
            table: table.sql_name.clone(),
            segments: segments(&columns),
            fields: columns.len() + plan.context.len(),
            columns,
            untouched,
            asks: plan.scrubbers().next().is_some(),
        })
    }

    /// Masks every row of a batch.
    ///
    /// # Errors
    /// When a value is not of its type or outside what its mask takes; the column is named, the value is not.
    pub fn apply(&self, batch: RawBatch) -> Result<MaskedBatch, MaskError> {
        if batch.wire() != self.wire {
            return Err(self.table_error(MaskErrorKind::Wire));
        }
        if self.untouched {
            return Ok(MaskedBatch::untouched(batch));
        }
        // Codes and names are longer than what they replace, as a rule.
        let mut out = Vec::with_capacity(batch.bytes().len() + batch.bytes().len() / 4);
        let mut scratch = Scratch::default();
        if self.asks {
            scratch.outside = Outside::Asking(Vec::new());
            self.rows(&batch, &mut scratch, &mut out)?;
            out.clear();
            scratch.malformed = 0;
            scratch.outside =
                std::mem::take(&mut scratch.outside).ask().map_err(|kind| self.table_error(kind))?;
        }
        let rows = self.rows(&batch, &mut scratch, &mut out)?;
        Ok(MaskedBatch::masked(out, rows, self.wire, scratch.malformed))
    }

    /// Appends every row, masked; returns their number.
    fn rows(&self, batch: &RawBatch, scratch: &mut Scratch, out: &mut Vec<u8>) -> Result<usize, MaskError> {
        let mut fields = Vec::with_capacity(self.fields);
        let mut cursor = RowCursor::new(batch);
        let mut rows = 0;
        while cursor.next_row(&mut fields).map_err(|error| self.table_error(error.into()))? {
            if fields.len() != self.fields {
                let kind = MaskErrorKind::Fields { found: fields.len(), expected: self.fields };
                return Err(self.table_error(kind));
            }
            self.row(batch.bytes(), &fields, scratch, out)?;
            rows += 1;
        }
        Ok(rows)
    }

    fn row(
        &self,
        bytes: &[u8],
        fields: &[Field],
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<(), MaskError> {
        begin_row(self.wire, self.columns.len() as i16, out);
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                end_field(self.wire, out);
            }
            match segment {
                Segment::Keep { first, last } => {
                    out.extend_from_slice(&bytes[fields_range(self.wire, &fields[*first], &fields[*last])]);
                }
                Segment::Change(at) => {
                    let (wire, table, columns) = (self.wire, self.table.as_str(), &self.columns[..]);
                    let row = Row { wire, table, columns, bytes, fields, at: *at };
                    row.write(&self.columns[*at].action, scratch, out)
                        .map_err(|kind| self.column_error(*at, kind))?;
                }
            }
        }
        end_row(self.wire, out);
        Ok(())
    }

    #[cold]
    fn column_error(&self, at: usize, kind: MaskErrorKind) -> MaskError {
        MaskError { column: format!("{}({})", self.table, self.columns[at].name), field: Some(at), kind }
    }

    #[cold]
    fn table_error(&self, kind: MaskErrorKind) -> MaskError {
        MaskError { column: self.table.clone(), field: None, kind }
    }
}

/// Runs of kept columns, and the others one by one.
fn segments(columns: &[Column]) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        match (&column.action, segments.last_mut()) {
            (Action::Keep, Some(Segment::Keep { last, .. })) => *last = at,
            (Action::Keep, _) => segments.push(Segment::Keep { first: at, last: at }),
            _ => segments.push(Segment::Change(at)),
        }
    }
    segments
}

/// What turns a plan into actions.
struct Compiler<'a> {
    keyring: &'a Keyring,
    plan: &'a TablePlan,
    wire: Wire,
    scrubbers: &'a Scrubbers,
}

impl Compiler<'_> {
    fn action(&self, action: &ColumnAction, value_type: &ValueType) -> Result<Action, MaskErrorKind> {
        Ok(match action {
            ColumnAction::Keep { .. } => Action::Keep,
            ColumnAction::Null => Action::Null,
            ColumnAction::Mask(spec) if spec.kind == MaskKind::Template => {
                Action::Template(Template::compile(spec, value_type, &self.plan.columns)?)
            }
            ColumnAction::Mask(spec) if spec.kind == MaskKind::Scrub => {
                Action::Scrub(Box::new(self.scrub(spec, value_type)?))
            }
            ColumnAction::Mask(spec) => match spec.gender {
                None => Action::Mask(self.masked(spec, value_type)?),
                Some(field) => {
                    let (field, sex_type) = self.field(field, "gender")?;
                    let of = |gender: Gender| self.masked(&gender.known_in(spec), value_type);
                    Action::Gendered {
                        sex: SexField::new(field, sex_type),
                        female: of(Gender::Female)?,
                        male: of(Gender::Male)?,
                        unknown: self.masked(spec, value_type)?,
                    }
                }
            },
            ColumnAction::Cases { cases, otherwise } => Action::Cases {
                cases: cases.iter().map(|case| self.case(case, value_type)).collect::<Result<_, _>>()?,
                otherwise: Box::new(self.action(otherwise, value_type)?),
            },
        })
    }

    fn masked(&self, spec: &MaskSpec, value_type: &ValueType) -> Result<Box<Masked>, MaskErrorKind> {
        let mask = ValueMask::compile(self.keyring, spec, value_type, self.wire)?;
        Ok(Box::new(Masked {
            field_type: field_type(value_type),
            word: mask.takes_words().then(|| WordType::of(value_type)).flatten(),
            mask,
            by: spec.by.as_ref().map(|by| self.by(by)).transpose()?,
            leaf_bys: spec.leaf_bys().into_iter().map(|by| self.by(by)).collect::<Result<_, _>>()?,
            mask_nulls: spec.mask_nulls && spec.kind.masks_null(value_type),
        }))
    }

    fn scrub(&self, spec: &MaskSpec, value_type: &ValueType) -> Result<Scrub, MaskErrorKind> {
        let known = spec.scrub.as_deref().map_or(&[][..], |scrub| &scrub.known);
        let columns = known.iter().map(|known| self.known(known)).collect::<Result<_, _>>()?;
        let name = spec.scrub.as_deref().and_then(|scrub| scrub.scrubber.clone());
        let program = name.map(|name| Program { scrubber: self.scrubbers.get(&name).cloned(), name });
        Scrub::compile(self.keyring, spec, value_type, columns, program)
    }

    fn known(&self, known: &plan::KnownColumn) -> Result<KnownColumn, MaskErrorKind> {
        let (at, value_type) = self.field(known.field, "known")?;
        let becomes = match &known.becomes {
            plan::Becomes::Own(own) => Becomes::Own(*own),
            plan::Becomes::Masked(spec) => {
                let action = ColumnAction::Mask(spec.clone());
                Becomes::Action(Box::new(self.action(&action, value_type)?))
            }
            plan::Becomes::Redacted => Becomes::Redacted,
        };
        Ok(KnownColumn { at, form: Form::of(value_type), is_name: known.is_name, becomes })
    }

    fn by(&self, by: &By) -> Result<ByKey, MaskErrorKind> {
        let (field, value_type) = self.field(by.field, "by")?;
        Ok(ByKey::new(self.keyring, &by.root, field, value_type))
    }

    /// The place in the row of a field that an option names, with its type.
    fn field(&self, field: ByField, option: &str) -> Result<(usize, &ValueType), MaskErrorKind> {
        let (columns, context) = (&self.plan.columns, &self.plan.context);
        let (at, value_type) = match field {
            ByField::Column(at) => (at, columns.get(at).map(|column| &column.value_type)),
            ByField::Context(at) => (columns.len() + at, context.get(at).map(|field| &field.value_type)),
        };
        let missing = || MaskErrorKind::Field { field: format!("{option}, field {at}") };
        Ok((at, value_type.ok_or_else(missing)?))
    }

    fn case(&self, case: &Case, value_type: &ValueType) -> Result<(Condition, Action), MaskErrorKind> {
        Ok((condition::compile(&case.when, self, self.wire)?, self.action(&case.action, value_type)?))
    }
}

impl condition::Reader for Compiler<'_> {
    /// An added one where the plan has it, else its own.
    fn own_field(&self, column: ColumnId) -> Option<(usize, &ValueType)> {
        let (columns, context) = (&self.plan.columns, &self.plan.context);
        let is_added = |field: &ContextField| {
            field.path.is_empty() && field.column == column && field.canonical == Canonical::AsIs
        };
        let own = || columns.iter().position(|plan| plan.column == column);
        match context.iter().position(is_added) {
            Some(at) => Some((columns.len() + at, &context[at].value_type)),
            None => own().map(|at| (at, &columns[at].value_type)),
        }
    }
}
