//! Rules, names and strings as the rule file writes them, for hints that can be pasted.

use super::{OptionValue, Rule, template};
use std::fmt;

/// As one TOML value: `"contact.email"`, `{ mask = "date.shift", days = 180 }`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Keep(reason) => write!(f, "{{ keep = {:?} }}", reason.value),
            Rule::Null(_) => f.write_str("\"null\""),
            Rule::Derive(sql) => write!(f, "{{ derive = {} }}", toml_string(&sql.value)),
            Rule::Mask(mask) if mask.options.is_empty() => write!(f, "{:?}", mask.mask.value),
            Rule::Mask(mask) => {
                write!(f, "{{ mask = {:?}", mask.mask.value)?;
                for (name, value) in &mask.options {
                    write!(f, ", {} = {value}", name.value)?;
                }
                f.write_str(" }")
            }
        }
    }
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionValue::Text(text) => write!(f, "{text:?}"),
            OptionValue::Integer(number) => write!(f, "{number}"),
            OptionValue::Float(number) => write!(f, "{number}"),
            OptionValue::Integers(first, last) => write!(f, "[{first}, {last}]"),
            OptionValue::Flag(flag) => write!(f, "{flag}"),
            OptionValue::Texts(texts) => write!(f, "{texts:?}"),
            OptionValue::Weights(weights) => write!(f, "{weights:?}"),
            OptionValue::Secret(secret) => match secret.variable() {
                Some(name) => write!(f, "{{ env = {name:?} }}"),
                None => f.write_str("\"…\""),
            },
            OptionValue::Template(parts) => write!(f, "{:?}", template::written(parts)),
            OptionValue::Paths(paths) => {
                let paths: Vec<String> =
                    paths.iter().map(|(path, rule)| format!("{:?} = {rule}", path.value)).collect();
                write!(f, "{{ {} }}", paths.join(", "))
            }
            OptionValue::Rule(rule) => write!(f, "{rule}"),
        }
    }
}

/// A name as a TOML key: bare where it can be.
pub fn toml_key(name: &str) -> String {
    let bare = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if bare { name.to_owned() } else { toml_string(name) }
}

/// A name as a TOML string: a literal one where it holds double quotes or backslashes.
pub fn toml_string(name: &str) -> String {
    if name.contains('\'') || name.chars().any(char::is_control) {
        basic_string(name)
    } else if name.contains(['"', '\\']) {
        format!("'{name}'")
    } else {
        format!("\"{name}\"")
    }
}

/// TOML's basic string (TOML 1.0, "String").
fn basic_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use crate::rules::RuleFile;

    #[test]
    fn a_rule_reads_as_it_is_written() {
        for rule in [
            "\"contact.email\"",
            "\"null\"",
            "{ keep = \"a \\\"bucket\\\"\" }",
            "{ derive = \"lower(email)\" }",
            "{ mask = \"date.shift\", days = 180, by = \"id\" }",
            "{ mask = \"number.noise\", percent = 2.5 }",
            "{ mask = \"id.permute\", from = [1, 1000], range = [1, 1000] }",
            "{ mask = \"json\", paths = { \"$.a\" = \"null\", \"$.b\" = \"text.redact\" }, rest = \"text.redact\" }",
        ] {
            let file = RuleFile::parse("r.toml", &format!("version = 1\n[table.t]\nc = {rule}\n")).unwrap();
            assert_eq!(file.tables[0].columns[0].rule.to_string(), rule);
        }
    }
}
