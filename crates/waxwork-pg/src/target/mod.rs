//! The staging side: a server whose databases are made, filled, published and dropped.
//!
//! ```text
//!   TargetServer (in `postgres`): guards, run lock, CREATE DATABASE <target>__next … rename, drop
//!   TargetSession (in <target>__next): DDL, COPY IN, indexes, constraints
//! ```

mod publish;
mod server;
mod session;

pub use publish::{Grant, Ownership, RoleSetting};
pub(crate) use server::connect_maintenance;
pub use server::{DatabaseFacts, MAINTENANCE_DATABASES, NewDatabase, TargetServer};
pub use session::TargetSession;

/// Session settings of every target connection.
pub(crate) const SESSION_SETTINGS: &str = include_str!("../sql/target_session.sql");

/// An SQL string literal. Only for statements that take no parameter (COMMENT, ALTER ROLE … SET, CREATE DATABASE).
pub(crate) fn literal(text: &str) -> String {
    // A backslash means itself only while standard_conforming_strings is on: E'' means the same either way.
    if text.contains('\\') {
        return format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    }
    format!("'{}'", text.replace('\'', "''"))
}
