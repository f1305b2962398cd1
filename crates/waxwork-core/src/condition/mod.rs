//! Conditions of rules: which rows of a table a rule holds for.
//!
//! ```text
//!   when = "country = 'DE' and age >= 18" ─► lexer ─► parser ─► Written (names, literals, places)
//!                                                                  │ resolve(table, catalog)
//!                                       SQL for the source ◄─── Predicate ───► evaluation by waxwork-mask
//! ```
//!
//! A grammar of our own, because the same rows must be meant by the server and by a mask that sees one row of COPY at a
//! time: what both cannot promise to answer alike is refused. The answer is true, false or unknown, as in SQL; a rule
//! holds where it is true.
//!
//! ```text
//!   condition := both { "or" both }
//!   both      := one { "and" one }
//!   one       := "not" one | test { "is" [ "not" ] ( "null" | "true" | "false" | "unknown" ) }
//!   test      := "(" condition ")" | column [ tail ] | literal operator column
//!   tail      := operator literal | [ "not" ] ( "in" "(" literal { "," literal } ")"
//!                | "between" literal "and" literal | ( "like" | "ilike" ) text )
//!   operator  := "=" | "<>" | "!=" | "<" | "<=" | ">" | ">="
//!   literal   := text | [ "+" | "-" ] number | "true" | "false"
//! ```

mod lexer;
mod literal;
mod parser;
mod resolve;
mod sql;
mod text;
mod time;

pub use literal::form;
pub use parser::parse;
pub use resolve::resolve;
pub use sql::{equals_form, to_sql};
pub(crate) use text::to_text;

use crate::catalog::ColumnId;
use crate::rules::At;
use std::fmt;

/// A condition as it is written: names and literals with their places, nothing looked up.
#[derive(Clone, PartialEq)]
pub enum Written {
    /// `and`
    All(Vec<Written>),
    /// `or`
    Any(Vec<Written>),
    /// `not`
    Not(Box<Written>),
    /// `is null`, `is true`, …
    Is(Box<Written>, Truth),
    /// A column by itself.
    Column(At<String>),
    /// A column and a literal.
    Compare(At<String>, Operator, At<Literal>),
    /// `in (…)`
    OneOf(At<String>, Vec<At<Literal>>),
    /// `like`, or `ilike` where it folds case.
    Like {
        /// The column.
        column: At<String>,
        /// The pattern.
        pattern: At<String>,
        /// `ilike`
        fold: bool,
    },
}

/// A literal as it is written.
#[derive(Clone, PartialEq)]
pub enum Literal {
    /// In single quotes: of whatever type the column has.
    Text(String),
    /// Digits, a point, an exponent; with its sign.
    Number(String),
    /// `true`, `false`
    Flag(bool),
}

/// What a condition is asked to be by `is`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// `is true`
    True,
    /// `is false`
    False,
    /// `is null`, `is unknown`
    Unknown,
}

/// How a value and a literal compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// As SQL writes it.
    pub fn symbol(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
        }
    }

    /// The one that says the same with both sides changed over.
    fn turned(self) -> Self {
        match self {
            Operator::Equal | Operator::NotEqual => self,
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
        }
    }

    /// Whether it holds for a value that stands so to the literal.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A condition over the rows of one table: true, false or unknown of each.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// `and`: false where one is, else unknown where one is.
    All(Vec<Predicate>),
    /// `or`: true where one is, else unknown where one is.
    Any(Vec<Predicate>),
    /// `not`
    Not(Box<Predicate>),
    /// Whether it is that, which is never unknown.
    Is(Box<Predicate>, Truth),
    /// A question about one column.
    Test(ColumnId, Check),
}

/// A question about a column. Literals stand in the text form of the column's type; `Debug` shows their lengths.
#[derive(Clone, PartialEq)]
pub enum Check {
    /// It is NULL; never unknown.
    Null,
    /// It is a boolean and true.
    True,
    /// How it compares with a literal; of an integer column the literal may have 64 bits.
    Compare(Operator, String),
    /// It equals one of these.
    OneOf(Vec<String>),
    /// It matches a pattern of LIKE, or of ILIKE where it folds case.
    Like {
        /// The pattern; backslash escapes.
        pattern: String,
        /// ILIKE
        fold: bool,
    },
    /// Its text form is this, byte by byte: the constant of a polymorphic reference, of whatever type.
    Form(String),
}

impl Predicate {
    /// All constants of a polymorphic reference's `when`.
    pub fn of_constants(when: &[(ColumnId, String)]) -> Self {
        let tests = when.iter().map(|(column, form)| Predicate::Test(*column, Check::Form(form.clone())));
        Predicate::All(tests.collect())
    }

    /// Every question in it with its column, in the order of the text.
    pub fn tests(&self) -> Vec<(ColumnId, &Check)> {
        match self {
            Predicate::All(parts) | Predicate::Any(parts) => {
                parts.iter().flat_map(Predicate::tests).collect()
            }
            Predicate::Not(inner) | Predicate::Is(inner, _) => inner.tests(),
            Predicate::Test(column, check) => vec![(*column, check)],
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Check::Null => f.write_str("Null"),
            Check::True => f.write_str("True"),
            Check::Compare(operator, literal) => write!(f, "{operator:?} ({} bytes)", literal.len()),
            Check::OneOf(literals) => write!(f, "OneOf ({})", literals.len()),
            Check::Like { pattern, fold } => write!(f, "Like ({} bytes, fold {fold})", pattern.len()),
            Check::Form(form) => write!(f, "Form ({} bytes)", form.len()),
        }
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => write!(f, "Text ({} bytes)", text.len()),
            Literal::Number(number) => write!(f, "Number ({} bytes)", number.len()),
            Literal::Flag(_) => f.write_str("Flag"),
        }
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Written::All(parts) => f.debug_tuple("All").field(parts).finish(),
            Written::Any(parts) => f.debug_tuple("Any").field(parts).finish(),
            Written::Not(inner) => f.debug_tuple("Not").field(inner).finish(),
            Written::Is(inner, truth) => f.debug_tuple("Is").field(inner).field(truth).finish(),
            Written::Column(column) => write!(f, "{}", column.value),
            Written::Compare(column, operator, literal) => {
                write!(f, "{} {operator:?} {:?}", column.value, literal.value)
            }
            Written::OneOf(column, literals) => write!(f, "{} OneOf ({})", column.value, literals.len()),
            Written::Like { column, pattern, .. } => {
                write!(f, "{} Like ({} bytes)", column.value, pattern.value.len())
            }
        }
    }
}
