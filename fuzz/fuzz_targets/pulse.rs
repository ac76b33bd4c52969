//! libFuzzer's door to [`ulvs_fuzz::pulse`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::pulse::run(data));
