//! One virtual router's states: RFC 9568 §6.4 (RFC 3768 §6.4), with what keepalived adds.

mod hearing;

use super::action::{Action, Input, Topic, Why};
use super::event::Event;
use super::timing;
use crate::lvs::{Role, VrrpAuth, VrrpInstance, VrrpVersion};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// In which state it is. [`Role`] and what is before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not begun, or ended.
    Off,
    Backup {
        /// Then there is no master; `None`: that has come already, and the group holds it back.
        deadline: Option<Instant>,
    },
    Master {
        /// Then the next advertisement goes out.
        deadline: Instant,
        /// When one went out last because somebody of lower priority was heard.
        answered: Option<Instant>,
    },
    Fault,
}

/// One virtual router. Put it into a [`super::Group`], alone or with others: that decides when it may become master.
#[derive(Clone, Debug)]
pub struct Machine {
    name: String,
    version: VrrpVersion,
    base: u8,
    priority: u8,
    interval: Duration,
    /// Ours, or in version 3 that of the master that was heard last.
    master_interval: Duration,
    /// It listens for an interval only.
    wishes: bool,
    preempts: bool,
    preempt_delay: Duration,
    /// Until then it leaves a master of lower priority alone.
    preempts_at: Option<Instant>,
    patience: u32,
    is_calm: bool,
    answers_higher: bool,
    source: IpAddr,
    is_well: bool,
    /// Another of its group is not well.
    is_pulled: bool,
    /// Whom it takes for master.
    master: Option<(IpAddr, u8)>,
    /// Whose lower priority has been told of.
    discarded: Option<(IpAddr, u8)>,
    state: State,
}

impl Machine {
    /// Not begun. `source`: see [`super::Post::new`].
    pub fn new(instance: &VrrpInstance, source: IpAddr) -> Self {
        // By sequence numbers it is believed only if it has heard which one is next.
        let wishes = instance.begins == Role::Master && !matches!(instance.auth, VrrpAuth::Header(_));
        Self {
            name: instance.name.clone(),
            version: instance.version,
            base: instance.priority,
            priority: instance.priority,
            interval: instance.interval,
            master_interval: instance.interval,
            wishes,
            // Who wishes to be master at once does not wait to be let.
            preempts: instance.preempts || wishes,
            preempt_delay: if wishes { Duration::ZERO } else { instance.preempt_delay },
            preempts_at: None,
            patience: instance.patience,
            is_calm: instance.is_calm,
            answers_higher: instance.answers_higher,
            source,
            is_well: true,
            is_pulled: false,
            master: None,
            discarded: None,
            state: State::Off,
        }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `None`: it has not begun, or has ended.
    pub const fn role(&self) -> Option<Role> {
        match self.state {
            State::Off => None,
            State::Backup { .. } => Some(Role::Backup),
            State::Master { .. } => Some(Role::Master),
            State::Fault => Some(Role::Fault),
        }
    }

    /// The priority that it has now, 1 to 255.
    pub const fn priority(&self) -> u8 {
        self.priority
    }

    /// Whom it takes for master, and of what priority; while it is backup.
    pub const fn master(&self) -> Option<(IpAddr, u8)> {
        self.master
    }

    /// The interval of the master that it listens to; ours while there is none.
    pub const fn master_interval(&self) -> Duration {
        self.master_interval
    }

    /// When [`Input::Timer`] is wanted.
    pub const fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Backup { deadline } => deadline,
            State::Master { deadline, .. } => Some(deadline),
            State::Off | State::Fault => None,
        }
    }

    /// It would be master, if its group let it.
    pub(super) const fn is_ready(&self) -> bool {
        matches!(self.state, State::Backup { deadline: None })
    }

    /// It is well by itself, whatever its group is.
    pub(super) const fn is_well(&self) -> bool {
        self.is_well
    }

    /// Takes an input in. It becomes ready to be master, but not master: that is [`Machine::rise`].
    pub(super) fn handle(&mut self, input: Input, now: Instant, out: &mut Vec<Action>) {
        self.wake(now, out);
        match input {
            Input::Start => self.start(now, out),
            Input::Timer => self.timer(now, out),
            Input::Heard { from, priority, interval } => match self.state {
                State::Backup { .. } => self.hear_as_backup(from, priority, interval, now, out),
                State::Master { .. } => self.hear_as_master(from, priority, interval, now, out),
                State::Off | State::Fault => {}
            },
            Input::Wellness { is_well, priority } => {
                self.set_priority(priority, out);
                self.is_well = is_well;
                self.follow_wellness(Why::Wellness, now, out);
            }
            Input::Source(source) => self.source = source,
            Input::Stop => self.stop(out),
        }
    }

    /// Another of its group is at fault, or no longer.
    pub(super) fn pull(&mut self, is_pulled: bool, now: Instant, out: &mut Vec<Action>) {
        self.is_pulled = is_pulled;
        self.follow_wellness(Why::Group, now, out);
    }

    /// It is master from now on. Only if [`Machine::is_ready`].
    pub(super) fn rise(&mut self, why: Why, now: Instant, out: &mut Vec<Action>) {
        let from = self.role();
        self.state = State::Master { deadline: now + self.interval, answered: None };
        self.master_interval = self.interval;
        (self.master, self.discarded, self.preempts_at) = (None, None, None);
        out.extend([
            Action::Tell(Event::Entering { role: Role::Master, is_first: false }),
            Action::Became { from, to: Some(Role::Master), why },
            Action::Tell(Event::SettingVips),
            Action::Take,
            Action::Advertise { priority: self.priority },
            Action::Announce(super::Burst::Master),
        ]);
    }

    /// As master, it is backup from now on, without a farewell: another has the addresses already.
    pub(super) fn sink(&mut self, why: Why, wait: Duration, now: Instant, out: &mut Vec<Action>) {
        let from = self.role();
        self.state = State::Backup { deadline: Some(now + wait) };
        out.extend([
            Action::Tell(Event::Entering { role: Role::Backup, is_first: false }),
            Action::Became { from, to: Some(Role::Backup), why },
            Action::Tell(Event::RemovingVips),
            Action::Release,
        ]);
    }

    /// The same, because its group does. `yields`: to a better master, who hears by a last advertisement that there were two,
    /// and tells the neighbours of these addresses, too.
    pub(super) fn sink_with_group(&mut self, yields: bool, now: Instant, out: &mut Vec<Action>) {
        if yields && self.answers_higher {
            out.push(Action::Advertise { priority: self.priority });
        }
        self.sink(Why::Group, self.master_down(), now, out);
    }

    /// After how much silence it takes its master for gone.
    pub(super) fn master_down(&self) -> Duration {
        timing::master_down(self.version, self.priority, self.master_interval, self.patience)
    }

    const fn owns(&self) -> bool {
        self.base == u8::MAX
    }

    fn start(&mut self, now: Instant, out: &mut Vec<Action>) {
        if self.state != State::Off {
            return;
        }
        self.preempts_at = (!self.preempt_delay.is_zero()).then(|| now + self.preempt_delay);
        let role = if self.is_well && !self.is_pulled { Role::Backup } else { Role::Fault };
        self.state = match (role, self.owns()) {
            (Role::Fault, _) => State::Fault,
            (_, true) => State::Backup { deadline: None },
            _ if self.wishes => State::Backup { deadline: Some(now + timing::wish(self.interval)) },
            _ => State::Backup { deadline: Some(now + self.master_down()) },
        };
        out.push(Action::Tell(Event::Entering { role, is_first: true }));
        out.push(Action::Became { from: None, to: Some(role), why: Why::Start });
    }

    /// Who was stopped for so long (by a signal, a debugger, a hypervisor) that others have taken the addresses listens
    /// before he says that they are his.
    fn wake(&mut self, now: Instant, out: &mut Vec<Action>) {
        let State::Master { deadline, .. } = self.state else { return };
        let patience = timing::master_down(self.version, self.priority, self.interval, self.patience);
        let late = now.saturating_duration_since(deadline);
        if late + self.interval >= patience {
            out.push(Action::Tell(Event::Overslept { late }));
            self.sink(Why::Overslept, timing::wish(self.interval), now, out);
        }
    }

    fn timer(&mut self, now: Instant, out: &mut Vec<Action>) {
        match self.state {
            State::Backup { deadline: Some(deadline) } if now >= deadline => {
                self.state = State::Backup { deadline: None };
                out.push(Action::Tell(Event::Silence));
            }
            State::Master { deadline, answered } if now >= deadline => {
                self.state = State::Master { deadline: now + self.interval, answered };
                out.push(Action::Advertise { priority: self.priority });
            }
            _ => {}
        }
    }

    fn set_priority(&mut self, priority: u8, out: &mut Vec<Action>) {
        let priority = if self.owns() { u8::MAX } else { priority.clamp(1, 254) };
        let before = std::mem::replace(&mut self.priority, priority);
        if before != priority {
            out.push(Action::Tell(Event::Priority { from: before, to: priority }));
            out.push(Action::Notify(Topic::Priority));
        }
    }

    fn follow_wellness(&mut self, why: Why, now: Instant, out: &mut Vec<Action>) {
        let is_well = self.is_well && !self.is_pulled;
        let from = self.role();
        match self.state {
            State::Backup { .. } | State::Master { .. } if !is_well => {
                let had = self.farewell(out);
                self.state = State::Fault;
                (self.master, self.discarded) = (None, None);
                self.master_interval = self.interval;
                out.push(Action::Tell(Event::Entering { role: Role::Fault, is_first: false }));
                out.push(Action::Became { from, to: Some(Role::Fault), why });
                self.release(had, out);
            }
            State::Fault if is_well => {
                let wait = (!self.owns()).then(|| now + self.master_down());
                self.state = State::Backup { deadline: wait };
                self.preempts_at = None;
                out.push(Action::Tell(Event::Entering { role: Role::Backup, is_first: false }));
                out.push(Action::Became { from, to: Some(Role::Backup), why });
            }
            _ => {}
        }
    }

    fn stop(&mut self, out: &mut Vec<Action>) {
        let from = self.role();
        if from.is_none() {
            return;
        }
        let had = self.farewell(out);
        self.state = State::Off;
        (self.master, self.discarded) = (None, None);
        self.master_interval = self.interval;
        out.push(Action::Tell(Event::Stopped));
        out.push(Action::Became { from, to: None, why: Why::Stop });
        self.release(had, out);
    }

    /// A master says that it is none any more: others need not wait until they miss it.
    fn farewell(&self, out: &mut Vec<Action>) -> bool {
        let is_master = matches!(self.state, State::Master { .. });
        if is_master {
            out.extend([Action::Advertise { priority: 0 }, Action::Tell(Event::ZeroSent)]);
        }
        is_master
    }

    fn release(&self, had: bool, out: &mut Vec<Action>) {
        if had {
            out.extend([Action::Tell(Event::RemovingVips), Action::Release]);
        }
    }
}

#[cfg(test)]
mod tests;
