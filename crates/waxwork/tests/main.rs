//! The command from outside: temporary clusters, the command line of the manual, psql, and a judge of our own.
//!
//! No module here uses a crate of the project but `waxwork-fixtures`: what is checked may not help to check.

mod judging;
