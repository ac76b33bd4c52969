//! The control plane's core: what is wanted, the order of changes, the owner thread.
//!
//! ```text
//! faces, files ──Request──▶ Keeper ──Snapshot──▶ Board ◀──reads── workers
//!                            ▲  │
//!              facts of Linux┘  └─▶ Effects (data; the host room carries them out)
//! ```

mod account;
mod besides;
mod board;
mod check;
mod check_pulse;
mod check_vrrp;
pub mod command;
mod decide;
#[cfg(test)]
mod decide_tests;
pub mod effect;
mod error;
mod estimate;
mod farms;
pub mod happening;
mod inherit;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod inherit_tests;
mod keeper;
#[cfg(test)]
mod keeper_tests;
mod maintain;
mod marks;
mod plan;
mod publish;
mod roles;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod roles_tests;
mod settle;
mod status;
mod sync;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod sync_tests;
mod tables;
#[cfg(test)]
mod tests;
mod through;
mod tune;
mod undone;
mod watch;
#[cfg(test)]
mod watch_scene;
#[cfg(test)]
mod watch_tests;
mod world;

pub use board::{Board, WorkerBoard};
pub use check::{acceptable, acceptable_server, acceptable_service};
pub use check_pulse::acceptable_pulse;
pub use check_vrrp::acceptable_instance;
pub use error::ControlError;
pub use inherit::Inheritance;
pub use keeper::{Event, Keeper, Outside};
pub use plan::plan;
pub use undone::undone;
