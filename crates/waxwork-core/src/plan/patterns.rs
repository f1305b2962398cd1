//! Rules over name patterns: they speak after a column's own rule and its key, and before the packs.

use super::decisions::{Decider, Decision};
use super::schema::{ColumnRef, Schema};
use super::settings::Choice;
use crate::diagnostic::Diagnostic;
use crate::rules::PatternRule;
use std::collections::BTreeSet;

impl Decider<'_> {
    /// The first pattern that names a column of a group and whose rule the column can take.
    pub(super) fn by_pattern(&self, group: &BTreeSet<ColumnRef>) -> Option<(ColumnRef, Decision)> {
        group.iter().filter(|at| self.schema.is_copied(at.table)).find_map(|at| {
            let pattern = self.patterns.iter().find(|pattern| takes(pattern, self.schema, *at))?;
            let location = Some(pattern.name.location.clone());
            let origin = format!("pattern {}", pattern.name.value);
            Some((*at, self.decision(*at, Choice::read(&pattern.rule), origin, location)))
        })
    }
}

fn takes(pattern: &PatternRule, schema: &Schema, at: ColumnRef) -> bool {
    names(pattern, schema, at) && pattern.rule.can_stand_on(schema.column(at), &schema.value_type(at))
}

fn names(pattern: &PatternRule, schema: &Schema, at: ColumnRef) -> bool {
    pattern.pattern.matches(&schema.table(at).name, schema.column(at).name.as_str())
}

/// Patterns without a column to speak of.
pub(super) fn idle(patterns: &[PatternRule], schema: &Schema) -> Vec<Diagnostic> {
    let columns: Vec<ColumnRef> = schema
        .planned()
        .flat_map(|table| schema.columns(table))
        .filter(|at| !schema.is_generated(*at))
        .collect();
    let is_idle = |pattern: &&PatternRule| !columns.iter().any(|at| takes(pattern, schema, *at));
    let idle = patterns.iter().filter(is_idle);
    idle.map(|pattern| {
        let named = columns.iter().filter(|at| names(pattern, schema, **at)).count();
        let message = format!("pattern matches no column: {}", pattern.name.value);
        let found =
            Diagnostic::warning("pattern_matches_nothing", message).at(Some(pattern.name.location.clone()));
        match named {
            0 => found.hint("Correct it, or delete it if its columns were dropped."),
            _ => found.detail(format!("{named} columns have such a name, and none can take its rule.")),
        }
    })
    .collect()
}
