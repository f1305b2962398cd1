//! One leaf's rows on their way: read, mask, write, in order, with bounded memory.
//!
//! ```text
//!   source socket ─► RawBatch ─► [thread: TableMask::apply] ─► MaskedBatch ─► TableSink
//!        reader task       │  queue of at most QUEUE_DEPTH answers  │        writer task
//!                          └── Budget: bytes in flight, all tables ─┘
//! ```
//!
//! The queue holds answers in reading order, so several batches of a table are masked at once and still arrive in
//! order. Sockets live on the runtimes' threads, masks on those where the run's runtime lets tasks block; whole batches
//! cross between them, never a row.

use crate::error::RunError;
use crate::sink::{Receipt, TableSink};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use waxwork_copy::RawBatch;
use waxwork_core::report::exit;
use waxwork_mask::{MaskError, MaskErrorKind, MaskedBatch, TableMask};

/// Rows' bytes per batch. Larger batches cost fewer system calls and task switches, smaller ones less memory a table:
/// 1 MiB slices cost 0.4 to 1.2 s of CPU a gigabyte on COPY IN, 64 KiB slices twice that (`DESIGN.md` D3).
pub const BATCH_BYTES: usize = 1 << 20;

/// Answers that may wait for the writer: enough to keep two cores masking, few enough to stay small.
const QUEUE_DEPTH: usize = 4;

/// Bytes in flight over all tables: a bound on memory whatever the tables' sizes.
#[derive(Clone, Debug)]
pub struct Budget {
    permits: Arc<Semaphore>,
    kibibytes: u32,
}

impl Budget {
    /// A budget of that many bytes, at least one batch.
    pub fn new(bytes: usize) -> Self {
        let kibibytes = u32::try_from(bytes.max(BATCH_BYTES) / 1024).unwrap_or(u32::MAX >> 3);
        Self { permits: Arc::new(Semaphore::new(kibibytes as usize)), kibibytes }
    }

    /// Waits until `bytes` fit. One batch larger than the whole budget takes all of it and passes alone.
    async fn take(&self, bytes: usize) -> OwnedSemaphorePermit {
        let wanted = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX).min(self.kibibytes);
        self.permits.clone().acquire_many_owned(wanted).await.expect("the budget's semaphore is never closed")
    }
}

/// A masked batch to come, with the budget that it holds.
struct Answer {
    batch: JoinHandle<Result<MaskedBatch, MaskError>>,
    rows: u64,
    _held: OwnedSemaphorePermit,
}

/// The reading end: takes raw batches in order.
pub struct Reader {
    mask: Arc<TableMask>,
    budget: Budget,
    masks: Handle,
    answers: mpsc::Sender<Answer>,
}

/// The writing end.
pub struct Writer {
    answers: mpsc::Receiver<Answer>,
}

/// A pipe for one leaf. Its masks run on threads of the runtime that this is called in.
pub fn pipe(mask: Arc<TableMask>, budget: Budget) -> (Reader, Writer) {
    let (send, receive) = mpsc::channel(QUEUE_DEPTH);
    (Reader { mask, budget, masks: Handle::current(), answers: send }, Writer { answers: receive })
}

impl Reader {
    /// Hands a batch to the masks. `false`: the writer has gone, and its error says why.
    pub async fn push(&self, raw: RawBatch) -> bool {
        let held = self.budget.take(raw.bytes().len()).await;
        let rows = raw.rows() as u64;
        let mask = Arc::clone(&self.mask);
        let batch = self.masks.spawn_blocking(move || mask.apply(raw));
        self.answers.send(Answer { batch, rows, _held: held }).await.is_ok()
    }
}

impl Writer {
    /// Writes every batch, calling `wrote(rows, bytes)` after each; returns the sums.
    ///
    /// # Errors
    /// The mask's or the sink's; exit 1 for a mask, since what stops it is in the data.
    pub async fn drain<S: TableSink>(
        mut self,
        sink: &mut S,
        mut wrote: impl FnMut(u64, u64),
    ) -> Result<Receipt, RunError> {
        let mut total = Receipt::default();
        while let Some(answer) = self.answers.recv().await {
            let masked =
                answer.batch.await.map_err(|_| mask_panicked())?.map_err(|error| mask_failed(&error))?;
            let (rows, bytes) = (masked.rows() as u64, masked.bytes().len() as u64);
            if rows != answer.rows {
                return Err(RunError::new(exit::VERIFY, "row_count", "a mask changed the number of rows"));
            }
            sink.write(masked).await?;
            wrote(rows, bytes);
            total.rows += rows;
            total.bytes += bytes;
        }
        Ok(total)
    }
}

fn mask_failed(error: &MaskError) -> RunError {
    let failure = RunError::new(exit::FAILED, "mask", error.to_string());
    match error.kind {
        MaskErrorKind::Alphabet { .. } => failure
            .hint("Take an alphabet with every character that the column holds, a prefix that all its values have, or secret.token where its code has room."),
        MaskErrorKind::Format { .. } => {
            failure.hint("Mend the number in the source, or take id.permute with an alphabet.")
        }
        _ => failure,
    }
}

fn mask_panicked() -> RunError {
    RunError::new(exit::FAILED, "mask", "a mask ended without an answer")
        .hint("This is a defect of waxwork; please report it with the plan's text.")
}
