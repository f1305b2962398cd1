//! Tokens of a JSON document (RFC 8259), checked as they are passed.

use crate::literal::Literal;
use std::ops::Range;

/// The document is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// A place in a document.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    Number,
    /// `true` or `false`
    Bool,
    Null,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'a [u8] {
        &self.bytes[range]
    }

    /// The next byte that is not white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// Passes a byte if it is the next one.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.take(byte) { Ok(()) } else { Err(Malformed) }
    }

    /// Passes a scalar.
    pub(super) fn scalar(&mut self) -> Result<(Scalar, Range<usize>), Malformed> {
        let first = self.peek().ok_or(Malformed)?;
        let start = self.at;
        let scalar = match first {
            b'"' => {
                self.string()?;
                Scalar::String
            }
            b't' => self.word(b"true", Scalar::Bool)?,
            b'f' => self.word(b"false", Scalar::Bool)?,
            b'n' => self.word(b"null", Scalar::Null)?,
            _ => {
                self.number()?;
                Scalar::Number
            }
        };
        Ok((scalar, start..self.at))
    }

    /// Passes a string; the range is what stands between its quotes, still escaped.
    pub(super) fn string(&mut self) -> Result<Range<usize>, Malformed> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.bytes.get(self.at).ok_or(Malformed)? {
                b'"' => break,
                b'\\' => self.at += self.escape()?,
                0..0x20 => return Err(Malformed),
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Ok(start..self.at - 1)
    }

    /// Bytes of the escape here.
    fn escape(&self) -> Result<usize, Malformed> {
        match self.bytes.get(self.at + 1).ok_or(Malformed)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(2),
            b'u' => {
                let digits = self.bytes.get(self.at + 2..self.at + 6).ok_or(Malformed)?;
                if digits.iter().all(u8::is_ascii_hexdigit) { Ok(6) } else { Err(Malformed) }
            }
            _ => Err(Malformed),
        }
    }

    fn number(&mut self) -> Result<(), Malformed> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
            .count();
        if !Literal::is_json(&rest[..length]) {
            return Err(Malformed);
        }
        self.at += length;
        Ok(())
    }

    fn word(&mut self, word: &[u8], scalar: Scalar) -> Result<Scalar, Malformed> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(Malformed);
        }
        self.at += word.len();
        Ok(scalar)
    }
}

/// Appends the characters of what stands between a string's quotes. A surrogate without its other half, which `json`
/// allows, becomes U+FFFD.
pub(super) fn unescape(string: &[u8], out: &mut Vec<u8>) {
    let mut rest = string;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        out.extend_from_slice(&rest[..at]);
        let (char, length) = escaped(&rest[at..]);
        let mut utf8 = [0; 4];
        out.extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
}

/// The character of an escape, which a [`Reader`] has passed, and its length in bytes.
fn escaped(escape: &[u8]) -> (char, usize) {
    let char = match escape[1] {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(escape),
        other => other as char,
    };
    (char, 2)
}

fn unicode(escape: &[u8]) -> (char, usize) {
    let first = hex(&escape[2..6]);
    if let 0xd800..0xdc00 = first
        && let [b'\\', b'u', low @ ..] = &escape[6..]
        && low.len() >= 4
        && let second @ 0xdc00..0xe000 = hex(&low[..4])
    {
        let char = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(char).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

fn hex(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, digit| value * 16 + (*digit as char).to_digit(16).unwrap_or(0))
}

/// Appends a text as a JSON string.
pub(super) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_round_trip_as_serde_json_reads_them() {
        for json in
            [r#""""#, r#""a\"b\\c\/d""#, r#""\b\f\n\r\t""#, r#""\u00e9\u20ac\ud83d\ude00""#, "\"é 😀\""]
        {
            let expected: String = serde_json::from_str(json).unwrap();
            let mut reader = Reader::new(json.as_bytes());
            let range = reader.string().unwrap();
            let mut text = Vec::new();
            unescape(reader.slice(range), &mut text);
            assert_eq!(text, expected.as_bytes());
            let mut written = Vec::new();
            write_string(&text, &mut written);
            assert_eq!(serde_json::from_slice::<String>(&written).unwrap(), expected);
        }
    }

    #[test]
    fn half_a_pair_is_a_replacement_character() {
        for string in [r"\ud83d", r"\ude00x", r"\ud83dA", r"\ud83d\n"] {
            let mut text = Vec::new();
            unescape(string.as_bytes(), &mut text);
            assert!(String::from_utf8(text).unwrap().starts_with('\u{fffd}'));
        }
    }
}
