//! Polymorphic columns: each row follows its own parent's key, and a row that no `when` matches follows none.
//!
//! ```text
//!   keys of the cases ─► one action per case
//!   the column's own rule, else a pack, else a mask that a case has ─► the rows that no case matches
//! ```
//!
//! Such a row may hold anything (a guest's address where others hold an id), and a NULL in the column of a `when`
//! matches nothing. So it is never kept, or left alone, because the keys are: that has to be said.

use super::decisions::{Decider, Decision, Verdict};
use super::gaps::unlisted_rows;
use super::keys::Edge;
use super::schema::ColumnRef;
use super::settings::Choice;
use crate::condition::Predicate;
use std::collections::BTreeSet;

impl Decider<'_> {
    /// What becomes of a column all of whose references have a `when`.
    pub(super) fn cases(&mut self, at: ColumnRef, keys: Vec<(&Edge, Decision)>) -> Verdict {
        let Some(otherwise) = self.unmatched(at, &keys) else { return self.undecided_rows(at) };
        // A mask may have options that do not hold for rows with a case: they stay apart.
        if otherwise.choice.settings().is_none() && keys.iter().all(|(_, key)| key.agrees_with(&otherwise)) {
            return Verdict::Decided(otherwise);
        }
        let cases = keys.into_iter().map(|(edge, key)| (Predicate::of_constants(&edge.when), key)).collect();
        Verdict::Cases { cases, otherwise }
    }

    /// For rows that no case matches, in the column's own domain: nothing ties their values to a key's.
    fn unmatched(&self, at: ColumnRef, keys: &[(&Edge, Decision)]) -> Option<Decision> {
        let default = || Some(self.by_default(&BTreeSet::from([at]))?.1);
        let mut otherwise = self.stated(at).or_else(default).or_else(|| {
            let (_, masked) = keys.iter().find(|(_, key)| key.choice.settings().is_some())?;
            let mut own = masked.clone();
            if let Choice::Mask(settings) = &mut own.choice {
                settings.domain = Some(self.schema.label(at));
            }
            own.origin = "no case matches".to_owned();
            Some(own)
        })?;
        if let Choice::Mask(settings) = &otherwise.choice {
            otherwise.domain = settings.domain_name(&self.schema.label(at));
        }
        Some(otherwise)
    }

    /// Nobody speaks for some rows of the column.
    pub(super) fn undecided_rows(&mut self, at: ColumnRef) -> Verdict {
        if !self.schema.is_copied(at.table) {
            return Verdict::Free;
        }
        self.diagnostics.push(unlisted_rows(self.schema, at));
        Verdict::Failed
    }
}
