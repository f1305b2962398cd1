//! A constant as the source reads it: what a load will make of it, and whether it will take it.

use super::SourceWorker;
use crate::error::{PgError, doing};
use crate::row::Param;

impl SourceWorker {
    /// The text form that a type's output function gives for what its input function reads; the transaction survives
    /// a refusal. `type_name` is SQL, as `format_type` writes it.
    ///
    /// # Errors
    ///
    /// The inner error is the server's refusal, which may not be shown but for its SQLSTATE; the outer one is a lost
    /// connection.
    pub async fn read_constant(
        &mut self,
        type_name: &str,
        constant: &str,
    ) -> Result<Result<String, PgError>, PgError> {
        let sql = format!("SELECT pg_catalog.format('%s', $1::pg_catalog.text::{type_name})");
        self.savepoint().await?;
        let read = self.fetch(doing("read a constant"), &sql, &[Param::Text(constant.to_owned())]).await;
        self.roll_back_to_savepoint().await?;
        match read {
            Ok(rows) => {
                Ok(Ok(rows.first().map(|row| row.text(0)).transpose()?.unwrap_or_default().to_owned()))
            }
            Err(error) if error.sqlstate().is_some() => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }
}
