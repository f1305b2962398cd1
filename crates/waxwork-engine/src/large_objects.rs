//! `[large_objects] rows = "referenced"`: those that kept columns of copied rows point at, as they are.
//!
//! ```text
//!   kept oid columns of each unit ─► OIDs ─► LargeObject, one a time ─► pieces ─► target, or lines of a script
//! ```
//!
//! Their bytes pass by the wall between `RawBatch` and `MaskedBatch`: no mask reads inside them. Hence the reason that
//! the rule file must give.

use crate::error::RunError;
use crate::event::Events;
use crate::report;
use crate::roles::Roles;
use crate::run::Run;
use crate::unit::LeafLoad;
use std::collections::BTreeSet;
use waxwork_core::catalog::TableId;
use waxwork_core::plan::{ColumnAction, ColumnPlan, TablePlan};
use waxwork_pg::probe::ContextEqualities;
use waxwork_pg::{
    CopyQuery, LargeObject, RowChoice, SchemaEntry, Section, SourceWorker, TargetSession, doing, large_object,
};

/// OIDs in one question.
const OIDS_PER_QUERY: usize = 10_000;

/// The large objects that a copy of `loads` points at; none unless the rule file asks for them. Says how many stay.
///
/// # Errors
/// What the source says.
pub(crate) async fn choose(
    run: &mut Run,
    loads: &[LeafLoad],
    events: &Events,
) -> Result<Vec<LargeObject>, RunError> {
    let chosen = match run.plan.large_objects {
        Some(_) => referenced(run, loads).await?,
        None => Vec::new(),
    };
    let left_out = run.view.large_objects - chosen.len() as u64;
    run.note(report::large_objects_left_out(left_out), events);
    Ok(chosen)
}

async fn referenced(run: &Run, loads: &[LeafLoad]) -> Result<Vec<LargeObject>, RunError> {
    let mut worker = run.worker().await?;
    let mut oids = BTreeSet::new();
    for load in loads {
        for column in pointers(&run.plan.tables[load.plan]) {
            collect(run, load, column, &mut worker, &mut oids).await?;
        }
    }
    let oids: Vec<u32> = oids.into_iter().collect();
    let mut found = Vec::new();
    for slice in oids.chunks(OIDS_PER_QUERY) {
        found.append(&mut large_object::existing(&mut worker, slice).await?);
    }
    worker.close().await;
    Ok(found)
}

fn pointers(plan: &TablePlan) -> impl Iterator<Item = &ColumnPlan> {
    plan.columns
        .iter()
        .filter(|column| column.value_type.holds_oids() && matches!(column.action, ColumnAction::Keep { .. }))
}

/// The OIDs that one column holds in the rows of one leaf.
async fn collect(
    run: &Run,
    load: &LeafLoad,
    column: &ColumnPlan,
    worker: &mut SourceWorker,
    oids: &mut BTreeSet<u32>,
) -> Result<(), RunError> {
    worker.lock_table(&run.catalog().table(load.leaf).name).await?;
    for unit in &load.units {
        for (choice, ids) in unit.rows.slices() {
            if choice == RowChoice::Ids {
                worker.set_ids(&ids).await?;
            }
            let table = run.plan.tables[load.plan].table;
            let alone = only(table, column);
            let query = CopyQuery::new(
                run.catalog(),
                &alone,
                &ContextEqualities::default(),
                load.leaf,
                choice,
                &unit.null_columns,
            );
            let sql = format!(
                "SELECT DISTINCT pointer FROM ({}) AS rows (value), \
                 pg_catalog.unnest(({})::pg_catalog.oid[]) AS pointer WHERE pointer IS NOT NULL",
                query.select(),
                if is_array(column) { "value" } else { "ARRAY[value]" },
            );
            let doing = doing("read the large objects' OIDs in").to(query.table());
            worker.for_each_row(doing, &sql, &[], |row| row.oid(0).map(|oid| oids.extend([oid]))).await?;
        }
    }
    Ok(())
}

fn is_array(column: &ColumnPlan) -> bool {
    column.value_type.scalar() != &column.value_type
}

/// A table's plan with one column.
fn only(table: TableId, column: &ColumnPlan) -> TablePlan {
    let columns = vec![column.clone()];
    TablePlan { table, columns, derived: Vec::new(), context: Vec::new(), load_through_root: false }
}

/// Copies them into the target, each with its owner and grants as far as the roles are there.
///
/// # Errors
/// What either server says.
pub(crate) async fn copy(
    run: &Run,
    objects: &[LargeObject],
    target: &mut TargetSession,
    roles: &mut Roles,
) -> Result<(), RunError> {
    let mut worker = run.worker().await?;
    for object in objects {
        large_object::create(target, object.oid).await?;
        let mut offset = 0;
        loop {
            let piece = large_object::read(&mut worker, object.oid, offset).await?;
            if piece.is_empty() {
                break;
            }
            let length = piece.len();
            large_object::write(target, object.oid, offset, piece).await?;
            run.rate.pay(length).await;
            offset += length as u64;
        }
        let entry = entry(object);
        roles.give_to_owner(target, &entry).await?;
        roles.grant(target, &entry).await?;
    }
    worker.close().await;
    Ok(())
}

/// The same as lines of a script, which `line` writes.
///
/// # Errors
/// What the source says, and what `line` returns.
pub(crate) async fn script(
    run: &Run,
    objects: &[LargeObject],
    mut line: impl AsyncFnMut(&str) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let mut worker = run.worker().await?;
    for LargeObject { oid, .. } in objects {
        line(&format!("SELECT pg_catalog.lo_create({oid});")).await?;
        let mut offset = 0;
        loop {
            let piece = large_object::read(&mut worker, *oid, offset).await?;
            if piece.is_empty() {
                break;
            }
            line(&format!("SELECT pg_catalog.lo_put({oid}, {offset}, '\\x{}');", hexadecimal(&piece)))
                .await?;
            run.rate.pay(piece.len()).await;
            offset += piece.len() as u64;
        }
    }
    worker.close().await;
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// As an entry of the archive, for its owner and its grants: `pg_dump` lists none when it dumps the schema alone.
pub(crate) fn entry(object: &LargeObject) -> SchemaEntry {
    let definition = object.grants.iter().map(|grant| format!("{grant};\n")).collect();
    SchemaEntry {
        catalog_oid: (0, object.oid),
        tag: object.oid.to_string(),
        description: "LARGE OBJECT".to_owned(),
        section: Section::Data,
        definition,
        owner: object.owner.clone(),
        ..SchemaEntry::default()
    }
}
