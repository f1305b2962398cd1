//! The kinds of values where a policy is read: what is of another kind would be read as if it were not there.

use crate::place::{Place, unreadable};
use crate::tree::{Node, Value};
use waxwork_core::diagnostic::Diagnostic;

/// A value of another kind than its place wants.
struct Misfit {
    place: Place,
    /// Steps of the path that lead to it.
    depth: usize,
    wanted: &'static str,
}

/// Sees that what stands on some paths is of the kind that they say; null stands for nothing and fits everywhere.
///
/// Steps have points between: a name is that entry of a mapping, `{}` every entry of one, `[]` every item of a list. A
/// path ends at scalars; at anything that is in a mapping where its last step is `{}`.
///
/// # Errors
/// The first value of another kind, with its place. It is named by the path, never by what stands there.
pub(crate) fn check(file: &str, what: &str, node: &Node, paths: &[&str]) -> Result<(), Vec<Diagnostic>> {
    paths.iter().try_for_each(|path| {
        let steps: Vec<&str> = path.split('.').collect();
        walk(node, &steps, 0).map_err(|Misfit { place, depth, wanted }| {
            let at = if depth == 0 { "The whole".to_owned() } else { steps[..depth].join(".") };
            unreadable(file, what, place, format!("{at} should be {wanted}."))
        })
    })
}

fn walk(node: &Node, steps: &[&str], depth: usize) -> Result<(), Misfit> {
    let misfit = |wanted| Err(Misfit { place: node.place, depth, wanted });
    match (steps.get(depth).copied(), &node.value) {
        (_, Value::Null) => Ok(()),
        (None, Value::List(_) | Value::Map(_)) => misfit("a text, a number or a flag"),
        (None, _) => Ok(()),
        (Some("[]"), Value::List(items)) => items.iter().try_for_each(|item| walk(item, steps, depth + 1)),
        (Some("[]"), _) => misfit("a list"),
        (Some("{}"), Value::Map(_)) if depth + 1 == steps.len() => Ok(()),
        (Some("{}"), Value::Map(entries)) => {
            entries.iter().try_for_each(|(_, entry)| walk(entry, steps, depth + 1))
        }
        (Some(name), Value::Map(_)) => node.get(name).map_or(Ok(()), |entry| walk(entry, steps, depth + 1)),
        (Some(_), _) => misfit("a mapping"),
    }
}
