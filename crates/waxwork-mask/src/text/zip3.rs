//! `address.zip3`: of a ZIP code of the United States its first three digits, where enough people live behind them.
//!
//! 45 CFR 164.514(b)(2)(i)(B): the three digits may stay where all ZIP codes with them hold more than 20,000 people, and
//! are 000 where they do not. The areas of 20,000 or fewer are those of the Census of 2000 in the guidance of the Office
//! for Civil Rights ("Guidance Regarding Methods for De-identification of Protected Health Information", 2012).

use super::{Room, WriteText};
use crate::error::MaskErrorKind;

/// First three digits behind which at most 20,000 people live.
const SMALL: [&[u8; 3]; 17] = [
    b"036", b"059", b"063", b"102", b"203", b"556", b"692", b"790", b"821", b"823", b"830", b"831", b"878",
    b"879", b"884", b"890", b"893",
];

/// What stands for a value that is no ZIP code.
const NOWHERE: &[u8] = b"00000";

/// The mask.
pub(crate) struct Zip3Mask {
    room: Room,
}

impl Zip3Mask {
    pub(crate) fn new(room: Room) -> Self {
        Self { room }
    }
}

impl WriteText for Zip3Mask {
    fn write(&self, input: &[u8], _: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        if !is_zip(input) {
            out.extend_from_slice(&NOWHERE[..NOWHERE.len().min(self.room.chars)]);
            return Ok(());
        }
        let (area, rest) = input.split_at(3);
        let small = SMALL.iter().any(|small| *small == area);
        out.extend_from_slice(if small { b"000" } else { area });
        out.extend(rest.iter().map(|byte| if byte.is_ascii_digit() { b'0' } else { *byte }));
        Ok(())
    }

    /// The code of a whole area is what it becomes.
    fn gives_back(&self) -> bool {
        true
    }
}

/// Three, five or nine digits, with a hyphen or without before the last four.
fn is_zip(text: &[u8]) -> bool {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match text.len() {
        3 | 5 | 9 => digits(text),
        10 => digits(&text[..5]) && text[5] == b'-' && digits(&text[6..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(value: &str, chars: usize) -> String {
        let mut out = Vec::new();
        Zip3Mask::new(Room { chars, ..Room::UNLIMITED }).write(value.as_bytes(), None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn three_digits_stay_where_enough_people_live() {
        for (value, expected) in [
            ("94110", "94100"),
            ("94110-2203", "94100-0000"),
            ("941102203", "941000000"),
            ("941", "941"),
            ("94100", "94100"),
        ] {
            assert_eq!(masked(value, usize::MAX), expected);
        }
    }

    /// The seventeen of the guidance, counted there as they are here.
    #[test]
    fn small_areas_are_zeros() {
        for area in "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split(' ') {
            assert_eq!(masked(&format!("{area}77"), usize::MAX), "00000", "{area}");
            assert_eq!(masked(&format!("{area}77-1234"), usize::MAX), "00000-0000", "{area}");
        }
        let areas = (0..1000).filter(|area| masked(&format!("{area:03}"), usize::MAX) == "000");
        assert_eq!(areas.count(), 17 + 1);
    }

    #[test]
    fn what_is_no_zip_code_is_nowhere() {
        for value in ["2139", "SW1A 1AA", "94110 ", "9411O", "94110_2203", "９４１１０", "x", "😀😀😀"]
        {
            assert_eq!(masked(value, usize::MAX), "00000", "{value}");
        }
        assert_eq!(masked("SW1", 3), "000");
    }
}
