//! What workers are to know: the snapshot of the running configuration and of the host's network.

use super::effect::MarkClaim;
use super::tables::{Service, Slot, Tables};
use super::through::Through;
use super::world::World;
use crate::lvs::{Endpoint, Family, ForwardingMethod, MarkRule, Protocol, RealServerSpec, ServiceKey};
use crate::sched::hashing_of;
use crate::service::{Marks, Network, PortSet, Server, ServerId, Snapshot, VirtualService};
use crate::wire::encap;
use ahash::AHashMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// FTP's control port, whose services take data connections, which keep their ports; and its data port.
pub(super) const FTP: u16 = 21;
const FTP_DATA: u16 = 20;

impl Tables {
    /// VIPs of all services: their own, and the addresses that rules name one by one and mark for a service.
    pub fn vips(&self, marks: &Marks) -> BTreeSet<IpAddr> {
        let tuples = self.services.keys().filter_map(|key| match key {
            ServiceKey::Tuple { virt, .. } => Some(virt.addr),
            ServiceKey::Fwmark { .. } => None,
        });
        let has_service = |addr: &IpAddr, mark: &u32| {
            self.services.contains_key(&ServiceKey::Fwmark { family: Family::of(*addr), mark: *mark })
        };
        let marked = marks.named().filter(|(addr, marks)| marks.iter().any(|mark| has_service(addr, mark)));
        tuples.chain(marked.map(|(addr, _)| addr)).collect()
    }

    /// Protocol and endpoint of every service.
    pub fn service_tuples(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        self.services.keys().filter_map(|key| match key {
            ServiceKey::Tuple { protocol, virt } => Some((*protocol, *virt)),
            ServiceKey::Fwmark { .. } => None,
        })
    }

    /// Is there a service by mark of this family?
    pub fn has_marks_of(&self, family: Family) -> bool {
        self.services.keys().any(|key| matches!(key, ServiceKey::Fwmark { .. }) && key.family() == family)
    }

    /// FTP's data port on the VIPs of those FTP services that take data connections too, to this port and to all
    /// unprivileged ones: the persistent ones, and those with a NAT real server, where the helper follows its control
    /// connections.
    pub fn ftp_data_services(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        self.services.iter().filter_map(|(key, service)| match key {
            ServiceKey::Tuple { protocol: Protocol::Tcp, virt }
                if virt.port == FTP && self.takes_data_connections(service) =>
            {
                Some((Protocol::Tcp, Endpoint::new(virt.addr, FTP_DATA)))
            }
            _ => None,
        })
    }

    fn takes_data_connections(&self, service: &Service) -> bool {
        let has_nat =
            || service.current.pool.servers().iter().any(|real| real.method() == ForwardingMethod::Nat);
        service.current.spec.persistence.is_some() || (self.tunables.ftp_helper.is_on() && has_nat())
    }

    /// Where NAT replies come from: every NAT server that may have connections, deleted ones included; port 0 for those
    /// that answer from whatever port their clients asked for.
    pub fn nat_sources(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        let of_slots = self.slots.iter().flatten().filter(|slot| slot.may_answer()).flat_map(|slot| {
            let RealServerSpec { endpoint, .. } = slot.spec;
            let any_port = Endpoint::new(endpoint.addr, 0);
            let one = |protocol, endpoint| [Some((protocol, endpoint)), None, None];
            match slot.service_key {
                ServiceKey::Tuple { protocol, virt } if virt.port == 0 => one(protocol, any_port),
                ServiceKey::Tuple { protocol: Protocol::Tcp, virt } if virt.port == FTP => {
                    [Some((Protocol::Tcp, endpoint)), Some((Protocol::Tcp, any_port)), None]
                }
                ServiceKey::Tuple { protocol, .. } => one(protocol, endpoint),
                // A mark says nothing of the protocol; and persistent connections keep the port that was asked for.
                ServiceKey::Fwmark { .. } => {
                    let endpoint = if slot.was_persistent() { any_port } else { endpoint };
                    [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].map(|protocol| Some((protocol, endpoint)))
                }
            }
            .into_iter()
            .flatten()
        });
        // Those that are not in the table are asked, too.
        let asked = self.through.iter().filter(|through| through.is_nat());
        of_slots.chain(asked.flat_map(|through| {
            through.protocols.iter().map(move |protocol| (*protocol, through.server.endpoint))
        }))
    }

    /// Where NAT servers that are not deleted serve.
    fn nat_servers(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        let serves = |slot: &&Slot| slot.deleted.is_none() && slot.spec.method == ForwardingMethod::Nat;
        self.slots.iter().flatten().filter(serves).flat_map(|slot| {
            let protocols = match slot.service_key {
                ServiceKey::Tuple { protocol, .. } => [Some(protocol), None, None],
                // A mark says nothing of the protocol.
                ServiceKey::Fwmark { .. } => [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].map(Some),
            };
            protocols.into_iter().flatten().map(|protocol| (protocol, slot.spec.endpoint))
        })
    }

    /// UDP ports of NAT servers that may speak first: those of a service with an engine. Where several services have the
    /// same real server, the one that it was added to last decides, as in IPVS.
    fn first_speakers(&self) -> AHashMap<Endpoint, ServerId> {
        let udp_nat = self.slots.iter().flatten().filter(|slot| {
            slot.deleted.is_none()
                && slot.spec.method == ForwardingMethod::Nat
                && matches!(slot.service_key, ServiceKey::Tuple { protocol: Protocol::Udp, .. })
        });
        let mut latest: AHashMap<Endpoint, &Slot> = AHashMap::new();
        for slot in udp_nat {
            let known = latest.entry(slot.spec.endpoint).or_insert(slot);
            if known.nat_since < slot.nat_since {
                *known = slot;
            }
        }
        latest.retain(|endpoint, slot| endpoint.port != 0 && slot.service.spec.engine.is_some());
        latest.into_iter().map(|(endpoint, slot)| (endpoint, slot.real.id)).collect()
    }

    /// The part of the claim that follows marks: rules for what is not claimed whole, and the marks of services.
    pub fn claimed_marks(&self, claimed: &BTreeSet<IpAddr>, network: &Network) -> MarkClaim {
        let services: BTreeSet<(Family, u32)> = self
            .services
            .keys()
            .filter_map(|key| match key {
                ServiceKey::Fwmark { family, mark } => Some((*family, *mark)),
                ServiceKey::Tuple { .. } => None,
            })
            .collect();
        let is_whole = |rule: &&MarkRule| rule.is_single() && claimed.contains(&rule.destination.addr());
        let rules: Vec<_> = self.marks.rules().iter().filter(|rule| !is_whole(rule)).cloned().collect();
        // Without a service nothing is claimed by mark; and rules that only take marks away need not be followed.
        if services.is_empty() || rules.iter().all(|rule| rule.set.value == 0) {
            return MarkClaim::default();
        }
        MarkClaim { rules, services, host_addresses: network.host_addresses.iter().collect() }
    }

    /// Tunnels that ICMP errors may be about: those of the servers that are there.
    fn tunnels(&self) -> impl Iterator<Item = (IpAddr, encap::Kind)> + '_ {
        let there = self.slots.iter().flatten().filter(|slot| slot.deleted.is_none());
        there
            .filter(|slot| slot.spec.method == ForwardingMethod::Tunnel)
            .map(|slot| (slot.spec.endpoint.addr, encap::kind_of(&slot.spec.tunnel)))
    }

    /// Finds out who gets flows without a connection, of the services that changed in what that depends on.
    fn follow_hashing(&mut self) {
        let stale = self.services.iter().filter(|(_, service)| service.is_hashing_stale);
        let stale: Vec<_> = stale.map(|(key, service)| (*key, Arc::clone(&service.current))).collect();
        for (key, current) in stale {
            let hashing = hashing_of(&current, &self.tunables);
            if hashing.is_possible() || current.hashing.is_possible() {
                self.put_service(VirtualService { hashing, ..VirtualService::clone(&current) });
            }
            if let Some(service) = self.services.get_mut(&key) {
                service.is_hashing_stale = false;
            }
        }
    }

    /// The snapshot of this moment.
    pub fn snapshot(&mut self, world: &World) -> Snapshot {
        self.epoch += 1;
        self.follow_hashing();
        let network = world.network();
        let server = |slot: &Slot| {
            let rip = slot.spec.endpoint.addr;
            let method = slot.real.method();
            let hop = if network.is_local(rip) || method == ForwardingMethod::Local {
                network.door.map(|door| door.way_to(rip))
            } else {
                network.way_to_server(rip, method)
            };
            Server {
                real: slot.real.clone(),
                service: slot.service.clone(),
                available: slot.deleted.is_none(),
                tunnel: slot.spec.tunnel,
                hop,
            }
        };
        let servers = self.slots.iter().map(|slot| slot.as_ref().map(server)).collect();
        let interfaces = world.port_links().map(|(name, _)| name.to_owned()).collect();
        let marks = self.marks.compiled(interfaces);
        let (on_host, claimed) = self.vips(&marks).into_iter().partition(|vip| world.is_host_address(*vip));
        let services = self.services.iter().map(|(key, service)| (*key, service.current.clone()));
        Snapshot {
            epoch: self.epoch,
            services: services.collect(),
            servers,
            has_mark_services: self.services.keys().any(|key| matches!(key, ServiceKey::Fwmark { .. })),
            marks,
            has_all_port_nat_sources: self.nat_sources().any(|(_, real)| real.port == 0),
            nat_sources: self.nat_sources().collect(),
            nat_servers: if self.tunables.nat_icmp_send.is_on() {
                self.nat_servers().collect()
            } else {
                PortSet::default()
            },
            first_speakers: self.first_speakers(),
            sweeps: self.sweeps,
            checks_by_nat: self.through.iter().any(Through::is_nat),
            nat_hosts: self.nat_sources().map(|(_, server)| server.addr).collect(),
            tunnels: self.tunnels().collect(),
            claimed,
            on_host,
            network,
            timeouts: self.timeouts,
            tunables: self.tunables,
            drop_packet: self.drop_packet.clone(),
            silent_until: self.silent_until,
        }
    }
}
