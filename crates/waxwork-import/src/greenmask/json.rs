//! The `Json` transformer: paths in the words of tidwall/sjson, with what becomes of the leaf there.

use crate::draft::{Draft, Outcome};
use crate::parameters::Parameters;
use crate::tree::{Node, Value};
use toml_edit::InlineTable;
use waxwork_core::masks::MaskKind;
use waxwork_core::rules::json_path::JsonPath;

/// The same leaves, and all others hidden: they would pass there, and nobody said that they may.
pub(crate) fn translate(it: Parameters<'_>) -> Outcome {
    let mut paths = InlineTable::new();
    let mut lost = false;
    for operation in it.list("operations") {
        let rule = rule(operation);
        match operation.text("path").and_then(|path| jsonpath(&path)).zip(rule) {
            Some((path, rule)) => {
                paths.insert(path, rule.to_value());
            }
            None => lost = true,
        }
    }
    let hidden = Draft::mask(MaskKind::Json).with("paths", paths).with("rest", MaskKind::Redact.name());
    if lost {
        let why = "some of its operations are templates, whole documents or paths that waxwork does not have";
        return Outcome::Instead(hidden, why.to_owned());
    }
    Outcome::near(
        hidden,
        "leaves that no path names are redacted too; rest = \"keep\" leaves them as they are",
    )
}

fn rule(operation: &Node) -> Option<Draft> {
    if operation.text("operation")? == "delete" {
        return Some(Draft::null());
    }
    match &operation.get("value")?.value {
        Value::Null => Some(Draft::null()),
        Value::Text(text) => Some(Draft::constant(text.as_str())),
        // A leaf keeps its kind by itself only where it is a text.
        Value::Number(_) | Value::Flag(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// `a.0.#.b` as `$['a'][0][*]['b']`.
fn jsonpath(path: &str) -> Option<String> {
    let mut written = "$".to_owned();
    for step in path.split('.') {
        match step.parse::<u32>() {
            Ok(index) => written += &format!("[{index}]"),
            Err(_) if step == "#" => written += "[*]",
            Err(_) if is_plain(step) => written += &format!("['{step}']"),
            Err(_) => return None,
        }
    }
    JsonPath::parse(&written).ok().map(|_| written)
}

/// Without what means more than itself: wildcards, escapes, negative places and modifiers.
fn is_plain(step: &str) -> bool {
    !step.is_empty()
        && step.chars().all(|letter| letter.is_alphanumeric() || "_ -".contains(letter))
        && step != "-1"
}
