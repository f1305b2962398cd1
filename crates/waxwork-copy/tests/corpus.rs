//! The fuzz targets' committed corpus, replayed.

use std::fs;
use std::path::Path;

use crate::support::fuzzing;

/// Gives every file of a target's corpus to its check.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = fs::read_dir(folder).expect("the corpus is there");
    let read = |file: std::io::Result<fs::DirEntry>| fs::read(file.expect("a name").path()).expect("a file");
    let inputs: Vec<Vec<u8>> = files.map(read).collect();
    assert!(inputs.len() > 10, "the corpus has seeds");
    inputs.iter().for_each(|input| check(input));
}

#[test]
fn corpus_of_batches_holds() {
    replay("batches", fuzzing::batches);
}

#[test]
fn corpus_of_values_holds() {
    replay("values", fuzzing::values);
}
