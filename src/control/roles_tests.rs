//! Addresses that come to an interface: the claim stands before they may.

use super::command::Intent;
use super::keeper_tests::{Stage, VIP, facts, key, server};
use crate::lvs::{Place, ServiceSpec, VirtualAddress, Vrrp, VrrpInstance, vrrp_instance};
use std::collections::BTreeSet;
use std::net::IpAddr;

fn wanted() -> Intent {
    let place = Place::OnInterface { device: None, label: None, broadcast: None, scope: 0 };
    let addresses = vec![VirtualAddress { addr: VIP.into(), prefix: 24, place }];
    let instances = vec![VrrpInstance { addresses, ..vrrp_instance("VI_1", "eth0", 51) }];
    let services = [(key(), (ServiceSpec::new(key()), vec![server(11)]))].into();
    Intent { services, vrrp: Vrrp { instances, ..Vrrp::default() }, ..Intent::default() }
}

fn roles(stage: &mut Stage, held: &[IpAddr]) -> Vec<String> {
    stage.keeper.hold_roles(held.iter().copied().collect::<BTreeSet<_>>());
    stage.keeper.settle();
    let is_order = |line: &String| ["claim", "wake", "stand"].iter().any(|word| line.starts_with(word));
    stage.lines().into_iter().filter(is_order).collect()
}

#[test]
fn an_address_may_come_when_what_comes_to_it_is_the_directors() {
    let mut stage = Stage::new(Ok(()));
    stage.begin(facts(false), Some(&wanted())).unwrap();
    assert!(!stage.lines().iter().any(|line| line.starts_with("stand")), "nobody waits");
    // Its service is claimed although the host has no such address yet, then workers know of it, then it may come.
    assert_eq!(
        roles(&mut stage, &[VIP.into()]),
        [
            "claim 0 addresses 1 services 0 nat; 1 services published",
            "wake, 1 services published",
            "stand {10.9.0.100}",
        ]
    );
    // Who asks again is told again, and nothing else is done.
    assert_eq!(roles(&mut stage, &[VIP.into()]), ["stand {10.9.0.100}"]);
    let lost = roles(&mut stage, &[]);
    assert_eq!(lost.last().map(String::as_str), Some("stand {}"), "{lost:?}");
}
