//! Against real servers: temporary clusters of `waxwork-fixtures`.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod catalog;
mod common_values;
mod copy;
mod environment;
mod pg_dump;
mod query;
mod source;
mod standby;
mod support;
mod target;
