//! Rewrites: direct routing, NAT, tunnelling, and what the director answers by itself. Chooses nothing.
//!
//! Every function checks first and touches the packet only when it can go: a refused packet is still as it came, so that
//! an ICMP error can quote it and nothing half-rewritten leaves.

pub mod answer;
pub mod direct_route;
mod edit;
mod egress;
mod fragment;
pub mod icmp_error;
pub mod nat;
mod packet;
mod segment;
pub mod tunnel;
mod waiting;

pub use edit::{Edit, NewWords};
pub use egress::Egress;
pub use packet::{Joined, Packet};
pub use waiting::{HeldFrame, Waiting};

/// How a packet left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It is queued for the interface.
    Queued,
    /// Its next hop's MAC is not known yet: it waits ([`Waiting`]).
    Held,
}

/// Why a packet cannot go. It is untouched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// TTL or hop limit would reach 0.
    TtlExpired,
    /// It is longer than the way carries and may not be fragmented.
    TooBig {
        /// What the way carries, in bytes of IP packet.
        mtu: u32,
    },
    /// A super-frame whose segments would have to be fragmented.
    SuperFrameTooBig,
    /// There is no route over one of the director's interfaces.
    NoRoute,
    /// The interface is absent or down.
    LinkDown,
    /// The tunnel has no source address, or the families do not fit.
    NoTunnelSource,
    /// The queue for an unresolved next hop is full.
    WaitingFull,
    /// The sweep can send no more.
    SinkFull,
}
