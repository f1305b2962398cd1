//! `[[hook]]`: what a site does at the turns of a refresh.

use super::At;
use super::reader::{Reader, Section};
use crate::diagnostic::{Diagnostic, Location};
use toml::de::DeValue;

/// One `[[hook]]`.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Its place.
    pub location: Location,
    /// `on`
    pub on: HookPoint,
    /// `sql`, `command` or `url`
    pub action: HookAction,
    /// Seconds that it may take.
    pub timeout: u32,
}

impl Hook {
    /// It only tells somebody.
    pub fn is_ping(&self) -> bool {
        matches!(self.action, HookAction::Url(_) | HookAction::UrlFromEnv(_))
    }
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookPoint {
    /// The target is ours and locked, and nothing is done yet.
    Start,
    /// The copy is whole and verified, and not published.
    BeforePublish,
    /// It is published.
    Success,
    /// The run ends in another way.
    Failure,
}

impl HookPoint {
    /// All of them, in the order of a run.
    pub const ALL: [HookPoint; 4] =
        [HookPoint::Start, HookPoint::BeforePublish, HookPoint::Success, HookPoint::Failure];

    /// Its word in rule files.
    pub fn name(self) -> &'static str {
        match self {
            HookPoint::Start => "start",
            HookPoint::BeforePublish => "before_publish",
            HookPoint::Success => "success",
            HookPoint::Failure => "failure",
        }
    }

    /// There is a copy then that SQL could be run in.
    fn has_copy(self) -> bool {
        matches!(self, HookPoint::BeforePublish | HookPoint::Success)
    }
}

/// What a hook does.
#[derive(Clone)]
pub enum HookAction {
    /// Statements that run in the copy.
    Sql(String),
    /// A program with its arguments.
    Command(Vec<String>),
    /// A GET request. Never shown: who knows it can send it.
    Url(String),
    /// The same, of an environment variable.
    UrlFromEnv(String),
}

impl std::fmt::Debug for HookAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HookAction::Sql(sql) => write!(f, "Sql({} bytes)", sql.len()),
            HookAction::Command(command) => write!(f, "Command({} words)", command.len()),
            HookAction::Url(_) => f.write_str("Url(…)"),
            HookAction::UrlFromEnv(name) => write!(f, "UrlFromEnv({name})"),
        }
    }
}

const ACTIONS: [&str; 3] = ["sql", "command", "url"];

/// A smoke test has time; who is told of an end is told at once.
const TIMEOUT_DEFAULT: u32 = 600;

impl Reader<'_> {
    pub(super) fn hooks(&mut self, root: &Section<'_>) -> Vec<Hook> {
        let sections = self.sections(root, "hook", "[[hook]]");
        sections.iter().filter_map(|section| self.hook(section)).collect()
    }

    fn hook(&mut self, section: &Section<'_>) -> Option<Hook> {
        self.known_keys(section, &["on", "sql", "command", "url", "timeout"]);
        self.at_most_one(section, &ACTIONS);
        let timeout = self.integer(section, "timeout", 1..=86_400);
        let timeout = timeout.and_then(|timeout| u32::try_from(timeout.value).ok());
        let action = self.hook_action(section);
        if section.get("on").is_none() {
            self.missing(section, "on");
        }
        let on = self.hook_point(section)?;
        if let Some(entry) = section.get("sql").filter(|_| !on.has_copy()) {
            let message = format!("there is no copy to run \"sql\" in on \"{}\"", on.name());
            let hint = "Take on = \"before_publish\" or \"success\", or a command.";
            self.error(entry.key_start, Diagnostic::rule("bad_value", message).hint(hint));
        }
        Some(Hook {
            location: self.place(section.start),
            on,
            action: action?,
            timeout: timeout.unwrap_or(TIMEOUT_DEFAULT),
        })
    }

    fn hook_point(&mut self, section: &Section<'_>) -> Option<HookPoint> {
        let At { value, .. } = self.word(section, "on", &HookPoint::ALL.map(HookPoint::name))?;
        HookPoint::ALL.into_iter().find(|point| point.name() == value)
    }

    fn hook_action(&mut self, section: &Section<'_>) -> Option<HookAction> {
        let Some(entry) = ACTIONS.iter().find_map(|key| section.get(key)) else {
            let message = format!("{} has none of \"sql\", \"command\" and \"url\"", section.name);
            self.error(section.start, Diagnostic::rule("missing_key", message));
            return None;
        };
        match (entry.key, entry.value) {
            ("sql", _) => self.text(section, "sql").map(|sql| HookAction::Sql(sql.value)),
            ("command", _) => self.command(section, entry).map(|command| HookAction::Command(command.value)),
            (_, DeValue::Table(_)) => {
                self.variable(section, entry).map(|name| HookAction::UrlFromEnv(name.value))
            }
            _ => self.hook_url(section).map(HookAction::Url),
        }
    }

    fn hook_url(&mut self, section: &Section<'_>) -> Option<String> {
        let At { value, location } = self.text(section, "url")?;
        if value.starts_with("https://") || value.starts_with("http://") {
            return Some(value);
        }
        let message = format!("key \"url\" in {} must begin with \"https://\" or \"http://\"", section.name);
        self.push(Diagnostic::rule("bad_value", message).at(Some(location)));
        None
    }
}
