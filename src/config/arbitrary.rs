//! Any valid intent, and any valid part of one: for the tests of all dialects.

pub mod checks;
pub mod farms;
pub mod services;
pub mod sync;
pub mod vrrp;

use crate::control::command::Intent;
use crate::lvs::{Farm, RealServerSpec, ServiceSpec, TUNABLES, Timeouts, Vrrp};
use farms::{farm_parts, upkeep};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use services::{marks, server_lists};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A word that no language gives a meaning.
pub fn word() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9]{0,7}"
}

/// Any text in one line.
pub fn text() -> BoxedStrategy<String> {
    prop_oneof![word(), "[ -~äß€]{1,20}"].boxed()
}

/// A time of at least a nanosecond; most are rounder.
pub fn time() -> BoxedStrategy<Duration> {
    prop_oneof![
        (1..4000u64).prop_map(Duration::from_secs),
        (1..100_000u64).prop_map(Duration::from_millis),
        (1..=u64::from(u32::MAX) * 1_000_000_000).prop_map(Duration::from_nanos),
    ]
    .boxed()
}

/// Some services of a farm and their farm, or a service that nothing watches.
type Group = (Vec<(ServiceSpec, Vec<RealServerSpec>)>, Option<Farm>);

fn group() -> BoxedStrategy<Group> {
    let watched = server_lists().prop_flat_map(|lists| {
        let endpoints: Vec<_> = lists
            .first()
            .map(|(_, servers)| servers.iter().map(|server| server.endpoint).collect())
            .unwrap_or_default();
        let services: Vec<_> = lists.iter().map(|(spec, _)| spec.key).collect();
        (Just(lists), farm_parts(services, endpoints))
    });
    prop_oneof![
        1 => server_lists().prop_map(|lists| (lists.into_iter().take(1).collect(), None)),
        3 => watched.prop_map(|(lists, farm)| (lists, Some(farm))),
    ]
    .boxed()
}

/// Any valid intent.
pub fn intent() -> impl Strategy<Value = Intent> {
    let timeout = || 1..=2_678_400u32;
    let timeouts =
        (timeout(), timeout(), timeout()).prop_map(|(tcp, tcp_fin, udp)| Timeouts { tcp, tcp_fin, udp });
    let tunables = vec((0..TUNABLES.len(), any::<prop::sample::Index>()), 0..3).prop_map(|chosen| {
        chosen
            .into_iter()
            .filter_map(|(place, index)| {
                let tunable = TUNABLES.get(place)?;
                let range = tunable.kind.range();
                let span = usize::try_from(range.end() - range.start()).ok()?;
                let value = range.start() + i64::try_from(index.index(span)).ok()?;
                tunable.check(value).ok()?;
                Some((tunable.name.to_owned(), value))
            })
            .collect::<BTreeMap<_, _>>()
    });
    let routers = prop_oneof![2 => Just(Vrrp::default()), 1 => vrrp::vrrp()];
    let routers = routers.prop_flat_map(|vrrp| (sync::setup(&vrrp), Just(vrrp)));
    let rest = (option::of(timeouts), option::of(marks()), tunables, upkeep(), routers);
    (vec(group(), 0..5), any::<[bool; 2]>(), rest).prop_map(
        |(groups, alike, (timeouts, marks, tunables, upkeep, (sync, vrrp)))| {
            let mut intent = Intent { timeouts, marks, tunables, upkeep, vrrp, sync, ..Intent::default() };
            let mut names = BTreeSet::new();
            for (lists, farm) in groups {
                let is_new = lists.iter().all(|(spec, _)| !intent.services.contains_key(&spec.key));
                let named = farm.as_ref().is_none_or(|farm| names.insert(farm.name.clone()));
                if is_new && named {
                    intent
                        .services
                        .extend(lists.into_iter().map(|(spec, servers)| (spec.key, (spec, servers))));
                    intent.farms.extend(farm);
                }
            }
            make_alike(&mut intent.farms, alike);
            intent.farms.iter_mut().for_each(keep_to_vips);
            intent
        },
    )
}

/// Only a service with a VIP has checks that go through one.
fn keep_to_vips(farm: &mut Farm) {
    let has_vip = matches!(farm.services.first(), Some(crate::lvs::ServiceKey::Tuple { .. }));
    for check in farm.servers.iter_mut().flat_map(|server| &mut server.checks) {
        check.through_vip &= has_vip;
    }
}

/// Farms of one mould have much in common: what watches their real servers, or what follows a change.
fn make_alike(farms: &mut [Farm], [checks, rest]: [bool; 2]) {
    let Some((first, others)) = farms.split_first_mut() else { return };
    for farm in others {
        if rest {
            farm.mail.clone_from(&first.mail);
            farm.scripts.clone_from(&first.scripts);
            farm.words = first.words;
            farm.maintenance.clone_from(&first.maintenance);
        }
        let Some(like) = first.servers.first().filter(|_| checks) else { continue };
        for server in &mut farm.servers {
            server.checks.clone_from(&like.checks);
            server.when_down = like.when_down;
            server.slow_start = like.slow_start;
            server.notify_down.clone_from(&like.notify_down);
        }
    }
}
