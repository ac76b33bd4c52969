//! Virtual routers on real traffic: two directors on a LAN, each an `ulvs` or a real keepalived, real servers behind them, and
//! a client who asks before, while and after one of them goes. What is said of who was master when is held against the wire.

mod duo;
mod end;
mod kind;
mod takeover;
mod wire;

use crate::{Case, case};
use std::time::Duration;

/// How long something may take that is waited for; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn cases() -> Vec<Case> {
    vec![case("vrrp_two_ulvs", &["ip", "bridge"], takeover::two_ulvs)]
}
