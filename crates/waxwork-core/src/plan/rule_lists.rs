//! Lists of rules: the first whose condition is true decides, and the last has none.
//!
//! Keys have one rule for every row (D8): a key that is masked in some rows alone would part from what refers to it.

use super::decisions::{Decider, Decision, Verdict};
use super::schema::ColumnRef;
use super::settings::Choice;
use crate::condition::{self, Predicate};
use crate::diagnostic::Diagnostic;
use crate::rules::{ColumnRule, Rule};

impl Decider<'_> {
    /// What becomes of a column with a list.
    pub(super) fn rule_list(&mut self, at: ColumnRef, rule: &ColumnRule) {
        if self.graph.json.iter().any(|edge| edge.child == at) {
            self.refuse_list(at, rule, "places in its documents refer to a key");
        }
        let cases: Vec<Option<(Predicate, Decision)>> = rule
            .cases
            .iter()
            .map(|case| Some((self.condition(at, &case.when.value)?, self.listed_decision(at, &case.rule))))
            .collect();
        let verdict = match cases.into_iter().collect() {
            Some(cases) => Verdict::Cases { cases, otherwise: self.listed_decision(at, &rule.rule) },
            None => Verdict::Failed,
        };
        self.verdicts.insert(at, verdict);
    }

    fn listed_decision(&self, at: ColumnRef, rule: &Rule) -> Decision {
        self.decision(at, Choice::read(rule), "rule".to_owned(), Some(rule.location().clone()))
    }

    fn condition(&mut self, at: ColumnRef, written: &condition::Written) -> Option<Predicate> {
        match condition::resolve(written, self.schema.table(at), self.schema.catalog) {
            Ok(predicate) => Some(predicate),
            Err(mut errors) => {
                self.diagnostics.append(&mut errors);
                None
            }
        }
    }

    /// Refuses a list on a column that refers or is referred to.
    pub(super) fn list_on_key(&mut self, at: ColumnRef) {
        if let Some(rule) = self.listed.get(at).filter(|rule| !rule.cases.is_empty()) {
            self.refuse_list(at, rule, "it refers to a key, or is one that others refer to");
        }
    }

    fn refuse_list(&mut self, at: ColumnRef, rule: &ColumnRule, why: &str) {
        let message = format!("rule with a \"when\" stands on a key: {}", self.schema.label(at));
        self.diagnostics.push(
            Diagnostic::rule("when_on_key", message)
                .detail(format!("A key and what refers to it are masked alike in every row, and {why}."))
                .hint("Give it one rule, and lists to the other columns of the row.")
                .at(Some(rule.cases[0].when.location.clone())),
        );
    }
}
