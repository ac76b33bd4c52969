use super::*;
use crate::conn::entry::ConnFlags;
use crate::conn::{ConnConfig, ConnTable, Direction, Event, NewConn, ShardGuard, SideData, TemplateKey};
use crate::lvs::ForwardingMethod::{self, Bypass, DirectRoute, Nat, Tunnel};
use crate::lvs::{ClientMask, Endpoint, Protocol, ServiceKey, Timeouts};
use crate::service::{Flow, ServerId};
use crate::time::Tick;
use proptest::prelude::*;
use rustix::fs::{MemfdFlags, memfd_create};
use std::net::{IpAddr, Ipv4Addr};

const BOOT: [u8; 16] = [7; 16];
const SYN: u8 = 2;
const ACK: u8 = 16;
const RST: u8 = 4;

fn memory() -> File {
    File::from(memfd_create("table", MemfdFlags::CLOEXEC).unwrap())
}

fn config() -> ConnConfig {
    ConnConfig { shards: 4, capacity: 1000, ..ConnConfig::default() }
}

fn era(began_millis: u64) -> Era {
    Era { boot: BOOT, began_millis }
}

const fn ip(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))
}

const VIP: Endpoint = Endpoint::new(ip(100), 80);

fn flow(port: u16) -> Flow {
    Flow { protocol: Protocol::Tcp, client: Endpoint::new(ip(1), port), virt: VIP }
}

fn name(rip: u8) -> ServerName {
    let service = ServiceKey::Tuple { protocol: Protocol::Tcp, virt: VIP };
    ServerName { service, endpoint: Endpoint::new(ip(rip), 8080) }
}

const fn bound(server: u32, method: ForwardingMethod) -> NewConn {
    NewConn { server: ServerId(server), method, real: Endpoint::new(ip(10 + server as u8), 8080) }
}

/// The server of this number, by any method, is now this one.
const fn heir(server: u32, method: ForwardingMethod) -> Heir {
    Heir { server: ServerId(server), real: ip(10), method, vip: Some(VIP.addr) }
}

/// A table in a file, and the file.
fn kept() -> (ConnTable, File) {
    let file = memory();
    let table = ConnTable::in_file(config(), file.try_clone().unwrap()).unwrap();
    table.name_servers([Some(name(10)), None, Some(name(12))].into_iter()).unwrap();
    table.declare(era(1000)).unwrap();
    (table, file)
}

fn step(guard: &mut ShardGuard<'_>, at: crate::conn::ConnIndex, flags: u8, now: u32) {
    let event = Event::of_tcp_flags(flags);
    let _ = guard.advance(at, event, Direction::Inbound, Tick(now), &Timeouts::default());
}

/// Opens an established connection.
fn open(table: &ConnTable, port: u16, new: NewConn, now: u32) {
    let flow = flow(port);
    let mut guard = table.shard_of(flow.protocol, &flow.client);
    let at = guard.open(&flow, new, Tick(now)).unwrap();
    step(&mut guard, at, SYN, now);
    step(&mut guard, at, ACK, now);
}

fn found(file: &File) -> Found {
    Found::read(file.try_clone().unwrap(), BOOT, 1 << 40).unwrap()
}

/// Adopts into a new table, in a process that began at this millisecond.
fn adopt(file: &File, heirs: &[Option<Heir>], began: u64, now: u32) -> (ConnTable, Adoption) {
    let next = ConnTable::in_file(config(), memory()).unwrap();
    let (adoption, read) = next.adopt(&found(file), heirs, era(began), Tick(now));
    read.unwrap();
    assert_eq!(next.len() as u64, adoption.adopted);
    (next, adoption)
}

fn seen(table: &ConnTable, now: u32) -> Vec<(u16, &'static str, u32, u32)> {
    let mut all = Vec::new();
    table.for_each(Tick(now), |view| {
        all.push((view.client.port, view.state, view.server.0, view.expires_seconds));
    });
    all.sort_unstable();
    all
}

/// Where the entry of a client's port lies in the file.
fn place_of(file: &File, port: u16) -> u64 {
    let (found, mut entries) = (found(file), Vec::new());
    let first = found.next_chunk(0, &mut entries).unwrap().unwrap();
    let at = entries.iter().position(|conn| conn.is_hashed() && conn.client_port == port).unwrap();
    entries_at(found.places()) + (first + at as u64) * 64
}

#[test]
fn connections_go_on_under_new_numbers_and_as_old_as_they_are() {
    let (table, file) = kept();
    open(&table, 1, bound(0, Nat), 0);
    open(&table, 2, bound(2, Nat), 100);
    open(&table, 3, bound(2, DirectRoute), 100);
    open(&table, 4, bound(2, Tunnel), 100);
    drop(table);
    let found = found(&file);
    assert_eq!(found.names()[..4], [Some(name(10)), None, Some(name(12)), None]);
    // 30 s after the first process began; it is the second's tick 50.
    let heirs = [Some(heir(7, Nat)), Some(heir(8, Nat)), Some(heir(3, Nat))];
    let (next, adoption) = adopt(&file, &heirs, 1000 + 25_000, 50);
    assert_eq!(adoption, Adoption { adopted: 2, gone: 2, ..Adoption::default() }, "gone: another method");
    // 900 s less 30 and 20.
    assert_eq!(seen(&next, 50), [(1, "ESTABLISHED", 7, 870), (2, "ESTABLISHED", 3, 880)]);
    let guard = next.shard_of(Protocol::Tcp, &flow(1).client);
    assert!(guard.find_inbound(&flow(1)).is_some());
    let real = Endpoint::new(ip(10), 8080);
    let is_server = |server: ServerId| server == ServerId(7);
    assert!(guard.find_outbound(Protocol::Tcp, &flow(1).client, &real, is_server).is_some(), "its replies");
}

#[test]
fn what_is_adopted_can_be_adopted_again_and_lives_on() {
    let (table, file) = kept();
    open(&table, 1, bound(0, Nat), 0);
    drop(table);
    let heirs = [Some(heir(0, Nat))];
    let again = memory();
    let next = ConnTable::in_file(config(), again.try_clone().unwrap()).unwrap();
    next.name_servers([Some(name(10))].into_iter()).unwrap();
    assert_eq!(next.adopt(&found(&file), &heirs, era(11_000), Tick(0)).0.adopted, 1);
    next.declare(era(11_000)).unwrap();
    drop(next);
    let (last, adoption) = adopt(&again, &heirs, 21_000, 0);
    assert_eq!(adoption.found(), 1);
    assert_eq!(seen(&last, 0), [(1, "ESTABLISHED", 0, 880)]);
    let mut guard = last.shard_of(Protocol::Tcp, &flow(1).client);
    let at = guard.find_inbound(&flow(1)).unwrap();
    step(&mut guard, at, RST, 5);
    drop(guard);
    let mut ended = 0;
    for second in 1..=15 {
        (0..4).for_each(|shard| _ = last.expire_shard(shard, Tick(second * 10), &mut |_| ended += 1));
    }
    assert_eq!((ended, last.len()), (1, 0), "ten seconds after its reset");
}

#[test]
fn whose_time_is_over_meanwhile_is_over() {
    let (table, file) = kept();
    open(&table, 1, bound(0, Nat), 0);
    open(&table, 2, bound(0, Nat), 10);
    drop(table);
    // 900 s after the first one's last packet.
    let (next, adoption) = adopt(&file, &[Some(heir(0, Nat))], 1000 + 900_000, 0);
    assert_eq!(adoption, Adoption { adopted: 1, expired: 1, ..Adoption::default() });
    assert_eq!(seen(&next, 0), [(2, "ESTABLISHED", 0, 1)]);
}

#[test]
fn templates_and_their_children() {
    let (table, file) = kept();
    let key = TemplateKey::new(Some(Protocol::Tcp), ip(1), ClientMask::whole(crate::lvs::Family::V4), VIP);
    let with_template = |seconds| {
        let mut guard = table.shard_of_template(&key);
        let at = guard.open_template(&key, bound(0, Nat), seconds, Tick(0)).unwrap();
        guard.adopt(at, Tick(0)).unwrap()
    };
    let parent = with_template(60);
    let flow = flow(9);
    let mut guard = table.shard_of(flow.protocol, &flow.client);
    let child = guard.open_child(&flow, bound(0, Nat), parent, Tick(0)).unwrap();
    step(&mut guard, child, SYN, 0);
    step(&mut guard, child, ACK, 0);
    drop(guard);
    let lonely = TemplateKey { client: ip(2), ..key };
    let mut guard = table.shard_of_template(&lonely);
    guard.open_template(&lonely, bound(0, Nat), 60, Tick(0)).unwrap();
    drop(guard);
    // 100 s later both templates' time is over; one has a child.
    let heirs = [Some(heir(4, Nat))];
    let (next, adoption) = adopt(&file, &heirs, 101_000, 0);
    assert_eq!(adoption, Adoption { adopted: 2, expired: 1, ..Adoption::default() });
    let guard = next.shard_of_template(&key);
    let at = guard.find_template(&key).unwrap();
    assert_eq!((guard.children(at), guard.get(at).server()), (1, ServerId(4)));
    drop(guard);
    let guard = next.shard_of(flow.protocol, &flow.client);
    let at = guard.find_inbound(&flow).unwrap();
    assert!(guard.parent(at).is_some());
    drop(guard);
    // A parent of another real server is none.
    let at = place_of(&file, 0);
    file.write_all_at(&2_u32.to_ne_bytes(), at + std::mem::offset_of!(Conn, server) as u64).unwrap();
    let heirs = [Some(heir(4, Nat)), None, Some(heir(5, Nat))];
    let (_, adoption) = adopt(&file, &heirs, 2000, 10);
    assert!(adoption.adopted == 3 && adoption.orphaned <= 1, "{adoption:?}");
    file.write_all_at(&[0xff; 4096], PARENTS_AT).unwrap();
    assert_eq!(adopt(&file, &heirs, 2000, 10).1.orphaned, 1, "a parent at no place");
}

#[test]
fn what_a_kill_leaves_half_done_is_left_out() {
    let (table, file) = kept();
    (1..=4).for_each(|port| open(&table, port, bound(0, Nat), 0));
    drop(table);
    let heirs = [Some(heir(0, Nat))];
    let flags = std::mem::offset_of!(Conn, flags) as u64;
    let set_flags = |port, change: fn(u16) -> u16| {
        let at = place_of(&file, port) + flags;
        let mut bytes = [0; 2];
        file.read_exact_at(&mut bytes, at).unwrap();
        file.write_all_at(&change(u16::from_ne_bytes(bytes)).to_ne_bytes(), at).unwrap();
    };
    set_flags(1, |flags| flags & !ConnFlags::HASHED.0);
    set_flags(2, |_| 0);
    set_flags(3, |flags| flags | ConnFlags::INACTIVE.0);
    let (next, adoption) = adopt(&file, &heirs, 2000, 0);
    assert_eq!(adoption, Adoption { adopted: 2, torn: 2, mended: 1, ..Adoption::default() });
    assert_eq!(next.count(Conn::is_active), 2, "it is active as its state says");
}

#[test]
fn a_place_shows_in_the_file_what_is_in_it_at_every_step() {
    // `lay` and `vacate` as a reader between their halves sees them.
    let (table, file) = kept();
    open(&table, 1, bound(0, Nat), 0);
    let mut guard = table.shard_of(Protocol::Tcp, &flow(1).client);
    let at = guard.find_inbound(&flow(1)).unwrap();
    assert!(guard.close(at, crate::conn::End::Regular).is_some());
    drop(guard);
    let (_, adoption) = adopt(&file, &[Some(heir(0, Nat))], 2000, 0);
    assert_eq!(adoption, Adoption::default(), "an unused place is no torn one");
}

#[test]
fn fields_that_are_impossible() {
    let heirs = [Some(heir(0, Nat))];
    let write = |offset: usize, bytes: &[u8]| {
        let (table, file) = kept();
        open(&table, 1, bound(0, Nat), 0);
        drop(table);
        file.write_all_at(bytes, place_of(&file, 1) + offset as u64).unwrap();
        adopt(&file, &heirs, 2000, 0).1
    };
    use std::mem::offset_of;
    let unsound = Adoption { unsound: 1, ..Adoption::default() };
    for (offset, bytes, what) in [
        (offset_of!(Conn, client_addr), &[1][..], "no IPv4 address"),
        (offset_of!(Conn, virt_addr) + 15, &[1], "another VIP than its service's"),
        (offset_of!(Conn, protocol), &[47], "a protocol that is none"),
        (offset_of!(Conn, protocol), &[0], "a mark's protocol, and no template"),
        (offset_of!(Conn, state), &[11], "a state that is none"),
        (offset_of!(Conn, timeout), &[0xff; 4], "136 years"),
        (offset_of!(Conn, last_seen), &1000_u32.to_ne_bytes(), "seen in the future"),
        (offset_of!(Conn, server), &[0xff; 4], "no server, and no bypass"),
        (offset_of!(Conn, flags), &0x0060_u16.to_ne_bytes(), "an unknown flag"),
        (offset_of!(Conn, flags), &0x0045_u16.to_ne_bytes(), "an unknown method"),
        (offset_of!(Conn, flags), &0x5040_u16.to_ne_bytes(), "a template with a parent"),
        (offset_of!(Conn, flags), &0x0840_u16.to_ne_bytes(), "any port, and one"),
        (offset_of!(Conn, flags), &0x0044_u16.to_ne_bytes(), "a bypass through a server"),
    ] {
        assert_eq!(write(offset, bytes), unsound, "{what}");
    }
    let gone = Adoption { gone: 1, ..Adoption::default() };
    for server in [1_u32, 3, 65_535, 65_536, u32::MAX - 1] {
        assert_eq!(write(offset_of!(Conn, server), &server.to_ne_bytes()), gone, "server {server}");
    }
    let shifted = 0x0240_u16.to_ne_bytes();
    let bereft = Adoption { bereft: 1, ..Adoption::default() };
    assert_eq!(write(offset_of!(Conn, flags), &shifted), bereft);
    assert_eq!(write(offset_of!(Conn, in_pkts), &[0xff; 4]).adopted, 1, "any number of packets");
}

#[test]
fn twice_the_same_and_more_than_there_is_room_for() {
    let (table, file) = kept();
    (1..=3).for_each(|port| open(&table, port, bound(0, Nat), 0));
    drop(table);
    let heirs = [Some(heir(0, Nat))];
    let at = std::mem::offset_of!(Conn, client_port) as u64;
    file.write_all_at(&2_u16.to_ne_bytes(), place_of(&file, 1) + at).unwrap();
    let (_, adoption) = adopt(&file, &heirs, 2000, 0);
    assert_eq!(adoption, Adoption { adopted: 2, twice: 1, ..Adoption::default() });
    let small = ConnTable::new(ConnConfig { capacity: 1, ..config() }).unwrap();
    let (adoption, read) = small.adopt(&found(&file), &heirs, era(2000), Tick(0));
    assert!(read.is_ok());
    assert_eq!(adoption, Adoption { adopted: 1, twice: 1, no_room: 1, ..Adoption::default() });
}

#[test]
fn a_bypass_needs_no_server_and_side_data_is_missed() {
    let (table, file) = kept();
    open(&table, 1, NewConn { server: ServerId::NOBODY, ..bound(0, Bypass) }, 0);
    open(&table, 2, bound(0, Nat), 0);
    let mut guard = table.shard_of(Protocol::Tcp, &flow(2).client);
    let at = guard.find_inbound(&flow(2)).unwrap();
    let mut side = SideData::default();
    side.inbound.grow(1, 5);
    guard.set_side(at, side);
    drop(guard);
    let (_, adoption) = adopt(&file, &[Some(heir(0, Nat))], 2000, 0);
    assert_eq!(adoption, Adoption { adopted: 1, bereft: 1, ..Adoption::default() });
    assert_eq!(adoption.to_string(), "1 of 2 connections go on; 1 without what lay in memory");
}

#[test]
fn files_that_are_no_table_of_ours() {
    let read = |file: &File| Found::read(file.try_clone().unwrap(), BOOT, 5000).unwrap_err().to_string();
    let fresh = memory();
    assert_eq!(read(&fresh), "it is empty");
    for bytes in [&b"ulvsconn"[..], &[0; 9999], &[0xa5; 100_000]] {
        let file = memory();
        file.write_all_at(bytes, 0).unwrap();
        assert_eq!(read(&file), "it has no table's header, or a damaged one");
    }
    let sparse = memory();
    sparse.set_len(1 << 50).unwrap();
    assert_eq!(read(&sparse), "it has no table's header, or a damaged one");
    let table = |header: Header| {
        let (_, file) = kept();
        file.write_all_at(&header.to_bytes(), 0).unwrap();
        read(&file)
    };
    let places = found(&kept().1).places();
    let good = Header::new(places, era(1000));
    assert_eq!(table(Header { version: 9, ..good }), "another version of ulvs wrote it (layout 9)");
    let other = "a build of ulvs with another layout of connections wrote it";
    assert_eq!(table(Header { layout: good.layout ^ 1, ..good }), other);
    let boot = Era { boot: [8; 16], ..good.era };
    assert_eq!(table(Header { era: boot, ..good }), "it is from before this boot");
    assert_eq!(table(Header { era: era(5001), ..good }), "its time is ahead of this machine's clock");
    let is = file_len(places);
    let length = format!("it has {is} bytes, and should have {}", file_len(places + 64));
    assert_eq!(table(Header { places: places + 64, ..good }), length);
    for places in [places + 1, u64::MAX - 63, 1 << 33] {
        assert!(table(Header { places, ..good }).starts_with("it has no table's header"), "{places}");
    }
    for len in [is - 1, is + 1, is / 2, 1 << 45] {
        let (_, file) = kept();
        file.set_len(len).unwrap();
        assert_eq!(read(&file), format!("it has {len} bytes, and should have {is}"));
    }
    let (_, file) = kept();
    for at in 0..u64::try_from(header::HEADER).unwrap() - 8 {
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).unwrap();
        file.write_all_at(&[byte[0] ^ 4], at).unwrap();
        assert_eq!(read(&file), "it has no table's header, or a damaged one", "byte {at}");
        file.write_all_at(&byte, at).unwrap();
    }
    assert!(Found::read(file, BOOT, 5000).is_ok());
}

#[test]
fn names_that_are_damaged_or_of_another_number_are_nobodys() {
    let v6 = ServerName {
        service: ServiceKey::Fwmark { family: crate::lvs::Family::V6, mark: 9 },
        endpoint: Endpoint::new("2001:db8::1".parse().unwrap(), 0),
    };
    for name in [name(10), v6] {
        let record = Record::new(5, Some(&name));
        assert_eq!((record.name(5), record.name(6)), (Some(name), None));
    }
    let (table, file) = kept();
    file.write_all_at(&[1], NAMES_AT + 20).unwrap();
    assert_eq!(found(&file).names()[..3], [None, None, Some(name(12))]);
    table.name_servers([Some(name(12)), Some(name(10))].into_iter()).unwrap();
    assert_eq!(found(&file).names()[..3], [Some(name(12)), Some(name(10)), None]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is written over a table's file: what is adopted is whole, and every place is accounted for.
    #[test]
    fn anything_may_lie_in_the_file(
        ports in prop::collection::vec(1_u16..60, 0..40),
        scribbles in prop::collection::vec((0_u64..40_000, prop::collection::vec(any::<u8>(), 1..80)), 0..40),
        began in 0_u64..2_000_000,
    ) {
        let (table, file) = kept();
        for port in ports {
            let flow = flow(port);
            if table.shard_of(flow.protocol, &flow.client).find_inbound(&flow).is_none() {
                open(&table, port, bound(u32::from(port % 3), Nat), 0);
            }
        }
        drop(table);
        let at = entries_at(found(&file).places());
        for (offset, bytes) in scribbles {
            file.write_all_at(&bytes, at + offset).unwrap();
        }
        let heirs = [Some(heir(0, Nat)), None, Some(heir(1, Nat))];
        let (next, adoption) = adopt(&file, &heirs, began, 0);
        let mut views = Vec::new();
        next.for_each(Tick(0), |view| views.push(view));
        prop_assert_eq!(views.len() as u64, adoption.adopted);
        for view in views {
            prop_assert!(view.server == ServerId::NOBODY || view.server.0 < 2);
        }
        for second in 1..40 {
            (0..4).for_each(|shard| _ = next.expire_shard(shard, Tick(second * 10), &mut |_| {}));
        }
        let late = Tick(u32::MAX / 2 - 100);
        for _ in 0..20 {
            (0..4).for_each(|shard| _ = next.expire_shard(shard, late, &mut |_| {}));
        }
    }
}
