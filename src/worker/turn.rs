//! One worker's life: look at orders, take sweeps, let time pass.

use super::shed::Shedder;
use super::spin::wait;
use super::wake::Wake;
use crate::control::{Board, Event, WorkerBoard};
use crate::director::{Director, DropReason, Memory, Notice, Verdict, look_ahead, settle};
use crate::frame::packet::{Ahead, PacketIo, Turn};
use crate::frame::xdp::Express;
use crate::lvs::{Mac, PortId};
use crate::ring::{RxRing, Valve};
use crate::service::Snapshot;
use crate::time::Tick;
use crate::wire::{arp, ndp};
use arc_swap::Cache;
use crossbeam_channel::{Receiver, Sender};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Frames per sweep: enough that the system call's price is spread, few enough that the first one does not wait.
const SWEEP: usize = 64;
/// A worker that sees no frame wakes this often: for timers, and so that it does not hold an old snapshot for long.
const NAP: Duration = Duration::from_millis(500);
/// The same while it has its round through the connections to finish.
const HOUSEKEEPING_NAP: Duration = Duration::from_millis(1);
/// Shards that a busy worker looks through for connections that are due, each turn.
const SHARDS_PER_TURN: usize = 16;
/// Bytes of a frame on which the code failed that go into the log.
const REPORT: usize = 128;
/// More caught panics than this within a minute, and the process ends to be restarted.
const PANICS_PER_MINUTE: u32 = 10;

/// What a worker may be told.
#[derive(Debug)]
pub(super) enum Order {
    /// Use this ring (or none) for an interface from now on, and this AF_XDP socket beside it.
    Replace(PortId, Option<Box<(RxRing, Option<Express>)>>),
    /// Tell an interface's neighbours that these VIPs are here.
    Announce(PortId, Vec<IpAddr>),
    /// End after this turn.
    Stop,
}

/// One worker.
pub(super) struct Worker {
    number: usize,
    board: Arc<Board>,
    io: PacketIo,
    orders: Receiver<Order>,
    wake: Wake,
    events: Sender<Event>,
    memory: Memory,
    /// The shard to look at next for connections that are due, and when the round began.
    expiry: Expiry,
    orphans: Orphans,
    panics: Panics,
    /// The keeper was asked to take memory for more connections, and did not yet.
    has_asked: bool,
    is_stopping: bool,
    /// How long to look for frames, after there were some, before sleeping.
    spin: Duration,
    shedder: Shedder,
}

/// The beginning of a frame, kept in case that the code fails on it.
struct Report {
    bytes: [u8; REPORT],
    len: usize,
}

impl Report {
    fn of(frame: &[u8]) -> Self {
        // A copy of fixed length costs next to nothing; short frames take the long way.
        if let Some(first) = frame.first_chunk::<REPORT>() {
            return Self { bytes: *first, len: REPORT };
        }
        let mut bytes = [0; REPORT];
        if let Some(place) = bytes.get_mut(..frame.len()) {
            place.copy_from_slice(frame);
        }
        Self { bytes, len: frame.len() }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Expiry {
    next_shard: usize,
    round: Tick,
    /// When fragments that waited too long were last looked for.
    fragments: Tick,
}

/// The search for connections of deleted real servers (`expire_nodest_conn`).
#[derive(Debug, Default)]
struct Orphans {
    /// The last search that was begun, as [`Snapshot::sweeps`] counts them.
    search: u64,
    /// Where to go on, shard and place in it; `None`: finished.
    place: Option<(usize, u32)>,
}

#[derive(Debug, Default)]
struct Panics {
    since: Tick,
    count: u32,
}

impl Worker {
    pub(super) fn new(
        number: usize,
        board: Arc<Board>,
        io: PacketIo,
        orders: Receiver<Order>,
        wake: Wake,
        events: Sender<Event>,
    ) -> Self {
        let seed = RandomState::new().build_hasher().finish();
        let (defrag, passes) = (board.defrag.clone(), board.passes.clone());
        let mut memory = Memory { dice: seed | 1, defrag, passes, ..Memory::default() };
        #[expect(clippy::cast_possible_truncation, reason = "any 16 bits will do")]
        {
            memory.next_id = (seed >> 8) as u16;
        }
        Self {
            number,
            board,
            io,
            orders,
            wake,
            events,
            memory,
            expiry: Expiry::default(),
            orphans: Orphans::default(),
            panics: Panics::default(),
            has_asked: false,
            is_stopping: false,
            spin: Duration::ZERO,
            shedder: Shedder::default(),
        }
    }

    /// Has connection requests shed by this valve when it cannot keep up.
    pub(super) fn shedding(mut self, valve: Option<Valve>) -> Self {
        self.shedder = Shedder::new(valve);
        self
    }

    /// Looks so long for frames before it sleeps, if it has just had some.
    pub(super) const fn looking(mut self, spin: Duration) -> Self {
        self.spin = spin;
        self
    }

    /// Works until told to stop.
    pub(super) fn run(mut self, cpu: Option<usize>) {
        let board = self.board.clone();
        let Some(mine) = board.workers.get(self.number) else { return };
        mine.cpu.store(cpu.and_then(|cpu| i64::try_from(cpu).ok()).unwrap_or(-1), Relaxed);
        let mut snapshots = Cache::new(&board.snapshot);
        let mut epoch = u64::MAX;
        let mut spin = Duration::ZERO;
        while !self.is_stopping {
            let nap = self.nap();
            let ready = wait(&mut self.io, self.wake.as_fd(), nap, spin);
            spin = if ready.frames.is_empty() { Duration::ZERO } else { self.spin };
            let view = snapshots.load().clone();
            let now = board.now();
            if view.epoch != epoch {
                epoch = view.epoch;
                self.memory.tally.fit(&view);
                self.release(&view);
                mine.epoch.store(epoch, Relaxed);
            }
            self.obey(&view);
            for port in ready.frames.iter() {
                self.sweep(port, &view, now, mine);
            }
            self.shedder.adjust(ready.frames.is_empty());
            self.let_time_pass(&view, now, mine, ready.frames.is_empty());
            self.memory.tally.publish(&view, &mine.tally);
        }
    }

    /// How long to sleep if no frame comes.
    fn nap(&self) -> Duration {
        if self.expiry.next_shard < self.board.conns.shards() || self.orphans.place.is_some() {
            HOUSEKEEPING_NAP
        } else if self.memory.waiting.is_empty() {
            NAP
        } else {
            NAP / 5
        }
    }

    /// Takes one sweep from an interface.
    fn sweep(&mut self, port: PortId, view: &Snapshot, now: Tick, mine: &WorkerBoard) {
        let mut verdicts = [Verdict::Held; SWEEP];
        let mut taken = 0;
        let mut first_stamp = 0;
        let Self { board, io, memory, panics, shedder, .. } = self;
        let conns = &board.conns;
        let ahead = |sweep: Ahead<'_>| match sweep {
            Ahead::Ring(sweep) => {
                shedder.look(sweep);
                look_ahead(view, conns, sweep.peek());
            }
            Ahead::Express(sweep) => look_ahead(view, conns, sweep.peek()),
        };
        let turn = io.turn_ahead(port, SWEEP, ahead, |frame, out| {
            if first_stamp == 0 {
                first_stamp = frame.meta.stamp_ns;
            }
            memory.tally.receive();
            let report = Report::of(frame.bytes);
            let mut director = Director { now, view, conns, memory };
            let handled = catch_unwind(AssertUnwindSafe(|| director.handle(frame, out)));
            let verdict = handled.unwrap_or_else(|_| {
                report_panic(report.bytes(), panics, now, mine);
                Verdict::Dropped(DropReason::Panicked)
            });
            if let Some(place) = verdicts.get_mut(taken) {
                *place = verdict;
            }
            taken += 1;
        });
        if turn.frames == 0 {
            return;
        }
        mine.turns.store(mine.turns.load(Relaxed) + 1, Relaxed);
        if turn.is_express {
            mine.express.store(mine.express.load(Relaxed) + turn.frames as u64, Relaxed);
        }
        self.count(&verdicts[..taken.min(SWEEP)], &turn);
        if turn.flush.runs_refused > 0 {
            self.tell_what_is_given_up(view);
        }
        self.follow_joined(view, now, mine);
        record_latency(first_stamp, mine);
        self.ask_for_neighbours();
        self.ask_for_memory();
    }

    /// Takes datagrams whose fragments came together in this sweep (or too late) through the director: a sweep of their own,
    /// from the worker's memory instead of a ring.
    fn follow_joined(&mut self, view: &Snapshot, now: Tick, mine: &WorkerBoard) {
        if self.memory.joined.is_empty() {
            return;
        }
        let mut joined = std::mem::take(&mut self.memory.joined);
        for some in joined.chunks_mut(SWEEP) {
            let mut verdicts = [Verdict::Held; SWEEP];
            let mut taken = 0;
            let Self { board, io, memory, panics, .. } = self;
            let turn = io.send_all(some, |datagram, out| {
                let report = Report::of(&datagram.bytes);
                let mut director = Director { now, view, conns: &board.conns, memory };
                let handled = catch_unwind(AssertUnwindSafe(|| {
                    let own = datagram; // moved, not borrowed anew: its bytes stay in `out` until the flush
                    director.handle_joined(own, out)
                }));
                let verdict = handled.unwrap_or_else(|_| {
                    report_panic(report.bytes(), panics, now, mine);
                    Verdict::Dropped(DropReason::Panicked)
                });
                if let Some(place) = verdicts.get_mut(taken) {
                    *place = verdict;
                }
                taken += 1;
            });
            self.count(&verdicts[..taken.min(SWEEP)], &turn);
        }
        // The vector is used again; what it has grown to in a flood is given back.
        joined.clear();
        joined.shrink_to(SWEEP);
        self.memory.joined = joined;
    }

    /// Counts the verdicts of a sweep; what the kernel refused to send is dropped after all.
    fn count(&mut self, verdicts: &[Verdict], turn: &Turn) {
        let all_sent = turn.flush.lost() == 0;
        for (number, verdict) in verdicts.iter().enumerate() {
            let lost = !all_sent
                && matches!(verdict, Verdict::Forwarded(_) | Verdict::Answered(_))
                && u8::try_from(number).is_ok_and(|group| turn.flush.hit(group));
            let verdict = if lost { Verdict::Dropped(DropReason::TransmitFailed) } else { *verdict };
            self.memory.tally.count(verdict);
        }
        self.memory.tally.notice_many(Notice::Coalesced, turn.flush.joined.into());
        self.memory.tally.notice_many(Notice::RunRefused, turn.flush.runs_refused.into());
    }

    /// Says what the kernel refuses for good: the frames still go out, but each at its full price.
    fn tell_what_is_given_up(&mut self, view: &Snapshot) {
        for (port, kind) in self.io.take_given_up() {
            let mac = view.network.link(port).map(|link| link.mac.to_string()).unwrap_or_default();
            tracing::warn!(
                mac,
                "the kernel refuses super-frames of {kind} on this interface: its frames go one by one"
            );
        }
    }

    /// The keeper has the kernel resolve neighbours that packets wait for. A full mailbox is no harm: the keeper asks
    /// for every next hop in use by itself, and packets wait for a limited time only.
    fn ask_for_neighbours(&mut self) {
        if self.memory.waiting.is_empty() {
            return;
        }
        for (port, addr) in self.memory.waiting.take_wanted() {
            let _ = self.events.try_send(Event::Wanted(port, addr));
        }
    }

    /// The keeper takes memory for connections to come, before they come. A full mailbox is no harm: a packet that opens one
    /// takes it then.
    fn ask_for_memory(&mut self) {
        let is_short = self.board.conns.wants_memory();
        if is_short && !self.has_asked {
            let _ = self.events.try_send(Event::Crowded);
        }
        self.has_asked = is_short;
    }

    /// Sends what waited for neighbours that are known by now.
    fn release(&mut self, view: &Snapshot) {
        let Self { io, memory, .. } = self;
        let Memory { waiting, tally, .. } = memory;
        waiting.release(&view.network, |port, held| {
            let sent = io.send(port, &held.vnet, &held.bytes).sent == 1;
            tally.count(held.end(sent));
        });
    }

    fn obey(&mut self, view: &Snapshot) {
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Replace(port, Some(new)) => {
                    let (ring, express) = *new;
                    self.io.replace(port, Some(ring));
                    if let Some(express) = express {
                        self.io.add_express(port, express);
                    }
                }
                Order::Replace(port, None) => self.io.replace(port, None),
                Order::Announce(port, vips) => self.announce(port, &vips, view),
                Order::Stop => self.is_stopping = true,
            }
        }
    }

    fn announce(&mut self, port: PortId, vips: &[IpAddr], view: &Snapshot) {
        let mac = view.network.link(port).map_or(Mac::ZERO, |link| link.mac);
        let (_, routes) = view.network.forwarding;
        for vip in vips {
            let none = crate::frame::VnetHeader::default();
            let _ = match vip {
                IpAddr::V4(vip) => self.io.send(port, &none, &arp::announcement(*vip, mac)),
                IpAddr::V6(vip) => self.io.send(port, &none, &ndp::announcement(*vip, mac, routes)),
            };
        }
    }

    /// Once a second: connections that are due, packets that waited too long, and what only the kernel can count.
    /// Shards are shared out among the workers; a round is spread over turns so that no packet waits for it.
    fn let_time_pass(&mut self, view: &Snapshot, now: Tick, mine: &WorkerBoard, is_idle: bool) {
        let (shards, workers) = (self.board.conns.shards(), self.board.workers.len().max(1));
        if self.expiry.next_shard >= shards && now.since(self.expiry.round) >= Tick::PER_SECOND {
            (self.expiry.next_shard, self.expiry.round) = (self.number, now);
            mine.kernel_drops.store(self.io.kernel_drops(), Relaxed);
            mine.bad_slots.store(self.io.bad_slots(), Relaxed);
            let lost = self.memory.waiting.give_up(now);
            self.memory.tally.count_many(Verdict::Dropped(DropReason::NeighbourUnresolved), lost as u64);
        }
        if self.number == 0 && now.since(self.expiry.fragments) >= Tick::PER_SECOND {
            self.expiry.fragments = now;
            let Self { board, memory, .. } = self;
            board.defrag.expire(now, |late| memory.joined.push(late));
            self.follow_joined(view, now, mine);
        }
        // The first worker speaks for the fragments, which all of them share.
        let fragments = if self.number == 0 { self.board.defrag.frames() } else { 0 };
        mine.held.store(self.memory.waiting.len() as u64 + fragments, Relaxed);
        // With nothing to do the whole round at once (an idle worker's turns are rare), else a few shards per turn.
        let most = if is_idle { shards.saturating_mul(2) } else { SHARDS_PER_TURN };
        for _ in 0..most {
            if self.expiry.next_shard >= shards {
                break;
            }
            let conns = &self.board.conns;
            let expiry = conns.expire_shard(self.expiry.next_shard, now, &mut |closed| {
                settle(view, conns, closed);
            });
            if !expiry.behind {
                self.thin(self.expiry.next_shard, view, now);
                self.expiry.next_shard += workers;
            }
        }
        self.end_orphans(view);
    }

    /// `drop_entry`, once a second for every shard.
    fn thin(&mut self, shard: usize, view: &Snapshot, now: Tick) {
        if !view.tunables.drop_entry.is_on() {
            return;
        }
        let Memory { dice, tally, .. } = &mut self.memory;
        let conns = &self.board.conns;
        conns.thin_shard(shard, now, dice, &mut |closed| {
            settle(view, conns, closed);
            tally.notice(Notice::Thinned);
        });
    }

    /// Ends connections of deleted real servers, some thousand places per turn, when a snapshot says that it is time.
    fn end_orphans(&mut self, view: &Snapshot) {
        let (shards, workers) = (self.board.conns.shards(), self.board.workers.len().max(1));
        if view.sweeps != self.orphans.search {
            self.orphans = Orphans { search: view.sweeps, place: Some((self.number, 0)) };
        }
        let is_orphan = |id| view.server(id).is_some_and(|server| !server.available);
        for _ in 0..16 {
            let Some((shard, place)) = self.orphans.place else { return };
            let tally = &mut self.memory.tally;
            let conns = &self.board.conns;
            let next = conns.sweep_shard(shard, place, is_orphan, &mut |closed| {
                settle(view, conns, closed);
                tally.notice(Notice::ServerGone);
            });
            self.orphans.place = match next {
                Some(place) => Some((shard, place)),
                None => Some((shard + workers, 0)).filter(|(shard, _)| *shard < shards),
            };
        }
    }
}

/// Tells of a frame on which the code failed, and ends the process if that happens too often.
fn report_panic(bytes: &[u8], panics: &mut Panics, now: Tick, mine: &WorkerBoard) {
    mine.panics.fetch_add(1, Relaxed);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    tracing::error!(frame = %hex, "a frame made the director fail; it was dropped. Please report it");
    if now.since(panics.since) > 60 * Tick::PER_SECOND {
        *panics = Panics { since: now, count: 0 };
    }
    panics.count += 1;
    if panics.count > PANICS_PER_MINUTE {
        tracing::error!("more than {PANICS_PER_MINUTE} failures in a minute: giving up, to be restarted");
        std::process::abort();
    }
}

/// Records how long the first frame of a sweep took from the kernel's stamp to the flush.
#[expect(clippy::disallowed_methods, reason = "the kernel's receive stamps are wall-clock time")]
fn record_latency(stamp_ns: u64, mine: &WorkerBoard) {
    if stamp_ns == 0 {
        return;
    }
    let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) else { return };
    let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    let took = now.saturating_sub(stamp_ns).clamp(1, WorkerBoard::LONGEST_NS);
    // Only `ulvs status` ever holds this lock besides; then the value is not worth waiting for.
    if let Ok(mut histogram) = mine.latency.try_lock() {
        histogram.saturating_record(took);
    }
}

#[cfg(test)]
#[path = "turn_tests.rs"]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests;
