//! `[subset.reference]`: which references an entry speaks for, and what it says of them.
//!
//! `child(columns)` speaks for every reference with those columns; `child(columns) -> parent` for those to one parent,
//! and replaces the first kind for them, whole.

use crate::catalog::{Catalog, TableKind};
use crate::diagnostic::Diagnostic;
use crate::rules::{At, KeyExpression, ReferenceName, ReferenceRule, nearest};

use super::names::{child_name, find_table};
use super::references::same_columns;
use super::{DanglingPolicy, ParentPolicy, Reference, ReferenceKey};

/// From this version on a partitioned table holds a NOT VALID foreign key (release notes of PostgreSQL 18, E.1.3).
const NOT_VALID_ON_PARTITIONED_SINCE: u32 = 180_000;

/// Sets the policies; gives for each reference the entry that speaks for it.
pub(super) fn attach<'r>(
    rules: &'r [ReferenceRule],
    catalog: &Catalog,
    references: &mut [Reference],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Option<&'r ReferenceRule>> {
    let mut spoken_by: Vec<Option<&ReferenceRule>> = vec![None; references.len()];
    for rule in rules {
        let covered: Vec<usize> = (0..references.len())
            .filter(|at| speaks_for(&rule.name.value, catalog, &references[*at]))
            .collect();
        if covered.is_empty() {
            unknown(rule, catalog, references, diagnostics);
        }
        for at in covered {
            // One that names the parent stands before one that does not; the same name twice the parser refuses.
            let outspoken = spoken_by[at].is_some_and(|other| other.name.value.parent.is_some());
            if !outspoken {
                spoken_by[at] = Some(rule);
            }
        }
    }
    for (reference, rule) in references.iter_mut().zip(&spoken_by) {
        if let Some(rule) = rule {
            apply(rule, catalog, reference, diagnostics);
        }
    }
    spoken_by
}

fn speaks_for(name: &ReferenceName, catalog: &Catalog, reference: &Reference) -> bool {
    let child = catalog.table(reference.child);
    let key = match (&name.key, &reference.key) {
        (KeyExpression::Columns(names), ReferenceKey::Columns(_)) => {
            let columns: Option<Vec<_>> = names.iter().map(|name| child.find_column(name)).collect();
            columns.is_some_and(|columns| same_columns(&columns, &reference.key.child_columns()))
        }
        (KeyExpression::ArrayElements(name), ReferenceKey::ArrayElements { child: column, .. }) => {
            child.column(*column).name.as_str() == name
        }
        (KeyExpression::JsonPath { column, path }, ReferenceKey::JsonPath { child: id, path: text, .. }) => {
            child.column(*id).name.as_str() == column && path == text
        }
        _ => false,
    };
    key && child.name == name.table
        && name.parent.as_ref().is_none_or(|parent| catalog.table(reference.parent).name == *parent)
}

/// Says what of the entry's name is not there: its table, or a reference with those columns.
fn unknown(
    rule: &ReferenceRule,
    catalog: &Catalog,
    references: &[Reference],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let name = &rule.name.value;
    let Some(child) = find_table(catalog, &name.table, &rule.name.location, diagnostics) else { return };
    let wanted = format!("{}({})", catalog.table(child).sql_name, written(&name.key));
    let message = format!("reference named in rule does not exist: {wanted}{}", arrow(name));
    let mut diagnostic = Diagnostic::rule("unknown_reference", message).at(Some(rule.name.location.clone()));
    let known: Vec<String> = references
        .iter()
        .filter(|reference| reference.child == child)
        .map(|reference| child_name(catalog, child, &reference.key))
        .collect();
    let full: Vec<&str> = references.iter().map(|reference| reference.name.as_str()).collect();
    if let Some(near) = nearest(&wanted, known.iter().map(String::as_str).chain(full)) {
        diagnostic = diagnostic.detail(format!("The closest reference is {near}."));
    }
    diagnostics.push(diagnostic.hint("A key that the schema does not declare needs a [[reference]] entry."));
}

fn written(key: &KeyExpression) -> String {
    match key {
        KeyExpression::Columns(names) => names.join(", "),
        KeyExpression::ArrayElements(name) => format!("{name}[*]"),
        KeyExpression::JsonPath { column, path } => format!("{column} -> '{path}'"),
    }
}

fn arrow(name: &ReferenceName) -> String {
    name.parent.as_ref().map(|parent| format!(" -> {parent}")).unwrap_or_default()
}

fn apply(
    rule: &ReferenceRule,
    catalog: &Catalog,
    reference: &mut Reference,
    diagnostics: &mut Vec<Diagnostic>,
) {
    reference.location = Some(rule.name.location.clone());
    reference.condition = rule.condition.clone();
    reference.limit = rule.limit.as_ref().map(|limit| limit.value);
    let narrowed = reference.condition.is_some() || reference.limit.is_some();
    reference.follow_children =
        rule.children.as_ref().map_or(reference.follow_children || narrowed, |children| children.value);
    reference.parent_policy = parent_policy(rule.parent.as_ref());
    if let Some(word) = &rule.dangling {
        reference.dangling = Some(dangling_policy(word));
        check_keep(word, catalog, reference, diagnostics);
    }
}

// Whoever reads the file refuses every other word.

fn parent_policy(word: Option<&At<String>>) -> ParentPolicy {
    match word.map(|word| word.value.as_str()) {
        Some("drop") => ParentPolicy::Drop,
        Some("null") => ParentPolicy::Null,
        Some("error") => ParentPolicy::Error,
        _ => ParentPolicy::Pull,
    }
}

fn dangling_policy(word: &At<String>) -> DanglingPolicy {
    match word.value.as_str() {
        "drop" => DanglingPolicy::Drop,
        "null" => DanglingPolicy::Null,
        _ => DanglingPolicy::Keep,
    }
}

/// `keep` leaves the constraint NOT VALID, which a partitioned child could not be before 18.
fn check_keep(
    word: &At<String>,
    catalog: &Catalog,
    reference: &Reference,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let held = reference.foreign_key.is_none()
        || catalog.table(reference.child).kind != TableKind::Partitioned
        || catalog.server_version >= NOT_VALID_ON_PARTITIONED_SINCE;
    if reference.dangling == Some(DanglingPolicy::Keep) && !held {
        let message = format!("dangling rows cannot be kept under reference {}", reference.name);
        let detail = "A partitioned table cannot have a NOT VALID foreign key before PostgreSQL 18.";
        let hint = "Write dangling = \"null\" or \"drop\".";
        diagnostics.push(
            Diagnostic::rule("dangling_keep", message)
                .detail(detail)
                .hint(hint)
                .at(Some(word.location.clone())),
        );
    }
}
