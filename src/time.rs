//! Coarse monotonic time, handed down from the worker's one clock read per sweep.

use std::time::Duration;

/// A moment: tenths of a second since the director started. Wraps after 13.6 years; IPVS needs whole seconds only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Tick(pub u32);

impl Tick {
    /// Ticks in one second.
    pub const PER_SECOND: u32 = 10;

    /// The tick that a time since start falls into.
    pub fn from_uptime(uptime: Duration) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "wraps after 13.6 years, by design")]
        Self((uptime.as_millis() / 100) as u32)
    }

    /// Ticks from `earlier` to `self`; 0 if `earlier` lies ahead (by less than half the range).
    pub const fn since(self, earlier: Self) -> u32 {
        let elapsed = self.0.wrapping_sub(earlier.0);
        if elapsed > u32::MAX / 2 { 0 } else { elapsed }
    }

    /// A moment so many seconds later.
    pub const fn plus_seconds(self, seconds: u32) -> Self {
        Self(self.0.wrapping_add(seconds.wrapping_mul(Self::PER_SECOND)))
    }
}
