//! Target `adopt`: the connection table of a dead director, as it may be found.
//!
//! ```text
//! input: HOW REST       bit 0: 0: REST is the file; 1: a true table, of which the choices in REST change bytes and length
//! ```
//!
//! Whatever is in the file: what is adopted is in the table and is counted, nothing is of a real server that is not there,
//! and in the end nothing is left.

use super::bytes::Bytes;
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::FileExt;
use ulvs::conn::{
    ConnConfig, ConnTable, Direction, End, Era, Event, Found, Heir, NewConn, ServerName, TemplateKey,
};
use ulvs::lvs::{ClientMask, Endpoint, Family, ForwardingMethod, Protocol, ServiceKey, Timeouts};
use ulvs::service::{Flow, ServerId};
use ulvs::time::Tick;

const BOOT: [u8; 16] = [1; 16];
/// When the dead director began, and when the next looks.
const BEGAN: u64 = 1000;
const NOW: u64 = 60_000;
/// Where names, parents and entries lie; of the last the distance from the end: 192 places.
const NAMES_AT: u64 = 4096;
const PARENTS_AT: u64 = NAMES_AT + (64 << 16);
const ENTRIES: u64 = 192 * 64;
/// Changes to a true table.
const CHANGES: usize = 64;

const VIP: Endpoint = Endpoint::new(IpAddr::V4(Ipv4Addr::new(10, 9, 0, 100)), 21);
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 1, 0, 1));
const METHODS: [ForwardingMethod; 3] =
    [ForwardingMethod::Nat, ForwardingMethod::DirectRoute, ForwardingMethod::Tunnel];

/// Runs it.
///
/// # Panics
/// A table that was found does harm.
pub fn run(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else { return };
    let Some(file) = memory() else { return };
    if how & 1 == 0 {
        file.write_all_at(rest, 0).expect("memory takes it");
    } else {
        leave(&file);
        change(&file, Bytes(rest));
    }
    let Ok(found) = Found::read(file, BOOT, NOW) else { return };
    assert!(found.names().iter().flatten().count() <= 1 << 16);
    let Some(file) = memory() else { return };
    let table = ConnTable::in_file(config(), file).expect("address space");
    let heirs: Vec<_> = (0..3).zip(METHODS).map(|(number, method)| Some(heir(number, method))).collect();
    let era = Era { boot: BOOT, began_millis: NOW };
    let (adoption, read) = table.adopt(&found, &heirs, era, Tick(0));
    read.expect("memory can be read");
    assert!(adoption.found() <= 192 && adoption.mended <= 192, "{adoption}");
    let mut views = 0;
    table.for_each(Tick(0), |view| {
        views += 1;
        assert!(view.server == ServerId::NOBODY || view.server.0 < 3, "{view:?}");
    });
    assert_eq!((views, table.len() as u64), (adoption.adopted, adoption.adopted), "{adoption}");
    end(&table);
}

fn memory() -> Option<File> {
    memfd_create("table", MemfdFlags::CLOEXEC).ok().map(File::from)
}

fn config() -> ConnConfig {
    ConnConfig { shards: 1, capacity: 64, seed: Some(5), ..ConnConfig::default() }
}

const fn heir(number: u8, method: ForwardingMethod) -> Heir {
    Heir { server: ServerId(number as u32), real: rip(number), method, vip: Some(VIP.addr) }
}

const fn rip(number: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 2, 0, number))
}

/// A table as a director leaves it: a template with children, a control connection with one, others.
fn leave(file: &File) {
    let table = ConnTable::in_file(config(), file.try_clone().expect("a file")).expect("address space");
    let service = ServiceKey::Tuple { protocol: Protocol::Tcp, virt: VIP };
    let name = |number| Some(ServerName { service, endpoint: Endpoint::new(rip(number), 21) });
    table.name_servers((0..3).map(name)).expect("memory takes it");
    let new = |number: u8| NewConn {
        server: ServerId(number.into()),
        method: METHODS[usize::from(number)],
        real: Endpoint::new(rip(number), 21),
    };
    let key = TemplateKey::new(Some(Protocol::Tcp), CLIENT, ClientMask::whole(Family::V4), VIP);
    let mut guard = table.shard_of_template(&key);
    let template = guard.open_template(&key, new(0), 30, Tick(0)).expect("room");
    let parent = guard.adopt(template, Tick(0)).expect("a child more");
    drop(guard);
    for (port, number) in (1..=6).zip([0, 1, 2].into_iter().cycle()) {
        let flow = Flow { protocol: Protocol::Tcp, client: Endpoint::new(CLIENT, port), virt: VIP };
        let mut guard = table.shard_of(flow.protocol, &flow.client);
        let opened = match port {
            1 => guard.open_child(&flow, new(0), parent, Tick(0)),
            _ => guard.open(&flow, new(number), Tick(0)),
        };
        let opened = opened.expect("room");
        let event = Event::of_tcp_flags(16);
        let _ = guard.advance(opened, event, Direction::Inbound, Tick(0), &Timeouts::default());
        if port == 1 {
            let parent = guard.adopt(opened, Tick(0)).expect("a child more");
            drop(guard);
            let data = Flow { client: Endpoint::new(CLIENT, 0), virt: Endpoint::new(VIP.addr, 5000), ..flow };
            let mut guard = table.shard_of(data.protocol, &data.client);
            guard.expect(&data, new(0), parent, Tick(0)).expect("room");
        }
    }
    table.declare(Era { boot: BOOT, began_millis: BEGAN }).expect("memory takes it");
}

fn change(file: &File, mut bytes: Bytes<'_>) {
    let len = file.metadata().map_or(0, |about| about.len());
    for _ in 0..CHANGES {
        if bytes.is_empty() {
            return;
        }
        let kind = bytes.below(16);
        let at = match kind {
            0 => u64::from(bytes.byte()),
            1 => NAMES_AT + u64::from(bytes.byte()),
            2 => PARENTS_AT + u64::from(bytes.word() % 768),
            3 => {
                // A place is copied onto another.
                let (from, to) = (u64::from(bytes.byte()) % 192, u64::from(bytes.byte()) % 192);
                let mut entry = [0; 64];
                file.read_exact_at(&mut entry, len - ENTRIES + from * 64).expect("it is so long");
                file.write_all_at(&entry, len - ENTRIES + to * 64).expect("memory takes it");
                continue;
            }
            4 => {
                file.set_len(len.saturating_add(u64::from(bytes.word())).saturating_sub(4096))
                    .expect("a length");
                return;
            }
            _ => len - ENTRIES + u64::from(bytes.word()) % ENTRIES,
        };
        let count = 1 + bytes.below(16);
        file.write_all_at(bytes.take(count), at).expect("memory takes it");
    }
    // What was written past the end made it longer.
    if bytes.rarely(2) {
        file.set_len(len).expect("a length");
    }
}

/// Once the longest time is over, nothing is left: no ring of parents keeps itself.
fn end(table: &ConnTable) {
    let mut now = Tick(0);
    // Three years, in steps of which each is as long as the wheel is round.
    for _ in 0..3200 {
        if table.is_empty() {
            break;
        }
        now = now.plus_seconds(32_000);
        for _ in 0..4 {
            let mut ended = Vec::new();
            let _ = table.expire_shard(0, now, &mut |closed| ended.push(closed));
            for closed in ended {
                let mut parent = closed.parent.map(|parent| (parent, closed.end));
                while let Some((id, end)) = parent {
                    assert_eq!(end, End::Regular);
                    parent = table.release(id, end).and_then(|closed| Some((closed.parent?, closed.end)));
                }
            }
        }
    }
    assert!(table.is_empty(), "{} entries never end", table.len());
    assert!(!table.expects_any_port());
}
