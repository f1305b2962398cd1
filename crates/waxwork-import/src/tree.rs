//! A policy as data: what YAML and JSON have in common, with the place of every value in its file.

use crate::place::Place;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// What it is.
    pub(crate) value: Value,
    /// Where it begins.
    pub(crate) place: Place,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A number as it is written.
    Number(String),
    /// A text.
    Text(String),
    /// Values in their order.
    List(Vec<Node>),
    /// Names with their values, in file order.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The entry of a map, by its exact name.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.entries().iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// The entry at the end of a path of names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The entries of a map; none of anything else.
    pub(crate) fn entries(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list that is an entry of this map.
    pub(crate) fn list(&self, name: &str) -> &[Node] {
        self.get(name).map_or(&[], Node::items)
    }

    /// A text, number or flag as PostgreSQL would read it.
    pub(crate) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text.clone()),
            Value::Flag(flag) => Some(flag.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The scalar that is an entry of this map.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(Node::scalar)
    }

    /// The number that is an entry of this map.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.text(name).and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite())
    }

    /// The flag that is an entry of this map, also as a text.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// It stands for nothing: null, or an empty text.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(&self.value, Value::Null) || matches!(&self.value, Value::Text(text) if text.is_empty())
    }
}
