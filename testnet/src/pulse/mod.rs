//! A pair of directors with one lvs.cf, as in the how-to of Piranha: the network, the file, what crosses the wire; and `cargo
//! lab pulse`, which leads it through the death of the active one, its return, the other's end, and a partition.

mod network;
mod story;
mod wire;

pub use network::{BACKUP, MACS, NAMES, NAT_ROUTER, OTHER, PRIMARY, lvs_cf, plan, plug, virtuals};
pub use story::{Story, tell};
pub use wire::{RUNNING, STOPPED, arps, beats};
