//! Rows as plain SQL: the data lines between `COPY … FROM stdin;` and `\.`, for psql.
//!
//! ```text
//!   lines ─► gathered, BUFFER_BYTES ─┐
//!   batches ─────────────────────────┴─► queue, IN_FLIGHT_BYTES ─► a thread's write(2)
//! ```
//!
//! Batches come in COPY's text format, which is what psql passes on, so they are written as they are. Whoever reads a
//! pipe may stop reading: only the thread stands still then, and what ends the run leaves it behind.

use super::TableSink;
use crate::error::RunError;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::report::exit;
use waxwork_mask::MaskedBatch;
use waxwork_pg::error::io_reason;

/// Bytes gathered before a write.
const BUFFER_BYTES: usize = 1 << 18;

/// Bytes that wait to be written: a few batches of [`BATCH_BYTES`](crate::transfer::BATCH_BYTES), so that the next is
/// there when one is written. A larger piece passes alone.
const IN_FLIGHT_BYTES: usize = 4 << 20;

/// A script on its way into a file, a device or a pipe.
pub struct ScriptWriter {
    gathered: Vec<u8>,
    /// Closed by the thread when it ends.
    room: Arc<Semaphore>,
    /// `None` once all is said.
    queue: Option<UnboundedSender<Piece>>,
    /// `None` once its end was told.
    thread: Option<JoinHandle<std::io::Result<File>>>,
}

/// Bytes to write, with the room that they take.
struct Piece {
    bytes: Vec<u8>,
    _held: OwnedSemaphorePermit,
}

impl ScriptWriter {
    /// Starts the thread. To be called in a runtime, which must not wait for its threads when it is left.
    pub fn new(file: File) -> Self {
        let room = Arc::new(Semaphore::new(IN_FLIGHT_BYTES));
        let (queue, pieces) = unbounded_channel();
        let open = Arc::clone(&room);
        let thread = tokio::task::spawn_blocking(move || {
            let written = write_all(file, pieces);
            open.close();
            written
        });
        Self { gathered: Vec::new(), room, queue: Some(queue), thread: Some(thread) }
    }

    /// Writes a line, sooner or later.
    ///
    /// # Errors
    /// The file cannot be written, as became known meanwhile.
    pub async fn line(&mut self, text: &str) -> Result<(), RunError> {
        self.gathered.extend_from_slice(text.as_bytes());
        self.gathered.push(b'\n');
        self.hand_on_from(BUFFER_BYTES).await
    }

    async fn batch(&mut self, bytes: Vec<u8>) -> Result<(), RunError> {
        // Those of thousands of small tables share a write.
        if bytes.len() < BUFFER_BYTES {
            self.gathered.extend_from_slice(&bytes);
            return self.hand_on_from(BUFFER_BYTES).await;
        }
        self.hand_on_from(1).await?;
        self.hand_on(bytes).await
    }

    /// Hands on what was gathered, where it is so many bytes.
    async fn hand_on_from(&mut self, least: usize) -> Result<(), RunError> {
        if self.gathered.len() < least {
            return Ok(());
        }
        let gathered = std::mem::take(&mut self.gathered);
        self.hand_on(gathered).await
    }

    /// Waits for room in the queue.
    async fn hand_on(&mut self, bytes: Vec<u8>) -> Result<(), RunError> {
        let taken = u32::try_from(bytes.len().min(IN_FLIGHT_BYTES)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(taken).await;
        let sent = match (room, &self.queue) {
            (Ok(held), Some(queue)) => queue.send(Piece { bytes, _held: held }).is_ok(),
            _ => false,
        };
        if sent { Ok(()) } else { Err(self.end().await.err().unwrap_or_else(lost)) }
    }

    /// Waits until all is written, and gives the file back.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn finish(&mut self) -> Result<File, RunError> {
        self.hand_on_from(1).await?;
        self.end().await
    }

    async fn end(&mut self) -> Result<File, RunError> {
        self.queue = None;
        let thread = self.thread.take().ok_or_else(lost)?;
        thread.await.map_err(|_| lost())?.map_err(|error| unwritable(&error))
    }
}

fn write_all(mut file: File, mut pieces: UnboundedReceiver<Piece>) -> std::io::Result<File> {
    while let Some(piece) = pieces.blocking_recv() {
        file.write_all(&piece.bytes)?;
    }
    Ok(file)
}

fn lost() -> RunError {
    RunError::new(exit::FAILED, "output", "the writing thread ended early")
}

/// What to say when the script cannot be written.
pub fn unwritable(error: &std::io::Error) -> RunError {
    RunError::new(exit::FAILED, "output", format!("could not write the script: {}", io_reason(error)))
}

/// A table's block of an open script.
pub struct SqlSink<'a> {
    out: &'a mut ScriptWriter,
}

impl<'a> SqlSink<'a> {
    /// Opens the block.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn open(
        out: &'a mut ScriptWriter,
        table: &QualifiedName,
        columns: &[Ident],
    ) -> Result<Self, RunError> {
        let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
        // A table without columns has no list either: `()` is no SQL.
        let list = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        out.line(&format!("COPY {table}{list} FROM stdin;")).await?;
        Ok(Self { out })
    }

    /// Closes the block.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn finish(self) -> Result<(), RunError> {
        self.out.line("\\.\n").await
    }
}

impl TableSink for SqlSink<'_> {
    async fn write(&mut self, batch: MaskedBatch) -> Result<(), RunError> {
        self.out.batch(batch.into_bytes()).await
    }
}
