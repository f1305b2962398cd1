//! Rows a second on one core: a table of 14 columns, 8 of them masked, on the binary wire.
//!
//! `cargo run --release -p waxwork-mask --example throughput`

#![expect(clippy::print_stdout, reason = "its result is what it prints")]

use std::time::Instant;
use waxwork_copy::row::begin_row;
use waxwork_copy::{BINARY_HEADER, BINARY_TRAILER, BatchBuilder, RawBatch, Value, Wire, encode};
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
const ROWS: i64 = 4_000;
const ROUNDS: usize = 200;

fn main() {
    let masks: [Option<MaskSpec>; 14] = [
        Some(permute()),
        Some(MaskSpec::plain(MaskKind::FirstName)),
        Some(MaskSpec::plain(MaskKind::LastName)),
        Some(MaskSpec::plain(MaskKind::Email)),
        Some(MaskSpec::plain(MaskKind::Phone)),
        Some(MaskSpec::plain(MaskKind::Street)),
        Some(MaskSpec::plain(MaskKind::City)),
        Some(shift()),
        None,
        None,
        None,
        None,
        None,
        None,
    ];
    let names = ["id", "first_name", "last_name", "email", "phone", "street", "city", "birthday"];
    report("all 8 masks", &masks);
    let mut none = masks.clone().map(|_| None);
    none[13] = Some(MaskSpec::plain(MaskKind::Constant).with("value", Setting::Text("-".to_owned())));
    report("a constant", &none);
    // What a condition costs is what these take more than the constant.
    for (name, column, check) in [
        ("when an id is", 0, Check::Compare(Operator::Equal, "7".to_owned())),
        ("when a text is", 1, Check::Compare(Operator::Equal, "nobody".to_owned())),
        ("when an id is >", 0, Check::Compare(Operator::Greater, "1000000".to_owned())),
        ("when like", 3, Check::Like { pattern: "%@nowhere.com".to_owned(), fold: false }),
    ] {
        report_when(name, &none, Some(&Predicate::Test(ColumnId(column), check)));
    }
    for (at, name) in names.into_iter().enumerate() {
        let mut one = masks.clone();
        one.iter_mut().enumerate().filter(|(other, _)| *other != at).for_each(|(_, mask)| *mask = None);
        report(name, &one);
    }
    let mut injective = masks.map(|_| None);
    injective[3] = Some(MaskSpec { injective: true, ..MaskSpec::plain(MaskKind::Email) });
    report("email, unique", &injective);
}

fn report(name: &str, masks: &[Option<MaskSpec>; 14]) {
    report_when(name, masks, None);
}

fn report_when(name: &str, masks: &[Option<MaskSpec>; 14], when: Option<&Predicate>) {
    let mask = compile(masks, when);
    let stream = stream();
    // The fastest round: the one that nothing else on the machine disturbed.
    let mut nanos = u128::MAX;
    for _ in 0..ROUNDS {
        let batch = batch(&stream);
        let start = Instant::now();
        let masked = mask.apply(batch).expect("every value is in its mask's range");
        nanos = nanos.min(start.elapsed().as_nanos());
        std::hint::black_box(masked);
    }
    let a_row = nanos as f64 / ROWS as f64;
    println!("{name:>15}: {a_row:6.0} ns a row, {:.2} million rows a second", 1e3 / a_row);
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

fn compile(masks: &[Option<MaskSpec>; 14], when: Option<&Predicate>) -> TableMask {
    let columns = types().into_iter().zip(masks).enumerate().map(|(at, (value_type, mask))| ColumnPlan {
        column: ColumnId(at as u32),
        value_type,
        action: action(mask.as_ref(), when),
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

fn stream() -> Vec<u8> {
    let mut stream = BINARY_HEADER.to_vec();
    for id in 1..=ROWS {
        begin_row(Wire::Binary, 14, &mut stream);
        for (value, value_type) in row(id).iter().zip(&types()) {
            encode(Wire::Binary, &field_type(value_type), value, &mut stream)
                .expect("values are of their types");
        }
    }
    stream.extend_from_slice(&BINARY_TRAILER);
    stream
}

fn batch(stream: &[u8]) -> RawBatch {
    let mut builder = BatchBuilder::new(Wire::Binary, stream.len());
    builder.push(stream).expect("the stream is well formed");
    builder.finish().expect("the stream is whole").expect("there are rows")
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
