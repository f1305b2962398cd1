//! hstore: keys with a text or NULL each.
//!
//! Binary: how many there are, then key and value, each after its length word (`hstore_send` of contrib/hstore). Text:
//! `"key"=>"value"` with a comma and a blank between them, a backslash before quotes and backslashes, NULL without
//! quotes (`hstore_out`). What people write has other blanks, and words without quotes (`hstore_in`).

use std::borrow::Cow;

use crate::binary::{Reader, encode_null};
use crate::error::CodecErrorKind;
use crate::scan::Scan;
use crate::value::HstorePairs;

const MALFORMED: CodecErrorKind = CodecErrorKind::Malformed("hstore");

/// Reads the binary form.
pub(crate) fn from_binary(payload: &[u8]) -> Option<HstorePairs<'_>> {
    let mut reader = Reader::new(payload);
    let count = usize::try_from(reader.i32().ok()?).ok()?;
    let mut pairs = Vec::new();
    for _ in 0..count {
        let key = reader.field().ok()??;
        pairs.push((Cow::Borrowed(key), reader.field().ok()?.map(Cow::Borrowed)));
    }
    reader.rest.is_empty().then_some(pairs)
}

/// Writes the binary form.
pub(crate) fn to_binary(pairs: &HstorePairs<'_>, out: &mut Vec<u8>) -> Result<(), CodecErrorKind> {
    let length = |length: usize| i32::try_from(length).map_err(|_| CodecErrorKind::TooLong);
    out.extend_from_slice(&length(pairs.len())?.to_be_bytes());
    for (key, value) in pairs {
        for text in [Some(key), value.as_ref()] {
            match text {
                Some(text) => {
                    out.extend_from_slice(&length(text.len())?.to_be_bytes());
                    out.extend_from_slice(text);
                }
                None => encode_null(out),
            }
        }
    }
    Ok(())
}

/// Reads the text form.
pub(crate) fn parse(text: &[u8]) -> Result<HstorePairs<'_>, CodecErrorKind> {
    let mut scan = Scan::new(text.trim_ascii());
    let mut pairs = Vec::new();
    while !scan.is_empty() {
        let (key, _) = word(&mut scan)?;
        if !scan.eat_text(b"=>") {
            return Err(MALFORMED);
        }
        pass_blanks(&mut scan);
        let (value, is_null) = word(&mut scan)?;
        pairs.push((key, (!is_null).then_some(value)));
        if scan.is_empty() {
            break;
        }
        if !scan.eat(b',') {
            return Err(MALFORMED);
        }
        pass_blanks(&mut scan);
        if scan.is_empty() {
            return Err(MALFORMED);
        }
    }
    Ok(pairs)
}

/// Writes the text form.
pub(crate) fn print(pairs: &HstorePairs<'_>, out: &mut Vec<u8>) {
    for (at, (key, value)) in pairs.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        quote(key, out);
        out.extend_from_slice(b"=>");
        match value {
            Some(value) => quote(value, out),
            None => out.extend_from_slice(b"NULL"),
        }
    }
}

fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

fn pass_blanks(scan: &mut Scan<'_>) {
    scan.rest = scan.rest.trim_ascii_start();
}

/// Passes a word and the blanks after it; whether it is NULL, as a value.
fn word<'a>(scan: &mut Scan<'a>) -> Result<(Cow<'a, [u8]>, bool), CodecErrorKind> {
    let quoted = scan.eat(b'"');
    let ends = |byte: u8| if quoted { byte == b'"' } else { b"=,\" \t\n\r\x0b\x0c".contains(&byte) };
    let plain = scan.rest.iter().take_while(|byte| !ends(**byte) && **byte != b'\\').count();
    let (text, rest) = scan.rest.split_at(plain);
    scan.rest = rest;
    let mut text = Cow::Borrowed(text);
    while let Some((&byte, rest)) = scan.rest.split_first().filter(|(byte, _)| !ends(**byte)) {
        let (byte, rest) = match byte {
            b'\\' => rest.split_first().ok_or(MALFORMED)?,
            _ => (&scan.rest[0], rest),
        };
        text.to_mut().push(*byte);
        scan.rest = rest;
    }
    if if quoted { !scan.eat(b'"') } else { text.is_empty() } {
        return Err(MALFORMED);
    }
    pass_blanks(scan);
    let is_null = !quoted && text.eq_ignore_ascii_case(b"null");
    Ok((text, is_null))
}
