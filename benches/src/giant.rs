//! The rows of one giant table against the same rows in many tables.
//!
//! ```text
//!   generate_series ─► source cluster ─┬─ database "one":  1 table of n rows   ─ waxwork refresh ─┐
//!                                      └─ database "many": k tables of n / k   ─ waxwork refresh ─┴─► target, emptied
//! ```
//!
//! What a table of its own costs nobody can save; what this shows is whether a table that only one stream can fill keeps
//! the machine as busy as tables side by side.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Result, ensure};
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::program::{Waxwork, rows_of, timed};
use crate::report::{Report, Run};

/// `cargo x bench giant`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs of each
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// Rows of both databases
    #[arg(long, default_value_t = 60_000_000)]
    rows: u64,
    /// Tables of the one with many
    #[arg(long, default_value_t = 60)]
    tables: u64,
    /// Where the results go; `benches/runs/<date>` when absent
    #[arg(long)]
    output: Option<std::path::PathBuf>,
}

impl Arguments {
    /// What the report says of this bench.
    fn setup(&self) -> String {
        format!(
            "- max_wal_size {MAX_WAL_SIZE}\n\
             - `cargo x bench giant --runs {} --rows {} --tables {}`\n\
             - rows of 6 columns and about 100 bytes, of which two are masked; every table has a primary key\n\
             - rows are counted after every run\n",
            self.runs, self.rows, self.tables,
        )
    }
}

/// Of both clusters.
const MAX_WAL_SIZE: &str = "2GB";

/// A database on the source.
struct Layout {
    contestant: &'static str,
    database: &'static str,
    tables: u64,
}

/// Fills both databases once and refreshes them in turn.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let report = Report::create(arguments.output.as_deref(), &arguments.setup())?;
    let options = ClusterOptions::default().for_benches().setting("max_wal_size", MAX_WAL_SIZE);
    let (source, target) = (TempCluster::start(&options)?, TempCluster::start(&options)?);
    let layouts = [
        Layout { contestant: "waxwork", database: "one", tables: 1 },
        Layout { contestant: "waxwork, many tables", database: "many", tables: arguments.tables },
    ];
    let mut waxworks = Vec::new();
    for layout in &layouts {
        let start = Instant::now();
        source.create_database(layout.database)?;
        source.client(layout.database).run(&tables(layout.tables, arguments.rows))?;
        println!("{}: loaded in {:.1} s", layout.database, start.elapsed().as_secs_f64());
        waxworks.push(Waxwork::prepare(&rules(layout.tables))?);
    }
    for number in 0..arguments.runs {
        for place in 0..layouts.len() {
            let at = (place + number as usize) % layouts.len();
            let run = one_run(&layouts[at], &waxworks[at], number, &source, &target)?;
            println!("{}", run.line());
            report.add(&run)?;
        }
    }
    report.summarise()
}

fn one_run(
    layout: &Layout,
    waxwork: &Waxwork,
    number: u32,
    source: &TempCluster,
    target: &TempCluster,
) -> Result<Run> {
    let refresh = || waxwork.refresh(layout.database, source, target).map(Some);
    let taken = timed(source, target, refresh)?;
    let [rows, wanted] = [target, source].map(|cluster| rows_of(cluster, layout.database));
    let (rows, wanted) = (rows?, wanted?);
    ensure!(rows == wanted, "{rows} of {wanted} rows came");
    Ok(Run::new("giant", layout.contestant, number, rows, taken))
}

fn names(tables: u64) -> impl Iterator<Item = (u64, String)> {
    (0..tables).map(|n| (n, format!("person_{n}")))
}

fn tables(count: u64, rows: u64) -> String {
    let mut sql = String::new();
    for (n, name) in names(count) {
        let (from, to) = (rows * n / count + 1, rows * (n + 1) / count);
        let _ = writeln!(
            sql,
            "CREATE TABLE {name} (id bigint NOT NULL, name text NOT NULL, email text NOT NULL, balance numeric(12,2) NOT NULL,
                 seen_at timestamptz NOT NULL, segment text);
             INSERT INTO {name} SELECT n, 'Person ' || n, 'person.' || n || '@corp.test', n % 100000 / 7.0,
                 timestamptz '2024-01-01 UTC' + n * interval '1 second', 'segment ' || n % 100
                 FROM generate_series({from}, {to}) AS n;
             ALTER TABLE {name} ADD PRIMARY KEY (id);"
        );
    }
    sql + "VACUUM ANALYZE;"
}

fn rules(count: u64) -> String {
    let mut rules = String::from("version = 1\n");
    for (_, name) in names(count) {
        let _ = write!(
            rules,
            "\n[table.{name}]\nid = {{ keep = \"surrogate key\" }}\nname = \"person.full_name\"\nemail = \"contact.email\"\n\
             balance = {{ keep = \"nobody is in it\" }}\nseen_at = {{ keep = \"nobody is in it\" }}\n\
             segment = {{ keep = \"a hundred values\" }}\n"
        );
    }
    rules
}
