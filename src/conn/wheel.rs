//! When entries are looked at again: a lazy wheel of one-second slots.
//!
//! An entry stands in a slot that comes no later than its deadline's second ends. A packet that prolongs its life does
//! not move it: when the slot comes and the entry is not due, it is filed again. Only a life that gets shorter (a FIN, a
//! reset) moves it at once. Lives longer than the wheel is round are filed in the farthest slot.

use super::arena::{Arena, NIL};
use crate::time::Tick;

const SLOTS: usize = 1024;

#[expect(clippy::cast_possible_truncation, reason = "1024 slots")]
const SLOTS_U32: u32 = SLOTS as u32;

/// The wheel of one shard.
pub(super) struct Wheel {
    /// First entry of each slot.
    heads: Box<[u32]>,
    /// The slot that comes next.
    cursor: u32,
    /// When it comes.
    due: Tick,
}

impl Wheel {
    pub fn new() -> Self {
        Self { heads: vec![NIL; SLOTS].into_boxed_slice(), cursor: 0, due: Tick(0) }
    }

    /// Sets an empty wheel to the present.
    pub fn restart(&mut self, now: Tick) {
        self.due = now.plus_seconds(1);
    }

    /// Whether the next slot's time has come. After a long silence the wheel catches up in one round.
    pub fn is_due(&mut self, now: Tick) -> bool {
        let behind = now.0.wrapping_sub(self.due.0);
        if behind > u32::MAX / 2 {
            return false;
        }
        let rounds_lost = (behind / Tick::PER_SECOND).saturating_sub(SLOTS_U32);
        self.due = self.due.plus_seconds(rounds_lost);
        true
    }

    /// First entry of the slot that is due.
    pub fn first(&self) -> u32 {
        self.head(self.cursor)
    }

    /// On to the next slot.
    pub fn turn(&mut self) {
        self.cursor = (self.cursor + 1) % SLOTS_U32;
        self.due = self.due.plus_seconds(1);
    }

    /// Files an entry that stands nowhere.
    pub fn file(&mut self, arena: &mut Arena, index: u32, deadline: Tick) {
        let slot = (self.cursor + self.distance(deadline)) % SLOTS_U32;
        let next = self.head(slot);
        arena.relink(next, |links| links.prev = index);
        arena.relink(index, |links| (links.next, links.prev, links.slot) = (next, NIL, slot as u16));
        self.set_head(slot, index);
    }

    /// Takes an entry out of its slot.
    pub fn unfile(&mut self, arena: &mut Arena, index: u32) {
        let links = arena.links(index);
        if links.prev == NIL {
            self.set_head(u32::from(links.slot), links.next);
        } else {
            arena.relink(links.prev, |before| before.next = links.next);
        }
        arena.relink(links.next, |after| after.prev = links.prev);
    }

    /// Moves an entry forward if it would be looked at too late.
    pub fn hasten(&mut self, arena: &mut Arena, index: u32, deadline: Tick) {
        let filed = (u32::from(arena.links(index).slot) + SLOTS_U32 - self.cursor) % SLOTS_U32;
        if self.distance(deadline) < filed {
            self.unfile(arena, index);
            self.file(arena, index, deadline);
        }
    }

    /// How many slots after the next one a deadline's slot is.
    fn distance(&self, deadline: Tick) -> u32 {
        let ahead = deadline.0.wrapping_sub(self.due.0);
        if ahead > u32::MAX / 2 { 0 } else { ahead.div_ceil(Tick::PER_SECOND).min(SLOTS_U32 - 1) }
    }

    fn head(&self, slot: u32) -> u32 {
        self.heads.get(slot as usize).copied().unwrap_or(NIL)
    }

    fn set_head(&mut self, slot: u32, index: u32) {
        if let Some(head) = self.heads.get_mut(slot as usize) {
            *head = index;
        }
    }
}
