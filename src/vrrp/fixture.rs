//! Virtual routers for tests.

use crate::lvs::{
    Announces, Family, Notify, Place, Role, VirtualAddress, VrrpAuth, VrrpInstance, VrrpPeer, VrrpPeers,
    VrrpVersion, Words,
};
use std::net::IpAddr;
use std::time::{Duration, Instant};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const TENTH: Duration = Duration::from_millis(100);

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// VRID 51 of 10.9.0.100, an interval of a second (version 2) or a tenth (version 3), by multicast.
pub(super) fn instance(version: VrrpVersion, priority: u8) -> VrrpInstance {
    VrrpInstance {
        name: "VI_1".into(),
        family: Family::V4,
        version,
        vrid: 51,
        interface: "eth0".into(),
        priority,
        interval: if version == VrrpVersion::V2 { SECOND } else { TENTH },
        begins: Role::Backup,
        preempts: true,
        preempt_delay: Duration::ZERO,
        auth: VrrpAuth::None,
        addresses: vec![address("10.9.0.100")],
        unadvertised: Vec::new(),
        routes: Vec::new(),
        source: None,
        peers: VrrpPeers::Multicast { group: ip("224.0.0.18") },
        vmac: None,
        tracks: Vec::new(),
        ignores_interface: false,
        announces: Announces::default(),
        is_calm: false,
        answers_higher: false,
        patience: 3,
        skips_addresses: false,
        notify: Notify::default(),
        mails: false,
        words: Words::Keepalived,
    }
}

/// The same for IPv6.
pub(super) fn instance_v6(priority: u8) -> VrrpInstance {
    VrrpInstance {
        family: Family::V6,
        addresses: vec![address("fe80::100"), address("fd00:9::100")],
        peers: VrrpPeers::Multicast { group: ip("ff02::12") },
        ..instance(VrrpVersion::V3, priority)
    }
}

pub(super) fn address(text: &str) -> VirtualAddress {
    VirtualAddress { addr: ip(text), prefix: 24, place: Place::Claimed }
}

pub(super) fn unicast(peers: &[&str], check_source: bool) -> VrrpPeers {
    let peers = peers.iter().map(|addr| VrrpPeer { addr: ip(addr), min_ttl: 0, max_ttl: 255 }).collect();
    VrrpPeers::Unicast { peers, ttl: 255, check_source }
}

/// Some moment. Nothing depends on which.
#[expect(clippy::disallowed_methods, reason = "there is no other way to an Instant")]
pub(super) fn now() -> Instant {
    Instant::now()
}
