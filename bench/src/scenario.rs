//! What is measured: the ways a packet can take, its sizes, the quantities.

use crate::bed::{RIP, RIP_SINK, VIP, VIP_SINK};
use clap::ValueEnum;
use serde::Serialize;
use std::net::Ipv4Addr;
use ulvs::lvs::{ForwardingMethod, Protocol};

/// Port of the service that load is for.
pub const SINK_PORT: u16 = 9;
/// Port of the service that answers.
pub const ECHO_PORT: u16 = 7;
/// Port of the service that swallows a TCP stream.
pub const BULK_PORT: u16 = 5201;

/// The director's services: protocol, VIP, the one RIP, the port of both.
pub const SERVICES: [(Protocol, Ipv4Addr, Ipv4Addr, u16); 3] = [
    (Protocol::Udp, VIP_SINK, RIP_SINK, SINK_PORT),
    (Protocol::Udp, VIP, RIP, ECHO_PORT),
    (Protocol::Tcp, VIP, RIP, BULK_PORT),
];

/// Who moves the packets at the director.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Nobody: dropped at the director's ingress. What making the load costs by itself.
    Load,
    /// The kernel's IP forwarding.
    Kernel,
    /// The kernel's destination NAT: connection tracking, by an nftables rule.
    Dnat,
    /// That and masquerading, without which replies would have to be routed back.
    Masquerade,
    /// The director's rings without a director: MAC addresses rewritten, nothing looked at.
    Reflector,
    /// The director, direct routing.
    Dr,
    /// The director, network address translation.
    Nat,
    /// The director, IP-in-IP tunnelling.
    Tun,
}

/// Which way replies take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    /// From server to client on a cable of their own.
    Direct,
    /// Back through the director.
    Through,
}

/// A kind of measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Measurement {
    /// One core does everything: CPU time per packet.
    Cpu,
    /// One core makes load, another forwards: packets per second.
    Pps,
    /// One packet at a time, there and back.
    Latency,
    /// One TCP connection as fast as it goes.
    Tcp,
}

/// A quantity: what a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// CPU nanoseconds per packet, everything included, on one core.
    CpuNs,
    /// Packets per second that arrive when far more are offered.
    Pps,
    /// Packets that arrive per second of CPU time of the core that forwards.
    PpsOfBusyCore,
    /// Packets lost of those offered, 0 to 1, in the measurement on one core (which offers no more than is taken).
    Loss,
    /// Median round trip in microseconds.
    RttP50,
    /// 99th percentile of round trips in microseconds.
    RttP99,
    /// 99.9th percentile of round trips in microseconds.
    RttP999,
    /// Round trips that did not come back, 0 to 1.
    RttLoss,
    /// Gigabits per second of TCP payload.
    TcpGbit,
}

impl Way {
    /// All of them in the order of the report.
    pub const ALL: [Self; 8] = [
        Self::Load,
        Self::Kernel,
        Self::Dnat,
        Self::Masquerade,
        Self::Reflector,
        Self::Dr,
        Self::Nat,
        Self::Tun,
    ];

    /// As in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "load alone",
            Self::Kernel => "kernel routing",
            Self::Dnat => "nft DNAT",
            Self::Masquerade => "nft DNAT+masq.",
            Self::Reflector => "reflector",
            Self::Dr => "ulvs DR",
            Self::Nat => "ulvs NAT",
            Self::Tun => "ulvs TUN",
        }
    }

    /// The forwarding method, if it is the director's.
    pub const fn method(self) -> Option<ForwardingMethod> {
        match self {
            Self::Load | Self::Kernel | Self::Dnat | Self::Masquerade | Self::Reflector => None,
            Self::Dr => Some(ForwardingMethod::DirectRoute),
            Self::Nat => Some(ForwardingMethod::Nat),
            Self::Tun => Some(ForwardingMethod::Tunnel),
        }
    }

    /// Whether `nft` must be installed for it.
    pub const fn is_nft(self) -> bool {
        matches!(self, Self::Dnat | Self::Masquerade)
    }

    /// Where the client sends load that ends at the server's ingress.
    pub const fn sink(self) -> Ipv4Addr {
        if matches!(self, Self::Kernel) { RIP_SINK } else { VIP_SINK }
    }

    /// Where the client finds the services that answer.
    pub const fn service(self) -> Ipv4Addr {
        if matches!(self, Self::Kernel) { RIP } else { VIP }
    }

    /// The address that the server answers from.
    pub const fn served_at(self) -> Ipv4Addr {
        if matches!(self, Self::Kernel | Self::Dnat | Self::Masquerade | Self::Nat) { RIP } else { VIP }
    }

    /// The ways that replies can take. Direct routing and tunnelling are made for replies that pass the director by;
    /// NAT needs them to come back.
    pub const fn replies(self) -> &'static [Reply] {
        match self {
            Self::Load => &[],
            Self::Kernel | Self::Reflector => &[Reply::Direct, Reply::Through],
            Self::Dr | Self::Tun => &[Reply::Direct],
            Self::Dnat | Self::Masquerade | Self::Nat => &[Reply::Through],
        }
    }
}

impl Reply {
    /// As in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "past the director",
            Self::Through => "through it",
        }
    }
}

/// What load is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub enum Traffic {
    /// Bursts of 64 packets, each of the next of so many flows.
    Runs(u16),
    /// Packets, each of the next of so many flows.
    Flows(u32),
    /// Packets that are each the first of their flow.
    New,
}

impl Traffic {
    /// As in the report.
    pub fn name(self) -> String {
        match self {
            Self::Runs(flows) => format!("{flows} flows in runs"),
            Self::Flows(flows) => format!("{flows} flows in turn"),
            Self::New => "each a new flow".to_owned(),
        }
    }
}

impl From<Traffic> for String {
    fn from(traffic: Traffic) -> Self {
        traffic.name()
    }
}

/// A frame size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// As people name it.
    pub name: u16,
    /// Bytes of UDP payload.
    pub payload_len: u16,
    /// Packets per system call of the load generator.
    pub per_send: usize,
}

impl Size {
    /// The smallest Ethernet frame: 60 bytes and a checksum that veth has not. And an IP packet of 1500 bytes.
    pub const ALL: [Self; 2] = [
        Self { name: 64, payload_len: 18, per_send: 64 },
        Self { name: 1500, payload_len: 1472, per_send: 32 },
    ];
}
