//! `SECURITY LABEL` among the statements of a script, as `pg_dump` or a person writes it.

use super::{DEFAULT_POLICY, Label, Labelled};
use crate::place::{Place, unreadable};
use crate::sql::{Lexer, Open, Token, Word};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::ident::QualifiedName;

/// Statements of which more than the first word is looked at.
const READ: [&str; 3] = ["copy", "security", "set"];

/// The labels of a policy that the script leaves behind, each with its place.
pub(super) fn labels(file: &str, sql: &str, policy: &str) -> Result<Vec<(Label, Place)>, Vec<Diagnostic>> {
    let mut lexer = Lexer::new(sql);
    let mut labels: Vec<(Label, Place)> = Vec::new();
    let refuse = |at, detail: String| Err(unreadable(file, "SQL", Place::of_byte(sql, at), detail));
    loop {
        skip_commands(&mut lexer);
        let statement = match statement(&mut lexer) {
            Ok(Some(statement)) => statement,
            Ok(None) => return Ok(labels),
            Err(Open { at, what }) => return refuse(at, format!("It ends within {what} that begins here.")),
        };
        let mut reader = Reader { words: &statement, at: 0 };
        if reader.names(&["copy"]) && is_from_stdin(&statement) {
            lexer.skip_data();
        } else if reader.names(&["set", "standard_conforming_strings"]) {
            lexer.escapes = statement.iter().any(|word| word.token == Token::Name("off".to_owned()));
        } else if reader.names(&["security", "label"]) {
            let start = statement.first().map_or(0, |word| word.start);
            match reader.label(policy) {
                Ok(Some((object, text))) => put(&mut labels, object, text, Place::of_byte(sql, start)),
                Ok(None) => {}
                Err(()) => return refuse(start, "It is no SECURITY LABEL that PostgreSQL reads.".to_owned()),
            }
        }
    }
}

/// The commands of psql, a line each: `\connect`, `\restrict`.
fn skip_commands(lexer: &mut Lexer<'_>) {
    loop {
        let mut ahead = lexer.clone();
        // What is not closed is found again by who reads the statement.
        let Ok(Some(word)) = ahead.next() else { return };
        if !ahead.is_backslash(word.start) {
            return;
        }
        ahead.skip_line();
        *lexer = ahead;
    }
}

/// The words of the next statement; of one that is not looked at only the first.
fn statement(lexer: &mut Lexer<'_>) -> Result<Option<Vec<Word>>, Open> {
    let mut words: Vec<Word> = Vec::new();
    while let Some(word) = lexer.next()? {
        if word.token == Token::Symbol(";") {
            return Ok(Some(words));
        }
        let is_read = match words.first().map(|first| &first.token) {
            Some(Token::Name(first)) => READ.contains(&first.as_str()),
            Some(_) => false,
            None => true,
        };
        if is_read {
            words.push(word);
        }
    }
    Ok(if words.is_empty() { None } else { Some(words) })
}

fn is_from_stdin(statement: &[Word]) -> bool {
    let is = |word: &Word, name: &str| word.token == Token::Name(name.to_owned());
    statement.windows(2).any(|pair| is(&pair[0], "from") && is(&pair[1], "stdin"))
}

/// The last label of an object counts, and NULL takes it away.
fn put(labels: &mut Vec<(Label, Place)>, object: Labelled, text: Option<String>, place: Place) {
    labels.retain(|(label, _)| label.object != object);
    if let Some(text) = text {
        labels.push((Label { object, text }, place));
    }
}

struct Reader<'w> {
    words: &'w [Word],
    at: usize,
}

impl Reader<'_> {
    fn token(&self) -> Option<&Token> {
        self.words.get(self.at).map(|word| &word.token)
    }

    fn names(&mut self, names: &[&str]) -> bool {
        let found = names.iter().enumerate().all(|(at, name)| {
            matches!(self.words.get(self.at + at).map(|word| &word.token), Some(Token::Name(known)) if known == name)
        });
        self.at += if found { names.len() } else { 0 };
        found
    }

    /// After SECURITY LABEL: the object and text of a label of the policy; none of another's, or on what is not copied.
    fn label(&mut self, policy: &str) -> Result<Option<(Labelled, Option<String>)>, ()> {
        let provider = self.names(&["for"]).then(|| self.provider()).transpose()?;
        self.names(&["on"]).then_some(()).ok_or(())?;
        let object = self.object();
        while !self.names(&["is"]) {
            // Names of functions have their arguments between.
            self.token().ok_or(())?;
            self.at += 1;
        }
        let text = match self.token() {
            Some(Token::Text(text)) => Some(text.clone()),
            Some(Token::Name(word)) if word == "null" => None,
            _ => return Err(()),
        };
        let is_ours = provider.as_deref().unwrap_or(DEFAULT_POLICY) == policy;
        Ok(object.filter(|_| is_ours).map(|object| (object, text)))
    }

    fn provider(&mut self) -> Result<String, ()> {
        match self.token().cloned() {
            Some(Token::Name(name) | Token::Quoted(name) | Token::Text(name)) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(()),
        }
    }

    fn object(&mut self) -> Option<Labelled> {
        if self.names(&["column"]) {
            let mut name = self.name();
            let column = name.pop()?;
            return Some(Labelled::Column(table(name)?, column));
        }
        if self.names(&["table"]) || self.names(&["foreign", "table"]) {
            return Some(Labelled::Table(table(self.name())?));
        }
        self.names(&["database"]).then_some(Labelled::Database)
    }

    fn name(&mut self) -> Vec<String> {
        let mut parts = Vec::new();
        while let Some(Token::Name(part) | Token::Quoted(part)) = self.token() {
            parts.push(part.clone());
            self.at += 1;
            if self.token() != Some(&Token::Symbol(".")) {
                break;
            }
            self.at += 1;
        }
        parts
    }
}

/// With a database before its schema, or without a schema.
fn table(mut parts: Vec<String>) -> Option<QualifiedName> {
    let name = parts.pop()?;
    Some(QualifiedName::new(parts.pop().unwrap_or_else(|| "public".to_owned()), name))
}
