//! PostgreSQL for whoever has none: installed where that needs no question, else the command is told.

use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail, ensure};
use waxwork_fixtures::PgBinaries;
use waxwork_fixtures::binaries::newest_program;

use crate::steps::is_runnable;

/// What Debian and Ubuntu call it.
const PACKAGES: [&str; 2] = ["postgresql", "postgresql-contrib"];

/// Finds PostgreSQL, or installs it as root or through a `sudo` that asks nothing.
///
/// # Errors
///
/// Where neither is possible: the text holds the command to type.
pub(crate) fn ensure_postgresql() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    let by_hand = format!("sudo apt-get install {}", PACKAGES.join(" "));
    if !is_runnable("apt-get") {
        bail!(
            "found no PostgreSQL server, and no apt-get to install one: install PostgreSQL 13 or newer with its client programs, or name their folder in WAXWORK_PG_BIN"
        );
    }
    let Some(prefix) = root_prefix() else {
        bail!("found no PostgreSQL server, and may not install one. Type:\n    {by_hand}");
    };
    println!("found no PostgreSQL server: installing {}", PACKAGES.join(", "));
    apt_get(prefix, &["update"])?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(PACKAGES);
    let status = apt_get(prefix, &install)?;
    ensure!(status.success() && is_there(), "could not install PostgreSQL. Type:\n    {by_hand}");
    Ok(())
}

/// A server, and the two clients that everything needs.
fn is_there() -> bool {
    PgBinaries::find().is_ok() && newest_program("psql").is_ok() && newest_program("pg_dump").is_ok()
}

/// What to write before a command to run it as root; `None` where that would ask for a password.
fn root_prefix() -> Option<&'static [&'static str]> {
    let succeeds = |program: &str, arguments: &[&str]| {
        Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
    };
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if is_root {
        return Some(&["env"]);
    }
    succeeds("sudo", &["-n", "true"]).then_some(&["sudo", "-n", "env"])
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Result<ExitStatus> {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    command.status().context("could not run apt-get")
}
