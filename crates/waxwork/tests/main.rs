//! The command from outside: temporary clusters, the command line of the manual, psql, and a judge of our own.
//!
//! No module here uses a crate of the project but `waxwork-fixtures`: what is checked may not help to check.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop at what they did not expect, and say what they skip"
)]

mod bad_conditions;
mod bad_subset;
mod blocking;
mod both_ways;
mod builds;
mod canary;
mod command_line;
mod conditions;
mod copies;
mod cron;
mod datasets;
mod derived;
mod doctor;
mod dump;
mod elsewhere;
mod encodings;
mod every_mask;
mod failing;
mod faults;
mod gate;
mod hooks;
mod importing;
mod inserts;
mod json_paths;
mod judging;
mod large_objects;
mod living;
mod log_format;
mod looking;
mod masks;
mod memory;
mod network;
mod overlap;
mod packs;
mod passwords;
mod people;
mod polymorphic;
mod privileges;
mod publishing;
mod quasi;
mod quiet;
mod rate;
mod read_fields;
mod refused;
mod rollback;
mod routes;
mod rule_file;
mod rules_that_fit;
mod scrubs;
mod standby;
mod standing;
mod streams;
mod subset;
mod subset_exact;
mod subset_memory;
mod subset_size;
mod suggestions;
mod support;
mod tls;
mod uniqueness;
mod values;
mod versions;
