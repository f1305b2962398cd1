//! Two runs that would overlap: the second is refused, or ends as if there had been nothing to do.
//!
//! The target's run lock keeps two runs from one copy, wherever they run (`TargetServer::lock_run`). A lock file keeps two
//! jobs of one host apart from their first moment on, whatever their targets. The kernel frees either when a run dies.

use crate::attempts::is_locked;
use crate::error::{RUN_LOCKED, RunError};
use crate::event::{Event, Events};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use waxwork_core::report::{Outcome, RunReport, exit};
use waxwork_pg::error::io_reason;

/// What becomes of a run that finds another at work.
#[derive(Debug, Default)]
pub struct Overlap {
    lock_file: Option<PathBuf>,
    skips: bool,
    /// Locked for as long as this lives.
    held: OnceLock<File>,
}

impl Overlap {
    /// `lock_file` is made where it is absent, and stays; its text, if any, is let be. `skips`: the other run's work is as
    /// good as ours.
    pub fn new(lock_file: Option<PathBuf>, skips: bool) -> Self {
        Self { lock_file, skips, held: OnceLock::new() }
    }

    /// Locks the file, unless an attempt before did.
    ///
    /// # Errors
    /// Exit 7: another process holds it; exit 2: it cannot be opened or locked.
    pub(crate) fn begin(&self) -> Result<(), RunError> {
        let Some(path) = self.lock_file.as_ref().filter(|_| self.held.get().is_none()) else { return Ok(()) };
        let shown = path.display();
        let unusable = |why: &dyn std::fmt::Display| {
            let message = format!("lock file \"{shown}\" cannot be used: {why}");
            RunError::new(exit::RULES, "lock_file", message)
        };
        // A named pipe would be waited for, and a device is everybody's.
        if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(unusable(&"it is no regular file"));
        }
        let file = opened(path).map_err(|error| unusable(&io_reason(&error)))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                let message = format!("another run holds lock file \"{shown}\"");
                RunError::new(exit::LOCKED, RUN_LOCKED, message)
            }
            TryLockError::Error(error) => unusable(&io_reason(&error)),
        })?;
        self.held.get_or_init(|| file);
        Ok(())
    }

    /// The report of a run that ended, where it found another at work as it was asked to be told. One that had begun, and
    /// failed, was not skipped.
    pub(crate) fn settled(&self, events: &Events, mut report: RunReport) -> RunReport {
        if self.skips && report.attempts <= 1 && is_locked(&report) {
            report.errors.iter().for_each(|error| events.say(Event::Warning(error.clone())));
            report.findings.append(&mut report.errors);
            (report.outcome, report.exit_code) = (Outcome::Skipped, exit::OK);
        }
        report
    }
}

/// For writing, which locks of NFS ask for, or as far as we may.
fn opened(path: &Path) -> std::io::Result<File> {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    let writable = File::options().create(true).truncate(false).write(true).open(path);
    match writable {
        Err(error) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem) => File::open(path),
        opened => opened,
    }
}
