//! How counts and names stand in what people read.

/// `1 row`, `2 rows`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A name on one line, and without what moves a terminal's cursor or turns the direction of text: such characters are
/// written as Rust escapes them (`\n`, `\u{202e}`). Display only: what a script reads has the name as it is.
pub fn printable(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_control() || turns_text(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Line and paragraph separators, and the formatting characters of the Unicode Bidirectional Algorithm (UAX 9, 2).
fn turns_text(character: char) -> bool {
    matches!(
        character,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(|number| counted(number, "row")), ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn a_name_stays_on_its_line_and_reads_from_left_to_right() {
        assert_eq!(printable("public.\"a\nb\u{7}\""), "public.\"a\\nb\\u{7}\"");
        assert_eq!(printable("x\u{202e}y\u{2028}"), "x\\u{202e}y\\u{2028}");
        assert_eq!(printable("kunde_ä 顧客"), "kunde_ä 顧客");
    }
}
