//! The main job, shown: a production database becomes a masked staging database, on two clusters that are made for it.
//!
//! ```text
//!   cluster "production" (the shop) ─► waxwork refresh ─► cluster "staging" ─► a few rows side by side, checks, times
//! ```
//!
//! Every row that is printed is the fixture's, made up by us. The checks go through psql and share no code with waxwork.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use waxwork_fixtures::shop::Shop;
use waxwork_fixtures::{Client, ClusterOptions, TempCluster};

use crate::{install, steps};

/// `cargo x demo`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Leaves both clusters running
    #[arg(long)]
    keep: bool,
    /// Size of the production database: 1 is about 100,000 rows
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
}

/// The database's name on both sides.
const DATABASE: &str = "shop";

/// Rows that are shown of both sides: what they are, and how to get them. Their keys are kept, so they can be matched.
const SHOWN: [(&str, &str); 3] = [
    (
        "members of staff",
        "SELECT id, username, email, full_name, salary, hired_on FROM staff WHERE id <= 3 ORDER BY id",
    ),
    (
        "payments",
        "SELECT id, paid_on, amount, iban, payer_name, settled_at FROM payment WHERE payer_name <> '' AND iban <> '' \
         ORDER BY id LIMIT 3",
    ),
    (
        "messages",
        "SELECT id, title, left(body, 40) AS body, headers FROM message WHERE id IN (2, 7, 14) ORDER BY id",
    ),
];

/// Columns of which no value may be on both sides.
const MUST_DIFFER: [(&str, &str); 5] = [
    ("customer", "email"),
    ("customer", "phone"),
    ("staff", "username"),
    ("customer", "external_ref"),
    ("loyalty_card", "card_number"),
];

/// Runs the demo.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    install::ensure_postgresql()?;
    steps::build_release()?;
    println!(
        "\n1. Two PostgreSQL clusters: \"production\" gets a shop with made-up people, \"staging\" stays empty."
    );
    let production = TempCluster::start(&ClusterOptions::default())?;
    let staging = TempCluster::start(&ClusterOptions::default())?;
    production.create_database(DATABASE)?;
    let start = Instant::now();
    let shop = Shop::load(&production.client(DATABASE), arguments.scale)?;
    println!("   {} rows in {:.1} s", shop.rows, start.elapsed().as_secs_f64());

    let files = Files::write(&shop)?;
    let refresh = refresh(&production, &staging, &files)?;
    let (source, target) = (production.client(DATABASE), staging.client(DATABASE));
    show_rows(&source, &target)?;
    check(&source, &target)?;
    println!("\n5. {} rows were copied and masked in {:.1} s.", shop.rows, refresh.as_secs_f64());
    finish(arguments.keep, production, staging, files);
    Ok(())
}

/// The rule file and the key, in a folder of their own that goes with the value.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn write(shop: &Shop) -> Result<Self> {
        let files = Self { folder: tempfile::Builder::new().prefix("waxwork-demo-").tempdir()? };
        std::fs::write(files.rules(), shop.rules())?;
        let mut key = [0; 32];
        std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
        // Nobody else may read a key, and waxwork refuses one that others can.
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(files.key())?.write_all(&key)?;
        Ok(files)
    }

    fn rules(&self) -> PathBuf {
        self.folder.path().join("waxwork.toml")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }
}

/// Runs the binary as a user would; its progress goes to the terminal.
fn refresh(production: &TempCluster, staging: &TempCluster, files: &Files) -> Result<Duration> {
    println!(
        "\n2. waxwork reads production, masks every personal column in flight, and publishes staging:\n"
    );
    println!("   $ waxwork refresh --rules waxwork.toml --key-file key --source … --target …\n");
    let start = Instant::now();
    let mut command = Command::new(waxwork_binary()?);
    command.arg("refresh").arg("--rules").arg(files.rules()).arg("--key-file").arg(files.key());
    command.args(["--source", &production.uri(DATABASE), "--target", &staging.uri(DATABASE)]);
    let status = command.status().context("could not run waxwork")?;
    ensure!(status.success(), "waxwork refresh ended with {status}");
    Ok(start.elapsed())
}

/// Where cargo put the release build.
fn waxwork_binary() -> Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    Ok(metadata.target_directory.as_std_path().join("release/waxwork"))
}

fn show_rows(source: &Client, target: &Client) -> Result<()> {
    println!("\n3. A few rows, before and after (the keys are kept here, so that they can be matched):");
    for (what, sql) in SHOWN {
        for (side, client) in [("production", source), ("staging", target)] {
            println!("\n   {what} in {side}:");
            let output = client
                .command()?
                .args(["-P", "format=aligned", "-P", "tuples_only=off"])
                .args(["-c", sql])
                .output()?;
            String::from_utf8_lossy(&output.stdout).lines().for_each(|line| println!("   {line}"));
        }
    }
    Ok(())
}

/// Looks at both sides through psql and fails where staging is not what it should be.
fn check(source: &Client, target: &Client) -> Result<()> {
    println!("\n4. Verification, by psql and not by waxwork:");
    let counts = row_counts(source)?;
    ensure!(counts == row_counts(target)?, "some table has another number of rows");
    println!("   every one of {} tables has as many rows as in production", counts.lines().count());
    let keys = "SELECT count(*), count(*) FILTER (WHERE NOT convalidated) FROM pg_constraint WHERE contype IN ('f', 'c')";
    let (before, after) = (source.run(keys)?, target.run(keys)?);
    ensure!(before == after, "foreign keys or CHECKs are missing or not valid");
    println!(
        "   every foreign key and CHECK is there and holds ({})",
        after.split('|').next().unwrap_or_default()
    );
    for (table, column) in MUST_DIFFER {
        let sql =
            format!("SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL ORDER BY 1");
        let (before, after) = (source.run(&sql)?, target.run(&sql)?);
        let before = before.lines().collect::<std::collections::HashSet<_>>();
        let shared = after.lines().filter(|value| before.contains(value)).count();
        ensure!(shared == 0, "{shared} values of {table}.{column} came through");
        println!("   none of {} values of {table}.{column} came through", before.len());
    }
    Ok(())
}

/// One line per table, the rows counted by the server; a partitioned table as one, because a masked partition key may
/// move a row to another partition.
fn row_counts(client: &Client) -> Result<String> {
    client.run(
        "SELECT format('SELECT %L, count(*) FROM %s%s', oid::regclass, CASE relkind WHEN 'r' THEN 'ONLY ' END, oid::regclass) \
         FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition \
         AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)') \
         ORDER BY oid::regclass::text \\gexec",
    )
}

fn finish(keep: bool, production: TempCluster, staging: TempCluster, files: Files) {
    if !keep {
        println!("\n   Both clusters are gone now. To look around in them: cargo x demo --keep");
        return;
    }
    println!("\n   Look around:");
    for (name, cluster) in [("production", &production), ("staging", &staging)] {
        println!("     {name:<11} psql '{}'", cluster.uri(DATABASE));
    }
    println!("     rules, key  {}", files.folder.path().display());
    println!("   Refresh again whenever you like; staging is replaced in one rename. When you are done:");
    for cluster in [production, staging] {
        println!("     {}", cluster.leave_running());
    }
    println!("     rm -r {}", files.folder.keep().display());
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_key_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let files = Files::write(&Shop { has_contrib: false, rows: 0 }).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&files.key()), 0o600);
        assert_eq!(std::fs::read(files.key()).unwrap().len(), 32);
    }
}
