//! A subset of a database, against SQL that knows the schema.
//!
//! ```text
//!   task ─► source cluster ─┬─ waxwork refresh, from the seed alone ─┐
//!                           ├─ queries written by hand for the task  ├─► target cluster, emptied before each run
//!                           └─ (--full) waxwork refresh of it all ───┘        └─► seconds, peak memory, rows
//! ```
//!
//! Both ends must hold the same rows: every table is counted and its rows' hashes are added up, in the same run. The
//! tasks are those of a comparison of peers, made anew: what they measure is in each one's description.

mod by_hand;
mod task;
mod tpch;

use std::time::Instant;

use anyhow::{Result, ensure};
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::program::{Waxwork, timed};
use crate::report::{Report, Run};
use task::Task;

/// `cargo x bench subset`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs of each contestant
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// What is asked; all of scale 1 when absent
    #[arg(long, value_enum)]
    task: Vec<Task>,
    /// Scale of TPC-H: 1 is 6 million rows of lineitem
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Also refresh the whole database with the same rules
    #[arg(long)]
    full: bool,
    /// Where the results go; `benches/runs/<date>` when absent
    #[arg(long)]
    output: Option<std::path::PathBuf>,
}

impl Arguments {
    /// What the report says of this bench.
    fn setup(&self) -> String {
        let full = if self.full { " --full" } else { "" };
        format!(
            "- `cargo x bench subset --runs {} --scale {}{full}`\n\
             - max_wal_size {MAX_WAL_SIZE}\n\
             - every column is kept, so that rows can be compared; by hand: one psql writes the rows to files under one \
             snapshot, another loads them, then keys, indexes and ANALYZE\n\
             - the two results are compared row by row in every run\n",
            self.runs, self.scale,
        )
    }
}

/// Of both clusters.
const MAX_WAL_SIZE: &str = "2GB";

/// The database's name on both sides.
const DATABASE: &str = "bench";

/// Who runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contestant {
    Waxwork,
    ByHand,
    Full,
}

impl Contestant {
    fn name(self) -> &'static str {
        match self {
            Contestant::Waxwork => "waxwork",
            Contestant::ByHand => "SQL by hand",
            Contestant::Full => "waxwork, all rows",
        }
    }
}

/// Runs the tasks and writes the report.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let report = Report::create(arguments.output.as_deref(), &arguments.setup())?;
    let tasks = if arguments.task.is_empty() { Task::ALL.to_vec() } else { arguments.task.clone() };
    for task in tasks {
        race(task, arguments, &report)?;
    }
    report.summarise()
}

/// One task: fills the source once, then lets everybody run.
fn race(task: Task, arguments: &Arguments, report: &Report) -> Result<()> {
    // At scale 10 both databases and the WAL of both must find room on a small disk.
    let options = ClusterOptions::default().for_benches().setting("max_wal_size", MAX_WAL_SIZE);
    let (source, target) = (TempCluster::start(&options)?, TempCluster::start(&options)?);
    source.create_database(DATABASE)?;
    let start = Instant::now();
    task.load(&source.client(DATABASE), arguments.scale)?;
    println!("{}: loaded in {:.1} s", task.name(), start.elapsed().as_secs_f64());
    let kept = source.psql(DATABASE, KEEP_EVERYTHING)?;
    let subset = Waxwork::prepare(&format!("version = 1\n{kept}\n{}", task.seed()))?;
    let full = Waxwork::prepare(&format!("version = 1\n{kept}"))?;
    let mut contestants = vec![Contestant::Waxwork, Contestant::ByHand];
    if arguments.full {
        contestants.push(Contestant::Full);
    }
    for number in 0..arguments.runs {
        let mut results = Vec::new();
        for place in 0..contestants.len() {
            let contestant = contestants[(place + number as usize) % contestants.len()];
            let taken = timed(&source, &target, || match contestant {
                Contestant::Waxwork => subset.refresh(DATABASE, &source, &target).map(Some),
                Contestant::Full => full.refresh(DATABASE, &source, &target).map(Some),
                Contestant::ByHand => by_hand::run(task, &source, &target).map(|()| None),
            })?;
            let (rows, hashes) = contents(&target, contestant != Contestant::Full)?;
            if contestant != Contestant::Full {
                results.push(hashes);
            }
            let run = Run::new(task.name(), contestant.name(), number, rows, taken);
            println!("{}, {rows} rows", run.line());
            report.add(&run)?;
        }
        ensure!(results[0] == results[1], "{}: the rows differ", task.name());
    }
    Ok(())
}

/// A rule for every column.
const KEEP_EVERYTHING: &str = r#"
SELECT string_agg(format(E'[table.%s]\n%s', relname, columns), E'\n' ORDER BY relname)
FROM pg_class c, LATERAL (
    SELECT string_agg(format('%s = { keep = "nobody is in it" }', attname), E'\n') AS columns
    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS a
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"#;

/// How many rows there are, and by table their number and the sum of their hashes.
fn contents(target: &TempCluster, hashed: bool) -> Result<(u64, String)> {
    let sum = if hashed { "coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)" } else { "0" };
    let sql = format!(
        "SELECT format('SELECT %L, count(*), {sum} FROM %s AS t', relname, oid::regclass) FROM pg_class \
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname \\gexec"
    );
    let contents = target.psql(DATABASE, &sql)?;
    let counts = contents.lines().filter_map(|line| line.split('|').nth(1)?.parse::<u64>().ok());
    Ok((counts.sum(), contents))
}
