//! What clients send, as they send it, and what they must never be able to send.

use super::attr::{NESTED, aligned, header};
use super::names::{dest, flag, service};
use super::*;
use crate::control::ControlError;
use crate::control::command::{ConnectionState, ServerState, Totals};
use crate::lvs::{
    ClientMask, Endpoint, ForwardingMethod, Persistence, Protocol, Rates, RealServerSpec, ServiceSpec, Stats,
    SyncDaemon, SyncRole, Thresholds, Tunnel, TunnelChecksum,
};
use std::net::IpAddr;

const SEQUENCE: u32 = 77;
const PORT: u32 = 4711;

fn message(kind: u16, flags: u16, command: u8, fill: impl FnOnce(&mut Message)) -> Vec<u8> {
    let header = Header { kind, flags: flags | message::REQUEST, sequence: SEQUENCE, port: PORT };
    let mut message = Message::generic(header, command, 1);
    fill(&mut message);
    message.finish()
}

fn ipvs(flags: u16, command: u8, fill: impl FnOnce(&mut Message)) -> Vec<u8> {
    message(IPVS, flags, command, fill)
}

/// All messages of all datagrams: header and body.
fn split(datagrams: &[Vec<u8>]) -> Vec<(Header, Vec<u8>)> {
    let mut messages = Vec::new();
    for datagram in datagrams {
        let mut rest = datagram.as_slice();
        while let Some((header, length)) = header(rest) {
            messages.push((header, rest[HEADER_LEN..length].to_vec()));
            rest = rest.get(aligned(length)..).unwrap_or(&[]);
        }
    }
    messages
}

/// Asks a keeper that answers so; what it was asked, and the messages that came back.
fn ask(bytes: &[u8], mut answer: impl FnMut(&Request) -> Reply) -> (Vec<Request>, Vec<(Header, Vec<u8>)>) {
    let mut asked = Vec::new();
    let datagrams = Conversation::new(|request: Request| {
        let reply = answer(&request);
        asked.push(request);
        reply
    })
    .answer(bytes);
    (asked, split(&datagrams))
}

/// The errno of a message that is an error or an acknowledgement.
fn errno((header, body): &(Header, Vec<u8>)) -> i32 {
    assert_eq!((header.kind, header.sequence, header.port), (message::ERROR, SEQUENCE, PORT));
    -i32::from_ne_bytes(*body.first_chunk().unwrap())
}

/// The errno that these bytes are answered with, by a keeper to which all is well.
fn errno_of(bytes: &[u8]) -> i32 {
    let (_, answers) = ask(bytes, |_| Reply::Done);
    assert_eq!(answers.len(), 1);
    errno(&answers[0])
}

fn key() -> ServiceKey {
    ServiceKey::Tuple { protocol: Protocol::Tcp, virt: Endpoint::new([10, 9, 0, 100].into(), 80) }
}

fn put_key(message: &mut Message) {
    message.put(service::AF, &2_u16.to_ne_bytes());
    message.put(service::PROTOCOL, &6_u16.to_ne_bytes());
    message.put(service::ADDR, &[10, 9, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    message.put(service::PORT, &80_u16.to_be_bytes());
}

fn put_full(message: &mut Message, flags: u32, mask: u32) {
    put_key(message);
    message.put_text(service::SCHEDULER, "wlc");
    message.put(service::FLAGS, &[flags.to_ne_bytes(), mask.to_ne_bytes()].concat());
    message.put(service::TIMEOUT, &300_u32.to_ne_bytes());
    message.put(service::NETMASK, &[255, 255, 255, 0]);
}

fn service_state(servers: usize) -> ServiceState {
    let server = |last: usize| ServerState {
        spec: RealServerSpec {
            method: ForwardingMethod::Tunnel,
            thresholds: Thresholds { upper: 9, lower: 5 },
            tunnel: Tunnel::Gue { port: 6080, checksum: TunnelChecksum::Remote },
            ..RealServerSpec::new(Endpoint::new(
                [10, 9, u8::try_from(last / 250).unwrap(), u8::try_from(last % 250).unwrap()].into(),
                8080,
            ))
        },
        active: 3,
        inactive: 4,
        persistent: 5,
        stats: Stats { conns: (1 << 32) + 6, ..Stats::default() },
        rates: Rates::default(),
    };
    ServiceState {
        spec: ServiceSpec {
            persistence: Some(Persistence {
                timeout_seconds: 300,
                mask: ClientMask::V4([255, 255, 255, 0].into()),
            }),
            engine: Some("sip".to_owned()),
            one_packet: true,
            ..ServiceSpec::new(key())
        },
        stats: Stats { conns: 1, in_pkts: 2, out_pkts: 3, in_bytes: 1 << 40, out_bytes: 5 },
        rates: Rates { conns: 6, in_pkts: 7, out_pkts: 8, in_bytes: 9, out_bytes: 10 },
        servers: (1..=servers).map(server).collect(),
    }
}

#[test]
fn the_controller_knows_the_families() {
    let family = |name: &str| {
        message(NLCTRL, message::ACK, control::GET_FAMILY, |message| {
            message.put_text(control::FAMILY_NAME, name);
        })
    };
    let (asked, answers) = ask(&family("IPVS"), |_| unreachable!());
    assert!(asked.is_empty());
    assert_eq!(answers.len(), 2, "the answer and its acknowledgement");
    let attributes = Attributes::new(&answers[0].1[GENERIC_LEN..]);
    assert_eq!(attributes.u16(control::FAMILY_ID), Ok(Some(IPVS)));
    assert_eq!(attributes.text(control::FAMILY_NAME).unwrap(), "IPVS");
    assert_eq!(errno(&answers[1]), 0);
    assert_eq!(errno_of(&family("nl80211")), libc::ENOENT);
    assert_eq!(errno_of(&message(NLCTRL, 0, control::GET_FAMILY, |_| {})), libc::EINVAL);
    assert_eq!(errno_of(&message(0x30, 0, 1, |_| {})), libc::ENOENT, "no such family");
    let (_, all) = ask(&message(NLCTRL, message::DUMP, control::GET_FAMILY, |_| {}), |_| unreachable!());
    assert_eq!(all.len(), FAMILIES.len() + 1);
}

#[test]
fn services_are_read_as_clients_write_them() {
    let request = |flags, mask| {
        ipvs(message::ACK, command::NEW_SERVICE, |message| {
            message.nest(top::SERVICE | NESTED, |message| put_full(message, flags, mask));
        })
    };
    let (asked, answers) = ask(&request(0, u32::MAX), |_| Reply::Done);
    assert_eq!(asked, [Request::Command(Command::AddService(ServiceSpec::new(key())))]);
    assert_eq!(answers.iter().map(errno).collect::<Vec<_>>(), [0]);
    let (asked, _) = ask(&request(flag::PERSISTENT | flag::SECOND, u32::MAX), |_| Reply::Done);
    let Request::Command(Command::AddService(spec)) = &asked[0] else { panic!("{asked:?}") };
    let persistence = spec.persistence.as_ref().unwrap();
    assert_eq!(
        (persistence.timeout_seconds, persistence.mask),
        (300, ClientMask::V4([255, 255, 255, 0].into()))
    );
    assert!(spec.scheduler_flags.second && !spec.scheduler_flags.first);
    let (_, answers) = ask(&request(0, u32::MAX), |_| Reply::Refused(ControlError::ServiceExists));
    assert_eq!(answers.iter().map(errno).collect::<Vec<_>>(), [libc::EEXIST]);
}

/// A client may leave flags as they are.
#[test]
fn flags_that_are_not_spoken_of_stay() {
    let request = ipvs(0, command::SET_SERVICE, |message| {
        message.nest(top::SERVICE, |message| put_full(message, 0, flag::ONE_PACKET));
    });
    let (asked, answers) = ask(&request, |request| match request {
        Request::Services(_) => Reply::Services(vec![service_state(0)]),
        _ => Reply::Done,
    });
    assert!(answers.is_empty(), "no acknowledgement was asked for");
    let Request::Command(Command::EditService(spec)) = &asked[1] else { panic!("{asked:?}") };
    assert!(spec.persistence.is_some() && !spec.one_packet, "{spec:?}");
}

#[test]
fn services_are_written_as_clients_read_them() {
    let by_key = ipvs(message::ACK, command::GET_SERVICE, |message| {
        message.nest(top::SERVICE, put_key);
    });
    let (asked, answers) = ask(&by_key, |_| Reply::Services(vec![service_state(0)]));
    assert_eq!(asked, [Request::Services(Some(key()))]);
    let (header, body) = &answers[0];
    assert_eq!((header.kind, header.flags, body[0]), (IPVS, 0, command::NEW_SERVICE));
    let of = Attributes::new(&body[GENERIC_LEN..]).nested(top::SERVICE).unwrap();
    assert_eq!(decode::service_spec(of, 0).unwrap(), service_state(0).spec);
    let flags: [u8; 8] = of.array(service::FLAGS).unwrap().unwrap();
    assert_eq!(flags, [7, 0, 0, 0, 255, 255, 255, 255]);
    let stats = of.nested(service::STATS).unwrap();
    assert_eq!(stats.u32(1), Ok(Some(1)));
    assert_eq!(stats.array(4), Ok(Some((1_u64 << 40).to_ne_bytes())));
    assert_eq!(stats.u32(10), Ok(Some(10)));
    assert_eq!(of.nested(service::STATS64).unwrap().array(10), Ok(Some(10_u64.to_ne_bytes())));
    assert_eq!(errno(&answers[1]), 0);
}

#[test]
fn a_list_has_an_end() {
    let list =
        |command| ipvs(message::DUMP | message::ACK, command, |message| message.nest(top::SERVICE, put_key));
    let (asked, answers) = ask(&list(command::GET_DEST), |_| Reply::Services(vec![service_state(300)]));
    assert_eq!(asked, [Request::Services(Some(key()))]);
    assert_eq!(answers.len(), 301, "and no acknowledgement");
    for (header, body) in &answers[..300] {
        assert_eq!((header.kind, header.flags, body[0]), (IPVS, message::MULTI, command::NEW_DEST));
    }
    let of = Attributes::new(&answers[0].1[GENERIC_LEN..]).nested(top::DEST).unwrap();
    let server = service_state(1).servers.remove(0);
    assert_eq!(decode::server_spec(of, crate::lvs::Family::V4).unwrap(), server.spec);
    assert_eq!((of.u32(dest::ACTIVE), of.u32(dest::PERSISTENT)), (Ok(Some(3)), Ok(Some(5))));
    assert_eq!(of.nested(dest::STATS).unwrap().u32(1), Ok(Some(6)), "the low 32 bits");
    assert_eq!(answers[300].0.kind, message::DONE);
    let datagrams =
        Conversation::new(|_| Reply::Services(vec![service_state(300)])).answer(&list(command::GET_DEST));
    assert!(datagrams.len() > 10 && datagrams.iter().all(|datagram| datagram.len() <= DUMP_LEN));
    // Of what is not there nothing is listed, without complaint.
    let unknown = |_: &Request| Reply::Refused(ControlError::NoSuchService);
    assert_eq!(ask(&list(command::GET_DEST), unknown).1.len(), 1);
    assert_eq!(ask(&ipvs(message::DUMP, command::GET_DEST, |_| {}), unknown).1.len(), 1);
    assert_eq!(errno_of(&list(command::FLUSH)), libc::EOPNOTSUPP);
}

#[test]
fn real_servers_are_read_as_clients_write_them() {
    let request = |command, fill: fn(&mut Message)| {
        ipvs(message::ACK, command, move |message| {
            message.nest(top::SERVICE, put_key);
            message.nest(top::DEST, |message| {
                message.put(dest::ADDR, &[10, 9, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
                message.put(dest::PORT, &8080_u16.to_be_bytes());
                fill(message);
            });
        })
    };
    let endpoint = Endpoint::new([10, 9, 0, 11].into(), 8080);
    let (asked, _) = ask(&request(command::DEL_DEST, |_| {}), |_| Reply::Done);
    assert_eq!(asked, [Request::Command(Command::DeleteServer(key(), endpoint))]);
    let full = |message: &mut Message| {
        // With bits of a connection's flags, as a client may have been told.
        message.put(dest::METHOD, &(0x180_u32 + 2).to_ne_bytes());
        message.put(dest::WEIGHT, &(-1_i32).to_ne_bytes());
        message.put(dest::UPPER, &9_u32.to_ne_bytes());
        message.put(dest::LOWER, &5_u32.to_ne_bytes());
        message.put(dest::TUNNEL_TYPE, &[1]);
        message.put(dest::TUNNEL_PORT, &6080_u16.to_be_bytes());
        message.put(dest::TUNNEL_FLAGS, &1_u16.to_ne_bytes());
    };
    let (asked, _) = ask(&request(command::SET_DEST, full), |_| Reply::Done);
    let expected = RealServerSpec {
        method: ForwardingMethod::Tunnel,
        weight: -1,
        thresholds: Thresholds { upper: 9, lower: 5 },
        tunnel: Tunnel::Gue { port: 6080, checksum: TunnelChecksum::Full },
        ..RealServerSpec::new(endpoint)
    };
    assert_eq!(
        asked,
        [Request::Command(Command::EditServer(key(), expected))],
        "the keeper judges the weight"
    );
    // Incomplete: what is missing matters only if the service is there.
    let incomplete = request(command::NEW_DEST, |_| {});
    assert_eq!(errno(&ask(&incomplete, |_| Reply::Services(vec![service_state(0)])).1[0]), libc::EINVAL);
    let unknown = |_: &Request| Reply::Refused(ControlError::NoSuchService);
    assert_eq!(errno(&ask(&incomplete, unknown).1[0]), libc::ESRCH);
}

#[test]
fn what_is_missing_or_wrong_is_refused_as_the_kernel_refuses_it() {
    let with =
        |fill: fn(&mut Message)| ipvs(0, command::DEL_SERVICE, |message| message.nest(top::SERVICE, fill));
    assert_eq!(errno_of(&ipvs(0, command::DEL_SERVICE, |_| {})), libc::EINVAL);
    assert_eq!(errno_of(&with(|_| {})), libc::EINVAL);
    assert_eq!(errno_of(&with(|message| message.put(service::AF, &7_u16.to_ne_bytes()))), libc::EAFNOSUPPORT);
    assert_eq!(errno_of(&with(|message| message.put(service::AF, &[2]))), libc::ERANGE);
    let mark = |mark: u32| {
        ipvs(0, command::DEL_SERVICE, |message| {
            message.nest(top::SERVICE, |message| {
                message.put(service::AF, &10_u16.to_ne_bytes());
                message.put(service::FWMARK, &mark.to_ne_bytes());
            });
        })
    };
    assert_eq!(errno_of(&mark(0)), libc::EINVAL);
    let (asked, _) = ask(&mark(9), |_| Reply::Done);
    let expected = ServiceKey::Fwmark { family: crate::lvs::Family::V6, mark: 9 };
    assert_eq!(asked, [Request::Command(Command::DeleteService(expected))]);
    assert_eq!(errno_of(&ipvs(0, 99, |_| {})), libc::EOPNOTSUPP);
    assert_eq!(errno_of(&ipvs(0, command::GET_DEST, |_| {})), libc::EOPNOTSUPP, "a list only");
    let incomplete = ipvs(0, command::NEW_SERVICE, |message| message.nest(top::SERVICE, put_key));
    assert_eq!(errno_of(&incomplete), libc::EINVAL);
}

#[test]
fn headers_that_lie() {
    let good = ipvs(message::ACK, command::FLUSH, |_| {});
    let mut long = good.clone();
    long[0] = 200;
    assert_eq!(errno_of(&long), libc::EINVAL);
    let mut short = good.clone();
    short[0] = 3;
    assert_eq!(errno_of(&short), libc::EINVAL);
    assert_eq!(errno_of(&good[..18]), libc::EINVAL);
    let mut headless = good.clone();
    headless[0] = 18;
    assert_eq!(errno_of(&headless[..18]), libc::EINVAL, "no room for a command");
    assert!(ask(&good[..15], |_| unreachable!()).1.is_empty(), "nobody to answer to");
    let mut silent = good.clone();
    silent[6] &= !1;
    assert!(ask(&silent, |_| unreachable!()).1.is_empty(), "no request");
    let many = good.repeat(1000);
    assert_eq!(ask(&many, |_| Reply::Done).1.len(), MAX_MESSAGES);
}

#[test]
fn timeouts_and_information() {
    let (_, answers) = ask(&ipvs(0, command::GET_INFO, |_| {}), |_| unreachable!());
    let of = Attributes::new(&answers[0].1[GENERIC_LEN..]);
    assert_eq!((of.u32(info::VERSION), of.u32(info::TABLE_SIZE)), (Ok(Some(0x10201)), Ok(Some(4096))));
    let (_, answers) = ask(&ipvs(0, command::GET_CONFIG, |_| {}), |_| Reply::Timeouts(Timeouts::default()));
    let of = Attributes::new(&answers[0].1[GENERIC_LEN..]);
    assert_eq!((of.u32(top::TIMEOUT_TCP), of.u32(top::TIMEOUT_UDP)), (Ok(Some(900)), Ok(Some(300))));
    let set = ipvs(0, command::SET_CONFIG, |message| {
        message.put(top::TIMEOUT_TCP, &0_u32.to_ne_bytes());
        message.put(top::TIMEOUT_UDP, &9_u32.to_ne_bytes());
    });
    let (asked, _) = ask(&set, |_| Reply::Done);
    let expected = Command::SetTimeouts { tcp: None, tcp_fin: None, udp: Some(9) };
    assert_eq!(asked, [Request::Command(expected)], "0 keeps");
}

#[test]
fn sync_daemons() {
    let daemon = SyncDaemon {
        role: SyncRole::Backup,
        interface: "eth1".to_owned(),
        sync_id: 7,
        max_len: Some(1400),
        group: Some(IpAddr::from([224, 0, 0, 81])),
        port: Some(8848),
        ttl: None,
    };
    let start = ipvs(0, command::NEW_DAEMON, |message| encode::put_daemon(message, &daemon));
    let (asked, _) = ask(&start, |_| Reply::Done);
    assert_eq!(asked, [Request::Command(Command::StartDaemon(daemon.clone()))]);
    let (_, answers) =
        ask(&ipvs(message::DUMP, command::GET_DAEMON, |_| {}), |_| Reply::Daemons(vec![daemon.clone()]));
    let of = Attributes::new(&answers[0].1[GENERIC_LEN..]).nested(top::DAEMON).unwrap();
    assert_eq!(decode::daemon_spec(of), Ok(daemon.clone()));
    let no_group = SyncDaemon { group: Some([10, 0, 0, 1].into()), ..daemon };
    let start = ipvs(0, command::NEW_DAEMON, |message| encode::put_daemon(message, &no_group));
    assert_eq!(errno_of(&start), libc::EINVAL);
}

#[test]
fn files_come_in_pieces() {
    let request = |name: &str| message(ULVS, 0, file::GET, |message| message.put_text(file::NAME, name));
    let conn = ConnectionState {
        protocol: Some(Protocol::Tcp),
        expires_seconds: 9,
        state: "ESTABLISHED".to_owned(),
        client: Endpoint::new([10, 1, 0, 7].into(), 4000),
        virt: Endpoint::new([10, 9, 0, 100].into(), 80),
        real: Endpoint::new([10, 9, 0, 11].into(), 80),
        engine: None,
        is_heard_of: false,
    };
    let reply = Reply::Connections(vec![conn; 200]);
    let (_, answers) = ask(&request("ip_vs_conn"), |_| reply.clone());
    let (pieces, end) = answers.split_at(answers.len() - 1);
    assert!(pieces.len() > 2);
    assert_eq!(end[0].0.kind, message::DONE);
    let text: Vec<u8> = pieces
        .iter()
        .flat_map(|(_, body)| Attributes::new(&body[GENERIC_LEN..]).find(file::TEXT).unwrap().to_vec())
        .collect();
    assert_eq!(String::from_utf8(text).unwrap(), File::Connections.text(&reply).unwrap());
    assert_eq!(errno_of(&request("shadow")), libc::ENOENT);
    let totals = ask(&request("ip_vs_stats"), |_| Reply::Totals(Totals::default())).1;
    assert_eq!(totals.len(), 2);
}

/// Any bytes, and good messages with any byte changed: answered or not, never a panic, never more than is bounded.
#[test]
fn any_bytes_are_answered_without_a_panic() {
    use proptest::prelude::*;
    let good = || {
        (0..=20_u8, any::<u16>(), prop::collection::vec(any::<u8>(), 0..300)).prop_map(
            |(command, flags, extra)| {
                ipvs(flags, command, |message| {
                    message.nest(top::SERVICE, |message| put_full(message, u32::from(flags), u32::MAX));
                    message.nest(top::DEST, |message| message.raw(&extra));
                    message.put(top::DAEMON, &extra);
                })
            },
        )
    };
    let keeper = |request: Request| match request {
        Request::Services(_) => Reply::Services(vec![service_state(2)]),
        Request::Timeouts => Reply::Timeouts(Timeouts::default()),
        Request::Daemons => Reply::Daemons(Vec::new()),
        Request::Totals => Reply::Totals(Totals::default()),
        Request::Connections => Reply::Connections(Vec::new()),
        _ => Reply::Done,
    };
    proptest!(|(mut bytes in good(), wounds in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
               noise in prop::collection::vec(any::<u8>(), 0..200))| {
        for (at, byte) in wounds {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let answers = Conversation::new(keeper).answer(&bytes);
        prop_assert!(answers.len() <= 3 * MAX_MESSAGES);
        prop_assert!(answers.iter().all(|answer| answer.len() <= DUMP_LEN));
        Conversation::new(keeper).answer(&noise);
    });
}
