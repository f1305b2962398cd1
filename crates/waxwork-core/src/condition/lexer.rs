//! Words of a condition, by SQL's lexical rules (PostgreSQL manual, 4.1), each with the byte it begins at.

use crate::rules::name::{continues_identifier, quoted, starts_identifier};

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// An unquoted name, folded to lower case: a column or a key word.
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A number without a sign.
    Number(String),
    /// A comparison, a parenthesis, a comma, or what no condition has.
    Symbol(&'static str),
    /// A quote that is not closed.
    Open(char),
    /// A character that begins no word.
    Unknown,
    /// After the last.
    End,
}

/// The longest come first.
const SYMBOLS: [&str; 26] = [
    "<>", "!=", "<=", ">=", "::", "||", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/", "%", "^", ".", ";",
    ":", "[", "]", "~", "$", "@",
];

/// Splits a text; an [`Token::End`] stands last.
pub(super) fn tokens(text: &str) -> Vec<(Token, usize)> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
        let start = text.len() - rest.len();
        let (token, after) = token(rest);
        let is_last = matches!(token, Token::End | Token::Open(_) | Token::Unknown);
        tokens.push((token, start));
        if is_last {
            return tokens;
        }
        rest = after;
    }
}

fn token(text: &str) -> (Token, &str) {
    let Some(first) = text.chars().next() else { return (Token::End, text) };
    match first {
        '\'' => match quoted(&text[1..], '\'') {
            Some((content, rest)) => (Token::Text(content), rest),
            None => (Token::Open('\''), ""),
        },
        '"' => match quoted(&text[1..], '"') {
            Some((content, rest)) => (Token::Quoted(content), rest),
            None => (Token::Open('"'), ""),
        },
        first if starts_identifier(first) => {
            let (word, rest) = split(text, continues_identifier);
            (Token::Word(word.to_ascii_lowercase()), rest)
        }
        first if first.is_ascii_digit() || begins_fraction(text) => number(text),
        _ => match SYMBOLS.iter().find(|symbol| text.starts_with(**symbol)) {
            Some(symbol) => (Token::Symbol(symbol), &text[symbol.len()..]),
            None => (Token::Unknown, ""),
        },
    }
}

fn split(text: &str, within: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !within(c)).unwrap_or(text.len()))
}

fn begins_fraction(text: &str) -> bool {
    text.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// `digits[.[digits]][e[+-]digits]` or `.digits[…]`.
fn number(text: &str) -> (Token, &str) {
    let digits = |text: &str| split(text, |c| c.is_ascii_digit()).0.len();
    let mut length = digits(text);
    if text[length..].starts_with('.') {
        length += 1 + digits(&text[length + 1..]);
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(&text[length + 1 + sign..]);
        length += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    // Letters right after a number belong to nothing (`0x1f`, `1_000`, `18years`).
    match text[length..].chars().next() {
        Some(next) if continues_identifier(next) => (Token::Unknown, ""),
        _ => (Token::Number(text[..length].to_owned()), &text[length..]),
    }
}
