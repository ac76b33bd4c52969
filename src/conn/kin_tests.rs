//! Parents and children, templates, and connections that wait for their client, across shards.

use super::*;
use crate::lvs::{ClientMask, Endpoint, Family, ForwardingMethod, Protocol, Timeouts};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

fn at(addr: &str, port: u16) -> Endpoint {
    Endpoint::new(addr.parse().unwrap(), port)
}

fn tcp(port: u16) -> Flow {
    Flow { protocol: Protocol::Tcp, client: at("172.16.0.5", port), virt: at("10.9.0.100", 21) }
}

fn to(server: u32) -> NewConn {
    let real = at(&format!("10.9.0.{server}"), 21);
    NewConn { server: ServerId(server), method: ForwardingMethod::Nat, real }
}

fn key() -> TemplateKey {
    let mask = ClientMask::whole(Family::V4);
    TemplateKey::new(Some(Protocol::Tcp), tcp(0).client.addr, mask, at("10.9.0.100", 0))
}

fn table(shards: usize) -> ConnTable {
    ConnTable::new(ConnConfig { shards, capacity: 1000, seed: Some(7), ..ConnConfig::default() }).unwrap()
}

fn template(table: &ConnTable, seconds: u32, now: Tick) {
    let _ = table.shard_of_template(&key()).open_template(&key(), to(11), seconds, now).unwrap();
}

/// Opens a connection through the template, as the director does.
fn open_child(table: &ConnTable, port: u16, now: Tick) {
    let mut shard = table.shard_of_template(&key());
    let parent = shard.find_template(&key()).unwrap();
    shard.renew(parent, now);
    let parent = shard.adopt(parent, Tick(0)).unwrap();
    drop(shard);
    let flow = tcp(port);
    let opened = table.shard_of(flow.protocol, &flow.client).open_child(&flow, to(11), parent, now);
    let _ = opened.unwrap();
}

fn packet(table: &ConnTable, port: u16, flags: u8, direction: Direction, now: Tick) {
    let flow = tcp(port);
    let mut shard = table.shard_of(flow.protocol, &flow.client);
    let found = shard.find_inbound(&flow).unwrap();
    let event = Event::of_tcp_flags(flags);
    let advance = shard.advance(found, event, direction, now, &Timeouts::default());
    drop(shard);
    if let Some(parent) = advance.proved_to {
        table.assure(parent);
    }
}

fn close(table: &ConnTable, port: u16, end: End) -> Vec<Closed> {
    let flow = tcp(port);
    let mut shard = table.shard_of(flow.protocol, &flow.client);
    let found = shard.find_inbound(&flow).unwrap();
    let mut closed = shard.close(found, end);
    drop(shard);
    let mut all = Vec::new();
    while let Some(end) = closed {
        all.push(end);
        closed = end.parent.and_then(|parent| table.release(parent, end.end));
    }
    all
}

/// Lets the wheels turn; what ended, parents told.
fn expire(table: &ConnTable, now: Tick) -> Vec<(u32, bool)> {
    let mut ended = Vec::new();
    for shard in 0..table.shards() {
        let mut each = |closed: Closed| {
            ended.push((closed.server.0, closed.was_template));
            if let Some(parent) = closed.parent {
                assert_eq!(table.release(parent, closed.end), None);
            }
        };
        while table.expire_shard(shard, now, &mut each).behind {}
    }
    ended
}

/// State, seconds to live, protocol, virtual endpoint and port on the real server of each, templates first.
fn listing(table: &ConnTable, now: Tick) -> Vec<String> {
    let mut lines = Vec::new();
    table.for_each(now, |conn| {
        let protocol = conn.protocol.map_or("IP", Protocol::listing);
        lines.push(format!(
            "{protocol} {} {} {} {} {}",
            conn.state, conn.expires_seconds, conn.client, conn.virt, conn.rport
        ));
    });
    lines.sort();
    lines
}

#[test]
fn a_template_is_as_ipvs_makes_it() {
    let table = table(64);
    template(&table, 300, Tick(0));
    let shard = table.shard_of_template(&key());
    let found = shard.find_template(&key()).unwrap();
    let conn = shard.get(found);
    assert_eq!((conn.flags().0 & !ConnFlags::OURS.0, conn.protocol()), (0x1140, Some(Protocol::Tcp)));
    assert_eq!((conn.client(), conn.virt(), conn.rport()), (at("172.16.0.5", 0), at("10.9.0.100", 0), 21));
    assert!(conn.is_template() && !conn.is_assured() && conn.tcp_state().is_none());
    // Neither a packet of the client's port 0, nor a reply to it, is taken for the template's.
    let to_port = Flow { virt: at("10.9.0.100", 0), ..tcp(0) };
    assert_eq!(shard.find_inbound(&to_port), None);
    assert_eq!(shard.find_outbound(Protocol::Tcp, &tcp(0).client, &at("10.9.0.11", 21), |_| true), None);
    drop(shard);
    assert_eq!(listing(&table, Tick(10)), ["TCP NONE 299 172.16.0.5:0 10.9.0.100:0 21"]);
    assert_eq!(expire(&table, Tick(2999)), []);
    assert_eq!(expire(&table, Tick(3010)), [(11, true)]);
    assert!(table.is_empty());
}

#[test]
fn a_marks_template_has_protocol_0_and_the_mark_for_an_address() {
    let table = table(64);
    let mask = ClientMask::V4([255, 255, 255, 0].into());
    let key = TemplateKey::new(None, "172.16.0.5".parse().unwrap(), mask, at("0.0.0.7", 0));
    let _ = table.shard_of_template(&key).open_template(&key, to(11), 300, Tick(0)).unwrap();
    assert_eq!(listing(&table, Tick(0)), ["IP NONE 300 172.16.0.0:0 0.0.0.7:0 21"]);
    for other in [
        TemplateKey { protocol: Some(Protocol::Tcp), ..key },
        TemplateKey { client: "172.16.0.5".parse().unwrap(), ..key },
        TemplateKey { virt: at("0.0.0.8", 0), ..key },
    ] {
        assert_eq!(table.shard_of_template(&other).find_template(&other), None, "{other:?}");
    }
}

/// Linux 6.1: a template of 1 s with a child has 60 s when its second is over, and from then on.
#[test]
fn a_parent_outlives_its_time_by_minutes() {
    let table = table(64);
    template(&table, 1, Tick(0));
    open_child(&table, 40_000, Tick(0));
    packet(&table, 40_000, 0x10, Direction::Inbound, Tick(0));
    // Listed as of the moment when its time was over, whether the wheel has been here or not.
    assert_eq!(listing(&table, Tick(16))[0], "TCP ASSURED 59 172.16.0.5:0 10.9.0.100:0 21");
    assert_eq!(expire(&table, Tick(20)), []);
    assert_eq!(listing(&table, Tick(20))[0], "TCP ASSURED 59 172.16.0.5:0 10.9.0.100:0 21");
    // A new connection through it renews these 60 s, not the one second.
    open_child(&table, 40_001, Tick(100));
    assert_eq!(listing(&table, Tick(100))[0], "TCP ASSURED 60 172.16.0.5:0 10.9.0.100:0 21");
    assert_eq!(expire(&table, Tick(140)), [(11, false)], "the new one, of which no packet came");
    assert_eq!(expire(&table, Tick(750)), [], "again 60 s");
    assert_eq!(close(&table, 40_000, End::Regular).len(), 1);
    assert_eq!(expire(&table, Tick(1290)), []);
    assert_eq!(expire(&table, Tick(1310)), [(11, true)]);
    assert!(table.is_empty());
}

#[test]
fn no_parent_ends_before_its_children() {
    let table = table(64);
    template(&table, 1, Tick(0));
    open_child(&table, 40_000, Tick(0));
    let mut shard = table.shard_of_template(&key());
    let found = shard.find_template(&key()).unwrap();
    assert_eq!((shard.children(found), shard.close(found, End::Regular)), (1, None));
    assert_eq!(shard.expire_one(found, Tick(5)), None, "its time is not over");
    assert_eq!(shard.expire_one(found, Tick(50)), None, "it has a child");
    drop(shard);
    assert_eq!(close(&table, 40_000, End::Regular).len(), 1);
    let mut shard = table.shard_of_template(&key());
    assert_eq!(shard.children(found), 0);
    assert_eq!(shard.expire_one(found, Tick(500)), None, "a minute from when its time was over");
    assert!(shard.expire_one(found, Tick(611)).unwrap().was_template);
    drop(shard);
    assert!(table.is_empty());
}

/// By an answer for UDP, by ESTABLISHED for TCP; and told once, for that costs a lock.
#[test]
fn a_child_proves_itself_once() {
    let table = table(64);
    template(&table, 100, Tick(0));
    for (protocol, flags, direction, proves) in [
        (Protocol::Tcp, 0x02, Direction::Inbound, false),
        (Protocol::Tcp, 0x10, Direction::Inbound, true),
        (Protocol::Udp, 0, Direction::Inbound, false),
        (Protocol::Udp, 0, Direction::Outbound, true),
    ] {
        let mut shard = table.shard_of_template(&key());
        let found = shard.find_template(&key()).unwrap();
        let parent = shard.adopt(found, Tick(0)).unwrap();
        drop(shard);
        let flow = Flow { protocol, ..tcp(40_000) };
        let mut shard = table.shard_of(protocol, &flow.client);
        let child = shard.open_child(&flow, to(11), parent, Tick(0)).unwrap();
        let event = if protocol == Protocol::Tcp { Event::of_tcp_flags(flags) } else { Event::Datagram };
        let told =
            [0, 1].map(|_| shard.advance(child, event, direction, Tick(0), &Timeouts::default()).proved_to);
        assert_eq!(told, [proves.then_some(parent), None], "{protocol:?} {flags:#x} {direction:?}");
        let closed = shard.close(child, End::Regular).unwrap();
        drop(shard);
        assert_eq!(closed.parent.and_then(|parent| table.release(parent, closed.end)), None);
    }
}

/// What follows a connection of another protocol renews its life as long as it was, and proves nothing.
#[test]
fn a_follower_only_renews() {
    let table = table(64);
    template(&table, 100, Tick(0));
    let mut shard = table.shard_of_template(&key());
    let parent = shard.find_template(&key()).and_then(|found| shard.adopt(found, Tick(0))).unwrap();
    drop(shard);
    let flow = Flow { protocol: Protocol::Udp, ..tcp(40_000) };
    let mut shard = table.shard_of(flow.protocol, &flow.client);
    let child = shard.open_child(&flow, to(11), parent, Tick(0)).unwrap();
    let _ = shard.advance(child, Event::Datagram, Direction::Inbound, Tick(0), &Timeouts::default());
    let timeouts = Timeouts { udp: 50, ..Timeouts::default() };
    for (event, direction, proved_to, seconds, in_pkts) in [
        (Event::Follower, Direction::Inbound, None, 300, 2),
        (Event::Follower, Direction::Outbound, None, 300, 2),
        (Event::Datagram, Direction::Outbound, Some(parent), 50, 2),
        (Event::Follower, Direction::Outbound, None, 50, 2),
    ] {
        let advance = shard.advance(child, event, direction, Tick(1000), &timeouts);
        assert_eq!(advance, Advance { activity: None, proved_to }, "{event:?} {direction:?}");
        let conn = shard.get(child);
        assert_eq!((conn.expires_seconds(Tick(1000)), conn.in_pkts()), (seconds, in_pkts));
    }
}

/// A child that is thrown out takes its parent along if that is then childless and not proved.
#[test]
fn a_forced_end_takes_the_childless_parent_along() {
    for (flags, ends) in [(0x02, 2), (0x10, 1)] {
        let table = table(64);
        template(&table, 100, Tick(0));
        open_child(&table, 40_000, Tick(0));
        open_child(&table, 40_001, Tick(0));
        packet(&table, 40_000, flags, Direction::Inbound, Tick(0));
        assert_eq!(close(&table, 40_001, End::Forced).len(), 1, "it still has a child");
        let ended = close(&table, 40_000, End::Forced);
        assert_eq!(ended.len(), ends, "flags {flags:#x}");
        assert_eq!(table.len(), 2 - ends);
    }
    // A regular end does not, and that of an orphan does in any case.
    for (end, ends) in [(End::Regular, 1), (End::Orphaned, 2)] {
        let table = table(64);
        template(&table, 100, Tick(0));
        open_child(&table, 40_000, Tick(0));
        packet(&table, 40_000, 0x10, Direction::Inbound, Tick(0));
        assert_eq!((close(&table, 40_000, end).len(), table.len()), (ends, 2 - ends), "{end:?}");
    }
}

#[test]
fn a_void_template_is_found_no_more_but_lives_for_its_children() {
    let table = table(64);
    template(&table, 100, Tick(0));
    open_child(&table, 40_000, Tick(0));
    let mut shard = table.shard_of_template(&key());
    let old = shard.find_template(&key()).unwrap();
    shard.make_void(old);
    assert_eq!(shard.find_template(&key()), None);
    drop(shard);
    template(&table, 100, Tick(10));
    // The child proves itself to the old one.
    packet(&table, 40_000, 0x10, Direction::Inbound, Tick(10));
    let shown = listing(&table, Tick(10));
    assert_eq!(shown[0], "TCP ASSURED 99 172.16.0.5:0 10.9.0.100:65535 65535");
    assert_eq!(shown[2], "TCP NONE 100 172.16.0.5:0 10.9.0.100:0 21");
    assert_eq!(close(&table, 40_000, End::Regular).len(), 1);
    assert_eq!(expire(&table, Tick(1020)), [(11, true), (11, true)]);
    assert!(table.is_empty());
}

/// A name does not outlive its connection: the place may have another one by then.
#[test]
fn an_old_name_is_nobody() {
    let table = table(1);
    template(&table, 100, Tick(0));
    open_child(&table, 40_000, Tick(0));
    let mut shard = table.shard_of_template(&key());
    let found = shard.find_template(&key()).unwrap();
    let name = shard.adopt(found, Tick(0)).unwrap();
    drop(shard);
    assert_eq!(table.release(name, End::Regular), None);
    assert_eq!(close(&table, 40_000, End::Forced).len(), 2);
    template(&table, 100, Tick(0));
    open_child(&table, 40_001, Tick(0));
    table.assure(name);
    assert_eq!(table.release(name, End::Forced), None, "this one has the place, not the name");
    let shard = table.shard_of_template(&key());
    let found = shard.find_template(&key()).unwrap();
    assert_eq!((found, shard.children(found), shard.get(found).is_assured()), (found, 1, false));
}

/// FTP's data connection: the client's port is not known before its first packet, and it is the child of the control
/// connection, which is the child of the template.
#[test]
fn a_connection_that_waits_for_its_client_is_met_once() {
    let table = table(256);
    template(&table, 300, Tick(0));
    open_child(&table, 40_000, Tick(0));
    let control = tcp(40_000);
    let mut shard = table.shard_of(control.protocol, &control.client);
    let found = shard.find_inbound(&control).unwrap();
    let parent = shard.adopt(found, Tick(0)).unwrap();
    drop(shard);
    assert!(!table.expects_any_port());
    let data = Flow { virt: at("10.9.0.100", 5000), ..tcp(0) };
    let new = NewConn { real: at("10.9.0.11", 6000), ..to(11) };
    let mut shard = table.shard_of(data.protocol, &data.client);
    let waiting = shard.expect(&data, new, parent, Tick(0)).unwrap();
    let shift = SequenceShift { init_seq: 7, delta: 3, previous_delta: 0 };
    let side = SideData { outbound: shift, fwmark: 9, ..SideData::default() };
    shard.set_side(waiting, side.clone());
    assert_eq!(shard.get(waiting).flags().0 & !ConnFlags::OURS.0, 0x0b40, "OUT_SEQ, NO_CPORT");
    assert_eq!(shard.find_inbound(&data), None, "port 0 is no port that a packet may ask for");
    drop(shard);
    assert!(table.expects_any_port());
    let shown = listing(&table, Tick(0));
    assert!(shown.contains(&"TCP LISTEN 120 172.16.0.5:0 10.9.0.100:5000 6000".into()), "{shown:?}");

    let other_port = Flow { virt: at("10.9.0.100", 5001), ..tcp(40_001) };
    assert!(!table.meet(&other_port, Tick(10)));
    let first = Flow { virt: at("10.9.0.100", 5000), ..tcp(40_001) };
    assert!(table.meet(&first, Tick(10)) && !table.meet(&first, Tick(10)));
    assert!(!table.expects_any_port());
    let mut shard = table.shard_of(first.protocol, &first.client);
    let met = shard.find_inbound(&first).unwrap();
    assert_eq!((shard.side(met), shard.parent(met)), (Some(&side), Some(parent)));
    assert_eq!(shard.get(met).flags().0 & !ConnFlags::OURS.0, 0x0340);
    let found = shard.find_outbound(Protocol::Tcp, &first.client, &at("10.9.0.11", 6000), |_| true);
    assert_eq!(found, Some(met));
    // Its end: first itself, then nothing keeps the control connection.
    let closed = shard.close(met, End::Regular).unwrap();
    assert_eq!(closed.parent, Some(parent));
    drop(shard);
    assert_eq!(table.release(parent, closed.end), None);
    assert_eq!(close(&table, 40_000, End::Forced).len(), 2);
    assert!(table.is_empty());
}

#[test]
fn one_that_was_never_met_ends_as_any_other() {
    let table = table(256);
    template(&table, 300, Tick(0));
    let mut shard = table.shard_of_template(&key());
    let found = shard.find_template(&key()).unwrap();
    let parent = shard.adopt(found, Tick(0)).unwrap();
    drop(shard);
    let _ = table.shard_of(Protocol::Tcp, &tcp(0).client).expect(&tcp(0), to(11), parent, Tick(0)).unwrap();
    assert!(table.expects_any_port());
    assert_eq!(expire(&table, Tick(1220)), [(11, false)]);
    assert!(!table.expects_any_port());
    assert_eq!((table.len(), expire(&table, Tick(3010))), (1, vec![(11, true)]));
}

#[test]
fn side_data_is_bounded_and_ends_with_its_connection() {
    assert_eq!(EngineData::new(&[0; 256]), None);
    let data = EngineData::new(b"call-id@host").unwrap();
    let table = table(1);
    let flow = tcp(1);
    let mut shard = table.shard_of(flow.protocol, &flow.client);
    let opened = shard.open(&flow, to(11), Tick(0)).unwrap();
    let side = SideData { engine_data: data, ..SideData::default() };
    shard.set_side(opened, side.clone());
    assert_eq!(shard.side(opened).map(|side| side.engine_data.bytes()), Some(&b"call-id@host"[..]));
    assert!(shard.get(opened).flags().has_none(ConnFlags(0x600)));
    shard.set_side(opened, SideData::default());
    assert_eq!(shard.side(opened), None);
    shard.set_side(opened, side);
    let _ = shard.close(opened, End::Regular).unwrap();
    let again = shard.open(&flow, to(11), Tick(0)).unwrap();
    assert_eq!((again, shard.side(again)), (opened, None), "the same place, another connection");
}

#[test]
fn templates_take_places_of_the_table() {
    let table = ConnTable::new(ConnConfig { shards: 4, capacity: 2, seed: Some(1), ..ConnConfig::default() })
        .unwrap();
    template(&table, 100, Tick(0));
    open_child(&table, 40_000, Tick(0));
    let mut shard = table.shard_of_template(&key());
    let found = shard.find_template(&key()).unwrap();
    let parent = shard.adopt(found, Tick(0)).unwrap();
    drop(shard);
    let flow = tcp(40_001);
    let full = table.shard_of(flow.protocol, &flow.client).open_child(&flow, to(11), parent, Tick(0));
    assert_eq!(full, Err(TableFull));
    assert_eq!(table.release(parent, End::Regular), None);
    let shard = table.shard_of_template(&key());
    assert_eq!(shard.children(found), 1);
}

/// Workers that open, prove and close connections through one template, while others let its time pass: no deadlock, and
/// nothing is left.
#[test]
fn many_workers_through_one_template() {
    let table =
        ConnTable::new(ConnConfig { shards: 8, capacity: 10_000, seed: Some(3), ..ConnConfig::default() })
            .unwrap();
    let (conns, templates) = (AtomicI64::new(0), AtomicI64::new(0));
    let settle = |closed: Closed| {
        let mut closed = Some(closed);
        while let Some(end) = closed {
            if end.was_template { &templates } else { &conns }.fetch_sub(1, Relaxed);
            closed = end.parent.and_then(|parent| table.release(parent, end.end));
        }
    };
    std::thread::scope(|scope| {
        for worker in 0..4_u16 {
            let (table, conns, templates, settle) = (&table, &conns, &templates, &settle);
            scope.spawn(move || {
                for round in 0..2000_u16 {
                    let now = Tick(u32::from(round) / 4);
                    let mut shard = table.shard_of_template(&key());
                    let mut found = shard.find_template(&key());
                    if let Some(over) = found.and_then(|found| shard.expire_one(found, now)) {
                        templates.fetch_sub(1, Relaxed);
                        assert!(over.was_template && over.parent.is_none());
                        found = None;
                    }
                    let parent = found.unwrap_or_else(|| {
                        templates.fetch_add(1, Relaxed);
                        shard.open_template(&key(), to(11), 1, now).unwrap()
                    });
                    shard.renew(parent, now);
                    let parent = shard.adopt(parent, Tick(0)).unwrap();
                    drop(shard);
                    // Half of the ports are those of another worker: both may be at it at once.
                    let flow = tcp(1000 + (worker / 2) * 5000 + round % 100);
                    let mut shard = table.shard_of(flow.protocol, &flow.client);
                    if let Some(found) = shard.find_inbound(&flow) {
                        let closed =
                            shard.close(found, if round % 3 == 0 { End::Forced } else { End::Regular });
                        drop(shard);
                        assert!(table.release(parent, End::Regular).is_none());
                        settle(closed.unwrap());
                    } else {
                        let opened = shard.open_child(&flow, to(11), parent, now).unwrap();
                        conns.fetch_add(1, Relaxed);
                        let event = Event::of_tcp_flags(if round % 2 == 0 { 0x02 } else { 0x10 });
                        let advance =
                            shard.advance(opened, event, Direction::Inbound, now, &Timeouts::default());
                        drop(shard);
                        if let Some(parent) = advance.proved_to {
                            table.assure(parent);
                        }
                    }
                    if round % 16 == 0 {
                        table.expire_shard(usize::from(round / 16), now, &mut |closed| settle(closed));
                    }
                }
            });
        }
    });
    // All time passes.
    for step in 0..200 {
        for shard in 0..table.shards() {
            while table.expire_shard(shard, Tick(500 + step * 100), &mut |closed| settle(closed)).behind {}
        }
    }
    assert_eq!((conns.load(Relaxed), templates.load(Relaxed), table.len()), (0, 0, 0));
}
