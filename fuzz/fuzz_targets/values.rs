#![no_main]

#[path = "../../crates/waxwork-copy/tests/support/mod.rs"]
#[expect(dead_code, reason = "the targets share it, and each uses its part")]
mod support;

libfuzzer_sys::fuzz_target!(|input: &[u8]| support::fuzzing::values(input));
