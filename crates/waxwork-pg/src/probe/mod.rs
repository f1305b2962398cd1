//! Questions that the closure asks of the source: rows by their tuple ids, and where references lead from them; and those
//! that the plan asks: whether permuted integers lie in their window, which values are common, and how common.
//!
//! ```text
//!   reference ─► equality::of ─► ReferenceProbe ─► parents(leaf, ids) ─► UpEdge   (child ─► parent | dangles)
//!                                               ├► children(leaf, ids) ─► DownEdge (parent ─► child, its key's text)
//!                                               └► referenced(leaf)    ─► parents of a whole table, each once
//!   context fields ─► ContextEqualities ─► CopyQuery
//!   derived column ─► vet_derived (PREPARE in two frames, cast to the column)
//!   condition ─► vet (PREPARE in two frames) ─► matching(leaf, ids | all) ─► Tid
//!   stated keys ─► vet_keys (a cast of each) ─► with_keys(leaf) ─► Tid
//! ```
//!
//! One table drives each question, by `ctid`; the other side is joined by the reference's own operators, as the planner
//! likes or row by row (`side_by_side`). Everything runs by the extended protocol; into its text go identifiers and a
//! vetted condition, all else is a parameter.

mod checks;
mod common;
mod condition;
mod derived;
mod edges;
mod equality;
mod frequency;
mod keys;
mod refusal;
mod rows;
mod side_by_side;
mod when;
mod window;

pub use checks::broken_constraints;
pub use common::common_values;
pub use condition::{matching, vet};
pub use derived::{DeriveVerdict, derive_search_path, mentioned, vet_derived};
pub use edges::{DownEdge, ReferenceProbe, UpEdge};
pub use equality::{ContextEqualities, Equality, equalities};
pub use frequency::{CommonestValue, commonest_values};
pub use keys::{vet_keys, with_keys};
pub use refusal::Refusal;
pub use rows::{count_up_to, each_key, each_own_tid, each_tid, keys_beside, keys_of};
pub use side_by_side::Routing;
pub use window::outside_window;
