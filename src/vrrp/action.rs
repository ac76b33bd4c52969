//! What happens to a virtual router, and what is to be done then.

use super::event::Event;
use crate::lvs::Role;
use std::net::IpAddr;
use std::time::Duration;

/// What happens to a virtual router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// It begins. Before that nothing else matters to it.
    Start,
    /// Time has passed; if [`super::Machine::deadline`] is not reached, nothing happens.
    Timer,
    /// An advertisement that [`super::Post::read`] believed.
    Heard {
        /// Who sent it.
        from: IpAddr,
        /// 0: he ceases to be master.
        priority: u8,
        /// Until his next one.
        interval: Duration,
    },
    /// What [`super::Wellness::verdict`] says; also before the start.
    Wellness {
        /// All that it needs is there.
        is_well: bool,
        /// What its priority is now. That of an owner stays 255.
        priority: u8,
    },
    /// The interface has another address, which decides between equal priorities.
    Source(IpAddr),
    /// The director ends.
    Stop,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send an advertisement.
    Advertise {
        /// 0: it ceases to be master.
        priority: u8,
    },
    /// The addresses and routes are ours.
    Take,
    /// They are not any more.
    Release,
    /// Tell the neighbours where the addresses are: [`super::Bursts::begin`].
    Announce(super::Burst),
    /// It has changed its state: pipes, scripts, mail, the sync daemon.
    Became {
        /// `None`: it had not begun.
        from: Option<Role>,
        /// `None`: it has ended.
        to: Option<Role>,
        /// What made it.
        why: Why,
    },
    /// Run a script that is of no change of state.
    Notify(Topic),
    /// Write a line of log.
    Tell(Event),
}

/// What made a virtual router change its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It began.
    Start,
    /// Nothing was heard of a master.
    Silence,
    /// It owns the addresses.
    Owner,
    /// A better master was heard.
    Better,
    /// Something that it needs came or went.
    Wellness,
    /// Another of its group changed.
    Group,
    /// It slept so long that others have taken it for dead: it listens first.
    Overslept,
    /// The director ends.
    Stop,
}

/// What scripts may be told of beyond states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A master of lower priority was heard.
    LowerHeard,
    /// The priority has changed.
    Priority,
}
