//! A scenario, as its file says it, with every default filled in.

use super::pcap::Capture;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use ulvs::lvs::{ForwardingMethod, Mac, Protocol, SchedulerName};

/// Most real servers of the lab's own network.
pub const MOST_SERVERS: u8 = 16;
/// Most kinds of traffic in one scenario.
pub const MOST_TRAFFIC: usize = 16;
/// Client addresses that one kind of traffic may have.
pub const MOST_CLIENTS: u32 = 1 << 18;
/// Ports of one client address: 1024 to 33,791.
pub const CLIENT_PORTS: u32 = 1 << 15;

/// One scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// As the results name it.
    pub name: String,
    /// Where it was read.
    pub file: PathBuf,
    /// Who forwards.
    pub target: Target,
    /// What is offered.
    pub load: Load,
    /// How fast, for how long, how often.
    pub run: Run,
    /// Whether the greatest rate is looked for.
    pub search: Option<Search>,
}

/// Who forwards, and in which network.
#[derive(Clone, Debug)]
pub enum Target {
    /// This project's director, in the lab's own network.
    Ulvs(Ulvs),
    /// What one has without it, there too.
    Peer(Peer),
    /// A director that is not ours, there too.
    Command(Foreign),
    /// Whoever there is in a network that is not the lab's.
    Network(Network),
}

/// This project's director.
#[derive(Clone, Debug)]
pub struct Ulvs {
    /// By which method it forwards.
    pub method: ForwardingMethod,
    /// Scheduler of all services.
    pub scheduler: SchedulerName,
    /// Its flags, as ipvsadm's `-b` takes them; may be empty.
    pub flags: String,
    /// Worker threads.
    pub workers: u8,
    /// A real server for each, of this weight.
    pub weights: Vec<u32>,
    /// Further options of `ulvs run`.
    pub arguments: Vec<String>,
}

/// A way to forward that needs no director of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// IP forwarding: the load is for the real server itself.
    Kernel,
    /// Destination NAT by an nftables rule.
    Dnat,
    /// That, and the director's address as the source.
    Masquerade,
    /// Our rings, nothing looked at.
    Reflector,
}

/// A director that is a program of somebody else.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How many real servers there are.
    pub servers: u8,
    /// How long it may take until it forwards.
    pub ready: Duration,
}

/// A network that exists already.
#[derive(Clone, Debug)]
pub struct Network {
    /// The namespace where load is made.
    pub client: PathBuf,
    /// Its interface.
    pub client_interface: String,
    /// The namespace where it arrives.
    pub server: PathBuf,
    /// Its interface.
    pub server_interface: String,
    /// To whom load is.
    pub vip: Ipv4Addr,
    /// First and number of the addresses that it comes from.
    pub clients: (Ipv4Addr, u32),
    /// Who takes it.
    pub next_hop: NextHop,
    /// How long it may take until something arrives.
    pub ready: Duration,
}

/// The next hop of a network that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextHop {
    /// By its Ethernet address.
    Mac(Mac),
    /// By its address, to be asked for.
    Addr(Ipv4Addr),
}

/// What is offered.
#[derive(Clone, Debug)]
pub enum Load {
    /// Made up.
    Mix(Vec<Traffic>),
    /// As it was captured.
    Replay(Replay),
}

/// One kind of traffic.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// What the packets are.
    pub kind: Kind,
    /// Lengths of Ethernet frames in bytes, check sequence included, each with how many of all have it.
    pub sizes: Vec<(u16, u32)>,
    /// How many flows there are at a time; `None`: every packet begins one.
    pub flows: Option<u32>,
    /// Which flow has its turn.
    pub order: Order,
    /// How many flows per second end, and others begin in their place.
    pub new_per_second: Option<f64>,
    /// The service's port.
    pub port: u16,
    /// How many packets of all are of this kind.
    pub share: u32,
    /// How many addresses the flows come from.
    pub clients: u32,
}

/// What the packets of a kind of traffic are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UDP datagrams.
    Udp,
    /// TCP SYNs and nothing else.
    Syn,
    /// TCP: a SYN for each flow, then segments with data.
    Established,
}

impl Kind {
    /// The transport protocol.
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Udp => Protocol::Udp,
            Self::Syn | Self::Established => Protocol::Tcp,
        }
    }
}

/// Which flow has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The next one with every packet.
    Turn,
    /// The next one after so many packets.
    Runs(u32),
    /// Any, by dice that begin with this number.
    Random(u64),
}

/// A capture to be sent again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// What it is called.
    pub name: String,
    /// Its frames.
    pub capture: Arc<Capture>,
    /// Only what is for this address.
    pub to: Option<Ipv4Addr>,
    /// The port that all packets go to; `None`: each to its own.
    pub port: Option<u16>,
    /// At which pace, unless a rate is given.
    pub speed: Option<f64>,
    /// How often, where it is not the time that ends it.
    pub loops: Option<u32>,
}

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// Packets per second.
    Pps(f64),
    /// As many as can be made.
    Max,
    /// As captured, so many times as fast, so many times over.
    Recorded(f64, u32),
}

/// How fast, for how long, how often.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// How fast; without meaning in a search.
    pub rate: Rate,
    /// Of one round. Without meaning in a search.
    pub time: Duration,
    /// Before it, at the same rate.
    pub warm_up: Duration,
    /// How often it is measured.
    pub rounds: u32,
    /// Whether packets are stamped.
    pub latency: bool,
}

/// A quantile of latency that a search may be for: as the file and the results name it, and the share of packets.
pub const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)];

/// What is looked for: the greatest rate at which all this holds.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// At most this share of the packets is lost, 0 to 1.
    pub loss: Option<f64>,
    /// For each of [`QUANTILES`] at most so many microseconds; what is lost counts as later than anything.
    pub latency_us: [Option<f64>; QUANTILES.len()],
    /// Packets per second, to begin with.
    pub lowest: f64,
    /// Packets per second, at most.
    pub highest: f64,
    /// How near the two ends of the search must come: their ratio less 1.
    pub resolution: f64,
    /// Of one trial.
    pub trial: Duration,
}

impl Search {
    /// Whether it is for latency, so that packets must be stamped.
    pub fn wants_latency(&self) -> bool {
        self.latency_us.iter().any(Option::is_some)
    }
}

impl Scenario {
    /// Whether packets are stamped.
    pub fn has_latency(&self) -> bool {
        self.run.latency || self.search.is_some_and(|search| search.wants_latency())
    }

    /// Makes everything short: to see whether it works at all.
    pub fn shorten(&mut self) {
        const MOMENT: Duration = Duration::from_millis(200);
        self.run.time = self.run.time.min(MOMENT);
        self.run.warm_up = self.run.warm_up.min(MOMENT / 4);
        self.run.rounds = 1;
        if let Some(search) = &mut self.search {
            search.trial = search.trial.min(MOMENT / 2);
            search.resolution = search.resolution.max(0.5);
        }
    }
}
