//! Parts of one person, place or company whose rules describe them differently: each rule is sound by itself, and the
//! copy's rows would contradict themselves.

use super::by::{self, GENDER};
use super::decisions::{Decision, Verdicts};
use super::keys::KeyGraph;
use super::schema::{ColumnRef, Schema};
use super::settings::Settings;
use crate::diagnostic::{Diagnostic, Location};
use crate::masks::MaskKind;
use crate::packs;
use crate::subset::Reference;
use std::collections::{BTreeMap, BTreeSet};

/// What parts of one entity have to say alike.
#[derive(Clone, Copy)]
enum Trait {
    Gender,
    Locale,
}

/// What one column, or one path of a document, says of a trait; several things where it has a list of rules.
struct Said {
    label: String,
    words: BTreeSet<String>,
    location: Option<Location>,
}

/// A column with the place of its rule.
type Named = (String, Option<Location>);

/// Everything said of one trait, by identity and root key.
type Entities = BTreeMap<(String, String), Vec<Said>>;

/// Reads what rules say of the entities that they write parts of.
pub(super) struct Persons<'a> {
    pub schema: &'a Schema<'a>,
    pub graph: &'a KeyGraph,
    pub references: &'a [Reference],
    pub verdicts: &'a Verdicts,
}

impl Persons<'_> {
    /// A warning for each entity whose parts do not agree on a trait.
    pub(super) fn warnings(&self) -> Vec<Diagnostic> {
        let traits = [Trait::Gender, Trait::Locale];
        let parts = traits.into_iter().flat_map(|of| self.entities(of).into_iter().filter_map(of.judge()));
        parts.chain(self.lost_joins()).collect()
    }

    /// Columns of one name and mask of which some go by their own value and some by another column: the same address is
    /// two in the copy, and whoever joins by it finds nothing.
    fn lost_joins(&self) -> Vec<Diagnostic> {
        let mut columns: BTreeMap<(&str, String), [Vec<Named>; 2]> = BTreeMap::new();
        for (at, verdict) in self.verdicts.iter().filter(|(at, _)| self.schema.is_copied(at.table)) {
            let stated = verdict.masks().filter(|(decision, _)| !decision.is_followed());
            for (decision, settings) in stated.filter(|(_, settings)| settings.kind.info().entity.is_some()) {
                let name = packs::words(self.schema.column(*at).name.as_str());
                let named = (self.schema.label(*at), decision.location.clone());
                let group = columns.entry((settings.kind.name(), name)).or_default();
                group[usize::from(settings.by.is_some())].push(named);
            }
        }
        let lost = columns.into_iter().filter_map(|((kind, _), [by_value, by_other])| {
            let ((plain, place), (keyed, _)) = (by_value.first()?, by_other.first()?);
            let message = format!("equal values part in the copy: {plain} and {keyed}");
            Some(
                Diagnostic::warning("join_lost", message)
                    .detail(format!(
                        "Both are {kind}, and only the second is masked by = \"…\" another column: a join by value \
                         finds nothing."
                    ))
                    .hint("Mask both by the key of the same row, or neither with by.")
                    .at(place.clone()),
            )
        });
        lost.collect()
    }

    fn entities(&self, of: Trait) -> Entities {
        let mut entities = Entities::new();
        for (at, verdict) in self.verdicts.iter().filter(|(at, _)| self.schema.is_copied(at.table)) {
            // What follows a key repeats the key's rule.
            let stated = verdict.masks().filter(|(decision, _)| !decision.is_followed());
            for (decision, settings) in stated {
                let label = self.schema.label(*at);
                let leaves = settings.leaves();
                let leaves = leaves.into_iter().map(|(path, leaf)| (format!("{label} at {path}"), leaf));
                for (label, settings) in [(label.clone(), settings)].into_iter().chain(leaves) {
                    self.add(*at, label, settings, decision, of, &mut entities);
                }
            }
        }
        entities
    }

    fn add(
        &self,
        at: ColumnRef,
        label: String,
        settings: &Settings,
        decision: &Decision,
        of: Trait,
        entities: &mut Entities,
    ) {
        let (Some(identity), Some(path)) = (settings.identity(), &settings.by) else { return };
        // A path that leads nowhere is refused where the mask is built.
        let Ok(route) = by::follow(self.schema, self.graph, self.references, at.table, path) else { return };
        let Some(word) = self.word(at, settings, of) else { return };
        let said = entities.entry((identity, self.schema.label(route.root))).or_default();
        match said.iter_mut().find(|said| said.label == label) {
            Some(said) => {
                said.words.insert(word);
            }
            None => {
                said.push(Said { label, words: BTreeSet::from([word]), location: decision.location.clone() });
            }
        }
    }

    /// What a mask says of a trait, if its results depend on it.
    fn word(&self, at: ColumnRef, settings: &Settings, of: Trait) -> Option<String> {
        let takes = |option: &str| settings.kind.options().iter().any(|(known, _)| *known == option);
        match of {
            Trait::Gender if settings.kind == MaskKind::Gender => Some("none".to_owned()),
            Trait::Gender if !takes("gender") => None,
            Trait::Gender => match settings.options.text("gender") {
                None => Some("none".to_owned()),
                Some(path) => {
                    let reached = by::reach(self.schema, self.references, at.table, path, &GENDER).ok()?;
                    Some(self.schema.label(reached.end))
                }
            },
            // A column of sexes has words of its own, and a number the country that its rule names.
            Trait::Locale
                if settings.kind == MaskKind::Gender || settings.options.get("country").is_some() =>
            {
                None
            }
            Trait::Locale => {
                takes("locale").then(|| settings.options.text("locale").unwrap_or("en").to_owned())
            }
        }
    }
}

impl Trait {
    fn name(self) -> &'static str {
        match self {
            Trait::Gender => "gender",
            Trait::Locale => "locale",
        }
    }

    /// Says which columns differ from the first; nothing where all agree.
    fn judge(self) -> impl Fn(((String, String), Vec<Said>)) -> Option<Diagnostic> {
        move |((identity, root), said)| {
            let first = said.first()?;
            let other = said.iter().find(|other| other.words != first.words)?;
            let name = self.name();
            let message = format!(
                "parts of one {identity} by {root} differ in {name}: {} and {}",
                first.label, other.label
            );
            let each: Vec<String> = said.iter().map(Said::describe).collect();
            Some(
                Diagnostic::warning("parts_disagree", message)
                    .detail(format!("Their {name}: {}.", each.join(", ")))
                    .hint(format!(
                        "State the same {name} on all of them; for somebody else give them a domain = \"…\" of their own."
                    ))
                    .at(other.location.clone()),
            )
        }
    }
}

impl Said {
    fn describe(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let place = self.location.as_ref().map(|place| format!(", {place}")).unwrap_or_default();
        format!("{} ({}{place})", self.label, words.join(" or "))
    }
}
