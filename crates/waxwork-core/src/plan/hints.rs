//! What to write for a column that no rule names: by its name, as the packs know names, and by its type.

use super::gaps::section;
use super::keys::KeyGraph;
use super::schema::{ColumnRef, Schema};
use crate::catalog::ValueType;
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use crate::packs;
use crate::rules::Rule;
use crate::rules::name::{plain, plain_table};
use crate::rules::text::{toml_key, toml_string};

/// A column that no rule names, with the line to paste.
pub(super) fn unlisted(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> Diagnostic {
    let name = toml_key(schema.column(at).name.as_str());
    let keep = format!("{name} = {{ keep = \"why nobody is in it\" }}");
    let refers = looks_like_reference(schema, graph, at);
    // What a type alone says of an id would tear it from its parent.
    let by_type = || if refers { None } else { suggestion_by_type(schema, graph, at) };
    let lines = match suggestion_by_name(schema, graph, at).or_else(by_type) {
        Some(rule) => format!("{name} = {rule}, or {keep}"),
        None => keep,
    };
    let reference = if refers { declaration(schema, at) } else { String::new() };
    let message = format!("column is named by no rule: {}", schema.label(at));
    Diagnostic::unlisted("unlisted_column", message)
        .hint(format!("Add under {}: {lines}.{reference}", section(schema, at)))
}

/// The column must keep its values apart.
fn is_unique(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> bool {
    graph.is_key(at) || schema.unique_keys(at.table).iter().any(|key| key.columns().contains(&at.column))
}

/// What a shipped pack would say, whether the file names the pack or not.
fn suggestion_by_name(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> Option<String> {
    let value_type = schema.value_type(at);
    let rule = packs::suggest(schema.column(at), &value_type)?;
    let fits = match rule {
        Rule::Mask(mask) if is_unique(schema, graph, at) => {
            MaskKind::from_name(&mask.mask.value).is_some_and(|kind| keeps_apart(kind, &value_type))
        }
        _ => true,
    };
    fits.then(|| rule.to_string())
}

/// The mask can be one to one within the column's length.
pub(super) fn keeps_apart(kind: MaskKind, value_type: &ValueType) -> bool {
    kind.can_be_injective(value_type)
        && value_type.max_chars().is_none_or(|chars| chars >= kind.injective_min_chars())
}

/// A rule that would pass for the column's type.
fn suggestion_by_type(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> Option<String> {
    use ValueType as T;
    let value_type = schema.value_type(at);
    let key = is_unique(schema, graph, at);
    let mask = match value_type.scalar() {
        T::Text(_) if key && keeps_apart(MaskKind::Token, &value_type) => MaskKind::Token,
        T::Text(_) if key => {
            let alphabet = if schema.column(at).nondeterministic { "digits" } else { "alnum" };
            return Some(format!("{{ mask = \"id.permute\", alphabet = \"{alphabet}\" }}"));
        }
        T::Text(_) => MaskKind::Redact,
        T::Int2 | T::Int4 | T::Int8 | T::Uuid if key => MaskKind::Permute,
        T::Uuid | T::Bytea => MaskKind::Token,
        other if !key && MaskKind::DateShift.holds(other) => MaskKind::DateShift,
        T::Json | T::Jsonb | T::Hstore if !key => {
            return Some("{ mask = \"json\", rest = \"text.redact\" }".to_owned());
        }
        T::Inet => MaskKind::Ip,
        other if !key && MaskKind::Noise.holds(other) => MaskKind::Noise,
        _ if !schema.column(at).not_null => MaskKind::Null,
        // The words of other columns.
        T::Other(name) if name == "tsvector" => {
            return Some("{ mask = \"constant\", value = \"\" }".to_owned());
        }
        _ => return None,
    };
    Some(format!("\"{}\"", mask.name()))
}

/// Endings of names that hold another table's key.
const REFERENCE_ENDINGS: [&str; 4] = ["_id", "_ids", "_uuid", "_fk"];

/// By its name it holds another table's key: it is not its own table's, and no reference is declared.
fn looks_like_reference(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> bool {
    let name = packs::words(schema.column(at).name.as_str());
    let own_key =
        schema.unique_keys(at.table).iter().any(|key| key.key.primary && key.columns() == [at.column]);
    REFERENCE_ENDINGS.iter().any(|ending| name.ends_with(ending)) && !own_key && !graph.is_key(at)
}

/// `[[reference]]` for a column, with the parent that its name promises.
fn declaration(schema: &Schema, at: ColumnRef) -> String {
    let parent = likely_parent(schema, at).unwrap_or_else(|| "table(key)".to_owned());
    let elements = if matches!(schema.value_type(at), ValueType::Array { .. }) { "[*]" } else { "" };
    let column = plain(schema.column(at).name.as_str());
    let child = format!("{}({column}{elements})", plain_table(&schema.table(at).name));
    format!(
        " If it holds another table's key, declare that instead, and it follows: [[reference]] child = {}, parent = {}.",
        toml_string(&child),
        toml_string(&parent)
    )
}

/// `customer(id)` for `billing_customer_id`: a table of that name, or in the plural, with a key of one column and type.
fn likely_parent(schema: &Schema, at: ColumnRef) -> Option<String> {
    let words = packs::words(schema.column(at).name.as_str());
    let (whole, _) = words.rsplit_once('_')?;
    let last = whole.rsplit('_').next().unwrap_or(whole);
    [whole, last].iter().find_map(|stem| {
        schema.planned().find_map(|id| {
            let table = schema.catalog.table(id);
            let name = packs::words(table.name.name.as_str());
            let same = name.strip_prefix(stem).is_some_and(|plural| matches!(plural, "" | "s" | "es"));
            let key = table.unique_keys.iter().find(|key| key.primary).filter(|_| same)?;
            let [column] = key.plain_columns()?[..] else { return None };
            let parent = ColumnRef { table: id, column };
            (schema.value_type(parent) == *schema.value_type(at).scalar()).then(|| {
                format!("{}({})", plain_table(&table.name), plain(schema.column(parent).name.as_str()))
            })
        })
    })
}
