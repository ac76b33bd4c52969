//! Everything that is asked of Linux: what it knows ([`links`]), what it shall do, and how the process stands in it
//! ([`netns`], [`sysctl`]).

pub mod bridge;
mod fact;
pub mod links;
pub mod netlink;
pub mod netns;
pub mod sysctl;
