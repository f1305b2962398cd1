//! What is worth knowing of a plan and stops nothing.

use super::decisions::{Decision, Verdicts};
use super::domains::Domains;
use super::expression::{least_integer, passes_null};
use super::schema::{ColumnRef, Schema};
use super::settings::Choice;
use crate::catalog::{Catalog, TypeKind};
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use crate::rules::name::plain;
use std::collections::BTreeSet;

/// A CHECK that reads a column, of its table, of a partition, or of a type.
struct Check<'a> {
    /// `constraint a_low`, `type code`.
    owner: String,
    definition: &'a str,
    /// The column in it, as SQL writes it.
    name: String,
    /// All columns in it.
    columns: Vec<&'a str>,
    /// It reads a column that is generated from that one.
    remade: bool,
}

/// Columns whose values change under a CHECK that may not hold for the new ones: whether it does, the load will tell.
pub(super) fn of_checks(schema: &Schema, verdicts: &Verdicts, domains: &Domains) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (at, verdict) in verdicts.iter().filter(|(at, _)| schema.is_copied(at.table)) {
        let decisions = verdict.decisions();
        let holds =
            |check: &Check| decisions.iter().all(|decision| holds(check, decision, schema, *at, domains));
        warnings.extend(emptied(schema, *at, &decisions));
        let mut said = BTreeSet::new();
        for check in checks(schema, *at).iter().filter(|check| !holds(check)) {
            if said.insert(check.owner.clone()) {
                warnings.push(warning(schema, *at, &check.owner));
            }
        }
    }
    warnings
}

/// What holds for the source's values holds for the copy's.
fn holds(check: &Check, decision: &Decision, schema: &Schema, at: ColumnRef, domains: &Domains) -> bool {
    match &decision.choice {
        // What is derived is made as production made it.
        Choice::Keep(_) | Choice::Derive(_) => true,
        Choice::Null => !check.remade && passes_null(check.definition, &check.columns),
        // `CHECK (id > 0)` needs no warning: permuted integers are positive, and stand in a range that is known.
        Choice::Mask(settings) if settings.kind == MaskKind::Permute => {
            let range = domains.integers(&decision.domain).map(|map| map.range);
            let range = range.filter(|_| schema.value_type(at).scalar().holds_integers());
            let least = least_integer(check.definition, &check.name);
            range.zip(least).is_some_and(|(range, least)| least <= range.0)
        }
        Choice::Mask(settings) if settings.kind == MaskKind::NumberRange => {
            let low = settings.options.pair("range").map(|(low, _)| low);
            low.zip(least_integer(check.definition, &check.name)).is_some_and(|(low, least)| least <= low)
        }
        Choice::Mask(_) => false,
    }
}

fn checks<'a>(schema: &Schema<'a>, at: ColumnRef) -> Vec<Check<'a>> {
    let (name, mut found) = (schema.column(at).name.as_str(), Vec::new());
    for table in schema.tree(at.table) {
        let owner = schema.catalog.table(table);
        let Some(own) = owner.find_column(name) else { continue };
        for check in &owner.checks {
            let remade = owner.generated_from(own).any(|made| check.columns.contains(&made));
            if remade || check.columns.contains(&own) {
                found.push(Check {
                    owner: format!("constraint {}", plain(check.name.as_str())),
                    definition: &check.definition,
                    name: plain(name),
                    columns: check.columns.iter().map(|read| owner.column(*read).name.as_str()).collect(),
                    remade,
                });
            }
        }
    }
    type_checks(schema.catalog, schema.column(at).type_oid, false, &mut found);
    let table = schema.catalog.table(at.table);
    for made in table.generated_from(at.column) {
        type_checks(schema.catalog, table.column(made).type_oid, true, &mut found);
    }
    found
}

/// The CHECKs of a type's domains, at every depth and in arrays.
fn type_checks<'a>(catalog: &'a Catalog, type_oid: u32, remade: bool, found: &mut Vec<Check<'a>>) {
    let Some(pg_type) = catalog.types.get(&type_oid) else { return };
    match &pg_type.kind {
        TypeKind::Domain { base, checks, .. } => {
            found.extend(checks.iter().map(|definition| Check {
                owner: format!("type {}", plain(pg_type.name.name.as_str())),
                definition,
                name: "VALUE".to_owned(),
                columns: vec!["value"],
                remade,
            }));
            type_checks(catalog, *base, remade, found);
        }
        TypeKind::Array { element } => type_checks(catalog, *element, remade, found),
        _ => {}
    }
}

/// Where a column becomes NULL, those that are generated from it and NOT NULL: their expressions may give something all
/// the same.
fn emptied(schema: &Schema, at: ColumnRef, decisions: &[&Decision]) -> Vec<Diagnostic> {
    if !decisions.iter().any(|decision| matches!(decision.choice, Choice::Null)) {
        return Vec::new();
    }
    let name = schema.column(at).name.as_str();
    let mut made: BTreeSet<&str> = BTreeSet::new();
    for table in schema.tree(at.table).into_iter().map(|part| schema.catalog.table(part)) {
        let own = table.find_column(name).into_iter().flat_map(|own| table.generated_from(own));
        made.extend(
            own.map(|made| table.column(made)).filter(|made| made.not_null).map(|made| made.name.as_str()),
        );
    }
    made.into_iter()
        .map(|made| {
            let made = plain(made);
            let message = format!(
                "column becomes NULL, and one that is generated from it is NOT NULL: {}, {made}",
                schema.label(at)
            );
            Diagnostic::warning("null_under_generated", message)
        })
        .collect()
}

fn warning(schema: &Schema, at: ColumnRef, owner: &str) -> Diagnostic {
    let message = format!(
        "masked column has a CHECK that its masked values must satisfy: {}, {owner}",
        schema.label(at)
    );
    Diagnostic::warning("check_on_masked_column", message)
}
