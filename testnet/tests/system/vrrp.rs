//! Virtual routers on real traffic: two directors on a LAN, each an `ulvs` or a real keepalived, real servers behind them, and
//! a client who asks before, while and after one of them goes. What is said of who was master when is held against the wire.

mod busy;
mod duo;
mod end;
mod forge;
mod kind;
mod preemption;
mod story;
mod strangers;
mod takeover;
mod tell;
mod tracks;
mod wire;

use crate::{Case, case};
use end::Program::{Keepalived, Ulvs};
use std::time::Duration;

/// How long something may take that is waited for; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn cases() -> Vec<Case> {
    let tools = &["ip", "bridge"][..];
    let with_keepalived = &["ip", "bridge", "keepalived"][..];
    vec![
        case("vrrp_two_ulvs", &["ip", "bridge", "tshark"], takeover::two_ulvs),
        case("vrrp_claimed", tools, takeover::claimed),
        case("vrrp_keepalived_is_second", with_keepalived, || takeover::with_keepalived([Ulvs, Keepalived])),
        case("vrrp_keepalived_is_first", with_keepalived, || takeover::with_keepalived([Keepalived, Ulvs])),
        case("vrrp_preemption", with_keepalived, || preemption::run([Ulvs, Keepalived])),
        case("vrrp_under_load", tools, busy::run),
        case("vrrp_tracks", tools, || tracks::run(Ulvs)),
        case("vrrp_keepalived_tracks", with_keepalived, || tracks::run(Keepalived)),
        case("vrrp_tells", with_keepalived, tell::run),
        case("vrrp_strangers", tools, strangers::run),
    ]
}
