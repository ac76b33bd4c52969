//! Target `sync`: messages of other directors, raw and made of choices.
//!
//! ```text
//! input: RIG (WHO DATAGRAM)*       a datagram: LENGTH (2) BYTES, or from 0xfe00 on: one that is made of records
//! ```

use super::bytes::Bytes;
use super::rig::Rig;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use ulvs::conn::{Closed, ConnTable};
use ulvs::control::Board;
use ulvs::director::settle;
use ulvs::lvs::Endpoint;
use ulvs::service::Snapshot;
use ulvs::sync::Place;
use ulvs::sync::incoming::{Listening, Received, take};
use ulvs::sync::message::{Draft, Message, Version};
use ulvs::sync::record::{Engine, Record};
use ulvs::sync::seal::Seal;
use ulvs::sync::word::Word;
use ulvs::time::Tick;

/// Datagrams that one input may hold.
const DATAGRAMS: usize = 24;
/// Seconds in which every life ends: the longest that the table takes, and one.
const EVER: u32 = 100_000_001;
/// From here on a length says that a message is to be made.
const MADE: u16 = 0xfe00;

struct Table(Arc<Board>);

impl Place for Table {
    fn conns(&self) -> &ConnTable {
        &self.0.conns
    }
    fn view(&self) -> Arc<Snapshot> {
        self.0.snapshot.load_full()
    }
    fn now(&self) -> Tick {
        self.0.now()
    }
    fn settle(&self, view: &Snapshot, closed: Closed) {
        settle(view, &self.0.conns, closed);
    }
}

/// What directors of ulvs say besides: a word that is read is written so, and a seal changes no record.
fn talk(datagram: &[u8]) {
    if let Ok((sync_id, word)) = Word::read(datagram) {
        assert_eq!(Word::read(&word.write(sync_id)), Ok((sync_id, word)));
    }
    let _ = Seal::of(datagram);
    let seal = Seal { session: 7, number: 9 };
    let (Ok(message), Some(sealed)) = (Message::read(datagram), seal.put(datagram)) else { return };
    let plain: Vec<_> = message.records().collect();
    // What is damaged may be damaged otherwise.
    if plain.iter().all(Result::is_ok) && !plain.is_empty() {
        let read = Message::read(&sealed).expect("a message");
        assert!(read.records().eq(plain));
        assert!(Seal::of(&sealed).is_some());
    }
}

/// Runs it.
///
/// # Panics
/// Something is counted twice or not at all, or what was read is not what is written.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let how = bytes.byte();
    let rig = Rig::with_services(usize::from(how & 7));
    let table = Table(rig.board.clone());
    let networks =
        vec!["10.9.0.1/24".parse().expect("a network"), "fd00:9::1/64".parse().expect("a network")];
    let listening = Listening { sync_id: how >> 7, is_strict: how & 0x40 == 0, networks, threshold: 3 };
    let counts = Received::default();
    for _ in 0..DATAGRAMS {
        if bytes.is_empty() {
            break;
        }
        let from: IpAddr = bytes
            .pick(&["10.9.0.3", "10.9.0.3", "fd00:9::3", "10.9.0.1", "192.0.2.1"])
            .parse()
            .expect("an address");
        let datagram = match bytes.word() {
            len if len < MADE => bytes.take(usize::from(len)).to_vec(),
            _ => made(&mut bytes),
        };
        again(&datagram);
        talk(&datagram);
        take(&datagram, Some(from), &listening, &table, &counts);
    }
    let faults: u64 =
        counts.faults.read().filter(|(fault, _)| !fault.ends_message()).map(|(_, count)| count).sum();
    let taken = counts.opened.load(Relaxed) + counts.updated.load(Relaxed);
    assert_eq!(taken + faults, counts.records.load(Relaxed), "each record has one end");
    assert!(table.0.conns.len() as u64 <= counts.opened.load(Relaxed));
    check(&table);
    end(&table);
}

/// What real servers count is what there is.
fn check(table: &Table) {
    let view = table.view();
    let mut bound = 0;
    for server in view.servers.iter().flatten() {
        let (active, total, templates) =
            (server.real.active(), server.real.total(), server.real.persistent());
        assert!(
            0 <= active && active <= total && 0 <= templates,
            "{active} of {total}, {templates} templates"
        );
        bound += usize::try_from(total + templates).expect("a sum");
    }
    assert_eq!(bound, table.conns().len(), "what real servers count, and what there is");
    assert!(bound <= table.conns().capacity());
}

/// All of it ends some time.
fn end(table: &Table) {
    let (view, conns, mut now) = (table.view(), table.conns(), table.now());
    for _ in 0..4 {
        now = now.plus_seconds(EVER);
        for shard in 0..conns.shards() {
            while conns.expire_shard(shard, now, &mut |closed| table.settle(&view, closed)).behind {}
        }
    }
    assert!(conns.is_empty(), "{} connections outlive their time", conns.len());
    assert!(!conns.expects_any_port(), "a connection is expected for ever");
    check(table);
}

/// Whatever was read as in order is written, and read, as the same.
fn again(datagram: &[u8]) {
    let Ok(message) = Message::read(datagram) else { return };
    for record in message.records().flatten() {
        let mut draft = Draft::new(message.version, message.sync_id, 65_535);
        // An engine's name may be longer than it was sent with; shifts without their flags are not said.
        if record.is_shifted() == record.shifts.is_some() && draft.push(&record).is_ok() {
            let bytes = draft.take().expect("a record");
            let read: Vec<_> = Message::read(bytes).expect("a message").records().collect();
            assert_eq!(read, [Ok(record)]);
        }
    }
}

fn made(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let version = if bytes.rarely(4) { Version::V0 } else { Version::V1 };
    let mut draft = Draft::new(version, bytes.byte() & 1, 1472);
    for _ in 0..bytes.byte() % 8 {
        let _ = draft.push(&record(bytes));
    }
    let mut datagram = draft.take().unwrap_or_default().to_vec();
    if bytes.rarely(4) && !datagram.is_empty() {
        let at = usize::from(bytes.word()) % datagram.len();
        datagram[at] = bytes.byte();
    }
    datagram
}

fn record(bytes: &mut Bytes<'_>) -> Record {
    let v6 = bytes.rarely(3);
    let mut end = |v4: [u8; 4], six: &str, ports: &[u16]| {
        let addr = if v6 { six.parse().expect("an address") } else { IpAddr::from(v4) };
        Endpoint::new(addr, bytes.pick(ports))
    };
    let client = end([10, 1, 0, 7], "2001:db8::7", &[4001, 4002, 0]);
    let virt = end([10, 9, 0, 100], "fd00:9::100", &[80, 81, 82, 83, 84, 53, 54, 90, 21, 0]);
    let real = end([10, 9, 0, 11], "fd00:9::11", &[80, 8080, 0, 53, 5354, 9090, 21]);
    Record {
        protocol: bytes.pick(&[6, 17, 132, 0, 50]),
        flags: bytes.word() & bytes.pick(&[0x1f87, 0x0183, 0xffff]),
        state: bytes.pick(&[0, 1, 4, 5, 8, 10, 11, 14, 0xffff]),
        client,
        virt,
        real,
        fwmark: bytes.pick(&[0, 0, 1, 10, u32::MAX]),
        timeout_seconds: Some(bytes.pick(&[900, 0, 120, u32::MAX])),
        shifts: None,
        engine: bytes.rarely(6).then(|| Engine { name: b"sip".to_vec(), data: b"one@pc33".to_vec() }),
    }
}
