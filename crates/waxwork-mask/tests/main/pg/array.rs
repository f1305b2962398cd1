//! Arrays: `array_out` and `array_send` of the PostgreSQL source, and what the manual says of array input.

/// Elements in row-major order, with length and lower bound of each dimension.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Array {
    pub(crate) dimensions: Vec<(usize, i32)>,
    pub(crate) elements: Vec<Option<String>>,
}

/// Arrays of some scalars: empty, of one, with NULLs, of other bounds, nested.
pub(super) fn corpus(scalars: &[String]) -> Vec<Array> {
    let mut all = vec![Array { dimensions: vec![], elements: vec![] }];
    let some = |text: &String| Some(text.clone());
    for chunk in scalars.chunks(6) {
        let elements: Vec<_> = chunk.iter().map(some).chain([None]).collect();
        all.push(Array { dimensions: vec![(elements.len(), 1)], elements });
    }
    let nested: Vec<_> = scalars.iter().cycle().take(3).map(some).chain([None]).collect();
    all.push(Array { dimensions: vec![(2, 1), (2, 1)], elements: nested.clone() });
    all.push(Array { dimensions: vec![(4, -2)], elements: nested });
    all.push(Array { dimensions: vec![(1, 1)], elements: vec![None] });
    all
}

impl Array {
    /// An array of one element.
    pub(super) fn of(element: &str) -> Self {
        Self { dimensions: vec![(1, 1)], elements: vec![Some(element.to_owned())] }
    }

    pub(super) fn print(&self, print: impl Fn(&str) -> String) -> String {
        if self.dimensions.is_empty() {
            return "{}".to_owned();
        }
        let mut layer: Vec<String> = self
            .elements
            .iter()
            .map(|element| element.as_ref().map_or("NULL".to_owned(), |text| quoted(&print(text))))
            .collect();
        for (length, _) in self.dimensions.iter().rev() {
            layer = layer.chunks(*length).map(|part| format!("{{{}}}", part.join(","))).collect();
        }
        let is_plain = self.dimensions.iter().all(|(_, lower)| *lower == 1);
        let bounds =
            self.dimensions.iter().map(|(length, lower)| format!("[{lower}:{}]", lower + *length as i32 - 1));
        if is_plain { layer.remove(0) } else { format!("{}={}", bounds.collect::<String>(), layer[0]) }
    }

    pub(super) fn send(&self, oid: u32, send: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
        let has_null = self.elements.iter().any(Option::is_none);
        let mut out = [self.dimensions.len() as u32, u32::from(has_null), oid].map(u32::to_be_bytes).concat();
        for (length, lower) in &self.dimensions {
            out.extend((*length as u32).to_be_bytes());
            out.extend(lower.to_be_bytes());
        }
        for element in &self.elements {
            match element {
                None => out.extend((-1i32).to_be_bytes()),
                Some(text) => {
                    let bytes = send(text);
                    out.extend((bytes.len() as u32).to_be_bytes());
                    out.extend(bytes);
                }
            }
        }
        out
    }

    /// `None` when it is not `array_send`'s, or an element is not its type's.
    pub(super) fn receive(
        mut bytes: &[u8],
        oid: u32,
        receive: impl Fn(&[u8]) -> Option<String>,
    ) -> Option<Self> {
        let count = word(&mut bytes)?;
        let has_null = word(&mut bytes)?;
        let is_of_type = word(&mut bytes)? == oid as i32;
        let dimensions: Vec<(usize, i32)> = (0..count)
            .map(|_| Some((word(&mut bytes)? as usize, word(&mut bytes)?)))
            .collect::<Option<_>>()?;
        let mut elements = Vec::new();
        while !bytes.is_empty() {
            elements.push(match word(&mut bytes)? {
                -1 => None,
                length => Some(receive(take(&mut bytes, length as usize)?)?),
            });
        }
        let length = if count == 0 { 0 } else { dimensions.iter().map(|(length, _)| length).product() };
        let says_null = elements.iter().any(Option::is_none) == (has_null == 1);
        (is_of_type && says_null && length == elements.len()).then_some(Self { dimensions, elements })
    }

    /// `None` when it is not `array_out`'s, or an element is not its type's.
    pub(super) fn parse(text: &str, read: impl Fn(String) -> Option<String>) -> Option<Self> {
        let (bounds, body) = match text.split_once("]=") {
            Some((bounds, body)) if text.starts_with('[') => (bounds, body),
            _ => ("", text),
        };
        let lowers: Vec<i32> =
            bounds.split('[').filter_map(|bound| bound.split(':').next()?.parse().ok()).collect();
        if body == "{}" {
            return Some(Self { dimensions: vec![], elements: vec![] });
        }
        let depth = body.chars().take_while(|character| *character == '{').count();
        let mut lengths = vec![0; depth];
        let (mut level, mut elements, mut characters) = (0, Vec::new(), body.chars().peekable());
        while let Some(character) = characters.next() {
            match character {
                '{' => level += 1,
                '}' => {
                    level -= 1;
                    lengths[level] += 1;
                }
                ',' => {}
                first => elements
                    .push(element(first, &mut characters).map_or(Some(None), |text| read(text).map(Some))?),
            }
        }
        let mut dimensions = Vec::new();
        // Each level was closed as often as all outer ones together have members.
        let mut outer = 1;
        for (at, _) in lengths.iter().enumerate() {
            let inner = lengths.get(at + 1).copied().unwrap_or(elements.len());
            dimensions.push((inner / outer, lowers.get(at).copied().unwrap_or(1)));
            outer = inner;
        }
        Some(Self { dimensions, elements })
    }
}

/// The element that begins with a character; `None` for NULL.
fn element(first: char, rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    if first != '"' {
        text.push(first);
        while let Some(character) = rest.next_if(|character| !matches!(character, ',' | '}')) {
            text.push(character);
        }
        return (!text.eq_ignore_ascii_case("null")).then_some(text);
    }
    while let Some(character) = rest.next() {
        match character {
            '"' => break,
            '\\' => text.extend(rest.next()),
            other => text.push(other),
        }
    }
    Some(text)
}

fn quoted(text: &str) -> String {
    let needs = text.is_empty()
        || text.eq_ignore_ascii_case("null")
        || text.contains(|character: char| {
            matches!(character, '{' | '}' | ',' | '"' | '\\' | ' ' | '\t'..='\r')
        });
    if needs { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) } else { text.to_owned() }
}

fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

fn word(bytes: &mut &[u8]) -> Option<i32> {
    take(bytes, 4).map(|word| i32::from_be_bytes(word.try_into().unwrap()))
}
