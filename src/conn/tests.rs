//! The table as its users see it.

use super::*;
use crate::lvs::{Endpoint, ForwardingMethod, Protocol, Timeouts};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use proptest::prelude::*;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

fn at(addr: &str, port: u16) -> Endpoint {
    Endpoint::new(addr.parse().unwrap(), port)
}

fn flow(protocol: Protocol, client: Endpoint) -> Flow {
    let vip = if client.addr.is_ipv6() { "2001:db8::100" } else { "10.9.0.100" };
    Flow { protocol, client, virt: at(vip, 80) }
}

fn tcp(port: u16) -> Flow {
    flow(Protocol::Tcp, at("172.16.0.5", port))
}

fn to(server: u32, method: ForwardingMethod) -> NewConn {
    NewConn { server: ServerId(server), method, real: at(&format!("10.9.0.{server}"), 8080) }
}

fn table(shards: usize, capacity: usize) -> ConnTable {
    ConnTable::new(ConnConfig { shards, capacity, seed: Some(7), ..ConnConfig::default() }).unwrap()
}

fn open(table: &ConnTable, flow: &Flow, new: NewConn, now: Tick) -> Result<(), TableFull> {
    table.shard_of(flow.protocol, &flow.client).open(flow, new, now).map(|_| ())
}

/// One packet by its TCP flags; what changed for the server.
fn packet(table: &ConnTable, flow: &Flow, flags: u8, direction: Direction, now: Tick) -> Option<bool> {
    let mut guard = table.shard_of(flow.protocol, &flow.client);
    let index = guard.find_inbound(flow).unwrap();
    let event = if flow.protocol == Protocol::Tcp { Event::of_tcp_flags(flags) } else { Event::Datagram };
    guard.advance(index, event, direction, now, &Timeouts::default()).activity
}

fn listing(table: &ConnTable, now: Tick) -> Vec<ConnView> {
    let mut views = Vec::new();
    table.for_each(now, |view| views.push(view));
    views.sort_by_key(|view| (view.client, view.virt));
    views
}

fn expire(table: &ConnTable, now: Tick) -> Vec<Closed> {
    let mut closed = Vec::new();
    for shard in 0..table.shards() {
        while table.expire_shard(shard, now, &mut |end| closed.push(end)).behind {}
    }
    closed
}

/// A connection without parent that lived its time.
fn ended(server: u32, was_active: bool) -> Closed {
    Closed { server: ServerId(server), was_active, ..Closed::NOTHING }
}

const NAT: ForwardingMethod = ForwardingMethod::Nat;
const ROUTE: ForwardingMethod = ForwardingMethod::DirectRoute;

#[test]
fn a_new_connection_is_as_ipvs_makes_it() {
    let table = table(4, 100);
    for (port, method, flags) in [
        (1, NAT, 0x140),
        (2, ForwardingMethod::Local, 0x1c1),
        (3, ForwardingMethod::Tunnel, 0x1c2),
        (4, ROUTE, 0x1c3),
        (5, ForwardingMethod::Bypass, 0x144),
    ] {
        let flow = tcp(port);
        let mut guard = table.shard_of(flow.protocol, &flow.client);
        let index = guard.open(&flow, to(11, method), Tick(50)).unwrap();
        let conn = guard.get(index);
        assert_eq!((conn.flags().0, conn.method()), (flags, method));
        assert_eq!((conn.state_name(), conn.expires_seconds(Tick(50)), conn.in_pkts()), ("NONE", 3, 0));
        assert_eq!(
            (conn.protocol(), conn.client(), conn.virt()),
            (Some(Protocol::Tcp), flow.client, flow.virt)
        );
        assert_eq!((conn.rport(), conn.server()), (8080, ServerId(11)));
        assert!(!conn.is_active());
    }
    assert_eq!(table.len(), 5);
}

#[test]
fn both_directions_find_it() {
    for client in [at("172.16.0.5", 40001), at("2001:db8::5", 40001)] {
        let table = table(256, 100);
        let flow = flow(Protocol::Tcp, client);
        open(&table, &flow, to(11, NAT), Tick(0)).unwrap();
        let guard = table.shard_of(Protocol::Tcp, &client);
        let request = guard.find_inbound(&flow).unwrap();
        let find = |protocol, client: Endpoint, real: Endpoint, server: u32| {
            guard.find_outbound(protocol, &client, &real, |id| id == ServerId(server))
        };
        let real = at("10.9.0.11", 8080);
        assert_eq!(find(Protocol::Tcp, client, real, 11), Some(request));
        assert_eq!(find(Protocol::Tcp, client, real, 12), None, "the snapshot says: not that server");
        assert_eq!(find(Protocol::Tcp, client, at("10.9.0.12", 8080), 11), None);
        assert_eq!(find(Protocol::Tcp, client, at("10.9.0.11", 8081), 11), None);
        assert_eq!(find(Protocol::Udp, client, real, 11), None);
        assert_eq!(find(Protocol::Tcp, Endpoint::new(client.addr, 40002), real, 11), None);
        assert_eq!(guard.find_inbound(&Flow { virt: Endpoint::new(flow.virt.addr, 81), ..flow }), None);
        assert_eq!(guard.find_inbound(&Flow { protocol: Protocol::Udp, ..flow }), None);
    }
}

#[test]
fn replies_of_direct_routing_are_not_looked_for() {
    let table = table(1, 100);
    open(&table, &tcp(1), to(11, ROUTE), Tick(0)).unwrap();
    let client = tcp(1).client;
    let guard = table.shard_of(Protocol::Tcp, &client);
    assert_eq!(guard.find_outbound(Protocol::Tcp, &client, &at("10.9.0.11", 8080), |_| true), None);
}

#[test]
fn mapped_ipv6_is_not_ipv4() {
    let table = table(1, 100);
    let four = tcp(1);
    let mapped = |end: Endpoint| match end.addr {
        IpAddr::V4(addr) => Endpoint::new(addr.to_ipv6_mapped().into(), end.port),
        IpAddr::V6(_) => end,
    };
    let six = Flow { client: mapped(four.client), virt: mapped(four.virt), ..four };
    open(&table, &four, to(11, NAT), Tick(0)).unwrap();
    assert_eq!(table.shard_of(six.protocol, &six.client).find_inbound(&six), None);
    open(&table, &six, to(12, NAT), Tick(0)).unwrap();
    let views = listing(&table, Tick(0));
    assert_eq!(views.iter().map(|view| view.client).collect::<Vec<_>>(), [four.client, six.client]);
}

/// A client's port towards two VIPs with the same real server: IPVS takes the reply for the newer connection.
#[test]
fn the_newest_of_equal_outbound_keys_answers() {
    let table = table(1, 100);
    let flows = [80, 81, 82, 83].map(|port| Flow { virt: at("10.9.0.100", port), ..tcp(1) });
    for flow in &flows {
        open(&table, flow, to(11, NAT), Tick(0)).unwrap();
    }
    let mut guard = table.shard_of(Protocol::Tcp, &flows[0].client);
    for (close, newest) in [(1, Some(3)), (3, Some(2)), (0, Some(2)), (2, None)] {
        let index = guard.find_inbound(&flows[close]).unwrap();
        assert!(guard.close(index, End::Regular).is_some());
        let found = guard.find_outbound(Protocol::Tcp, &flows[0].client, &at("10.9.0.11", 8080), |_| true);
        assert_eq!(
            found.map(|index| guard.get(index).virt()),
            newest.map(|newest: usize| flows[newest].virt)
        );
    }
}

/// The kernel's golden record nat_tcp_life: states and where the connection is counted.
#[test]
fn a_nat_life() {
    use Direction::{Inbound, Outbound};
    let (table, flow) = (table(8, 100), tcp(40001));
    open(&table, &flow, to(12, NAT), Tick(0)).unwrap();
    for (flags, direction, state, activity, seconds) in [
        (0x02, Inbound, "SYN_RECV", Some(true), 60),
        (0x12, Outbound, "SYN_RECV", None, 60),
        (0x10, Inbound, "ESTABLISHED", None, 900),
        (0x18, Outbound, "ESTABLISHED", None, 900),
        (0x11, Outbound, "FIN_WAIT", Some(false), 120),
        (0x11, Inbound, "TIME_WAIT", None, 120),
        (0x10, Outbound, "TIME_WAIT", None, 120),
    ] {
        assert_eq!(packet(&table, &flow, flags, direction, Tick(33)), activity, "{state}");
        let view = &listing(&table, Tick(33))[0];
        assert_eq!((view.state, view.expires_seconds), (state, seconds));
    }
    assert_eq!(listing(&table, Tick(33))[0].in_pkts, 3);
    let mut guard = table.shard_of(flow.protocol, &flow.client);
    let index = guard.find_inbound(&flow).unwrap();
    assert!(guard.get(index).may_start_anew(1) && !guard.get(index).may_start_anew(0));
    assert_eq!(guard.close(index, End::Regular), Some(ended(12, false)));
    assert_eq!(guard.close(index, End::Regular), None, "only once");
    assert_eq!(guard.get(index).server(), ServerId(u32::MAX));
    assert_eq!(guard.find_inbound(&flow), None);
    drop(guard);
    assert!(table.is_empty());
}

/// The kernel's golden records dr_tcp_life and tun_tcp_life.
#[test]
fn a_one_sided_life() {
    let (table, flow) = (table(8, 100), tcp(40001));
    open(&table, &flow, to(12, ROUTE), Tick(0)).unwrap();
    // Each mode of conn_reuse_mode that lets a SYN start anew, of 0 to 3.
    for (flags, state, activity, reuse) in [
        (0x02, "SYN_RECV", Some(true), &[][..]),
        (0x10, "ESTABLISHED", None, &[]),
        (0x11, "FIN_WAIT", Some(false), &[2, 3]),
        (0x10, "FIN_WAIT", None, &[2, 3]),
        (0x02, "SYN_RECV", Some(true), &[]),
        (0x04, "SYN_RECV", None, &[]),
        (0x10, "ESTABLISHED", None, &[]),
        (0x04, "CLOSE", Some(false), &[1, 2, 3]),
    ] {
        assert_eq!(packet(&table, &flow, flags, Direction::Inbound, Tick(0)), activity, "{state}");
        let guard = table.shard_of(flow.protocol, &flow.client);
        let conn = guard.get(guard.find_inbound(&flow).unwrap());
        let modes: Vec<i32> = (0..4).filter(|mode| conn.may_start_anew(*mode)).collect();
        assert_eq!((conn.state_name(), modes.as_slice()), (state, reuse));
    }
}

/// A reply that passes the director after all clears NOOUTPUT for good.
#[test]
fn the_first_reply_makes_it_two_sided() {
    let (table, flow) = (table(8, 100), tcp(40001));
    open(&table, &flow, to(12, ROUTE), Tick(0)).unwrap();
    for (flags, direction) in [
        (0x02, Direction::Inbound),
        (0x12, Direction::Outbound),
        (0x10, Direction::Inbound),
        (0x11, Direction::Inbound),
    ] {
        let _ = packet(&table, &flow, flags, direction, Tick(0));
    }
    assert_eq!(listing(&table, Tick(0))[0].state, "CLOSE_WAIT");
}

#[test]
fn udp_lives_by_its_packets() {
    let (table, flow) = (table(8, 100), flow(Protocol::Udp, at("172.16.0.5", 3333)));
    open(&table, &flow, to(11, NAT), Tick(0)).unwrap();
    for direction in [Direction::Inbound, Direction::Outbound] {
        assert_eq!(packet(&table, &flow, 0, direction, Tick(19)), None, "never active");
    }
    let view = &listing(&table, Tick(29))[0];
    assert_eq!((view.state, view.expires_seconds, view.in_pkts), ("UDP", 299, 1));
    assert_eq!(expire(&table, Tick(3018)), []);
    assert_eq!(expire(&table, Tick(3029)), [ended(11, false)]);
}

#[test]
fn set_timeouts_are_adopted_at_the_next_packet() {
    let (table, flow) = (table(1, 100), tcp(1));
    open(&table, &flow, to(11, ROUTE), Tick(0)).unwrap();
    let _ = packet(&table, &flow, 0x10, Direction::Inbound, Tick(0));
    assert_eq!(listing(&table, Tick(5))[0].expires_seconds, 899);
    let mut guard = table.shard_of(flow.protocol, &flow.client);
    let index = guard.find_inbound(&flow).unwrap();
    let short = Timeouts { tcp: 5, ..Timeouts::default() };
    let _ = guard.advance(index, Event::of_tcp_flags(0x10), Direction::Inbound, Tick(10), &short);
    drop(guard);
    assert_eq!(listing(&table, Tick(11))[0].expires_seconds, 4);
    assert_eq!(expire(&table, Tick(59)).len(), 0);
    assert_eq!(expire(&table, Tick(69)), [ended(11, true)]);
}

/// A long life was filed far away; a reset must be seen in time all the same.
#[test]
fn a_life_that_gets_shorter_ends_in_time() {
    let (table, flow) = (table(1, 100), tcp(1));
    open(&table, &flow, to(11, ROUTE), Tick(0)).unwrap();
    let _ = packet(&table, &flow, 0x10, Direction::Inbound, Tick(0));
    assert_eq!(expire(&table, Tick(100)), [], "filed again, 900 s away");
    assert_eq!(packet(&table, &flow, 0x04, Direction::Inbound, Tick(105)), Some(false));
    assert_eq!(expire(&table, Tick(204)), []);
    assert_eq!(expire(&table, Tick(214)), [ended(11, false)]);
}

#[test]
fn the_cap_holds_and_places_come_back() {
    let table = table(16, 500);
    for round in 0..3 {
        let now = Tick(round * 1000);
        let refused = (0..600).filter(|port| open(&table, &tcp(*port), to(11, NAT), now).is_err()).count();
        assert_eq!((table.len(), refused), (500, 100));
        assert_eq!(expire(&table, Tick(now.0 + 40)).len(), 500);
        assert!(table.is_empty());
    }
}

#[test]
fn expiry_is_done_in_bites() {
    let table = table(1, 10_000);
    for port in 0..1000 {
        open(&table, &tcp(port), to(11, NAT), Tick(0)).unwrap();
    }
    let mut calls = Vec::new();
    while calls.last().is_none_or(|expiry: &Expiry| expiry.behind) {
        calls.push(table.expire_shard(0, Tick(39), &mut |_| ()));
    }
    assert!(calls.len() > 3 && calls.iter().all(|expiry| expiry.expired <= 256), "{calls:?}");
    assert_eq!(calls.iter().map(|expiry| expiry.expired).sum::<usize>(), 1000);
}

/// An attacker who knew one table's key knows nothing of another's: flows of one shard there are spread here.
#[test]
fn the_key_decides_the_shard() {
    let shard_of =
        |table: &ConnTable, flow: &Flow| table.shard_of(flow.protocol, &flow.client).shard_number();
    let (ours, theirs) =
        (table(256, 1 << 16), ConnTable::new(ConnConfig { seed: Some(8), ..ConnConfig::default() }).unwrap());
    let colliding: Vec<Flow> = (0..=u16::MAX).map(tcp).filter(|flow| shard_of(&theirs, flow) == 0).collect();
    assert!((150..400).contains(&colliding.len()), "about 65536 / 256: {}", colliding.len());
    let still = colliding.iter().filter(|flow| shard_of(&ours, flow) == 0).count();
    assert!(still < 20, "{still} of {}", colliding.len());
}

#[test]
fn a_panic_under_the_lock_is_survived() {
    let table = table(1, 10);
    open(&table, &tcp(1), to(11, NAT), Tick(0)).unwrap();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        table.count(|_| panic!("on purpose"));
    }));
    assert!(caught.is_err());
    open(&table, &tcp(2), to(11, NAT), Tick(0)).unwrap();
    assert_eq!(listing(&table, Tick(0)).len(), 2);
}

#[test]
fn workers_in_all_shards() {
    let table = table(16, 100_000);
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let table = &table;
            scope.spawn(move || {
                for port in 0..2000 {
                    let flow = flow(Protocol::Tcp, at(&format!("172.16.0.{worker}"), port));
                    open(table, &flow, to(worker, NAT), Tick(0)).unwrap();
                    let _ = packet(table, &flow, 0x02, Direction::Inbound, Tick(0));
                }
            });
        }
    });
    assert_eq!(table.len(), 8000);
    assert_eq!(expire(&table, Tick(599)).len(), 0);
    let closed = expire(&table, Tick(609));
    assert_eq!(closed.iter().filter(|end| end.was_active).count(), 8000);
}

#[test]
fn state_per_connection_is_small() {
    const COUNT: usize = 1 << 18;
    for method in [ROUTE, NAT] {
        let table = table(256, COUNT);
        for number in 0..COUNT {
            let client = std::net::Ipv4Addr::from(0xac10_0000 + u32::try_from(number).unwrap());
            let flow = flow(Protocol::Tcp, Endpoint::new(client.into(), 1024));
            open(&table, &flow, to(11, method), Tick(0)).unwrap();
        }
        #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
        let each = table.bytes() as f64 / COUNT as f64;
        println!("{method:?}: {each:.1} bytes each, {} in the spill", table.spilled());
        assert!(each <= 80.0, "{each}");
        assert!(table.spilled() < COUNT / 500, "{}", table.spilled());
    }
}

#[test]
fn a_client_with_one_port_for_thousands_of_connections() {
    let table = table(4, 10_000);
    let flow = |vport| Flow { virt: at("10.9.0.100", vport), ..tcp(1) };
    for vport in 1..=5000 {
        open(&table, &flow(vport), to(11, NAT), Tick(0)).unwrap();
    }
    assert!(table.spilled() > 4900, "{}", table.spilled());
    open(&table, &tcp(2), to(11, NAT), Tick(0)).unwrap();
    let mut guard = table.shard_of(Protocol::Tcp, &tcp(1).client);
    // The same client, RIP and rport for all: the newest answers.
    let newest = |guard: &ShardGuard<'_>| {
        let found = guard.find_outbound(Protocol::Tcp, &tcp(1).client, &at("10.9.0.11", 8080), |_| true);
        found.map(|index| guard.get(index).virt().port)
    };
    assert_eq!(newest(&guard), Some(5000));
    for vport in (2..=5000).rev() {
        let found = guard.find_inbound(&flow(vport)).unwrap();
        assert_eq!(guard.get(found).virt().port, vport);
        if vport % 2 == 0 {
            guard.make_void(found);
            assert_eq!(guard.find_inbound(&flow(vport)), None, "found by replies alone");
            assert_eq!(newest(&guard), Some(vport));
        }
        assert!(guard.close(found, End::Regular).is_some());
        assert_eq!(guard.find_inbound(&flow(vport)), None);
        assert_eq!(newest(&guard), Some(vport - 1));
    }
    drop(guard);
    assert_eq!((table.spilled(), table.len()), (1, 2), "the oldest was spilled long ago");
    assert_eq!((expire(&table, Tick(40)).len(), table.spilled()), (2, 0));
}

/// What a packet may do in the property test.
#[derive(Clone, Debug)]
enum Op {
    Open { port: u16, method: ForwardingMethod },
    Packet { port: u16, flags: u8, outbound: bool, tcp: u32 },
    Close { port: u16 },
    Wait { ticks: u32 },
}

fn op() -> impl Strategy<Value = Op> {
    let port = || 0u16..4;
    prop_oneof![
        3 => (port(), prop_oneof![Just(NAT), Just(ROUTE)]).prop_map(|(port, method)| Op::Open { port, method }),
        6 => (port(), prop_oneof![Just(0x02u8), Just(0x10), Just(0x11), Just(0x04), Just(0)], any::<bool>(), 1u32..3000)
            .prop_map(|(port, flags, outbound, tcp)| Op::Packet { port, flags, outbound, tcp }),
        1 => port().prop_map(|port| Op::Close { port }),
        4 => prop_oneof![4 => 1u32..40, 4 => 40u32..400, 1 => 400u32..3000, 1 => 9000u32..40_000].prop_map(|ticks| Op::Wait { ticks }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a plain map: what is found is the same; nobody expires early, nobody is late by a second or more while
    /// somebody looks once a second; and a start anywhere in the clock's round, its wrap included, makes no difference.
    #[test]
    fn the_wheel_is_never_early_and_never_a_second_late(
        start in prop_oneof![Just(0u32), Just(u32::MAX - 5000), any::<u32>()],
        ops in proptest::collection::vec(op(), 1..150),
    ) {
        let table = table(1, 1000);
        let mut now = Tick(start);
        let mut deadlines: HashMap<u16, Tick> = HashMap::new();
        for op in ops {
            match op {
                Op::Open { port, method } => {
                    if let Entry::Vacant(place) = deadlines.entry(port) {
                        open(&table, &tcp(port), to(u32::from(port), method), now).unwrap();
                        place.insert(now.plus_seconds(3));
                    }
                }
                Op::Packet { port, flags, outbound, tcp: seconds } => {
                    let flow = tcp(port);
                    let mut guard = table.shard_of(flow.protocol, &flow.client);
                    let found = guard.find_inbound(&flow);
                    prop_assert_eq!(found.is_some(), deadlines.contains_key(&port));
                    if let Some(index) = found {
                        let direction = if outbound { Direction::Outbound } else { Direction::Inbound };
                        let timeouts = Timeouts { tcp: seconds, ..Timeouts::default() };
                        let before = guard.get(index).is_active();
                        let advance = guard.advance(index, Event::of_tcp_flags(flags), direction, now, &timeouts);
                        let conn = guard.get(index);
                        prop_assert_eq!(advance.activity.unwrap_or(before), conn.is_active());
                        let state = conn.tcp_state().unwrap();
                        prop_assert_eq!(conn.expires_seconds(now), state.seconds(&timeouts));
                        deadlines.insert(port, now.plus_seconds(state.seconds(&timeouts)));
                        let reply = guard.find_outbound(flow.protocol, &flow.client, &at(&format!("10.9.0.{port}"), 8080), |_| true);
                        prop_assert_eq!(reply.is_some(), guard.get(index).method() == NAT);
                    }
                }
                Op::Close { port } => {
                    let flow = tcp(port);
                    let mut guard = table.shard_of(flow.protocol, &flow.client);
                    let closed = guard.find_inbound(&flow).and_then(|index| guard.close(index, End::Regular));
                    prop_assert_eq!(closed.map(|end| end.server), deadlines.remove(&port).map(|_| ServerId(u32::from(port))));
                }
                Op::Wait { ticks } => {
                    let end = Tick(now.0.wrapping_add(ticks));
                    // Long waits are silences: nobody looks. Short ones are looked at every half second.
                    let step = if ticks > 5000 { ticks } else { 5 };
                    while now != end {
                        now = Tick(now.0.wrapping_add(step.min(end.since(now))));
                        for end in expire(&table, now) {
                            let port = u16::try_from(end.server.0).unwrap();
                            let deadline = deadlines.remove(&port).unwrap();
                            prop_assert!(deadline.since(now) == 0, "{port} died at {now:?}, due {deadline:?}");
                        }
                        for (port, deadline) in &deadlines {
                            prop_assert!(now.since(*deadline) < 10, "{port} lives at {now:?}, due {deadline:?}");
                        }
                    }
                }
            }
            prop_assert_eq!(table.len(), deadlines.len());
        }
        let mut listed: Vec<u16> = listing(&table, now).iter().map(|view| view.client.port).collect();
        listed.sort_unstable();
        let mut expected: Vec<u16> = deadlines.keys().copied().collect();
        expected.sort_unstable();
        prop_assert_eq!(listed, expected);
    }
}

/// `n` connections to real servers 0, 1 and 2 in turn.
fn crowd(table: &ConnTable, n: u16, flags: u8, now: Tick) {
    for k in 0..n {
        let flow = tcp(10_000 + k);
        open(table, &flow, to(u32::from(k % 3), ROUTE), now).unwrap();
        packet(table, &flow, flags, Direction::Inbound, now);
    }
}

#[test]
fn a_sweep_ends_all_of_the_servers_it_is_told() {
    let table = table(4, 100_000);
    crowd(&table, 9000, 0x02, Tick(0));
    let mut ended = 0;
    for shard in 0..4 {
        let (mut place, mut slices) = (Some(0), 0);
        while let Some(from) = place {
            place = table.sweep_shard(shard, from, |id| id == ServerId(1), &mut |closed| {
                assert_eq!(
                    (closed.server, closed.was_active, closed.end),
                    (ServerId(1), true, End::Orphaned)
                );
                ended += 1;
            });
            slices += 1;
        }
        assert!(slices > 1, "in slices");
    }
    assert_eq!((ended, table.len()), (3000, 6000));
    assert!(listing(&table, Tick(0)).iter().all(|view| view.server != ServerId(1)));
}

/// Seconds of `drop_entry`, on a table that is not used meanwhile; how many are left.
fn thinned(table: &ConnTable, now: Tick, seconds: usize) -> usize {
    let (mut dice, mut ended) = (7, 0);
    let before = table.len();
    for _ in 0..seconds {
        for shard in 0..table.shards() {
            table.thin_shard(shard, now, &mut dice, &mut |_| ended += 1);
        }
    }
    assert_eq!(before - ended, table.len());
    table.len()
}

#[test]
fn drop_entry_takes_half_open_ones() {
    let table = table(4, 100_000);
    crowd(&table, 4096, 0x02, Tick(0));
    let left = thinned(&table, Tick(0), 1);
    assert!((3900..4000).contains(&left), "about 1/32 of the places each second: {left}");
    let left = thinned(&table, Tick(0), 31);
    assert!((1350..1700).contains(&left), "chosen at random, so about 1/e are left: {left}");
}

#[test]
fn drop_entry_spares_the_young_the_busy_and_those_that_are_closing() {
    let minute = Tick(600);
    for (flags, packets, idle_from, is_spared) in [
        (0x10, 1, Tick(0), false),
        (0x10, 8, Tick(0), false),
        (0x10, 9, Tick(0), true),
        (0x10, 1, Tick(1), true),
        (0x11, 1, Tick(0), true),
    ] {
        let table = table(1, 1000);
        crowd(&table, 200, 0x02, Tick(0));
        for k in 0..200 {
            let flow = tcp(10_000 + k);
            for _ in 1..packets {
                packet(&table, &flow, flags, Direction::Inbound, idle_from);
            }
            // A one-packet connection cannot be established by a SYN alone.
            if packets == 1 {
                let mut guard = table.shard_of(flow.protocol, &flow.client);
                let index = guard.find_inbound(&flow).unwrap();
                assert!(guard.close(index, End::Regular).is_some());
                drop(guard);
                open(&table, &flow, to(1, ROUTE), idle_from).unwrap();
                packet(&table, &flow, flags, Direction::Inbound, idle_from);
            }
        }
        assert_eq!(table.len(), 200);
        let left = thinned(&table, minute, 400);
        assert_eq!(left == 200, is_spared, "{flags:#x}, {packets} packets, since {idle_from:?}: {left} left");
    }
}

#[test]
fn drop_entry_takes_idle_datagrams_the_sooner_the_fewer_they_were() {
    let left = [1, 4, 8].map(|packets| {
        let table = table(1, 1000);
        for k in 0..200 {
            let flow = Flow { protocol: Protocol::Udp, ..tcp(10_000 + k) };
            open(&table, &flow, to(1, ROUTE), Tick(0)).unwrap();
            for _ in 0..packets {
                packet(&table, &flow, 0, Direction::Inbound, Tick(0));
            }
        }
        assert_eq!(thinned(&table, Tick(599), 40), 200, "not yet a minute");
        thinned(&table, Tick(600), 40)
    });
    assert!(left[0] < left[1] && left[1] < left[2] && left[2] < 200, "{left:?}");
}

#[test]
fn a_full_table_gives_up_half_open_ones_first() {
    let table = table(1, 256);
    crowd(&table, 128, 0x02, Tick(0));
    for k in 0..128 {
        let flow = tcp(20_000 + k);
        open(&table, &flow, to(9, ROUTE), Tick(0)).unwrap();
        packet(&table, &flow, 0x10, Direction::Inbound, Tick(0));
    }
    let newcomer = tcp(30_000);
    assert!(open(&table, &newcomer, to(5, ROUTE), Tick(600)).is_err());
    let (mut dice, mut half_open, mut idle) = (3, 0, 0);
    let mut guard = table.shard_of(newcomer.protocol, &newcomer.client);
    for _ in 0..100 {
        let closed = guard.evict(Tick(600), &mut dice).unwrap();
        if closed.server == ServerId(9) { idle += 1 } else { half_open += 1 }
    }
    assert!(half_open > 90, "{half_open} half-open, {idle} idle");
    drop(guard);
    assert_eq!(table.len(), 156);
    assert!(open(&table, &newcomer, to(5, ROUTE), Tick(600)).is_ok());
}

#[test]
fn a_full_table_gives_up_nobody_who_is_alive() {
    let table = table(1, 256);
    crowd(&table, 256, 0x10, Tick(0));
    let mut guard = table.shard_of(Protocol::Tcp, &tcp(1).client);
    assert_eq!(guard.evict(Tick(599), &mut 3), None);
    assert!(guard.evict(Tick(600), &mut 3).is_some());
}
