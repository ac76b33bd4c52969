//! A bound on the time that a text may take, for the targets that read files. It is here and not in the judge: what plain
//! `cargo test` plays depends on no clock.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds that this thread has used.
fn used() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Runs a target.
///
/// # Panics
/// It took more than so many milliseconds of this thread's own time.
pub fn within(milliseconds: i64, data: &[u8], run: fn(&[u8])) {
    let before = used();
    run(data);
    let took = (used() - before) / 1_000_000;
    assert!(took <= milliseconds, "{took} ms for {} bytes", data.len());
}
