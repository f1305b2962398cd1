//! What to write for a column that no rule names: by its name, as the packs know names, and by its type.

use super::expression::{is_code_safe, mentions};
use super::gaps::section;
use super::keys::KeyGraph;
use super::partitions;
use super::schema::{ColumnRef, RootKey, Schema, part_columns};
use crate::catalog::{ColumnId, KeyPart, ValueType};
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
    let holds = |key: &RootKey| key.columns().contains(&at.column) || !expressions(key, at).is_empty();
    graph.is_key(at) || schema.unique_keys(at.table).iter().any(holds)
}

/// The expressions of a key that read a column, each with all that it reads.
fn expressions<'k>(key: &'k RootKey, at: ColumnRef) -> Vec<(&'k str, &'k [ColumnId])> {
    let read = key.parts.iter().filter_map(|part| match part {
        KeyPart::Expression { text, columns } if columns.contains(&at.column) => {
            Some((text.as_str(), columns.as_slice()))
        }
        _ => None,
    });
    read.collect()
}

/// `[redacted]`: a narrower column would show a piece of it.
const REDACTED_CHARS: u32 = 10;

/// What a shipped pack would say, whether the file names the pack or not.
fn suggestion_by_name(schema: &Schema, graph: &KeyGraph, at: ColumnRef) -> Option<String> {
    let value_type = schema.value_type(at);
    let rule = packs::suggest(schema.column(at), &value_type)?;
    let fits = match rule {
        Rule::Mask(mask) => {
            let kind = MaskKind::from_name(&mask.mask.value)?;
            let unique = is_unique(schema, graph, at);
            fits_width(kind, &value_type)
                && (!unique || keeps_apart(kind, &value_type))
                && !is_bound(schema, at)
        }
        _ => true,
    };
    fits.then(|| rule.to_string())
}

/// The mask has results that are short enough for the column.
fn fits_width(kind: MaskKind, value_type: &ValueType) -> bool {
    value_type.max_chars().is_none_or(|chars| chars >= kind.least_chars())
}

/// Something hangs on each of the column's values: an exclusion constraint, a partition, or the predicate or an
/// expression of a unique index. What a mask may do there no type says.
fn is_bound(schema: &Schema, at: ColumnRef) -> bool {
    let excluded = |column: &ColumnRef| {
        let table = schema.catalog.table(column.table);
        let parts = table.exclusions.iter().flat_map(|exclusion| &exclusion.parts);
        let reads = |exclusion: &str| mentions(exclusion, schema.column(*column).name.as_str());
        parts.into_iter().any(|(part, _)| part_columns(part).contains(&column.column))
            || table.exclusions.iter().filter_map(|one| one.predicate.as_deref()).any(reads)
    };
    let name = schema.column(at).name.as_str();
    let folds = |(text, columns): (&str, &[ColumnId])| columns == [at.column] && is_code_safe(text, name);
    let of_index = |key: &RootKey| {
        key.predicate_columns.contains(&at.column) || !expressions(key, at).into_iter().all(folds)
    };
    let own = schema.tree(at.table).into_iter().filter_map(|table| {
        Some(ColumnRef { table, column: schema.catalog.table(table).find_column(name)? })
    });
    let leaves_partitions = schema.partitions_by(at) && partitions::reflection(schema, at).is_none();
    leaves_partitions
        || schema.unique_keys(at.table).iter().any(of_index)
        || own.into_iter().any(|column| excluded(&column))
}

/// `date.shift` by the rest of the column's key: rows that agree on it move alike, and so stay apart.
fn shift_within_key(schema: &Schema, at: ColumnRef) -> Option<String> {
    let mut keys = schema.unique_keys(at.table).into_iter().filter(|key| key.columns().contains(&at.column));
    let key = keys.next().filter(|key| keys.next().is_none() && !key.key.nulls_not_distinct)?;
    let beside = |column: &ColumnId| {
        let other = schema.value_type(ColumnRef { column: *column, ..at });
        *column != at.column && (other.is_integer() || other == ValueType::Uuid)
    };
    let by = key.columns().into_iter().find(beside)?;
    let by = toml_string(schema.column(ColumnRef { column: by, ..at }).name.as_str());
    Some(format!("{{ mask = \"date.shift\", by = {by} }}"))
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
    if is_bound(schema, at) {
        return None;
    }
    let mask = match value_type.scalar() {
        T::Text(_) if key && keeps_apart(MaskKind::Token, &value_type) => MaskKind::Token,
        // Letters of an alphabet may be one under lower().
        T::Text(_) if schema.unique_keys(at.table).iter().any(|key| !expressions(key, at).is_empty()) => {
            return None;
        }
        T::Text(_) if key => {
            let alphabet = if schema.column(at).nondeterministic { "digits" } else { "alnum" };
            return Some(format!("{{ mask = \"id.permute\", alphabet = \"{alphabet}\" }}"));
        }
        T::Text(_) if value_type.max_chars().is_some_and(|chars| chars < REDACTED_CHARS) => MaskKind::Shape,
        T::Text(_) => MaskKind::Redact,
        T::Int2 | T::Int4 | T::Int8 | T::Uuid if key => MaskKind::Permute,
        T::Uuid | T::Bytea => MaskKind::Token,
        other if !key && MaskKind::DateShift.holds(other) => MaskKind::DateShift,
        T::Date | T::Timestamp | T::TimestampTz if shift_within_key(schema, at).is_some() => {
            return shift_within_key(schema, at);
        }
        // As leaves they would keep their flags.
        T::Json | T::Jsonb if !key => MaskKind::Redact,
        T::Hstore if !key => {
            return Some("{ mask = \"json\", rest = \"text.redact\" }".to_owned());
        }
        T::Inet => MaskKind::Ip,
        other if !key && MaskKind::Noise.holds(other) => MaskKind::Noise,
        _ if !schema.column(at).not_null => MaskKind::Null,
        // The words of other columns.
        T::Other(name) if name == "tsvector" && !key => {
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
