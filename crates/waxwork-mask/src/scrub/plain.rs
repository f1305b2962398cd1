//! A text as detectors read it: digits of any script as 0 to 9, dashes as `-`, blanks as a space, and nothing that is
//! not seen.

use std::borrow::Cow;
use std::ops::Range;

/// The plain form of a text, with the place in the text of each of its characters.
pub(super) struct Plain<'t> {
    pub(super) text: Cow<'t, str>,
    /// For each byte of the plain form where its character begins in the text, and the text's end; empty where both
    /// are one.
    places: Vec<usize>,
}

/// Zeros of the scripts whose digits stand in a row of ten (Unicode 16, general category Nd).
const ZEROS: [char; 20] = [
    '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
    '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{1810}',
    '\u{19d0}', '\u{ff10}',
];

impl<'t> Plain<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        if text.is_ascii() && !text.as_bytes().contains(&b'\t') {
            return Self { text: text.into(), places: Vec::new() };
        }
        let (mut plain, mut places) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
        for (at, c) in text.char_indices() {
            let Some(c) = plain_char(c) else { continue };
            plain.push(c);
            places.resize(plain.len(), at);
        }
        places.push(text.len());
        Self { text: plain.into(), places }
    }

    /// Where a piece of the plain form stands in the text; what is not seen behind it belongs to it.
    pub(super) fn place(&self, piece: Range<usize>) -> Range<usize> {
        let place = |at| self.places.get(at).copied().unwrap_or(at);
        place(piece.start)..place(piece.end)
    }
}

/// Characters that are not seen: a soft hyphen, joiners, marks of direction and of variants (Unicode 16,
/// Default_Ignorable_Code_Point, those that texts have).
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn plain_char(c: char) -> Option<char> {
    Some(match c {
        c if c.is_ascii() => {
            if c == '\t' {
                ' '
            } else {
                c
            }
        }
        c if is_unseen(c) => return None,
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        // Full width: the same row of characters (Unicode 16, Halfwidth and Fullwidth Forms).
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c if c.is_whitespace() => ' ',
        c => digit(c).unwrap_or(c),
    })
}

fn digit(c: char) -> Option<char> {
    let of = |zero: &char| (c as u32).checked_sub(*zero as u32).filter(|digit| *digit < 10);
    ZEROS.iter().find_map(of).and_then(|digit| char::from_digit(digit, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_otherwise_reads_alike_and_stands_where_it_stood() {
        let text = "x ４\u{200b}९–٣\u{202f}Ａ\tz";
        let plain = Plain::of(text);
        assert_eq!(plain.text, "x 49-3 A z");
        assert_eq!(&text[plain.place(2..6)], "４\u{200b}९–٣");
        assert_eq!(&text[plain.place(0..10)], text);
    }
}
