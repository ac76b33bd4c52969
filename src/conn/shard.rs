//! One shard: two indices over one arena, and its wheel.

use super::arena::{Arena, NIL};
use super::entry::Conn;
use super::expendable::{Expendable, throw};
use super::key::{Hashes, InboundKey, OutboundKey};
use super::state::{Advance, Direction, Event};
use super::wheel::Wheel;
use crate::lvs::{Endpoint, ForwardingMethod, Timeouts};
use crate::service::ServerId;
use crate::time::Tick;
use crate::wire::transport::Octets;
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

/// A connection that ended. [`RealServer::unbind`](crate::service::RealServer::unbind) wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the real server's counts must follow"]
pub struct Closed {
    /// Its real server.
    pub server: ServerId,
    /// Was it counted as active?
    pub was_active: bool,
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
}

impl Shard {
    pub fn new() -> Self {
        Self {
            arena: Arena::new(),
            inbound: HashTable::new(),
            outbound: HashTable::new(),
            wheel: Wheel::new(),
        }
    }

    pub fn get(&self, index: u32) -> Option<&Conn> {
        self.arena.get(index)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Conn> {
        self.arena.iter()
    }

    pub fn find_inbound(&self, hashes: &Hashes, key: &InboundKey) -> Option<u32> {
        let is_it = |index: &u32| self.arena.get(*index).is_some_and(|conn| conn.inbound_key() == *key);
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
    pub fn open(&mut self, hashes: &Hashes, conn: Conn, now: Tick) -> Option<u32> {
        if self.arena.live() == 0 {
            self.wheel.restart(now);
        }
        let index = self.arena.insert(conn)?;
        self.wheel.file(&mut self.arena, index, conn.deadline());
        let arena = &self.arena;
        self.inbound.insert_unique(hashes.inbound(&conn.inbound_key()), index, |other| {
            arena.get(*other).map_or(0, |conn| hashes.inbound(&conn.inbound_key()))
        });
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
        let Some(conn) = self.arena.get_mut(index) else { return Advance { activity: None } };
        let advance = conn.advance(event, direction, now, timeouts);
        let deadline = conn.deadline();
        self.wheel.hasten(&mut self.arena, index, deadline);
        advance
    }

    /// `None` if the index names no connection.
    pub fn close(&mut self, hashes: &Hashes, index: u32) -> Option<Closed> {
        let conn = *self.arena.get(index)?;
        self.wheel.unfile(&mut self.arena, index);
        if let Ok(entry) =
            self.inbound.find_entry(hashes.inbound(&conn.inbound_key()), |candidate| *candidate == index)
        {
            entry.remove();
        }
        if let Some(key) = conn.outbound_key() {
            self.unlink_outbound(hashes, &key, index);
        }
        self.arena.remove(index);
        Some(Closed { server: conn.server(), was_active: conn.is_active() })
    }

    /// Looks at no more than `budget` entries and one round of slots.
    pub fn expire(
        &mut self,
        hashes: &Hashes,
        now: Tick,
        budget: usize,
        each: &mut impl FnMut(Closed),
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
                if !conn.is_due(now) {
                    let deadline = conn.deadline();
                    self.wheel.unfile(&mut self.arena, index);
                    self.wheel.file(&mut self.arena, index, deadline);
                } else if let Some(closed) = self.close(hashes, index) {
                    expiry.expired += 1;
                    each(closed);
                }
            }
            self.wheel.turn();
        }
        expiry
    }

    /// Ends those of `budget` places from number `from` on that `is_over` names; where to go on, `None` at the end.
    pub fn sweep(
        &mut self,
        hashes: &Hashes,
        from: u32,
        budget: u32,
        is_over: impl Fn(&Conn) -> bool,
        each: &mut impl FnMut(Closed),
    ) -> Option<u32> {
        let end = from.saturating_add(budget).min(self.arena.places());
        for index in from..end {
            if self.arena.get(index).is_some_and(&is_over)
                && let Some(closed) = self.close(hashes, index)
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
        each: &mut impl FnMut(Closed),
    ) {
        for _ in 0..(self.arena.places() / THINNED).min(budget) {
            let Some((index, kind)) = self.look_anywhere(now, dice) else { continue };
            if kind.is_dropped(throw(dice))
                && let Some(closed) = self.close(hashes, index)
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
                Some((index, Expendable::HalfOpen)) => return self.close(hashes, index),
                Some((index, Expendable::BarelyUsed(_))) => second_best = Some(index),
                None => {}
            }
        }
        self.close(hashes, second_best?)
    }

    /// A place chosen at random, if there is a connection that may go.
    fn look_anywhere(&self, now: Tick, dice: &mut u64) -> Option<(u32, Expendable)> {
        let index = u32::try_from(throw(dice) % u64::from(self.arena.places().max(1))).ok()?;
        Some((index, Expendable::of(self.arena.get(index)?, now)?))
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
