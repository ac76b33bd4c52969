//! libFuzzer's door to [`ulvs_fuzz::config`], with a bound on the time that a text may take.
#![no_main]

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of this thread's own time that reading a text may take: libFuzzer's texts have at most some kilobytes, which
/// take a millisecond, and its instruments ten times that on a busy machine.
const MOST: i64 = 100_000_000;

fn used() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let before = used();
    ulvs_fuzz::config::run(data);
    let took = used() - before;
    assert!(took <= MOST, "{took} ns for {} bytes", data.len());
});
