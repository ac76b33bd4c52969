//! What an advertisement does to a virtual router: RFC 9568 §6.4.2, §6.4.3.

use super::{Machine, State};
use crate::lvs::VrrpVersion;
use crate::vrrp::action::{Action, Topic, Why};
use crate::vrrp::announce::Burst;
use crate::vrrp::event::Event;
use crate::vrrp::timing;
use std::cmp::Ordering;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// An advertisement of lower priority is answered at once; the next such answer comes no sooner than this part of an
/// interval later, or whoever can send us one makes us send as many as he likes.
const ANSWERS_PER_INTERVAL: u32 = 16;

impl Machine {
    pub(super) fn hear_as_backup(
        &mut self,
        from: IpAddr,
        priority: u8,
        interval: Duration,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        if priority == 0 {
            out.push(Action::Tell(Event::ZeroHeardByBackup { from }));
            let skew = timing::skew(self.version, self.priority, self.master_interval);
            if !self.is_ready() {
                self.state = State::Backup { deadline: Some(now + skew) };
            }
            return;
        }
        if self.preempts && priority < self.priority {
            let delay = self.preempt_delay;
            let at = (!delay.is_zero()).then(|| *self.preempts_at.get_or_insert(now + delay));
            if at.is_none_or(|at| now >= at) {
                if self.discarded.replace((from, priority)) != Some((from, priority)) {
                    out.push(Action::Tell(Event::LowerDiscarded { from, priority }));
                }
                return;
            }
        } else {
            self.preempts_at = None;
        }
        self.follow(from, priority, interval, out);
        self.state = State::Backup { deadline: Some(now + self.master_down()) };
    }

    pub(super) fn hear_as_master(
        &mut self,
        from: IpAddr,
        priority: u8,
        interval: Duration,
        now: Instant,
        out: &mut Vec<Action>,
    ) {
        let State::Master { answered, .. } = self.state else { return };
        if priority == 0 {
            out.push(Action::Tell(Event::ZeroHeardByMaster { from }));
            return self.answer(answered, now, out);
        }
        match priority.cmp(&self.priority).then(from.cmp(&self.source)) {
            Ordering::Less => {
                let ours = self.priority;
                out.push(Action::Tell(Event::LowerHeard { from, priority, ours, answers: !self.is_calm }));
                if !self.is_calm {
                    self.answer(answered, now, out);
                }
                out.push(Action::Announce(Burst::Lower));
                out.push(Action::Notify(Topic::LowerHeard));
            }
            Ordering::Greater => {
                out.push(Action::Tell(Event::HigherHeard { from, priority, ours: self.priority }));
                if self.answers_higher {
                    out.push(Action::Advertise { priority: self.priority });
                }
                self.follow(from, priority, interval, out);
                self.sink(Why::Better, self.master_down(), now, out);
            }
            // Nobody else has our address: it is our own.
            Ordering::Equal => {}
        }
    }

    /// Advertises at once, and begins its interval anew.
    fn answer(&mut self, answered: Option<Instant>, now: Instant, out: &mut Vec<Action>) {
        let pause = self.interval / ANSWERS_PER_INTERVAL;
        if answered.is_none_or(|answered| now >= answered + pause) {
            self.state = State::Master { deadline: now + self.interval, answered: Some(now) };
            out.push(Action::Advertise { priority: self.priority });
        }
    }

    /// Takes somebody for its master.
    fn follow(&mut self, from: IpAddr, priority: u8, interval: Duration, out: &mut Vec<Action>) {
        if let Some((before, _)) = self.master.replace((from, priority)).filter(|(before, _)| *before != from)
        {
            out.push(Action::Tell(Event::MasterChanged { from: before, to: from }));
        }
        self.discarded = None;
        if self.version == VrrpVersion::V3 && interval != self.master_interval {
            out.push(Action::Tell(Event::Interval { from: self.master_interval, to: interval }));
            self.master_interval = interval;
        }
    }
}
