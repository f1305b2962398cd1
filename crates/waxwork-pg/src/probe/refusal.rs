//! SQL of a rule file within a frame of ours: prepared, never run here, and what the server does not take of it.

use crate::error::{Doing, PgError, PgErrorKind};
use crate::session::Prepared;
use crate::source::SourceWorker;

/// Why the server does not take a piece of SQL; its text is left out where it may hold what the SQL says.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What it says.
    pub error: PgError,
    /// The character of the SQL, from 1, where it found that.
    pub at: Option<usize>,
}

impl Refusal {
    /// One of our own.
    pub(super) fn new(doing: Doing, message: &str) -> Self {
        Self { error: PgError::new(PgErrorKind::Syntax, doing, message), at: None }
    }
}

/// Prepares `sql` between the two parts of a frame; the transaction survives a refusal.
///
/// # Errors
///
/// The inner error is the server's refusal; the outer one is about the session, not about the SQL.
pub(super) async fn prepare(
    worker: &mut SourceWorker,
    doing: Doing,
    (before, after): (&str, &str),
    sql: &str,
) -> Result<Result<Prepared, Refusal>, PgError> {
    worker.savepoint().await?;
    let prepared = worker.prepare(doing.clone(), &format!("{before}{sql}{after}")).await;
    worker.roll_back_to_savepoint().await?;
    match prepared {
        Ok(prepared) if prepared.parameters == 0 => Ok(Ok(prepared)),
        Ok(_) => Ok(Err(Refusal::new(doing, "it has parameters, and there are none to bind"))),
        Err(error) if error.blames_statement() => {
            let place = error.position().and_then(|at| at.checked_sub(before.chars().count()));
            let at = place.filter(|at| (1..=sql.chars().count()).contains(at));
            Ok(Err(Refusal { error, at }))
        }
        Err(error) => Err(error),
    }
}
