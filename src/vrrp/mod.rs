//! The Virtual Router Redundancy Protocol, pure: which of several directors has the addresses.
//!
//! No socket, no clock, no thread: packets and moments come in, packets and [`Action`]s go out. Bottom up:
//!
//! | file | duty |
//! |---|---|
//! | `fault`, `advert`, `header` | bytes ↔ advertisements; why bytes are none; the authentication header |
//! | `packet`, `post` | what one virtual router writes, and of what it reads what it believes: [`Packet`], [`Post`] |
//! | `timing` | how long to wait |
//! | `action`, `machine` | one virtual router's states: [`Machine`]; what changes them, and what follows: [`Input`], [`Action`] |
//! | `group` | those that change together: [`Group`] |
//! | `wellness`, `streak` | what priorities depend on: [`Wellness`], [`Streak`], [`Quorum`] |
//! | `announce` | when neighbours are told where the addresses are, and in which frames: [`Bursts`], [`Line`] |
//! | `event` | what is told of it, in keepalived's words: [`Event`] |
//!
//! Whoever has the sockets does this for each virtual router, in one thread:
//!
//! 1. It hands what a socket gave to [`Post::read`], and what was [`Heard`] as [`Input::Heard`] to [`Group::handle`];
//!    **all** that has come, before it looks at the time.
//! 2. At [`Group::deadline`] it hands in [`Input::Timer`]. Too early does no harm.
//! 3. It carries out the [`Action`]s in their order; [`Action::Advertise`] by [`Post::write`].
//!
//! Which clause of RFC 9568 and RFC 3768 is kept where, and where we differ, is in `docs/vrrp.md`.

mod action;
mod advert;
mod announce;
mod event;
mod fault;
mod group;
mod header;
mod machine;
mod packet;
mod post;
mod streak;
mod timing;
mod wellness;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod simulation;

pub use action::{Action, Input, Topic, Why};
pub use advert::{Advert, Form, MAX_ADDRESSES, PROTOCOL};
pub use announce::{ArpKind, Burst, Bursts, Line, frame};
pub use event::Event;
pub use fault::{Counters, Fault};
pub use group::{Directed, Group};
pub use machine::Machine;
pub use packet::{Heard, Outgoing, Packet};
pub use post::Post;
pub use streak::{Quorum, Streak};
pub use timing::{master_down, skew};
pub use wellness::{Finding, Verdict, Watch, Wellness, number_in};
