//! libFuzzer's door to [`ulvs_fuzz::ipvsadm`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ulvs_fuzz::ipvsadm::run(data));
