//! Following one connection through the network: which frames belong to it, hop by hop.

use crate::capture::Crossing;
use crate::packet::Packet;
use crate::plan::{CLIENT, DECAP_INNER, DIRECTOR, Plan};
use crate::topology::Port;
use std::net::SocketAddr;
use std::time::Duration;
use ulvs::lvs::Mac;

/// One frame of a connection, at the interface where it arrived.
#[derive(Clone, Debug)]
pub struct Hop {
    /// When.
    pub at: Duration,
    /// The interface that sent it, by its Ethernet source address; the cable's other end if nobody has that address.
    pub from: Port,
    /// The interface where it arrived.
    pub to: Port,
    /// What it said.
    pub packet: Packet,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Client to VIP.
    Inbound,
    /// Server to client.
    Outbound,
}

/// The frames of one connection in the order of time.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The client's end.
    pub client: SocketAddr,
    /// Each frame at each host where it arrived (switches left out), both directions.
    pub hops: Vec<Hop>,
    /// Frames that the director sent and no host received.
    pub lost: Vec<Hop>,
}

impl Trace {
    /// Every connection that the client began, in the order of their first packets, answered or not.
    pub fn all(frames: &[Crossing], plan: &Plan) -> Vec<Self> {
        let mut clients: Vec<SocketAddr> = Vec::new();
        for crossing in frames.iter().filter(|crossing| crossing.from.host == CLIENT) {
            let Some(packet) = Packet::read(&crossing.bytes).filter(|p| p.tcp.is_first()) else { continue };
            let client = SocketAddr::new(packet.ip.from, packet.tcp.from);
            if packet.ip.to == plan.service.ip() && !clients.contains(&client) {
                clients.push(client);
            }
        }
        clients.into_iter().map(|client| Self::of(client, frames, plan)).collect()
    }

    /// Picks the connection of this client address and port out of a capture.
    pub fn of(client: SocketAddr, frames: &[Crossing], plan: &Plan) -> Self {
        let topology = &plan.topology;
        let owner = |mac: Mac| topology.macs().find(|(m, _)| *m == mac).map(|(_, port)| port);
        let mine = |packet: &Packet| {
            (packet.ip.from == client.ip() && packet.tcp.from == client.port())
                || (packet.ip.to == client.ip() && packet.tcp.to == client.port())
        };
        let mut trace = Self { client, hops: Vec::new(), lost: Vec::new() };
        for (index, crossing) in frames.iter().enumerate() {
            let Some(packet) = Packet::read(&crossing.bytes).filter(mine) else { continue };
            let from = owner(packet.mac_from).unwrap_or_else(|| crossing.from.clone());
            let hop = Hop { at: crossing.at, from, to: crossing.to.clone(), packet };
            if topology.is_switch(&crossing.to.host) {
                let arrived =
                    |later: &Crossing| !topology.is_switch(&later.to.host) && later.bytes == crossing.bytes;
                if crossing.from.host == DIRECTOR && !frames[index..].iter().any(arrived) {
                    trace.lost.push(hop);
                }
            } else if owner(packet.mac_to).as_ref() == Some(&crossing.to) {
                // Frames that a switch floods to others (unknown address) are for nobody there.
                trace.hops.push(hop);
            }
        }
        trace
    }

    /// Who says this packet.
    pub fn direction(&self, packet: &Packet) -> Direction {
        let by_client = packet.ip.from == self.client.ip() && packet.tcp.from == self.client.port();
        if by_client { Direction::Inbound } else { Direction::Outbound }
    }

    /// The way of the first packet in this direction for which `wanted` is true, from its first hop to its last.
    pub fn way(&self, direction: Direction, wanted: impl Fn(&Packet) -> bool) -> Vec<&Hop> {
        let mut of_direction = self.hops.iter().filter(|hop| self.direction(&hop.packet) == direction);
        let Some(first) = of_direction.find(|hop| wanted(&hop.packet)) else { return Vec::new() };
        let (seq, len) = (first.packet.tcp.seq, first.packet.tcp.payload_len);
        let mut way: Vec<&Hop> = Vec::new();
        for hop in &self.hops {
            let tcp = &hop.packet.tcp;
            let same = tcp.seq == seq && tcp.payload_len == len && tcp.flags == first.packet.tcp.flags;
            // A second time over the same cable is a retransmission, not a hop.
            let is_again = way.iter().any(|w| {
                w.from == hop.from && w.to == hop.to && w.packet.outer.is_some() == hop.packet.outer.is_some()
            });
            if same && self.direction(&hop.packet) == direction && !is_again {
                way.push(hop);
            }
        }
        way
    }

    /// The way of the client's request: its first packet with data.
    pub fn request(&self) -> Vec<&Hop> {
        self.way(Direction::Inbound, |packet| packet.tcp.payload_len > 0)
    }

    /// The way of the connection's first packet.
    pub fn syn(&self) -> Vec<&Hop> {
        self.way(Direction::Inbound, |packet| packet.tcp.is_first())
    }

    /// The way of the answer: the server's first packet with data.
    pub fn reply(&self) -> Vec<&Hop> {
        self.way(Direction::Outbound, |packet| packet.tcp.payload_len > 0)
    }

    /// The way of whatever came back first.
    pub fn first_answer(&self) -> Vec<&Hop> {
        self.way(Direction::Outbound, |_| true)
    }

    /// All frames of a direction that arrived at a host, or were sent by it.
    pub fn at_host<'a>(&'a self, host: &'a str, direction: Direction) -> impl Iterator<Item = &'a Hop> {
        self.hops.iter().filter(move |hop| {
            self.direction(&hop.packet) == direction && (hop.from.host == host || hop.to.host == host)
        })
    }
}

impl Hop {
    /// True for the step inside a real server, out of the decapsulator.
    pub fn is_unpacked(&self) -> bool {
        self.to.interface == DECAP_INNER
    }
}
