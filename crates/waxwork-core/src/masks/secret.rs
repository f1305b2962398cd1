//! A secret that a rule states: in no text, hash, log or panic.

use std::fmt;
use zeroize::Zeroizing;

/// A secret of a rule, written out or taken from the environment; wiped when dropped.
#[derive(Clone, PartialEq)]
pub struct Secret {
    /// The variable that it is taken from.
    variable: Option<String>,
    /// Empty until the variable is read.
    value: Zeroizing<String>,
}

impl Secret {
    /// One that is written out.
    pub fn stated(value: String) -> Self {
        Self { variable: None, value: Zeroizing::new(value) }
    }

    /// One that is still to be read from the environment.
    pub fn of_variable(name: String) -> Self {
        Self { variable: Some(name), value: Zeroizing::default() }
    }

    /// The variable that it is taken from.
    pub fn variable(&self) -> Option<&str> {
        self.variable.as_deref()
    }

    /// What the variable holds.
    pub fn fill(&mut self, value: Zeroizing<String>) {
        self.value = value;
    }

    /// The secret itself; empty until it is read.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Where it stands, as people are told.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variable {
            Some(name) => write!(f, "of environment variable {name:?}"),
            None => f.write_str("stated by the rule"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}
