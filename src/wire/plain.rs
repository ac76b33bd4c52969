//! A packet that holds no surprise: TCP or UDP over IPv4 without options or IPv6 without extension headers, whole, with
//! lengths and checksum that are right. Nearly all are, and reading them takes a few instructions.
//!
//! What is read here is what [`super::ip`] and [`super::transport`] would read; whatever is unusual in any way is not read
//! at all, and left to these, which know the names of all that can be wrong.

use super::ethernet;
use super::transport::TcpFlags;
use crate::lvs::{Endpoint, Family, Protocol};
use std::net::IpAddr;

/// Length of an IPv4 header without options in bytes.
const V4_LEN: usize = 20;
/// Length of an IPv6 header in bytes.
const V6_LEN: usize = 40;

/// What is known of a plain packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// TCP or UDP.
    pub protocol: Protocol,
    /// Where it comes from.
    pub source: Endpoint,
    /// Where it goes.
    pub destination: Endpoint,
    /// TCP flags; none for UDP.
    pub flags: TcpFlags,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Length of the IP header in bytes: 20 or 40.
    pub header_len: usize,
    /// Length of IP and transport header in bytes, as they say themselves.
    pub headers_len: usize,
    /// Length of the packet in bytes; the frame may be longer (Ethernet padding).
    pub packet_len: usize,
}

impl Plain {
    /// IPv4 or IPv6.
    pub const fn family(&self) -> Family {
        if self.header_len == V4_LEN { Family::V4 } else { Family::V6 }
    }

    /// Where the checksum lies in the transport header, in bytes from its start.
    pub const fn checksum_offset(&self) -> u16 {
        if matches!(self.protocol, Protocol::Tcp) { 16 } else { 6 }
    }
}

/// Reads a frame without VLAN tag; `None` if it is anything but plain.
#[inline]
pub fn read(frame: &[u8]) -> Option<Plain> {
    let (link, packet) = frame.split_first_chunk::<{ ethernet::LEN }>()?;
    match link {
        [.., 0x08, 0x00] => read_v4(packet),
        [.., 0x86, 0xdd] => read_v6(packet),
        _ => None,
    }
}

#[inline]
fn read_v4(packet: &[u8]) -> Option<Plain> {
    let (header, _) = packet.split_first_chunk::<V4_LEN>()?;
    let [version, _, len_a, len_b, _, _, fragment, offset, ttl, protocol, _, _, addrs @ ..] = *header;
    let packet_len = usize::from(u16::from_be_bytes([len_a, len_b]));
    if version != 0x45 || fragment & 0x3f != 0 || offset != 0 || packet_len > packet.len() {
        return None;
    }
    // A sum in ones' complement may be taken in whatever byte order, and in larger words (RFC 1071 §2).
    let (words, _) = header.as_chunks::<4>();
    let sum: u64 = words.iter().map(|word| u64::from(u32::from_ne_bytes(*word))).sum();
    let sum = (sum & 0xffff_ffff) + (sum >> 32);
    let sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
    let sum = (sum & 0xffff) + (sum >> 16);
    if sum != 0xffff {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = addrs;
    let addrs = (IpAddr::from([a, b, c, d]), IpAddr::from([e, f, g, h]));
    with_ports(packet, V4_LEN, packet_len, protocol, ttl, addrs)
}

#[inline]
fn read_v6(packet: &[u8]) -> Option<Plain> {
    let (header, _) = packet.split_first_chunk::<V6_LEN>()?;
    let [version, _, _, _, len_a, len_b, protocol, ttl, addrs @ ..] = header;
    let packet_len = V6_LEN + usize::from(u16::from_be_bytes([*len_a, *len_b]));
    if version >> 4 != 6 || packet_len > packet.len() {
        return None;
    }
    let (source, destination) = addrs.split_first_chunk::<16>()?;
    let addrs = (IpAddr::from(*source), IpAddr::from(*destination.first_chunk::<16>()?));
    with_ports(packet, V6_LEN, packet_len, *protocol, *ttl, addrs)
}

#[inline]
fn with_ports(
    packet: &[u8],
    header_len: usize,
    packet_len: usize,
    protocol: u8,
    ttl: u8,
    (source, destination): (IpAddr, IpAddr),
) -> Option<Plain> {
    const TCP: u8 = Protocol::Tcp.number();
    const UDP: u8 = Protocol::Udp.number();
    let segment = packet.get(header_len..packet_len)?;
    let (protocol, len, flags) = match protocol {
        TCP => {
            let [.., offset, flags, _, _, _, _, _, _] = segment.first_chunk::<20>()?;
            (Protocol::Tcp, usize::from(offset >> 4) * 4, TcpFlags(*flags))
        }
        UDP => (Protocol::Udp, 8, TcpFlags::default()),
        _ => return None,
    };
    let [a, b, c, d, _, _, _, _] = *segment.first_chunk::<8>()?;
    Some(Plain {
        protocol,
        source: Endpoint::new(source, u16::from_be_bytes([a, b])),
        destination: Endpoint::new(destination, u16::from_be_bytes([c, d])),
        flags,
        ttl,
        header_len,
        headers_len: header_len + len,
        packet_len,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::wire::{ip, transport};
    use proptest::prelude::*;

    /// What the thorough way reads of the same frame.
    fn thoroughly(frame: &[u8]) -> Option<Plain> {
        let kind = ethernet::read(frame).ok()?.kind;
        let packet = frame.get(ethernet::LEN..)?;
        let head = match kind {
            ethernet::Kind::Ipv4 => ip::read_v4(packet).ok()?,
            ethernet::Kind::Ipv6 => ip::read_v6(packet).ok()?,
            _ => return None,
        };
        let segment = packet.get(head.header_len..head.packet_len)?;
        let protocol = Protocol::from_number(head.protocol)?;
        let transport = transport::read(protocol, segment).ok()?;
        let len = match protocol {
            Protocol::Tcp => usize::from(segment[12] >> 4) * 4,
            Protocol::Udp => 8,
            Protocol::Sctp => return None,
        };
        let is_plain =
            !head.is_fragment && matches!((head.family(), head.header_len), (Family::V4, 20) | (_, 40));
        is_plain.then_some(Plain {
            protocol,
            source: Endpoint::new(head.source, transport.source),
            destination: Endpoint::new(head.destination, transport.destination),
            flags: transport.flags,
            ttl: head.ttl,
            header_len: head.header_len,
            headers_len: head.header_len + len,
            packet_len: head.packet_len,
        })
    }

    fn v4(first: u8, fragment: u16, len: u16, protocol: u8, data: &[u8], spoil: u16) -> Vec<u8> {
        let mut packet = vec![first, 0, 0, 0, 1, 2, 0, 0, 64, protocol, 0, 0, 172, 16, 0, 5, 10, 9, 0, 100];
        packet[2..4].copy_from_slice(&len.to_be_bytes());
        packet[6..8].copy_from_slice(&fragment.to_be_bytes());
        ip::sum_v4_header(&mut packet);
        packet[11] ^= spoil.to_le_bytes()[0];
        [&[0; 12][..], &[8, 0], &packet, data].concat()
    }

    #[test]
    fn a_plain_packet_of_each_kind() {
        let udp = v4(0x45, 0x4000, 20 + 30, 17, &[7; 30], 0);
        let plain = read(&udp).unwrap();
        assert_eq!((plain.packet_len, plain.headers_len, plain.ttl), (50, 28, 64));
        assert_eq!((plain.family(), plain.checksum_offset()), (Family::V4, 6));
        assert_eq!(read(&udp[..udp.len() - 1]), None, "cut");
        let mut tcp = [7; 40];
        tcp[12..14].copy_from_slice(&[0x80, 0x11]);
        let plain = read(&v4(0x45, 0, 20 + 40, 6, &tcp, 0)).unwrap();
        assert_eq!((plain.headers_len, plain.flags, plain.checksum_offset()), (52, TcpFlags(0x11), 16));
        let six = [&[0; 12][..], &[0x86, 0xdd, 0x60, 0, 0, 0, 0, 40, 6, 9], &[1; 32], &tcp].concat();
        let plain = read(&six).unwrap();
        assert_eq!((plain.family(), plain.packet_len, plain.ttl), (Family::V6, 80, 9));
        for odd in [
            v4(0x46, 0, 50, 17, &[7; 30], 0),
            v4(0x45, 0x2000, 50, 17, &[7; 30], 0),
            v4(0x45, 1, 50, 17, &[7; 30], 0),
            v4(0x45, 0, 27, 17, &[7; 30], 0),
            v4(0x45, 0, 39, 6, &[7; 30], 0),
            v4(0x45, 0, 50, 132, &[7; 30], 0),
            v4(0x45, 0, 50, 17, &[7; 30], 1),
        ] {
            assert_eq!(read(&odd), None);
        }
    }

    proptest! {
        /// What is read is what the thorough way reads; what is not read, that way finds odd, or not plain.
        #[test]
        fn as_the_thorough_way(
            first in prop_oneof![4 => Just(0x45_u8), 1 => any::<u8>()],
            fragment in prop_oneof![4 => Just(0x4000_u16), 1 => any::<u16>()],
            len in 0_u16..80,
            protocol in prop_oneof![Just(6_u8), Just(17_u8), any::<u8>()],
            data in prop::collection::vec(any::<u8>(), 0..60),
            spoil in prop_oneof![4 => Just(0_u16), 1 => any::<u16>()],
        ) {
            let frame = v4(first, fragment, len, protocol, &data, spoil);
            prop_assert_eq!(read(&frame), thoroughly(&frame));
        }

        #[test]
        fn as_the_thorough_way_v6(
            first in prop_oneof![4 => Just(0x60_u8), 1 => any::<u8>()],
            len in 0_u16..80,
            next in prop_oneof![Just(6_u8), Just(17_u8), any::<u8>()],
            data in prop::collection::vec(any::<u8>(), 32..100),
        ) {
            let [a, b] = len.to_be_bytes();
            let frame = [&[0; 12][..], &[0x86, 0xdd, first, 0, 0, 0, a, b, next, 64], &data].concat();
            prop_assert_eq!(read(&frame), thoroughly(&frame));
        }
    }
}
