//! Types, with what a domain hides.

use super::tables::ReadTable;
use crate::error::{PgError, doing};
use crate::row::{Param, Row};
use crate::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::catalog::{PgType, TypeKind};
use waxwork_core::ident::QualifiedName;

type Types = BTreeMap<u32, PgType>;

pub(super) async fn read(session: &mut Session, tables: &[ReadTable]) -> Result<Types, PgError> {
    let used: BTreeSet<u32> =
        tables.iter().flat_map(|table| table.columns.iter().map(|column| column.type_oid)).collect();
    let used = Param::Ints(used.into_iter().map(i64::from).collect());
    let rows = session.fetch(doing("read the types"), include_str!("../sql/types.sql"), &[used]).await?;
    let mut types: Types =
        rows.iter().map(|row| Ok((row.oid(0)?, pg_type(row)?))).collect::<Result<_, PgError>>()?;
    look_through_domains(&mut types);
    Ok(types)
}

fn pg_type(row: &Row) -> Result<PgType, PgError> {
    Ok(PgType {
        oid: row.oid(0)?,
        name: QualifiedName::new(row.text(1)?, row.text(2)?),
        kind: kind(row)?,
        extension: row.opt_text(10)?.map(str::to_owned),
        has_binary: row.bool(11)?,
    })
}

fn kind(row: &Row) -> Result<TypeKind, PgError> {
    Ok(match (row.text(3)?, row.opt_oid(7)?) {
        ("d", _) => TypeKind::Domain {
            base: row.oid(4)?,
            typmod: i32::try_from(row.int(5)?).unwrap_or(-1),
            not_null: row.bool(6)?,
            checks: row.texts(8)?.into_iter().flatten().collect(),
        },
        ("e", _) => TypeKind::Enum { labels: row.texts(9)?.into_iter().flatten().collect() },
        (_, Some(element)) => TypeKind::Array { element },
        ("b", None) => TypeKind::Base,
        ("c", None) => TypeKind::Composite,
        ("r" | "m", None) => TypeKind::Range,
        _ => TypeKind::Other,
    })
}

/// A domain takes NOT NULL from the domains beneath, however deep.
fn look_through_domains(types: &mut Types) {
    let refusing: Vec<u32> = types.keys().copied().filter(|oid| refuses_nulls(types, *oid)).collect();
    for oid in refusing {
        if let Some(TypeKind::Domain { not_null, .. }) = types.get_mut(&oid).map(|found| &mut found.kind) {
            *not_null = true;
        }
    }
}

fn refuses_nulls(types: &Types, oid: u32) -> bool {
    match types.get(&oid).map(|pg_type| &pg_type.kind) {
        Some(TypeKind::Domain { base, not_null, .. }) => *not_null || refuses_nulls(types, *base),
        _ => false,
    }
}

/// A column is NOT NULL by its domain as well.
pub(super) fn spread_not_null(tables: &mut [ReadTable], types: &Types) {
    for column in tables.iter_mut().flat_map(|table| table.table.columns.iter_mut()) {
        if let Some(TypeKind::Domain { not_null: true, .. }) =
            types.get(&column.type_oid).map(|found| &found.kind)
        {
            column.not_null = true;
        }
    }
}
