//! Virtual routers that change their state together: keepalived's `vrrp_sync_group`. One alone is a group of one.

use super::action::{Action, Input, Why};
use super::announce::Burst;
use super::event::Event;
use super::machine::Machine;
use crate::lvs::Role;
use std::time::Instant;

/// What is to be done, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directed {
    /// By the member of this index.
    Member(usize, Action),
    /// For the group as a whole, which has become this, or has ended (`None`): its scripts, mail and pipes. Never for a group
    /// of one.
    Became(Option<Role>),
    /// A line of the group's log. Never for a group of one.
    Tell(Event),
}

/// Some virtual routers of which either all are master or none is.
#[derive(Clone, Debug)]
pub struct Group {
    members: Vec<Machine>,
    role: Option<Role>,
}

impl Group {
    /// Of these; their order is that of the indices.
    pub fn new(members: Vec<Machine>) -> Self {
        Self { members, role: None }
    }

    /// Its members.
    pub fn members(&self) -> &[Machine] {
        &self.members
    }

    /// What the group as a whole is: [`Role::Fault`] if a member is, [`Role::Master`] if all are, else [`Role::Backup`].
    /// `None` until all have begun.
    pub fn role(&self) -> Option<Role> {
        let roles = || self.members.iter().map(Machine::role);
        if self.members.is_empty() || roles().any(|role| role.is_none()) {
            None
        } else if roles().any(|role| role == Some(Role::Fault)) {
            Some(Role::Fault)
        } else if roles().all(|role| role == Some(Role::Master)) {
            Some(Role::Master)
        } else {
            Some(Role::Backup)
        }
    }

    /// When the first of them wants [`Input::Timer`].
    pub fn deadline(&self) -> Option<Instant> {
        self.members.iter().filter_map(Machine::deadline).min()
    }

    /// Hands an input to one member, or to all of them (`None`): what each of them is to do, in order.
    pub fn handle(&mut self, member: Option<usize>, input: Input, now: Instant) -> Vec<Directed> {
        let mut all = Vec::new();
        for index in 0..self.members.len() {
            if member.is_none_or(|member| member == index) {
                self.tell(index, &mut all, |machine, out| machine.handle(input, now, out));
            }
        }
        self.pull_to_fault(now, &mut all);
        self.pull_to_backup(now, &mut all);
        self.rise(now, &mut all);
        self.announce_with_lower(&mut all);
        let role = self.role();
        if role != std::mem::replace(&mut self.role, role) && self.members.len() > 1 {
            all.push(Directed::Became(role));
        }
        all
    }

    fn tell(
        &mut self,
        index: usize,
        all: &mut Vec<Directed>,
        act: impl FnOnce(&mut Machine, &mut Vec<Action>),
    ) {
        let mut out = Vec::new();
        act(&mut self.members[index], &mut out);
        all.extend(out.into_iter().map(|action| Directed::Member(index, action)));
    }

    fn say(&self, role: Role, all: &mut Vec<Directed>) {
        if self.members.len() > 1 {
            all.push(Directed::Tell(Event::GroupSyncs { role }));
        }
    }

    /// One that is not well makes all of them so; all are well again when the last one is.
    fn pull_to_fault(&mut self, now: Instant, all: &mut Vec<Directed>) {
        let sick = self.members.iter().filter(|machine| !machine.is_well()).count();
        let is_new = sick > 0
            && self.members.iter().any(|machine| {
                machine.is_well() && matches!(machine.role(), Some(Role::Master | Role::Backup))
            });
        if is_new {
            self.say(Role::Fault, all);
        }
        for index in 0..self.members.len() {
            let others = sick > usize::from(!self.members[index].is_well());
            self.tell(index, all, |machine, out| machine.pull(others, now, out));
        }
    }

    /// One that is no longer master, of those that were, makes all of them backup.
    fn pull_to_backup(&mut self, now: Instant, all: &mut Vec<Directed>) {
        let is = |role| move |machine: &Machine| machine.role() == Some(role);
        let is_torn = self.members.iter().any(is(Role::Master)) && !self.members.iter().all(is(Role::Master));
        if !is_torn {
            return;
        }
        self.say(Role::Backup, all);
        let is_better = |directed: &Directed| {
            matches!(directed, Directed::Member(_, Action::Became { why: Why::Better, .. }))
        };
        let yields = all.iter().any(is_better);
        for index in 0..self.members.len() {
            if is(Role::Master)(&self.members[index]) {
                self.tell(index, all, |machine, out| machine.sink_with_group(yields, now, out));
            }
        }
    }

    /// Who is master of one of them as well was master of the others, and yields them without a word: neighbours are told
    /// anew where all of them are.
    fn announce_with_lower(&self, all: &mut Vec<Directed>) {
        let lower = Action::Announce(Burst::Lower);
        let has_heard = |index| all.contains(&Directed::Member(index, lower.clone()));
        let heard: Vec<_> = (0..self.members.len()).filter(|index| has_heard(*index)).collect();
        if heard.is_empty() || self.role() != Some(Role::Master) {
            return;
        }
        let others = (0..self.members.len()).filter(|index| !heard.contains(index));
        all.extend(others.map(|index| Directed::Member(index, lower.clone())));
    }

    /// All of them become master when nothing holds back any: each owns its addresses or has heard no better master.
    fn rise(&mut self, now: Instant, all: &mut Vec<Directed>) {
        if self.members.is_empty() || !self.members.iter().all(Machine::is_ready) {
            return;
        }
        self.say(Role::Master, all);
        for index in 0..self.members.len() {
            self.tell(index, all, |machine, out| {
                let why = if machine.priority() == u8::MAX { Why::Owner } else { Why::Silence };
                machine.rise(why, now, out);
            });
        }
    }
}

#[cfg(test)]
mod tests;
