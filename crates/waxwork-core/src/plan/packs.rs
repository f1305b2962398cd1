//! Rules of the packs that the file names: they speak where neither a rule nor a followed key does. And how much of the
//! schema each of their clauses took.

use super::decisions::Verdicts;
use super::schema::{ColumnRef, Schema};
use super::{ClauseCoverage, PackCoverage};
use crate::diagnostic::Location;
use crate::packs::{self, Clause, Pack};
use crate::rules::{Policy, Rule};
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

    /// What a pack asks for on a column, what for, and where: shipped packs have no file that a user could open.
    pub(super) fn find(
        &self,
        schema: &Schema,
        at: ColumnRef,
    ) -> Option<(Clause, &'a Rule, Option<Location>)> {
        let column = schema.column(at);
        let value_type = schema.value_type(at);
        self.packs.iter().find_map(|pack| {
            let (clause, rule) = pack.rule_for(column, &value_type)?;
            let location = packs::find(&pack.name).is_none().then(|| rule.location().clone());
            Some((clause, rule, location))
        })
    }

    /// What each clause of each pack took.
    pub(super) fn coverage(&self, subset: &SubsetPlan, verdicts: &Verdicts) -> Vec<PackCoverage> {
        let decisions = verdicts.values().flat_map(|verdict| verdict.decisions());
        let decided = decisions.filter(|decision| decision.is_of_pack());
        let columns: Vec<&Clause> = decided.filter_map(|decision| decision.clause.as_ref()).collect();
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
