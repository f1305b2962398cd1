//! Verdicts become table plans: specs with `by`, context fields, canonical forms and reflections in their places.

use super::Refusable;
use super::by::{self, Route};
use super::canonical::canonical;
use super::decisions::{Decision, Verdict, Verdicts};
use super::domains::Domains;
use super::keys::KeyGraph;
use super::partitions::Reflections;
use super::schema::{ColumnRef, Schema};
use super::settings::{Choice, Settings};
use super::{
    By, ByField, Canonical, Case, ColumnAction, ColumnPlan, ContextField, DerivedColumn, JsonAction,
    MaskSpec, TablePlan, templates,
};
use crate::catalog::TableId;
use crate::diagnostic::Diagnostic;
use crate::masks::{MaskKind, has_few_values};
use crate::rules::Scrubber;
use crate::subset::Reference;

/// What table plans are made from.
pub(super) struct Assembly<'a> {
    pub schema: &'a Schema<'a>,
    pub graph: &'a KeyGraph,
    pub references: &'a [Reference],
    pub verdicts: &'a Verdicts,
    pub domains: &'a Domains,
    pub reflections: &'a Reflections,
    pub scrubbers: &'a [Scrubber],
}

impl Assembly<'_> {
    /// One plan per planned table; a table without rows has no columns to copy.
    pub(super) fn tables(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<TablePlan> {
        self.schema.planned().map(|table| self.table(table, diagnostics)).collect()
    }

    fn table(&self, table: TableId, diagnostics: &mut Vec<Diagnostic>) -> TablePlan {
        let mut plan = TablePlan {
            table,
            columns: Vec::new(),
            derived: self.derived(table),
            context: Vec::new(),
            load_through_root: false,
        };
        if !self.schema.is_copied(table) {
            return plan;
        }
        plan.load_through_root = self.schema.hashes_by_oid(table);
        let derived = |at: &ColumnRef| plan.derived.iter().any(|derived| derived.column == at.column);
        let copied: Vec<ColumnRef> =
            self.schema.columns(table).filter(|at| !self.schema.is_generated(*at) && !derived(at)).collect();
        for at in &copied {
            let Some(verdict) = self.verdicts.get(at) else { continue };
            plan.load_through_root |= verdict.changes() && self.schema.partitions_by(*at);
            plan.columns.extend(self.column(*at, verdict, &copied, &mut plan.context, diagnostics));
        }
        plan
    }

    fn derived(&self, table: TableId) -> Vec<DerivedColumn> {
        if !self.schema.is_copied(table) {
            return Vec::new();
        }
        let columns = self.schema.columns(table);
        let derived = columns.filter_map(|at| {
            let (decision, sql) = self.verdicts.get(&at)?.derived()?;
            let origin = decision.origin.clone();
            Some(DerivedColumn { column: at.column, sql: sql.clone(), origin })
        });
        derived.collect()
    }

    fn column(
        &self,
        at: ColumnRef,
        verdict: &Verdict,
        copied: &[ColumnRef],
        context: &mut Vec<ContextField>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ColumnPlan> {
        if let Verdict::Cases { cases, .. } = verdict {
            for (column, _) in cases.iter().flat_map(|(when, _)| when.tests()) {
                self.own_field(ColumnRef { table: at.table, column }, copied, context);
            }
        }
        let mut act = |decision: &Decision| match self.action(at, decision, copied, context) {
            Ok(action) => Some(action),
            Err(diagnostic) => {
                let place = diagnostic.location.clone();
                let blamed = decision.cause().blame(*diagnostic);
                let place = place.or_else(|| blamed.location.clone());
                diagnostics.push(blamed.at(place));
                None
            }
        };
        let (action, origin) = match verdict {
            Verdict::Decided(decision) => (act(decision)?, decision.origin.clone()),
            Verdict::Cases { cases, otherwise } => {
                let cases = cases
                    .iter()
                    .map(|(when, decision)| Some(Case { when: when.clone(), action: act(decision)? }))
                    .collect::<Option<Vec<Case>>>()?;
                let mut origins: Vec<&str> =
                    verdict.decisions().iter().map(|decision| decision.origin.as_str()).collect();
                origins.truncate(cases.len());
                origins.dedup();
                let origin = origins.join(", ");
                (ColumnAction::Cases { cases, otherwise: Box::new(act(otherwise)?) }, origin)
            }
            Verdict::Failed | Verdict::Free => return None,
        };
        let canonical = match self.canonical(at, verdict) {
            Ok(form) => form,
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                return None;
            }
        };
        Some(ColumnPlan {
            column: at.column,
            value_type: self.schema.value_type(at),
            action,
            origin,
            canonical,
            location: verdict.decisions().into_iter().find_map(|decision| decision.location.clone()),
        })
    }

    /// Only what is masked is brought to one form: a kept key stays as it stands.
    fn canonical(&self, at: ColumnRef, verdict: &Verdict) -> Refusable<Canonical> {
        let Some((decision, _)) = verdict.masks().next() else { return Ok(Canonical::AsIs) };
        canonical(self.schema, self.graph, at)
            .map_err(|diagnostic| Box::new(decision.cause().blame(*diagnostic)))
    }

    fn action(
        &self,
        at: ColumnRef,
        decision: &Decision,
        copied: &[ColumnRef],
        context: &mut Vec<ContextField>,
    ) -> Refusable<ColumnAction> {
        match &decision.choice {
            Choice::Keep(reason) => Ok(ColumnAction::Keep { reason: reason.clone() }),
            Choice::Null => self.null(at),
            // It is no column of the copy: `derived` has taken it.
            Choice::Derive(_) => Ok(ColumnAction::Null),
            Choice::Mask(settings) => {
                let value_type = self.schema.value_type(at);
                super::constant::check(self.schema, at, settings)?;
                self.check_nulls(at, settings)?;
                self.check_by(at, settings)?;
                let mut spec =
                    self.domains.spec(&decision.domain, settings, &value_type, &self.schema.label(at));
                spec.reflect = self.reflections.get(&at).copied();
                self.key_by(at.table, &mut spec, settings, copied, context)?;
                if let Some(written) = &settings.template {
                    spec.template = templates::resolve(self.schema, self.verdicts, at, written, copied)?;
                }
                if settings.kind == MaskKind::Scrub {
                    spec.scrub = Some(Box::new(self.scrub(at, settings, copied, context)?));
                }
                if let Some(path) = settings.options.text("gender") {
                    spec.gender = Some(self.gender(at.table, path, copied, context)?);
                }
                Ok(ColumnAction::Mask(Box::new(spec)))
            }
        }
    }

    /// Refuses `nulls = "mask"` where NULL would stay all the same.
    fn check_nulls(&self, at: ColumnRef, settings: &Settings) -> Refusable<()> {
        if !settings.mask_nulls || settings.kind.masks_null(&self.schema.value_type(at)) {
            return Ok(());
        }
        let (kind, label) = (settings.kind.name(), self.schema.label(at));
        let message = format!("mask has nothing to put in the place of NULL: {kind} on {label}");
        Err(Box::new(
            Diagnostic::rule("nulls_not_masked", message)
                .detail("Its results are made from a value of the column's type.")
                .hint("Leave nulls out: NULL stays NULL."),
        ))
    }

    /// Refuses a mask whose results would stand for the values one by one.
    fn check_by(&self, at: ColumnRef, settings: &Settings) -> Refusable<()> {
        if !settings.kind.needs_by(&self.schema.value_type(at)) {
            return Ok(());
        }
        let (kind, label) = (settings.kind.name(), self.schema.label(at));
        if let Some(by) = &settings.by {
            let end = by::end(self.schema, self.references, at.table, by)?;
            // The column itself, a key that it equals, and what often goes with it.
            if !has_few_values(&self.schema.value_type(end)) {
                return Ok(());
            }
            let message =
                format!("by leads to a type of few values: {kind} on {label} by {}", self.schema.label(end));
            return Err(Box::new(
                Diagnostic::rule("by_few_values", message)
                    .detail("A result of so few keys would stand for one value.")
                    .hint("Name a column that tells rows apart, such as the primary key."),
            ));
        }
        let message = format!("mask needs option \"by\" on a type of few values: {kind} on {label}");
        Err(Box::new(
            Diagnostic::rule("missing_by", message)
                .detail("As a function of the value, each result would stand for one value.")
                .hint("Add by = \"…\", a column that tells rows apart, such as the primary key."),
        ))
    }

    fn null(&self, at: ColumnRef) -> Refusable<ColumnAction> {
        if !self.schema.column(at).not_null {
            return Ok(ColumnAction::Null);
        }
        let keys = self.schema.unique_keys(at.table);
        let primary = keys.iter().any(|key| key.key.primary && key.columns().contains(&at.column));
        let why = if primary { "in the primary key" } else { "NOT NULL" };
        let message = format!("column cannot become NULL: {} is {why}", self.schema.label(at));
        Err(Box::new(
            Diagnostic::rule("null_on_not_null", message)
                .hint("Take a mask that gives a value, or keep the column."),
        ))
    }

    /// Fills in `by`, of the mask and of those inside a `json` mask.
    fn key_by(
        &self,
        table: TableId,
        spec: &mut MaskSpec,
        settings: &Settings,
        copied: &[ColumnRef],
        context: &mut Vec<ContextField>,
    ) -> Refusable<()> {
        if let Some(by) = &settings.by {
            let route = by::follow(self.schema, self.graph, self.references, table, by)?;
            spec.by = Some(self.place(table, route, copied, context));
        }
        let (Some(json), Some(inner)) = (&mut spec.json, &settings.json) else { return Ok(()) };
        let actions = json.paths.iter_mut().map(|(_, action)| action).chain([&mut json.rest]);
        let choices = inner.paths.iter().map(|(_, choice)| choice).chain([&inner.rest]);
        for (action, choice) in actions.zip(choices) {
            if let (JsonAction::Mask(spec), Some(settings)) = (action, choice.settings()) {
                check_leaf(settings)?;
                self.key_by(table, spec, settings, copied, context)?;
            }
        }
        Ok(())
    }

    fn place(
        &self,
        table: TableId,
        route: Route,
        copied: &[ColumnRef],
        context: &mut Vec<ContextField>,
    ) -> By {
        let field = match route.context {
            Some(field) => context_field(field, context),
            None => self.own_field(ColumnRef { table, column: route.own[0] }, copied, context),
        };
        By { field, root: self.schema.label(route.root) }
    }

    /// The field that says whether the row's person is a woman or a man.
    fn gender(
        &self,
        table: TableId,
        path: &str,
        copied: &[ColumnRef],
        context: &mut Vec<ContextField>,
    ) -> Refusable<ByField> {
        let reached = by::reach(self.schema, self.references, table, path, &by::GENDER)?;
        let at = ColumnRef { table: reached.table, column: reached.column };
        if reached.steps.is_empty() {
            return Ok(self.own_field(at, copied, context));
        }
        let (column, value_type) = (at.column, self.schema.value_type(at));
        let field = ContextField { path: reached.steps, column, value_type, canonical: Canonical::AsIs };
        Ok(context_field(field, context))
    }

    /// Where masks read a column of the row as it stands: in its own place, or in a field added to the row where that
    /// holds nothing (a generated column, one that becomes NULL) or another form (a masked key).
    pub(super) fn own_field(
        &self,
        at: ColumnRef,
        copied: &[ColumnRef],
        context: &mut Vec<ContextField>,
    ) -> ByField {
        let stands = self.verdicts.get(&at).is_some_and(|verdict| {
            let nulled = matches!(verdict, Verdict::Decided(Decision { choice: Choice::Null, .. }));
            !nulled && self.canonical(at, verdict).is_ok_and(|form| form == Canonical::AsIs)
        });
        match copied.iter().position(|copied| *copied == at).filter(|_| stands) {
            Some(index) => ByField::Column(index),
            None => {
                let (column, value_type) = (at.column, self.schema.value_type(at));
                let field = ContextField { path: Vec::new(), column, value_type, canonical: Canonical::AsIs };
                context_field(field, context)
            }
        }
    }
}

/// Refuses what a leaf of a document cannot have: an option that reads columns, or counts in one.
fn check_leaf(settings: &Settings) -> Refusable<()> {
    let (option, code, hint) = if settings.options.get("gender").is_some() {
        let hint =
            "Take by = \"…\": all parts of one person agree, and person.gender writes hers in its column.";
        ("gender", "gender_of_leaf", hint)
    } else if settings.options.flag("company") {
        ("company", "company_of_leaf", "Leave it out: domains are counted in columns.")
    } else {
        return Ok(());
    };
    let message = format!("a leaf of a document has no option \"{option}\": {}", settings.kind.name());
    Err(Box::new(Diagnostic::rule(code, message).hint(hint)))
}

/// The place of a field that is added to the row once.
pub(super) fn context_field(field: ContextField, context: &mut Vec<ContextField>) -> ByField {
    let index = context.iter().position(|known| *known == field).unwrap_or_else(|| {
        context.push(field);
        context.len() - 1
    });
    ByField::Context(index)
}
