//! `text.scrub`: what a text of a row is searched for.
//!
//! ```text
//!   known = ["name", "patient_id.email"] ─┐
//!   else columns that tell who it is ─────┴─► KnownColumn: the value in the row, and what the copy has in its place
//!   RECOGNISED ─────────────────────────────► masks of what is known by its form alone
//! ```

use super::by::{self, KNOWN, Reached};
use super::canonical::canonical;
use super::decisions::{Decision, Verdict, Verdicts};
use super::schema::ColumnRef;
use super::settings::{Choice, Settings};
use super::tables::{Assembly, context_field};
use super::{
    Becomes, By, ByField, Canonical, ContextField, ContextStep, KnownColumn, MaskSpec, Refusable, ScrubSpec,
};
use crate::catalog::{ColumnId, TableId, TextKind, TextType, ValueType};
use crate::diagnostic::Diagnostic;
use crate::masks::{MaskKind, RECOGNISED, Setting};
use crate::packs;
use crate::rules::name::plain;
use crate::rules::{Scrubber, idle_scrubber, nearest};
use crate::subset::Reference;

/// The pack that knows by their names which columns tell who somebody is.
const NAMES: &str = "gdpr";

/// The row that a text stands in.
pub(super) struct TextRow<'a> {
    pub copied: &'a [ColumnRef],
    pub context: &'a mut Vec<ContextField>,
}

impl Assembly<'_> {
    /// All that `text.scrub` on a column needs to know.
    pub(super) fn scrub(
        &self,
        at: ColumnRef,
        settings: &Settings,
        copied: &[ColumnRef],
        context: &mut Vec<ContextField>,
    ) -> Refusable<ScrubSpec> {
        let mut row = TextRow { copied, context };
        let columns = match settings.options.texts("known") {
            [] => self.telling(at),
            listed => {
                let reach = |path: &String| self.listed(at, path);
                listed.iter().map(reach).collect::<Refusable<_>>()?
            }
        };
        let known = columns.iter().filter_map(|column| self.known(column, &mut row).transpose());
        Ok(ScrubSpec {
            known: known.collect::<Refusable<_>>()?,
            recognised: self.recognised(settings),
            scrubber: self.scrubber(settings)?,
        })
    }

    /// The program that the rule names.
    fn scrubber(&self, settings: &Settings) -> Refusable<Option<String>> {
        let Some(name) = settings.options.text("scrubber") else { return Ok(None) };
        let mut names = self.scrubbers.iter().map(|scrubber| scrubber.name.value.as_str());
        if names.clone().any(|known| known == name) {
            return Ok(Some(name.to_owned()));
        }
        let message = format!("scrubber {} does not exist", plain(name));
        let hint = match nearest(name, &mut names) {
            Some(near) => format!("Perhaps you meant \"{near}\"."),
            None => "Declare it: [scrubber.NAME] with command = [\"…\"].".to_owned(),
        };
        Err(Box::new(Diagnostic::rule("unknown_scrubber", message).hint(hint)))
    }

    /// A column that the rule names.
    fn listed(&self, at: ColumnRef, path: &str) -> Refusable<Reached> {
        let reached = by::reach(self.schema, self.references, at.table, path, &KNOWN)?;
        let label = self.schema.label(reached.end);
        let refuse = |message: String, why: &str| {
            Err(Box::new(Diagnostic::rule("known_column", message).detail(why.to_owned())))
        };
        if reached.steps.is_empty() && reached.end == at {
            return refuse(format!("known names the text itself: {label}"), "It is what is searched.");
        }
        if !has_text(&self.schema.value_type(reached.end)) {
            return refuse(
                format!("known cannot be found in a text: {label}"),
                "Of arrays, documents and types without a known text form no value is looked for.",
            );
        }
        Ok(reached)
    }

    /// The masked columns of the row, and of the rows that it refers to, whose values tell who somebody is.
    fn telling(&self, at: ColumnRef) -> Vec<Reached> {
        let mut found: Vec<Reached> = self
            .schema
            .columns(at.table)
            .filter(|column| *column != at && self.tells(*column, MaskKind::tells_who))
            .map(|column| Reached { steps: Vec::new(), table: at.table, column: column.column, end: column })
            .collect();
        let mut steps: Vec<ContextStep> = Vec::new();
        for reference in self.references.iter().filter(|reference| reference.when.is_empty()) {
            steps.extend(self.step(at.table, reference).filter(|step| !steps.contains(step)));
        }
        for step in steps {
            let columns = self.schema.columns(step.parent).filter_map(|at| {
                let end = self.schema.rule_column(at.table, at.column)?;
                let steps = vec![step.clone()];
                self.tells(end, is_of_person).then_some(Reached {
                    steps,
                    table: at.table,
                    column: at.column,
                    end,
                })
            });
            found.extend(columns);
        }
        found
    }

    fn step(&self, table: TableId, reference: &Reference) -> Option<ContextStep> {
        let is_own = self.schema.catalog.root(reference.child) == self.schema.catalog.root(table);
        is_own.then(|| by::context_step(self.schema, table, reference)).flatten()
    }

    fn tells(&self, column: ColumnRef, tells: fn(MaskKind) -> bool) -> bool {
        has_text(&self.schema.value_type(column)) && self.told_kind(column).is_some_and(tells)
    }

    /// What a column tells that the copy does not have as it is: by its mask, or, where that is one that says nothing
    /// (`text.redact`, `"null"`), by its name, as the pack of personal data reads names.
    fn told_kind(&self, column: ColumnRef) -> Option<MaskKind> {
        let verdict = self.verdicts.get(&column).filter(|verdict| verdict.changes())?;
        let mut kinds = verdict.masks().map(|(_, settings)| settings.kind);
        if let Some(kind) = kinds.find(|kind| kind.tells_who()) {
            return Some(kind);
        }
        let value_type = self.schema.value_type(column);
        let (_, rule) = packs::find(NAMES)?.rule_for(self.schema.column(column), &value_type)?;
        Choice::read(rule).settings().map(|settings| settings.kind).filter(|kind| kind.tells_who())
    }

    /// Texts whose row refers to persons in a way that leads to no one row: their names are not looked for.
    pub(super) fn blind_scrubs(&self) -> Vec<Diagnostic> {
        let listed = |settings: &Settings| !settings.options.texts("known").is_empty();
        let scrubs = self.verdicts.iter().filter_map(|(at, verdict)| {
            let mut masks = verdict.masks().filter(|(_, settings)| settings.kind == MaskKind::Scrub);
            masks.find(|(_, settings)| !listed(settings)).map(|(decision, _)| (*at, decision))
        });
        let blind = scrubs.filter_map(|(at, decision)| {
            let mut leading = self.references.iter().filter(|reference| self.is_blind(at.table, reference));
            let reference = leading.next()?;
            let message = format!("text.scrub does not know whom a row refers to: {}", self.schema.label(at));
            let said = Diagnostic::warning("scrub_blind", message)
                .detail(format!("{} leads to rows of several tables, or to several rows.", reference.name))
                .hint("Replace the text (text.lorem, text.redact), or name the columns that it may repeat: known = [\"…\"].");
            Some(said.at(decision.location.clone()))
        });
        blind.collect()
    }

    fn is_blind(&self, table: TableId, reference: &Reference) -> bool {
        let is_own = self.schema.catalog.root(reference.child) == self.schema.catalog.root(table);
        let leads = reference.when.is_empty() && self.step(table, reference).is_some();
        let tells = |at: ColumnRef| {
            let end = self.schema.rule_column(at.table, at.column);
            end.is_some_and(|end| self.tells(end, is_of_person))
        };
        is_own && !leads && self.schema.columns(reference.parent).any(tells)
    }

    /// A column's place in the row, with what becomes of it; `None` where its values may be in the copy.
    fn known(&self, column: &Reached, row: &mut TextRow) -> Refusable<Option<KnownColumn>> {
        let Some(verdict) = self.verdicts.get(&column.end) else { return Ok(None) };
        if let Verdict::Decided(Decision { choice: Choice::Keep(_), .. }) = verdict {
            return Ok(None);
        }
        let value_type = self.schema.value_type(column.end);
        let is_name = self.told_kind(column.end).is_some_and(MaskKind::is_name);
        let (field, becomes) = if column.steps.is_empty() {
            let field = self.own_field(column.end, row.copied, row.context);
            (field, self.own(column.end, verdict, row.copied))
        } else {
            let form = canonical(self.schema, self.graph, column.end).unwrap_or(Canonical::AsIs);
            (row.field(column, column.column, form, self), self.of_parent(column, verdict, row)?)
        };
        Ok(Some(KnownColumn { field, value_type, is_name, becomes }))
    }

    /// What the row's own column holds in the copy; one that is made of others may be made of this text.
    fn own(&self, column: ColumnRef, verdict: &Verdict, copied: &[ColumnRef]) -> Becomes {
        let is_plain = verdict
            .masks()
            .all(|(_, settings)| !matches!(settings.kind, MaskKind::Template | MaskKind::Scrub));
        let masks = verdict.masks().next().is_some();
        let place = copied.iter().position(|copied| *copied == column);
        place.filter(|_| masks && is_plain).map_or(Becomes::Redacted, Becomes::Own)
    }

    /// What the parent's column holds in the copy, where one mask over fields of the parent makes it.
    fn of_parent(&self, column: &Reached, verdict: &Verdict, row: &mut TextRow) -> Refusable<Becomes> {
        let Verdict::Decided(decision) = verdict else { return Ok(Becomes::Redacted) };
        let Some(settings) = decision.choice.settings() else { return Ok(Becomes::Redacted) };
        let depends = settings.options.flag("company") || settings.options.get("gender").is_some();
        if depends || !depends_on_values_alone(settings.kind) {
            return Ok(Becomes::Redacted);
        }
        let (at, label) = (column.end, self.schema.label(column.end));
        let mut spec = self.domains.spec(&decision.domain, settings, &self.schema.value_type(at), &label);
        spec.reflect = self.reflections.get(&at).copied();
        if let Some(by) = &settings.by {
            spec.by = Some(self.parents_by(column, by, row)?);
        }
        Ok(Becomes::Masked(Box::new(spec)))
    }

    /// What a parent's mask is keyed by, as a field of the row.
    fn parents_by(&self, column: &Reached, by: &str, row: &mut TextRow) -> Refusable<By> {
        let route = by::follow(self.schema, self.graph, self.references, column.table, by)?;
        let root = self.schema.label(route.root);
        let field = match route.context {
            Some(field) => {
                let path = column.steps.iter().cloned().chain(field.path).collect();
                context_field(ContextField { path, ..field }, row.context)
            }
            None => row.field(column, route.own[0], Canonical::AsIs, self),
        };
        Ok(By { field, root })
    }

    /// Masks of what is known by its form alone, in the domains that columns of the same mask have by default.
    fn recognised(&self, scrub: &Settings) -> Vec<MaskSpec> {
        let text = ValueType::Text(TextType { kind: TextKind::Text, max_chars: None });
        let spec = |kind: MaskKind| {
            let mut settings = Settings::of(kind);
            if let (Some(locale), true) = (scrub.options.text("locale"), takes_locale(kind)) {
                settings.options.set("locale", Setting::Text(locale.to_owned()));
            }
            let spec = self.domains.spec(&settings.domain_name(""), &settings, &text, "");
            // What only keeps its form or its distance has no result that a column shares.
            let shared = !matches!(kind, MaskKind::Shape | MaskKind::DateShift);
            MaskSpec { injective: spec.injective && shared, ..spec }
        };
        RECOGNISED.into_iter().map(spec).collect()
    }
}

/// Programs that no rule names.
pub(super) fn idle(scrubbers: &[Scrubber], verdicts: &Verdicts) -> Vec<Diagnostic> {
    let masks = || verdicts.values().flat_map(Verdict::masks);
    let named = |name: &str| masks().any(|(_, settings)| settings.options.text("scrubber") == Some(name));
    scrubbers.iter().filter(|scrubber| !named(&scrubber.name.value)).map(idle_scrubber).collect()
}

impl TextRow<'_> {
    /// The place of a column of the same parent, which the source adds to the row.
    fn field(&mut self, of: &Reached, column: ColumnId, canonical: Canonical, plan: &Assembly) -> ByField {
        let value_type = plan.schema.value_type(ColumnRef { table: of.table, column });
        let field = ContextField { path: of.steps.clone(), column, value_type, canonical };
        context_field(field, self.context)
    }
}

/// It reads nothing but the value, its key and what it is keyed by: no other column, and nothing that is looked up
/// before the run.
fn depends_on_values_alone(kind: MaskKind) -> bool {
    use MaskKind as M;
    !kind.chooses()
        && !kind.states_values()
        && !matches!(kind, M::Template | M::Scrub | M::Json | M::Password)
}

/// Names, mail addresses and phone numbers.
fn is_of_person(kind: MaskKind) -> bool {
    kind.is_name() || matches!(kind, MaskKind::Username | MaskKind::Email | MaskKind::Phone)
}

fn takes_locale(kind: MaskKind) -> bool {
    kind.options().iter().any(|(name, _)| *name == "locale")
}

/// Its values are texts, or have one text form each that people write.
fn has_text(value_type: &ValueType) -> bool {
    use ValueType as T;
    let is_many = matches!(value_type, T::Array { .. } | T::Range(_) | T::Multirange(_));
    !is_many && !matches!(value_type, T::Json | T::Jsonb | T::Hstore | T::Bytea | T::Other(_))
}
