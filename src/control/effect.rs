//! What the keeper wants done in the world. Effects are data: the `host` room carries them out.

use crate::lvs::{Endpoint, Family, MarkRule, Protocol};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One thing to do outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Keep the host's stack off this traffic (replaces the plan before it).
    Claim(ClaimPlan),
    /// Make the kernel resolve a neighbour now (and keep it resolved where the kernel can).
    Resolve {
        /// The link.
        ifindex: u32,
        /// The neighbour.
        addr: IpAddr,
    },
    /// Take away whatever was installed: the director ends.
    Withdraw,
}

/// The traffic that is the director's and not the host's. Applied at netdev ingress of every device named, behind the
/// packet tap.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClaimPlan {
    /// Current names of the director's interfaces.
    pub devices: BTreeSet<String>,
    /// Addresses that the director is the host of: every IP packet to them, ARP requests and neighbour solicitations
    /// for them.
    pub addresses: BTreeSet<IpAddr>,
    /// Services on addresses that are the host's own: only packets to these.
    pub services: BTreeSet<(Protocol, Endpoint)>,
    /// NAT real servers: packets from these, unless they go to one of `host_addresses`.
    pub nat_sources: BTreeSet<(Protocol, Endpoint)>,
    /// The host's own addresses.
    pub host_addresses: BTreeSet<IpAddr>,
    /// What is claimed by its mark.
    pub marks: MarkClaim,
}

/// Packets that get the mark of a service, to addresses that are not claimed whole: the host's own, and networks.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MarkClaim {
    /// The rules that matter to these, in order.
    pub rules: Vec<MarkRule>,
    /// Marks of services: only packets that end with one of these are claimed.
    pub services: BTreeSet<(Family, u32)>,
}

/// How a claim stands on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimReport {
    /// The device.
    pub device: String,
    /// `Ok`: the kernel holds it, checked by reading it back. `Err`: why not, and what to do.
    pub outcome: Result<(), String>,
}
