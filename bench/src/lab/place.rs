//! Where the two ends of a load are: in the lab's own network, or in one that exists already.

use super::craft::Route;
use super::flows::Addresses;
use super::sender::Sender;
use super::sink::Sink;
use super::spec::{Network, NextHop, Traffic};
use crate::bed::{Bed, INNER_MAC, RIP_SINK, VIP_SINK, server_mac};
use anyhow::{Context, Result};
use std::net::Ipv4Addr;
use ulvs::host::netns::NetNs;
use ulvs::lvs::{Mac, Protocol};

/// Both ends.
pub enum Place<'b> {
    /// In the lab's own network.
    Own {
        /// The network.
        bed: &'b Bed,
        /// The load is for the VIP, or for the real server itself.
        to: Ipv4Addr,
    },
    /// In a network that exists already.
    Other(Box<Other>),
}

/// A network that exists already.
pub struct Other {
    client: NetNs,
    server: NetNs,
    spec: Network,
}

impl Other {
    /// Opens its two namespaces. Before anything is mounted: what their names stand for may be hidden by it.
    ///
    /// # Errors
    /// There is no such namespace, or no privilege.
    pub fn open(spec: &Network) -> Result<Self> {
        let (client, server) = (NetNs::open(&spec.client)?, NetNs::open(&spec.server)?);
        Ok(Self { client, server, spec: spec.clone() })
    }
}

impl Place<'_> {
    /// The end where load is made, and the way that frames take from there.
    ///
    /// # Errors
    /// No packet socket, or the next hop does not answer.
    pub fn sender(&self) -> Result<(Sender, Route)> {
        match self {
            Self::Own { bed, to } => {
                let sender = bed.client()?.run(|| Sender::open("eth0"))??;
                let route = Route { from: sender.mac(), to: INNER_MAC, vip: *to };
                Ok((sender, route))
            }
            Self::Other(other) => {
                let spec = &other.spec;
                let mut sender =
                    other.client.run(|| Sender::open(&spec.client_interface)).context("the client")??;
                let to = match spec.next_hop {
                    NextHop::Mac(mac) => mac,
                    NextHop::Addr(addr) => sender.resolve(addr)?,
                };
                let route = Route { from: sender.mac(), to, vip: spec.vip };
                Ok((sender, route))
            }
        }
    }

    /// The end where load to these services arrives.
    ///
    /// # Errors
    /// No ring.
    pub fn sink(&self, services: &[(Protocol, u16)]) -> Result<Sink> {
        match self {
            Self::Own { bed, .. } => bed.server()?.run(|| Sink::open("eth0", services))?,
            Self::Other(other) => other
                .server
                .run(|| Sink::open(&other.spec.server_interface, services))
                .context("the server")?,
        }
    }

    /// Where the flows of the kind of this number, of so many, come from.
    pub fn addresses(&self, number: usize, kinds: usize, traffic: &Traffic) -> Addresses {
        match self {
            Self::Own { .. } => Addresses::own(number, traffic.clients),
            Self::Other(other) => Addresses::shared(other.spec.clients, traffic.clients, number, kinds),
        }
    }

    /// The address of a replayed client of this number.
    pub fn client(&self, number: usize) -> Ipv4Addr {
        let addresses = match self {
            Self::Own { .. } => Addresses::own(0, u32::MAX),
            Self::Other(other) => Addresses::shared(other.spec.clients, u32::MAX, 0, 1),
        };
        addresses.of(number as u64).0
    }

    /// How a server is called: by its number, from 1, in the lab's own network; else by what was seen of it.
    pub fn server_name(&self, mac: Mac, addr: Ipv4Addr) -> String {
        match self {
            Self::Own { .. } => {
                let number = (0..super::spec::MOST_SERVERS).find(|number| server_mac(*number) == mac);
                number.map_or_else(|| format!("{addr} at {mac}"), |number| format!("{}", number + 1))
            }
            Self::Other(_) => format!("{addr} at {mac}"),
        }
    }
}

/// The VIP of the lab's own network, or its first real server where nobody has a VIP.
pub const fn destination(has_vip: bool) -> Ipv4Addr {
    if has_vip { VIP_SINK } else { RIP_SINK }
}
