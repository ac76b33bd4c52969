//! The proof machinery: scenarios with the answers that the kernel's IPVS gave, and what plays them.
//!
//! A scenario (`tests/conformance/**/*.t`, see `docs/conformance.md`) is both input and record. [`script`] reads and
//! writes such files, [`pattern`] and [`spec`] read their frames, [`build`] makes bytes of them, [`describe`] makes text
//! of what comes back. A [`play::Subject`] is whoever directs: [`inside::Inside`] is this project's director in this
//! process (over a [`wire`], if it shall be), [`kernel::Kernel`] a real kernel in user-mode Linux. [`play`] takes a scenario through a subject;
//! [`judge`] compares answers; [`library`] finds the files. [`rehearse`] plays on ulvs, [`record`] asks the kernel anew, [`random`] makes scenarios
//! up and plays them on both. [`command`] is `testnet conformance …`.

pub mod build;
pub mod command;
pub mod describe;
mod host;
pub mod inside;
pub mod judge;
pub mod kernel;
pub mod library;
pub mod pattern;
pub mod play;
pub mod random;
pub mod record;
pub mod rehearse;
pub mod rig;
pub mod script;
pub mod spec;
pub mod wire;
