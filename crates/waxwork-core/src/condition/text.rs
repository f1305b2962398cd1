//! Predicates for the plan's text: columns and operators, of literals the kind and the length.

use super::{Check, Predicate, Truth};
use crate::catalog::{Catalog, ColumnId, Table};
use crate::masks::TypeClass;
use crate::rules::name::plain;

/// `country = (text of 2) and age >= (integer of 2)`; constants of a `[[reference]]` stand as they are.
pub(crate) fn to_text(predicate: &Predicate, table: &Table, catalog: &Catalog) -> String {
    match predicate {
        Predicate::All(parts) => joined(parts, " and ", table, catalog),
        Predicate::Any(parts) => joined(parts, " or ", table, catalog),
        Predicate::Not(inner) => format!("not {}", enclosed(inner, table, catalog)),
        Predicate::Is(inner, truth) => {
            let truth = match truth {
                Truth::True => "true",
                Truth::False => "false",
                Truth::Unknown => "unknown",
            };
            format!("{} is {truth}", enclosed(inner, table, catalog))
        }
        Predicate::Test(column, check) => test(*column, check, table, catalog),
    }
}

fn joined(parts: &[Predicate], word: &str, table: &Table, catalog: &Catalog) -> String {
    let parts: Vec<String> = parts.iter().map(|part| enclosed(part, table, catalog)).collect();
    parts.join(word)
}

fn enclosed(predicate: &Predicate, table: &Table, catalog: &Catalog) -> String {
    let text = to_text(predicate, table, catalog);
    if matches!(predicate, Predicate::Test(..)) { text } else { format!("({text})") }
}

fn test(column: ColumnId, check: &Check, table: &Table, catalog: &Catalog) -> String {
    let definition = table.column(column);
    let name = plain(definition.name.as_str());
    let class = TypeClass::of(&catalog.value_type(definition)).name();
    let literal = |text: &str| format!("({class} of {})", text.chars().count());
    match check {
        Check::Null => format!("{name} is null"),
        Check::True => name,
        Check::Compare(operator, text) => format!("{name} {} {}", operator.symbol(), literal(text)),
        Check::OneOf(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| literal(text)).collect();
            format!("{name} in ({})", texts.join(", "))
        }
        Check::Like { pattern, fold } => {
            let word = if *fold { "ilike" } else { "like" };
            format!("{name} {word} (pattern of {})", pattern.chars().count())
        }
        Check::Form(form) => format!("{name} = {form:?}"),
    }
}
