//! Everything that is asked of Linux: what it knows ([`watch`]), what it shall do ([`hands`]), and how the process
//! stands in it ([`privilege`], [`signal`], [`systemd`], [`netns`], [`sysctl`]).

pub mod bridge;
pub mod claim;
mod fact;
pub mod hands;
pub mod links;
pub mod neighbour;
pub mod netlink;
pub mod netns;
pub mod privilege;
pub mod signal;
pub mod sysctl;
pub mod systemd;
pub mod watch;
