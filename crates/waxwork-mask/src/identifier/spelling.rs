//! Spellings: a number's letters and digits apart from how a value writes them, and back.

/// Letters and digits that a number has at most; an IBAN has 34 at most.
pub(crate) const LENGTH_MAX: usize = 40;

/// What may stand between the characters of a number.
const SEPARATORS: &[u8] = b" -./:+_";

/// A number in capital letters, without separators.
#[derive(Clone, Copy)]
pub(crate) struct Number {
    chars: [u8; LENGTH_MAX],
    len: usize,
}

impl Number {
    /// So many characters, to be written over; at most [`LENGTH_MAX`].
    pub(crate) fn blank(len: usize) -> Self {
        Self { chars: [b'0'; LENGTH_MAX], len }
    }

    /// The digits of a whole number, with zeros before them; `None` where they are more.
    pub(crate) fn of_integer(mut value: u64, len: usize) -> Option<Self> {
        let mut number = Self::blank(len);
        for char in number.chars_mut().iter_mut().rev() {
            *char = b'0' + (value % 10) as u8;
            value /= 10;
        }
        (value == 0).then_some(number)
    }

    /// The whole number of its digits, of which there are 18 at most.
    pub(crate) fn integer(&self) -> i64 {
        self.chars().iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
    }

    pub(crate) fn chars(&self) -> &[u8] {
        &self.chars[..self.len]
    }

    pub(crate) fn chars_mut(&mut self) -> &mut [u8] {
        &mut self.chars[..self.len]
    }
}

/// How a value writes a number.
pub(crate) struct Spelling {
    pub(crate) number: Number,
    /// It has letters, and they are small.
    pub(crate) small: Option<bool>,
}

impl Spelling {
    /// The number that a value writes; `None` for a value with other characters, or letters of both cases.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let mut number = Number::blank(0);
        let mut small = None;
        for byte in value.iter().filter(|byte| !SEPARATORS.contains(byte)) {
            if byte.is_ascii_alphabetic() {
                let own = byte.is_ascii_lowercase();
                if *small.get_or_insert(own) != own {
                    return None;
                }
            } else if !byte.is_ascii_digit() {
                return None;
            }
            *number.chars.get_mut(number.len)? = byte.to_ascii_uppercase();
            number.len += 1;
        }
        (number.len > 0).then_some(Self { number, small })
    }
}

/// Appends a number of as many characters, with the separators of a value.
pub(crate) fn write_like(value: &[u8], number: &Number, small: bool, out: &mut Vec<u8>) {
    let mut chars = number.chars().iter();
    for byte in value {
        if SEPARATORS.contains(byte) {
            out.push(*byte);
        } else if let Some(char) = chars.next() {
            out.push(if small { char.to_ascii_lowercase() } else { *char });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_out_of_its_separators_and_put_back() {
        for (value, chars, small) in [
            ("078-05-1120", "078051120", None),
            ("gb 29/x.", "GB29X", Some(true)),
            ("X-1", "X1", Some(false)),
        ] {
            let spelling = Spelling::read(value.as_bytes()).unwrap();
            assert_eq!((spelling.number.chars(), spelling.small), (chars.as_bytes(), small));
            let mut out = Vec::new();
            write_like(value.as_bytes(), &spelling.number, spelling.small == Some(true), &mut out);
            assert_eq!(out, value.as_bytes());
        }
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        for value in ["", " - ", "aB1", "12\u{a0}34", "1,2", "\0", &"1".repeat(LENGTH_MAX + 1)] {
            assert!(Spelling::read(value.as_bytes()).is_none(), "{value:?}");
        }
    }

    #[test]
    fn whole_numbers_have_zeros_before_them() {
        assert_eq!(Number::of_integer(78_051_120, 9).unwrap().chars(), b"078051120");
        assert!(Number::of_integer(1_000, 3).is_none());
        assert_eq!(Number::of_integer(78_051_120, 9).unwrap().integer(), 78_051_120);
    }
}
