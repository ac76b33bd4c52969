//! This project's director in this process, without a network: the keeper behind a real control socket, ipvsadm's
//! command line before it, frames handed to [`Director::handle`], and a clock that stands still until a scenario waits.
//!
//! It does what `worker::turn` does around a sweep: refresh the snapshot, release what waited, handle, count, publish,
//! and once a second let connections end.

use super::host;
use super::play::{Subject, Told};
use super::rig;
use super::script::Change;
use super::wire::Wire;
use anyhow::{Context, Result, bail, ensure};
use ipnet::IpNet;
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ulvs::api::client::Client;
use ulvs::api::server::{self, Handle, Peer};
use ulvs::cli::ipvsadm::{self, Program, Streams};
use ulvs::config::Names;
use ulvs::conn::{ConnConfig, ConnTable};
use ulvs::control::command::{Command, Reply, Request};
use ulvs::control::effect::{ClaimPlan, ClaimReport, DoorNames, DoorPlan, Effect};
use ulvs::control::{Board, Keeper, Outside};
use ulvs::director::{Director, DropReason, Memory, Verdict, settle};
use ulvs::frame::memory::MemorySink;
use ulvs::frame::{Frame, FrameMeta, PacketType, VnetHeader};
use ulvs::lvs::{
    AddressFact, HostFact, IcmpLimits, LinkFact, Mac, NeighbourFact, PortId, RouteFact, Tunable,
};
use ulvs::service::Snapshot;
use ulvs::worker::{ExpressWay, Intake};

/// The link's index.
const IFINDEX: u32 = 2;
/// Its name, as in the kernel's half of the rig.
const NAME: &str = "vec0";
/// The names that both directors know.
pub const SERVICES: &str = include_str!("services");

/// The world of a keeper that is alone: every claim holds, and nothing else happens but that its frames are led.
struct Nowhere {
    express: Option<Arc<Mutex<ExpressWay>>>,
    intake: Option<Arc<Mutex<Intake>>>,
}

impl Outside for Nowhere {
    fn claim(&mut self, plan: ClaimPlan) -> Vec<ClaimReport> {
        if let Some(intake) = &self.intake {
            intake.lock().unwrap_or_else(PoisonError::into_inner).widen(&plan);
        }
        if let Some(express) = &self.express {
            express.lock().unwrap_or_else(PoisonError::into_inner).follow(&plan);
        }
        plan.devices.into_iter().map(|device| ClaimReport { device, outcome: Ok(()) }).collect()
    }
    fn claim_no_more(&mut self) {
        if let Some(intake) = &self.intake {
            intake.lock().unwrap_or_else(PoisonError::into_inner).narrow();
        }
    }
    fn door(&mut self, _plan: DoorPlan) -> bool {
        false
    }
    fn effect(&mut self, _effect: Effect) {}
    fn wake_workers(&mut self) {}
    fn free_pages(&mut self) -> Option<u64> {
        // About what the other half's kernel has.
        Some(30_000)
    }
    fn announce(&mut self, _port: PortId, _vips: &[IpAddr]) {}
    fn reopen(&mut self, _port: PortId, _ifindex: u32) {}
    fn close(&mut self, _port: PortId) {}
}

type SharedKeeper = Arc<Mutex<Keeper<Nowhere>>>;

/// A director in this process.
pub struct Inside {
    board: Arc<Board>,
    keeper: SharedKeeper,
    /// What each worker remembers.
    memories: Vec<Memory>,
    epoch: u64,
    /// The last sweep for connections of deleted real servers.
    sweeps: u64,
    /// What it emitted while time went by.
    late: Vec<Vec<u8>>,
    /// Tenths of a second since it began.
    uptime: u32,
    names: Names,
    /// By which frames come and go; `None`: from memory and to memory.
    wire: Option<Arc<Mutex<Wire>>>,
    socket: PathBuf,
    server: Option<Handle>,
}

impl Inside {
    /// A director on the rig, without services.
    ///
    /// # Errors
    /// No socket can be made in the folder for temporary files.
    pub fn start() -> Result<Self> {
        Self::start_on(None)
    }

    /// As [`Inside::start`]; its frames come and go by the wire, if there is one.
    ///
    /// # Errors
    /// As there.
    pub fn start_on(wire: Option<Arc<Mutex<Wire>>>) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let conns = ConnTable::new(ConnConfig {
            shards: 16,
            capacity: 1 << 20,
            seed: Some(1),
            ..ConnConfig::default()
        })?;
        let ports = [(NAME.to_owned(), IFINDEX)];
        let (express, intake, workers) = match &wire {
            Some(wire) => {
                let wire = wire.lock().unwrap_or_else(PoisonError::into_inner);
                (wire.express.clone(), Some(wire.intake.clone()), wire.workers())
            }
            None => (None, None, 1),
        };
        let board = Arc::new(Board::with_set_time(conns, workers));
        if let Some(intake) = &intake {
            // Nothing of the scenario before.
            let mut intake = intake.lock().unwrap_or_else(PoisonError::into_inner);
            intake.widen(&ClaimPlan::default());
            intake.narrow();
        }
        if let Some(express) = &express {
            // Nothing of the scenario before.
            express.lock().unwrap_or_else(PoisonError::into_inner).follow(&ClaimPlan::default());
        }
        let nowhere = Nowhere { express, intake };
        let mut keeper = Keeper::new(board.clone(), &ports, DoorNames::default(), None, nowhere);
        let (sender, facts) = crossbeam_channel::unbounded();
        for fact in facts_of_the_rig() {
            sender.send(fact).context("the keeper's mailbox")?;
        }
        keeper.begin(&facts, None, false).context("the keeper")?;
        let keeper = Arc::new(Mutex::new(keeper));

        let number = NUMBER.fetch_add(1, Relaxed);
        let socket = std::env::temp_dir().join(format!("ulvs-conformance-{}-{number}", std::process::id()));
        let bound = server::bind(&socket).with_context(|| socket.display().to_string())?;
        let theirs = keeper.clone();
        let server = server::serve(bound.listener, move |request, _peer: Peer| {
            theirs.lock().unwrap_or_else(PoisonError::into_inner).serve(request)
        })?;
        let defrag = board.defrag.clone();
        let memory = || Memory { dice: 1, next_id: 1, defrag: defrag.clone(), ..Memory::default() };
        Ok(Self {
            memories: (0..workers).map(|_| memory()).collect(),
            board,
            keeper,
            epoch: u64::MAX,
            sweeps: 0,
            late: Vec::new(),
            uptime: 0,
            names: Names::from_text(SERVICES, ""),
            wire,
            socket,
            server: Some(server),
        })
    }

    /// The snapshot of this moment, and what a worker does when it is new.
    fn look(&mut self, out: &mut Vec<Vec<u8>>) -> Arc<Snapshot> {
        let view = self.board.snapshot.load_full();
        if view.epoch != self.epoch {
            self.epoch = view.epoch;
            for (memory, mine) in self.memories.iter_mut().zip(&self.board.workers) {
                let Memory { tally, waiting, .. } = memory;
                tally.fit(&view);
                waiting.release(&view.network, |_, held| {
                    out.push(held.bytes.to_vec());
                    tally.count(held.end(true));
                });
                mine.epoch.store(view.epoch, Relaxed);
            }
        }
        if view.sweeps != self.sweeps {
            self.sweeps = view.sweeps;
            let conns = &self.board.conns;
            let is_orphan = |id| view.server(id).is_some_and(|server| !server.available);
            for shard in 0..conns.shards() {
                let mut place = Some(0);
                while let Some(from) = place {
                    place =
                        conns.sweep_shard(shard, from, is_orphan, &mut |closed| settle(&view, conns, closed));
                }
            }
        }
        view
    }

    fn handle(
        &mut self,
        bytes: &[u8],
        view: &Snapshot,
        out: &mut Vec<Vec<u8>>,
        passed: &mut Vec<Vec<u8>>,
    ) -> Result<()> {
        let mut bytes = bytes.to_vec();
        let to = bytes.get(..6).and_then(|mac| mac.try_into().ok()).map(Mac);
        let packet_type = match to {
            Some(rig::DIRECTOR) => PacketType::Host,
            Some(Mac([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])) => PacketType::Broadcast,
            Some(mac) if mac.is_group() => PacketType::Multicast,
            _ => PacketType::OtherHost,
        };
        let meta = FrameMeta {
            port: PortId(0),
            packet_type,
            vlan: None,
            wire_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            vnet: VnetHeader::default(),
            stamp_ns: 0,
        };
        let (now, conns, memories) = (self.board.now(), &self.board.conns, &mut self.memories);
        let given = bytes.clone();
        let mut seen = None;
        let wire = self.wire.as_ref().filter(|_| Wire::carries(&given));
        if let Some(wire) = wire {
            let mut wire = wire.lock().unwrap_or_else(PoisonError::into_inner);
            let came = wire.carry(&given, |worker, frame, out| {
                let Some(memory) = memories.get_mut(worker) else { return };
                memory.tally.receive();
                let verdict = Director { now, view, conns, memory }.handle(frame, out);
                memory.tally.count(verdict);
                seen = Some((verdict, worker));
            })?;
            out.extend(came.into_iter().flatten());
        }
        let (verdict, worker) = match seen {
            Some(seen) => seen,
            // From memory. What the filter has refused comes that way, too, to see that it was right.
            None => {
                let Some(memory) = memories.first_mut() else { bail!("no worker") };
                let mut sink = MemorySink::default();
                let frame = Frame { bytes: &mut bytes, meta };
                let verdict = Director { now, view, conns, memory }.handle(frame, &mut sink);
                if wire.is_some() {
                    let is_foreign = matches!(verdict, Verdict::Passed(_) | Verdict::Dropped(_));
                    ensure!(is_foreign && sink.frames.is_empty(), "the filter refused a frame: {verdict:?}");
                } else {
                    memory.tally.receive();
                    memory.tally.count(verdict);
                }
                out.extend(sink.frames.into_iter().map(|emitted| emitted.bytes));
                (verdict, 0)
            }
        };
        self.agree_with(worker);
        if matches!(verdict, Verdict::Passed(_)) && packet_type == PacketType::Host {
            passed.extend(host::forwarded(given, view));
        }
        self.follow_joined(view, out);
        Ok(())
    }

    /// The others throw dice, and number packets, as this worker now would: answers do not depend on who gave them.
    fn agree_with(&mut self, worker: usize) {
        let Some((dice, next_id)) = self.memories.get(worker).map(|memory| (memory.dice, memory.next_id))
        else {
            return;
        };
        for memory in &mut self.memories {
            (memory.dice, memory.next_id) = (dice, next_id);
        }
    }

    /// What a worker does with datagrams whose fragments came together, or did not in time.
    fn follow_joined(&mut self, view: &Snapshot, out: &mut Vec<Vec<u8>>) {
        for worker in 0..self.memories.len() {
            let Some(memory) = self.memories.get_mut(worker) else { continue };
            for mut datagram in std::mem::take(&mut memory.joined) {
                let mut sink = MemorySink::default();
                let (now, conns) = (self.board.now(), &self.board.conns);
                let verdict = Director { now, view, conns, memory: &mut *memory }
                    .handle_joined(&mut datagram, &mut sink);
                memory.tally.count(verdict);
                out.extend(sink.frames.into_iter().map(|emitted| emitted.bytes));
            }
            self.agree_with(worker);
        }
    }

    fn publish(&mut self, view: &Snapshot) {
        for (memory, mine) in self.memories.iter_mut().zip(&self.board.workers) {
            memory.tally.publish(view, &mine.tally);
        }
    }

    /// What a worker does ever again: connections end when their time is over.
    fn expire(&mut self, view: &Snapshot) {
        let (now, conns) = (self.board.now(), &self.board.conns);
        for shard in 0..conns.shards() {
            let mut each = |closed: ulvs::conn::Closed| settle(view, conns, closed);
            while conns.expire_shard(shard, now, &mut each).behind {}
        }
    }

    /// What a worker and the keeper do once a second.
    fn pass_second(&mut self) {
        let mut out = Vec::new();
        let view = self.look(&mut out);
        let (now, conns) = (self.board.now(), &self.board.conns);
        if view.tunables.drop_entry.is_on() {
            for shard in 0..conns.shards() {
                let mut each = |closed: ulvs::conn::Closed| settle(&view, conns, closed);
                if let Some(memory) = self.memories.first_mut() {
                    conns.thin_shard(shard, now, &mut memory.dice, &mut each);
                }
            }
            self.agree_with(0);
        }
        for memory in &mut self.memories {
            let Memory { waiting, tally, defrag, joined, .. } = memory;
            let lost = waiting.give_up(now);
            tally.count_many(Verdict::Dropped(DropReason::NeighbourUnresolved), lost as u64);
            defrag.expire(now, |late| joined.push(late));
        }
        self.follow_joined(&view, &mut out);
        self.publish(&view);
        self.late.append(&mut out);
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner).pass_second();
    }

    /// A command of `ulvs`; its exit status, 0 or 1.
    fn ulvs(&self, words: &[&str]) -> Told {
        let argv = ["ulvs".into(), "--socket".into(), self.socket.clone().into_os_string()];
        let words = words.iter().map(OsString::from);
        let done = ulvs::cli::entry(argv.into_iter().chain(words)) == ExitCode::SUCCESS;
        (u8::from(!done), String::new())
    }

    fn ask(&self, request: &Request) -> Result<Reply> {
        Ok(Client::connect(&self.socket)?.ask(request)?)
    }

    fn inform(&self, facts: Vec<HostFact>) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        for fact in facts {
            keeper.inform(fact);
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

impl Subject for Inside {
    fn ipvsadm(&mut self, args: &str, stdin: &str) -> Result<Told> {
        // What was counted so far is seen by listings.
        let view = self.look(&mut Vec::new());
        self.publish(&view);
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        let output = Mutex::new(Vec::new());
        let status = {
            let (mut stdout, mut stderr) = (Shared(&output), Shared(&output));
            let mut input = stdin.as_bytes();
            let streams = Streams { stdin: &mut input, stdout: &mut stdout, stderr: &mut stderr };
            ipvsadm::run(Program::Ipvsadm, &args, streams, &self.socket, &self.names)
        };
        let output = output.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((status, String::from_utf8_lossy(&output).into_owned()))
    }

    /// As `ulvs sysctl` does it, without what that says to people.
    fn sysctl(&mut self, name: &str, value: &str) -> Result<Told> {
        let refused = Ok((1, String::new()));
        let Ok((tunable, value)) = Tunable::find(name).and_then(|found| Ok((found, found.parse(value)?)))
        else {
            return refused;
        };
        match self.ask(&Request::Command(Command::SetTunable { name: tunable.name.to_owned(), value }))? {
            Reply::Done => Ok((0, String::new())),
            Reply::Refused(_) => refused,
            other => bail!("the keeper was told {name}={value} and said {other:?}"),
        }
    }

    fn tunable(&mut self, name: &str) -> Result<Told> {
        let Ok(tunable) = Tunable::find(name) else { return Ok((1, String::new())) };
        match self.ask(&Request::Tunables)? {
            Reply::Tunables(tunables) => Ok((0, format!("{}\n", tunable.get(&tunables)))),
            other => bail!("the keeper was asked for its tunables and said {other:?}"),
        }
    }

    fn mark(&mut self, args: &str) -> Result<Told> {
        let words: Vec<&str> = std::iter::once("mark").chain(args.split_whitespace()).collect();
        Ok(self.ulvs(&words))
    }

    fn change(&mut self, change: Change) -> Result<()> {
        self.inform(match change {
            // Claimed with the first service on it, or with the first mark.
            Change::Vip(_) | Change::Deliver(_) => Vec::new(),
            Change::Local(addr) => {
                vec![HostFact::Address(AddressFact { ifindex: IFINDEX, net: addr.into() })]
            }
            Change::Route(to, gateway, mtu) => vec![route(to, Some(gateway), mtu)],
            Change::Mtu(mtu) => vec![link(mtu)],
            Change::Forwarding(on) => vec![HostFact::Forwarding { v4: on, v6: on }],
        });
        Ok(())
    }

    fn exchange(&mut self, frames: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
        let mut out = std::mem::take(&mut self.late);
        let view = self.look(&mut out);
        let mut passed = Vec::new();
        for frame in frames {
            self.handle(frame, &view, &mut out, &mut passed)?;
        }
        host::put_in_order(&mut passed);
        out.append(&mut passed);
        self.publish(&view);
        Ok(out)
    }

    fn wait(&mut self, tenths: u32) -> Result<()> {
        for _ in 0..tenths {
            self.uptime += 1;
            self.board.set_uptime(Duration::from_millis(u64::from(self.uptime) * 100));
            let mut out = Vec::new();
            let view = self.look(&mut out);
            self.late.append(&mut out);
            self.expire(&view);
            if self.uptime.is_multiple_of(10) {
                self.pass_second();
            }
        }
        Ok(())
    }
}

/// Two writers into one text, in the order of writing.
struct Shared<'o>(&'o Mutex<Vec<u8>>);

impl std::io::Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn link(mtu: u32) -> HostFact {
    let name = NAME.to_owned();
    HostFact::Link(LinkFact {
        ifindex: IFINDEX,
        name,
        mac: rig::DIRECTOR,
        mtu,
        running: true,
        ethernet: true,
    })
}

fn route(to: IpNet, gateway: Option<IpAddr>, mtu: Option<u32>) -> HostFact {
    HostFact::Route(RouteFact { to, gateway, ifindex: IFINDEX, source: None, metric: 0, mtu })
}

/// The whole truth about the rig, from [`HostFact::Resync`] to [`HostFact::Synced`].
fn facts_of_the_rig() -> Vec<HostFact> {
    // As in the kernel's half, ICMP errors are not limited: scenarios come faster than any traffic.
    let unlimited = IcmpLimits {
        v4_interval_ms: 0,
        v6_interval_ms: 0,
        per_second: 1_000_000,
        burst: 1_000_000,
        ..IcmpLimits::default()
    };
    let mut facts = vec![
        HostFact::Resync,
        HostFact::Forwarding { v4: true, v6: true },
        HostFact::IcmpLimits(unlimited),
        link(1500),
    ];
    for ((dip, len), gateway) in rig::DIPS.into_iter().zip(rig::GATEWAYS) {
        let everywhere = if dip.is_ipv4() { "0.0.0.0/0" } else { "::/0" };
        if let (Ok(net), Ok(everywhere)) = (IpNet::new(dip, len), everywhere.parse()) {
            facts.push(HostFact::Address(AddressFact { ifindex: IFINDEX, net }));
            facts.push(route(net.trunc(), None, None));
            facts.push(route(everywhere, Some(gateway), None));
        }
    }
    for (addr, mac) in rig::neighbours() {
        let (mac, failed) = (Some(mac), false);
        facts.push(HostFact::Neighbour(NeighbourFact { ifindex: IFINDEX, addr, mac, failed }));
    }
    facts.push(HostFact::Synced);
    facts
}
