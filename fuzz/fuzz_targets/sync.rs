//! libFuzzer's door to [`ulvs_fuzz::sync`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::sync::run(data));
