//! The rule language, tested from outside: text in, structure or diagnostics out.

mod errors;
mod examples;
mod names;

use super::*;
use crate::masks::MaskKind;

fn parsed(text: &str) -> RuleFile {
    match RuleFile::parse("waxwork.toml", text) {
        Ok(rules) => rules,
        Err(errors) => {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("refused:\n{}", errors.join("\n"))
        }
    }
}

fn name(text: &str) -> QualifiedName {
    name::table_name(text).unwrap()
}

fn columns(names: &[&str]) -> KeyExpression {
    KeyExpression::Columns(names.iter().map(|&name| name.to_owned()).collect())
}

fn value<T: Clone>(at: &Option<At<T>>) -> Option<T> {
    at.as_ref().map(|at| at.value.clone())
}

fn place(at: &Location) -> (u32, u32) {
    (at.line, at.column)
}

fn mask(rule: &Rule) -> (MaskKind, &MaskRule) {
    match rule {
        Rule::Mask(rule) => (MaskKind::from_name(&rule.mask.value).unwrap(), rule),
        other => panic!("no mask: {other:?}"),
    }
}

fn text(rule: &MaskRule, option: &str) -> String {
    match rule.option(option) {
        Some(OptionValue::Text(text)) => text.clone(),
        other => panic!("{option} is no text: {other:?}"),
    }
}
