//! Network address translation, both ways.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Wanted, calms, inbound, opened, opened_udp, outbound};
use crate::make::{Checksum, tcp, tcp_reply, udp, udp_reply};
use ulvs::lvs::{Protocol, Stats};

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:80";
const REAL: &str = "10.9.0.12:8080";
const TWO: &[Wanted] = &[(1, Nat, 8080, 1), (2, Nat, 8080, 1)];
const MASQ: &str = "frames_forwarded masq";
const REPLY: &str = "frames_forwarded masq_reply";

/// Linux 6.1, record nat_tcp_life.
#[test]
fn a_tcp_life() {
    let mut lab = Lab::with(TWO);
    lab.row(
        "SYN",
        tcp(A, VIP, "S"),
        &["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 df len=40 id=77 tcp 40001>8080 S seq=1000 ack=0 data=b''"],
        MASQ,
        &opened("rs2", 40),
    );
    lab.row(
        "SYN+ACK",
        tcp_reply(2, REAL, A, "SA"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40001 SA seq=5000 ack=1001 data=b''"],
        REPLY,
        &outbound("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
    lab.row(
        "ACK",
        tcp(A, VIP, "A").seq(1001, 5001),
        &["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 df len=40 id=77 tcp 40001>8080 A seq=1001 ack=5001 data=b''"],
        MASQ,
        &inbound("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
    assert_eq!((lab.activity(0), lab.activity(1)), ((0, 0), (1, 0)));
    lab.row(
        "a question",
        tcp(A, VIP, "PA").seq(1001, 5001).payload(b"GET / HTTP/1.0\r\n\r\n"),
        &["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 df len=58 id=77 tcp 40001>8080 PA seq=1001 ack=5001 data=b'GET / HTTP/1.0\\r\\n\\r\\n'"],
        MASQ,
        &inbound("rs2", 58),
    );
    lab.row(
        "an answer",
        tcp_reply(2, REAL, A, "PA").payload(b"HTTP/1.0 200 OK\r\n\r\nhello"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=64 id=99 tcp 80>40001 PA seq=5000 ack=1001 data=b'HTTP/1.0 200 OK\\r\\n\\r\\nhello'"],
        REPLY,
        &outbound("rs2", 64),
    );
    lab.row(
        "the server's FIN",
        tcp_reply(2, REAL, A, "FA"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40001 FA seq=5000 ack=1001 data=b''"],
        REPLY,
        &format!("{} {}", outbound("rs2", 40), calms("rs2")),
    );
    assert_eq!(lab.connections(), ["TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
    lab.row(
        "the client's FIN",
        tcp(A, VIP, "FA").seq(1019, 5044),
        &["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 df len=40 id=77 tcp 40001>8080 FA seq=1019 ack=5044 data=b''"],
        MASQ,
        &inbound("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
    assert_eq!((lab.activity(0), lab.activity(1)), ((0, 0), (0, 1)));
    lab.row(
        "the last ACK",
        tcp_reply(2, REAL, A, "A"),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40001 A seq=5000 ack=1001 data=b''"],
        REPLY,
        &outbound("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
    let counted = Stats { conns: 1, in_pkts: 4, out_pkts: 4, in_bytes: 178, out_bytes: 184 };
    assert_eq!(lab.listed_stats(1), (counted, counted));
}

/// A client that closes first: CLOSE_WAIT, not FIN_WAIT as with direct routing, since the server's half is seen.
#[test]
fn the_client_closes_first() {
    let mut lab = Lab::with(TWO);
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp_reply(2, REAL, A, "SA"));
    lab.send(tcp(A, VIP, "A"));
    lab.send(tcp(A, VIP, "FA"));
    assert_eq!(lab.connections(), ["TCP CLOSE_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
    assert_eq!((lab.expires(), lab.activity(1)), (60, (0, 1)));
    lab.send(tcp_reply(2, REAL, A, "FA"));
    assert_eq!(lab.connections(), ["TCP TIME_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
}

/// Linux 6.1, record v6_nat.
#[test]
fn a_tcp_life_in_v6() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, "[fd00:9::100]:80", "rr", TWO);
    let (a, vip, real) = ("[2001:db8::5]:40001", "[fd00:9::100]:80", "[fd00:9::c]:8080");
    lab.row(
        "SYN",
        tcp(a, vip, "S"),
        &["director>rs2 ip6 2001:db8::5>fd00:9::c hlim=63 tc=0 plen=20 tcp 40001>8080 S seq=1000 ack=0 data=b''"],
        MASQ,
        &opened("rs2", 60),
    );
    lab.row(
        "SYN+ACK",
        tcp_reply(2, real, a, "SA"),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=63 tc=0 plen=20 tcp 80>40001 SA seq=5000 ack=1001 data=b''"],
        REPLY,
        &outbound("rs2", 60),
    );
    lab.row(
        "ACK",
        tcp(a, vip, "A").seq(1001, 5001),
        &["director>rs2 ip6 2001:db8::5>fd00:9::c hlim=63 tc=0 plen=20 tcp 40001>8080 A seq=1001 ack=5001 data=b''"],
        MASQ,
        &inbound("rs2", 60),
    );
    assert_eq!(lab.connections(), ["TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:8080"]);
    let counted = Stats { conns: 1, in_pkts: 2, out_pkts: 1, in_bytes: 120, out_bytes: 60 };
    assert_eq!(lab.listed_stats(1), (counted, counted));
}

/// Linux 6.1, record udp_nat: a datagram without checksum leaves with one.
#[test]
fn datagrams() {
    let mut lab = Lab::new();
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", &[(1, Nat, 5353, 1), (2, Nat, 5353, 1)]);
    let (a, vip, real) = ("172.16.0.5:3333", "10.9.0.100:53", "10.9.0.12:5353");
    let ask =
        ["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 - len=29 id=78 udp 3333>5353 len=9 data=b'q'"];
    let answer =
        ["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 - len=34 id=5 udp 53>3333 len=14 data=b'answer'"];
    lab.row("a question", udp(a, vip, b"q"), &ask, MASQ, &opened_udp("rs2", 29));
    lab.row("an answer", udp_reply(2, real, a, b"answer"), &answer, REPLY, &outbound("rs2", 34));
    lab.row(
        "an answer without checksum",
        udp_reply(2, real, a, b"answer").checksum(Checksum::Absent),
        &answer,
        REPLY,
        &outbound("rs2", 34),
    );
    lab.row(
        "a question without checksum",
        udp(a, vip, b"q").checksum(Checksum::Absent),
        &ask,
        MASQ,
        &inbound("rs2", 29),
    );
    assert_eq!(lab.connections(), ["UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.12:5353"]);
    assert_eq!(lab.activity(1), (0, 1));
    let counted = Stats { conns: 1, in_pkts: 2, out_pkts: 2, in_bytes: 58, out_bytes: 68 };
    assert_eq!(lab.listed_stats(1), (counted, counted));
}

/// Linux 6.1, record stats_counts: bytes are IP total length.
#[test]
fn bytes_are_counted_as_ip_total_length() {
    let mut lab = Lab::with(&[(1, Nat, 80, 1)]);
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp_reply(1, "10.9.0.11:80", A, "SA"));
    lab.send(tcp(A, VIP, "PA").payload(&[b'q'; 100]));
    lab.send(tcp_reply(1, "10.9.0.11:80", A, "PA").payload(&[b'r'; 1000]));
    let counted = Stats { conns: 1, in_pkts: 2, out_pkts: 2, in_bytes: 180, out_bytes: 1080 };
    assert_eq!(lab.listed_stats(0), (counted, counted));
}

/// A real server port of 0 stands for the service's.
#[test]
fn the_vport_where_no_rport_is_given() {
    let mut lab = Lab::with(&[(1, Nat, 0, 1)]);
    lab.row(
        "SYN",
        tcp(A, VIP, "S"),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b''"],
        MASQ,
        &opened("rs1", 40),
    );
}

/// Checksums are updated, not made: what came corrupt leaves corrupt (reliability T5), both ways.
#[test]
fn a_wrong_checksum_stays_wrong() {
    let mut lab = Lab::with(TWO);
    lab.row(
        "a corrupt SYN",
        tcp(A, VIP, "S").checksum(Checksum::Wrong),
        &["director>rs2 ip 172.16.0.5>10.9.0.12 ttl=63 tos=0 df len=40 id=77 tcp 40001>8080 S seq=1000 ack=0 data=b'' BADSUM"],
        MASQ,
        &opened("rs2", 40),
    );
    lab.row(
        "a corrupt answer",
        tcp_reply(2, REAL, A, "SA").checksum(Checksum::Wrong),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40001 SA seq=5000 ack=1001 data=b'' BADSUM"],
        REPLY,
        &outbound("rs2", 40),
    );
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", &[(3, Nat, 5353, 1)]);
    lab.row(
        "a corrupt datagram",
        udp("172.16.0.5:3333", "10.9.0.100:53", b"q").checksum(Checksum::Wrong),
        &["director>rs3 ip 172.16.0.5>10.9.0.13 ttl=63 tos=0 - len=29 id=78 udp 3333>5353 len=9 data=b'q' BADSUM"],
        MASQ,
        &opened_udp("rs3", 29),
    );
}

/// Packets of a NAT server that answer nobody: the host's business, or routed on where the host would have done so.
#[test]
fn a_servers_own_packets() {
    let mut lab = Lab::with(TWO);
    let own = || tcp_reply(2, REAL, "192.0.2.7:5000", "SA");
    let pass = "frames_passed no_connection";
    lab.row("the host does not forward", own(), NOTHING, pass, "");
    lab.rewire(|network| network.forwarding = (true, true));
    lab.row(
        "the host forwards",
        own(),
        &["director>gw ip 10.9.0.12>192.0.2.7 ttl=63 tos=0 df len=40 id=99 tcp 8080>5000 SA seq=5000 ack=1001 data=b''"],
        "frames_forwarded relay",
        "",
    );
    lab.row("to the host itself", tcp_reply(2, REAL, "10.9.0.2:5000", "SA"), NOTHING, pass, "");
    for nowhere in ["224.0.0.5:1", "255.255.255.255:1", "127.0.0.1:1", "0.0.0.0:1"] {
        lab.row("to where no router sends", tcp_reply(2, REAL, nowhere, "A"), NOTHING, pass, "");
    }
    lab.row("TTL 1", crate::make::Make { ttl: 1, ..own() },
        &["director>rs2 ip 10.9.0.2>10.9.0.12 ttl=64 tos=192 - len=68 icmp type=11 code=0 [ip 10.9.0.12>192.0.2.7 ttl=1 tos=0 df len=40 tcp 8080>5000 SA seq=5000 ack=1001 data=b'']"],
        "frames_answered time_exceeded", "");
    lab.row(
        "another port of the same host",
        tcp_reply(2, "10.9.0.12:22", "192.0.2.7:5000", "SA"),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
}

/// Nobody but the connection's own server answers for the VIP (reliability T11).
#[test]
fn forged_replies_are_not_translated() {
    let mut lab = Lab::with(TWO);
    lab.send(tcp(A, VIP, "S"));
    let pass = "frames_passed no_connection";
    lab.row("the other server", tcp_reply(1, "10.9.0.11:8080", A, "SA"), NOTHING, pass, "");
    lab.row("to another port", tcp_reply(2, REAL, "172.16.0.5:40002", "SA"), NOTHING, pass, "");
    lab.row(
        "from another port",
        tcp_reply(2, "10.9.0.12:8081", A, "SA"),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
    lab.row(
        "from the VIP itself",
        tcp_reply(2, "10.9.0.100:80", A, "SA"),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
    assert_eq!(lab.connections(), ["TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:8080"]);
}

/// The servers of direct routing answer past the director: what comes from them is not looked at.
#[test]
fn replies_of_other_methods_pass() {
    let mut lab = Lab::with(&[(2, DirectRoute, 80, 1)]);
    lab.send(tcp(A, VIP, "S"));
    lab.row(
        "a DR server's SYN+ACK",
        tcp_reply(2, "10.9.0.12:80", A, "SA"),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
}

/// One client port to two services on the same server: replies belong to the newest connection.
#[test]
fn the_newest_connection_gets_the_replies() {
    let mut lab = Lab::with(&[(1, Nat, 8080, 1)]);
    lab.service(Protocol::Tcp, "10.9.0.100:81", "rr", &[(1, Nat, 8080, 1)]);
    lab.send(tcp(A, VIP, "S"));
    lab.send(tcp(A, "10.9.0.100:81", "S"));
    let (_, out) = lab.send(tcp_reply(1, "10.9.0.11:8080", A, "SA"));
    assert_eq!(
        out.iter().map(crate::describe::describe).collect::<Vec<_>>(),
        [
            "director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 81>40001 SA seq=5000 ack=1001 data=b''"
        ]
    );
}
