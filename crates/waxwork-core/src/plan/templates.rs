//! `text.template`: which columns a template reads, and that none comes back to itself.

use super::decisions::{Verdict, Verdicts};
use super::schema::{ColumnRef, Schema};
use super::{Refusable, TemplatePart};
use crate::catalog::ValueType;
use crate::diagnostic::Diagnostic;
use crate::missing;
use crate::rules::{At, TemplatePart as Written};
use std::collections::BTreeSet;

/// The columns of a row that templates of another one read.
fn read(schema: &Schema, verdicts: &Verdicts, at: ColumnRef) -> Vec<ColumnRef> {
    let Some(verdict) = verdicts.get(&at) else { return Vec::new() };
    let parts = verdict.masks().flat_map(|(_, settings)| settings.template.iter().flatten());
    let names = parts.filter_map(|part| match part {
        Written::Column(name) => schema.table(at).find_column(&name.value),
        Written::Text(_) => None,
    });
    names.map(|column| ColumnRef { table: at.table, column }).collect()
}

/// Refuses templates that read themselves, through others or not.
pub(super) fn check_cycles(schema: &Schema, verdicts: &Verdicts, diagnostics: &mut Vec<Diagnostic>) {
    for (at, verdict) in verdicts {
        let mut reached: BTreeSet<ColumnRef> = BTreeSet::new();
        let mut next = read(schema, verdicts, *at);
        while let Some(column) = next.pop() {
            if reached.insert(column) {
                next.extend(read(schema, verdicts, column));
            }
        }
        if reached.contains(at) {
            let place = verdict.decisions().into_iter().find_map(|decision| decision.location.clone());
            let message = format!("template reads its own column: {}", schema.label(*at));
            let detail = "By itself or through other templates it would need its result to make it.";
            diagnostics.push(Diagnostic::rule("template_cycle", message).detail(detail).at(place));
        }
    }
}

/// A template with its columns' places in the row; `copied` are the row's columns.
pub(super) fn resolve(
    schema: &Schema,
    verdicts: &Verdicts,
    at: ColumnRef,
    written: &[Written],
    copied: &[ColumnRef],
) -> Refusable<Vec<TemplatePart>> {
    let part = |part: &Written| match part {
        Written::Text(text) => Ok(TemplatePart::Text(text.clone())),
        Written::Column(name) => Ok(TemplatePart::Column(column(schema, verdicts, at, name, copied)?)),
    };
    written.iter().map(part).collect()
}

fn column(
    schema: &Schema,
    verdicts: &Verdicts,
    at: ColumnRef,
    name: &At<String>,
    copied: &[ColumnRef],
) -> Refusable<usize> {
    let refuse = |found: Diagnostic| Err(Box::new(found.at(Some(name.location.clone()))));
    let Some(found) = schema.table(at).find_column(&name.value) else {
        return refuse(missing::column(schema.table(at), &name.value));
    };
    let found = ColumnRef { table: at.table, column: found };
    let refusal = |why: &str| {
        let message =
            format!("template cannot read a column: {} in {}", schema.label(found), schema.label(at));
        Diagnostic::rule("template_column", message).detail(why)
    };
    let Some(place) = copied.iter().position(|copied| *copied == found) else {
        return refuse(refusal("The target makes its value, after the row has been masked."));
    };
    if matches!(schema.value_type(found).scalar(), ValueType::Other(_)) {
        return refuse(refusal("Values of its type have no text form that is known here."));
    }
    match verdicts.get(&found) {
        Some(Verdict::Failed) | None => refuse(refusal("It has no rule that holds.")),
        _ => Ok(place),
    }
}
