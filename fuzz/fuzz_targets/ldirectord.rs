//! libFuzzer's door to [`ulvs_fuzz::dialect::ldirectord`]. A short text may have a range of 65,536 real servers: that, and not its length, is what takes so long.
#![no_main]

mod bound;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bound::within(2000, data, ulvs_fuzz::dialect::ldirectord));
