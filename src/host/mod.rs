//! Everything that is asked of Linux: what it knows ([`watch`]), what it shall do ([`hands`]), and how the process
//! stands in it ([`privilege`], [`signal`], [`systemd`], [`netns`], [`sysctl`], [`table_file`]).
//!
//! The order at start, all in the director's network namespace:
//! 1. [`privilege::check`] and [`privilege::prefer`], then [`privilege::keep_only_needed`], before the first thread;
//! 2. [`signal::SignalWatch::start`], [`watch::Watch::start`], [`hands::Hands::start`];
//! 3. the packet sockets are opened (a tap must be there before its traffic is claimed);
//! 4. the keeper sends its first [`Effect::Claim`](crate::control::effect::Effect::Claim), which also takes over what a
//!    dead director left;
//! 5. each worker calls [`privilege::drop_all_for_this_thread`]; [`systemd::ready`].
//!
//! At the end: [`systemd::stopping`], [`Effect::Withdraw`](crate::control::effect::Effect::Withdraw), the channel of
//! effects is dropped and the thread of the hands joined; then the packet sockets are closed.

pub mod advert_socket;
pub mod bridge;
pub mod claim;
pub mod door;
mod fact;
pub mod hands;
pub mod interrupt;
pub mod links;
pub mod memory;
pub mod neighbour;
pub mod netlink;
pub mod netns;
pub mod places;
pub mod privilege;
pub mod signal;
pub mod solicited;
pub mod sysctl;
pub mod systemd;
pub mod table_file;
pub mod vicinity;
pub mod vip_routes;
pub mod watch;
