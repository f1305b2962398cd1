//! Arrays of up to six dimensions.
//!
//! Binary: number of dimensions, a flag for NULLs, the element type's OID, length and lower bound of each dimension, then
//! the elements, each after its length word, in row-major order (PostgreSQL source, `array_send`). Text: braces and
//! commas, elements quoted where they could be misread, `[lower:upper]…=` in front when a lower bound is not 1
//! (`array_out`). Only `box` has another delimiter; it is opaque to us.

use std::borrow::Cow;

use crate::binary::{self, Reader};
use crate::error::CodecErrorKind;
use crate::scan::{Scan, push_signed};
use crate::text;
use crate::value::{ArrayDimension, FieldType, Value};

/// Most dimensions of an array (`MAXDIM`).
const DIMENSIONS_MAX: usize = 6;

const MALFORMED: CodecErrorKind = CodecErrorKind::Malformed("array");
const OUT_OF_RANGE: CodecErrorKind = CodecErrorKind::OutOfRange("array");

/// Elements in row-major order, `None` for NULL.
type Elements<'a> = Vec<Option<Value<'a>>>;

/// Reads the binary form. The element type's OID is the writer's and is not looked at.
pub(crate) fn from_binary<'a>(element: &FieldType, payload: &'a [u8]) -> Result<Value<'a>, CodecErrorKind> {
    let mut reader = Reader::new(payload);
    let malformed = |()| MALFORMED;
    let count = reader.i32().and_then(|count| usize::try_from(count).map_err(|_| ())).map_err(malformed)?;
    let (_has_nulls, _element_oid) = (reader.i32().map_err(malformed)?, reader.i32().map_err(malformed)?);
    if count > DIMENSIONS_MAX {
        return Err(MALFORMED);
    }
    let mut dimensions = Vec::with_capacity(count);
    for _ in 0..count {
        let (length, lower) = (reader.i32().map_err(malformed)?, reader.i32().map_err(malformed)?);
        dimensions.push(ArrayDimension { length, lower });
    }
    let count = element_count(&dimensions).ok_or(MALFORMED)?;
    // Each element has a length word: a forged count fails here, before memory is taken for it.
    if count > reader.rest.len() / 4 {
        return Err(MALFORMED);
    }
    let mut elements = Vec::with_capacity(count);
    for _ in 0..count {
        let payload = reader.field().map_err(malformed)?;
        elements.push(payload.map(|payload| binary::decode(element, payload)).transpose()?);
    }
    if !reader.rest.is_empty() {
        return Err(MALFORMED);
    }
    Ok(array(dimensions, elements))
}

/// Writes the binary form.
pub(crate) fn to_binary(
    (element, element_oid): (&FieldType, u32),
    dimensions: &[ArrayDimension],
    elements: &[Option<Value<'_>>],
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    check_shape(dimensions, elements)?;
    let has_nulls = elements.iter().any(Option::is_none);
    out.extend_from_slice(&(dimensions.len() as i32).to_be_bytes());
    out.extend_from_slice(&i32::from(has_nulls).to_be_bytes());
    out.extend_from_slice(&element_oid.to_be_bytes());
    for dimension in dimensions {
        out.extend_from_slice(&dimension.length.to_be_bytes());
        out.extend_from_slice(&dimension.lower.to_be_bytes());
    }
    for value in elements {
        match value {
            Some(value) => binary::encode_field(element, value, out)?,
            None => binary::encode_null(out),
        }
    }
    Ok(())
}

/// Reads the text form.
pub(crate) fn parse<'a>(element: &FieldType, text: &'a [u8]) -> Result<Value<'a>, CodecErrorKind> {
    let mut scan = Scan::new(text);
    let bounds = scan_bounds(&mut scan).ok_or(MALFORMED)?;
    let mut parser = Parser { scan, element, lengths: Vec::new(), leaf_depth: None, elements: Vec::new() };
    if parser.scan.rest != b"{}" {
        parser.level(0)?;
        if !parser.scan.is_empty() {
            return Err(MALFORMED);
        }
    }
    let dimensions = match bounds {
        None => parser.lengths.iter().map(|&length| ArrayDimension { length, lower: 1 }).collect(),
        Some(bounds) if bounds.iter().map(|bound| bound.length).eq(parser.lengths.iter().copied()) => bounds,
        Some(_) => return Err(MALFORMED),
    };
    Ok(array(dimensions, parser.elements))
}

/// Writes the text form.
pub(crate) fn print(
    element: &FieldType,
    dimensions: &[ArrayDimension],
    elements: &[Option<Value<'_>>],
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    check_shape(dimensions, elements)?;
    if dimensions.is_empty() {
        out.extend_from_slice(b"{}");
        return Ok(());
    }
    if dimensions.iter().any(|dimension| dimension.lower != 1) {
        push_bounds(dimensions, out);
    }
    print_level(element, dimensions, elements, out)
}

/// An array; one without elements has no dimensions either, whatever was written.
fn array<'a>(dimensions: Vec<ArrayDimension>, elements: Elements<'a>) -> Value<'a> {
    let dimensions = if elements.is_empty() { Vec::new() } else { dimensions };
    Value::Array { dimensions, elements }
}

/// Product of the lengths, 0 without dimensions; `None` for a negative length or more elements than can be.
fn element_count(dimensions: &[ArrayDimension]) -> Option<usize> {
    if dimensions.is_empty() {
        return Some(0);
    }
    dimensions.iter().try_fold(1usize, |count, dimension| {
        dimension.lower.checked_add(dimension.length)?;
        count.checked_mul(usize::try_from(dimension.length).ok()?)
    })
}

/// Whether the elements fill the dimensions.
fn check_shape(dimensions: &[ArrayDimension], elements: &[Option<Value<'_>>]) -> Result<(), CodecErrorKind> {
    let fits = element_count(dimensions) == Some(elements.len())
        && dimensions.len() <= DIMENSIONS_MAX
        && (dimensions.is_empty() || !elements.is_empty());
    if fits { Ok(()) } else { Err(OUT_OF_RANGE) }
}

/// Passes `[lower:upper]…=` if it is there.
fn scan_bounds(scan: &mut Scan<'_>) -> Option<Option<Vec<ArrayDimension>>> {
    if scan.rest.first() != Some(&b'[') {
        return Some(None);
    }
    let mut bounds = Vec::new();
    while scan.eat(b'[') {
        let lower = scan.signed()?;
        let upper = if scan.eat(b':') { scan.signed()? } else { return None };
        let length = i32::try_from(upper.checked_sub(lower)?.checked_add(1)?).ok()?;
        bounds.push(ArrayDimension { length, lower: i32::try_from(lower).ok()? });
        if bounds.len() > DIMENSIONS_MAX || !scan.eat(b']') {
            return None;
        }
    }
    let consistent = scan.eat(b'=') && element_count(&bounds)? > 0;
    consistent.then_some(Some(bounds))
}

/// Writes `[lower:upper]…=`.
fn push_bounds(dimensions: &[ArrayDimension], out: &mut Vec<u8>) {
    for dimension in dimensions {
        out.push(b'[');
        push_signed(i64::from(dimension.lower), out);
        out.push(b':');
        push_signed(i64::from(dimension.lower) + i64::from(dimension.length) - 1, out);
        out.push(b']');
    }
    out.push(b'=');
}

/// Where the reading of nested braces stands.
struct Parser<'a, 't> {
    scan: Scan<'a>,
    element: &'t FieldType,
    /// Lengths of the dimensions whose first level has ended.
    lengths: Vec<i32>,
    /// Depth at which elements stand, known from the first one on.
    leaf_depth: Option<usize>,
    elements: Elements<'a>,
}

impl<'a> Parser<'a, '_> {
    /// Passes one `{…}`; all of the same depth have the same length.
    fn level(&mut self, depth: usize) -> Result<(), CodecErrorKind> {
        if depth >= DIMENSIONS_MAX || !self.scan.eat(b'{') {
            return Err(MALFORMED);
        }
        let mut length = 0;
        loop {
            if self.scan.rest.first() == Some(&b'{') {
                self.level(depth + 1)?;
            } else if *self.leaf_depth.get_or_insert(depth) == depth {
                self.leaf()?;
            } else {
                return Err(MALFORMED);
            }
            length += 1;
            if self.scan.eat(b'}') {
                break;
            }
            if !self.scan.eat(b',') {
                return Err(MALFORMED);
            }
        }
        self.close_level(depth, length)
    }

    /// Notes the length of a level, or compares it with that of its neighbours.
    fn close_level(&mut self, depth: usize, length: i32) -> Result<(), CodecErrorKind> {
        let leaf_depth = self.leaf_depth.ok_or(MALFORMED)?;
        if self.lengths.is_empty() {
            self.lengths = vec![0; leaf_depth + 1];
        }
        match self.lengths.get_mut(depth) {
            Some(known) if *known == 0 || *known == length => *known = length,
            _ => return Err(MALFORMED),
        }
        Ok(())
    }

    /// Passes one element.
    fn leaf(&mut self) -> Result<(), CodecErrorKind> {
        if self.scan.eat(b'"') {
            let value = match self.quoted()? {
                Cow::Borrowed(text) => text::parse(self.element, text)?,
                Cow::Owned(text) => text::parse(self.element, &text)?.into_owned(),
            };
            self.elements.push(Some(value));
            return Ok(());
        }
        let length = self.scan.rest.iter().take_while(|&&byte| !b",{}\"\\".contains(&byte)).count();
        let (text, rest) = self.scan.rest.split_at(length);
        self.scan.rest = rest;
        if text.is_empty() {
            return Err(MALFORMED);
        }
        let null = text.eq_ignore_ascii_case(b"NULL");
        self.elements.push(if null { None } else { Some(text::parse(self.element, text)?) });
        Ok(())
    }

    /// Passes a quoted element after its first quote, and undoes its escapes.
    fn quoted(&mut self) -> Result<Cow<'a, [u8]>, CodecErrorKind> {
        let mut text = Cow::Borrowed(&[][..]);
        loop {
            let rest = self.scan.rest;
            let found = memchr::memchr2(b'"', b'\\', rest).ok_or(MALFORMED)?;
            let plain = &rest[..found];
            if text.is_empty() {
                text = Cow::Borrowed(plain);
            } else {
                text.to_mut().extend_from_slice(plain);
            }
            self.scan.rest = &rest[found + 1..];
            if rest[found] == b'"' {
                return Ok(text);
            }
            let (&escaped, rest) = self.scan.rest.split_first().ok_or(MALFORMED)?;
            text.to_mut().push(escaped);
            self.scan.rest = rest;
        }
    }
}

/// Writes one `{…}` and those within.
fn print_level(
    element: &FieldType,
    dimensions: &[ArrayDimension],
    elements: &[Option<Value<'_>>],
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    let Some((_, inner)) = dimensions.split_first() else {
        return print_element(element, elements.first().and_then(Option::as_ref), out);
    };
    let stride = inner.iter().map(|dimension| dimension.length as usize).product();
    out.push(b'{');
    for (index, part) in elements.chunks(stride).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        print_level(element, inner, part, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Writes one element, quoted where it must be.
fn print_element(
    element: &FieldType,
    value: Option<&Value<'_>>,
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    let Some(value) = value else {
        out.extend_from_slice(b"NULL");
        return Ok(());
    };
    let start = out.len();
    text::print(element, value, out)?;
    if needs_quotes(&out[start..]) {
        quote_tail(start, out);
    }
    Ok(())
}

/// Whether an element could be misread without quotes.
fn needs_quotes(text: &[u8]) -> bool {
    let special = |byte: &u8| b"\"\\{},".contains(byte) || byte.is_ascii_whitespace() || *byte == 0x0b;
    text.is_empty() || text.eq_ignore_ascii_case(b"NULL") || text.iter().any(special)
}

/// Puts what stands in `out` from `start` on between quotes.
fn quote_tail(start: usize, out: &mut Vec<u8>) {
    let text = out.split_off(start);
    out.push(b'"');
    for byte in text {
        if byte == b'"' || byte == b'\\' {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}
