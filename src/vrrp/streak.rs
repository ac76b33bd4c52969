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

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(mut streak: Streak, runs: &str) -> String {
        let one = |run| {
            streak.ran(run == '+');
            if streak.is_well() { 'w' } else { '.' }
        };
        runs.chars().map(one).collect()
    }

    #[test]
    fn rises_and_falls_are_runs_in_a_row() {
        assert_eq!(runs(Streak::new(1, 1, false), "+-+"), "w.w");
        assert_eq!(runs(Streak::new(2, 3, false), "+--+---+-++-"), "wwwwww....ww");
        // At the start one failure is enough; successes still count one by one.
        assert_eq!(runs(Streak::new(2, 3, false), "-++"), "..w");
        assert_eq!(runs(Streak::new(2, 3, true), "+-++--+---"), "...wwwwww.");
        assert_eq!(runs(Streak::new(0, 0, true), "+-"), "w.");
    }

    #[test]
    fn changes_are_told_once() {
        let mut streak = Streak::new(1, 2, false);
        assert!(!streak.ran(true) && !streak.ran(false) && streak.ran(false) && !streak.ran(false));
        assert!(streak.ran(true) && !streak.ran(true));
    }

    #[test]
    fn processes_count_after_their_delay() {
        let now = crate::vrrp::fixture::now();
        let after = |millis| now + Duration::from_millis(millis);
        let (fork, end) = (Duration::from_millis(100), Duration::from_millis(500));
        let mut quorum = Quorum::new((1, Some(2)), fork, end, 1);
        assert!(quorum.is_well());
        assert!(!quorum.count(0, now) && quorum.is_well());
        assert_eq!(quorum.deadline(), Some(after(500)));
        // Back in time: as if nothing had been.
        assert!(!quorum.count(1, after(499)));
        assert_eq!(quorum.deadline(), None);
        assert!(!quorum.count(3, after(1000)), "too many are as bad as too few");
        assert!(!quorum.count(3, after(1499)) && quorum.count(3, after(1500)) && !quorum.is_well());
        assert!(!quorum.count(2, after(1600)));
        assert!(!quorum.count(2, after(1699)) && quorum.count(2, after(1700)) && quorum.is_well());
        assert_eq!(quorum.deadline(), None);
        let mut prompt = Quorum::new((1, None), Duration::ZERO, Duration::ZERO, 0);
        assert!(prompt.count(9, now) && prompt.count(0, now) && !prompt.is_well());
    }
}
