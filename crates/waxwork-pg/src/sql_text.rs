//! SQL text cut into tokens without losing a byte, for the few things that are done to DDL as text.
//!
//! Entries of an archive are run as `pg_dump` wrote them; but ACL entries hold many statements, and options of foreign
//! servers and tables hold secrets. Both need to know what is inside quotes. Rules: PostgreSQL manual, 4.1 Lexical
//! Structure, with `standard_conforming_strings` on.

use std::borrow::Cow;
use std::iter::Peekable;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// White space.
    Blank,
    /// `-- …` up to the line's end, or `/* … */`, nested ones included.
    Comment,
    /// A keyword or an unquoted identifier.
    Word,
    /// `"…"`
    QuotedIdent,
    /// `'…'`, `E'…'`, `U&'…'`, `B'…'`, `X'…'`, `$tag$…$tag$`
    String,
    /// A number, or a parameter such as `$1`.
    Number,
    /// One other character.
    Symbol,
}

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text as it stands.
    pub text: &'a str,
}

impl Token<'_> {
    /// It is this keyword, in any case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// It is this character.
    pub fn is_symbol(&self, symbol: char) -> bool {
        self.kind == TokenKind::Symbol && self.text.starts_with(symbol)
    }
}

/// Cuts the text into tokens; put together again they are the text. What is not closed reaches to the end.
pub fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let (kind, length) = next_token(rest)?;
        let (text, after) = rest.split_at(length);
        rest = after;
        Some(Token { kind, text })
    })
}

fn next_token(rest: &str) -> Option<(TokenKind, usize)> {
    let first = rest.chars().next()?;
    let length_while = |accept: fn(char) -> bool| rest.find(|c: char| !accept(c)).unwrap_or(rest.len());
    Some(match first {
        c if c.is_ascii_whitespace() => (TokenKind::Blank, length_while(|c| c.is_ascii_whitespace())),
        '-' if rest.starts_with("--") => (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (TokenKind::Comment, block_comment_length(rest)),
        '"' => (TokenKind::QuotedIdent, quoted_length(rest, '"', false)),
        '\'' => (TokenKind::String, quoted_length(rest, '\'', false)),
        '$' => dollar_token(rest),
        c if c.is_ascii_digit() => {
            (TokenKind::Number, length_while(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_'))
        }
        c if is_word_start(c) => word_or_string(rest, length_while(is_word_part)),
        c => (TokenKind::Symbol, c.len_utf8()),
    })
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn is_word_part(c: char) -> bool {
    is_word_start(c) || c.is_ascii_digit() || c == '$'
}

/// A word, unless it is the prefix of a string or of a quoted identifier.
fn word_or_string(rest: &str, length: usize) -> (TokenKind, usize) {
    let (word, after) = rest.split_at(length);
    let prefixed = |quote: char, backslash: bool, skip: usize| {
        length + skip + quoted_length(&after[skip..], quote, backslash)
    };
    match (word, after) {
        ("e" | "E", after) if after.starts_with('\'') => (TokenKind::String, prefixed('\'', true, 0)),
        ("b" | "B" | "x" | "X" | "n" | "N", after) if after.starts_with('\'') => {
            (TokenKind::String, prefixed('\'', false, 0))
        }
        ("u" | "U", after) if after.starts_with("&'") => (TokenKind::String, prefixed('\'', false, 1)),
        ("u" | "U", after) if after.starts_with("&\"") => (TokenKind::QuotedIdent, prefixed('"', false, 1)),
        _ => (TokenKind::Word, length),
    }
}

/// Length of what begins with `quote`; a doubled quote stays inside, as does one after a backslash in `E''`.
fn quoted_length(text: &str, quote: char, backslash: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if backslash => {
                chars.next();
            }
            c if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() => {
                return at + c.len_utf8();
            }
            _ => {}
        }
    }
    text.len()
}

fn block_comment_length(text: &str) -> usize {
    let (mut at, mut depth) = (0, 0_u32);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// `$1`, `$tag$ … $tag$`, or a lone `$`.
fn dollar_token(rest: &str) -> (TokenKind, usize) {
    let digits = rest[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - 1);
    if digits > 0 {
        return (TokenKind::Number, 1 + digits);
    }
    let tag_length = rest[1..].find(|c: char| !is_word_part(c) || c == '$').unwrap_or(rest.len() - 1);
    if !rest[1 + tag_length..].starts_with('$') {
        return (TokenKind::Symbol, 1);
    }
    let (tag, body) = rest.split_at(tag_length + 2);
    (TokenKind::String, body.find(tag).map_or(rest.len(), |end| tag.len() + end + tag.len()))
}

/// Cuts the text at every `separator` outside quotes, comments and parentheses.
pub fn split_top_level(text: &str, separator: char) -> Vec<&str> {
    let (mut pieces, mut start, mut at, mut depth) = (Vec::new(), 0, 0, 0_i32);
    for token in tokens(text) {
        depth += nesting(&token);
        if depth == 0 && token.is_symbol(separator) {
            pieces.push(&text[start..at]);
            start = at + token.text.len();
        }
        at += token.text.len();
    }
    pieces.push(&text[start..]);
    pieces
}

fn nesting(token: &Token<'_>) -> i32 {
    match (token.kind, token.text) {
        (TokenKind::Symbol, "(" | "[") => 1,
        (TokenKind::Symbol, ")" | "]") => -1,
        _ => 0,
    }
}

/// The statements of a script, trimmed, without their semicolons and without empty ones.
///
/// Semicolons within parentheses (CREATE RULE … DO (…; …)) and within `BEGIN ATOMIC … END` do not end a statement
/// (`psqlscan.l`).
pub fn split_statements(script: &str) -> Vec<&str> {
    let (mut statements, mut start, mut at) = (Vec::new(), 0, 0);
    let mut scan = StatementScan::default();
    for token in tokens(script) {
        if scan.ends_with(&token) {
            statements.push(script[start..at].trim());
            start = at + token.text.len();
            scan = StatementScan::default();
        }
        at += token.text.len();
    }
    statements.push(script[start..].trim());
    statements.retain(|statement| has_code(statement));
    statements
}

fn has_code(statement: &str) -> bool {
    tokens(statement).any(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment))
}

/// Where a scan stands within one statement.
#[derive(Default)]
struct StatementScan {
    words: Vec<String>,
    parentheses: i32,
    blocks: i32,
}

impl StatementScan {
    /// Takes the next token; says whether it is the semicolon that ends the statement.
    fn ends_with(&mut self, token: &Token<'_>) -> bool {
        self.parentheses += nesting(token);
        if token.kind == TokenKind::Word && self.parentheses == 0 {
            self.take_word(&token.text.to_ascii_lowercase());
        }
        token.is_symbol(';') && self.parentheses == 0 && self.blocks == 0
    }

    fn take_word(&mut self, word: &str) {
        match word {
            "begin" if self.makes_routine() => self.blocks += 1,
            "case" if self.blocks > 0 => self.blocks += 1,
            "end" if self.blocks > 0 => self.blocks -= 1,
            _ => {}
        }
        // CREATE OR REPLACE PROCEDURE: four words tell.
        if self.words.len() < 4 {
            self.words.push(word.to_owned());
        }
    }

    fn makes_routine(&self) -> bool {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["create", "function" | "procedure", ..]
                | ["create", "or", "replace", "function" | "procedure", ..]
        )
    }
}

/// The text without any `OPTIONS (…)` clause: options of foreign servers, tables and columns hold hosts, file names
/// and passwords. The blanks before a clause go with it.
pub fn strip_options(sql: &str) -> Cow<'_, str> {
    if !tokens(sql).any(|token| token.is_word("options")) {
        return Cow::Borrowed(sql);
    }
    let mut kept = String::with_capacity(sql.len());
    let mut rest = tokens(sql).peekable();
    while let Some(token) = rest.next() {
        let before = kept.len();
        kept.push_str(token.text);
        if token.is_word("options") && skip_parenthesis(&mut rest, &mut kept) {
            kept.truncate(before);
            kept.truncate(kept.trim_end().len());
        }
    }
    Cow::Owned(kept)
}

/// Passes over `(…)` after blanks. Without one, the blanks are kept.
fn skip_parenthesis<'a>(rest: &mut Peekable<impl Iterator<Item = Token<'a>>>, kept: &mut String) -> bool {
    while let Some(blank) = rest.next_if(|token| matches!(token.kind, TokenKind::Blank | TokenKind::Comment))
    {
        kept.push_str(blank.text);
    }
    if !rest.peek().is_some_and(|token| token.is_symbol('(')) {
        return false;
    }
    let mut depth = 0;
    for token in rest.by_ref() {
        depth += nesting(&token);
        if depth == 0 {
            break;
        }
    }
    true
}

/// A text as a string constant, for sessions with `standard_conforming_strings` on, where a backslash means nothing.
/// Quotes are doubled, at every depth where constants stand within constants, so that no name can end one; the tag of a
/// dollar quote could stand in a name.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_statements(script: &str, expected: &[&str]) {
        assert_eq!(split_statements(script), expected);
    }

    #[test]
    fn tokens_lose_no_byte() {
        let script =
            "SELECT 'a;''b', E'\\';', $x$;$y$;$x$, U&\"d;\", $1, é.\"x\"\"y\" -- ;\n/* /* ; */ ; */ FROM t;";
        let pieces: Vec<&str> = tokens(script).map(|token| token.text).collect();
        assert_eq!(pieces.concat(), script);
        assert!(
            pieces.contains(&"$x$;$y$;$x$") && pieces.contains(&"E'\\';'") && pieces.contains(&"'a;''b'")
        );
        assert!(pieces.contains(&"/* /* ; */ ; */") && pieces.contains(&"U&\"d;\""));
    }

    #[test]
    fn semicolons_in_quotes_and_comments_end_nothing() {
        check_statements("SELECT ';'; SELECT $$;$$ ; -- ;\n; /* ; */", &["SELECT ';'", "SELECT $$;$$"]);
        check_statements(
            r"SELECT E'\'; x'; SELECT '\'; SELECT 2",
            &[r"SELECT E'\'; x'", r"SELECT '\'", "SELECT 2"],
        );
    }

    #[test]
    fn a_rule_and_a_standard_sql_body_are_one_statement_each() {
        let rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (1); DELETE FROM b)";
        let body =
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
        check_statements(&format!("{rule};\n{body};\nSELECT 1"), &[rule, body, "SELECT 1"]);
    }

    #[test]
    fn a_transaction_block_is_no_function_body() {
        check_statements("BEGIN; SELECT 1; END;", &["BEGIN", "SELECT 1", "END"]);
    }

    #[test]
    fn an_unclosed_quote_reaches_to_the_end_and_does_not_panic() {
        for script in ["SELECT 'a;", "SELECT \"a;", "SELECT $a$;", "/* ;", "SELECT E'\\"] {
            assert_eq!(tokens(script).map(|token| token.text).collect::<String>(), script);
            assert!(split_statements(script).len() <= 1, "{script}");
        }
    }

    #[test]
    fn options_leave_with_all_that_they_hold() {
        let server = "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (\n    host 'h', password 'a)b'\n);";
        assert_eq!(strip_options(server), "CREATE SERVER s FOREIGN DATA WRAPPER w;");
        let table = "CREATE FOREIGN TABLE t (a integer OPTIONS (column_name 'x'), \"OPTIONS\" text) SERVER s\nOPTIONS (f '/x');";
        assert_eq!(strip_options(table), "CREATE FOREIGN TABLE t (a integer, \"OPTIONS\" text) SERVER s;");
        assert_eq!(strip_options("CREATE TABLE t (options text);"), "CREATE TABLE t (options text);");
    }

    #[test]
    fn a_literal_within_a_literal_is_one_token() {
        let inner = literal(r"it's $x$ \");
        assert_eq!(inner, r"'it''s $x$ \'");
        let outer = literal(&inner);
        assert_eq!(tokens(&outer).collect::<Vec<_>>(), [Token { kind: TokenKind::String, text: &outer }]);
    }

    #[test]
    fn commas_split_only_where_nothing_is_open() {
        assert_eq!(
            split_top_level("a, f(b, c), 'd,e', \"f,g\"", ','),
            ["a", " f(b, c)", " 'd,e'", " \"f,g\""]
        );
    }
}
