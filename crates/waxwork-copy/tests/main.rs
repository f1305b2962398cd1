//! Tests of the codec from outside: against its slow twin, against itself, and against PostgreSQL.

mod corpus;
mod framing;
mod postgres;
mod round_trip;
mod support;
mod values;
