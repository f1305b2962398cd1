//! Who may depend on whom, as `cargo metadata` sees it.
//!
//! Dependencies at build time count as normal ones. Development dependencies may add the fixtures and nothing else of
//! ours: a test that reaches over a wall shows that the wall stands in the wrong place.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Member, and the members that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("waxwork-copy", &[]),
    ("waxwork-core", &[]),
    ("waxwork-mask", &["waxwork-copy", "waxwork-core"]),
    ("waxwork-import", &["waxwork-core"]),
    ("waxwork-pg", &["waxwork-copy", "waxwork-core"]),
    ("waxwork-engine", &["waxwork-copy", "waxwork-core", "waxwork-mask", "waxwork-pg"]),
    ("waxwork", &["waxwork-engine", "waxwork-core", "waxwork-import"]),
    ("waxwork-fixtures", &[]),
    ("xtask", &["waxwork-fixtures"]),
    (
        "waxwork-benches",
        &["waxwork-copy", "waxwork-core", "waxwork-mask", "waxwork-pg", "waxwork-engine", "waxwork-fixtures"],
    ),
];

/// Crate from outside, and the members that may name it. `deny.toml` says the same to cargo-deny where it can.
const OWNERS: &[(&str, &[&str])] = &[
    ("ureq", &["waxwork-engine"]),
    ("sqlx", &["waxwork-pg"]),
    ("fake", &["waxwork-mask"]),
    ("clap", &["waxwork", "xtask", "waxwork-benches"]),
    ("indicatif", &["waxwork"]),
    ("tokio", &["waxwork-pg", "waxwork-engine", "waxwork"]),
    ("anyhow", &["waxwork", "xtask", "waxwork-fixtures", "waxwork-benches"]),
    ("getrandom", &["waxwork-engine"]),
    ("saphyr-parser", &["waxwork-import"]),
    ("toml_edit", &["waxwork-import"]),
];

/// The codec does arithmetic on bytes; whatever else it asks for belongs somewhere else.
const COPY_NEEDS: &[&str] = &["memchr"];

/// Fails with every arrow that is not allowed.
pub(crate) fn run() -> Result<()> {
    let broken = broken_walls(&MetadataCommand::new().no_deps().exec()?);
    if broken.is_empty() {
        println!("walls: they stand");
        return Ok(());
    }
    bail!("{}", broken.join("\n"))
}

/// One sentence for each arrow that is not allowed.
fn broken_walls(metadata: &Metadata) -> Vec<String> {
    let packages = metadata.workspace_packages();
    let members = packages.iter().map(|package| package.name.to_string()).collect::<BTreeSet<_>>();
    packages.iter().flat_map(|package| broken_by(package, &members)).collect()
}

fn broken_by(package: &Package, members: &BTreeSet<String>) -> Vec<String> {
    let name = package.name.to_string();
    let arrows = package.dependencies.iter().map(|dependency| {
        let is_test = dependency.kind == DependencyKind::Development;
        (dependency.name.as_str(), is_test)
    });
    arrows.filter_map(|(to, is_test)| objection(&name, to, is_test, members.contains(to))).collect()
}

/// Why `from` may not depend on `to`, if so.
fn objection(from: &str, to: &str, is_test: bool, is_member: bool) -> Option<String> {
    let allowed = |table: &[(&str, &[&str])], key: &str, value: &str| {
        table.iter().find(|(known, _)| *known == key).map(|(_, values)| values.contains(&value))
    };
    if is_member {
        let is_fixture_of_test = is_test && to == "waxwork-fixtures";
        return match allowed(ARROWS, from, to) {
            Some(true) => None,
            _ if is_fixture_of_test => None,
            Some(false) => Some(format!("{from} may not depend on {to}")),
            None => Some(format!("{from} is a new member: give it its place in crates/xtask/src/walls.rs")),
        };
    }
    if is_test {
        return None;
    }
    if from == "waxwork-copy" && !COPY_NEEDS.contains(&to) {
        return Some(format!("waxwork-copy may not depend on {to}, only on {COPY_NEEDS:?}"));
    }
    match allowed(OWNERS, to, from) {
        Some(false) => Some(format!("{from} may not name {to}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walls_of_this_workspace_stand() {
        let metadata = MetadataCommand::new().no_deps().exec().unwrap();
        assert_eq!(broken_walls(&metadata), Vec::<String>::new());
        assert_eq!(metadata.workspace_packages().len(), ARROWS.len());
    }

    #[test]
    fn each_kind_of_new_arrow_is_seen() {
        assert!(objection("waxwork-core", "waxwork-pg", false, true).unwrap().contains("may not depend on"));
        assert!(objection("waxwork-mask", "waxwork-pg", true, true).is_some());
        assert!(objection("waxwork-engine", "waxwork-fixtures", false, true).is_some());
        assert!(objection("waxwork-engine", "sqlx", false, false).unwrap().contains("may not name sqlx"));
        assert!(objection("waxwork-copy", "bytes", false, false).is_some());
        assert!(objection("waxwork-new", "waxwork-core", false, true).unwrap().contains("new member"));
        assert_eq!(objection("waxwork-pg", "waxwork-fixtures", true, true), None);
        assert_eq!(objection("waxwork-pg", "sqlx", false, false), None);
    }
}
