//! Relations that are no tables, so that a rule which names one can be told what it is.

use crate::error::{PgError, doing};
use crate::row::Row;
use crate::session::Session;
use std::collections::BTreeMap;
use waxwork_core::catalog::OtherRelation;
use waxwork_core::ident::QualifiedName;

pub(super) async fn read(session: &mut Session) -> Result<BTreeMap<QualifiedName, OtherRelation>, PgError> {
    let sql = include_str!("../sql/other_relations.sql");
    let rows = session.fetch(doing("read the other relations"), sql, &[]).await?;
    rows.iter().map(|row| Ok((QualifiedName::new(row.text(0)?, row.text(1)?), relation(row)?))).collect()
}

fn relation(row: &Row) -> Result<OtherRelation, PgError> {
    Ok(match row.text(2)? {
        "v" => OtherRelation::View,
        "m" => OtherRelation::MaterializedView,
        "S" => OtherRelation::Sequence,
        "c" => OtherRelation::CompositeType,
        "i" | "I" => OtherRelation::Index,
        _ => OtherRelation::TableOfExtension(row.opt_text(3)?.unwrap_or_default().to_owned()),
    })
}
