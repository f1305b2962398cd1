//! Masks at work, for the manual and for measuring: the registry's sample through rule file, plan and mask, under a key
//! that everybody knows.
//!
//! ```text
//!   MaskInfo (sample, first example, first type) ─► rules + catalog ─► Plan ─► TableMask ─► Example
//! ```

use crate::{Keyring, MaskKey, TableMask, field_type};
use std::collections::BTreeMap;
use waxwork_copy::row::{begin_row, end_field, end_row};
use waxwork_copy::{
    BINARY_HEADER, BINARY_TRAILER, BatchBuilder, FieldType, RawBatch, RowCursor, Value, Wire, decode, encode,
};
use waxwork_core::catalog::{Catalog, Column, Estimate, Generation, PgType, Table, TableKind, TypeKind};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::masks::manual::{Example, Page};
use waxwork_core::masks::{MaskInfo, MaskKind, OptionKind, TypeClass};
use waxwork_core::plan::{Plan, Probe};
use waxwork_core::rules::RuleFile;

/// The manual's page of a mask, with an example.
pub fn page(kind: MaskKind) -> Page {
    kind.page(Specimen::of(kind, Wire::Text).and_then(|specimen| specimen.example()))
}

/// One mask on one column, beside an `id` and a `name`.
#[derive(Debug)]
pub struct Specimen {
    mask: TableMask,
    kind: MaskKind,
    wire: Wire,
    types: [FieldType; 3],
    rule: String,
    type_name: &'static str,
}

impl Specimen {
    /// The registry's first example of a mask on its first type; `None` where it takes more than one column shows.
    pub fn of(kind: MaskKind, wire: Wire) -> Option<Self> {
        let info = kind.info();
        let (oid, type_name) = pg_type(*info.holds.first()?);
        let rule = rule(info);
        let file = format!(
            "version = 1\n[table.t]\nid = {{ keep = \"a number\" }}\nname = {{ keep = \"made up\" }}\nc = {rule}\n"
        );
        let catalog = catalog(oid, type_name);
        let rules = RuleFile::parse("the manual", &file).ok()?;
        let mut plan = Plan::compile(&rules, &catalog).ok()?;
        answer(&mut plan, info.sample);
        let table = &plan.tables[0];
        let key = MaskKey::from_bytes(std::array::from_fn(|at| at as u8));
        let mask = TableMask::compile(&Keyring::new(&key, ""), table, &catalog, wire).ok()?;
        let types = [0, 1, 2].map(|at| field_type(&table.columns[at].value_type));
        Some(Self { mask, kind, wire, types, rule, type_name })
    }

    /// The mask.
    pub fn mask(&self) -> &TableMask {
        &self.mask
    }

    /// The column's type.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// COPY's bytes of so many rows: the registry's sample, what becomes of it, what becomes of that, and so on, so that
    /// values differ and are of the mask's class. `None` when the sample is not of its type.
    pub fn stream(&self, rows: usize) -> Option<Vec<u8>> {
        let mut stream = header(self.wire);
        let mut value = self.sample()?;
        for id in 1..=rows {
            self.push_row(id, &value, &mut stream)?;
            value = self.masked(id, &value)?.unwrap_or(value);
        }
        stream.extend_from_slice(trailer(self.wire));
        Some(stream)
    }

    fn sample(&self) -> Option<Value<'static>> {
        read(Wire::Text, &self.types[2], &escaped(self.kind.info().sample)?)
    }

    fn push_row(&self, id: usize, value: &Value<'_>, stream: &mut Vec<u8>) -> Option<()> {
        let name = Value::Text(b"Anna Schmidt".into());
        begin_row(self.wire, 3, stream);
        for (at, (field, kind)) in
            [&Value::Int(id as i64), &name, value].into_iter().zip(&self.types).enumerate()
        {
            if at > 0 {
                end_field(self.wire, stream);
            }
            encode(self.wire, kind, field, stream).ok()?;
        }
        end_row(self.wire, stream);
        Some(())
    }

    /// What becomes of a value in the row of that `id`; `None` inside: NULL.
    fn masked(&self, id: usize, value: &Value<'_>) -> Option<Option<Value<'static>>> {
        self.masked_field(id, value, |wire, field| read(wire, &self.types[2], field))
    }

    fn masked_field<T>(
        &self,
        id: usize,
        value: &Value<'_>,
        read: impl Fn(Wire, &[u8]) -> Option<T>,
    ) -> Option<Option<T>> {
        let mut stream = header(self.wire);
        self.push_row(id, value, &mut stream)?;
        stream.extend_from_slice(trailer(self.wire));
        let masked = self.mask.apply(batch(self.wire, &stream)?).ok()?;
        let mut stream = header(self.wire);
        stream.extend_from_slice(&masked.into_bytes());
        stream.extend_from_slice(trailer(self.wire));
        let batch = batch(self.wire, &stream)?;
        let mut fields = Vec::new();
        RowCursor::new(&batch).next_row(&mut fields).ok()?;
        let field = fields.last()?;
        if field.null {
            return Some(None);
        }
        Some(Some(read(self.wire, &batch.bytes()[field.range()])?))
    }

    fn example(&self) -> Option<Example> {
        // COPY's escapes undone: the type's text form.
        let text = |wire: Wire, field: &[u8]| match read(wire, &FieldType::Text, field)? {
            Value::Text(text) => String::from_utf8(text.into_owned()).ok(),
            _ => None,
        };
        Some(Example {
            rule: self.rule.clone(),
            type_name: self.type_name,
            input: self.kind.info().sample.to_owned(),
            output: self.masked_field(1, &self.sample()?, text)?,
        })
    }
}

fn header(wire: Wire) -> Vec<u8> {
    if wire == Wire::Binary { BINARY_HEADER.to_vec() } else { Vec::new() }
}

fn trailer(wire: Wire) -> &'static [u8] {
    if wire == Wire::Binary { &BINARY_TRAILER } else { &[] }
}

/// A whole stream as one batch.
pub fn batch(wire: Wire, stream: &[u8]) -> Option<RawBatch> {
    let mut builder = BatchBuilder::new(wire, stream.len());
    builder.push(stream).ok()?;
    builder.finish().ok()?
}

fn read(wire: Wire, kind: &FieldType, field: &[u8]) -> Option<Value<'static>> {
    Some(decode(wire, kind, field, &mut Vec::new()).ok()?.into_owned())
}

fn escaped(text: &str) -> Option<Vec<u8>> {
    let mut field = Vec::new();
    encode(Wire::Text, &FieldType::Text, &Value::Text(text.as_bytes().into()), &mut field).ok()?;
    Some(field)
}

/// The shortest rule for the mask: its name alone where that says all.
fn rule(info: &MaskInfo) -> String {
    let constants = info.options.iter().filter(|(name, _)| info.required.contains(name));
    let constants = constants.filter_map(|(name, kind)| match kind {
        OptionKind::Constant => Some(format!("{name} = \"unknown\"")),
        OptionKind::Constants => Some(format!("{name} = [\"red\", \"green\", \"blue\"]")),
        OptionKind::Weights => Some(format!("{name} = {{ red = 3, green = 1 }}")),
        _ => None,
    });
    let example = info.examples.first().copied().unwrap_or_default();
    let options: Vec<String> = constants.chain((!example.is_empty()).then(|| example.to_owned())).collect();
    if options.is_empty() {
        return format!("{:?}", info.name);
    }
    format!("{{ mask = {:?}, {} }}", info.name, options.join(", "))
}

/// Stands in for what the engine looks up in the source.
fn answer(plan: &mut Plan, sample: &str) {
    let is_asked = |probe: &Probe| matches!(probe, Probe::CommonValues { .. });
    if plan.probes.iter().any(is_asked) {
        let common: Vec<(String, u64)> = [sample, "1", "2"]
            .into_iter()
            .zip([30, 20, 10])
            .map(|(text, rows)| (text.to_owned(), rows))
            .collect();
        let specs = plan.tables[0].columns[2].action.masks_mut();
        specs.into_iter().for_each(|spec| spec.common.clone_from(&common));
    }
}

/// The type that stands for a class: its OID in `pg_type.dat`, and its name.
fn pg_type(class: TypeClass) -> (u32, &'static str) {
    match class {
        TypeClass::Text => (25, "text"),
        TypeClass::Integer => (23, "int4"),
        TypeClass::Float => (701, "float8"),
        TypeClass::Numeric => (1700, "numeric"),
        TypeClass::Bool => (16, "bool"),
        TypeClass::Date => (1082, "date"),
        TypeClass::Time => (1083, "time"),
        TypeClass::Timestamp => (1114, "timestamp"),
        TypeClass::TimestampTz => (1184, "timestamptz"),
        TypeClass::Interval => (1186, "interval"),
        TypeClass::Uuid => (2950, "uuid"),
        TypeClass::Bytea => (17, "bytea"),
        TypeClass::Json => (3802, "jsonb"),
        TypeClass::Hstore => (HSTORE, "hstore"),
        TypeClass::Inet => (869, "inet"),
        TypeClass::Cidr => (650, "cidr"),
        TypeClass::Enum => (MOOD, "mood"),
        TypeClass::NumberRange => (3904, "int4range"),
        TypeClass::DateRange => (3912, "daterange"),
        TypeClass::TimestampRange => (3908, "tsrange"),
        TypeClass::Other => (600, "point"),
    }
}

/// An enum of the manual's own.
const MOOD: u32 = 90_000;

/// An extension's type has an OID of its own in each database.
const HSTORE: u32 = 90_001;

fn catalog(oid: u32, type_name: &str) -> Catalog {
    let columns = [("id", 20, "int8"), ("name", 25, "text"), ("c", oid, type_name)];
    let types = columns.map(|(_, oid, name)| {
        let kind = match oid {
            MOOD => TypeKind::Enum { labels: ["ok", "so so", "gone"].map(str::to_owned).to_vec() },
            _ if name.ends_with("range") => TypeKind::Range,
            _ => TypeKind::Base,
        };
        let extension = (oid == HSTORE).then(|| name.to_owned());
        let name = QualifiedName::new("pg_catalog", name);
        (oid, PgType { oid, name, kind, extension, has_binary: true })
    });
    let columns = columns.iter().zip(1..).map(|((name, oid, type_name), number)| Column {
        name: Ident::new(*name),
        number,
        type_oid: *oid,
        type_name: (*type_name).to_owned(),
        typmod: -1,
        not_null: false,
        generation: Generation::Plain,
        nondeterministic: false,
    });
    let table = table(columns.collect());
    Catalog { tables: vec![table], types: BTreeMap::from(types), ..Catalog::default() }
}

fn table(columns: Vec<Column>) -> Table {
    Table {
        oid: 1,
        name: QualifiedName::new("public", "t"),
        sql_name: "public.t".to_owned(),
        kind: TableKind::Ordinary,
        partition_of: None,
        inherits: Vec::new(),
        columns,
        unique_keys: Vec::new(),
        exclusions: Vec::new(),
        checks: Vec::new(),
        partition_key: None,
        partition_bound: None,
        access_method: "heap".to_owned(),
        row_security: false,
        extension: None,
        estimate: Estimate::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mask_has_an_example_that_changes_its_sample() {
        for kind in MaskKind::all() {
            let page = page(kind);
            let example = page.example.unwrap_or_else(|| panic!("no example of {}", page.name));
            let may_stay = !page.gives_back.is_empty();
            assert!(may_stay || example.output.as_ref() != Some(&example.input), "{}", page.name);
            assert_eq!(example.output.is_none(), kind == MaskKind::Null, "{}", page.name);
        }
    }

    #[test]
    fn the_type_that_stands_for_a_class_is_of_it() {
        for class in TypeClass::ALL {
            let (oid, name) = pg_type(class);
            let value_type = catalog(oid, name).resolve(oid, -1);
            assert_eq!(TypeClass::of(&value_type), class, "{name}");
        }
    }
}
