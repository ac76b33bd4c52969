//! When a check runs next, and what its results add up to: no clock, no socket, no chance of its own.

use crate::lvs::Timing;
use std::time::{Duration, Instant};

/// One check's state between its tries.
#[derive(Clone, Debug)]
pub struct Timetable {
    timing: Timing,
    is_up: bool,
    /// Nothing is known from before: the first result may count at once.
    is_fresh: bool,
    failures: u32,
    successes: u32,
}

/// What one result changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The check counts as up.
    pub is_up: bool,
    /// It did not before this result, or did.
    pub has_changed: bool,
    /// Failures up to now, without a success in between; 0 after a success.
    pub failures_in_a_row: u32,
}

impl Timetable {
    /// Begins as the check says; or, where its state is known from before (a reload), with that: then the first result is
    /// one like any other.
    pub fn new(timing: Timing, begins_down: bool, begins_up: Option<bool>) -> Self {
        Self {
            timing,
            is_up: begins_up.unwrap_or(!begins_down),
            is_fresh: begins_up.is_none(),
            failures: 0,
            successes: 0,
        }
    }

    /// Counts as up?
    pub fn is_up(&self) -> bool {
        self.is_up
    }

    /// How long the first try waits. `random` is anywhere in its range, evenly.
    pub fn warmup(&self, random: u32) -> Duration {
        let nanos = self.timing.warmup.as_nanos() * u128::from(random) / u128::from(u32::MAX);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Takes the result of a try.
    pub fn note(&mut self, succeeded: bool) -> Verdict {
        let counts_at_once = self.is_fresh && self.timing.first_counts;
        self.is_fresh = false;
        let (row, needed) = if succeeded {
            self.failures = 0;
            self.successes = self.successes.saturating_add(1);
            (self.successes, self.timing.rises)
        } else {
            self.successes = 0;
            self.failures = self.failures.saturating_add(1);
            (self.failures, self.timing.falls)
        };
        let has_changed = self.is_up != succeeded && (counts_at_once || row >= needed);
        if has_changed {
            self.is_up = succeeded;
        }
        Verdict { is_up: self.is_up, has_changed, failures_in_a_row: self.failures }
    }

    /// From the beginning of the last try to the beginning of the next: shorter while a failure does not count yet.
    pub fn step(&self) -> Duration {
        let is_in_doubt = self.is_up && self.failures > 0;
        self.timing.retry_interval.filter(|_| is_in_doubt).unwrap_or(self.timing.interval)
    }

    /// When the next try begins, of one that was due at `due` and over at `over`. Steps are counted from when a try was
    /// due, so that small delays do not add up; a try that took longer than its step is followed at once, and the
    /// steps that it missed are not made up for.
    pub fn next(&self, due: Instant, over: Instant) -> Instant {
        (due + self.step()).max(over)
    }
}

#[cfg(test)]
#[path = "timetable_tests.rs"]
mod tests;
