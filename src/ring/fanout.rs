//! Sharing one interface between workers.

/// How the kernel deals the frames of one interface out to the rings of a fan-out group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FanoutMode {
    /// By the client's endpoint, which a request and the reply to it through NAT have in common (PACKET_FANOUT_EBPF with the
    /// program of a [`Sieve`](super::Sieve)).
    Client,
    /// By a hash over the flow, the same in both directions (PACKET_FANOUT_HASH).
    #[default]
    Hash,
    /// By the CPU that received the frame (PACKET_FANOUT_CPU): for queues that keep a flow together.
    Cpu,
}

/// Membership in a fan-out group. Every ring of a group must be on the same interface and use the same mode;
/// group numbers are shared by all programs of a network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fanout {
    /// The group's number.
    pub group: u16,
    /// How frames are dealt out.
    pub mode: FanoutMode,
}

impl Fanout {
    /// The group shall not see what the host sends: PACKET_IGNORE_OUTGOING of its sockets does not count for a group,
    /// which is a tap of its own (PACKET_FANOUT_FLAG_IGNORE_OUTGOING; Linux 5.10).
    const IGNORE_OUTGOING: u32 = 0x4000;

    /// The argument of PACKET_FANOUT: the group below, mode and flags above.
    pub(super) const fn argument(self) -> u32 {
        const PACKET_FANOUT_EBPF: u32 = 7;
        let mode = match self.mode {
            FanoutMode::Client => PACKET_FANOUT_EBPF,
            FanoutMode::Hash => libc::PACKET_FANOUT_HASH,
            FanoutMode::Cpu => libc::PACKET_FANOUT_CPU,
        };
        self.group as u32 | ((mode | Self::IGNORE_OUTGOING) << 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_below_and_the_mode_above() {
        assert_eq!(Fanout { group: 0xabcd, mode: FanoutMode::Hash }.argument(), 0x4000_abcd);
        assert_eq!(Fanout { group: 7, mode: FanoutMode::Cpu }.argument(), 0x4002_0007);
        assert_eq!(Fanout { group: 8, mode: FanoutMode::Client }.argument(), 0x4007_0008);
    }
}
