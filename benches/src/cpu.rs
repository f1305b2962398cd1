//! Seconds of processor time, which other work on the machine changes little.

use std::path::Path;

use anyhow::{Context, Result};
use waxwork_fixtures::TempCluster;

/// Ticks a second of proc(5): USER_HZ, 100 on every Linux that has two cores to bench on.
const TICKS: f64 = 100.0;

/// User and system time so far of a contestant's processes and of both servers.
pub(crate) struct Spent {
    pub(crate) own: f64,
    pub(crate) source: f64,
    pub(crate) target: f64,
}

impl Spent {
    /// Until now; of our children those that have ended.
    pub(crate) fn until_now(source: &TempCluster, target: &TempCluster) -> Result<Self> {
        let own = times("self")?.ended;
        Ok(Self { own, source: of_server(source)?, target: of_server(target)? })
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            own: self.own - before.own,
            source: self.source - before.source,
            target: self.target - before.target,
        }
    }
}

/// Of one process.
struct Times {
    parent: u32,
    own: f64,
    /// Of children that it has waited for, and of theirs.
    ended: f64,
}

/// Of a postmaster, its children that run, and those that have ended.
fn of_server(cluster: &TempCluster) -> Result<f64> {
    let file = std::fs::read_to_string(cluster.data_directory().join("postmaster.pid"))?;
    let postmaster: u32 = file.lines().next().context("postmaster.pid is empty")?.parse()?;
    let children = std::fs::read_dir("/proc")?.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        // A process that ends meanwhile is its parent's by the next look.
        times(&name).ok().filter(|times| times.parent == postmaster)
    });
    let running: f64 = children.map(|times| times.own).sum();
    let server = times(&postmaster.to_string())?;
    Ok(server.own + server.ended + running)
}

fn times(process: &str) -> Result<Times> {
    let text = std::fs::read_to_string(Path::new("/proc").join(process).join("stat"))?;
    // The second field, the program's name, may hold blanks and parentheses.
    let (_, fields) = text.rsplit_once(')').context("proc(5) has no name in stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // Field 4 of proc(5) is the parent; 14 to 17 are utime, stime, cutime and cstime.
    let ticks = |field: usize| -> Result<f64> { Ok(fields[field - 3].parse::<f64>()? / TICKS) };
    Ok(Times { parent: fields[4 - 3].parse()?, own: ticks(14)? + ticks(15)?, ended: ticks(16)? + ticks(17)? })
}
