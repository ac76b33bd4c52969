//! The shape of a ring: how many slots of which size, and where each lies.

use super::RingError;

/// What happens to frames that are longer than an ordinary slot (super-frames of up to 64 KiB).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Oversize {
    /// [`Oversize::CopyQueue`] where the kernel grants a large receive buffer, else [`Oversize::LargeSlots`].
    #[default]
    Auto,
    /// Small slots; the kernel puts a full copy of a longer frame on the socket's queue (PACKET_COPY_THRESH).
    /// Needs a large receive buffer, which only CAP_NET_ADMIN of the initial user namespace can ask for.
    CopyQueue,
    /// Slots that hold any super-frame: fewer of them, in more memory, but no privilege needed.
    LargeSlots,
}

/// How a ring is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingConfig {
    /// Bytes of the ring with small slots, 128 KiB to 1 GiB. Larger than the CPU's L2 cache costs throughput,
    /// but absorbs longer bursts.
    pub ring_len: usize,
    /// What happens to frames longer than a slot.
    pub oversize: Oversize,
    /// Bytes of receive buffer to ask for (copies of oversize frames wait there).
    pub receive_buffer: u32,
    /// Bytes of send buffer to ask for (frames that the device has not sent yet).
    pub send_buffer: u32,
}

impl Default for RingConfig {
    fn default() -> Self {
        Self { ring_len: 4 << 20, oversize: Oversize::Auto, receive_buffer: 32 << 20, send_buffer: 8 << 20 }
    }
}

/// The shape of a ring. Slots lie one after the other in blocks; a block's end that holds no whole slot stays unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    slot_len: usize,
    block_len: usize,
    blocks: usize,
}

impl Layout {
    const SMALL_SLOT: usize = 2048;
    const SMALL_BLOCK: usize = 64 << 10;
    /// 64 KiB of frame, our reserve, the kernel's headers, and some.
    const LARGE_SLOT: usize = 72 << 10;
    const LARGE_BLOCK: usize = 1 << 20;
    /// A ring of large slots is at least this long, so that it has slots enough for a burst.
    const LARGE_RING: usize = 16 << 20;
    const SHORTEST: usize = 128 << 10;
    const LONGEST: usize = 1 << 30;

    /// The shape for a wish; `copies` says whether full copies of oversize frames can be had.
    ///
    /// # Errors
    /// [`RingError::Shape`] if the length lies outside 128 KiB to 1 GiB.
    pub fn choose(config: &RingConfig, copies: bool) -> Result<Self, RingError> {
        if !(Self::SHORTEST..=Self::LONGEST).contains(&config.ring_len) {
            return Err(RingError::Shape { ring_len: config.ring_len });
        }
        let small = match config.oversize {
            Oversize::CopyQueue => true,
            Oversize::LargeSlots => false,
            Oversize::Auto => copies,
        };
        Ok(if small {
            Self {
                slot_len: Self::SMALL_SLOT,
                block_len: Self::SMALL_BLOCK,
                blocks: config.ring_len / Self::SMALL_BLOCK,
            }
        } else {
            let ring_len = config.ring_len.max(Self::LARGE_RING);
            Self {
                slot_len: Self::LARGE_SLOT,
                block_len: Self::LARGE_BLOCK,
                blocks: ring_len / Self::LARGE_BLOCK,
            }
        })
    }

    /// True if longer frames come as copies on the socket's queue.
    pub const fn has_small_slots(&self) -> bool {
        self.slot_len == Self::SMALL_SLOT
    }

    /// Length of one slot in bytes, headers included.
    pub const fn slot_len(&self) -> usize {
        self.slot_len
    }

    /// Length of one block in bytes.
    pub const fn block_len(&self) -> usize {
        self.block_len
    }

    /// Number of blocks.
    pub const fn blocks(&self) -> usize {
        self.blocks
    }

    /// Number of slots.
    pub const fn slots(&self) -> usize {
        self.blocks * (self.block_len / self.slot_len)
    }

    /// Length of the mapping in bytes.
    pub const fn ring_len(&self) -> usize {
        self.blocks * self.block_len
    }

    /// Where a slot begins, in bytes from the mapping's start. Slot numbers wrap around.
    pub(super) const fn offset(&self, slot: usize) -> usize {
        let slot = slot % self.slots();
        let per_block = self.block_len / self.slot_len;
        (slot / per_block) * self.block_len + (slot % per_block) * self.slot_len
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn small_slots_where_copies_can_be_had_large_ones_elsewhere() {
        let config = RingConfig::default();
        let small = Layout::choose(&config, true).unwrap();
        assert!(small.has_small_slots());
        assert_eq!((small.slots(), small.blocks(), small.ring_len()), (2048, 64, 4 << 20));
        let large = Layout::choose(&config, false).unwrap();
        assert!(!large.has_small_slots());
        assert_eq!((large.slots(), large.blocks(), large.ring_len()), (224, 16, 16 << 20));
    }

    #[test]
    fn the_wish_prevails_over_what_is_possible() {
        let wish = |oversize| RingConfig { oversize, ..RingConfig::default() };
        assert!(Layout::choose(&wish(Oversize::CopyQueue), false).unwrap().has_small_slots());
        assert!(!Layout::choose(&wish(Oversize::LargeSlots), true).unwrap().has_small_slots());
    }

    #[test]
    fn slots_lie_inside_their_block_and_wrap() {
        for copies in [true, false] {
            let layout = Layout::choose(&RingConfig::default(), copies).unwrap();
            for slot in 0..layout.slots() {
                let start = layout.offset(slot);
                let end = start + layout.slot_len() - 1;
                assert_eq!(start / layout.block_len(), end / layout.block_len());
                assert!(end < layout.ring_len());
                assert_eq!(start % 16, 0);
            }
            assert_eq!(layout.offset(layout.slots()), 0);
        }
    }

    #[test]
    fn absurd_lengths_are_refused() {
        for ring_len in [0, 64 << 10, 2 << 30] {
            let config = RingConfig { ring_len, ..RingConfig::default() };
            assert!(matches!(Layout::choose(&config, true), Err(RingError::Shape { .. })));
        }
    }
}
