//! A table of users of 14 columns: as it is, under 8 masks, and under one with and without conditions.

use waxwork_copy::row::begin_row;
use waxwork_copy::{BINARY_HEADER, BINARY_TRAILER, Value, Wire, encode};
use waxwork_core::catalog::{
    Catalog, Column, ColumnId, Estimate, Generation, Table, TableId, TableKind, TextKind, TextType, ValueType,
};
use waxwork_core::condition::{Check, Operator, Predicate};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::{
    By, ByField, Canonical, Case, ColumnAction, ColumnPlan, IntegerMap, MaskSpec, TablePlan,
};
use waxwork_mask::{Keyring, MaskKey, TableMask, field_type};

const TEXT: ValueType = ValueType::Text(TextType { kind: TextKind::Text, max_chars: None });
/// Rows of a batch: about the megabyte that the engine hands over at once.
pub(crate) const ROWS: usize = 4_000;

/// The table in several ways. What a condition costs is what a line `users.when…` takes more than the constant's.
pub(crate) fn tables() -> Vec<(&'static str, TableMask)> {
    let constant = MaskSpec::plain(MaskKind::Constant).with("value", Setting::Text("-".to_owned()));
    let constant = [(13, constant)];
    let unique = MaskSpec { injective: true, ..MaskSpec::plain(MaskKind::Email) };
    let mut tables = vec![
        ("users", compile(&eight(), None)),
        ("users.kept", compile(&[], None)),
        ("users.unique_email", compile(&[(3, unique)], None)),
        ("users.constant", compile(&constant, None)),
    ];
    for (name, column, check) in [
        ("users.when_id_is", 0, Check::Compare(Operator::Equal, "7".to_owned())),
        ("users.when_text_is", 1, Check::Compare(Operator::Equal, "nobody".to_owned())),
        ("users.when_id_above", 0, Check::Compare(Operator::Greater, "1000000".to_owned())),
        ("users.when_like", 3, Check::Like { pattern: "%@nowhere.com".to_owned(), fold: false }),
    ] {
        tables.push((name, compile(&constant, Some(&Predicate::Test(ColumnId(column), check)))));
    }
    tables
}

/// A key, six texts and a date that goes by the key.
fn eight() -> Vec<(usize, MaskSpec)> {
    let texts = [
        MaskKind::FirstName,
        MaskKind::LastName,
        MaskKind::Email,
        MaskKind::Phone,
        MaskKind::Street,
        MaskKind::City,
    ];
    let texts = texts.map(MaskSpec::plain);
    [permute()].into_iter().chain(texts).chain([shift()]).enumerate().collect()
}

fn permute() -> MaskSpec {
    let last = i64::MAX - (1 << 24) - (1 << 16);
    let map = IntegerMap { from: (-(1 << 16), last), range: (1 << 24, i64::MAX) };
    MaskSpec { integers: Some(map), ..MaskSpec::plain(MaskKind::Permute) }
}

fn shift() -> MaskSpec {
    let by = By { field: ByField::Column(0), root: "public.person(id)".to_owned() };
    MaskSpec { by: Some(by), ..MaskSpec::plain(MaskKind::DateShift) }
}

fn types() -> [ValueType; 14] {
    [
        ValueType::Int8,
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        ValueType::Date,
        ValueType::Timestamp,
        ValueType::Int4,
        TEXT,
        ValueType::Bool,
        ValueType::Float8,
        TEXT,
    ]
}

/// Masked columns stay as they are where the condition, if any, is true.
fn action(mask: Option<&MaskSpec>, when: Option<&Predicate>) -> ColumnAction {
    let keep = ColumnAction::Keep { reason: "not personal".to_owned() };
    let Some(spec) = mask else { return keep };
    let masked = ColumnAction::Mask(Box::new(spec.clone()));
    match when {
        None => masked,
        Some(when) => ColumnAction::Cases {
            cases: vec![Case { when: when.clone(), action: keep }],
            otherwise: Box::new(masked),
        },
    }
}

/// Some columns masked, where the condition, if any, is not true; the others kept.
fn compile(masks: &[(usize, MaskSpec)], when: Option<&Predicate>) -> TableMask {
    let mask = |at: usize| masks.iter().find(|(column, _)| *column == at).map(|(_, spec)| spec);
    let columns = types().into_iter().enumerate().map(|(at, value_type)| ColumnPlan {
        column: ColumnId(at as u32),
        value_type,
        action: action(mask(at), when),
        origin: String::new(),
        canonical: Canonical::AsIs,
        location: None,
    });
    let plan = TablePlan {
        table: TableId(0),
        columns: columns.collect(),
        derived: vec![],
        context: vec![],
        load_through_root: false,
    };
    let keyring = Keyring::new(&MaskKey::from_bytes([1; 32]), "");
    TableMask::compile(&keyring, &plan, &catalog(), Wire::Binary).expect("the masks fit their columns")
}

fn row(id: i64) -> [Value<'static>; 14] {
    let text = |text: String| Value::Text(text.into_bytes().into());
    [
        Value::Int(id),
        text("Olivia".to_owned()),
        text(format!("Smith-{}", id % 1000)),
        text(format!("olivia.smith{id}@corp.com")),
        text(format!("+1 212 867 {:04}", id % 10_000)),
        text(format!("{} Main Street", id % 300)),
        text("Springfield".to_owned()),
        Value::Date(-3000 + id as i32 % 9000),
        Value::Timestamp(id * 1_000_003),
        Value::Int(id % 7),
        text("active".to_owned()),
        Value::Bool(true),
        Value::Float8(id as f64 * 0.25),
        text("a note that stays as it is, for a reason".to_owned()),
    ]
}

/// COPY's bytes of [`ROWS`] rows.
pub(crate) fn stream() -> Vec<u8> {
    let mut stream = BINARY_HEADER.to_vec();
    for id in 1..=ROWS as i64 {
        begin_row(Wire::Binary, 14, &mut stream);
        for (value, value_type) in row(id).iter().zip(&types()) {
            encode(Wire::Binary, &field_type(value_type), value, &mut stream)
                .expect("values are of their types");
        }
    }
    stream.extend_from_slice(&BINARY_TRAILER);
    stream
}

fn catalog() -> Catalog {
    let column = |at: usize| Column {
        name: Ident::new(format!("c{at}")),
        number: at as i16 + 1,
        type_oid: 0,
        type_name: String::new(),
        typmod: -1,
        not_null: false,
        generation: Generation::Plain,
        nondeterministic: false,
    };
    let table = Table {
        oid: 1,
        name: QualifiedName { schema: Ident::new("public"), name: Ident::new("person") },
        sql_name: "public.person".to_owned(),
        kind: TableKind::Ordinary,
        partition_of: None,
        inherits: vec![],
        columns: (0..14).map(column).collect(),
        unique_keys: vec![],
        exclusions: vec![],
        checks: vec![],
        partition_key: None,
        partition_bound: None,
        access_method: "heap".to_owned(),
        row_security: false,
        extension: None,
        estimate: Estimate::default(),
    };
    Catalog { tables: vec![table], ..Catalog::default() }
}
