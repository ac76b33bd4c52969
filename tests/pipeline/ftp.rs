//! FTP through NAT: what the two sides announce, and what it moves. Frames as Linux 6.1 sends them; see
//! tests/conformance/ftp for its own answers.

use crate::describe::describe;
use crate::lab::{DirectRoute, Lab, NOTHING, Nat, calms, inbound, opened, outbound};
use crate::make::{Checksum, Make, tcp, tcp_reply};
use ulvs::lvs::{Endpoint, Protocol, Switch};

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:21";
const REAL: &str = "10.9.0.11:21";
const MASQ: &str = "frames_forwarded masq";
const REPLY: &str = "frames_forwarded masq_reply";
const DRAINED: &str = "frames_answered drain_reset";
const G227: &[u8] = b"227 ok (10,9,0,11,19,137)\r\n";

/// A control connection whose handshake is over.
fn control() -> Lab {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, VIP, "rr", &[(1, Nat, 21, 1)]);
    let any_port = Endpoint::new("10.9.0.11".parse().unwrap(), 0);
    lab.view.nat_sources.insert((Protocol::Tcp, any_port));
    lab.view.has_all_port_nat_sources = true;
    lab.row("SYN", tcp(A, VIP, "S"), &[to_server("S seq=1000 ack=0", b"")], MASQ, &opened("rs1", 40));
    lab.row(
        "SYN+ACK",
        server("SA", 5000, 1001, b""),
        &[to_client("SA seq=5000 ack=1001", b"")],
        REPLY,
        &outbound("rs1", 40),
    );
    lab.row(
        "ACK",
        tcp(A, VIP, "A").seq(1001, 5001),
        &[to_server("A seq=1001 ack=5001", b"")],
        MASQ,
        &inbound("rs1", 40),
    );
    lab
}

fn client(seq: u32, ack: u32, text: &[u8]) -> Make {
    tcp(A, VIP, "PA").seq(seq, ack).payload(text)
}

fn server(flags: &str, seq: u32, ack: u32, text: &[u8]) -> Make {
    tcp_reply(1, REAL, A, flags).seq(seq, ack).payload(text)
}

fn shown(text: &[u8]) -> String {
    format!("data=b'{}'", text.escape_ascii())
}

fn to_server(words: &str, text: &[u8]) -> String {
    let len = 40 + text.len();
    format!(
        "director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len={len} id=77 tcp 40001>21 {words} {}",
        shown(text)
    )
}

fn to_client(words: &str, text: &[u8]) -> String {
    let len = 40 + text.len();
    format!(
        "director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len={len} id=99 tcp 21>40001 {words} {}",
        shown(text)
    )
}

/// The client says something that is forwarded as it is.
fn say(lab: &mut Lab, text: &[u8], moved: &str) {
    lab.row(
        "a command",
        client(1001, 5001, text),
        &[to_server("PA seq=1001 ack=5001", text)],
        MASQ,
        &format!("{} {moved}", inbound("rs1", 40 + text.len())),
    );
}

#[test]
fn a_passive_life() {
    let mut lab = control();
    say(&mut lab, b"PASV\r\n", "");
    let told = b"227 ok (10,9,0,100,19,137)\r\n";
    let answer = || server("PA", 5001, 1007, G227);
    lab.row(
        "227",
        answer(),
        &[to_client("PA seq=5001 ack=1007", told)],
        REPLY,
        &format!("{} table+1 rs1.inactive+1", outbound("rs1", 68)),
    );
    lab.row("sent again", answer(), &[to_client("PA seq=5001 ack=1007", told)], REPLY, &outbound("rs1", 68));
    lab.row(
        "what follows has moved",
        server("PA", 5028, 1007, b"150 ok\r\n"),
        &[to_client("PA seq=5029 ack=1007", b"150 ok\r\n")],
        REPLY,
        &outbound("rs1", 48),
    );
    lab.row(
        "and is acknowledged so",
        tcp(A, VIP, "A").seq(1007, 5037),
        &[to_server("A seq=1007 ack=5036", b"")],
        MASQ,
        &inbound("rs1", 40),
    );
    assert_eq!(
        lab.connections(),
        [
            "TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:21 10.9.0.11:21",
            "TCP LISTEN 172.16.0.5:0 10.9.0.100:5001 10.9.0.11:5001"
        ]
    );
    lab.row(
        "the data connection",
        tcp("172.16.0.5:40002", "10.9.0.100:5001", "S"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40002>5001 S seq=1000 ack=0 data=b''"],
        MASQ,
        &format!("rs1.active+1 rs1.inactive-1 {}", inbound("rs1", 40)),
    );
    lab.row(
        "its answer",
        tcp_reply(1, "10.9.0.11:5001", "172.16.0.5:40002", "SA"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 5001>40002 SA seq=5000 ack=1001 data=b''"],
        REPLY,
        &outbound("rs1", 40),
    );
    lab.row(
        "another client's port is closed",
        tcp("172.16.0.6:40002", "10.9.0.100:5001", "S"),
        &["director>gw ip 10.9.0.100>172.16.0.6 ttl=64 tos=0 df len=40 id=0 tcp 5001>40002 RA seq=0 ack=1001 data=b''"],
        "frames_answered reset",
        "",
    );
    lab.sleep(3600);
    assert!(lab.connections().is_empty());
    assert_eq!(lab.activity(0), (0, 0), "children and parents are settled");
}

/// A drain's deadline: each side is reset where it is itself, and what was announced has moved one of them.
#[test]
fn reset_after_an_edit() {
    let moved = || {
        let mut lab = control();
        say(&mut lab, b"PASV\r\n", "");
        lab.send(server("PA", 5001, 1007, G227));
        lab.real(0).set_weight(0);
        lab.real(0).set_resets(true);
        lab
    };
    let mut lab = moved();
    let resets = [
        "director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 df len=40 id=0 tcp 21>40001 R seq=5029 ack=0 data=b''".to_owned(),
        to_server("RA seq=1007 ack=5028", b""),
    ];
    let counted = format!("{} {}", inbound("rs1", 46), calms("rs1"));
    lab.row("the client's", client(1007, 5029, b"QUIT\r\n"), &resets, DRAINED, &counted);
    let mut lab = moved();
    let resets = [
        "director>rs1 ip 172.16.0.5>10.9.0.11 ttl=64 tos=0 df len=40 id=0 tcp 40001>21 R seq=1007 ack=0 data=b''".to_owned(),
        to_client("RA seq=5029 ack=1007", b""),
    ];
    let counted = format!("{} {}", outbound("rs1", 48), calms("rs1"));
    lab.row("the server's", server("PA", 5028, 1007, b"150 ok\r\n"), &resets, DRAINED, &counted);
    let mut lab = control();
    say(&mut lab, b"PASV\r\n", "");
    lab.real(0).set_weight(0);
    lab.real(0).set_resets(true);
    let resets = [resets[0].clone(), to_client("RA seq=5001 ack=1007", b"")];
    let counted = format!("{} {}", outbound("rs1", 67), calms("rs1"));
    lab.row("the announcement itself", server("PA", 5001, 1007, G227), &resets, DRAINED, &counted);
}

#[test]
fn an_active_life() {
    let mut lab = control();
    say(&mut lab, b"PORT 172,16,0,5,200,1\r\n", "table+1 rs1.inactive+1");
    lab.row(
        "the server connects",
        tcp_reply(1, "10.9.0.11:20", "172.16.0.5:51201", "S").seq(7000, 0),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 20>51201 S seq=7000 ack=0 data=b''"],
        REPLY,
        &outbound("rs1", 40),
    );
    lab.row(
        "the client answers",
        tcp("172.16.0.5:51201", "10.9.0.100:20", "SA").seq(9000, 7001),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 51201>20 SA seq=9000 ack=7001 data=b''"],
        MASQ,
        &format!("rs1.active+1 rs1.inactive-1 {}", inbound("rs1", 40)),
    );
}

/// `reliability.md` T12.
#[test]
fn refused_announcements() {
    for text in
        [&b"PORT 172,16,0,6,200,1\r\n"[..], b"PORT 172,16,0,5,3,255\r\n", b"EPRT |1|10.9.0.11|5001|\r\n"]
    {
        let mut lab = control();
        say(&mut lab, text, "data_connections_refused+1");
    }
    for text in [&b"227 ok (10,9,0,12,19,137)\r\n"[..], b"227 ok (10,9,0,11,0,25)\r\n"] {
        let mut lab = control();
        say(&mut lab, b"PASV\r\n", "");
        lab.row(
            "as it is",
            server("PA", 5001, 1007, text),
            &[to_client("PA seq=5001 ack=1007", text)],
            REPLY,
            &format!("{} data_connections_refused+1", outbound("rs1", 40 + text.len())),
        );
    }
    let mut lab = control();
    for number in 0..40 {
        let text = format!("PORT 172,16,0,5,200,{number}\r\n");
        let moved = if number < 32 { "table+1 rs1.inactive+1" } else { "data_connections_refused+1" };
        say(&mut lab, text.as_bytes(), moved);
    }
}

/// A hundred files in a minute: what was used does not count against the limit.
#[test]
fn many_transfers() {
    let mut lab = control();
    for port in 51201..51301u16 {
        let [high, low] = port.to_be_bytes();
        let text = format!("PORT 172,16,0,5,{high},{low}\r\n");
        say(&mut lab, text.as_bytes(), "table+1 rs1.inactive+1");
        let there = format!("172.16.0.5:{port}");
        lab.send(tcp_reply(1, "10.9.0.11:20", &there, "S"));
        lab.send(tcp(&there, "10.9.0.100:20", "SA"));
        lab.send(tcp_reply(1, "10.9.0.11:20", &there, "A"));
        lab.send(tcp_reply(1, "10.9.0.11:20", &there, "FA"));
        lab.send(tcp(&there, "10.9.0.100:20", "FA"));
    }
    assert_eq!(lab.counters()["table"], 101);
}

#[test]
fn wrong_checksums_end_here() {
    let mut lab = control();
    let bad = |make: Make| make.checksum(Checksum::Wrong);
    lab.row(
        "a command",
        bad(client(1001, 5001, b"PASV\r\n")),
        NOTHING,
        "frames_dropped control_checksum",
        &inbound("rs1", 46),
    );
    lab.row("a reply", bad(server("PA", 5001, 1007, G227)), NOTHING, "frames_dropped control_checksum", "");
}

#[test]
fn switched_off() {
    let mut lab = control();
    say(&mut lab, b"PASV\r\n", "");
    lab.row(
        "227",
        server("PA", 5001, 1007, G227),
        &[to_client("PA seq=5001 ack=1007", b"227 ok (10,9,0,100,19,137)\r\n")],
        REPLY,
        &format!("{} table+1 rs1.inactive+1", outbound("rs1", 68)),
    );
    lab.view.tunables.ftp_helper = Switch::from(false);
    say(&mut lab, b"PORT 172,16,0,5,200,1\r\n", "");
    lab.row(
        "what moved stays moved",
        server("PA", 5028, 1007, b"150 ok\r\n"),
        &[to_client("PA seq=5029 ack=1007", b"150 ok\r\n")],
        REPLY,
        &outbound("rs1", 48),
    );
}

#[test]
fn direct_routing_has_no_helper() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, VIP, "rr", &[(1, DirectRoute, 21, 1)]);
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp(A, VIP, "A").seq(1001, 5001));
    let before = lab.counters()["table"];
    lab.send(client(1001, 5001, b"PORT 172,16,0,5,200,1\r\n"));
    assert_eq!(lab.counters()["table"], before);
}

/// Unfinished checksums, as a veth hands them over: the new length is part of what is unfinished.
#[test]
fn a_reply_with_an_unfinished_checksum() {
    let mut lab = control();
    say(&mut lab, b"PASV\r\n", "");
    let given = server("PA", 5001, 1007, G227).checksum(Checksum::Partial);
    let told = to_client("PA seq=5001 ack=1007", b"227 ok (10,9,0,100,19,137)\r\n");
    let told = format!("{told} partial=34+16");
    lab.row("227", given, &[told], REPLY, &format!("{} table+1 rs1.inactive+1", outbound("rs1", 68)));

    let mut lab = control();
    say(&mut lab, b"PASV\r\n", "");
    let (_, out) = lab.send(server("PA", 5001, 1007, &[G227, &[b'x'; 3000]].concat()).gso(1448));
    let line = describe(&out[0]);
    assert!(line.ends_with(" partial=34+16 gso=1:1448 hdr=54") && !line.contains("BADSUM"), "{line}");
    assert!(line.contains("len=3068"), "{line}");
    assert_eq!(out[0].bytes[54..].strip_prefix(b"227 ok (10,9,0,100,19,137)\r\n"), Some(&[b'x'; 3000][..]));
}

/// Over IPv6 the words have no address.
#[test]
fn over_ipv6() {
    let (client, vip, real) = ("[2001:db8::5]:40001", "[fd00:9::100]:21", "[fd00:9::b]:21");
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, vip, "rr", &[(1, Nat, 21, 1)]);
    lab.send(tcp(client, vip, "S"));
    lab.send(tcp_reply(1, real, client, "SA"));
    lab.send(tcp(client, vip, "A").seq(1001, 5001));
    lab.send(tcp(client, vip, "PA").seq(1001, 5001).payload(b"EPSV 2\r\n"));
    lab.row(
        "229 with an address",
        tcp_reply(1, real, client, "PA").seq(5001, 1009).payload(b"229 ok (|2|fd00:9::b|5001|)\r\n"),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=63 tc=0 plen=39 tcp 21>40001 PA seq=5001 ack=1009 data=b'229 ok (|||5001|)\\r\\n'"],
        REPLY,
        &format!("{} table+1 rs1.inactive+1", outbound("rs1", 79)),
    );
    lab.row(
        "what follows",
        tcp_reply(1, real, client, "PA").seq(5030, 1009).payload(b"150\r\n"),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=63 tc=0 plen=25 tcp 21>40001 PA seq=5020 ack=1009 data=b'150\\r\\n'"],
        REPLY,
        &outbound("rs1", 65),
    );
}
