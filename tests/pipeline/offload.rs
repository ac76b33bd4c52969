//! Unfinished checksums and super-frames, and virtio headers that lie.

use crate::describe::describe;
use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, counter_of, inbound, opened, opened_udp, outbound};
use crate::make::{Checksum, DIRECTOR, Given, Kind, Make, ping, server_mac, tcp, tcp_reply, udp};
use ulvs::frame::VnetHeader;
use ulvs::lvs::Protocol;

const A: &str = "172.16.0.5:40001";
const A6: &str = "[2001:db8::5]:40001";
const VIP: &str = "10.9.0.100:80";
const VIP6: &str = "[fd00:9::100]:80";

fn syn() -> Make {
    tcp(A, VIP, "S").checksum(Checksum::Partial)
}

#[test]
fn direct_routing_hands_an_unfinished_checksum_on() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    lab.row(
        "SYN",
        syn(),
        &["director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b'' partial=34+16"],
        "frames_forwarded route",
        &opened("rs1", 40),
    );
}

/// The pseudo-header's sum follows the addresses and not the ports; the kernel finishes it.
#[test]
fn nat_updates_an_unfinished_checksum_for_the_addresses() {
    let mut lab = Lab::with(&[(1, Nat, 8080, 1)]);
    lab.row(
        "SYN",
        syn(),
        &["director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 df len=40 id=77 tcp 40001>8080 S seq=1000 ack=0 data=b'' partial=34+16"],
        "frames_forwarded masq",
        &opened("rs1", 40),
    );
    lab.row(
        "SYN+ACK",
        tcp_reply(1, "10.9.0.11:8080", A, "SA").checksum(Checksum::Partial),
        &["director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=40 id=99 tcp 80>40001 SA seq=5000 ack=1001 data=b'' partial=34+16"],
        "frames_forwarded masq_reply",
        &outbound("rs1", 40),
    );
    lab.service(Protocol::Udp, "[fd00:9::100]:53", "rr", &[(2, Nat, 5353, 1)]);
    lab.row(
        "UDP over IPv6",
        udp(A6, "[fd00:9::100]:53", b"q").checksum(Checksum::Partial),
        &["director>rs2 ip6 2001:db8::5>fd00:9::c hlim=63 tc=0 plen=9 udp 40001>5353 len=9 data=b'q' partial=54+6"],
        "frames_forwarded masq",
        &opened_udp("rs2", 49),
    );
}

/// Inside a tunnel the kernel could not finish it.
#[test]
fn a_tunnel_finishes_an_unfinished_checksum() {
    let mut lab = Lab::with(&[(1, Tun, 80, 1)]);
    lab.row(
        "SYN",
        syn(),
        &["director>rs1 ip 10.9.0.2>10.9.0.11 ttl=63 tos=0 df len=60 | ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=40 id=77 tcp 40001>80 S seq=1000 ack=0 data=b''"],
        "frames_forwarded tunnel",
        &opened("rs1", 40),
    );
}

/// A flag that says "verified" is no reason to pass anything on to the kernel.
#[test]
fn only_what_the_kernel_must_know_is_handed_on() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    let given = tcp(A, VIP, "S").frame().vnet(|vnet| {
        vnet.flags = VnetHeader::DATA_VALID;
        (vnet.hdr_len, vnet.csum_start, vnet.csum_offset, vnet.gso_size) = (99, 7, 9, 1);
    });
    let (_, out) = lab.send(given);
    assert_eq!(out[0].vnet, VnetHeader::default());
    let (_, out) = lab.send(syn().frame().vnet(|vnet| {
        vnet.flags |= VnetHeader::DATA_VALID;
        (vnet.hdr_len, vnet.gso_size) = (9999, 777);
    }));
    let clean =
        VnetHeader { flags: 1, hdr_len: 54, csum_start: 34, csum_offset: 16, ..VnetHeader::default() };
    assert_eq!(out[0].vnet, clean);
}

/// Linux hands a director frames of up to 64 kB; direct routing sends them on as they are.
#[test]
fn super_frames_pass_through_direct_routing() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    lab.service(Protocol::Tcp, VIP6, "rr", &[(2, DirectRoute, 80, 1)]);
    for (a, vip, mac, flag, start) in [(A, VIP, 1, 1, 34), (A6, VIP6, 2, 4, 54)] {
        lab.send(tcp(a, vip, "S"));
        let given = tcp(a, vip, "PA").long(40_000).gso(1420).frame();
        let (verdict, out) = lab.send(given.clone());
        assert_eq!(counter_of(verdict), "frames_forwarded route");
        assert_eq!(out.len(), 1);
        assert!(
            describe(&out[0]).ends_with(&format!(" partial={start}+16 gso={flag}:1420 hdr={}", start + 20))
        );
        let mut expected = given.bytes;
        expected[..6].copy_from_slice(&server_mac(mac).0);
        expected[6..12].copy_from_slice(&DIRECTOR.0);
        expected[if flag == 1 { 22 } else { 21 }] = 63;
        if flag == 1 {
            crate::make::repair_ip_checksum(&mut expected[14..]);
        }
        assert!(out[0].bytes == expected);
    }
    assert_eq!(lab.listed_stats(0).0.in_pkts, 2, "one super-frame is one packet");
    let ecn =
        tcp(A, VIP, "PA").long(40_000).gso(1420).frame().vnet(|vnet| vnet.gso_type |= VnetHeader::GSO_ECN);
    let (_, out) = lab.send(ecn);
    assert_eq!(out[0].vnet.gso_type, VnetHeader::GSO_TCPV4 | VnetHeader::GSO_ECN);
}

#[test]
fn super_frames_pass_through_nat() {
    let mut lab = Lab::with(&[(1, Nat, 8080, 1)]);
    lab.send(tcp(A, VIP, "S"));
    let given = tcp_reply(1, "10.9.0.11:8080", A, "PA").long(50_000).gso(1448);
    let (verdict, out) = lab.send(given.clone());
    assert_eq!(counter_of(verdict), "frames_forwarded masq_reply");
    let line = describe(&out[0]);
    assert!(
        line.starts_with(
            "director>gw ip 10.9.0.100>172.16.0.5 ttl=63 tos=0 df len=50040 id=99 tcp 80>40001 PA"
        ),
        "{line}"
    );
    assert!(line.ends_with(" partial=34+16 gso=1:1448 hdr=54") && !line.contains("BADSUM"), "{line}");
    assert!(out[0].bytes[54..] == given.frame().bytes[54..]);
}

/// The virtio header knows no IP-in-IP, so a tunnel cuts super-frames, and every segment is a right packet.
#[test]
fn super_frames_are_cut_for_a_tunnel() {
    let mut lab = Lab::with(&[(1, Tun, 80, 1)]);
    lab.service(Protocol::Tcp, VIP6, "rr", &[(2, Tun, 80, 1)]);
    lab.service(Protocol::Udp, "10.9.0.100:53", "rr", &[(3, Tun, 53, 1)]);
    let cases: [(Make, usize, usize); 3] = [
        (tcp(A, VIP, "PA").long(10_000).gso(1400), 20, 20),
        (tcp(A6, VIP6, "FPA").long(10_000).gso(1400), 40, 20),
        (udp("172.16.0.5:3333", "10.9.0.100:53", b"").long(10_000).gso(1400), 20, 8),
    ];
    for (given, ip_len, header_len) in cases {
        let opening = Make { gso: None, checksum: Checksum::Right, payload: Vec::new(), ..given.clone() };
        let opening = match opening.kind {
            Kind::Tcp { .. } => tcp(&given.source.to_string(), &given.destination.to_string(), "S"),
            _ => opening,
        };
        lab.send(opening);
        let (verdict, out) = lab.send(given.clone());
        assert_eq!(counter_of(verdict), "frames_forwarded tunnel");
        assert_eq!(out.len(), 8, "10 000 bytes in pieces of 1400");
        let mut joined = Vec::new();
        for (number, frame) in out.iter().enumerate() {
            let line = describe(frame);
            assert!(!line.contains("BADSUM") && !line.contains("gso") && !line.contains("partial"), "{line}");
            let inner = &frame.bytes[14 + ip_len..];
            let transport = &inner[ip_len..];
            if header_len == 20 {
                let seq = u32::from_be_bytes(transport[4..8].try_into().unwrap());
                assert_eq!(seq as usize, 1000 + joined.len());
                let last = number == 7;
                assert_eq!(transport[13] & 0x09 != 0, last, "PSH and FIN on the last segment only");
            }
            joined.extend_from_slice(&transport[header_len..]);
        }
        assert!(joined == given.payload);
    }
}

/// Segments that would not fit the tunnel: told the smaller MTU with DF; without, every segment is cut outside.
#[test]
fn super_frames_with_segments_too_long() {
    let mut lab = Lab::with(&[(1, Tun, 80, 1)]);
    lab.send(tcp(A, VIP, "S"));
    let (verdict, out) = lab.send(tcp(A, VIP, "A").long(30_000).gso(1460));
    assert_eq!(counter_of(verdict), "frames_answered too_big");
    assert!(describe(&out[0]).contains("type=3 code=4 mtu=1480"));
    let (verdict, out) = lab.send(Make { df: false, ..tcp(A, VIP, "A").long(3000).gso(1460) });
    assert_eq!(counter_of(verdict), "frames_forwarded tunnel");
    let lines: Vec<String> = out.iter().map(describe).collect();
    let shapes: Vec<&str> = lines.iter().map(|line| line.split(" - ").nth(1).unwrap()).collect();
    assert_eq!(shapes[..2], ["frag=0+ len=1500 data=1480", "frag=185 len=40 data=20"]);
    assert_eq!(shapes[2..4], shapes[..2]);
    assert!(lines[4].contains(" - len=140 | ip ") && lines.len() == 5, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("BADSUM")), "{lines:#?}");
}

/// Without a tunnel, a super-frame goes whole or not at all: its segments are not cut.
#[test]
fn super_frames_with_segments_too_long_for_direct_routing() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    lab.set_mtu(1400);
    lab.send(tcp(A, VIP, "S"));
    lab.row(
        "without DF",
        Make { df: false, ..tcp(A, VIP, "A").long(30_000).gso(1460) },
        NOTHING,
        "frames_dropped super_frame_too_big",
        &inbound("rs1", 30_040),
    );
}

/// Whoever is on the other end of a veth writes the virtio header (reliability T1).
#[test]
fn virtio_headers_that_lie() {
    let big = || tcp(A, VIP, "A").long(3000).gso(1400).frame();
    let mut lies: Vec<(&str, Given)> = vec![
        ("checksum beyond the end", syn().frame().vnet(|vnet| vnet.csum_start = 60_000)),
        ("checksum before the transport", syn().frame().vnet(|vnet| vnet.csum_start = 33)),
        (
            "checksum at the end of time",
            syn().frame().vnet(|vnet| (vnet.csum_start, vnet.csum_offset) = (65535, 65535)),
        ),
        ("UDP's place in TCP", syn().frame().vnet(|vnet| vnet.csum_offset = 6)),
        ("no segment size", big().vnet(|vnet| vnet.gso_size = 0)),
        ("IPv6's type in IPv4", big().vnet(|vnet| vnet.gso_type = VnetHeader::GSO_TCPV6)),
        ("UDP's type in TCP", big().vnet(|vnet| vnet.gso_type = VnetHeader::GSO_UDP_L4)),
        ("UDP fragmentation of old", big().vnet(|vnet| vnet.gso_type = VnetHeader::GSO_UDP)),
        ("a type nobody knows", big().vnet(|vnet| vnet.gso_type = 77)),
        ("a super-frame with finished checksums", big().vnet(|vnet| vnet.flags = 0)),
        ("ECN of nothing, finished", syn().frame().vnet(|vnet| (vnet.flags, vnet.gso_type) = (0, 5))),
        ("an unfinished ping", ping("172.16.0.5", "10.9.0.100").frame().vnet(|vnet| vnet.flags = 1)),
        ("TCP headers beyond the end", syn().frame().edit(|bytes| bytes[46] = 0xf0)),
        ("a super-frame without TCP header", big().edit(|bytes| bytes[46] = 0)),
    ];
    let v6 = tcp(A6, VIP6, "A").long(3000).gso(1400).frame();
    lies.push(("IPv4's type in IPv6", v6.vnet(|vnet| vnet.gso_type = VnetHeader::GSO_TCPV4)));
    for method in [DirectRoute, Nat, Tun] {
        let mut lab = Lab::with(&[(1, method, 80, 1)]);
        lab.service(Protocol::Tcp, VIP6, "rr", &[(2, method, 80, 1)]);
        lab.send(tcp(A, VIP, "S"));
        lab.send(tcp(A6, VIP6, "S"));
        for (description, given) in &lies {
            lab.row(description, given.clone(), NOTHING, "frames_dropped vnet_header", "");
        }
    }
    let mut lab = Lab::new();
    lab.row(
        "others' frames are not looked at",
        tcp(A, "10.9.0.2:80", "S").frame().vnet(|vnet| vnet.flags = 1),
        NOTHING,
        "frames_passed not_vip",
        "",
    );
}

#[test]
fn segment_sizes_of_an_attacker() {
    let mut lab = Lab::with(&[(1, Tun, 80, 1)]);
    lab.send(tcp(A, VIP, "S"));
    let (_, out) = lab.send(tcp(A, VIP, "A").long(100).gso(u16::MAX));
    assert!(out.len() <= 1);
    let (_, out) = lab.send(tcp(A, VIP, "A").long(100).gso(1));
    assert!(out.len() <= 100 && out.iter().all(|frame| !describe(frame).contains("BADSUM")));
}
