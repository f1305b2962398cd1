//! A site's own program, in an environment of its own: keys and connection strings may stand in ours.

use std::process::Command;

/// Variables that programs find their files, language and time zone by.
const VARIABLES: [&str; 8] = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER"];

/// A program that sees nothing else of our environment.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let seen = VARIABLES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    command.env_clear().envs(seen);
    command
}
