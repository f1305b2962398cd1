//! Permutations of strings over an alphabet, at equal length: FF1 (NIST SP 800-38G) where radix^length is at least
//! 10^6, its lower bound; a keyed table below.

use super::part_fixed;
use super::table::{IDENTITY_MIN, Table};
use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// FF1's lower bound on radix^length (SP 800-38G Revision 1, draft 2).
const FF1_MIN: u64 = 1_000_000;

/// Above this many strings FF1's one expected fixed point is not looked for.
const PARTED_MAX: u64 = 1 << 40;

/// The longest string that FF1 is asked for; its work grows with the square of the length.
const LENGTH_MAX: usize = 10_000;

/// A keyed permutation of the strings of every length over one alphabet.
pub(crate) struct StringPermutation {
    alphabet: Vec<char>,
    /// The alphabet sorted, with each character's place.
    places: Vec<(char, u16)>,
    subkey: Zeroizing<[u8; 32]>,
    ff1: FF1<Aes256>,
    /// By length; made when the first string of that length comes.
    tables: Vec<OnceLock<Table>>,
}

/// Why a string has no image; the string is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoImage {
    /// It has a character outside the alphabet.
    Foreign,
    /// It is longer than [`LENGTH_MAX`].
    Long,
}

impl StringPermutation {
    /// Over the characters of `alphabet`, two or more and each once; `None` for anything else.
    pub(crate) fn new(subkey: Zeroizing<[u8; 32]>, alphabet: &str) -> Option<Self> {
        let alphabet: Vec<char> = alphabet.chars().collect();
        let mut places: Vec<(char, u16)> = alphabet.iter().copied().zip(0..).collect();
        places.sort_unstable();
        let distinct = places.windows(2).all(|pair| pair[0].0 != pair[1].0);
        if !distinct || alphabet.len() < 2 || alphabet.len() > usize::from(u16::MAX) {
            return None;
        }
        let radix = alphabet.len() as u64;
        let lengths = (1..).take_while(|length| radix.pow(*length) < FF1_MIN).count();
        let ff1 = FF1::new(&*subkey, alphabet.len() as u32).ok()?;
        Some(Self { alphabet, places, subkey, ff1, tables: vec![OnceLock::new(); lengths + 1] })
    }

    /// Appends the image of a string, of as many characters.
    ///
    /// # Errors
    /// [`NoImage`] where there is none.
    pub(crate) fn permute(&self, text: &[u8], out: &mut Vec<u8>) -> Result<(), NoImage> {
        let text = std::str::from_utf8(text).map_err(|_| NoImage::Foreign)?;
        let numerals = text.chars().map(|char| self.place(char)).collect::<Option<Vec<u16>>>();
        let numerals = numerals.ok_or(NoImage::Foreign)?;
        if numerals.len() > LENGTH_MAX {
            return Err(NoImage::Long);
        }
        for numeral in self.image(numerals) {
            let mut utf8 = [0; 4];
            out.extend_from_slice(self.alphabet[usize::from(numeral)].encode_utf8(&mut utf8).as_bytes());
        }
        Ok(())
    }

    fn place(&self, char: char) -> Option<u16> {
        let at = self.places.binary_search_by_key(&char, |(known, _)| *known).ok()?;
        Some(self.places[at].1)
    }

    fn image(&self, numerals: Vec<u16>) -> Vec<u16> {
        let length = numerals.len();
        let radix = self.alphabet.len() as u64;
        let Some(count) = radix.checked_pow(length as u32).filter(|count| *count <= PARTED_MAX) else {
            return self.encrypt(numerals);
        };
        let index = numerals.iter().fold(0, |index, numeral| index * radix + u64::from(*numeral));
        let image = match self.tables.get(length) {
            Some(table) => table.get_or_init(|| self.table(length, count)).get(index),
            None => part_fixed(
                index,
                count,
                |index| self.encrypt_index(index, length),
                |index, image| index == image,
            ),
        };
        self.numerals(image, length)
    }

    fn table(&self, length: usize, count: u64) -> Table {
        let subkey = blake3::keyed_hash(&self.subkey, format!("strings of {length}").as_bytes());
        // Where it must not promise it, it does not try: see IDENTITY_MIN.
        debug_assert!(count >= IDENTITY_MIN || length < 10);
        Table::new(subkey.as_bytes(), count, 0)
    }

    fn encrypt_index(&self, index: u64, length: usize) -> u64 {
        let radix = self.alphabet.len() as u64;
        let image = self.encrypt(self.numerals(index, length));
        image.into_iter().fold(0, |index, numeral| index * radix + u64::from(numeral))
    }

    fn encrypt(&self, numerals: Vec<u16>) -> Vec<u16> {
        let image = self.ff1.encrypt(&[], &FlexibleNumeralString::from(numerals));
        image.expect("the places are below the radix and the string is long enough").into()
    }

    fn numerals(&self, mut index: u64, length: usize) -> Vec<u16> {
        let radix = self.alphabet.len() as u64;
        let mut numerals = vec![0; length];
        for numeral in numerals.iter_mut().rev() {
            *numeral = (index % radix) as u16;
            index /= radix;
        }
        numerals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permutation(alphabet: &str) -> StringPermutation {
        StringPermutation::new(Zeroizing::new([2; 32]), alphabet).unwrap()
    }

    fn image(permutation: &StringPermutation, text: &str) -> Result<String, NoImage> {
        let mut out = Vec::new();
        permutation.permute(text.as_bytes(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_short_length_is_a_bijection() {
        let digits = permutation("0123456789");
        for length in 1..=4 {
            let mut images: Vec<String> = (0..10u32.pow(length))
                .map(|value| image(&digits, &format!("{value:0width$}", width = length as usize)).unwrap())
                .collect();
            assert!(images.iter().all(|image| image.len() == length as usize));
            images.sort_unstable();
            images.dedup();
            assert_eq!(images.len(), 10usize.pow(length));
        }
    }

    #[test]
    fn where_ff1_takes_over_nothing_collides_and_nothing_keeps_its_place() {
        let binary = permutation("01");
        let mut seen = std::collections::BTreeSet::new();
        for value in 0..20_000 {
            let text = format!("{value:020b}");
            let image = image(&binary, &text).unwrap();
            assert!(image.len() == 20 && image != text && seen.insert(image));
        }
    }

    #[test]
    fn long_strings_and_wide_alphabets_keep_their_length_in_characters() {
        let greek = permutation("αβγδεζηθ");
        let image_of = image(&greek, &"αβγ".repeat(40)).unwrap();
        assert_eq!(image_of.chars().count(), 120);
        assert!(image_of.chars().all(|char| "αβγδεζηθ".contains(char)));
        assert_eq!(image(&greek, "").unwrap(), "");
    }

    #[test]
    fn foreign_characters_and_endless_strings_have_no_image() {
        let hex = permutation("0123456789abcdef");
        assert_eq!(image(&hex, "DEADBEEF"), Err(NoImage::Foreign));
        assert_eq!(image(&hex, &"0".repeat(LENGTH_MAX + 1)), Err(NoImage::Long));
        let mut out = Vec::new();
        assert_eq!(hex.permute(b"ab\xff", &mut out), Err(NoImage::Foreign));
    }

    #[test]
    fn alphabets_need_two_characters_each_once() {
        for alphabet in ["", "a", "aa", "abca"] {
            assert!(StringPermutation::new(Zeroizing::new([2; 32]), alphabet).is_none());
        }
    }
}
