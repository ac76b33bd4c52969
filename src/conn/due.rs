//! What other directors are to be told of connections: noted while a packet has the shard's lock anyway, for the sync
//! daemon to fetch. Which packets that are is IPVS's rule (`ipvs.md` §6.4).
//!
//! A packet pays one look at a flag while no master daemon runs. While one runs it copies its entry into a queue that never
//! waits: what finds no place there is lost, and counted.
//!
//! Templates go a shorter way than in the kernel, which considers one with every packet of its children: here one is due
//! when a connection is opened through it, when it outlives its time for its children, and whenever a child is.

use super::entry::{Conn, ConnFlags};
use super::kin::ConnId;
use super::sctp_state::SctpState;
use super::side::{EngineData, SequenceShift, SideData};
use super::table::ConnTable;
use super::tcp_state::TcpState;
use crate::lvs::{Endpoint, Protocol};
use crate::memory::Mapped;
use crate::service::ServerId;
use crate::time::Tick;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

/// Entries that may wait for the daemon: a fifth of a second at 150,000 of them per second.
const QUEUE: usize = 1 << 15;
/// A connection with so much time left is not told again just for its life: IPVS's ten seconds.
const SHORT_LIFE: u32 = 10 * Tick::PER_SECOND;

/// Packets with which a connection is told early: with the second one TCP is usually established.
const EARLY: u32 = 2;

/// When a connection is due (`sync_threshold`, `sync_period`, `sync_refresh_period`, `sync_retries`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncRules {
    /// A connection is due with its packet of this number, …
    pub threshold: u32,
    /// … and then after so many packets each; 0: not again.
    pub period: u32,
    /// Seconds for which what was told of a life is good enough; 0: of lives nothing is told.
    pub refresh_seconds: u32,
    /// How often it is told again within that time: 0 to 3.
    pub retries: u8,
}

/// What waits for the daemon: entries as their packets left them.
#[derive(Debug)]
struct Queued {
    conn: Conn,
    place: u32,
    parent: Option<ConnId>,
}

/// What is there from the first start of a master daemon on.
struct Depot {
    put: Sender<Queued>,
    take: Receiver<Queued>,
    /// What was told last of the connection at each place: see [`Note`].
    notes: Mapped<AtomicU64>,
}

/// One table's notes of what is due.
#[derive(Default)]
pub(super) struct Dues {
    is_on: AtomicBool,
    /// Which daemon's notes are good.
    generation: AtomicU32,
    threshold: AtomicU32,
    period: AtomicU32,
    /// In ticks.
    refresh: AtomicU32,
    retries: AtomicU32,
    /// The first packets are told, too.
    tells_early: AtomicBool,
    lost: AtomicU64,
    depot: OnceLock<Depot>,
}

/// Seats that are looked at under a shard's lock at once.
const TAKEN: u32 = 256;

/// Where a walk through the table is; the default is its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    shard: usize,
    seat: u32,
}

/// What was told last of a connection, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Note {
    generation: u16,
    state: u8,
    /// Times that it was told again within the refresh period.
    retries: u8,
    /// The deadline that was told.
    deadline: u32,
}

impl Note {
    fn word(self) -> u64 {
        u64::from(self.generation) << 48
            | u64::from(self.state) << 40
            | u64::from(self.retries) << 32
            | u64::from(self.deadline)
    }

    #[expect(clippy::cast_possible_truncation, reason = "parts of a word")]
    const fn of(word: u64) -> Self {
        Self {
            generation: (word >> 48) as u16,
            state: (word >> 40) as u8,
            retries: (word >> 32) as u8,
            deadline: word as u32,
        }
    }
}

impl Dues {
    /// Is anybody to be told anything?
    #[inline]
    pub fn are_told(&self) -> bool {
        self.is_on.load(Relaxed)
    }

    /// A place has a new connection, of which nothing was told yet.
    #[cold]
    pub fn forget(&self, place: u32) {
        if let Some(word) = self.depot.get().and_then(|depot| depot.notes.get(place as usize)) {
            word.store(0, Relaxed);
        }
    }

    /// A packet of the client left this entry so.
    #[cold]
    pub fn consider(&self, conn: &Conn, place: u32, parent: Option<ConnId>, now: Tick) {
        self.weigh(conn, conn.in_pkts(), place, parent, now);
    }

    /// A parent got a child, or outlived its time for its children.
    #[cold]
    pub fn consider_parent(&self, conn: &Conn, place: u32, parent: Option<ConnId>, now: Tick) {
        self.weigh(conn, self.threshold.load(Relaxed), place, parent, now);
    }

    fn weigh(&self, conn: &Conn, packets: u32, place: u32, parent: Option<ConnId>, now: Tick) {
        let Some(depot) = self.depot.get() else { return };
        let Some(word) = depot.notes.get(place as usize) else { return };
        let Some(note) = self.is_due(conn, packets, || Note::of(word.load(Relaxed)), now) else { return };
        word.store(note.word(), Relaxed);
        if depot.put.try_send(Queued { conn: *conn, place, parent }).is_err() {
            self.lost.fetch_add(1, Relaxed);
        }
    }

    /// What is to be noted of it if it is due. `last` costs memory's time and is asked seldom.
    fn is_due(&self, conn: &Conn, packets: u32, last: impl Fn() -> Note, now: Tick) -> Option<Note> {
        if conn.flags().has(ConnFlags::VOID) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the daemon's number, modulo 2^16")]
        let generation = self.generation.load(Relaxed) as u16;
        let last = || Some(last()).filter(|note| note.generation == generation);
        let (state, deadline) = (conn.state_number(), conn.deadline());
        let mut note = Note { generation, state, retries: 0, deadline: deadline.0 };
        if packets <= EARLY && self.tells_early.load(Relaxed) && !conn.is_template() {
            return Some(note);
        }
        if !conn.is_template() && is_news(conn, || last().map_or(0, |note| note.state))? {
            return Some(note);
        }
        let refresh = self.refresh.load(Relaxed);
        let lives = conn.timeout_ticks();
        if refresh > 0
            && let Some(told) = last()
        {
            let ahead = distance(deadline, Tick(told.deadline));
            if ahead < refresh.min(SHORT_LIFE.max(lives / 2)) {
                let since = now.since(Tick(told.deadline.wrapping_sub(lives)));
                if u32::from(told.retries) >= self.retries.load(Relaxed) || since < refresh / 8 {
                    return None;
                }
                note.retries = told.retries + 1;
            }
        }
        let (threshold, period) = (self.threshold.load(Relaxed), self.period.load(Relaxed));
        let is_due = match packets.checked_rem(period) {
            // A threshold that is no less than the period: the kernel refuses it, here it counts from the next period's
            // beginning on.
            Some(rest) => conn.is_template() || rest == threshold % period,
            None => refresh > 0 || packets == threshold,
        };
        is_due.then_some(note)
    }
}

/// Does its state alone make it due: another than was told, and not ESTABLISHED, which packets' numbers decide? `None`: in
/// its state it is never told.
fn is_news(conn: &Conn, told: impl Fn() -> u8) -> Option<bool> {
    let state = conn.state_number();
    let (is_told, established) = match conn.protocol() {
        Some(Protocol::Tcp) => {
            use TcpState::{Close, CloseWait, Established, FinWait, TimeWait};
            let is_told =
                matches!(TcpState::from_number(state), Established | FinWait | Close | CloseWait | TimeWait);
            (is_told, Established.number())
        }
        Some(Protocol::Sctp) => {
            use SctpState::{Closed, Established, ShutdownAckSent, ShutdownReceived, ShutdownSent};
            let is_told = matches!(
                SctpState::from_number(state),
                Established | ShutdownSent | ShutdownReceived | ShutdownAckSent | Closed
            );
            (is_told, Established.number())
        }
        Some(Protocol::Udp) | None => return Some(false),
    };
    is_told.then(|| state != established && state != told())
}

fn distance(one: Tick, other: Tick) -> u32 {
    one.since(other).max(other.since(one))
}

/// A connection or template that another director is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The protocol's number; 0: the template of a firewall mark.
    pub protocol: u8,
    /// Its flags, as IPVS has them.
    pub flags: u16,
    /// Its state's number, as IPVS has it.
    pub state: u8,
    /// CIP and cport.
    pub client: Endpoint,
    /// VIP and vport.
    pub virt: Endpoint,
    /// The port on the real server.
    pub rport: u16,
    /// The real server.
    pub server: ServerId,
    /// How long its state lives, in seconds: of what is left nothing is said.
    pub timeout_seconds: u32,
    /// Shift of what the client sends, and of what the real server sends; `None`: there is none.
    pub shifts: Option<(SequenceShift, SequenceShift)>,
    /// What a persistence engine read.
    pub engine_data: EngineData,
    /// It is the template's child.
    pub is_in_persistence: bool,
}

impl Due {
    fn of(conn: &Conn, side: Option<SideData>, is_in_persistence: bool) -> Self {
        let flags = conn.flags().0 & !(ConnFlags::OURS.0 | ConnFlags::HASHED.0 | ConnFlags::SYNC.0);
        let side = side.unwrap_or_default();
        let is_shifted = flags & (ConnFlags::IN_SEQ.0 | ConnFlags::OUT_SEQ.0) != 0;
        Self {
            protocol: conn.protocol_number(),
            flags,
            state: conn.state_number(),
            client: conn.client(),
            virt: conn.virt(),
            rport: conn.rport(),
            server: conn.server(),
            timeout_seconds: conn.timeout_ticks() / Tick::PER_SECOND,
            shifts: is_shifted.then_some((side.inbound, side.outbound)),
            engine_data: side.engine_data,
            is_in_persistence,
        }
    }

    /// Is it a template?
    pub const fn is_template(&self) -> bool {
        self.flags & ConnFlags::TEMPLATE.0 != 0
    }
}

impl ConnTable {
    /// A master daemon runs from now on, or goes on with other rules; `None`: none runs. At the first start memory is taken for
    /// the queue.
    ///
    /// # Errors
    /// The system grants no memory for it.
    pub fn set_sync(&self, rules: Option<SyncRules>) -> io::Result<()> {
        let dues = &self.common.dues;
        let Some(rules) = rules else {
            dues.is_on.store(false, Relaxed);
            return Ok(());
        };
        if dues.depot.get().is_none() {
            let notes = Mapped::zeroed(self.places(), false)?;
            let (put, take) = bounded(QUEUE);
            // The keeper alone calls this.
            let _ = dues.depot.set(Depot { put, take, notes });
        }
        dues.threshold.store(rules.threshold, Relaxed);
        dues.period.store(rules.period, Relaxed);
        dues.refresh.store(rules.refresh_seconds.saturating_mul(Tick::PER_SECOND), Relaxed);
        dues.retries.store(rules.retries.into(), Relaxed);
        if !dues.is_on.load(Relaxed) {
            dues.tells_early.store(false, Relaxed);
            // 0 is what no note was ever written with.
            let next = (dues.generation.load(Relaxed) + 1) & 0xffff;
            dues.generation.store(next.max(1), Relaxed);
            if let Some(depot) = dues.depot.get() {
                while depot.take.try_recv().is_ok() {}
            }
            dues.is_on.store(true, Relaxed);
        }
        Ok(())
    }

    /// Connections are due with their first packets, too, whatever their state: for those who can do with that.
    pub fn tell_early(&self, is_so: bool) {
        self.common.dues.tells_early.store(is_so, Relaxed);
    }

    /// Hands over what is at some hundred places from `from` on, due or not; where to go on, `None` at the end.
    pub fn take_all(&self, from: Seat, mut each: impl FnMut(Due)) -> Option<Seat> {
        let mut found = Vec::new();
        let next = self.lock(from.shard).copy(from.seat, TAKEN, &mut found);
        for (conn, side, parent) in found {
            let is_in_persistence =
                parent.and_then(|id| self.parent_now(id)).is_some_and(|(parent, ..)| parent.is_template());
            each(Due::of(&conn, side, is_in_persistence));
        }
        match next {
            Some(seat) => Some(Seat { seat, ..from }),
            None => Some(Seat { shard: from.shard + 1, seat: 0 }).filter(|next| next.shard < self.shards()),
        }
    }

    /// Hands over what has become due, in that order, each behind its parents; so many at most. True: there may be more.
    pub fn take_due(&self, most: usize, mut each: impl FnMut(Due)) -> bool {
        let Some(depot) = self.common.dues.depot.get() else { return false };
        for _ in 0..most {
            let Ok(queued) = depot.take.try_recv() else { return false };
            let mut parents = [None; 2];
            let mut next = queued.parent;
            for parent in &mut parents {
                let Some((conn, place, parents_parent)) = next.and_then(|id| self.parent_now(id)) else {
                    break;
                };
                *parent = Some((conn, place));
                next = parents_parent;
            }
            let is_in_persistence = parents.iter().flatten().any(|(conn, _)| conn.is_template());
            for (conn, place) in parents.iter().rev().flatten() {
                if conn.flags().has_none(ConnFlags::VOID) {
                    let is_child = !conn.is_template() && is_in_persistence;
                    each(Due::of(conn, self.side_now(conn, *place), is_child));
                }
            }
            each(Due::of(&queued.conn, self.side_now(&queued.conn, queued.place), is_in_persistence));
        }
        true
    }

    /// What became due and waits.
    pub fn dues_waiting(&self) -> usize {
        self.common.dues.depot.get().map_or(0, |depot| depot.take.len())
    }

    /// What became due and found no place in the queue, ever.
    pub fn dues_lost(&self) -> u64 {
        self.common.dues.lost.load(Relaxed)
    }

    /// Of the few that have any: what a connection carries beside its entry.
    fn side_now(&self, conn: &Conn, place: u32) -> Option<SideData> {
        let flags = conn.flags().0 & (ConnFlags::IN_SEQ.0 | ConnFlags::OUT_SEQ.0);
        if flags == 0 && !conn.has_tag() {
            return None;
        }
        let shard = self.lock_of(conn);
        let is_it = shard.get(place).is_some_and(|now| now.inbound_key() == conn.inbound_key());
        if is_it { shard.side(place).cloned() } else { None }
    }

    fn parent_now(&self, id: ConnId) -> Option<(Conn, u32, Option<ConnId>)> {
        let shard = self.lock(usize::from(id.shard));
        let conn = *shard.of_generation(id)?;
        Some((conn, id.index, shard.parent(id.index)))
    }
}
