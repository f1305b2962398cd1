//! What the file says of each column: names of tables and columns looked up in the catalog.

use super::Refusable;
use super::schema::{ColumnRef, Schema};
use crate::catalog::TableId;
use crate::diagnostic::Diagnostic;
use crate::ident::QualifiedName;
use crate::missing;
use crate::rules::name::plain_table;
use crate::rules::text::toml_key;
use crate::rules::{At, ColumnRule, RuleFile, TableRules};
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
                let unknown = missing::column(schema.catalog.table(id), &rule.column.value);
                diagnostics.push(unknown.at(Some(rule.column.location.clone())));
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
        return refuse(missing::table(schema.catalog, &name.value));
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
        return refuse(missing::rows(table).hint("Delete its column rules."));
    }
    Ok(id)
}

fn rule_on_generated(at: ColumnRef, rule: &ColumnRule, schema: &Schema) -> Diagnostic {
    Diagnostic::rule("rule_on_generated", format!("column named in rule is generated: {}", schema.label(at)))
        .detail("Its values are never copied; the target makes them again from the columns that it reads.")
        .hint("Delete the rule, and write rules for the columns that it reads.")
        .at(Some(rule.column.location.clone()))
}
