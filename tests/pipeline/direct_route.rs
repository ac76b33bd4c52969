//! Direct routing.

use crate::lab::{DirectRoute, Lab, calms, inbound, opened};
use crate::make::{Checksum, Make, tcp, udp};
use ulvs::lvs::{Protocol, Stats};

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:80";
const TWO: &[crate::lab::Wanted] = &[(1, DirectRoute, 80, 1), (2, DirectRoute, 80, 1)];
const ROUTE: &str = "frames_forwarded route";

/// Linux 6.1, record dr_tcp_life.
#[test]
fn a_tcp_life() {
    let mut lab = Lab::with(TWO);
    lab.row(
        "SYN",
        tcp(A, VIP, "S"),
        &["director>rs2 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b''"],
        ROUTE,
        &opened("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80"]);
    assert_eq!(lab.expires(), 60);
    lab.row(
        "ACK",
        tcp(A, VIP, "A").seq(1000, 5001),
        &["director>rs2 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 A seq=1000 ack=5001 data=b''"],
        ROUTE,
        &inbound("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80"]);
    assert_eq!((lab.activity(1), lab.expires()), ((1, 0), 900));
    lab.row(
        "a question",
        tcp(A, VIP, "PA").seq(1001, 5001).payload(b"GET / HTTP/1.0\r\n\r\n"),
        &["director>rs2 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=58 id=77 tcp 40001>80 PA seq=1001 ack=5001 data=b'GET / HTTP/1.0\\r\\n\\r\\n'"],
        ROUTE,
        &inbound("rs2", 58),
    );
    lab.row(
        "FIN: of one who is only half seen, the end",
        tcp(A, VIP, "FA").seq(1019, 5100),
        &["director>rs2 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 FA seq=1019 ack=5100 data=b''"],
        ROUTE,
        &format!("{} {}", inbound("rs2", 40), calms("rs2")),
    );
    assert_eq!(lab.connections(), ["TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80"]);
    assert_eq!((lab.activity(0), lab.activity(1)), ((0, 0), (0, 1)));
    lab.row(
        "the last ACK",
        tcp(A, VIP, "A").seq(1020, 5101),
        &["director>rs2 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 A seq=1020 ack=5101 data=b''"],
        ROUTE,
        &inbound("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP FIN_WAIT 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80"]);
    let counted = Stats { conns: 1, in_pkts: 5, in_bytes: 218, ..Stats::default() };
    assert_eq!(lab.listed_stats(1), (counted, counted));
    assert_eq!(lab.listed_stats(0).0, Stats::default());
    lab.sleep(121);
    assert!(lab.conns.is_empty());
    assert_eq!(lab.activity(1), (0, 0), "nothing is left behind");
}

#[test]
fn a_tcp_life_in_v6() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, "[fd00:9::100]:80", "rr", TWO);
    let (a, vip) = ("[2001:db8::5]:40001", "[fd00:9::100]:80");
    let out = |flags: &str, seq: u32, ack: u32| {
        format!(
            "director>rs2 ip6 2001:db8::5>fd00:9::100 hlim=63 tc=0 plen=20 tcp 40001>80 {flags} seq={seq} ack={ack} data=b''"
        )
    };
    lab.row("SYN", tcp(a, vip, "S"), &[out("S", 1000, 0)], ROUTE, &opened("rs2", 60));
    lab.row("ACK", tcp(a, vip, "A").seq(1001, 5001), &[out("A", 1001, 5001)], ROUTE, &inbound("rs2", 60));
    assert_eq!(lab.connections(), ["TCP ESTABLISHED [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:80"]);
    let fin = format!("{} {}", inbound("rs2", 60), calms("rs2"));
    lab.row("FIN", tcp(a, vip, "FA").seq(1001, 5001), &[out("FA", 1001, 5001)], ROUTE, &fin);
    assert_eq!(lab.connections(), ["TCP FIN_WAIT [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:80"]);
}

#[test]
fn datagrams() {
    let mut lab = Lab::new();
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", &[(1, DirectRoute, 53, 1)]);
    let ask = udp("172.16.0.5:3333", "10.9.0.100:53", b"q");
    let out =
        ["director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 - len=29 id=78 udp 3333>53 len=9 data=b'q'"];
    lab.row("the first", ask.clone(), &out, ROUTE, &crate::lab::opened_udp("rs1", 29));
    lab.row("the second", ask, &out, ROUTE, &inbound("rs1", 29));
    assert_eq!((lab.connections().len(), lab.expires()), (1, 300));
    assert_eq!(lab.connections(), ["UDP UDP 172.16.0.5:3333 10.9.0.100:53 10.9.0.11:53"]);
}

/// Only TTL, its checksum and the MACs may differ, whatever the packet carries.
#[test]
fn every_other_byte_stays() {
    let odd = Make {
        tos: 0xb9,
        options: vec![7, 7, 4, 0, 0, 0, 0, 0], // record route
        ..tcp(A, VIP, "S").long(333)
    };
    for given in [odd, tcp(A, VIP, "S").payload(b"x").checksum(Checksum::Wrong)] {
        let given = given.frame();
        let (_, out) = Lab::with(TWO).send(given.clone());
        let mut expected = given.bytes;
        expected[..6].copy_from_slice(&crate::make::server_mac(2).0);
        expected[6..12].copy_from_slice(&crate::make::DIRECTOR.0);
        expected[22] = 63;
        crate::make::repair_ip_checksum(&mut expected[14..]);
        assert_eq!(out.len(), 1);
        assert_eq!(out[0].bytes, expected);
    }
}

#[test]
fn ethernet_padding_stays_behind() {
    let mut lab = Lab::with(TWO);
    let padded = tcp(A, VIP, "S").frame().edit(|bytes| bytes.resize(60, 0xaa));
    let (_, out) = lab.send(padded);
    assert_eq!(out[0].bytes.len(), 54);
}

#[test]
fn v6_extension_headers_are_stepped_over() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, "[fd00:9::100]:80", "rr", TWO);
    // Hop-by-hop options, then destination options, then TCP (reliability T9: forwarded).
    let extensions = [[60, 0, 1, 4, 0, 0, 0, 0], [6, 0, 1, 4, 0, 0, 0, 0]].concat();
    let given =
        Make { extensions: Some((0, extensions)), ..tcp("[2001:db8::5]:40001", "[fd00:9::100]:80", "S") };
    lab.row(
        "options on the way",
        given,
        &["director>rs2 ip6 2001:db8::5>fd00:9::100 hlim=63 tc=0 plen=36 tcp 40001>80 S seq=1000 ack=0 data=b''"],
        ROUTE,
        &opened("rs2", 76),
    );
}
