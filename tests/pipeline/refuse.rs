//! What cannot go: TTL, MTU, routes, links, neighbours, full queues.

use crate::describe::describe;
use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, Wanted, counter_of, inbound, opened, outbound, rip};
use crate::make::{Checksum, Make, server_mac, tcp, tcp_reply};
use ulvs::director::{DropReason, Verdict};
use ulvs::frame::memory::Emitted;
use ulvs::lvs::{ForwardingMethod, PortId, Protocol};
use ulvs::time::Tick;

const A: &str = "172.16.0.5:40001";
const A6: &str = "[2001:db8::5]:40001";
const VIP: &str = "10.9.0.100:80";
const VIP6: &str = "[fd00:9::100]:80";
const TOO_BIG: &str = "frames_answered too_big";

fn one(method: ForwardingMethod) -> [Wanted; 1] {
    [(1, method, 80, 1)]
}

/// What the director's own error about a connection moves: it counts as the connection's where replies do not pass by NAT.
fn about(method: ForwardingMethod, len: usize) -> String {
    if method == Nat { String::new() } else { outbound("rs1", len) }
}

/// In all methods the VIP says so, and the packet is quoted as it came.
#[test]
fn ttl_used_up() {
    for method in [DirectRoute, Nat, Tun] {
        for ttl in [0, 1] {
            let mut lab = Lab::with(&one(method));
            lab.row(
                "IPv4",
                Make { ttl, ..tcp(A, VIP, "S") },
                &[format!("director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=68 icmp type=11 code=0 [ip 172.16.0.5>10.9.0.100 ttl={ttl} tos=0 df len=40 tcp 40001>80 S seq=1000 ack=0 data=b'']")],
                "frames_answered time_exceeded",
                &format!("{} {}", opened("rs1", 40), about(method, 68)),
            );
        }
        let mut lab = Lab::new();
        lab.service(Protocol::Tcp, VIP6, "rr", &one(method));
        lab.row(
            "IPv6",
            Make { ttl: 1, ..tcp(A6, VIP6, "S") },
            &["director>gw ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=68 icmp6 type=3 code=0 [ip6 2001:db8::5>fd00:9::100 quoted=60]"],
            "frames_answered time_exceeded",
            &format!("{} {}", opened("rs1", 60), about(method, 108)),
        );
        let (verdict, _) = lab.send(Make { ttl: 2, ..tcp(A6, VIP6, "A") });
        assert!(matches!(verdict, Verdict::Forwarded(_)), "TTL 2 goes on");
    }
}

/// A server's answer goes no further: the director speaks by its own address, not the VIP's.
#[test]
fn ttl_used_up_on_the_way_back() {
    let mut lab = Lab::with(&one(Nat));
    lab.send(tcp(A, VIP, "S"));
    lab.row(
        "TTL 1",
        Make { ttl: 1, ..tcp_reply(1, "10.9.0.11:80", A, "SA") },
        &["director>rs1 ip 10.9.0.2>10.9.0.11 ttl=64 tos=192 - len=68 icmp type=11 code=0 [ip 10.9.0.11>172.16.0.5 ttl=1 tos=0 df len=40 tcp 80>40001 SA seq=5000 ack=1001 data=b'']"],
        "frames_answered time_exceeded",
        "",
    );
}

/// With DF, one byte too much is refused with the MTU of the way; a tunnel's is 20 (40) less.
#[test]
fn too_long_with_df() {
    for (method, mtu) in [(DirectRoute, 1500), (Nat, 1500), (Tun, 1480)] {
        let mut lab = Lab::with(&one(method));
        lab.send(tcp(A, VIP, "S"));
        let fits = tcp(A, VIP, "A").long(mtu - 40);
        assert!(matches!(lab.send(fits).0, Verdict::Forwarded(_)), "{method:?}: exactly the MTU fits");
        let long = tcp(A, VIP, "A").long(mtu - 39);
        lab.row(
            "one byte more",
            long.clone(),
            &[format!("director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=576 icmp type=3 code=4 mtu={mtu} [ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df len={} tcp 40001>80 A seq=1000 ack=0 data={}]", mtu + 1, first_sixty(&long))],
            TOO_BIG,
            &format!("{} {}", inbound("rs1", mtu + 1), about(method, 576)),
        );
    }
    for (method, mtu) in [(DirectRoute, 1500), (Nat, 1500), (Tun, 1460)] {
        let mut lab = Lab::new();
        lab.service(Protocol::Tcp, VIP6, "rr", &one(method));
        lab.send(tcp(A6, VIP6, "S"));
        let fits = tcp(A6, VIP6, "A").long(mtu - 60);
        assert!(matches!(lab.send(fits).0, Verdict::Forwarded(_)), "{method:?}: exactly the MTU fits");
        lab.row(
            "one byte more",
            tcp(A6, VIP6, "A").long(mtu - 59),
            &[format!("director>gw ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=1240 icmp6 type=2 code=0 mtu={mtu} [ip6 2001:db8::5>fd00:9::100 quoted=1232]")],
            TOO_BIG,
            &format!("{} {}", inbound("rs1", mtu + 1), about(method, 1280)),
        );
    }
}

fn first_sixty(make: &Make) -> String {
    let line =
        describe(&Emitted { port: PortId(0), vnet: Default::default(), bytes: make.clone().frame().bytes });
    line.split_once("data=").unwrap().1.to_owned()
}

/// Joins fragments; checks lengths, offsets and flags on the way.
fn reassemble(frames: &[Emitted], mtu: usize) -> Vec<u8> {
    let mut whole = Vec::new();
    for (number, frame) in frames.iter().enumerate() {
        let packet = &frame.bytes[14..];
        assert!(packet.len() <= mtu && !describe(frame).contains("BADSUM"));
        let header = usize::from(packet[0] & 15) * 4;
        let field = u16::from_be_bytes([packet[6], packet[7]]);
        assert_eq!(field & 0x4000, 0, "no DF");
        assert_eq!(usize::from(field & 0x1fff) * 8, whole.len());
        assert_eq!(field & 0x2000 != 0, number + 1 < frames.len(), "MF");
        whole.extend_from_slice(&packet[header..]);
    }
    whole
}

/// Without DF: fragments, of the packet itself, or of the outer one in a tunnel.
#[test]
fn too_long_without_df() {
    for method in [DirectRoute, Nat, Tun] {
        for checksum in [Checksum::Right, Checksum::Wrong, Checksum::Partial] {
            let mut lab = Lab::with(&one(method));
            lab.set_mtu(576);
            let given = Make { df: false, ..tcp(A, VIP, "S").long(1400) }.checksum(checksum);
            let (verdict, out) = lab.send(given.clone());
            assert!(matches!(verdict, Verdict::Forwarded(_)), "{method:?}");
            assert_eq!(out.len(), 3);
            let ids: Vec<_> = out.iter().map(|frame| &frame.bytes[18..20]).collect();
            assert!(ids.iter().all(|id| *id == ids[0]), "one identification");
            let mut whole = reassemble(&out, 576);
            if method == Tun {
                whole.drain(..20);
            }
            let mut joined = out[0].bytes[..34].to_vec();
            joined.extend_from_slice(&whole);
            joined[16..18].copy_from_slice(&1440u16.to_be_bytes());
            joined[20..22].fill(0);
            if method == Tun {
                // The outer header's place is taken by the inner one for the description.
                joined[14..34].copy_from_slice(&given.clone().frame().bytes[14..34]);
            }
            crate::make::repair_ip_checksum(&mut joined[14..]);
            let line =
                describe(&Emitted { port: PortId(0), vnet: Default::default(), bytes: joined.clone() });
            assert_eq!(
                line.ends_with("BADSUM"),
                checksum == Checksum::Wrong,
                "{method:?} {checksum:?}: {line}"
            );
            assert_eq!(joined[54..], given.frame().bytes[54..], "the payload");
        }
    }
}

#[test]
fn options_that_are_not_copied_stay_with_the_first_fragment() {
    let mut lab = Lab::with(&one(DirectRoute));
    lab.set_mtu(576);
    // Record route (not copied), then router alert (copied).
    let options = vec![7, 3, 4, 1, 0x94, 4, 0, 0];
    let (_, out) = lab.send(Make { df: false, options, ..tcp(A, VIP, "S").long(1000) });
    let of = |n: usize| out[n].bytes[34..42].to_vec();
    assert_eq!(out.len(), 2);
    assert_eq!(of(0), [7, 3, 4, 1, 0x94, 4, 0, 0]);
    assert_eq!(of(1), [1, 1, 1, 1, 0x94, 4, 0, 0]);
    assert_eq!(reassemble(&out, 576).len(), 1020);
}

#[test]
fn no_way_there() {
    let mut lab = Lab::with(&one(DirectRoute));
    lab.rewire(|network| network.routes.clear());
    lab.row("to the server", tcp(A, VIP, "S"), NOTHING, "frames_dropped no_route", &opened("rs1", 40));
    lab.row("back to a client", tcp(A, "10.9.0.100:81", "S"), NOTHING, "frames_dropped no_route", "");
    let mut lab = Lab::with(&one(Nat));
    lab.send(tcp(A, VIP, "S"));
    lab.rewire(|network| network.routes.retain(|level| level.length != 0));
    lab.row(
        "an answer",
        tcp_reply(1, "10.9.0.11:80", A, "SA"),
        NOTHING,
        "frames_dropped no_route",
        &outbound("rs1", 40),
    );
}

#[test]
fn the_link_is_down() {
    for method in [DirectRoute, Nat, Tun] {
        let mut lab = Lab::with(&one(method));
        lab.rewire(|network| network.links[0].as_mut().unwrap().running = false);
        lab.row("to the server", tcp(A, VIP, "S"), NOTHING, "frames_dropped link_down", &opened("rs1", 40));
    }
}

#[test]
fn the_sweep_is_full() {
    for method in [DirectRoute, Nat, Tun] {
        let mut lab = Lab::with(&one(method));
        lab.room = 0;
        lab.row("to the server", tcp(A, VIP, "S"), NOTHING, "frames_dropped sink_full", &opened("rs1", 40));
        lab.row("a reset", tcp(A, "10.9.0.100:81", "S"), NOTHING, "frames_dropped sink_full", "");
    }
}

/// A server whose MAC is unknown: its frames wait, in order, and leave as soon as it is known.
#[test]
fn waiting_for_a_neighbour() {
    for method in [DirectRoute, Nat, Tun] {
        let mut lab = Lab::with(&one(method));
        lab.forget(1);
        let held = |moved: String| format!("waiting+1 {moved}");
        lab.row("SYN", tcp(A, VIP, "S"), NOTHING, "held", &held(opened("rs1", 40)));
        lab.row("ACK", tcp(A, VIP, "A"), NOTHING, "held", &held(inbound("rs1", 40)));
        assert_eq!(
            lab.memory.waiting.take_wanted(),
            [(PortId(0), rip(1, false))],
            "the kernel is asked once"
        );
        lab.rewire(|network| {
            network.neighbours.insert((PortId(0), rip(1, false)), server_mac(7));
        });
        let mut released = Vec::new();
        let network = &lab.view.network;
        lab.memory.waiting.release(network, |port, frame| {
            released.push(describe(&Emitted { port, vnet: frame.vnet, bytes: frame.bytes }));
        });
        assert_eq!(released.len(), 2);
        assert!(
            released.iter().all(|line| line.starts_with("director>rs7 ") && !line.contains("BADSUM")),
            "{released:?}"
        );
        assert!(released[0].contains(" S seq") && released[1].contains(" A seq"), "in order: {released:?}");
        assert!(lab.memory.waiting.is_empty());
    }
}

/// A packet that leaves in pieces waits in pieces, and is one packet all the same.
#[test]
fn pieces_that_wait_count_once() {
    let fragmented = || Make { df: false, ..tcp(A, VIP, "PA").long(1400) };
    let segmented = || tcp(A, VIP, "PA").long(1400).gso(500);
    for (method, given, mtu) in [(DirectRoute, fragmented(), 576), (Tun, segmented(), 1500)] {
        let mut lab = Lab::with(&one(method));
        lab.send(tcp(A, VIP, "S"));
        lab.set_mtu(mtu);
        lab.forget(1);
        lab.row(
            "three pieces",
            given.clone(),
            NOTHING,
            "held",
            &format!("waiting+1 {}", inbound("rs1", 1440)),
        );
        assert_eq!(lab.memory.waiting.give_up(lab.now.plus_seconds(3)), 1, "lost: one packet");

        lab.row(
            "three again",
            given.clone(),
            NOTHING,
            "held",
            &format!("waiting+1 {}", inbound("rs1", 1440)),
        );
        lab.rewire(|network| {
            network.neighbours.insert((PortId(0), rip(1, false)), server_mac(1));
        });
        let mut ends = Vec::new();
        lab.memory.waiting.release(&lab.view.network, |_, frame| ends.push(frame.end(true)));
        ends.retain(|end| *end != Verdict::Held);
        assert_eq!(ends.len(), 1, "gone: one packet");
        assert!(matches!(ends[0], Verdict::Forwarded(_)));

        lab.forget(1);
        for _ in 0..62 {
            assert_eq!(lab.send(tcp(A, VIP, "A")).0, Verdict::Held);
        }
        lab.row(
            "room for two pieces is none",
            given,
            NOTHING,
            "frames_dropped waiting_full",
            &inbound("rs1", 1440),
        );
        assert_eq!(lab.memory.waiting.give_up(lab.now.plus_seconds(3)), 62);
    }
}

#[test]
fn a_neighbour_that_does_not_answer() {
    let mut lab = Lab::with(&one(DirectRoute));
    lab.forget(1);
    for _ in 0..64 {
        assert_eq!(lab.send(tcp(A, VIP, "S")).0, Verdict::Held);
    }
    lab.row("one too many", tcp(A, VIP, "A"), NOTHING, "frames_dropped waiting_full", &inbound("rs1", 40));
    assert_eq!(lab.memory.waiting.give_up(Tick(lab.now.0 + 29)), 0, "not before three seconds");
    let lost = lab.memory.waiting.give_up(Tick(lab.now.0 + 30));
    let unresolved = Verdict::Dropped(DropReason::NeighbourUnresolved);
    lab.memory.tally.count_many(unresolved, u64::try_from(lost).unwrap());
    assert_eq!(lab.memory.tally.counted(unresolved), 64);
    assert_eq!(counter_of(unresolved), "frames_dropped neighbour_unresolved");
    assert!(lab.memory.waiting.is_empty());
}

/// Answers wait too.
#[test]
fn answers_wait_for_the_gateway() {
    let mut lab = Lab::with(&one(DirectRoute));
    lab.rewire(|network| {
        network.neighbours.remove(&(PortId(0), "10.9.0.1".parse().unwrap()));
    });
    lab.row("a reset", tcp(A, "10.9.0.100:81", "S"), NOTHING, "held", "waiting+1");
    lab.row(
        "a time exceeded",
        Make { ttl: 1, ..tcp(A, VIP, "S") },
        NOTHING,
        "held",
        &format!("waiting+1 {}", opened("rs1", 40)),
    );
}

/// What only a worker sees is counted under its name, too, and everything that was counted is published in order.
#[test]
fn everything_counted_is_published() {
    let mut lab = Lab::with(&one(Nat));
    for row in &ulvs::director::CATALOGUE {
        lab.memory.tally.count_many(row.verdict, row.verdict.number().unwrap() as u64 + 1);
    }
    let counters = lab.counters();
    for name in ["frames_dropped transmit_failed", "frames_dropped panicked", "frames_dropped sink_full"] {
        assert!(counters[name] > 1, "{name}");
    }
    let published = lab.publish();
    let expected: Vec<u64> = (1..=ulvs::director::VERDICTS as u64).collect();
    assert_eq!(published.verdicts().to_vec(), expected);
    assert_eq!(published.received(), 0);
    lab.send(tcp(A, VIP, "S"));
    lab.publish();
    lab.publish();
    assert_eq!(lab.real(0).stats.read().in_pkts, 1, "published once");
}
