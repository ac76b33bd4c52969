//! The director between a gateway and its real servers, as in the rig of the recordings.
//!
//! DIP 10.9.0.2 (fd00:9::2), gateway 10.9.0.1 (fd00:9::1), real servers rs1 to rs8 at 10.9.0.11 … (fd00:9::b …), VIP
//! 10.9.0.100 (fd00:9::100). MTU 1500.

use crate::describe::describe;
use crate::make::{DIRECTOR, GATEWAY, Given, server_mac};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use ulvs::config::Names;
use ulvs::config::mark::Words;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::director::{CATALOGUE, Director, Memory, NOTICES, PublishedTally, Verdict, settle};
use ulvs::frame::memory::{Emitted, MemorySink};
use ulvs::frame::{Frame, FrameSink, SinkFull, VnetHeader};
use ulvs::lvs::{
    Endpoint, Family, ForwardingMethod, IcmpLimits, PortId, Protocol, RealServerSpec, SchedulerFlags,
    SchedulerName, ServiceKey, ServiceSpec, Stats, Tunables, Tunnel,
};
use ulvs::sched;
use ulvs::service::{
    Hashing, Link, Marks, Network, Pool, PoolChange, RealServer, RoutesOfLength, Server, ServerId,
    SharedStats, Snapshot, Target, VirtualService, masked,
};
use ulvs::time::Tick;

pub use ForwardingMethod::{DirectRoute, Local, Nat, Tunnel as Tun};

pub const NOTHING: &[&str] = &[];

/// One real server of a service: number, method, port, weight.
pub type Wanted = (u8, ForwardingMethod, u16, i32);

/// RIP of real server number `i`.
pub fn rip(i: u8, v6: bool) -> IpAddr {
    if v6 {
        IpAddr::V6(Ipv6Addr::new(0xfd00, 9, 0, 0, 0, 0, 0, u16::from(10 + i)))
    } else {
        IpAddr::from([10, 9, 0, 10 + i])
    }
}

/// What a new connection moves on its real server, beside the packet's own counters: it is active from the first SYN.
pub fn opened(server: &str, len: usize) -> String {
    format!("{server}.conns+1 {server}.active+1 table+1 {}", inbound(server, len))
}

/// The same for UDP, which is never active.
pub fn opened_udp(server: &str, len: usize) -> String {
    format!("{server}.conns+1 {server}.inactive+1 table+1 {}", inbound(server, len))
}

/// What a request moves.
pub fn inbound(server: &str, len: usize) -> String {
    format!("{server}.in_pkts+1 {server}.in_bytes+{len}")
}

/// What a reply moves.
pub fn outbound(server: &str, len: usize) -> String {
    format!("{server}.out_pkts+1 {server}.out_bytes+{len}")
}

/// A connection leaves the active states.
pub fn calms(server: &str) -> String {
    format!("{server}.active-1 {server}.inactive+1")
}

/// A sink with bounded room.
struct LabSink {
    memory: MemorySink,
    room: usize,
}

impl<'f> FrameSink<'f> for LabSink {
    fn emit(&mut self, port: PortId, vnet: &VnetHeader, head: &[u8], body: &'f [u8]) -> Result<(), SinkFull> {
        if self.memory.frames.len() >= self.room {
            return Err(SinkFull);
        }
        self.memory.emit(port, vnet, head, body)
    }
}

pub struct Lab {
    pub view: Snapshot,
    pub conns: ConnTable,
    pub memory: Memory,
    pub now: Tick,
    /// Frames that one sweep may send.
    pub room: usize,
    /// Verdicts `Held` so far, of frames that wait for a neighbour.
    pub held: u64,
    names: Vec<String>,
}

impl Lab {
    /// The rig without services; the VIPs are claimed.
    pub fn new() -> Self {
        let mut view = Snapshot { network: network(), ..Snapshot::default() };
        view.claimed.insert("10.9.0.100".parse().unwrap());
        view.claimed.insert("fd00:9::100".parse().unwrap());
        Self {
            view,
            conns: ConnTable::new(ConnConfig {
                shards: 4,
                capacity: 10_000,
                seed: Some(1),
                ..ConnConfig::default()
            })
            .unwrap(),
            memory: Memory::default(),
            now: Tick(1000),
            room: usize::MAX,
            held: 0,
            names: Vec::new(),
        }
    }

    /// With a TCP service on 10.9.0.100:80, scheduler rr.
    pub fn with(servers: &[Wanted]) -> Self {
        let mut lab = Self::new();
        lab.service(Protocol::Tcp, "10.9.0.100:80", "rr", servers);
        lab
    }

    /// `ipvsadm -A` and as many `-a`.
    pub fn service(&mut self, protocol: Protocol, virt: &str, scheduler: &str, servers: &[Wanted]) {
        let virt: SocketAddr = virt.parse().unwrap();
        let endpoint = Endpoint::new(virt.ip(), virt.port());
        self.add_service(ServiceKey::Tuple { protocol, virt: endpoint }, scheduler, servers);
    }

    fn add_service(&mut self, key: ServiceKey, scheduler: &str, servers: &[Wanted]) {
        let mut spec = ServiceSpec::new(key);
        spec.scheduler = SchedulerName::new(scheduler).unwrap();
        let mut pool = Pool::default();
        let first = self.names.len();
        for (i, method, port, weight) in servers {
            let id = ServerId(u32::try_from(self.names.len()).unwrap());
            let mut spec = RealServerSpec::new(Endpoint::new(rip(*i, key.family() == Family::V6), *port));
            (spec.method, spec.weight) = (*method, *weight);
            pool = pool.with(Arc::new(RealServer::new(id, &spec)));
            self.names.push(format!("rs{i}"));
            if *method == Nat {
                let protocols = match key {
                    ServiceKey::Tuple { protocol, .. } => vec![protocol],
                    ServiceKey::Fwmark { .. } => vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp],
                };
                self.view.nat_sources.extend(protocols.iter().map(|protocol| (*protocol, spec.endpoint)));
                self.view.nat_hosts.insert(spec.endpoint.addr);
                self.view.has_all_port_nat_sources |= spec.endpoint.port == 0;
            }
        }
        let scheduler = (sched::find(scheduler).unwrap().make)(&pool);
        let stats = Arc::new(SharedStats::default());
        let hashing = Hashing::default();
        let service = Arc::new(VirtualService { spec, pool: pool.clone(), scheduler, hashing, stats });
        for real in pool.servers().iter().rev() {
            let hop = self.view.network.way_to(real.endpoint.addr);
            let (real, service) = (Arc::clone(real), Arc::clone(&service));
            self.view.servers.push(Some(Server {
                real,
                service,
                available: true,
                tunnel: Tunnel::Ipip,
                hop,
            }));
        }
        assert_eq!(self.view.servers.len(), first + servers.len());
        self.view.services.insert(key, service);
        self.memory.tally.fit(&self.view);
    }

    /// `ipvsadm -A -f` and as many `-a`. The VIPs are claimed already.
    pub fn mark_service(&mut self, family: Family, mark: u32, servers: &[Wanted]) {
        self.add_service(ServiceKey::Fwmark { family, mark }, "rr", servers);
        self.view.has_mark_services = true;
    }

    /// `ulvs mark add`, as often as there are rules; the words are those of the options, in order.
    pub fn marks(&mut self, rules: &[Words<'_>]) {
        let rules: Vec<_> = rules.iter().map(|words| words.read(&Names::default()).unwrap()).collect();
        self.view.marks = Arc::new(Marks::compile(&rules, &["eth0".to_owned(), "eth1".to_owned()]).unwrap());
    }

    /// Sets tunables; who gets flows without a connection follows, as from what the pools are now.
    pub fn tune(&mut self, change: impl FnOnce(&mut Tunables)) {
        change(&mut self.view.tunables);
        for service in self.view.services.values_mut() {
            let hashing = sched::hashing_of(service, &self.view.tunables);
            *service = Arc::new(VirtualService { hashing, ..VirtualService::clone(service) });
        }
    }

    /// Real server number `place` in the order of adding.
    pub fn server(&self, place: usize) -> &Server {
        self.view.servers[place].as_ref().unwrap()
    }

    pub fn real(&self, place: usize) -> &Arc<RealServer> {
        &self.server(place).real
    }

    /// `ipvsadm -E` of every service: all but the scheduler may change.
    pub fn edit(&mut self, change: impl Fn(&mut ServiceSpec)) {
        for service in self.view.services.values_mut() {
            let mut next = VirtualService::clone(service);
            change(&mut next.spec);
            *service = Arc::new(next);
        }
    }

    /// `ipvsadm -a` of a server that [`delete`](Self::delete) took out, within its life in the trash.
    pub fn add_again(&mut self, place: usize) {
        let server = self.view.servers[place].as_mut().unwrap();
        server.available = true;
        let (real, key) = (server.real.clone(), server.service.spec.key);
        let old = &self.view.services[&key];
        let (id, pool) = (real.id, old.pool.with(real));
        old.scheduler.changed(&pool, PoolChange::Added(id));
        let service = VirtualService { pool, ..VirtualService::clone(old) };
        self.view.services.insert(key, Arc::new(service));
    }

    /// `ipvsadm -d`: out of the pool, but known to its connections.
    pub fn delete(&mut self, place: usize) {
        let server = self.view.servers[place].as_mut().unwrap();
        server.available = false;
        let (id, key) = (server.real.id, server.service.spec.key);
        let old = &self.view.services[&key];
        let index = old.pool.position(id).unwrap();
        let predecessor = index.checked_sub(1).map(|index| old.pool.servers()[index].id);
        let pool = old.pool.without(id);
        old.scheduler.changed(&pool, PoolChange::Removed { id, predecessor });
        let service = VirtualService { pool, ..VirtualService::clone(old) };
        self.view.services.insert(key, Arc::new(service));
    }

    /// `ipvsadm -E -b`: other scheduler flags, the same scheduler.
    pub fn scheduler_flags(&mut self, scheduler_flags: SchedulerFlags) {
        for service in self.view.services.values_mut() {
            let spec = ServiceSpec { scheduler_flags, ..service.spec.clone() };
            *service = Arc::new(VirtualService { spec, ..VirtualService::clone(service) });
        }
    }

    /// The VIP is an address of the host.
    pub fn vip_on_host(&mut self, vip: &str) {
        let vip: IpAddr = vip.parse().unwrap();
        self.view.claimed.remove(&vip);
        self.view.on_host.insert(vip);
        self.view.network.host_addresses.insert(vip);
    }

    /// Changes the network; the ways to the real servers follow.
    pub fn rewire(&mut self, change: impl FnOnce(&mut Network)) {
        change(&mut self.view.network);
        for server in self.view.servers.iter_mut().flatten() {
            server.hop = self.view.network.way_to(server.real.endpoint.addr);
        }
    }

    /// Forgets the MAC of real server number `i`.
    pub fn forget(&mut self, i: u8) {
        self.rewire(|network| {
            network.neighbours.remove(&(PortId(0), rip(i, false)));
            network.neighbours.remove(&(PortId(0), rip(i, true)));
        });
    }

    pub fn set_mtu(&mut self, new: u32) {
        self.rewire(|network| {
            for target in network.routes.iter_mut().flat_map(|level| level.routes.values_mut()) {
                if let Target::Port { mtu, .. } = target {
                    *mtu = new;
                }
            }
        });
    }

    /// One frame through the director, counted as a worker counts it.
    pub fn send(&mut self, given: impl Into<Given>) -> (Verdict, Vec<Emitted>) {
        let Given { mut bytes, meta } = given.into();
        let mut sink = LabSink { memory: MemorySink::default(), room: self.room };
        self.memory.tally.receive();
        let waiting = self.memory.waiting.len();
        let mut director =
            Director { now: self.now, view: &self.view, conns: &self.conns, memory: &mut self.memory };
        let mut verdict = director.handle(Frame { bytes: &mut bytes, meta }, &mut sink);
        if let Some((datagrams, frames)) = self.follow_joined() {
            verdict = datagrams;
            sink.memory.frames.extend(frames);
        }
        self.memory.tally.count(verdict);
        self.held += u64::from(verdict == Verdict::Held && self.memory.waiting.len() > waiting);
        (verdict, sink.memory.frames)
    }

    /// What a worker does after a sweep: datagrams whose fragments came together. At most one, here.
    fn follow_joined(&mut self) -> Option<(Verdict, Vec<Emitted>)> {
        let mut joined = std::mem::take(&mut self.memory.joined);
        let datagram = joined.first_mut()?;
        let mut sink = LabSink { memory: MemorySink::default(), room: self.room };
        let mut director =
            Director { now: self.now, view: &self.view, conns: &self.conns, memory: &mut self.memory };
        let verdict = director.handle_joined(datagram, &mut sink);
        assert_eq!(joined.len(), 1);
        Some((verdict, sink.memory.frames))
    }

    /// Gives up what has waited too long for other fragments: the verdicts, counted, and what was sent.
    pub fn give_up_fragments(&mut self) -> (Vec<Verdict>, Vec<Emitted>) {
        let mut late = Vec::new();
        self.memory.defrag.expire(self.now, |datagram| late.push(datagram));
        let (mut verdicts, mut frames) = (Vec::new(), Vec::new());
        for datagram in late {
            self.memory.joined.push(datagram);
            let (verdict, sent) = self.follow_joined().unwrap();
            self.memory.tally.count(verdict);
            verdicts.push(verdict);
            frames.extend(sent);
        }
        (verdicts, frames)
    }

    /// **One row**: a frame in, these frames out, this verdict (as the catalogue names it, or `held`), and exactly the
    /// named counters moved. `received` and the verdict's own counter go without saying.
    pub fn row(
        &mut self,
        description: &str,
        given: impl Into<Given>,
        out: &[impl AsRef<str>],
        verdict: &str,
        moved: &str,
    ) {
        let before = self.counters();
        let (got, frames) = self.send(given);
        let after = self.counters();
        let lines: Vec<String> = frames.iter().map(describe).collect();
        let out: Vec<&str> = out.iter().map(AsRef::as_ref).collect();
        assert_eq!(counter_of(got), verdict, "{description}: the verdict (out: {lines:#?})");
        assert_eq!(lines, out, "{description}: frames out");
        let mut expected = parse_moves(moved);
        expected.insert("received".into(), 1);
        if got != Verdict::Held {
            *expected.entry(verdict.into()).or_insert(0) += 1;
        }
        assert_eq!(moves(&before, &after), expected, "{description}: counters that moved");
    }

    /// Everything that counts.
    pub fn counters(&self) -> BTreeMap<String, i64> {
        let tally = &self.memory.tally;
        let mut all = BTreeMap::new();
        let mut put = |name: String, value: u64| {
            *all.entry(name).or_insert(0) += i64::try_from(value).unwrap();
        };
        put("received".into(), tally.received());
        for row in &CATALOGUE {
            put(counter_of(row.verdict), tally.counted(row.verdict));
        }
        for (notice, name) in &NOTICES {
            put((*name).into(), tally.noticed(*notice));
        }
        put("table".into(), self.conns.len() as u64);
        put("waiting".into(), self.memory.waiting.len() as u64);
        put("fragments".into(), self.memory.defrag.frames());
        for (server, name) in self.view.servers.iter().flatten().zip(&self.names) {
            let stats = self.stats(server.real.id);
            put(format!("{name}.conns"), stats.conns);
            put(format!("{name}.in_pkts"), stats.in_pkts);
            put(format!("{name}.in_bytes"), stats.in_bytes);
            put(format!("{name}.out_pkts"), stats.out_pkts);
            put(format!("{name}.out_bytes"), stats.out_bytes);
            put(format!("{name}.active"), u64::try_from(server.real.active()).unwrap());
            put(format!("{name}.inactive"), u64::try_from(server.real.inactive()).unwrap());
            put(format!("{name}.templates"), u64::try_from(server.real.persistent()).unwrap());
        }
        all
    }

    /// What was counted for a real server, published or not.
    fn stats(&self, id: ServerId) -> Stats {
        let (published, fresh) =
            (self.view.server(id).unwrap().real.stats.read(), self.memory.tally.unpublished(id));
        Stats {
            conns: published.conns + fresh.conns,
            in_pkts: published.in_pkts + fresh.in_pkts,
            out_pkts: published.out_pkts + fresh.out_pkts,
            in_bytes: published.in_bytes + fresh.in_bytes,
            out_bytes: published.out_bytes + fresh.out_bytes,
        }
    }

    /// Shows everybody what was counted.
    pub fn publish(&mut self) -> PublishedTally {
        let published = PublishedTally::default();
        self.memory.tally.publish(&self.view, &published);
        published
    }

    /// A line of `ipvsadm --stats` for a real server and its service: they are the same where there is one connection.
    pub fn listed_stats(&mut self, place: usize) -> (Stats, Stats) {
        self.publish();
        let server = self.server(place);
        (server.real.stats.read(), server.service.stats.read())
    }

    /// ActiveConn and InActConn.
    pub fn activity(&self, place: usize) -> (i32, i32) {
        (self.real(place).active(), self.real(place).inactive())
    }

    /// `ipvsadm -Lnc` without its expire column, sorted.
    pub fn connections(&self) -> Vec<String> {
        let mut lines = BTreeSet::new();
        self.conns.for_each(self.now, |conn| {
            let addr = self.view.server(conn.server).unwrap().real.endpoint.addr;
            let real = Endpoint::new(addr, conn.rport);
            let protocol = conn.protocol.map_or("IP", Protocol::listing);
            lines.insert(format!("{protocol} {} {} {} {real}", conn.state, conn.client, conn.virt));
        });
        lines.into_iter().collect()
    }

    /// States of all connections, sorted.
    pub fn conn_states(&self) -> Vec<&'static str> {
        let mut states = Vec::new();
        self.conns.for_each(self.now, |conn| states.push(conn.state));
        states.sort_unstable();
        states
    }

    /// Seconds that the only connection has left.
    pub fn expires(&self) -> u32 {
        let mut seconds = Vec::new();
        self.conns.for_each(self.now, |conn| seconds.push(conn.expires_seconds));
        assert_eq!(seconds.len(), 1);
        seconds[0]
    }

    /// Lets time go by: connections end, as a worker lets them.
    pub fn sleep(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.now = self.now.plus_seconds(1);
            for shard in 0..self.conns.shards() {
                self.conns.expire_shard(shard, self.now, &mut |closed| {
                    assert!(closed.server == ServerId::NOBODY || self.view.server(closed.server).is_some());
                    settle(&self.view, &self.conns, closed);
                });
            }
        }
    }
}

/// The catalogue's name: `frames_dropped cut`.
pub fn counter_of(verdict: Verdict) -> String {
    match verdict.number().map(|number| &CATALOGUE[number]) {
        Some(row) => format!("{} {}", row.family, row.value),
        None => "held".into(),
    }
}

pub fn moves(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    after
        .iter()
        .map(|(name, value)| (name.clone(), value - before.get(name).copied().unwrap_or(0)))
        .filter(|(_, moved)| *moved != 0)
        .collect()
}

/// `rs2.in_pkts+1 table-1 frames_joined/datagram+2`.
fn parse_moves(text: &str) -> BTreeMap<String, i64> {
    let mut all = BTreeMap::new();
    for word in text.split_whitespace() {
        let at = word.find(['+', '-']).unwrap();
        *all.entry(word[..at].replace('/', " ")).or_insert(0) += word[at..].parse::<i64>().unwrap();
    }
    all.retain(|_, moved| *moved != 0);
    all
}

fn network() -> Network {
    let port = PortId(0);
    let addr = |text: &str| text.parse::<IpAddr>().unwrap();
    let route = |to: &str, length: u8, gateway: Option<&str>, source: &str| {
        let to = masked(addr(to), length);
        let target = Target::Port { port, gateway: gateway.map(addr), source: Some(addr(source)), mtu: 1500 };
        RoutesOfLength { length, v6: to.is_ipv6(), routes: [(to, target)].into_iter().collect() }
    };
    let mut neighbours = ahash::AHashMap::new();
    neighbours.insert((port, addr("10.9.0.1")), GATEWAY);
    neighbours.insert((port, addr("fd00:9::1")), GATEWAY);
    for i in 1..=8 {
        neighbours.insert((port, rip(i, false)), server_mac(i));
        neighbours.insert((port, rip(i, true)), server_mac(i));
    }
    Network {
        door: None,
        narrowest: 0,
        links: vec![Some(Link {
            port,
            mac: DIRECTOR,
            mtu: 1500,
            running: true,
            addresses: vec!["10.9.0.2/24".parse().unwrap(), "fd00:9::2/64".parse().unwrap()],
        })],
        routes: vec![
            route("fd00:9::", 64, None, "fd00:9::2"),
            route("10.9.0.0", 24, None, "10.9.0.2"),
            route("::", 0, Some("fd00:9::1"), "fd00:9::2"),
            route("0.0.0.0", 0, Some("10.9.0.1"), "10.9.0.2"),
        ],
        neighbours,
        host_addresses: [addr("10.9.0.2"), addr("fd00:9::2")].into_iter().collect(),
        forwarding: (false, false),
        icmp_limits: IcmpLimits::default(),
    }
}
