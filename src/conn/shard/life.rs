//! The lives of a shard's entries: what a packet does to one, and what time does.

use super::{Common, Shard};
use crate::conn::ended::{Closed, End, Expiry};
use crate::conn::entry::Conn;
use crate::conn::heard::Heard;
use crate::conn::state::{Advance, Direction, Event};
use crate::lvs::Timeouts;
use crate::time::Tick;
use crate::wire::transport::Octets;

impl Shard {
    /// See [`Conn::judge`].
    pub fn judge(&mut self, index: u32, event: Event, octets: Octets) -> Event {
        self.arena.get_mut(index).map_or(event, |conn| conn.judge(event, octets))
    }

    /// See [`Conn::abort`].
    pub fn abort(&mut self, index: u32) -> bool {
        self.arena.get_mut(index).is_some_and(Conn::abort)
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

    /// See [`Conn::hear`].
    pub fn hear(&mut self, index: u32, heard: &Heard, now: Tick) -> Option<bool> {
        let conn = self.arena.get_mut(index)?;
        let activity = conn.hear(heard, now);
        let deadline = conn.deadline();
        self.hasten(index, deadline);
        activity
    }

    /// The master's sync daemon is to hear of an entry if it is due.
    #[cold]
    pub fn tell(&self, common: &Common, index: u32, now: Tick) {
        if let Some(conn) = self.arena.get(index) {
            common.dues.consider(conn, index, self.parent(index), now);
        }
    }

    /// The same of a parent that got a child, or outlived its time.
    #[cold]
    pub fn tell_of_parent(&self, common: &Common, index: u32, now: Tick) {
        if let Some(conn) = self.arena.get(index) {
            common.dues.consider_parent(conn, index, self.parent(index), now);
        }
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
        if common.dues.are_told() {
            self.tell_of_parent(common, index, now);
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
}
