//! What the file says of each column: names of tables and columns looked up in the catalog.

use super::Refusable;
use super::schema::{ColumnRef, Schema};
use crate::catalog::{TableId, TableKind};
use crate::diagnostic::Diagnostic;
use crate::ident::QualifiedName;
use crate::rules::name::{plain, plain_table};
use crate::rules::{At, ColumnRule, RuleFile, TableRules, nearest};
use std::collections::BTreeMap;

/// Column rules by the column that they speak of.
pub(super) struct ListedRules<'a> {
    columns: BTreeMap<ColumnRef, &'a ColumnRule>,
}

impl<'a> ListedRules<'a> {
    /// Looks up every name; what is unknown, stands twice or has no effect is an error.
    pub(super) fn resolve(rules: &'a RuleFile, schema: &Schema, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut listed = Self { columns: BTreeMap::new() };
        for table in &rules.tables {
            match find_table(&table.name, table, schema) {
                Ok(id) => listed.add_table(id, table, schema, diagnostics),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            }
        }
        listed
    }

    /// The rule of a column.
    pub(super) fn get(&self, at: ColumnRef) -> Option<&'a ColumnRule> {
        self.columns.get(&at).copied()
    }

    fn add_table(
        &mut self,
        id: TableId,
        table: &'a TableRules,
        schema: &Schema,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        for rule in &table.columns {
            let Some(column) = schema.catalog.table(id).find_column(&rule.column.value) else {
                diagnostics.push(unknown_column(id, &rule.column, schema));
                continue;
            };
            let at = ColumnRef { table: id, column };
            if schema.is_generated(at) {
                diagnostics.push(rule_on_generated(at, rule, schema));
            } else if let Some(first) = self.columns.get(&at) {
                let message = format!("column has two rules: {}", schema.label(at));
                let detail = format!("The first stands at {}.", first.column.location);
                diagnostics.push(
                    Diagnostic::rule("duplicate_rule", message)
                        .detail(detail)
                        .at(Some(rule.column.location.clone())),
                );
            } else {
                self.columns.insert(at, rule);
            }
        }
    }
}

fn find_table(name: &At<QualifiedName>, rules: &TableRules, schema: &Schema) -> Refusable<TableId> {
    let refuse = |diagnostic: Diagnostic| Err(Box::new(diagnostic.at(Some(name.location.clone()))));
    let Some(id) = schema.catalog.find(&name.value) else {
        return refuse(unknown_table(&name.value, schema));
    };
    let table = schema.catalog.table(id);
    if table.partition_of.is_some() {
        let root = plain_table(&schema.catalog.table(schema.catalog.root(id)).name);
        let message = format!("table named in rule is a partition: {}", schema.table_label(id));
        return refuse(
            Diagnostic::rule("rule_on_partition", message)
                .detail(
                    "A rule for a partitioned table holds for all its partitions, which have none of \
                    their own.",
                )
                .hint(format!("Write the rule under [table.{}].", toml_key(&root))),
        );
    }
    if schema.rows(id).is_none() && !rules.columns.is_empty() {
        let detail = match table.kind {
            TableKind::Foreign => "It is a foreign table: its rows are elsewhere and are never copied.",
            _ => "It belongs to an extension, which makes its rows itself.",
        };
        let message = format!("table named in rule has no rows to copy: {}", schema.table_label(id));
        return refuse(
            Diagnostic::rule("table_without_rows", message).detail(detail).hint("Delete its column rules."),
        );
    }
    Ok(id)
}

fn unknown_table(name: &QualifiedName, schema: &Schema) -> Diagnostic {
    let known: Vec<String> = schema.catalog.tables.iter().map(|table| plain_table(&table.name)).collect();
    let plain_name = plain_table(name);
    let diagnostic =
        Diagnostic::rule("unknown_table", format!("table named in rule does not exist: {plain_name}"));
    match nearest(&plain_name, known.iter().map(String::as_str)) {
        Some(near) => diagnostic.hint(format!("Perhaps you meant [table.{}].", toml_key(near))),
        None => diagnostic.hint("Correct the name, or delete the rules if the table was dropped."),
    }
}

fn unknown_column(table: TableId, column: &At<String>, schema: &Schema) -> Diagnostic {
    let columns = &schema.catalog.table(table).columns;
    let message = format!(
        "column named in rule does not exist: column {} of table {}",
        plain(&column.value),
        schema.table_label(table)
    );
    let near = nearest(&column.value, columns.iter().map(|column| column.name.as_str()));
    let detail = match near {
        Some(near) => format!("The table has {} columns; the closest name is \"{near}\".", columns.len()),
        None => format!("The table has {} columns, none of a name like it.", columns.len()),
    };
    Diagnostic::rule("unknown_column", message)
        .detail(detail)
        .hint("Rename the key, or delete the rule if the column was dropped.")
        .at(Some(column.location.clone()))
}

fn rule_on_generated(at: ColumnRef, rule: &ColumnRule, schema: &Schema) -> Diagnostic {
    Diagnostic::rule("rule_on_generated", format!("column named in rule is generated: {}", schema.label(at)))
        .detail("Its values are never copied; the target makes them again from the columns that it reads.")
        .hint("Delete the rule, and write rules for the columns that it reads.")
        .at(Some(rule.column.location.clone()))
}

/// A name as a TOML key: bare where it can be.
pub(super) fn toml_key(name: &str) -> String {
    let bare = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if bare { name.to_owned() } else { toml_string(name) }
}

/// A name as a TOML string: a literal one where it holds double quotes or backslashes.
pub(super) fn toml_string(name: &str) -> String {
    if name.contains('\'') || name.chars().any(char::is_control) {
        basic_string(name)
    } else if name.contains(['"', '\\']) {
        format!("'{name}'")
    } else {
        format!("\"{name}\"")
    }
}

/// TOML's basic string (TOML 1.0, "String").
fn basic_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
