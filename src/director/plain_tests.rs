//! The short way beside the long way: whatever frames come in whatever order, both say, send, count and remember the same.

use super::*;
use crate::conn::{Closed, ConnConfig, ConnView, NewConn, TemplateKey};
use crate::frame::memory::{Emitted, MemorySink};
use crate::frame::{FrameMeta, PacketType, VnetHeader};
use crate::lvs::{
    ClientMask, Mac, Persistence, PortId, RealServerSpec, ServiceKey, ServiceSpec, Thresholds, Tunable,
    Tunnel,
};
use crate::sched;
use crate::service::{
    DropPacket, FlowTable, Hashing, Link, Pool, RealServer, RoutesOfLength, SharedStats, Target,
    VirtualService,
};
use crate::wire::ip as wire_ip;
use proptest::prelude::*;
use std::net::IpAddr;

const VIPS: [&str; 2] = ["10.9.0.100", "2001:db8::100"];
/// The real servers of each service, newest first as it is listed: method, port, MTU of the way, what else.
const SERVERS: [(ForwardingMethod, u8, u32, Odd); 9] = [
    (ForwardingMethod::Nat, 0, 1500, Odd::Nothing),
    (ForwardingMethod::DirectRoute, 1, 1500, Odd::Nothing),
    (ForwardingMethod::Nat, 1, 1500, Odd::Deleted),
    (ForwardingMethod::Tunnel, 1, 1500, Odd::Nothing),
    (ForwardingMethod::DirectRoute, 0, 1500, Odd::Deleted),
    (ForwardingMethod::Nat, 1, 60, Odd::Nothing),
    (ForwardingMethod::DirectRoute, 1, 60, Odd::Nothing),
    (ForwardingMethod::DirectRoute, 1, 1500, Odd::NoMac),
    (ForwardingMethod::Tunnel, 1, 1500, Odd::NoWay),
];

/// The services of each family. Of all but the first three each has something that the short way leaves to the long one, or
/// that turns out on it.
const SERVICES: [(Protocol, u16); 8] = [
    (Protocol::Tcp, 80),
    (Protocol::Udp, 9),
    (Protocol::Tcp, 21),
    (Protocol::Tcp, PERSISTENT),
    (Protocol::Udp, ONE_PACKET),
    (Protocol::Tcp, QUIESCED),
    (Protocol::Udp, HASHED),
    (Protocol::Udp, 0),
];
const PERSISTENT: u16 = 443;
const ONE_PACKET: u16 = 53;
/// Nobody may take its connections.
const QUIESCED: u16 = 81;
/// Its flows may go by a hash: it has no NAT servers.
const HASHED: u16 = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Odd {
    Nothing,
    Deleted,
    NoMac,
    NoWay,
}

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn rip(family: usize, number: usize) -> IpAddr {
    let prefix = ["10.2.0.", "2001:db8:2::"];
    addr(&format!("{}{number}", prefix[family]))
}

/// The services in both families, each with a real server of every method.
fn snapshot() -> Snapshot {
    let mut view = Snapshot::default();
    for port in 0..2 {
        view.network.links.push(Some(Link {
            port: PortId(port),
            mac: Mac([2, 0, 0, 0, port, 1]),
            mtu: 1500,
            running: true,
            addresses: Vec::new(),
        }));
    }
    let elsewhere = |port, mtu| Target::Port { port: PortId(port), gateway: None, source: None, mtu };
    for (family, net) in ["172.16.0.0", "2001:db8:1::"].iter().enumerate() {
        // One client lives behind a narrow way, one's MAC is not known.
        for (client, mtu) in [(0, 1500), (1, 1500), (2, 50), (3, 1500)] {
            let host =
                addr(&if family == 0 { format!("172.16.0.{client}") } else { format!("{net}{client}") });
            let length = if family == 0 { 32 } else { 128 };
            let routes = [(host, elsewhere(0, mtu))].into_iter().collect();
            view.network.routes.push(RoutesOfLength { length, v6: family == 1, routes });
            if client != 1 {
                view.network.neighbours.insert((PortId(0), host), Mac([2, 0, 0, 0, 8, client]));
            }
        }
    }
    view.network.narrowest = 50;
    view.network.forwarding = (true, true);
    for (family, vip) in VIPS.iter().enumerate() {
        view.claimed.insert(addr(vip));
        view.network.host_addresses.insert(rip(family, 99));
        for (protocol, port) in SERVICES {
            let key = ServiceKey::Tuple { protocol, virt: Endpoint::new(addr(vip), port) };
            let first = view.servers.len();
            let chosen = SERVERS
                .iter()
                .enumerate()
                .filter(|(_, (method, ..))| port != HASHED || *method != ForwardingMethod::Nat);
            let servers: Vec<_> = chosen
                .enumerate()
                .map(|(place, (number, (method, ..)))| {
                    let spec = RealServerSpec {
                        method: *method,
                        weight: i32::from(port != QUIESCED),
                        thresholds: Thresholds { upper: if number == 1 { 2 } else { 0 }, lower: 0 },
                        ..RealServerSpec::new(Endpoint::new(
                            rip(family, number + 1),
                            match number {
                                3 => port.wrapping_add(1000),
                                1 => 0,
                                _ => port,
                            },
                        ))
                    };
                    let id = ServerId(u32::try_from(first + place).unwrap());
                    (Arc::new(RealServer::new(id, &spec)), SERVERS[number])
                })
                .collect();
            let pool = Pool::from_newest_first(servers.iter().map(|(real, _)| Arc::clone(real)).collect());
            let mask = ClientMask::whole(key.family());
            let service = Arc::new(VirtualService {
                spec: ServiceSpec {
                    persistence: (port == PERSISTENT).then_some(Persistence { timeout_seconds: 60, mask }),
                    one_packet: port == ONE_PACKET,
                    ..ServiceSpec::new(key)
                },
                scheduler: (sched::find("rr").unwrap().make)(&pool),
                pool,
                stats: Arc::new(SharedStats::default()),
                hashing: match port {
                    HASHED => Hashing::Table(Arc::new(FlowTable::new(0..4))),
                    _ => Hashing::Nobody,
                },
            });
            view.services.insert(key, Arc::clone(&service));
            for (real, (_, port, mtu, odd)) in servers {
                if real.method() == ForwardingMethod::Nat {
                    view.nat_sources.insert((protocol, real.endpoint));
                }
                let hop = NextHop {
                    port: PortId(port),
                    neighbour: real.endpoint.addr,
                    on_link: true,
                    mac: (odd != Odd::NoMac).then_some(Mac([2, 0, 0, 0, 9, 9])),
                    source: Some(rip(family, 99)),
                    mtu,
                };
                view.servers.push(Some(Server {
                    real,
                    service: Arc::clone(&service),
                    available: odd != Odd::Deleted,
                    tunnel: Tunnel::Ipip,
                    hop: (odd != Odd::NoWay).then_some(hop),
                }));
            }
        }
    }
    view
}

/// A director of its own, and all that can be seen of it.
struct Twin {
    view: Snapshot,
    conns: ConnTable,
    memory: Memory,
    sink: MemorySink,
}

impl Twin {
    fn new(capacity: usize) -> Self {
        let view = snapshot();
        let mut memory = Memory { dice: 1, ..Memory::default() };
        memory.tally.fit(&view);
        let config = ConnConfig { shards: 2, capacity, seed: Some(7), huge_pages: false };
        Self { view, conns: ConnTable::new(config).unwrap(), memory, sink: MemorySink::default() }
    }

    fn handle(&mut self, bytes: &mut [u8], meta: FrameMeta, now: Tick, may_hurry: bool) -> Verdict {
        let Self { view, conns, memory, .. } = self;
        let mut director = Director { now, view, conns, memory };
        // A sink of its own for each frame: what is sent borrows it.
        let mut sink = MemorySink::default();
        let frame = Frame { bytes, meta };
        let verdict = if may_hurry {
            director.handle(frame, &mut sink)
        } else {
            director.guide(frame, None, &mut sink)
        };
        self.memory.tally.count(verdict);
        self.sink.frames.extend(sink.frames);
        verdict
    }

    /// Has the client's next connection to TCP port 80 expected from whatever port: it is another's child then.
    fn expect(&mut self, family: usize, client: IpAddr, now: Tick) {
        let Self { view, conns, .. } = self;
        let virt = Endpoint::new(addr(VIPS[family]), 80);
        let key = ServiceKey::Tuple { protocol: Protocol::Tcp, virt };
        let real = &view.services[&key].pool.servers()[1];
        let new = NewConn { server: real.id, method: real.method(), real: real.endpoint };
        let name = TemplateKey::new(Some(Protocol::Tcp), client, ClientMask::whole(key.family()), virt);
        let mut shard = conns.shard_of_template(&name);
        let Ok(template) = shard.open_template(&name, new, 60, now) else { return };
        real.bind_template();
        let parent = shard.adopt(template, Tick(0)).unwrap();
        drop(shard);
        let flow = Flow { protocol: Protocol::Tcp, client: Endpoint::new(client, 0), virt };
        let expected = conns.shard_of(Protocol::Tcp, &flow.client).expect(&flow, new, parent, now);
        match expected {
            Ok(_) => real.bind(),
            Err(_) => owed::give_back(view, conns, parent),
        }
    }

    /// Ends what has outlived its time.
    fn expire(&mut self, now: Tick) -> Vec<Closed> {
        let mut ended = Vec::new();
        for shard in 0..self.conns.shards() {
            while self.conns.expire_shard(shard, now, &mut |closed| ended.push(closed)).behind {}
        }
        ended.iter().for_each(|closed| settle(&self.view, &self.conns, *closed));
        ended
    }

    fn seen(&mut self, now: Tick) -> (Vec<Emitted>, Vec<ConnView>, Vec<String>) {
        let mut views = Vec::new();
        self.conns.for_each(now, |view| views.push(view));
        views.sort_by_key(|view| {
            (view.client.addr, view.client.port, view.virt.port, view.protocol.map(Protocol::number))
        });
        let mut counts: Vec<_> = CATALOGUE
            .iter()
            .map(|row| format!("{row:?} {}", self.memory.tally.counted(row.verdict)))
            .collect();
        for server in self.view.servers.iter().flatten() {
            let counted = self.memory.tally.unpublished(server.real.id);
            let real = &server.real;
            let load = (real.active(), real.inactive(), real.persistent(), real.is_overloaded());
            counts.push(format!("{counted:?} {load:?}"));
        }
        counts.extend(NOTICES.map(|(notice, name)| format!("{name} {}", self.memory.tally.noticed(notice))));
        let Memory { waiting, next_id, dice, .. } = &self.memory;
        counts.push(format!("{} {next_id} {dice} {}", waiting.len(), self.conns.len()));
        (std::mem::take(&mut self.sink.frames), views, counts)
    }
}

/// A [`Recipe::kind`] that has the connection expected before its first packet comes.
const EXPECTED: u8 = 17;

/// What a frame is made of.
#[derive(Clone, Debug)]
struct Recipe {
    family: usize,
    protocol: u8,
    client: u8,
    port: u16,
    flags: u8,
    ttl: u8,
    len: usize,
    /// Ethernet padding behind the packet.
    padding: usize,
    vnet: u8,
    kind: u8,
    /// A byte to spoil, and how.
    spoiled: Option<(usize, u8)>,
    later: u32,
}

fn recipe() -> impl Strategy<Value = Recipe> {
    let port = prop_oneof![
        6 => Just(80_u16), 6 => Just(9), 2 => Just(21), 1 => Just(7), 1 => Just(PERSISTENT), 1 => Just(ONE_PACKET),
        1 => Just(QUIESCED), 2 => Just(HASHED)
    ];
    let flags = prop_oneof![2 => Just(0x02_u8), 4 => Just(0x10), 1 => Just(0x11), 1 => Just(0x04), 1 => Just(0x12), 1 => any::<u8>()];
    let later = prop_oneof![20 => 0_u32..2, 1 => 60_u32..400];
    let start =
        (0_usize..2, prop_oneof![5 => Just(6_u8), 5 => Just(17), 1 => Just(132)], 0_u8..6, port, flags);
    let rest = (
        prop_oneof![20 => 2_u8..=255, 1 => 0_u8..2],
        0_usize..40,
        0_usize..3,
        0_u8..9,
        prop_oneof![20 => Just(0_u8), 1 => 0_u8..6, 10 => 6_u8..12, 3 => 12_u8..17, 1 => Just(EXPECTED)],
        prop::option::weighted(0.1, (0_usize..70, 1_u8..=255)),
        later,
    );
    (start, rest).prop_map(
        |((family, protocol, client, port, flags), (ttl, len, padding, vnet, kind, spoiled, later))| Recipe {
            family,
            protocol,
            client,
            port,
            flags,
            ttl,
            len,
            padding,
            vnet,
            kind,
            spoiled,
            later,
        },
    )
}

impl Recipe {
    fn client(&self) -> IpAddr {
        match (self.kind, self.family) {
            (5, family) => rip(family, 1),
            // Addresses that no packet may come from: a VIP, one of the host, nobody's.
            (12, family) => addr(VIPS[family]),
            (13, family) => rip(family, 99),
            (14, family) => addr(["127.0.0.1", "::1"][family]),
            (_, 0) => addr(&format!("172.16.0.{}", self.client)),
            _ => addr(&format!("2001:db8:1::{}", self.client)),
        }
    }

    /// The frame; some come from a NAT server.
    fn make(&self) -> (Vec<u8>, FrameMeta) {
        let client = self.client();
        let client_port = match self.kind {
            5 => self.port,
            // FTP's data port opens nothing.
            15 => 20,
            // Many ports of one client fill the table.
            16 => 41_000 + u16::from(self.ttl),
            _ => 40_000 + u16::from(self.client % 3),
        };
        let header = match self.protocol {
            6 => 20,
            17 => 8,
            _ => 12,
        };
        let mut segment = vec![0; header + self.len];
        segment[..2].copy_from_slice(&client_port.to_be_bytes());
        segment[2..4].copy_from_slice(&self.port.to_be_bytes());
        if self.protocol == 6 {
            let offset = if self.padding == 1 { 0x80 } else { 0x50 };
            segment[12..14].copy_from_slice(&[offset, self.flags]);
            if self.port == 21 && self.len > 24 {
                // FTP's helper reads along.
                segment.truncate(header);
                segment.extend_from_slice(format!("PORT 172,16,0,{},100,101\r\n", self.client).as_bytes());
            }
        } else {
            let len = u16::try_from(segment.len()).unwrap();
            segment[4..6].copy_from_slice(&len.to_be_bytes());
        }
        // Finished sums need not be right: nobody asks.
        let sum_at = if self.protocol == 6 { 16 } else { 6 };
        segment[sum_at..sum_at + 2].copy_from_slice(&[self.vnet, self.client]);
        let ends = |addr: IpAddr| match addr {
            IpAddr::V4(addr) => addr.octets().to_vec(),
            IpAddr::V6(addr) => addr.octets().to_vec(),
        };
        let mut addrs = [ends(client), ends(addr(VIPS[self.family]))];
        if (6..12).contains(&self.kind) {
            // A reply, of a NAT server or of somebody else.
            addrs = [ends(rip(self.family, [1, 3, 6, 1, 2, 1][usize::from(self.kind - 6)])), ends(client)];
            segment[..2].copy_from_slice(&self.port.to_be_bytes());
            segment[2..4].copy_from_slice(&client_port.to_be_bytes());
        }
        let addrs = addrs.concat();
        let mut packet = if self.family == 0 {
            let len = u16::try_from(20 + segment.len()).unwrap().to_be_bytes();
            let df = if self.client.is_multiple_of(2) { 0x40 } else { 0 };
            let head = [0x45, 3, len[0], len[1], 0, self.client, df, 0, self.ttl, self.protocol, 0, 0];
            let mut header = [&head[..], &addrs].concat();
            wire_ip::sum_v4_header(&mut header);
            header
        } else {
            let len = u16::try_from(segment.len()).unwrap().to_be_bytes();
            [&[0x61, 0x20, 0, 0, len[0], len[1], self.protocol, self.ttl][..], &addrs].concat()
        };
        let header_len = packet.len();
        packet.extend(segment);
        packet.resize(packet.len() + self.padding, 0);
        let ether = if self.family == 0 { [8, 0] } else { [0x86, 0xdd] };
        let mut bytes = [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 7][..], &ether, &packet].concat();
        if let Some((at, by)) = self.spoiled
            && let Some(byte) = bytes.get_mut(at)
        {
            *byte ^= by;
        }
        let csum_offset = u16::try_from(sum_at).unwrap();
        let partial = VnetHeader {
            flags: VnetHeader::NEEDS_CSUM,
            gso_type: VnetHeader::GSO_NONE,
            hdr_len: 0,
            gso_size: 3,
            csum_start: u16::try_from(14 + header_len).unwrap(),
            csum_offset,
        };
        let gso_type = if self.family == 0 { VnetHeader::GSO_TCPV4 } else { VnetHeader::GSO_TCPV6 };
        let vnet = match self.vnet {
            0..3 => VnetHeader::default(),
            3 => VnetHeader { flags: VnetHeader::DATA_VALID, hdr_len: 9, ..VnetHeader::default() },
            4..6 => partial,
            6 => VnetHeader { gso_type, gso_size: 10, ..partial },
            7 => VnetHeader { csum_start: 33, ..partial },
            _ => VnetHeader { csum_offset: 22 - csum_offset, ..partial },
        };
        let meta = FrameMeta {
            port: PortId(0),
            packet_type: match self.kind {
                1 => PacketType::OtherHost,
                2 => PacketType::Broadcast,
                _ => PacketType::Host,
            },
            vlan: (self.kind == 3).then_some(5),
            wire_len: u32::try_from(bytes.len()).unwrap() + u32::from(self.kind == 4),
            vnet,
            stamp_ns: 0,
        };
        (bytes, meta)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn both_ways_are_one(
        recipes in prop::collection::vec(recipe(), 1..60),
        tunables in prop::collection::vec(prop::bool::weighted(0.25), 6),
        capacity in prop_oneof![Just(64_usize), 3_usize..12],
        refused in prop_oneof![4 => Just(0), 1 => 1_i32..4],
    ) {
        let mut twins = [Twin::new(capacity), Twin::new(capacity)];
        for twin in &mut twins {
            twin.view.drop_packet = DropPacket::default().at_rate(refused);
            let names = [
                ("reset_guard", 1), ("secure_tcp", 3), ("sloppy_tcp", 1), ("expire_nodest_conn", 1),
                ("hash_when_full", 1), ("hash_above_rate", 2),
            ];
            for ((name, value), on) in names.into_iter().zip(&tunables) {
                let value = if *on { value } else { 0 };
                Tunable::find(name).unwrap().set(&mut twin.view.tunables, value).unwrap();
            }
        }
        let mut now = Tick(1);
        for recipe in recipes {
            now = now.plus_seconds(recipe.later);
            let (bytes, meta) = recipe.make();
            if recipe.kind == EXPECTED {
                let client = recipe.client();
                twins.iter_mut().for_each(|twin| twin.expect(recipe.family, client, now));
            }
            let [short, long] = &mut twins;
            prop_assert_eq!(short.expire(now), long.expire(now), "before {:?}", recipe);
            let (mut for_short, mut for_long) = (bytes.clone(), bytes);
            let verdicts = (short.handle(&mut for_short, meta, now, true), long.handle(&mut for_long, meta, now, false));
            prop_assert_eq!(verdicts.0, verdicts.1, "{:?}", recipe);
            prop_assert_eq!(short.seen(now), long.seen(now), "{:?}", recipe);
        }
    }
}
