//! Exclusion constraints: rows that do not conflict in the source must not conflict in the copy.

use super::decisions::Verdict;
use super::expression::mentions;
use super::schema::{ColumnRef, part_columns};
use super::unique::KeyChecks;
use crate::catalog::{ColumnId, KeyPart, TableId};
use crate::diagnostic::Diagnostic;
use crate::rules::name::plain;
use std::collections::BTreeSet;

impl KeyChecks<'_> {
    /// Checks the exclusion constraints of a rule table and of its partitions.
    pub(super) fn exclusions(&mut self, table: TableId) {
        for owner in self.schema.tree(table) {
            for exclusion in &self.schema.catalog.table(owner).exclusions {
                let parts: Vec<(KeyPart, bool)> = exclusion
                    .parts
                    .iter()
                    .map(|(part, operator)| (self.schema.root_part(owner, part), operator == "="))
                    .collect();
                let keys = &self.schema.catalog.table(owner).unique_keys;
                let kind = match keys.iter().any(|key| key.name == exclusion.name) {
                    true => "temporal key",
                    false => "exclusion constraint",
                };
                let name = format!("{kind} {}", plain(exclusion.name.as_str()));
                let equal: Vec<ColumnId> = parts
                    .iter()
                    .filter_map(|(part, is_equal)| match part {
                        KeyPart::Column(column) if *is_equal => Some(*column),
                        _ => None,
                    })
                    .collect();
                for (part, is_equal) in &parts {
                    self.excluded_part(table, part, *is_equal, &equal, &name);
                }
                if let Some(predicate) = &exclusion.predicate {
                    let read: Vec<ColumnId> = self
                        .schema
                        .columns(table)
                        .filter(|at| mentions(predicate, self.schema.column(*at).name.as_str()))
                        .map(|at| at.column)
                        .collect();
                    self.predicate(table, predicate, &read, &name);
                }
            }
        }
    }

    /// A column compared by `=` may be masked injectively; any other only be shifted by such columns, together with
    /// whatever else its part reads.
    fn excluded_part(
        &mut self,
        table: TableId,
        part: &KeyPart,
        is_equal: bool,
        equal: &[ColumnId],
        name: &str,
    ) {
        let columns = part_columns(part);
        let plain_part = matches!(part, KeyPart::Column(_));
        let mut shifts: BTreeSet<(String, Option<String>)> = BTreeSet::new();
        for column in &columns {
            let at = ColumnRef { table, column: *column };
            let verdict = self.verdict(table, *column).clone();
            let nulls_fit = !verdict.nulls() || plain_part;
            let mut masks_fit = !matches!(verdict, Verdict::Cases { .. })
                || (is_equal && plain_part && self.keeps_cases_apart(at, &verdict));
            for (decision, settings) in verdict.masks() {
                shifts.insert((decision.domain.clone(), settings.by.clone()));
                let why = format!("{} under {name}", self.schema.label(at));
                // NULL conflicts with nothing; one value in its place would with itself.
                masks_fit &= !settings.mask_nulls || self.schema.column(at).not_null;
                masks_fit &= if is_equal && plain_part {
                    settings.tells_values_apart() && self.injective(at, decision, settings, &why)
                } else {
                    self.shifted_within(at, settings, equal, false)
                };
            }
            if !(nulls_fit && masks_fit) {
                self.refuse_excluded(at, &verdict, is_equal && plain_part, name);
            }
        }
        let masked =
            columns.iter().filter(|column| self.verdict(table, **column).masks().next().is_some()).count();
        if shifts.len() > 1 || (masked > 0 && masked < columns.len()) {
            let at = ColumnRef { table, column: columns[0] };
            let verdict = self.verdict(table, columns[0]).clone();
            self.refuse_excluded(at, &verdict, false, name);
        }
    }

    fn refuse_excluded(&mut self, at: ColumnRef, verdict: &Verdict, is_equal: bool, name: &str) {
        let message = format!("mask may make rows conflict: {} is under {name}", self.schema.label(at));
        let diagnostic = Diagnostic::rule("mask_on_exclusion", message);
        let diagnostic = match is_equal {
            true => diagnostic
                .detail("The constraint compares it with \"=\", so its values must stay apart.")
                .hint(self.injective_masks(at)),
            false => diagnostic
                .detail(
                    "Only date.shift by the columns that the constraint compares with \"=\" keeps rows \
                    apart, on all columns of one range alike.",
                )
                .hint("Keep the column, or shift it by = \"…\" such a column."),
        };
        self.refuse(diagnostic, verdict);
    }
}
