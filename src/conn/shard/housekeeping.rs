//! Which of a shard's connections end before their time: those of deleted real servers, and those that nobody will miss when
//! memory is scarce.

use super::{Common, Shard};
use crate::conn::ended::{Closed, End};
use crate::conn::entry::Conn;
use crate::conn::expendable::{Expendable, throw};
use crate::time::Tick;

/// `drop_entry` looks at one of so many places each second.
const THINNED: u32 = 32;

impl Shard {
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
}
