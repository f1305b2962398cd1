//! hstore: `hstore_out` and `hstore_send` of contrib/hstore.

/// The keys of a text form with their values; `None` when it is not `hstore_out`'s.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut characters = text.chars();
    let mut pairs = Vec::new();
    while !characters.as_str().is_empty() {
        let key = quoted(&mut characters)?;
        let rest = characters.as_str().strip_prefix("=>")?;
        let value = match rest.strip_prefix("NULL") {
            Some(rest) => {
                characters = rest.chars();
                None
            }
            None => {
                characters = rest.chars();
                Some(quoted(&mut characters)?)
            }
        };
        pairs.push((key, value));
        if let Some(rest) = characters.as_str().strip_prefix(", ") {
            characters = rest.chars();
        }
    }
    (print(&pairs) == text).then_some(pairs)
}

fn quoted(characters: &mut std::str::Chars<'_>) -> Option<String> {
    let mut text = String::new();
    (characters.next()? == '"').then_some(())?;
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

fn print(pairs: &[(String, Option<String>)]) -> String {
    let quote = |text: &String| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let pair = |(key, value): &(String, Option<String>)| {
        format!("{}=>{}", quote(key), value.as_ref().map_or("NULL".to_owned(), quote))
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(", ")
}

pub(super) fn to_binary(text: &str) -> Vec<u8> {
    let pairs = pairs(text).unwrap();
    let mut out = (pairs.len() as u32).to_be_bytes().to_vec();
    for text in pairs.iter().flat_map(|(key, value)| [Some(key), value.as_ref()]) {
        out.extend(text.map_or(u32::MAX, |text| text.len() as u32).to_be_bytes());
        out.extend(text.map_or(&b""[..], |text| text.as_bytes()));
    }
    out
}

pub(super) fn from_binary(bytes: &[u8]) -> Option<String> {
    let (count, mut rest) = bytes.split_first_chunk::<4>()?;
    let mut text = || {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length);
        let (text, after) = after.split_at_checked(if length == u32::MAX { 0 } else { length as usize })?;
        rest = after;
        let text = String::from_utf8(text.to_vec()).ok()?;
        Some((length != u32::MAX).then_some(text))
    };
    let pairs = (0..u32::from_be_bytes(*count)).map(|_| Some((text()??, text()?)));
    let pairs: Vec<_> = pairs.collect::<Option<_>>()?;
    rest.is_empty().then(|| print(&pairs))
}
