//! What happens to each column, by its own rule, by the key that it refers to, by a pattern or by a pack.
//!
//! ```text
//!   groups of key columns, parents first ─► root: its rule, else a pattern, a pack, else unlisted
//!                                        ├► child: what its key has (several keys: one decision)
//!                                        └► polymorphic child: cases, and what no case matches by a rule of its own
//!   every other column ─────────────────────► its rule or list of rules, else a pattern, a pack, else unlisted
//! ```

use super::gaps::{cases_in_cycle, follows_cases, section, two_keys};
use super::hints::unlisted;
use super::keys::{Edge, KeyGraph};
use super::listed::ListedRules;
use super::packs::PackRules;
use super::schema::{ColumnRef, Schema};
use super::settings::{Choice, Settings};
use crate::condition::Predicate;
use crate::diagnostic::{Diagnostic, Location};
use crate::packs::Clause;
use crate::rules::text::toml_key;
use crate::rules::{At, PatternRule};
use std::collections::{BTreeMap, BTreeSet};

/// One decision about a column.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub choice: Choice,
    /// The domain that a mask acts in.
    pub domain: String,
    /// Why, as [`ColumnPlan::origin`](super::ColumnPlan::origin) has it.
    pub origin: String,
    /// The clause of a pack that it comes from, by way of a key that the column follows, too.
    pub clause: Option<Clause>,
    /// The rule that it comes from.
    pub location: Option<Location>,
}

/// What became of a column.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// One decision for every row.
    Decided(Decision),
    /// A list of rules, or a polymorphic reference whose keys differ.
    Cases { cases: Vec<(Predicate, Decision)>, otherwise: Decision },
    /// An error that has been said stands in the way; nothing more is said of the column.
    Failed,
    /// No rule, and none is needed: no row of its table is copied.
    Free,
}

impl Verdict {
    /// Every decision that it may come to.
    pub(super) fn decisions(&self) -> Vec<&Decision> {
        match self {
            Verdict::Decided(decision) => vec![decision],
            Verdict::Cases { cases, otherwise } => {
                cases.iter().map(|(_, decision)| decision).chain([otherwise]).collect()
            }
            Verdict::Failed | Verdict::Free => Vec::new(),
        }
    }

    /// Every mask that may act on a value that refers to a key.
    pub(super) fn key_masks(&self) -> impl Iterator<Item = (&Decision, &Settings)> {
        let decisions = match self {
            Verdict::Cases { cases, .. } => cases.iter().map(|(_, decision)| decision).collect(),
            _ => self.decisions(),
        };
        decisions.into_iter().filter_map(|decision| Some((decision, decision.choice.settings()?)))
    }

    /// Every mask that may act.
    pub(super) fn masks(&self) -> impl Iterator<Item = (&Decision, &Settings)> {
        self.decisions().into_iter().filter_map(|decision| Some((decision, decision.choice.settings()?)))
    }

    /// Values may change.
    pub(super) fn changes(&self) -> bool {
        self.decisions().iter().any(|decision| !matches!(decision.choice, Choice::Keep(_)))
    }

    /// The target computes it.
    pub(super) fn derived(&self) -> Option<(&Decision, &At<String>)> {
        self.decisions().into_iter().find_map(|decision| match &decision.choice {
            Choice::Derive(sql) => Some((decision, sql)),
            _ => None,
        })
    }

    /// Some values may become NULL.
    pub(super) fn nulls(&self) -> bool {
        self.decisions().iter().any(|decision| decision.choice == Choice::Null)
    }
}

/// Where a decision comes from, for errors that its mask causes.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    location: Option<Location>,
    clause: Option<Clause>,
}

impl Cause {
    /// The error with the rule's place, or with the pack that nobody wrote into the file word for word.
    pub(super) fn blame(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        if let Some(clause) = &self.clause {
            let pack = format!(
                "The rule is of pack {clause}; one of the column's own in the rule file goes before it."
            );
            diagnostic.detail =
                Some(diagnostic.detail.map_or(pack.clone(), |detail| format!("{detail} {pack}")));
        }
        diagnostic.at(self.location.clone())
    }
}

impl Decision {
    /// Where it comes from.
    pub(super) fn cause(&self) -> Cause {
        Cause { location: self.location.clone(), clause: self.clause.clone() }
    }

    /// A pack decided it, and not a key that the column follows.
    pub(super) fn is_of_pack(&self) -> bool {
        self.origin.starts_with("pack ")
    }

    /// Both do the same to a value.
    pub(super) fn agrees_with(&self, other: &Decision) -> bool {
        match (&self.choice, &other.choice) {
            (Choice::Keep(_), Choice::Keep(_)) | (Choice::Null, Choice::Null) => true,
            (Choice::Mask(left), Choice::Mask(right)) => {
                self.domain == other.domain && left.agrees_with(right)
            }
            (Choice::Derive(left), Choice::Derive(right)) => left.value == right.value,
            _ => false,
        }
    }

    /// It is its key's, by [`Decision::follows`].
    pub(super) fn is_followed(&self) -> bool {
        self.origin.starts_with("follows ")
    }

    fn follows(&self, parent: &str) -> Decision {
        let mut choice = self.choice.clone();
        match &mut choice {
            Choice::Keep(reason) => *reason = format!("its key {parent} is kept"),
            // A masked NULL would refer to a parent that is not there.
            Choice::Mask(settings) => settings.mask_nulls = false,
            Choice::Null | Choice::Derive(_) => {}
        }
        Decision { choice, origin: format!("follows {parent}"), ..self.clone() }
    }
}

/// What became of every column of every planned table.
pub(super) type Verdicts = BTreeMap<ColumnRef, Verdict>;

/// Decides every column; what no rule decides goes to `diagnostics`.
pub(super) fn decide(
    schema: &Schema,
    graph: &KeyGraph,
    listed: &ListedRules,
    patterns: &[PatternRule],
    packs: &PackRules<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Verdicts {
    let mut decider =
        Decider { schema, graph, listed, patterns, packs, verdicts: BTreeMap::new(), diagnostics };
    for group in graph.groups() {
        group.iter().for_each(|at| decider.list_on_key(*at));
        decider.group(&group);
    }
    for at in schema.planned().flat_map(|table| schema.columns(table)) {
        if !decider.verdicts.contains_key(&at) {
            decider.single(at);
        }
    }
    decider.verdicts
}

pub(super) struct Decider<'a> {
    pub schema: &'a Schema<'a>,
    pub graph: &'a KeyGraph,
    pub listed: &'a ListedRules<'a>,
    pub patterns: &'a [PatternRule],
    packs: &'a PackRules<'a>,
    pub verdicts: Verdicts,
    pub diagnostics: &'a mut Vec<Diagnostic>,
}

impl Decider<'_> {
    fn group(&mut self, group: &BTreeSet<ColumnRef>) {
        let graph = self.graph;
        let leaving: Vec<&Edge> = group
            .iter()
            .flat_map(|at| graph.edges_from(*at))
            .filter(|edge| !group.contains(&edge.parent) && !self.is_free(edge.parent))
            .collect();
        if leaving.is_empty() {
            return self.root_group(group);
        }
        let polymorphic = leaving.iter().all(|edge| !edge.when.is_empty());
        let verdict = match self.keys(group, &leaving) {
            None => Verdict::Failed,
            Some(keys) if polymorphic => self.polymorphic(group, keys),
            Some(keys) => self.followed(&keys),
        };
        for at in group {
            let verdict = if polymorphic { verdict.clone() } else { self.own_rule_beside(*at, &verdict) };
            self.verdicts.insert(*at, verdict);
        }
    }

    fn is_free(&self, at: ColumnRef) -> bool {
        matches!(self.verdicts.get(&at), Some(Verdict::Free) | None)
    }

    /// A column that refers to nothing and is referred to by none.
    fn single(&mut self, at: ColumnRef) {
        match self.listed.get(at).filter(|rule| !rule.cases.is_empty()) {
            Some(rule) => self.rule_list(at, rule),
            None => self.root_group(&BTreeSet::from([at])),
        }
    }

    /// A column that follows nothing, or a cycle of columns that follow each other: one rule speaks for all of it.
    fn root_group(&mut self, group: &BTreeSet<ColumnRef>) {
        let stated: Vec<(ColumnRef, Decision)> =
            group.iter().filter_map(|at| Some((*at, self.stated(*at)?))).collect();
        let (nulled, stated): (Vec<_>, Vec<_>) =
            stated.into_iter().partition(|(_, decision)| decision.choice == Choice::Null);
        let decided = stated.first().cloned().or_else(|| self.by_default(group));
        for (at, other) in stated.iter().skip(1) {
            let (first, decision) = decided.as_ref().expect("the first is stated");
            if !other.agrees_with(decision) {
                self.differs_from_key(*at, other, *first, decision);
            }
        }
        let left: BTreeSet<ColumnRef> =
            group.iter().filter(|at| !nulled.iter().any(|(null, _)| null == *at)).copied().collect();
        for (at, decision) in nulled {
            self.verdicts.insert(at, Verdict::Decided(decision));
        }
        match decided {
            Some((holder, decision)) => self.share(&left, holder, &decision),
            None => self.undecided(&left),
        }
    }

    fn share(&mut self, group: &BTreeSet<ColumnRef>, holder: ColumnRef, decision: &Decision) {
        for at in group {
            let verdict = if *at == holder {
                Verdict::Decided(decision.clone())
            } else if self.keeps_unmatched(*at, decision) {
                self.undecided_rows(*at)
            } else {
                Verdict::Decided(decision.follows(&self.schema.label(holder)))
            };
            self.verdicts.insert(*at, verdict);
        }
    }

    /// Rows that no `when` matches would be kept because another column of the cycle is.
    fn keeps_unmatched(&self, at: ColumnRef, decision: &Decision) -> bool {
        matches!(decision.choice, Choice::Keep(_))
            && self.stated(at).is_none()
            && self.graph.edges_from(at).all(|edge| !edge.when.is_empty())
    }

    fn undecided(&mut self, group: &BTreeSet<ColumnRef>) {
        let missing = group.iter().find(|at| self.schema.is_copied(at.table)).copied();
        if let Some(at) = missing {
            let diagnostic = unlisted(self.schema, self.graph, at);
            self.diagnostics.push(diagnostic);
        }
        for at in group {
            let verdict = if missing.is_some() { Verdict::Failed } else { Verdict::Free };
            self.verdicts.insert(*at, verdict);
        }
    }

    /// What the column's own rule says; a generated column's values are the target's to make.
    pub(super) fn stated(&self, at: ColumnRef) -> Option<Decision> {
        if self.schema.is_generated(at) {
            let choice = Choice::Keep("generated: the target makes it again".to_owned());
            let origin = "generated".to_owned();
            return Some(Decision { choice, domain: String::new(), origin, clause: None, location: None });
        }
        let rule = self.listed.get(at)?;
        let location = rule.column.location.clone();
        // Without its place: a comment at the top of the file changes no plan.
        Some(self.decision(at, Choice::read(&rule.rule), "rule".to_owned(), Some(location)))
    }

    /// What speaks for a group that has no rule of its own and follows no key.
    pub(super) fn by_default(&self, group: &BTreeSet<ColumnRef>) -> Option<(ColumnRef, Decision)> {
        self.by_pattern(group).or_else(|| self.by_pack(group))
    }

    fn by_pack(&self, group: &BTreeSet<ColumnRef>) -> Option<(ColumnRef, Decision)> {
        group.iter().filter(|at| self.schema.is_copied(at.table)).find_map(|at| {
            let (clause, rule, location) = self.packs.find(self.schema, *at)?;
            let decision = self.decision(*at, Choice::read(rule), format!("pack {clause}"), location);
            Some((*at, Decision { clause: Some(clause), ..decision }))
        })
    }

    pub(super) fn decision(
        &self,
        at: ColumnRef,
        choice: Choice,
        origin: String,
        location: Option<Location>,
    ) -> Decision {
        let roots = self.graph.roots(at);
        let root = if roots.len() == 1 { *roots.first().expect("there is one") } else { at };
        let domain = choice.settings().map(|settings| settings.domain_name(&self.schema.label(root)));
        Decision { choice, domain: domain.unwrap_or_default(), origin, clause: None, location }
    }

    /// What each key that a group refers to has for it; `None` after an error.
    fn keys<'e>(
        &mut self,
        group: &BTreeSet<ColumnRef>,
        leaving: &[&'e Edge],
    ) -> Option<Vec<(&'e Edge, Decision)>> {
        let mut keys = Vec::new();
        if leaving.iter().any(|edge| matches!(self.verdicts[&edge.parent], Verdict::Failed)) {
            let plain: Vec<&Edge> = leaving.iter().copied().filter(|edge| edge.when.is_empty()).collect();
            self.rules_on_children(group, &plain);
            return None;
        }
        for edge in leaving {
            let Verdict::Decided(decision) = &self.verdicts[&edge.parent] else {
                self.diagnostics.push(follows_cases(self.schema, edge));
                return None;
            };
            keys.push((*edge, decision.follows(&self.schema.label(edge.parent))));
        }
        Some(keys)
    }

    /// Keys that hold for every row must agree.
    fn followed(&mut self, keys: &[(&Edge, Decision)]) -> Verdict {
        let (first, decision) = &keys[0];
        match keys.iter().find(|(_, other)| !other.agrees_with(decision)) {
            None => Verdict::Decided(decision.clone()),
            Some((second, _)) => {
                self.diagnostics.push(two_keys(self.schema, first, second));
                Verdict::Failed
            }
        }
    }

    fn polymorphic(&mut self, group: &BTreeSet<ColumnRef>, keys: Vec<(&Edge, Decision)>) -> Verdict {
        if group.len() > 1 {
            self.diagnostics.push(cases_in_cycle(self.schema, keys[0].0));
            return Verdict::Failed;
        }
        self.cases(keys[0].0.child, keys)
    }

    /// A rule of its own on a column that follows: NULL, or the same again, or an error.
    fn own_rule_beside(&mut self, at: ColumnRef, followed: &Verdict) -> Verdict {
        let Some(own) = self.stated(at).filter(|_| !matches!(followed, Verdict::Failed)) else {
            return followed.clone();
        };
        if own.choice == Choice::Null {
            return Verdict::Decided(own);
        }
        let decisions: Vec<Decision> = followed.decisions().into_iter().cloned().collect();
        // A key's result depends on its value alone, and its NULL refers to nothing: options that say otherwise differ.
        let is_plain =
            own.choice.settings().is_none_or(|settings| settings.by.is_none() && !settings.mask_nulls);
        let repeats = is_plain && decisions.iter().any(|decision| own.agrees_with(decision));
        if self.schema.is_generated(at) || repeats {
            return followed.clone();
        }
        let key = self.graph.edges_from(at).map(|edge| edge.parent).next().unwrap_or(at);
        self.differs_from_key(at, &own, key, &decisions[0]);
        Verdict::Failed
    }

    fn differs_from_key(&mut self, at: ColumnRef, own: &Decision, key: ColumnRef, decision: &Decision) {
        let (at, key) = (self.schema.label(at), self.schema.label(key));
        let message = format!("rule of a column differs from its key's: {at} refers to {key}");
        let detail = format!(
            "The rule says {}, the key has {}; values that differ would break the reference.",
            own.choice.describe(),
            decision.choice.describe()
        );
        self.diagnostics.push(
            Diagnostic::rule("rule_differs_from_key", message)
                .detail(detail)
                .hint(
                    "Delete the rule: the column follows its key. (\"null\" is possible where the column \
                    is nullable.)",
                )
                .at(own.location.clone()),
        );
    }

    /// Rules that stand on children while their key has none.
    fn rules_on_children(&mut self, group: &BTreeSet<ColumnRef>, leaving: &[&Edge]) {
        for at in group {
            let Some(rule) = self.listed.get(*at) else { continue };
            let root = leaving.iter().flat_map(|edge| self.graph.roots(edge.parent)).next();
            let Some(root) = root.filter(|root| self.listed.get(*root).is_none()) else { continue };
            let message = format!(
                "rule stands on a column whose key has none: {} refers to {}",
                self.schema.label(*at),
                self.schema.label(root)
            );
            let column = toml_key(self.schema.column(root).name.as_str());
            self.diagnostics.push(
                Diagnostic::rule("rule_on_child", message)
                    .hint(format!(
                        "Move the rule to {column} under {}; the column follows it.",
                        section(self.schema, root)
                    ))
                    .at(Some(rule.column.location.clone())),
            );
        }
    }
}
