//! libFuzzer's door to [`ulvs_fuzz::frame`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::frame::run(data));
