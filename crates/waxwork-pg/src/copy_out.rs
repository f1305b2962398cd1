//! COPY … TO STDOUT into batches of whole rows.
//!
//! ```text
//!   server ─ CopyData, one a row ─► BatchBuilder ─► RawBatch ─► next_batch()
//! ```
//!
//! sqlx does not read the ReadyForQuery that follows an error at the start of COPY OUT, and a stream that is dropped
//! early leaves CopyData unread. So the connection comes back into its session only after a clean end.

use crate::error::{Doing, PgError, PgErrorKind};
use crate::handoff::Handoff;
use crate::session::{Session, abandon};
use crate::source::Rest;
use futures_util::{Stream, TryStreamExt};
use sqlx::postgres::PgConnection;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use waxwork_copy::{BatchBuilder, CodecError, RawBatch};

type Pump = Pin<Box<dyn Future<Output = Result<PgConnection, PgError>> + Send>>;

/// A running COPY OUT. Dropped before its end it closes the session's connection.
#[must_use = "a COPY that is not read to its end closes its connection"]
pub struct CopyOut<'a> {
    session: &'a mut Session,
    pump: Option<Pump>,
    batches: Handoff<RawBatch>,
}

impl std::fmt::Debug for CopyOut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CopyOut({:?})", self.session)
    }
}

impl<'a> CopyOut<'a> {
    /// Sends nothing yet: the statement goes out with the first [`next_batch`](CopyOut::next_batch). A `rest` is for who
    /// polls on a thread where nothing else lives.
    pub(crate) fn start(
        session: &'a mut Session,
        sql: String,
        doing: Doing,
        builder: BatchBuilder,
        rest: Option<Rest>,
    ) -> Result<Self, PgError> {
        let connection = session.take_out(&doing)?;
        let batches = Handoff::new();
        let pump = pump(connection, sql, doing, builder, rest, batches.clone());
        Ok(Self { session, pump: Some(Box::pin(pump)), batches })
    }

    /// The next batch, `None` after the last; batches hold at least `batch_bytes` bytes but for the last.
    ///
    /// # Errors
    ///
    /// The server stopped, or the stream is cut. The session is then of no further use.
    pub async fn next_batch(&mut self) -> Result<Option<RawBatch>, PgError> {
        poll_fn(|context| {
            if let Some(batch) = self.batches.take() {
                return Poll::Ready(Ok(Some(batch)));
            }
            let Some(pump) = &mut self.pump else { return Poll::Ready(Ok(None)) };
            let state = pump.as_mut().poll(context);
            if let Poll::Ready(end) = state {
                self.pump = None;
                match end {
                    Ok(connection) => self.session.put_back(connection),
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
            match (self.batches.take(), &self.pump) {
                (Some(batch), _) => Poll::Ready(Ok(Some(batch))),
                (None, None) => Poll::Ready(Ok(None)),
                (None, Some(_)) => Poll::Pending,
            }
        })
        .await
    }
}

/// Owns the connection; gives it back only when COPY has ended as it should.
async fn pump(
    mut connection: PgConnection,
    sql: String,
    doing: Doing,
    builder: BatchBuilder,
    rest: Option<Rest>,
    batches: Handoff<RawBatch>,
) -> Result<PgConnection, PgError> {
    match read(&mut connection, &sql, &doing, builder, rest, &batches).await {
        Ok(()) => Ok(connection),
        Err(error) => {
            abandon(connection).await;
            Err(error)
        }
    }
}

async fn read(
    connection: &mut PgConnection,
    sql: &str,
    doing: &Doing,
    mut builder: BatchBuilder,
    mut rest: Option<Rest>,
    batches: &Handoff<RawBatch>,
) -> Result<(), PgError> {
    let failed = |error: sqlx::Error| PgError::from_sqlx(&error, doing.clone());
    let mut chunks = connection.copy_out_raw(sql).await.map_err(failed)?;
    while let Some(chunk) = rested(&mut chunks, rest.as_mut()).await.map_err(failed)? {
        // Copied at once: while a row's `Bytes` lives, sqlx allocates a new 8 KiB buffer for each read.
        builder.push(&chunk).map_err(|error| cut(error, doing))?;
        if let Some(batch) = builder.take_full() {
            batches.pass(batch).await;
        }
    }
    if let Some(batch) = builder.finish().map_err(|error| cut(error, doing))? {
        batches.pass(batch).await;
    }
    Ok(())
}

/// The next chunk. Before it waits for one the thread rests, where it may.
async fn rested<T: AsRef<[u8]>>(
    chunks: &mut (impl Stream<Item = sqlx::Result<T>> + Unpin),
    mut rest: Option<&mut Rest>,
) -> sqlx::Result<Option<T>> {
    poll_fn(|context| {
        let next = chunks.try_poll_next_unpin(context);
        match (&next, rest.as_deref_mut()) {
            (Poll::Pending, Some(rest)) => rest.take(),
            (Poll::Ready(Some(Ok(chunk))), Some(rest)) => rest.found(chunk.as_ref().len()),
            _ => {}
        }
        next
    })
    .await
    .transpose()
}

fn cut(error: CodecError, doing: &Doing) -> PgError {
    PgError::new(PgErrorKind::Codec, doing.clone(), error.to_string())
}
