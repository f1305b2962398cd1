//! Secrets of rules that stand in the environment: read once, before a mask is compiled.

use crate::error::RunError;
use waxwork_core::diagnostic::{Class, Diagnostic};
use waxwork_core::masks::Secret;
use waxwork_core::plan::{MaskSpec, Plan};
use waxwork_pg::conninfo::environment;
use zeroize::Zeroizing;

/// What becomes of a variable that is not set.
pub(crate) enum Missing<'m> {
    /// The run is refused.
    Refused,
    /// Nothing is written, so that nobody needs the secret: a warning, and a word in its place that masks compile with.
    Told(&'m mut Vec<Diagnostic>),
}

/// Stands for a secret that is not at hand where nothing is written.
const STAND_IN: &str = "not at hand";

/// Fills in every secret of a plan that a rule takes from the environment.
///
/// # Errors
/// Exit 2: variables that are not set, or hold nothing, all at once.
pub(crate) fn read(plan: &mut Plan, missing: Missing<'_>) -> Result<(), RunError> {
    let mut unset = Vec::new();
    for column in plan.tables.iter_mut().flat_map(|table| &mut table.columns) {
        let place = column.location.clone();
        let mut read = |spec: &mut MaskSpec| {
            let found = spec.options.secrets_mut().filter_map(fill);
            unset.extend(found.map(|name| (name, place.clone())));
        };
        column.action.masks_mut().into_iter().for_each(|spec| spec.each_mut(&mut read));
    }
    let said = unset.into_iter().map(|(name, place)| {
        let message = format!("environment variable \"{name}\" is not set");
        let said = Diagnostic::rule("secret", message).detail("A rule takes a password from it.");
        said.at(place)
    });
    match missing {
        Missing::Told(told) => {
            told.extend(said.map(|said| Diagnostic { class: Class::Warning, ..said }));
            Ok(())
        }
        Missing::Refused => match said.collect::<Vec<_>>() {
            none if none.is_empty() => Ok(()),
            unset => Err(RunError::diagnostics(&unset)),
        },
    }
}

/// Reads one; gives the name of the variable where that has nothing.
fn fill(secret: &mut Secret) -> Option<String> {
    let name = secret.variable()?.to_owned();
    let value = environment::variable(&name).ok().filter(|value| !value.is_empty());
    let missing = value.is_none();
    secret.fill(Zeroizing::new(value.unwrap_or_else(|| STAND_IN.to_owned())));
    missing.then_some(name)
}
