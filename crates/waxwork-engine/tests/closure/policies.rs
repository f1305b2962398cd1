//! What a drawn case says of its references, and what each may null.

use std::collections::BTreeSet;

use crate::model::{Kind, Model, Reference};
use crate::random::{Draft, Random, Shape};

/// Draws policies, conditions and limits.
pub(crate) fn policies(drafts: &[Draft], model: &mut Model, random: &mut Random) {
    let null_columns: Vec<BTreeSet<String>> =
        (0..model.references.len()).map(|at| free_columns(drafts, model, at)).collect();
    let none: BTreeSet<String> = model
        .tables
        .iter()
        .filter(|table| table.rows == Some("none"))
        .map(|table| table.name.clone())
        .collect();
    for (reference, null_columns) in model.references.iter_mut().zip(null_columns) {
        let may_null = !null_columns.is_empty();
        reference.null_columns = null_columns;
        let nulled_or_dropped = |random: &mut Random| {
            if may_null && random.chance(60) { "null" } else { "drop" }
        };
        let into_none = none.contains(&reference.parent.1) && !none.contains(&reference.child.1);
        reference.parent_policy = match random.below(100) {
            _ if into_none => nulled_or_dropped(random),
            0..62 => "pull",
            62..93 => nulled_or_dropped(random),
            _ => "error",
        };
        let partitioned =
            drafts.iter().any(|draft| draft.is_partitioned() && draft.name == reference.child.0);
        // Where rows dangle under a valid key the run stops unless something is said.
        let said = if reference.dangles && reference.valid { 15 } else { 24 };
        reference.dangling = match random.below(said) {
            0..2 => Some("drop"),
            2..7 if may_null => Some("null"),
            7..14 if !(reference.declared && partitioned) => Some("keep"),
            _ => None,
        };
        reference.condition = random.chance(34).then(|| "v % 3 <> 0".to_owned());
        reference.limit = random.chance(40).then(|| random.pick(&[1, 1, 2]));
        let narrowed = reference.condition.is_some() || reference.limit.is_some();
        let by_default = narrowed || !model.listed;
        reference.follow = if !narrowed && random.chance(30) { !by_default } else { by_default };
    }
}

/// What `"null"` may null: nullable, in no key, and in no reference of this table that has other columns.
fn free_columns(drafts: &[Draft], model: &Model, at: usize) -> BTreeSet<String> {
    let reference = &model.references[at];
    let columns = |reference: &Reference| -> Option<BTreeSet<String>> {
        match &reference.kind {
            Kind::Columns(pairs) => Some(pairs.iter().map(|(own, _)| own.clone()).collect()),
            _ => None,
        }
    };
    let Some(own) = columns(reference) else { return BTreeSet::new() };
    let draft = drafts.iter().find(|draft| draft.name == reference.child.1).expect("a child is a table");
    let free = |column: &String| {
        let nullable = match draft.columns.iter().find(|own| own.name == *column) {
            Some(own) => !own.not_null && !own.generated,
            None => !matches!(draft.shape, Shape::Composite | Shape::Partitioned { .. }),
        };
        let shared = model.references.iter().any(|other| {
            let theirs = columns(other).unwrap_or_default();
            other.child.1 == reference.child.1 && theirs != own && theirs.contains(column)
        });
        nullable && !shared && !draft.indexed.contains(column)
    };
    let free: BTreeSet<String> = own.iter().filter(|column| free(column)).cloned().collect();
    if reference.match_full && free.len() < own.len() { BTreeSet::new() } else { free }
}
