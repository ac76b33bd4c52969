//! One shard: its part of the index, its entries, its wheel.

use super::arena::{Arena, Kin};
use super::entry::{Conn, ConnFlags, ConnView};
use super::expendable::{Expendable, throw};
use super::index::{Home, Index};
use super::key::{Hashes, InboundKey, OutboundKey};
use super::kin::ConnId;
use super::side::SideData;
use super::spill::Spill;
use super::state::{Advance, Direction, Event};
use super::wheel::Wheel;
use crate::lvs::{Endpoint, ForwardingMethod, Timeouts};
use crate::memory::Holding;
use crate::service::ServerId;
use crate::time::Tick;
use crate::wire::transport::Octets;
use ahash::AHashMap;

/// A connection's place in its shard. Of meaning only under the guard that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnIndex(pub(super) u32);

/// What a new connection is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewConn {
    /// The chosen real server.
    pub server: ServerId,
    /// How its packets reach it, for all its life.
    pub method: ForwardingMethod,
    /// RIP, and the port on the real server (the real server's, or the vport where that is 0).
    pub real: Endpoint,
}

/// A connection or template that ended. Its real server is to know at once
/// ([`RealServer::unbind`](crate::service::RealServer::unbind), or
/// [`unbind_template`](crate::service::RealServer::unbind_template)), its parent once the shard's lock is gone
/// ([`ConnTable::release`](super::ConnTable::release)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the counts of its real server and of its parent must follow"]
pub struct Closed {
    /// Its real server.
    pub server: ServerId,
    /// Was it counted as active?
    pub was_active: bool,
    /// Was it a persistence template, which counts apart?
    pub was_template: bool,
    /// Whose child it was.
    pub parent: Option<ConnId>,
    /// Why it ended.
    pub end: End,
    /// Its client's port was never known.
    pub(super) any_port: bool,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its time was over, or its flow began anew.
    Regular,
    /// It was thrown out (IPVS: its timeout was set to 0): a parent that it leaves without children goes too, unless
    /// that is an ASSURED template.
    Forced,
    /// Its real server was deleted, and such connections are to end at once (`expire_nodest_conn`): a parent that it leaves
    /// without children goes too, whatever it is.
    Orphaned,
}

impl Closed {
    /// Nothing: fills places that are not in use.
    pub(super) const NOTHING: Self = Self {
        server: ServerId(u32::MAX),
        was_active: false,
        was_template: false,
        parent: None,
        end: End::Regular,
        any_port: false,
    };
}

/// How far one call of [`ConnTable::expire_shard`](super::ConnTable::expire_shard) came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Expiry {
    /// Connections that ended.
    pub expired: usize,
    /// More is due than one call may do: call again soon.
    pub behind: bool,
}

/// `drop_entry` looks at one of so many places each second.
const THINNED: u32 = 32;

/// What the shards of one table share.
pub(super) struct Common {
    pub hashes: Hashes,
    /// Of the buckets each shard changes its own alone.
    pub index: Index,
}

pub(super) struct Shard {
    number: usize,
    arena: Arena,
    /// What the index has no room for.
    spill: Spill,
    wheel: Wheel,
    /// Of the few that have any.
    side: AHashMap<u32, Box<SideData>>,
    /// Seats that the next evictions look at first. A flood evicts for every packet, of a table that no cache holds: what
    /// is thrown for in advance has been fetched when its turn comes.
    victims: [u32; 2],
}

/// A connection taken out of its place, to be put into another.
pub(super) struct Taken {
    pub conn: Conn,
    parent: Option<ConnId>,
    side: Option<Box<SideData>>,
}

impl Shard {
    pub fn new(number: usize, holding: Holding<Conn>) -> Self {
        Self {
            number,
            arena: Arena::new(holding),
            spill: Spill::default(),
            wheel: Wheel::new(),
            side: AHashMap::new(),
            victims: [0; 2],
        }
    }

    #[inline]
    pub fn get(&self, index: u32) -> Option<&Conn> {
        self.arena.get(index)
    }

    /// Where the next connection is likely to lie; `u32::MAX`: not known.
    pub const fn next_place(&self) -> u32 {
        self.arena.next()
    }

    /// Every entry.
    pub fn iter(&self) -> impl Iterator<Item = &Conn> {
        self.arena.iter()
    }

    /// Shows what is at `budget` seats from number `from` on; where to go on, `None` at the end.
    pub fn view(&self, from: u32, budget: u32, now: Tick, views: &mut Vec<ConnView>) -> Option<u32> {
        let end = from.saturating_add(budget).min(self.arena.seats());
        for index in (from..end).filter_map(|seat| self.arena.at_seat(seat)) {
            if let Some(conn) = self.arena.get(index) {
                views.push(ConnView::of(conn, self.arena.children(index), self.side(index), now));
            }
        }
        (end < self.arena.seats()).then_some(end)
    }

    /// `home` is that of the key's client. The key is made when there is something to compare it with.
    #[inline]
    pub fn find_inbound(&self, common: &Common, home: Home, key: impl Fn() -> InboundKey) -> Option<u32> {
        self.find(common, home, key, |_| true)
    }

    /// The template of a key for exactly this that a persistence engine read.
    pub fn find_tagged(&self, common: &Common, home: Home, key: &InboundKey, data: &[u8]) -> Option<u32> {
        let has_data = |index: u32| self.side(index).is_some_and(|side| side.engine_data.bytes() == data);
        self.find(common, home, || *key, has_data)
    }

    #[inline]
    fn find(
        &self,
        common: &Common,
        home: Home,
        key: impl Fn() -> InboundKey,
        is_meant: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let is_it = |index: u32| {
            self.arena.get(index).is_some_and(|conn| conn.inbound_key() == key()) && is_meant(index)
        };
        let found = common.index.find(home, is_it);
        if found.is_none() && !self.spill.is_empty() && common.index.has_strays(home) {
            return self.spill.find_inbound(common.hashes.inbound(&key()), is_it);
        }
        found
    }

    /// The newest entry that fits, as IPVS does it: an old connection of the same client port to another VIP, through
    /// the same real server, may still be dying. `home` is that of the key's client.
    #[inline]
    pub fn find_outbound(
        &self,
        common: &Common,
        home: Home,
        key: &OutboundKey,
        is_server: impl Fn(ServerId) -> bool,
    ) -> Option<u32> {
        let is_it = |index: u32| {
            self.arena.get(index).is_some_and(|conn| has_outbound(conn, key) && is_server(conn.server()))
        };
        let found = common.index.find(home, is_it);
        if found.is_none() && !self.spill.is_empty() && common.index.has_strays(home) {
            return self.spill.find_outbound(common.hashes.outbound(key), is_it);
        }
        found
    }

    /// Enters an entry; `home` is that of its client. `None` when no place is left.
    #[inline]
    pub fn open(&mut self, common: &Common, home: Home, conn: &Conn, now: Tick) -> Option<u32> {
        if self.arena.live() == 0 {
            self.wheel.restart(now);
        }
        let index = self.arena.insert(conn, self.wheel.turn_of(conn.deadline()))?;
        self.link(common, home, conn, index);
        Some(index)
    }

    /// An entry is somebody's child from now on.
    pub fn set_parent(&mut self, index: u32, parent: ConnId) {
        self.arena.change_kin(index, |kin| kin.parent = parent);
        if let Some(conn) = self.arena.get_mut(index) {
            conn.flags_mut().set(ConnFlags::CHILD, true);
        }
    }

    /// See [`Conn::judge`].
    pub fn judge(&mut self, index: u32, event: Event, octets: Octets) -> Event {
        self.arena.get_mut(index).map_or(event, |conn| conn.judge(event, octets))
    }

    #[inline]
    pub fn advance(
        &mut self,
        index: u32,
        event: Event,
        direction: Direction,
        now: Tick,
        timeouts: &Timeouts,
    ) -> Advance {
        let Some(conn) = self.arena.get_mut(index) else { return Advance::default() };
        let (before, is_first) = (conn.deadline(), conn.in_pkts() == 0);
        let (activity, has_proved) = conn.advance(event, direction, now, timeouts);
        let deadline = conn.deadline();
        if is_first {
            // It was filed for the few seconds of a newborn, and would be looked at after these for nothing.
            self.arena.set_due(index, self.wheel.turn_of(deadline));
        } else if before.since(deadline) > 0 {
            // Its turn comes in time for the deadline before: only a nearer one needs a look at that, which is in another
            // cache line.
            self.hasten(index, deadline);
        }
        Advance { activity, proved_to: if has_proved { self.parent(index) } else { None } }
    }

    /// Gives an entry an earlier turn if its own would come too late.
    fn hasten(&mut self, index: u32, deadline: Tick) {
        let turn = self.wheel.turn_of(deadline);
        if self.arena.due(index).is_some_and(|due| self.wheel.is_before(turn, due)) {
            self.arena.set_due(index, turn);
        }
    }

    /// Life begins anew, as long as it was.
    pub fn renew(&mut self, index: u32, now: Tick) {
        if let Some(conn) = self.arena.get_mut(index) {
            conn.renew(now);
        }
    }

    /// Counts one more child; the parent's generation, or `None` if there is no such connection or it has 2^32-1.
    pub fn adopt(&mut self, index: u32) -> Option<u32> {
        self.arena.get(index)?;
        let children = self.arena.children(index).checked_add(1)?;
        let known = self.arena.kin(index).map_or(0, |kin| kin.generation);
        let generation = if known == 0 { self.arena.next_generation() } else { known };
        self.arena.change_kin(index, |kin| *kin = Kin { children, generation, ..*kin });
        Some(generation)
    }

    /// Counts one child less; closes the parent if nothing keeps it after a child was thrown out or orphaned.
    pub fn release(&mut self, common: &Common, parent: ConnId, end: End) -> Option<Closed> {
        let conn = self.of_generation(parent)?;
        let (is_assured, children) = (conn.is_assured(), self.arena.children(parent.index));
        let children = children.saturating_sub(1);
        self.arena.change_kin(parent.index, |kin| kin.children = children);
        let goes = match end {
            End::Regular => false,
            End::Forced => !is_assured,
            End::Orphaned => true,
        };
        if goes && children == 0 { self.close(common, parent.index, end) } else { None }
    }

    /// A child has proved itself.
    pub fn assure(&mut self, parent: ConnId) {
        if self.of_generation(parent).is_none() {
            return;
        }
        match self.arena.get_mut(parent.index) {
            Some(conn) if conn.is_template() => conn.assure(),
            _ => {
                if let Some(side) = self.side.get_mut(&parent.index) {
                    side.proved = side.proved.wrapping_add(1);
                }
            }
        }
    }

    fn of_generation(&self, id: ConnId) -> Option<&Conn> {
        let is_it = self.arena.kin(id.index).is_some_and(|kin| kin.generation == id.generation);
        self.arena.get(id.index).filter(|_| is_it)
    }

    /// Whose child an entry is.
    pub fn parent(&self, index: u32) -> Option<ConnId> {
        let conn = self.arena.get(index)?;
        if conn.flags().has(ConnFlags::CHILD) { self.arena.kin(index).map(|kin| kin.parent) } else { None }
    }

    /// How many children an entry has.
    pub fn children(&self, index: u32) -> u32 {
        self.arena.children(index)
    }

    /// Takes an entry from those that are found by their flow.
    pub fn make_void(&mut self, common: &Common, index: u32) {
        let Some(conn) = self.arena.get_mut(index) else { return };
        let key = conn.inbound_key();
        conn.make_void();
        if !self.spill.is_empty() {
            self.spill.remove_inbound(&common.hashes, index, &key);
        }
    }

    pub fn side(&self, index: u32) -> Option<&SideData> {
        if self.side.is_empty() { None } else { self.side.get(&index).map(AsRef::as_ref) }
    }

    /// Notes side data in place of what there was.
    pub fn set_side(&mut self, index: u32, side: SideData) {
        let Some(conn) = self.arena.get_mut(index) else { return };
        conn.flags_mut().set(ConnFlags::IN_SEQ, !side.inbound.is_none());
        conn.flags_mut().set(ConnFlags::OUT_SEQ, !side.outbound.is_none());
        if side == SideData::default() {
            self.side.remove(&index);
        } else {
            self.side.insert(index, Box::new(side));
        }
    }

    /// Takes an entry out, alive. One with children stays: they know it by its place.
    pub fn take(&mut self, common: &Common, index: u32) -> Option<Taken> {
        let conn = *self.arena.get(index)?;
        if self.arena.children(index) > 0 {
            return None;
        }
        let parent = self.parent(index);
        let side = if self.side.is_empty() { None } else { self.side.remove(&index) };
        self.remove(common, index, &conn);
        Some(Taken { conn, parent, side })
    }

    /// Puts an entry that was taken out of another shard in here; `home` is that of its client. `None` when no place is
    /// left.
    pub fn put(&mut self, common: &Common, home: Home, taken: Taken, now: Tick) -> Option<u32> {
        let index = self.open(common, home, &taken.conn, now)?;
        if let Some(parent) = taken.parent {
            self.set_parent(index, parent);
        }
        if let Some(side) = taken.side {
            self.side.insert(index, side);
        }
        Some(index)
    }

    /// `None` if the index names no connection.
    pub fn close(&mut self, common: &Common, index: u32, end: End) -> Option<Closed> {
        let conn = *self.arena.get(index)?;
        let parent = self.parent(index);
        if !self.side.is_empty() {
            self.side.remove(&index);
        }
        self.remove(common, index, &conn);
        Some(Closed {
            server: conn.server(),
            was_active: conn.is_active(),
            was_template: conn.is_template(),
            parent,
            end,
            any_port: conn.flags().has(ConnFlags::NO_CPORT),
        })
    }

    fn remove(&mut self, common: &Common, index: u32, conn: &Conn) {
        self.unlink(common, conn, index);
        self.arena.remove(index);
    }

    /// Looks at no more than `budget` entries.
    pub fn expire(
        &mut self,
        common: &Common,
        now: Tick,
        budget: usize,
        mut each: impl FnMut(Closed),
    ) -> Expiry {
        let mut expiry = Expiry::default();
        let mut looked_at = 0;
        if self.arena.live() == 0 {
            return expiry;
        }
        let Some(turn) = self.wheel.turn(now) else { return expiry };
        let mut plot = 0;
        while let Some((number, places)) = self.arena.next_due(plot, turn) {
            for index in places {
                if looked_at == budget {
                    // The next call begins anew; whoever was looked at is due no more.
                    expiry.behind = true;
                    return expiry;
                }
                looked_at += 1;
                match self.expire_one(common, index, now) {
                    Some(closed) => {
                        expiry.expired += 1;
                        each(closed);
                    }
                    None => self.refile(index),
                }
            }
            plot = number + 1;
        }
        self.wheel.pass();
        expiry
    }

    /// Does what the wheel will do with an entry whose time is over; `None` if it lives on.
    pub fn expire_one(&mut self, common: &Common, index: u32, now: Tick) -> Option<Closed> {
        if !self.arena.get(index)?.is_due(now) {
            return None;
        }
        if self.arena.children(index) == 0 {
            return self.close(common, index, End::Regular);
        }
        // It may not end while it has children.
        if let Some(conn) = self.arena.get_mut(index) {
            conn.outlive(now);
        }
        self.refile(index);
        None
    }

    /// Gives an entry the turn of its deadline.
    fn refile(&mut self, index: u32) {
        if let Some(conn) = self.arena.get(index) {
            let turn = self.wheel.turn_of(conn.deadline());
            self.arena.set_due(index, turn);
        }
    }

    /// Enters an entry where it is found.
    #[inline]
    fn link(&mut self, common: &Common, home: Home, conn: &Conn, index: u32) {
        let is_equal = |other: u32| {
            let other = self.arena.get(other);
            conn.outbound_key().is_some_and(|key| other.is_some_and(|other| has_outbound(other, &key)))
        };
        if let Some(spilled) = common.index.insert(home, index, is_equal) {
            self.spill(common, spilled);
        }
    }

    #[cold]
    fn spill(&mut self, common: &Common, index: u32) {
        if let Some(conn) = self.arena.get(index) {
            let (inbound, outbound) = (conn.inbound_key(), conn.outbound_key());
            self.spill.insert(&common.hashes, index, &inbound, outbound.as_ref());
        }
    }

    fn unlink(&mut self, common: &Common, conn: &Conn, index: u32) {
        if !common.index.remove(self.home_of(common, conn), index) {
            let (inbound, outbound) = (conn.inbound_key(), conn.outbound_key());
            self.spill.remove(&common.hashes, index, &inbound, outbound.as_ref());
        }
    }

    fn home_of(&self, common: &Common, conn: &Conn) -> Home {
        common.index.home(self.number, conn.client_hash(&common.hashes))
    }

    /// Ends those of `budget` seats from number `from` on that `is_over` names; where to go on, `None` at the end.
    pub fn sweep(
        &mut self,
        common: &Common,
        from: u32,
        budget: u32,
        is_over: impl Fn(&Conn) -> bool,
        mut each: impl FnMut(Closed),
    ) -> Option<u32> {
        let end = from.saturating_add(budget).min(self.arena.seats());
        for seat in from..end {
            if let Some(index) = self.arena.at_seat(seat)
                && self.arena.get(index).is_some_and(&is_over)
                && self.arena.children(index) == 0
                && let Some(closed) = self.close(common, index, End::Orphaned)
            {
                each(closed);
            }
        }
        (end < self.arena.seats()).then_some(end)
    }

    /// Looks at 1/32 of the seats, chosen at random, and ends what `drop_entry` ends.
    pub fn thin(
        &mut self,
        common: &Common,
        now: Tick,
        budget: u32,
        dice: &mut u64,
        mut each: impl FnMut(Closed),
    ) {
        for _ in 0..(self.arena.seats() / THINNED).min(budget) {
            let Some((index, kind)) = self.look_at(self.any_seat(dice), now) else { continue };
            if kind.is_dropped(throw(dice))
                && let Some(closed) = self.close(common, index, End::Forced)
            {
                each(closed);
            }
        }
    }

    /// Ends one connection that may go: a half-open one if any is among the `probes` seats that are looked at, else
    /// one that is idle and was barely used.
    pub fn evict(&mut self, common: &Common, now: Tick, probes: u32, dice: &mut u64) -> Option<Closed> {
        let mut second_best = None;
        let mut seat = self.next_victim(common, dice);
        for _ in 0..probes {
            let looked_at = self.look_at(seat, now);
            seat = self.any_seat(dice);
            match looked_at {
                Some((index, Expendable::HalfOpen)) => return self.close(common, index, End::Forced),
                Some((index, Expendable::BarelyUsed(_))) => second_best = Some(index),
                None => {}
            }
        }
        self.close(common, second_best?, End::Forced)
    }

    /// The seat that was thrown for the time before last. The one after it has its bucket of the index fetched, the one just
    /// thrown for its entry.
    fn next_victim(&mut self, common: &Common, dice: &mut u64) -> u32 {
        let [next, after] = self.victims;
        let fresh = self.any_seat(dice);
        if let Some(place) = self.arena.at_seat(fresh) {
            self.arena.prefetch(place);
        }
        if let Some(conn) = self.arena.at_seat(after).and_then(|place| self.arena.get(place)) {
            common.index.prefetch(self.home_of(common, conn));
        }
        self.victims = [after, fresh];
        next
    }

    /// A seat chosen at random.
    fn any_seat(&self, dice: &mut u64) -> u32 {
        u32::try_from(throw(dice) % u64::from(self.arena.seats().max(1))).unwrap_or(0)
    }

    /// What is at a seat, if it is a connection that may go.
    fn look_at(&self, seat: u32, now: Tick) -> Option<(u32, Expendable)> {
        let index = self.arena.at_seat(seat)?;
        let kind = Expendable::of(self.arena.get(index)?, now)?;
        (self.arena.children(index) == 0).then_some((index, kind))
    }

    /// Bytes of entries and what is noted of them.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.arena.bytes()
    }

    /// How many entries are in the spill.
    #[cfg(test)]
    pub fn spilled(&self) -> usize {
        self.spill.len()
    }
}

fn has_outbound(conn: &Conn, key: &OutboundKey) -> bool {
    conn.outbound_key().is_some_and(|other| other == *key)
}
