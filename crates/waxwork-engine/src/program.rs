//! A site's own program, in an environment of its own: keys and connection strings may stand in ours. One that a run waits
//! for is a [`Group`], which does not outlive it.

use rustix::process::{Pid, Signal, kill_process_group};
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::process::Child;

/// Variables that programs find their files, language and time zone by.
const VARIABLES: [&str; 8] = ["PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "USER"];

/// A program that sees nothing else of our environment.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    let seen = VARIABLES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    command.env_clear().envs(seen);
    command
}

/// Groups that run, by their first process.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A program in a process group of its own, which is ended when dropped, with all that it started.
pub(crate) struct Group {
    child: Child,
    /// `None` once it ended by itself: what it left running was meant to.
    leader: Option<Pid>,
}

impl Group {
    /// Starts it. A terminal's signals do not reach it: they end us, and we it.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(mut command: tokio::process::Command) -> std::io::Result<Self> {
        let mut groups = groups();
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let leader = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        groups.extend(leader);
        Ok(Self { child, leader })
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// It is not our child any more.
    pub(crate) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.forget();
        Ok(status)
    }

    fn forget(&mut self) -> Option<Pid> {
        let leader = self.leader.take()?;
        groups().retain(|other| *other != leader);
        Some(leader)
    }
}

impl Drop for Group {
    /// Its number is nobody else's as long as the child was not waited for.
    fn drop(&mut self) {
        if let Some(leader) = self.forget() {
            end(leader);
        }
    }
}

/// Ends every group that runs, for a process that ends now: whoever waits for one of them waits on, and tells nobody of a
/// program that failed.
pub(crate) fn end_all() {
    let groups = groups();
    groups.iter().copied().for_each(end);
    std::mem::forget(groups);
}

fn end(leader: Pid) {
    // An error means that it is gone.
    let _ = kill_process_group(leader, Signal::KILL);
}

fn groups() -> MutexGuard<'static, Vec<Pid>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}
