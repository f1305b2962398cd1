//! `text.partial`: the first and last characters, the others filled. Nothing of a text that is too short to hide any.

use super::WriteText;
use super::phrase::count_chars;
use crate::error::MaskErrorKind;
use crate::text::option_error;
use waxwork_core::plan::MaskSpec;

pub(crate) struct Partial {
    first: usize,
    last: usize,
    fill: u8,
}

/// What fills a text that is made of the fill alone, or of the other.
const OTHERS: [u8; 2] = [b'x', b'#'];

impl Partial {
    /// # Errors
    /// When the fill is not one printable character of ASCII, which every column counts as one.
    pub(crate) fn compile(spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        let count = |option| spec.options.integer(option).and_then(|count| usize::try_from(count).ok());
        let fill = match spec.options.text("fill").map(str::as_bytes) {
            None => b'*',
            Some([fill @ b'!'..=b'~']) => *fill,
            _ => return Err(option_error(spec.kind, "fill", "it is not one printable character of ASCII")),
        };
        Ok(Self { first: count("keep_first").unwrap_or(0), last: count("keep_last").unwrap_or(0), fill })
    }
}

impl WriteText for Partial {
    fn write(&self, input: &[u8], _by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let (start, count) = (out.len(), count_chars(input));
        // As many hidden as shown, at least: of "Bo" and "Ann" little is left to guess.
        let shows = 2 * (self.first + self.last) <= count;
        let (head, tail) = if shows {
            (char_start(input, self.first), char_start(input, count - self.last))
        } else {
            (0, input.len())
        };
        // Bytes of no character, as an SQL_ASCII server may send, are hidden like one.
        let hidden = count_chars(&input[head..tail]).max(1);
        for fill in std::iter::once(self.fill).chain(OTHERS) {
            out.truncate(start);
            out.extend_from_slice(&input[..head]);
            out.resize(out.len() + hidden, fill);
            out.extend_from_slice(&input[tail..]);
            if out[start..] != *input {
                break;
            }
        }
        Ok(())
    }
}

/// Where a character begins, by its place.
fn char_start(text: &[u8], place: usize) -> usize {
    if place == 0 {
        return 0;
    }
    let is_start = |byte: &u8| byte & 0xc0 != 0x80;
    let mut starts = text.iter().enumerate().filter(|(_, byte)| is_start(byte)).map(|(at, _)| at);
    starts.nth(place).unwrap_or(text.len())
}
