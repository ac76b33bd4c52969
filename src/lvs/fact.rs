use super::{IcmpLimits, Mac};
use ipnet::IpNet;
use std::net::IpAddr;

/// A link (network interface) of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFact {
    /// Kernel index; changes when a link is deleted and made again.
    pub ifindex: u32,
    /// Name at this moment (links can be renamed).
    pub name: String,
    /// Ethernet address; zero for links without one (lo, tun).
    pub mac: Mac,
    /// MTU in bytes (without the Ethernet header).
    pub mtu: u32,
    /// Administratively up and with carrier: frames flow.
    pub running: bool,
    /// `ARPHRD_ETHER`: frames have an Ethernet header.
    pub ethernet: bool,
}

/// An address on a link of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddressFact {
    /// The link it is on.
    pub ifindex: u32,
    /// Address and prefix length.
    pub net: IpNet,
}

/// A unicast route of the host's main (or default) table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteFact {
    /// Destination; a default route has prefix length 0.
    pub to: IpNet,
    /// Gateway; `None`: destinations are on the link.
    pub gateway: Option<IpAddr>,
    /// Outgoing link; 0 for blackhole, unreachable and prohibit routes.
    pub ifindex: u32,
    /// Preferred source address, if the route names one.
    pub source: Option<IpAddr>,
    /// Smaller wins among routes to the same destination.
    pub metric: u32,
    /// MTU of the route in bytes, if set.
    pub mtu: Option<u32>,
}

/// An entry of the host's neighbour table (ARP, ND).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NeighbourFact {
    /// The link it is on.
    pub ifindex: u32,
    /// The neighbour's address.
    pub addr: IpAddr,
    /// Its MAC; `None` while it is incomplete or failed.
    pub mac: Option<Mac>,
    /// The kernel gave up on it (NUD_FAILED).
    pub failed: bool,
}

/// One thing that became known about the host, as netlink tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostFact {
    /// A link appeared or changed.
    Link(LinkFact),
    /// A link went away.
    LinkGone {
        /// Its kernel index.
        ifindex: u32,
    },
    /// An address appeared.
    Address(AddressFact),
    /// An address went away.
    AddressGone(AddressFact),
    /// A route appeared (or replaced one with the same destination, metric and link).
    Route(RouteFact),
    /// A route went away.
    RouteGone(RouteFact),
    /// A neighbour appeared or changed.
    Neighbour(NeighbourFact),
    /// A neighbour went away.
    NeighbourGone {
        /// The link it was on.
        ifindex: u32,
        /// Its address.
        addr: IpAddr,
    },
    /// Everything known before is void; the facts that follow, up to [`HostFact::Synced`], are the whole truth
    /// (sent at start and after netlink lost messages).
    Resync,
    /// The whole truth has been told; only changes follow.
    Synced,
    /// How many ICMP errors the host sends.
    IcmpLimits(IcmpLimits),
    /// Whether the host forwards IPv4 (`net.ipv4.ip_forward`) and IPv6.
    Forwarding {
        /// `net.ipv4.ip_forward`.
        v4: bool,
        /// `net.ipv6.conf.all.forwarding`.
        v6: bool,
    },
}
