//! What brought the rows of a set: each is counted where it was met first, before any leaves in step 5.

use std::collections::BTreeMap;

use waxwork_core::catalog::TableId;

/// Rows by what brought them, those of whole tables left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By rule table: seeds.
    pub seeds: BTreeMap<TableId, u64>,
    /// By reference: children of wanted rows.
    pub children: Vec<u64>,
    /// By reference: parents of rows.
    pub parents: Vec<u64>,
}

impl Tally {
    pub(super) fn new(references: usize) -> Self {
        Self { seeds: BTreeMap::new(), children: vec![0; references], parents: vec![0; references] }
    }
}
