//! How long a network may say nothing: libpq's `keepalives` and `tcp_user_timeout` (PostgreSQL manual, 34.1.2), with
//! defaults of our own, since the system's are hours.
//!
//! The same times say how long a server may give no sign of life ([`crate::life`]): TCP alone does not tell a way that
//! takes bytes and hands on none.

use super::keywords::NETWORK;
use super::{ConnInfo, invalid};
use crate::error::PgError;
use std::time::Duration;

/// `keepalives_idle` and `keepalives_interval` in seconds, and `keepalives_count`, where they are absent or 0.
const DEFAULTS: (u64, u64, u64) = (30, 10, 3);

/// How a connection finds out that nobody is at its other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keepalives {
    /// Silence before the first question.
    pub(crate) idle: Duration,
    /// Between two questions.
    pub(crate) interval: Duration,
    /// Questions without an answer.
    pub(crate) count: u32,
}

impl ConnInfo {
    /// `None` where `keepalives=0` switches them off, and where no host is reached by a network.
    pub(crate) fn keepalives(&self) -> Option<Keepalives> {
        let (idle, interval, count) = DEFAULTS;
        let positive =
            |keyword, default| self.number(keyword).filter(|number| *number > 0).unwrap_or(default);
        if self.number("keepalives") == Some(0) || self.hosts().iter().all(super::Host::is_socket) {
            return None;
        }
        Some(Keepalives {
            idle: Duration::from_secs(positive("keepalives_idle", idle)),
            interval: Duration::from_secs(positive("keepalives_interval", interval)),
            count: u32::try_from(positive("keepalives_count", count)).unwrap_or(u32::MAX),
        })
    }

    /// `tcp_user_timeout` in milliseconds; `None`: the system's.
    pub(crate) fn user_timeout(&self) -> Option<u32> {
        self.number("tcp_user_timeout").filter(|number| *number > 0).and_then(|number| number.try_into().ok())
    }

    /// How long a server may give no sign of life; `None`: for ever.
    pub fn patience(&self) -> Option<Duration> {
        self.keepalives().map(|alive| alive.idle + alive.interval.saturating_mul(alive.count))
    }

    pub(super) fn validate_network(&self) -> Result<(), PgError> {
        let wrong = |keyword: &&str| {
            let text = self.get(keyword).unwrap_or_default().trim();
            !text.is_empty() && text.parse::<u32>().is_err()
        };
        match NETWORK.iter().find(|keyword| wrong(keyword)) {
            Some(keyword) => Err(invalid(format!("{keyword} is not a whole number"))),
            None => Ok(()),
        }
    }

    fn number(&self, keyword: &str) -> Option<u64> {
        self.get(keyword)?.trim().parse().ok()
    }
}
