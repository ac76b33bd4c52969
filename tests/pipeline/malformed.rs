//! No frame may make the director panic, answer twice, answer nobody, or emit what it dropped (reliability T1, T8, I1,
//! I5).

use crate::lab::{DirectRoute, Lab, Nat, Tun};
use crate::make::{
    Checksum, DIRECTOR, GATEWAY, Given, arp, ping, repair_ip_checksum, solicitation, tcp, tcp_reply, udp,
};
use proptest::prelude::*;
use std::net::IpAddr;
use ulvs::director::{Answer, CATALOGUE, Verdict};
use ulvs::frame::memory::Emitted;
use ulvs::frame::{PacketType, VnetHeader};
use ulvs::lvs::Protocol;
use ulvs::time::Tick;

/// A director with a service of every kind, and connections under way.
fn lab() -> Lab {
    let mut lab = Lab::new();
    for (n, method) in (0u16..).zip([DirectRoute, Nat, Tun]) {
        for vip in ["10.9.0.100", "[fd00:9::100]"] {
            let i = u8::try_from(n + 1).unwrap();
            lab.service(Protocol::Tcp, &format!("{vip}:{}", 80 + n), "rr", &[(i, method, 80 + n, 1)]);
            lab.service(Protocol::Udp, &format!("{vip}:{}", 50 + n), "rr", &[(i, method, 50 + n, 1)]);
        }
    }
    lab.rewire(|network| network.forwarding = (true, true));
    for given in golden() {
        let _ = lab.send(given);
    }
    lab
}

/// Good frames, one of each kind; connections open with the first three of each family.
fn golden() -> Vec<Given> {
    let mut all = Vec::new();
    for (a, vip, real) in [
        ("172.16.0.5:40001", "10.9.0.100", "10.9.0.12"),
        ("[2001:db8::5]:40001", "[fd00:9::100]", "[fd00:9::c]"),
    ] {
        let at = |port: u16| format!("{vip}:{port}");
        for n in 0..3 {
            all.push(tcp(a, &at(80 + n), "S").frame());
            all.push(tcp(a, &at(80 + n), "PA").payload(b"some data").frame());
            all.push(udp(a, &at(50 + n), b"question").frame());
            all.push(tcp(a, &at(80 + n), "A").checksum(Checksum::Partial).frame());
        }
        all.push(tcp(a, &at(99), "S").frame());
        all.push(udp(a, &at(99), b"q").frame());
        all.push(tcp_reply(2, &format!("{real}:81"), a, "SA").frame());
        all.push(
            tcp_reply(
                2,
                &format!("{real}:81"),
                "172.16.9.9:9".replace("172.16.9.9", &a[..a.rfind(':').unwrap()]).as_str(),
                "A",
            )
            .frame(),
        );
    }
    all.push(ping("172.16.0.5", "10.9.0.100").frame());
    all.push(ping("2001:db8::5", "fd00:9::100").frame());
    all.push(solicitation("fd00:9::1", "fd00:9::100").frame());
    all.push(arp(1, GATEWAY, [10, 9, 0, 1], [10, 9, 0, 100]));
    all
}

/// Super-frames, too long to be tried bit by bit.
fn golden_super() -> Vec<Given> {
    let mut all = Vec::new();
    for (a, vip) in [("172.16.0.5:40001", "10.9.0.100"), ("[2001:db8::5]:40001", "[fd00:9::100]")] {
        for port in 80..83 {
            all.push(tcp(a, &format!("{vip}:{port}"), "PA").long(500).gso(100).frame());
        }
        for port in 50..53 {
            all.push(udp(a, &format!("{vip}:{port}"), b"").long(500).gso(100).frame());
        }
    }
    all
}

fn addresses(packet: &[u8], is_v6: bool) -> Option<(IpAddr, IpAddr)> {
    if is_v6 {
        let addr = |at: usize| Some(IpAddr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?));
        Some((addr(8)?, addr(24)?))
    } else {
        let addr = |at: usize| Some(IpAddr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
        Some((addr(12)?, addr(16)?))
    }
}

fn is_somebody(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => {
            !(addr.octets()[0] == 0 || addr.is_loopback() || addr.is_multicast() || addr.is_broadcast())
        }
        IpAddr::V6(addr) => !(addr.is_unspecified() || addr.is_loopback() || addr.is_multicast()),
    }
}

/// Sends one frame and holds the outcome against the invariants.
fn judge(lab: &mut Lab, given: &Given) -> Verdict {
    let waited = lab.memory.waiting.len();
    let joined = lab.memory.tally.counted(Verdict::Joined);
    // A second later, so that the limit on ICMP errors hides nothing.
    lab.now = Tick(lab.now.0 + 1);
    let (verdict, out) = lab.send(given.clone());
    let (len, vnet) = (given.bytes.len(), given.meta.vnet);
    let context = || format!("{verdict:?} on {given:02x?}, out {out:02x?}");
    for frame in &out {
        assert!(frame.bytes.len() >= 42 && frame.bytes[6..12] == DIRECTOR.0, "{}", context());
        assert_ne!(frame.bytes[..6], [0; 6], "{}", context());
    }
    match verdict {
        Verdict::Passed(_) | Verdict::Dropped(_) => assert!(out.is_empty(), "{}", context()),
        Verdict::Held => {
            let waits = lab.memory.waiting.len() > waited || lab.memory.defrag.frames() > 0;
            assert!(out.is_empty() && waits, "{}", context());
        }
        // More came of it than this one fragment.
        _ if lab.memory.tally.counted(Verdict::Joined) > joined => assert!(!out.is_empty()),
        Verdict::Joined => panic!("no frame ends so by itself: {}", context()),
        Verdict::Forwarded(_) => {
            let segments = if vnet.is_super() { len.div_ceil(usize::from(vnet.gso_size.max(1))) } else { 1 };
            assert!((1..=segments).contains(&out.len()), "{}", context());
            assert!(out.iter().all(|frame| frame.bytes.len() <= len + 40), "{}", context());
        }
        Verdict::Answered(answer) => {
            assert_eq!(out.len(), 1, "{}", context());
            check_answer(answer, &out[0], given, &context);
        }
    }
    verdict
}

fn check_answer(answer: Answer, out: &Emitted, given: &Given, context: &dyn Fn() -> String) {
    let (len, is_v6) = (out.bytes.len(), out.bytes[12..14] == [0x86, 0xdd]);
    let most = match answer {
        Answer::Arp => 42,
        Answer::Neighbour => 86,
        Answer::Echo => given.bytes.len(),
        Answer::Reset | Answer::DrainReset => 14 + if is_v6 { 60 } else { 40 },
        // An error quotes no more than came, behind headers of its own.
        Answer::PortUnreachable
        | Answer::ProtocolUnreachable
        | Answer::ParameterProblem
        | Answer::TimeExceeded
        | Answer::TooBig
        | Answer::TunnelError => {
            let (header, limit) = if is_v6 { (48, 1280) } else { (28, 576) };
            14 + limit.min(header + given.bytes.len() - 14)
        }
    };
    assert!(len <= most, "at most {most} bytes: {}", context());
    assert_eq!(out.vnet, VnetHeader::default(), "{}", context());
    let to_all_nodes = answer == Answer::Neighbour && out.bytes[..6] == [0x33, 0x33, 0, 0, 0, 1];
    assert!(out.bytes[0] & 1 == 0 || to_all_nodes, "to a group: {}", context());
    if answer == Answer::Arp {
        let target = <[u8; 4]>::try_from(&out.bytes[38..42]).unwrap();
        assert!(target == [0; 4] || is_somebody(target.into()), "{}", context());
        return;
    }
    let (source, destination) = addresses(&out.bytes[14..], is_v6).unwrap();
    assert!(is_somebody(destination) || to_all_nodes, "to nobody: {}", context());
    assert!(is_somebody(source), "{}", context());
    assert!(!crate::describe::describe(out).contains("BADSUM"), "{}", context());
}

/// Σ of all counters, what waits included, is what came in (reliability I1).
fn check_sum(lab: &Lab) {
    let tally = &lab.memory.tally;
    let counted: u64 = CATALOGUE.iter().map(|row| tally.counted(row.verdict)).sum();
    assert_eq!(counted + lab.held + lab.memory.defrag.frames(), tally.received());
}

#[test]
fn good_frames_are_good() {
    let mut lab = lab();
    for given in golden().into_iter().chain(golden_super()) {
        let verdict = judge(&mut lab, &given);
        assert!(matches!(verdict, Verdict::Forwarded(_) | Verdict::Answered(_)), "{verdict:?}: {given:02x?}");
    }
    check_sum(&lab);
}

/// Cut at every byte: as a short frame, as a frame that arrived cut, and with lengths that say it is whole.
#[test]
fn cut_at_every_byte() {
    let mut lab = lab();
    for given in golden().into_iter().chain(golden_super()) {
        for len in 0..given.bytes.len() {
            let bytes = given.bytes[..len].to_vec();
            let short = given.with_bytes(bytes.clone());
            judge(&mut lab, &short);
            let cut = Given { bytes: bytes.clone(), meta: given.meta };
            let verdict = judge(&mut lab, &cut);
            let is_arp = bytes.get(12..14) == Some(&[8, 6]);
            assert!(matches!(verdict, Verdict::Dropped(_) | Verdict::Passed(_)) || is_arp, "{verdict:?}");
            judge(&mut lab, &given.with_bytes(believable(bytes)));
        }
    }
    check_sum(&lab);
}

/// Makes the IP header's length and checksum agree with the bytes that are there.
fn believable(mut bytes: Vec<u8>) -> Vec<u8> {
    let len = bytes.len().saturating_sub(14);
    match bytes.get(12..14) {
        Some([8, 0]) if len >= 20 => {
            bytes[16..18].copy_from_slice(&u16::try_from(len).unwrap().to_be_bytes());
            repair_ip_checksum(&mut bytes[14..]);
        }
        Some([0x86, 0xdd]) if len >= 40 => {
            bytes[18..20].copy_from_slice(&u16::try_from(len - 40).unwrap().to_be_bytes());
        }
        _ => {}
    }
    bytes
}

/// Every bit of the headers flipped, with the IPv4 header's checksum left wrong and put right.
#[test]
fn every_bit_flipped() {
    let mut lab = lab();
    for given in golden().into_iter().chain(golden_super()) {
        for bit in 0..given.bytes.len().min(100) * 8 {
            let flipped = given.clone().edit(|bytes| bytes[bit / 8] ^= 1 << (bit % 8));
            judge(&mut lab, &flipped);
            let repaired = flipped.edit(|bytes| {
                if bytes[12..14] == [8, 0] {
                    repair_ip_checksum(&mut bytes[14..]);
                }
            });
            judge(&mut lab, &repaired);
        }
    }
    check_sum(&lab);
}

fn any_vnet() -> impl Strategy<Value = VnetHeader> {
    let small = || prop_oneof![0u16..120, any::<u16>()];
    (any::<u8>(), prop_oneof![0u8..8, any::<u8>()], small(), small(), small(), small()).prop_map(
        |(flags, gso_type, hdr_len, gso_size, csum_start, csum_offset)| VnetHeader {
            flags,
            gso_type,
            hdr_len,
            gso_size,
            csum_start,
            csum_offset,
        },
    )
}

fn any_packet_type() -> impl Strategy<Value = PacketType> {
    use PacketType::{Broadcast, Host, Multicast, OtherHost, Outgoing};
    prop_oneof![8 => Just(Host), 1 => Just(Broadcast), 1 => Just(Multicast), 1 => Just(OtherHost), 1 => Just(Outgoing)]
}

/// A good frame with a few bytes overwritten (lengths and header checksum put right or not), cut or padded, and with a
/// virtio header that says anything or nearly the truth.
fn damaged() -> impl Strategy<Value = Given> {
    let frames: Vec<Given> = golden().into_iter().chain(golden_super()).collect();
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (
        prop::sample::select(frames),
        edits,
        any::<prop::sample::Index>(),
        0..4u8,
        any::<bool>(),
        any_packet_type(),
        proptest::option::of(any_vnet()),
        any::<u8>(),
    )
        .prop_map(|(given, edits, length, how, believe, packet_type, vnet, lie)| {
            let mut bytes = given.bytes.clone();
            let headers = bytes.len().min(120);
            for (at, value) in edits {
                bytes[at.index(headers)] = value;
            }
            match how {
                0 => bytes.truncate(length.index(bytes.len() + 1)),
                1 => bytes.resize(bytes.len() + length.index(64), 0x5a),
                _ => {}
            }
            if believe {
                bytes = believable(bytes);
            }
            let mut given = given.with_bytes(bytes);
            given.meta.packet_type = packet_type;
            match vnet {
                Some(vnet) => given.meta.vnet = vnet,
                None if lie == 0 => given.meta.wire_len += 1,
                None if lie == 1 => given.meta.vnet.gso_size = 1,
                None => {}
            }
            given
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_frames(frames in proptest::collection::vec(damaged(), 250)) {
        let mut lab = lab();
        for given in &frames {
            judge(&mut lab, given);
        }
        check_sum(&lab);
    }

    #[test]
    fn random_bytes(
        frames in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..200), 0..5usize, any_packet_type(), any_vnet()), 250)
    ) {
        let mut lab = lab();
        for (mut bytes, kind, packet_type, vnet) in frames {
            if let Some(place) = bytes.get_mut(12..14) {
                let kinds = [[8, 0], [0x86, 0xdd], [8, 6], [0x81, 0], [place[0], place[1]]];
                place.copy_from_slice(&kinds[kind]);
            }
            let given = Given::raw(believable(bytes)).meta(|meta| {
                meta.packet_type = packet_type;
                meta.vnet = vnet;
            });
            judge(&mut lab, &given);
        }
        check_sum(&lab);
    }
}
