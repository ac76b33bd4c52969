//! The fast way in beside the packet ring: frames that an XDP program led to an AF_XDP socket.
//!
//! Such a frame brings nothing but its bytes. What the packet ring tells besides is either certain (the program leads
//! only untagged frames to the interface's own address here) or found out: on veth and like links, a sender leaves the
//! transport checksum unfinished and nobody tells. It is finished here, before anybody looks at the frame.

use super::{FrameMeta, PacketType, VnetHeader};
use crate::lvs::PortId;
use crate::ring::xdp::{XskReceiver, XskSender};
use crate::wire::checksum::Sum;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Both halves of one interface's AF_XDP socket.
pub type Express = (XskReceiver, XskSender);

/// What is known of such a frame.
pub(super) fn meta(port: PortId, bytes: &[u8]) -> FrameMeta {
    FrameMeta {
        port,
        packet_type: PacketType::Host,
        vlan: None,
        wire_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        vnet: VnetHeader::default(),
        stamp_ns: 0,
    }
}

const ETHERNET: usize = 14;
const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xdd];
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Finishes the checksum of a TCP or UDP frame if it is unfinished: if the field holds the sum of the pseudo-header. One
/// finished checksum in 65,536 looks so by chance; it is known by being right.
pub(super) fn finish_checksum(bytes: &mut [u8]) {
    let Some(transport) = transport(bytes) else { return };
    let Transport { protocol, source, destination, at, len } = transport;
    let field = at + if protocol == TCP { 16 } else { 6 };
    let Some(segment) = bytes.get(at..at + len) else { return };
    let Some(&[high, low]) = bytes.get(field..field + 2) else { return };
    let found = u16::from_be_bytes([high, low]);
    let pseudo = Sum::default().pseudo_header(source, destination, protocol, len);
    if found != pseudo.partial() {
        return;
    }
    if pseudo.bytes(segment).finish() == 0 {
        return;
    }
    // The field is part of the sum: it stands for the pseudo-header.
    let finished = match Sum::default().bytes(segment).finish() {
        0 => 0xffff, // 0 would mean none at all for UDP; for TCP both mean the same
        sum => sum,
    };
    if let Some(place) = bytes.get_mut(field..field + 2) {
        place.copy_from_slice(&finished.to_be_bytes());
    }
}

/// A TCP segment or UDP datagram within a frame.
struct Transport {
    protocol: u8,
    source: IpAddr,
    destination: IpAddr,
    /// Where it begins, in bytes from the frame's start.
    at: usize,
    /// Its length in bytes, as the IP header says; the frame is that long.
    len: usize,
}

/// Finds it in a frame as the program leads them here: no options, no extension headers, no fragments.
fn transport(bytes: &[u8]) -> Option<Transport> {
    let (header, packet) = bytes.split_at_checked(ETHERNET)?;
    let word =
        |at: usize| packet.get(at..at + 2).map(|pair| usize::from(pair[0]) << 8 | usize::from(pair[1]));
    let (protocol, source, destination, header_len, len) = match header.get(12..14)? {
        kind if kind == IPV4 => {
            let source = packet.get(12..16).and_then(|octets| <[u8; 4]>::try_from(octets).ok())?;
            let destination = packet.get(16..20).and_then(|octets| <[u8; 4]>::try_from(octets).ok())?;
            let (source, destination) = (Ipv4Addr::from(source).into(), Ipv4Addr::from(destination).into());
            (*packet.get(9)?, source, destination, 20, word(2)?.checked_sub(20)?)
        }
        kind if kind == IPV6 => {
            let source = packet.get(8..24).and_then(|octets| <[u8; 16]>::try_from(octets).ok())?;
            let destination = packet.get(24..40).and_then(|octets| <[u8; 16]>::try_from(octets).ok())?;
            let (source, destination) = (Ipv6Addr::from(source).into(), Ipv6Addr::from(destination).into());
            (*packet.get(6)?, source, destination, 40, word(4)?)
        }
        _ => return None,
    };
    let shortest = match protocol {
        TCP => 20,
        UDP => 8,
        _ => return None,
    };
    let fits = len >= shortest && header_len + len <= packet.len();
    fits.then_some(Transport { protocol, source, destination, at: ETHERNET + header_len, len })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;

    fn frame(v6: bool, tcp: bool, payload: &[u8]) -> Vec<u8> {
        let ethernet = PacketBuilder::ethernet2([2; 6], [4; 6]);
        let ip = if v6 {
            ethernet.ipv6([1; 16], [2; 16], 64)
        } else {
            ethernet.ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        };
        let mut bytes = Vec::new();
        if tcp {
            ip.tcp(4000, 80, 7, 1000).write(&mut bytes, payload).unwrap();
        } else {
            ip.udp(4000, 80).write(&mut bytes, payload).unwrap();
        }
        bytes
    }

    fn unfinished(bytes: &[u8]) -> Vec<u8> {
        let Transport { protocol, source, destination, at, len } = transport(bytes).unwrap();
        let field = at + if protocol == TCP { 16 } else { 6 };
        let mut bytes = bytes.to_vec();
        let sum = Sum::default().pseudo_header(source, destination, protocol, len).partial();
        bytes[field..field + 2].copy_from_slice(&sum.to_be_bytes());
        bytes
    }

    #[test]
    fn an_unfinished_checksum_is_finished_and_a_finished_one_left() {
        for v6 in [false, true] {
            for tcp in [false, true] {
                for payload in [&b""[..], b"x", b"hello, world"] {
                    let right = frame(v6, tcp, payload);
                    let mut bytes = unfinished(&right);
                    assert_ne!(bytes, right);
                    finish_checksum(&mut bytes);
                    assert_eq!(bytes, right, "v6 {v6}, tcp {tcp}");
                    finish_checksum(&mut bytes);
                    assert_eq!(bytes, right);
                }
            }
        }
    }

    #[test]
    fn padding_is_none_of_it() {
        let right = frame(false, false, b"abc");
        let mut bytes = unfinished(&right);
        bytes.extend([0xff; 13]);
        finish_checksum(&mut bytes);
        assert_eq!(bytes[..right.len()], right);
    }

    /// Right and unfinished at once: the payload's sum makes it so.
    #[test]
    fn a_finished_checksum_that_looks_unfinished_is_left() {
        let mut probe = frame(false, false, &[0, 0]);
        for word in 0..=u16::MAX {
            probe = frame(false, false, &word.to_be_bytes());
            if unfinished(&probe) == probe {
                break;
            }
        }
        assert_eq!(unfinished(&probe), probe, "one of them does");
        let before = probe.clone();
        finish_checksum(&mut probe);
        assert_eq!(probe, before);
    }

    #[test]
    fn what_is_cut_or_wrong_is_left_alone() {
        let right = frame(false, true, b"hello");
        let partial = unfinished(&right);
        for len in 0..partial.len() {
            let mut bytes = partial[..len].to_vec();
            finish_checksum(&mut bytes);
            assert_eq!(bytes, partial[..len]);
        }
        let mut wrong = right.clone();
        wrong[50] ^= 1;
        let before = wrong.clone();
        finish_checksum(&mut wrong);
        assert_eq!(wrong, before, "a wrong checksum is for the receiver to find");
        let mut none = frame(true, false, b"abc");
        none[60..62].fill(0);
        finish_checksum(&mut none);
        assert_eq!(none[60..62], [0, 0]);
    }
}
