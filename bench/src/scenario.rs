//! What is measured: the ways a packet can take, its sizes, the quantities.

use crate::bed::{RIP, RIP_SINK, VIP, VIP_DIRECT, VIP_SINK};
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
/// Port of the web server.
pub const HTTP_PORT: u16 = 80;

/// The director's services: protocol, VIP, the one RIP, the port of both.
pub const SERVICES: [(Protocol, Ipv4Addr, Ipv4Addr, u16); 6] = [
    (Protocol::Udp, VIP_SINK, RIP_SINK, SINK_PORT),
    (Protocol::Tcp, VIP_SINK, RIP_SINK, SINK_PORT),
    (Protocol::Udp, VIP, RIP, ECHO_PORT),
    (Protocol::Tcp, VIP, RIP, BULK_PORT),
    (Protocol::Tcp, VIP, RIP, HTTP_PORT),
    (Protocol::Tcp, VIP_DIRECT, RIP, HTTP_PORT),
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
    /// HAProxy in TCP mode: two connections for each.
    Haproxy,
    /// nginx with its stream module: likewise.
    Nginx,
    /// The kernel's IPVS, direct routing, in a user-mode Linux.
    Ipvs,
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
    /// Web requests, each on a connection of its own, and on connections that stay.
    Connections,
    /// Memory, packets per second and idle CPU time by connections that are known.
    Table,
    /// SYN packets only, and an established stream beside a flood of them.
    Flood,
    /// Loss at 80 % of the maximum rate.
    Loss,
    /// One worker and two, each on a core with its own load.
    Scaling,
    /// Round trips while a million connections expire, are listed, are cleared, and the like.
    Events,
}

impl Measurement {
    /// All of them in the order of the run.
    pub const ALL: [Self; 10] = [
        Self::Cpu,
        Self::Pps,
        Self::Latency,
        Self::Tcp,
        Self::Connections,
        Self::Scaling,
        Self::Flood,
        Self::Loss,
        Self::Table,
        Self::Events,
    ];
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
    /// Web requests per second, each on a new connection.
    NewConnections,
    /// Web requests per second on connections that stay.
    KeepAlive,
    /// Bytes by which the director's process is larger than an idle one, per connection.
    ConnectionBytes,
    /// Mebibytes of the director's process.
    ProcessMib,
    /// Packets that arrive per second of CPU time of the core that forwards, with so many connections known.
    PpsKnown,
    /// Percent of a core that the idle director takes, with so many connections known.
    IdlePercent,
    /// Packets of an established stream that are lost beside a flood, 0 to 1.
    FloodLoss,
    /// Packets of the flood that were offered, of those that the director could take.
    FloodFactor,
    /// Packets per second at 80 % of the maximum.
    SteadyPps,
    /// Packets lost at that rate, 0 to 1.
    SteadyLoss,
    /// Packets per second when every core makes load and forwards it.
    ScaledPps,
    /// 99.9th percentile of round trips in microseconds, while something happens.
    EventP999,
    /// Median of round trips in microseconds, while something happens.
    EventP50,
    /// 99.9th percentile of round trips in microseconds, just before it happens.
    QuietP999,
}

impl Way {
    /// All of them in the order of the report.
    pub const ALL: [Self; 11] = [
        Self::Load,
        Self::Kernel,
        Self::Dnat,
        Self::Masquerade,
        Self::Reflector,
        Self::Dr,
        Self::Nat,
        Self::Tun,
        Self::Haproxy,
        Self::Nginx,
        Self::Ipvs,
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
            Self::Haproxy => "HAProxy",
            Self::Nginx => "nginx stream",
            Self::Ipvs => "IPVS in UML",
        }
    }

    /// The forwarding method, if it is the director's.
    pub const fn method(self) -> Option<ForwardingMethod> {
        match self {
            Self::Dr => Some(ForwardingMethod::DirectRoute),
            Self::Nat => Some(ForwardingMethod::Nat),
            Self::Tun => Some(ForwardingMethod::Tunnel),
            _ => None,
        }
    }

    /// Whether it ends the client's connection and makes another to the server: it forwards no packets.
    pub const fn is_proxy(self) -> bool {
        matches!(self, Self::Haproxy | Self::Nginx)
    }

    /// What it is, for those who read the report.
    pub const fn explained(self) -> &'static str {
        match self {
            Self::Load => {
                "nothing is forwarded: dropped at the director's ingress. What making the load costs"
            }
            Self::Kernel => "the kernel's IP forwarding: no load balancer, the least that the kernel can do",
            Self::Dnat => "the kernel's destination NAT by an nftables rule, with connection tracking",
            Self::Masquerade => "that, and the director's address in place of the client's",
            Self::Reflector => {
                "the director's rings and nothing else: MAC addresses are written, no packet is looked at. The floor \
                 under every figure of the director"
            }
            Self::Dr => "this project's director, direct routing: replies pass it by",
            Self::Nat => "this project's director, network address translation: replies come back through it",
            Self::Tun => "this project's director, IP-in-IP tunnels: replies pass it by",
            Self::Haproxy => "HAProxy in TCP mode, one thread: ends each connection and makes another",
            Self::Nginx => "nginx with its stream module, one process: likewise",
            Self::Ipvs => {
                "the Linux kernel's own IPVS, direct routing, in a user-mode Linux on raw packet sockets: what one can \
                 run where the host's kernel has no IPVS"
            }
        }
    }

    /// Where the client sends load that ends at the server's ingress.
    pub const fn sink(self) -> Ipv4Addr {
        if matches!(self, Self::Kernel) { RIP_SINK } else { VIP_SINK }
    }

    /// Where the client finds the services that answer.
    pub const fn service(self) -> Ipv4Addr {
        if matches!(self, Self::Kernel) { RIP } else { VIP }
    }

    /// Where the client finds the web server.
    pub const fn web(self) -> Ipv4Addr {
        match self {
            Self::Kernel => RIP,
            Self::Reflector | Self::Dr | Self::Ipvs => VIP_DIRECT,
            _ => VIP,
        }
    }

    /// The address that the server answers from.
    pub const fn served_at(self) -> Ipv4Addr {
        match self {
            Self::Kernel | Self::Dnat | Self::Masquerade | Self::Nat | Self::Haproxy | Self::Nginx => RIP,
            _ => VIP,
        }
    }

    /// The ways that replies can take. Direct routing and tunnelling are made for replies that pass the director by;
    /// NAT needs them to come back.
    pub const fn replies(self) -> &'static [Reply] {
        match self {
            Self::Load => &[],
            Self::Kernel | Self::Reflector => &[Reply::Direct, Reply::Through],
            Self::Dr | Self::Tun | Self::Ipvs => &[Reply::Direct],
            Self::Dnat | Self::Masquerade | Self::Nat | Self::Haproxy | Self::Nginx => &[Reply::Through],
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

/// What load is made of, or what happens beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub enum Traffic {
    /// Bursts of 64 packets, each of the next of so many flows.
    Runs(u16),
    /// The same, joined by the director's interface before anybody forwards them.
    Joined(u16),
    /// Packets, each of another of so many flows.
    Flows(u32),
    /// Packets that are each the first of their flow.
    New,
    /// TCP packets of so many connections that are established, each of another.
    Established(u32),
    /// TCP packets that each ask for a connection.
    Syn,
    /// So many workers, each with a load of its own.
    Workers(u8),
    /// A stream whose segments leave the client whole, as veth would have it, or one by one, to be joined at the
    /// director's own interface.
    Offloads(bool),
    /// Single packets while this happens.
    During(Event),
}

/// What happens to a director that knows a million connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Nothing.
    Quiet,
    /// The scheduler of the service that has them is another one, again and again (`ipvsadm -E -s`).
    Scheduler,
    /// The configuration is read anew, again and again (SIGHUP).
    Reload,
    /// They are listed (`ipvsadm -Lnc`).
    Listing,
    /// They all end for want of packets.
    Expiry,
    /// The services are cleared and made anew (`ipvsadm -C`, `-R`).
    Clear,
}

impl Event {
    /// All, in an order that lets each find the connections that it needs.
    pub const ALL: [Self; 6] =
        [Self::Quiet, Self::Scheduler, Self::Reload, Self::Listing, Self::Expiry, Self::Clear];

    /// As in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quiet => "nothing else",
            Self::Scheduler => "scheduler changes",
            Self::Reload => "reloads",
            Self::Listing => "-Lnc of all",
            Self::Expiry => "expiry of all",
            Self::Clear => "-C and again",
        }
    }
}

impl Traffic {
    /// As in the report.
    pub fn name(self) -> String {
        match self {
            Self::Runs(flows) => format!("{flows} flows in runs"),
            Self::Joined(flows) => format!("{flows} flows in runs, GRO"),
            Self::Flows(flows) => format!("{flows} flows in turn"),
            Self::New => "each a new flow".to_owned(),
            Self::Established(flows) => format!("{flows} established"),
            Self::Syn => "each a SYN".to_owned(),
            Self::Workers(1) => "1 worker".to_owned(),
            Self::Workers(workers) => format!("{workers} workers"),
            Self::Offloads(true) => "offloads on".to_owned(),
            Self::Offloads(false) => "offloads off, GRO".to_owned(),
            Self::During(event) => event.name().to_owned(),
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

    /// Those between them.
    pub const BETWEEN: [Self; 3] = [
        Self { name: 256, payload_len: 214, per_send: 64 },
        Self { name: 512, payload_len: 470, per_send: 64 },
        Self { name: 1024, payload_len: 982, per_send: 64 },
    ];
}
