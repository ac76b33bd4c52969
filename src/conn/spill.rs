//! Connections for which the index has no room near their home: those of a client that uses one port for dozens of them.
//!
//! They are found by all that tells them apart instead of by the client's endpoint alone, so that thousands of them are
//! found as fast as one.

use super::key::{Hashes, InboundKey, OutboundKey};
use hashbrown::HashTable;

/// The spill of one shard: almost always empty.
#[derive(Default)]
pub(super) struct Spill {
    inbound: HashTable<Spilled>,
    outbound: HashTable<Spilled>,
    /// Of the next one.
    order: u32,
}

/// One entry, by one of its keys.
#[derive(Clone, Copy)]
struct Spilled {
    hash: u64,
    place: u32,
    /// Counts up (and wraps): who came later is newer.
    order: u32,
}

impl Spill {
    /// True if it holds nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.inbound.is_empty() && self.outbound.is_empty()
    }

    /// How many places it holds that are found by requests.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.inbound.len()
    }

    /// Enters a place by its keys.
    pub fn insert(
        &mut self,
        hashes: &Hashes,
        place: u32,
        inbound: &InboundKey,
        outbound: Option<&OutboundKey>,
    ) {
        let order = self.order;
        self.order = order.wrapping_add(1);
        let hash = hashes.inbound(inbound);
        self.inbound.insert_unique(hash, Spilled { hash, place, order }, |other| other.hash);
        if let Some(outbound) = outbound {
            let hash = hashes.outbound(outbound);
            self.outbound.insert_unique(hash, Spilled { hash, place, order }, |other| other.hash);
        }
    }

    /// Takes a place out; what it is not found by is passed over.
    pub fn remove(
        &mut self,
        hashes: &Hashes,
        place: u32,
        inbound: &InboundKey,
        outbound: Option<&OutboundKey>,
    ) {
        take(&mut self.inbound, hashes.inbound(inbound), place);
        if let Some(outbound) = outbound {
            take(&mut self.outbound, hashes.outbound(outbound), place);
        }
        if self.is_empty() {
            // What it has grown to in a flood is given back.
            *self = Self { order: self.order, ..Self::default() };
        }
    }

    /// Takes a place out of those that are found by requests.
    pub fn remove_inbound(&mut self, hashes: &Hashes, place: u32, inbound: &InboundKey) {
        take(&mut self.inbound, hashes.inbound(inbound), place);
    }

    /// A place with this inbound key that `is_it` names.
    pub fn find_inbound(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.inbound.find(hash, |one| is_it(one.place)).map(|one| one.place)
    }

    /// The newest place with this outbound key that `is_it` names.
    pub fn find_outbound(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let age = |one: &Spilled| self.order.wrapping_sub(one.order);
        let fitting = self.outbound.iter_hash(hash).filter(|one| one.hash == hash && is_it(one.place));
        fitting.min_by_key(|one| age(one)).map(|one| one.place)
    }
}

fn take(table: &mut HashTable<Spilled>, hash: u64, place: u32) {
    if let Ok(entry) = table.find_entry(hash, |one| one.place == place) {
        entry.remove();
    }
}
