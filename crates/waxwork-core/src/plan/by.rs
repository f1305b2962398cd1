//! `by`: the column that a mask is keyed by, in the row or reached through references; other options name columns in the
//! same way.
//!
//! ```text
//!   by = "id"                       a column of the row
//!   by = "order_id.customer_id"     the parent that order_id refers to, then its column customer_id
//! ```

use super::Refusable;
use super::canonical::canonical_by;
use super::keys::KeyGraph;
use super::schema::{ColumnRef, Schema};
use super::{Canonical, ContextField, ContextStep};
use crate::catalog::{ColumnId, TableId, ValueType};
use crate::diagnostic::Diagnostic;
use crate::masks::TypeClass;
use crate::rules::name::plain;
use crate::rules::nearest;
use crate::subset::Reference;
use std::collections::BTreeSet;

/// Where a `by` leads.
pub(super) struct Route {
    /// Columns of the row that settle the value: the column itself, or those of the first reference.
    pub own: Vec<ColumnId>,
    /// The field to add to the row; `None`: the value is the row's own column as it stands.
    pub context: Option<ContextField>,
    /// The root key that it is or leads to.
    pub root: ColumnRef,
    /// Rows that agree on `own`, none of it NULL, may have other values or none: a parent is not sure to be there, holds
    /// a NULL, or equal values have no one form.
    pub may_part: bool,
}

/// Follows a `by` from a rule table.
///
/// # Errors
/// A diagnostic without its place: an unknown column, a column that refers to nothing or to several tables, a value
/// that no mask can be keyed by.
pub(super) fn follow(
    schema: &Schema,
    graph: &KeyGraph,
    references: &[Reference],
    table: TableId,
    by: &str,
) -> Refusable<Route> {
    let Reached { steps, table: at, column, end } = reach(schema, references, table, by, &BY)?;
    let mut may_part = !steps.is_empty() && is_nullable(schema, at, column);
    let mut from = table;
    for (depth, step) in steps.iter().enumerate() {
        may_part |= !is_sure(schema, references, from, step);
        may_part |= depth > 0 && step.columns.iter().any(|(child, _)| is_nullable(schema, from, *child));
        from = step.parent;
    }
    let root = root(schema, graph, end)?;
    let value_type = schema.value_type(end);
    let unread = match value_type.scalar() {
        ValueType::Other(name) => Some(name.as_str()),
        // A bound of 1.0 is one of 1.00.
        ValueType::Range(_) | ValueType::Multirange(_) | ValueType::Hstore => {
            Some(TypeClass::of(&value_type).name())
        }
        _ => None,
    };
    if let Some(name) = unread {
        let message = format!("no mask can be keyed by a value of type {name}: {}", schema.label(end));
        return Err(Box::new(Diagnostic::rule("by_type", message)));
    }
    if !hashes_alike(&value_type, &schema.value_type(root)) {
        return Err(Box::new(another_type(schema, end, root)));
    }
    let canonical = canonical_by(schema, graph, end)?;
    // One day is 24 hours, and 1.0 in a document is 1.
    let has_many_forms = matches!(value_type.scalar(), ValueType::Interval | ValueType::Jsonb);
    may_part |= steps.is_empty() && (schema.column(end).nondeterministic || has_many_forms);
    let own = match steps.first() {
        Some(step) => step.columns.iter().map(|(child, _)| *child).collect(),
        None => vec![column],
    };
    // A kept key stands in its row as it is, in whatever form.
    let joined = !steps.is_empty() || canonical != Canonical::AsIs;
    let context = joined.then_some(ContextField { path: steps, column, value_type, canonical });
    Ok(Route { own, context, root, may_part })
}

/// The column that a `by` leads to.
///
/// # Errors
/// As [`follow`], of the way there.
pub(super) fn end(
    schema: &Schema,
    references: &[Reference],
    table: TableId,
    by: &str,
) -> Refusable<ColumnRef> {
    Ok(reach(schema, references, table, by, &BY)?.end)
}

/// An option that names a column of the row or of a row that it refers to, with the codes of its errors.
pub(super) struct PathOption {
    name: &'static str,
    unknown: &'static str,
    no_reference: &'static str,
    many_parents: &'static str,
}

const BY: PathOption = PathOption {
    name: "by",
    unknown: "unknown_by",
    no_reference: "by_no_reference",
    many_parents: "by_many_parents",
};

/// `known` of `text.scrub`.
pub(super) const KNOWN: PathOption = PathOption {
    name: "known",
    unknown: "unknown_known",
    no_reference: "known_no_reference",
    many_parents: "known_many_parents",
};

/// `gender` of masks of persons.
pub(super) const GENDER: PathOption = PathOption {
    name: "gender",
    unknown: "unknown_gender",
    no_reference: "gender_no_reference",
    many_parents: "gender_many_parents",
};

/// A column that a path of references leads to.
pub(super) struct Reached {
    /// References from the rule table outwards.
    pub steps: Vec<ContextStep>,
    /// The last parent, or the rule table.
    pub table: TableId,
    /// Its column.
    pub column: ColumnId,
    /// The same column as rules know it.
    pub end: ColumnRef,
}

/// Follows `reference.….column` from a rule table.
///
/// # Errors
/// A diagnostic without its place: an unknown column, or one that refers to nothing or to several tables.
pub(super) fn reach(
    schema: &Schema,
    references: &[Reference],
    table: TableId,
    path: &str,
    option: &PathOption,
) -> Refusable<Reached> {
    let mut names = segments(schema, table, path);
    let last = names.pop().expect("a text has a last segment");
    let (mut steps, mut at) = (Vec::new(), table);
    for name in names {
        let step = step(schema, references, at, &name, option)?;
        at = step.parent;
        steps.push(step);
    }
    let column = find(schema, at, &last, option)?;
    let end = schema.rule_column(at, column).expect("a partition has its root's columns");
    Ok(Reached { steps, table: at, column, end })
}

/// Equal values of both types, in their forms, are hashed to one number.
fn hashes_alike(left: &ValueType, right: &ValueType) -> bool {
    (left.is_integer() && right.is_integer()) || std::mem::discriminant(left) == std::mem::discriminant(right)
}

/// A valid foreign key holds for every row of `child`, so the parent of each key without a NULL is there.
fn is_sure(schema: &Schema, references: &[Reference], child: TableId, step: &ContextStep) -> bool {
    references.iter().any(|reference| {
        reference.valid
            && schema.catalog.is_within(child, reference.child)
            && context_step(schema, child, reference).is_some_and(|found| found == *step)
    })
}

fn is_nullable(schema: &Schema, table: TableId, column: ColumnId) -> bool {
    !schema.catalog.table(table).column(column).not_null
}

/// The columns that a path names; a column's own name may have dots.
fn segments(schema: &Schema, table: TableId, path: &str) -> Vec<String> {
    if schema.catalog.table(table).find_column(path).is_some() {
        return vec![path.to_owned()];
    }
    let mut names = vec![String::new()];
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(String::new()),
            c => names.last_mut().expect("there is one").push(c),
        }
    }
    names
}

/// The column of a table that an option names.
///
/// # Errors
/// A diagnostic without its place when there is none.
fn find(schema: &Schema, table: TableId, name: &str, option: &PathOption) -> Refusable<ColumnId> {
    let found = schema.catalog.table(table);
    if let Some(column) = found.find_column(name) {
        return Ok(column);
    }
    let table = schema.table_label(table);
    let message = format!("{} names no column: {} of table {table}", option.name, plain(name));
    let hint = match nearest(name, found.columns.iter().map(|column| column.name.as_str())) {
        Some(near) => format!("Perhaps you meant \"{near}\"."),
        None => "Name a column of the row, or \"reference.column\" of a row that it refers to.".to_owned(),
    };
    Err(Box::new(Diagnostic::rule(option.unknown, message).hint(hint)))
}

/// The reference that a column of `table` is under.
fn step(
    schema: &Schema,
    references: &[Reference],
    table: TableId,
    name: &str,
    option: &PathOption,
) -> Refusable<ContextStep> {
    let column = find(schema, table, name, option)?;
    let follows = format!("{} follows a column", option.name);
    let label = || format!("{}({})", schema.table_label(table), plain(name));
    let leading: Vec<&Reference> = references
        .iter()
        .filter(|reference| schema.catalog.root(reference.child) == schema.catalog.root(table))
        .filter(|reference| {
            let own = reference.key.child_columns();
            own.iter().any(|child| same_name(schema, reference.child, *child, table, column))
        })
        .collect();
    let mut steps: Vec<ContextStep> = Vec::new();
    for reference in leading.iter().filter(|reference| reference.when.is_empty()) {
        let Some(step) = context_step(schema, table, reference) else { continue };
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    // A column may stand in a key of its own and in composite ones: its own is meant.
    if steps.iter().any(|step| step.columns.len() == 1) {
        steps.retain(|step| step.columns.len() == 1);
    }
    match (steps.len(), leading.is_empty()) {
        (1, _) => Ok(steps.remove(0)),
        (0, true) => Err(Box::new(
            Diagnostic::rule(option.no_reference, format!("{follows} that refers to nothing: {}", label()))
                .hint("Declare a [[reference]], or name a column of the row."),
        )),
        (0, false) => Err(Box::new(
            Diagnostic::rule(
                option.many_parents,
                format!("{follows} that may refer to several rows or tables: {}", label()),
            )
            .detail("Elements of an array, leaves of JSON and polymorphic references lead to no one row.")
            .hint(
                "Name the column itself: rows with the same value there agree with each other, though not with the rows \
                 that it refers to. Or leave the option out.",
            ),
        )),
        _ => {
            let parents: BTreeSet<String> =
                steps.iter().map(|step| schema.table_label(step.parent)).collect();
            let parents: Vec<String> = parents.into_iter().collect();
            Err(Box::new(
                Diagnostic::rule(
                    option.many_parents,
                    format!("{follows} with several references: {}", label()),
                )
                .detail(format!("They lead to {}.", parents.join(", "))),
            ))
        }
    }
}

/// A reference by columns as a step from `table`, which has the child's columns.
pub(super) fn context_step(schema: &Schema, table: TableId, reference: &Reference) -> Option<ContextStep> {
    let columns = reference.columns_of(schema.catalog, table)?;
    Some(ContextStep { columns, parent: reference.parent })
}

fn same_name(schema: &Schema, left: TableId, column: ColumnId, right: TableId, other: ColumnId) -> bool {
    schema.catalog.table(left).column(column).name == schema.catalog.table(right).column(other).name
}

fn root(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> Refusable<ColumnRef> {
    let roots = graph.roots(at);
    if graph.edges_from(at).any(|edge| !edge.when.is_empty()) || roots.len() != 1 {
        let keys: Vec<String> = roots.iter().map(|root| schema.label(*root)).collect();
        let message = format!("by leads to more than one key: {}", schema.label(at));
        return Err(Box::new(
            Diagnostic::rule("by_many_keys", message)
                .detail(format!("It refers to {}.", keys.join(" and to "))),
        ));
    }
    Ok(*roots.first().expect("there is one"))
}

fn another_type(schema: &Schema, at: ColumnRef, root: ColumnRef) -> Diagnostic {
    let message = format!("by reads a column of another type than its key: {}", schema.label(at));
    Diagnostic::rule("by_form", message)
        .detail(format!("It refers to {}, and equal values of both differ in form.", schema.label(root)))
        .hint(format!(
            "Follow the reference to the key itself: by = \"{}.{}\".",
            schema.column(at).name.as_str(),
            schema.column(root).name.as_str()
        ))
}
