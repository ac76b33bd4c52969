//! Whose packet a frame seems to be: a hint, read in a few instructions from where things usually are.
//!
//! Nothing is checked but lengths; whoever acts on a packet reads it properly ([`super::ip`], [`super::transport`]).

use super::ethernet;
use super::transport::TcpFlags;
use crate::lvs::{Endpoint, Protocol};
use std::net::IpAddr;

/// The ends of a packet, as they seem to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// The transport protocol.
    pub protocol: Protocol,
    /// Where it comes from.
    pub source: Endpoint,
    /// Where it goes.
    pub destination: Endpoint,
}

/// A glance at a frame without VLAN tag; `None` if it seems to be neither TCP, UDP nor SCTP, or a fragment, or has IPv6
/// extension headers.
#[inline]
pub fn at(frame: &[u8]) -> Option<Glance> {
    let (link, packet) = frame.split_first_chunk::<{ ethernet::LEN }>()?;
    let (protocol, source, destination, ports) = match link {
        [.., 0x08, 0x00] => v4(packet)?,
        [.., 0x86, 0xdd] => v6(packet)?,
        _ => return None,
    };
    let protocol = Protocol::from_number(protocol)?;
    let [a, b, c, d] = ports;
    let source = Endpoint::new(source, u16::from_be_bytes([a, b]));
    let destination = Endpoint::new(destination, u16::from_be_bytes([c, d]));
    Some(Glance { protocol, source, destination })
}

/// Whether a frame seems to ask for a TCP connection: SYN without ACK.
pub fn is_request(frame: &[u8]) -> bool {
    let Some((link, packet)) = frame.split_first_chunk::<{ ethernet::LEN }>() else { return false };
    let (protocol, header) = match (link, packet) {
        ([.., 0x08, 0x00], [first, ..]) => (packet.get(9), usize::from(first & 0xf) * 4),
        ([.., 0x86, 0xdd], _) => (packet.get(6), 40),
        _ => return false,
    };
    let flags = packet.get(header + FLAGS).map(|flags| TcpFlags(*flags));
    protocol == Some(&Protocol::Tcp.number()) && flags.is_some_and(|flags| flags.syn() && !flags.ack())
}

/// Where a TCP header keeps its flags.
const FLAGS: usize = 13;

type Ends = (u8, IpAddr, IpAddr, [u8; 4]);

#[inline]
fn v4(packet: &[u8]) -> Option<Ends> {
    let [first, _, _, _, _, _, fragment, offset, _, protocol, _, _, addrs @ ..] =
        packet.first_chunk::<20>()?;
    if fragment & 0x3f != 0 || *offset != 0 {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = *addrs;
    let ports = packet.get(usize::from(first & 0xf) * 4..)?.first_chunk()?;
    Some((*protocol, IpAddr::from([a, b, c, d]), IpAddr::from([e, f, g, h]), *ports))
}

#[inline]
fn v6(packet: &[u8]) -> Option<Ends> {
    let [_, _, _, _, _, _, next, _, addrs @ ..] = packet.first_chunk::<40>()?;
    let (source, destination) = addrs.split_first_chunk::<16>()?;
    let ports = packet.get(40..)?.first_chunk()?;
    Some((*next, IpAddr::from(*source), IpAddr::from(*destination.first_chunk::<16>()?), *ports))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn frame(kind: [u8; 2], packet: &[u8]) -> Vec<u8> {
        [&[0; 12][..], &kind, packet].concat()
    }

    fn ipv4(first: u8, fragment: [u8; 2]) -> Vec<u8> {
        let mut packet = vec![first, 0, 0, 60, 1, 2, fragment[0], fragment[1], 64, 6, 0, 0];
        packet.extend([172, 16, 0, 5, 10, 9, 0, 100]);
        packet.resize(usize::from(first & 0xf) * 4, 0);
        packet.extend([0x9c, 0x41, 0, 80]);
        frame([8, 0], &packet)
    }

    #[test]
    fn the_ends_of_a_packet() {
        let seen = Glance {
            protocol: Protocol::Tcp,
            source: Endpoint::new([172, 16, 0, 5].into(), 40001),
            destination: Endpoint::new([10, 9, 0, 100].into(), 80),
        };
        assert_eq!(at(&ipv4(0x45, [0x40, 0])), Some(seen));
        assert_eq!(at(&ipv4(0x47, [0, 0])), Some(seen), "behind options");
        let mut packet = vec![0x60, 0, 0, 0, 0, 20, 17, 64];
        packet.extend([1; 16].iter().chain(&[2; 16]).chain(&[0, 53, 0, 80]));
        let seen = at(&frame([0x86, 0xdd], &packet)).unwrap();
        assert_eq!((seen.protocol, seen.source), (Protocol::Udp, Endpoint::new([1; 16].into(), 53)));
        assert_eq!(seen.destination, Endpoint::new([2; 16].into(), 80));
    }

    #[test]
    fn who_asks_for_a_connection() {
        let v4 = |first, flags| [ipv4(first, [0x40, 0]), vec![0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags]].concat();
        let v6 = |flags| {
            let mut packet = vec![0x60, 0, 0, 0, 0, 20, 6, 64];
            packet.extend([0; 32].iter().chain(&[0; 13]).chain(&[flags]));
            frame([0x86, 0xdd], &packet)
        };
        for (flags, is_one) in [(0x02, true), (0xc2, true), (0x12, false), (0x10, false), (0x14, false)] {
            assert_eq!(is_request(&v4(0x45, flags)[..]), is_one, "{flags:#x}");
            assert_eq!(is_request(&v6(flags)), is_one, "{flags:#x}, IPv6");
        }
        let whole = v4(0x47, 2);
        // The ports end where the header's options do: the rest follows.
        assert!(is_request(&whole));
        assert!(!is_request(&whole[..whole.len() - 1]) && !is_request(&[]) && !is_request(&whole[..14]));
        let mut udp = v4(0x45, 2);
        udp[23] = 17;
        assert!(!is_request(&udp));
    }

    #[test]
    fn none_of_what_has_no_ports_where_they_usually_are() {
        for fragment in [[0x20, 0], [0, 1], [0x1f, 0]] {
            assert_eq!(at(&ipv4(0x45, fragment)), None);
        }
        let whole = ipv4(0x46, [0, 0]);
        for len in 0..whole.len() {
            assert_eq!(at(&whole[..len]), None, "{len}");
        }
        let mut icmp = ipv4(0x45, [0, 0]);
        icmp[23] = 1;
        assert_eq!((at(&icmp), at(&frame([8, 6], &[0; 60]))), (None, None));
    }
}
