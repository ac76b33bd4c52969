//! When a script that fails now and then, or a process that comes and goes, counts as well.

use std::time::{Duration, Instant};

/// The last runs of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streak {
    rises: u32,
    falls: u32,
    is_well: bool,
    /// It has not run yet.
    is_fresh: bool,
    /// Runs since the last change that spoke against `is_well`, without one in between that did not.
    against: u32,
}

impl Streak {
    /// So many successes make it well, so many failures unwell; 0 is as 1. It begins well, but then the first failure is
    /// enough; from `begins_failed` on it begins unwell.
    pub const fn new(rises: u32, falls: u32, begins_failed: bool) -> Self {
        Self { rises, falls, is_well: !begins_failed, is_fresh: true, against: 0 }
    }

    /// It counts as well.
    pub const fn is_well(&self) -> bool {
        self.is_well
    }

    /// It has run. True if it counts as something else now.
    pub fn ran(&mut self, succeeded: bool) -> bool {
        let is_first = std::mem::replace(&mut self.is_fresh, false);
        if succeeded == self.is_well {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let enough = if succeeded { self.rises } else { self.falls }.max(1);
        let is_enough = self.against >= enough || is_first && !succeeded;
        if is_enough {
            (self.is_well, self.against) = (succeeded, 0);
        }
        is_enough
    }
}

/// How many processes of a kind run, and since when it is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum {
    least: u32,
    most: Option<u32>,
    fork_delay: Duration,
    end_delay: Duration,
    is_well: bool,
    /// It counts as the other from then on, if nothing changes.
    turns_at: Option<Instant>,
}

impl Quorum {
    /// See [`crate::lvs::WatchedKind::Process`]. Begins with so many, which count at once.
    pub fn new(
        (least, most): (u32, Option<u32>),
        fork_delay: Duration,
        end_delay: Duration,
        running: u32,
    ) -> Self {
        let mut quorum = Self { least, most, fork_delay, end_delay, is_well: false, turns_at: None };
        quorum.is_well = quorum.is_enough(running);
        quorum
    }

    fn is_enough(&self, running: u32) -> bool {
        running >= self.least && self.most.is_none_or(|most| running <= most)
    }

    /// It counts as well.
    pub const fn is_well(&self) -> bool {
        self.is_well
    }

    /// When it is to be looked at again.
    pub const fn deadline(&self) -> Option<Instant> {
        self.turns_at
    }

    /// So many run now. True if it counts as something else from now on.
    pub fn count(&mut self, running: u32, now: Instant) -> bool {
        if self.is_enough(running) == self.is_well {
            self.turns_at = None;
            return false;
        }
        let delay = if self.is_well { self.end_delay } else { self.fork_delay };
        if now < *self.turns_at.get_or_insert(now + delay) {
            return false;
        }
        self.turns_at = None;
        self.is_well = !self.is_well;
        true
    }
}
