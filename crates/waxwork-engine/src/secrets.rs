//! Secrets of rules that stand in the environment: read once, before a mask is compiled.

use crate::error::RunError;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::masks::Secret;
use waxwork_core::plan::{MaskSpec, Plan};
use waxwork_pg::conninfo::environment;
use zeroize::Zeroizing;

/// Fills in every secret of a plan that a rule takes from the environment.
///
/// # Errors
/// Exit 2: variables that are not set, or hold nothing, all at once.
pub(crate) fn read(plan: &mut Plan) -> Result<(), RunError> {
    let mut missing = Vec::new();
    for column in plan.tables.iter_mut().flat_map(|table| &mut table.columns) {
        let place = column.location.clone();
        let mut read = |spec: &mut MaskSpec| {
            let found = spec.options.secrets_mut().filter_map(fill);
            missing.extend(found.map(|diagnostic| diagnostic.at(place.clone())));
        };
        column.action.masks_mut().into_iter().for_each(|spec| spec.each_mut(&mut read));
    }
    if missing.is_empty() { Ok(()) } else { Err(RunError::diagnostics(&missing)) }
}

/// Reads one; says what is missing.
fn fill(secret: &mut Secret) -> Option<Diagnostic> {
    let name = secret.variable()?;
    match environment::variable(name) {
        Ok(value) if !value.is_empty() => {
            secret.fill(Zeroizing::new(value));
            None
        }
        _ => {
            let message = format!("environment variable \"{name}\" is not set");
            Some(Diagnostic::rule("secret", message).detail("A rule takes a password from it."))
        }
    }
}
