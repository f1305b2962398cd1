//! `[[insert]]` against the catalog: which columns of which tables get values of the rule file's.

use super::decisions::Verdicts;
use super::schema::{ColumnRef, Schema};
use super::{InsertPlan, PlannedRow, Refusable};
use crate::catalog::{ColumnId, TableId};
use crate::diagnostic::Diagnostic;
use crate::missing;
use crate::rules::name::plain_table;
use crate::rules::{At, InsertRow, InsertRule, RuleFile};
use std::collections::BTreeMap;

/// Looks up every name; one plan a table, in catalog order, its rows in the file's.
pub(super) fn resolve(
    rules: &RuleFile,
    schema: &Schema,
    verdicts: &Verdicts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<InsertPlan> {
    let mut tables: BTreeMap<TableId, Vec<PlannedRow>> = BTreeMap::new();
    for rule in &rules.inserts {
        let table = match find_table(rule, schema) {
            Ok(table) => table,
            Err(refusal) => {
                diagnostics.push(refusal.at(Some(rule.table.location.clone())));
                continue;
            }
        };
        let rows = rule.rows.iter().map(|row| planned(table, row, schema, verdicts, diagnostics));
        tables.entry(table).or_default().extend(rows);
    }
    tables.into_iter().map(|(table, rows)| InsertPlan { table, rows }).collect()
}

fn find_table(rule: &InsertRule, schema: &Schema) -> Refusable<TableId> {
    let name = &rule.table.value;
    let Some(id) = schema.catalog.find(name) else {
        return Err(Box::new(missing::table(schema.catalog, name)));
    };
    let table = schema.catalog.table(id);
    if table.partition_of.is_some() {
        let root = plain_table(&schema.catalog.table(schema.catalog.root(id)).name);
        let message = format!("table of [[insert]] is a partition: {}", schema.table_label(id));
        let hint = format!("Name {root}; the row finds its partition.");
        return Err(Box::new(Diagnostic::rule("insert_into_partition", message).hint(hint)));
    }
    if schema.rows(id).is_none() {
        return Err(Box::new(missing::rows(table).hint("Delete the [[insert]].")));
    }
    Ok(id)
}

fn planned(
    table: TableId,
    row: &InsertRow,
    schema: &Schema,
    verdicts: &Verdicts,
    diagnostics: &mut Vec<Diagnostic>,
) -> PlannedRow {
    let mut values = Vec::new();
    for (name, value) in &row.values {
        match find_column(table, name, schema, verdicts) {
            Ok(column) => values.push((column, value.clone())),
            Err(refusal) => diagnostics.push(refusal.at(Some(name.location.clone()))),
        }
    }
    PlannedRow { values, location: row.location.clone() }
}

fn find_column(
    table: TableId,
    name: &At<String>,
    schema: &Schema,
    verdicts: &Verdicts,
) -> Refusable<ColumnId> {
    let relation = schema.catalog.table(table);
    let Some(column) = relation.find_column(&name.value) else {
        return Err(Box::new(missing::column(relation, &name.value)));
    };
    let at = ColumnRef { table, column };
    let derived =
        schema.is_copied(table) && verdicts.get(&at).is_some_and(|verdict| verdict.derived().is_some());
    let made = match (schema.is_generated(at), derived) {
        (true, _) => "generated",
        (_, true) => "derived",
        _ => return Ok(column),
    };
    let message = format!("column of [[insert]] is {made}: {}", schema.label(at));
    Err(Box::new(
        Diagnostic::rule("insert_on_made", message)
            .detail("Its value is made from the row's other columns.")
            .hint("Leave the column out."),
    ))
}
