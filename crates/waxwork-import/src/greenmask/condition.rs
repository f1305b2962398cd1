//! Conditions of Greenmask, in the language of expr-lang/expr, as conditions of waxwork where both have the words.
//!
//! ```text
//!   record.country == "DE" && record.age >= 18   ─►   country = 'DE' and age >= 18
//! ```
//!
//! There the answer is true or false, here it may be unknown too. Where it is known here it is the same there: unknown is
//! what either would do.

use waxwork_core::condition;
use waxwork_core::diagnostic::Location;
use waxwork_core::rules::name::plain;

/// A condition in waxwork's grammar.
pub(super) struct Condition {
    pub(super) sql: String,
    /// Columns that it asks, by their exact names.
    pub(super) columns: Vec<String>,
}

/// The same condition in waxwork's grammar; none where it has words that waxwork does not have.
pub(super) fn translate(text: &str) -> Option<Condition> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, depth: 0, columns: Vec::new() };
    let sql = reader.any()?;
    let nowhere = |_| Location { file: String::new(), line: 0, column: 0 };
    let is_whole = reader.at == reader.tokens.len();
    let fits = is_whole && condition::parse(&sql, "import", nowhere).is_ok();
    fits.then_some(Condition { sql, columns: reader.columns })
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name, with its dots.
    Word(String),
    Text(String),
    Number(String),
    Symbol(&'static str),
}

/// The longest come first.
const SYMBOLS: [&str; 14] = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "[", "]", ","];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '"' | '\'' => string(rest, first)?,
            first if first.is_alphabetic() || first == '_' => {
                let (word, after) = split(rest, |letter| letter.is_alphanumeric() || "_.".contains(letter));
                (Token::Word(word.to_owned()), after)
            }
            first if first.is_ascii_digit() || first == '-' => {
                let (number, after) = split(rest, |letter| letter.is_ascii_digit() || ".-".contains(letter));
                number.parse::<f64>().ok()?;
                (Token::Number(number.to_owned()), after)
            }
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol))?;
                (Token::Symbol(symbol), &rest[symbol.len()..])
            }
        };
        found.push(token);
        rest = after.trim_start();
    }
    Some(found)
}

fn split(text: &str, within: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|letter| !within(letter)).unwrap_or(text.len()))
}

/// A text with the escapes that need no table.
fn string(text: &str, quote: char) -> Option<(Token, &str)> {
    let mut content = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            letter if letter == quote => return Some((Token::Text(content), &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                escaped @ ('\\' | '"' | '\'') => content.push(escaped),
                _ => return None,
            },
            letter => content.push(letter),
        }
    }
    None
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    columns: Vec<String>,
}

/// Parentheses within parentheses, as waxwork's own conditions have at most.
const DEPTH_MAX: usize = 50;

impl Reader {
    fn eat(&mut self, wanted: &[&str]) -> bool {
        let found = match self.tokens.get(self.at) {
            Some(Token::Symbol(symbol)) => wanted.contains(symbol),
            Some(Token::Word(word)) => wanted.contains(&word.as_str()),
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Option<String> {
        let mut sql = self.all()?;
        while self.eat(&["||", "or"]) {
            sql = format!("{sql} or {}", self.all()?);
        }
        Some(sql)
    }

    fn all(&mut self) -> Option<String> {
        let mut sql = self.one()?;
        while self.eat(&["&&", "and"]) {
            sql = format!("{sql} and {}", self.one()?);
        }
        Some(sql)
    }

    fn one(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let sql = if self.eat(&["!", "not"]) {
            format!("not {}", self.one()?)
        } else if self.eat(&["("]) {
            let inner = self.any()?;
            self.eat(&[")"]).then(|| format!("({inner})"))?
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Some(sql)
    }

    fn comparison(&mut self) -> Option<String> {
        let column = plain(&self.column()?);
        for (foreign, ours) in [("==", "="), ("!=", "<>"), ("<=", "<="), (">=", ">="), ("<", "<"), (">", ">")]
        {
            if self.eat(&[foreign]) {
                return self.compared(&column, ours);
            }
        }
        let not = if self.eat(&["not"]) { "not " } else { "" };
        if self.eat(&["in"]) {
            return self.list().map(|list| format!("{column} {not}in ({list})"));
        }
        for (word, before, after) in [("startsWith", "", "%"), ("endsWith", "%", ""), ("contains", "%", "%")]
        {
            if self.eat(&[word]) {
                return self.pattern(before, after).map(|pattern| format!("{column} {not}like {pattern}"));
            }
        }
        // A flag by itself.
        not.is_empty().then_some(column)
    }

    fn compared(&mut self, column: &str, operator: &str) -> Option<String> {
        if self.eat(&["null", "nil"]) {
            return match operator {
                "=" => Some(format!("{column} is null")),
                "<>" => Some(format!("{column} is not null")),
                _ => None,
            };
        }
        self.literal().map(|literal| format!("{column} {operator} {literal}"))
    }

    /// `record.x` by its type, `raw_record.x` as a text.
    fn column(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return None };
        let column = word.strip_prefix("record.").or_else(|| word.strip_prefix("raw_record."))?;
        let column = column.to_owned();
        self.at += 1;
        self.columns.push(column.clone());
        (!column.contains('.')).then_some(column)
    }

    fn literal(&mut self) -> Option<String> {
        let literal = match self.tokens.get(self.at)? {
            Token::Text(text) => quoted(text),
            Token::Number(number) => number.clone(),
            Token::Word(word) if word == "true" || word == "false" => word.clone(),
            _ => return None,
        };
        self.at += 1;
        Some(literal)
    }

    fn list(&mut self) -> Option<String> {
        self.eat(&["["]).then_some(())?;
        let mut items = vec![self.literal()?];
        while self.eat(&[","]) {
            items.push(self.literal()?);
        }
        self.eat(&["]"]).then(|| items.join(", "))
    }

    fn pattern(&mut self, before: &str, after: &str) -> Option<String> {
        let Some(Token::Text(text)) = self.tokens.get(self.at) else { return None };
        let text = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.at += 1;
        Some(quoted(&format!("{before}{text}{after}")))
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_written_in_sql() {
        for (foreign, ours) in [
            (r#"record.country == "DE""#, "country = 'DE'"),
            (r#"record.age >= 18 && record.name != 'O\'Brien'"#, "age >= 18 and name <> 'O''Brien'"),
            ("record.a == null || raw_record.b != nil", "a is null or b is not null"),
            (
                r#"!(record.id in [1, 2]) and record.role not in ["x"]"#,
                "not (id in (1, 2)) and role not in ('x')",
            ),
            (r#"record.mail endsWith "@a_b.de""#, r"mail like '%@a\_b.de'"),
            ("record.active", "active"),
            ("record.active == true", "active = true"),
            ("record.Total < -1.5", "\"Total\" < -1.5"),
        ] {
            assert_eq!(translate(foreign).unwrap().sql, ours, "{foreign}");
        }
    }

    #[test]
    fn what_waxwork_has_no_words_for_is_left_alone() {
        for foreign in [
            "",
            "record.date > now()",
            "record.a == record.b",
            "record.id | has([1])",
            r#"record.doc.a == "x""#,
            r#"record.a == "x"#,
            r#"record.a matches "^x""#,
            "len(record.a) > 3",
            "record.a == 1 record.b",
            "record.a + 1 == 2",
        ] {
            assert!(translate(foreign).is_none(), "{foreign}");
        }
        assert!(translate(&"(".repeat(10_000)).is_none());
    }
}
