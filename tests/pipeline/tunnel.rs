//! IP-in-IP tunnelling.

use crate::lab::{Lab, NOTHING, Tun, Wanted, calms, inbound, opened, rip};
use crate::make::{Checksum, Make, tcp};
use std::sync::Arc;
use ulvs::lvs::{Endpoint, Protocol, RealServerSpec, Stats};
use ulvs::service::{Pool, RealServer, ServerId, VirtualService};

const A: &str = "172.16.0.5:40001";
const VIP: &str = "10.9.0.100:80";
const TWO: &[Wanted] = &[(1, Tun, 80, 1), (2, Tun, 80, 1)];
const TUNNEL: &str = "frames_forwarded tunnel";

fn wrapped(outer: &str, inner: &str) -> String {
    format!(
        "director>rs2 ip 10.9.0.2>10.9.0.12 ttl=63 tos=0 {outer} | ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 {inner}"
    )
}

/// Linux 6.1, record tun_tcp_life.
#[test]
fn a_tcp_life() {
    let mut lab = Lab::with(TWO);
    lab.row(
        "SYN",
        tcp(A, VIP, "S"),
        &[wrapped("df len=60", "df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b''")],
        TUNNEL,
        &opened("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP SYN_RECV 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80"]);
    lab.row(
        "ACK",
        tcp(A, VIP, "A").seq(1001, 5001),
        &[wrapped("df len=60", "df len=40 id=77 tcp 40001>80 A seq=1001 ack=5001 data=b''")],
        TUNNEL,
        &inbound("rs2", 40),
    );
    assert_eq!(lab.connections(), ["TCP ESTABLISHED 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80"]);
    lab.row(
        "data without DF",
        Make { df: false, ..tcp(A, VIP, "PA").seq(1001, 5001).payload(&[b'x'; 100]) },
        &[wrapped(
            "- len=160",
            &format!("- len=140 id=77 tcp 40001>80 PA seq=1001 ack=5001 data=b'{}'", "x".repeat(60)),
        )],
        TUNNEL,
        &inbound("rs2", 140),
    );
    lab.row(
        "RST",
        tcp(A, VIP, "R").seq(1101, 0),
        &[wrapped("df len=60", "df len=40 id=77 tcp 40001>80 R seq=1101 ack=0 data=b''")],
        TUNNEL,
        &format!("{} {}", inbound("rs2", 40), calms("rs2")),
    );
    assert_eq!(lab.connections(), ["TCP CLOSE 172.16.0.5:40001 10.9.0.100:80 10.9.0.12:80"]);
    assert_eq!((lab.activity(1), lab.expires()), ((0, 1), 10));
    let counted = Stats { conns: 1, in_pkts: 4, in_bytes: 260, ..Stats::default() };
    assert_eq!(lab.listed_stats(1), (counted, counted));
}

#[test]
fn a_tcp_life_in_v6() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, "[fd00:9::100]:80", "rr", TWO);
    let (a, vip) = ("[2001:db8::5]:40001", "[fd00:9::100]:80");
    let out = |flags: &str| {
        format!(
            "director>rs2 ip6 fd00:9::2>fd00:9::c hlim=63 tc=0 plen=60 | ip6 2001:db8::5>fd00:9::100 hlim=63 tc=0 plen=20 tcp 40001>80 {flags} seq=1000 ack=0 data=b''"
        )
    };
    lab.row("SYN", tcp(a, vip, "S"), &[out("S")], TUNNEL, &opened("rs2", 60));
    lab.row("ACK", tcp(a, vip, "A"), &[out("A")], TUNNEL, &inbound("rs2", 60));
    lab.row(
        "FIN",
        tcp(a, vip, "FA"),
        &[out("FA")],
        TUNNEL,
        &format!("{} {}", inbound("rs2", 60), calms("rs2")),
    );
    assert_eq!(lab.connections(), ["TCP FIN_WAIT [2001:db8::5]:40001 [fd00:9::100]:80 [fd00:9::c]:80"]);
}

/// An IPv6 service on a real server that is reached by IPv4: protocol 41.
#[test]
fn v6_inside_v4() {
    let mut lab = Lab::new();
    lab.service(Protocol::Tcp, "[fd00:9::100]:80", "rr", &[(2, Tun, 80, 1)]);
    let mut spec = RealServerSpec::new(Endpoint::new(rip(2, false), 80));
    spec.method = Tun;
    let real = Arc::new(RealServer::new(ServerId(0), &spec));
    let hop = lab.view.network.way_to(rip(2, false));
    for service in lab.view.services.values_mut() {
        let pool = Pool::from_newest_first(vec![Arc::clone(&real)]);
        *service = Arc::new(VirtualService { pool, ..VirtualService::clone(service) });
    }
    let server = lab.view.servers[0].as_mut().unwrap();
    (server.real, server.hop) = (real, hop);
    let (a, vip) = ("[2001:db8::5]:40001", "[fd00:9::100]:80");
    lab.row(
        "SYN",
        Make { tos: 0xb9, ..tcp(a, vip, "S") },
        &["director>rs2 ip 10.9.0.2>10.9.0.12 ttl=63 tos=185 - len=80 | ip6 2001:db8::5>fd00:9::100 hlim=63 tc=185 plen=20 tcp 40001>80 S seq=1000 ack=0 data=b''"],
        TUNNEL,
        &opened("rs2", 60),
    );
    let (verdict, out) = lab.send(tcp(a, vip, "A").long(1480 - 60 + 1));
    assert_eq!(crate::lab::counter_of(verdict), "frames_answered too_big");
    assert!(crate::describe::describe(&out[0]).contains("icmp6 type=2 code=0 mtu=1480"));
}

/// RFC 2003 with IPVS's ECN rule: DSCP is copied, CE becomes ECT(0) outside and stays CE inside.
#[test]
fn the_outer_header_follows_the_inner() {
    for (inner, outer) in [(0xb8, 0xb8), (0xb9, 0xb9), (0xba, 0xba), (0xbb, 0xba)] {
        let mut lab = Lab::with(TWO);
        let (_, out) = lab.send(Make { tos: inner, ttl: 9, ..tcp(A, VIP, "S") });
        let bytes = &out[0].bytes;
        assert_eq!((bytes[15], bytes[35]), (outer, inner));
        assert_eq!((bytes[22], bytes[42]), (8, 8), "both TTLs");
    }
}

#[test]
fn outer_identifications_differ() {
    let mut lab = Lab::with(TWO);
    let ids: std::collections::BTreeSet<_> = (0..50)
        .map(|_| {
            let (_, out) = lab.send(Make { df: false, ..tcp(A, VIP, "S") });
            [out[0].bytes[18], out[0].bytes[19]]
        })
        .collect();
    assert_eq!(ids.len(), 50);
}

#[test]
fn a_wrong_checksum_stays_wrong() {
    let mut lab = Lab::with(TWO);
    lab.row(
        "a corrupt SYN",
        tcp(A, VIP, "S").checksum(Checksum::Wrong),
        &[wrapped("df len=60", "df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b'' BADSUM")],
        TUNNEL,
        &opened("rs2", 40),
    );
}

#[test]
fn no_source_address_no_tunnel() {
    let mut lab = Lab::with(TWO);
    lab.view.servers[1].as_mut().unwrap().hop.as_mut().unwrap().source = None;
    lab.row(
        "no address on the way out",
        tcp(A, VIP, "S"),
        NOTHING,
        "frames_dropped no_tunnel_source",
        &opened("rs2", 40),
    );
    let mut lab = Lab::with(TWO);
    lab.set_mtu(87);
    lab.row(
        "an MTU that leaves 67",
        tcp(A, VIP, "S"),
        NOTHING,
        "frames_dropped no_tunnel_source",
        &opened("rs2", 40),
    );
    lab.set_mtu(88);
    let (verdict, _) = lab.send(tcp(A, VIP, "A"));
    assert_eq!(crate::lab::counter_of(verdict), TUNNEL);
}
