//! Runs of cargo: what CI checks, and benches.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{costs, install, mutants, walls};

/// Everything that CI checks, the quick things first.
pub(crate) fn test(arguments: &[String]) -> Result<()> {
    install::ensure_postgresql()?;
    cargo(&["fmt", "--all", "--check"])?;
    walls::run()?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    // Its list of advisories comes from the network, which CI need not have; licences and bans do not.
    if is_runnable("cargo-deny") {
        cargo(&["deny", "check", "bans", "licenses", "sources"])?;
    } else {
        println!("cargo-deny is not installed: licences and bans were not checked");
    }
    let mut all = vec!["test", "--workspace"];
    all.extend(arguments.iter().map(String::as_str));
    let at_once = std::env::var("RUST_TEST_THREADS").unwrap_or_else(|_| tests_at_once().to_string());
    run_cargo(cargo_command().args(&all).env("RUST_TEST_THREADS", at_once), &all)?;
    // Minutes for what changes with the closure alone: nobody waits for it at a desk.
    if std::env::var_os("CI").is_some() {
        mutants::run(None)?;
    }
    costs::check()
}

/// Two a core: half of the time they wait, for servers, limits and pauses.
fn tests_at_once() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get) * 2
}

/// Writes `docs/masks.md` from the table of masks. A test of the program fails when it is another.
pub(crate) fn docs() -> Result<()> {
    let arguments = ["run", "--quiet", "--package", "waxwork", "--", "masks", "--format", "markdown"];
    let made = cargo_command().args(arguments).output().context("could not run cargo")?;
    ensure!(made.status.success(), "waxwork masks failed: {}", String::from_utf8_lossy(&made.stderr));
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/masks.md");
    std::fs::write(&file, made.stdout).context("could not write docs/masks.md")
}

/// Builds what a bench races with, and runs it.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    install::ensure_postgresql()?;
    build_release()?;
    let mut all = vec!["run", "--quiet", "--release", "--package", "waxwork-benches", "--"];
    all.extend(arguments.iter().map(String::as_str));
    cargo(&all)
}

/// Builds the binary as it ships.
pub(crate) fn build_release() -> Result<()> {
    cargo(&["build", "--release", "--package", "waxwork"])
}

/// Runs cargo in the workspace, its output left alone.
pub(crate) fn cargo(arguments: &[&str]) -> Result<()> {
    run_cargo(cargo_command().args(arguments), arguments)
}

fn run_cargo(command: &mut Command, arguments: &[&str]) -> Result<()> {
    println!("$ cargo {}", arguments.join(" "));
    let status = command.status().context("could not run cargo")?;
    ensure!(status.success(), "cargo {} failed", arguments.first().copied().unwrap_or_default());
    Ok(())
}

fn cargo_command() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program of that name is on the path.
pub(crate) fn is_runnable(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
