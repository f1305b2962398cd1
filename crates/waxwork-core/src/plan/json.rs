//! References from within JSON: the leaves under their path follow the key, like any column that refers.

use super::decisions::{Decision, Verdict, Verdicts};
use super::keys::{JsonEdge, KeyGraph};
use super::schema::Schema;
use super::settings::{Choice, JsonSettings};
use super::{KeyForm, Refusable};
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use crate::rules::json_path::JsonPath;

/// Gives the path of each reference what its key has.
pub(super) fn follow_references(
    schema: &Schema,
    graph: &KeyGraph,
    verdicts: &mut Verdicts,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for edge in &graph.json {
        let Some(Verdict::Decided(key)) = verdicts.get(&edge.parent).cloned() else { continue };
        let Some(Verdict::Decided(child)) = verdicts.get_mut(&edge.child) else { continue };
        if let Err(diagnostic) = follow(schema, edge, &key, child) {
            diagnostics.push(diagnostic.at(child.location.clone()));
        }
    }
}

fn follow(schema: &Schema, edge: &JsonEdge, key: &Decision, child: &mut Decision) -> Refusable<()> {
    let wanted = leaf_choice(key);
    match &mut child.choice {
        Choice::Keep(_) if matches!(wanted, Choice::Keep(_)) => Ok(()),
        Choice::Keep(_) => Err(Box::new(not_masked(schema, edge))),
        Choice::Mask(settings) if settings.kind == MaskKind::Json => {
            let json = settings.json.as_mut().expect("a json mask has its paths");
            put(schema, edge, json, wanted)
        }
        // No reference is left in what becomes NULL or one constant; what is derived is refused elsewhere.
        Choice::Null | Choice::Mask(_) | Choice::Derive(_) => Ok(()),
    }
}

/// The key's decision as a leaf's, in the key's own domain.
fn leaf_choice(key: &Decision) -> Choice {
    let mut choice = key.choice.clone();
    if let Choice::Mask(settings) = &mut choice {
        settings.domain = Some(key.domain.clone());
        settings.mask_nulls = false;
    }
    choice
}

fn put(schema: &Schema, edge: &JsonEdge, json: &mut JsonSettings, wanted: Choice) -> Refusable<()> {
    let path = JsonPath::parse(&edge.path).expect("the parser has read each path");
    let Some((_, stated)) = json.paths.iter().find(|(known, _)| *known == path) else {
        if edge.polymorphic && matches!(wanted, Choice::Keep(_)) {
            let rest_keeps = matches!(json.rest, Choice::Keep(_));
            return if rest_keeps { Ok(()) } else { Err(Box::new(unlisted_leaves(schema, edge))) };
        }
        match wanted {
            Choice::Keep(_) => json.kept_keys.push((path, KeyForm::of(&schema.value_type(edge.parent)))),
            // The first of equals: before paths of the rule file that lead here too.
            wanted => json.paths.insert(0, (path, wanted)),
        }
        return Ok(());
    };
    let agrees = match (stated, &wanted) {
        (Choice::Null, _) | (Choice::Keep(_), Choice::Keep(_)) => true,
        (Choice::Mask(stated), Choice::Mask(wanted)) => {
            stated.domain == wanted.domain && stated.agrees_with(wanted)
        }
        _ => false,
    };
    if agrees {
        return Ok(());
    }
    let message = format!(
        "rule of a path differs from its key's: {} at {path} refers to {}",
        schema.label(edge.child),
        schema.label(edge.parent)
    );
    Err(Box::new(
        Diagnostic::rule("rule_differs_from_key", message)
            .hint("Delete the path: its leaves follow their key."),
    ))
}

/// Leaves of rows that no `when` matches would be kept because a key of other rows is.
fn unlisted_leaves(schema: &Schema, edge: &JsonEdge) -> Diagnostic {
    let message = format!(
        "path of a reference with a \"when\" is named by no rule: {} at {}",
        schema.label(edge.child),
        edge.path
    );
    Diagnostic::unlisted("unlisted_rows", message)
        .detail("Its key is kept; rows that no \"when\" matches do not refer to it.")
        .hint(format!("Add to paths: {:?} = {{ keep = \"why nobody is in it\" }}, or \"null\".", edge.path))
}

fn not_masked(schema: &Schema, edge: &JsonEdge) -> Diagnostic {
    let message = format!(
        "column is kept, and its JSON refers to a key that is not: {} at {} refers to {}",
        schema.label(edge.child),
        edge.path,
        schema.label(edge.parent)
    );
    Diagnostic::rule("rule_differs_from_key", message)
        .hint("Write { mask = \"json\", rest = \"keep\" }: the leaves under the path follow their key.")
}
