//! Piranha's heartbeat, pure: which of two directors is active.
//!
//! No socket, no clock, no thread: words and moments come in, words and [`Action`]s go out. Bottom up:
//!
//! | file | duty |
//! |---|---|
//! | `word` | bytes ↔ words; why bytes are none: [`Word`] |
//! | `fault` | why a datagram is not believed, and how many were not: [`Fault`], [`Counters`] |
//! | `post` | of what comes, what is believed: [`Post`] |
//! | `event` | what is told of it, in pulse's words: [`Event`] |
//! | `machine` | the states: [`Machine`] |
//!
//! Whoever has the sockets does this, in one thread:
//!
//! 1. It hands what a socket gave to [`Post::read`], and the word as [`Input::Heard`] to [`Machine::handle`]; **all** that
//!    has come, before it looks at the time.
//! 2. At [`Machine::deadline`] it hands in [`Input::Timer`]. Too early does no harm.
//! 3. It carries out the [`Action`]s in their order.
//!
//! Where we differ from pulse is in `docs/failover.md`.

mod event;
mod fault;
mod machine;
mod post;
mod word;

pub use event::Event;
pub use fault::{Counters, Fault};
pub use machine::{Action, Input, Machine, Pace, Why};
pub use post::Post;
pub use word::Word;
