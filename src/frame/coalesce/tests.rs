//! Frames in, messages out; a segmenter written from the definition of a super-frame (virtio 1.2 §5.1.6.2, and what Linux
//! does) cuts them again: what comes out must be what came in.

use super::*;
use crate::lvs::Protocol;
use crate::ring::{Gather, VNET_LEN};
use crate::wire::{checksum::Sum, ip, transport};
use etherparse::{PacketBuilder, TcpOptionElement};
use proptest::prelude::*;
use std::net::IpAddr;

const ETHERNET: usize = 14;

/// A frame as it is emitted: virtio header, then Ethernet and all.
type Given = (VnetHeader, Vec<u8>);

/// What frames of a run are made by.
#[derive(Clone, Debug)]
struct Make {
    v6: bool,
    tcp: bool,
    client: u8,
    port: u16,
    sequence: u32,
    id: u16,
    flags: u8,
    ack: u32,
    window: u16,
    stamp: Option<u32>,
    payload: Vec<u8>,
    partial: bool,
}

fn make(v6: bool, tcp: bool) -> Make {
    Make {
        v6,
        tcp,
        client: 5,
        port: 40001,
        sequence: u32::MAX - 100,
        id: 0xffff,
        flags: 0x10,
        ack: 7,
        window: 1024,
        stamp: None,
        payload: vec![b'x'; 100],
        partial: false,
    }
}

impl Make {
    /// The `n`th of a run.
    fn nth(&self, n: u16) -> Self {
        let bytes = u32::from(n) * u32::try_from(self.payload.len()).unwrap();
        let payload = self.payload.iter().map(|byte| byte.wrapping_add(n.to_le_bytes()[0])).collect();
        Self {
            sequence: self.sequence.wrapping_add(bytes),
            id: self.id.wrapping_add(n),
            payload,
            ..self.clone()
        }
    }

    fn frame(&self) -> Given {
        let link = PacketBuilder::ethernet2([2; 6], [4; 6]);
        let ip = if self.v6 {
            let mut client = [0xfd; 16];
            client[15] = self.client;
            link.ipv6(client, [0x20; 16], 63)
        } else {
            link.ipv4([172, 16, 0, self.client], [10, 9, 0, 100], 63)
        };
        let mut bytes = Vec::new();
        if self.tcp {
            let mut tcp = etherparse::TcpHeader::new(self.port, 80, self.sequence, self.window);
            tcp.acknowledgment_number = self.ack;
            if let Some(stamp) = self.stamp {
                tcp.set_options(&[
                    TcpOptionElement::Noop,
                    TcpOptionElement::Noop,
                    TcpOptionElement::Timestamp(stamp, 9),
                ])
                .unwrap();
            }
            ip.tcp_header(tcp).write(&mut bytes, &self.payload).unwrap();
            let at = ETHERNET + if self.v6 { 40 } else { 20 };
            bytes[at + 13] = self.flags;
        } else {
            ip.udp(self.port, 80).write(&mut bytes, &self.payload).unwrap();
        }
        if !self.v6 {
            bytes[ETHERNET + 4..ETHERNET + 6].copy_from_slice(&self.id.to_be_bytes());
        }
        let mut given = (VnetHeader::default(), bytes);
        sum(&mut given, self.partial);
        given
    }
}

fn ip_len(bytes: &[u8]) -> usize {
    if bytes[12] == 0x08 { usize::from(bytes[ETHERNET] & 15) * 4 } else { 40 }
}

/// Writes right checksums, the transport's finished or not.
fn sum((vnet, bytes): &mut Given, partial: bool) {
    let len = ip_len(bytes);
    let (ip_header, segment) = bytes[ETHERNET..].split_at_mut(len);
    let protocol = if len == 40 { ip_header[6] } else { ip_header[9] };
    if len != 40 {
        ip::sum_v4_header(ip_header);
    }
    let place = if protocol == 6 { 16 } else { 6 };
    segment[place..place + 2].fill(0);
    let pseudo = pseudo_of(ip_header, protocol, segment.len());
    let field = match (partial, pseudo.bytes(segment).finish()) {
        (true, _) => pseudo.partial(),
        (false, 0) if protocol == 17 => 0xffff,
        (false, sum) => sum,
    };
    segment[place..place + 2].copy_from_slice(&field.to_be_bytes());
    *vnet = VnetHeader::default();
    if partial {
        vnet.flags = VnetHeader::NEEDS_CSUM;
        vnet.csum_start = u16::try_from(ETHERNET + len).unwrap();
        vnet.csum_offset = u16::try_from(place).unwrap();
    }
}

fn pseudo_of(ip: &[u8], protocol: u8, len: usize) -> Sum {
    let addr = |at: usize| -> IpAddr {
        match <[u8; 16]>::try_from(&ip[at..ip.len().min(at + 16)]) {
            Ok(bytes) if ip.len() == 40 => bytes.into(),
            _ => <[u8; 4]>::try_from(&ip[at..at + 4]).unwrap().into(),
        }
    };
    let (source, destination) = if ip.len() == 40 { (addr(8), addr(24)) } else { (addr(12), addr(16)) };
    Sum::default().pseudo_header(source, destination, protocol, len)
}

/// Sends frames through a coalescer of one sweep.
fn coalesce(coalescer: &mut Coalescer, gather: &mut Gather, frames: &[Given]) -> Vec<Given> {
    let mut list = gather.list();
    coalescer.begin();
    for (vnet, bytes) in frames {
        let (head, body) = bytes.split_at(ETHERNET);
        let number = list.push(0, &vnet.to_raw(), head, body).unwrap();
        coalescer.note(&list, number, vnet, head, body);
    }
    coalescer.join(&mut list);
    let messages = list.laid_out();
    let read = |message: &Vec<u8>| {
        let (vnet, bytes) = message.split_first_chunk::<VNET_LEN>().unwrap();
        (VnetHeader::from_raw(*vnet), bytes.to_vec())
    };
    messages.iter().map(read).collect()
}

fn joined(frames: &[Given]) -> Vec<Given> {
    coalesce(&mut Coalescer::new(1024), &mut Gather::new(1024), frames)
}

/// What is on the wire behind whoever finishes checksums and cuts super-frames.
fn cut((vnet, bytes): &Given) -> Vec<Vec<u8>> {
    let mut bytes = bytes.clone();
    if !vnet.is_super() {
        if vnet.is_partial() {
            let (start, place) =
                (usize::from(vnet.csum_start), usize::from(vnet.csum_start + vnet.csum_offset));
            // The field holds a sum already: it is summed with the rest.
            let sum = match Sum::default().bytes(&bytes[start..]).finish() {
                0 if vnet.csum_offset == 6 => 0xffff,
                sum => sum,
            };
            bytes[place..place + 2].copy_from_slice(&sum.to_be_bytes());
        }
        return vec![bytes];
    }
    let len = ip_len(&bytes);
    let v6 = len == 40;
    let at = ETHERNET + len;
    let tcp = vnet.gso_type != VnetHeader::GSO_UDP_L4;
    let headers_len = at + if tcp { usize::from(bytes[at + 12] >> 4) * 4 } else { 8 };
    assert_eq!(usize::from(vnet.hdr_len), headers_len);
    assert_eq!(vnet.gso_type, [[5, 5], [1, 4]][usize::from(tcp)][usize::from(v6)]);
    assert_eq!(
        (usize::from(vnet.csum_start), vnet.csum_offset, vnet.flags),
        (at, if tcp { 16 } else { 6 }, 1)
    );
    let place = at + usize::from(vnet.csum_offset);
    let pseudo = pseudo_of(&bytes[ETHERNET..at], if tcp { 6 } else { 17 }, bytes.len() - at);
    assert_eq!(bytes[place..place + 2], pseudo.partial().to_be_bytes(), "the whole's pseudo-header");
    let length = |bytes: &[u8], at: usize| usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    if v6 {
        assert_eq!(length(&bytes, ETHERNET + 4), bytes.len() - at);
    } else {
        assert_eq!(length(&bytes, ETHERNET + 2), bytes.len() - ETHERNET);
        assert!(ip::read_v4(&bytes[ETHERNET..]).is_ok(), "its checksum");
    }
    assert!(tcp || length(&bytes, at + 4) == bytes.len() - at);
    let payload = bytes.split_off(headers_len);
    let size = usize::from(vnet.gso_size);
    assert!(size > 0 && payload.len() > size && payload.len().div_ceil(size) <= 64);
    let count = payload.len().div_ceil(size);
    let piece = |(n, piece): (usize, &[u8])| {
        let mut whole = [&bytes[..], piece].concat();
        let behind = u16::try_from(whole.len() - at).unwrap();
        if v6 {
            whole[ETHERNET + 4..ETHERNET + 6].copy_from_slice(&behind.to_be_bytes());
        } else {
            let total = behind + u16::try_from(len).unwrap();
            whole[ETHERNET + 2..ETHERNET + 4].copy_from_slice(&total.to_be_bytes());
            let id = u16::from_be_bytes([whole[ETHERNET + 4], whole[ETHERNET + 5]]);
            let id = id.wrapping_add(u16::try_from(n).unwrap());
            whole[ETHERNET + 4..ETHERNET + 6].copy_from_slice(&id.to_be_bytes());
        }
        if tcp {
            let sequence = u32::from_be_bytes(whole[at + 4..at + 8].try_into().unwrap());
            let sequence = sequence.wrapping_add(u32::try_from(n * size).unwrap());
            whole[at + 4..at + 8].copy_from_slice(&sequence.to_be_bytes());
            if n + 1 < count {
                whole[at + 13] &= !0x09; // FIN, PSH
            }
            if n > 0 {
                whole[at + 13] &= !0x80; // CWR
            }
        } else {
            whole[at + 4..at + 6].copy_from_slice(&behind.to_be_bytes());
        }
        let mut given = (VnetHeader::default(), whole);
        sum(&mut given, false);
        given.1
    };
    payload.chunks(size).enumerate().map(piece).collect()
}

/// On the wire: what came in, each frame cut or finished by itself.
fn wire(frames: &[Given]) -> Vec<Vec<u8>> {
    frames.iter().flat_map(cut).collect()
}

fn run(make: &Make, count: u16) -> Vec<Given> {
    (0..count).map(|n| make.nth(n).frame()).collect()
}

#[test]
fn a_run_becomes_one_message_and_is_cut_to_what_it_was() {
    for (v6, tcp, partial) in [(false, false), (false, true), (true, false), (true, true)]
        .into_iter()
        .flat_map(|(a, b)| [(a, b, false), (a, b, true)])
    {
        let make = Make { partial, stamp: tcp.then_some(8), ..make(v6, tcp) };
        let frames = run(&make, 5);
        let out = joined(&frames);
        assert_eq!(out.len(), 1, "v6 {v6} tcp {tcp} partial {partial}");
        assert_eq!(out[0].0.gso_size, 100);
        assert_eq!(cut(&out[0]), wire(&frames));
    }
}

#[test]
fn a_lone_frame_is_what_it_was() {
    for partial in [false, true] {
        let frames = run(&Make { partial, ..make(false, true) }, 1);
        assert_eq!(joined(&frames), frames);
    }
}

#[test]
fn a_shorter_one_ends_the_run_and_so_does_push() {
    for (v6, tcp) in [(false, false), (false, true), (true, false), (true, true)] {
        let make = make(v6, tcp);
        let mut frames = run(&make, 6);
        let mut short = make.nth(2);
        short.payload.truncate(99);
        frames[2] = short.frame();
        for n in 3..6 {
            let mut later = make.nth(n);
            later.sequence = later.sequence.wrapping_sub(1);
            frames[usize::from(n)] = later.frame();
        }
        let out = joined(&frames);
        assert_eq!(out.len(), 2, "3 and 3");
        assert_eq!(wire(&out), wire(&frames));
    }
    let make = make(false, true);
    let mut frames = run(&make, 6);
    frames[3] = Make { flags: 0x18, ..make.nth(3) }.frame();
    let out = joined(&frames);
    assert_eq!(out.len(), 2, "4 and 2");
    assert_eq!(out[0].1[ETHERNET + 33] & 0x08, 0x08);
    assert_eq!(wire(&out), wire(&frames));
    frames[0] = Make { flags: 0x18, ..make }.frame();
    assert_eq!(joined(&frames).len(), 3, "1, 3 and 2: whoever pushes is the last");
}

#[test]
fn a_super_frame_is_no_longer_than_may_be() {
    let frames = run(&Make { payload: vec![1; 1400], ..make(false, false) }, 64);
    let out = joined(&frames);
    assert_eq!(out.iter().map(|one| cut(one).len()).collect::<Vec<_>>(), [46, 18]);
    assert!(out[0].1.len() - ETHERNET <= 65_535);
    assert_eq!(wire(&out), wire(&frames));
    let frames = run(&make(true, true), 130);
    assert_eq!(joined(&frames).iter().map(|one| cut(one).len()).collect::<Vec<_>>(), [64, 64, 2]);
}

/// Whatever is done to the second of three: it must not be joined to the first, and the wire must not tell.
#[test]
fn every_rule() {
    type Change = fn(&mut Given);
    const AT: usize = ETHERNET + 20;
    let both: &[(&str, Change)] = &[
        ("another MAC", |(_, bytes)| bytes[0] ^= 2),
        ("TOS", |(_, bytes)| bytes[ETHERNET + 1] = 4),
        ("ECN", |(_, bytes)| bytes[ETHERNET + 1] = 3),
        ("identification", |(_, bytes)| bytes[ETHERNET + 5] ^= 4),
        ("DF", |(_, bytes)| bytes[ETHERNET + 6] ^= 0x40),
        ("the reserved bit", |(_, bytes)| bytes[ETHERNET + 6] ^= 0x80),
        ("TTL", |(_, bytes)| bytes[ETHERNET + 8] -= 1),
        ("source address", |(_, bytes)| bytes[ETHERNET + 15] ^= 1),
        ("destination address", |(_, bytes)| bytes[ETHERNET + 19] ^= 1),
        ("source port", |(_, bytes)| bytes[AT + 1] ^= 1),
        ("destination port", |(_, bytes)| bytes[AT + 3] ^= 1),
        ("more fragments", |(_, bytes)| bytes[ETHERNET + 6] |= 0x20),
        ("a later fragment", |(_, bytes)| bytes[ETHERNET + 7] = 9),
    ];
    let tcp: &[(&str, Change)] = &[
        ("a gap", |(_, bytes)| bytes[AT + 7] ^= 1),
        ("acknowledgement", |(_, bytes)| bytes[AT + 11] ^= 1),
        ("NS, a reserved flag", |(_, bytes)| bytes[AT + 12] ^= 1),
        ("no ACK", |(_, bytes)| bytes[AT + 13] = 0),
        ("FIN", |(_, bytes)| bytes[AT + 13] |= 1),
        ("SYN", |(_, bytes)| bytes[AT + 13] |= 2),
        ("RST", |(_, bytes)| bytes[AT + 13] |= 4),
        ("URG", |(_, bytes)| bytes[AT + 13] |= 0x20),
        ("ECE", |(_, bytes)| bytes[AT + 13] |= 0x40),
        ("CWR", |(_, bytes)| bytes[AT + 13] |= 0x80),
        ("window", |(_, bytes)| bytes[AT + 15] ^= 1),
        ("urgent pointer", |(_, bytes)| bytes[AT + 19] ^= 1),
        ("time stamp", |(_, bytes)| bytes[AT + 27] ^= 1),
        ("data offset", |(_, bytes)| bytes[AT + 12] = 0x70),
        ("data offset too small", |(_, bytes)| bytes[AT + 12] = 0x40),
    ];
    // What is wrong stays wrong: these are made after the sums are.
    let corrupt: &[(&str, Change)] = &[
        ("a wrong transport checksum", |(_, bytes)| *bytes.last_mut().unwrap() ^= 1),
        ("a wrong header checksum", |(_, bytes)| bytes[ETHERNET + 11] ^= 1),
        ("flags of a virtio header nobody knows", |(vnet, _)| vnet.flags |= 4),
        ("a super-frame", |(vnet, _)| vnet.gso_type = VnetHeader::GSO_UDP),
    ];
    for (is_tcp, partial) in [(false, false), (true, false), (false, true), (true, true)] {
        let make = Make { stamp: is_tcp.then_some(8), id: 8, partial, ..make(false, is_tcp) };
        let plain = run(&make, 3);
        assert_eq!(joined(&plain).len(), 1);
        let of_tcp = if is_tcp { tcp } else { &[] };
        for (name, change) in both.iter().chain(of_tcp) {
            let mut frames = plain.clone();
            change(&mut frames[1]);
            sum(&mut frames[1], partial);
            let out = joined(&frames);
            assert_eq!(out[0], frames[0], "{name}: not joined to the first");
            assert!(out.contains(&frames[1]) || out.len() > 1, "{name}");
            assert_eq!(wire(&out).len(), 3);
        }
        for (name, change) in corrupt.iter().skip(usize::from(partial)) {
            for n in 0..3 {
                let mut frames = plain.clone();
                change(&mut frames[n]);
                let out = joined(&frames);
                assert!(out.contains(&frames[n]), "{name}, {n}");
                assert_eq!(out.len(), if n == 1 { 3 } else { 2 }, "{name}, {n}");
            }
        }
    }
}

#[test]
fn every_rule_of_ipv6() {
    type Change = fn(&mut Given);
    let changes: &[(&str, Change)] = &[
        ("traffic class", |(_, bytes)| bytes[ETHERNET] = 0x61),
        ("flow label", |(_, bytes)| bytes[ETHERNET + 3] ^= 1),
        ("hop limit", |(_, bytes)| bytes[ETHERNET + 7] -= 1),
        ("source address", |(_, bytes)| bytes[ETHERNET + 8] ^= 1),
        ("destination address", |(_, bytes)| bytes[ETHERNET + 39] ^= 1),
        ("port", |(_, bytes)| bytes[ETHERNET + 41] ^= 1),
    ];
    for is_tcp in [false, true] {
        let plain = run(&make(true, is_tcp), 3);
        for (name, change) in changes {
            let mut frames = plain.clone();
            change(&mut frames[1]);
            sum(&mut frames[1], false);
            let out = joined(&frames);
            // UDP over IPv6 has nothing to count: what is of another flow does not end the first one's run.
            assert!(out.len() > 1 && out.contains(&frames[1]), "{name}");
        }
    }
}

/// Zero and 0xffff are the same number, and only one of them would be written anew.
#[test]
fn a_checksum_written_otherwise_is_not_joined() {
    let mut frames = run(&make(false, true), 2);
    // A payload whose checksum is zero, then the other zero in its field.
    let at = ETHERNET + 20;
    frames[1].1[at + 16..at + 18].fill(0);
    let word = u16::from_be_bytes([frames[1].1[at + 20], frames[1].1[at + 21]]);
    let new = Sum::default().word(word).word(transport_sum(&frames[1].1)).partial();
    frames[1].1[at + 20..at + 22].copy_from_slice(&new.to_be_bytes());
    assert_eq!(transport_sum(&frames[1].1), 0);
    assert_eq!(joined(&frames).len(), 1, "zero is what is written");
    frames[1].1[at + 16..at + 18].fill(0xff);
    let head = ip::read_v4(&frames[1].1[ETHERNET..]).unwrap();
    assert!(transport::checksum_is_right(&head, Protocol::Tcp, &frames[1].1[at..]));
    assert_eq!(joined(&frames), frames);
}

fn transport_sum(bytes: &[u8]) -> u16 {
    let (ip, segment) = bytes[ETHERNET..].split_at(20);
    pseudo_of(ip, ip[9], segment.len()).bytes(segment).finish()
}

#[test]
fn udp_without_checksum_stays_without() {
    let mut frames = run(&make(false, false), 3);
    for (_, bytes) in &mut frames {
        bytes[ETHERNET + 26..ETHERNET + 28].fill(0);
    }
    assert_eq!(joined(&frames), frames);
}

#[test]
fn an_unfinished_checksum_must_be_one() {
    let make = Make { partial: true, ..make(false, false) };
    let changes: &[fn(&mut Given)] = &[
        |(_, bytes)| bytes[ETHERNET + 27] ^= 1,
        |(vnet, _)| vnet.csum_start -= 2,
        |(vnet, _)| vnet.csum_offset += 2,
    ];
    for change in changes {
        for n in 0..2 {
            let mut frames = run(&make, 2);
            change(&mut frames[n]);
            assert_eq!(joined(&frames), frames);
        }
    }
}

/// A frame of the flow that cannot be joined ends the run, so that nobody overtakes it; others do not.
#[test]
fn nobody_overtakes() {
    let tcp = make(false, true);
    let other = Make { client: 9, ..make(false, true) };
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| tcp.nth(n).frame());
    let empty = Make { payload: Vec::new(), ..tcp.nth(2) }.frame();
    let out = joined(&[a.clone(), b.clone(), empty.clone(), c.clone(), d.clone()]);
    assert_eq!(out.len(), 3);
    assert_eq!(out[1], empty);
    let mut fragment = other.frame();
    fragment.1[ETHERNET + 6] = 0x20;
    sum(&mut fragment, false);
    let out = joined(&[a.clone(), b.clone(), fragment.clone(), c.clone(), d.clone()]);
    assert_eq!((out.len(), &out[1]), (3, &fragment), "whose flow it is of nobody knows");
    let mut icmp = other.frame();
    icmp.1[ETHERNET + 9] = 1;
    let arp = (VnetHeader::default(), [&[0; 12][..], &[8, 6], &[0; 28]].concat());
    let out = joined(&[a, other.nth(0).frame(), b, icmp, c, arp, other.nth(1).frame(), d]);
    assert_eq!(out.iter().map(|one| cut(one).len()).collect::<Vec<_>>(), [4, 2, 1, 1]);
}

#[test]
fn a_kind_that_the_kernel_refuses_is_given_up() {
    let mut coalescer = Coalescer::new(64);
    let mut gather = Gather::new(64);
    let (udp, tcp) = (run(&make(false, false), 3), run(&make(false, true), 3));
    for _ in 1..PATIENCE {
        coalescer.heed(1 << VnetHeader::GSO_UDP_L4);
    }
    assert_eq!(coalescer.take_given_up(), 0);
    assert_eq!(coalesce(&mut coalescer, &mut gather, &udp).len(), 1);
    coalescer.heed(1 << VnetHeader::GSO_UDP_L4);
    assert_eq!(names(coalescer.take_given_up()).collect::<Vec<_>>(), ["UDP"]);
    coalescer.heed(1 << VnetHeader::GSO_UDP_L4);
    assert_eq!(coalescer.take_given_up(), 0, "told once");
    assert_eq!(coalesce(&mut coalescer, &mut gather, &udp).len(), 3);
    assert_eq!(coalesce(&mut coalescer, &mut gather, &tcp).len(), 1);
}

/// One step of one flow: which flow, and what is odd about the frame.
fn steps() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec((0..6u8, 0..40u8, any::<u8>()), 1..100)
}

proptest! {
    /// Whatever mix is joined: on the wire it is what came, and in order within every flow.
    #[test]
    fn nothing_changes_but_the_price(sweeps in proptest::collection::vec(steps(), 1..4)) {
        let mut coalescer = Coalescer::new(1024);
        let mut gather = Gather::new(1024);
        let mut flows: Vec<Make> = (0..6u8).map(|n| {
            let base = make(n % 2 == 1, n > 2);
            Make { client: n, partial: n == 2, stamp: (n == 4).then_some(1), ..base }
        }).collect();
        for steps in sweeps {
            let frames: Vec<Given> = steps.iter().map(|step| odd_frame(&mut flows, *step)).collect();
            let out = coalesce(&mut coalescer, &mut gather, &frames);
            let (before, after) = (wire(&frames), wire(&out));
            prop_assert_eq!(before.len(), after.len());
            for client in 0..6u8 {
                let of = |wire: &[Vec<u8>]| -> Vec<Vec<u8>> {
                    let at = |bytes: &Vec<u8>| if bytes[12] == 8 { bytes[ETHERNET + 15] } else { bytes[ETHERNET + 23] };
                    wire.iter().filter(|bytes| at(bytes) == client).cloned().collect()
                };
                prop_assert_eq!(of(&before), of(&after), "flow {}", client);
            }
        }
    }

    /// No bytes make it fail, and what cannot be understood leaves as it is.
    #[test]
    fn any_bytes(frames in proptest::collection::vec((any::<[u8; 10]>(), proptest::collection::vec(any::<u8>(), 14..120), 0..4u8), 0..20)) {
        let frames: Vec<Given> = frames.into_iter().map(|(vnet, mut bytes, kind)| {
            match kind {
                0 => bytes[12..14].copy_from_slice(&[8, 0]),
                1 => bytes[12..14].copy_from_slice(&[0x86, 0xdd]),
                2 if bytes.len() > 40 => {
                    let len = u16::try_from(bytes.len() - ETHERNET).unwrap().to_be_bytes();
                    bytes[12..18].copy_from_slice(&[8, 0, 0x45, 0, len[0], len[1]]);
                    bytes[20..24].copy_from_slice(&[0, 0, 9, if vnet[9] > 99 { 6 } else { 17 }]);
                }
                _ => {}
            }
            (VnetHeader::from_raw(vnet), bytes)
        }).collect();
        prop_assert_eq!(joined(&frames), frames);
    }
}

/// The next frame of a flow, most often an ordinary one.
fn odd_frame(flows: &mut [Make], (flow, odd, dice): (u8, u8, u8)) -> Given {
    let flow = &mut flows[usize::from(flow)];
    let mut this = flow.clone();
    let len = this.payload.len();
    match odd {
        0 => this.payload.truncate(usize::from(dice) % len),
        1 => this.payload.extend([1, 2, 3]),
        2 => this.flags = dice,
        3 | 4 => this.flags = 0x18,
        5 => flow.ack += 1,
        6 => flow.window ^= 1,
        7 => flow.stamp = flow.stamp.map(|stamp| stamp + 1),
        8 => flow.id = flow.id.wrapping_add(dice.into()),
        9 => flow.partial = !flow.partial,
        10 => flow.sequence = flow.sequence.wrapping_add(dice.into()),
        _ => {}
    }
    let mut frame = this.frame();
    let last = frame.1.len() - 1;
    match odd {
        11 => frame.1[last] ^= dice,
        // A bit of the MAC address, the TOS, the identification, the TTL, …: not of what makes the flow.
        12 => {
            let places = if this.v6 { [1, 15, 17, 19, 21] } else { [1, 15, 19, 22, 25] };
            frame.1[places[usize::from(dice) % 5]] ^= 1;
        }
        13 if !this.v6 => {
            frame.1[ETHERNET + 6] = 0x20;
            sum(&mut frame, false);
        }
        14 => frame.1[0] ^= 2,
        _ => {}
    }
    flow.sequence = flow.sequence.wrapping_add(u32::try_from(this.payload.len()).unwrap());
    flow.id = flow.id.wrapping_add(1);
    frame
}
