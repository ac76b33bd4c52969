//! One shard: its part of the index, its entries, its wheel. How entries are found, come and go.

mod family;
mod housekeeping;
mod life;

use super::arena::Arena;
use super::due::Dues;
use super::ended::{Closed, End};
use super::entry::{Conn, ConnFlags, ConnView};
use super::index::{Home, Index};
use super::key::{Hashes, InboundKey, OutboundKey};
use super::kin::ConnId;
use super::side::SideData;
use super::spill::Spill;
use super::wheel::Wheel;
use crate::lvs::{Endpoint, ForwardingMethod};
use crate::memory::Holding;
use crate::service::ServerId;
use crate::time::Tick;
use ahash::AHashMap;

/// A connection's place in its shard. Of meaning only under the guard that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnIndex(pub(in crate::conn) u32);

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

/// An entry, what it carries beside itself, and its parent.
pub(in crate::conn) type Copied = (Conn, Option<SideData>, Option<ConnId>);

/// What the shards of one table share.
pub(in crate::conn) struct Common {
    pub hashes: Hashes,
    /// Of the buckets each shard changes its own alone.
    pub index: Index,
    /// What other directors are to be told.
    pub dues: Dues,
}

pub(in crate::conn) struct Shard {
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
pub(in crate::conn) struct Taken {
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

    /// Copies what is at `budget` seats from number `from` on, without what does not count; where to go on, `None` at the
    /// end.
    pub fn copy(&self, from: u32, budget: u32, to: &mut Vec<Copied>) -> Option<u32> {
        let end = from.saturating_add(budget).min(self.arena.seats());
        for index in (from..end).filter_map(|seat| self.arena.at_seat(seat)) {
            if let Some(conn) = self.arena.get(index).filter(|conn| conn.flags().has_none(ConnFlags::VOID)) {
                to.push((*conn, self.side(index).cloned(), self.parent(index)));
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

    /// Enters one where the index has no room.
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
