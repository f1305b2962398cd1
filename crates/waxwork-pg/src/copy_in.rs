//! COPY … FROM STDIN out of buffers of about 1 MiB.
//!
//! ```text
//!   send(slice) ─► one CopyData and one flush each ─► server
//!   finish()    ─► CopyDone ─► rows
//! ```
//!
//! sqlx flushes every `send`: 1 MiB slices cost half the CPU of 64 KiB ones (`DESIGN.md` D3). A COPY that ends in any
//! other way than `finish` or a clean `abort` closes the connection.

use crate::error::{Doing, PgError, PgErrorKind};
use crate::handoff::Handoff;
use crate::session::{Session, abandon};
use sqlx::postgres::PgConnection;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use waxwork_copy::Wire;
use waxwork_copy::batch::{BINARY_HEADER, BINARY_TRAILER};

type Pump = Pin<Box<dyn Future<Output = Result<(PgConnection, u64), PgError>> + Send>>;

/// What the caller asks of the future that owns the connection.
enum Step {
    Data(Vec<u8>),
    Finish,
    Abort,
}

/// A running COPY IN. Dropped before [`finish`](CopyIn::finish) it closes the session's connection, so the server
/// rolls back.
#[must_use = "a COPY that is not finished closes its connection"]
pub struct CopyIn<'a> {
    session: &'a mut Session,
    pump: Option<Pump>,
    steps: Handoff<Step>,
    idle: Handoff<()>,
    wire: Wire,
    doing: Doing,
}

impl std::fmt::Debug for CopyIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CopyIn({:?})", self.session)
    }
}

impl<'a> CopyIn<'a> {
    pub(crate) async fn start(
        session: &'a mut Session,
        sql: String,
        doing: Doing,
        wire: Wire,
    ) -> Result<Self, PgError> {
        let connection = session.take_out(&doing)?;
        let (steps, idle) = (Handoff::new(), Handoff::new());
        let pump = Box::pin(pump(connection, sql, doing.clone(), steps.clone(), idle.clone()));
        let mut copy = Self { session, pump: Some(pump), steps, idle, wire, doing };
        copy.settle().await?;
        if wire == Wire::Binary {
            copy.send(BINARY_HEADER.to_vec()).await?;
        }
        Ok(copy)
    }

    /// Sends whole or cut rows, without header and trailer; about 1 MiB is the cheapest size.
    ///
    /// # Errors
    ///
    /// The server stopped, for instance because a row does not fit. The session is then of no further use.
    pub async fn send(&mut self, bytes: Vec<u8>) -> Result<(), PgError> {
        // A call that was dropped half-way may have left its slice behind: it goes first.
        self.settle().await?;
        self.steps.put(Step::Data(bytes));
        self.settle().await
    }

    /// Ends the COPY and returns how many rows the server took: to be compared with the rows sent.
    ///
    /// # Errors
    ///
    /// The server refuses what was sent, a constraint for instance.
    pub async fn finish(mut self) -> Result<u64, PgError> {
        if self.wire == Wire::Binary {
            self.send(BINARY_TRAILER.to_vec()).await?;
        }
        self.end(Step::Finish).await
    }

    /// Gives the COPY up. The server's transaction is then aborted, and the session may roll it back and go on.
    ///
    /// # Errors
    ///
    /// The server did not take it as an abort.
    pub async fn abort(self) -> Result<(), PgError> {
        self.end(Step::Abort).await.map(drop)
    }

    /// Drives the connection until all that was handed to it is with the kernel.
    async fn settle(&mut self) -> Result<(), PgError> {
        poll_fn(|context| {
            let Some(pump) = &mut self.pump else { return Poll::Ready(Err(over(&self.doing))) };
            match pump.as_mut().poll(context) {
                Poll::Ready(end) => {
                    self.pump = None;
                    Poll::Ready(Err(end.err().unwrap_or_else(|| over(&self.doing))))
                }
                Poll::Pending if self.steps.is_empty() && !self.idle.is_empty() => Poll::Ready(Ok(())),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    async fn end(mut self, step: Step) -> Result<u64, PgError> {
        self.settle().await?;
        self.steps.put(step);
        let Some(pump) = self.pump.take() else { return Err(over(&self.doing)) };
        let (connection, rows) = pump.await?;
        self.session.put_back(connection);
        Ok(rows)
    }
}

fn over(doing: &Doing) -> PgError {
    PgError::new(PgErrorKind::ConnectionLost, doing.clone(), "the COPY has ended already")
}

async fn pump(
    mut connection: PgConnection,
    sql: String,
    doing: Doing,
    steps: Handoff<Step>,
    idle: Handoff<()>,
) -> Result<(PgConnection, u64), PgError> {
    match write(&mut connection, &sql, &steps, &idle).await {
        Ok(rows) => Ok((connection, rows)),
        Err(error) => {
            abandon(connection).await;
            Err(PgError::from_sqlx(&error, doing))
        }
    }
}

async fn write(
    connection: &mut PgConnection,
    sql: &str,
    steps: &Handoff<Step>,
    idle: &Handoff<()>,
) -> Result<u64, sqlx::Error> {
    let mut copy = connection.copy_in_raw(sql).await?;
    loop {
        idle.put(());
        let step = steps.receive().await;
        idle.take();
        match step {
            Step::Data(bytes) => {
                copy.send(bytes).await?;
            }
            Step::Finish => return copy.finish().await,
            Step::Abort => return copy.abort("given up").await.map(|()| 0),
        }
    }
}
