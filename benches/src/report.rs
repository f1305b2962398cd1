//! What is written down: every run raw, the setup, and a summary of medians and ratios.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use waxwork_fixtures::PgBinaries;

use crate::program::Taken;

/// One run of one contestant.
#[derive(Serialize)]
pub(crate) struct Run {
    pub(crate) workload: &'static str,
    pub(crate) contestant: &'static str,
    /// Which of the paired runs, from 0.
    pub(crate) number: u32,
    /// Wall clock, from the first process to the last.
    pub(crate) seconds: f64,
    pub(crate) rows: u64,
    /// Peak of resident memory, where the contestant is one process.
    pub(crate) peak_kib: Option<u64>,
    /// Processor time in seconds: of the contestant, the source's server and the target's.
    pub(crate) cpu: Option<[f64; 3]>,
}

/// The same, read back.
#[derive(Deserialize)]
struct Past {
    workload: String,
    contestant: String,
    number: u32,
    seconds: f64,
    rows: u64,
    peak_kib: Option<u64>,
    cpu: Option<[f64; 3]>,
}

impl Run {
    pub(crate) fn new(
        workload: &'static str,
        contestant: &'static str,
        number: u32,
        rows: u64,
        taken: Taken,
    ) -> Self {
        let Taken { seconds, peak_kib, cpu } = taken;
        Self { workload, contestant, number, seconds, rows, peak_kib, cpu }
    }

    /// For the terminal.
    pub(crate) fn line(&self) -> String {
        let cpu = self.cpu.map(shown).unwrap_or_default();
        format!(
            "{:<6} {:<20} run {} {:>8.2} s, CPU {cpu}",
            self.workload,
            self.contestant,
            self.number + 1,
            self.seconds
        )
    }
}

/// Seconds of the contestant, the source and the target.
fn shown([own, source, target]: [f64; 3]) -> String {
    format!("{own:.1} + {source:.1} + {target:.1}")
}

/// A folder of results.
pub(crate) struct Report {
    folder: PathBuf,
}

impl Report {
    /// Makes the folder and describes the machine in it, without naming it; `bench` has the lines of this bench.
    pub(crate) fn create(folder: Option<&Path>, bench: &str) -> Result<Self> {
        let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("runs");
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => runs.join(said("date", &["+%Y-%m-%d"])?),
        };
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("SETUP.md"), setup(bench)?)?;
        // A second race of a day replaces the first: half of each would compare nothing.
        std::fs::write(folder.join("raw.jsonl"), "")?;
        Ok(Self { folder })
    }

    /// Adds a run at once, so that a race that breaks off leaves what it has.
    pub(crate) fn add(&self, run: &Run) -> Result<()> {
        let mut file = std::fs::OpenOptions::new().append(true).open(self.folder.join("raw.jsonl"))?;
        writeln!(file, "{}", serde_json::to_string(run)?)?;
        Ok(())
    }

    /// Writes and prints the summary.
    pub(crate) fn summarise(&self) -> Result<()> {
        let raw = std::fs::read_to_string(self.folder.join("raw.jsonl"))?;
        let runs = raw.lines().map(serde_json::from_str).collect::<Result<Vec<Past>, _>>()?;
        let summary = summary(&runs);
        std::fs::write(self.folder.join("summary.md"), &summary)?;
        println!("\n{summary}");
        Ok(())
    }
}

/// A table per workload. A ratio is the median of the ratios within pairs, not a ratio of medians.
fn summary(runs: &[Past]) -> String {
    let mut text = String::from("Seconds are of one noisy machine: read the ratios.\n");
    let mut workloads = BTreeMap::<&str, BTreeMap<&str, BTreeMap<u32, &Past>>>::new();
    for run in runs {
        workloads
            .entry(&run.workload)
            .or_default()
            .entry(&run.contestant)
            .or_default()
            .insert(run.number, run);
    }
    for (workload, contestants) in workloads {
        let rows = contestants.values().flat_map(BTreeMap::values).map(|run| run.rows).max().unwrap_or(0);
        let _ = write!(text, "\n## {workload}: {rows} rows\n\n");
        text.push_str("| contestant | runs | median s | least s | most s | waxwork takes … of it | peak MB | CPU s: own + source + target |\n|---|--:|--:|--:|--:|--:|--:|--:|\n");
        let waxwork = contestants.get("waxwork");
        for (contestant, runs) in &contestants {
            let seconds = runs.values().map(|run| run.seconds).collect::<Vec<_>>();
            let ratios =
                runs.iter().filter_map(|(number, run)| Some(waxwork?.get(number)?.seconds / run.seconds));
            let peak = runs.values().filter_map(|run| run.peak_kib).max();
            let _ = writeln!(
                text,
                "| {contestant} | {} | {:.2} | {:.2} | {:.2} | {} | {} | {} |",
                seconds.len(),
                median(&seconds).unwrap_or(f64::NAN),
                seconds.iter().copied().fold(f64::INFINITY, f64::min),
                seconds.iter().copied().fold(0.0, f64::max),
                median(&ratios.collect::<Vec<_>>()).map_or("–".to_owned(), |ratio| format!("{ratio:.2}")),
                peak.map_or("–".to_owned(), |kib| (kib / 1024).to_string()),
                median_cpu(runs.values()).map_or("–".to_owned(), shown),
            );
        }
    }
    text
}

/// The median of each.
fn median_cpu<'a>(runs: impl Iterator<Item = &'a &'a Past> + Clone) -> Option<[f64; 3]> {
    let of = |at: usize| median(&runs.clone().filter_map(|run| Some(run.cpu?[at])).collect::<Vec<_>>());
    Some([of(0)?, of(1)?, of(2)?])
}

/// The middle value, or the mean of the two in the middle.
fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// Versions, cores, memory and settings; no name and no path of the machine.
fn setup(bench: &str) -> Result<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory
        .lines()
        .next()
        .and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok())
        .unwrap_or(0);
    Ok(format!(
        "{cores} cores, {} GB of memory, {}. PostgreSQL {} on both sides, two clusters on one machine, by socket.\n\n\
         - clusters: fsync off, full_page_writes off, synchronous_commit off, wal_level replica, shared_buffers 1GB, \
         maintenance_work_mem 512MB\n\
         - paired: every contestant runs once before any runs again, in an order that rotates and turns round; CHECKPOINT and sync before each\n\
         {bench}",
        kib / 1_000_000,
        said("uname", &["-sr"])?,
        PgBinaries::find()?.major,
    ))
}

/// What a program prints.
pub(crate) fn said(program: &str, arguments: &[&str]) -> Result<String> {
    let output =
        Command::new(program).args(arguments).output().with_context(|| format!("could not run {program}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(contestant: &str, number: u32, seconds: f64) -> Past {
        Past {
            workload: "pair".to_owned(),
            contestant: contestant.to_owned(),
            number,
            seconds,
            rows: 9,
            peak_kib: None,
            cpu: None,
        }
    }

    #[test]
    fn ratios_are_taken_within_pairs() {
        // Medians are 4 and 8, but in its own pair waxwork took 1.0, 0.5 and 0.25 of the other's time.
        let runs = [
            past("waxwork", 0, 4.0),
            past("waxwork", 1, 4.0),
            past("waxwork", 2, 4.0),
            past("pipes", 0, 4.0),
            past("pipes", 1, 8.0),
            past("pipes", 2, 16.0),
        ];
        let summary = summary(&runs);
        assert!(summary.contains("| pipes | 3 | 8.00 | 4.00 | 16.00 | 0.50 | – | – |"), "{summary}");
        assert!(summary.contains("| waxwork | 3 | 4.00 | 4.00 | 4.00 | 1.00 | – | – |"), "{summary}");
    }
}
