//! The command line of waxwork: arguments in, engine's events and report out, an exit code.
//!
//! No decision about data is made here. stdout carries data (the plan, the JSON report, a dump), stderr carries talk.

/// A line on stderr. Where nobody takes it, the exit code still tells; `eprintln!` would panic.
macro_rules! say_error {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(anstream::stderr(), $($argument)*);
    }};
}
use say_error;

mod args;
mod commands;
mod manual;
mod metrics;
mod render;
mod reporter;
mod sizes;

use args::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // sqlx would fill gaps of the target from PG* variables, and trust the system's authorities where others are named.
    if let Err(error) = waxwork_engine::seal_environment() {
        crate::say_error!("error: could not start again in an environment of its own: {}", error.kind());
        return ExitCode::from(waxwork_core::report::exit::FAILED);
    }
    // A core file would hold rows.
    no_core_files();
    // A panic's message may quote what it choked on.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        crate::say_error!(
            "error: internal error at {place}\n  hint: Please report this line; it holds no data."
        );
    }));
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(commands::misspelt(&error)),
    };
    ExitCode::from(match arguments.command {
        Command::Refresh(arguments) => commands::refresh(arguments),
        Command::Plan(arguments) => commands::plan(arguments),
        Command::Check(arguments) => commands::check(arguments),
        Command::Dump(arguments) => commands::dump(arguments),
        Command::Doctor(arguments) => commands::doctor(arguments),
        Command::Rollback(arguments) => commands::rollback(arguments),
        Command::Masks(arguments) => commands::masks(&arguments),
        Command::Import(command) => commands::import(command),
        Command::Key(command) => commands::key(&command),
    })
}

fn no_core_files() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // Where the limit cannot be lowered there was none to lower.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}
