//! Exclusion constraints: rows that do not conflict in the source must not conflict in the copy.

use super::decisions::Verdict;
use super::expression::mentions;
use super::schema::{ColumnRef, part_columns};
use super::unique::KeyChecks;
use crate::catalog::{ColumnId, Generation, KeyPart, TableId};
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use crate::rules::name::plain;
use std::collections::BTreeSet;

/// A column that a constraint does not let be masked so.
struct Excluded<'a> {
    /// It is compared by `=`, and by itself.
    is_equal: bool,
    /// Others are, by which it could be shifted.
    shiftable: bool,
    /// What the constraint is called.
    name: &'a str,
}

impl KeyChecks<'_> {
    /// Checks the exclusion constraints of a rule table and of its partitions.
    pub(super) fn exclusions(&mut self, table: TableId) {
        let mut known = Vec::new();
        for owner in self.schema.tree(table) {
            for exclusion in &self.schema.catalog.table(owner).exclusions {
                let parts: Vec<(KeyPart, bool)> = exclusion
                    .parts
                    .iter()
                    .map(|(part, operator)| (self.schema.root_part(owner, part), operator == "="))
                    .collect();
                // A partition has those of its root.
                let said = (parts.clone(), &exclusion.predicate);
                if known.contains(&said) {
                    continue;
                }
                known.push(said);
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
        let mut columns = part_columns(part);
        let mut plain_part = matches!(part, KeyPart::Column(_));
        if let KeyPart::Column(column) = part
            && let Generation::Generated { reads } =
                &self.schema.column(ColumnRef { table, column: *column }).generation
        {
            // As an expression of these would be.
            (columns, plain_part) = (reads.clone(), false);
        }
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
                let found = Excluded { is_equal: is_equal && plain_part, shiftable: !equal.is_empty(), name };
                self.refuse_excluded(at, &verdict, &found);
            }
        }
        let masked: Vec<ColumnId> = columns
            .iter()
            .copied()
            .filter(|column| self.verdict(table, *column).masks().next().is_some())
            .collect();
        if let Some(first) = masked.first()
            && (shifts.len() > 1 || masked.len() < columns.len())
        {
            let verdict = self.verdict(table, *first).clone();
            let found = Excluded { is_equal: false, shiftable: !equal.is_empty(), name };
            self.refuse_excluded(ColumnRef { table, column: *first }, &verdict, &found);
        }
    }

    fn refuse_excluded(&mut self, at: ColumnRef, verdict: &Verdict, found: &Excluded) {
        let Excluded { is_equal, shiftable, name } = *found;
        let shiftable =
            shiftable && MaskKind::DateShift.holds(&self.schema.value_type(at)) && !self.schema.is_period(at);
        let message = format!("mask may make rows conflict: {} is under {name}", self.schema.label(at));
        let diagnostic = Diagnostic::rule("mask_on_exclusion", message);
        let diagnostic = match (is_equal, shiftable) {
            (true, _) => diagnostic
                .detail("The constraint compares it with \"=\", so its values must stay apart.")
                .hint(self.injective_masks(at)),
            (false, false) => diagnostic
                .detail("No mask of its values is known to keep rows apart under it.")
                .hint("Keep the column."),
            (false, true) => diagnostic
                .detail(
                    "Only date.shift by the columns that the constraint compares with \"=\" keeps rows \
                    apart, on all columns of one range alike.",
                )
                .hint("Keep the column, or shift it by = \"…\" such a column."),
        };
        self.refuse(diagnostic, verdict);
    }
}
