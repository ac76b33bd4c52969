//! What the director must bear, whatever it is given: one function per fuzz target, from bytes to a panic or none.
//!
//! libFuzzer calls them from `fuzz_targets/`; plain `cargo test` on stable calls them with what was found before
//! (`tests/fuzzing.rs` of the root package takes this file in by its path). So nothing here depends on libFuzzer, on
//! nightly or on chance: the same bytes do the same. See `docs/fuzzing.md`.
//!
//! Bottom up: [`bytes`] makes choices of bytes; [`rig`] is a director with its keeper; [`packet`] makes frames; [`judge`]
//! says what may come out; [`path`] takes frames through a director; [`dialogue`] has two hosts speak FTP or SIP through
//! it; [`shelf`] has the files that a configuration names; the rest are targets.

pub mod bytes;
pub mod dialogue;
pub mod judge;
pub mod packet;
pub mod path;
pub mod rig;
pub mod shelf;

pub mod adopt;
pub mod config;
pub mod control;
pub mod dialect;
pub mod frame;
pub mod genl;
pub mod ipvsadm;
pub mod marks;
pub mod pulse;
pub mod story;
pub mod sync;
pub mod vrrp;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 15] = [
    ("adopt", adopt::run),
    ("config", config::run),
    ("configure_lvs", dialect::configure_lvs),
    ("control", control::run),
    ("frame", frame::run),
    ("genl", genl::run),
    ("ipvsadm", ipvsadm::run),
    ("keepalived", dialect::keepalived),
    ("ldirectord", dialect::ldirectord),
    ("marks", marks::run),
    ("piranha", dialect::piranha),
    ("pulse", pulse::run),
    ("story", story::run),
    ("vrrp", vrrp::run),
    ("sync", sync::run),
];
