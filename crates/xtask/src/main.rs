//! Workspace chores, run as `cargo x <command>`.
//!
//! ```text
//!   demo    the main job on two temporary clusters        test   everything that CI checks
//!   pg      a temporary cluster to play with              walls  who may depend on whom
//!   fixture fill a database with the shop                 bench  race against the peers
//!   docs    the pages that are made from the program      costs  what masks cost, in time and instructions
//!   mutants the closure with mistakes, which tests catch
//! ```
//!
//! Chores only: nothing that ships may need this crate.

#![expect(clippy::print_stdout, reason = "chores talk to whoever runs them")]

mod costs;
mod demo;
mod install;
mod mutants;
mod play;
mod steps;
mod walls;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Workspace chores.
#[derive(Parser)]
#[command(name = "cargo x", version)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

/// One chore.
#[derive(Subcommand)]
enum Chore {
    /// Shows the main job: fills "production", refreshes "staging" from it, compares the two, cleans up
    Demo(demo::Arguments),
    /// Runs everything that CI checks: formatting, lints, licences, walls, tests
    Test {
        /// Arguments for `cargo test`, after `--`
        #[arg(last = true)]
        test_arguments: Vec<String>,
    },
    /// Checks who depends on whom
    Walls,
    /// Writes the pages of the manual that are made from the program
    Docs,
    /// Measures what masks cost, or checks that they do not take more instructions than is committed
    Costs(costs::Arguments),
    /// Puts mistakes into the closure, one at a time, and fails when the random cases miss one
    Mutants {
        /// Only those with this word in their name
        word: Option<String>,
    },
    /// Starts a temporary cluster and waits
    Pg(play::ClusterArguments),
    /// Fills an empty database with the shop, or with one of the datasets
    Fixture(play::FixtureArguments),
    /// Runs a benchmark; `cargo x bench refresh --help` tells more
    Bench {
        /// Arguments for the benches
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        bench_arguments: Vec<String>,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().chore {
        Chore::Demo(arguments) => demo::run(&arguments),
        Chore::Test { test_arguments } => steps::test(&test_arguments),
        Chore::Walls => walls::run(),
        Chore::Docs => steps::docs(),
        Chore::Costs(arguments) => costs::run(&arguments),
        Chore::Mutants { word } => mutants::run(word.as_deref()),
        Chore::Pg(arguments) => play::cluster(&arguments),
        Chore::Fixture(arguments) => play::fixture(&arguments),
        Chore::Bench { bench_arguments } => steps::bench(&bench_arguments),
    }
}
