//! Looks whether `pg_dump` waits for a lock, from a session of its own.

use crate::conninfo::ConnInfo;
use crate::error::{PgError, doing};
use crate::row::Param;
use crate::session::Session;
use crate::source::{SESSION_SETTINGS, name_locked};

/// A session beside `pg_dump`'s, in no transaction: within one, `pg_stat_activity` stands still.
pub(super) struct Watch {
    session: Session,
    /// Who was seen waiting at the last look.
    waiting: Option<i32>,
}

impl Watch {
    pub(super) async fn open(info: &ConnInfo) -> Result<Self, PgError> {
        Ok(Self { session: Session::open(info, SESSION_SETTINGS).await?, waiting: None })
    }

    /// The name by which the watched session is known: no other run's.
    pub(super) fn application_name(&self) -> String {
        format!("waxwork pg_dump {}", self.session.backend_pid())
    }

    /// Cancels the watched session's statement if it waits and waited at the last look; says whether it did.
    pub(super) async fn end_who_waits(&mut self) -> Result<bool, PgError> {
        let sql = include_str!("../sql/waiting_for_lock.sql");
        let name = Param::Text(self.application_name());
        let rows = self.session.fetch(doing("watch pg_dump"), sql, &[name]).await?;
        let before = self.waiting.take();
        let Some(row) = rows.first() else { return Ok(false) };
        let pid = i32::try_from(row.int(0)?).unwrap_or_default();
        if before == Some(pid) {
            return self.session.cancel(pid).await;
        }
        self.waiting = Some(pid);
        Ok(false)
    }

    /// A lock that `pg_dump` did not get, with what others hold.
    pub(super) async fn name_locked(&mut self, error: PgError) -> PgError {
        name_locked(&mut self.session, error).await
    }

    pub(super) async fn close(self) {
        self.session.close().await;
    }
}
