//! When entries are looked at again: a lazy wheel of one-second turns.
//!
//! Every entry has a turn that comes no later than its deadline's second ends, noted beside its block
//! ([`super::arena`]): two bytes, which a turn looks through for all entries of its shard, 64 in a few instructions. So
//! entries stand in no list, and opening or ending one touches no other. A packet that prolongs a life does not move it:
//! when the turn comes and the entry is not due, it gets another. Only a life that gets shorter (a FIN, a reset) moves it at
//! once. Lives longer than half the wheel is round get the farthest turn.

use crate::time::Tick;

/// Turns that can be told from past ones: nine hours.
const FARTHEST: u32 = i16::MAX as u32;

/// The wheel of one shard.
#[derive(Debug)]
pub(super) struct Wheel {
    /// The turn that comes next.
    next: u16,
    /// When it comes.
    due: Tick,
}

impl Wheel {
    pub const fn new() -> Self {
        Self { next: 0, due: Tick(0) }
    }

    /// Sets an empty wheel to the present.
    pub const fn restart(&mut self, now: Tick) {
        self.due = now.plus_seconds(1);
    }

    /// The turn whose time has come, the last of them after a silence; `None`: it has not.
    pub fn turn(&mut self, now: Tick) -> Option<u16> {
        let behind = now.0.wrapping_sub(self.due.0);
        if behind > u32::MAX / 2 {
            return None;
        }
        let missed = behind / Tick::PER_SECOND;
        self.due = self.due.plus_seconds(missed);
        // After more than nine hours of silence the rest is found at the turns after.
        self.next = self.next.wrapping_add(missed.min(FARTHEST - 1) as u16);
        Some(self.next)
    }

    /// A turn is over.
    pub const fn pass(&mut self) {
        self.next = self.next.wrapping_add(1);
        self.due = self.due.plus_seconds(1);
    }

    /// The turn for a deadline.
    pub fn turn_of(&self, deadline: Tick) -> u16 {
        let ahead = deadline.0.wrapping_sub(self.due.0);
        let turns = if ahead > u32::MAX / 2 { 0 } else { ahead.div_ceil(Tick::PER_SECOND).min(FARTHEST) };
        #[expect(clippy::cast_possible_truncation, reason = "15 bits")]
        {
            self.next.wrapping_add(turns as u16)
        }
    }

    /// Does one turn come before another? Of those that are still to come.
    pub const fn is_before(&self, turn: u16, other: u16) -> bool {
        turn.wrapping_sub(self.next) < other.wrapping_sub(self.next)
    }
}
