//! `cargo x costs`: what masks cost, in nanoseconds and instructions.
//!
//! ```text
//!   the example `costs`, as a release is built
//!     ├─ time, on one core, PASSES times ─► the fastest round ──────┐
//!     └─ count, under valgrind ─► instructions of every round ──────┴─► costs.tsv, benches/runs/<date>-masks/
//!                                        └─ --check: against costs.tsv
//! ```
//!
//! Seconds are the machine's; one binary takes the same instructions everywhere, so that they tell a regression in CI.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::steps;

/// Arguments of `cargo x costs`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Counts instructions and compares them with the committed ones; writes nothing
    #[arg(long)]
    check: bool,
}

/// Times that all are timed: a neighbour that disturbs one of them has gone by the next.
const PASSES: usize = 3;

/// How much instructions may grow before `--check` fails, under the compiler that the committed ones were counted with…
const TOLERANCE: f64 = 1.10;
/// … and under another, which inlines differently.
const TOLERANCE_ELSEWHERE: f64 = 1.30;

/// One measured thing: a mask, or the table of users in one of several ways.
#[derive(Clone)]
struct Cost {
    name: String,
    /// The type of the value, or `row of N bytes`.
    unit: String,
    /// By the value or row, in the fastest round.
    nanoseconds: f64,
    /// By the value or row.
    instructions: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.check {
        return check();
    }
    let program = build()?;
    let (fastest, raw) = time(&program)?;
    let counted = count(&program)?;
    let costs: Vec<Cost> = counted
        .into_iter()
        .map(|(name, unit, instructions)| Cost {
            nanoseconds: fastest.get(&name).copied().unwrap_or(f64::NAN),
            name,
            unit,
            instructions,
        })
        .collect();
    std::fs::write(file(), table(&costs)?).context("could not write costs.tsv")?;
    record(&costs, &raw)?;
    steps::docs()
}

/// Fails where something takes more instructions than are committed. Without valgrind it says so, and fails in CI.
pub(crate) fn check() -> Result<()> {
    if !steps::is_runnable("valgrind") {
        ensure!(
            std::env::var_os("CI").is_none(),
            "valgrind is not installed: CI counts instructions with it"
        );
        println!(
            "valgrind is not installed: the instructions that masks take were not compared with costs.tsv"
        );
        return Ok(());
    }
    let committed = std::fs::read_to_string(file()).context("could not read costs.tsv")?;
    let same_compiler = committed.contains(&compiler()?);
    let tolerance = if same_compiler { TOLERANCE } else { TOLERANCE_ELSEWHERE };
    let before: BTreeMap<&str, u64> = committed.lines().filter_map(instructions_of).collect();
    let counted = count(&build()?)?;
    let (mut grown, mut unknown) = (Vec::new(), Vec::new());
    for (name, _, now) in &counted {
        match before.get(&**name) {
            Some(before) if *now as f64 > *before as f64 * tolerance => {
                grown.push(format!("{name}: {before} instructions committed, {now} counted"));
            }
            Some(_) => {}
            None => unknown.push(name.as_str()),
        }
    }
    if !unknown.is_empty() {
        println!("costs.tsv knows nothing yet of {}: run `cargo x costs`", unknown.join(", "));
    }
    ensure!(grown.is_empty(), "more than {tolerance:.2} of what is committed:\n{}", grown.join("\n"));
    let of = |wanted: &str| counted.iter().find(|(name, ..)| name == wanted).map(|(.., count)| *count);
    let (kept, copied) =
        (of("users.kept").context("no users.kept")?, of("users.memcpy").context("no memcpy")?);
    ensure!(kept * 2 <= copied * 3, "a table that is kept takes {kept} instructions a row, memcpy {copied}");
    println!("costs: {} counted, none takes more than {tolerance:.2} of what is committed", counted.len());
    Ok(())
}

fn instructions_of(line: &str) -> Option<(&str, u64)> {
    let mut columns = line.split('\t');
    Some((columns.next()?, columns.nth(1)?.parse().ok()?))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn file() -> PathBuf {
    root().join("crates/waxwork-core/src/masks/costs.tsv")
}

/// The measuring program, built as the release is.
fn build() -> Result<PathBuf> {
    steps::cargo(&["build", "--quiet", "--release", "--package", "waxwork-mask", "--example", "costs"])?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release/examples/costs"))
}

/// Nanoseconds of the fastest round by name, and all that was printed.
fn time(program: &Path) -> Result<(BTreeMap<String, f64>, String)> {
    let (mut fastest, mut raw) = (BTreeMap::new(), String::new());
    for pass in 0..PASSES {
        for line in output(Command::new("taskset").args(["-c", "0"]).arg(program).arg("time"))?.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let nanoseconds: f64 = columns.get(3).context("costs prints five columns")?.parse()?;
            let least = fastest.entry(columns[0].to_owned()).or_insert(nanoseconds);
            *least = nanoseconds.min(*least);
            raw += &format!("{pass}\t{line}\n");
        }
    }
    Ok((fastest, raw))
}

/// Name, unit and instructions by the row.
fn count(program: &Path) -> Result<Vec<(String, String, u64)>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("counts");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet", "--toggle-collect=*::measured*"]);
    // One file a call, numbered from 1. valgrind keeps one of two options that have the same pattern.
    valgrind.arg("--dump-after=costs::measured*").arg(format!("--callgrind-out-file={}", file.display()));
    let printed = output(valgrind.arg(program).arg("count"))?;
    let counted = printed.lines().enumerate().map(|(at, line)| {
        let [name, unit, rows] = line.split('\t').collect::<Vec<_>>()[..] else {
            anyhow::bail!("costs count printed {line}")
        };
        // The first of two calls has what a mask does once.
        let total = total(&file.with_extension((2 * at + 2).to_string()))?;
        Ok((name.to_owned(), unit.to_owned(), total / rows.parse::<u64>()?))
    });
    counted.collect()
}

fn total(file: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(file).context("valgrind wrote fewer counts than there were calls")?;
    let total =
        text.lines().find_map(|line| line.strip_prefix("totals: ")).context("valgrind counted nothing")?;
    Ok(total.trim().parse()?)
}

fn table(costs: &[Cost]) -> Result<String> {
    let mut text = format!("# made by `cargo x costs` with {}\n", compiler()?);
    text += "# mask or table\ttype\tinstructions a value or row\tnanoseconds a value or row, on one core\n";
    for Cost { name, unit, nanoseconds, instructions } in costs {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}\t{unit}\t{instructions}\t{nanoseconds:.1}");
    }
    Ok(text)
}

fn compiler() -> Result<String> {
    Ok(output(Command::new("rustc").arg("--version"))?.trim().to_owned())
}

/// The day's runs, the machine, and a summary.
fn record(costs: &[Cost], raw: &str) -> Result<()> {
    let day = output(Command::new("date").arg("+%Y-%m-%d"))?;
    let folder = root().join(format!("benches/runs/{}-masks", day.trim()));
    std::fs::create_dir_all(&folder)?;
    let head = "pass\tmask or table\ttype\trounds\tfastest ns\tmedian ns\n";
    std::fs::write(folder.join("raw.tsv"), head.to_owned() + raw)?;
    std::fs::write(folder.join("SETUP.md"), setup()?)?;
    let summary = summary(costs);
    println!("{summary}");
    std::fs::write(folder.join("summary.md"), summary).context("could not write the summary")
}

/// Processor, compiler and valgrind; no name and no path of the machine.
fn setup() -> Result<String> {
    let processors = std::fs::read_to_string("/proc/cpuinfo").context("could not read /proc/cpuinfo")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    Ok(format!(
        "One core of {}; {}, {}.\n\n\
         `cargo x costs`: {PASSES} passes over all, 150 ms each, batches of 1000 values of a mask or 4000 rows of the table of\n\
         users, on the binary wire, decoding and encoding included. The fastest round of all passes counts.\n",
        model.trim_start_matches(['\t', ' ', ':']),
        compiler()?,
        output(Command::new("valgrind").arg("--version"))?.trim()
    ))
}

fn summary(costs: &[Cost]) -> String {
    let (tables, masks): (Vec<&Cost>, Vec<&Cost>) =
        costs.iter().partition(|cost| cost.unit.starts_with("row"));
    let mut text = "The table of users: 14 columns, on one core. What is kept is moved and not copied.\n\n\
         | | bytes a row | ns a row | million rows/s | MB/s | instructions a row |\n|---|--:|--:|--:|--:|--:|\n"
        .to_owned();
    for Cost { name, unit, nanoseconds, instructions } in tables {
        let bytes: f64 =
            unit.split(' ').find_map(|word| word.parse().ok()).expect("a row's unit has its bytes");
        let _ = match nanoseconds {
            0.05.. => writeln!(
                text,
                "| {name} | {bytes} | {nanoseconds:.1} | {:.2} | {:.0} | {instructions} |",
                1e3 / nanoseconds,
                bytes * 1e3 / nanoseconds
            ),
            _ => writeln!(text, "| {name} | {bytes} | 0.0 | – | – | {instructions} |"),
        };
    }
    text += "\nMasks, a value between two columns that are kept.\n\n| mask | type | ns | instructions |\n|---|---|--:|--:|\n";
    for Cost { name, unit, nanoseconds, instructions } in masks {
        let _ = writeln!(text, "| {name} | {unit} | {nanoseconds:.1} | {instructions} |");
    }
    text
}

fn output(command: &mut Command) -> Result<String> {
    let ended = command.output().with_context(|| format!("could not run {:?}", command.get_program()))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.success(), "{:?}: {said}", command.get_program());
    Ok(String::from_utf8(ended.stdout)?)
}
