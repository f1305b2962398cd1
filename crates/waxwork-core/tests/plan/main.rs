//! The plan compiler against small schemas: what each column becomes, and what is refused in which words.

#![expect(clippy::unwrap_used, reason = "a schema or rule of a test that cannot be read fails the test")]

mod conditions;
mod derived;
mod domains;
mod follow;
mod hints;
mod inserts;
mod lookalikes;
mod packs;
mod patterns;
mod people;
mod quasi;
mod schema;
mod scrubs;
mod structure;
mod templates;
mod text;
mod values;

use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::plan::{ColumnAction, ColumnPlan, MaskSpec, Plan};
use waxwork_core::rules::RuleFile;

/// Compiles rules against a schema.
fn compile(schema: &str, rules: &str) -> (Catalog, Result<Plan, Vec<Diagnostic>>) {
    let catalog = schema::catalog(schema);
    let text = format!("version = 1\n{rules}");
    let plan = match RuleFile::parse("rules.toml", &text) {
        Ok(file) => Plan::compile(&file, &catalog),
        Err(diagnostics) => panic!("{diagnostics:?}"),
    };
    (catalog, plan)
}

/// The plan of rules that must compile.
#[track_caller]
fn plan(schema: &str, rules: &str) -> (Catalog, Plan) {
    let (catalog, plan) = compile(schema, rules);
    match plan {
        Ok(plan) => (catalog, plan),
        Err(diagnostics) => {
            panic!("{}", diagnostics.iter().map(|found| format!("{found}\n")).collect::<String>())
        }
    }
}

/// `code: message` of everything that refuses the rules.
#[track_caller]
fn refusals(schema: &str, rules: &str) -> Vec<String> {
    let (_, plan) = compile(schema, rules);
    let diagnostics = plan.expect_err("the rules are refused");
    diagnostics.iter().map(|found| format!("{}: {}", found.code, found.message)).collect()
}

/// The rules are refused for one reason, in these words.
#[track_caller]
fn refused(schema: &str, rules: &str, expected: &str) {
    assert_eq!(refusals(schema, rules), [expected]);
}

fn table_id(catalog: &Catalog, name: &str) -> TableId {
    catalog.table_ids().find(|id| catalog.table(*id).name.name.as_str() == name).unwrap()
}

/// `table.column` of a plan.
fn column<'p>(catalog: &Catalog, plan: &'p Plan, name: &str) -> &'p ColumnPlan {
    let (table, column) = name.split_once('.').unwrap();
    let id = table_id(catalog, table);
    let column = catalog.table(id).find_column(column).unwrap();
    plan.table(id).unwrap().columns.iter().find(|found| found.column == column).unwrap()
}

/// The mask of `table.column`.
#[track_caller]
fn spec<'p>(catalog: &Catalog, plan: &'p Plan, name: &str) -> &'p MaskSpec {
    match &column(catalog, plan, name).action {
        ColumnAction::Mask(spec) => spec,
        other => panic!("{name} is {other:?}"),
    }
}
