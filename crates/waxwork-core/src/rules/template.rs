//! Templates of `text.template`: text with the names of columns in braces, doubled braces standing for themselves.

use super::At;
use super::reader::{Entry, Reader, Section};
use crate::diagnostic::Diagnostic;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplatePart {
    /// As it stands.
    Text(String),
    /// What a column of the row holds in the copy; the exact name.
    Column(At<String>),
}

/// A piece of a template, a column's name with the byte where it begins.
type Piece = Result<String, (String, usize)>;

/// What is wrong with a template, and the byte where.
struct TemplateError {
    at: usize,
    detail: &'static str,
}

/// Splits a template: `Ok` is text, `Err` a column.
fn split(template: &str) -> Result<Vec<Piece>, TemplateError> {
    const LONE: &str = "A closing brace has no opening one; two of them stand for one.";
    const OPEN: &str = "A brace is not closed; two opening ones stand for one.";
    if let Some(at) = template.find('\0') {
        return Err(TemplateError { at, detail: "No text of PostgreSQL holds the character U+0000." });
    }
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        let at = template.len() - rest.len() + brace;
        text.push_str(&rest[..brace]);
        let after = &rest[brace + 1..];
        if after.starts_with(&rest[brace..=brace]) {
            text.push_str(&rest[brace..=brace]);
            rest = &after[1..];
            continue;
        }
        if rest[brace..].starts_with('}') {
            return Err(TemplateError { at, detail: LONE });
        }
        let end = after.find(['{', '}']).filter(|end| after[*end..].starts_with('}'));
        let end = end.ok_or(TemplateError { at, detail: OPEN })?;
        if end == 0 {
            return Err(TemplateError { at, detail: "It names no column between its braces." });
        }
        if !text.is_empty() {
            pieces.push(Ok(std::mem::take(&mut text)));
        }
        pieces.push(Err((after[..end].to_owned(), at + 1)));
        rest = &after[end + 1..];
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Ok(text));
    }
    Ok(pieces)
}

impl Reader<'_> {
    /// The pieces of a template, each name with its place.
    pub(super) fn template(&mut self, entry: Entry<'_>, section: &Section<'_>) -> Option<Vec<TemplatePart>> {
        let text = self.text(section, entry.key)?.value;
        match split(&text) {
            Ok(pieces) => Some(pieces.into_iter().map(|piece| self.part(piece, entry)).collect()),
            Err(error) => {
                let message = format!("invalid template of {}", section.name);
                let place = self.place_in_string(entry.value_start, error.at);
                let diagnostic = Diagnostic::rule("bad_template", message).detail(error.detail);
                self.push(diagnostic.at(Some(place)));
                None
            }
        }
    }

    fn part(&self, piece: Piece, entry: Entry<'_>) -> TemplatePart {
        match piece {
            Ok(text) => TemplatePart::Text(text),
            Err((value, at)) => {
                TemplatePart::Column(At { value, location: self.place_in_string(entry.value_start, at) })
            }
        }
    }
}

/// Written so that [`Reader::template`] reads the same pieces.
pub(crate) fn written(parts: &[TemplatePart]) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => text.replace('{', "{{").replace('}', "}}"),
        TemplatePart::Column(name) => format!("{{{}}}", name.value),
    };
    parts.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_braces_and_doubled_braces_for_themselves() {
        let column = |name: &str, at| Err((name.to_owned(), at));
        let text = |text: &str| Ok(text.to_owned());
        for (template, pieces) in [
            ("{a} {b c}", vec![column("a", 1), text(" "), column("b c", 5)]),
            ("{{{a}}}", vec![text("{"), column("a", 3), text("}")]),
            ("x}}{{y", vec![text("x}{y")]),
            ("ä{a}", vec![text("ä"), column("a", 3)]),
        ] {
            assert_eq!(split(template).ok(), Some(pieces), "{template}");
        }
        for (template, at) in [("a}", 1), ("{a", 0), ("{}", 0), ("x{a{b}", 1), ("{a}}", 3), ("{a} \0{b}", 4)]
        {
            assert_eq!(split(template).err().map(|error| error.at), Some(at), "{template}");
        }
    }
}
