//! Where in a TOML document a byte of a string's content stands: strings have quotes and escapes (TOML 1.0, "String").

/// Bytes from the beginning of a string as it is written to what byte `offset` of its content was made from.
pub(super) fn in_string(written: &str, offset: usize) -> usize {
    let mut at = opening(written);
    if !written.starts_with('"') {
        return at + offset;
    }
    let mut content = 0;
    loop {
        let (width, made) = unit(&written[at..]);
        if content + made > offset {
            return at;
        }
        at += width;
        content += made;
    }
}

/// Quotes, and the newline that a multi-line string may begin with.
fn opening(written: &str) -> usize {
    let is_long = written.starts_with("\"\"\"") || written.starts_with("'''");
    let quotes = if is_long { 3 } else { 1 };
    let newline = match &written.as_bytes()[quotes.min(written.len())..] {
        [b'\n', ..] if is_long => 1,
        [b'\r', b'\n', ..] if is_long => 2,
        _ => 0,
    };
    quotes + newline
}

/// Bytes of one character as it is written in a basic string, and of the content that it makes.
fn unit(written: &str) -> (usize, usize) {
    let mut chars = written.chars();
    let first = chars.next().map_or(1, char::len_utf8);
    if !written.starts_with('\\') {
        return (first, first);
    }
    let digits = match chars.next() {
        Some('u') => 4,
        Some('U') => 8,
        // A backslash at the end of a line takes the blanks after it along.
        Some(c) if c.is_ascii_whitespace() => {
            return (1 + written[1..].len() - written[1..].trim_start().len(), 0);
        }
        _ => return (2, 1),
    };
    let code = written.get(2..2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
    (2 + digits, code.and_then(char::from_u32).map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::{DeTable, DeValue};

    /// Every byte `x` of a string's content is found where the document has an `x`.
    #[test]
    fn a_byte_of_a_string_is_found_where_it_is_written() {
        for written in [
            "\"x yx\"",
            "'x \\x x'",
            "\"\\\"x\\tx \\u00e4x \\U0001F600x ä x\"",
            "\"\"\"\nx\nyx\\\n   x\"\"\"",
            "'''\r\nx\nx'''",
            "\"\"\"x\"\"\"",
        ] {
            let document = format!("a = {written}");
            let (table, errors) = DeTable::parse_recoverable(&document);
            assert!(errors.is_empty(), "{written}");
            let (_, value) = table.get_ref().iter().next().unwrap();
            let DeValue::String(content) = value.get_ref() else { panic!("{written}") };
            let found: Vec<usize> =
                content.match_indices('x').map(|(at, _)| in_string(written, at)).collect();
            let marked: Vec<usize> = written.match_indices('x').map(|(at, _)| at).collect();
            assert!(!found.is_empty() && found.iter().all(|at| marked.contains(at)), "{written}: {found:?}");
            assert_eq!(found.len(), content.matches('x').count());
            assert!(found.is_sorted() && found.windows(2).all(|pair| pair[0] < pair[1]), "{written}");
        }
    }
}
