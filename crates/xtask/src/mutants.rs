//! Whether the random cases would notice: the closure with one thing wrong at a time.
//!
//! ```text
//!   workspace ─► copy under target/mutants ─► one passage replaced ─► the 500 cases ─► they must fail
//! ```
//!
//! The source is patched, and not a hook called, so that what ships knows nothing of it. Cases stop at the first that
//! fails, so a mutant that is caught takes seconds; one that survives takes as long as the test.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use waxwork_fixtures::binaries::PgBinaries;

/// A passage of the source, which stands in its file once, and what it becomes.
struct Mutant {
    name: &'static str,
    file: &'static str,
    passage: &'static str,
    becomes: &'static str,
}

const EDGES: &str = "crates/waxwork-pg/src/probe/edges.rs";
const SIDE_BY_SIDE: &str = "crates/waxwork-pg/src/probe/side_by_side.rs";
const DISCOVER: &str = "crates/waxwork-engine/src/closure/discover.rs";
const QUOTA: &str = "crates/waxwork-engine/src/closure/quota.rs";
const SETTLE: &str = "crates/waxwork-engine/src/closure/settle.rs";
const SHRINK: &str = "crates/waxwork-engine/src/closure/shrink.rs";

/// What cargo needs of the workspace.
const PARTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "crates",
    "fixtures",
    "rules",
    "benches/Cargo.toml",
    "benches/src",
];

const fn mutant(
    name: &'static str,
    file: &'static str,
    passage: &'static str,
    becomes: &'static str,
) -> Mutant {
    Mutant { name, file, passage, becomes }
}

/// Each is a mistake that one of the peers makes, or that somebody will make here.
const MUTANTS: [Mutant; 16] = [
    mutant(
        "a key with one NULL of two columns refers to something",
        EDGES,
        r#"format!("pg_catalog.num_nulls({}) OPERATOR(pg_catalog.=) 0", values.join(", "))"#,
        r#"format!("pg_catalog.num_nulls({}) OPERATOR(pg_catalog.<) {}", values.join(", "), values.len())"#,
    ),
    mutant(
        "heirs are taken for rows of their parent",
        EDGES,
        r#"_ => format!("ONLY {name}")"#,
        "_ => name.to_string()",
    ),
    mutant(
        "a key on one partition is taken for one on the table",
        EDGES,
        "from(self.catalog, self.reference.child));",
        "from(self.catalog, self.catalog.root(self.reference.child)));",
    ),
    mutant(
        "a polymorphic reference goes to all its tables",
        EDGES,
        r#"let mut terms = when_terms(self.catalog, child, "c", &self.reference.when, params);"#,
        "let mut terms = Vec::new();",
    ),
    mutant(
        "of a question that is split one session's part is forgotten",
        SIDE_BY_SIDE,
        "workers.into_iter().zip(",
        "workers.into_iter().skip(1).zip(",
    ),
    mutant(
        "children along one reference are not followed",
        DISCOVER,
        "if !reference.follow_children ||",
        "if at == 1 || !reference.follow_children ||",
    ),
    mutant(
        "the parents of children are not followed",
        DISCOVER,
        "self.downward.insert(row);\n        self.need(scopes, row)",
        "self.downward.insert(row);\n        scopes[row.leaf()] == Scope::Chosen && self.set.insert(row)",
    ),
    mutant(
        "rows that are only needed bring their children",
        DISCOVER,
        "self.found.needed.insert(row);\n        }\n        self.need(scopes, row)",
        "self.found.needed.insert(row);\n        }\n        self.want(scopes, row)",
    ),
    mutant(
        "a limit is ignored",
        DISCOVER,
        "if let Some(limit) = reference.limit {",
        "if let Some(limit) = reference.limit.filter(|_| false) {",
    ),
    mutant(
        "the condition on children is ignored",
        DISCOVER,
        "let Some(condition) = &reference.condition else",
        "let Some(condition) = reference.condition.as_ref().filter(|_| false) else",
    ),
    mutant(
        "rows that dangle stay whatever the rules say",
        DISCOVER,
        "if reference.dangling == Some(DanglingPolicy::Drop) {",
        "if reference.dangling == Some(DanglingPolicy::Drop) && false {",
    ),
    mutant("no row ever leaves", DISCOVER, "if !context.shrinks {", "if !context.shrinks || true {"),
    mutant(
        "who leaves takes nobody along",
        SHRINK,
        "let gone = spread(leaving.iter(), &children, |row| set.contains(row))?;",
        "let (gone, _) = (leaving, &children);",
    ),
    mutant("of equal hashes the last stays", QUOTA, "&& (hash, row) < *highest", "&& hash <= highest.0"),
    mutant("a percentage is rounded down", QUOTA, ".div_ceil(whole)", ".checked_div(whole).unwrap_or(0)"),
    mutant(
        "keys of a table that is taken whole are not nulled",
        SETTLE,
        "Scope::Whole if checks_absence && parent != Scope::Whole =>",
        "Scope::Whole if checks_absence && parent != Scope::Whole && false =>",
    ),
];

/// Tries them all, or those with that word in their name, and fails when one survives.
pub(crate) fn run(word: Option<&str>) -> Result<()> {
    ensure!(PgBinaries::find().is_ok(), "no PostgreSQL is found");
    let copy = copy_of_workspace()?;
    test(&copy, &["--no-run"]).and_then(|build| succeeded(&build).context("the copy does not build"))?;
    let mut survivors = Vec::new();
    for mutant in MUTANTS.iter().filter(|mutant| word.is_none_or(|word| mutant.name.contains(word))) {
        let start = Instant::now();
        let caught = is_caught(&copy, mutant)?;
        let outcome = if caught { "caught" } else { "SURVIVED" };
        println!("mutant: {outcome} after {:.0?}: {}", start.elapsed(), mutant.name);
        survivors.extend((!caught).then_some(mutant.name));
    }
    ensure!(survivors.is_empty(), "no random case fails where {}", survivors.join(", or "));
    Ok(())
}

fn is_caught(copy: &Path, mutant: &Mutant) -> Result<bool> {
    let file = copy.join(mutant.file);
    let source = std::fs::read_to_string(&file)?;
    std::fs::write(&file, patched(mutant, &source)?)?;
    let built = test(copy, &["--no-run"])?;
    let run = test(copy, &["random_subsets_equal_the_closure_in_plain_sql"])?;
    std::fs::write(&file, source)?;
    succeeded(&built).with_context(|| format!("mutant does not build: {}", mutant.name))?;
    Ok(!run.status.success())
}

fn patched(mutant: &Mutant, source: &str) -> Result<String> {
    let places = source.matches(mutant.passage).count();
    ensure!(places == 1, "{} has the passage of a mutant {places} times: {}", mutant.file, mutant.name);
    Ok(source.replacen(mutant.passage, mutant.becomes, 1))
}

/// The members' files beside the target folder, where neither an editor nor a killed run leaves a mutant behind.
fn copy_of_workspace() -> Result<PathBuf> {
    let copy = workspace().join("target/mutants/source");
    if copy.exists() {
        std::fs::remove_dir_all(&copy)?;
    }
    std::fs::create_dir_all(&copy)?;
    std::fs::create_dir(copy.join("benches"))?;
    for part in PARTS {
        copy_all(&workspace().join(part), &copy.join(part))?;
    }
    Ok(copy)
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        std::fs::copy(from, to).with_context(|| format!("could not copy {}", from.display()))?;
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let name = entry?.file_name();
        copy_all(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn test(copy: &Path, arguments: &[&str]) -> Result<Output> {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--quiet", "--package", "waxwork-engine", "--test", "closure"])
        .args(arguments)
        .current_dir(copy)
        // Of its own: cargo knows a workspace's crates by their place in it, and would take a mutant for ours.
        .env("CARGO_TARGET_DIR", workspace().join("target/mutants/build"))
        .stdin(Stdio::null())
        .output()
        .context("could not run cargo")
}

fn succeeded(output: &Output) -> Result<()> {
    if output.status.success() {
        return Ok(());
    }
    bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mutant_has_its_passage_in_the_source() {
        for mutant in &MUTANTS {
            let source = std::fs::read_to_string(workspace().join(mutant.file)).unwrap();
            assert_ne!(patched(mutant, &source).unwrap(), source, "{}", mutant.name);
        }
    }
}
