//! Looks whether `pg_dump` waits for a lock, and whether it does so for our sake, from a session of its own.

use crate::conninfo::ConnInfo;
use crate::error::{PgError, doing};
use crate::row::Param;
use crate::session::Session;
use crate::source::{AGAIN, SESSION_SETTINGS, Waiter, name_locked};

/// A session beside `pg_dump`'s, in no transaction: within one, `pg_stat_activity` stands still.
pub(super) struct Watch {
    session: Session,
    info: ConnInfo,
    /// Who was seen waiting at the last look.
    waiting: Option<i32>,
    /// For whom the watched session waited when its statement was last cancelled, if that one waits for us.
    in_the_way: Option<Waiter>,
}

/// The wait of `pg_dump` behind a session that waits for us, explained: until we are gone, nobody goes on.
pub(super) fn explain(error: &PgError, in_the_way: &Waiter) -> PgError {
    let Waiter { backend_pid, mode, relation } = in_the_way;
    let message = format!(
        "pg_dump waits behind a session that waits for {mode} on it, and that one waits for this run"
    );
    PgError::new(error.kind(), doing("lock").to(relation), message)
        .with_detail(format!("It is backend {backend_pid} of the source. The run has let its locks go."))
        .with_hint(AGAIN)
}

impl Watch {
    pub(super) async fn open(info: &ConnInfo) -> Result<Self, PgError> {
        let session = Session::open(info, SESSION_SETTINGS).await?;
        Ok(Self { session, info: info.clone(), waiting: None, in_the_way: None })
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
            self.in_the_way = self.look_in_the_way().await?;
            return self.session.cancel(pid).await;
        }
        self.waiting = Some(pid);
        Ok(false)
    }

    async fn look_in_the_way(&mut self) -> Result<Option<Waiter>, PgError> {
        let sql = include_str!("../sql/in_the_way.sql");
        let ours = self.info.backends().into_iter().map(i64::from).collect();
        let params = [Param::Text(self.application_name()), Param::Ints(ours)];
        let rows = self.session.fetch(doing("look for whom pg_dump waits"), sql, &params).await?;
        rows.first().map(Waiter::read).transpose()
    }

    /// Who was in the way when the watched session was last ended.
    pub(super) fn take_in_the_way(&mut self) -> Option<Waiter> {
        self.in_the_way.take()
    }

    /// A lock that `pg_dump` did not get, with what others hold.
    pub(super) async fn name_locked(&mut self, error: PgError) -> PgError {
        name_locked(&mut self.session, error).await
    }

    pub(super) async fn close(self) {
        self.session.close().await;
    }
}
