//! Every mask of the registry, on every type that it holds, as a rule file asks for it.
//!
//! ```text
//!   MASKS × examples × pg::DECLARED × Variant ─► rule file + catalog ─► Plan::compile ─┬─► Refused
//!                                                                                      └─► Case ─► TableMask, either wire
//! ```
//!
//! A new entry of the registry is covered by being there. What goes in and comes out is written and read by [`crate::pg`]
//! and the codec's reference twin.

mod laws;
mod secrets;
mod unique;

use crate::pg::{Datum, Declared, Form, LABELS, TYPES, range_bounds};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use waxwork_copy::{BatchBuilder, Wire};
use waxwork_core::catalog::{
    Catalog, Column, ColumnId, Estimate, Generation, KeyPart, PgType, Table, TableKind, TypeKind, UniqueKey,
};
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::masks::{GivesBack, MASKS, MaskInfo, MaskKind, OptionKind, Unique};
use waxwork_core::plan::{CommonOf, Plan, Probe};
use waxwork_core::rules::RuleFile;
use waxwork_mask::{Keyring, MaskError, MaskKey, TableMask};

/// What else a rule or the schema says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    Plain,
    /// `by = "id"`
    By,
    /// `nulls = "mask"`
    Nulls,
    /// Under a unique key.
    Unique,
    /// `{ mask = "json", rest = … }`
    Leaf,
}

const VARIANTS: [Variant; 5] = [Variant::Plain, Variant::By, Variant::Nulls, Variant::Unique, Variant::Leaf];

/// One mask on one column.
pub(crate) struct Case {
    pub(crate) info: &'static MaskInfo,
    pub(crate) example: &'static str,
    pub(crate) column: Declared,
    pub(crate) variant: Variant,
    catalog: Catalog,
    plan: Plan,
}

/// A row of the table `t (id bigint, name text, c …)`.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) value: Option<Datum>,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { info, example, column, variant, .. } = self;
        write!(f, "{} {{ {example} }} on {} ({variant:?})", info.name, column.name)
    }
}

/// Every case that the plan takes.
pub(crate) fn cases() -> &'static [Case] {
    static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let columns: Vec<Declared> = crate::pg::DECLARED.iter().map(|name| Declared::parse(name)).collect();
        let columns: Vec<Declared> =
            columns.iter().flat_map(|column| [column.clone(), column.array()]).collect();
        let mut cases = Vec::new();
        // What null does needs no mask, and rows.rs looks at it.
        for info in MASKS.iter().filter(|info| info.kind != MaskKind::Null) {
            for column in &columns {
                for (example, variant) in asked(info, column) {
                    cases.extend(Case::compile(info, example, column.clone(), variant));
                }
            }
        }
        cases
    });
    &CASES
}

/// What is asked of a mask on a column: all of the first of kin, the first example of the others; of arrays what asks
/// nothing else of their elements.
fn asked(info: &MaskInfo, column: &Declared) -> Vec<(&'static str, Variant)> {
    let is_kin = ["varchar", "bpchar", "citext", "name"].contains(&column.base.name);
    let examples = if is_kin { &info.examples[..1] } else { info.examples };
    let variants = if column.is_array { &VARIANTS[..3] } else { &VARIANTS[..] };
    let all = examples.iter().flat_map(|example| variants.iter().map(move |variant| (*example, *variant)));
    let first = info.examples[0];
    all.filter(|(example, variant)| !column.is_array || *variant == Variant::Plain || *example == first)
        .collect()
}

impl Case {
    /// # Errors
    /// What the plan says against it.
    pub(crate) fn compile(
        info: &'static MaskInfo,
        example: &'static str,
        column: Declared,
        variant: Variant,
    ) -> Result<Self, String> {
        let rule = rule(info, example, &column, variant).ok_or("the mask has no such option")?;
        let rules = format!(
            "version = 1\n[table.t]\nid = {{ keep = \"a number\" }}\nname = \"text.shape\"\nc = {rule}\n"
        );
        let catalog = catalog(&column, variant == Variant::Unique);
        let said = |all: Vec<waxwork_core::diagnostic::Diagnostic>| {
            all.iter().map(|one| format!("{one}\n")).collect::<String>()
        };
        let file = RuleFile::parse("rules.toml", &rules).map_err(said)?;
        let mut plan = Plan::compile(&file, &catalog).map_err(said)?;
        answer(&mut plan, &column);
        Ok(Self { info, example, column, variant, catalog, plan })
    }

    pub(crate) fn mask(&self, keyring: &Keyring, wire: Wire) -> Result<TableMask, MaskError> {
        let compiled = TableMask::compile(keyring, &self.plan.tables[0], &self.catalog, wire);
        compiled.map_err(|mut errors| errors.remove(0))
    }

    /// The wires that the engine would choose for such a table.
    pub(crate) fn wires(&self) -> &'static [Wire] {
        // No binary form is known of a value that a rule states.
        if self.column.base.name == "point" { &[Wire::Text] } else { &[Wire::Binary, Wire::Text] }
    }

    /// Values of the column's type that the mask takes, and NULL; each beside one of a few ids.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let values = self.column.data(self.taken(self.column.corpus())).into_iter().map(Some).chain([None]);
        let values: Vec<_> = values.collect();
        let count = values.len().max(24);
        values
            .into_iter()
            .cycle()
            .take(count)
            .zip(0..)
            .map(|(value, at)| Row { id: at % 23, value })
            .collect()
    }

    /// The values at which the mask does not stop; all of them unless the registry says that it stops at some, which
    /// none but a permutation may where the column is not unique.
    pub(crate) fn taken(&self, scalars: Vec<String>) -> Vec<String> {
        let may_stop = self.variant == Variant::Unique || matches!(self.info.unique, Unique::Permutation(_));
        if self.info.stops_at.is_empty() || !may_stop {
            return scalars;
        }
        let mask = self.mask(&keyring(""), Wire::Text).unwrap();
        let is_taken = |scalar: &String| {
            let row = Row { id: 1, value: Some(self.column.datum(scalar)) };
            mask.apply(self.batch(Wire::Text, &[row]))
                .map_err(|error| assert!(error.kind.is_data(), "{self}: {error}"))
                .is_ok()
        };
        scalars.into_iter().filter(is_taken).collect()
    }

    /// The masked values of rows, in their order.
    ///
    /// # Errors
    /// The mask's own, or a result that is not of the column's type.
    pub(crate) fn run(&self, realm: &str, wire: Wire, rows: &[Row]) -> Result<Vec<Option<Datum>>, String> {
        let mask = self.mask(&keyring(realm), wire).map_err(|error| format!("{self}: compile: {error}"))?;
        self.apply(&mask, wire, rows)
    }

    pub(crate) fn apply(
        &self,
        mask: &TableMask,
        wire: Wire,
        rows: &[Row],
    ) -> Result<Vec<Option<Datum>>, String> {
        let masked =
            mask.apply(self.batch(wire, rows)).map_err(|error| format!("{self}: {wire:?}: {error}"))?;
        self.read(wire, &masked.into_bytes())
    }

    pub(crate) fn batch(&self, wire: Wire, rows: &[Row]) -> waxwork_copy::RawBatch {
        let [id, name] = ["int8", "text"].map(Declared::parse);
        let mut out = Vec::new();
        for row in rows {
            let fields = [
                Some(id.send(wire, &Datum::Scalar(row.id.to_string()))),
                Some(name.send(wire, &Datum::Scalar("Anna Schmidt".to_owned()))),
                row.value.as_ref().map(|value| self.column.send(wire, value)),
            ];
            write_row(wire, &fields, &mut out);
        }
        let stream = stream(wire, &out);
        let mut builder = BatchBuilder::new(wire, stream.len());
        builder.push(&stream).unwrap();
        builder.finish().unwrap().expect("there are rows")
    }

    /// The column `c` of masked rows.
    fn read(&self, wire: Wire, rows: &[u8]) -> Result<Vec<Option<Datum>>, String> {
        let rows =
            crate::twin::rows(wire, &stream(wire, rows)).ok_or(format!("{self}: {wire:?}: no rows"))?;
        let mut values = Vec::new();
        for row in rows {
            let [_, _, payload] = &row[..] else { return Err(format!("{self}: {} fields", row.len())) };
            values.push(match payload {
                None => None,
                Some(payload) => Some(self.column.receive(wire, payload).ok_or_else(|| {
                    let shown = String::from_utf8_lossy(payload).chars().take(80).collect::<String>();
                    format!("{self}: {wire:?}: not of the type: {shown:?}")
                })?),
            });
        }
        Ok(values)
    }

    /// The rule names other columns of the row.
    pub(crate) fn reads_others(&self) -> bool {
        self.variant == Variant::By || self.example.contains("by =") || self.info.kind == MaskKind::Template
    }

    /// Whether the registry lets the mask give this value back.
    pub(crate) fn may_stay(&self, value: &str) -> bool {
        if matches!(self.column.form(), Form::Range(_) | Form::Multirange(_)) {
            let any = self.info.gives_back.contains(&GivesBack::Any);
            return any || range_bounds(value).iter().all(|bound| self.scalar_may_stay(bound));
        }
        self.scalar_may_stay(value)
    }

    fn scalar_may_stay(&self, value: &str) -> bool {
        let is_empty = value.is_empty() || value == "\\x";
        let number = value.trim().parse::<f64>();
        is_empty
            || self.info.gives_back.iter().any(|kind| match kind {
                GivesBack::Zero => number == Ok(0.0) || value == "00:00:00",
                GivesBack::NotFinite => number.as_ref().is_ok_and(|number| !number.is_finite()),
                GivesBack::OneOfFew => value.chars().count() <= 3 || LABELS.contains(&value),
                GivesBack::Coarse | GivesBack::Unrecognised | GivesBack::Any => true,
            })
    }
}

/// Answers what the engine would look up in the source.
fn answer(plan: &mut Plan, column: &Declared) {
    let texts = |of| match of {
        CommonOf::Value => plain_values(&column.element()),
        CommonOf::MailDomain => ["corp.com", "mail.corp.com", "corp.example"].map(str::to_owned).to_vec(),
    };
    for probe in plan.probes.clone() {
        if let Probe::CommonValues { column, of, .. } = probe {
            let common: Vec<_> = texts(of).into_iter().zip((10..=100).rev().step_by(7)).collect();
            let specs = plan.tables[0].columns[column.0 as usize].action.masks_mut();
            specs.into_iter().for_each(|spec| spec.common.clone_from(&common));
        }
    }
}

pub(crate) fn keyring(realm: &str) -> Keyring {
    Keyring::new(&MaskKey::from_bytes([7; 32]), realm)
}

/// A column's rule; `None` where the variant has no meaning for the mask.
fn rule(info: &MaskInfo, example: &str, column: &Declared, variant: Variant) -> Option<String> {
    let has = |name: &str| info.options.iter().any(|(option, _)| *option == name);
    let constants = info.options.iter().filter_map(|(name, kind)| constants(name, *kind, column));
    let more = match variant {
        Variant::By if has("by") && !example.contains("by =") => Some("by = \"id\""),
        Variant::Nulls if has("nulls") => Some("nulls = \"mask\""),
        Variant::By | Variant::Nulls => return None,
        Variant::Leaf if column.base.name.starts_with("json") && info.kind != MaskKind::Json => None,
        Variant::Leaf => return None,
        Variant::Plain | Variant::Unique => None,
    };
    let parts = [format!("mask = {:?}", info.name), example.to_owned()];
    let parts = parts.into_iter().filter(|part| !part.is_empty()).chain(constants);
    let options: Vec<String> = parts.chain(more.map(str::to_owned)).collect();
    let rule = format!("{{ {} }}", options.join(", "));
    Some(if variant == Variant::Leaf { format!("{{ mask = \"json\", rest = {rule} }}") } else { rule })
}

/// An option that takes values of the column's type.
fn constants(name: &str, kind: OptionKind, column: &Declared) -> Option<String> {
    let values = plain_values(column);
    let listed = |part: fn(&String) -> String| values.iter().map(part).collect::<Vec<_>>().join(", ");
    Some(match kind {
        OptionKind::Constant => format!("{name} = {:?}", values[0]),
        OptionKind::Constants => format!("{name} = [{}]", listed(|value| format!("{value:?}"))),
        OptionKind::Weights => format!("{name} = {{ {} }}", listed(|value| format!("{value:?} = 2.5"))),
        _ => return None,
    })
}

/// Values of the type that are nothing special, up to four.
fn plain_values(column: &Declared) -> Vec<String> {
    let is_plain = |text: &String| {
        let bytes = text.bytes();
        !text.is_empty()
            && bytes.clone().all(|byte| (b' '..=b'~').contains(&byte) && !br#""\{}"#.contains(&byte))
    };
    let corpus = column.corpus();
    let plain: Vec<String> = corpus.iter().rev().filter(|text| is_plain(text)).take(4).cloned().collect();
    let plain = if plain.is_empty() { corpus.into_iter().take(4).collect() } else { plain };
    plain.iter().map(|text| column.datum(text).to_string()).collect()
}

fn write_row(wire: Wire, fields: &[Option<Vec<u8>>], out: &mut Vec<u8>) {
    if wire == Wire::Binary {
        out.extend((fields.len() as u16).to_be_bytes());
    }
    for (at, field) in fields.iter().enumerate() {
        match (wire, field) {
            (Wire::Binary, None) => out.extend((-1i32).to_be_bytes()),
            (Wire::Binary, Some(bytes)) => {
                out.extend((bytes.len() as u32).to_be_bytes());
                out.extend(bytes);
            }
            (Wire::Text, field) => {
                out.extend(field.as_deref().unwrap_or(b"\\N"));
                out.push(if at + 1 == fields.len() { b'\n' } else { b'\t' });
            }
        }
    }
}

/// Rows as a whole stream (PostgreSQL manual, COPY, "File Formats").
fn stream(wire: Wire, rows: &[u8]) -> Vec<u8> {
    match wire {
        Wire::Text => rows.to_vec(),
        Wire::Binary => [b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", rows, b"\xff\xff"].concat(),
    }
}

const ARRAY_OIDS: u32 = 50_000;

fn catalog(column: &Declared, is_unique: bool) -> Catalog {
    let mut types = BTreeMap::new();
    for base in TYPES {
        let schema = if base.oid > 90_000 { "public" } else { "pg_catalog" };
        let kind = match base.name {
            "mood" => TypeKind::Enum { labels: LABELS.map(str::to_owned).to_vec() },
            name if name.ends_with("range") => TypeKind::Range,
            _ => TypeKind::Base,
        };
        let extension = ["citext", "hstore"].contains(&base.name).then(|| base.name.to_owned());
        let name = QualifiedName::new(schema, base.name);
        types.insert(base.oid, PgType { oid: base.oid, name, kind, extension, has_binary: true });
        let (oid, kind) = (base.oid + ARRAY_OIDS, TypeKind::Array { element: base.oid });
        let name = QualifiedName::new(schema, format!("_{}", base.name));
        types.insert(oid, PgType { oid, name, kind, extension: None, has_binary: true });
    }
    let [id, name] = ["int8", "text"].map(Declared::parse);
    let columns = [("id", &id), ("name", &name), ("c", column)];
    let columns = columns.iter().enumerate().map(|(at, (name, declared))| catalog_column(at, name, declared));
    let key = UniqueKey {
        name: Ident::new("t_key"),
        primary: false,
        nulls_not_distinct: false,
        parts: vec![KeyPart::Column(ColumnId(2))],
        predicate: None,
        predicate_columns: vec![],
    };
    let table = Table { unique_keys: if is_unique { vec![key] } else { vec![] }, ..table(columns.collect()) };
    Catalog { server_version: 150_000, tables: vec![table], types, ..Catalog::default() }
}

fn catalog_column(at: usize, name: &str, declared: &Declared) -> Column {
    let array = if declared.is_array { ARRAY_OIDS } else { 0 };
    Column {
        name: Ident::new(name),
        number: at as i16 + 1,
        type_oid: declared.base.oid + array,
        type_name: declared.name.clone(),
        typmod: declared.typmod(),
        not_null: false,
        generation: Generation::Plain,
        nondeterministic: false,
    }
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
