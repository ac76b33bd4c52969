//! Every kind of tunnel between both families, as Linux 6.1 wrote the frames: outer headers, what fits, what is cut.

use crate::describe::{GUE_PORT, describe};
use crate::lab::{Lab, NOTHING, Tun, counter_of, inbound, opened, opened_udp, outbound, rip};
use crate::make::{Checksum, Make, fold, pseudo_sum, sum, tcp, udp};
use std::net::IpAddr;
use std::sync::Arc;
use ulvs::frame::memory::Emitted;
use ulvs::lvs::{Endpoint, Protocol, RealServerSpec, Switch, Tunnel, TunnelChecksum};
use ulvs::service::{Pool, RealServer, ServerId, VirtualService};
use ulvs::wire::encap;

pub const TUNNEL: &str = "frames_forwarded tunnel";
const GRE: Tunnel = Tunnel::Gre { checksum: TunnelChecksum::None };
const GRE_SUM: Tunnel = Tunnel::Gre { checksum: TunnelChecksum::Full };
pub const GUE: Tunnel = gue(TunnelChecksum::None);
const GUE_SUM: Tunnel = gue(TunnelChecksum::Full);
const GUE_REMOTE: Tunnel = gue(TunnelChecksum::Remote);
pub const KINDS: [Tunnel; 6] = [Tunnel::Ipip, GRE, GRE_SUM, GUE, GUE_SUM, GUE_REMOTE];

const fn gue(checksum: TunnelChecksum) -> Tunnel {
    Tunnel::Gue { port: GUE_PORT, checksum }
}

/// TCP port 80 and UDP port 53 of a VIP, each with real server 2 behind such a tunnel; places 0 and 1.
pub fn lab(vip_v6: bool, rip_v6: bool, tunnel: Tunnel) -> Lab {
    let mut lab = Lab::new();
    for (protocol, port) in [(Protocol::Tcp, 80), (Protocol::Udp, 53)] {
        lab.service(protocol, &virt(vip_v6, port), "rr", &[(2, Tun, port, 1)]);
    }
    let rip = rip(2, rip_v6);
    for (place, port) in [(0, 80), (1, 53)] {
        let mut spec = RealServerSpec::new(Endpoint::new(rip, port));
        spec.method = Tun;
        let real = Arc::new(RealServer::new(ServerId(place), &spec));
        let hop = lab.view.network.way_to(rip);
        let server = lab.view.servers[place as usize].as_mut().unwrap();
        (server.real, server.hop, server.tunnel) = (Arc::clone(&real), hop, tunnel);
        let key = server.service.spec.key;
        let service = VirtualService::clone(&lab.view.services[&key]);
        let pool = Pool::from_newest_first(vec![real]);
        lab.view.services.insert(key, Arc::new(VirtualService { pool, ..service }));
    }
    lab.view.tunnels.insert((rip, encap::kind_of(&tunnel)));
    lab
}

fn virt(v6: bool, port: u16) -> String {
    if v6 { format!("[fd00:9::100]:{port}") } else { format!("10.9.0.100:{port}") }
}

pub const fn client(v6: bool) -> &'static str {
    if v6 { "[2001:db8::5]:40001" } else { "172.16.0.5:40001" }
}

/// A client's segment of so many bytes of IP packet.
pub fn segment(v6: bool, len: usize) -> Make {
    let headers = if v6 { 60 } else { 40 };
    tcp(client(v6), &virt(v6, 80), "A").long(len - headers)
}

fn overhead(rip_v6: bool, tunnel: Tunnel) -> usize {
    let ip = if rip_v6 { 40 } else { 20 };
    ip + match tunnel {
        Tunnel::Ipip => 0,
        GRE => 4,
        Tunnel::Gre { .. } => 8,
        Tunnel::Gue { .. } => 12,
    }
}

/// The outer headers of a packet of `len` bytes with this TOS, as `describe` says them.
fn outer(vip_v6: bool, rip_v6: bool, tunnel: Tunnel, len: usize, tos: u8, df: bool) -> String {
    let len = len + overhead(rip_v6, tunnel);
    let ip = if rip_v6 {
        format!("ip6 fd00:9::2>fd00:9::c hlim=63 tc={tos} plen={}", len - 40)
    } else {
        let (df, id) = if df && !vip_v6 { ("df", "0") } else { ("-", "1") };
        let id = if tunnel == Tunnel::Ipip { String::new() } else { format!(" id={id}") };
        format!("ip 10.9.0.2>10.9.0.12 ttl=63 tos={tos} {df} len={len}{id}")
    };
    let (inside, ether) = if vip_v6 { ("29", "86dd") } else { ("04", "0800") };
    let shim = match tunnel {
        Tunnel::Ipip => String::new(),
        GRE => format!(" gre 0000 {ether}"),
        Tunnel::Gre { .. } => format!(" gre 8000 {ether}"),
        GUE => format!(" gue nosum 00{inside}0000"),
        Tunnel::Gue { .. } => format!(" gue 00{inside}0000"),
    };
    format!("director>rs2 {ip}{shim} | ")
}

#[test]
fn every_kind_between_both_families() {
    for (vip_v6, rip_v6) in [(false, false), (false, true), (true, false), (true, true)] {
        for kind in KINDS {
            let mut lab = lab(vip_v6, rip_v6, kind);
            let (c, len) = (client(vip_v6), if vip_v6 { 60 } else { 40 });
            let inner = |len: usize, tos: u8, df: &str, id: u16| {
                if vip_v6 {
                    format!("ip6 2001:db8::5>fd00:9::100 hlim=63 tc={tos} plen={}", len - 40)
                } else {
                    format!("ip 172.16.0.5>10.9.0.100 ttl=63 tos={tos} {df} len={len} id={id}")
                }
            };
            let named = |what: &str| format!("{what}, VIP v6 {vip_v6}, RIP v6 {rip_v6}, {kind:?}");
            lab.row(
                &named("SYN"),
                tcp(c, &virt(vip_v6, 80), "S"),
                &[outer(vip_v6, rip_v6, kind, len, 0, true)
                    + &inner(len, 0, "df", 77)
                    + " tcp 40001>80 S seq=1000 ack=0 data=b''"],
                TUNNEL,
                &opened("rs2", len),
            );
            lab.memory.next_id = 0;
            lab.row(
                &named("an odd segment without DF, CE"),
                Make { df: false, tos: 0xbb, ..tcp(c, &virt(vip_v6, 80), "A").payload(b"odd") },
                &[outer(vip_v6, rip_v6, kind, len + 3, 0xba, false)
                    + &inner(len + 3, 0xbb, "-", 77)
                    + " tcp 40001>80 A seq=1000 ack=0 data=b'odd'"],
                TUNNEL,
                &inbound("rs2", len + 3),
            );
            lab.memory.next_id = 0;
            let len = len - 12 + 1;
            lab.row(
                &named("a datagram"),
                udp(c, &virt(vip_v6, 53), b"q"),
                &[outer(vip_v6, rip_v6, kind, len, 0, false)
                    + &inner(len, 0, "-", 78)
                    + " udp 40001>53 len=9 data=b'q'"],
                TUNNEL,
                &opened_udp("rs2", len),
            );
        }
    }
}

/// What fits exactly goes; a byte more is told the MTU (quoted as it would have gone on, one hop less), or cut outside.
#[test]
fn as_much_as_fits() {
    for (vip_v6, rip_v6) in [(false, false), (false, true), (true, false), (true, true)] {
        for kind in KINDS {
            let mut lab = lab(vip_v6, rip_v6, kind);
            lab.send(tcp(client(vip_v6), &virt(vip_v6, 80), "S"));
            let most = 1500 - overhead(rip_v6, kind);
            let (verdict, out) = lab.send(segment(vip_v6, most));
            assert_eq!((counter_of(verdict).as_str(), out[0].bytes.len()), (TUNNEL, 1514), "{kind:?}");

            let (answer, error_len) = if vip_v6 {
                let quoted = "ip6 2001:db8::5>fd00:9::100 quoted=1232";
                (
                    format!(
                        "ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=1240 icmp6 type=2 code=0 mtu={most} [{quoted}]"
                    ),
                    1280,
                )
            } else {
                let quoted = format!("ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len={}", most + 1);
                (
                    format!(
                        "ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=576 icmp type=3 code=4 mtu={most} [{quoted}"
                    ),
                    576,
                )
            };
            let before = lab.counters();
            let (verdict, out) = lab.send(segment(vip_v6, most + 1));
            let line = describe(&out[0]);
            assert_eq!(counter_of(verdict), "frames_answered too_big", "{line}");
            assert!(line.starts_with(&format!("director>gw {answer}")) && !line.contains("BADSUM"), "{line}");
            if vip_v6 {
                assert_eq!(out[0].bytes[14 + 48 + 7], 63, "hop limit of what is quoted");
            }
            let moved = crate::lab::moves(&before, &lab.counters());
            assert_eq!((moved["rs2.out_pkts"], moved["rs2.out_bytes"]), (1, error_len), "{kind:?}");

            let (verdict, out) = lab.send(Make { df: false, ..segment(vip_v6, most + 1) });
            if vip_v6 {
                assert_eq!(counter_of(verdict), "frames_answered too_big", "nobody cuts IPv6 for its sender");
                continue;
            }
            assert_eq!(counter_of(verdict), TUNNEL);
            check_pieces(&out, rip_v6, most + 1, kind);
            lab.view.tunables.pmtu_disc = Switch::from(false);
            let (_, out) = lab.send(segment(vip_v6, most + 1));
            check_pieces(&out, rip_v6, most + 1, kind);
            let (_, out) = lab.send(segment(vip_v6, most));
            assert!(out.len() == 1 && (rip_v6 || out[0].bytes[20] == 0), "no DF without path MTU discovery");
        }
    }
}

/// Two fragments of the outer packet, as long as the kernel makes them, that join to a right packet.
fn check_pieces(out: &[Emitted], rip_v6: bool, inner_len: usize, kind: Tunnel) {
    let total = inner_len + overhead(rip_v6, kind);
    let lines: Vec<String> = out.iter().map(describe).collect();
    assert_eq!(out.len(), 2, "{lines:#?}");
    let (headers, first) = if rip_v6 { (14 + 48, 1448) } else { (14 + 20, 1480) };
    let whole = total - if rip_v6 { 40 } else { 20 };
    assert_eq!([out[0].bytes.len(), out[1].bytes.len()], [headers + first, headers + whole - first]);
    let joined = [&out[0].bytes[headers..], &out[1].bytes[headers..]].concat();
    let protocol = if rip_v6 {
        assert!(lines[0].contains(" plen=1456 frag=0+ ") && lines[1].contains(" frag=1448 "), "{lines:#?}");
        assert_eq!(out[0].bytes[14 + 44..14 + 48], out[1].bytes[14 + 44..14 + 48], "identification");
        out[0].bytes[14 + 40]
    } else {
        assert!(lines[0].contains(" - frag=0+ len=1500 ") && lines[1].contains(" - frag=185 "), "{lines:#?}");
        assert_eq!(out[0].bytes[18..20], out[1].bytes[18..20], "identification");
        out[0].bytes[23]
    };
    match kind {
        Tunnel::Ipip => assert_eq!((protocol, joined.len()), (4, inner_len)),
        Tunnel::Gre { .. } => assert!(protocol == 47 && (kind == GRE || fold(sum(&joined)) == 0xffff)),
        Tunnel::Gue { .. } => {
            let (source, rip) = addresses(rip_v6);
            let right = fold(pseudo_sum(source, rip, 17, joined.len()) + sum(&joined)) == 0xffff;
            assert!(protocol == 17 && (kind == GUE || right));
        }
    }
}

/// The least MTU inside goes by the family outside: 68 over IPv4, also for IPv6; 1280 over IPv6, also for IPv4.
#[test]
fn too_narrow_for_a_tunnel() {
    for (vip_v6, rip_v6, enough) in
        [(false, false, 88), (true, false, 88), (false, true, 1320), (true, true, 1320)]
    {
        let mut lab = lab(vip_v6, rip_v6, Tunnel::Ipip);
        lab.set_mtu(enough);
        let (verdict, _) = lab.send(tcp(client(vip_v6), &virt(vip_v6, 80), "S"));
        assert_eq!(counter_of(verdict), TUNNEL);
        lab.set_mtu(enough - 1);
        let len = if vip_v6 { 60 } else { 40 };
        lab.row(
            "too narrow",
            segment(vip_v6, len),
            NOTHING,
            "frames_dropped no_tunnel_source",
            &inbound("rs2", len),
        );
    }
}

/// A checksum that the sender left to the network card is finished, but for remote checksum offload: the far end
/// finishes it. Eight bytes less fit then.
#[test]
fn unfinished_checksums() {
    for (vip_v6, remote) in
        [(false, " gue 020400018000000000140024 | "), (true, " gue 022900018000000000280038 | ")]
    {
        for kind in KINDS {
            for rip_v6 in [false, true] {
                let mut lab = lab(vip_v6, rip_v6, kind);
                let syn = tcp(client(vip_v6), &virt(vip_v6, 80), "S").checksum(Checksum::Partial);
                let (_, out) = lab.send(syn);
                let line = describe(&out[0]);
                if kind == GUE_REMOTE {
                    let bytes = &out[0].bytes;
                    assert!(line.contains(remote) && line.ends_with("BADSUM"), "{line}");
                    let inner = &bytes[bytes.len() - if vip_v6 { 60 } else { 40 }..];
                    let at = inner.len() - 20;
                    let (field, segment) = (&inner[at + 16..at + 18], &inner[at..]);
                    let addrs: [IpAddr; 2] =
                        if vip_v6 { ["2001:db8::5", "fd00:9::100"] } else { ["172.16.0.5", "10.9.0.100"] }
                            .map(|addr| addr.parse().unwrap());
                    let pseudo = fold(pseudo_sum(addrs[0], addrs[1], 6, segment.len()));
                    assert_eq!(field, pseudo.to_be_bytes(), "the pseudo-header's sum");
                    let most = 1500 - overhead(rip_v6, kind) - 8;
                    let (verdict, _) = lab.send(segment_partial(vip_v6, most));
                    assert_eq!(counter_of(verdict), TUNNEL);
                    let (verdict, _) = lab.send(segment_partial(vip_v6, most + 1));
                    assert_eq!(counter_of(verdict), "frames_answered too_big");
                } else {
                    assert!(!line.contains("BADSUM") && !line.contains("partial"), "{line}");
                }
            }
        }
    }
}

fn segment_partial(v6: bool, len: usize) -> Make {
    segment(v6, len).checksum(Checksum::Partial)
}

/// Super-frames are cut here for every kind of tunnel, and every segment has right checksums.
#[test]
fn super_frames() {
    for kind in KINDS {
        for (vip_v6, rip_v6) in [(false, false), (true, true), (true, false)] {
            let mut lab = lab(vip_v6, rip_v6, kind);
            lab.send(tcp(client(vip_v6), &virt(vip_v6, 80), "S"));
            let (verdict, out) = lab.send(segment(vip_v6, 4060).gso(1300));
            assert_eq!((counter_of(verdict).as_str(), out.len()), (TUNNEL, 4));
            for frame in &out {
                let line = describe(frame);
                // Of a remote offload, only what is inside is left wrong.
                assert_eq!(line.contains("BADSUM"), kind == GUE_REMOTE, "{line}");
                if kind == GUE_REMOTE {
                    let at = if rip_v6 { 54 } else { 34 };
                    let (source, rip) = addresses(rip_v6);
                    let udp = &frame.bytes[at..];
                    assert_eq!(fold(pseudo_sum(source, rip, 17, udp.len()) + sum(udp)), 0xffff, "{line}");
                }
            }
        }
    }
}

fn addresses(v6: bool) -> (IpAddr, IpAddr) {
    let [source, rip] = if v6 { ["fd00:9::2", "fd00:9::c"] } else { ["10.9.0.2", "10.9.0.12"] };
    (source.parse().unwrap(), rip.parse().unwrap())
}

/// GUE's source port: of the flow, whatever the packet.
#[test]
fn a_flow_has_one_source_port() {
    let mut lab = lab(false, false, GUE);
    let port = |out: &[Emitted]| u16::from_be_bytes(out[0].bytes[34..36].try_into().unwrap());
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..20 {
        let a = format!("172.16.0.5:{}", 40_000 + n);
        let (_, syn) = lab.send(tcp(&a, "10.9.0.100:80", "S"));
        let (_, data) = lab.send(tcp(&a, "10.9.0.100:80", "A").long(100));
        assert_eq!(port(&syn), port(&data));
        seen.insert(port(&syn));
    }
    assert!(seen.len() > 15, "{seen:?}");
}

/// With NAT, what the director itself says is no reply of the connection.
#[test]
fn only_without_nat_an_error_counts_as_a_reply() {
    for (method, moved) in [
        (crate::lab::Nat, String::new()),
        (crate::lab::DirectRoute, outbound("rs2", 68)),
        (Tun, outbound("rs2", 68)),
    ] {
        let mut lab = Lab::with(&[(2, method, 80, 1)]);
        lab.row(
            "TTL 1",
            Make { ttl: 1, ..tcp(client(false), "10.9.0.100:80", "S") },
            &["director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=68 icmp type=11 code=0 [ip 172.16.0.5>10.9.0.100 ttl=1 tos=0 df len=40 tcp 40001>80 S seq=1000 ack=0 data=b'']"],
            "frames_answered time_exceeded",
            &format!("{} {moved}", opened("rs2", 40)),
        );
    }
}
