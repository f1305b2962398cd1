//! Placeholder.

pub mod closure;
