//! The SQL of a masking rule: calls, literals and columns; all else is only passed over.

use crate::sql::{Lexer, Open, Token, Word};
use crate::write;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Null,
    Text(String),
    Number(String),
    Flag(bool),
    /// A column by its last name.
    Column(String),
    Call(Call),
    /// `ARRAY[…]`
    Array(Vec<Expression>),
    /// What a rule of waxwork cannot be made from.
    Other,
}

/// A function with its arguments, without its schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    /// Of `name := value`.
    pub(super) name: Option<String>,
    pub(super) value: Expression,
    /// As it is written.
    pub(super) sql: String,
}

/// Calls within calls.
const DEPTH_MAX: usize = 30;

/// Reads one expression, to the end of the text.
pub(super) fn parse(sql: &str) -> Expression {
    let mut lexer = Lexer::new(sql);
    let words: Result<Vec<Word>, Open> = std::iter::from_fn(|| lexer.next().transpose()).collect();
    words.map_or(Expression::Other, |words| Reader { sql, words: &words, at: 0, depth: 0 }.whole())
}

struct Reader<'w> {
    sql: &'w str,
    words: &'w [Word],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn token(&self) -> Option<&Token> {
        self.words.get(self.at).map(|word| &word.token)
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = matches!(self.token(), Some(Token::Symbol(known)) if *known == symbol);
        self.at += usize::from(found);
        found
    }

    fn whole(&mut self) -> Expression {
        let value = self.value();
        if self.at == self.words.len() { value } else { Expression::Other }
    }

    /// A primary with its casts.
    fn value(&mut self) -> Expression {
        if self.depth == DEPTH_MAX {
            return Expression::Other;
        }
        self.depth += 1;
        let mut value = self.primary();
        while self.eat("::") {
            if !self.skip_type() {
                value = Expression::Other;
            }
        }
        self.depth -= 1;
        value
    }

    fn primary(&mut self) -> Expression {
        let negative = self.eat("-");
        let Some(token) = self.token().cloned() else { return Expression::Other };
        self.at += 1;
        match token {
            Token::Number(number) if negative => Expression::Number(format!("-{number}")),
            _ if negative => Expression::Other,
            Token::Number(number) => Expression::Number(number),
            Token::Text(text) => Expression::Text(text),
            Token::Symbol("(") => {
                let value = self.value();
                if self.eat(")") { value } else { Expression::Other }
            }
            Token::Name(word) => self.word(&word),
            Token::Quoted(name) => self.named(name),
            Token::Symbol(_) | Token::Other => Expression::Other,
        }
    }

    fn word(&mut self, word: &str) -> Expression {
        match word {
            "null" => Expression::Null,
            "true" | "false" => Expression::Flag(word == "true"),
            "array" if self.eat("[") => self.array(),
            // A type before its text: date '2020-01-01'.
            "date" | "timestamp" | "timestamptz" | "interval" => match self.token().cloned() {
                Some(Token::Text(text)) => {
                    self.at += 1;
                    Expression::Text(text)
                }
                _ => self.named(word.to_owned()),
            },
            _ => self.named(word.to_owned()),
        }
    }

    fn array(&mut self) -> Expression {
        let mut items = Vec::new();
        if self.eat("]") {
            return Expression::Array(items);
        }
        loop {
            items.push(self.value());
            if self.eat("]") {
                return Expression::Array(items);
            }
            if !self.eat(",") {
                return Expression::Other;
            }
        }
    }

    /// `a.b.c` or `a.b(…)`.
    fn named(&mut self, first: String) -> Expression {
        let mut name = first;
        while self.eat(".") {
            match self.token().cloned() {
                Some(Token::Name(next) | Token::Quoted(next)) => name = next,
                _ => return Expression::Other,
            }
            self.at += 1;
        }
        if self.eat("(") { self.call(name) } else { Expression::Column(name) }
    }

    fn call(&mut self, name: String) -> Expression {
        let mut arguments = Vec::new();
        if self.eat(")") {
            return Expression::Call(Call { name, arguments });
        }
        loop {
            arguments.push(self.argument());
            if self.eat(")") {
                return Expression::Call(Call { name, arguments });
            }
            if !self.eat(",") {
                return Expression::Other;
            }
        }
    }

    fn argument(&mut self) -> Argument {
        let name = self.argument_name();
        let from = self.at;
        let mut value = self.value();
        if !matches!(self.token(), Some(Token::Symbol("," | ")")) | None) {
            value = Expression::Other;
            self.skip_argument();
        }
        let start = self.words.get(from).map_or(0, |word| word.start);
        let end = self.words[from..self.at].last().map_or(start, |word| word.end);
        Argument { name, value, sql: self.sql[start..end].to_owned() }
    }

    fn argument_name(&mut self) -> Option<String> {
        let Some(Token::Name(name)) = self.token().cloned() else { return None };
        let next = self.words.get(self.at + 1).map(|word| &word.token);
        matches!(next, Some(Token::Symbol(":=" | "=>"))).then(|| {
            self.at += 2;
            name
        })
    }

    /// To the comma or parenthesis that ends it.
    fn skip_argument(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.token() {
            match token {
                Token::Symbol("(" | "[") => depth += 1,
                Token::Symbol(")" | "," | "]") if depth == 0 => return,
                Token::Symbol(")" | "]") => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// `varchar(10)[]`, `pg_catalog.text`, `timestamp with time zone`.
    fn skip_type(&mut self) -> bool {
        let start = self.at;
        while matches!(self.token(), Some(Token::Name(_) | Token::Quoted(_) | Token::Symbol("."))) {
            self.at += 1;
        }
        if self.eat("(") {
            self.skip_argument();
            while self.eat(",") {
                self.skip_argument();
            }
            self.eat(")");
        }
        while self.eat("[") {
            self.eat("]");
        }
        self.at > start
    }
}

impl Expression {
    /// A literal as PostgreSQL reads it.
    pub(super) fn literal(&self) -> Option<String> {
        match self {
            Expression::Text(text) | Expression::Number(text) => Some(text.clone()),
            Expression::Flag(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// As comments show it: without texts, which may be salts.
    pub(super) fn shown(&self) -> String {
        match self {
            Expression::Null => "NULL".to_owned(),
            Expression::Text(_) => "'…'".to_owned(),
            Expression::Number(number) => number.clone(),
            Expression::Flag(flag) => flag.to_string(),
            Expression::Column(name) => name.clone(),
            Expression::Array(_) => "ARRAY[…]".to_owned(),
            Expression::Other => "…".to_owned(),
            Expression::Call(call) => {
                let arguments: Vec<String> = call.arguments.iter().map(|one| one.value.shown()).collect();
                format!("{}({})", write::word(&call.name), arguments.join(", "))
            }
        }
    }
}

impl Call {
    /// The argument at a place, if it has no name, or the one of that name.
    pub(super) fn argument(&self, at: usize, name: &str) -> Option<&Expression> {
        let named = self.arguments.iter().find(|one| one.name.as_deref() == Some(name));
        let placed = || self.arguments.get(at).filter(|one| one.name.is_none());
        named.or_else(placed).map(|one| &one.value)
    }

    /// The same as a literal.
    pub(super) fn literal(&self, at: usize, name: &str) -> Option<String> {
        self.argument(at, name).and_then(Expression::literal)
    }

    /// The same as a number.
    pub(super) fn number(&self, at: usize, name: &str) -> Option<f64> {
        self.literal(at, name).and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_shown_without_their_texts() {
        for (sql, shown) in [
            ("anon.fake_email()", "fake_email()"),
            ("anon.partial(phone,2,$$******$$,2)", "partial(phone, 2, '…', 2)"),
            (
                "anon.left(anon.digest(\"a b\", 'salt', 'md5')::text, 12)::varchar(10)",
                "left(digest(a b, '…', '…'), 12)",
            ),
            ("NULL::TEXT", "NULL"),
            ("anon.lorem_ipsum( words := 20 )", "lorem_ipsum(20)"),
            ("anon.random_in(ARRAY['a','b'])", "random_in(ARRAY[…])"),
            ("anon.ternary(a > 1 and f(b, c), -1, x.y)", "ternary(…, -1, y)"),
            ("date '2020-01-01'", "'…'"),
            ("'a' || 'b'", "…"),
            ("CASE WHEN a THEN b END", "…"),
            ("anon.f('x", "…"),
            ("", "…"),
        ] {
            assert_eq!(parse(sql).shown(), shown, "{sql}");
        }
    }

    #[test]
    fn an_argument_knows_how_it_was_written() {
        let Expression::Call(call) = parse("anon.ternary(score IS NULL or (a, b) = c, NULL, 1)") else {
            panic!()
        };
        assert_eq!(call.arguments[0].sql, "score IS NULL or (a, b) = c");
        assert_eq!(call.arguments.len(), 3);
    }

    #[test]
    fn nesting_has_an_end() {
        assert_eq!(parse(&"f(".repeat(100_000)), Expression::Other);
        assert_eq!(parse(&format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000))), Expression::Other);
    }
}
