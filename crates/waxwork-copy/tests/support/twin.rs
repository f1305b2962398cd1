//! The reference twin: COPY streams read the slow and obvious way, one byte after another, straight from the manual.
//!
//! It shares no line with the codec. A test or a fuzz target gives both the same stream and compares.

use std::slice::Iter;

use waxwork_copy::Wire;

/// A row's payloads as they stand on the wire (text: still escaped), `None` for NULL.
pub(crate) type Row = Vec<Option<Vec<u8>>>;

/// All rows of a stream; `None` when it is not whole or not COPY's.
pub(crate) fn rows(wire: Wire, stream: &[u8]) -> Option<Vec<Row>> {
    match wire {
        Wire::Binary => binary_rows(stream),
        Wire::Text => text_rows(stream),
    }
}

fn binary_rows(stream: &[u8]) -> Option<Vec<Row>> {
    let mut bytes = stream.iter();
    if take(&mut bytes, 11)? != b"PGCOPY\n\xff\r\n\0"[..] {
        return None;
    }
    let flags = number(&mut bytes, 4)?;
    let extension = number(&mut bytes, 4)?;
    if flags >= 65_536 || extension > 65_536 {
        return None;
    }
    take(&mut bytes, extension)?;
    let mut rows = Vec::new();
    loop {
        let fields = number(&mut bytes, 2)?;
        if fields == 0xffff {
            return if bytes.next().is_none() { Some(rows) } else { None };
        }
        if fields > 0x7fff {
            return None;
        }
        let mut row = Vec::new();
        for _ in 0..fields {
            row.push(match number(&mut bytes, 4)? {
                0xffff_ffff => None,
                length if length > 0x7fff_ffff => return None,
                length => Some(take(&mut bytes, length)?),
            });
        }
        rows.push(row);
    }
}

/// The next bytes, so many.
fn take(bytes: &mut Iter<'_, u8>, count: u64) -> Option<Vec<u8>> {
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(*bytes.next()?);
    }
    Some(taken)
}

/// An unsigned number of so many bytes, most significant first.
fn number(bytes: &mut Iter<'_, u8>, count: u64) -> Option<u64> {
    let mut number = 0;
    for byte in take(bytes, count)? {
        number = number * 256 + u64::from(byte);
    }
    Some(number)
}

fn text_rows(stream: &[u8]) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = Vec::new();
    let mut after_backslash = false;
    let mut bytes = stream.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\t' | b'\n' if after_backslash => return None,
            b'\n' if row.is_empty() && field == b"\\." => {
                return if bytes.next().is_none() { Some(rows) } else { None };
            }
            b'\t' | b'\n' => {
                let payload = std::mem::take(&mut field);
                row.push(if payload == b"\\N" { None } else { Some(payload) });
                if byte == b'\n' {
                    rows.push(std::mem::take(&mut row));
                }
            }
            _ => {
                field.push(byte);
                after_backslash = byte == b'\\' && !after_backslash;
            }
        }
    }
    (row.is_empty() && field.is_empty()).then_some(rows)
}

/// What an escaped text payload means; `None` when it ends in a lone backslash.
pub(crate) fn unescaped(payload: &[u8]) -> Option<Vec<u8>> {
    let mut meaning = Vec::new();
    let mut bytes = payload.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            meaning.push(byte);
            continue;
        }
        let letter = bytes.next()?;
        let mut digits = String::new();
        match letter {
            b'b' => meaning.push(8),
            b'f' => meaning.push(12),
            b'n' => meaning.push(10),
            b'r' => meaning.push(13),
            b't' => meaning.push(9),
            b'v' => meaning.push(11),
            b'0'..=b'7' => {
                digits.push(char::from(letter));
                while digits.len() < 3 {
                    let Some(digit) = bytes.next_if(|digit| (b'0'..=b'7').contains(digit)) else { break };
                    digits.push(char::from(digit));
                }
                meaning.push((u32::from_str_radix(&digits, 8).expect("octal digits") % 256) as u8);
            }
            b'x' => {
                while digits.len() < 2 {
                    let Some(digit) = bytes.next_if(u8::is_ascii_hexdigit) else { break };
                    digits.push(char::from(digit));
                }
                meaning.push(if digits.is_empty() {
                    b'x'
                } else {
                    u8::from_str_radix(&digits, 16).expect("hex digits")
                });
            }
            other => meaning.push(other),
        }
    }
    Some(meaning)
}
