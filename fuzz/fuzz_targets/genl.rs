//! libFuzzer's door to [`ulvs_fuzz::genl`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::genl::run(data));
