//! YAML 1.2, by saphyr-parser's events, put together here: its own trees copy what an alias stands for without a limit.

use crate::place::{Place, count, unreadable};
use crate::tree::{Node, Value};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};
use std::collections::HashMap;
use waxwork_core::diagnostic::Diagnostic;

/// Values of one document with all that its aliases stand for: policies have some thousands.
const NODES_MAX: usize = 1_000_000;

/// Levels of one document. What walks a tree calls itself.
const DEPTH_MAX: usize = 100;

/// What is said of a mapping with two values for one key.
pub(crate) const TWICE: &str = "A key stands twice in one mapping.";

/// Reads the only document of a file; empty where there is none.
///
/// # Errors
/// The first thing that is no YAML, or a second document, with its place and never with what stands there.
pub(crate) fn parse(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let mut tree = Tree::default();
    let mut parser = Parser::new_from_str(text);
    let refuse = |place, detail: &str| Err(unreadable(file, "YAML", place, detail));
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => return refuse(place(*error.marker()), &without_content(&error)),
        };
        let here = place(span.start);
        if matches!(event, Event::DocumentStart(_)) && tree.root.is_some() {
            return refuse(here, "A second document begins here, and a policy is one.");
        }
        if let Err(detail) = tree.take(event, here) {
            return refuse(here, detail);
        }
    }
    Ok(tree.root.unwrap_or(Node { value: Value::Null, place: Place { line: 1, column: 1 } }))
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line().try_into().unwrap_or(u32::MAX), column: count(marker.col()) }
}

/// The parser's messages quote tags, directives and anchors, which may be anything.
fn without_content(error: &ScanError) -> String {
    let words = error.info().split(['\'', '"', '`', ':']).next().unwrap_or_default().trim();
    // What was expected stands in quotes too.
    let words = words.strip_suffix("expected").unwrap_or(words).trim_end_matches([' ', ',']);
    format!("The parser says: {words}.")
}

/// A document in the making.
#[derive(Default)]
struct Tree {
    /// What is not closed yet, the outermost first.
    open: Vec<Open>,
    /// What an alias stands for, by the number of its anchor, with the number of its values.
    anchored: HashMap<usize, (Node, usize)>,
    root: Option<Node>,
    nodes: usize,
}

struct Open {
    node: Node,
    anchor: usize,
    /// Nodes of the tree when it was opened.
    before: usize,
    /// The key whose value comes next.
    key: Option<String>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let before = self.nodes;
                self.count(1)?;
                let node = Node { value: scalar(&text, style, tag.as_deref()), place };
                self.anchor(anchor, &node, before);
                self.put(node)
            }
            Event::SequenceStart(anchor, _) => self.open(Value::List(Vec::new()), anchor, place),
            Event::MappingStart(anchor, _) => self.open(Value::Map(Vec::new()), anchor, place),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                let (node, size) = self.anchored.get(&anchor).ok_or("An alias stands for itself.")?.clone();
                self.count(size)?;
                self.put(node)
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize) -> Result<(), &'static str> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX { Err("It has more than a million values.") } else { Ok(()) }
    }

    fn anchor(&mut self, anchor: usize, node: &Node, before: usize) {
        // 0 is none.
        if anchor > 0 {
            self.anchored.insert(anchor, (node.clone(), self.nodes - before));
        }
    }

    fn open(&mut self, value: Value, anchor: usize, place: Place) -> Result<(), &'static str> {
        if self.open.len() == DEPTH_MAX {
            return Err("It is nested deeper than 100 levels.");
        }
        let before = self.nodes;
        self.count(1)?;
        self.open.push(Open { node: Node { value, place }, anchor, before, key: None });
        Ok(())
    }

    fn close(&mut self) -> Result<(), &'static str> {
        let Some(Open { mut node, anchor, before, .. }) = self.open.pop() else { return Ok(()) };
        merge(&mut node)?;
        self.anchor(anchor, &node, before);
        self.put(node)
    }

    /// Puts a whole value where it belongs.
    fn put(&mut self, node: Node) -> Result<(), &'static str> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                None => open.key = Some(node.scalar().ok_or("A key is no text.")?),
                Some(key) if entries.iter().any(|(known, _)| *known == key) => {
                    return Err(TWICE);
                }
                Some(key) => entries.push((key, node)),
            },
            _ => {}
        }
        Ok(())
    }
}

/// The merge key of YAML 1.1, which Go's readers still know: what it brings stands behind what the mapping says itself.
fn merge(node: &mut Node) -> Result<(), &'static str> {
    let Value::Map(entries) = &mut node.value else { return Ok(()) };
    let Some(at) = entries.iter().position(|(key, _)| key == "<<") else { return Ok(()) };
    let (_, merged) = entries.remove(at);
    let sources = if merged.items().is_empty() { std::slice::from_ref(&merged) } else { merged.items() };
    if sources.iter().any(|source| !matches!(source.value, Value::Map(_))) {
        return Err("What a merge key brings is no mapping.");
    }
    for (key, value) in sources.iter().flat_map(Node::entries) {
        if !entries.iter().any(|(known, _)| known == key) {
            entries.push((key.clone(), value.clone()));
        }
    }
    Ok(())
}

/// The core schema of YAML 1.2, chapter 10.3.2; `yes` and `no` are texts.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = style != ScalarStyle::Plain || tag.is_some_and(|tag| tag.suffix == "str");
    match text {
        text if is_text => Value::Text(text.to_owned()),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Flag(true),
        "false" | "False" | "FALSE" => Value::Flag(false),
        number if is_number(number) => Value::Number(number.to_owned()),
        text => Value::Text(text.to_owned()),
    }
}

/// A decimal number that Rust and TOML read alike; other forms (`0x1f`, `.inf`) stay texts.
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter))
        && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse("policy.yml", text).unwrap_err()[0].to_string()
    }

    #[test]
    fn values_have_their_kinds_and_places() {
        let root = parse("f", "a: 5\nb: \"5\"\nc: yes\nd: [true, ~, 1e3, -2]\n").unwrap();
        assert_eq!(root.get("a").unwrap().value, Value::Number("5".to_owned()));
        assert_eq!(root.get("b").unwrap().value, Value::Text("5".to_owned()));
        assert_eq!(root.get("c").unwrap().value, Value::Text("yes".to_owned()));
        assert_eq!(root.get("b").unwrap().place, Place { line: 2, column: 4 });
        assert_eq!(root.list("d").len(), 4);
        assert_eq!(root.list("d")[1].value, Value::Null);
    }

    #[test]
    fn an_alias_is_what_its_anchor_is() {
        let root = parse("f", "a: &x {n: 1}\nb: *x\n").unwrap();
        assert_eq!(root.at(&["b", "n"]).unwrap().value, Value::Number("1".to_owned()));
    }

    #[test]
    fn a_merge_key_brings_what_the_mapping_does_not_say() {
        let root = parse("f", "a: &x {n: 1, m: 2}\nb: {<<: *x, n: 3}\nc: {<<: [*x, {k: 4}]}\n").unwrap();
        assert_eq!(root.at(&["b"]).unwrap().text("n").unwrap(), "3");
        assert_eq!(root.at(&["b"]).unwrap().text("m").unwrap(), "2");
        assert_eq!(root.at(&["c"]).unwrap().text("k").unwrap(), "4");
    }

    #[test]
    fn aliases_of_aliases_are_counted_with_all_that_they_stand_for() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..12 {
            let one = format!("*a{}", at - 1);
            text += &format!("a{at}: &a{at} [{}]\n", vec![one; 10].join(", "));
        }
        assert!(error(&text).contains("more than a million values"));
    }

    #[test]
    fn nesting_has_an_end() {
        assert!(error(&"[".repeat(100_000)).contains("policy.yml:1:"));
    }

    #[test]
    fn a_key_that_stands_twice_is_an_error_with_its_place() {
        let told = error("url: a\npassword: hunter2\nurl: b\n");
        assert!(
            told.contains("policy.yml:3:") && told.contains("twice") && !told.contains("hunter2"),
            "{told}"
        );
    }

    #[test]
    fn a_second_document_is_refused_and_a_marked_first_one_is_read() {
        let told = error("---\na: hunter2\n---\na: b\n");
        assert!(told.contains("policy.yml:3:1") && told.contains("second document"), "{told}");
        assert_eq!(parse("f", "---\na: b\n...\n").unwrap().text("a").as_deref(), Some("b"));
    }

    #[test]
    fn keys_are_texts_and_mappings_alone_are_merged() {
        assert!(error("a:\n  [x]: y\n").contains("A key is no text."));
        assert!(error("a: {<<: x, n: 1}\n").contains("is no mapping"));
    }

    #[test]
    fn no_error_quotes_what_stands_in_the_file() {
        for text in [
            "a: \"hunter2",
            "a: {hunter2: [",
            "%YAML 1.2 hunter2\n%YAML hunter2\n--- a",
            "a: *hunter2",
            "a: !<hunter2 x",
            "\thunter2: x\n -",
            "a: b: hunter2: c",
            "- a\nhunter2: x",
            "a: 'hunter2\n",
        ] {
            let told = parse("policy.yml", text).map_err(|errors| errors[0].to_string());
            let told = told.expect_err(text);
            assert!(told.contains("policy.yml:") && !told.contains("hunter2"), "{text}: {told}");
        }
    }
}
