use super::AddressSet;
use crate::lvs::{ForwardingMethod, IcmpLimits, Mac, PortId};
use ahash::AHashMap;
use std::net::IpAddr;

/// One of the director's interfaces at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Which of the director's interfaces.
    pub port: PortId,
    /// Its MAC.
    pub mac: Mac,
    /// Its MTU in bytes.
    pub mtu: u32,
    /// Frames flow.
    pub running: bool,
    /// The host's own IPv4 and IPv6 addresses on it, with prefix lengths.
    pub addresses: Vec<ipnet::IpNet>,
}

/// The way to an address: by which interface, to which neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// The interface to leave by.
    pub port: PortId,
    /// Who is asked for the MAC: the gateway, or the address itself where it is on the link.
    pub neighbour: IpAddr,
    /// True if the address itself is on the link (direct routing needs that).
    pub on_link: bool,
    /// The neighbour's MAC, if it is known.
    pub mac: Option<Mac>,
    /// The host's source address toward it (tunnels, ICMP).
    pub source: Option<IpAddr>,
    /// Largest IP packet in bytes.
    pub mtu: u32,
}

/// What the host knows of its network, as far as the director's interfaces go.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The director's interfaces by [`PortId`]; `None` while an interface is absent.
    pub links: Vec<Option<Link>>,
    /// Routes of both families by prefix length, longest first.
    pub routes: Vec<RoutesOfLength>,
    /// What every way carries, in bytes of IP packet: the smallest MTU of links and routes. 0 promises nothing.
    pub narrowest: u32,
    /// MACs of neighbours on the director's interfaces.
    pub neighbours: AHashMap<(PortId, IpAddr), Mac>,
    /// Every address of the host, on whatever interface.
    pub host_addresses: AddressSet,
    /// Does the host forward IPv4, IPv6?
    pub forwarding: (bool, bool),
    /// How many ICMP errors the host would send.
    pub icmp_limits: IcmpLimits,
    /// The door to the host's own stack, while it is open.
    pub door: Option<Door>,
}

/// The way into the host's own stack: for real servers and clients on the director's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    /// The director's end.
    pub port: PortId,
    /// MAC of the host's end.
    pub mac: Mac,
    /// Largest IP packet in bytes.
    pub mtu: u32,
}

impl Door {
    /// The way to one of the host's own addresses.
    pub const fn way_to(&self, addr: IpAddr) -> NextHop {
        NextHop {
            port: self.port,
            neighbour: addr,
            on_link: true,
            mac: Some(self.mac),
            source: Some(addr),
            mtu: self.mtu,
        }
    }
}

/// The routes of one prefix length.
#[derive(Clone, Debug)]
pub struct RoutesOfLength {
    /// 0..=32 or 0..=128.
    pub length: u8,
    /// IPv6?
    pub v6: bool,
    /// Masked destination → where to.
    pub routes: AHashMap<IpAddr, Target>,
}

/// Where a route leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Out of one of the director's interfaces.
    Port {
        /// Which.
        port: PortId,
        /// By way of this gateway; `None`: on the link.
        gateway: Option<IpAddr>,
        /// Source address, given by the route or chosen from the interface's addresses.
        source: Option<IpAddr>,
        /// MTU of route or link in bytes.
        mtu: u32,
    },
    /// Out of an interface that is not the director's, or nowhere (blackhole, unreachable).
    Elsewhere,
}

impl Network {
    /// Is this an address of the host itself?
    pub fn is_local(&self, addr: IpAddr) -> bool {
        addr.is_loopback() || self.host_addresses.contains(&addr)
    }

    /// Does what comes in there come from the host itself?
    pub fn is_door(&self, port: PortId) -> bool {
        self.door.is_some_and(|door| door.port == port)
    }

    /// The link of a port, if it is there.
    pub fn link(&self, port: PortId) -> Option<&Link> {
        self.links.get(port.index()).and_then(Option::as_ref)
    }

    /// The way to `addr` by longest prefix; `None` if there is no route over one of the director's interfaces. To the
    /// host itself through the door, if that is open.
    pub fn way_to(&self, addr: IpAddr) -> Option<NextHop> {
        if let Some(door) = &self.door
            && self.host_addresses.contains(&addr)
        {
            return Some(door.way_to(addr));
        }
        let v6 = addr.is_ipv6();
        for level in self.routes.iter().filter(|level| level.v6 == v6) {
            let Some(target) = level.routes.get(&masked(addr, level.length)) else { continue };
            let Target::Port { port, gateway, source, mtu } = *target else { return None };
            let neighbour = gateway.unwrap_or(addr);
            let mac = self.neighbours.get(&(port, neighbour)).copied();
            return Some(NextHop { port, neighbour, on_link: gateway.is_none(), mac, source, mtu });
        }
        None
    }

    /// The way to a real server that is not on this host. Direct routing asks for the RIP itself on the link, whatever the
    /// route says.
    pub fn way_to_server(&self, rip: IpAddr, method: ForwardingMethod) -> Option<NextHop> {
        let way = self.way_to(rip)?;
        Some(match method {
            ForwardingMethod::DirectRoute => {
                NextHop { neighbour: rip, mac: self.neighbours.get(&(way.port, rip)).copied(), ..way }
            }
            _ => way,
        })
    }

    /// Prefix length of the route that leads to `addr`.
    pub fn prefix_toward(&self, addr: IpAddr) -> Option<u8> {
        let v6 = addr.is_ipv6();
        let mut levels = self.routes.iter().filter(|level| level.v6 == v6);
        levels.find(|level| level.routes.contains_key(&masked(addr, level.length))).map(|level| level.length)
    }
}

/// `addr` with everything behind the first `length` bits cleared.
pub fn masked(addr: IpAddr, length: u8) -> IpAddr {
    match addr {
        IpAddr::V4(addr) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length.min(32))).unwrap_or(0);
            IpAddr::V4((addr.to_bits() & mask).into())
        }
        IpAddr::V6(addr) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
            IpAddr::V6((addr.to_bits() & mask).into())
        }
    }
}
