//! What can be told of an SQL expression without a parser: its tokens, as `pg_get_indexdef` and `pg_get_expr` print
//! them. Whatever is not plainly known is refused by the callers.

/// A token of an expression.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// An identifier or key word, unquoted and folded.
    Word(String),
    /// An identifier in double quotes.
    Quoted(String),
    /// A string constant; its content is not looked at.
    Literal,
    /// Anything else.
    Sign(char),
}

/// Words that may stand around a column so that a lower-case code without blanks stays as different as it was.
const CODE_SAFE_FUNCTIONS: [&str; 6] = ["lower", "upper", "btrim", "ltrim", "rtrim", "trim"];

/// Sides of `TRIM(BOTH FROM c)`, as PostgreSQL 14 and later print `trim(c)`.
const TRIM_SIDES: [&str; 3] = ["both", "leading", "trailing"];

/// Types whose text form is the text itself.
const TEXT_TYPES: [&str; 6] = ["text", "varchar", "citext", "character", "varying", "bpchar"];

/// The expression is the column under case folding, trimming of blanks, casts between text types and COLLATE alone.
pub(super) fn is_code_safe(expression: &str, column: &str) -> bool {
    let tokens = tokens(expression);
    let mut columns = 0;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            Token::Sign(':') if tokens.get(at + 1) == Some(&Token::Sign(':')) => {
                let Some(next) = after_cast(&tokens, at + 2) else { return false };
                at = next;
                continue;
            }
            Token::Word(word) if word == "collate" => {
                let Some(next) = after_name(&tokens, at + 1) else { return false };
                at = next;
                continue;
            }
            Token::Word(word)
                if CODE_SAFE_FUNCTIONS.contains(&word.as_str())
                    && tokens.get(at + 1) == Some(&Token::Sign('(')) => {}
            Token::Word(side) if TRIM_SIDES.contains(&side.as_str()) && trims_blanks(&tokens, at) => at += 1,
            Token::Word(word) | Token::Quoted(word) if word == column => columns += 1,
            Token::Sign('(' | ')') => {}
            _ => return false,
        }
        at += 1;
    }
    columns == 1
}

/// At the side of a trim that names no characters.
fn trims_blanks(tokens: &[Token], at: usize) -> bool {
    let word = |at: usize, wanted: &str| matches!(tokens.get(at), Some(Token::Word(word)) if word == wanted);
    at >= 2 && word(at - 2, "trim") && word(at + 1, "from")
}

/// Skips the type of a cast, with or without a length.
fn after_cast(tokens: &[Token], mut at: usize) -> Option<usize> {
    let start = at;
    while matches!(tokens.get(at), Some(Token::Word(word)) if TEXT_TYPES.contains(&word.as_str())) {
        at += 1;
    }
    // A cast to a length cuts, and may cut the code.
    (at > start && tokens.get(at) != Some(&Token::Sign('('))).then_some(at)
}

/// Skips a name, with or without its schema.
fn after_name(tokens: &[Token], at: usize) -> Option<usize> {
    let is_name = |at: usize| matches!(tokens.get(at), Some(Token::Word(_) | Token::Quoted(_)));
    match (is_name(at), tokens.get(at + 1), is_name(at + 2)) {
        (true, Some(Token::Sign('.')), true) => Some(at + 3),
        (true, _, _) => Some(at + 1),
        _ => None,
    }
}

/// Wherever a predicate reads the column, it asks `IS NULL` or `IS NOT NULL`.
pub(super) fn reads_only_nulls(predicate: &str, column: &str) -> bool {
    let tokens = tokens(predicate);
    let word = |at: usize, wanted: &str| matches!(tokens.get(at), Some(Token::Word(word)) if word == wanted);
    tokens.iter().enumerate().filter(|(_, token)| is_name(token, column)).all(|(at, _)| {
        word(at + 1, "is") && (word(at + 2, "null") || (word(at + 2, "not") && word(at + 3, "null")))
    })
}

/// The least integer that a CHECK of nothing but `column > n` or `column >= n` lets pass. `column` is its name as SQL
/// writes it.
pub(super) fn least_integer(check: &str, column: &str) -> Option<i64> {
    let bare: String = condition(check)?.chars().filter(|c| !matches!(c, '(' | ')' | '\'')).collect();
    let comparison = bare.strip_prefix(column)?;
    let (bound, open) = match comparison.strip_prefix(" >= ") {
        Some(bound) => (bound, 0),
        None => (comparison.strip_prefix(" > ")?, 1),
    };
    let number = bound.split_once("::").map_or(bound, |(number, _)| number);
    number.parse::<i64>().ok()?.checked_add(open)
}

/// What stands between CHECK and whatever follows it.
fn condition(check: &str) -> Option<&str> {
    let (condition, _) = check.strip_prefix("CHECK ")?.rsplit_once(')')?;
    Some(condition)
}

/// Words of conditions that never turn from true to false because a column becomes NULL: PostgreSQL's operators give
/// NULL for NULL, AND, OR and NOT carry it on, and a CHECK lets NULL pass.
const STRICT_WORDS: [&str; 6] = ["and", "or", "not", "any", "all", "array"];

/// A CHECK that holds does so still when one of the columns that it reads becomes NULL: it asks of no NULL, and calls no
/// function that could.
pub(super) fn passes_null(check: &str, columns: &[&str]) -> bool {
    let Some(condition) = condition(check) else { return false };
    let tokens = tokens(condition);
    let sign = |at: usize, wanted: char| tokens.get(at) == Some(&Token::Sign(wanted));
    let (mut brackets, mut at) = (0, 0);
    while at < tokens.len() {
        match &tokens[at] {
            Token::Sign(':') if sign(at + 1, ':') => {
                at = after_type(&tokens, at + 2);
                continue;
            }
            Token::Sign('[') => brackets += 1,
            Token::Sign(']') => brackets -= 1,
            // Arrays are appended to by an operator that takes NULL for a value, and constructed of it.
            Token::Sign('|') => return false,
            Token::Word(word) | Token::Quoted(word) if columns.contains(&word.as_str()) => {
                if brackets > 0 || sign(at + 1, '(') {
                    return false;
                }
            }
            Token::Word(word) if STRICT_WORDS.contains(&word.as_str()) => {}
            Token::Word(_) | Token::Quoted(_) => return false,
            Token::Literal | Token::Sign(_) => {}
        }
        at += 1;
    }
    true
}

/// Skips the names of a type, `character varying` or `public.mood`.
fn after_type(tokens: &[Token], mut at: usize) -> usize {
    while matches!(tokens.get(at), Some(Token::Word(_) | Token::Quoted(_) | Token::Sign('.'))) {
        at += 1;
    }
    at
}

/// The column's name stands in the expression.
pub(super) fn mentions(expression: &str, column: &str) -> bool {
    tokens(expression).iter().any(|token| is_name(token, column))
}

fn is_name(token: &Token, column: &str) -> bool {
    matches!(token, Token::Word(word) | Token::Quoted(word) if word == column)
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => tokens.push(Token::Quoted(quoted(&mut chars, '"'))),
            '\'' => {
                quoted(&mut chars, '\'');
                tokens.push(Token::Literal);
            }
            c if c.is_alphabetic() || c == '_' => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
                    word.push(next);
                }
                tokens.push(Token::Word(word.to_lowercase()));
            }
            c if c.is_whitespace() => {}
            c => tokens.push(Token::Sign(c)),
        }
    }
    tokens
}

/// The rest of a quoted text, a doubled quote standing for one.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars>, quote: char) -> String {
    let mut content = String::new();
    while let Some(c) = chars.next() {
        if c != quote {
            content.push(c);
        } else if chars.next_if_eq(&quote).is_some() {
            content.push(quote);
        } else {
            break;
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_folding_trims_casts_and_collations_are_safe() {
        assert!(is_code_safe("lower((email)::text)", "email"));
        assert!(is_code_safe("upper(btrim(\"E-Mail\"))", "E-Mail"));
        assert!(is_code_safe("lower((email COLLATE pg_catalog.\"C\"))", "email"));
        assert!(is_code_safe("lower((email)::character varying)", "email"));
        assert!(is_code_safe("lower(TRIM(BOTH FROM email))", "email"));
        assert!(is_code_safe("TRIM(LEADING FROM both)", "both"));
    }

    #[test]
    fn anything_else_is_not() {
        assert!(!is_code_safe("split_part(email, '@'::text, 1)", "email"));
        assert!(!is_code_safe("\"left\"(email, 3)", "email"));
        assert!(!is_code_safe("(email)::character varying(3)", "email"));
        assert!(!is_code_safe("lower(email) || lower(email)", "email"));
        assert!(!is_code_safe("btrim(email, 'abc'::text)", "email"));
        assert!(!is_code_safe("TRIM(BOTH 'abc'::text FROM email)", "email"));
    }

    #[test]
    fn a_predicate_may_ask_for_null_alone() {
        assert!(reads_only_nulls("((deleted_at IS NULL) AND active)", "deleted_at"));
        assert!(reads_only_nulls("(deleted_at IS NOT NULL)", "deleted_at"));
        assert!(!reads_only_nulls("((deleted_at IS NULL) OR (deleted_at > now()))", "deleted_at"));
    }

    #[test]
    fn a_lower_bound_is_read_alone() {
        for (check, least) in [
            ("CHECK ((id > 0))", 1),
            ("CHECK ((id >= 0)) NOT VALID", 0),
            ("CHECK ((id > (100)::numeric))", 101),
            ("CHECK ((id >= '-5'::integer))", -5),
        ] {
            assert_eq!(least_integer(check, "id"), Some(least), "{check}");
        }
        for check in [
            "CHECK ((id < 1000))",
            "CHECK (((id > 0) AND (id < 9)))",
            "CHECK ((id > other))",
            "CHECK ((-id > 0))",
        ] {
            assert_eq!(least_integer(check, "id"), None, "{check}");
        }
    }

    #[test]
    fn null_passes_where_nothing_asks_for_it() {
        for check in [
            "CHECK ((price > (0)::numeric))",
            "CHECK (((price >= (0)::numeric) AND ((price < 10) OR (NOT paid))))",
            "CHECK (((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
            "CHECK ((\"Kind\" ~ '^(is null|f\\()'::text)) NOT VALID",
        ] {
            assert!(passes_null(check, &["price", "paid", "kind", "Kind"]), "{check}");
        }
        for check in [
            "CHECK ((num_nonnulls(email, phone) = 1))",
            "CHECK (((email IS NOT NULL) OR (phone IS NOT NULL)))",
            "CHECK ((email IS DISTINCT FROM phone))",
            "CHECK ((COALESCE(email, phone) <> ''::text))",
            "CHECK ((ARRAY[email, phone] <> '{}'::text[]))",
            "CHECK (((tags || email) <> '{}'::text[]))",
            "CHECK (email(phone))",
            "",
        ] {
            assert!(!passes_null(check, &["email", "phone", "tags"]), "{check}");
        }
    }

    #[test]
    fn a_name_inside_a_literal_is_not_read() {
        assert!(!mentions("(kind = 'email'::text)", "email"));
        assert!(mentions("(\"Email\" = 'x'::text)", "Email"));
    }
}
