//! A table of given columns, rows through it on either wire, and specs by a mask's name.

use waxwork_copy::row::{begin_row, end_field, end_row};
use waxwork_copy::{
    BINARY_HEADER, BINARY_TRAILER, BatchBuilder, Field, FieldType, RawBatch, RowCursor, Value, Wire, decode,
    encode, encode_null,
};
use waxwork_core::catalog::{
    Catalog, Column, ColumnId, Estimate, Generation, Table, TableId, TableKind, TextKind, TextType, ValueType,
};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::masks::{MaskKind, RECOGNISED};
use waxwork_core::plan::{Canonical, ColumnAction, ColumnPlan, ContextField, MaskSpec, ScrubSpec, TablePlan};
use waxwork_mask::{Keyring, MaskError, MaskKey, MaskedBatch, TableMask, field_type};

pub(crate) type Row = Vec<Option<Value<'static>>>;

pub(crate) const WIRES: [Wire; 2] = [Wire::Binary, Wire::Text];

/// Columns `c0`, `c1`, … with what happens to each, and the types of context fields after them.
#[derive(Clone, Default)]
pub(crate) struct Fixture {
    pub(crate) columns: Vec<(ValueType, ColumnAction)>,
    pub(crate) context: Vec<ValueType>,
}

impl Fixture {
    pub(crate) fn new(columns: impl IntoIterator<Item = (ValueType, ColumnAction)>) -> Self {
        Self { columns: columns.into_iter().collect(), context: Vec::new() }
    }

    /// One column with one mask.
    pub(crate) fn one(value_type: ValueType, spec: MaskSpec) -> Self {
        Self::new([(value_type, ColumnAction::Mask(Box::new(spec)))])
    }

    pub(crate) fn compile(&self, keyring: &Keyring, wire: Wire) -> Result<TableMask, MaskError> {
        let compiled = TableMask::compile(keyring, &self.plan(), &self.catalog(), wire);
        compiled.map_err(|mut errors| errors.remove(0))
    }

    /// The rows masked, through a wire and back.
    pub(crate) fn mask(&self, keyring: &Keyring, wire: Wire, rows: &[Row]) -> Result<Vec<Row>, MaskError> {
        let masked = self.compile(keyring, wire)?.apply(self.batch(wire, rows))?;
        assert_eq!((masked.rows(), masked.wire()), (rows.len(), wire));
        Ok(self.read(masked))
    }

    /// Rows of columns and context as one batch.
    pub(crate) fn batch(&self, wire: Wire, rows: &[Row]) -> RawBatch {
        let types: Vec<FieldType> = self.types().chain(self.context.iter()).map(field_type).collect();
        let mut stream = if wire == Wire::Binary { BINARY_HEADER.to_vec() } else { Vec::new() };
        for row in rows {
            assert_eq!(row.len(), types.len());
            write_row(wire, &types, row, &mut stream);
        }
        if wire == Wire::Binary {
            stream.extend_from_slice(&BINARY_TRAILER);
        }
        let mut builder = BatchBuilder::new(wire, stream.len());
        builder.push(&stream).unwrap();
        builder.finish().unwrap().expect("there are rows")
    }

    pub(crate) fn read(&self, masked: MaskedBatch) -> Vec<Row> {
        let wire = masked.wire();
        let types: Vec<FieldType> = self.types().map(field_type).collect();
        let batch = batch_of(wire, masked.into_bytes());
        let mut cursor = RowCursor::new(&batch);
        let (mut fields, mut rows) = (Vec::new(), Vec::new());
        while cursor.next_row(&mut fields).unwrap() {
            assert_eq!(fields.len(), types.len());
            rows.push(
                fields.iter().zip(&types).map(|(field, kind)| read_field(&batch, field, kind)).collect(),
            );
        }
        rows
    }

    fn types(&self) -> impl Iterator<Item = &ValueType> {
        self.columns.iter().map(|(value_type, _)| value_type)
    }

    fn plan(&self) -> TablePlan {
        let columns = self.columns.iter().enumerate().map(|(at, (value_type, action))| ColumnPlan {
            column: ColumnId(at as u32),
            value_type: value_type.clone(),
            action: action.clone(),
            origin: "test".to_owned(),
            canonical: Canonical::AsIs,
            location: None,
        });
        let context = self.context.iter().map(|value_type| ContextField {
            path: Vec::new(),
            column: ColumnId(0),
            value_type: value_type.clone(),
            canonical: Canonical::AsIs,
        });
        TablePlan {
            table: TableId(0),
            columns: columns.collect(),
            derived: Vec::new(),
            context: context.collect(),
            load_through_root: false,
        }
    }

    fn catalog(&self) -> Catalog {
        let columns = (0..self.columns.len()).map(column).collect();
        Catalog { tables: vec![table(columns)], ..Catalog::default() }
    }
}

fn batch_of(wire: Wire, rows: Vec<u8>) -> RawBatch {
    let stream = match wire {
        Wire::Binary => [&BINARY_HEADER[..], &rows, &BINARY_TRAILER].concat(),
        Wire::Text => rows,
    };
    let mut builder = BatchBuilder::new(wire, stream.len());
    builder.push(&stream).unwrap();
    builder.finish().unwrap().expect("there are rows")
}

fn write_row(wire: Wire, types: &[FieldType], row: &Row, out: &mut Vec<u8>) {
    begin_row(wire, row.len() as i16, out);
    for (at, (value, kind)) in row.iter().zip(types).enumerate() {
        if at > 0 {
            end_field(wire, out);
        }
        match value {
            Some(value) => encode(wire, kind, value, out).unwrap(),
            None => encode_null(wire, out),
        }
    }
    end_row(wire, out);
}

fn read_field(batch: &RawBatch, field: &Field, kind: &FieldType) -> Option<Value<'static>> {
    let mut scratch = Vec::new();
    (!field.null).then(|| {
        decode(batch.wire(), kind, &batch.bytes()[field.range()], &mut scratch).unwrap().into_owned()
    })
}

fn column(at: usize) -> Column {
    Column {
        name: Ident::new(format!("c{at}")),
        number: at as i16 + 1,
        type_oid: 0,
        type_name: String::new(),
        typmod: -1,
        not_null: false,
        generation: Generation::Plain,
        nondeterministic: false,
    }
}

fn table(columns: Vec<Column>) -> Table {
    Table {
        oid: 1,
        name: QualifiedName { schema: Ident::new("public"), name: Ident::new("t") },
        sql_name: "public.t".to_owned(),
        kind: TableKind::Ordinary,
        partition_of: None,
        inherits: Vec::new(),
        columns,
        unique_keys: Vec::new(),
        exclusions: Vec::new(),
        checks: Vec::new(),
        partition_key: None,
        partition_bound: None,
        access_method: "heap".to_owned(),
        row_security: false,
        extension: None,
        estimate: Estimate::default(),
    }
}

pub(crate) fn keyring() -> Keyring {
    Keyring::new(&MaskKey::from_bytes(*b"a key of the tests, 32 bytes long"[..32].first_chunk().unwrap()), "")
}

pub(crate) fn spec(kind: MaskKind) -> MaskSpec {
    let recognised = || RECOGNISED.into_iter().map(MaskSpec::plain).collect();
    let scrub = || Box::new(ScrubSpec { known: Vec::new(), recognised: recognised(), scrubber: None });
    MaskSpec { scrub: (kind == MaskKind::Scrub).then(scrub), ..MaskSpec::plain(kind) }
}

pub(crate) fn keep() -> ColumnAction {
    ColumnAction::Keep { reason: "test".to_owned() }
}

pub(crate) fn mask(spec: MaskSpec) -> ColumnAction {
    ColumnAction::Mask(Box::new(spec))
}

pub(crate) const TEXT: ValueType = ValueType::Text(TextType { kind: TextKind::Text, max_chars: None });

pub(crate) fn varchar(chars: u32) -> ValueType {
    ValueType::Text(TextType { kind: TextKind::Varchar, max_chars: Some(chars) })
}

pub(crate) fn text(text: &str) -> Option<Value<'static>> {
    Some(Value::Text(text.as_bytes().to_vec().into()))
}

/// The text of a text or JSON value.
pub(crate) fn shown(value: &Option<Value<'_>>) -> String {
    match value {
        Some(Value::Text(text) | Value::Json(text)) => String::from_utf8(text.to_vec()).unwrap(),
        Some(_) => panic!("not a text"),
        None => panic!("NULL"),
    }
}
