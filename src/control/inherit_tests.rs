//! A keeper that takes over what another left: numbers, counts, names, and when.

use super::Inheritance;
use super::command::{Command, Decision, HoldKind, Intent, Reply, Request};
use super::keeper_tests::{Stage, VIP, facts, key, server};
use crate::conn::{ConnConfig, ConnTable, Era, Event, Found, NewConn, TemplateKey};
use crate::lvs::{
    ClientMask, Endpoint, Family, ForwardingMethod, Protocol, RealServerSpec, ServiceSpec, Timeouts,
};
use crate::service::Flow;
use crate::time::Tick;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

const BOOT: [u8; 16] = [3; 16];

fn memory() -> File {
    File::from(memfd_create("table", MemfdFlags::CLOEXEC).unwrap())
}

fn table(file: &File) -> ConnTable {
    ConnTable::in_file(ConnConfig { capacity: 1000, ..ConnConfig::default() }, file.try_clone().unwrap())
        .unwrap()
}

fn intent(servers: &[u8]) -> Intent {
    let servers = servers.iter().map(|last| server(*last)).collect();
    Intent { services: [(key(), (ServiceSpec::new(key()), servers))].into(), ..Intent::default() }
}

/// A director that began so many milliseconds after the machine, with this configuration; how often it replaced the file.
fn direct(
    file: &File,
    found: Option<&File>,
    began: u64,
    wanted: Option<&Intent>,
    held: &[u8],
) -> (Stage, u32) {
    let mut stage = Stage::with_table(table(file), Ok(()));
    let hold = |last: &u8| Decision {
        service: key(),
        server: server(*last).endpoint,
        hold: HoldKind::Maint,
        by: "ann".to_owned(),
        since_unix_seconds: 1,
        deadline: None,
    };
    stage.keeper.recall(held.iter().map(hold).collect());
    let replaced = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&replaced);
    let found = found.map(|file| Found::read(file.try_clone().unwrap(), BOOT, began).unwrap());
    stage.keeper.inherit(Inheritance {
        era: Era { boot: BOOT, began_millis: began },
        found,
        replace: Box::new(move || {
            count.fetch_add(1, Relaxed);
            Ok(())
        }),
    });
    stage.begin(facts(false), wanted).unwrap();
    (stage, replaced.load(Relaxed))
}

fn flow(port: u16) -> Flow {
    let client = Endpoint::new([172, 16, 0, 5].into(), port);
    Flow { protocol: Protocol::Tcp, client, virt: Endpoint::new(VIP.into(), 80) }
}

/// Opens an established connection to the real server with this last number, as workers do.
fn open(stage: &Stage, port: u16, last: u8) {
    let view = stage.board.snapshot.load();
    let mut servers = view.servers.iter().flatten();
    let real = &servers.find(|one| one.real.endpoint == server(last).endpoint).unwrap().real;
    let (flow, new) = (flow(port), NewConn { server: real.id, method: real.method(), real: real.endpoint });
    let mut shard = stage.board.conns.shard_of(flow.protocol, &flow.client);
    let event = Event::of_tcp_flags(16);
    let _ = shard.begin(&flow, new, event, Tick(0), &Timeouts::default()).unwrap();
}

fn open_template(stage: &Stage, last: u8) {
    let view = stage.board.snapshot.load();
    let mut servers = view.servers.iter().flatten();
    let real = &servers.find(|one| one.real.endpoint == server(last).endpoint).unwrap().real;
    let client = [172, 16, 0, 5].into();
    let key = TemplateKey::new(Some(Protocol::Tcp), client, ClientMask::whole(Family::V4), flow(1).virt);
    let new = NewConn { server: real.id, method: real.method(), real: real.endpoint };
    stage.board.conns.shard_of_template(&key).open_template(&key, new, 300, Tick(0)).unwrap();
}

/// Active, inactive and persistent connections.
fn counts(stage: &Stage, last: u8) -> (u32, u32, u32) {
    let count = stage.keeper.tables.connections_of(key(), server(last).endpoint);
    (count.active, count.inactive, count.persistent)
}

#[test]
fn connections_are_counted_where_they_belong_and_wait_for_who_is_held() {
    let file = memory();
    let (first, replaced) = direct(&file, None, 1000, Some(&intent(&[11, 12, 13, 14])), &[]);
    assert_eq!(replaced, 1);
    (1..=3).for_each(|port| open(&first, port, 11));
    (4..=5).for_each(|port| open(&first, port, 12));
    open(&first, 6, 13);
    open(&first, 7, 14);
    open_template(&first, 12);
    drop(first);
    // Another order, one held, one gone; one more that was never there.
    let wanted = intent(&[15, 14, 12, 11]);
    let (mut next, replaced) = direct(&memory(), Some(&file), 5000, Some(&wanted), &[12]);
    assert_eq!((replaced, next.board.conns.len()), (1, 7), "without the one of 13");
    assert_eq!(counts(&next, 11), (3, 0, 0));
    assert_eq!(counts(&next, 12), (2, 0, 1), "they wait for it");
    assert_eq!((counts(&next, 14), counts(&next, 15)), ((1, 0, 0), (0, 0, 0)));
    assert_eq!(next.keeper.tables.holds(&key(), server(12).endpoint), Some(false));
    let ready = Request::Hold {
        servers: vec![(key(), server(12).endpoint)],
        hold: None,
        by: String::new(),
        deadline: None,
    };
    assert!(matches!(next.keeper.serve(ready), Reply::Done));
    assert_eq!(next.keeper.tables.holds(&key(), server(12).endpoint), Some(true));
    assert_eq!(counts(&next, 12), (2, 0, 1), "and it comes back to them");
    next.board.set_uptime(Duration::from_secs(2000));
    for shard in 0..next.board.conns.shards() {
        let _ = next.board.conns.expire_shard(shard, next.board.now(), &mut |_| {});
    }
    assert_eq!(next.board.conns.len(), 0, "all end as ever");
}

#[test]
fn another_method_is_another_server() {
    let file = memory();
    let (first, _) = direct(&file, None, 1000, Some(&intent(&[11])), &[]);
    open(&first, 1, 11);
    drop(first);
    let nat = RealServerSpec { method: ForwardingMethod::Nat, ..server(11) };
    let services = [(key(), (ServiceSpec::new(key()), vec![nat]))].into();
    let wanted = Intent { services, ..Intent::default() };
    let (next, _) = direct(&memory(), Some(&file), 5000, Some(&wanted), &[]);
    assert_eq!((next.board.conns.len(), counts(&next, 11)), (0, (0, 0, 0)));
}

#[test]
fn real_servers_that_come_later_are_named_before_they_serve() {
    let file = memory();
    let (mut first, _) = direct(&file, None, 1000, Some(&intent(&[11])), &[]);
    let change = |command| Request::Command(command);
    first.keeper.serve(change(Command::AddServer(key(), server(12))));
    open(&first, 1, 12);
    first.keeper.serve(change(Command::DeleteServer(key(), server(11).endpoint)));
    drop(first);
    let (next, _) = direct(&memory(), Some(&file), 5000, Some(&intent(&[12])), &[]);
    assert_eq!(counts(&next, 12), (1, 0, 0));
    // Without a configuration there is nobody to whom they belong.
    let (bare, replaced) = direct(&memory(), Some(&file), 5000, None, &[]);
    assert_eq!((replaced, bare.board.conns.len()), (1, 0));
}
