//! The form that a key is brought to before it is masked.
//!
//! Foreign-key equality is wider than byte equality: 1.0 refers to 1.00, `'a '` in `char(n)` to `'a'`, and in `citext`
//! `'A'` to `'a'`. Masks see bytes, so the source writes one form for all.

use super::Canonical;
use super::Refusable;
use super::keys::KeyGraph;
use super::schema::{ColumnRef, Schema};
use crate::catalog::{TextKind, ValueType};
use crate::diagnostic::Diagnostic;

/// The form of a column under a reference or referred to; any other column stands as it is.
///
/// # Errors
/// The key's equality has no one form to be brought to.
pub(super) fn canonical(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> Refusable<Canonical> {
    if !graph.is_key(at) {
        return Ok(Canonical::AsIs);
    }
    let family = graph.family(at);
    let kinds: Vec<TextKind> = family.iter().filter_map(|at| text_kind(&schema.value_type(*at))).collect();
    let has = |kind| kinds.contains(&kind);
    let no_form = |why: &str| Err(Box::new(no_form(schema, at, why)));
    if let Some(odd) = family.iter().find(|at| schema.column(**at).nondeterministic) {
        return no_form(&format!("{} has a nondeterministic collation", schema.label(*odd)));
    }
    if has(TextKind::Citext) && has(TextKind::Bpchar) {
        return no_form("it is compared as citext here and as character(n) there");
    }
    let form = form(&schema.value_type(at), &kinds);
    if form != Canonical::AsIs && graph.json.iter().any(|edge| family.contains(&edge.parent)) {
        return no_form("places in JSON refer to it, and only a whole column can be brought to one form");
    }
    if form != Canonical::AsIs
        && family.iter().any(|at| matches!(schema.value_type(*at), ValueType::Array { .. }))
    {
        return no_form(
            "elements of an array refer to it, and only a whole column can be brought to one form",
        );
    }
    Ok(form)
}

/// The form that a mask keyed `by` a column reads it in, so that equal values are equal bytes, of a key or not. A
/// nondeterministic collation has none, nor has an interval or a document, and the column stands as it is.
///
/// # Errors
/// The column is a key, and its equality has no one form.
pub(super) fn canonical_by(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> Refusable<Canonical> {
    match schema.value_type(at) {
        _ if graph.is_key(at) => canonical(schema, graph, at),
        ValueType::Array { .. } => Ok(Canonical::AsIs),
        own => Ok(form(&own, &text_kind(&own).into_iter().collect::<Vec<_>>())),
    }
}

/// The form of a type that is compared with text of these kinds.
fn form(value_type: &ValueType, kinds: &[TextKind]) -> Canonical {
    match value_type {
        // It has no fraction to trim.
        ValueType::Numeric(Some((_, 0))) => Canonical::AsIs,
        ValueType::Numeric(_) => Canonical::TrimScale,
        ValueType::Float4 | ValueType::Float8 => Canonical::PositiveZero,
        found if text_kind(found).is_some() && kinds.contains(&TextKind::Citext) => Canonical::Lower,
        found if text_kind(found).is_some() && kinds.contains(&TextKind::Bpchar) => Canonical::Rtrim,
        _ => Canonical::AsIs,
    }
}

/// The text type of a column, or of the elements of an array column.
fn text_kind(value_type: &ValueType) -> Option<TextKind> {
    match value_type.scalar() {
        ValueType::Text(text) => Some(text.kind),
        _ => None,
    }
}

fn no_form(schema: &Schema, at: ColumnRef, why: &str) -> Diagnostic {
    let message = format!("key cannot be masked, its equal values have no one form: {}", schema.label(at));
    Diagnostic::rule("key_without_form", message)
        .detail(format!("Foreign keys compare more than bytes here: {why}."))
        .hint("Keep the key and its references, or null the columns that refer to it.")
}
