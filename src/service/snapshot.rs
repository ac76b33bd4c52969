use super::{
    AddressSet, DropPacket, Flow, Marks, Network, NextHop, PortSet, RealServer, ServerId, VirtualService,
};
use crate::lvs::{Endpoint, Family, PortId, Protocol, ServiceKey, Timeouts, Tunables, Tunnel};
use crate::time::Tick;
use crate::wire::encap;
use ahash::{AHashMap, AHashSet};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// FTP's control and data ports.
const FTP: u16 = 21;
const FTP_DATA: u16 = 20;
/// Linux's `ip_unprivileged_port_start`: passive FTP's data connections go to ports from here on.
const UNPRIVILEGED: u16 = 1024;

/// A real server as a snapshot sees it: the shared object, and how to reach it at this moment.
#[derive(Clone, Debug)]
pub struct Server {
    /// The shared object.
    pub real: Arc<RealServer>,
    /// The service it belongs to (kept for its counters after the service is gone).
    pub service: Arc<VirtualService>,
    /// False once it was deleted: it stays for its connections only.
    pub available: bool,
    /// Encapsulation for tunnelled servers.
    pub tunnel: Tunnel,
    /// The way to its RIP; `None`: no route.
    pub hop: Option<NextHop>,
}

/// Everything that a worker needs to know, as of one moment. Never edited: the keeper publishes a new one.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Counts up by one with each publication.
    pub epoch: u64,
    /// Services by identity.
    pub services: AHashMap<ServiceKey, Arc<VirtualService>>,
    /// Firewall marks: what packets are given before their service is looked up.
    pub marks: Arc<Marks>,
    /// Some service is by mark.
    pub has_mark_services: bool,
    /// Real servers by number; `None` where a number is free.
    pub servers: Vec<Option<Server>>,
    /// Where NAT replies may come from: protocol, RIP and rport of every NAT server (deleted ones included); port 0: from
    /// all ports.
    pub nat_sources: PortSet,
    /// Of those, the ports of real servers that are not deleted, while `nat_icmp_send` is on; else none.
    pub nat_servers: PortSet,
    /// UDP ports of NAT real servers whose datagrams need no connection: their services have the engine `sip`.
    pub first_speakers: AHashMap<Endpoint, ServerId>,
    /// Does any of these answer from all ports?
    pub has_all_port_nat_sources: bool,
    /// The addresses among [`Snapshot::nat_sources`]: later fragments have no ports.
    pub nat_hosts: AddressSet,
    /// Tunnels that ICMP errors may be about: RIP and kind of every tunnelled server (without deleted ones).
    pub tunnels: AHashSet<(IpAddr, encap::Kind)>,
    /// VIPs that live on no interface of the host: the director is their host (ARP, ND, ping, closed ports).
    pub claimed: AddressSet,
    /// VIPs that are an address of the host: the host answers ARP, ND, ping and all ports but the services'.
    pub on_host: AddressSet,
    /// Links, routes and neighbours.
    pub network: Network,
    /// Timeouts of the main states.
    pub timeouts: Timeouts,
    /// Everything else that `ulvs sysctl` sets.
    pub tunables: Tunables,
    /// `drop_packet`, as its level and the free memory have it.
    pub drop_packet: DropPacket,
    /// Counts up whenever the connections of deleted real servers are to end now (`expire_nodest_conn`).
    pub sweeps: u64,
    /// Health checks go through a VIP to a NAT real server: what such servers send to this host itself is the director's,
    /// too.
    pub checks_by_nat: bool,
    /// Until then, a TCP segment of a connection that this director never saw opened gets silence, not a reset: a
    /// director that ran here before died, and its clients still believe in their connections.
    pub silent_until: Option<Tick>,
}

impl Snapshot {
    /// VIPs of this director of which some service has a real server that takes new connections. Not those of services by
    /// firewall mark, which have none of their own.
    pub fn served_vips(&self) -> BTreeSet<IpAddr> {
        let takes =
            |service: &VirtualService| service.pool.servers().iter().any(|server| server.weight() > 0);
        let vips =
            self.services.values().filter(|service| takes(service)).filter_map(|service| {
                match service.spec.key {
                    ServiceKey::Tuple { virt, .. } => Some(virt.addr),
                    ServiceKey::Fwmark { .. } => None,
                }
            });
        vips.filter(|vip| self.claimed.contains(vip) || self.on_host.contains(vip)).collect()
    }

    /// Which service a packet of this flow, come by this interface, belongs to (`ipvs.md` §1.1): the one of its mark; else
    /// the one of its VIP and port; else, for the ports of FTP's data connections, the one of port 21; else the one of
    /// port 0, which has all ports.
    pub fn service_for(&self, flow: &Flow, port: PortId) -> Option<&Arc<VirtualService>> {
        if self.has_mark_services
            && let Some(service) = self.service_by_mark(flow, port)
        {
            return Some(service);
        }
        let Flow { protocol, virt, .. } = *flow;
        let of_port = |port| {
            let virt = Endpoint::new(virt.addr, port);
            self.services.get(&ServiceKey::Tuple { protocol, virt })
        };
        let is_ftp_data = protocol == Protocol::Tcp && (virt.port == FTP_DATA || virt.port >= UNPRIVILEGED);
        of_port(virt.port).or_else(|| if is_ftp_data { of_port(FTP) } else { None }).or_else(|| of_port(0))
    }

    /// The service of the mark that this packet gets; `None` also where there is no service for its mark.
    pub fn service_by_mark(&self, flow: &Flow, port: PortId) -> Option<&Arc<VirtualService>> {
        match self.marks.of(flow, port) {
            0 => None,
            mark => self.services.get(&ServiceKey::Fwmark { family: flow.virt.family(), mark }),
        }
    }

    /// Does this packet, whose destination is no VIP, belong to a service all the same: by a mark for whole networks?
    pub fn is_routed_here(&self, flow: &Flow, port: PortId) -> bool {
        self.has_mark_services && self.marks.has_networks() && self.service_by_mark(flow, port).is_some()
    }

    /// The same for a packet without ports.
    pub fn is_portless_routed_here(&self, source: IpAddr, destination: IpAddr, port: PortId) -> bool {
        self.has_mark_services
            && self.marks.has_networks()
            && match self.marks.of_portless(source, destination, port) {
                0 => false,
                mark => {
                    self.services.contains_key(&ServiceKey::Fwmark { family: Family::of(destination), mark })
                }
            }
    }

    /// Is this address a VIP: of one of the services, wherever it lives?
    #[inline]
    pub fn is_vip(&self, addr: IpAddr) -> bool {
        self.claimed.contains(&addr) || self.on_host.contains(&addr)
    }

    /// May a packet from here be a NAT server's reply?
    #[inline]
    pub fn may_answer(&self, protocol: Protocol, source: Endpoint) -> bool {
        !self.nat_sources.is_empty()
            && (self.nat_sources.contains(protocol, source)
                || (self.has_all_port_nat_sources
                    && self.nat_sources.contains(protocol, Endpoint::new(source.addr, 0))))
    }

    /// A real server by number.
    pub fn server(&self, id: ServerId) -> Option<&Server> {
        self.servers.get(id.index()).and_then(Option::as_ref)
    }

    /// VIPs of one family that the director is the host of.
    pub fn claimed_of(&self, family: Family) -> impl Iterator<Item = IpAddr> + '_ {
        self.claimed.iter().filter(move |addr| Family::of(*addr) == family)
    }
}
