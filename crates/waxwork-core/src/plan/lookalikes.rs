//! Kept columns that look made from masked ones: by their type, a trigger, their name, or another table's columns.
//!
//! Only warnings: what a column holds is for whoever wrote the rule's reason to say. Timestamps and numbers that a trigger
//! keeps are passed over, as nobody is in them.

use super::decisions::{Verdict, Verdicts};
use super::schema::{ColumnRef, Schema};
use super::settings::Choice;
use crate::catalog::{TableId, TextKind, ValueType};
use crate::diagnostic::Diagnostic;
use crate::packs::words;
use crate::rules::name::plain;

/// Words of names under which hashes of other columns are kept.
const HASH_WORDS: [&str; 9] =
    ["md5", "sha1", "sha256", "sha512", "hash", "hashed", "digest", "checksum", "fingerprint"];

/// Characters of a hash in hexadecimal: MD5, SHA-1, SHA-256, SHA-512.
const HASH_CHARS: [u32; 4] = [32, 40, 64, 128];

/// Names of what applications make from other columns of a row.
const DERIVED_NAMES: [&str; 12] = [
    "slug",
    "full_name",
    "display_name",
    "search",
    "search_text",
    "search_vector",
    "initials",
    "permalink",
    "sort_name",
    "name_lower",
    "email_lower",
    "normalized",
];

/// First words of such names.
const DERIVED_PREFIXES: [&str; 5] = ["cached", "canonical", "normalized", "searchable", "search"];

/// Words of tables that hold what rows of others were.
const HISTORY_WORDS: [&str; 9] =
    ["audit", "audits", "history", "histories", "version", "versions", "archive", "backup", "log"];

/// A warning for each kept column that looks derived.
pub(super) fn warnings(schema: &Schema, verdicts: &Verdicts) -> Vec<Diagnostic> {
    let tables = schema.planned().filter(|table| schema.is_copied(*table));
    let kept = |table| schema.columns(table).filter(|at| is_kept_by_rule(verdicts.get(at)));
    let mut found = Vec::new();
    for table in tables {
        let masked = masked_columns(schema, verdicts, table);
        for at in kept(table) {
            if let Some(why) = made_from(schema, at, &masked) {
                found.push(warning("looks_derived", at, schema, &format!("made from masked ones, {why}")));
            } else if let Some(original) = copied_from(schema, verdicts, at) {
                let like = format!("copied from a masked one, {}", schema.label(original));
                found.push(warning("looks_copied", at, schema, &like));
            }
        }
    }
    found
}

fn warning(code: &'static str, at: ColumnRef, schema: &Schema, like: &str) -> Diagnostic {
    let message = format!("kept column looks {like}: {}", schema.label(at));
    Diagnostic::warning(code, message)
}

/// A key that is kept because what it refers to is kept is no copy of anything.
fn is_kept_by_rule(verdict: Option<&Verdict>) -> bool {
    let Some(Verdict::Decided(decision)) = verdict else { return false };
    let stated = !decision.is_followed() && decision.location.is_some();
    stated && matches!(decision.choice, Choice::Keep(_))
}

fn masked_columns(schema: &Schema, verdicts: &Verdicts, table: TableId) -> Vec<ColumnRef> {
    let masked = |at: &ColumnRef| verdicts.get(at).is_some_and(|verdict| verdict.masks().next().is_some());
    schema.columns(table).filter(masked).collect()
}

fn made_from(schema: &Schema, at: ColumnRef, masked: &[ColumnRef]) -> Option<String> {
    let value_type = schema.value_type(at);
    if masked.is_empty() || !may_tell(&value_type) {
        return None;
    }
    if matches!(&value_type, ValueType::Other(name) if name == "tsvector") {
        return Some("a tsvector".to_owned());
    }
    let fed = schema.catalog.fed_by_triggers.iter();
    let mut fed = fed.filter(|fed| schema.rule_column(fed.table, fed.column) == Some(at));
    if let Some(fed) = fed.next() {
        return Some(format!("as trigger {} writes it", plain(fed.trigger.as_str())));
    }
    let masks_text = masked.iter().any(|at| matches!(schema.value_type(*at), ValueType::Text(_)));
    let name = words(schema.column(at).name.as_str());
    let is_hash = looks_hashed(&name, &value_type);
    (masks_text && (is_hash || is_derived_name(&name))).then(|| match is_hash {
        true => "a hash by its name or length".to_owned(),
        false => "by its name".to_owned(),
    })
}

/// Values of these types say who somebody is when they are made from what does.
fn may_tell(value_type: &ValueType) -> bool {
    use ValueType as T;
    matches!(value_type.scalar(), T::Text(_) | T::Bytea | T::Json | T::Jsonb | T::Hstore | T::Uuid)
        || matches!(value_type, T::Other(name) if name == "tsvector")
}

fn looks_hashed(name: &str, value_type: &ValueType) -> bool {
    let fixed = match value_type {
        ValueType::Text(text) if text.kind == TextKind::Bpchar => text.max_chars,
        _ => None,
    };
    fixed.is_some_and(|chars| HASH_CHARS.contains(&chars))
        || name.split('_').any(|word| HASH_WORDS.contains(&word))
}

fn is_derived_name(name: &str) -> bool {
    let first = name.split_once('_').map_or("", |(first, _)| first);
    DERIVED_NAMES.contains(&name) || DERIVED_PREFIXES.contains(&first)
}

/// The masked column of another table that has this one's name and type, where this one's table is by its name that
/// table's history.
fn copied_from(schema: &Schema, verdicts: &Verdicts, at: ColumnRef) -> Option<ColumnRef> {
    let column = schema.column(at);
    let of = history_of(&words(schema.table(at).name.name.as_str()))?;
    let originals = schema.planned().filter(|table| {
        let name = words(schema.catalog.table(*table).name.name.as_str());
        *table != at.table && stem(&name) == stem(&of)
    });
    let masked = originals.flat_map(|table| masked_columns(schema, verdicts, table));
    let same = |original: &ColumnRef| {
        schema.column(*original).name == column.name && schema.value_type(*original) == schema.value_type(at)
    };
    masked.into_iter().find(same)
}

/// `user` for `user_history` and `audit_user`.
fn history_of(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split('_').collect();
    let left: Vec<&str> = words.iter().copied().filter(|word| !HISTORY_WORDS.contains(word)).collect();
    (left.len() < words.len() && !left.is_empty()).then(|| left.join("_"))
}

/// Without the ending of a plural.
fn stem(name: &str) -> &str {
    name.strip_suffix("es").or_else(|| name.strip_suffix('s')).unwrap_or(name)
}
