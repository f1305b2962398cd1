//! SQL identifiers. An [`Ident`] reaches SQL text only through its `Display`, which always quotes.

use std::fmt;

/// One SQL identifier, as the catalog stores it (unquoted, case kept, any character but NUL).
///
/// `Display` writes it quoted (`"a""b"`), so that no identifier can leave its place in a statement
/// (PostgreSQL manual, 4.1.1 Identifiers and Key Words).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(Box<str>);

impl Ident {
    /// Wraps a name exactly as the catalog holds it.
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self(name.into())
    }

    /// The bare name, for comparison and for messages; never for SQL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

impl fmt::Debug for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A schema-qualified name; `Display` quotes both parts for SQL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QualifiedName {
    /// The schema.
    pub schema: Ident,
    /// The object inside it.
    pub name: Ident,
}

impl QualifiedName {
    /// Joins a schema and a name.
    pub fn new(schema: impl Into<Box<str>>, name: impl Into<Box<str>>) -> Self {
        Self { schema: Ident::new(schema), name: Ident::new(name) }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

impl fmt::Debug for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
