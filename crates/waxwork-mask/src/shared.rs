//! What every column of a run shares: a list of words is sorted once, however many columns pick from it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, LazyLock, Mutex};

/// Values that follow from their keys alone, each made when it is first asked for and kept until the program ends.
pub(crate) struct Shared<K, V>(LazyLock<Mutex<HashMap<K, Arc<V>>>>);

impl<K: Eq + Hash, V> Shared<K, V> {
    pub(crate) const fn new() -> Self {
        Self(LazyLock::new(Mutex::default))
    }

    pub(crate) fn get(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        let mut made = self.0.lock().expect("nothing that is made here panics");
        Arc::clone(made.entry(key).or_insert_with(|| Arc::new(make())))
    }
}
