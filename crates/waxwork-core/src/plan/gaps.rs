//! What stands in the way of a decision, in words: keys that cannot be followed, and rows that no rule names.

use super::keys::Edge;
use super::schema::{ColumnRef, Schema};
use crate::diagnostic::Diagnostic;
use crate::rules::name::plain_table;
use crate::rules::text::toml_key;

/// A child cannot follow a key whose rows follow keys of their own.
pub(super) fn follows_cases(schema: &Schema, edge: &Edge) -> Diagnostic {
    let message = format!(
        "column refers to a polymorphic one: {} refers to {}",
        schema.label(edge.child),
        schema.label(edge.parent)
    );
    Diagnostic::rule("follows_cases", message)
        .detail(
            "Each row of the key follows a key of its own, and no rule says which of them the child's \
            row follows.",
        )
        .hint("Give the keys that it refers to one domain.")
}

/// Two keys that one value cannot follow both.
pub(super) fn two_keys(schema: &Schema, first: &Edge, second: &Edge) -> Diagnostic {
    let message = format!("column refers to two keys that are masked apart: {}", schema.label(first.child));
    Diagnostic::rule("two_keys", message)
        .detail(format!(
            "It refers to {} and to {}, and one value cannot follow both.",
            schema.label(first.parent),
            schema.label(second.parent)
        ))
        .hint(
            "Give both keys the same rule with the same domain = \"…\", or make the references exclude \
            each other by \"when\".",
        )
}

/// Columns that refer to each other have one decision, so cases of one of them cannot be told apart.
pub(super) fn cases_in_cycle(schema: &Schema, edge: &Edge) -> Diagnostic {
    let message = format!(
        "polymorphic column is in a cycle of references: {} refers to {}",
        schema.label(edge.child),
        schema.label(edge.parent)
    );
    Diagnostic::rule("cases_in_cycle", message)
        .detail("Columns that refer to each other share one rule, and rows that no \"when\" matches need their own.")
        .hint("Leave out the [[reference]] that closes the cycle, or the \"when\".")
}

/// A polymorphic column whose rows without a case are spoken for by nobody.
pub(super) fn unlisted_rows(schema: &Schema, at: ColumnRef) -> Diagnostic {
    let name = toml_key(schema.column(at).name.as_str());
    let message = format!("rows that no \"when\" matches are named by no rule: {}", schema.label(at));
    let null = if schema.column(at).not_null { "" } else { "\"null\", " };
    Diagnostic::unlisted("unlisted_rows", message)
        .detail("Rows that match follow their keys; the others, NULL in the column of a \"when\" among them, refer to nothing known.")
        .hint(format!(
            "Add under {}, for these rows alone: {name} = {null}a mask, or {{ keep = \"why nobody is in it\" }}.",
            section(schema, at)
        ))
}

/// `[table.customer]`
pub(super) fn section(schema: &Schema, at: ColumnRef) -> String {
    format!("[table.{}]", toml_key(&plain_table(&schema.table(at).name)))
}
