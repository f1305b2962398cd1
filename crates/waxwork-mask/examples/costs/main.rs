//! What masks cost on one core, from COPY's bytes to COPY's bytes on the binary wire. `cargo x costs` runs it:
//!
//! ```text
//!   costs time     name, type, rounds, fastest and median round in nanoseconds by the row
//!   costs count    name, type and rows; valgrind counts the instructions of `measured`, which is called once for each
//! ```
//!
//! A second argument is the one mask that is measured. Of a mask the rows are the manual's: its sample on its first type and what becomes of it, beside an `id` and a `name`
//! that are kept. Of the table of users there are 14 columns.

#![expect(clippy::print_stdout, reason = "its result is what it prints")]

mod users;

use std::time::{Duration, Instant};
use waxwork_copy::{RawBatch, Wire};
use waxwork_core::masks::MaskKind;
use waxwork_mask::specimen::{Specimen, batch};
use waxwork_mask::{MaskedBatch, TableMask};

/// Values of a mask in one round.
const VALUES: usize = 1_000;
/// How long each is measured: a hundred rounds and more of nearly all of them.
const TIME: Duration = Duration::from_millis(150);

fn main() {
    let measure = match std::env::args().nth(1).as_deref() {
        Some("time") => time,
        Some("count") => count,
        _ => return println!("costs time [MASK] | costs count [MASK]"),
    };
    // Fetching memory from the kernel is not the mask's: malloc keeps blocks of up to the largest size that it got back.
    drop(std::hint::black_box(vec![1u8; 16 << 20]));
    let only = std::env::args().nth(2);
    for kind in MaskKind::all().filter(|kind| only.as_deref().is_none_or(|only| only == kind.name())) {
        let specimen = Specimen::of(kind, Wire::Binary).expect("every mask has an example");
        let stream = specimen.stream(VALUES).expect("the sample is of its type");
        measure(kind.name(), specimen.type_name(), VALUES, &mut work(specimen.mask(), &stream));
    }
    if only.is_some() {
        return;
    }
    let stream = users::stream();
    let unit = format!("row of {} bytes", stream.len() / users::ROWS);
    for (name, mask) in users::tables() {
        measure(name, &unit, users::ROWS, &mut work(&mask, &stream));
    }
    // What keeping a table is held against.
    measure("users.memcpy", &unit, users::ROWS, &mut || timed(|| measured_copy(&stream)));
}

/// One round over a fresh batch, which is not part of the time.
fn work(mask: &TableMask, stream: &[u8]) -> impl FnMut() -> Duration {
    move || {
        let batch = batch(Wire::Binary, stream).expect("the stream is whole");
        timed(|| measured(mask, batch))
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let made = work();
    let took = start.elapsed();
    // Freeing it is not the mask's.
    std::hint::black_box(made);
    took
}

/// What is measured; valgrind knows it by its name.
#[inline(never)]
fn measured(mask: &TableMask, batch: RawBatch) -> MaskedBatch {
    mask.apply(batch).expect("the sample is one that the mask takes")
}

#[inline(never)]
fn measured_copy(bytes: &[u8]) -> Vec<u8> {
    std::hint::black_box(bytes).to_vec()
}

fn time(name: &str, unit: &str, rows: usize, round: &mut dyn FnMut() -> Duration) {
    let (mut rounds, start) = (Vec::new(), Instant::now());
    while start.elapsed() < TIME {
        rounds.push(round());
    }
    rounds.sort_unstable();
    let a_row = |round: Duration| round.as_nanos() as f64 / rows as f64;
    println!(
        "{name}\t{unit}\t{}\t{:.1}\t{:.1}",
        rounds.len(),
        a_row(rounds[0]),
        a_row(rounds[rounds.len() / 2])
    );
}

fn count(name: &str, unit: &str, rows: usize, round: &mut dyn FnMut() -> Duration) {
    // What a mask does once, such as hashing a password, is in the first.
    round();
    round();
    println!("{name}\t{unit}\t{rows}");
}
