//! Services, real servers, mark rules.

use super::word;
use crate::lvs::{
    ClientMask, Endpoint, Family, ForwardingMethod, MarkProtocol, MarkRule, Persistence, Ports, Protocol,
    RealServerSpec, SchedulerFlags, SchedulerName, ServiceKey, ServiceSpec, SetMark, Thresholds, Tunnel,
    TunnelChecksum,
};
use ipnet::IpNet;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

fn protocol() -> impl Strategy<Value = Protocol> {
    prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)]
}

/// An address that may be that of a VIP, a real server, anything.
pub(super) fn address(family: Family) -> BoxedStrategy<IpAddr> {
    match family {
        Family::V4 => (1..=250u8, any::<u8>()).prop_map(|(a, b)| Ipv4Addr::new(10, 0, a, b).into()).boxed(),
        Family::V6 => (1..=0xffu128, any::<u16>())
            .prop_map(|(a, b)| Ipv6Addr::from_bits(0x2001_0db8 << 96 | a << 64 | u128::from(b)).into())
            .boxed(),
    }
}

pub(super) fn family() -> impl Strategy<Value = Family> {
    prop_oneof![Just(Family::V4), Just(Family::V6)]
}

fn key(family: Family) -> BoxedStrategy<ServiceKey> {
    let tuple = (protocol(), address(family), prop_oneof![1..=9u16, any::<u16>()])
        .prop_map(|(protocol, addr, port)| ServiceKey::Tuple { protocol, virt: Endpoint::new(addr, port) });
    let fwmark = (1..=u32::MAX).prop_map(move |mark| ServiceKey::Fwmark { family, mark });
    prop_oneof![4 => tuple, 1 => fwmark].boxed()
}

fn mask(family: Family) -> BoxedStrategy<ClientMask> {
    match family {
        Family::V4 => prop_oneof![
            Just(ClientMask::whole(family)),
            Just(ClientMask::V4(Ipv4Addr::new(255, 255, 255, 0))),
            any::<u32>().prop_map(|bits| ClientMask::V4(bits.into())),
        ]
        .boxed(),
        Family::V6 => (1..=128u8).prop_map(ClientMask::V6).boxed(),
    }
}

/// Any service with this key.
pub fn service_spec(key: ServiceKey) -> BoxedStrategy<ServiceSpec> {
    let scheduler = prop_oneof![Just("wlc"), Just("sh"), Just("mh"), Just("rr"), Just("wrr")];
    let persistence = (1..=2_678_400u32, mask(key.family()))
        .prop_map(|(timeout_seconds, mask)| Persistence { timeout_seconds, mask });
    (
        scheduler,
        any::<[bool; 3]>(),
        option::of(persistence.clone()),
        persistence,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(move |(scheduler, [first, second, third], some, always, pe, one_packet)| {
            let needs = matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0);
            let may =
                matches!(key, ServiceKey::Tuple { protocol: Protocol::Udp, .. } | ServiceKey::Fwmark { .. });
            ServiceSpec {
                key,
                scheduler: SchedulerName::new(scheduler).unwrap_or_else(|_| SchedulerName::wlc()),
                scheduler_flags: SchedulerFlags { first, second, third },
                persistence: if needs { Some(always) } else { some },
                engine: pe.then(|| "sip".to_owned()),
                one_packet: one_packet && may,
            }
        })
        .boxed()
}

fn tunnel() -> BoxedStrategy<Tunnel> {
    let checksum =
        prop_oneof![Just(TunnelChecksum::None), Just(TunnelChecksum::Full), Just(TunnelChecksum::Remote)];
    prop_oneof![
        Just(Tunnel::Ipip),
        (1..=u16::MAX, checksum).prop_map(|(port, checksum)| Tunnel::Gue { port, checksum }),
        Just(Tunnel::Gre { checksum: TunnelChecksum::None }),
        Just(Tunnel::Gre { checksum: TunnelChecksum::Full }),
    ]
    .boxed()
}

fn thresholds() -> BoxedStrategy<Thresholds> {
    prop_oneof![
        Just(Thresholds::default()),
        (1..=1000u32, 0..=1000u32).prop_map(|(upper, lower)| Thresholds { upper, lower: lower.min(upper) }),
    ]
    .boxed()
}

/// Any real server of services of this family; without NAT, its port is this one.
pub(super) fn real_server(family: Family, port: u16) -> BoxedStrategy<RealServerSpec> {
    let method = prop_oneof![
        Just(ForwardingMethod::DirectRoute),
        Just(ForwardingMethod::Nat),
        Just(ForwardingMethod::Tunnel)
    ];
    let weight = prop_oneof![Just(1), 0..=100i32, Just(i32::MAX)];
    let other = prop_oneof![4 => Just(family), 1 => self::family()];
    (method, other, any::<u16>(), any::<bool>(), weight, thresholds(), tunnel())
        .prop_flat_map(move |(method, other, other_port, moves, weight, thresholds, tunnel)| {
            let is_tunnel = method == ForwardingMethod::Tunnel;
            let port = if method == ForwardingMethod::Nat && moves { other_port } else { port };
            address(if is_tunnel { other } else { family }).prop_map(move |addr| RealServerSpec {
                endpoint: Endpoint::new(addr, port),
                method,
                weight,
                thresholds,
                tunnel: if is_tunnel { tunnel } else { Tunnel::Ipip },
            })
        })
        .boxed()
}

/// The same real servers, told to this service in another way.
fn told_otherwise(servers: Vec<RealServerSpec>) -> impl Strategy<Value = Vec<RealServerSpec>> {
    vec((0..5i32, thresholds()), servers.len()).prop_map(move |others| {
        let pairs = servers.iter().zip(others);
        pairs.map(|(server, (weight, thresholds))| RealServerSpec { weight, thresholds, ..*server }).collect()
    })
}

/// From one to four services that have the same real servers, though perhaps of other weights.
pub fn server_lists() -> BoxedStrategy<Vec<(ServiceSpec, Vec<RealServerSpec>)>> {
    family()
        .prop_flat_map(|family| vec(key(family), 1..5))
        .prop_flat_map(|mut keys| {
            let mut seen = std::collections::HashSet::new();
            keys.retain(|key| seen.insert(*key));
            let family = keys.first().map_or(Family::V4, ServiceKey::family);
            let port = match keys.first() {
                Some(ServiceKey::Tuple { virt, .. }) => virt.port,
                _ => 0,
            };
            let spec = keys.first().copied().map(service_spec);
            let servers = vec(real_server(family, port), 0..5).prop_map(|mut servers| {
                let mut seen = std::collections::HashSet::new();
                servers.retain(|server| seen.insert(server.endpoint));
                servers
            });
            (Just(keys), spec.unwrap_or_else(|| unreachable!("at least one")), servers)
        })
        .prop_flat_map(|(keys, first, servers)| {
            let of_key = |key: ServiceKey| {
                let same = ServiceSpec { key, one_packet: false, ..first.clone() };
                let is_allowed = same.persistence.is_some()
                    || !matches!(key, ServiceKey::Tuple { virt, .. } if virt.port == 0);
                let spec =
                    service_spec(key).prop_map(move |other| if is_allowed { same.clone() } else { other });
                let specs = prop_oneof![2 => spec.boxed(), 1 => service_spec(key).boxed()];
                let lists = prop_oneof![2 => Just(servers.clone()), 1 => told_otherwise(servers.clone())];
                (specs, lists)
            };
            let rest: Vec<_> = keys.iter().skip(1).map(|key| of_key(*key)).collect();
            (Just(first.clone()), Just(servers.clone()), rest)
        })
        .prop_map(|(first, servers, rest)| std::iter::once((first, servers)).chain(rest).collect())
        .boxed()
}

fn ports() -> impl Strategy<Value = Ports> {
    vec((any::<u16>(), any::<u16>()), 0..3).prop_map(|ranges| {
        Ports::from(ranges.into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect::<Vec<_>>())
    })
}

fn net(family: Family, shortest: u8) -> impl Strategy<Value = IpNet> {
    (address(family), shortest..=family.bits())
        .prop_map(|(addr, bits)| IpNet::new(addr, bits).unwrap_or_else(|_| IpNet::from(addr)).trunc())
}

/// Any mark rules.
pub fn marks() -> BoxedStrategy<Vec<MarkRule>> {
    let rule = family().prop_flat_map(|family| {
        let with_ports =
            (protocol().prop_map(|protocol| Some(MarkProtocol::Transport(protocol))), ports(), ports());
        let without = (option::of(Just(MarkProtocol::Icmp)), Just(Ports::default()), Just(Ports::default()));
        let set = prop_oneof![
            any::<u32>().prop_map(|value| SetMark::or(value, u32::MAX)),
            any::<[u32; 2]>().prop_map(|[value, mask]| SetMark { value, mask }),
        ];
        (
            net(family, 0),
            option::of(net(family, 1)),
            prop_oneof![with_ports.boxed(), without.boxed()],
            option::of((word(), any::<bool>())),
            set,
        )
            .prop_map(|(destination, source, (protocol, dports, sports), interface, set)| MarkRule {
                destination,
                source,
                protocol,
                dports,
                sports,
                interface: interface.map(|(name, many)| if many { name + "+" } else { name }),
                set,
            })
    });
    vec(rule, 0..4).boxed()
}
