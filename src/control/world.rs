//! What is known of the host: facts in, a [`Network`] out. Pure but for remembering.

use super::effect::DoorNames;
use crate::lvs::{
    AddressFact, Family, HostFact, IcmpLimits, LinkFact, Mac, NeighbourFact, PortId, RouteFact,
};
use crate::service::{Door, Link, Network, RoutesOfLength, Target, masked};
use ahash::AHashMap;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// One of the director's interfaces.
#[derive(Clone, Debug)]
struct Port {
    /// The name that was asked for.
    asked: String,
    /// The name at this moment, or the last one.
    name: String,
    /// The link that it is at this moment.
    ifindex: Option<u32>,
    /// No interface of the host's but the director's end of the door.
    is_door: bool,
}

/// A change that concerns the director's interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortChange {
    /// The interface came (back) as another link: its rings must be opened anew.
    Appeared(PortId, u32),
    /// It is gone.
    Gone(PortId),
    /// It runs again, or has another MAC: neighbours must hear of the VIPs.
    Refreshed(PortId),
}

/// Links, addresses, routes and neighbours of the host.
#[derive(Debug, Default)]
pub(super) struct World {
    ports: Vec<Port>,
    door: DoorNames,
    links: BTreeMap<u32, LinkFact>,
    addresses: BTreeSet<(u32, IpAddr, u8)>,
    routes: Vec<RouteFact>,
    neighbours: AHashMap<(u32, IpAddr), Mac>,
    forwarding: (bool, bool),
    icmp_limits: IcmpLimits,
    /// Facts of a dump that is under way are collected here, so that a resync never shows half the truth.
    resync: Option<Box<World>>,
}

impl World {
    /// A world in which these interfaces are the director's, in the order of their [`PortId`]s; the door, when it is
    /// opened, comes behind them.
    pub fn new(ports: &[(String, u32)], door: DoorNames) -> Self {
        let named = |name: &str, ifindex, is_door| Port {
            asked: name.to_owned(),
            name: name.to_owned(),
            ifindex,
            is_door,
        };
        let mut ports: Vec<_> =
            ports.iter().map(|(name, ifindex)| named(name, Some(*ifindex), false)).collect();
        if !door.director.is_empty() {
            ports.push(named(&door.director, None, true));
        }
        Self { ports, door, ..Self::default() }
    }

    /// Takes in a fact; returns what it means for the director's interfaces.
    pub fn learn(&mut self, fact: HostFact) -> Vec<PortChange> {
        match fact {
            HostFact::Resync => {
                let fresh = Self {
                    ports: self.ports.clone(),
                    door: self.door.clone(),
                    forwarding: self.forwarding,
                    icmp_limits: self.icmp_limits,
                    ..Self::default()
                };
                self.resync = Some(Box::new(fresh));
                Vec::new()
            }
            HostFact::Synced => self.finish_resync(),
            fact => match &mut self.resync {
                Some(fresh) => {
                    fresh.take(fact);
                    Vec::new()
                }
                None => self.take(fact),
            },
        }
    }

    /// True while nothing, or only half of the truth, is known.
    pub const fn is_syncing(&self) -> bool {
        self.resync.is_some()
    }

    fn finish_resync(&mut self) -> Vec<PortChange> {
        let Some(mut fresh) = self.resync.take() else { return Vec::new() };
        // Ports are judged against what was known before the dump.
        fresh.ports = self.ports.clone();
        let mut changes = Vec::new();
        let gone: Vec<u32> = self
            .ports
            .iter()
            .filter_map(|port| port.ifindex)
            .filter(|index| !fresh.links.contains_key(index))
            .collect();
        for ifindex in gone {
            changes.extend(fresh.forget_link(ifindex));
        }
        for link in fresh.links.clone().into_values() {
            let before = self.links.get(&link.ifindex).cloned();
            changes.extend(fresh.judge(before.as_ref(), &link));
        }
        *self = *fresh;
        changes
    }

    fn take(&mut self, fact: HostFact) -> Vec<PortChange> {
        match fact {
            HostFact::Link(link) => {
                let before = self.links.insert(link.ifindex, link.clone());
                return self.judge(before.as_ref(), &link);
            }
            HostFact::LinkGone { ifindex } => {
                self.links.remove(&ifindex);
                self.addresses.retain(|(index, ..)| *index != ifindex);
                self.routes.retain(|route| route.ifindex != ifindex);
                self.neighbours.retain(|(index, _), _| *index != ifindex);
                return self.forget_link(ifindex);
            }
            HostFact::Address(AddressFact { ifindex, net }) => {
                self.addresses.insert((ifindex, net.addr(), net.prefix_len()));
            }
            HostFact::AddressGone(AddressFact { ifindex, net }) => {
                self.addresses.remove(&(ifindex, net.addr(), net.prefix_len()));
            }
            HostFact::Route(route) => {
                self.routes.retain(|old| !same_route(old, &route));
                self.routes.push(route);
            }
            HostFact::RouteGone(route) => self.routes.retain(|old| !same_route(old, &route)),
            HostFact::Neighbour(NeighbourFact { ifindex, addr, mac, .. }) => match mac {
                Some(mac) => drop(self.neighbours.insert((ifindex, addr), mac)),
                None => drop(self.neighbours.remove(&(ifindex, addr))),
            },
            HostFact::NeighbourGone { ifindex, addr } => drop(self.neighbours.remove(&(ifindex, addr))),
            HostFact::IcmpLimits(limits) => self.icmp_limits = limits,
            HostFact::Forwarding { v4, v6 } => self.forwarding = (v4, v6),
            HostFact::Resync | HostFact::Synced => {}
        }
        Vec::new()
    }

    /// What a link's new state means for the ports.
    fn judge(&mut self, before: Option<&LinkFact>, link: &LinkFact) -> Vec<PortChange> {
        let mut changes = Vec::new();
        for (number, port) in self.ports.iter_mut().enumerate() {
            let Ok(number) = u8::try_from(number) else { continue };
            let id = PortId(number);
            if port.ifindex == Some(link.ifindex) {
                port.name.clone_from(&link.name);
                let news = before.is_none_or(|before| before.mac != link.mac || !before.running);
                if link.running && news {
                    changes.push(PortChange::Refreshed(id));
                }
            } else if port.ifindex.is_none() && (port.name == link.name || port.asked == link.name) {
                port.name.clone_from(&link.name);
                port.ifindex = Some(link.ifindex);
                changes.push(PortChange::Appeared(id, link.ifindex));
                if link.running {
                    changes.push(PortChange::Refreshed(id));
                }
            }
        }
        changes
    }

    fn forget_link(&mut self, ifindex: u32) -> Vec<PortChange> {
        let mut changes = Vec::new();
        for (number, port) in self.ports.iter_mut().enumerate() {
            if port.ifindex == Some(ifindex)
                && let Ok(number) = u8::try_from(number)
            {
                port.ifindex = None;
                changes.push(PortChange::Gone(PortId(number)));
            }
        }
        changes
    }

    /// Names of the director's interfaces that are there.
    pub fn device_names(&self) -> impl Iterator<Item = &str> {
        let there = self.ports.iter().filter(|port| port.ifindex.is_some() && !port.is_door);
        there.map(|port| port.name.as_str())
    }

    /// Every interface of the director (the door behind them): its name, and its link if it is there.
    pub fn port_links(&self) -> impl Iterator<Item = (&str, Option<&LinkFact>)> {
        self.ports
            .iter()
            .map(|port| (port.name.as_str(), port.ifindex.and_then(|ifindex| self.links.get(&ifindex))))
    }

    /// A link by its name, the director's or not.
    pub fn link_named(&self, name: &str) -> Option<&LinkFact> {
        self.links.values().find(|link| link.name == name)
    }

    /// A link's addresses, with the networks that they are in.
    pub fn networks_of(&self, ifindex: u32) -> impl Iterator<Item = IpNet> + '_ {
        let own = self.addresses.iter().filter(move |(index, ..)| *index == ifindex);
        own.filter_map(|(_, addr, len)| IpNet::new(*addr, *len).ok())
    }

    /// The link index of a port.
    pub fn ifindex(&self, port: PortId) -> Option<u32> {
        self.ports.get(port.index())?.ifindex
    }

    /// Is this the door?
    pub fn is_door(&self, port: PortId) -> bool {
        self.ports.get(port.index()).is_some_and(|port| port.is_door)
    }

    /// The door, while both its ends are up.
    fn open_door(&self) -> Option<Door> {
        let number = self.ports.iter().position(|port| port.is_door)?;
        let ours = self.links.get(&self.ports.get(number)?.ifindex?)?;
        let theirs = self.links.values().find(|link| link.name == self.door.host)?;
        let port = u8::try_from(number).ok().map(PortId)?;
        (ours.running && theirs.running).then_some(Door { port, mac: theirs.mac, mtu: ours.mtu })
    }

    /// Smallest MTU of the interfaces, in bytes.
    pub fn mtu(&self) -> u32 {
        let links = self.ports.iter().filter(|port| !port.is_door).filter_map(|port| port.ifindex);
        links.filter_map(|ifindex| self.links.get(&ifindex)).map(|link| link.mtu).min().unwrap_or(1500)
    }

    /// Is this an address of the host, on whatever interface?
    pub fn is_host_address(&self, addr: IpAddr) -> bool {
        self.addresses.iter().any(|(_, own, _)| *own == addr)
    }

    /// Does the host forward packets of this family?
    pub const fn forwards(&self, family: Family) -> bool {
        match family {
            Family::V4 => self.forwarding.0,
            Family::V6 => self.forwarding.1,
        }
    }

    /// Gateways on the director's interfaces: every one that a route names.
    pub fn gateways(&self) -> impl Iterator<Item = (PortId, IpAddr)> + '_ {
        self.routes.iter().filter_map(|route| Some((self.port_of(route.ifindex)?, route.gateway?)))
    }

    fn port_of(&self, ifindex: u32) -> Option<PortId> {
        let number = self.ports.iter().position(|port| port.ifindex == Some(ifindex))?;
        u8::try_from(number).ok().map(PortId)
    }

    /// What workers need of all this.
    pub fn network(&self) -> Network {
        let links = self.port_links().enumerate().map(|(number, (_, link))| {
            let (link, number) = (link?, u8::try_from(number).ok()?);
            let addresses = self.addresses.iter().filter(|(ifindex, ..)| *ifindex == link.ifindex);
            Some(Link {
                port: PortId(number),
                mac: link.mac,
                mtu: link.mtu,
                running: link.running,
                addresses: addresses
                    .filter_map(|(_, addr, len)| ipnet::IpNet::new(*addr, *len).ok())
                    .collect(),
            })
        });
        let neighbours = self.neighbours.iter();
        let (links, routes): (Vec<Option<Link>>, _) = (links.collect(), self.route_levels());
        Network {
            narrowest: narrowest(&links, &routes),
            links,
            routes,
            neighbours: neighbours
                .filter_map(|((ifindex, addr), mac)| Some(((self.port_of(*ifindex)?, *addr), *mac)))
                .collect(),
            host_addresses: self.addresses.iter().map(|(_, addr, _)| *addr).collect(),
            forwarding: self.forwarding,
            door: self.open_door(),
            icmp_limits: self.icmp_limits,
        }
    }

    /// Routes by prefix length, longest first; of routes to one destination the smallest metric wins.
    fn route_levels(&self) -> Vec<RoutesOfLength> {
        let mut best: BTreeMap<(bool, u8), AHashMap<IpAddr, (u32, Target)>> = BTreeMap::new();
        for route in &self.routes {
            let addr = masked(route.to.network(), route.to.prefix_len());
            let level = best.entry((addr.is_ipv6(), route.to.prefix_len())).or_default();
            let target = self.target(route);
            match level.get(&addr) {
                Some((metric, _)) if *metric <= route.metric => {}
                _ => drop(level.insert(addr, (route.metric, target))),
            }
        }
        let levels = best.into_iter().rev().map(|((v6, length), routes)| RoutesOfLength {
            length,
            v6,
            routes: routes.into_iter().map(|(addr, (_, target))| (addr, target)).collect(),
        });
        levels.collect()
    }

    fn target(&self, route: &RouteFact) -> Target {
        let link = self.links.get(&route.ifindex);
        match (self.port_of(route.ifindex), link) {
            (Some(port), Some(link)) => Target::Port {
                port,
                gateway: route.gateway,
                source: route.source.or_else(|| self.source_toward(route)),
                mtu: route.mtu.filter(|mtu| *mtu != 0).map_or(link.mtu, |mtu| mtu.min(link.mtu)),
            },
            _ => Target::Elsewhere,
        }
    }

    /// The host's address on the route's link: one whose prefix holds the gateway (or the destination), else any that
    /// is not link-local.
    fn source_toward(&self, route: &RouteFact) -> Option<IpAddr> {
        let near = route.gateway.unwrap_or(route.to.network());
        let mut any = None;
        for (ifindex, addr, len) in &self.addresses {
            if *ifindex != route.ifindex || addr.is_ipv6() != near.is_ipv6() || is_link_local(*addr) {
                continue;
            }
            if masked(*addr, *len) == masked(near, *len) {
                return Some(*addr);
            }
            any = any.or(Some(*addr));
        }
        any
    }
}

fn same_route(one: &RouteFact, other: &RouteFact) -> bool {
    one.to == other.to
        && one.metric == other.metric
        && one.ifindex == other.ifindex
        && one.gateway == other.gateway
}

fn is_link_local(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => addr.is_link_local(),
        IpAddr::V6(addr) => addr.is_unicast_link_local(),
    }
}

/// The smallest MTU of links and routes.
fn narrowest(links: &[Option<Link>], routes: &[RoutesOfLength]) -> u32 {
    let of_routes = routes.iter().flat_map(|level| level.routes.values()).filter_map(|target| match target {
        Target::Port { mtu, .. } => Some(*mtu),
        Target::Elsewhere => None,
    });
    links.iter().flatten().map(|link| link.mtu).chain(of_routes).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(ifindex: u32, name: &str, running: bool) -> HostFact {
        HostFact::Link(LinkFact {
            ifindex,
            name: name.into(),
            mac: Mac([2, 0, 0, 0, 0, 1]),
            mtu: 1500,
            running,
            ethernet: true,
        })
    }

    fn route(to: &str, gateway: Option<&str>, ifindex: u32, metric: u32) -> HostFact {
        HostFact::Route(RouteFact {
            to: to.parse().unwrap(),
            gateway: gateway.map(|addr| addr.parse().unwrap()),
            ifindex,
            source: None,
            metric,
            mtu: None,
        })
    }

    fn address(ifindex: u32, net: &str) -> HostFact {
        HostFact::Address(AddressFact { ifindex, net: net.parse().unwrap() })
    }

    fn world() -> World {
        let mut world = World::new(&[("eth0".into(), 2)], DoorNames::of(2));
        world.learn(HostFact::Resync);
        for fact in [
            link(2, "eth0", true),
            link(3, "mgmt0", true),
            address(2, "10.9.0.2/24"),
            address(3, "192.168.7.1/24"),
            route("10.9.0.0/24", None, 2, 0),
            route("0.0.0.0/0", Some("10.9.0.1"), 2, 100),
            route("0.0.0.0/0", Some("192.168.7.254"), 3, 50),
            route("172.16.0.0/12", Some("10.9.0.1"), 2, 0),
            route("192.168.7.0/24", None, 3, 0),
        ] {
            assert!(world.learn(fact).is_empty());
        }
        world.learn(HostFact::Synced);
        world
    }

    #[test]
    fn longest_prefix_then_metric() {
        let mut world = world();
        let way = |world: &World, addr: &str| world.network().way_to(addr.parse().unwrap());
        let on_link = way(&world, "10.9.0.77").unwrap();
        assert!(on_link.on_link && on_link.neighbour.to_string() == "10.9.0.77");
        assert_eq!(on_link.source, Some("10.9.0.2".parse().unwrap()));
        assert_eq!(way(&world, "172.16.3.4").unwrap().neighbour.to_string(), "10.9.0.1");
        assert_eq!(way(&world, "8.8.8.8"), None, "the better default leaves by another interface");
        world.learn(HostFact::LinkGone { ifindex: 3 });
        assert_eq!(way(&world, "8.8.8.8").unwrap().neighbour.to_string(), "10.9.0.1");
    }

    #[test]
    fn ports_follow_renames_and_come_back_by_name() {
        let mut world = world();
        assert!(world.learn(link(2, "wan0", true)).is_empty());
        assert_eq!(world.device_names().collect::<Vec<_>>(), ["wan0"]);
        assert_eq!(world.learn(HostFact::LinkGone { ifindex: 2 }), [PortChange::Gone(PortId(0))]);
        assert_eq!(world.network().link(PortId(0)), None);
        assert!(world.learn(link(8, "lan0", true)).is_empty());
        let back = world.learn(link(9, "wan0", true));
        assert_eq!(back, [PortChange::Appeared(PortId(0), 9), PortChange::Refreshed(PortId(0))]);
        world.learn(HostFact::LinkGone { ifindex: 9 });
        let back = world.learn(link(10, "eth0", false));
        assert_eq!(back, [PortChange::Appeared(PortId(0), 10)], "the name that was asked for counts as well");
    }

    #[test]
    fn a_resync_shows_what_was_missed() {
        let mut world = world();
        world.learn(HostFact::Resync);
        world.learn(link(11, "eth0", false));
        assert!(world.is_syncing());
        assert!(world.network().link(PortId(0)).is_some(), "the old truth holds until the new one is whole");
        let changes = world.learn(HostFact::Synced);
        assert_eq!(changes, [PortChange::Gone(PortId(0)), PortChange::Appeared(PortId(0), 11)]);
        assert!(world.network().routes.is_empty());
    }
}
