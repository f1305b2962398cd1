//! What the user asked for: the rule file, where from, where to, and how hard to work.

use crate::closure::Pieces;
use crate::error::RunError;
use crate::guard;
use crate::overlap::Overlap;
use crate::wire::WireChoice;
use std::path::{Path, PathBuf};
use std::time::Duration;
use waxwork_core::report::exit;
use waxwork_core::rules::{Endpoint, RuleFile};
use waxwork_core::subset::SizeLimit;
use waxwork_pg::conninfo::environment;
use waxwork_pg::{ConnInfo, LibpqEnvironment};

/// Enough that a disk is asked for several pages at once, few enough for a server's connections.
const SEARCHERS_PER_JOB: usize = 4;

/// A run as it is asked for on the command line.
pub struct RunRequest {
    /// The rule file.
    pub rules: PathBuf,
    /// `--source`; overrides `[source]`. May hold a password.
    pub source: Option<String>,
    /// `--target`; overrides `[target]`. May hold a password.
    pub target: Option<String>,
    /// `--key-file`; overrides `[key]`.
    pub key_file: Option<PathBuf>,
    /// Warnings are errors.
    pub strict: bool,
    /// It makes a copy; else it only looks whether one could be made.
    pub writes: bool,
    /// What becomes of it where another run is at work.
    pub overlap: Overlap,
    /// How long to wait for a lock on a source table.
    pub lock_timeout: Duration,
    /// How old the source's snapshot may become.
    pub max_snapshot_age: Option<Duration>,
    /// How long somebody may wait behind a run's locks on the source; `None`: for ever.
    pub max_blocking: Option<Duration>,
    /// How long a run may take, all attempts and the pauses between them included.
    pub max_duration: Option<Duration>,
    /// The half-made copy of a failed run stays.
    pub keep_failed: bool,
    /// What is made of a failure that may pass.
    pub retries: Retries,
    /// Tables copied at once; `None`: one a core, at least two.
    pub jobs: Option<usize>,
    /// Tables of more bytes are loaded in several streams; `None`: giants, where there are cores for more than one.
    pub split_tables_larger_than: Option<u64>,
    /// Bytes of rows in flight; before there are any, of what a subset's search sorts.
    pub memory_bytes: usize,
    /// Bytes a second that may be read of the source's rows; `None`: as many as it gives.
    pub max_rate: Option<u64>,
    /// Which wire tables travel in.
    pub wire: WireChoice,
    /// A bigger copy is refused before anything is made: `--max-rows`, `--max-bytes`.
    pub ceiling: SizeLimit,
    /// `plan --exact`: the rows are found and counted.
    pub exact: bool,
    /// `plan --graph`: where the picture goes.
    pub graph: Option<PathBuf>,
}

/// How often a run is made once more, where what ended it may pass.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retries {
    /// Attempts after the first.
    pub most: u32,
    /// The pause after the first; each further one is twice as long.
    pub pause: Duration,
}

impl std::fmt::Debug for RunRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunRequest").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl RunRequest {
    /// Reads and parses the rule file, and the packs that its site has of its own.
    ///
    /// # Errors
    /// Exit 2, every error of the file at once.
    pub fn rule_file(&self) -> Result<RuleFile, RunError> {
        rule_file(&self.rules)
    }

    /// How much a subset's search asks at once, and holds.
    pub(crate) fn pieces(&self) -> Pieces {
        Pieces { memory: self.memory_bytes, ..Pieces::default() }
    }

    /// Where the rows come from. PG* variables fill what the user left out, all of it if need be.
    ///
    /// # Errors
    /// Exit 2: a connection string that cannot be used.
    pub fn source(&self, rules: &RuleFile) -> Result<ConnInfo, RunError> {
        source(self.source.as_deref(), Some(rules))
    }

    /// Whether anything says where the rows come from: an option, the rule file or a PG* variable.
    pub fn names_source(&self, rules: &RuleFile) -> bool {
        names_source(self.source.as_deref(), Some(rules))
    }

    /// Where the copy goes: always explicit, nothing of it comes from PG* variables.
    ///
    /// # Errors
    /// Exit 2: neither `--target` nor `[target]`, no database name, or a connection string that cannot be used; exit 6:
    /// `[target.never]` forbids it.
    pub fn target(&self, rules: &RuleFile) -> Result<ConnInfo, RunError> {
        target(self.target.as_deref(), Some(rules))
    }

    /// Tables copied at once.
    pub fn jobs(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        self.jobs.unwrap_or(cores).max(1)
    }

    /// Sessions that a search may ask with: where it goes from row to row the disk is what each of them waits for.
    pub fn searchers(&self) -> usize {
        self.jobs() * SEARCHERS_PER_JOB
    }

    /// The key file named on the command line.
    pub fn key_file(&self) -> Option<&Path> {
        self.key_file.as_deref()
    }
}

/// Reads and parses a rule file, and the packs that its site has of its own.
///
/// # Errors
/// Exit 2, every error of the file at once.
pub(crate) fn rule_file(path: &Path) -> Result<RuleFile, RunError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        RunError::new(
            exit::RULES,
            "rule_file",
            format!("could not read rule file \"{name}\": {}", waxwork_pg::error::io_reason(&error)),
        )
    })?;
    RuleFile::parse_with(&name, &text, &named_by_rules).map_err(|found| RunError::diagnostics(&found))
}

/// A file that a rule file names. A device has no end, and a pipe may never begin.
fn named_by_rules(path: &Path) -> Result<String, String> {
    let reason = |error: std::io::Error| waxwork_pg::error::io_reason(&error).to_string();
    let kind = std::fs::metadata(path).map_err(reason)?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err("it is not a regular file".to_owned());
    }
    std::fs::read_to_string(path).map_err(reason)
}

/// Whether anything says where the rows come from: the command line, a rule file or a PG* variable.
pub(crate) fn names_source(named: Option<&str>, rules: Option<&RuleFile>) -> bool {
    named.is_some()
        || rules.is_some_and(|rules| rules.source.is_some())
        || LibpqEnvironment::capture().names_server()
}

/// The source that was named: on the command line, else in the rule file; PG* variables fill what is left out.
///
/// # Errors
/// Exit 2: a connection string that cannot be used.
pub(crate) fn source(named: Option<&str>, rules: Option<&RuleFile>) -> Result<ConnInfo, RunError> {
    let text = match (named, rules.and_then(|rules| rules.source.as_ref())) {
        (Some(text), _) => Some(text.to_owned()),
        (None, Some(endpoint)) => Some(connection_string(endpoint)?),
        (None, None) => None,
    };
    Ok(ConnInfo::source(text.as_deref(), &LibpqEnvironment::capture())?)
}

/// The target that was named, where the rule file does not forbid it; asked before anybody connects.
///
/// # Errors
/// As [`named_target`], and exit 6.
pub(crate) fn target(named: Option<&str>, rules: Option<&RuleFile>) -> Result<ConnInfo, RunError> {
    let target = named_target(named, rules)?;
    guard::check_never(&target, rules)?;
    Ok(target)
}

/// The target that was named: on the command line, else in the rule file.
///
/// # Errors
/// Exit 2: none is named, or a connection string that cannot be used.
pub(crate) fn named_target(named: Option<&str>, rules: Option<&RuleFile>) -> Result<ConnInfo, RunError> {
    let text = match (named, rules.and_then(|rules| rules.target.as_ref())) {
        (Some(text), _) => text.to_owned(),
        (None, Some(endpoint)) => connection_string(endpoint)?,
        (None, None) => return Err(no_target()),
    };
    Ok(ConnInfo::target(&text)?)
}

fn no_target() -> RunError {
    RunError::new(exit::RULES, "connection_string", "no target is given")
        .hint("Add [target] url = \"postgresql://…\" to the rule file, or use --target.")
}

/// The connection string that an entry of the rule file stands for.
fn connection_string(endpoint: &Endpoint) -> Result<String, RunError> {
    match endpoint {
        Endpoint::Url(url) => Ok(url.value.clone()),
        Endpoint::Service(name) => {
            Ok(format!("service='{}'", name.value.replace('\\', "\\\\").replace('\'', "\\'")))
        }
        Endpoint::UrlFromEnv(name) => environment::variable(&name.value).map_err(|_| {
            RunError::new(
                exit::RULES,
                "connection_string",
                format!("environment variable \"{}\" is not set", name.value),
            )
            .detail(format!("The rule file takes a URL from it ({}).", name.location))
        }),
    }
}
