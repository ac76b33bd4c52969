//! libFuzzer's door to [`ulvs_fuzz::control`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::control::run(data));
