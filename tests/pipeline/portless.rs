//! SCTP, and the protocols without ports: AH and ESP behind ISAKMP, and what nobody here speaks. The frames are those that
//! a kernel's IPVS was asked about.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, calms, inbound, opened_udp, outbound};
use crate::make::{Kind, Make, icmp, tcp, tcp_reply, udp, udp_reply};
use ulvs::lvs::{Protocol, Switch};

const A: &str = "192.0.2.1:4000";
const VIP: &str = "10.9.0.100:3868";
const A6: &str = "[2001:db8::5]:4000";
const VIP6: &str = "[fd00:9::100]:3868";

pub const INIT: &[u8] = b"\x01\0\0\x14\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0";
const INIT_ACK: &[u8] = b"\x02\0\0\x14\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0";
const COOKIE_ECHO: &[u8] = b"\x0a\0\0\x08abcd";
const COOKIE_ACK: &[u8] = b"\x0b\0\0\x04";
pub const DATA: &[u8] = b"\0\0\0\x14\0\0\0\0\0\0\0\0\0\0\0\0hell";
const SHUTDOWN: &[u8] = b"\x07\0\0\x08\0\0\0\0";
const SHUTDOWN_ACK: &[u8] = b"\x08\0\0\x04";
const SHUTDOWN_COMPLETE: &[u8] = b"\x0e\0\0\x04";
pub const ABORT: &[u8] = b"\x06\0\0\x04";

/// Dresses a packet as SCTP, with its checksum (off by one bit if `is_right` is false).
fn dressed(make: Make, chunks: &[u8], is_right: bool) -> Make {
    let [sport, dport] = [make.source.port(), make.destination.port()].map(u16::to_be_bytes);
    let mut payload = [&sport[..], &dport, &[0, 0, 0, 1, 0, 0, 0, 0], chunks].concat();
    let sum = crc32c::crc32c(&payload) ^ u32::from(!is_right);
    payload[8..12].copy_from_slice(&sum.to_le_bytes());
    Make { kind: Kind::Other(132), df: false, id: 77, payload, ..make }
}

pub fn to_vip(client: &str, virt: &str, chunks: &[u8]) -> Make {
    dressed(tcp(client, virt, ""), chunks, true)
}

fn back(real: &str, client: &str, chunks: &[u8]) -> Make {
    dressed(tcp_reply(1, real, client, ""), chunks, true)
}

/// A packet of a protocol without ports.
fn bare(client: &str, vip: &str, protocol: u8, payload: &[u8]) -> Make {
    Make { kind: Kind::Other(protocol), id: 77, ..icmp(client, vip, 0, 0, [0; 4], payload) }
}

/// A whole association through NAT that translates the port, too: states, lives, and a checksum that follows.
#[test]
fn sctp_by_nat() {
    let mut lab = Lab::new();
    lab.service(Protocol::Sctp, VIP, "rr", &[(1, Nat, 4868, 1)]);
    let active = "rs1.active+1 rs1.inactive-1";
    for (is_request, chunks, changes, state, seconds) in [
        (true, INIT, opened_udp("rs1", 52), "INIT1", 4),
        (false, INIT_ACK, outbound("rs1", 52), "C-SENT", 61),
        (true, COOKIE_ECHO, inbound("rs1", 40), "C-REPLIED", 61),
        (false, COOKIE_ACK, format!("{} {active}", outbound("rs1", 36)), "ESTABLISHED", 900),
        (true, DATA, inbound("rs1", 52), "ESTABLISHED", 900),
        (true, SHUTDOWN, format!("{} {}", inbound("rs1", 40), calms("rs1")), "S-RECEIVED", 61),
        (false, SHUTDOWN_ACK, outbound("rs1", 36), "S-ACK-SENT", 61),
        (true, SHUTDOWN_COMPLETE, inbound("rs1", 36), "CLOSED", 61),
    ] {
        let (len, data) = (32 + chunks.len(), chunks.len());
        let (given, line, counter) = if is_request {
            let line = format!(
                "director>rs1 ip 192.0.2.1>10.9.0.11 ttl=63 tos=0 - len={len} id=77 sctp 4000>4868 data={data}"
            );
            (to_vip(A, VIP, chunks), line, "frames_forwarded masq")
        } else {
            let line = format!(
                "director>gw ip 10.9.0.100>192.0.2.1 ttl=63 tos=0 - len={len} id=77 sctp 3868>4000 data={data}"
            );
            (back("10.9.0.11:4868", A, chunks), line, "frames_forwarded masq_reply")
        };
        lab.row(state, given, &[line], counter, &changes);
        assert_eq!(
            lab.connections(),
            [format!("SCTP {state} 192.0.2.1:4000 10.9.0.100:3868 10.9.0.11:4868")]
        );
        assert_eq!(lab.expires(), seconds, "{state}");
    }
    lab.row(
        "INIT on a closed one begins anew",
        to_vip(A, VIP, INIT),
        &["director>rs1 ip 192.0.2.1>10.9.0.11 ttl=63 tos=0 - len=52 id=77 sctp 4000>4868 data=20"],
        "frames_forwarded masq",
        &format!("rs1.conns+1 {}", inbound("rs1", 52)),
    );
    assert_eq!(lab.connections(), ["SCTP INIT1 192.0.2.1:4000 10.9.0.100:3868 10.9.0.11:4868"]);
}

/// The checksum knows no addresses: without a new port it is left alone, right or wrong; with one it is summed anew, as
/// IPVS does, which makes a wrong one right.
#[test]
fn sctp_checksums() {
    for (rport, sum) in [(3868, " BADSUM"), (4868, "")] {
        let mut lab = Lab::new();
        lab.service(Protocol::Sctp, VIP, "rr", &[(1, Nat, rport, 1)]);
        let wrong = dressed(tcp(A, VIP, ""), INIT, false);
        let line = format!(
            "director>rs1 ip 192.0.2.1>10.9.0.11 ttl=63 tos=0 - len=52 id=77 sctp 4000>{rport} data=20{sum}"
        );
        lab.row("wrong", wrong, &[line], "frames_forwarded masq", &opened_udp("rs1", 52));
    }
    // The sender left it to its card: the virtio header cannot say so to the next card.
    let mut lab = Lab::new();
    lab.service(Protocol::Sctp, VIP, "rr", &[(1, DirectRoute, 3868, 1)]);
    let unfinished = dressed(tcp(A, VIP, ""), INIT, false).frame().vnet(|vnet| {
        vnet.flags = ulvs::frame::VnetHeader::NEEDS_CSUM;
        (vnet.csum_start, vnet.csum_offset) = (34, 8);
    });
    lab.row(
        "unfinished",
        unfinished,
        &["director>rs1 ip 192.0.2.1>10.9.0.100 ttl=63 tos=0 - len=52 id=77 sctp 4000>3868 data=20"],
        "frames_forwarded route",
        &opened_udp("rs1", 52),
    );
}

/// Where only the client is seen, its cookie means established. Only INIT opens a connection.
#[test]
fn sctp_by_direct_routing() {
    let mut lab = Lab::new();
    lab.service(Protocol::Sctp, VIP, "rr", &[(1, DirectRoute, 3868, 1)]);
    let unreachable = |len: usize, data: usize| {
        format!(
            "director>gw ip 10.9.0.100>192.0.2.1 ttl=64 tos=192 - len={} icmp type=3 code=2 [ip 192.0.2.1>10.9.0.100 ttl=64 tos=0 - len={len} sctp 4000>3868 data={data}]",
            len + 28
        )
    };
    for (name, chunks) in [("DATA", DATA), ("ABORT", ABORT), ("COOKIE ECHO", COOKIE_ECHO)] {
        let line = unreachable(32 + chunks.len(), chunks.len());
        lab.row(name, to_vip(A, VIP, chunks), &[line], "frames_answered protocol_unreachable", "");
    }
    lab.row("no chunk", to_vip(A, VIP, b""), NOTHING, "frames_dropped transport_header", "");
    lab.row("half a chunk", to_vip(A, VIP, b"\x01"), NOTHING, "frames_dropped transport_header", "");
    for (chunks, changes, state, seconds) in [
        (INIT, opened_udp("rs1", 52), "INIT1", 4),
        (b"", inbound("rs1", 32), "INIT1", 4),
        (COOKIE_ECHO, format!("{} rs1.active+1 rs1.inactive-1", inbound("rs1", 40)), "ESTABLISHED", 900),
        (SHUTDOWN, format!("{} {}", inbound("rs1", 40), calms("rs1")), "S-RECEIVED", 61),
        (SHUTDOWN_COMPLETE, inbound("rs1", 36), "CLOSED", 61),
    ] {
        let line = format!(
            "director>rs1 ip 192.0.2.1>10.9.0.100 ttl=63 tos=0 - len={} id=77 sctp 4000>3868 data={}",
            32 + chunks.len(),
            chunks.len()
        );
        lab.row(state, to_vip(A, VIP, chunks), &[line], "frames_forwarded route", &changes);
        assert_eq!(
            lab.connections(),
            [format!("SCTP {state} 192.0.2.1:4000 10.9.0.100:3868 10.9.0.11:3868")]
        );
        assert_eq!(lab.expires(), seconds, "{state}");
    }
}

/// With `sloppy_sctp`, anything but an abort opens a connection.
#[test]
fn sloppy_sctp() {
    let mut lab = Lab::new();
    lab.service(Protocol::Sctp, VIP, "rr", &[(1, DirectRoute, 3868, 1)]);
    lab.view.tunables.sloppy_sctp = Switch::from(true);
    lab.row(
        "DATA",
        to_vip(A, VIP, DATA),
        &["director>rs1 ip 192.0.2.1>10.9.0.100 ttl=63 tos=0 - len=52 id=77 sctp 4000>3868 data=20"],
        "frames_forwarded route",
        &format!("rs1.conns+1 rs1.active+1 table+1 {}", inbound("rs1", 52)),
    );
    lab.row(
        "ABORT of another",
        to_vip("192.0.2.1:4001", VIP, ABORT),
        &["director>gw ip 10.9.0.100>192.0.2.1 ttl=64 tos=192 - len=64 icmp type=3 code=2 [ip 192.0.2.1>10.9.0.100 ttl=64 tos=0 - len=36 sctp 4001>3868 data=4]"],
        "frames_answered protocol_unreachable",
        "",
    );
}

#[test]
fn sctp_over_ipv6_and_without_a_server() {
    let mut lab = Lab::new();
    lab.service(Protocol::Sctp, VIP6, "rr", &[(1, Nat, 4868, 1)]);
    lab.row(
        "INIT",
        to_vip(A6, VIP6, INIT),
        &["director>rs1 ip6 2001:db8::5>fd00:9::b hlim=63 tc=0 plen=32 sctp 4000>4868 data=20"],
        "frames_forwarded masq",
        &opened_udp("rs1", 72),
    );
    lab.row(
        "INIT ACK",
        back("[fd00:9::b]:4868", A6, INIT_ACK),
        &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=63 tc=0 plen=32 sctp 3868>4000 data=20"],
        "frames_forwarded masq_reply",
        &outbound("rs1", 72),
    );
    lab.service(Protocol::Sctp, VIP, "rr", &[(2, Nat, 3868, 0)]);
    lab.row(
        "a service without server says port unreachable",
        to_vip(A, VIP, INIT),
        &["director>gw ip 10.9.0.100>192.0.2.1 ttl=64 tos=192 - len=80 icmp type=3 code=3 [ip 192.0.2.1>10.9.0.100 ttl=64 tos=0 - len=52 sctp 4000>3868 data=20]"],
        "frames_answered port_unreachable",
        "",
    );
}

/// AH and ESP go where the ISAKMP connection of the same two addresses goes, and renew its life; by themselves they open
/// nothing.
#[test]
fn ipsec_follows_isakmp() {
    const CIP: &str = "192.0.2.1";
    const VIP: &str = "10.9.0.100";
    let mut lab = Lab::new();
    lab.service(Protocol::Udp, "10.9.0.100:500", "rr", &[(1, Nat, 500, 1)]);
    for protocol in [50, 51] {
        lab.row(
            "before",
            bare(CIP, VIP, protocol, b"security"),
            &[format!("director>gw ip 10.9.0.100>192.0.2.1 ttl=64 tos=192 - len=56 icmp type=3 code=2 [ip 192.0.2.1>10.9.0.100 ttl=64 tos=0 - len=28 proto={protocol} data=8]")],
            "frames_answered protocol_unreachable",
            "",
        );
    }
    lab.send(udp("192.0.2.1:500", "10.9.0.100:500", b"q"));
    for protocol in [50, 51] {
        lab.sleep(5);
        lab.row(
            "in",
            bare(CIP, VIP, protocol, b"security"),
            &[format!(
                "director>rs1 ip 192.0.2.1>10.9.0.11 ttl=63 tos=0 - len=28 id=77 proto={protocol} data=8"
            )],
            "frames_forwarded masq",
            &inbound("rs1", 28),
        );
        assert_eq!(lab.expires(), 300, "its life begins anew");
        let reply =
            Make { kind: Kind::Other(protocol), ..udp_reply(1, "10.9.0.11:0", "192.0.2.1:0", b"security") };
        lab.row(
            "back",
            reply,
            &[format!(
                "director>gw ip 10.9.0.100>192.0.2.1 ttl=63 tos=0 - len=28 id=5 proto={protocol} data=8"
            )],
            "frames_forwarded masq_reply",
            &outbound("rs1", 28),
        );
    }
    lab.row(
        "of another client",
        bare("192.0.2.2", VIP, 50, b"security"),
        &["director>gw ip 10.9.0.100>192.0.2.2 ttl=64 tos=192 - len=56 icmp type=3 code=2 [ip 192.0.2.2>10.9.0.100 ttl=64 tos=0 - len=28 proto=50 data=8]"],
        "frames_answered protocol_unreachable",
        "",
    );
    lab.rewire(|network| network.forwarding = (true, true));
    let other = |i: u8| Make {
        kind: Kind::Other(51),
        ..udp_reply(i, &format!("10.9.0.{}:0", 10 + i), "192.0.2.2:0", b"security")
    };
    lab.row(
        "from the server, to another client: routed on",
        other(1),
        &["director>gw ip 10.9.0.11>192.0.2.2 ttl=63 tos=0 - len=28 id=5 proto=51 data=8"],
        "frames_forwarded relay",
        "",
    );
    lab.row("from a stranger", other(2), NOTHING, "frames_passed not_vip", "");
    lab.delete(0);
    lab.row("the server is gone", bare(CIP, VIP, 50, b"security"), NOTHING, "frames_dropped server_gone", "");
}

/// What a Linux host answers that has the tunnels' modules and nobody who listens.
#[test]
fn protocols_that_nobody_speaks() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    lab.view.network.icmp_limits.v4_interval_ms = 0;
    for protocol in [89, 33, 255, 59, 58] {
        let (got, frames) = lab.send(bare("192.0.2.1", "10.9.0.100", protocol, &[0x45; 8]));
        assert_eq!(crate::lab::counter_of(got), "frames_answered protocol_unreachable", "{protocol}");
        assert_eq!(frames[0].bytes[34..36], [3, 2], "{protocol}");
        if protocol != 58 {
            let line = crate::describe::describe(&frames[0]);
            assert!(line.ends_with(&format!("proto={protocol} data=8]")), "{line}");
        }
    }
    for (protocol, least) in [(4, 20), (41, 40), (47, 12), (137, 4)] {
        let (got, frames) = lab.send(bare("192.0.2.1", "10.9.0.100", protocol, &[0; 40][..least]));
        assert_eq!(crate::lab::counter_of(got), "frames_answered port_unreachable", "{protocol}");
        assert_eq!(frames[0].bytes[34..36], [3, 3], "{protocol}");
        let short = bare("192.0.2.1", "10.9.0.100", protocol, &[0; 40][..least - 1]);
        lab.row("too short", short, NOTHING, "frames_dropped protocol", "");
    }
    lab.row("PIM", bare("192.0.2.1", "10.9.0.100", 103, b"x"), NOTHING, "frames_dropped protocol", "");
    lab.row("IGMP", bare("192.0.2.1", "10.9.0.100", 2, b"x"), NOTHING, "frames_dropped protocol", "");
    lab.row(
        "no next header",
        bare("2001:db8::5", "fd00:9::100", 59, b"x"),
        NOTHING,
        "frames_dropped protocol",
        "",
    );
    for (make, pointer) in [
        (bare("2001:db8::5", "fd00:9::100", 89, b"x"), 6),
        (
            Make {
                extensions: Some((60, vec![89, 0, 1, 4, 0, 0, 0, 0])),
                ..bare("2001:db8::5", "fd00:9::100", 89, b"x")
            },
            40,
        ),
    ] {
        let (got, frames) = lab.send(make);
        assert_eq!(crate::lab::counter_of(got), "frames_answered protocol_unreachable");
        assert_eq!(frames[0].bytes[54..56], [4, 1], "unrecognised next header");
        assert_eq!(frames[0].bytes[58..62], [0, 0, 0, pointer], "and where it is named");
    }
    lab.vip_on_host("10.9.0.100");
    lab.row(
        "the host's own",
        bare("192.0.2.1", "10.9.0.100", 47, b"x"),
        NOTHING,
        "frames_passed hosts_port",
        "",
    );
}

/// Hop-by-hop options that nobody knows: their two highest bits say what becomes of the packet.
#[test]
fn unknown_hop_by_hop_options() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    let with = |option| Make {
        extensions: Some((0, vec![89, 0, option, 4, 0, 0, 0, 0])),
        ..bare("2001:db8::5", "fd00:9::100", 89, b"x")
    };
    let (got, _) = lab.send(with(0x1e));
    assert_eq!(crate::lab::counter_of(got), "frames_answered protocol_unreachable", "skipped");
    lab.row("discard", with(0x5e), NOTHING, "frames_dropped ipv6_extension", "");
    for option in [0x9e, 0xde] {
        let (got, frames) = lab.send(with(option));
        assert_eq!(crate::lab::counter_of(got), "frames_answered parameter_problem");
        assert_eq!(frames[0].bytes[54..56], [4, 2], "unrecognised option");
        assert_eq!(frames[0].bytes[58..62], [0, 0, 0, 42]);
    }
}
