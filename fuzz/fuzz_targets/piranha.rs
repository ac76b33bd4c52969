//! libFuzzer's door to [`ulvs_fuzz::dialect::piranha`]. libFuzzer's texts have at most some kilobytes.
#![no_main]

mod bound;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bound::within(100, data, ulvs_fuzz::dialect::piranha));
