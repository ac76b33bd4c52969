//! libFuzzer's door to [`ulvs_fuzz::marks`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::marks::run(data));
