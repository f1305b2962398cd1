//! Paths into a JSON document: `$.a['b c'][0][*].*..d`.

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `.name` or `['name']`: the member of that name.
    Name(Vec<u8>),
    /// `.*`: every member of an object.
    AnyName,
    /// `[n]`: the element of that index, from 0.
    Index(usize),
    /// `[*]`: every element of an array.
    AnyIndex,
    /// `..name`: members of that name at any depth.
    Descend(Vec<u8>),
}

/// Where a value stands in its container.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Member(&'a [u8]),
    Element(usize),
}

impl Step {
    /// Whether the step leads to the value at a place.
    pub(crate) fn leads_to(&self, place: Place<'_>) -> bool {
        match (self, place) {
            (Self::Name(name) | Self::Descend(name), Place::Member(key)) => name == key,
            (Self::AnyName, Place::Member(_)) | (Self::AnyIndex, Place::Element(_)) => true,
            (Self::Index(index), Place::Element(at)) => *index == at,
            _ => false,
        }
    }
}

/// Reads a path; the error says what is wrong with it.
pub(crate) fn parse(path: &str) -> Result<Vec<Step>, &'static str> {
    let mut rest = path.strip_prefix('$').ok_or("a path begins with $")?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = step(rest)?;
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}

fn step(rest: &str) -> Result<(Step, &str), &'static str> {
    if let Some(rest) = rest.strip_prefix("..") {
        let (name, rest) = name(rest)?;
        return Ok((Step::Descend(name), rest));
    }
    if let Some(rest) = rest.strip_prefix(".*") {
        return Ok((Step::AnyName, rest));
    }
    if let Some(rest) = rest.strip_prefix('.') {
        let (name, rest) = name(rest)?;
        return Ok((Step::Name(name), rest));
    }
    let rest = rest.strip_prefix('[').ok_or("a step begins with . or [")?;
    if let Some(rest) = rest.strip_prefix("*]") {
        return Ok((Step::AnyIndex, rest));
    }
    if let Some(quote) = rest.chars().next().filter(|char| matches!(char, '\'' | '"')) {
        let (name, rest) = quoted(&rest[1..], quote)?;
        return Ok((Step::Name(name), rest.strip_prefix(']').ok_or("a ] is missing")?));
    }
    let (index, rest) = rest.split_once(']').ok_or("a ] is missing")?;
    if index.is_empty() || !index.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("an index is a number from 0 on, or *");
    }
    Ok((Step::Index(index.parse().map_err(|_| "the index is too large")?), rest))
}

/// A bare name: up to the next step.
fn name(rest: &str) -> Result<(Vec<u8>, &str), &'static str> {
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    if name.is_empty() || name == "*" {
        return Err("a name is missing");
    }
    Ok((name.as_bytes().to_vec(), rest))
}

/// A quoted name, in which a backslash stands before a quote or a backslash.
fn quoted(rest: &str, quote: char) -> Result<(Vec<u8>, &str), &'static str> {
    let mut name = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => name.push(chars.next().ok_or("a quote is missing")?.1),
            _ if char == quote => return Ok((name.into_bytes(), &rest[at + 1..])),
            _ => name.push(char),
        }
    }
    Err("a quote is missing")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(name: &str) -> Step {
        Step::Name(name.as_bytes().to_vec())
    }

    #[test]
    fn every_kind_of_step_is_read() {
        let path = r#"$.a_1['b c']["d\"e"][12][*].*..f.ü"#;
        let steps = vec![
            name_of("a_1"),
            name_of("b c"),
            name_of("d\"e"),
            Step::Index(12),
            Step::AnyIndex,
            Step::AnyName,
            Step::Descend(b"f".to_vec()),
            name_of("ü"),
        ];
        assert_eq!(parse(path), Ok(steps));
        assert_eq!(parse("$"), Ok(vec![]));
    }

    #[test]
    fn other_texts_are_refused() {
        for path in [
            "", "a", "$a", "$.", "$..", "$[", "$[]", "$[-1]", "$['a]", "$['a'", "$.a..", "$..*", "$[1",
            "$[1x]",
        ] {
            assert!(parse(path).is_err(), "{path}");
        }
    }
}
