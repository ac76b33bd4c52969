//! Fragments: put together, scheduled once, and sent on in pieces again. As recorded from Linux 6.1's IPVS.

use crate::lab::{DirectRoute, Lab, NOTHING, Nat, Tun, inbound, opened_udp, outbound};
use crate::make::{Given, Make, icmp, ping, tcp, udp, udp_reply};
use ulvs::director::{Answer, DropReason, Verdict};
use ulvs::lvs::Protocol;

const C: &str = "172.16.0.5:1001";
const C6: &str = "[2001:db8::5]:1001";
const DNS: &str = "10.9.0.100:53";
const DNS6: &str = "[fd00:9::100]:53";

/// A DNS service over UDP with one real server.
fn lab(method: ulvs::lvs::ForwardingMethod, six: bool) -> Lab {
    let mut lab = Lab::new();
    lab.service(Protocol::Udp, if six { DNS6 } else { DNS }, "rr", &[(1, method, 53, 1)]);
    lab
}

/// A datagram cut at these places of its payload (behind the IP header).
fn cut(make: Make, cuts: &[usize]) -> Vec<Given> {
    let df = make.df;
    let whole = Make { df: false, ..make }.frame();
    let is_v4 = whole.bytes[12] == 8;
    let head = 14 + if is_v4 { usize::from(whole.bytes[14] & 15) * 4 } else { 40 };
    let (header, payload) = whole.bytes.split_at(head);
    let ends: Vec<usize> = cuts.iter().copied().chain([payload.len()]).collect();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let piece = |(start, end): (usize, usize)| {
        let (piece, more) = (&payload[start..end], end < payload.len());
        let mut bytes = header.to_vec();
        if is_v4 {
            let len = u16::try_from(head - 14 + piece.len()).unwrap();
            bytes[16..18].copy_from_slice(&len.to_be_bytes());
            let field = u16::try_from(start / 8).unwrap() | u16::from(more) << 13 | u16::from(df) << 14;
            bytes[20..22].copy_from_slice(&field.to_be_bytes());
            crate::make::repair_ip_checksum(&mut bytes[14..]);
        } else {
            let len = u16::try_from(8 + piece.len()).unwrap();
            bytes[18..20].copy_from_slice(&len.to_be_bytes());
            let next = std::mem::replace(&mut bytes[20], 44);
            let [high, low] = (u16::try_from(start).unwrap() | u16::from(more)).to_be_bytes();
            bytes.extend_from_slice(&[next, 0, high, low, 0, 0, 0, 7]);
        }
        bytes.extend_from_slice(piece);
        whole.with_bytes(bytes)
    };
    starts.zip(ends.iter().copied()).map(piece).collect()
}

/// All but the last wait; the last brings these frames, this verdict, these counters.
fn whole(lab: &mut Lab, what: &str, mut given: Vec<Given>, out: &[&str], verdict: &str, moved: &str) {
    let last = given.pop().unwrap();
    let waited = given.len();
    for piece in given {
        lab.row(&format!("{what}: waits"), piece, NOTHING, "held", "fragments+1");
    }
    let joined = lab.counters()["frames_joined datagram"];
    let moved = format!("fragments-{waited} frames_joined/datagram+{waited} {moved}");
    lab.row(what, last, out, verdict, &moved);
    assert_eq!(lab.counters()["frames_joined datagram"] - joined, i64::try_from(waited).unwrap());
    assert_eq!((lab.memory.defrag.frames(), lab.memory.defrag.bytes()), (0, 0));
}

fn lines(header: &str, pieces: &[(usize, bool, usize)], id: &str, header_len: usize) -> Vec<String> {
    pieces
        .iter()
        .map(|(offset, more, len)| {
            let (plus, total) = (if *more { "+" } else { "" }, len + header_len);
            format!("{header} frag={}{plus} len={total}{id} data={len}", offset / 8)
        })
        .collect()
}

#[test]
fn in_any_order_to_one_real_server_once() {
    for (method, out) in [
        (DirectRoute, "director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 -"),
        (Nat, "director>rs1 ip 172.16.0.5>10.9.0.11 ttl=63 tos=0 -"),
    ] {
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            let mut lab = lab(method, false);
            let pieces = cut(udp(C, DNS, b"").long(3000), &[1480, 2960]);
            let given = order.map(|number| pieces[number].clone()).to_vec();
            let out = lines(out, &[(0, true, 1480), (1480, true, 1480), (2960, false, 48)], " id=78", 20);
            let out: Vec<&str> = out.iter().map(String::as_str).collect();
            let verdict = if method == Nat { "frames_forwarded masq" } else { "frames_forwarded route" };
            whole(&mut lab, "a long datagram", given, &out, verdict, &opened_udp("rs1", 3028));
        }
    }
}

/// What fits the link as a whole leaves in pieces all the same: no larger than they came.
#[test]
fn in_pieces_as_large_as_they_came() {
    let mut lab = lab(DirectRoute, false);
    let out = |pieces: &[(usize, bool, usize)]| {
        lines("director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 -", pieces, " id=78", 20)
    };
    let mut check = |what, cuts: &[usize], len, pieces: &[(usize, bool, usize)], first: bool| {
        let out = out(pieces);
        let out: Vec<&str> = out.iter().map(String::as_str).collect();
        let moved = if first { opened_udp("rs1", len + 28) } else { inbound("rs1", len + 28) };
        let given = cut(udp(C, DNS, b"").long(len), cuts);
        whole(&mut lab, what, given, &out, "frames_forwarded route", &moved);
    };
    check("small", &[400, 800], 1000, &[(0, true, 400), (400, true, 400), (800, false, 208)], true);
    check("the second longer", &[400], 1000, &[(0, true, 608), (608, false, 400)], false);
    let uneven = [(0, true, 1480), (1480, true, 320), (1800, true, 200), (2000, false, 1008)];
    check("uneven", &[1480, 1800, 2000], 3000, &uneven, false);
    let cuts = [8, 1400, 1480, 2400];
    check("tiny first", &cuts, 3000, &[(0, true, 1392), (1392, true, 1392), (2784, false, 224)], false);
    let cuts = [400, 800, 2280, 2800];
    let pieces = [(0, true, 800), (800, true, 1480), (2280, true, 520), (2800, false, 208)];
    check("the small ones are joined to the first", &cuts, 3000, &pieces, false);
}

#[test]
fn a_tunnel_cuts_outside() {
    let mut lab = lab(Tun, false);
    let given = cut(udp(C, DNS, b"").long(1000), &[400, 800]);
    let out = lines(
        "director>rs1 ip 10.9.0.2>10.9.0.11 ttl=63 tos=0 -",
        &[(0, true, 400), (400, true, 400), (800, false, 228)],
        "",
        20,
    );
    let out: Vec<&str> = out.iter().map(String::as_str).collect();
    whole(&mut lab, "tunnel", given, &out, "frames_forwarded tunnel", &opened_udp("rs1", 1028));
}

/// Linux gives the outer packets of all such datagrams the identification 0, and the far end may mix them up.
#[test]
fn pieces_of_one_outer_packet_are_told_from_those_of_the_next() {
    let mut lab = lab(Tun, false);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let mut given = cut(Make { df: true, ..udp(C, DNS, b"").long(1000) }, &[400, 800]);
        let last = given.pop().unwrap();
        given.into_iter().for_each(|piece| assert_eq!(lab.send(piece).0, Verdict::Held));
        let (_, out) = lab.send(last);
        let ids: std::collections::BTreeSet<_> =
            out.iter().map(|frame| frame.bytes[18..20].to_vec()).collect();
        assert_eq!((out.len(), ids.len()), (3, 1));
        assert!(out.iter().all(|frame| frame.bytes[20] & 0x40 != 0), "DF, as it came");
        seen.extend(ids);
    }
    assert_eq!(seen.len(), 3);
}

/// DF on a longest fragment holds for the whole: it leaves in the same pieces, or is refused as too long.
#[test]
fn df() {
    let mut lab = lab(DirectRoute, false);
    let given = cut(Make { df: true, ..udp(C, DNS, b"").long(1000) }, &[400, 800]);
    let out = lines(
        "director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df",
        &[(0, true, 400), (400, true, 400), (800, false, 208)],
        " id=78",
        20,
    );
    let out: Vec<&str> = out.iter().map(String::as_str).collect();
    whole(&mut lab, "small", given, &out, "frames_forwarded route", &opened_udp("rs1", 1028));
    let mut given = cut(Make { df: true, ..udp(C, DNS, b"").long(3000) }, &[1480, 2960]);
    let last = given.pop().unwrap();
    given.into_iter().for_each(|piece| assert_eq!(lab.send(piece).0, Verdict::Held));
    let (verdict, out) = lab.send(last);
    assert_eq!(verdict, Verdict::Answered(Answer::TooBig));
    let line = crate::describe::describe(&out[0]);
    assert!(line.contains("len=576 icmp type=3 code=4 mtu=1500 [ip 172.16.0.5>10.9.0.100"), "{line}");
}

/// 8 bytes of TCP: ports only. RFC 1858's trick opens nothing that the whole would not.
#[test]
fn a_tiny_first_fragment() {
    let mut lab = Lab::with(&[(1, DirectRoute, 80, 1)]);
    let given = cut(Make { df: true, ..tcp(C, "10.9.0.100:80", "S") }, &[8]);
    let out = lines(
        "director>rs1 ip 172.16.0.5>10.9.0.100 ttl=63 tos=0 df",
        &[(0, true, 8), (8, false, 12)],
        " id=77",
        20,
    );
    let out: Vec<&str> = out.iter().map(String::as_str).collect();
    let moved = crate::lab::opened("rs1", 40);
    whole(&mut lab, "SYN", given, &out, "frames_forwarded route", &moved);
}

#[test]
fn what_is_of_no_use_has_a_name() {
    let mut lab = lab(DirectRoute, false);
    let pieces = |cuts: &[usize]| cut(udp(C, DNS, b"").long(1000), cuts);
    let (a, b) = (pieces(&[400, 800]), pieces(&[392, 800]));
    lab.row("the first", a[0].clone(), NOTHING, "held", "fragments+1");
    lab.row("again", a[0].clone(), NOTHING, "frames_dropped fragment_duplicate", "");
    lab.row("the last", a[2].clone(), NOTHING, "held", "fragments+1");
    let moved = "fragments-2 frames_dropped/fragment_overlap+2";
    lab.row("an overlap takes all", b[1].clone(), NOTHING, "frames_dropped fragment_overlap", moved);
    lab.row("the last", a[2].clone(), NOTHING, "held", "fragments+1");
    let moved = "fragments-1 frames_dropped/fragment_length+1";
    let behind = pieces(&[400, 1000])[2].clone().edit(|bytes| {
        bytes[20..22].copy_from_slice(&8191u16.to_be_bytes());
        crate::make::repair_ip_checksum(&mut bytes[14..]);
    });
    lab.row("behind the end", behind, NOTHING, "frames_dropped fragment_length", moved);
    let congested = a[1].clone().edit(|bytes| {
        bytes[15] = 3;
        crate::make::repair_ip_checksum(&mut bytes[14..]);
    });
    lab.row("the first", a[0].clone(), NOTHING, "held", "fragments+1");
    lab.row("the last", a[2].clone(), NOTHING, "held", "fragments+1");
    let moved = "fragments-2 frames_dropped/fragment_ecn+2";
    lab.row("ECN", congested, NOTHING, "frames_dropped fragment_ecn", moved);
    lab.row(
        "of others' packets",
        Make { destination: "10.9.0.2:80".parse().unwrap(), more: true, ..tcp(C, DNS, "S") },
        NOTHING,
        "frames_passed not_vip",
        "",
    );
    let routed =
        Make { options: vec![131, 7, 4, 1, 2, 3, 4, 0], df: false, more: true, ..udp(C, DNS, &[0; 8]) };
    lab.row("a source route", routed, NOTHING, "frames_dropped source_route", "");
    let partial = a[0].clone().vnet(|vnet| vnet.flags = 1);
    lab.row("an unfinished checksum", partial, NOTHING, "frames_dropped vnet_header", "");
    assert_eq!(lab.memory.defrag.frames(), 0);
}

/// One source has its share; beyond that its own oldest fragments go.
#[test]
fn no_room() {
    let mut lab = lab(DirectRoute, false);
    let first = |source: &str, id| cut(Make { id, ..udp(source, DNS, b"").long(1400) }, &[1000])[0].clone();
    assert_eq!(lab.send(first("172.16.0.6:7", 1)).0, Verdict::Held);
    for id in 0..1000 {
        assert_eq!(lab.send(first(C, id)).0, Verdict::Held);
    }
    let lost = lab.counters()["frames_dropped fragment_no_room"];
    let waiting = i64::try_from(lab.memory.defrag.frames()).unwrap();
    assert!(lost > 600 && lost + waiting == 1001, "{lost} + {waiting}");
    let last = cut(Make { id: 1, ..udp("172.16.0.6:7", DNS, b"").long(1400) }, &[1000])[1].clone();
    assert_eq!(lab.send(last).1.len(), 2, "somebody else's waits on");
}

/// After 30 seconds (IPv6: 60) the sender is told, if the first fragment is there.
#[test]
fn late() {
    for (six, seconds) in [(false, 30), (true, 60)] {
        let mut lab = lab(DirectRoute, six);
        let make = |source: &str| udp(source, if six { DNS6 } else { DNS }, b"").long(1000);
        let (one, two) = if six { (C6, "[2001:db8::6]:7") } else { (C, "172.16.0.6:7") };
        assert_eq!(lab.send(cut(make(one), &[400, 800])[0].clone()).0, Verdict::Held);
        assert_eq!(lab.send(cut(make(one), &[400, 800])[2].clone()).0, Verdict::Held);
        assert_eq!(lab.send(cut(make(two), &[400])[1].clone()).0, Verdict::Held);
        lab.sleep(seconds - 1);
        assert!(lab.give_up_fragments().0.is_empty());
        lab.sleep(1);
        let before = lab.counters();
        let (verdicts, out) = lab.give_up_fragments();
        let late = Verdict::Dropped(DropReason::FragmentTimeout);
        assert_eq!(verdicts, [Verdict::Answered(Answer::TimeExceeded), late]);
        let line = crate::describe::describe(&out[0]);
        let expected = if six {
            "director>gw ip6 fd00:9::100>2001:db8::5 hlim=64 tc=0 plen=456 icmp6 type=3 code=1"
        } else {
            "director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=192 - len=448 icmp type=11 code=1 [ip 172.16.0.5>10.9.0.100 ttl=64 tos=0 - frag=0+ len=420"
        };
        assert!(line.starts_with(expected), "{line}");
        let moved = crate::lab::moves(&before, &lab.counters());
        let moved: Vec<(&str, i64)> = moved.iter().map(|(name, by)| (name.as_str(), *by)).collect();
        let named =
            [("fragments", -3), ("frames_answered time_exceeded", 1), ("frames_dropped fragment_timeout", 2)];
        assert_eq!(moved, named);
        assert_eq!(out.len(), 1);
    }
}

#[test]
fn a_long_ping_gets_a_long_answer() {
    let mut lab = Lab::new();
    let given = cut(ping("172.16.0.5", "10.9.0.100").long(3000), &[1480, 2960]);
    let out = lines(
        "director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 -",
        &[(0, true, 1480), (1480, true, 1480), (2960, false, 48)],
        "",
        20,
    );
    let out: Vec<&str> = out.iter().map(String::as_str).collect();
    whole(&mut lab, "3000 bytes", given, &out, "frames_answered echo", "");
    let given = cut(ping("172.16.0.5", "10.9.0.100").long(1000), &[400]);
    let out = "director>gw ip 10.9.0.100>172.16.0.5 ttl=64 tos=0 - len=1028 icmp type=0 code=0 id=7 seq=1";
    whole(&mut lab, "what fits is whole", given, &[out], "frames_answered echo", "");
}

#[test]
fn errors_in_pieces_follow_their_connection() {
    let mut lab = lab(Nat, false);
    lab.send(udp(C, DNS, b"q"));
    let quoted = udp_reply(1, DNS, C, b"").long(500).frame().bytes[14..].to_vec();
    let given = cut(icmp("192.0.2.1", "10.9.0.100", 3, 3, [0; 4], &quoted), &[400]);
    let out = lines(
        "director>rs1 ip 192.0.2.1>10.9.0.11 ttl=63 tos=0 -",
        &[(0, true, 400), (400, false, 136)],
        "",
        20,
    );
    let out: Vec<&str> = out.iter().map(String::as_str).collect();
    whole(&mut lab, "port unreachable", given, &out, "frames_forwarded masq", &inbound("rs1", 556));
}

/// Replies keep the places where they were cut; what belongs to no connection is routed on as it came.
#[test]
fn replies() {
    let mut lab = lab(Nat, false);
    lab.view.network.forwarding = (true, true);
    lab.send(udp(C, DNS, b"q"));
    let real = "10.9.0.11:53";
    let mut check = |what, make: Make, from: &str, id: &str, verdict: &str, moved: &str| {
        let out = lines(
            &format!("director>gw ip {from}>172.16.0.5 ttl=63 tos=0 -"),
            &[(0, true, 400), (400, false, 608)],
            id,
            20,
        );
        let out: Vec<&str> = out.iter().map(String::as_str).collect();
        whole(&mut lab, what, cut(make.long(1000), &[400]), &out, verdict, moved);
    };
    let moved = outbound("rs1", 1028);
    check(
        "a reply",
        udp_reply(1, real, C, b""),
        "10.9.0.100",
        " id=5",
        "frames_forwarded masq_reply",
        &moved,
    );
    let stranger = udp_reply(1, real, "172.16.0.5:9", b"");
    check("of no connection", stranger, "10.9.0.11", " id=5", "frames_forwarded relay", "");
    let other = udp_reply(1, "10.9.0.11:4000", "172.16.0.5:9", b"");
    check("from another port", other, "10.9.0.11", " id=5", "frames_forwarded relay", "");
    let to_host = cut(udp_reply(1, real, "10.9.0.2:9", b"").long(1000), &[400]);
    for piece in to_host {
        lab.row("to the host", piece, NOTHING, "frames_passed not_vip", "");
    }
    let others = cut(udp_reply(5, "10.9.0.15:53", C, b"").long(1000), &[400]);
    lab.row("from somebody else", others[1].clone(), NOTHING, "frames_passed not_vip", "");
    let df = cut(Make { df: true, ..udp_reply(1, real, C, b"").long(1000) }, &[400]);
    assert_eq!(lab.send(df[0].clone()).0, Verdict::Held);
    assert_eq!(
        lab.send(df[1].clone()).0,
        Verdict::Answered(Answer::TooBig),
        "what came cut is not cut again"
    );
}

fn lines6(header: &str, plens: &[usize]) -> Vec<String> {
    let mut offset = 0;
    // In a tunnel it is the outer packet that is cut.
    let next = if header.contains("fd00:9::2>") { 41 } else { 17 };
    let line = |(number, plen): (usize, &usize)| {
        let (more, data) = (if number + 1 < plens.len() { "+" } else { "" }, plen - 8);
        let line = format!("{header} plen={plen} frag={offset}{more} nh={next} data={data}");
        offset += data;
        line
    };
    plens.iter().enumerate().map(line).collect()
}

#[test]
fn ipv6() {
    for (method, from_to) in [
        (DirectRoute, "ip6 2001:db8::5>fd00:9::100"),
        (Nat, "ip6 2001:db8::5>fd00:9::b"),
        (Tun, "ip6 fd00:9::2>fd00:9::b"),
    ] {
        let mut lab = lab(method, true);
        let (verdict, first) = match method {
            DirectRoute => ("frames_forwarded route", 408),
            Nat => ("frames_forwarded masq", 408),
            _ => ("frames_forwarded tunnel", 448),
        };
        let out = lines6(&format!("director>rs1 {from_to} hlim=63 tc=0"), &[first, 408, 216]);
        let out: Vec<&str> = out.iter().map(String::as_str).collect();
        let given = cut(udp(C6, DNS6, b"").long(1000), &[400, 800]);
        whole(&mut lab, "IPv6", given, &out, verdict, &opened_udp("rs1", 1048));
        let mut given = cut(udp(C6, DNS6, b"").long(1000), &[]);
        assert_eq!(given.len(), 1);
        let before = lab.memory.tally.counted(Verdict::Joined);
        let (verdict, out) = lab.send(given.remove(0));
        assert!(matches!(verdict, Verdict::Forwarded(_)));
        // In a tunnel the outer packet is longer than the piece that came: it is an atomic fragment in turn.
        let plen = if method == Tun { 1056 } else { 1008 };
        assert_eq!(out.len(), 1);
        assert_eq!(out[0].bytes.len(), 54 + plen, "an atomic fragment loses its header");
        assert_eq!(lab.memory.tally.counted(Verdict::Joined), before);
    }
}

#[test]
fn ipv6_pieces_too_large_for_the_way() {
    let mut lab = lab(Tun, true);
    let mut given = cut(udp(C6, DNS6, b"").long(3000), &[1448, 2896]);
    let last = given.pop().unwrap();
    given.into_iter().for_each(|piece| assert_eq!(lab.send(piece).0, Verdict::Held));
    let (verdict, out) = lab.send(last);
    assert_eq!(verdict, Verdict::Answered(Answer::TooBig));
    let line = crate::describe::describe(&out[0]);
    assert!(line.contains("plen=1240 icmp6 type=2 code=0 mtu=1460"), "{line}");
}
