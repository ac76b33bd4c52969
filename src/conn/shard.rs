//! One shard: two indices over one arena, and its wheel.

use super::arena::{Arena, NIL};
use super::entry::{Conn, ConnFlags};
use super::expendable::{Expendable, throw};
use super::key::{Hashes, InboundKey, OutboundKey};
use super::kin::ConnId;
use super::side::SideData;
use super::state::{Advance, Direction, Event};
use super::wheel::Wheel;
use crate::lvs::{Endpoint, ForwardingMethod, Timeouts};
use crate::service::ServerId;
use crate::time::Tick;
use crate::wire::transport::Octets;
use ahash::AHashMap;
use hashbrown::HashTable;

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

pub(super) struct Shard {
    arena: Arena,
    inbound: HashTable<u32>,
    /// The newest entry of each outbound key; the older ones hang behind it ([`super::arena::Links::older`]).
    outbound: HashTable<u32>,
    wheel: Wheel,
    /// Of the few that have any.
    side: AHashMap<u32, Box<SideData>>,
}

/// A connection taken out of its place, to be put into another.
pub(super) struct Taken {
    pub conn: Conn,
    parent: Option<ConnId>,
    side: Option<Box<SideData>>,
}

impl Shard {
    pub fn new() -> Self {
        Self {
            arena: Arena::new(),
            inbound: HashTable::new(),
            outbound: HashTable::new(),
            wheel: Wheel::new(),
            side: AHashMap::new(),
        }
    }

    pub fn get(&self, index: u32) -> Option<&Conn> {
        self.arena.get(index)
    }

    /// Every entry with the number of its children and what it carries besides.
    pub fn iter(&self) -> impl Iterator<Item = (&Conn, u32, Option<&SideData>)> {
        self.arena.iter().map(|(index, conn, children)| (conn, children, self.side(index)))
    }

    pub fn find_inbound(&self, hashes: &Hashes, key: &InboundKey) -> Option<u32> {
        let is_it = |index: &u32| self.arena.get(*index).is_some_and(|conn| conn.inbound_key() == *key);
        self.inbound.find(hashes.inbound(key), is_it).copied()
    }

    /// The template of a key for exactly this that a persistence engine read.
    pub fn find_tagged(&self, hashes: &Hashes, key: &InboundKey, data: &[u8]) -> Option<u32> {
        let has_data = |index: u32| self.side(index).is_some_and(|side| side.engine_data.bytes() == data);
        let is_it = |index: &u32| {
            self.arena.get(*index).is_some_and(|conn| conn.inbound_key() == *key) && has_data(*index)
        };
        self.inbound.find(hashes.inbound(key), is_it).copied()
    }

    /// The newest entry that fits, as IPVS does it: an old connection of the same client port to another VIP, through
    /// the same real server, may still be dying.
    pub fn find_outbound(
        &self,
        hashes: &Hashes,
        key: &OutboundKey,
        is_server: impl Fn(ServerId) -> bool,
    ) -> Option<u32> {
        let mut index = *self.outbound.find(hashes.outbound(key), |index| self.has_outbound(*index, key))?;
        loop {
            if is_server(self.arena.get(index)?.server()) {
                return Some(index);
            }
            index = self.arena.links(index).older;
        }
    }

    /// `None` when the arena is at its end.
    pub fn open(&mut self, hashes: &Hashes, conn: Conn, parent: Option<ConnId>, now: Tick) -> Option<u32> {
        if self.arena.live() == 0 {
            self.wheel.restart(now);
        }
        let index = self.arena.insert(conn)?;
        if let Some(parent) = parent {
            self.arena.relink(index, |links| links.set_parent(parent));
            if let Some(conn) = self.arena.get_mut(index) {
                conn.flags_mut().set(ConnFlags::CHILD, true);
            }
        }
        self.wheel.file(&mut self.arena, index, conn.deadline());
        self.link_inbound(hashes, &conn, index);
        if let Some(key) = conn.outbound_key() {
            self.link_outbound(hashes, &key, index);
        }
        Some(index)
    }

    /// See [`Conn::judge`].
    pub fn judge(&mut self, index: u32, event: Event, octets: Octets) -> Event {
        self.arena.get_mut(index).map_or(event, |conn| conn.judge(event, octets))
    }

    pub fn advance(
        &mut self,
        index: u32,
        event: Event,
        direction: Direction,
        now: Tick,
        timeouts: &Timeouts,
    ) -> Advance {
        let Some(conn) = self.arena.get_mut(index) else { return Advance::default() };
        let before = conn.deadline();
        let (activity, has_proved) = conn.advance(event, direction, now, timeouts);
        let deadline = conn.deadline();
        // It stands in a slot that comes in time for the deadline before: only a nearer one needs a look at the links,
        // which are in another cache line.
        if before.since(deadline) > 0 {
            self.wheel.hasten(&mut self.arena, index, deadline);
        }
        Advance { activity, proved_to: if has_proved { self.parent(index) } else { None } }
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
        let links = self.arena.links(index);
        let children = links.children.checked_add(1)?;
        self.arena.relink(index, |links| links.children = children);
        Some(links.generation)
    }

    /// Counts one child less; closes the parent if nothing keeps it after a child was thrown out or orphaned.
    pub fn release(&mut self, hashes: &Hashes, parent: ConnId, end: End) -> Option<Closed> {
        let conn = self.of_generation(parent)?;
        let (is_assured, children) = (conn.is_assured(), self.arena.links(parent.index).children);
        let children = children.saturating_sub(1);
        self.arena.relink(parent.index, |links| links.children = children);
        let goes = match end {
            End::Regular => false,
            End::Forced => !is_assured,
            End::Orphaned => true,
        };
        if goes && children == 0 { self.close(hashes, parent.index, end) } else { None }
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
        self.arena.get(id.index).filter(|_| self.arena.links(id.index).generation == id.generation)
    }

    /// Whose child an entry is.
    pub fn parent(&self, index: u32) -> Option<ConnId> {
        let conn = self.arena.get(index)?;
        conn.flags().has(ConnFlags::CHILD).then(|| self.arena.links(index).parent())
    }

    /// How many children an entry has.
    pub fn children(&self, index: u32) -> u32 {
        self.arena.get(index).map_or(0, |_| self.arena.links(index).children)
    }

    /// Takes an entry out of the index of requests: nobody finds it by its flow any more.
    pub fn make_void(&mut self, hashes: &Hashes, index: u32) {
        let Some(conn) = self.arena.get(index).copied() else { return };
        self.unlink_inbound(hashes, &conn, index);
        if let Some(conn) = self.arena.get_mut(index) {
            conn.make_void();
        }
    }

    pub fn side(&self, index: u32) -> Option<&SideData> {
        self.side.get(&index).map(AsRef::as_ref)
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
    pub fn take(&mut self, hashes: &Hashes, index: u32) -> Option<Taken> {
        let conn = *self.arena.get(index)?;
        if self.arena.links(index).children > 0 {
            return None;
        }
        let parent = self.parent(index);
        let side = if self.side.is_empty() { None } else { self.side.remove(&index) };
        self.remove(hashes, index, &conn);
        Some(Taken { conn, parent, side })
    }

    /// Puts an entry that was taken out of another shard in here. `None` when the arena is at its end.
    pub fn put(&mut self, hashes: &Hashes, taken: Taken, now: Tick) -> Option<u32> {
        let index = self.open(hashes, taken.conn, taken.parent, now)?;
        if let Some(side) = taken.side {
            self.side.insert(index, side);
        }
        Some(index)
    }

    /// `None` if the index names no connection.
    pub fn close(&mut self, hashes: &Hashes, index: u32, end: End) -> Option<Closed> {
        let conn = *self.arena.get(index)?;
        let parent = self.parent(index);
        if !self.side.is_empty() {
            self.side.remove(&index);
        }
        self.remove(hashes, index, &conn);
        Some(Closed {
            server: conn.server(),
            was_active: conn.is_active(),
            was_template: conn.is_template(),
            parent,
            end,
            any_port: conn.flags().has(ConnFlags::NO_CPORT),
        })
    }

    fn remove(&mut self, hashes: &Hashes, index: u32, conn: &Conn) {
        self.wheel.unfile(&mut self.arena, index);
        self.unlink_inbound(hashes, conn, index);
        if let Some(key) = conn.outbound_key() {
            self.unlink_outbound(hashes, &key, index);
        }
        self.arena.remove(index);
    }

    /// Looks at no more than `budget` entries and one round of slots.
    pub fn expire(
        &mut self,
        hashes: &Hashes,
        now: Tick,
        budget: usize,
        mut each: impl FnMut(Closed),
    ) -> Expiry {
        let mut expiry = Expiry::default();
        let mut looked_at = 0;
        while self.arena.live() > 0 && self.wheel.is_due(now) {
            loop {
                let index = self.wheel.first();
                let Some(conn) = self.arena.get(index) else { break };
                if looked_at == budget {
                    expiry.behind = true;
                    return expiry;
                }
                looked_at += 1;
                if conn.is_due(now) && self.arena.links(index).children == 0 {
                    if let Some(closed) = self.close(hashes, index, End::Regular) {
                        expiry.expired += 1;
                        each(closed);
                    }
                } else {
                    self.refile(index, now);
                }
            }
            self.wheel.turn();
        }
        expiry
    }

    /// Does what the wheel will do with an entry whose time is over; `None` if it lives on.
    pub fn expire_one(&mut self, hashes: &Hashes, index: u32, now: Tick) -> Option<Closed> {
        if !self.arena.get(index)?.is_due(now) {
            return None;
        }
        if self.arena.links(index).children == 0 {
            return self.close(hashes, index, End::Regular);
        }
        self.refile(index, now);
        None
    }

    /// Files an entry anew that is not due, or may not end while it has children.
    fn refile(&mut self, index: u32, now: Tick) {
        let Some(conn) = self.arena.get_mut(index) else { return };
        if conn.is_due(now) {
            conn.outlive(now);
        }
        let deadline = conn.deadline();
        self.wheel.unfile(&mut self.arena, index);
        self.wheel.file(&mut self.arena, index, deadline);
    }

    fn link_inbound(&mut self, hashes: &Hashes, conn: &Conn, index: u32) {
        let arena = &self.arena;
        self.inbound.insert_unique(hashes.inbound(&conn.inbound_key()), index, |other| {
            arena.get(*other).map_or(0, |conn| hashes.inbound(&conn.inbound_key()))
        });
    }

    fn unlink_inbound(&mut self, hashes: &Hashes, conn: &Conn, index: u32) {
        if conn.flags().has(ConnFlags::VOID) {
            return;
        }
        let hash = hashes.inbound(&conn.inbound_key());
        if let Ok(entry) = self.inbound.find_entry(hash, |candidate| *candidate == index) {
            entry.remove();
        }
    }

    /// Ends those of `budget` places from number `from` on that `is_over` names; where to go on, `None` at the end.
    pub fn sweep(
        &mut self,
        hashes: &Hashes,
        from: u32,
        budget: u32,
        is_over: impl Fn(&Conn) -> bool,
        mut each: impl FnMut(Closed),
    ) -> Option<u32> {
        let end = from.saturating_add(budget).min(self.arena.places());
        for index in from..end {
            if self.arena.get(index).is_some_and(&is_over)
                && self.arena.links(index).children == 0
                && let Some(closed) = self.close(hashes, index, End::Orphaned)
            {
                each(closed);
            }
        }
        (end < self.arena.places()).then_some(end)
    }

    /// Looks at 1/32 of the places, chosen at random, and ends what `drop_entry` ends.
    pub fn thin(
        &mut self,
        hashes: &Hashes,
        now: Tick,
        budget: u32,
        dice: &mut u64,
        mut each: impl FnMut(Closed),
    ) {
        for _ in 0..(self.arena.places() / THINNED).min(budget) {
            let Some((index, kind)) = self.look_anywhere(now, dice) else { continue };
            if kind.is_dropped(throw(dice))
                && let Some(closed) = self.close(hashes, index, End::Forced)
            {
                each(closed);
            }
        }
    }

    /// Ends one connection that may go: a half-open one if any is among the `probes` places that are looked at, else
    /// one that is idle and was barely used.
    pub fn evict(&mut self, hashes: &Hashes, now: Tick, probes: u32, dice: &mut u64) -> Option<Closed> {
        let mut second_best = None;
        for _ in 0..probes {
            match self.look_anywhere(now, dice) {
                Some((index, Expendable::HalfOpen)) => return self.close(hashes, index, End::Forced),
                Some((index, Expendable::BarelyUsed(_))) => second_best = Some(index),
                None => {}
            }
        }
        self.close(hashes, second_best?, End::Forced)
    }

    /// A place chosen at random, if there is a connection that may go.
    fn look_anywhere(&self, now: Tick, dice: &mut u64) -> Option<(u32, Expendable)> {
        let index = u32::try_from(throw(dice) % u64::from(self.arena.places().max(1))).ok()?;
        let kind = Expendable::of(self.arena.get(index)?, now)?;
        (self.arena.links(index).children == 0).then_some((index, kind))
    }

    fn has_outbound(&self, index: u32, key: &OutboundKey) -> bool {
        self.arena.get(index).and_then(Conn::outbound_key).is_some_and(|other| other == *key)
    }

    fn link_outbound(&mut self, hashes: &Hashes, key: &OutboundKey, index: u32) {
        let hash = hashes.outbound(key);
        let arena = &self.arena;
        let has_key =
            |other: &u32| arena.get(*other).and_then(Conn::outbound_key).is_some_and(|other| other == *key);
        if let Some(newest) = self.outbound.find_mut(hash, has_key) {
            let older = std::mem::replace(newest, index);
            self.arena.relink(index, |links| links.older = older);
        } else {
            self.outbound.insert_unique(hash, index, |other| {
                arena.get(*other).and_then(Conn::outbound_key).map_or(0, |key| hashes.outbound(&key))
            });
        }
    }

    fn unlink_outbound(&mut self, hashes: &Hashes, key: &OutboundKey, index: u32) {
        let older = self.arena.links(index).older;
        let arena = &self.arena;
        let has_key =
            |other: &u32| arena.get(*other).and_then(Conn::outbound_key).is_some_and(|other| other == *key);
        let Ok(mut entry) = self.outbound.find_entry(hashes.outbound(key), has_key) else { return };
        let newest = *entry.get();
        if newest != index {
            let mut newer = newest;
            while newer != NIL && self.arena.links(newer).older != index {
                newer = self.arena.links(newer).older;
            }
            self.arena.relink(newer, |links| links.older = older);
        } else if older != NIL {
            *entry.get_mut() = older;
        } else {
            entry.remove();
        }
    }

    /// Bytes of arena and indices.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.arena.bytes() + self.inbound.allocation_size() + self.outbound.allocation_size()
    }
}
