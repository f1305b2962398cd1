//! The made-up person of a row, and what masks write of her.
//!
//! ```text
//!   entity bits ─► Person (gender, first, last, middle name) ─► PersonText: names, e-mail, username
//! ```

mod given;
mod people;
mod text;

pub(crate) use text::PersonText;
