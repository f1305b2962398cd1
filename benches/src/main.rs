//! Benchmarks, run as `cargo x bench <name>`.
//!
//! They may use anything and nothing uses them. Raw runs are kept under `benches/runs/`.

#![expect(clippy::print_stdout, reason = "benches report to whoever runs them")]

mod cpu;
mod giant;
mod lines;
mod program;
mod refresh;
mod report;
mod subset;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Benchmarks.
#[derive(Parser)]
#[command(name = "cargo x bench", version)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

/// One benchmark.
#[derive(Subcommand)]
enum Bench {
    /// A whole masked copy against unmasked ones, paired
    Refresh(refresh::Arguments),
    /// One giant table against many small ones of the same rows, paired
    Giant(giant::Arguments),
    /// Subsets against SQL written by hand, paired
    Subset(subset::Arguments),
}

fn main() -> Result<()> {
    match Arguments::parse().bench {
        Bench::Refresh(arguments) => refresh::run(&arguments),
        Bench::Giant(arguments) => giant::run(&arguments),
        Bench::Subset(arguments) => subset::run(&arguments),
    }
}
