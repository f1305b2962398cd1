//! From [`Written`] to [`Predicate`]: columns looked up, literals read as their types, everything refused of which the
//! server and the masks might not give one answer.

use super::literal::literal_form;
use super::{Check, Literal, Operator, Predicate, Truth, Written};
use crate::catalog::{Catalog, Column, ColumnId, Table, TextKind, ValueType};
use crate::diagnostic::{Diagnostic, Location};
use crate::missing;
use crate::rules::At;
use crate::rules::name::plain;

/// Reads a condition over the rows of a table.
///
/// # Errors
/// Every unknown column, every comparison that its column's type does not have, every literal that is none of its values.
pub fn resolve(written: &Written, table: &Table, catalog: &Catalog) -> Result<Predicate, Vec<Diagnostic>> {
    let mut resolver = Resolver { table, catalog, errors: Vec::new() };
    match resolver.predicate(written) {
        Some(predicate) if resolver.errors.is_empty() => Ok(predicate),
        _ => Err(resolver.errors),
    }
}

struct Resolver<'a> {
    table: &'a Table,
    catalog: &'a Catalog,
    errors: Vec<Diagnostic>,
}

/// Answers that both sides can give of a type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answers {
    /// Whether it is NULL.
    Null,
    /// Whether two values are equal.
    Equality,
    /// Which of two comes first.
    Order,
}

impl Resolver<'_> {
    fn predicate(&mut self, written: &Written) -> Option<Predicate> {
        match written {
            Written::All(parts) => self.parts(parts).map(Predicate::All),
            Written::Any(parts) => self.parts(parts).map(Predicate::Any),
            Written::Not(inner) => Some(Predicate::Not(Box::new(self.predicate(inner)?))),
            Written::Is(inner, truth) => self.is(inner, *truth),
            Written::Column(name) => self.boolean(name),
            Written::Compare(name, operator, literal) => self.compare(name, *operator, literal),
            Written::OneOf(name, literals) => self.one_of(name, literals),
            Written::Like { column, pattern, fold } => self.like(column, pattern, *fold),
        }
    }

    /// All are read, so that every error is said.
    fn parts(&mut self, parts: &[Written]) -> Option<Vec<Predicate>> {
        let parts: Vec<Option<Predicate>> = parts.iter().map(|part| self.predicate(part)).collect();
        parts.into_iter().collect()
    }

    /// `is null` asks any column, the others boolean ones and conditions.
    fn is(&mut self, inner: &Written, truth: Truth) -> Option<Predicate> {
        match (inner, truth) {
            (Written::Column(name), Truth::Unknown) => Some(Predicate::Test(self.column(name)?, Check::Null)),
            _ => Some(Predicate::Is(Box::new(self.predicate(inner)?), truth)),
        }
    }

    fn boolean(&mut self, name: &At<String>) -> Option<Predicate> {
        let column = self.column(name)?;
        if self.value_type(column) == ValueType::Bool {
            return Some(Predicate::Test(column, Check::True));
        }
        let diagnostic = self.misfit("condition has a column by itself that is not boolean", column);
        self.refuse(&name.location, diagnostic.hint("Compare it: with a literal, in (…), like, is null."))
    }

    fn compare(&mut self, name: &At<String>, operator: Operator, literal: &At<Literal>) -> Option<Predicate> {
        let wanted = match operator {
            Operator::Equal | Operator::NotEqual => Answers::Equality,
            _ => Answers::Order,
        };
        let column = self.comparable(name, wanted)?;
        let form = self.literal(column, literal)?;
        Some(Predicate::Test(column, Check::Compare(operator, form)))
    }

    fn one_of(&mut self, name: &At<String>, literals: &[At<Literal>]) -> Option<Predicate> {
        let column = self.comparable(name, Answers::Equality)?;
        let forms: Vec<Option<String>> =
            literals.iter().map(|literal| self.literal(column, literal)).collect();
        Some(Predicate::Test(column, Check::OneOf(forms.into_iter().collect::<Option<_>>()?)))
    }

    fn like(&mut self, name: &At<String>, pattern: &At<String>, fold: bool) -> Option<Predicate> {
        let column = self.column(name)?;
        let definition = self.table.column(column);
        let is_text =
            matches!(self.value_type(column), ValueType::Text(text) if text.kind != TextKind::Citext);
        if !is_text || definition.nondeterministic {
            let diagnostic = self.misfit("condition cannot match a pattern on a column", column);
            let why = "It matches patterns on text, varchar, char and name with a deterministic collation.";
            return self.refuse(&name.location, diagnostic.detail(why));
        }
        // What case a letter beyond ASCII has is the collation's to say.
        if fold && !pattern.value.is_ascii() {
            let diagnostic = self.misfit("pattern of ilike has a character beyond ASCII", column);
            let why = "Which letters differ in case alone depends on the column's collation.";
            return self.refuse(
                &pattern.location,
                diagnostic.detail(why).hint("Write both forms with like and or."),
            );
        }
        Some(Predicate::Test(column, Check::Like { pattern: pattern.value.clone(), fold }))
    }

    fn literal(&mut self, column: ColumnId, literal: &At<Literal>) -> Option<String> {
        match literal_form(&literal.value, self.table.column(column), &self.value_type(column)) {
            Ok(form) => Some(form),
            Err(wanted) => {
                let diagnostic = self.misfit("literal of condition is no value of its column's type", column);
                self.refuse(&literal.location, diagnostic.detail(format!("It takes {wanted}.")))
            }
        }
    }

    /// A column that gives at least such answers.
    fn comparable(&mut self, name: &At<String>, wanted: Answers) -> Option<ColumnId> {
        let column = self.column(name)?;
        let (answers, why) = answers(&self.value_type(column), self.table.column(column));
        if answers >= wanted {
            return Some(column);
        }
        let what = if answers == Answers::Equality { "order" } else { "compare" };
        let diagnostic =
            self.misfit(&format!("condition cannot {what} values of a column"), column).detail(why);
        let hint = match answers {
            Answers::Equality => "Ask =, <>, in (…) or is null.",
            _ => "Ask is null, or another column.",
        };
        self.refuse(&name.location, diagnostic.hint(hint))
    }

    fn column(&mut self, name: &At<String>) -> Option<ColumnId> {
        let found = self.table.find_column(&name.value);
        if found.is_none() {
            let unknown = missing::column(self.table, &name.value);
            self.errors.push(unknown.at(Some(name.location.clone())));
        }
        found
    }

    fn value_type(&self, column: ColumnId) -> ValueType {
        self.catalog.value_type(self.table.column(column))
    }

    fn misfit(&self, what: &str, column: ColumnId) -> Diagnostic {
        let column = self.table.column(column);
        let name = plain(column.name.as_str());
        let message = format!("{what}: {name} of table {}, type {}", self.table.sql_name, column.type_name);
        Diagnostic::rule("condition_type", message)
    }

    fn refuse<T>(&mut self, location: &Location, diagnostic: Diagnostic) -> Option<T> {
        self.errors.push(diagnostic.at(Some(location.clone())));
        None
    }
}

/// What both sides can answer of a type, and why no more.
fn answers(value_type: &ValueType, column: &Column) -> (Answers, &'static str) {
    use ValueType as T;
    const OPAQUE: &str = "Its values have more forms than one, and only the server knows which are equal.";
    match value_type {
        T::Text(text) if text.kind == TextKind::Citext => {
            (Answers::Null, "Which letters differ in case alone depends on the database's locale.")
        }
        T::Text(_) if column.nondeterministic => {
            (Answers::Null, "Its collation takes different texts for one.")
        }
        T::Text(_) => (Answers::Equality, "The order of texts depends on the column's collation."),
        T::Inet | T::Cidr => (Answers::Equality, "Addresses are compared for equality alone."),
        T::Interval
        | T::Json
        | T::Jsonb
        | T::Array { .. }
        | T::Hstore
        | T::Range(_)
        | T::Multirange(_)
        | T::Other(_) => (Answers::Null, OPAQUE),
        T::Bool
        | T::Int2
        | T::Int4
        | T::Int8
        | T::Float4
        | T::Float8
        | T::Numeric(_)
        | T::Date
        | T::Time
        | T::Timestamp
        | T::TimestampTz
        | T::Uuid
        | T::Bytea
        | T::Enum(_) => (Answers::Order, ""),
    }
}
