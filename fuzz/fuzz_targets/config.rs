//! libFuzzer's door to [`ulvs_fuzz::config`]. libFuzzer's texts have at most some kilobytes, which take a millisecond, and
//! its instruments ten times that on a busy machine.
#![no_main]

mod bound;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bound::within(100, data, ulvs_fuzz::config::run));
