//! What workers are to know: the snapshot of the running configuration and of the host's network.

use super::tables::{Service, Slot, Tables};
use super::world::World;
use crate::lvs::{Endpoint, ForwardingMethod, Protocol, RealServerSpec, ServiceKey};
use crate::service::{NextHop, Server, Snapshot};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// FTP's control port, whose services take data connections, which keep their ports; and its data port.
const FTP: u16 = 21;
const FTP_DATA: u16 = 20;

impl Tables {
    /// VIPs of all services.
    pub fn vips(&self) -> BTreeSet<IpAddr> {
        let tuples = self.services.keys().filter_map(|key| match key {
            ServiceKey::Tuple { virt, .. } => Some(virt.addr),
            ServiceKey::Fwmark { .. } => None,
        });
        tuples.collect()
    }

    /// Protocol and endpoint of every service.
    pub fn service_tuples(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        self.services.keys().filter_map(|key| match key {
            ServiceKey::Tuple { protocol, virt } => Some((*protocol, *virt)),
            ServiceKey::Fwmark { .. } => None,
        })
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
        service.current.spec.persistence.is_some() || (self.tunables.ftp_helper && has_nat())
    }

    /// Where NAT replies come from: every NAT server that may have connections, deleted ones included; port 0 for those
    /// that answer from whatever port their clients asked for.
    pub fn nat_sources(&self) -> impl Iterator<Item = (Protocol, Endpoint)> + '_ {
        self.slots.iter().flatten().filter(|slot| slot.may_answer()).flat_map(|slot| {
            let RealServerSpec { endpoint, .. } = slot.spec;
            let any_port = Endpoint::new(endpoint.addr, 0);
            match slot.service_key {
                ServiceKey::Tuple { protocol, virt } if virt.port == 0 => [Some((protocol, any_port)), None],
                ServiceKey::Tuple { protocol: Protocol::Tcp, virt } if virt.port == FTP => {
                    [Some((Protocol::Tcp, endpoint)), Some((Protocol::Tcp, any_port))]
                }
                ServiceKey::Tuple { protocol, .. } => [Some((protocol, endpoint)), None],
                ServiceKey::Fwmark { .. } => [None, None],
            }
            .into_iter()
            .flatten()
        })
    }

    /// The snapshot of this moment.
    pub fn snapshot(&mut self, world: &World) -> Snapshot {
        self.epoch += 1;
        let network = world.network();
        let server = |slot: &Slot| {
            let rip = slot.spec.endpoint.addr;
            let mut hop = network.way_to(rip);
            if network.is_local(rip) || slot.real.method() == ForwardingMethod::Local {
                hop = network.door.map(|door| door.way_to(rip));
            }
            if slot.real.method() == ForwardingMethod::DirectRoute && !network.is_local(rip) {
                // Direct routing asks for the RIP itself on the link, whatever the route says.
                hop = hop.map(|way| NextHop {
                    neighbour: rip,
                    mac: network.neighbours.get(&(way.port, rip)).copied(),
                    ..way
                });
            }
            Server {
                real: slot.real.clone(),
                service: slot.service.clone(),
                available: slot.deleted.is_none(),
                tunnel: slot.spec.tunnel,
                hop,
            }
        };
        let servers = self.slots.iter().map(|slot| slot.as_ref().map(server)).collect();
        let (on_host, claimed) = self.vips().into_iter().partition(|vip| world.is_host_address(*vip));
        let services = self.services.iter().map(|(key, service)| (*key, service.current.clone()));
        Snapshot {
            epoch: self.epoch,
            services: services.collect(),
            servers,
            nat_sources: self.nat_sources().collect(),
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
