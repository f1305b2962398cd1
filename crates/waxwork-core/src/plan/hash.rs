//! The plan's hash: plans that choose other rows, or treat a value otherwise, have other hashes.

use super::text::form;
use super::{
    Becomes, By, ByField, ColumnAction, IntegerMap, JsonAction, JsonSpec, KeyForm, KnownColumn, MaskSpec,
    Plan, ScrubSpec, TemplatePart,
};
use crate::catalog::{Catalog, Table};
use crate::condition::to_sql;
use crate::masks::ALGORITHM_VERSION;

impl Plan {
    /// BLAKE3 of the text, of what it does not show (conditions, and options of masks), and of the algorithms' version.
    pub fn hash(&self, catalog: &Catalog) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&ALGORITHM_VERSION.to_le_bytes());
        for part in std::iter::once(self.to_text(catalog)).chain(self.hidden(catalog)) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    /// What decides rows or values and is not shown, or not all of it.
    fn hidden(&self, catalog: &Catalog) -> Vec<String> {
        let seeds = self.subset.seeds.iter().filter_map(|seed| seed.condition.as_ref());
        let references = self.subset.references.iter().filter_map(|reference| reference.condition.as_ref());
        let conditions = seeds.chain(references).map(|condition| condition.sql.clone());
        let keys =
            self.subset.seeds.iter().filter_map(|seed| seed.stated_keys()).flat_map(|stated| &stated.keys);
        let keys = keys.flat_map(|key| key.values.clone());
        let context = self.tables.iter().flat_map(|table| &table.context);
        let mut parts: Vec<String> = conditions.chain(keys).collect();
        parts.extend(context.map(|field| form(field.canonical).to_owned()));
        for plan in &self.tables {
            let table = catalog.table(plan.table);
            plan.columns.iter().for_each(|column| action_parts(&column.action, table, catalog, &mut parts));
        }
        let commands = self.scrubbers.iter().flat_map(|scrubber| &scrubber.command.value);
        parts.extend(commands.cloned());
        let derived = self.tables.iter().flat_map(|table| &table.derived);
        parts.extend(derived.map(|derived| derived.sql.value.clone()));
        for row in self.inserts.iter().flat_map(|insert| &insert.rows) {
            parts.push(format!("{} values", row.values.len()));
            let values = row.values.iter().map(|(column, value)| (column.0.to_string(), value.text()));
            parts.extend(values.flat_map(|(column, value)| [column, value.to_owned()]));
        }
        parts
    }
}

fn action_parts(action: &ColumnAction, table: &Table, catalog: &Catalog, parts: &mut Vec<String>) {
    match action {
        ColumnAction::Mask(spec) => spec_parts(spec, parts),
        ColumnAction::Cases { cases, otherwise } => {
            for case in cases {
                let quoted = &mut |literal: &str| format!("{literal:?}");
                parts.push(to_sql(&case.when, table, catalog, "t", quoted));
                action_parts(&case.action, table, catalog, parts);
            }
            action_parts(otherwise, table, catalog, parts);
        }
        ColumnAction::Keep { .. } | ColumnAction::Null => {}
    }
}

/// Every field of a mask, shown or not: a new one does not compile before it stands here.
fn spec_parts(spec: &MaskSpec, parts: &mut Vec<String>) {
    let MaskSpec {
        kind,
        domain,
        identity,
        injective,
        max_chars,
        integers,
        mask_nulls,
        options,
        json,
        template,
        scrub,
        key_form,
        by,
        gender,
        reflect,
        // It is of the rows, on which no plan depends.
        common: _,
    } = spec;
    let map = integers.map(|IntegerMap { from, range }| (from, range));
    let by = by.as_ref().map(|By { field, root }| format!("{} {root}", field_part(*field)));
    parts.extend([kind.name().to_owned(), domain.clone()]);
    parts.push(identity.clone().unwrap_or_default());
    parts.push(format!("{injective} {mask_nulls} {max_chars:?} {map:?} {reflect:?}"));
    parts.push(key_form.map_or("none", key_form_name).to_owned());
    for (name, setting) in options.iter() {
        parts.extend([name.to_owned(), setting.to_string()]);
    }
    parts.push(by.as_ref().map_or("none", |_| "by").to_owned());
    parts.extend(by);
    parts.push(gender.map_or("none".to_owned(), field_part));
    // Its text stands among the options; a column may stand in another place.
    parts.extend(template.iter().filter_map(|part| match part {
        TemplatePart::Column(at) => Some(format!("column {at}")),
        TemplatePart::Text(_) => None,
    }));
    if let Some(ScrubSpec { known, recognised, scrubber }) = scrub.as_deref() {
        parts.push(format!("{} known, {} recognised", known.len(), recognised.len()));
        known.iter().for_each(|known| known_parts(known, parts));
        recognised.iter().for_each(|spec| spec_parts(spec, parts));
        parts.extend(scrubber.clone());
    }
    if let Some(JsonSpec { paths, kept_keys, rest }) = json {
        parts.push(format!("{} kept keys, {} paths", kept_keys.len(), paths.len()));
        for (path, key_form) in kept_keys {
            parts.extend([path.clone(), key_form_name(*key_form).to_owned()]);
        }
        for (path, action) in paths.iter().map(|(path, action)| (path.as_str(), action)).chain([("", rest)]) {
            parts.push(path.to_owned());
            json_parts(action, parts);
        }
    }
}

fn field_part(field: ByField) -> String {
    match field {
        ByField::Column(at) => format!("column {at}"),
        ByField::Context(at) => format!("context {at}"),
    }
}

fn known_parts(known: &KnownColumn, parts: &mut Vec<String>) {
    let KnownColumn { field, value_type, is_name, becomes } = known;
    parts.push(format!("{} {value_type:?} {is_name}", field_part(*field)));
    match becomes {
        Becomes::Own(at) => parts.push(format!("column {at}")),
        Becomes::Masked(spec) => spec_parts(spec, parts),
        Becomes::Redacted => parts.push("redacted".to_owned()),
    }
}

fn json_parts(action: &JsonAction, parts: &mut Vec<String>) {
    match action {
        JsonAction::Keep => parts.push("keep".to_owned()),
        JsonAction::Null => parts.push("null".to_owned()),
        JsonAction::Mask(spec) => spec_parts(spec, parts),
    }
}

fn key_form_name(key_form: KeyForm) -> &'static str {
    match key_form {
        KeyForm::Integer => "integer",
        KeyForm::Uuid => "uuid",
        KeyForm::Any => "any",
    }
}
