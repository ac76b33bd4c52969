//! Bytes, judgements, and both ends together: what one table tells another.

use super::fault::Fault;
use super::incoming::{self, Listening, Received};
use super::message::{Draft, Message, NotSaid, Version};
use super::outgoing::{Outgoing, PATIENCE, Sent};
use super::record::{Engine, Record};
use super::{Place, record_v0, record_v1};
use crate::conn::{
    Closed, ConnConfig, ConnTable, ConnView, Direction, End, Event, NewConn, Seat, SequenceShift, SyncRules,
    TemplateKey,
};
use crate::lvs::{Endpoint, ForwardingMethod, Protocol, RealServerSpec, ServiceKey, ServiceSpec, Timeouts};
use crate::service::{
    Flow, Hashing, Pool, RealServer, Server, ServerId, SharedStats, Snapshot, VirtualService,
};
use crate::time::Tick;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

fn end(text: &str) -> Endpoint {
    let both: SocketAddr = text.parse().unwrap();
    Endpoint::new(both.ip(), both.port())
}

fn tcp() -> Record {
    Record {
        protocol: 6,
        flags: 0x80 | 3,
        state: 1,
        client: end("10.1.0.7:4001"),
        virt: end("10.9.0.100:80"),
        real: end("10.9.0.11:80"),
        fwmark: 0,
        timeout_seconds: Some(900),
        shifts: None,
        engine: None,
    }
}

fn shifts() -> (SequenceShift, SequenceShift) {
    let inbound = SequenceShift { init_seq: 0x0102_0304, delta: -5, previous_delta: 0 };
    (inbound, SequenceShift { init_seq: 7, delta: 3, previous_delta: 1 })
}

fn variety() -> Vec<Record> {
    let six = Record {
        client: end("[2001:db8::7]:4001"),
        virt: end("[fd00:9::100]:53"),
        real: end("[fd00:9::11]:5353"),
        protocol: 17,
        flags: 0x100,
        state: 0,
        timeout_seconds: Some(300),
        ..tcp()
    };
    let mark = Record {
        protocol: 0,
        flags: 0x1183,
        state: 1,
        client: end("10.1.0.0:0"),
        virt: end("0.0.0.7:0"),
        real: end("10.9.0.11:0"),
        fwmark: 7,
        ..tcp()
    };
    let ftp = Record { flags: 0x600, shifts: Some(shifts()), ..tcp() };
    let engine = Engine { name: b"sip".to_vec(), data: b"one@pc33".to_vec() };
    let call = Record { protocol: 17, flags: 0x1100, state: 0, engine: Some(engine), ..mark.clone() };
    vec![tcp(), six, mark, ftp, call]
}

fn message(records: &[Record], version: Version) -> Vec<u8> {
    let mut draft = Draft::new(version, 7, 1472);
    records.iter().for_each(|record| draft.push(record).unwrap());
    draft.take().unwrap().to_vec()
}

fn read(bytes: &[u8]) -> Vec<Result<Record, Fault>> {
    Message::read(bytes).map_or_else(|fault| vec![Err(fault)], |message| message.records().collect())
}

/// Byte by byte from the description of the format.
#[test]
fn a_record_of_version_1_byte_by_byte() {
    let bytes = [
        0, 7, 0, 44, 1, 1, 0, 0, // header: 44 bytes, one record, version 1
        0, 6, 0, 36, 0, 0, 0, 0x83, 0, 1, // IPv4, TCP, 36 bytes, flags, ESTABLISHED
        0x0f, 0xa1, 0, 80, 0, 80, 0, 0, 0, 0, 0, 0, 3, 0x84, // ports, mark, 900 s
        10, 1, 0, 7, 10, 9, 0, 100, 10, 9, 0, 11,
    ];
    assert_eq!(message(&[tcp()], Version::V1), bytes);
    assert_eq!(read(&bytes), [Ok(tcp())]);
}

#[test]
fn a_record_of_version_0_byte_by_byte() {
    let bytes = [
        1, 7, 0, 28, // header: one record, sync id, 28 bytes
        0, 6, 0x0f, 0xa1, 0, 80, 0, 80, 10, 1, 0, 7, 10, 9, 0, 100, 10, 9, 0, 11, 0, 0x83, 0, 1,
    ];
    assert_eq!(message(&[tcp()], Version::V0), bytes);
    assert_eq!(read(&bytes), [Ok(Record { timeout_seconds: None, ..tcp() })]);
    let ftp = Record { flags: 0x600, shifts: Some(shifts()), timeout_seconds: None, ..tcp() };
    let mut own = Vec::new();
    assert!(record_v0::write(&ftp, &mut own) && own.len() == 48);
    assert_eq!(own[24..28], 0x0102_0304_u32.to_ne_bytes(), "of the host's own order");
    assert_eq!(record_v0::read(&own), Ok((ftp, 48)));
    for other in [&variety()[1], &variety()[4]] {
        assert!(!record_v0::write(other, &mut own) && own.len() == 48, "it cannot be said");
    }
}

#[test]
fn all_options_there_and_back() {
    let bytes = message(&variety(), Version::V1);
    assert_eq!(read(&bytes), variety().into_iter().map(Ok).collect::<Vec<_>>());
    // The second record begins at a multiple of four behind the first; the fifth behind a record of 62 bytes, padded.
    let ends = bytes.len();
    assert_eq!(ends, 8 + 36 + 72 + 36 + 64 + (36 + 10 + 5));
}

#[test]
fn a_message_takes_what_it_has_room_for() {
    let mut draft = Draft::new(Version::V1, 0, 8 + 36 + 36);
    assert_eq!(draft.take(), None);
    assert_eq!(
        [draft.push(&tcp()), draft.push(&tcp()), draft.push(&tcp())],
        [Ok(()), Ok(()), Err(NotSaid::NoRoom)]
    );
    assert_eq!(read(draft.take().unwrap()), [Ok(tcp()), Ok(tcp())]);
    draft.renew();
    assert_eq!(draft.push(&variety()[3]), Ok(()));
    let mut small = Draft::new(Version::V1, 0, 30);
    assert_eq!(small.push(&tcp()), Err(NotSaid::Never), "no message of this length will ever have it");
    let mixed = Record { real: end("[fd00::1]:80"), ..tcp() };
    assert_eq!(draft.push(&mixed), Err(NotSaid::Never));
    let mut many = Draft::new(Version::V1, 0, 65_000);
    for _ in 0..255 {
        many.push(&tcp()).unwrap();
    }
    assert_eq!(many.push(&tcp()), Err(NotSaid::NoRoom), "their number is a byte");
}

/// Each kind of damage has its own name.
#[test]
fn damage_by_name() {
    let whole = message(&[tcp(), tcp()], Version::V1);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        let len = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        bytes.get_mut(2..4).unwrap().copy_from_slice(&len);
        read(&bytes)
    };
    assert_eq!(read(&[]), [Err(Fault::Short)]);
    assert_eq!(read(&[0, 7, 0]), [Err(Fault::Short)]);
    assert_eq!(read(&whole[..50]), [Err(Fault::Size)]);
    assert_eq!(with(&|bytes| bytes[5] = 2), [Err(Fault::Foreign)]);
    assert_eq!(with(&|bytes| bytes[7] = 1), [Err(Fault::Foreign)]);
    assert_eq!(with(&|bytes| bytes.truncate(60)), [Ok(tcp()), Err(Fault::RecordCut)]);
    assert_eq!(with(&|bytes| bytes[4] = 3), [Ok(tcp()), Ok(tcp()), Err(Fault::RecordCut)]);
    assert_eq!(with(&|bytes| bytes[4] = 1), [Ok(tcp()), Err(Fault::Trailing)]);
    assert_eq!(with(&|bytes| bytes[8] = 2), [Err(Fault::RecordKind)]);
    assert_eq!(with(&|bytes| bytes[8] = 1), [Err(Fault::RecordSize)]);
    assert_eq!(with(&|bytes| bytes[11] = 35), [Err(Fault::RecordSize)]);
    assert_eq!(with(&|bytes| bytes[10] = 0x10), [Err(Fault::RecordVersion), Ok(tcp())]);
    // With options: the second record's size grows.
    let option = |options: &[u8]| {
        with(&|bytes| {
            bytes.extend(options);
            bytes[47] = 36 + options.len() as u8;
        })[1]
            .clone()
    };
    let data = |kind: u8, len: u8| [vec![kind, len], vec![1; len.into()]].concat();
    assert_eq!(option(&[1]), Err(Fault::OptionCut));
    assert_eq!(option(&[2, 0]), Err(Fault::OptionCut));
    assert_eq!(option(&[2, 5, 1]), Err(Fault::OptionCut));
    assert_eq!(option(&data(1, 23)), Err(Fault::OptionSize));
    assert_eq!(option(&data(3, 17)), Err(Fault::OptionSize));
    assert_eq!(option(&[data(1, 24), data(1, 24)].concat()), Err(Fault::OptionTwice));
    assert_eq!(option(&[data(2, 4), data(2, 4)].concat()), Err(Fault::OptionTwice));
    assert_eq!(option(&data(9, 4)), Err(Fault::OptionUnknown));
    assert_eq!(option(&data(0x49, 4)), Ok(tcp()), "that may be skipped");
    assert_eq!(option(&data(2, 4)), Err(Fault::Engine));
    assert_eq!(record_v1::read(&[0, 6]), Err(Fault::RecordCut));
    let of_0 = message(&[tcp()], Version::V0);
    let cut = [&[1, 7, 0, 27][..], &of_0[4..27]].concat();
    assert_eq!(read(&cut), [Err(Fault::RecordCut)]);
    let promised = [&[1, 7, 0, 28][..], &of_0[4..24], &[2, 0x83, 0, 1]].concat();
    assert_eq!(read(&promised), [Err(Fault::RecordCut)]);
}

#[test]
fn sense_by_name() {
    let check = |record: Record| record.check();
    assert_eq!(check(tcp()), Ok(Some(Protocol::Tcp)));
    assert_eq!(check(variety()[2].clone()), Ok(None));
    assert_eq!(check(Record { protocol: 0, ..tcp() }), Err(Fault::Protocol));
    assert_eq!(check(Record { protocol: 50, ..tcp() }), Err(Fault::Protocol));
    assert_eq!(check(Record { state: 11, ..tcp() }), Err(Fault::State));
    assert_eq!(check(Record { protocol: 17, state: 1, ..tcp() }), Err(Fault::State));
    assert_eq!(check(Record { state: 2, ..variety()[2].clone() }), Err(Fault::State));
    for flags in [0x2000, 0x1800, 0x800] {
        assert_eq!(check(Record { flags, ..tcp() }), Err(Fault::Flags), "{flags:x}");
    }
    assert_eq!(check(Record { flags: 0x400, ..tcp() }), Err(Fault::Sequence));
}

/// No prefix and no changed byte makes it fail otherwise than by name.
#[test]
fn any_damage_is_borne() {
    for version in [Version::V1, Version::V0] {
        let records: Vec<_> = variety()
            .into_iter()
            .filter(|record| version == Version::V1 || record_v0::write(record, &mut Vec::new()))
            .collect();
        let whole = message(&records, version);
        for at in 0..whole.len() {
            let mut cut = whole[..at].to_vec();
            read(&cut);
            if let Some(place) = cut.get_mut(2..4) {
                place.copy_from_slice(&u16::try_from(at).unwrap().to_be_bytes());
            }
            read(&cut);
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                assert!(read(&bytes).len() <= 256);
            }
        }
    }
}

/// A director's table, its services and its clock.
struct Table {
    conns: ConnTable,
    view: Arc<Snapshot>,
    now: Tick,
}

impl Place for Table {
    fn conns(&self) -> &ConnTable {
        &self.conns
    }
    fn view(&self) -> Arc<Snapshot> {
        self.view.clone()
    }
    fn now(&self) -> Tick {
        self.now
    }
    fn settle(&self, view: &Snapshot, closed: Closed) {
        if let Some(server) = view.server(closed.server) {
            if closed.was_template {
                server.real.unbind_template();
            } else {
                server.real.unbind(closed.was_active);
            }
        }
    }
}

/// Real servers 10.9.0.11 and 10.9.0.12 (fd00:9::11, fd00:9::12) of TCP port 80 and UDP port 53, by this method.
fn table(method: ForwardingMethod) -> Table {
    let mut view = Snapshot::default();
    for (protocol, vip, port) in [
        (Protocol::Tcp, "10.9.0.100", 80),
        (Protocol::Udp, "fd00:9::100", 53),
        (Protocol::Tcp, "10.9.0.100", 21),
    ] {
        let vip: IpAddr = vip.parse().unwrap();
        let key = ServiceKey::Tuple { protocol, virt: Endpoint::new(vip, port) };
        let mut pool = Pool::default();
        for last in [11, 12] {
            let rip = if vip.is_ipv4() { format!("10.9.0.{last}") } else { format!("fd00:9::{last}") };
            let spec =
                RealServerSpec { method, ..RealServerSpec::new(Endpoint::new(rip.parse().unwrap(), port)) };
            let id = ServerId(u32::try_from(view.servers.len()).unwrap());
            let real = Arc::new(RealServer::new(id, &spec));
            pool = pool.with(real.clone());
            view.servers.push(None);
            let service = Arc::new(service(key, pool.clone()));
            let server = Server { real, service, available: true, tunnel: Default::default(), hop: None };
            *view.servers.last_mut().unwrap() = Some(server);
        }
        view.services.insert(key, Arc::new(service(key, pool)));
    }
    let conns = ConnTable::new(ConnConfig { capacity: 100, seed: Some(1), ..ConnConfig::default() }).unwrap();
    Table { conns, view: Arc::new(view), now: Tick(1000) }
}

fn service(key: ServiceKey, pool: Pool) -> VirtualService {
    VirtualService {
        spec: ServiceSpec::new(key),
        scheduler: (crate::sched::find("rr").unwrap().make)(&pool),
        pool,
        hashing: Hashing::default(),
        stats: Arc::new(SharedStats::default()),
    }
}

fn listening(is_strict: bool) -> Listening {
    let networks = vec!["10.9.0.2/24".parse().unwrap()];
    Listening { sync_id: 7, is_strict, networks, threshold: 3 }
}

fn hear_from(table: &Table, counts: &Received, listening: &Listening, from: &str, records: &[Record]) {
    let from = from.parse().unwrap();
    incoming::take(&message(records, Version::V1), Some(from), listening, table, counts);
}

fn hear(table: &Table, records: &[Record]) -> BTreeMap<&'static str, u64> {
    hear_as(table, true, records)
}

fn hear_as(table: &Table, is_strict: bool, records: &[Record]) -> BTreeMap<&'static str, u64> {
    let counts = Received::default();
    hear_from(table, &counts, &listening(is_strict), "10.9.0.3", records);
    counted(&counts)
}

fn counted(counts: &Received) -> BTreeMap<&'static str, u64> {
    let own = [("opened", &counts.opened), ("updated", &counts.updated), ("doubted", &counts.shifts_doubted)];
    let own = own.into_iter().map(|(name, count)| (name, count.load(Relaxed)));
    let faults = counts.faults.read().map(|(fault, count)| (fault.name(), count));
    own.chain(faults).filter(|(_, count)| *count > 0).collect()
}

fn list(table: &Table) -> Vec<ConnView> {
    let mut all = Vec::new();
    table.conns.for_each(table.now, |view| all.push(view));
    all
}

fn real(table: &Table, number: u32) -> Arc<RealServer> {
    table.view.server(ServerId(number)).unwrap().real.clone()
}

/// Active, inactive, templates of the first two real servers.
fn loads(table: &Table) -> [(i32, i32, i32); 2] {
    [0, 1].map(|number| {
        let real = real(table, number);
        (real.active(), real.inactive(), real.persistent())
    })
}

#[test]
fn what_is_heard_is_entered_and_counted() {
    let table = table(ForwardingMethod::Nat);
    assert_eq!(hear(&table, &[tcp()]), [("opened", 1)].into());
    let [conn] = &list(&table)[..] else { panic!("one connection") };
    assert_eq!((conn.state, conn.expires_seconds, conn.is_heard_of), ("ESTABLISHED", 900, true));
    assert_eq!(
        conn.method,
        ForwardingMethod::Nat,
        "as the real server is reached from here, not as was said"
    );
    assert_eq!((conn.in_pkts, conn.rport, conn.server), (3, 80, ServerId(0)));
    assert_eq!(loads(&table), [(1, 0, 0), (0, 0, 0)]);
    // Its replies are found, too: NAT.
    let client = tcp().client;
    let found = table.conns.shard_of(Protocol::Tcp, &client).find_outbound(
        Protocol::Tcp,
        &client,
        &tcp().real,
        |_| true,
    );
    assert!(found.is_some());
    let closing = Record { flags: 0x180, state: 4, timeout_seconds: Some(120), ..tcp() };
    assert_eq!(hear(&table, &[closing]), [("updated", 1)].into());
    assert_eq!((list(&table)[0].state, list(&table)[0].expires_seconds), ("FIN_WAIT", 120));
    assert_eq!(loads(&table), [(0, 1, 0), (0, 0, 0)]);
    let template = Record { flags: 0x1100, state: 1, client: end("10.1.0.0:0"), ..tcp() };
    assert_eq!(hear(&table, std::slice::from_ref(&template)), [("opened", 1)].into());
    assert_eq!(hear(&table, &[template]), [("updated", 1)].into());
    assert_eq!(loads(&table), [(0, 1, 1), (0, 0, 0)]);
    let key = TemplateKey { protocol: Some(Protocol::Tcp), client: end("10.1.0.0:0").addr, virt: tcp().virt };
    assert!(table.conns.shard_of_template(&key).find_template(&key).is_some());
    assert_eq!(hear(&table, &[variety()[1].clone()]), [("unknown_server", 1)].into());
    let six = Record { real: end("[fd00:9::11]:53"), ..variety()[1].clone() };
    assert_eq!(hear(&table, &[six]), [("opened", 1)].into());
    assert_eq!(list(&table).len(), 3);
}

#[test]
fn who_is_not_believed() {
    let table = table(ForwardingMethod::DirectRoute);
    let counts = Received::default();
    let strict = listening(true);
    for from in ["10.9.0.2", "10.8.0.3", "2001:db8::1"] {
        hear_from(&table, &counts, &strict, from, &[tcp()]);
    }
    hear_from(&table, &counts, &Listening { sync_id: 8, ..strict.clone() }, "10.9.0.3", &[tcp()]);
    assert_eq!(counted(&counts), [("own", 1), ("stranger", 2), ("sync_id", 1)].into());
    let elsewhere = Record { virt: end("10.9.0.101:80"), ..tcp() };
    let nobody = Record { real: end("10.9.0.66:80"), ..tcp() };
    assert_eq!(hear(&table, &[elsewhere, nobody]), [("unknown_server", 1), ("unknown_service", 1)].into());
    assert!(table.conns.is_empty());
    // The kernel's way: whoever sends. But nobody is sent to strangers.
    let loose = Listening { sync_id: 0, ..listening(false) };
    hear_from(&table, &counts, &loose, "10.8.0.3", &[tcp(), Record { real: end("10.9.0.66:80"), ..tcp() }]);
    assert_eq!(table.conns.len(), 1);
    assert_eq!(counted(&counts)["unknown_server"], 1);
}

/// A connection whose packets come here stays where it is, unless the kernel's way was chosen.
#[test]
fn who_is_not_moved() {
    for is_strict in [true, false] {
        let table = table(ForwardingMethod::DirectRoute);
        let flow = Flow { protocol: Protocol::Tcp, client: tcp().client, virt: tcp().virt };
        let new =
            NewConn { server: ServerId(1), method: ForwardingMethod::DirectRoute, real: end("10.9.0.12:80") };
        let syn = Event::of_tcp_flags(2);
        let mut shard = table.conns.shard_of(flow.protocol, &flow.client);
        shard.begin(&flow, new, syn, table.now, &Timeouts::default()).unwrap().activity.unwrap();
        drop(shard);
        real(&table, 1).bind();
        real(&table, 1).set_active(true);
        let inactive = Record { flags: 0x183, ..tcp() };
        assert_eq!(hear_as(&table, is_strict, &[inactive]), [("moved", 1)].into(), "the dying moves nothing");
        let heard = hear_as(&table, is_strict, &[tcp()]);
        if is_strict {
            assert_eq!(heard, [("moved", 1)].into());
            assert_eq!(loads(&table), [(0, 0, 0), (1, 0, 0)]);
        } else {
            assert_eq!(heard, [("opened", 1)].into());
            assert_eq!(loads(&table), [(1, 0, 0), (0, 0, 0)]);
        }
    }
    // Of what has no states, too: UDP and templates.
    {
        let table = table(ForwardingMethod::DirectRoute);
        let six = Record { real: end("[fd00:9::11]:53"), ..variety()[1].clone() };
        let flow = Flow { protocol: Protocol::Udp, client: six.client, virt: six.virt };
        let new = NewConn {
            server: ServerId(3),
            method: ForwardingMethod::DirectRoute,
            real: end("[fd00:9::12]:53"),
        };
        let mut shard = table.conns.shard_of(flow.protocol, &flow.client);
        let _ = shard.begin(&flow, new, Event::Datagram, table.now, &Timeouts::default()).unwrap();
        drop(shard);
        let key =
            TemplateKey { protocol: Some(Protocol::Tcp), client: end("10.1.0.0:0").addr, virt: tcp().virt };
        let new =
            NewConn { server: ServerId(1), method: ForwardingMethod::DirectRoute, real: end("10.9.0.12:80") };
        table.conns.shard_of_template(&key).open_template(&key, new, 360, table.now).unwrap();
        let template = Record { flags: 0x1183, state: 1, client: end("10.1.0.0:0"), ..tcp() };
        assert_eq!(hear(&table, &[Record { flags: 0x80, ..six }, template]), [("moved", 2)].into());
    }
    // What was only heard of may be told otherwise.
    let table = table(ForwardingMethod::DirectRoute);
    hear(&table, &[tcp()]);
    assert_eq!(hear(&table, &[Record { real: end("10.9.0.12:80"), ..tcp() }]), [("opened", 1)].into());
    assert_eq!(loads(&table), [(0, 0, 0), (1, 0, 0)]);
}

#[test]
fn shifts_are_believed_within_reason() {
    let table = table(ForwardingMethod::Nat);
    let ftp = |shifts| Record {
        flags: 0x600,
        virt: end("10.9.0.100:21"),
        real: end("10.9.0.11:21"),
        shifts: Some(shifts),
        ..tcp()
    };
    assert_eq!(hear(&table, &[ftp(shifts())]), [("opened", 1)].into());
    let flow = Flow { protocol: Protocol::Tcp, client: tcp().client, virt: end("10.9.0.100:21") };
    let side = || {
        let shard = table.conns.shard_of(flow.protocol, &flow.client);
        shard
            .find_inbound(&flow)
            .and_then(|found| shard.side(found).map(|side| (side.inbound, side.outbound)))
    };
    assert_eq!(side(), Some(shifts()));
    let rubbish = SequenceShift { init_seq: 1, delta: i32::MIN, previous_delta: 0 };
    let told = hear(&table, &[ftp((rubbish, SequenceShift::default()))]);
    assert_eq!(told, [("doubted", 1), ("updated", 1)].into());
    assert_eq!(side(), Some(shifts()));
}

/// Life, not said by version 0, is the state's own.
#[test]
fn version_0_is_heard() {
    let table = table(ForwardingMethod::DirectRoute);
    let counts = Received::default();
    let template = Record { flags: 0x1183, state: 0, client: end("10.1.0.0:0"), ..tcp() };
    let bytes = message(&[tcp(), template], Version::V0);
    incoming::take(&bytes, Some("10.9.0.3".parse().unwrap()), &listening(true), &table, &counts);
    let mut lives: Vec<_> = list(&table).iter().map(|conn| conn.expires_seconds).collect();
    lives.sort_unstable();
    assert_eq!(lives, [180, 900]);
}

/// So many packets of a client with these TCP flags; what is due of them, as (state, expiry).
struct Client<'t> {
    table: &'t mut Table,
    flow: Flow,
}

impl Client<'_> {
    fn send(&mut self, flags: u8) {
        let event = Event::of_tcp_flags(flags);
        let Table { conns, now, .. } = &*self.table;
        let timeouts = Timeouts::default();
        let mut shard = conns.shard_of(self.flow.protocol, &self.flow.client);
        let _ = match shard.find_inbound(&self.flow) {
            Some(found) => shard.advance(found, event, Direction::Inbound, *now, &timeouts),
            None => {
                let new = NewConn {
                    server: ServerId(0),
                    method: ForwardingMethod::DirectRoute,
                    real: end("10.9.0.11:80"),
                };
                shard.begin(&self.flow, new, event, *now, &timeouts).unwrap()
            }
        };
    }

    fn due(&self) -> Vec<(u8, u32)> {
        let mut due = Vec::new();
        self.table.conns.take_due(1000, |one| due.push((one.state, one.timeout_seconds)));
        due
    }
}

const SYN: u8 = 2;
const ACK: u8 = 16;
const FIN: u8 = 1;
const RST: u8 = 4;

fn rules() -> SyncRules {
    SyncRules { threshold: 3, period: 50, refresh_seconds: 0, retries: 0 }
}

/// With which of its packets (from 1) a client is told of.
fn told_with(rules: SyncRules, flags: &[u8], seconds: u32) -> Vec<(usize, u8)> {
    let mut table = table(ForwardingMethod::DirectRoute);
    table.conns.set_sync(Some(rules)).unwrap();
    let flow = Flow { protocol: Protocol::Tcp, client: tcp().client, virt: tcp().virt };
    let mut client = Client { table: &mut table, flow };
    let mut told = Vec::new();
    for (number, flags) in flags.iter().enumerate() {
        client.send(*flags);
        told.extend(client.due().iter().map(|(state, _)| (number + 1, *state)));
        client.table.now = client.table.now.plus_seconds(seconds);
    }
    told
}

#[test]
fn what_is_due_by_packets() {
    let mut talk = vec![ACK; 120];
    talk[0] = SYN;
    assert_eq!(told_with(rules(), &talk, 0), [(3, 1), (53, 1), (103, 1)]);
    assert_eq!(
        told_with(SyncRules { threshold: 1, period: 0, ..rules() }, &talk, 0),
        [],
        "half open: never told"
    );
    assert_eq!(told_with(SyncRules { threshold: 2, period: 0, ..rules() }, &talk, 0), [(2, 1)]);
    assert_eq!(
        told_with(rules(), &[SYN, ACK, ACK | FIN, ACK], 0),
        [(3, 4)],
        "an end is told at once, and once"
    );
    assert_eq!(told_with(rules(), &[SYN, ACK, RST, SYN, ACK, ACK], 0), [(3, 6)]);
    assert_eq!(told_with(rules(), &[SYN, SYN, SYN], 0), []);
}

#[test]
fn what_is_due_by_time() {
    let mut talk = vec![ACK; 40];
    talk[0] = SYN;
    let refresh = SyncRules { threshold: 0, period: 0, refresh_seconds: 100, retries: 0 };
    // Every ten seconds a packet: ESTABLISHED (900 s) is told again when its expiry has moved by 100 s.
    assert_eq!(told_with(refresh, &talk, 10), [(2, 1), (12, 1), (22, 1), (32, 1)]);
    // And twice more within these, an eighth of it (12.5 s) apart.
    let again = SyncRules { retries: 2, ..refresh };
    let told: Vec<_> = told_with(again, &talk[..13], 10).iter().map(|(number, _)| *number).collect();
    assert_eq!(told, [2, 4, 6]);
}

/// A stopped daemon's notes mean nothing to the next one, nor does what it left in the queue.
#[test]
fn a_daemon_begins_anew() {
    let mut table = table(ForwardingMethod::DirectRoute);
    let flow = Flow { protocol: Protocol::Tcp, client: tcp().client, virt: tcp().virt };
    table.conns.set_sync(Some(rules())).unwrap();
    let mut client = Client { table: &mut table, flow };
    for flags in [SYN, ACK, FIN | ACK] {
        client.send(flags);
    }
    client.table.conns.set_sync(None).unwrap();
    client.send(ACK);
    client.table.conns.set_sync(Some(rules())).unwrap();
    assert_eq!(client.due(), []);
    client.send(ACK);
    assert_eq!(client.due(), [(4, 120)], "its end is news to this one");
    client.send(ACK);
    assert_eq!(client.due(), []);
}

/// For backups of ulvs: the first two packets, too, half open or not. And everything that there is, due or not.
#[test]
fn told_early_and_all_at_once() {
    let mut table = table(ForwardingMethod::DirectRoute);
    table.conns.set_sync(Some(rules())).unwrap();
    table.conns.tell_early(true);
    let flow = Flow { protocol: Protocol::Tcp, client: tcp().client, virt: tcp().virt };
    let mut client = Client { table: &mut table, flow };
    let mut told = Vec::new();
    for flags in [SYN, ACK, ACK, ACK] {
        client.send(flags);
        told.push(client.due().iter().map(|(state, _)| *state).collect::<Vec<_>>());
    }
    assert_eq!(told, [vec![3], vec![1], vec![1], vec![]], "SYN_RECV, ESTABLISHED, and the threshold");
    // Another daemon does not begin so.
    table.conns.set_sync(None).unwrap();
    table.conns.set_sync(Some(rules())).unwrap();
    let other = Flow { client: end("10.1.0.8:4001"), ..flow };
    let mut client = Client { table: &mut table, flow: other };
    client.send(SYN);
    assert_eq!(client.due(), []);
    let (mut all, mut next) = (Vec::new(), Some(Seat::default()));
    while let Some(from) = next {
        next = table.conns.take_all(from, |due| all.push((due.client, due.state)));
    }
    all.sort_unstable_by_key(|(client, _)| client.addr);
    assert_eq!(all, [(flow.client, 1), (other.client, 3)]);
}

/// The place of a connection that ended is another's: nothing was told of that one yet.
#[test]
fn a_place_is_used_again() {
    let mut table = table(ForwardingMethod::DirectRoute);
    table.conns.set_sync(Some(rules())).unwrap();
    for _ in 0..3 {
        let flow = Flow { protocol: Protocol::Tcp, client: tcp().client, virt: tcp().virt };
        let mut client = Client { table: &mut table, flow };
        client.send(SYN);
        client.send(FIN | ACK);
        assert_eq!(client.due(), [(5, 120)]);
        let mut shard = table.conns.shard_of(flow.protocol, &flow.client);
        let found = shard.find_inbound(&flow).unwrap();
        let _ = shard.close(found, End::Regular).unwrap();
    }
}

/// A template comes before the connection that was opened through it, and what one table says another takes.
#[test]
fn from_table_to_table() {
    let one = table(ForwardingMethod::DirectRoute);
    let other = table(ForwardingMethod::Nat);
    one.conns.set_sync(Some(rules())).unwrap();
    let key = TemplateKey { protocol: Some(Protocol::Tcp), client: end("10.1.0.0:0").addr, virt: tcp().virt };
    let new =
        NewConn { server: ServerId(1), method: ForwardingMethod::DirectRoute, real: end("10.9.0.12:80") };
    let mut shard = one.conns.shard_of_template(&key);
    let template = shard.open_template(&key, new, 360, one.now).unwrap();
    let parent = shard.adopt(template, one.now).unwrap();
    drop(shard);
    let flow = Flow { protocol: Protocol::Tcp, client: tcp().client, virt: tcp().virt };
    let mut shard = one.conns.shard_of(flow.protocol, &flow.client);
    let opened = shard.open_child(&flow, new, parent, one.now).unwrap();
    for flags in [SYN, ACK, ACK] {
        let advance = shard.advance(
            opened,
            Event::of_tcp_flags(flags),
            Direction::Inbound,
            one.now,
            &Timeouts::default(),
        );
        let _ = advance.activity;
    }
    drop(shard);
    for (skips_children, names) in [(false, vec!["NONE", "ESTABLISHED"]), (true, vec![])] {
        let (mut outgoing, sent) = (Outgoing::new(Version::V1, 7, 1472, 4), Sent::default());
        let mut messages = Vec::new();
        let mut send = |_: usize, bytes: &[u8]| {
            messages.push(bytes.to_vec());
            true
        };
        assert!(!outgoing.gather(&one, skips_children, &sent, &mut send));
        outgoing.flush(one.now, PATIENCE, &sent, &mut send);
        outgoing.flush(one.now.plus_seconds(2), PATIENCE, &sent, &mut send);
        let counts = Received::default();
        let from = Some("10.9.0.3".parse().unwrap());
        messages.iter().for_each(|bytes| incoming::take(bytes, from, &listening(true), &other, &counts));
        assert_eq!(sent.records.load(Relaxed), names.len() as u64);
        if !names.is_empty() {
            let mut states: Vec<_> =
                list(&other).iter().map(|conn| (conn.state, conn.expires_seconds)).collect();
            states.sort_unstable();
            assert_eq!(states, [("ESTABLISHED", 900), ("NONE", 360)]);
            assert_eq!(loads(&other), [(0, 0, 0), (1, 0, 1)]);
        }
    }
}
