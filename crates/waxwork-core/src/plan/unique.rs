//! Unique keys and foreign keys: which masks they allow, and which domains they make injective.

use super::by;
use super::decisions::{Decision, Verdict, Verdicts};
use super::domains::Domains;
use super::expression::{is_code_safe, reads_only_nulls};
use super::hints;
use super::keys::KeyGraph;
use super::partitions;
use super::schema::{ColumnRef, RootKey, Schema};
use super::settings::{Choice, Settings};
use crate::catalog::{ColumnId, Generation, KeyPart, TableId, TextKind, ValueType};
use crate::diagnostic::Diagnostic;
use crate::masks::{MaskKind, Unique};
use crate::subset::Reference;
use std::collections::BTreeSet;

/// What the checks read, and where they say what they find.
pub(super) struct KeyChecks<'a> {
    pub schema: &'a Schema<'a>,
    pub graph: &'a KeyGraph,
    pub references: &'a [Reference],
    pub verdicts: &'a Verdicts,
    pub domains: &'a mut Domains,
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl KeyChecks<'_> {
    /// Checks every key of every table that is copied.
    pub(super) fn run(&mut self) {
        let tables: Vec<TableId> =
            self.schema.planned().filter(|table| self.schema.is_copied(*table)).collect();
        for table in tables {
            for key in self.schema.unique_keys(table) {
                match self.is_temporal(table, &key) {
                    true => self.generated_parts(table, &key),
                    false => self.unique_key(table, &key),
                }
            }
            self.exclusions(table);
        }
        self.references();
        self.match_full();
    }

    pub(super) fn verdict(&self, table: TableId, column: ColumnId) -> &Verdict {
        self.verdicts.get(&ColumnRef { table, column }).unwrap_or(&Verdict::Failed)
    }

    /// A key WITHOUT OVERLAPS, whose exclusion constraint asks for more.
    fn is_temporal(&self, table: TableId, key: &RootKey) -> bool {
        let mut owners = self.schema.tree(table).into_iter().map(|owner| self.schema.catalog.table(owner));
        owners.any(|owner| {
            owner.unique_keys.iter().any(|own| std::ptr::eq(own, key.key))
                && owner.exclusions.iter().any(|exclusion| exclusion.name == key.key.name)
        })
    }

    fn unique_key(&mut self, table: TableId, key: &RootKey) {
        self.generated_parts(table, key);
        for part in &key.parts {
            match part {
                KeyPart::Column(column) => self.unique_column(table, *column, key),
                KeyPart::Expression { text, columns } => self.unique_expression(table, text, columns, key),
            }
        }
        let predicate = key.key.predicate.as_deref().unwrap_or_default();
        self.predicate(table, predicate, &key.predicate_columns, &key.describe());
    }

    fn generated_parts(&mut self, table: TableId, key: &RootKey) {
        for part in &key.parts {
            let KeyPart::Column(column) = part else { continue };
            let at = ColumnRef { table, column: *column };
            if let Generation::Generated { reads } = &self.schema.column(at).generation {
                let why =
                    format!("{} is generated from it and under {}", self.schema.label(at), key.describe());
                self.unchanged(table, reads, &why);
            }
        }
    }

    fn unique_column(&mut self, table: TableId, column: ColumnId, key: &RootKey) {
        let at = ColumnRef { table, column };
        let verdict = self.verdict(table, column).clone();
        if verdict.nulls() && key.key.nulls_not_distinct {
            let message = format!(
                "column cannot become NULL in every row: {} is under {}",
                self.schema.label(at),
                key.describe()
            );
            self.refuse(
                Diagnostic::rule("null_on_unique", message).detail("The key is NULLS NOT DISTINCT."),
                &verdict,
            );
        }
        if !self.told_apart(table, &verdict, key) && !self.keeps_cases_apart(at, &verdict) {
            self.refuse(cases_on_unique(self.schema, self.graph, at, key), &verdict);
        }
        for (decision, settings) in verdict.masks() {
            self.unique_mask(at, decision, settings, key);
        }
    }

    /// Rows that agree on the rest of the key are of one case: what decides it is in the key, and stays.
    fn told_apart(&self, table: TableId, verdict: &Verdict, key: &RootKey) -> bool {
        let Verdict::Cases { cases, .. } = verdict else { return true };
        let mut read = cases.iter().flat_map(|(when, _)| when.tests());
        read.all(|(column, _)| key.columns().contains(&column) && !self.verdict(table, column).changes())
    }

    /// No two cases come to one value: each keeps, nulls, or writes a code, which meets neither another mask's code nor a
    /// value that is kept.
    pub(super) fn keeps_cases_apart(&self, at: ColumnRef, verdict: &Verdict) -> bool {
        let is_text = matches!(self.schema.value_type(at).scalar(), ValueType::Text(_));
        verdict.masks().all(|(_, settings)| match settings.kind.info().unique {
            Unique::Code(_) => settings.tells_values_apart(),
            Unique::Permutation(_) => is_text && settings.options.text("alphabet").is_none(),
            Unique::No | Unique::Whole(_) => false,
        })
    }

    fn unique_mask(&mut self, at: ColumnRef, decision: &Decision, settings: &Settings, key: &RootKey) {
        if settings.mask_nulls && !self.schema.column(at).not_null {
            let message = format!(
                "nulls = \"mask\" gives every NULL one value: {} is under {}",
                self.schema.label(at),
                key.describe()
            );
            let diagnostic =
                Diagnostic::rule("nulls_on_unique", message).hint("Leave the option out: NULL stays NULL.");
            self.diagnostics.push(decision.cause().blame(diagnostic));
        }
        if self.shifted_within(at, settings, &key.columns(), key.key.nulls_not_distinct) {
            return;
        }
        let label = self.schema.label(at);
        if settings.tells_values_apart()
            && self.injective(at, decision, settings, &format!("{label} under {}", key.describe()))
        {
            return;
        }
        let message = format!(
            "mask cannot keep values apart: {} on {label} under {}",
            settings.kind.name(),
            key.describe()
        );
        let diagnostic = Diagnostic::rule("mask_not_injective", message);
        let diagnostic = match settings.kind {
            MaskKind::DateShift if partitions::reflection(self.schema, at).is_some() => diagnostic
                .detail("A shift that would leave the partitions comes back into them, onto other days.")
                .hint("Keep the column, or add a DEFAULT partition and shift it by = \"…\" a column of the same key."),
            MaskKind::DateShift => diagnostic
                .detail("Rows that agree on the rest of the key must move alike, and none of them by itself.")
                .hint("Shift it by = \"…\" a column of the same key that is NOT NULL and not shifted itself."),
            MaskKind::Permute => diagnostic
                .detail("The column takes characters of the alphabet for one, as it does a letter's two cases.")
                .hint("Take alphabet = \"digits\", on citext any that has each letter in one case, or secret.token."),
            kind if matches!(kind.info().unique, Unique::Whole(_)) => diagnostic
                .detail("The numbers that nobody holds are too few.")
                .hint("Give it reserved = false: all valid numbers are permuted, and some of them are somebody's."),
            _ => diagnostic.hint(self.injective_masks(at)),
        };
        self.diagnostics.push(decision.cause().blame(diagnostic));
    }

    /// Asks for injection where the mask can give it.
    pub(super) fn injective(
        &mut self,
        at: ColumnRef,
        decision: &Decision,
        settings: &Settings,
        why: &str,
    ) -> bool {
        let value_type = self.schema.value_type(at);
        // A mask that does not hold the type has been refused already.
        if !settings.kind.holds(&value_type) {
            return true;
        }
        let can = settings.can_be_injective(&value_type) && !self.folds(at, settings);
        if can {
            self.domains.ask_injective(&decision.domain, || why.to_owned());
        }
        can
    }

    /// The column takes different characters of the mask's alphabet for one: citext by their lower case, a
    /// nondeterministic collation as it pleases, but hardly digits.
    fn folds(&self, at: ColumnRef, settings: &Settings) -> bool {
        let ValueType::Text(text) = self.schema.value_type(at).scalar().clone() else { return false };
        let alphabet = settings.options.text("alphabet").unwrap_or_default();
        if self.schema.column(at).nondeterministic {
            return !alphabet.chars().all(|char| char.is_ascii_digit());
        }
        let lower: BTreeSet<String> = alphabet.chars().map(|char| char.to_lowercase().collect()).collect();
        text.kind == TextKind::Citext && lower.len() < alphabet.chars().count()
    }

    /// Masks that keep values of the column apart within its length.
    pub(super) fn injective_masks(&self, at: ColumnRef) -> String {
        let value_type = self.schema.value_type(at);
        let masks = MaskKind::all().filter(|kind| hints::keeps_apart(*kind, &value_type));
        let mut names: Vec<&str> = masks.map(MaskKind::name).collect();
        let is_text = matches!(value_type.scalar(), ValueType::Text(_));
        if is_text && !names.contains(&MaskKind::Permute.name()) {
            names.push("id.permute with an alphabet");
        }
        if names.is_empty() {
            return "No mask of its type does: keep the column.".to_owned();
        }
        format!("Masks that do: {}.", names.join(", "))
    }

    /// A shift by columns of the same key moves all rows that agree on them alike, so it keeps them apart: unless it is
    /// reflected, or some of these rows have no value to be moved by and move each by itself. A NULL among the columns
    /// is such a row, but keeps itself apart unless the key says otherwise (`nulls_meet`).
    pub(super) fn shifted_within(
        &self,
        at: ColumnRef,
        settings: &Settings,
        columns: &[ColumnId],
        nulls_meet: bool,
    ) -> bool {
        let (MaskKind::DateShift, Some(by)) = (settings.kind, &settings.by) else { return false };
        let Ok(route) = by::follow(self.schema, self.graph, self.references, at.table, by) else {
            // It is said where the mask is built.
            return true;
        };
        let stands = |own: &ColumnId| {
            let own = ColumnRef { table: at.table, column: *own };
            let verdict = self.verdict(own.table, own.column);
            let shifted = verdict.masks().any(|(_, settings)| settings.by.is_some());
            let nullable = nulls_meet && !self.schema.column(own).not_null;
            columns.contains(&own.column) && !verdict.nulls() && !shifted && !nullable
        };
        !route.may_part && route.own.iter().all(stands) && partitions::reflection(self.schema, at).is_none()
    }

    fn unique_expression(&mut self, table: TableId, text: &str, columns: &[ColumnId], key: &RootKey) {
        let changed: Vec<ColumnId> =
            columns.iter().copied().filter(|column| self.verdict(table, *column).changes()).collect();
        for column in changed {
            let at = ColumnRef { table, column };
            let verdict = self.verdict(table, column).clone();
            let name = self.schema.column(at).name.as_str();
            let safe = columns.len() == 1 && is_code_safe(text, name);
            let nulls_fit = !verdict.nulls() || (safe && !key.key.nulls_not_distinct);
            let masks_fit = verdict.masks().all(|(_, settings)| safe && self.is_code(at, settings));
            if !(nulls_fit && masks_fit) {
                let message = format!(
                    "mask is not known to keep an expression apart: {} under {}",
                    self.schema.label(at),
                    key.describe()
                );
                let diagnostic = Diagnostic::rule("unique_expression", message)
                    .detail(
                        "Known to keep apart are lower, upper, trim, casts to text and COLLATE of one \
                        column under a mask that writes a code.",
                    )
                    .hint(
                        "Keep the column, or take secret.token or contact.email where the expression is \
                        one of these.",
                    );
                self.refuse(diagnostic, &verdict);
                continue;
            }
            for (decision, settings) in verdict.masks() {
                let why = format!("{} under {}", self.schema.label(at), key.describe());
                self.injective(at, decision, settings, &why);
            }
        }
    }

    /// Its injective results hold a code in lower case without blanks.
    fn is_code(&self, at: ColumnRef, settings: &Settings) -> bool {
        let value_type = self.schema.value_type(at);
        matches!(value_type, ValueType::Text(_))
            && settings.options.text("alphabet").is_none()
            && settings.tells_values_apart()
            && settings.kind.can_be_injective(&value_type)
    }

    /// Columns that a predicate reads must not change which rows it selects.
    pub(super) fn predicate(&mut self, table: TableId, predicate: &str, columns: &[ColumnId], owner: &str) {
        for column in columns {
            let at = ColumnRef { table, column: *column };
            let verdict = self.verdict(table, *column).clone();
            // Of what is derived the index is the proof.
            if !verdict.changes() || verdict.derived().is_some() {
                continue;
            }
            let stays_null = !verdict.nulls() && verdict.masks().all(|(_, settings)| !settings.mask_nulls);
            if stays_null && reads_only_nulls(predicate, self.schema.column(at).name.as_str()) {
                continue;
            }
            let message = format!(
                "mask may change which rows an index holds: {} is in the predicate of {owner}",
                self.schema.label(at)
            );
            let diagnostic = Diagnostic::rule("unique_predicate", message)
                .detail("Rows that the predicate leaves out today could come in and collide.")
                .hint(
                    "Keep the column. (A predicate that only asks IS NULL or IS NOT NULL allows any mask \
                    that leaves NULL as it is.)",
                );
            self.refuse(diagnostic, &verdict);
        }
    }

    fn unchanged(&mut self, table: TableId, columns: &[ColumnId], why: &str) {
        for column in columns {
            let verdict = self.verdict(table, *column).clone();
            if verdict.changes() {
                let at = ColumnRef { table, column: *column };
                let message =
                    format!("column cannot be masked, a key is made from it: {}", self.schema.label(at));
                self.refuse(
                    Diagnostic::rule("generated_key", message)
                        .detail(format!("Column {why}."))
                        .hint("Keep the column."),
                    &verdict,
                );
            }
        }
    }

    pub(super) fn refuse(&mut self, diagnostic: Diagnostic, verdict: &Verdict) {
        let decisions = verdict.decisions();
        let placed = decisions.iter().find(|decision| decision.location.is_some()).or(decisions.first());
        let diagnostic = match placed {
            Some(decision) => decision.cause().blame(diagnostic),
            None => diagnostic,
        };
        self.diagnostics.push(diagnostic);
    }

    /// Keys that other columns refer to are injective, follow no other column, and are not made by the target.
    fn references(&mut self) {
        let graph = self.graph;
        for edge in &graph.edges {
            for (end, other) in [(edge.parent, edge.child), (edge.child, edge.parent)] {
                let why = format!("{} and what refers to it", self.schema.label(edge.parent));
                let verdict = self.verdict(end.table, end.column).clone();
                for (decision, settings) in verdict.key_masks() {
                    self.injective(end, decision, settings, &why);
                }
                if let Generation::Generated { reads } = &self.schema.column(end).generation {
                    let reason =
                        format!("{} is generated from it and is part of a reference", self.schema.label(end));
                    self.unchanged(end.table, reads, &reason);
                    let of = format!(
                        "{} refers to it or is referred to, and is generated",
                        self.schema.label(end)
                    );
                    self.unchanged(other.table, &[other.column], &of);
                }
            }
        }
        let keys: BTreeSet<ColumnRef> = graph
            .edges
            .iter()
            .map(|edge| edge.parent)
            .chain(graph.json.iter().map(|edge| edge.parent))
            .collect();
        for at in keys {
            let verdict = self.verdict(at.table, at.column).clone();
            for (decision, settings) in verdict.masks().filter(|(_, settings)| settings.reads_others()) {
                let message = format!(
                    "key that others refer to is masked by another column: {} on {}",
                    settings.kind.name(),
                    self.schema.label(at)
                );
                let hint = match self.schema.is_period(at) {
                    true => "Keep the column: no mask moves a temporal key and what refers to it alike.",
                    false => "Leave out by, gender and company: a key's result depends on its value alone.",
                };
                let diagnostic = Diagnostic::rule("by_on_key", message).hint(hint);
                self.diagnostics.push(decision.cause().blame(diagnostic));
            }
        }
    }

    /// Under MATCH FULL a key is NULL in all its columns or in none (PostgreSQL manual, CREATE TABLE).
    fn match_full(&mut self) {
        for reference in self.references.iter().filter(|reference| reference.match_full) {
            let columns: Vec<ColumnRef> = reference
                .key
                .child_columns()
                .into_iter()
                .filter_map(|column| self.schema.rule_column(reference.child, column))
                .collect();
            let null = |at: &&ColumnRef| {
                matches!(
                    self.verdicts.get(*at),
                    Some(Verdict::Decided(Decision { choice: Choice::Null, .. }))
                )
            };
            let nulled: Vec<&ColumnRef> = columns.iter().filter(null).collect();
            if let Some(first) = nulled.first().filter(|_| nulled.len() < columns.len()) {
                let message = format!("only a part of a MATCH FULL key becomes NULL: {}", reference.name);
                let verdict = self.verdicts[*first].clone();
                self.refuse(
                    Diagnostic::rule("match_full", message).hint("Null all of its columns, or none."),
                    &verdict,
                );
            }
        }
    }
}

/// Rows of different cases may come to one value.
fn cases_on_unique(schema: &Schema, graph: &KeyGraph, at: ColumnRef, key: &RootKey) -> Diagnostic {
    let (label, key) = (schema.label(at), key.describe());
    if graph.is_key(at) {
        let message = format!("polymorphic column is unique by itself: {label} is under {key}");
        return Diagnostic::rule("cases_on_unique", message)
            .detail(
                "Rows that follow different keys are masked apart, and two of them may come to one value.",
            )
            .hint("Give the keys that it refers to one domain.");
    }
    let message = format!("rules of a list may give two rows one value: {label} is under {key}");
    Diagnostic::rule("cases_on_unique", message)
        .detail(
            "Its rules are masked apart, and only a code meets neither another's results nor what is kept.",
        )
        .hint("Take masks of text that write a code (contact.email, secret.token), beside keep and null.")
}
