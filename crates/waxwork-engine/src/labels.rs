//! Security labels of the source, in which another tool's policy is written.

use crate::error::RunError;
use waxwork_pg::{ConnInfo, LibpqEnvironment};

pub use waxwork_pg::SecurityLabel;

/// Reads the labels of a provider; PG* variables fill what the connection string leaves out.
///
/// # Errors
/// Exit 2: a connection string that cannot be used. Exit 5: no connection.
pub async fn read(source: &str, provider: &str) -> Result<Vec<SecurityLabel>, RunError> {
    let info = ConnInfo::source(Some(source), &LibpqEnvironment::capture())?;
    waxwork_pg::labels::read(&info, provider).await.map_err(RunError::connecting)
}
