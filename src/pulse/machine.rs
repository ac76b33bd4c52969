//! One host's states: inactive, active, and what leads from the one to the other.

use super::{Event, Word};
use crate::lvs::PulseNode;
use std::time::{Duration, Instant};

/// How late a heartbeat may be at least before it is thought that the host slept: below that it is only busy.
const LATE: Duration = Duration::from_secs(1);

/// How often heartbeats go, and how long silence is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two heartbeats. Above zero.
    pub keepalive: Duration,
    /// Silence that lasts so long means that the partner is dead. Above zero.
    pub deadtime: Duration,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// It begins, as this one. Nothing else is heeded before.
    Start {
        /// Which of the two it is.
        node: PulseNode,
        /// There is another.
        has_partner: bool,
        /// A primary becomes active at once.
        is_forced: bool,
    },
    /// The partner said so.
    Heard(Word),
    /// All links that it looks at are there, or not.
    Links(bool),
    /// Heartbeats can be heard, or not.
    Hears(bool),
    /// The deadline may have come.
    Timer,
    /// It ends.
    Stop,
}

/// Why it became active, or inactive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It begins.
    Start,
    /// The partner is silent.
    PartnerDead,
    /// The partner is there, and not active.
    PartnerInactive,
    /// There is no partner.
    Alone,
    /// It was to be active at the start.
    Forced,
    /// Both were active.
    PartnerActive,
    /// A link is lost.
    Link,
    /// It slept.
    Overslept,
    /// It ends.
    Stop,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this to the partner, by each way.
    Beat(Word),
    /// It is inactive at the start: `inactive_cmd` runs, and connections of others are taken in.
    Rest,
    /// `active_cmd` runs, addresses come, neighbours are told, connections are sent.
    Activate(Why),
    /// `active_cmd` runs again, neighbours are told again.
    Again,
    /// Neighbours are told again.
    Announce,
    /// `inactive_cmd` runs, addresses go, connections are taken in.
    Deactivate(Why),
    /// A line of log.
    Tell(Event),
}

/// The states of one host.
#[derive(Clone, Debug)]
pub struct Machine {
    pace: Pace,
    /// `None`: it has not begun, or has ended.
    node: Option<PulseNode>,
    has_partner: bool,
    is_active: bool,
    has_links: bool,
    hears: bool,
    /// What the partner said last, unless it has been silent since for too long.
    partner: Option<Word>,
    /// The partner counts as dead then.
    dead_at: Option<Instant>,
    next_beat: Option<Instant>,
    /// When a backup first heard that its primary is not active.
    stopped_at: Option<Instant>,
    /// Neighbours are not told again before.
    again_at: Option<Instant>,
}

impl Machine {
    /// Not begun.
    pub const fn new(pace: Pace) -> Self {
        Self {
            pace,
            node: None,
            has_partner: false,
            is_active: false,
            has_links: true,
            hears: true,
            partner: None,
            dead_at: None,
            next_beat: None,
            stopped_at: None,
            again_at: None,
        }
    }

    /// Which of the two it is, once it has begun.
    pub const fn node(&self) -> Option<PulseNode> {
        self.node
    }

    /// It has the addresses.
    pub const fn is_active(&self) -> bool {
        self.is_active
    }

    /// Could it become active, as far as that depends on itself?
    pub const fn is_able(&self) -> bool {
        let may = self.has_partner || matches!(self.node, Some(PulseNode::Primary));
        may && self.node.is_some() && self.has_links && (self.hears || !self.has_partner)
    }

    /// What the partner said last; `None`: it is silent.
    pub const fn partner(&self) -> Option<Word> {
        self.partner
    }

    /// Another pace from now on.
    pub const fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// When [`Input::Timer`] has something to do. May be in the past.
    pub fn deadline(&self) -> Option<Instant> {
        [self.next_beat, self.dead_at.filter(|_| !self.is_active && self.is_able())]
            .into_iter()
            .flatten()
            .min()
    }

    /// Takes in what happens; returns what is to be done, in this order.
    pub fn handle(&mut self, input: Input, now: Instant) -> Vec<Action> {
        let mut out = Vec::new();
        if let Input::Start { node, has_partner, is_forced } = input {
            self.start((node, has_partner, is_forced), now, &mut out);
            return out;
        }
        if self.node.is_none() {
            match input {
                Input::Links(is_there) => self.has_links = is_there,
                Input::Hears(hears) => self.hears = hears,
                _ => {}
            }
            return out;
        }
        if input != Input::Stop {
            self.wake(now, &mut out);
        }
        match input {
            Input::Heard(word) => self.hear(word, now, &mut out),
            Input::Links(is_there) => self.follow_links(is_there, now, &mut out),
            Input::Hears(hears) => {
                if hears && !self.hears {
                    self.listen(now);
                }
                self.hears = hears;
            }
            Input::Timer => self.timer(now, &mut out),
            Input::Stop => self.stop(&mut out),
            Input::Start { .. } => {}
        }
        out
    }

    fn start(&mut self, of: (PulseNode, bool, bool), now: Instant, out: &mut Vec<Action>) {
        let (node, has_partner, is_forced) = of;
        let (has_links, hears) = (self.has_links, self.hears);
        *self = Self { node: Some(node), has_partner, has_links, hears, ..Self::new(self.pace) };
        out.extend([Action::Tell(Event::Starting { node }), Action::Rest]);
        if has_partner {
            self.next_beat = Some(now);
            self.listen(now);
            if is_forced && node == PulseNode::Primary && self.is_able() {
                self.rise(Event::Forced, Why::Forced, now, out);
            }
        } else if node == PulseNode::Backup {
            out.push(Action::Tell(Event::MarkedInactive));
        } else if self.is_able() {
            self.rise(Event::Alone, Why::Alone, now, out);
        }
    }

    /// Who has slept for so long that the partner may have taken over does not go on where it was: it listens first.
    fn wake(&mut self, now: Instant, out: &mut Vec<Action>) {
        let Pace { keepalive, deadtime } = self.pace;
        let late = self.next_beat.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        if late < deadtime.saturating_sub(keepalive).max(LATE) {
            return;
        }
        out.push(Action::Tell(Event::Overslept { late }));
        self.next_beat = Some(now);
        self.fall(Why::Overslept, now, out);
        self.listen(now);
    }

    fn hear(&mut self, word: Word, now: Instant, out: &mut Vec<Action>) {
        if !self.has_partner {
            return;
        }
        let was_silent = self.partner.replace(word).is_none();
        self.dead_at = Some(now + self.pace.deadtime);
        match (word, self.is_active, self.node) {
            (Word::Running, false, _) => self.stopped_at = None,
            (Word::Running, true, Some(PulseNode::Backup)) => {
                // The primary is to hear it, to tell its neighbours again.
                out.extend([Action::Beat(Word::Running), Action::Tell(Event::GivingWay)]);
                self.next_beat = Some(now + self.pace.keepalive);
                self.fall(Why::PartnerActive, now, out);
            }
            (Word::Running, true, _) => {
                // Words that come faster than heartbeats do not make us shout faster.
                if self.again_at.is_none_or(|at| now >= at) {
                    self.again_at = Some(now + self.pace.keepalive);
                    out.extend([Action::Tell(Event::Resending), Action::Again]);
                }
            }
            // Who was silent for so long may have been active meanwhile, and its last heartbeat may be lost.
            (Word::Stopped, true, _) if was_silent => {
                out.extend([Action::Tell(Event::Returned), Action::Announce]);
            }
            (Word::Stopped, true, _) => {}
            (Word::Stopped, false, node) => self.hear_stopped(node, now, out),
        }
    }

    /// Nobody is active. Of two that begin together the primary is to be the one: the backup waits for the second word.
    fn hear_stopped(&mut self, node: Option<PulseNode>, now: Instant, out: &mut Vec<Action>) {
        if !self.is_able() {
            return;
        }
        let partner = match node {
            Some(PulseNode::Primary) => PulseNode::Backup,
            _ => {
                let first = *self.stopped_at.get_or_insert(now);
                if now < first + self.pace.keepalive / 2 {
                    return;
                }
                PulseNode::Primary
            }
        };
        self.rise(Event::PartnerInactive { partner }, Why::PartnerInactive, now, out);
    }

    fn follow_links(&mut self, is_there: bool, now: Instant, out: &mut Vec<Action>) {
        if is_there == self.has_links {
            return;
        }
        self.has_links = is_there;
        if !is_there {
            out.push(Action::Tell(Event::LinkFailure));
            self.fall(Why::Link, now, out);
            return;
        }
        out.push(Action::Tell(Event::LinkRestored));
        self.listen(now);
        if !self.has_partner && self.is_able() {
            self.rise(Event::Alone, Why::Alone, now, out);
        }
    }

    fn timer(&mut self, now: Instant, out: &mut Vec<Action>) {
        let is_silent = self.dead_at.is_some_and(|at| now >= at);
        if is_silent {
            self.partner = None;
        }
        if is_silent && !self.is_active && self.is_able() {
            self.rise(Event::PartnerDead, Why::PartnerDead, now, out);
        }
        if let Some(at) = self.next_beat.filter(|at| now >= *at) {
            let word = if self.is_active { Word::Running } else { Word::Stopped };
            out.push(Action::Beat(word));
            // In step with the one before.
            let next = at + self.pace.keepalive;
            self.next_beat = Some(if next > now { next } else { now + self.pace.keepalive });
        }
    }

    fn stop(&mut self, out: &mut Vec<Action>) {
        out.push(Action::Tell(Event::Stopped));
        if self.is_active {
            self.is_active = false;
            out.push(Action::Deactivate(Why::Stop));
        }
        (self.node, self.next_beat, self.dead_at) = (None, None, None);
    }

    /// Becomes active, and says so at once.
    fn rise(&mut self, event: Event, why: Why, now: Instant, out: &mut Vec<Action>) {
        self.is_active = true;
        (self.stopped_at, self.again_at) = (None, None);
        out.extend([Action::Tell(event), Action::Activate(why)]);
        if self.has_partner {
            out.push(Action::Beat(Word::Running));
            self.next_beat = Some(now + self.pace.keepalive);
        }
    }

    fn fall(&mut self, why: Why, now: Instant, out: &mut Vec<Action>) {
        if self.is_active {
            self.is_active = false;
            out.push(Action::Deactivate(why));
            self.listen(now);
        }
    }

    /// The partner has the whole time to be heard.
    fn listen(&mut self, now: Instant) {
        self.dead_at = self.has_partner.then(|| now + self.pace.deadtime);
        self.stopped_at = None;
    }
}

#[cfg(test)]
mod tests;
