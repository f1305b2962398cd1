//! Policies of other tools, read and written as waxwork rule files.
//!
//! ```text
//!   YAML ─► yaml ─┐
//!   JSON ─► json ─┴─► tree::Node ─► greenmask │ replibyte │ pgstream │ neosync ─┐
//!   SQL, labels ────────────────────────────► anon ───────────────────────────────┴─► Policy ─► write ─► rule file
//!                                                                                      └─► every Gap, one line each
//! ```
//!
//! Each tool has one table from its masks to ours. A mask that has no counterpart is a [`Gap`]: its column gets a rule
//! that hides it, or none, and waxwork refuses it. Nothing is kept that a policy does not say to keep. What is written
//! has been read by waxwork's own parser before.
//!
//! Absent on purpose: I/O. Policies hold passwords, so neither errors nor comments quote what stands in one but names,
//! numbers and words of the tools' own.

mod anon;
mod draft;
mod greenmask;
mod json;
mod neosync;
mod parameters;
mod pgstream;
mod place;
mod policy;
mod recipes;
mod replibyte;
mod shape;
mod sql;
mod tree;
mod write;
mod yaml;

pub use anon::{DEFAULT_POLICY, Label, Labelled};
pub use policy::Gap;
use policy::Policy;
use waxwork_core::diagnostic::Diagnostic;

/// What a policy became.
#[derive(Clone, Debug)]
pub struct Import {
    /// Whose policy it was.
    pub tool: &'static str,
    /// The rule file.
    pub rules: String,
    /// What could not be translated, in the order of the policy.
    pub gaps: Vec<Gap>,
}

/// What a policy does not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The column that is the primary key of every table, where there is one of that name: masks that need one go by it.
    pub key_column: Option<String>,
}

/// Reads a configuration of Greenmask, YAML or JSON.
///
/// # Errors
/// What cannot be read, with its place.
pub fn greenmask(file: &str, text: &str, options: &Options) -> Result<Import, Vec<Diagnostic>> {
    finish(greenmask::read(file, &yaml::parse(file, text)?, options)?)
}

/// Reads a configuration of Replibyte, YAML or JSON.
///
/// # Errors
/// What cannot be read, with its place.
pub fn replibyte(file: &str, text: &str, options: &Options) -> Result<Import, Vec<Diagnostic>> {
    finish(replibyte::read(file, &yaml::parse(file, text)?, options)?)
}

/// Reads a configuration of pgstream, or a file of its transformation rules, YAML or JSON.
///
/// # Errors
/// What cannot be read, with its place.
pub fn pgstream(file: &str, text: &str, options: &Options) -> Result<Import, Vec<Diagnostic>> {
    finish(pgstream::read(file, &yaml::parse(file, text)?, options)?)
}

/// Reads a job of Neosync or its mappings, JSON.
///
/// # Errors
/// What cannot be read, with its place.
pub fn neosync(file: &str, text: &str, options: &Options) -> Result<Import, Vec<Diagnostic>> {
    finish(neosync::read(file, json::placed(file, text)?, options)?)
}

/// Reads the security labels of a policy of PostgreSQL Anonymizer from a SQL script.
///
/// # Errors
/// What cannot be read, with its place; a script without labels of that policy.
pub fn anon(file: &str, sql: &str, policy: &str, options: &Options) -> Result<Import, Vec<Diagnostic>> {
    finish(anon::read(file, sql, policy, options)?)
}

/// Translates the security labels of a policy of PostgreSQL Anonymizer.
///
/// # Errors
/// None that is not a defect of ours.
pub fn anon_labels(labels: &[Label], options: &Options) -> Result<Import, Vec<Diagnostic>> {
    let placed: Vec<_> = labels.iter().map(|label| (label.clone(), place::Place::default())).collect();
    finish(anon::translate("", &placed, options))
}

fn finish(mut policy: Policy) -> Result<Import, Vec<Diagnostic>> {
    policy.drop_unnameable();
    policy.settle_seeds();
    let rules = write::rule_file(&policy)?;
    Ok(Import { tool: policy.tool, rules, gaps: policy.gaps })
}
