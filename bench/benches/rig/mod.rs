//! A director without rings and kernel, and packets for it: what the benchmarks here have in common.
#![allow(dead_code, unreachable_pub, reason = "each benchmark takes what it needs")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::director::{Director, Memory, Verdict, look_ahead};
use ulvs::frame::{Frame, FrameMeta, FrameSink, PacketType, SinkFull, VnetHeader};
use ulvs::lvs::{
    Endpoint, ForwardingMethod, Mac, PortId, Protocol, RealServerSpec, ServiceKey, ServiceSpec, Tunnel,
};
use ulvs::sched;
use ulvs::service::{
    Hashing, Link, NextHop, Pool, RealServer, Server, ServerId, SharedStats, Snapshot, VirtualService,
};
use ulvs::time::Tick;

const VIP: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 0, 100));
const RIP: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 2, 0, 2));
const DIP: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 2, 0, 1));
const PORT: u16 = 9;
pub const METHODS: [(&str, ForwardingMethod); 3] = [
    ("dr", ForwardingMethod::DirectRoute),
    ("nat", ForwardingMethod::Nat),
    ("tun", ForwardingMethod::Tunnel),
];
/// Packets of a sweep.
pub const SWEEP: usize = 64;

pub type Bytes = [u8; 60];

/// Takes everything.
struct Nowhere;

impl<'f> FrameSink<'f> for Nowhere {
    fn emit(&mut self, port: PortId, _: &VnetHeader, head: &[u8], body: &'f [u8]) -> Result<(), SinkFull> {
        black_box((port, head, body));
        Ok(())
    }
}

/// The UDP packet of flow `number`, as from a veth: its checksum unfinished.
pub fn packet(number: u32) -> Bytes {
    let mut bytes = [0; 60];
    bytes[..6].copy_from_slice(&[2, 0, 0, 0, 1, 1]);
    bytes[6..12].copy_from_slice(&[2, 0, 0, 0, 1, 2]);
    bytes[12..24].copy_from_slice(&[8, 0, 0x45, 0, 0, 46, 0, 1, 0x40, 0, 64, 17]);
    let client = 0x0b00_0000 + number / 50_000;
    bytes[26..30].copy_from_slice(&client.to_be_bytes());
    bytes[30..34].copy_from_slice(&[10, 1, 0, 100]);
    let sum: u32 =
        bytes[14..34].chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = !((sum & 0xffff) + (sum >> 16));
    bytes[24..26].copy_from_slice(&u16::try_from(folded & 0xffff).unwrap().to_be_bytes());
    let port = u16::try_from(10_000 + number % 50_000).unwrap();
    bytes[34..36].copy_from_slice(&port.to_be_bytes());
    bytes[36..38].copy_from_slice(&PORT.to_be_bytes());
    bytes[38..40].copy_from_slice(&26_u16.to_be_bytes());
    bytes
}

const META: FrameMeta = FrameMeta {
    port: PortId(0),
    packet_type: PacketType::Host,
    vlan: None,
    wire_len: 60,
    vnet: VnetHeader {
        flags: VnetHeader::NEEDS_CSUM,
        gso_type: VnetHeader::GSO_NONE,
        hdr_len: 42,
        gso_size: 0,
        csum_start: 34,
        csum_offset: 6,
    },
    stamp_ns: 0,
};

/// One service with one real server, two links that are up.
fn snapshot(method: ForwardingMethod) -> Snapshot {
    let (virt, real) = (Endpoint::new(VIP, PORT), Endpoint::new(RIP, PORT));
    let key = ServiceKey::Tuple { protocol: Protocol::Udp, virt };
    let server =
        Arc::new(RealServer::new(ServerId(0), &RealServerSpec { method, ..RealServerSpec::new(real) }));
    let pool = Pool::from_newest_first(vec![Arc::clone(&server)]);
    let service = Arc::new(VirtualService {
        spec: ServiceSpec::new(key),
        scheduler: (sched::find("rr").unwrap().make)(&pool),
        pool,
        hashing: Hashing::default(),
        stats: Arc::new(SharedStats::default()),
    });
    let mut view = Snapshot::default();
    view.services.insert(key, Arc::clone(&service));
    view.claimed.insert(VIP);
    if method == ForwardingMethod::Nat {
        view.nat_sources.insert((Protocol::Udp, real));
    }
    for port in 0..2 {
        view.network.links.push(Some(Link {
            port: PortId(port),
            mac: Mac([2, 0, 0, 0, port + 1, 1]),
            mtu: 1500,
            running: true,
            addresses: Vec::new(),
        }));
    }
    let hop = NextHop {
        port: PortId(1),
        neighbour: RIP,
        on_link: true,
        mac: Some(Mac([2, 0, 0, 0, 2, 2])),
        source: Some(DIP),
        mtu: 1500,
    };
    view.servers.push(Some(Server {
        real: server,
        service,
        available: true,
        tunnel: Tunnel::Ipip,
        hop: Some(hop),
    }));
    view
}

/// A director between packets.
pub struct Bench {
    pub view: Snapshot,
    pub conns: ConnTable,
    memory: Memory,
}

impl Bench {
    pub fn new(method: ForwardingMethod) -> Self {
        let view = snapshot(method);
        let mut memory = Memory { dice: 1, ..Memory::default() };
        memory.tally.fit(&view);
        Self {
            view,
            conns: ConnTable::new(ConnConfig { huge_pages: true, ..ConnConfig::default() }).unwrap(),
            memory,
        }
    }

    /// A sweep, as a worker takes it.
    pub fn sweep(&mut self, packets: &[Bytes]) {
        look_ahead(&self.view, &self.conns, packets.iter().map(|bytes| &bytes[..]));
        for packet in packets {
            black_box(self.handle(packet));
        }
    }

    pub fn handle(&mut self, bytes: &Bytes) -> Verdict {
        let mut bytes = *bytes;
        let Self { view, conns, memory } = self;
        memory.tally.receive();
        let frame = Frame { bytes: &mut bytes, meta: META };
        let verdict = Director { now: Tick(1), view, conns, memory }.handle(frame, &mut Nowhere);
        memory.tally.count(verdict);
        verdict
    }
}
