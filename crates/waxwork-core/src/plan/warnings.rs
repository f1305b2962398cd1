//! What is worth knowing of a plan and stops nothing.

use super::decisions::Verdicts;
use super::schema::{ColumnRef, Schema};
use crate::catalog::{TypeKind, ValueType};
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use crate::rules::name::plain;

/// Masked columns that a CHECK constraint reads: whether masked values satisfy it, the load will tell.
pub(super) fn of_checks(schema: &Schema, verdicts: &Verdicts) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (at, verdict) in verdicts {
        if verdict.masks().next().is_none() || !schema.is_copied(at.table) {
            continue;
        }
        let bounded = !verdict.masks().any(|(_, settings)| !is_positive_integer(schema, *at, settings.kind));
        for check in &schema.table(*at).checks {
            // `a < b` is another matter than `a > 0`.
            let holds = bounded && check.columns.len() == 1;
            if check.columns.contains(&at.column) && !holds {
                warnings.push(warning(schema, *at, &format!("constraint {}", plain(check.name.as_str()))));
            }
        }
        if let Some(domain) = checked_domain(schema, *at).filter(|_| !bounded) {
            warnings.push(warning(schema, *at, &format!("type {domain}")));
        }
    }
    warnings
}

/// Bounds of keys (`CHECK (id > 0)`) need no warning: a permutation gives positive values.
fn is_positive_integer(schema: &Schema, at: ColumnRef, kind: MaskKind) -> bool {
    let value_type: ValueType = schema.value_type(at);
    kind == MaskKind::Permute && value_type.scalar().holds_integers()
}

fn checked_domain(schema: &Schema, at: ColumnRef) -> Option<String> {
    let column = schema.column(at);
    match &schema.catalog.types.get(&column.type_oid)?.kind {
        TypeKind::Domain { checks, .. } if !checks.is_empty() => Some(column.type_name.clone()),
        _ => None,
    }
}

fn warning(schema: &Schema, at: ColumnRef, owner: &str) -> Diagnostic {
    let message = format!(
        "masked column has a CHECK that its masked values must satisfy: {}, {owner}",
        schema.label(at)
    );
    Diagnostic::warning("check_on_masked_column", message)
}
