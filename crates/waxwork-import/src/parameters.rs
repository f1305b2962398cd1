//! Parameters of a foreign mask, and how comments may show them.

use crate::Options;
use crate::draft::Outcome;
use crate::place::Place;
use crate::tree::{Node, Value};
use crate::write;
use toml_edit::Array;

/// Parameters whose texts are words of the tools' own or say nothing of anybody. Others may be salts, keys and passwords.
const SHOWN: [&str; 22] = [
    "engine",
    "generator",
    "type",
    "min",
    "max",
    "min_value",
    "max_value",
    "min_timestamp",
    "max_timestamp",
    "min_ratio",
    "max_ratio",
    "truncate",
    "truncate_part",
    "unit",
    "gender",
    "function",
    "subnet",
    "anon_function",
    "email_type",
    "locale",
    "interval",
    "hash_algorithm",
];

/// The parameters of one mask on one column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters<'p> {
    /// A map of them, or none.
    pub(crate) node: Option<&'p Node>,
    /// What the policy does not say.
    pub(crate) options: &'p Options,
}

impl<'p> Parameters<'p> {
    pub(crate) fn get(self, name: &str) -> Option<&'p Node> {
        self.node.and_then(|node| node.get(name)).filter(|node| node.value != Value::Null)
    }

    pub(crate) fn text(self, name: &str) -> Option<String> {
        self.get(name).and_then(Node::scalar)
    }

    pub(crate) fn number(self, name: &str) -> Option<f64> {
        self.node.and_then(|node| node.number(name))
    }

    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        self.node.and_then(|node| node.flag(name))
    }

    pub(crate) fn list(self, name: &str) -> &'p [Node] {
        self.get(name).map_or(&[], Node::items)
    }

    /// The column that keys of rows stand in.
    pub(crate) fn key_column(self) -> Option<&'p str> {
        self.options.key_column.as_deref()
    }

    /// Two parameters as the ends of a range of whole numbers, drawn in to them.
    pub(crate) fn range(self, from: &str, to: &str) -> Option<Array> {
        whole_range(self.number(from)?, self.number(to)?)
    }
}

/// Two numbers as the ends of a range of whole numbers, drawn in to them.
pub(crate) fn whole_range(from: f64, to: f64) -> Option<Array> {
    const ENDS: std::ops::RangeInclusive<f64> = -9.2e18..=9.2e18;
    let (from, to) = (from.ceil(), to.floor());
    let fits = from <= to && ENDS.contains(&from) && ENDS.contains(&to);
    fits.then(|| [from as i64, to as i64].into_iter().collect())
}

/// A mask with its parameters, as comments and gaps name it.
pub(crate) fn shown(mask: &str, parameters: Option<&Node>) -> String {
    let entries = parameters.map_or(&[][..], Node::entries);
    let entries = entries.iter().filter(|(name, node)| !is_column(name) && !node.is_blank());
    let parts: Vec<String> =
        entries.map(|(name, node)| format!("{}={}", write::word(name), shown_value(name, node))).collect();
    let mask = if mask.is_empty() { "no transformer".to_owned() } else { write::word(mask) };
    if parts.is_empty() { mask } else { format!("{mask}({})", write::printable(&parts.join(", "))) }
}

/// What becomes of a column whose mask is not among the tool's: none at all is not the same as one that keeps.
pub(crate) fn unknown_mask(mask: &str) -> Outcome {
    Outcome::left(if mask.is_empty() {
        "it has no transformer, and none is said to keep it"
    } else {
        "waxwork does not know this transformer"
    })
}

/// They stand beside it already.
fn is_column(parameter: &str) -> bool {
    parameter == "column" || parameter == "columns"
}

fn shown_value(name: &str, node: &Node) -> String {
    match &node.value {
        Value::Number(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) if SHOWN.contains(&name) => text.clone(),
        _ => "…".to_owned(),
    }
}

/// Names with their places, of entries that a map should not have.
pub(crate) fn unknown<'n>(node: &'n Node, known: &[&str]) -> Vec<(&'n str, Place)> {
    let entries = node.entries().iter().filter(|(name, _)| !known.contains(&name.as_str()));
    entries.map(|(name, node)| (name.as_str(), node.place)).collect()
}
