//! COPY text's backslash escapes (PostgreSQL manual, COPY, "Text Format").

use crate::error::CodecErrorKind;

/// Undoes the escapes of `payload`: itself when it has none, else what it means, in `scratch`.
pub(crate) fn unescape<'a>(payload: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<&'a [u8], CodecErrorKind> {
    if memchr::memchr(b'\\', payload).is_none() {
        return Ok(payload);
    }
    unescape_into(payload, scratch)?;
    Ok(scratch)
}

/// Writes what `payload` means into `scratch`, in place of what it held.
pub(crate) fn unescape_into(payload: &[u8], scratch: &mut Vec<u8>) -> Result<(), CodecErrorKind> {
    scratch.clear();
    let mut rest = payload;
    while let Some(backslash) = memchr::memchr(b'\\', rest) {
        scratch.extend_from_slice(&rest[..backslash]);
        let (byte, length) = escaped(&rest[backslash + 1..]).ok_or(CodecErrorKind::DanglingEscape)?;
        scratch.push(byte);
        rest = &rest[backslash + 1 + length..];
    }
    scratch.extend_from_slice(rest);
    Ok(())
}

/// The byte that an escape stands for and the escape's length, given what follows the backslash.
fn escaped(rest: &[u8]) -> Option<(u8, usize)> {
    let first = *rest.first()?;
    Some(match first {
        b'b' => (b'\x08', 1),
        b'f' => (b'\x0c', 1),
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        b'v' => (b'\x0b', 1),
        b'0'..=b'7' => coded(rest, 8, 3),
        b'x' if rest.get(1).is_some_and(u8::is_ascii_hexdigit) => {
            let (byte, length) = coded(&rest[1..], 16, 2);
            (byte, length + 1)
        }
        // Any other character stands for itself.
        other => (other, 1),
    })
}

/// A byte written in up to `length_max` digits, and how many there are; three octal digits may exceed a byte, and wrap.
fn coded(rest: &[u8], radix: u32, length_max: usize) -> (u8, usize) {
    let digits = rest.iter().take(length_max).map_while(|&byte| char::from(byte).to_digit(radix));
    let (code, length) = digits.fold((0, 0), |(code, length), digit| (code * radix + digit, length + 1));
    (code as u8, length)
}

/// Whether the server writes the byte as an escape. Backspace to carriage return are six neighbours.
#[inline]
fn needs_escape(byte: u8) -> bool {
    (0x08..=0x0d).contains(&byte) || byte == b'\\'
}

/// Escapes what stands in `out` from `start` on, in place.
pub(crate) fn escape_tail(start: usize, out: &mut Vec<u8>) {
    let extra = out[start..].iter().filter(|&&byte| needs_escape(byte)).count();
    let mut read = out.len();
    let mut write = read + extra;
    out.resize(write, 0);
    // From the back, so that nothing is overwritten before it is read; done as soon as both ends meet.
    while write > read {
        read -= 1;
        let byte = out[read];
        write -= 1;
        out[write] = byte;
        if needs_escape(byte) {
            out[write] = escape_letter(byte);
            write -= 1;
            out[write] = b'\\';
        }
    }
}

/// What follows the backslash.
fn escape_letter(byte: u8) -> u8 {
    match byte {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0b => b'v',
        0x0c => b'f',
        b'\r' => b'r',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(payload: &[u8]) -> Result<Vec<u8>, CodecErrorKind> {
        unescape(payload, &mut Vec::new()).map(<[u8]>::to_vec)
    }

    #[test]
    fn escapes_mean_what_the_manual_says() {
        let table: [(&[u8], &[u8]); 12] = [
            (b"", b""),
            (b"plain", b"plain"),
            (br"\b\f\n\r\t\v", b"\x08\x0c\n\r\t\x0b"),
            (br"a\\b", br"a\b"),
            (br"\\N", br"\N"),
            (br"\101\12\7z", b"A\n\x07z"),
            (br"\1234", b"S4"),
            (br"\777", b"\xff"),
            (br"\x41\x4\x4z", b"A\x04\x04z"),
            (br"\xg", b"xg"),
            (br"\q\'\.", b"q'."),
            (b"\\\xc3\xa9", b"\xc3\xa9"),
        ];
        for (payload, meaning) in table {
            assert_eq!(unescaped(payload).unwrap(), meaning, "{}", payload.escape_ascii());
        }
    }

    #[test]
    fn a_backslash_at_the_end_is_an_error() {
        assert_eq!(unescaped(br"a\"), Err(CodecErrorKind::DanglingEscape));
        assert_eq!(unescaped(br"a\\\"), Err(CodecErrorKind::DanglingEscape));
    }

    #[test]
    fn escaping_touches_the_tail_only_and_every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let mut out = b"\\\t".to_vec();
        out.extend_from_slice(&all);
        escape_tail(2, &mut out);
        assert_eq!(&out[..2], b"\\\t");
        assert!(!out[2..].iter().any(|byte| b"\n\r\t\x08\x0b\x0c".contains(byte)));
        assert_eq!(unescaped(&out[2..]).unwrap(), all);
    }
}
