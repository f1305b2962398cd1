//! The masks over whole batches, as the engine calls them.

mod fixture;
mod rows;
