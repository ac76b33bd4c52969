//! Waiting for frames: for a moment by looking, then asleep in the kernel.
#![expect(
    clippy::disallowed_methods,
    reason = "how long it looks is measured by the clock itself, between packets"
)]

use crate::frame::packet::{PacketIo, Ready};
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// As [`PacketIo::wait`], but first looks for frames for as long as `spin`, without giving the CPU away: what comes within
/// that time finds the worker awake. Orders and wake-ups wait until then.
pub fn wait(io: &mut PacketIo, wake: BorrowedFd<'_>, at_most: Duration, spin: Duration) -> Ready {
    if !spin.is_zero() && !io.has_frames() {
        let begun = Instant::now();
        while !io.has_frames() && begun.elapsed() < spin {
            std::hint::spin_loop();
        }
    }
    io.wait(wake, at_most)
}
