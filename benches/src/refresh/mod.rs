//! The whole way from a source database to a finished target, against its peers.
//!
//! ```text
//!   workload ─► source cluster ─┬─ waxwork refresh (masked) ─┐
//!                               ├─ bare binary pipes         ├─► target cluster, emptied before each run
//!                               ├─ pgcopydb clone            │        └─► seconds, peak memory, rows counted
//!                               └─ pg_dump | pg_restore ─────┘
//!   benches/runs/<date>/ { SETUP.md, raw.jsonl, summary.md }
//! ```
//!
//! Runs are paired: every contestant runs once before any runs again, in an order that rotates and turns round, so that
//! drift of the machine falls on all of them, and what one leaves in its caches not always on the same. The ratios are
//! the result; seconds only describe the machine.

mod contestants;
mod workload;

use std::time::Instant;

use anyhow::{Result, ensure};
use waxwork_fixtures::{ClusterOptions, TempCluster};

use contestants::{Contestant, Race};
use workload::Workload;

use crate::program::{rows_of, timed};
use crate::report::{Report, Run, said};

/// `cargo x bench refresh`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs of each contestant
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// What is copied; pair and shop when absent
    #[arg(long, value_enum)]
    workload: Option<Workload>,
    /// Scale of the shop: 1 is about 100,000 rows
    #[arg(long, default_value_t = 10.0)]
    shop_scale: f64,
    /// Scale of lineitem (1 is 6 million rows) and of the users table (1 is 3 million)
    #[arg(long, default_value_t = 1.0)]
    pair_scale: f64,
    /// Jobs of those contestants that ask for a number
    #[arg(long, default_value_t = 2)]
    jobs: u32,
    /// `wal_level` of the target: at minimal a table that is emptied in the loading transaction is not logged
    #[arg(long, value_enum, default_value_t = WalLevel::Replica)]
    wal_level: WalLevel,
    /// Where the results go; `benches/runs/<date>` when absent
    #[arg(long)]
    output: Option<std::path::PathBuf>,
    /// Contestants to leave out, by name
    #[arg(long)]
    without: Vec<String>,
}

/// A setting of the target.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum WalLevel {
    Replica,
    Minimal,
}

impl WalLevel {
    fn set_in(self, options: ClusterOptions) -> ClusterOptions {
        match self {
            Self::Replica => options,
            // One who sends WAL needs more of it.
            Self::Minimal => options.setting("wal_level", "minimal").setting("max_wal_senders", "0"),
        }
    }
}

impl Arguments {
    /// What the report says of this bench.
    fn setup(&self) -> String {
        let pgcopydb = said("pgcopydb", &["--version"]).unwrap_or_else(|_| "not installed".to_owned());
        format!(
            "- max_wal_size 16GB\n\
             - wal_level of the target: {:?}\n\
             - the first contestant runs once before, uncounted\n\
             - pgcopydb: {}\n\
             - `cargo x bench refresh --runs {} --shop-scale {} --pair-scale {} --jobs {}`\n\
             - waxwork masks, verifies and publishes within its time; the others copy as it is. All end with keys and \
             ANALYZE (pgcopydb with VACUUM ANALYZE)\n",
            self.wal_level,
            pgcopydb.lines().next().unwrap_or_default(),
            self.runs,
            self.shop_scale,
            self.pair_scale,
            self.jobs,
        )
    }
}

/// The database's name on both sides.
const DATABASE: &str = "bench";

/// Runs the races and writes the report.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let workloads = arguments.workload.map_or_else(|| vec![Workload::Pair, Workload::Shop], |one| vec![one]);
    let report = Report::create(arguments.output.as_deref(), &arguments.setup())?;
    for workload in workloads {
        race(workload, arguments, &report)?;
    }
    report.summarise()
}

/// All of them, beginning with another one in each round, forwards and backwards in turn.
fn in_turn(contestants: &[Contestant], round: usize) -> Vec<Contestant> {
    let mut order = contestants.to_vec();
    order.rotate_left(round % contestants.len().max(1));
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

/// One workload: fills the source once, then lets everybody run.
fn race(workload: Workload, arguments: &Arguments, report: &Report) -> Result<()> {
    let options = ClusterOptions::default().for_benches();
    let source = TempCluster::start(&options)?;
    let target = TempCluster::start(&arguments.wal_level.set_in(options))?;
    source.create_database(DATABASE)?;
    let start = Instant::now();
    let rules = workload.load(&source.client(DATABASE), arguments)?;
    let rows = rows_of(&source, DATABASE)?;
    println!("{workload:?}: {rows} rows, loaded in {:.1} s", start.elapsed().as_secs_f64());
    // Grants name roles, which belong to the cluster: pg_restore fails where they are missing.
    let roles = "SELECT format('CREATE ROLE %I;', rolname) FROM pg_roles WHERE oid >= 16384";
    target.psql("postgres", &source.psql(DATABASE, roles)?)?;
    let race = Race::new(&source, &target, &rules, arguments.jobs)?;
    let contestants = Contestant::present(workload.contestants(), &arguments.without);
    if contestants.contains(&Contestant::Restore) {
        race.dump()?;
    }
    // Who comes first pays for memory and blocks that the system has not handed out before: 6 s of 26, seen each time.
    timed(&source, &target, || race.run(contestants[0]))?;
    for number in 0..arguments.runs {
        for contestant in in_turn(&contestants, number as usize) {
            let taken = timed(&source, &target, || race.run(contestant))?;
            ensure!(rows_of(&target, DATABASE)? == rows, "{} did not copy every row", contestant.name());
            let run = Run::new(workload.name(), contestant.name(), number, rows, taken);
            println!("{}", run.line());
            report.add(&run)?;
        }
    }
    Ok(())
}
