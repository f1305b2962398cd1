//! Ranges and multiranges: `range_out`, `range_send` and their like in the PostgreSQL source, on text forms.

use super::{Form, calendar, scalar, values};
use std::cmp::Ordering;

/// What a range is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Int4,
    Int8,
    Numeric,
    Date,
    Timestamp,
    TimestampTz,
}

impl Bound {
    pub(crate) fn form(self) -> Form {
        match self {
            Bound::Int4 => Form::Int(4),
            Bound::Int8 => Form::Int(8),
            Bound::Numeric => Form::Numeric,
            Bound::Date => Form::Date,
            Bound::Timestamp => Form::Timestamp(false),
            Bound::TimestampTz => Form::Timestamp(true),
        }
    }

    /// Values have a next one.
    fn is_discrete(self) -> bool {
        matches!(self, Bound::Int4 | Bound::Int8 | Bound::Date)
    }

    fn order(self, left: &str, right: &str) -> Ordering {
        let number = |text: &str| text.parse::<i64>().unwrap();
        match self {
            Bound::Int4 | Bound::Int8 => number(left).cmp(&number(right)),
            Bound::Numeric => numerics(left, right),
            Bound::Date => calendar::date(left).cmp(&calendar::date(right)),
            Bound::Timestamp => calendar::timestamp(left, false).cmp(&calendar::timestamp(right, false)),
            Bound::TimestampTz => calendar::timestamp(left, true).cmp(&calendar::timestamp(right, true)),
        }
    }
}

/// By sign, length of the whole part, and digits; NaN comes last.
fn numerics(left: &str, right: &str) -> Ordering {
    let rank = |text: &str| match text {
        "NaN" => 3,
        "Infinity" => 2,
        "-Infinity" => 0,
        _ => 1,
    };
    if rank(left) != 1 || rank(right) != 1 {
        return rank(left).cmp(&rank(right));
    }
    let size = |text: &str| {
        let digits = text.trim_start_matches('-');
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0').to_owned();
        (whole.len(), whole, fraction.trim_end_matches('0').to_owned())
    };
    match (left.starts_with('-'), right.starts_with('-')) {
        (true, true) => size(right).cmp(&size(left)),
        (false, false) => size(left).cmp(&size(right)),
        (left, right) => right.cmp(&left),
    }
}

/// Both brackets, and the bounds that there are.
struct Range {
    brackets: (char, char),
    bounds: [Option<String>; 2],
}

/// A range that is not empty.
fn read(text: &str) -> Option<Range> {
    let (open, close) = (text.chars().next()?, text.chars().last()?);
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let (lower, upper) = inner.split_once(',')?;
    let bound = |text: &str| (!text.is_empty()).then(|| text.trim_matches('"').to_owned());
    let is_range = matches!(open, '[' | '(') && matches!(close, ']' | ')') && !upper.contains(',');
    is_range.then(|| Range { brackets: (open, close), bounds: [bound(lower), bound(upper)] })
}

fn print(Range { brackets: (open, close), bounds }: &Range) -> String {
    let [lower, upper] = bounds.each_ref().map(|bound| match bound {
        Some(text) if text.contains(' ') => format!("\"{text}\""),
        Some(text) => text.clone(),
        None => String::new(),
    });
    format!("{open}{lower},{upper}{close}")
}

/// The bounds that there are.
pub(crate) fn bounds(text: &str) -> Vec<String> {
    let ranges = split(text).unwrap_or_else(|| vec![text.to_owned()]);
    ranges.iter().filter_map(|range| read(range)).flat_map(|range| range.bounds).flatten().collect()
}

/// As PostgreSQL stores and prints it: in order, not empty but by name, of values with a next one `[lower,upper)`.
pub(super) fn is_valid(bound: Bound, text: &str) -> bool {
    if text == "empty" {
        return true;
    }
    let Some(range) = read(text) else { return false };
    let (open, close) = range.brackets;
    let fits = |value: &Option<String>, bracket: char, plain: char, stored: char| match value {
        None => bracket == plain,
        Some(text) if text.ends_with("infinity") => true,
        Some(text) => {
            scalar::is_valid(bound.form(), text, &[]) && (!bound.is_discrete() || bracket == stored)
        }
    };
    let [lower, upper] = &range.bounds;
    let in_order = match (lower, upper) {
        (Some(lower), Some(upper)) => match bound.order(lower, upper) {
            Ordering::Less => true,
            Ordering::Equal => (open, close) == ('[', ']'),
            Ordering::Greater => false,
        },
        _ => true,
    };
    fits(lower, open, '(', '[') && fits(upper, close, ')', ')') && in_order && print(&range) == text
}

/// The ranges of a multirange.
pub(super) fn split(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let (mut ranges, mut range) = (Vec::new(), String::new());
    for character in inner.chars() {
        match character {
            ',' if range.is_empty() => {}
            ')' | ']' => ranges.push(std::mem::take(&mut range) + &character.to_string()),
            other => range.push(other),
        }
    }
    (range.is_empty() && format!("{{{}}}", ranges.join(",")) == text).then_some(ranges)
}

pub(super) fn to_binary(bound: Bound, text: &str) -> Vec<u8> {
    let Some(Range { brackets, bounds }) = read(text) else { return vec![1] };
    let [lower, upper] = bounds;
    let mut flags = 0;
    flags |= if lower.is_none() { 8 } else { u8::from(brackets.0 == '[') * 2 };
    flags |= if upper.is_none() { 16 } else { u8::from(brackets.1 == ']') * 4 };
    let mut out = vec![flags];
    for text in [lower, upper].into_iter().flatten() {
        let bytes = scalar::to_binary(bound.form(), &text);
        out.extend((bytes.len() as u32).to_be_bytes());
        out.extend(bytes);
    }
    out
}

pub(super) fn from_binary(bound: Bound, bytes: &[u8]) -> Option<String> {
    let (flags, mut rest) = bytes.split_first()?;
    if flags & 1 == 1 {
        return (*flags == 1 && rest.is_empty()).then(|| "empty".to_owned());
    }
    let mut value = |infinite: u8| {
        if flags & infinite != 0 {
            return Some(None);
        }
        scalar::from_binary(bound.form(), field(&mut rest)?).map(Some)
    };
    let bounds = [value(8)?, value(16)?];
    let open = if flags & 2 != 0 { '[' } else { '(' };
    let close = if flags & 4 != 0 { ']' } else { ')' };
    rest.is_empty().then(|| print(&Range { brackets: (open, close), bounds }))
}

pub(super) fn multirange_to_binary(bound: Bound, text: &str) -> Vec<u8> {
    let ranges = split(text).unwrap();
    let mut out = (ranges.len() as u32).to_be_bytes().to_vec();
    for range in &ranges {
        let bytes = to_binary(bound, range);
        out.extend((bytes.len() as u32).to_be_bytes());
        out.extend(bytes);
    }
    out
}

pub(super) fn multirange_from_binary(bound: Bound, bytes: &[u8]) -> Option<String> {
    let (count, mut rest) = bytes.split_first_chunk::<4>()?;
    let ranges: Vec<String> = (0..u32::from_be_bytes(*count))
        .map(|_| from_binary(bound, field(&mut rest)?))
        .collect::<Option<_>>()?;
    rest.is_empty().then(|| format!("{{{}}}", ranges.join(",")))
}

/// What stands after its length.
fn field<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (field, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *bytes = rest;
    Some(field)
}

/// Ranges between values of the bounds' type: empty, without ends, of one value, narrow and wide.
pub(super) fn corpus(bound: Bound) -> Vec<String> {
    let made = values::made(bound.form());
    let mut sorted: Vec<&String> = made.iter().collect();
    sorted.retain(|text| scalar::is_valid(bound.form(), text, &[]));
    sorted.sort_by(|left, right| bound.order(left, right));
    let far = sorted.iter().zip(sorted.iter().rev()).take(sorted.len() / 2);
    let near = sorted.iter().zip(&sorted[1..]);
    let brackets = [('[', ')'), ('(', ']'), ('[', ']'), ('(', ')')];
    let mut all: Vec<String> = ["empty", "(,)"].map(str::to_owned).to_vec();
    for (pair, brackets) in near.chain(far).zip(brackets.iter().cycle()) {
        let brackets = if bound.is_discrete() { ('[', ')') } else { *brackets };
        let range = |lower: Option<&&String>, upper: Option<&&String>| {
            let open = if lower.is_some() { brackets.0 } else { '(' };
            let close = if upper.is_some() { brackets.1 } else { ')' };
            print(&Range {
                brackets: (open, close),
                bounds: [lower, upper].map(|text| text.map(|text| (*text).clone())),
            })
        };
        all.push(range(Some(pair.0), Some(pair.1)));
        if all.len().is_multiple_of(5) {
            all.extend([range(Some(pair.0), None), range(None, Some(pair.1))]);
        }
    }
    all.extend(edges(bound).iter().map(|text| (*text).to_owned()));
    all.retain(|text| is_valid(bound, text));
    all
}

/// Ranges of one value, beside 0, and at the ends of the type.
fn edges(bound: Bound) -> &'static [&'static str] {
    match bound {
        Bound::Int4 | Bound::Int8 => {
            &["[0,1)", "[-1,0)", "[1,2)", "[5,10)", "[95,105)", "[0,100)", "[2147483646,2147483647)"]
        }
        Bound::Numeric => &["[0,0]", "[5,5]", "(0,0.01)", "[1.0,1.00]", "[100,200)", "(-200,-100]"],
        Bound::Date => &[
            "[2024-01-01,2024-01-02)",
            "[2024-01-01,2024-02-01)",
            "[2024-01-05,2024-01-20)",
            "[2024-01-01,infinity]",
            "[-infinity,infinity]",
            "[5874897-12-30,5874897-12-31)",
        ],
        Bound::Timestamp => &[
            "[\"2024-01-05 10:00:00\",\"2024-01-05 10:00:00\"]",
            "[\"2024-01-05 10:00:00\",\"2024-01-05 10:30:00\")",
            "(-infinity,infinity)",
        ],
        Bound::TimestampTz => &[
            "[\"2024-01-05 10:00:00+00\",\"2024-01-05 10:30:00+00\")",
            "[\"2024-01-05 23:59:59+00\",\"2024-01-06 00:00:00+00\")",
        ],
    }
}

/// Of no, one and two ranges.
pub(super) fn multirange_corpus(bound: Bound) -> Vec<String> {
    let ranges: Vec<String> = corpus(bound).into_iter().filter(|text| text != "empty").collect();
    let one = ranges.iter().step_by(3).map(|range| format!("{{{range}}}"));
    let last = |text: &str| read(text).and_then(|range| range.bounds[1].clone());
    let first = |text: &str| read(text).and_then(|range| range.bounds[0].clone());
    let apart = |pair: &&[String]| match (last(&pair[0]), first(&pair[1])) {
        (Some(upper), Some(lower)) => bound.order(&upper, &lower) == Ordering::Less,
        _ => false,
    };
    let two = ranges.windows(2).filter(apart).map(|pair| format!("{{{},{}}}", pair[0], pair[1]));
    ["{}".to_owned()].into_iter().chain(one).chain(two).collect()
}
