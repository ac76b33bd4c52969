//! Virtual routers.

use super::farms::{path, script, words};
use super::{text, time, word};
use crate::lvs::{
    Announces, Family, Mac, Notify, Place, Role, Track, Tracked, VirtualAddress, VirtualRoute, Vmac, Vrrp,
    VrrpAuth, VrrpGroup, VrrpInstance, VrrpPeer, VrrpPeers, VrrpVersion, Watched, WatchedKind,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// An address of a family: a different one for each number.
fn addr(family: Family, number: u8) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::new(10, 9, 0, number)),
        Family::V6 => IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 9, number.into())),
    }
}

fn family() -> impl Strategy<Value = Family> {
    prop_oneof![Just(Family::V4), Just(Family::V6)]
}

fn place(family: Family) -> BoxedStrategy<Place> {
    let broadcast = if family == Family::V4 {
        option::of((0..=255u8).prop_map(|number| addr(Family::V4, number))).boxed()
    } else {
        Just(None).boxed()
    };
    let on = (option::of(word()), option::of(word()), broadcast, any::<u8>())
        .prop_map(|(device, label, broadcast, scope)| Place::OnInterface { device, label, broadcast, scope });
    prop_oneof![Just(Place::Claimed), on].boxed()
}

fn addresses(family: Family, numbers: std::ops::Range<u8>) -> BoxedStrategy<Vec<VirtualAddress>> {
    let bits = family.bits();
    btree_set(numbers, 0..4)
        .prop_flat_map(move |numbers| {
            let all: Vec<_> = numbers
                .into_iter()
                .map(|number| {
                    (0..=bits, place(family)).prop_map(move |(prefix, place)| VirtualAddress {
                        addr: addr(family, number),
                        prefix,
                        place,
                    })
                })
                .collect();
            all
        })
        .boxed()
}

fn route() -> BoxedStrategy<VirtualRoute> {
    let of = |family: Family| {
        let other = || option::of((1..=255u8).prop_map(move |number| addr(family, number)));
        (0..=family.bits(), other(), option::of(word()), other(), any::<[u32; 2]>()).prop_map(
            move |(prefix, via, device, source, [metric, table])| VirtualRoute {
                to: addr(family, 0),
                prefix,
                via,
                device,
                source,
                metric,
                table,
            },
        )
    };
    family().prop_flat_map(of).boxed()
}

fn peers(family: Family) -> BoxedStrategy<VrrpPeers> {
    let group = match family {
        Family::V4 => prop_oneof![Just([224, 0, 0, 18].into()), Just(IpAddr::from([239, 1, 2, 3]))].boxed(),
        Family::V6 => {
            (0x12..0x14u16).prop_map(|last| IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, last))).boxed()
        }
    };
    let peer = (1..=255u8, any::<[u8; 2]>()).prop_map(move |(number, [a, b])| VrrpPeer {
        addr: addr(family, number),
        min_ttl: a.min(b),
        max_ttl: a.max(b),
    });
    prop_oneof![
        group.prop_map(|group| VrrpPeers::Multicast { group }),
        (vec(peer, 1..3), any::<u8>(), any::<bool>())
            .prop_map(|(peers, ttl, check_source)| VrrpPeers::Unicast { peers, ttl, check_source }),
    ]
    .boxed()
}

fn announces() -> BoxedStrategy<Announces> {
    let some = (any::<[u32; 3]>(), time(), time(), time(), time()).prop_map(
        |([repeat, refresh_repeat, lower_repeat], delay, refresh, lower_delay, pause)| Announces {
            repeat,
            delay,
            refresh,
            refresh_repeat,
            lower_repeat,
            lower_delay,
            pause,
        },
    );
    prop_oneof![Just(Announces::default()), some].boxed()
}

fn notify() -> BoxedStrategy<Notify> {
    let script = || option::of(script());
    let some = ((script(), script(), script()), (script(), script(), script()), any::<bool>()).prop_map(
        |((master, backup, fault), (stop, any, lower_heard), tells_priority)| Notify {
            master,
            backup,
            fault,
            stop,
            any,
            lower_heard,
            tells_priority,
        },
    );
    prop_oneof![2 => Just(Notify::default()), 1 => some].boxed()
}

fn watched() -> BoxedStrategy<Vec<Watched>> {
    let of_script = (script(), time(), 1..=u32::MAX, 1..=u32::MAX, any::<bool>()).prop_map(
        |(script, interval, rises, falls, begins_failed)| WatchedKind::Script {
            script,
            interval,
            rises,
            falls,
            begins_failed,
        },
    );
    let delay = || prop_oneof![Just(Duration::ZERO), time()];
    let of_process = (
        word(),
        vec(text(), 0..3),
        any::<bool>(),
        1..9u32,
        option::of(9..20u32),
        delay(),
        delay(),
    )
        .prop_map(|(name, parameters, whole_line, least, most, fork_delay, end_delay)| {
            WatchedKind::Process { name, parameters, whole_line, least, most, fork_delay, end_delay }
        });
    let kind = prop_oneof![of_script, path().prop_map(|path| WatchedKind::File { path }), of_process];
    vec((word(), -254..=254i16, kind), 0..4)
        .prop_map(|all| {
            let mut names = BTreeSet::new();
            let all = all.into_iter().filter(|(name, ..)| names.insert(name.clone()));
            all.map(|(name, weight, kind)| Watched { name, weight, kind }).collect()
        })
        .boxed()
}

fn tracks(names: Vec<String>) -> BoxedStrategy<Vec<Track>> {
    let interface = word().prop_map(Tracked::Interface);
    let what = if names.is_empty() {
        interface.boxed()
    } else {
        prop_oneof![interface, prop::sample::select(names).prop_map(Tracked::Named)].boxed()
    };
    let track = (what, option::of(-254..=254i16), any::<bool>()).prop_map(|(what, weight, reverse)| Track {
        what,
        weight,
        reverse,
    });
    vec(track, 0..3).boxed()
}

/// Version, interval and authentication that go together.
fn manner(family: Family) -> BoxedStrategy<(VrrpVersion, Duration, VrrpAuth)> {
    let v3 = (1..=4095u64)
        .prop_map(|hundredths| (VrrpVersion::V3, Duration::from_millis(hundredths * 10), VrrpAuth::None));
    if family == Family::V6 {
        return v3.boxed();
    }
    let auth = prop_oneof![
        Just(VrrpAuth::None),
        any::<[u8; 8]>().prop_map(VrrpAuth::Password),
        any::<[u8; 8]>().prop_map(VrrpAuth::Header),
        Just(VrrpAuth::Password(*b"1111\0\0\0\0")),
    ];
    let v2 =
        (1..=255u64, auth).prop_map(|(seconds, auth)| (VrrpVersion::V2, Duration::from_secs(seconds), auth));
    prop_oneof![v2, v3].boxed()
}

fn instance(things: Vec<String>) -> BoxedStrategy<VrrpInstance> {
    family()
        .prop_flat_map(move |family| {
            let vmac =
                (word(), option::of(any::<[u8; 5]>()), any::<bool>()).prop_map(|(name, mac, sends_below)| {
                    let mac = mac.map(|[a, b, c, d, e]| Mac([2, a, b, c, d, e]));
                    Vmac { interface: format!("v{name}-0"), mac, sends_below }
                });
            let source = option::of((1..=255u8).prop_map(move |number| addr(family, number)));
            let begins = prop_oneof![Just(Role::Master), Just(Role::Backup)];
            (
                (Just(family), manner(family), word(), word(), 1..=255u8, 1..=255u8, begins),
                (0..=1000u64, addresses(family, 1..100), addresses(Family::V4, 100..200), vec(route(), 0..3)),
                (source, peers(family), option::of(vmac), tracks(things.clone())),
                (announces(), 1..=100u32, notify(), words(), any::<[bool; 6]>()),
            )
        })
        .prop_map(
            |(
                (family, (version, interval, auth), name, interface, vrid, priority, begins),
                (delay, addresses, unadvertised, routes),
                (source, peers, vmac, tracks),
                (
                    announces,
                    patience,
                    notify,
                    words,
                    [preempts, ignores_interface, is_calm, answers_higher, skips, mails],
                ),
            )| VrrpInstance {
                name,
                family,
                version,
                vrid,
                interface,
                priority,
                interval,
                begins,
                preempts,
                preempt_delay: Duration::from_secs(delay),
                auth,
                addresses,
                unadvertised,
                routes,
                source,
                peers,
                vmac,
                tracks,
                ignores_interface,
                announces,
                is_calm,
                answers_higher,
                patience,
                skips_addresses: skips,
                notify,
                mails,
                words,
            },
        )
        .boxed()
}

/// Any virtual routers that go together.
pub fn vrrp() -> BoxedStrategy<Vrrp> {
    watched()
        .prop_flat_map(|things| {
            let names: Vec<String> = things.iter().map(|thing| thing.name.clone()).collect();
            let group = (any::<bool>(), tracks(names.clone()), notify(), words(), any::<[bool; 2]>());
            (Just(things), vec(instance(names), 0..4), group, vec(path(), 0..3))
        })
        .prop_map(|(watched, some, (is_grouped, tracks, notify, words, [mails, weighs]), fifos)| {
            let (mut names, mut routers) = (BTreeSet::new(), BTreeSet::new());
            let mut instances = Vec::new();
            for one in some {
                let key = (one.vrid, one.interface.clone(), one.family == Family::V4);
                if names.insert(one.name.clone()) && routers.insert(key) {
                    instances.push(one);
                }
            }
            let members: Vec<String> = names.into_iter().collect();
            let members: Vec<String> =
                members.into_iter().filter(|name| instances.iter().any(|one| one.name == *name)).collect();
            let mut groups = Vec::new();
            if is_grouped && members.len() > 1 {
                let name = "group".to_owned();
                groups.push(VrrpGroup { name, members, tracks, notify, mails, weighs, words });
            }
            Vrrp { instances, groups, watched, fifos, pulse: None }
        })
        .boxed()
}
