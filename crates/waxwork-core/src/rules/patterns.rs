//! `[pattern]`: rules for every column whose name is like this, where a column has no rule of its own.
//!
//! ```text
//!   pattern := [ part "." ] part "." part                      schema public where none is named, table, column
//!   part    := { letter | digit | "_" | "$" | "*" }            folded to lower case; "*" is any characters
//!            | '"' { any character, '""' for a quote } '"'     kept, "*" a character like others
//! ```

use super::PatternRule;
use super::name::{continues_identifier, quoted};
use super::reader::{Entry, Reader, Section, shown};
use super::subset_rules::named_twice;
use crate::diagnostic::Diagnostic;
use crate::ident::QualifiedName;

/// Names of columns that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern {
    schema: Part,
    table: Part,
    column: Part,
}

/// What stands between the stars of a name: a name without a star is one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part(Vec<String>);

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong, in complete sentences.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = text.trim();
        loop {
            let (part, after) = Part::parse(rest)?;
            parts.push(part);
            match after.strip_prefix('.') {
                Some(after) => rest = after,
                None if after.is_empty() => break,
                None => {
                    return Err(
                        "A part has letters, digits, \"_\", \"$\" and \"*\", or stands in double quotes.",
                    );
                }
            }
        }
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(table), Some(column), None, None) => {
                Ok(Self { schema: Part(vec!["public".to_owned()]), table, column })
            }
            (Some(schema), Some(table), Some(column), None) => Ok(Self { schema, table, column }),
            _ => Err("It names a table and a column, or a schema, a table and a column."),
        }
    }

    /// Whether a column of a table has such a name.
    pub fn matches(&self, table: &QualifiedName, column: &str) -> bool {
        self.schema.matches(table.schema.as_str())
            && self.table.matches(table.name.as_str())
            && self.column.matches(column)
    }
}

/// Whether a name is like a pattern: `*` is any characters, and case says nothing.
pub fn is_like(name: &str, pattern: &str) -> bool {
    let pieces = pattern.split('*').map(str::to_lowercase);
    Part(pieces.collect()).matches(&name.to_lowercase())
}

impl Part {
    fn parse(text: &str) -> Result<(Self, &str), &'static str> {
        if let Some(rest) = text.strip_prefix('"') {
            let (name, rest) = quoted(rest, '"').ok_or("A double quote is not closed.")?;
            return if name.is_empty() {
                Err("A quoted part is empty.")
            } else {
                Ok((Self(vec![name]), rest))
            };
        }
        let length = text.find(|c| !continues_identifier(c) && c != '*').unwrap_or(text.len());
        let (part, rest) = text.split_at(length);
        if part.is_empty() {
            return Err("A part is empty.");
        }
        Ok((Self(part.split('*').map(str::to_ascii_lowercase).collect()), rest))
    }

    /// The first piece begins the name, the last ends it, and the others follow each other between.
    fn matches(&self, name: &str) -> bool {
        let (Some((first, inner)), Some(last)) = (self.0.split_first(), self.0.last()) else { return false };
        let Some((_, inner)) = inner.split_last() else { return name == first };
        let between = name.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()));
        let Some(mut rest) = between else { return false };
        for piece in inner {
            match rest.find(piece.as_str()) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        true
    }
}

impl Reader<'_> {
    pub(super) fn name_patterns(&mut self, root: &Section<'_>) -> Vec<PatternRule> {
        let Some(section) = self.section(root, "pattern", "[pattern]") else { return Vec::new() };
        let mut patterns: Vec<PatternRule> = Vec::new();
        for entry in &section.entries {
            let Some(found) = self.pattern(*entry) else { continue };
            if let Some(earlier) = patterns.iter().find(|earlier| earlier.pattern == found.pattern) {
                let twice = named_twice("pattern", &shown(entry.key), &earlier.name);
                self.push(twice.at(Some(found.name.location.clone())));
            }
            patterns.push(found);
        }
        patterns
    }

    fn pattern(&mut self, entry: Entry<'_>) -> Option<PatternRule> {
        let name = self.at(entry.key.to_owned(), entry.key_start);
        let rule = self.rule(entry.value, entry.value_start, &format!("pattern {}", shown(entry.key)));
        match NamePattern::parse(entry.key) {
            Ok(pattern) => Some(PatternRule { name, pattern, rule: rule? }),
            Err(detail) => {
                let message = format!("invalid pattern {}", shown(entry.key));
                let hint = "Name it as [pattern.\"*.sender\"] or [pattern.\"sales.*.sender\"].";
                let diagnostic = Diagnostic::rule("bad_pattern", message).detail(detail).hint(hint);
                self.error(entry.key_start, diagnostic);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, schema: &str, table: &str, column: &str) -> bool {
        NamePattern::parse(pattern).unwrap().matches(&QualifiedName::new(schema, table), column)
    }

    #[test]
    fn a_star_is_any_characters_of_one_part() {
        for (pattern, column) in [
            ("*.sender", "sender"),
            ("*.SENDER", "sender"),
            ("*.*_name", "user_name"),
            ("mail.*", "x"),
            ("*.a*b*c", "abc"),
            ("*.a*b*c", "axbybc"),
            ("ma*l.\"Sen*der\"", "Sen*der"),
            ("*.*", "ä"),
        ] {
            assert!(matches(pattern, "public", "mail", column), "{pattern} {column}");
        }
        for (pattern, column) in [
            ("*.sender", "sender_id"),
            ("*.*_name", "_nam"),
            ("mails.*", "x"),
            ("*.a*ba", "aba_"),
            ("*.ab*ba", "aba"),
            ("*.\"Sender\"", "sender"),
            ("*.\"sen*\"", "sender"),
            ("sales.*.sender", "sender"),
        ] {
            assert!(!matches(pattern, "public", "mail", column), "{pattern} {column}");
        }
        assert!(
            matches("*.*.sender", "sales", "mail", "sender")
                && !matches("*.sender", "sales", "mail", "sender")
        );
    }

    #[test]
    fn a_name_is_like_a_pattern_in_any_case() {
        for (name, pattern) in [
            ("db1.Prod.example.com", "*.prod.example.com"),
            ("shop", "SHOP"),
            ("shop_live", "*live*"),
            ("", "*"),
        ] {
            assert!(is_like(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("shops", "shop"), ("prod.example.com", "*.prod.*"), ("live", "l*i*v*e*e")] {
            assert!(!is_like(name, pattern), "{name} {pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for text in ["", "sender", "a.b.c.d", "*.", ".x", "*.a-b", "*.\"a", "*.\"\"", "*.\"a\"b"] {
            assert!(NamePattern::parse(text).is_err(), "{text}");
        }
    }
}
