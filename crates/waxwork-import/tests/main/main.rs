//! Policies of our own in, rule files and gaps out.

#![expect(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

mod anon;
mod greenmask;
mod hostile;
mod neosync;
mod pgstream;
mod replibyte;
mod strict;
mod support;
