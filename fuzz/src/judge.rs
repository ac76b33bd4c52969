//! What may come out of a director for what went in (`reliability` T1, T7, T8).

use super::packet::{Given, fold, pseudo_sum, sum};
use super::rig::DOOR;
use std::net::IpAddr;
use ulvs::director::{Answer, Verdict};
use ulvs::frame::PacketType;
use ulvs::frame::memory::Emitted;

/// Headers that a director may put before what it was given, with room to spare: Ethernet, an outer IPv6 header, an ICMP
/// header.
const ENCAPSULATION: usize = 14 + 40 + 20 + 8;
/// Bytes of headers that each segment or fragment has again.
const HEADERS: usize = 14 + 60 + 60;

/// An IP packet in a frame.
#[derive(Clone, Copy, Debug)]
struct Ip<'f> {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    /// What is in it; empty but for whole packets without extension headers.
    inner: &'f [u8],
    /// Its length by its own header.
    len: usize,
    is_fragment: bool,
    is_later_fragment: bool,
}

impl Ip<'_> {
    /// Bytes that a fragment carries of what was cut; its header may have options.
    fn carried(&self) -> usize {
        let own = if self.source.is_ipv6() { 8 } else { 0 };
        self.inner.len().saturating_sub(own)
    }
}

fn ip(frame: &[u8]) -> Option<Ip<'_>> {
    let packet = frame.get(14..)?;
    match frame.get(12..14)? {
        [8, 0] if packet.len() >= 20 && packet[0] >> 4 == 4 => {
            let head = usize::from(packet[0] & 15) * 4;
            let len = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
            let field = u16::from_be_bytes([packet[6], packet[7]]);
            Some(Ip {
                source: IpAddr::from(<[u8; 4]>::try_from(&packet[12..16]).ok()?),
                destination: IpAddr::from(<[u8; 4]>::try_from(&packet[16..20]).ok()?),
                protocol: packet[9],
                inner: packet.get(head..len).unwrap_or_default(),
                len,
                is_fragment: field & 0x3fff != 0,
                is_later_fragment: field & 0x1fff != 0,
            })
        }
        [0x86, 0xdd] if packet.len() >= 40 && packet[0] >> 4 == 6 => {
            let len = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
            Some(Ip {
                source: IpAddr::from(<[u8; 16]>::try_from(&packet[8..24]).ok()?),
                destination: IpAddr::from(<[u8; 16]>::try_from(&packet[24..40]).ok()?),
                protocol: packet[6],
                inner: packet.get(40..len).unwrap_or_default(),
                len,
                is_fragment: packet[6] == 44,
                is_later_fragment: false,
            })
        }
        _ => None,
    }
}

/// May this be the source of a packet, and so the destination of an answer?
fn is_possible(addr: IpAddr) -> bool {
    let is_broadcast = matches!(addr, IpAddr::V4(addr) if addr.is_broadcast());
    !addr.is_unspecified() && !addr.is_multicast() && !addr.is_loopback() && !is_broadcast
}

/// Is a packet's transport checksum right? `None`: it cannot be told, or there is none.
fn is_right(frame: &[u8], ip: &Ip<'_>) -> Option<bool> {
    let (offset, least) = match ip.protocol {
        6 => (16, 20),
        17 => (6, 8),
        1 | 58 => (2, 8),
        _ => return None,
    };
    if ip.is_fragment || ip.inner.len() < least {
        return None;
    }
    if ip.protocol == 17 && ip.inner[offset..offset + 2] == [0, 0] {
        return None;
    }
    let pseudo = if ip.protocol == 1 { 0 } else { pseudo_sum(frame, ip.protocol, ip.inner.len()) };
    Some(fold(pseudo + sum(ip.inner)) == 0xffff)
}

/// One frame, what became of it, and what came out.
///
/// # Panics
/// Something came out that must not have.
pub fn frame(given: &Given, verdict: Verdict, out: &[Emitted]) {
    let got = given.bytes.len();
    match verdict {
        Verdict::Forwarded(_) => {
            assert!(!out.is_empty(), "{verdict:?}, and nothing came out");
            // One for one; a super-frame may be cut, and a packet that is too long for its way be fragmented.
            let vnet = &given.meta.vnet;
            let piece = match usize::from(vnet.gso_size) {
                size if vnet.is_super() && size != 0 => size.min(400),
                _ => 400,
            };
            // Ways as narrow as IPv4 lets them be (68 bytes) make pieces of few.
            let narrow = out.iter().filter_map(|emitted| ip(&emitted.bytes)).find(|ip| ip.is_fragment);
            let narrow = narrow.map(|ip| ip.carried().max(8));
            let is_whole = !vnet.is_super() && got <= 500 && narrow.is_none();
            let most = match narrow {
                _ if is_whole => 1,
                // Each segment of a super-frame may be longer than its way, too.
                Some(narrow) if vnet.is_super() => {
                    (1 + got.div_ceil(piece)) * (usize::from(vnet.gso_size) + HEADERS).div_ceil(narrow)
                }
                _ => 1 + got.div_ceil(narrow.map_or(piece, |narrow| piece.min(narrow))),
            };
            assert!(out.len() <= most, "{} frames for one of {got} bytes", out.len());
            let bytes: usize = out.iter().map(|emitted| emitted.bytes.len()).sum();
            let room = got.max(60) + ENCAPSULATION + (out.len() - 1) * (HEADERS + ENCAPSULATION);
            assert!(bytes <= room, "{bytes} bytes for {got}");
        }
        Verdict::Answered(answer) => answered(given, answer, out),
        _ => assert!(out.is_empty(), "{verdict:?}, and {} frames came out", out.len()),
    }
    for emitted in out {
        sane(emitted);
    }
    if let (Verdict::Forwarded(_), [only]) = (verdict, out) {
        conserved(given, only);
    }
}

/// What came out of fragments that came together, or did not.
///
/// # Panics
/// As [`frame`].
pub fn joined(frames: u32, whole: usize, verdict: Verdict, out: &[Emitted]) {
    match verdict {
        Verdict::Forwarded(_) => {
            assert!(!out.is_empty(), "{verdict:?}, and nothing came out");
            // As many as came in, or as its way needs; and as many more as a tunnel's header fills, for what leaves is
            // in pieces no larger than those that came.
            // Ways as narrow as IPv4 lets them be (68 bytes) make pieces of few.
            let piece = out.iter().filter_map(|emitted| ip(&emitted.bytes)).find(|ip| ip.is_fragment);
            let piece = piece.map_or(400, |ip| ip.carried().clamp(8, 400));
            let most = (frames as usize).max(1 + whole.div_ceil(piece)) + 5;
            let text = || out.iter().map(|emitted| hex(&emitted.bytes)).collect::<Vec<_>>().join("\n");
            assert!(
                out.len() <= most,
                "{verdict:?}: {} packets for {frames} fragments of {whole} bytes:\n{}",
                out.len(),
                text()
            );
            let bytes: usize = out.iter().map(|emitted| emitted.bytes.len()).sum();
            assert!(
                bytes <= whole.max(60) + out.len() * (HEADERS + ENCAPSULATION),
                "{bytes} bytes for {whole}"
            );
        }
        Verdict::Answered(_) => assert!(out.len() == 1, "{} answers to a datagram", out.len()),
        _ => assert!(out.is_empty(), "{verdict:?}, and {} frames came out", out.len()),
    }
    out.iter().for_each(sane);
}

/// One frame by itself: a receiver's first checks pass.
pub fn sane(emitted: &Emitted) {
    let bytes = &emitted.bytes;
    assert!(bytes.len() >= 34, "a frame of {} bytes", bytes.len());
    let packet = &bytes[14..];
    match &bytes[12..14] {
        [8, 0] => {
            let head = usize::from(packet[0] & 15) * 4;
            let len = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
            assert!(packet[0] >> 4 == 4 && head >= 20 && head <= len, "an IPv4 header that is none");
            assert!(len <= packet.len(), "an IPv4 packet of {len} bytes in {}", packet.len());
            assert_eq!(fold(sum(&packet[..head])), 0xffff, "the IPv4 header's checksum");
        }
        [0x86, 0xdd] => {
            let len = 40 + usize::from(u16::from_be_bytes([packet[4], packet[5]]));
            assert!(packet.len() >= 40 && packet[0] >> 4 == 6, "an IPv6 header that is none");
            assert!(len <= packet.len(), "an IPv6 packet of {len} bytes in {}", packet.len());
        }
        [8, 6] => {}
        other => panic!("a frame of type {other:02x?}"),
    }
    let vnet = &emitted.vnet;
    if vnet.is_partial() {
        let end = usize::from(vnet.csum_start) + usize::from(vnet.csum_offset) + 2;
        assert!(end <= bytes.len(), "an unfinished checksum behind the frame's end");
    }
    if vnet.is_super() {
        assert!(vnet.gso_size != 0, "a super-frame of segments of no length");
    }
}

fn answered(given: &Given, answer: Answer, out: &[Emitted]) {
    let [emitted] = out else { panic!("{} answers to one frame", out.len()) };
    let got = given.bytes.len();
    let is_error = matches!(
        answer,
        Answer::PortUnreachable
            | Answer::ProtocolUnreachable
            | Answer::TimeExceeded
            | Answer::TooBig
            | Answer::ParameterProblem
            | Answer::TunnelError
    );
    if matches!(answer, Answer::Arp | Answer::Neighbour) {
        assert!(emitted.bytes.len() <= got.max(60) + ENCAPSULATION, "{answer:?} is long");
        return;
    }
    let from = ip(&given.bytes).unwrap_or_else(|| panic!("{answer:?} to what is no IP packet"));
    let back = ip(&emitted.bytes).unwrap_or_else(|| panic!("{answer:?} is no IP packet"));
    assert!(
        emitted.bytes.len() <= got.max(60) + ENCAPSULATION,
        "{answer:?} of {} for {got}",
        emitted.bytes.len()
    );
    // A router's complaint about a tunnel is told to the client whose packet is in it.
    let is_passed_on = answer == Answer::TunnelError;
    assert!(is_passed_on || back.destination == from.source, "{answer:?} to somebody else");
    assert!(is_possible(back.destination), "{answer:?} to {}", back.destination);
    assert!(is_possible(back.source), "{answer:?} from {}", back.source);
    assert_eq!(is_right(&emitted.bytes, &back), Some(true), "the checksum of {answer:?}");
    // What the host sends by the door is addressed to nobody.
    let to_us = given.meta.packet_type == PacketType::Host || given.meta.port == DOOR;
    assert!(to_us, "{answer:?} to what was not sent to us");
    if is_error {
        let most = if back.source.is_ipv4() { 576 } else { 1280 };
        assert!(back.len <= most, "{answer:?} of {} bytes", back.len);
        assert!(!from.is_later_fragment, "{answer:?} about a later fragment");
        assert!(is_passed_on || !is_icmp_error(&from), "{answer:?} about an error");
        assert!(is_icmp_error(&back), "{answer:?} is no error");
    }
}

fn is_icmp_error(ip: &Ip<'_>) -> bool {
    // Either number means nothing in the other family.
    match (ip.protocol, ip.source.is_ipv4(), ip.inner.first()) {
        (1, true, Some(kind)) => matches!(kind, 3 | 4 | 5 | 11 | 12),
        (58, false, Some(kind)) => *kind < 128,
        _ => false,
    }
}

/// A checksum that was right is right, and one that was wrong is as wrong as it was: a director that sums anew makes valid
/// data of corrupt data.
fn conserved(given: &Given, emitted: &Emitted) {
    if given.meta.vnet.is_partial() || given.meta.vnet.is_super() || emitted.vnet.is_partial() {
        return;
    }
    let Some(before) = ip(&given.bytes) else { return };
    let Some(mut after) = ip(&emitted.bytes) else { return };
    let mut frame = emitted.bytes.as_slice();
    let stripped;
    // Behind GRE and GUE nobody looks.
    let is_tunnelled = after.destination.is_ipv4() != before.destination.is_ipv4() || after.len > before.len;
    if is_tunnelled {
        if !matches!(after.protocol, 4 | 41) {
            return;
        }
        let kind: [u8; 2] = if after.protocol == 4 { [8, 0] } else { [0x86, 0xdd] };
        stripped = [&frame[..12], &kind, after.inner].concat();
        frame = &stripped;
        let Some(inner) = ip(frame) else { panic!("nothing in the tunnel") };
        after = inner;
    }
    if before.protocol != after.protocol {
        return;
    }
    let (was, is) = (is_right(&given.bytes, &before), is_right(frame, &after));
    if let (Some(was), Some(is)) = (was, is) {
        assert_eq!(is, was, "a checksum that was right ({was}) is now right ({is})");
    }
}

/// Bytes as people read them.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
