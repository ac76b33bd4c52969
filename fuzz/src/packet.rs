//! Frames made of bytes: some as they are, most as the machines around the director would send them, so that they get
//! past the first checks and find services and connections.

use super::bytes::Bytes;
use super::rig::{DIRECTOR, DOOR, GATEWAY, LINK, server_addr, server_mac};
use std::net::{IpAddr, Ipv6Addr};
use ulvs::frame::{FrameMeta, PacketType, VnetHeader};
use ulvs::lvs::Mac;

pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
const SCTP: u8 = 132;

/// One received frame.
#[derive(Clone, Debug)]
pub struct Given {
    /// From the Ethernet header on.
    pub bytes: Vec<u8>,
    /// What is known besides.
    pub meta: FrameMeta,
}

impl Given {
    /// A frame of these bytes, whole, with nothing left undone.
    pub fn new(bytes: Vec<u8>) -> Self {
        let packet_type = match bytes.get(..6) {
            Some([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) => PacketType::Broadcast,
            Some(mac) if mac == DIRECTOR.0 => PacketType::Host,
            Some([first, ..]) if first & 1 != 0 => PacketType::Multicast,
            _ => PacketType::OtherHost,
        };
        let meta = FrameMeta {
            port: LINK,
            packet_type,
            vlan: None,
            wire_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            vnet: VnetHeader::default(),
            stamp_ns: 0,
        };
        Self { bytes, meta }
    }
}

/// Ports of the rig's services, of its servers, and others.
const PORTS: [u16; 47] = [
    80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 92, 93, 22, 8000, 8001, 21, 20, 53, 54, 55, 56, 57, 58, 90, 91,
    0, 1024, 8080, 8083, 5354, 5656, 9090, 7, 40000, 40001, 40002, 500, 65535, 1, 8, 30, 31, 32, 33, 34, 35,
    36,
];

/// A frame as it is: how it came in one byte, what the kernel says of it, its bytes.
///
/// Bits of the first byte: 0–2 whom it was sent to, 3 by the door, 4 its checksums are made right, 5 a virtio header comes
/// first, 6 a VLAN tag.
pub fn raw(bytes: &mut Bytes<'_>) -> Given {
    let how = bytes.byte();
    let vnet = if how & 0x20 != 0 { virtio(bytes) } else { VnetHeader::default() };
    let len = usize::from(bytes.word());
    let mut given = Given::new(bytes.take(len).to_vec());
    if how & 0x10 != 0 {
        repair(&mut given.bytes);
    }
    given.meta.vnet = vnet;
    match how & 7 {
        0 => {}
        1 => given.meta.packet_type = PacketType::Broadcast,
        2 => given.meta.packet_type = PacketType::Multicast,
        3 => given.meta.packet_type = PacketType::OtherHost,
        4 => given.meta.packet_type = PacketType::Outgoing,
        5 => given.meta.wire_len += 100,
        _ => given.meta.packet_type = PacketType::Host,
    }
    if how & 8 != 0 {
        given.meta.port = DOOR;
    }
    given.meta.vlan = (how & 0x40 != 0).then_some(7);
    given
}

/// What [`raw`] reads as this frame.
#[allow(dead_code, reason = "the corpus is made with it; the replay only reads")]
pub fn as_raw(frame: &[u8]) -> Vec<u8> {
    let frame = &frame[..frame.len().min(usize::from(u16::MAX))];
    let len = u16::try_from(frame.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[0], &len[..], frame].concat()
}

fn virtio(bytes: &mut Bytes<'_>) -> VnetHeader {
    VnetHeader {
        flags: bytes.byte(),
        gso_type: bytes.byte(),
        hdr_len: bytes.word(),
        gso_size: bytes.word(),
        csum_start: bytes.word(),
        csum_offset: bytes.word(),
    }
}

/// One end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub addr: IpAddr,
    pub port: u16,
}

/// Who speaks to whom.
#[derive(Clone, Copy)]
pub(super) struct Talk {
    pub from: End,
    pub to: End,
    pub mac: Mac,
    pub port: ulvs::lvs::PortId,
    pub protocol: u8,
}

fn client(bytes: &mut Bytes<'_>, v6: bool) -> End {
    let which = bytes.byte();
    let n = which & 3;
    let addr: IpAddr = match (which >> 2, v6) {
        (62, false) => [0, 0, 0, 0].into(),
        (62, true) => Ipv6Addr::UNSPECIFIED.into(),
        (61, false) => [224, 0, 0, n].into(),
        (61, true) => [0xff02, 0, 0, 0, 0, 0, 0, u16::from(n)].into(),
        (60, false) => [255, 255, 255, 255].into(),
        (60, true) => Ipv6Addr::LOCALHOST.into(),
        (59, _) => virt(v6, n),
        (58, _) => server_addr(1 + n, v6),
        (57, false) => [127, 0, 0, n].into(),
        (57, true) => [0xfe80, 0, 0, 0, 0, 0, 0, u16::from(n)].into(),
        (50..57, false) => [10, 40, 0, 9 + n].into(),
        (50..57, true) => [0xfd00, 0x40, 0, 0, 0, 0, 0, 9 + u16::from(n)].into(),
        (_, false) => [172, 50, 7, 1 + n].into(),
        (_, true) => [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1 + u16::from(n)].into(),
    };
    let port = 40000 + u16::from(bytes.byte() & 3);
    End { addr, port }
}

pub(super) fn virt(v6: bool, n: u8) -> IpAddr {
    match (v6, n & 3) {
        (false, 0 | 1) => [10, 9, 0, 100].into(),
        (false, 2) => [10, 9, 0, 101].into(),
        (false, _) => [10, 9, 0, 2].into(),
        (true, 0 | 1) => [0xfd00, 9, 0, 0, 0, 0, 0, 0x100].into(),
        (true, 2) => [0xfd00, 9, 0, 0, 0, 0, 0, 0x101].into(),
        (true, _) => [0xfd00, 9, 0, 0, 0, 0, 0, 2].into(),
    }
}

fn talk(bytes: &mut Bytes<'_>) -> Talk {
    let shape = bytes.byte();
    let v6 = shape & 1 != 0;
    let client = client(bytes, v6);
    let port = bytes.pick(&PORTS);
    let protocol = match shape >> 1 & 7 {
        0..=3 => TCP,
        4 | 5 => UDP,
        _ => SCTP,
    };
    let number = 1 + (shape >> 5);
    let away = shape >> 4 & 1 != 0;
    if away {
        let from = match number {
            // A real server on this host, by the door.
            8 => End { addr: virt(v6, 3), port },
            number => End { addr: server_addr(number, v6), port },
        };
        let (mac, by) =
            if number == 8 { (Mac([2, 0, 0, 0, 3, 1]), DOOR) } else { (server_mac(number), LINK) };
        Talk { from, to: client, mac, port: by, protocol }
    } else {
        Talk { from: client, to: End { addr: virt(v6, number), port }, mac: GATEWAY, port: LINK, protocol }
    }
}

/// Frames as the director's neighbours send them: mostly one, several if the packet comes in fragments.
pub fn made(bytes: &mut Bytes<'_>) -> Vec<Given> {
    match bytes.below(16) {
        0 => vec![arp(bytes)],
        1 => vec![solicitation(bytes)],
        2 | 3 => vec![icmp_error(bytes)],
        4 => vec![ping(bytes)],
        5 | 6 => fragments(bytes),
        7 => vec![super_frame(bytes)],
        8 => {
            // Made, then spoilt.
            let mut given = segment(bytes);
            for _ in 0..=bytes.below(3) {
                let at = usize::from(bytes.byte());
                if let Some(place) = given.bytes.get_mut(at) {
                    *place = bytes.byte();
                }
            }
            if bytes.rarely(2) {
                repair(&mut given.bytes);
            }
            if bytes.rarely(4) {
                given.bytes.truncate(usize::from(bytes.byte()));
                given.meta.wire_len = u32::try_from(given.bytes.len()).unwrap_or(0);
            }
            vec![given]
        }
        _ => vec![segment(bytes)],
    }
}

fn transport(bytes: &mut Bytes<'_>, talk: &Talk, payload_len: usize) -> Vec<u8> {
    let mut out = [talk.from.port.to_be_bytes(), talk.to.port.to_be_bytes()].concat();
    let payload = (0..payload_len).map(|n| (n * 7 + n / 251) as u8);
    match talk.protocol {
        TCP => {
            let flags = bytes.pick(&[2, 0x10, 0x12, 0x18, 0x11, 1, 4, 0x14, 0, 0x29, 3, 6]);
            out.extend(u32::from(bytes.byte()).to_be_bytes());
            out.extend(u32::from(bytes.byte()).to_be_bytes());
            out.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
            out.extend(payload);
        }
        UDP => {
            out.extend(u16::try_from(8 + payload_len).unwrap_or(0).to_be_bytes());
            out.extend([0, 0]);
            out.extend(payload);
        }
        _ => {
            out.extend([0, 0, 0, 1, 0, 0, 0, 0]);
            let chunk = bytes.pick(&[1, 2, 10, 11, 0, 3, 4, 6, 7, 8, 9, 14, 200]);
            let len = u16::try_from(4 + payload_len).unwrap_or(4);
            out.extend([chunk, 0]);
            out.extend(len.to_be_bytes());
            out.extend(payload);
        }
    }
    out
}

/// The IP packet around this, its header only as odd as the bytes say.
pub(super) fn around(
    bytes: &mut Bytes<'_>,
    from: IpAddr,
    to: IpAddr,
    protocol: u8,
    inner: &[u8],
    frag: Option<(u16, u16)>,
) -> Vec<u8> {
    let odd = bytes.byte();
    let ttl = if odd & 7 == 7 { bytes.byte() } else { 64 };
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let options: &[u8] = match odd >> 3 & 7 {
                6 => &[7, 7, 4, 0, 0, 0, 0, 0],
                7 => &[0x83, 7, 4, 10, 9, 0, 1, 0],
                _ => &[],
            };
            let len = 20 + options.len();
            let (field, id) = match frag {
                Some((field, id)) => (field, id),
                None => (if odd & 0x40 != 0 { 0x4000 } else { 0 }, 7),
            };
            let mut out = vec![0x40 | (len / 4) as u8, bytes_tos(odd)];
            out.extend(u16::try_from(len + inner.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend(id.to_be_bytes());
            out.extend(field.to_be_bytes());
            out.extend([ttl, protocol, 0, 0]);
            out.extend(from.octets());
            out.extend(to.octets());
            out.extend(options);
            out.extend(inner);
            out
        }
        (from, to) => {
            let to_v6 = |addr| match addr {
                IpAddr::V6(addr) => addr,
                IpAddr::V4(addr) => addr.to_ipv6_mapped(),
            };
            let mut next = protocol;
            let mut extensions = Vec::new();
            if let Some((field, id)) = frag {
                extensions = vec![next, 0];
                extensions.extend(field.to_be_bytes());
                extensions.extend([0, 0]);
                extensions.extend(id.to_be_bytes());
                next = 44;
            }
            match odd >> 3 & 7 {
                5 => {
                    extensions.splice(0..0, [next, 0, 1, 4, 0, 0, 0, 0]);
                    next = 60;
                }
                6 => {
                    extensions.splice(0..0, [next, 0, 1, 4, 0, 0, 0, 0]);
                    next = 0;
                }
                7 => {
                    extensions.splice(
                        0..0,
                        [next, 2, 0, 1, 0, 0, 0, 0, 0xfd, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                    );
                    next = 43;
                }
                _ => {}
            }
            let mut out = vec![0x60, 0, 0, 0];
            let len = extensions.len() + inner.len();
            out.extend(u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
            out.extend([next, ttl]);
            out.extend(to_v6(from).octets());
            out.extend(to_v6(to).octets());
            out.extend(extensions);
            out.extend(inner);
            out
        }
    }
}

const fn bytes_tos(odd: u8) -> u8 {
    if odd & 0x80 != 0 { 3 } else { 0 }
}

pub(super) fn framed(talk: &Talk, packet: &[u8]) -> Given {
    let to = if talk.port == DOOR { Mac([2, 0, 0, 0, 3, 2]) } else { DIRECTOR };
    let kind: [u8; 2] = if talk.from.addr.is_ipv4() { [8, 0] } else { [0x86, 0xdd] };
    let mut given = Given::new([&to.0[..], &talk.mac.0, &kind, packet].concat());
    given.meta.packet_type = PacketType::Host;
    given.meta.port = talk.port;
    given
}

fn payload_len(bytes: &mut Bytes<'_>) -> usize {
    match bytes.byte() {
        len @ 0..=99 => usize::from(len),
        len @ 100..=199 => usize::from(len) * 7,
        len => 1380 + usize::from(len - 200),
    }
}

fn segment(bytes: &mut Bytes<'_>) -> Given {
    let talk = talk(bytes);
    let len = payload_len(bytes);
    let inner = transport(bytes, &talk, len);
    let packet = around(bytes, talk.from.addr, talk.to.addr, talk.protocol, &inner, None);
    let mut given = framed(&talk, &packet);
    let sums = bytes.byte();
    repair(&mut given.bytes);
    match (talk.protocol, sums & 7) {
        (UDP, 6) => set_sum(&mut given.bytes, 6, 0),
        (TCP, 7) => set_sum(&mut given.bytes, 16, 0x1234),
        (UDP, 7) => set_sum(&mut given.bytes, 6, 0x1234),
        (TCP | UDP, 5) => partial(&mut given, talk.protocol),
        _ => {}
    }
    given
}

/// Leaves the transport checksum unfinished, as a sender's stack does that leaves it to its card.
pub(super) fn partial(given: &mut Given, protocol: u8) {
    let (Some((start, found, ..)), offset) = (locate(&given.bytes), if protocol == TCP { 16 } else { 6 })
    else {
        return;
    };
    if found != protocol || given.bytes.len() < start + offset + 2 {
        return;
    }
    let pseudo = pseudo_sum(&given.bytes, protocol, given.bytes.len() - start);
    given.bytes[start + offset..start + offset + 2].copy_from_slice(&fold(pseudo).to_be_bytes());
    given.meta.vnet.flags = VnetHeader::NEEDS_CSUM;
    given.meta.vnet.csum_start = u16::try_from(start).unwrap_or(0);
    given.meta.vnet.csum_offset = u16::try_from(offset).unwrap_or(0);
}

fn super_frame(bytes: &mut Bytes<'_>) -> Given {
    let talk = talk(bytes);
    let len = usize::from(bytes.word()) % 20_000;
    let inner = transport(bytes, &talk, len);
    let packet = around(bytes, talk.from.addr, talk.to.addr, talk.protocol, &inner, None);
    let mut given = framed(&talk, &packet);
    repair(&mut given.bytes);
    partial(&mut given, talk.protocol);
    let vnet = &mut given.meta.vnet;
    vnet.gso_type = match (talk.protocol, talk.from.addr.is_ipv4()) {
        (TCP, true) => VnetHeader::GSO_TCPV4,
        (TCP, false) => VnetHeader::GSO_TCPV6,
        _ => VnetHeader::GSO_UDP_L4,
    };
    vnet.gso_size = bytes.pick(&[1400, 1448, 536, 100, 1, 0, 9000, 1460]);
    vnet.hdr_len = vnet.csum_start + if talk.protocol == TCP { 20 } else { 8 };
    if bytes.rarely(8) {
        *vnet = virtio(bytes);
    }
    given
}

fn fragments(bytes: &mut Bytes<'_>) -> Vec<Given> {
    let talk = talk(bytes);
    let len = usize::from(bytes.word()) % 4000;
    let inner = transport(bytes, &talk, len);
    in_fragments(bytes, &talk, &inner)
}

/// A packet in fragments: in order, or as odd as the bytes say.
pub(super) fn in_fragments(bytes: &mut Bytes<'_>, talk: &Talk, inner: &[u8]) -> Vec<Given> {
    let v6 = talk.from.addr.is_ipv6();
    let whole = around(&mut Bytes(&[]), talk.from.addr, talk.to.addr, talk.protocol, inner, None);
    let mut whole = framed(talk, &whole).bytes;
    repair(&mut whole);
    let inner = locate(&whole).map_or(inner, |(start, ..)| &whole[start..]);
    let id = u16::from(bytes.byte() & 7);
    let size = (1 + bytes.below(180)) * 8;
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < inner.len() && pieces.len() < 16 {
        pieces.push((at, (at + size).min(inner.len())));
        at += size;
    }
    match bytes.below(8) {
        1 => pieces.reverse(),
        2 if pieces.len() > 1 => pieces.push(pieces[0]),
        3 if pieces.len() > 1 => pieces.push((pieces[1].0, pieces[1].1.min(pieces[1].0 + 8))),
        4 => drop(pieces.pop()),
        5 => pieces.swap_remove(0).clone_into(&mut (0, 0)),
        6 if pieces.len() > 2 => pieces.swap(0, 2),
        _ => {}
    }
    let made = pieces.into_iter().map(|(from, to)| {
        let more = to < inner.len();
        let offset = u16::try_from(from).unwrap_or(0);
        let field = if v6 { offset & !7 | u16::from(more) } else { (offset / 8) | (u16::from(more) << 13) };
        let packet =
            around(bytes, talk.from.addr, talk.to.addr, talk.protocol, &inner[from..to], Some((field, id)));
        let mut given = framed(talk, &packet);
        repair_header(&mut given.bytes);
        given
    });
    made.collect()
}

fn icmp_error(bytes: &mut Bytes<'_>) -> Given {
    // About a packet of the other direction.
    let talk = talk(bytes);
    let len = payload_len(bytes);
    let mut inner = transport(bytes, &talk, len);
    let quoted = around(bytes, talk.from.addr, talk.to.addr, talk.protocol, &inner, None);
    let mut quoted = framed(&talk, &quoted).bytes;
    repair(&mut quoted);
    let keep = match bytes.byte() {
        keep @ 0..=63 => 20 + usize::from(keep),
        keep => usize::from(keep) * 4,
    };
    quoted.truncate(14 + keep);
    let v6 = talk.from.addr.is_ipv6();
    let (kind, code) = if v6 {
        bytes.pick(&[(1, 4), (2, 0), (3, 0), (1, 0), (4, 1), (129, 0)])
    } else {
        bytes.pick(&[(3, 3), (3, 4), (3, 1), (11, 0), (4, 0), (5, 1), (12, 0), (0, 0)])
    };
    let mtu = bytes.pick(&[1400_u16, 0, 68, 576, 1280, 65535]).to_be_bytes();
    inner = [&[kind, code, 0, 0, 0, 0], &mtu[..], &quoted[14..]].concat();
    // By somebody on the way, or by the one whom the quoted packet went to.
    let from = if bytes.rarely(2) { client(bytes, v6).addr } else { talk.to.addr };
    let back = Talk { from: End { addr: from, port: 0 }, to: talk.from, mac: GATEWAY, ..talk };
    let packet = around(bytes, back.from.addr, back.to.addr, if v6 { 58 } else { 1 }, &inner, None);
    let mut given = framed(&back, &packet);
    if !bytes.rarely(16) {
        repair(&mut given.bytes);
    } else {
        repair_header(&mut given.bytes);
    }
    given
}

fn ping(bytes: &mut Bytes<'_>) -> Given {
    let mut talk = talk(bytes);
    let v6 = talk.from.addr.is_ipv6();
    talk.protocol = if v6 { 58 } else { 1 };
    let len = payload_len(bytes);
    let kind = bytes.pick(if v6 { &[128, 129, 133, 0] } else { &[8, 0, 13, 42] });
    let mut inner = vec![kind, 0, 0, 0, 0, 7, 0, 1];
    inner.extend((0..len).map(|n| n as u8));
    let packet = around(bytes, talk.from.addr, talk.to.addr, talk.protocol, &inner, None);
    let mut given = framed(&talk, &packet);
    repair(&mut given.bytes);
    given
}

fn arp(bytes: &mut Bytes<'_>) -> Given {
    let (sender, target) = (client(bytes, false).addr, virt(false, bytes.byte()));
    let (IpAddr::V4(sender), IpAddr::V4(target)) = (sender, target) else { return Given::new(Vec::new()) };
    let to = if bytes.rarely(2) { DIRECTOR.0 } else { [0xff; 6] };
    let mac = if bytes.rarely(8) { [0xff; 6] } else { GATEWAY.0 };
    let mut frame = [&to[..], &mac, &[8, 6, 0, 1, 8, 0, 6, 4, 0, bytes.pick(&[1, 2, 3])], &mac].concat();
    frame.extend(sender.octets());
    frame.extend([0; 6]);
    frame.extend(target.octets());
    frame.extend(bytes.take(18));
    Given::new(frame)
}

fn solicitation(bytes: &mut Bytes<'_>) -> Given {
    let (asker, target) = (client(bytes, true).addr, virt(true, bytes.byte()));
    let (IpAddr::V6(asker), IpAddr::V6(target)) = (asker, target) else { return Given::new(Vec::new()) };
    let [.., a, b, c] = target.octets();
    let group = Ipv6Addr::from([0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), u16::from_be_bytes([b, c])]);
    let mut inner = vec![bytes.pick(&[135, 136]), 0, 0, 0, 0, 0, 0, 0];
    inner.extend(target.octets());
    if !bytes.rarely(4) {
        inner.extend([1, bytes.pick(&[1, 0, 2])]);
        inner.extend(GATEWAY.0);
    }
    let to = if bytes.rarely(2) { IpAddr::V6(target) } else { IpAddr::V6(group) };
    let mut packet = around(&mut Bytes(&[]), asker.into(), to, 58, &inner, None);
    packet[7] = bytes.pick(&[255, 64]);
    let to = if to.is_multicast() { [0x33, 0x33, 0xff, a, b, c] } else { DIRECTOR.0 };
    let mut given = Given::new([&to[..], &GATEWAY.0, &[0x86, 0xdd], &packet].concat());
    repair(&mut given.bytes);
    given
}

/// Where the transport header of a whole packet begins in its frame, its protocol, and the offset of its checksum.
fn locate(frame: &[u8]) -> Option<(usize, u8, usize)> {
    let packet = frame.get(14..)?;
    let (start, protocol) = match packet.first()? >> 4 {
        4 => (14 + usize::from(packet[0] & 15) * 4, *packet.get(9)?),
        6 => {
            let (mut next, mut at) = (*packet.get(6)?, 40);
            while matches!(next, 0 | 43 | 60) {
                let len = (usize::from(*packet.get(at + 1)?) + 1) * 8;
                next = *packet.get(at)?;
                at += len;
            }
            (14 + at, next)
        }
        _ => return None,
    };
    let offset = match protocol {
        TCP => 16,
        UDP => 6,
        1 | 58 => 2,
        SCTP => 8,
        _ => return None,
    };
    Some((start, protocol, offset))
}

fn set_sum(frame: &mut [u8], offset: usize, sum: u16) {
    if let Some((start, ..)) = locate(frame)
        && let Some(place) = frame.get_mut(start + offset..start + offset + 2)
    {
        place.copy_from_slice(&sum.to_be_bytes());
    }
}

/// Makes the IPv4 header's checksum right, as far as there is a header.
pub fn repair_header(frame: &mut [u8]) {
    let Some(packet) = frame.get_mut(14..) else { return };
    let len = packet.first().map_or(0, |first| usize::from(first & 15) * 4);
    if packet.first().is_some_and(|first| first >> 4 == 4) && len >= 20 && packet.len() >= len {
        packet[10..12].fill(0);
        let right = !fold(sum(&packet[..len]));
        packet[10..12].copy_from_slice(&right.to_be_bytes());
    }
}

/// Makes the checksums right, as far as there are headers.
pub fn repair(frame: &mut [u8]) {
    repair_header(frame);
    let Some((start, protocol, offset)) = locate(frame) else { return };
    let Some(segment) = frame.get_mut(start..) else { return };
    if protocol == SCTP || segment.len() < offset + 2 {
        return;
    }
    segment[offset..offset + 2].fill(0);
    let len = segment.len();
    let pseudo = if protocol == 1 { 0 } else { pseudo_sum(frame, protocol, len) };
    let right = match !fold(pseudo + sum(&frame[start..])) {
        0 if protocol == UDP => 0xffff,
        right => right,
    };
    frame[start + offset..start + offset + 2].copy_from_slice(&right.to_be_bytes());
}

/// Sum of the pseudo-header of the packet in a frame.
pub fn pseudo_sum(frame: &[u8], protocol: u8, len: usize) -> u32 {
    let addresses = match frame.get(14).map(|first| first >> 4) {
        Some(4) => frame.get(26..34),
        _ => frame.get(22..54),
    };
    sum(addresses.unwrap_or_default()) + u32::from(protocol) + u32::try_from(len).unwrap_or(0)
}

/// The Internet checksum, once more and naively: the code under test is not trusted.
pub fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum()
}

/// Folds a sum to 16 bits.
pub const fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
