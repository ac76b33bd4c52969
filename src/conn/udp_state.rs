//! UDP has one state. Every packet in either direction renews its life; it is never counted as active.

use crate::lvs::Timeouts;

/// The state.
pub(super) const NORMAL: u8 = 0;

/// Its name in listings.
pub(super) const NAME: &str = "UDP";

/// Its life since the last packet.
pub(super) const fn seconds(timeouts: &Timeouts) -> u32 {
    timeouts.udp
}
