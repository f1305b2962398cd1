//! Rules of the packs that the file names: they speak where neither a rule nor a followed key does. And how much of the
//! schema each of their clauses took.

use super::decisions::Verdicts;
use super::schema::{ColumnRef, Schema};
use super::settings::Choice;
use super::{ClauseCoverage, PackCoverage};
use crate::packs::{Clause, Pack};
use crate::rules::Policy;
use crate::subset::SubsetPlan;
use std::sync::Arc;

/// The packs in the order in which they decide; the first that knows a column does.
pub(super) struct PackRules<'a> {
    packs: &'a [Arc<Pack>],
}

impl<'a> PackRules<'a> {
    pub(super) fn new(policy: &'a Policy) -> Self {
        Self { packs: &policy.gathered }
    }

    /// What a pack asks for on a column, and what for.
    pub(super) fn find(&self, schema: &Schema, at: ColumnRef) -> Option<(Clause, Choice)> {
        let column = schema.column(at);
        let value_type = schema.value_type(at);
        let (clause, rule) = self.packs.iter().find_map(|pack| pack.rule_for(column, &value_type))?;
        Some((clause, Choice::read(rule)))
    }

    /// What each clause of each pack took.
    pub(super) fn coverage(&self, subset: &SubsetPlan, verdicts: &Verdicts) -> Vec<PackCoverage> {
        let decisions = verdicts.values().flat_map(|verdict| verdict.decisions());
        let columns: Vec<&Clause> = decisions.filter_map(|decision| decision.clause.as_ref()).collect();
        let tables: Vec<&Clause> = subset.left_out.values().collect();
        let count = |taken: &[&Clause], clause: &Clause| taken.iter().filter(|one| **one == clause).count();
        let of_clause = |clause: Clause| ClauseCoverage {
            tables: count(&tables, &clause),
            columns: count(&columns, &clause),
            what: clause.what,
        };
        let of_pack = |pack: &Arc<Pack>| PackCoverage {
            name: pack.name.clone(),
            clauses: pack.clauses().into_iter().map(of_clause).collect(),
        };
        self.packs.iter().map(of_pack).collect()
    }
}
