//! What is watched: scripts, files and processes, and what was found of each.

use super::Bell;
use super::scout::Scout;
use crate::lvs::{Watched, WatchedKind};
use crate::program::{End, Order, Runner, Ticket};
use crate::vrrp::{Finding, Quorum, Streak};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::io;
use std::time::Instant;

/// All that is watched.
pub(super) struct Trackers {
    runner: Runner,
    bell: Bell,
    scout: Option<Scout>,
    all: Vec<Tracker>,
    ends: (Sender<Ended>, Receiver<Ended>),
}

/// A script's name, and whether it succeeded.
type Ended = (String, bool);

struct Tracker {
    spec: Watched,
    state: State,
}

enum State {
    Script {
        streak: Streak,
        next: Instant,
        running: Option<Ticket>,
    },
    File(i64),
    /// `None`: not looked at yet.
    Process(Option<Quorum>, u32),
}

impl Trackers {
    /// Nothing is watched yet.
    pub fn new(runner: Runner, bell: Bell) -> Self {
        Self { runner, bell, scout: None, all: Vec::new(), ends: unbounded() }
    }

    /// These are watched from now on. What was found of those that stay the same is kept.
    ///
    /// # Errors
    /// The thread that looks at files and processes cannot be started.
    pub fn follow(&mut self, watched: &[Watched], now: Instant) -> io::Result<()> {
        let mut before = std::mem::take(&mut self.all);
        for spec in watched {
            let same = before.iter().position(|own| own.spec == *spec);
            let tracker = same.map_or_else(|| Tracker::new(spec, now), |place| before.swap_remove(place));
            self.all.push(tracker);
        }
        let is_looked_at = |own: &Watched| !matches!(own.kind, WatchedKind::Script { .. });
        if self.scout.is_none() && watched.iter().any(is_looked_at) {
            self.scout = Some(Scout::start(self.bell.clone())?);
        }
        if let Some(scout) = &self.scout {
            scout.follow(watched);
        }
        Ok(())
    }

    /// What was found of this one, and the weight that it has of itself; `None`: there is none of this name.
    pub fn finding(&self, name: &str) -> Option<(Finding, i16)> {
        let tracker = self.all.iter().find(|own| own.spec.name == name)?;
        Some((tracker.finding(), tracker.spec.weight))
    }

    /// When there is something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let of = |tracker: &Tracker| match &tracker.state {
            State::Script { next, .. } => Some(*next),
            State::File(_) => None,
            State::Process(quorum, _) => quorum.as_ref().and_then(Quorum::deadline),
        };
        self.all.iter().filter_map(of).min()
    }

    /// Does what is due and takes in what was found: lines to tell of scripts that changed their mind, and true if anything
    /// changed.
    pub fn turn(&mut self, now: Instant) -> (Vec<String>, bool) {
        let (mut lines, mut any) = (Vec::new(), false);
        for (name, is_success) in self.ends.1.try_iter() {
            let found = self.all.iter_mut().find(|own| own.spec.name == name);
            let Some(Tracker { state: State::Script { streak, running, .. }, .. }) = found else { continue };
            *running = None;
            if streak.ran(is_success) {
                any = true;
                lines
                    .push(format!("VRRP_Script({name}) {}", if is_success { "succeeded" } else { "failed" }));
            }
        }
        let sights: Vec<_> = self.scout.iter().flat_map(|scout| scout.sights.try_iter()).collect();
        for (name, number) in sights {
            if let Some(tracker) = self.all.iter_mut().find(|own| own.spec.name == name) {
                any |= tracker.see(number, now);
            }
        }
        for tracker in &mut self.all {
            any |= tracker.turn(now, &self.runner, &self.ends.0, &self.bell);
        }
        (lines, any)
    }
}

impl Tracker {
    fn new(spec: &Watched, now: Instant) -> Self {
        let state = match spec.kind {
            WatchedKind::Script { rises, falls, begins_failed, .. } => {
                State::Script { streak: Streak::new(rises, falls, begins_failed), next: now, running: None }
            }
            WatchedKind::File { .. } => State::File(0),
            WatchedKind::Process { .. } => State::Process(None, 0),
        };
        Self { spec: spec.clone(), state }
    }

    fn finding(&self) -> Finding {
        let well = |is_well| if is_well { Finding::Well } else { Finding::Unwell };
        match &self.state {
            State::Script { streak, .. } => well(streak.is_well()),
            State::File(number) => Finding::Number(*number),
            State::Process(quorum, _) => well(quorum.as_ref().is_none_or(Quorum::is_well)),
        }
    }

    /// Takes in a look; true: that changes what was found.
    fn see(&mut self, number: i64, now: Instant) -> bool {
        let before = self.finding();
        match (&mut self.state, &self.spec.kind) {
            (State::File(known), _) => *known = number,
            (
                State::Process(quorum, running),
                WatchedKind::Process { least, most, fork_delay, end_delay, .. },
            ) => {
                *running = u32::try_from(number).unwrap_or(u32::MAX);
                match quorum {
                    None => *quorum = Some(Quorum::new((*least, *most), *fork_delay, *end_delay, *running)),
                    Some(quorum) => drop(quorum.count(*running, now)),
                }
            }
            _ => {}
        }
        self.finding() != before
    }

    fn turn(&mut self, now: Instant, runner: &Runner, ends: &Sender<Ended>, bell: &Bell) -> bool {
        match (&mut self.state, &self.spec.kind) {
            (State::Script { next, running, .. }, WatchedKind::Script { script, interval, .. }) => {
                if now < *next {
                    return false;
                }
                // In step with its beginning, unless the director slept.
                let step = *next + *interval;
                *next = if step > now { step } else { now + *interval };
                // One that still runs has a limit of its own, which ends it.
                if running.is_none() {
                    let order = Order {
                        line: script.line.clone(),
                        user: script.user.clone(),
                        group: script.group.clone(),
                        limit: script.timeout.unwrap_or(*interval),
                        wants_output: false,
                    };
                    let (ends, bell, name) = (ends.clone(), bell.clone(), self.spec.name.clone());
                    *running = Some(runner.start(order, move |end| {
                        if end != End::Cancelled {
                            let _ = ends.send((name, matches!(end, End::Exited { code: 0, .. })));
                            bell.ring();
                        }
                    }));
                }
                false
            }
            (State::Process(Some(quorum), running), _) => {
                quorum.deadline().is_some_and(|at| now >= at) && quorum.count(*running, now)
            }
            _ => false,
        }
    }
}
