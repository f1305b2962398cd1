//! The catalog model: what the source's system catalogs say, as plain data.
//!
//! `waxwork-pg` fills it in under the run's snapshot; everything that decides (rules, plan, subset) reads it.
//! It holds no rows and no statistics that a plan may depend on ([`Table::estimate`] is for display only).
//! Ids are indexes: [`TableId`] into [`Catalog::tables`], [`ColumnId`] into one table's [`Table::columns`].

use crate::ident::{Ident, QualifiedName};
use std::collections::BTreeMap;

/// Index into [`Catalog::tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u32);

/// Index into [`Table::columns`] of one table (not an attribute number).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub u32);

/// Index into [`Catalog::foreign_keys`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForeignKeyId(pub u32);

/// Everything that decides needs to know of one database.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// `server_version_num` of the source, for instance 150018.
    pub server_version: u32,
    /// Ordinary, partitioned and foreign tables of user schemas, ordered by (schema, name); extension members too
    /// when they have rows to copy (see [`Table::extension`]).
    pub tables: Vec<Table>,
    /// Every type that a column uses, directly or through a domain, an array or an enum; by OID.
    pub types: BTreeMap<u32, PgType>,
    /// Declared foreign keys, `conparentid = 0` only, ordered by (child, constraint name).
    pub foreign_keys: Vec<ForeignKey>,
    /// Sequences, owned or free, ordered by name.
    pub sequences: Vec<Sequence>,
    /// Columns that row triggers write, as far as their functions say so in plain sight: for warnings alone.
    pub fed_by_triggers: Vec<FedColumn>,
    /// Relations that are none of [`tables`](Self::tables), for messages alone.
    pub other_relations: BTreeMap<QualifiedName, OtherRelation>,
}

/// What a relation is that holds no rows of the database's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherRelation {
    /// `v`
    View,
    /// `m`
    MaterializedView,
    /// `S`
    Sequence,
    /// `i`, `I`
    Index,
    /// `c`
    CompositeType,
    /// A table of this extension, which is none of its configuration tables.
    TableOfExtension(String),
}

/// A column that a trigger writes.
#[derive(Clone, Debug)]
pub struct FedColumn {
    /// The trigger's table.
    pub table: TableId,
    /// The column.
    pub column: ColumnId,
    /// The trigger.
    pub trigger: Ident,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    /// `pg_class.oid` in the source.
    pub oid: u32,
    /// Its name.
    pub name: QualifiedName,
    /// The name as the server's `quote_ident` writes it (`public."Order"`), for reports and messages.
    pub sql_name: String,
    /// What kind of relation it is.
    pub kind: TableKind,
    /// The partitioned table that this one is a partition of, if any.
    pub partition_of: Option<TableId>,
    /// Plain-inheritance parents (never partition parents).
    pub inherits: Vec<TableId>,
    /// Live columns in attribute order, dropped ones left out.
    pub columns: Vec<Column>,
    /// Primary key, unique constraints and unique indexes, valid ones.
    pub unique_keys: Vec<UniqueKey>,
    /// Exclusion constraints.
    pub exclusions: Vec<Exclusion>,
    /// CHECK constraints, own and inherited.
    pub checks: Vec<Check>,
    /// For a partitioned table: its partition key.
    pub partition_key: Option<PartitionKey>,
    /// For a partition: `pg_get_expr(relpartbound)`, for instance `FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`.
    pub partition_bound: Option<String>,
    /// Access method name, `heap` for plain tables; empty where there is no storage.
    pub access_method: String,
    /// Row security is enabled and would apply to a reader who is not exempt.
    pub row_security: bool,
    /// Member of an extension.
    pub extension: Option<ExtensionTable>,
    /// Size and row estimates, for display and scheduling only.
    pub estimate: Estimate,
}

/// What kind of relation a table is (`pg_class.relkind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// `r`: has rows of its own (it may be a partition, or have heirs).
    Ordinary,
    /// `p`: rows are in its partitions.
    Partitioned,
    /// `f`: rows are elsewhere; its rows are never copied.
    Foreign,
}

/// A table that belongs to an extension.
#[derive(Clone, Debug)]
pub struct ExtensionTable {
    /// The extension's name.
    pub name: String,
    /// `extcondition` of a configuration table without its keyword WHERE (`Some("")` takes every row); `None`: not a
    /// configuration table, CREATE EXTENSION makes all of it and nothing is copied.
    pub condition: Option<String>,
}

/// Estimates from `pg_class` and the relation's files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Estimate {
    /// `reltuples`, at least 0, in proportion to the pages that were added since it was counted.
    pub rows: u64,
    /// `pg_table_size`, bytes (heap, TOAST, free space map).
    pub bytes: u64,
    /// `pg_relation_size / block_size`, pages of the heap alone.
    pub pages: u32,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// `attnum`.
    pub number: i16,
    /// `atttypid`, a key of [`Catalog::types`].
    pub type_oid: u32,
    /// `format_type(atttypid, atttypmod)`, for messages and casts.
    pub type_name: String,
    /// `atttypmod`, −1 where there is none. For a domain see also [`TypeKind::Domain`].
    pub typmod: i32,
    /// NOT NULL, by the column or by its domain.
    pub not_null: bool,
    /// How its value comes about.
    pub generation: Generation,
    /// Its collation makes unequal bytes equal (a nondeterministic collation).
    pub nondeterministic: bool,
}

/// How a column's value comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Written by the application, with or without a default.
    Plain,
    /// `GENERATED … AS IDENTITY`; `always` is GENERATED ALWAYS.
    Identity {
        /// GENERATED ALWAYS rather than BY DEFAULT.
        always: bool,
    },
    /// `GENERATED ALWAYS AS (…) STORED` or `VIRTUAL`: never copied, made again by the target.
    Generated {
        /// Columns of the same table that the expression reads.
        reads: Vec<ColumnId>,
    },
}

/// A primary key, unique constraint or unique index.
#[derive(Clone, Debug)]
pub struct UniqueKey {
    /// Index or constraint name.
    pub name: Ident,
    /// It is the primary key.
    pub primary: bool,
    /// `NULLS NOT DISTINCT` (PostgreSQL 15): two NULLs collide, so the column cannot become NULL in every row.
    pub nulls_not_distinct: bool,
    /// Key parts in order.
    pub parts: Vec<KeyPart>,
    /// Predicate of a partial index, as `pg_get_expr` prints it.
    pub predicate: Option<String>,
    /// Columns that the predicate reads.
    pub predicate_columns: Vec<ColumnId>,
}

impl UniqueKey {
    /// The plain columns of the key when it has no expression and no predicate: what a foreign key can point at.
    pub fn plain_columns(&self) -> Option<Vec<ColumnId>> {
        if self.predicate.is_some() {
            return None;
        }
        self.parts
            .iter()
            .map(|part| match part {
                KeyPart::Column(column) => Some(*column),
                KeyPart::Expression { .. } => None,
            })
            .collect()
    }
}

/// One part of an index key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPart {
    /// A column as it stands.
    Column(ColumnId),
    /// An expression.
    Expression {
        /// As `pg_get_indexdef` prints it, for instance `lower((email)::text)`.
        text: String,
        /// Columns that it reads.
        columns: Vec<ColumnId>,
    },
}

/// An exclusion constraint.
#[derive(Clone, Debug)]
pub struct Exclusion {
    /// Its name.
    pub name: Ident,
    /// Each part with its operator's name (`=`, `&&`).
    pub parts: Vec<(KeyPart, String)>,
    /// Predicate, as `pg_get_expr` prints it.
    pub predicate: Option<String>,
}

/// A CHECK constraint.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: Ident,
    /// `pg_get_constraintdef`, for instance `CHECK ((price > (0)::numeric))`.
    pub definition: String,
    /// Columns that it reads.
    pub columns: Vec<ColumnId>,
}

/// A partition key.
#[derive(Clone, Debug)]
pub struct PartitionKey {
    /// `r`ange, `l`ist or `h`ash.
    pub strategy: char,
    /// Key columns and expressions in order.
    pub parts: Vec<KeyPart>,
}

/// A declared foreign key.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    /// Constraint name.
    pub name: Ident,
    /// Referencing table (a partitioned root, one partition, or an ordinary table).
    pub child: TableId,
    /// Referenced table.
    pub parent: TableId,
    /// (child column, parent column) in the constraint's order: `conkey` zipped with `confkey`.
    pub columns: Vec<(ColumnId, ColumnId)>,
    /// MATCH FULL; else MATCH SIMPLE.
    pub match_full: bool,
    /// `convalidated`, and `conenforced` where the server has it.
    pub validated: bool,
    /// A temporal key (`PERIOD`, PostgreSQL 18), which needs containment and not equality.
    pub period: bool,
}

/// A sequence.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// Columns that it feeds: by OWNED BY, identity, or a default that calls `nextval` on it.
    pub feeds: Vec<(TableId, ColumnId)>,
    /// `seqmin`.
    pub min: i64,
    /// `seqmax`.
    pub max: i64,
    /// `seqincrement`.
    pub increment: i64,
    /// `last_value` of the sequence relation.
    pub last_value: i64,
    /// `is_called` of the sequence relation.
    pub is_called: bool,
}

/// A type.
#[derive(Clone, Debug)]
pub struct PgType {
    /// `pg_type.oid`.
    pub oid: u32,
    /// Schema and name (`pg_catalog.int4`).
    pub name: QualifiedName,
    /// Its kind.
    pub kind: TypeKind,
    /// The extension that owns it, if any (`citext`).
    pub extension: Option<String>,
    /// It has both a send and a receive function.
    pub has_binary: bool,
}

/// What a type is made of.
#[derive(Clone, Debug)]
pub enum TypeKind {
    /// A base type.
    Base,
    /// A domain.
    Domain {
        /// The type beneath.
        base: u32,
        /// Its typmod, −1 where there is none.
        typmod: i32,
        /// NOT NULL, here or in a domain beneath.
        not_null: bool,
        /// CHECKs, as `pg_get_constraintdef` prints them.
        checks: Vec<String>,
    },
    /// An enum with its labels in sort order.
    Enum {
        /// The labels.
        labels: Vec<String>,
    },
    /// A true array (`typelem` with `typsubscript` array).
    Array {
        /// The element's type.
        element: u32,
    },
    /// A composite (row) type.
    Composite,
    /// A range or multirange.
    Range,
    /// A pseudo-type or anything else.
    Other,
}

/// The type of a value once domains are looked through: what a mask is chosen by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// `bool`
    Bool,
    /// `int2`
    Int2,
    /// `int4`
    Int4,
    /// `int8`
    Int8,
    /// `float4`
    Float4,
    /// `float8`
    Float8,
    /// `numeric` with its (precision, scale) where declared.
    Numeric(Option<(u16, i16)>),
    /// `text`, `varchar`, `bpchar`, `citext`, `name`: all that is text on the wire.
    Text(TextType),
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `timestamptz`
    TimestampTz,
    /// `interval`
    Interval,
    /// `uuid`
    Uuid,
    /// `bytea`
    Bytea,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// An enum; labels in order.
    Enum(Vec<String>),
    /// An array of any dimension.
    Array {
        /// Element type.
        element: Box<ValueType>,
        /// Element type's OID in the source, which the binary form carries.
        element_oid: u32,
    },
    /// `hstore` of the extension
    Hstore,
    /// A range that is built in, of values of the type; users' own are [`ValueType::Other`].
    Range(Box<ValueType>),
    /// A multirange of these.
    Multirange(Box<ValueType>),
    /// Anything else: kept, nulled or replaced by a constant, never masked otherwise.
    Other(String),
}

/// Which text type, and how many characters it holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextType {
    /// The kind.
    pub kind: TextKind,
    /// Characters at most (`varchar(n)`, `char(n)`); for `name` 63 bytes.
    pub max_chars: Option<u32>,
}

/// Which text type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// `text`
    Text,
    /// `varchar`
    Varchar,
    /// `char(n)`: padded with blanks
    Bpchar,
    /// `citext` of the extension
    Citext,
    /// `name`
    Name,
}

impl Catalog {
    /// The table behind an id.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.0 as usize]
    }

    /// All ids in order.
    pub fn table_ids(&self) -> impl Iterator<Item = TableId> + use<> {
        (0..self.tables.len() as u32).map(TableId)
    }

    /// Finds a table by its name.
    pub fn find(&self, name: &QualifiedName) -> Option<TableId> {
        self.table_ids().find(|id| self.table(*id).name == *name)
    }

    /// The topmost partitioned table above a partition; any other table is its own root.
    pub fn root(&self, id: TableId) -> TableId {
        let mut top = id;
        while let Some(parent) = self.table(top).partition_of {
            top = parent;
        }
        top
    }

    /// Every table under `id` that holds rows: itself, or the leaves of its partition tree, in catalog order.
    pub fn leaves(&self, id: TableId) -> Vec<TableId> {
        if self.table(id).kind == TableKind::Ordinary {
            return vec![id];
        }
        self.table_ids()
            .filter(|leaf| self.table(*leaf).kind == TableKind::Ordinary && self.is_within(*leaf, id))
            .collect()
    }

    /// Whether `table` is `ancestor` or one of its partitions at any depth.
    pub fn is_within(&self, table: TableId, ancestor: TableId) -> bool {
        let mut at = Some(table);
        while let Some(id) = at {
            if id == ancestor {
                return true;
            }
            at = self.table(id).partition_of;
        }
        false
    }

    /// The tables that rules speak of: partition roots and every table that is no partition.
    pub fn rule_tables(&self) -> impl Iterator<Item = TableId> + '_ {
        self.table_ids().filter(|id| self.table(*id).partition_of.is_none())
    }

    /// The foreign key behind an id.
    pub fn foreign_key(&self, id: ForeignKeyId) -> &ForeignKey {
        &self.foreign_keys[id.0 as usize]
    }

    /// The value type of a column, domains looked through.
    pub fn value_type(&self, column: &Column) -> ValueType {
        self.resolve(column.type_oid, column.typmod)
    }

    /// The value type behind a type OID and typmod, domains looked through.
    pub fn resolve(&self, type_oid: u32, typmod: i32) -> ValueType {
        let Some(pg_type) = self.types.get(&type_oid) else {
            return ValueType::Other(format!("type {type_oid}"));
        };
        match &pg_type.kind {
            TypeKind::Domain { base, typmod, .. } => self.resolve(*base, *typmod),
            TypeKind::Enum { labels } => ValueType::Enum(labels.clone()),
            TypeKind::Array { element } => {
                ValueType::Array { element: Box::new(self.resolve(*element, typmod)), element_oid: *element }
            }
            TypeKind::Base => base_value_type(pg_type, typmod),
            TypeKind::Range => range_value_type(pg_type),
            TypeKind::Composite | TypeKind::Other => ValueType::Other(pg_type.name.to_string()),
        }
    }
}

impl Table {
    /// The column behind an id.
    pub fn column(&self, id: ColumnId) -> &Column {
        &self.columns[id.0 as usize]
    }

    /// Finds a column by its exact name.
    pub fn find_column(&self, name: &str) -> Option<ColumnId> {
        self.columns.iter().position(|column| column.name.as_str() == name).map(|at| ColumnId(at as u32))
    }

    /// The columns that are generated from one, among others perhaps.
    pub fn generated_from(&self, column: ColumnId) -> impl Iterator<Item = ColumnId> {
        let made = self.columns.iter().enumerate().filter(move |(_, made)| {
            matches!(&made.generation, Generation::Generated { reads } if reads.contains(&column))
        });
        made.map(|(at, _)| ColumnId(at as u32))
    }

    /// The primary key's columns, if there is one.
    pub fn primary_key(&self) -> Option<Vec<ColumnId>> {
        self.unique_keys.iter().find(|key| key.primary)?.plain_columns()
    }

    /// What tells the database's own rows of a configuration table from those that CREATE EXTENSION makes; `None`
    /// where every row is the database's own.
    pub fn extension_condition(&self) -> Option<&str> {
        let condition = self.extension.as_ref()?.condition.as_deref()?;
        (!condition.is_empty()).then_some(condition)
    }
}

/// `varchar(n)`, `char(n)` and `numeric(p,s)` store their modifier plus the 4-byte varlena header
/// (PostgreSQL source, `varchar.c` and `numeric.c`).
const TYPMOD_HEADER: i32 = 4;

fn base_value_type(pg_type: &PgType, typmod: i32) -> ValueType {
    let text = |kind, max_chars| ValueType::Text(TextType { kind, max_chars });
    let max_chars = (typmod >= TYPMOD_HEADER).then(|| (typmod - TYPMOD_HEADER) as u32);
    if pg_type.extension.as_deref() == Some("citext") && pg_type.name.name.as_str() == "citext" {
        return text(TextKind::Citext, None);
    }
    if pg_type.extension.as_deref() == Some("hstore") && pg_type.name.name.as_str() == "hstore" {
        return ValueType::Hstore;
    }
    if pg_type.name.schema.as_str() != "pg_catalog" {
        return ValueType::Other(pg_type.name.to_string());
    }
    match pg_type.name.name.as_str() {
        "bool" => ValueType::Bool,
        "int2" => ValueType::Int2,
        "int4" => ValueType::Int4,
        "int8" => ValueType::Int8,
        "float4" => ValueType::Float4,
        "float8" => ValueType::Float8,
        "numeric" => ValueType::Numeric(numeric_typmod(typmod)),
        "text" => text(TextKind::Text, None),
        "varchar" => text(TextKind::Varchar, max_chars),
        "bpchar" => text(TextKind::Bpchar, max_chars),
        "name" => text(TextKind::Name, Some(63)),
        "date" => ValueType::Date,
        "time" => ValueType::Time,
        "timestamp" => ValueType::Timestamp,
        "timestamptz" => ValueType::TimestampTz,
        "interval" => ValueType::Interval,
        "uuid" => ValueType::Uuid,
        "bytea" => ValueType::Bytea,
        "json" => ValueType::Json,
        "jsonb" => ValueType::Jsonb,
        "inet" => ValueType::Inet,
        "cidr" => ValueType::Cidr,
        other => ValueType::Other(other.to_owned()),
    }
}

/// The ranges and multiranges of `pg_range.dat`; their bounds have no modifier.
fn range_value_type(pg_type: &PgType) -> ValueType {
    let of = |bound| ValueType::Range(Box::new(bound));
    let multi = |bound| ValueType::Multirange(Box::new(bound));
    match (pg_type.name.schema.as_str(), pg_type.name.name.as_str()) {
        ("pg_catalog", "int4range") => of(ValueType::Int4),
        ("pg_catalog", "int8range") => of(ValueType::Int8),
        ("pg_catalog", "numrange") => of(ValueType::Numeric(None)),
        ("pg_catalog", "daterange") => of(ValueType::Date),
        ("pg_catalog", "tsrange") => of(ValueType::Timestamp),
        ("pg_catalog", "tstzrange") => of(ValueType::TimestampTz),
        ("pg_catalog", "int4multirange") => multi(ValueType::Int4),
        ("pg_catalog", "int8multirange") => multi(ValueType::Int8),
        ("pg_catalog", "nummultirange") => multi(ValueType::Numeric(None)),
        ("pg_catalog", "datemultirange") => multi(ValueType::Date),
        ("pg_catalog", "tsmultirange") => multi(ValueType::Timestamp),
        ("pg_catalog", "tstzmultirange") => multi(ValueType::TimestampTz),
        _ => ValueType::Other(pg_type.name.to_string()),
    }
}

/// Precision in the high half, scale as 11 signed bits in the low half (PostgreSQL 15 `numeric.c`, `make_numeric_typmod`).
fn numeric_typmod(typmod: i32) -> Option<(u16, i16)> {
    if typmod < TYPMOD_HEADER {
        return None;
    }
    let packed = (typmod - TYPMOD_HEADER) as u32;
    let scale = ((packed & 0x7ff) ^ 1024) as i16 - 1024;
    Some(((packed >> 16) as u16, scale))
}
