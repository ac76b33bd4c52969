//! ICMP errors about packets in our own tunnels: they come to the director, and are the client's to know.

use crate::describe::describe;
use crate::lab::{Lab, NOTHING, counter_of, outbound};
use crate::make::{Checksum, Make, icmp, repair_ip_checksum, tcp};
use crate::tunnel_types::{GUE, KINDS, TUNNEL, client, lab, segment};
use ulvs::lvs::Tunnel;

const ROUTER: &str = "192.0.2.1";
const DIP: &str = "10.9.0.2";
const TOLD: &str = "frames_answered tunnel_error";

/// A lab with a connection, and the outer packet that carried its last segment of 1400 bytes.
fn begun(kind: Tunnel) -> (Lab, Vec<u8>) {
    let mut lab = lab(false, false, kind);
    lab.send(tcp(client(false), "10.9.0.100:80", "S"));
    let (_, out) = lab.send(segment(false, 1400));
    (lab, out[0].bytes[14..].to_vec())
}

fn error(kind: u8, code: u8, mtu: u16, quoted: &[u8]) -> Make {
    let [high, low] = mtu.to_be_bytes();
    icmp(ROUTER, DIP, kind, code, [0, 0, high, low], quoted)
}

/// How many bytes stand before the client's packet.
fn overhead(outer: &[u8]) -> usize {
    outer.len() - 1400
}

#[test]
fn the_client_is_told_what_the_router_said() {
    for kind in KINDS {
        let (mut lab, outer) = begun(kind);
        let there = 500 - overhead(&outer);
        for (what, code) in [(3, 1), (3, 3), (3, 13), (11, 0), (4, 0)] {
            lab.now = lab.now.plus_seconds(10);
            lab.row(
                &format!("{what}/{code} about {kind:?}"),
                error(what, code, 0, &outer[..500]),
                &[format!("director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len={} icmp type={what} code={code} [ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len=1400 tcp 40001>80 A seq=1000 ack=0 data={}]", there + 28, data(&outer))],
                TOLD,
                &format!("{} {}", outbound("rs2", there), outbound("rs2", there + 28)),
            );
        }
        for (what, code) in [(12, 0), (5, 1)] {
            lab.row("not relayed", error(what, code, 0, &outer[..500]), NOTHING, "frames_passed not_vip", "");
        }
    }
}

fn data(outer: &[u8]) -> String {
    let out = ulvs::frame::memory::Emitted {
        port: ulvs::lvs::PortId(0),
        vnet: ulvs::frame::VnetHeader::default(),
        bytes: [&[0; 12][..], &[8, 0], outer].concat(),
    };
    describe(&out).rsplit_once("data=").unwrap().1.to_owned()
}

#[test]
fn nobody_is_told_of_what_is_not_ours() {
    for kind in KINDS {
        let (mut lab, outer) = begun(kind);
        let quote = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = outer[..500].to_vec();
            change(&mut bytes);
            repair_ip_checksum(&mut bytes);
            bytes
        };
        let inner = overhead(&outer);
        let passed = "frames_passed not_vip";
        lab.row("no such server", error(3, 1, 0, &quote(&|b| b[19] = 99)), NOTHING, passed, "");
        lab.row("no such connection", error(3, 1, 0, &quote(&|b| b[inner + 20] ^= 1)), NOTHING, passed, "");
        lab.row("too little quoted", error(3, 1, 0, &outer[..inner + 23]), NOTHING, passed, "");
        lab.row("a later fragment", error(3, 1, 0, &quote(&|b| b[7] = 1)), NOTHING, passed, "");
        if kind == GUE {
            lab.row("another port", error(3, 1, 0, &quote(&|b| b[23] ^= 1)), NOTHING, passed, "");
        }
        lab.row(
            "a wrong checksum",
            error(3, 1, 0, &outer[..500]).checksum(Checksum::Wrong),
            NOTHING,
            "frames_dropped bad_checksum",
            "",
        );
        let forged = Make { source: "10.9.0.100:0".parse().unwrap(), ..error(3, 1, 0, &outer[..500]) };
        lab.row("from a VIP", forged, NOTHING, "frames_dropped martian_source", "");
        lab.view.tunnels.clear();
        lab.row("the server is gone", error(3, 1, 0, &outer[..500]), NOTHING, passed, "");
    }
}

/// Linux 6.1: who hears first is told the old MTU, less an IP header; who sends then, the new one.
#[test]
fn a_router_narrows_the_path() {
    for kind in KINDS {
        let (mut lab, outer) = begun(kind);
        let inner = 1380 - overhead(&outer);
        let told = |lab: &mut Lab, mtu: u16| {
            let (verdict, out) = lab.send(error(3, 4, mtu, &outer[..500]));
            assert_eq!(counter_of(verdict), TOLD);
            mtu_of(&describe(&out[0]))
        };
        let refused = |lab: &mut Lab, len: usize| {
            let (verdict, out) = lab.send(segment(false, len));
            (counter_of(verdict) == "frames_answered too_big").then(|| mtu_of(&describe(&out[0])))
        };
        assert_eq!(told(&mut lab, 1380), 1480);
        assert_eq!(refused(&mut lab, 1400), Some(inner));
        assert_eq!(refused(&mut lab, inner), None);
        assert_eq!(refused(&mut lab, inner + 1), Some(inner));
        let (verdict, out) = lab.send(Make { df: false, ..segment(false, 1400) });
        assert_eq!((counter_of(verdict).as_str(), out.len()), (TUNNEL, 2), "cut to the path");
        assert!(out[0].bytes.len() <= 14 + 1380);

        assert_eq!(told(&mut lab, 1400), 1360, "it does not grow");
        assert_eq!(told(&mut lab, 1300), 1280, "from now on at once");
        assert_eq!(told(&mut lab, 0), 532, "no less than 552");
        assert_eq!(refused(&mut lab, 1300), Some(1300 - 748 - overhead(&outer)));
        lab.now = lab.now.plus_seconds(599);
        assert!(refused(&mut lab, 1300).is_some());
        lab.now = lab.now.plus_seconds(1);
        assert_eq!(refused(&mut lab, 1400), None, "forgotten after ten minutes");
    }
}

fn mtu_of(line: &str) -> usize {
    let text = line.split("mtu=").nth(1).unwrap_or_else(|| panic!("{line}"));
    text.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn only_what_quotes_our_own_header_narrows_the_path() {
    let (mut lab, mut outer) = begun(Tunnel::Ipip);
    outer[15] = 77;
    repair_ip_checksum(&mut outer[..]);
    let (verdict, out) = lab.send(error(3, 4, 1300, &outer[..500]));
    assert_eq!(counter_of(verdict), TOLD, "it is relayed, as Linux does");
    assert_eq!(mtu_of(&describe(&out[0])), 1480);
    let (verdict, _) = lab.send(segment(false, 1400));
    assert_eq!(counter_of(verdict), TUNNEL);
}

/// Whose packets may be cut needs not be told.
#[test]
fn without_df_nobody_is_told() {
    let mut lab = lab(false, false, Tunnel::Ipip);
    lab.send(tcp(client(false), "10.9.0.100:80", "S"));
    let (_, out) = lab.send(Make { df: false, ..segment(false, 1400) });
    let outer = out[0].bytes[14..].to_vec();
    lab.row("frag needed", error(3, 4, 1380, &outer[..500]), NOTHING, "frames_dropped no_answer_due", "");
    let (verdict, _) = lab.send(segment(false, 1400));
    assert_eq!(counter_of(verdict), "frames_answered too_big");
}

/// Linux 6.1: six errors to one host, then one per second; path MTU discovery is never held up.
#[test]
fn one_host_gets_six_errors_at_once() {
    let (mut lab, outer) = begun(Tunnel::Ipip);
    let told = |lab: &mut Lab, n: usize| {
        (0..n).filter(|_| counter_of(lab.send(error(3, 1, 0, &outer[..500])).0) == TOLD).count()
    };
    assert_eq!(told(&mut lab, 20), 6);
    lab.row(
        "the seventh",
        error(3, 1, 0, &outer[..500]),
        NOTHING,
        "frames_dropped icmp_rate_limited",
        &outbound("rs2", 480),
    );
    for _ in 0..20 {
        let (verdict, _) = lab.send(segment(false, 1490));
        assert_eq!(counter_of(verdict), "frames_answered too_big");
    }
    lab.now = lab.now.plus_seconds(2);
    assert_eq!(told(&mut lab, 20), 2);
    lab.view.network.icmp_limits.v4_interval_ms = 0;
    assert_eq!(told(&mut lab, 20), 20, "as with icmp_ratelimit=0");
}
