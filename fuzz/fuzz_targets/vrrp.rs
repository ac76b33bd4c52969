//! libFuzzer's door to [`ulvs_fuzz::vrrp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::vrrp::run(data));
