//! libFuzzer's door to [`ulvs_fuzz::adopt`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::adopt::run(data));
