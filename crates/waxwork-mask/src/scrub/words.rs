//! Words: letters and digits in one piece, compared without case and accents.
//!
//! A character of a script that has no blanks between words is a word by itself, so that a name in such a script is
//! found inside a sentence.

use super::plain::is_unseen;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text.
pub(super) fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let begins = text[rest..].find(char::is_alphanumeric)? + rest;
        let mut chars = text[begins..].char_indices();
        let (_, first) = chars.next()?;
        let ends = if stands_alone(first) {
            chars.next().map_or(text.len(), |(at, _)| begins + at)
        } else {
            let goes_on =
                |c: char| (c.is_alphanumeric() && !stands_alone(c)) || is_combining_mark(c) || is_unseen(c);
            chars.find(|(_, c)| !goes_on(*c)).map_or(text.len(), |(at, _)| begins + at)
        };
        rest = ends;
        Some(begins..ends)
    })
}

/// Scripts written without blanks, or whose particles follow a name without one: Thai to Khmer, kana, Han and Hangul, and
/// their extensions (Unicode 16, blocks).
pub(super) fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Appends a word without case, accents and what is not seen (Unicode Standard Annex 15, NFKD, without its marks).
pub(super) fn fold(word: &str, out: &mut String) {
    if word.is_ascii() {
        out.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        return;
    }
    let seen = word.chars().filter(|c| !is_unseen(*c)).flat_map(char::to_lowercase);
    for c in seen.nfkd().filter(|c| !is_combining_mark(*c)) {
        match LETTERS.iter().find(|(letter, _)| *letter == c) {
            Some((_, plain)) => out.push_str(plain),
            None => out.push(c),
        }
    }
}

/// The same with umlauts as German writes them where it has none: `jürgen` as `juergen`.
pub(super) fn spell_out(word: &str) -> Option<String> {
    let spelled: String = word.nfc().flat_map(char::to_lowercase).map(umlaut).collect();
    let mut folded = String::new();
    fold(&spelled, &mut folded);
    let mut plain = String::new();
    fold(word, &mut plain);
    (folded != plain).then_some(folded)
}

fn umlaut(c: char) -> std::borrow::Cow<'static, str> {
    match c {
        'ä' => "ae".into(),
        'ö' | 'ø' => "oe".into(),
        'ü' => "ue".into(),
        'å' => "aa".into(),
        c => c.to_string().into(),
    }
}

/// Letters that NFKD takes for others than those that people write in their place.
const LETTERS: [(char, &str); 14] = [
    ('ß', "ss"),
    ('ς', "σ"),
    ('ı', "i"),
    ('ł', "l"),
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ħ', "h"),
    ('ŧ', "t"),
    ('ŋ', "n"),
    ('ĸ', "k"),
];

/// One word of a text, counted from its beginning; the whole text without a number, or where it has no such word.
pub(super) fn part(text: &[u8], word: Option<usize>) -> &[u8] {
    let Ok(read) = std::str::from_utf8(text) else { return text };
    let Some(at) = word else { return text };
    let found = words(read).nth(at).or_else(|| words(read).last());
    found.map_or(text, |range| &text[range])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<&str> {
        words(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn letters_and_digits_in_one_piece_are_a_word() {
        assert_eq!(read("Dr. O'Neil-Äbe, 12b!"), ["Dr", "O", "Neil", "Äbe", "12b"]);
        assert_eq!(read("e\u{301}te\u{301} a"), ["e\u{301}te\u{301}", "a"]);
        assert_eq!(read(" ... "), [""; 0]);
    }

    #[test]
    fn characters_of_scripts_without_blanks_are_words() {
        assert_eq!(read("給王小明a1"), ["給", "王", "小", "明", "a1"]);
        assert_eq!(read("김수가"), ["김", "수", "가"]);
    }

    #[test]
    fn case_and_accents_do_not_tell_words_apart() {
        let folded = |word: &str| {
            let mut out = String::new();
            fold(word, &mut out);
            out
        };
        assert_eq!(folded("MÜLLER"), folded("mu\u{308}ller"));
        assert_eq!(folded("Groß"), "gross");
        assert_eq!(folded("ＡＢ"), "ab");
        assert_eq!(folded("ΠΑΠΑΔΟΠΟΥΛΟΣ"), folded("Παπαδόπουλος"));
        assert_eq!(
            (folded("IŞIK"), folded("Işık"), folded("İşık")),
            ("isik".into(), "isik".into(), "isik".into())
        );
        assert_eq!((folded("Łukasz"), folded("ĐẠT")), ("lukasz".into(), "dat".into()));
        assert_eq!(folded("Sch\u{ad}mid\u{200b}t"), "schmidt");
        assert_eq!((spell_out("Jürgen").unwrap(), spell_out("Jurgen")), ("juergen".into(), None));
    }

    #[test]
    fn a_part_is_the_word_at_that_place_or_the_last() {
        assert_eq!(part("Olivia Brown".as_bytes(), Some(0)), b"Olivia");
        assert_eq!(part("Olivia Brown".as_bytes(), Some(5)), b"Brown");
        assert_eq!(part("Olivia Brown".as_bytes(), None), b"Olivia Brown");
        assert_eq!(part(b"...", Some(0)), b"...");
    }
}
