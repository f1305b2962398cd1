//! `[scrubber.NAME]`: programs of a site's own that `text.scrub` hands texts to.

use super::At;
use super::reader::{Entry, Reader, Section, shown};
use crate::diagnostic::Diagnostic;

/// A program that reads texts line by line and answers each.
#[derive(Clone, Debug, PartialEq)]
pub struct Scrubber {
    /// What rules call it.
    pub name: At<String>,
    /// The program and its arguments, at least the program.
    pub command: At<Vec<String>>,
    /// How many of it run at once.
    pub processes: u32,
    /// Seconds that it may take for an answer.
    pub timeout: u32,
}

/// Processes of one program: more than machines have cores.
const PROCESSES_MAX: i64 = 256;

const TIMEOUT_DEFAULT: u32 = 60;

impl Reader<'_> {
    pub(super) fn scrubbers(&mut self, root: &Section<'_>) -> Vec<Scrubber> {
        let Some(section) = self.section(root, "scrubber", "[scrubber]") else { return Vec::new() };
        section.entries.iter().filter_map(|entry| self.scrubber(&section, *entry)).collect()
    }

    fn scrubber(&mut self, all: &Section<'_>, entry: Entry<'_>) -> Option<Scrubber> {
        let section = self.as_section(all, entry, format!("[scrubber.{}]", shown(entry.key)))?;
        self.known_keys(&section, &["command", "processes", "timeout"]);
        let number = |found: Option<At<i64>>| found.and_then(|number| u32::try_from(number.value).ok());
        let processes = number(self.integer(&section, "processes", 1..=PROCESSES_MAX));
        let timeout = number(self.integer(&section, "timeout", 1..=86_400));
        let Some(command) = section.get("command") else {
            self.missing(&section, "command");
            return None;
        };
        Some(Scrubber {
            name: self.at(entry.key.to_owned(), entry.key_start),
            command: self.command(&section, command)?,
            processes: processes.unwrap_or(1),
            timeout: timeout.unwrap_or(TIMEOUT_DEFAULT),
        })
    }
}

/// A scrubber that no rule names does nothing, which is hardly meant.
pub(crate) fn idle(scrubber: &Scrubber) -> Diagnostic {
    let message = format!("no rule names scrubber {}", shown(&scrubber.name.value));
    Diagnostic::rule("idle_scrubber", message)
        .hint("Name it in { mask = \"text.scrub\", scrubber = \"…\" }, or leave it out.")
        .at(Some(scrubber.name.location.clone()))
}
