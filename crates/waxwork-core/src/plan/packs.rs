//! Rules of the packs that the file names: they speak where neither a rule nor a followed key does.

use super::schema::{ColumnRef, Schema};
use super::settings::Choice;
use crate::packs::{self, Pack};
use crate::rules::Policy;

/// The packs in the file's order; the first that knows a column decides.
pub(super) struct PackRules {
    packs: Vec<&'static Pack>,
}

impl PackRules {
    /// The parser has refused names that no pack has.
    pub(super) fn resolve(policy: &Policy) -> Self {
        Self { packs: policy.packs.iter().filter_map(|pack| packs::find(&pack.value)).collect() }
    }

    /// What a pack asks for on a column, and what for: `credentials: passwords and their hashes`.
    pub(super) fn find(&self, schema: &Schema, at: ColumnRef) -> Option<(String, Choice)> {
        let column = schema.column(at);
        let value_type = schema.value_type(at);
        let rule = self.packs.iter().find_map(|pack| pack.rule_for(column, &value_type))?;
        Some((format!("{}: {}", rule.pack, rule.what), Choice::read(rule.rule)))
    }
}
