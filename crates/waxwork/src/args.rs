//! The command line as it is typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use waxwork_core::duration::parse_duration;
use waxwork_core::size::{parse_size, shown_size};
use waxwork_engine::rate::RATE_MIN;

/// A lifelike copy of a production PostgreSQL with nobody real in it.
#[derive(Debug, Parser)]
#[command(
    name = "waxwork",
    version,
    about,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        waxwork plan --rules waxwork.toml --source service=prod\n  \
        waxwork refresh --rules waxwork.toml --key-file /etc/waxwork/key\n  \
        waxwork dump --rules waxwork.toml --output staging.sql\n  \
        waxwork import greenmask greenmask.yml --output waxwork.toml\n\n\
        Exit codes: 0 ok, 1 failed, 2 command line or rules, 3 unlisted column, DDL literal or untranslated mask,\n\
        4 drift, 5 connection, 6 target guard, 7 locked, 8 verification, 130/143 signals."
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy the source into the target, masked, and publish it by rename
    Refresh(RefreshArguments),
    /// Show what a refresh would do to every table and column
    Plan(PlanArguments),
    /// Hold the rules against the live schema: silent but for warnings, and 0, when every column is decided
    Check(CommonArguments),
    /// Write the masked copy as plain SQL for psql
    Dump(DumpArguments),
    /// Look at source and target, writing nothing: whether a refresh would work, and what to do where it would not
    Doctor(DoctorArguments),
    /// Publish an old copy again, in exchange for the one that is published now
    Rollback(RollbackArguments),
    /// Show what masks there are, or all about one
    Masks(MasksArguments),
    /// Turn another tool's masking policy into a rule file, and say what could not be translated
    #[command(subcommand)]
    Import(ImportCommand),
    /// Make a key
    #[command(subcommand)]
    Key(KeyCommand),
}

#[derive(Debug, Args)]
pub(crate) struct MasksArguments {
    /// A mask, for instance contact.email, or a family, for instance contact; without it all of them
    pub(crate) name: Option<String>,
    /// What is printed on stdout
    #[arg(long, value_enum, default_value_t = MasksFormat::Text)]
    pub(crate) format: MasksFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// A configuration of Greenmask: YAML or JSON
    Greenmask(PolicyFile),
    /// The security labels of PostgreSQL Anonymizer: of a SQL script such as pg_dump --schema-only writes, or of a database
    Anon(AnonArguments),
    /// A configuration of Replibyte: YAML or JSON
    Replibyte(PolicyFile),
    /// A configuration of pgstream, or its transformation rules by themselves: YAML or JSON
    Pgstream(PolicyFile),
    /// A job of Neosync, or its mappings by themselves: JSON
    Neosync(PolicyFile),
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("labels").required(true))]
pub(crate) struct AnonArguments {
    /// The script; - is stdin
    #[arg(group = "labels")]
    pub(crate) file: Option<PathBuf>,
    /// A database that has the labels: a libpq URI or connection string
    #[arg(long, value_name = "URL", group = "labels")]
    pub(crate) source: Option<String>,
    /// The masking policy
    #[arg(long, value_name = "NAME", default_value = waxwork_import::DEFAULT_POLICY)]
    pub(crate) policy: String,
    #[command(flatten)]
    pub(crate) import: ImportArguments,
}

/// A policy in a file.
#[derive(Debug, Args)]
pub(crate) struct PolicyFile {
    /// The policy; - is stdin
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) import: ImportArguments,
}

/// Where an import goes.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The rule file to write; without it stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite the rule file
    #[arg(long)]
    pub(crate) force: bool,
    /// The column that is the primary key of every table that has one of that name, for masks that go by a row's key
    #[arg(long, value_name = "NAME")]
    pub(crate) key_column: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Write 256 random bits to a new file that only you can read
    Generate {
        /// The file; it must not exist
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct CommonArguments {
    /// The rule file
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: PathBuf,
    /// Where the rows come from: a libpq URI or connection string; overrides [source]
    #[arg(long, value_name = "URL")]
    pub(crate) source: Option<String>,
    /// Where the copy goes: a libpq URI or connection string; overrides [target]. PG* variables never fill it in
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    /// The masking key: 32 bytes or 64 hex digits, readable by its owner only; overrides [key]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// What is printed on stdout
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Treat warnings as errors
    #[arg(long)]
    pub(crate) strict: bool,
    /// Say more on stderr; twice for every step
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// How long to wait for a lock on a source table, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) lock_timeout: u64,
    /// End a refresh or dump whose snapshot of the source becomes older: a number with ms, s, min, h or d, or of seconds
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) max_snapshot_age: Option<Duration>,
}

/// What a job that nobody watches needs.
#[derive(Debug, Args)]
pub(crate) struct JobArguments {
    /// Say nothing when the run succeeds: no progress, no summary, and no warnings, which are said with the errors when
    /// it fails. What was asked for on stdout (--format json, a script without --output) is written all the same
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Hold a lock on this file while the run lasts, which is made where it is absent: two jobs of one host that name the same
    /// file never run at once. Two runs never work on one target, with or without it
    #[arg(long, value_name = "FILE")]
    pub(crate) lock_file: Option<PathBuf>,
    /// What to do where another run holds the lock file or the target
    #[arg(long, value_enum, default_value_t = IfLocked::Fail)]
    pub(crate) if_locked: IfLocked,
    /// How progress, warnings and errors are written to stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// End a run that takes longer, as a signal would, with exit code 1
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) max_duration: Option<Duration>,
    /// End a run when somebody waits for longer behind its locks on the source, with exit code 7; never: however long
    #[arg(long, value_name = "DURATION", value_parser = limit, default_value = "30s")]
    pub(crate) max_blocking: Limit,
    /// Read at most so many bytes of rows from the source in a second, over all tables: a number with kB, MB or GB, at least
    /// 64kB. A gentle run holds its snapshot and locks for longer
    #[arg(long, value_name = "SIZE", value_parser = rate)]
    pub(crate) max_rate: Option<u64>,
    /// Make the run once more, up to N times, where what ended it may pass: a server that is away or full, a lost
    /// connection, a lock, a conflict
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) retries: u32,
    /// The pause before the first retry; each further one is twice as long, 5 min at most
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    pub(crate) retry_pause: Duration,
    /// Write how the run went to a file for Prometheus' node_exporter, also when it fails; its name should end in .prom
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
}

/// What a job does that finds another at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IfLocked {
    /// End with exit code 7
    Fail,
    /// Do nothing, and end with exit code 0: no hook, and no metrics but the other run's
    Skip,
}

/// How a job talks on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people: a bar on a terminal, lines elsewhere
    Text,
    /// One JSON object a line, with the time in seconds since 1970
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) common: CommonArguments,
    /// Find the rows of the copy and count them, copying none: rows and bytes of every table, the references that bring
    /// them, and what the copy would be without the biggest
    #[arg(long)]
    pub(crate) exact: bool,
    /// Draw tables and references into an SVG file, with what --exact found or by the source's statistics
    #[arg(long, value_name = "FILE")]
    pub(crate) graph: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) most: SizeArguments,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
}

/// A copy that is bigger is refused before anything is made, with exit code 2.
#[derive(Debug, Default, Args)]
pub(crate) struct SizeArguments {
    /// Refuse a copy of more rows, before anything is made of it
    #[arg(long, value_name = "N", value_parser = at_least_one::<u64>)]
    pub(crate) max_rows: Option<u64>,
    /// Refuse a copy whose rows take more in the source's tables, by an estimate: a number with kB, MB, GB or TB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_bytes: Option<u64>,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text)
        .ok_or_else(|| "it must be a number of seconds, or with a unit, for instance 90min".to_owned())
}

/// A duration, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) Option<Duration>);

fn limit(text: &str) -> Result<Limit, String> {
    if text == "never" { Ok(Limit(None)) } else { duration(text).map(|duration| Limit(Some(duration))) }
}

fn size(text: &str) -> Result<u64, String> {
    let size = parse_size(text).filter(|bytes| *bytes > 0);
    size.ok_or_else(|| "it must be a number above 0 with a unit, for instance 10GB".to_owned())
}

fn at_least_one<N: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<N, String> {
    let number = text.parse().ok().filter(|number| *number >= N::from(1));
    number.ok_or_else(|| "it must be a whole number of at least 1".to_owned())
}

fn mebibytes(text: &str) -> Result<usize, String> {
    let mebibytes =
        text.parse().ok().filter(|mebibytes| (MEMORY_LEAST_MIB..=MEMORY_MOST_MIB).contains(mebibytes));
    mebibytes.ok_or_else(|| {
        format!("it must be a whole number of MiB from {MEMORY_LEAST_MIB} to {MEMORY_MOST_MIB}")
    })
}

fn rate(text: &str) -> Result<u64, String> {
    let rate = size(text)?;
    if rate >= RATE_MIN {
        return Ok(rate);
    }
    Err(format!("it must be at least {} a second", shown_size(RATE_MIN)))
}

#[derive(Debug, Args)]
pub(crate) struct RefreshArguments {
    #[command(flatten)]
    pub(crate) common: CommonArguments,
    #[command(flatten)]
    pub(crate) most: SizeArguments,
    #[command(flatten)]
    pub(crate) work: WorkArguments,
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// Leave the half-made copy of a run that fails, as <target>__next, until the next run
    #[arg(long)]
    pub(crate) keep_failed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// The rule file, for its [source], [target] and [key]
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// Where the rows come from: a libpq URI or connection string; overrides [source]
    #[arg(long, value_name = "URL")]
    pub(crate) source: Option<String>,
    /// Where the copy goes: a libpq URI or connection string; overrides [target]. PG* variables never fill it in
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    /// The masking key; overrides [key]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Print the SQL that makes a role for the source which can read what a run reads, and nothing else
    #[arg(long, conflicts_with = "format")]
    pub(crate) sql: bool,
    /// What is printed on stdout
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct RollbackArguments {
    /// The rule file, for its [target]
    #[arg(long, value_name = "FILE", required_unless_present = "target")]
    pub(crate) rules: Option<PathBuf>,
    /// The copy: a libpq URI or connection string; overrides [target]. PG* variables never fill it in
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    /// Which old copy: 1 is the one before the published one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) to: u32,
    /// What is printed on stdout
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct DumpArguments {
    #[command(flatten)]
    pub(crate) common: CommonArguments,
    /// The file to write, aside and renamed when whole; without it stdout
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) most: SizeArguments,
    #[command(flatten)]
    pub(crate) job: JobArguments,
}

/// How hard to work.
#[derive(Debug, Args)]
pub(crate) struct WorkArguments {
    /// Tables copied at once; a subset's search asks with up to four times as many sessions [default: one a core]
    #[arg(long, short, value_name = "N", value_parser = at_least_one::<usize>)]
    pub(crate) jobs: Option<usize>,
    /// Bytes of rows in flight over all tables, and before that of what a subset's search sorts in memory, in MiB; at least 1
    #[arg(long, value_name = "MIB", value_parser = mebibytes, default_value_t = MEMORY_MIB)]
    pub(crate) memory: usize,
    /// Load tables that are larger in several streams, in parts of about that size, instead of in one with FREEZE, and VACUUM
    /// them after: a number with kB, MB, GB or TB [default: a table of 1 GB or more that holds most of the copy, from 6
    /// jobs on, in as many streams as there are jobs]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) split_tables_larger_than: Option<u64>,
    /// Force the text wire
    #[arg(long, value_enum, default_value_t = WireArgument::Auto, hide = true)]
    pub(crate) wire: WireArgument,
}

/// Room for a dozen tables in flight at 1 MiB a batch, several batches each.
const MEMORY_MIB: usize = 64;

/// One batch in flight.
const MEMORY_LEAST_MIB: usize = 1;

/// 1 TiB, far above what any search or queue takes.
const MEMORY_MOST_MIB: usize = 1 << 20;

/// Of a command that copies no tables side by side.
impl Default for WorkArguments {
    fn default() -> Self {
        Self { jobs: Some(1), memory: MEMORY_MIB, split_tables_larger_than: None, wire: WireArgument::Auto }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One versioned object, whatever the exit code
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WireArgument {
    /// Binary where it is safe
    Auto,
    /// Text for every table
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MasksFormat {
    /// For people
    Text,
    /// One versioned object
    Json,
    /// The page of the manual
    #[value(hide = true)]
    Markdown,
}
