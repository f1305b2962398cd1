//! One leaf, from the source to a sink: its units one after the other into one stream.
//!
//! The reading half is a task of its own, on a thread of its own where the worker has one, so that a single large table
//! keeps two cores busy: one reads and frames, the other sends, and the masks run on threads between them (`transfer`).

use crate::error::RunError;
use crate::event::{Event, Events};
use crate::rate::Rate;
use crate::sink::load::LoadTable;
use crate::sink::{Receipt, TableSink};
use crate::transfer::{Budget, Reader, pipe};
use crate::unit::{LeafLoad, Unit};
use std::sync::Arc;
use tokio::task::JoinSet;
use waxwork_copy::Wire;
use waxwork_core::catalog::Catalog;
use waxwork_core::plan::{Plan, TablePlan};
use waxwork_core::report::exit;
use waxwork_mask::TableMask;
use waxwork_pg::probe::{ContextEqualities, derive_search_path};
use waxwork_pg::{CopyQuery, RowChoice, SourceWorker, Tid};

/// What every leaf needs to know of the run.
#[derive(Clone)]
pub(crate) struct CopyContext {
    /// The source's catalog.
    pub(crate) catalog: Arc<Catalog>,
    /// The plan.
    pub(crate) plan: Arc<Plan>,
    /// A compiled mask and a wire for each of [`Plan::tables`].
    pub(crate) masks: Arc<Vec<(Arc<TableMask>, Wire)>>,
    /// Bytes in flight.
    pub(crate) budget: Budget,
    /// Bytes a second from the source.
    pub(crate) rate: Rate,
    /// Who hears of progress.
    pub(crate) events: Events,
}

impl CopyContext {
    /// The plan of a leaf's rule table.
    pub(crate) fn table_plan(&self, load: &LeafLoad) -> &TablePlan {
        &self.plan.tables[load.plan]
    }

    /// What is loaded for a leaf, and how.
    pub(crate) fn load_table(&self, load: &LeafLoad) -> LoadTable {
        let plan = self.table_plan(load);
        let root = self.catalog.table(plan.table);
        let leaf = self.catalog.table(load.leaf);
        let columns = plan.columns.iter().map(|column| root.column(column.column).name.clone()).collect();
        // An extension's own rows stand in its table already: ours come on top.
        let freeze = !plan.load_through_root
            && leaf.extension.is_none()
            && !load.is_part
            && load.bytes >= FREEZE_BYTES_MIN;
        let name = if plan.load_through_root { root.name.clone() } else { leaf.name.clone() };
        let derives = !plan.derived.is_empty();
        let search_path = derives.then(|| derive_search_path(&self.catalog, plan.table));
        LoadTable { name, columns, wire: self.wire(load), freeze, search_path }
    }

    /// The wire of a leaf's rule table.
    pub(crate) fn wire(&self, load: &LeafLoad) -> Wire {
        self.masks[load.plan].1
    }
}

/// To empty a table makes files for it and for its TOAST anew, which takes longer than to load and to vacuum a few pages.
const FREEZE_BYTES_MIN: u64 = 128 << 10;

/// Copies a leaf into `sink`; returns the worker with the rows that were read, masked and written.
///
/// # Errors
/// The source's, a mask's or the sink's; the worker is then gone with its connection.
pub(crate) async fn copy_leaf<S: TableSink>(
    context: &CopyContext,
    worker: SourceWorker,
    load: &LeafLoad,
    sink: &mut S,
) -> Result<(SourceWorker, Receipt), RunError> {
    let table = load.plan;
    context.events.say(Event::TableStarted(table));
    let (reader, writer) = pipe(Arc::clone(&context.masks[table].0), context.budget.clone());
    // It ends with this future: a reader that nobody hears would hold its snapshot and locks.
    let (mut reading, tasks) = (JoinSet::new(), worker.tasks());
    reading.spawn_on(read(context.clone(), worker, load.clone(), reader), &tasks);
    let events = context.events.clone();
    let written = writer.drain(sink, |rows, bytes| events.say(Event::Progress { table, rows, bytes })).await;
    let Some(Ok(read)) = reading.join_next().await else {
        return Err(RunError::new(exit::FAILED, "read", "the reading task ended early"));
    };
    // A reader that failed ends the stream for the writer too, and its error is the cause; one that found the writer
    // gone has none.
    let Some((worker, rows)) = read? else {
        return Err(written
            .err()
            .unwrap_or_else(|| RunError::new(exit::FAILED, "write", "the writer ended early")));
    };
    let written = written?;
    if rows != written.rows {
        return Err(RunError::new(exit::VERIFY, "row_count", "not every row that was read was written")
            .detail(format!("Rows read: {rows}; rows written: {}.", written.rows)));
    }
    Ok((worker, written))
}

/// `None`: the writer has gone.
async fn read(
    context: CopyContext,
    mut worker: SourceWorker,
    load: LeafLoad,
    reader: Reader,
) -> Result<Option<(SourceWorker, u64)>, RunError> {
    let (plan, references) = (context.table_plan(&load), &context.plan.subset.references);
    let equalities = ContextEqualities::read(&mut worker, &context.catalog, references, plan).await?;
    let mut rows = 0;
    for unit in &load.units {
        let found = read_unit(&context, &mut worker, &load, unit, &equalities, &reader).await?;
        let Some(found) = found else { return Ok(None) };
        rows += found;
    }
    Ok(Some((worker, rows)))
}

async fn read_unit(
    context: &CopyContext,
    worker: &mut SourceWorker,
    load: &LeafLoad,
    unit: &Unit,
    equalities: &ContextEqualities,
    reader: &Reader,
) -> Result<Option<u64>, RunError> {
    let plan = context.table_plan(load);
    let wire = context.wire(load);
    let mut rows = 0;
    for (choice, ids) in unit.rows.slices() {
        if choice == RowChoice::Ids {
            worker.set_ids(&ids).await?;
        }
        let query = CopyQuery::new(&context.catalog, plan, equalities, load.leaf, choice, &unit.null_columns);
        let Some(found) = stream(worker, &query, wire, &context.rate, reader).await? else { return Ok(None) };
        if choice == RowChoice::Ids {
            same_count(&ids, found)?;
        }
        rows += found;
    }
    Ok(Some(rows))
}

async fn stream(
    worker: &mut SourceWorker,
    query: &CopyQuery,
    wire: Wire,
    rate: &Rate,
    reader: &Reader,
) -> Result<Option<u64>, RunError> {
    let mut copy = worker.copy_out(query, wire, rate.batch_bytes()).await?;
    let mut rows = 0;
    while let Some(batch) = copy.next_batch().await? {
        rows += batch.rows() as u64;
        let bytes = batch.bytes().len();
        if !reader.push(batch).await {
            return Ok(None);
        }
        // It is masked meanwhile.
        rate.pay(bytes).await;
    }
    Ok(Some(rows))
}

/// A TID scan passes over ids that it does not see, without a word: only the count tells.
fn same_count(asked: &[Tid], found: u64) -> Result<(), RunError> {
    if asked.len() as u64 == found {
        return Ok(());
    }
    Err(RunError::new(exit::DRIFT, "rows_vanished", "rows of the snapshot could not be read again")
        .detail(format!("Rows asked for by tuple id: {}; rows that came: {found}.", asked.len())))
}
