//! The persistence engine `sip`: one real server per call. See tests/conformance/persistence/sip.t for Linux's answers.

use crate::lab::{Lab, NOTHING, Nat, Wanted, inbound, opened_udp};
use crate::make::{tcp, udp};
use ulvs::lvs::{ClientMask, Family, Persistence, Protocol};

const VIP: &str = "10.9.0.100:5060";
const TWO: &[Wanted] = &[(1, Nat, 5060, 1), (2, Nat, 5060, 1)];
const MASQ: &str = "frames_forwarded masq";

fn lab(protocol: Protocol) -> Lab {
    let mut lab = Lab::new();
    lab.service(protocol, VIP, "rr", TWO);
    let (timeout_seconds, mask) = (60, ClientMask::whole(Family::V4));
    let engine = Some("sip".to_owned());
    lab.edit(|spec| {
        spec.persistence = Some(Persistence { timeout_seconds, mask, engine: engine.clone() });
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
