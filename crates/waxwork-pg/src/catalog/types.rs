//! Types, with what a domain hides.

use super::tables::ReadTable;
use crate::error::{PgError, doing};
use crate::row::{Param, Row};
use crate::session::Session;
use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::catalog::{PgType, TypeKind};
use waxwork_core::ident::QualifiedName;

/// Characters that an operator's name is made of (PostgreSQL manual, 4.1.3): it goes into SQL unquoted.
const OPERATOR_CHARACTERS: &str = "+-*/<>=~!@#%^&|`?";

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
        equality: equality(row)?,
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

/// The default btree class's own operator; enums, arrays, ranges and rows share a polymorphic one of pg_catalog, as
/// do types stored as another (varchar as text, cidr as inet).
fn equality(row: &Row) -> Result<Option<QualifiedName>, PgError> {
    if let (Some(schema), Some(name)) = (row.opt_text(12)?, row.opt_text(13)?) {
        let sound = name.chars().all(|c| OPERATOR_CHARACTERS.contains(c));
        return Ok(sound.then(|| QualifiedName::new(schema, name)));
    }
    let shared = matches!(row.text(3)?, "e" | "r" | "m" | "c") || row.opt_oid(7)?.is_some();
    let stored_as_another = ["varchar", "cidr"].contains(&row.text(2)?) && row.text(1)? == "pg_catalog";
    Ok((shared || stored_as_another).then(|| QualifiedName::new("pg_catalog", "=")))
}

/// A domain takes NOT NULL and equality from the types beneath, however deep.
fn look_through_domains(types: &mut Types) {
    let domains: Vec<u32> = types
        .values()
        .filter(|pg_type| matches!(pg_type.kind, TypeKind::Domain { .. }))
        .map(|domain| domain.oid)
        .collect();
    for oid in domains {
        let (nulls_refused, beneath) = beneath(types, oid);
        let equality = types.get(&beneath).and_then(|pg_type| pg_type.equality.clone());
        let Some(domain) = types.get_mut(&oid) else { continue };
        domain.equality = equality;
        if let TypeKind::Domain { not_null, .. } = &mut domain.kind {
            *not_null = nulls_refused;
        }
    }
}

/// Whether any domain on the way down is NOT NULL, and the type at the bottom.
fn beneath(types: &Types, oid: u32) -> (bool, u32) {
    match types.get(&oid).map(|pg_type| &pg_type.kind) {
        Some(TypeKind::Domain { base, not_null, .. }) => {
            let (below, bottom) = beneath(types, *base);
            (*not_null || below, bottom)
        }
        _ => (false, oid),
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
