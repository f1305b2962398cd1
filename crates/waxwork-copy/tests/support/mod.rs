//! What the tests share.

pub(crate) mod feed;
pub(crate) mod fuzzing;
pub(crate) mod same;
pub(crate) mod twin;
