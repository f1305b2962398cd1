//! Which COPY format a table travels in: binary by an allow-list, text for everything else (D1).
//!
//! Binary is 1.7 times faster on COPY IN. It is unsafe for types without send and receive functions, for composites,
//! and for arrays of types that are not built in: those forms carry type OIDs, which differ between databases.

use waxwork_copy::Wire;
use waxwork_core::catalog::{Catalog, ColumnId, PgType, TypeKind, ValueType};
use waxwork_core::condition::Check;
use waxwork_core::plan::{ColumnAction, ColumnPlan, TablePlan};

/// Types of `pg_catalog` whose binary form is the same on every server from 13 on and holds no OID of user objects.
/// Not on it: tsvector (broken on some platforms), reg* types (OIDs), xml (declares an encoding of its own).
const BINARY_SAFE: [&str; 53] = [
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cidr",
    "circle",
    "date",
    "daterange",
    "datemultirange",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "tsmultirange",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "uuid",
    "varbit",
    "varchar",
    "xid",
    "xid8",
    "cid",
];

/// Types of extensions whose binary form is characters, or counts and characters.
const BINARY_SAFE_EXTENSIONS: [(&str, &str); 2] = [("citext", "citext"), ("hstore", "hstore")];

/// Which wire tables travel in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireChoice {
    /// Binary where it is safe.
    Fastest,
    /// Text for every table: what a script for psql is made of.
    Text,
}

/// The wire of a rule table.
pub(crate) fn wire(catalog: &Catalog, plan: &TablePlan) -> Wire {
    let table = catalog.table(plan.table);
    let types = plan.columns.iter().map(|column| table.column(column.column).type_oid);
    let safe = types.into_iter().all(|oid| is_safe(catalog, oid, Position::Field))
        && plan.context.iter().all(|field| !matches!(field.value_type, ValueType::Other(_)))
        && !plan.columns.iter().any(needs_text)
        && forms_read(plan).all(|column| catalog.value_type(table.column(column)).compares_in_binary());
    if safe { Wire::Binary } else { Wire::Text }
}

/// What a rule states of a type that the codec does not know is written in its text form.
fn needs_text(column: &ColumnPlan) -> bool {
    let stated = column.action.masks().iter().any(|spec| spec.kind.states_values());
    stated && matches!(column.value_type.scalar(), ValueType::Other(_))
}

/// The columns by whose text form masks tell the cases of polymorphic columns apart.
fn forms_read(plan: &TablePlan) -> impl Iterator<Item = ColumnId> {
    let cases = plan.columns.iter().flat_map(|column| match &column.action {
        ColumnAction::Cases { cases, .. } => cases.as_slice(),
        _ => &[],
    });
    let tests = cases.flat_map(|case| case.when.tests());
    tests.filter(|(_, check)| matches!(check, Check::Form(_))).map(|(column, _)| column)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Field,
    Element,
}

fn is_safe(catalog: &Catalog, oid: u32, position: Position) -> bool {
    let Some(pg_type) = catalog.types.get(&oid) else { return false };
    match &pg_type.kind {
        TypeKind::Domain { base, .. } => position == Position::Field && is_safe(catalog, *base, position),
        TypeKind::Array { element } => is_safe(catalog, *element, Position::Element),
        TypeKind::Enum { .. } => position == Position::Field,
        TypeKind::Base | TypeKind::Range => pg_type.has_binary && is_listed(pg_type, position),
        TypeKind::Composite | TypeKind::Other => false,
    }
}

fn is_listed(pg_type: &PgType, position: Position) -> bool {
    let name = pg_type.name.name.as_str();
    if pg_type.name.schema.as_str() == "pg_catalog" {
        return BINARY_SAFE.contains(&name);
    }
    let extension = pg_type.extension.as_deref().unwrap_or_default();
    position == Position::Field && BINARY_SAFE_EXTENSIONS.contains(&(extension, name))
}
