//! Runs programs: check scripts, and those that follow a change.
//!
//! They are not the director's own children but those of a small process beside it, which `ulvs run` starts out of its own
//! file before it gives up its privileges ([`Process`]); orders and answers go over a socket ([`Runner`]). For two reasons.
//! A program may have to run as root or as somebody else, which the director, once it serves, no longer can; and starting a
//! program out of a process with gigabytes of mappings write-protects every page of them while the workers work on them.
//!
//! That process ends, with all that it runs, when its socket does: whatever becomes of the director. It is small, has one
//! thread, reads no packet and no file but `/etc/passwd` and `/etc/group`, and runs what it is told to: who may write on that
//! socket may run programs as its user. `docs/decisions` says what that costs.

mod identity;
mod message;
mod order;
mod process;
mod room;
mod runner;
mod running;

pub use order::{End, OUTPUT_LIMIT, Order};
pub use process::Process;
pub use room::serve;
pub use runner::{Runner, Ticket};

/// Programs that run at the same time; more wait.
pub const MAX_RUNNING: usize = 192;
/// Programs that are ordered and have not ended; more are refused.
pub const MAX_ORDERED: usize = 2048;
