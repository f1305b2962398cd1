//! Literals in DDL: a default, a CHECK or a partition bound can name a person as well as a row can.
//!
//! Every string constant of every entry that will run, and every database setting that the copy repeats, is held against `waxwork_core::detect`; what looks personal
//! stops the run (exit 3) unless `[policy] ddl_literals` lists the object.

use crate::error::RunError;
use crate::schema::{SchemaWork, label};
use waxwork_core::detect;
use waxwork_core::report::{Finding, exit};
use waxwork_pg::SchemaEntry;
use waxwork_pg::source::DatabaseSetting;
use waxwork_pg::sql_text::{TokenKind, tokens};

/// Refuses what looks personal, all objects at once.
///
/// # Errors
/// Exit 3, one error per object; kinds and counts only.
pub(crate) fn check(
    work: &SchemaWork,
    settings: &[DatabaseSetting],
    allowed: &[String],
) -> Result<(), RunError> {
    let is_allowed = |names: &[String]| names.iter().any(|name| allowed.contains(name));
    let entries = work.entries().filter(|entry| !is_allowed(&names(entry)));
    let settings = settings.iter().map(|setting| (setting_label(setting), setting));
    let settings = settings.filter(|(label, _)| !allowed.contains(label));
    let errors: Vec<Finding> = entries
        .filter_map(|entry| finding(&label(entry), string_literals(&entry.definition)))
        .chain(settings.filter_map(|(label, setting)| finding(&label, std::iter::once(&*setting.value))))
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(RunError::of(exit::UNLISTED, errors))
}

/// The spellings by which the policy may list an object.
fn names(entry: &SchemaEntry) -> Vec<String> {
    let schema = &entry.namespace;
    let bare = entry.tag.clone();
    let qualified = format!("{schema}.{}", entry.tag);
    // Constraints, defaults and triggers are tagged `table name`: the table lists them all.
    let owner = entry.tag.split(' ').next().unwrap_or_default();
    vec![label(entry), qualified, bare, format!("{schema}.{owner}"), owner.to_owned()]
}

/// String constants with their quotes, dollar-quoted bodies included.
fn string_literals(sql: &str) -> impl Iterator<Item = &str> {
    tokens(sql).filter(|token| token.kind == TokenKind::String).map(|token| token.text)
}

fn setting_label(setting: &DatabaseSetting) -> String {
    format!("DATABASE SETTING {}", setting.name)
}

fn finding<'a>(label: &str, literals: impl Iterator<Item = &'a str>) -> Option<Finding> {
    let mut kinds: Vec<detect::Kind> = literals.flat_map(detect::personal).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        return None;
    }
    let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
    let found = Finding::new("ddl_literal", format!("literal in DDL looks personal: {label}"))
        .detail(format!("Its definition holds what looks like: {}.", words.join(", ")))
        .hint(format!("Change it in the source, or accept it with [policy] ddl_literals = [{label:?}]."));
    Some(found)
}
