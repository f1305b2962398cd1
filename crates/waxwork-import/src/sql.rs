//! SQL's words, by the lexical rules of the PostgreSQL manual, chapter 4.1: what stands in quotes or in a comment is no
//! statement.

use waxwork_core::ident::QualifiedName;

/// One word with the bytes it stands at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) token: Token,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// An unquoted name or key word, folded.
    Name(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text, whatever its quotes.
    Text(String),
    /// A number without a sign.
    Number(String),
    /// Punctuation; `::`, `:=` and `=>` are one.
    Symbol(&'static str),
    /// Any other character.
    Other,
}

/// Words are read as far as they are asked for.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    pub(crate) at: usize,
    /// Backslashes in plain quotes escape (`standard_conforming_strings = off`).
    pub(crate) escapes: bool,
}

/// What is not closed, and where it begins.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// The longest come first.
const SYMBOLS: [&str; 13] = ["::", ":=", "=>", "(", ")", "[", "]", ",", ".", ";", "-", "=", "+"];

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, escapes: false }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next word; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Word>, Open> {
        self.skip_blanks()?;
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let token = match first {
            '\'' => self.text(1, self.escapes)?,
            '"' => Token::Quoted(self.quoted('"', 1)?),
            '$' => self.dollars()?,
            first if first.is_alphabetic() || first == '_' => self.name()?,
            first if first.is_ascii_digit() => self.number(),
            _ => self.symbol(first),
        };
        Ok(Some(Word { token, start, end: self.at }))
    }

    fn skip_blanks(&mut self) -> Result<(), Open> {
        loop {
            let rest = self.rest().trim_start();
            self.at = self.text.len() - rest.len();
            if rest.starts_with("--") {
                self.skip_line();
            } else if rest.starts_with("/*") {
                self.skip_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    /// A command of psql begins there.
    pub(crate) fn is_backslash(&self, at: usize) -> bool {
        self.text[at..].starts_with('\\')
    }

    /// To the end of the line.
    pub(crate) fn skip_line(&mut self) {
        let rest = self.rest();
        self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
    }

    /// Comments nest.
    fn skip_comment(&mut self) -> Result<(), Open> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            let open = Open { at: start, what: "a comment" };
            let next = rest.find(['/', '*']).ok_or(open)?;
            self.at += next;
            if self.rest().starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else {
                self.at += 1;
            }
        }
    }

    /// Past the data of a COPY, to after its `\.`.
    pub(crate) fn skip_data(&mut self) {
        self.skip_line();
        while !self.rest().is_empty() {
            let is_last = self.rest().starts_with("\\.");
            self.skip_line();
            if is_last {
                return;
            }
        }
    }

    /// What stands between quotes, which double inside; `lead` bytes open it.
    fn quoted(&mut self, quote: char, lead: usize) -> Result<String, Open> {
        let start = self.at;
        let mut content = String::new();
        self.at += lead;
        loop {
            let rest = self.rest();
            let end = rest.find(quote).ok_or(Open { at: start, what: "a quote" })?;
            content.push_str(&rest[..end]);
            self.at += end + 1;
            if !self.rest().starts_with(quote) {
                return Ok(content);
            }
            content.push(quote);
            self.at += 1;
        }
    }

    fn text(&mut self, lead: usize, escapes: bool) -> Result<Token, Open> {
        if escapes { self.escaped(lead) } else { self.quoted('\'', lead) }.map(Token::Text)
    }

    /// `E'…'`
    fn escaped(&mut self, lead: usize) -> Result<String, Open> {
        let start = self.at;
        self.at += lead;
        let mut content = String::new();
        while let Some(letter) = self.take() {
            match letter {
                '\'' if self.rest().starts_with('\'') => {
                    self.at += 1;
                    content.push('\'');
                }
                '\'' => return Ok(content),
                '\\' => content.extend(self.escape()),
                letter => content.push(letter),
            }
        }
        Err(Open { at: start, what: "a quote" })
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.rest().chars().next()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    /// After a backslash.
    fn escape(&mut self) -> Option<char> {
        let letter = self.take()?;
        match letter {
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'x' => self.code(2, 16),
            'u' => self.code(4, 16),
            'U' => self.code(8, 16),
            '0'..='7' => {
                self.at -= 1;
                self.code(3, 8)
            }
            other => Some(other),
        }
    }

    /// A character by at most so many digits.
    fn code(&mut self, digits: usize, radix: u32) -> Option<char> {
        let rest = self.rest();
        let length = rest.chars().take(digits).take_while(|letter| letter.is_digit(radix)).count();
        self.at += length;
        u32::from_str_radix(&rest[..length], radix).ok().and_then(char::from_u32)
    }

    /// `$$…$$`, `$tag$…$tag$`, or a parameter.
    fn dollars(&mut self) -> Result<Token, Open> {
        let rest = self.rest();
        let tag = rest[1..].find('$').map(|end| &rest[..end + 2]).filter(|tag| is_tag(tag));
        let Some(tag) = tag else {
            self.at += 1;
            return Ok(Token::Other);
        };
        let body = &rest[tag.len()..];
        let end = body.find(tag).ok_or(Open { at: self.at, what: "a dollar quote" })?;
        self.at += 2 * tag.len() + end;
        Ok(Token::Text(body[..end].to_owned()))
    }

    fn name(&mut self) -> Result<Token, Open> {
        let rest = self.rest();
        match rest.as_bytes() {
            [b'e' | b'E', b'\'', ..] => return self.text(2, true),
            [b'b' | b'B' | b'x' | b'X' | b'n' | b'N', b'\'', ..] => return self.text(2, false),
            [b'u' | b'U', b'&', b'\'', ..] => return Ok(Token::Text(unicode(&self.quoted('\'', 3)?))),
            [b'u' | b'U', b'&', b'"', ..] => return Ok(Token::Quoted(unicode(&self.quoted('"', 3)?))),
            _ => {}
        }
        let within = |letter: char| letter.is_alphanumeric() || "_$".contains(letter);
        let length = rest.find(|letter| !within(letter)).unwrap_or(rest.len());
        self.at += length;
        Ok(Token::Name(rest[..length].to_ascii_lowercase()))
    }

    fn number(&mut self) -> Token {
        let rest = self.rest();
        let length =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').unwrap_or(rest.len());
        self.at += length;
        Token::Number(rest[..length].to_owned())
    }

    fn symbol(&mut self, first: char) -> Token {
        let rest = self.rest();
        match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) => {
                self.at += symbol.len();
                Token::Symbol(symbol)
            }
            None => {
                self.at += first.len_utf8();
                Token::Other
            }
        }
    }
}

/// `$$` or `$name$`.
fn is_tag(tag: &str) -> bool {
    let name = tag.trim_matches('$');
    !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// The escapes of `U&'…'`: `\0041`, `\+000041`, `\\`.
fn unicode(content: &str) -> String {
    let mut written = String::new();
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        written.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (lead, digits) = if rest.starts_with('+') { (1, 6) } else { (0, 4) };
        let code = rest.get(lead..lead + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
        match code.and_then(char::from_u32) {
            Some(letter) => {
                written.push(letter);
                rest = &rest[lead + digits..];
            }
            None => {
                written.push('\\');
                rest = rest.strip_prefix('\\').unwrap_or(rest);
            }
        }
    }
    written + rest
}

/// A condition with the table's own name taken from before its columns, as waxwork reads it; none where it asks other
/// tables or is not closed.
pub(crate) fn own_columns(condition: &str, table: &QualifiedName) -> Option<String> {
    let mut lexer = Lexer::new(condition);
    let words: Result<Vec<Word>, Open> = std::iter::from_fn(|| lexer.next().transpose()).collect();
    let words = words.ok()?;
    let asks =
        |word: &Word| word.token == Token::Name("select".to_owned()) || word.token == Token::Symbol(";");
    if words.iter().any(asks) {
        return None;
    }
    let mut written = String::new();
    let (mut at, mut copied) = (0, 0);
    while at < words.len() {
        let skipped =
            qualifier(&words[at..], table).filter(|_| at == 0 || words[at - 1].token != Token::Symbol("."));
        if let Some(skipped) = skipped {
            written.push_str(&condition[copied..words[at].start]);
            copied = words[at + skipped].start;
        }
        at += skipped.unwrap_or(1);
    }
    written.push_str(&condition[copied..]);
    Some(written)
}

/// How many words of `schema.table.` or `table.` stand before a column's name.
fn qualifier(words: &[Word], table: &QualifiedName) -> Option<usize> {
    let parts = [table.schema.as_str(), table.name.as_str()];
    [&parts[..], &parts[1..]].into_iter().find_map(|parts| {
        let matches = parts.iter().enumerate().all(|(at, part)| {
            let name = words.get(2 * at).map(|word| &word.token);
            let dot = words.get(2 * at + 1).map(|word| &word.token);
            matches!(name, Some(Token::Name(name) | Token::Quoted(name)) if name == part)
                && dot == Some(&Token::Symbol("."))
        });
        (matches && words.len() > 2 * parts.len()).then_some(2 * parts.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| lexer.next().unwrap()).map(|word| word.token).collect()
    }

    #[test]
    fn columns_of_a_condition_lose_their_tables_name() {
        let table = QualifiedName::new("Sales", "order");
        for (condition, own) in [
            ("\"Sales\".\"order\".a > 1 and \"order\".b = 'order.b'", "a > 1 and b = 'order.b'"),
            ("order.a = x.order.a -- order.a", "a = x.order.a -- order.a"),
            ("a = 1", "a = 1"),
            ("f(order.a, $$order.a$$)", "f(a, $$order.a$$)"),
        ] {
            assert_eq!(own_columns(condition, &table).as_deref(), Some(own), "{condition}");
        }
        for condition in ["a in (SELECT b FROM c)", "a = 'x", "a; b"] {
            assert_eq!(own_columns(condition, &table), None, "{condition}");
        }
    }

    #[test]
    fn texts_have_five_spellings() {
        for text in [
            "'it''s'",
            r"E'it\'s'",
            r"e'\x69t\u0027\163'",
            "$$it's$$",
            "$q$it's$q$",
            r"U&'it\0027s'",
            r"u&'it\+000027s'",
        ] {
            assert_eq!(tokens(text), [Token::Text("it's".to_owned())], "{text}");
        }
        assert_eq!(tokens(r"'a\'"), [Token::Text("a\\".to_owned())]);
    }

    #[test]
    fn names_fold_unless_they_are_quoted() {
        let name = Token::Name("läufer".to_owned());
        assert_eq!(tokens("Läufer"), [name]);
        assert_eq!(tokens(r#""It ""s""#), [Token::Quoted(r#"It "s"#.to_owned())]);
        assert_eq!(tokens(r#"U&"\0041b""#), [Token::Quoted("Ab".to_owned())]);
    }

    #[test]
    fn comments_are_no_words() {
        assert_eq!(tokens("-- 'a\n/* /* ' */ \" */ 1"), [Token::Number("1".to_owned())]);
    }

    #[test]
    fn a_dollar_in_a_dollar_quote_does_not_end_it() {
        assert_eq!(tokens("$a$ $b$ $$ $a$"), [Token::Text(" $b$ $$ ".to_owned())]);
        assert_eq!(tokens("$1"), [Token::Other, Token::Number("1".to_owned())]);
    }

    #[test]
    fn what_is_not_closed_is_told_with_its_place() {
        for text in ["x 'a", "x \"a", "x /* a /* */", "x $q$ a $$", "x E'a\\'"] {
            let mut lexer = Lexer::new(text);
            lexer.next().unwrap();
            assert_eq!(lexer.next().unwrap_err().at, 2, "{text}");
        }
    }
}
