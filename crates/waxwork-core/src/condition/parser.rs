//! From text to [`Written`], by recursive descent; an error says where, what stands there and what should.
//!
//! No error shows a text, a number or a name: a value that lost its quotes looks like one.

use super::lexer::{Token, tokens};
use super::{Literal, Operator, Truth, Written};
use crate::diagnostic::{Diagnostic, Location};
use crate::rules::At;

/// Parentheses and `not`s inside each other at most: far more than anybody writes, far less than a stack holds.
const DEPTH_MAX: usize = 64;

/// Words that no column's name can be without quotes: those of the grammar.
const KEY_WORDS: [&str; 12] =
    ["and", "or", "not", "is", "in", "between", "like", "ilike", "null", "true", "false", "unknown"];

/// Words that SQL takes for a function or for whoever is logged in, where no quotes say that a column is meant.
const VALUE_WORDS: [&str; 12] = [
    "user",
    "current_user",
    "session_user",
    "system_user",
    "current_role",
    "current_catalog",
    "current_schema",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
];

/// Reads a condition; `place` says where in the rule file a byte of it stands, `owner` what it belongs to.
///
/// # Errors
/// The first thing that does not fit the grammar, with its place.
pub fn parse(text: &str, owner: &str, place: impl Fn(usize) -> Location) -> Result<Written, Box<Diagnostic>> {
    let mut parser = Parser { tokens: tokens(text), at: 0, depth: 0, place: &place };
    let written = parser.condition().and_then(|written| match parser.token() {
        Token::End => Ok(written),
        _ => Err(parser.unexpected("\"and\", \"or\" or the end")),
    });
    written.map_err(|error| {
        let message = format!("condition of {owner} cannot be read");
        let diagnostic = Diagnostic::rule("bad_condition", message).detail(error.detail);
        let diagnostic = match error.hint {
            Some(hint) => diagnostic.hint(hint),
            None => diagnostic,
        };
        Box::new(diagnostic.at(Some(place(error.at))))
    })
}

struct Parser<'p> {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    place: &'p dyn Fn(usize) -> Location,
}

struct Unexpected {
    at: usize,
    detail: String,
    hint: Option<&'static str>,
}

/// A part of a condition, or what is wrong.
type Parsed<T> = Result<T, Unexpected>;

/// What stands before an operator.
enum Operand {
    Column(At<String>),
    Literal(At<Literal>),
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn start(&self) -> usize {
        self.tokens[self.at].1
    }

    fn next(&mut self) -> Token {
        let token = self.token().clone();
        // The last one stays.
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn located<T>(&self, value: T, start: usize) -> At<T> {
        At { value, location: (self.place)(start) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token(), Token::Word(found) if found == word)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.next();
        }
        found
    }

    fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.token(), Token::Symbol(found) if *found == symbol);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, symbol: &str, wanted: &str) -> Parsed<()> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    fn unexpected(&self, wanted: &str) -> Unexpected {
        let (found, hint) = describe(self.token());
        let detail = match self.token() {
            Token::End => format!("It ends where {wanted} should stand."),
            Token::Open(quote) => format!("A quote ({quote}) is not closed."),
            _ => format!("It has {found} where {wanted} should stand."),
        };
        Unexpected { at: self.start(), detail, hint }
    }

    fn refused(&self, at: usize, detail: &str, hint: &'static str) -> Unexpected {
        Unexpected { at, detail: detail.to_owned(), hint: Some(hint) }
    }

    fn condition(&mut self) -> Parsed<Written> {
        let mut parts = vec![self.both()?];
        while self.eat_word("or") {
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Written::Any(parts) })
    }

    fn both(&mut self) -> Parsed<Written> {
        let mut parts = vec![self.one()?];
        while self.eat_word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Written::All(parts) })
    }

    fn one(&mut self) -> Parsed<Written> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.refused(
                self.start(),
                "It is nested too deeply.",
                "Take it apart into several rules.",
            ));
        }
        let written = if self.eat_word("not") {
            Written::Not(Box::new(self.one()?))
        } else {
            let test = self.test()?;
            self.is(test)?
        };
        self.depth -= 1;
        Ok(written)
    }

    /// Weaker than a comparison, stronger than `not`, as in SQL.
    fn is(&mut self, mut test: Written) -> Parsed<Written> {
        while self.eat_word("is") {
            let negated = self.eat_word("not");
            let truth = match self.token() {
                Token::Word(word) if word == "true" => Truth::True,
                Token::Word(word) if word == "false" => Truth::False,
                Token::Word(word) if word == "null" || word == "unknown" => Truth::Unknown,
                _ => return Err(self.unexpected("\"null\", \"true\", \"false\" or \"unknown\"")),
            };
            self.next();
            test = Written::Is(Box::new(test), truth);
            if negated {
                test = Written::Not(Box::new(test));
            }
        }
        Ok(test)
    }

    fn test(&mut self) -> Parsed<Written> {
        if self.eat_symbol("(") {
            let inner = self.condition()?;
            self.expect(")", "\"and\", \"or\" or a closing parenthesis")?;
            return Ok(inner);
        }
        match self.operand()? {
            Operand::Column(column) => self.tail(column),
            Operand::Literal(literal) => {
                let Some(operator) = self.operator() else {
                    return Err(self.unexpected("a comparison"));
                };
                match self.operand()? {
                    Operand::Column(column) => Ok(Written::Compare(column, operator.turned(), literal)),
                    Operand::Literal(_) => {
                        let start = self.tokens[self.at - 1].1;
                        Err(self.refused(
                            start,
                            "It compares two literals.",
                            "Compare a column with a literal.",
                        ))
                    }
                }
            }
        }
    }

    /// What is asked of a column.
    fn tail(&mut self, column: At<String>) -> Parsed<Written> {
        if let Some(operator) = self.operator() {
            let literal = self.literal()?;
            return Ok(Written::Compare(column, operator, literal));
        }
        let negated = self.is_word("not");
        if negated {
            self.next();
        }
        let written = match self.token() {
            Token::Word(word) if word == "in" => self.one_of(column)?,
            Token::Word(word) if word == "between" => self.between(column)?,
            Token::Word(word) if word == "like" || word == "ilike" => self.like(column)?,
            _ if negated => return Err(self.unexpected("\"in\", \"between\", \"like\" or \"ilike\"")),
            _ => return Ok(Written::Column(column)),
        };
        Ok(if negated { Written::Not(Box::new(written)) } else { written })
    }

    fn one_of(&mut self, column: At<String>) -> Parsed<Written> {
        self.next();
        self.expect("(", "an opening parenthesis")?;
        let mut literals = vec![self.literal()?];
        while self.eat_symbol(",") {
            literals.push(self.literal()?);
        }
        self.expect(")", "a comma or a closing parenthesis")?;
        Ok(Written::OneOf(column, literals))
    }

    fn between(&mut self, column: At<String>) -> Parsed<Written> {
        self.next();
        let least = self.literal()?;
        if !self.eat_word("and") {
            return Err(self.unexpected("\"and\""));
        }
        let most = self.literal()?;
        Ok(Written::All(vec![
            Written::Compare(column.clone(), Operator::GreaterOrEqual, least),
            Written::Compare(column, Operator::LessOrEqual, most),
        ]))
    }

    fn like(&mut self, column: At<String>) -> Parsed<Written> {
        let fold = self.next() == Token::Word("ilike".to_owned());
        let start = self.start();
        let Token::Text(pattern) = self.token().clone() else {
            return Err(self.unexpected("a pattern in single quotes"));
        };
        self.next();
        // Odd: the last one escapes nothing, which the server refuses row by row.
        if pattern.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
            let hint = "A backslash itself is written as two.";
            return Err(self.refused(start, "The pattern ends in a backslash that escapes nothing.", hint));
        }
        Ok(Written::Like { column, pattern: self.located(pattern, start), fold })
    }

    fn operator(&mut self) -> Option<Operator> {
        let operator = match self.token() {
            Token::Symbol("=") => Operator::Equal,
            Token::Symbol("<>" | "!=") => Operator::NotEqual,
            Token::Symbol("<") => Operator::Less,
            Token::Symbol("<=") => Operator::LessOrEqual,
            Token::Symbol(">") => Operator::Greater,
            Token::Symbol(">=") => Operator::GreaterOrEqual,
            _ => return None,
        };
        self.next();
        Some(operator)
    }

    fn operand(&mut self) -> Parsed<Operand> {
        let start = self.start();
        match self.token().clone() {
            Token::Quoted(name) => {
                self.next();
                Ok(Operand::Column(self.located(name, start)))
            }
            Token::Word(word) if VALUE_WORDS.contains(&word.as_str()) => {
                let detail = format!("In SQL {word} is a function.");
                Err(self.refused(start, &detail, "Write a column of that name in double quotes."))
            }
            Token::Word(word) if !KEY_WORDS.contains(&word.as_str()) => {
                self.next();
                Ok(Operand::Column(self.located(word, start)))
            }
            Token::Text(_) | Token::Number(_) | Token::Symbol("+" | "-") => {
                Ok(Operand::Literal(self.literal()?))
            }
            Token::Word(word) if word == "true" || word == "false" => Ok(Operand::Literal(self.literal()?)),
            _ => Err(self.unexpected("a column")),
        }
    }

    fn literal(&mut self) -> Parsed<At<Literal>> {
        let start = self.start();
        let sign = if self.eat_symbol("-") { Some("-") } else { self.eat_symbol("+").then_some("") };
        let literal = match (self.token().clone(), sign) {
            (Token::Number(number), sign) => Literal::Number(format!("{}{number}", sign.unwrap_or_default())),
            (_, Some(_)) => return Err(self.unexpected("a number")),
            (Token::Text(text), None) => Literal::Text(text),
            (Token::Word(word), None) if word == "true" || word == "false" => Literal::Flag(word == "true"),
            (Token::Word(word), None) if word == "null" => {
                let hint = "Ask \"is null\" or \"is not null\".";
                return Err(self.refused(start, "Nothing is equal to NULL, or unequal.", hint));
            }
            (Token::Word(_) | Token::Quoted(_), None) => {
                let hint = "Put a text in single quotes. Two columns cannot be compared.";
                let error = self.unexpected("a literal");
                return Err(Unexpected { hint: Some(hint), ..error });
            }
            _ => return Err(self.unexpected("a literal")),
        };
        self.next();
        Ok(self.located(literal, start))
    }
}

/// A word for messages, and what to do about it.
fn describe(token: &Token) -> (String, Option<&'static str>) {
    const NO_EXPRESSIONS: &str = "A condition has no functions, subqueries, casts or arithmetic.";
    match token {
        Token::Word(word) if KEY_WORDS.contains(&word.as_str()) => (format!("the word \"{word}\""), None),
        Token::Word(_) | Token::Quoted(_) => ("a name".to_owned(), None),
        Token::Text(_) => ("a text".to_owned(), None),
        Token::Number(_) => ("a number".to_owned(), None),
        Token::Symbol(symbol @ (")" | "," | "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=")) => {
            (format!("\"{symbol}\""), None)
        }
        Token::Symbol(symbol) => (format!("\"{symbol}\""), Some(NO_EXPRESSIONS)),
        Token::Unknown | Token::Open(_) => {
            ("a character that begins no word".to_owned(), Some(NO_EXPRESSIONS))
        }
        Token::End => ("the end".to_owned(), None),
    }
}
