//! The persistence engine `sip`: one real server per call. See tests/conformance/persistence/sip.t for Linux's answers.

use crate::lab::{Lab, NOTHING, Nat, Wanted, counter_of, inbound, opened_udp, outbound};
use crate::make::{Make, tcp, udp, udp_reply};
use ulvs::lvs::{ClientMask, Family, Persistence, Protocol, ServiceKey};
use ulvs::service::ServerId;

const VIP: &str = "10.9.0.100:5060";
const TWO: &[Wanted] = &[(1, Nat, 5060, 1), (2, Nat, 5060, 1)];
const MASQ: &str = "frames_forwarded masq";

fn lab(protocol: Protocol) -> Lab {
    let mut lab = Lab::new();
    lab.service(protocol, VIP, "rr", TWO);
    let (timeout_seconds, mask) = (60, ClientMask::whole(Family::V4));
    lab.edit(|spec| {
        spec.persistence = Some(Persistence { timeout_seconds, mask });
        spec.engine = Some("sip".to_owned());
    });
    lab
}

fn text(call: &str) -> Vec<u8> {
    format!("INVITE sip:b SIP/2.0\r\nCall-ID: {call}\r\n\r\n").into_bytes()
}

/// A datagram of a call, which goes to this real server.
fn goes(lab: &mut Lab, cport: u16, call: &str, server: &str, moved: &str) {
    let (rip, data) = (if server == "rs1" { "10.9.0.11" } else { "10.9.0.12" }, text(call));
    let (udp_len, len) = (8 + data.len(), 28 + data.len());
    lab.row(
        call,
        udp(&format!("172.16.0.5:{cport}"), VIP, &data),
        &[format!(
            "director>{server} ip 172.16.0.5>{rip} ttl=63 tos=0 - len={len} id=78 udp {cport}>5060 len={udp_len} data=b'{}'",
            data.escape_ascii()
        )],
        MASQ,
        &moved.replace("INBOUND", &inbound(server, len)).replace("OPENED", &opened_udp(server, len)),
    );
}

#[test]
fn calls_stay_together() {
    let mut lab = lab(Protocol::Udp);
    goes(&mut lab, 40001, "one", "rs2", "rs2.templates+1 table+1 OPENED");
    goes(&mut lab, 40002, "one", "rs2", "OPENED");
    goes(&mut lab, 40003, "two", "rs1", "rs1.templates+1 table+1 OPENED");
    goes(&mut lab, 40004, "two", "rs1", "OPENED");
    goes(&mut lab, 40005, "one", "rs2", "OPENED");
    goes(&mut lab, 40001, "two", "rs2", "INBOUND");
    let mut read = Vec::new();
    lab.conns
        .for_each(lab.now, |conn| read.push(String::from_utf8(conn.engine_data.bytes().to_vec()).unwrap()));
    read.retain(|data| !data.is_empty());
    read.sort();
    assert_eq!(read, ["one", "two"]);
    lab.sleep(3600);
    assert!(lab.connections().is_empty());
    assert_eq!((lab.activity(0), lab.real(0).persistent()), ((0, 0), 0));
}

#[test]
fn without_call_id() {
    let mut lab = lab(Protocol::Udp);
    let none = "frames_dropped no_call_id";
    lab.row("no SIP", udp("172.16.0.5:40001", VIP, b"hello"), NOTHING, none, "");
    lab.row("nothing", udp("172.16.0.5:40001", VIP, b""), NOTHING, none, "");
    lab.row("too long", udp("172.16.0.5:40001", VIP, &text(&"x".repeat(256))), NOTHING, none, "");
    let mut lab = self::lab(Protocol::Tcp);
    lab.row("TCP", tcp("172.16.0.5:40001", VIP, "S"), NOTHING, none, "");
}

/// The snapshot's part in speaking first: the keeper writes it so (`control::tests`).
fn may_speak_first(lab: &mut Lab) {
    lab.view.network.forwarding = (true, true);
    for place in 0..2 {
        let service = lab.view.services.values().next().unwrap().clone();
        assert!(matches!(service.spec.key, ServiceKey::Tuple { .. }));
        lab.view.servers[place].as_mut().unwrap().service = service;
        let (id, endpoint) = (ServerId(u32::try_from(place).unwrap()), lab.real(place).endpoint);
        lab.view.first_speakers.insert(endpoint, id);
    }
}

/// What a real server says first of a call, and how it arrives.
fn says(lab: &mut Lab, server: &str, cport: u16, call: &str, verdict: &str, moved: &str) {
    let (rip, data) = (if server == "rs1" { "10.9.0.11" } else { "10.9.0.12" }, text(call));
    let (udp_len, len) = (8 + data.len(), 28 + data.len());
    let from = if verdict == "frames_forwarded relay" { rip } else { "10.9.0.100" };
    lab.row(
        call,
        udp_reply(number(server), &format!("{rip}:5060"), &format!("172.16.0.5:{cport}"), &data),
        &[format!(
            "director>gw ip {from}>172.16.0.5 ttl=63 tos=0 - len={len} id=5 udp 5060>{cport} len={udp_len} data=b'{}'",
            data.escape_ascii()
        )],
        verdict,
        &moved.replace("OUTBOUND", &outbound(server, len)),
    );
}

fn number(server: &str) -> u8 {
    server.strip_prefix("rs").unwrap().parse().unwrap()
}

const REPLY: &str = "frames_forwarded masq_reply";

#[test]
fn real_servers_speak_first() {
    let mut lab = lab(Protocol::Udp);
    may_speak_first(&mut lab);
    let opened = "conns+1 rsN.inactive+1 table+1 OUTBOUND";
    let opened = |server: &str| format!("{server}.{}", opened.replace("rsN", server));
    let first = |server: &str| format!("{server}.templates+1 table+1 {}", opened(server));
    says(&mut lab, "rs1", 40001, "one", REPLY, &first("rs1"));
    says(&mut lab, "rs1", 40001, "one", REPLY, "OUTBOUND");
    goes(&mut lab, 40002, "one", "rs1", "OPENED");
    says(&mut lab, "rs1", 40003, "one", REPLY, &opened("rs1"));
    // Another takes the call over, and with it the client's port.
    says(&mut lab, "rs2", 40001, "one", REPLY, &first("rs2"));
    goes(&mut lab, 40001, "one", "rs2", "INBOUND");
    goes(&mut lab, 40004, "one", "rs2", "OPENED");
    says(&mut lab, "rs1", 40001, "one", REPLY, "OUTBOUND");
    says(&mut lab, "rs1", 40009, "no id", "frames_forwarded relay", "");
    assert_eq!(lab.connections().len(), 2 + 5);
    lab.sleep(3600);
    assert!(lab.connections().is_empty());
    assert_eq!((lab.activity(0), lab.real(0).persistent()), ((0, 0), 0));
    assert_eq!((lab.activity(1), lab.real(1).persistent()), ((0, 0), 0));
}

#[test]
fn what_is_not_routed_on_opens_nothing() {
    let mut lab = lab(Protocol::Udp);
    may_speak_first(&mut lab);
    let given = || udp_reply(1, "10.9.0.11:5060", "172.16.0.5:40001", &text("one"));
    lab.view.network.forwarding = (false, false);
    lab.row("no router", given(), NOTHING, "frames_passed no_connection", "");
    lab.view.network.forwarding = (true, true);
    let (verdict, _) = lab.send(Make { ttl: 1, ..given() });
    assert_eq!(counter_of(verdict), "frames_answered time_exceeded");
    assert!(lab.connections().is_empty());
}

#[test]
fn one_packet_speaks_first() {
    let mut lab = lab(Protocol::Udp);
    lab.edit(|spec| spec.one_packet = true);
    may_speak_first(&mut lab);
    says(&mut lab, "rs1", 40001, "one", REPLY, "rs1.templates+1 table+1 rs1.conns+1 OUTBOUND");
    says(&mut lab, "rs1", 40001, "one", REPLY, "rs1.conns+1 OUTBOUND");
    lab.sleep(3600);
    assert!(lab.connections().is_empty());
    assert_eq!(lab.real(0).persistent(), 0);
}
