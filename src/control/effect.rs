//! What the keeper wants done in the world. Effects are data: the `host` room carries them out.

use crate::lvs::{Endpoint, Family, MarkRule, Protocol, SyncDaemon, Tunables};
use ipnet::IpNet;
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
    /// Open, change or shut the door to the host's own stack.
    Door(DoorPlan),
    /// Take away whatever was installed: the director ends.
    Withdraw,
}

/// A connection sync daemon as it is to run.
#[derive(Clone, Debug, PartialEq)]
pub struct SyncWish {
    /// As the operator wants it.
    pub daemon: SyncDaemon,
    /// Its interface's number.
    pub ifindex: u32,
    /// The interface's MTU in bytes.
    pub mtu: u32,
    /// The interface's addresses, with the networks that they are in.
    pub networks: Vec<IpNet>,
    /// What else was set.
    pub tunables: Tunables,
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
    /// Addresses among these with an FTP service whose data connections are balanced too: TCP to unprivileged ports.
    pub ftp_addresses: BTreeSet<IpAddr>,
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
    /// The host's own addresses: ICMP errors to these stay the host's, whatever networks the rules name.
    pub host_addresses: BTreeSet<IpAddr>,
}

/// The door by which packets pass between the director and its own host: for real servers and clients on this host.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DoorPlan {
    /// Is there one?
    pub is_open: bool,
    /// NAT real servers on this host: what they send goes to the director, which puts the VIP back. Port 0: all ports.
    pub servers: BTreeSet<(Protocol, Endpoint)>,
    /// Largest IP packet in bytes that the interfaces behind the director take.
    pub mtu: u32,
    /// VIPs that clients on this host reach through the director.
    pub clients_to: BTreeSet<IpAddr>,
    /// Health checks that go through VIPs of these families: their packets have a mark ([`DoorNames::mark`]).
    pub checks: BTreeSet<Family>,
}

/// What the door is called: of one director alone, and the same at its next start.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DoorNames {
    /// The link that the host sees.
    pub host: String,
    /// The link that the director reads.
    pub director: String,
    /// Number of the routing table that leads through it.
    pub table: u32,
}

impl DoorNames {
    /// Of the director whose first interface has this index.
    pub fn of(ifindex: u32) -> Self {
        // Above the tables that people number by hand; below 2^31, which some tools print as negative.
        let table = 0x756c_0000 | ifindex & 0xffff;
        Self { host: format!("ulvs{ifindex}h"), director: format!("ulvs{ifindex}d"), table }
    }

    /// The firewall mark of packets that go through the door wherever they are bound: the table's number.
    pub const fn mark(&self) -> u32 {
        self.table
    }
}

/// How a claim stands on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimReport {
    /// The device.
    pub device: String,
    /// `Ok`: the kernel holds it, checked by reading it back. `Err`: why not, and what to do.
    pub outcome: Result<(), String>,
}
