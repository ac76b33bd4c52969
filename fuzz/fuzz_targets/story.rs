//! libFuzzer's door to [`ulvs_fuzz::story`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::story::run(data));
