//! Values of the row's known columns, found in a text word by word.

use super::words::{fold, spell_out, stands_alone, words};
use super::{Find, KnownColumn, Span};

/// Characters between two words of a value in a text: `Schmidt, Anna`, `Anna  Schmidt`.
const GAP_MAX: usize = 3;

/// Letters that a word of a name needs to be looked for by itself.
const WORD_MIN: usize = 3;

/// Digits that a number needs to be found by its end, where the text leaves its country out.
const NUMBER_MIN: usize = 7;

/// Digits at the end by which longer numbers are the same.
const NUMBER_END: usize = 9;

/// Parts of names that are words of a language as well.
const PARTICLES: [&str; 16] = [
    "von", "van", "der", "den", "del", "della", "dos", "das", "bin", "ibn", "ten", "ter", "the", "und",
    "and", "mac",
];

/// What is looked for.
pub(super) struct Values {
    phrases: Vec<Phrase>,
    /// Digits of numbers, without zeros before them, and their columns.
    numbers: Vec<(usize, Vec<u8>)>,
}

struct Phrase {
    column: usize,
    /// Folded, at least one.
    words: Vec<String>,
    /// It is this word of the value.
    word: Option<usize>,
    /// Too short to be anything but a name as it is written.
    exactly: Option<String>,
    is_name: bool,
}

impl Values {
    /// Those of the columns; an empty value is none.
    pub(super) fn new(columns: &[KnownColumn], values: &[Vec<u8>]) -> Self {
        let mut found = Self { phrases: Vec::new(), numbers: Vec::new() };
        for (at, (column, value)) in columns.iter().zip(values).enumerate() {
            let Ok(value) = std::str::from_utf8(value) else { continue };
            found.add(at, column.is_name, value);
        }
        found
    }

    fn add(&mut self, column: usize, is_name: bool, value: &str) {
        let written: Vec<&str> = words(value).map(|range| &value[range]).collect();
        let folded: Vec<String> = written.iter().map(|word| folded(word)).collect();
        let letters: usize = folded.iter().map(|word| word.chars().count()).sum();
        let is_short = letters < WORD_MIN && !value.chars().any(stands_alone);
        if letters < 2 {
            return;
        }
        if is_name && folded.len() > 1 {
            for (at, word) in folded.iter().enumerate().filter(|(_, word)| is_telling(word)) {
                let words = vec![word.clone()];
                self.phrases.push(Phrase { column, words, word: Some(at), exactly: None, is_name });
            }
        }
        let exactly = is_short.then(|| value.trim().to_owned());
        if is_name {
            self.add_spellings(column, &written, &folded);
        }
        self.phrases.push(Phrase { column, words: folded, word: None, exactly, is_name });
        let digits = digits(value);
        if digits.len() >= NUMBER_MIN && !value.chars().any(char::is_alphabetic) {
            self.numbers.push((column, digits));
        }
    }

    /// A name as systems write it that know no umlaut, and its words in one, as names of accounts have them.
    fn add_spellings(&mut self, column: usize, written: &[&str], folded: &[String]) {
        let mut add = |words: Vec<String>, word| {
            self.phrases.push(Phrase { column, words, word, exactly: None, is_name: true });
        };
        let spelled: Vec<Option<String>> = written.iter().map(|word| spell_out(word)).collect();
        let whole =
            spelled.iter().zip(folded).map(|(spelled, plain)| spelled.clone().unwrap_or(plain.clone()));
        if spelled.iter().any(Option::is_some) {
            add(whole.collect(), None);
        }
        if folded.len() > 1 {
            for (at, word) in spelled.into_iter().enumerate() {
                word.filter(|word| is_telling(word)).into_iter().for_each(|word| add(vec![word], Some(at)));
            }
            if !folded[0].chars().any(stands_alone) {
                add(vec![folded.concat()], None);
            }
        }
    }

    /// Every place where a value stands.
    pub(super) fn find(&self, text: &str) -> Vec<Span> {
        if self.phrases.is_empty() {
            return Vec::new();
        }
        let ranges: Vec<_> = words(text).collect();
        let folded: Vec<String> = ranges.iter().map(|range| folded(&text[range.clone()])).collect();
        let mut spans = Vec::new();
        for at in 0..ranges.len() {
            for phrase in self.phrases.iter().filter(|phrase| phrase.begins(&folded[at..])) {
                let last = at + phrase.words.len() - 1;
                let range = ranges[at].start..ranges[last].end;
                let near = ranges[at..=last].windows(2).all(|pair| pair[1].start - pair[0].end <= GAP_MAX);
                if near && phrase.exactly.as_ref().is_none_or(|exactly| text[range.clone()] == **exactly) {
                    spans
                        .push(Span { range, find: Find::Known { column: phrase.column, word: phrase.word } });
                }
            }
        }
        spans
    }

    /// The column that has a number, or one that ends alike: a country may stand before it.
    pub(super) fn number(&self, text: &str) -> Option<usize> {
        let found = digits(text);
        if found.len() < NUMBER_MIN {
            return None;
        }
        // A zero that is left out abroad may stand in the middle: +44 (0)20.
        let end = |digits: &[u8]| digits[digits.len().saturating_sub(NUMBER_END)..].to_vec();
        let is_same = |known: &[u8]| {
            known.ends_with(&found)
                || found.ends_with(known)
                || (found.len() > NUMBER_END && end(known) == end(&found))
        };
        self.numbers.iter().find(|(_, known)| is_same(known)).map(|(column, _)| *column)
    }
}

impl Phrase {
    /// The text's words begin with those of the phrase; the last of a name may have an `s` of the genitive, or
    /// digits as in names of accounts.
    fn begins(&self, text: &[String]) -> bool {
        let Some(text) = text.get(..self.words.len()) else { return false };
        let (Some((last, first)), Some((ends, begins))) = (self.words.split_last(), text.split_last()) else {
            return false;
        };
        let bare = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()) == last;
        let same = ends == last || (self.is_name && (ends.strip_suffix('s') == Some(last) || bare(ends)));
        same && begins == first
    }
}

fn is_telling(word: &str) -> bool {
    word.chars().count() >= WORD_MIN && !PARTICLES.contains(&word)
}

fn folded(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    fold(word, &mut out);
    out
}

/// The digits of a text from the first that is not 0.
fn digits(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').collect()
}
