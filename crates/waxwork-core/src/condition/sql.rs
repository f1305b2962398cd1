//! Predicates as SQL for the source, where the columns' rows are a table under an alias.
//!
//! Every operator and type is named with its schema, so that no search path decides what is meant; every literal is a
//! parameter, which the caller binds as text.

use super::{Check, Operator, Predicate, Truth};
use crate::catalog::{Catalog, Column, Table, TextKind, TypeKind, ValueType};

/// A predicate over row `alias` of a table; `bind` takes each literal and gives the SQL of a text that stands for it
/// (`$3`).
pub fn to_sql(
    predicate: &Predicate,
    table: &Table,
    catalog: &Catalog,
    alias: &str,
    bind: &mut dyn FnMut(&str) -> String,
) -> String {
    Writer { table, catalog, alias, bind }.predicate(predicate)
}

/// Whether the text form of a column's value is a constant's, byte by byte; `constant` is the SQL of a text.
pub fn equals_form(value: &str, value_type: &ValueType, constant: &str) -> String {
    let text = match value_type {
        // A cast of these to text may be a function of its own (inet's adds a mask); COPY and format print them by their
        // output function. NULL would be an empty text.
        ValueType::Inet
        | ValueType::Cidr
        | ValueType::Hstore
        | ValueType::Range(_)
        | ValueType::Multirange(_)
        | ValueType::Other(_) => format!(
            "CASE WHEN pg_catalog.num_nulls({value}) OPERATOR(pg_catalog.=) 0 \
             THEN pg_catalog.format('%s', {value}) END"
        ),
        _ => format!("{value}::pg_catalog.text"),
    };
    format!("({text}) COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=) {constant}")
}

struct Writer<'a> {
    table: &'a Table,
    catalog: &'a Catalog,
    alias: &'a str,
    bind: &'a mut dyn FnMut(&str) -> String,
}

impl Writer<'_> {
    fn predicate(&mut self, predicate: &Predicate) -> String {
        match predicate {
            Predicate::All(parts) => self.joined(parts, " AND "),
            Predicate::Any(parts) => self.joined(parts, " OR "),
            Predicate::Not(inner) => format!("(NOT {})", self.predicate(inner)),
            Predicate::Is(inner, truth) => {
                let truth = match truth {
                    Truth::True => "TRUE",
                    Truth::False => "FALSE",
                    Truth::Unknown => "UNKNOWN",
                };
                format!("({} IS {truth})", self.predicate(inner))
            }
            Predicate::Test(column, check) => {
                let column = self.table.column(*column);
                format!("({})", self.check(column, check))
            }
        }
    }

    fn joined(&mut self, parts: &[Predicate], word: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.predicate(part)).collect();
        format!("({})", parts.join(word))
    }

    fn check(&mut self, column: &Column, check: &Check) -> String {
        let value = format!("{}.{}", self.alias, column.name);
        let value_type = self.catalog.value_type(column);
        match check {
            // IS NULL would look into a composite value, num_nulls does not.
            Check::Null => format!("pg_catalog.num_nulls({value}) OPERATOR(pg_catalog.=) 1"),
            Check::True => value,
            Check::Compare(operator, literal) => self.compare(&value, column, *operator, literal),
            Check::OneOf(literals) => {
                let equals =
                    literals.iter().map(|literal| self.compare(&value, column, Operator::Equal, literal));
                equals.collect::<Vec<String>>().join(" OR ")
            }
            Check::Like { pattern, fold } => {
                let operator = if *fold { "~~*" } else { "~~" };
                format!("{value} OPERATOR(pg_catalog.{operator}) {}::pg_catalog.text", (self.bind)(pattern))
            }
            Check::Form(form) => equals_form(&value, &value_type, &(self.bind)(form)),
        }
    }

    fn compare(&mut self, value: &str, column: &Column, operator: Operator, literal: &str) -> String {
        let type_name = self.type_name(column);
        let literal = (self.bind)(literal);
        format!("{value} OPERATOR(pg_catalog.{}) {literal}::{type_name}", operator.symbol())
    }

    /// The type that a literal is read as: the column's, domains looked through, integers at their widest.
    fn type_name(&self, column: &Column) -> String {
        let base = match self.catalog.value_type(column) {
            ValueType::Int2 | ValueType::Int4 | ValueType::Int8 => "int8",
            ValueType::Float4 => "float4",
            ValueType::Float8 => "float8",
            ValueType::Numeric(_) => "numeric",
            ValueType::Bool => "bool",
            ValueType::Text(text) if text.kind == TextKind::Bpchar => "bpchar",
            ValueType::Text(text) if text.kind == TextKind::Name => "name",
            ValueType::Date => "date",
            ValueType::Time => "time",
            ValueType::Timestamp => "timestamp",
            ValueType::TimestampTz => "timestamptz",
            ValueType::Uuid => "uuid",
            ValueType::Bytea => "bytea",
            ValueType::Inet | ValueType::Cidr => "inet",
            ValueType::Enum(_) => return self.enum_name(column.type_oid),
            // Nothing else is compared.
            _ => "text",
        };
        format!("pg_catalog.{base}")
    }

    fn enum_name(&self, type_oid: u32) -> String {
        match self.catalog.types.get(&type_oid) {
            Some(found) => match found.kind {
                TypeKind::Domain { base, .. } => self.enum_name(base),
                _ => found.name.to_string(),
            },
            None => "pg_catalog.text".to_owned(),
        }
    }
}
