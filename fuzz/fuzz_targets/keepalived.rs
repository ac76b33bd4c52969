//! libFuzzer's door to [`ulvs_fuzz::dialect::keepalived`]. A short text may have templates and variables that make a long one, which is read up to a bound, and 65,536 services of one
//! network: that, and not its length, is what takes so long.
#![no_main]

mod bound;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bound::within(4000, data, ulvs_fuzz::dialect::keepalived));
