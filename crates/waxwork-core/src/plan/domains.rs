//! Domains: which masked columns share pseudonyms, whether they must be injective, and what binds their length.
//!
//! ```text
//!   Verdicts ─► collect (members by domain) ─► ask (keys and unique keys) ─► settle ─► spec (per column)
//! ```

use super::decisions::{Cause, Verdicts};
use super::integers;
use super::schema::{ColumnRef, Schema};
use super::settings::{Choice, Settings};
use super::{DomainPlan, IntegerMap, JsonAction, JsonSpec, KeyForm, MaskSpec};
use crate::catalog::ValueType;
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use std::collections::BTreeMap;

/// Every domain by its name.
pub(super) struct Domains {
    by_name: BTreeMap<String, Domain>,
}

/// One domain.
pub(super) struct Domain {
    settings: Settings,
    members: Vec<Member>,
    /// Which column asks for injection, and by what.
    injective: Option<String>,
    integers: Option<IntegerMap>,
}

/// A column of a domain, or the leaves under a path of a JSON column.
struct Member {
    at: ColumnRef,
    label: String,
    value_type: ValueType,
    /// JSON leaves hold strings and numbers of any length.
    leaf: bool,
    cause: Cause,
}

impl Domain {
    /// The narrowest text column.
    fn narrowest(&self) -> Option<(u32, &Member)> {
        let lengths = self.members.iter().filter(|member| !member.leaf);
        lengths
            .filter_map(|member| Some((member.value_type.max_chars()?, member)))
            .min_by_key(|(chars, _)| *chars)
    }

    /// A narrow column binds the others; parts of an entity give way each in its own column.
    fn binds_length(&self) -> bool {
        let by_itself = self.settings.kind.fits_by_itself() || self.settings.identity().is_some();
        self.injective.is_some() || !by_itself
    }

    /// How its columns look, where all look alike; what JSON leaves that share it are taken for.
    fn key_form(&self) -> Option<KeyForm> {
        let columns = self.members.iter().filter(|member| !member.leaf);
        let mut forms = columns.map(|member| KeyForm::of(&member.value_type));
        let first = forms.next()?;
        forms.all(|form| form == first).then_some(first)
    }

    /// Permutations of an alphabet keep each value's length, so no length binds them.
    fn keeps_length(&self) -> bool {
        self.settings.kind == MaskKind::Permute && self.settings.options.text("alphabet").is_some()
    }
}

impl Domains {
    /// Puts every mask of every column into its domain; masks that do not hold their column's type, and domains with
    /// two masks, are errors.
    pub(super) fn collect(schema: &Schema, verdicts: &Verdicts, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut domains = Self { by_name: BTreeMap::new() };
        for (at, verdict) in verdicts {
            for (decision, settings) in verdict.masks() {
                let value_type = schema.value_type(*at);
                if !settings.kind.holds(&value_type) {
                    diagnostics.push(wrong_type(schema, *at, settings.kind, &value_type, &decision.cause()));
                    continue;
                }
                let label = schema.label(*at);
                let member = Member { at: *at, label, value_type, leaf: false, cause: decision.cause() };
                domains.add_settings(&decision.domain, settings, member, diagnostics);
            }
        }
        domains
    }

    fn add_settings(
        &mut self,
        name: &str,
        settings: &Settings,
        member: Member,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for (path, inner) in settings.leaves() {
            let leaf = Member {
                label: format!("{} at {path}", member.label),
                leaf: true,
                value_type: member.value_type.clone(),
                cause: member.cause.clone(),
                at: member.at,
            };
            if !inner.kind.info().leaves {
                diagnostics.push(no_leaf_mask(inner.kind, &leaf));
                continue;
            }
            let name = inner.domain_name(&leaf.label);
            self.add_settings(&name, inner, leaf, diagnostics);
        }
        if settings.kind.has_domain() {
            self.add(name, settings, member, diagnostics);
        }
    }

    fn add(&mut self, name: &str, settings: &Settings, member: Member, diagnostics: &mut Vec<Diagnostic>) {
        let Some(domain) = self.by_name.get_mut(name) else {
            let domain =
                Domain { settings: settings.clone(), members: vec![member], injective: None, integers: None };
            self.by_name.insert(name.to_owned(), domain);
            return;
        };
        if !settings.agrees_with(&domain.settings) {
            let (first, other) = (domain.settings.kind.name(), settings.kind.name());
            let detail = if first == other {
                format!("Both are {first}, with different options.")
            } else {
                format!("{} has {first}, {} has {other}.", domain.members[0].label, member.label)
            };
            let conflict = Diagnostic::rule("domain_conflict", format!("domain has two masks: {name}"))
                .detail(detail)
                .hint(
                    "Equal values in one domain give equal results: use one mask with the same options, or \
                    two domains.",
                );
            diagnostics.push(member.cause.blame(conflict));
        }
        domain.members.push(member);
    }

    /// A column needs distinct results for distinct values: so does its whole domain from now on.
    pub(super) fn ask_injective(&mut self, name: &str, why: impl FnOnce() -> String) {
        if let Some(domain) = self.by_name.get_mut(name) {
            domain.injective.get_or_insert_with(why);
        }
    }

    /// Decides integer maps and refuses what cannot fit, once every column has asked.
    pub(super) fn settle(&mut self, diagnostics: &mut Vec<Diagnostic>) {
        for (name, domain) in &mut self.by_name {
            diagnostics.extend(too_short(name, domain));
            let integers: Vec<&ValueType> = domain
                .members
                .iter()
                .filter(|member| !member.leaf)
                .map(|member| member.value_type.scalar())
                .filter(|scalar| scalar.holds_integers())
                .collect();
            // Without a column to agree with, a number in JSON becomes a number.
            let leaves_alone = domain.members.iter().all(|member| member.leaf);
            let counts = !integers.is_empty() || leaves_alone;
            diagnostics.extend(idle_options(domain, counts));
            if domain.settings.kind == MaskKind::Permute && counts {
                match integers::map(&domain.settings, &integers) {
                    Ok(map) => domain.integers = Some(map),
                    Err(problem) => diagnostics.push(domain.members[0].cause.blame(*problem)),
                }
            }
        }
    }

    /// The integer map of a domain, if its mask has one.
    pub(super) fn integers(&self, name: &str) -> Option<IntegerMap> {
        self.by_name.get(name)?.integers
    }

    /// All that the mask of one column needs to know, but for `by` and `reflect`.
    pub(super) fn spec(
        &self,
        name: &str,
        settings: &Settings,
        value_type: &ValueType,
        label: &str,
    ) -> MaskSpec {
        self.column_spec(name, settings, value_type, label, false)
    }

    fn column_spec(
        &self,
        name: &str,
        settings: &Settings,
        value_type: &ValueType,
        label: &str,
        leaf: bool,
    ) -> MaskSpec {
        let domain = self.by_name.get(name);
        let own = if leaf { None } else { value_type.max_chars() };
        let max_chars = match domain {
            Some(domain) if domain.keeps_length() => own,
            Some(domain) if domain.binds_length() => domain.narrowest().map(|(chars, _)| chars),
            _ => own,
        };
        let counts = leaf || value_type.scalar().holds_integers();
        MaskSpec {
            kind: settings.kind,
            domain: name.to_owned(),
            identity: settings.identity(),
            injective: domain.is_some_and(|domain| domain.injective.is_some()),
            max_chars,
            integers: domain.and_then(|domain| domain.integers).filter(|_| counts),
            mask_nulls: settings.mask_nulls,
            options: settings.options.clone(),
            json: settings.json.as_ref().map(|json| JsonSpec {
                paths: json
                    .paths
                    .iter()
                    .map(|(path, choice)| {
                        (
                            path.to_string(),
                            self.leaf_action(choice, value_type, &format!("{label} at {path}")),
                        )
                    })
                    .collect(),
                kept_keys: json.kept_keys.iter().map(|(path, form)| (path.to_string(), *form)).collect(),
                rest: self.leaf_action(&json.rest, value_type, &format!("{label} at rest")),
            }),
            template: Vec::new(),
            scrub: None,
            key_form: domain.filter(|_| leaf).and_then(Domain::key_form),
            by: None,
            gender: None,
            reflect: None,
            common: Vec::new(),
        }
    }

    fn leaf_action(&self, choice: &Choice, value_type: &ValueType, label: &str) -> JsonAction {
        match choice {
            Choice::Keep(_) => JsonAction::Keep,
            // The parser lets no leaf be derived.
            Choice::Null | Choice::Derive(_) => JsonAction::Null,
            Choice::Mask(settings) => {
                let name = settings.domain_name(label);
                JsonAction::Mask(Box::new(self.column_spec(&name, settings, value_type, label, true)))
            }
        }
    }

    /// What the plan says of each domain, in name order.
    pub(super) fn plans(&self) -> Vec<DomainPlan> {
        self.by_name
            .iter()
            // Its result is one word wherever it is not injective: no pseudonyms are shared.
            .filter(|(_, domain)| domain.settings.kind != MaskKind::Redact || domain.injective.is_some())
            .map(|(name, domain)| DomainPlan {
                name: name.clone(),
                columns: domain.members.iter().map(|member| member.label.clone()).collect(),
                injective: domain.injective.clone(),
                narrowest: domain
                    .narrowest()
                    .filter(|_| domain.binds_length() && !domain.keeps_length())
                    .map(|(chars, member)| (chars, member.label.clone())),
            })
            .collect()
    }
}

impl KeyForm {
    /// How a column's values look.
    pub(super) fn of(value_type: &ValueType) -> Self {
        match value_type.scalar() {
            ValueType::Uuid => KeyForm::Uuid,
            scalar if scalar.holds_integers() => KeyForm::Integer,
            _ => KeyForm::Any,
        }
    }
}

impl Settings {
    /// Masks inside a `json` mask, each with the path that it stands under.
    pub(super) fn leaves(&self) -> Vec<(String, &Settings)> {
        let Some(json) = &self.json else { return Vec::new() };
        let paths = json.paths.iter().map(|(path, choice)| (path.to_string(), choice));
        paths
            .chain([("rest".to_owned(), &json.rest)])
            .filter_map(|(path, choice)| Some((path, choice.settings()?)))
            .collect()
    }
}

fn no_leaf_mask(kind: MaskKind, leaf: &Member) -> Diagnostic {
    let message = format!("mask does not act on leaves of JSON: {} for {}", kind.name(), leaf.label);
    leaf.cause.blame(Diagnostic::rule("mask_does_not_hold_type", message))
}

fn wrong_type(
    schema: &Schema,
    at: ColumnRef,
    kind: MaskKind,
    value_type: &ValueType,
    cause: &Cause,
) -> Diagnostic {
    let message = format!(
        "mask does not hold the column's type: {} on {} of type {}",
        kind.name(),
        schema.label(at),
        schema.column(at).type_name
    );
    let masks = MaskKind::for_type(value_type).join(", ");
    let hint = format!("Masks for this type: {masks}.");
    cause.blame(Diagnostic::rule("mask_does_not_hold_type", message).hint(hint))
}

fn too_short(name: &str, domain: &Domain) -> Option<Diagnostic> {
    let why = domain.injective.as_ref().filter(|_| !domain.keeps_length())?;
    let (chars, member) = domain.narrowest()?;
    let (kind, needed) = (domain.settings.kind.name(), domain.settings.kind.injective_min_chars());
    (chars < needed).then(|| {
        let message = format!(
            "column is too short for {kind} to keep values apart: {} holds {chars} characters",
            member.label
        );
        let diagnostic = Diagnostic::rule("mask_too_long", message)
            .detail(format!(
                "Domain {name} must keep values apart, because of {why}; that takes {needed} \
                characters in each of its columns."
            ))
            .hint(
                "Take a mask that needs less (id.permute with an alphabet keeps the length), or a domain \
                = \"…\" of its own for a column that is not unique.",
            );
        member.cause.blame(diagnostic)
    })
}

/// Options of `id.permute` that no column of its domain has a use for; `counts`: it permutes integers.
fn idle_options(domain: &Domain, counts: bool) -> Vec<Diagnostic> {
    let settings = &domain.settings;
    if settings.kind != MaskKind::Permute {
        return Vec::new();
    }
    let spells = domain
        .members
        .iter()
        .any(|member| member.leaf || matches!(member.value_type.scalar(), ValueType::Text(_)));
    let without_alphabet = !spells || settings.options.text("alphabet").is_none();
    let options = [
        ("alphabet", !spells, "text"),
        ("prefix", without_alphabet, "text with an alphabet"),
        ("from", !counts, "integers"),
        ("range", !counts, "integers"),
    ];
    let first = &domain.members[0];
    let idle =
        options.into_iter().filter(|(option, idle, _)| *idle && settings.options.get(option).is_some());
    idle.map(|(option, _, types)| {
        let kind = settings.kind.name();
        let message = format!("option \"{option}\" of {kind} has no effect on {}", first.label);
        let diagnostic = Diagnostic::rule("idle_option", message)
            .detail(format!("It is for {types}, and no column of the domain holds any."))
            .hint("Leave it out.");
        first.cause.blame(diagnostic)
    })
    .collect()
}
