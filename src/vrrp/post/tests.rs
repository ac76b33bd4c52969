use super::check::MAX_SOURCES;
use super::*;
use crate::lvs::{VrrpAuth, VrrpPeer};
use crate::vrrp::fixture::{SECOND, address, instance, instance_v6, ip, unicast};
use proptest::prelude::*;

const PASS: VrrpAuth = VrrpAuth::Password(*b"1111\0\0\0\0");
const AH: VrrpAuth = VrrpAuth::Header(*b"secret\0\0");

/// What keepalived 2.2.7 sent as it ended, from a capture: priority 0, without the Ethernet header.
const KEEPALIVED_PASS: &str = "45c0002800050000ff70d0840a090001e0000012\
    210200010101712a0a0900663131313100000000";
const KEEPALIVED_AH: &str = "45c0004000070000ff33d0a70a090001e0000012\
    700400000a090001000000074d34b80c2165f1cc0775957e210300010201d28a0a0900670000000000000000";
const KEEPALIVED_V3: &str = "45c00020000b0000ff70d0860a090001e000001231040001 0032d9be0a090068";
const KEEPALIVED_V6: &str = "6c083c98002870fffe80000000000000000000fffe000001ff020000000000000000000000000012\
    310500020032d502fe800000000000000000000000000005fd000009000000000000000000000105";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// A virtual router with keepalived's numbers, on another host.
fn like(mut like: VrrpInstance, vrid: u8, auth: VrrpAuth, interval: Duration, addresses: &[&str]) -> Post {
    like.vrid = vrid;
    like.auth = auth;
    like.interval = interval;
    like.addresses = addresses.iter().map(|text| address(text)).collect();
    let source = if like.family == Family::V4 { "10.9.0.2" } else { "fe80::2" };
    Post::new(&like, ip(source))
}

fn v2(auth: VrrpAuth) -> Post {
    like(instance(VrrpVersion::V2, 100), 51, auth, SECOND, &["10.9.0.100"])
}

fn sender(instance: VrrpInstance) -> Post {
    let source = if instance.family == Family::V4 { "10.9.0.1" } else { "fe80::1" };
    Post::new(&instance, ip(source))
}

fn sealed(auth: VrrpAuth) -> Post {
    sender(VrrpInstance { auth, ..instance(VrrpVersion::V2, 100) })
}

fn one(post: &mut Post, priority: u8) -> Outgoing {
    let mut all = post.write(priority);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn read(post: &mut Post, packet: &[u8]) -> Result<Heard, Fault> {
    post.read(&Packet::of_v4(packet).unwrap())
}

fn read_v6(post: &mut Post, outgoing: &Outgoing, from: &str) -> Result<Heard, Fault> {
    post.read(&Packet::of_v6(ip(from), outgoing.to, outgoing.hops, outgoing.message()))
}

/// Changes bytes and makes the IP header's checksum right again, and the message's if it is version 2 without header.
fn forged(outgoing: &Outgoing, changes: &[(usize, u8)]) -> Vec<u8> {
    let mut packet = outgoing.packet.clone();
    for (at, value) in changes {
        packet[*at] = *value;
    }
    let mut sum = |from: usize, to: usize, at: usize| {
        packet[at..at + 2].copy_from_slice(&[0, 0]);
        let sum = Sum::default().bytes(&packet[from..to]).finish();
        packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    };
    sum(0, 20, 10);
    if outgoing.protocol == PROTOCOL {
        sum(20, outgoing.packet.len(), 26);
    }
    packet
}

#[test]
fn what_keepalived_writes_is_believed() {
    let half = Duration::from_millis(500);
    let v3 = instance(VrrpVersion::V3, 100);
    for (hex, mut post, interval, addresses) in [
        (
            KEEPALIVED_PASS,
            like(instance(VrrpVersion::V2, 100), 2, PASS, SECOND, &["10.9.0.102"]),
            SECOND,
            vec![ip("10.9.0.102")],
        ),
        (
            KEEPALIVED_AH,
            like(instance(VrrpVersion::V2, 100), 3, AH, SECOND, &["10.9.0.103"]),
            SECOND,
            vec![ip("10.9.0.103")],
        ),
        (KEEPALIVED_V3, like(v3, 4, VrrpAuth::None, half, &["10.9.0.104"]), half, vec![ip("10.9.0.104")]),
    ] {
        let packet = bytes(hex);
        assert_eq!(Packet::of_v4(&packet).unwrap().vrid(), Some(post.vrid));
        let heard = read(&mut post, &packet).unwrap();
        assert_eq!((heard.from, heard.remark), (ip("10.9.0.1"), None));
        let advert = heard.advert;
        assert_eq!((advert.priority, advert.interval, advert.addresses), (0, interval, addresses));
        let counted = Counters { advert_rcvd: 1, pri_zero_rcvd: 1, ..Counters::default() };
        assert_eq!(post.counters(), &counted);
        assert_eq!(post.form(), Form::of(post.version, post.family)[0]);
    }
    let packet = bytes(KEEPALIVED_V6);
    let mut post = like(instance_v6(100), 5, VrrpAuth::None, half, &["fe80::5", "fd00:9::105"]);
    let from = ip("fe80::ff:fe00:1");
    let heard = post.read(&Packet::of_v6(from, ip("ff02::12"), 255, &packet[40..])).unwrap();
    assert_eq!((heard.remark, heard.advert.interval), (None, half));
    assert_eq!(heard.advert.addresses, [ip("fe80::5"), ip("fd00:9::105")]);
}

/// Byte for byte, but for the identification that we count by ourselves.
#[test]
fn what_we_write_is_what_keepalived_writes() {
    let half = Duration::from_millis(500);
    let v2 = || instance(VrrpVersion::V2, 100);
    for (hex, mut post) in [
        (KEEPALIVED_PASS, like(v2(), 2, PASS, SECOND, &["10.9.0.102"])),
        (KEEPALIVED_AH, like(v2(), 3, AH, SECOND, &["10.9.0.103"])),
        (KEEPALIVED_V3, like(instance(VrrpVersion::V3, 100), 4, PASS, half, &["10.9.0.104"])),
    ] {
        let packet = bytes(hex);
        post.set_source(ip("10.9.0.1"));
        post.id = u16::from_be_bytes([packet[4], packet[5]]) - 1;
        post.sequence = 6;
        assert_eq!(one(&mut post, 0).packet, packet);
    }
    let packet = bytes(KEEPALIVED_V6);
    let mut post = like(instance_v6(100), 5, VrrpAuth::None, half, &["fe80::5", "fd00:9::105"]);
    post.set_source(ip("fe80::ff:fe00:1"));
    let ours = one(&mut post, 0);
    assert_eq!(ours.message(), &packet[40..]);
    // All but the flow label.
    assert_eq!((ours.packet[0], ours.packet[1] & 0xf0, &ours.packet[4..40]), (0x6c, 0, &packet[4..40]));
    assert_eq!(post.counters(), &Counters { advert_sent: 1, pri_zero_sent: 1, ..Counters::default() });
}

#[test]
fn every_kind_is_read_as_it_was_written() {
    for auth in [VrrpAuth::None, PASS, AH] {
        let mut post = v2(auth);
        let mut from = sealed(auth);
        for priority in [1, 100, 255, 0] {
            let heard = read(&mut post, &one(&mut from, priority).packet).unwrap();
            let addresses = vec![ip("10.9.0.100")];
            let version = VrrpVersion::V2;
            assert_eq!(heard.advert, Advert { version, vrid: 51, priority, interval: SECOND, addresses });
        }
        assert_eq!((post.counters().advert_rcvd, post.counters().pri_zero_rcvd), (4, 1));
    }
    // 40.95 s is the longest interval of version 3, and a hundredth the shortest.
    for millis in [10, 40_950] {
        let instance = VrrpInstance { interval: Duration::from_millis(millis), ..instance_v6(100) };
        let mut post = Post::new(&instance, ip("fe80::2"));
        let sent = one(&mut sender(instance), 100);
        let heard = read_v6(&mut post, &sent, "fe80::1").unwrap();
        assert_eq!(heard.advert.interval, Duration::from_millis(millis));
    }
}

/// RFC 9568 §7.1 and keepalived's order: each check by a packet that passes all before it and fails all behind it, as far
/// as that can be.
#[test]
fn each_fault_has_its_name_and_its_counter() {
    let good = one(&mut sealed(PASS), 100);
    let one_of = |changes: &[(usize, u8)]| {
        let mut post = v2(PASS);
        let fault = read(&mut post, &forged(&good, changes)).unwrap_err();
        (fault, *post.counters())
    };
    let none = Counters::default();
    // From 10.9.0.2: us. TTL 8, source 12..16; message from 20: version, VRID, priority, count, auth type, interval.
    let rest = [(24, 1), (25, 9), (21, 7)];
    let with = |changes: &[(usize, u8)]| one_of(&[changes, &rest].concat());
    assert_eq!(
        with(&[(15, 2), (8, 9)]),
        (Fault::Own { from: ip("10.9.0.2") }, Counters { own_rcvd: 1, ..none })
    );
    let hops = Fault::Hops { is: 254, least: 255, most: 255 };
    assert_eq!(with(&[(8, 254), (20, 0x32)]), (hops, Counters { ip_ttl_err: 1, ..none }));
    let version = Fault::Version { is: 3, expected: 2 };
    assert_eq!(with(&[(20, 0x32), (23, 9)]), (version, Counters { version_err: 1, ..none }));
    assert_eq!(
        with(&[(20, 0x22), (23, 9)]),
        (Fault::Kind { is: 2 }, Counters { invalid_type_rcvd: 1, ..none })
    );
    let length = Fault::Length { is: 20, expected: 24 };
    assert_eq!(with(&[(23, 2)]), (length, Counters { packet_len_err: 1, ..none }));
    assert_eq!(with(&[(23, 255)]).0, Fault::Length { is: 20, expected: 1036 });
    assert_eq!(with(&[(23, 0)]).0, Fault::Length { is: 20, expected: 16 });
    let mut wrong = forged(&good, &rest);
    wrong[26] ^= 1;
    assert_eq!(read(&mut v2(PASS), &wrong), Err(Fault::Checksum));
    assert_eq!(one_of(&[(21, 7), (24, 3)]), (Fault::Vrid { is: 7 }, Counters { vrid_err: 1, ..none }));
    assert_eq!(
        one_of(&[(24, 3), (25, 9)]),
        (Fault::AuthType { is: 3 }, Counters { invalid_authtype: 1, ..none })
    );
    let mismatch = Fault::AuthMismatch { is: 0, expected: 1 };
    assert_eq!(one_of(&[(24, 0), (25, 9)]), (mismatch, Counters { authtype_mismatch: 1, ..none }));
    assert_eq!(one_of(&[(32, b'2'), (25, 9)]), (Fault::AuthFailure, Counters { auth_failure: 1, ..none }));
    assert_eq!(one_of(&[(39, 1)]).0, Fault::AuthFailure, "all eight count");
    let interval = Fault::Interval { is: 9 * SECOND, expected: SECOND };
    assert_eq!(one_of(&[(25, 9)]), (interval, Counters { advert_interval_err: 1, ..none }));

    let mut post = v2(PASS);
    let heard = read(&mut post, &forged(&good, &[(31, 101)])).unwrap();
    assert_eq!(heard.remark, Some(Fault::Addresses { theirs: 1, ours: 1 }));
    assert_eq!(post.counters(), &Counters { advert_rcvd: 1, addr_list_err: 1, ..none });
    assert_eq!(post.counters().refused(), 0);
}

#[test]
fn what_is_no_packet_is_none() {
    let packet = one(&mut sealed(AH), 100).packet;
    for len in 0..packet.len() {
        assert_eq!(Packet::of_v4(&packet[..len]), Err(Fault::Header), "cut at {len}");
    }
    let udp = forged(&one(&mut sealed(PASS), 1), &[(9, 17)]);
    assert_eq!(Packet::of_v4(&udp), Err(Fault::Header));
    let fragment = forged(&one(&mut sealed(PASS), 1), &[(6, 0x20)]);
    assert_eq!(Packet::of_v4(&fragment), Err(Fault::Header));
    // Ethernet's padding is no part of it.
    let mut padded = packet;
    padded.extend([0; 10]);
    assert!(read(&mut v2(AH), &padded).is_ok());
    // Sound headers with nothing behind them.
    let empty = ipv4_header(Ipv4Addr::new(10, 9, 0, 1), Ipv4Addr::new(224, 0, 0, 18), 112, 255, 1, 0);
    assert_eq!(Packet::of_v4(&empty).unwrap().vrid(), None);
    assert_eq!(read(&mut v2(PASS), &empty), Err(Fault::Length { is: 0, expected: 8 }));
    let empty = ipv4_header(Ipv4Addr::new(10, 9, 0, 1), Ipv4Addr::new(224, 0, 0, 18), 51, 255, 1, 0);
    assert_eq!(Packet::of_v4(&empty).unwrap().vrid(), None);
    assert_eq!(read(&mut v2(AH), &empty), Err(Fault::Length { is: 0, expected: 24 }));
    // Of the other family.
    let packet = Packet::of_v6(ip("fe80::1"), ip("ff02::12"), 255, &[0x21, 51]);
    assert_eq!(v2(PASS).read(&packet), Err(Fault::Header));
}

#[test]
fn a_sealed_packet_is_believed_once_and_only_unchanged() {
    let mut from = sealed(AH);
    let mut post = v2(AH);
    let first = one(&mut from, 100);
    let second = one(&mut from, 100);
    assert!(read(&mut post, &second.packet).is_ok());
    assert_eq!(read(&mut post, &second.packet), Err(Fault::Replayed { is: 2, last: 2 }));
    assert_eq!(read(&mut post, &first.packet), Err(Fault::Replayed { is: 1, last: 2 }));
    assert_eq!((post.counters().replayed, post.counters().auth_failure), (2, 0));
    let mut third = one(&mut from, 100);
    // Sequence number, destination, identification: protected. TTL, type of service: routers change them.
    for at in [31, 19, 5] {
        let changed = forged(&third, &[(at, third.packet[at] ^ 0x40)]);
        assert_eq!(read(&mut post, &changed), Err(Fault::AuthFailure), "byte {at}");
    }
    assert!(read(&mut post, &forged(&third, &[(1, 0)])).is_ok());
    // Another key; and no header at all where one is wanted, or the other way round.
    third = one(&mut from, 100);
    assert_eq!(read(&mut v2(VrrpAuth::Header([7; 8])), &third.packet), Err(Fault::AuthFailure));
    assert_eq!(read(&mut v2(PASS), &third.packet), Err(Fault::AuthMismatch { is: 2, expected: 1 }));
    let plain = one(&mut sealed(VrrpAuth::None), 100);
    let posing = forged(&plain, &[(24, 2)]);
    assert_eq!(read(&mut post, &posing), Err(Fault::AuthMismatch { is: 2, expected: 2 }));
}

/// Whoever becomes master goes on with the numbers of whom he heard.
#[test]
fn sequence_numbers_go_on_from_the_highest() {
    let mut from = sealed(AH);
    from.sequence = 1000;
    let mut post = v2(AH);
    read(&mut post, &one(&mut from, 100).packet).unwrap();
    let ours = one(&mut post, 150);
    assert_eq!(ours.packet[28..32], 1002_u32.to_be_bytes());
    read(&mut from, &ours.packet).unwrap();
    // Both at once have the same number, and hear one another all the same.
    let (theirs, ours) = (one(&mut from, 100), one(&mut post, 150));
    assert_eq!(theirs.packet[28..32], ours.packet[28..32]);
    assert!(read(&mut from, &ours.packet).is_ok() && read(&mut post, &theirs.packet).is_ok());
}

#[test]
fn sources_are_bounded() {
    let mut post = v2(AH);
    for host in 0..=MAX_SOURCES as u32 {
        post.remember(IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + host)), host + 1);
    }
    assert_eq!((post.sequences.len(), post.sequence), (MAX_SOURCES, MAX_SOURCES as u32 + 1));
    assert!(!post.sequences.contains_key(&ip("10.0.0.0")), "the oldest is forgotten");
}

/// RFC 9568 §5.2.8 and what came before it: all are understood, and answered in kind.
#[test]
fn checksums_of_version_3_are_recognised() {
    let instance = VrrpInstance { peers: unicast(&["10.9.0.2"], true), ..instance(VrrpVersion::V3, 100) };
    let reader = VrrpInstance { peers: unicast(&["10.9.0.1"], true), ..instance.clone() };
    let mut post = Post::new(&reader, ip("10.9.0.2"));
    let mut from = sender(instance);
    let mut sums = Vec::new();
    for form in [Form::PseudoHeader, Form::Message, Form::OldPseudoHeader] {
        from.set_form(form);
        let sent = one(&mut from, 100);
        sums.push(sent.packet[26..28].to_vec());
        assert!(read(&mut post, &sent.packet).is_ok());
        assert_eq!(post.form(), form);
        let mut back = from.clone();
        back.set_form(Form::PseudoHeader);
        assert!(read(&mut back, &one(&mut post, 150).packet).is_ok());
        assert_eq!(back.form(), form);
    }
    sums.dedup();
    assert_eq!(sums.len(), 3);
    let mut wrong = one(&mut from, 100).packet;
    wrong[22] ^= 1;
    assert_eq!(read(&mut post, &wrong), Err(Fault::Checksum));
    assert_eq!(post.form(), Form::OldPseudoHeader, "a refused one teaches nothing");
    // Version 2 and IPv6 have one each.
    let mut post = v2(PASS);
    post.set_form(Form::PseudoHeader);
    assert_eq!(post.form(), Form::Message);
}

#[test]
fn unicast_goes_to_each_peer_and_comes_from_them() {
    let mut instance =
        VrrpInstance { peers: unicast(&["10.9.0.2", "10.9.0.3"], true), ..instance(VrrpVersion::V2, 9) };
    let VrrpPeers::Unicast { peers, ttl, .. } = &mut instance.peers else { panic!() };
    *ttl = 64;
    peers[0] = VrrpPeer { min_ttl: 60, max_ttl: 64, ..peers[0] };
    let mut from = sender(instance.clone());
    let sent = from.write(100);
    let to: Vec<_> = sent.iter().map(|sent| (sent.to, sent.hops, sent.packet[8])).collect();
    assert_eq!(to, [(ip("10.9.0.2"), 64, 64), (ip("10.9.0.3"), 64, 64)]);
    assert_eq!(from.counters().advert_sent, 2);

    let mut reader = |ttl: u8, host: u8| {
        let packet = forged(&sent[0], &[(8, ttl), (15, host), (19, 1)]);
        read(&mut from, &packet).map(|heard| heard.from)
    };
    assert_eq!(reader(64, 2), Ok(ip("10.9.0.2")));
    assert_eq!(reader(60, 2), Ok(ip("10.9.0.2")));
    assert_eq!(reader(59, 2), Err(Fault::Hops { is: 59, least: 60, most: 64 }));
    assert_eq!(reader(65, 2), Err(Fault::Hops { is: 65, least: 60, most: 64 }));
    assert_eq!(reader(1, 3), Ok(ip("10.9.0.3")));
    assert_eq!(reader(64, 4), Err(Fault::Source { from: ip("10.9.0.4") }));
    instance.peers = unicast(&["10.9.0.2"], false);
    let open = forged(&sent[0], &[(15, 4), (19, 1)]);
    assert!(read(&mut sender(instance), &open).is_ok());
}

/// Of version 3 an interval of nothing would make a backup master at once.
#[test]
fn an_interval_of_nothing_is_refused() {
    let mut post = like(instance(VrrpVersion::V3, 1), 51, VrrpAuth::None, SECOND, &["10.9.0.100"]);
    let mut from = sender(instance(VrrpVersion::V3, 1));
    from.interval = Duration::ZERO;
    let fault = Fault::Interval { is: Duration::ZERO, expected: SECOND };
    assert_eq!(read(&mut post, &one(&mut from, 1).packet), Err(fault));
    // The four bits before it mean nothing (RFC 9568 §5.2.6).
    from.interval = SECOND;
    from.set_form(Form::Message);
    let mut sent = one(&mut from, 1);
    sent.packet[24] |= 0xf0;
    assert_eq!(read(&mut post, &forged(&sent, &[])).unwrap().advert.interval, SECOND);
}

#[test]
fn addresses_are_compared_in_any_order_and_at_most_255_are_sent() {
    let many: Vec<_> = (0..300).map(|host| address(&format!("10.8.{}.{}", host / 256, host % 256))).collect();
    let instance = VrrpInstance { addresses: many, ..instance(VrrpVersion::V2, 100) };
    let sent = one(&mut sender(instance.clone()), 100);
    assert_eq!((sent.packet[23], sent.packet.len()), (255, 20 + 8 + 255 * 4 + 8));
    let mut reversed = instance.clone();
    reversed.addresses.truncate(255);
    reversed.addresses.reverse();
    let heard = read(&mut Post::new(&reversed, ip("10.9.0.2")), &sent.packet).unwrap();
    assert_eq!((heard.remark, heard.advert.addresses.len()), (None, 255));
    reversed.addresses.pop();
    let remark = Some(Fault::Addresses { theirs: 255, ours: 254 });
    let mut post = Post::new(&reversed, ip("10.9.0.2"));
    for _ in 0..2 {
        assert_eq!(read(&mut post, &sent.packet).unwrap().remark, remark);
    }
    reversed.skips_addresses = true;
    let mut post = Post::new(&reversed, ip("10.9.0.2"));
    assert_eq!(read(&mut post, &sent.packet).unwrap().remark, remark);
    assert_eq!(read(&mut post, &sent.packet).unwrap().remark, None, "the same master again");
}

/// Everything that a refusal must not change.
fn state(post: &Post) -> String {
    let mut post = post.clone();
    *post.counters_mut() = Counters::default();
    format!("{post:?}")
}

#[test]
fn no_single_bit_may_change() {
    let mut six = Post::new(&instance_v6(100), ip("fe80::2"));
    let sent = one(&mut sender(instance_v6(100)), 100);
    for bit in 0..sent.message().len() * 8 {
        let mut message = sent.message().to_vec();
        message[bit / 8] ^= 1 << (bit % 8);
        assert!(six.read(&Packet::of_v6(ip("fe80::1"), sent.to, 255, &message)).is_err(), "bit {bit}");
    }
    assert!(read_v6(&mut six, &sent, "fe80::1").is_ok());
    for auth in [VrrpAuth::None, PASS, AH] {
        let sent = one(&mut sealed(auth), 100).packet;
        let mut post = v2(auth);
        for bit in 0..sent.len() * 8 {
            let mut packet = sent.clone();
            packet[bit / 8] ^= 1 << (bit % 8);
            let before = state(&post);
            let refused = Packet::of_v4(&packet).and_then(|packet| post.read(&packet));
            assert!(refused.is_err(), "{auth:?}, bit {bit}");
            assert_eq!(state(&post), before);
        }
        assert_eq!(read(&mut post, &sent).map(|heard| heard.advert.priority), Ok(100));
    }
}

proptest! {
    /// No bytes make a panic, and none that are refused change what is believed next. One more, and one of the counters.
    #[test]
    fn any_bytes_are_borne(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
        kind in 0usize..4,
        is_repaired in any::<bool>(),
        hops in prop_oneof![Just(255u8), any::<u8>()],
    ) {
        let auth = [VrrpAuth::None, PASS, AH, VrrpAuth::None][kind];
        let (mut post, packet);
        if kind == 3 {
            post = Post::new(&instance_v6(100), ip("fe80::2"));
            packet = Ok(Packet::of_v6(ip("fe80::1"), ip("ff02::12"), hops, &bytes));
        } else {
            post = v2(auth);
            if is_repaired {
                let protocol = if kind == 2 { 51 } else { 112 };
                let group = Ipv4Addr::new(224, 0, 0, 18);
                let head = ipv4_header(Ipv4Addr::new(10, 9, 0, 1), group, protocol, hops, 1, bytes.len());
                bytes.splice(0..0, head);
            }
            packet = Packet::of_v4(&bytes);
        }
        if let Ok(packet) = packet {
            let before = state(&post);
            let _ = packet.vrid();
            if post.read(&packet).is_err() {
                prop_assert_eq!(state(&post), before);
                prop_assert_eq!((post.counters().refused(), post.counters().advert_rcvd), (1, 0));
            } else {
                prop_assert_eq!((post.counters().refused(), post.counters().advert_rcvd), (0, 1));
            }
        }
    }
}
