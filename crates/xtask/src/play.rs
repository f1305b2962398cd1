//! A cluster to play with, and databases to fill by hand.

use anyhow::{Result, ensure};
use clap::Args;
use waxwork_fixtures::shop::Shop;
use waxwork_fixtures::{Client, ClusterOptions, PgBinaries, TempCluster, datasets};

use crate::install;

/// `cargo x pg`
#[derive(Args)]
pub(crate) struct ClusterArguments {
    /// Major version; the newest found when absent
    #[arg(long)]
    version: Option<u32>,
    /// Fills database `shop` at this scale (1 is about 100,000 rows)
    #[arg(long)]
    scale: Option<f64>,
}

/// `cargo x fixture`
#[derive(Args)]
pub(crate) struct FixtureArguments {
    /// A libpq URI of an empty database, as a superuser
    #[arg(long)]
    url: String,
    /// 1 is about 100,000 rows, 100 is about 10 million
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// One of the datasets instead of the shop
    #[arg(long, conflicts_with = "scale")]
    dataset: Option<String>,
    /// Writes the shop's rule file here
    #[arg(long)]
    rules: Option<std::path::PathBuf>,
}

/// Starts a cluster and waits until Enter or the end of the input; Ctrl-C does as well.
pub(crate) fn cluster(arguments: &ClusterArguments) -> Result<()> {
    install::ensure_postgresql()?;
    let binaries = arguments.version.map(PgBinaries::find_version).transpose()?;
    let cluster = TempCluster::start(&ClusterOptions { binaries, ..ClusterOptions::default() })?;
    let database = if let Some(scale) = arguments.scale {
        cluster.create_database("shop")?;
        fill(&cluster.client("shop"), scale)?;
        "shop"
    } else {
        "postgres"
    };
    println!("PostgreSQL {} runs:\n    psql '{}'", cluster.binaries().major, cluster.uri(database));
    println!("Enter or Ctrl-C ends it and removes its files.");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Fills a database that the caller names.
pub(crate) fn fixture(arguments: &FixtureArguments) -> Result<()> {
    install::ensure_postgresql()?;
    let client = Client::new(&arguments.url);
    let tables = client.run("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND oid >= 16384")?;
    ensure!(tables == "0", "the database is not empty: it has {tables} tables");
    if let Some(name) = &arguments.dataset {
        let report = datasets::load_filled(&client, name)?;
        println!("{name}: {} empty tables were filled", report.filled.len());
        report.empty.iter().for_each(|(table, reason)| println!("{table} stayed empty: {reason}"));
        return Ok(());
    }
    let shop = fill(&client, arguments.scale)?;
    if let Some(file) = &arguments.rules {
        std::fs::write(file, shop.rules())?;
    }
    Ok(())
}

fn fill(client: &Client, scale: f64) -> Result<Shop> {
    let start = std::time::Instant::now();
    let shop = Shop::load(client, scale)?;
    println!("{} rows in {:.1} s", shop.rows, start.elapsed().as_secs_f64());
    Ok(shop)
}
