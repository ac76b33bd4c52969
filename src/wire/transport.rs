//! TCP, UDP and SCTP as far as a director needs them: ports, TCP flags and sequence numbers, the place of the checksum.

use super::Malformed;
use super::checksum::{Change, Sum};
use super::ip::IpHead;
use super::sctp::{self, Chunk};
use crate::lvs::{Family, Protocol};
use pnet::packet::Packet as _;
use pnet::packet::tcp::{MutableTcpPacket, TcpPacket};
use pnet::packet::udp::{MutableUdpPacket, UdpPacket};

/// ISAKMP's port (RFC 2408 §2.5.1): AH and ESP belong to what is between two hosts there.
pub const ISAKMP: u16 = 500;

/// The flags of a TCP segment that steer a connection's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// FIN.
    pub const fn fin(self) -> bool {
        self.0 & 0x01 != 0
    }
    /// SYN.
    pub const fn syn(self) -> bool {
        self.0 & 0x02 != 0
    }
    /// RST.
    pub const fn rst(self) -> bool {
        self.0 & 0x04 != 0
    }
    /// ACK.
    pub const fn ack(self) -> bool {
        self.0 & 0x10 != 0
    }
}

/// What a director reads of a transport header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transport {
    /// TCP, UDP or SCTP.
    pub protocol: Protocol,
    /// Source port.
    pub source: u16,
    /// Destination port.
    pub destination: u16,
    /// TCP flags; none for the others.
    pub flags: TcpFlags,
    /// SCTP's first chunk; absent for the others.
    pub chunk: Chunk,
    /// Not the packet's own: an ICMP error quotes it, or as much of it as there are ports.
    pub is_quoted: bool,
}

impl Transport {
    /// The header that would open a connection between these ports: a SYN, an INIT, any datagram. It stands for the one
    /// that an ICMP error quotes too little of.
    pub const fn opening(protocol: Protocol, source: u16, destination: u16) -> Self {
        let (flags, chunk) = match protocol {
            Protocol::Tcp => (TcpFlags(0x02), Chunk::Absent),
            Protocol::Udp => (TcpFlags(0), Chunk::Absent),
            Protocol::Sctp => (TcpFlags(0), Chunk::Init),
        };
        Self { protocol, source, destination, flags, chunk, is_quoted: true }
    }

    /// Does the packet begin a connection: a SYN (with or without ACK), an INIT?
    pub fn begins(&self) -> bool {
        self.flags.syn() || self.chunk == Chunk::Init
    }
}

/// Reads the transport header; `segment` is what follows the IP header.
///
/// Only what IPVS itself looks at must be there: 20 bytes of TCP, 8 of UDP, 12 of SCTP. Data offset, options and
/// lengths are the real server's business.
///
/// # Errors
/// [`Malformed::Transport`] if the header is cut.
pub fn read(protocol: Protocol, segment: &[u8]) -> Result<Transport, Malformed> {
    match protocol {
        Protocol::Tcp => {
            let tcp = TcpPacket::new(segment).ok_or(Malformed::Transport)?;
            Ok(Transport {
                protocol,
                source: tcp.get_source(),
                destination: tcp.get_destination(),
                flags: TcpFlags(tcp.get_flags()),
                chunk: Chunk::Absent,
                is_quoted: false,
            })
        }
        Protocol::Udp => {
            let udp = UdpPacket::new(segment).ok_or(Malformed::Transport)?;
            Ok(Transport {
                protocol,
                source: udp.get_source(),
                destination: udp.get_destination(),
                flags: TcpFlags::default(),
                chunk: Chunk::Absent,
                is_quoted: false,
            })
        }
        Protocol::Sctp => {
            let header = segment.get(..sctp::LEN).ok_or(Malformed::Transport)?;
            let [a, b, c, d, ..] = *header else { return Err(Malformed::Transport) };
            Ok(Transport {
                protocol,
                source: u16::from_be_bytes([a, b]),
                destination: u16::from_be_bytes([c, d]),
                flags: TcpFlags::default(),
                chunk: sctp::read(segment),
                is_quoted: false,
            })
        }
    }
}

/// The octets of a TCP segment in its sender's sequence; SYN and FIN count as one each (RFC 9293 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Octets {
    /// The sequence number.
    pub first: u32,
    /// The number after the last octet.
    pub end: u32,
}

/// Reads the octets of a TCP segment; `segment` is what follows the IP header. `None` if the header is cut. A data
/// offset beyond the segment reads as a segment without data.
pub fn read_octets(segment: &[u8]) -> Option<Octets> {
    let tcp = TcpPacket::new(segment)?;
    let data = segment.len().saturating_sub(usize::from(tcp.get_data_offset()) * 4);
    let flags = TcpFlags(tcp.get_flags());
    let len = u32::try_from(data).ok()?.wrapping_add(u32::from(flags.syn()) + u32::from(flags.fin()));
    let first = tcp.get_sequence();
    Some(Octets { first, end: first.wrapping_add(len) })
}

/// What the sender's checksum is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumState {
    /// Finished by the sender (right or wrong).
    Complete,
    /// Unfinished: the field holds the folded, uncomplemented sum of the pseudo-header.
    Partial,
}

/// Which port to replace, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPort {
    /// The source port.
    Source(u16),
    /// The destination port.
    Destination(u16),
}

/// Replaces a port in place and updates the checksum for it and for `addresses`, the change of the pseudo-header.
///
/// A finished checksum is updated (RFC 1624), so a wrong one stays wrong. An unfinished one covers the pseudo-header
/// only: the addresses count, the port does not. A UDP checksum of 0 over IPv4 ("none") is computed in full, as IPVS
/// does; `head` must then hold the new addresses.
pub fn rewrite(
    segment: &mut [u8],
    protocol: Protocol,
    new_port: NewPort,
    addresses: Change,
    state: ChecksumState,
    head: &IpHead,
) {
    match protocol {
        Protocol::Tcp => {
            if let Some(mut tcp) = MutableTcpPacket::new(segment) {
                let change = match new_port {
                    NewPort::Source(new) => {
                        let old = tcp.get_source();
                        tcp.set_source(new);
                        addresses.word(old, new)
                    }
                    NewPort::Destination(new) => {
                        let old = tcp.get_destination();
                        tcp.set_destination(new);
                        addresses.word(old, new)
                    }
                };
                let old = tcp.get_checksum();
                tcp.set_checksum(match state {
                    ChecksumState::Complete => change.apply(old),
                    ChecksumState::Partial => addresses.apply_partial(old),
                });
            }
        }
        Protocol::Udp => {
            if let Some(mut udp) = MutableUdpPacket::new(segment) {
                let change = match new_port {
                    NewPort::Source(new) => {
                        let old = udp.get_source();
                        udp.set_source(new);
                        addresses.word(old, new)
                    }
                    NewPort::Destination(new) => {
                        let old = udp.get_destination();
                        udp.set_destination(new);
                        addresses.word(old, new)
                    }
                };
                let old = udp.get_checksum();
                let new = match state {
                    ChecksumState::Partial => addresses.apply_partial(old),
                    ChecksumState::Complete if old == 0 => {
                        let length = udp.packet().len();
                        let sum = Sum::default().pseudo_header(
                            head.source,
                            head.destination,
                            Protocol::Udp.number(),
                            length,
                        );
                        never_zero(sum.bytes(udp.packet()).finish())
                    }
                    ChecksumState::Complete => never_zero(change.apply(old)),
                };
                udp.set_checksum(new);
            }
        }
        Protocol::Sctp => {
            let (place, new) = match new_port {
                NewPort::Source(new) => (segment.first_chunk_mut::<2>(), new),
                NewPort::Destination(new) => {
                    (segment.get_mut(2..).and_then(<[u8]>::first_chunk_mut::<2>), new)
                }
            };
            // Addresses are no part of its checksum, and IPVS sums anew only what it changed: a wrong one that it does
            // not touch stays wrong.
            if let Some(place) = place
                && *place != new.to_be_bytes()
            {
                *place = new.to_be_bytes();
                sctp::sum(segment);
            }
        }
    }
}

/// A UDP checksum that came out as 0 is sent as 0xffff: 0 means "none" (RFC 768).
const fn never_zero(checksum: u16) -> u16 {
    if checksum == 0 { 0xffff } else { checksum }
}

/// Where the checksum lies in the transport header, in bytes from its start.
pub const fn checksum_offset(protocol: Protocol) -> Option<usize> {
    match protocol {
        Protocol::Tcp => Some(16),
        Protocol::Udp => Some(6),
        Protocol::Sctp => Some(sctp::CHECKSUM_OFFSET),
    }
}

/// Is the finished checksum of this segment right (or absent, for UDP over IPv4)?
pub fn checksum_is_right(head: &IpHead, protocol: Protocol, segment: &[u8]) -> bool {
    if protocol == Protocol::Udp {
        match UdpPacket::new(segment) {
            Some(udp) if udp.get_checksum() == 0 => return head.source.is_ipv4(),
            Some(_) => {}
            None => return false,
        }
    }
    let sum = Sum::default().pseudo_header(head.source, head.destination, protocol.number(), segment.len());
    sum.bytes(segment).finish() == 0
}

/// A UDP datagram as long as it says; `None` if it says more than is there or less than its header. (In IPv6, 0 is as much as
/// there is: RFC 2675.)
pub fn of_its_length(family: Family, segment: &[u8]) -> Option<&[u8]> {
    match usize::from(UdpPacket::new(segment)?.get_length()) {
        0 if family == Family::V6 => Some(segment),
        len => segment.get(..len).filter(|datagram| datagram.len() >= 8),
    }
}

/// Is a TCP header there, as long as it says?
pub fn has_whole_header(segment: &[u8]) -> bool {
    let len = segment.get(12).map_or(0, |byte| usize::from(byte >> 4) * 4);
    len >= 20 && len <= segment.len()
}

/// Finishes an unfinished checksum in place: the field, which holds the pseudo-header's sum, is summed with the rest.
pub fn finish_checksum(segment: &mut [u8], protocol: Protocol) {
    let sum = Sum::default().bytes(segment).finish();
    match protocol {
        Protocol::Tcp => {
            if let Some(mut tcp) = MutableTcpPacket::new(segment) {
                tcp.set_checksum(sum);
            }
        }
        Protocol::Udp => {
            if let Some(mut udp) = MutableUdpPacket::new(segment) {
                udp.set_checksum(never_zero(sum));
            }
        }
        Protocol::Sctp => sctp::sum(segment),
    }
}

/// The TCP header of the reset that a host sends for a segment that belongs to no connection (RFC 9293 §3.10.7.1), with
/// its checksum; `None` for a segment that is itself a reset. `question` is the IP header of the segment.
pub fn reset_for(question: &IpHead, segment: &[u8]) -> Option<[u8; 20]> {
    let tcp = TcpPacket::new(segment)?;
    let flags = TcpFlags(tcp.get_flags());
    if flags.rst() {
        return None;
    }
    let mut bytes = [0; 20];
    let mut answer = MutableTcpPacket::new(&mut bytes)?;
    answer.set_source(tcp.get_destination());
    answer.set_destination(tcp.get_source());
    answer.set_data_offset(5);
    if flags.ack() {
        answer.set_sequence(tcp.get_acknowledgement());
        answer.set_flags(0x04);
    } else {
        let header_len = usize::from(tcp.get_data_offset()) * 4;
        let data = segment.len().saturating_sub(header_len.max(20));
        let length = u32::try_from(data).unwrap_or(0) + u32::from(flags.syn()) + u32::from(flags.fin());
        answer.set_acknowledgement(tcp.get_sequence().wrapping_add(length));
        answer.set_flags(0x14);
    }
    let sum = Sum::default().pseudo_header(question.destination, question.source, Protocol::Tcp.number(), 20);
    let checksum = sum.bytes(answer.packet()).finish();
    answer.set_checksum(checksum);
    Some(bytes)
}

/// Makes a TCP segment a reset of the same sender, at the same place in its sequence; what is behind 20 bytes is none of it
/// any more. `head`: the packet's addresses. False, and nothing has changed, if it has no whole header.
pub fn turn_into_reset(segment: &mut [u8], head: &IpHead) -> bool {
    let Some(bytes) = segment.first_chunk_mut::<20>() else { return false };
    let Some(mut tcp) = MutableTcpPacket::new(bytes) else { return false };
    tcp.set_data_offset(5);
    tcp.set_reserved(0);
    tcp.set_flags(0x14);
    tcp.set_window(0);
    tcp.set_urgent_ptr(0);
    tcp.set_checksum(0);
    let sum = Sum::default().pseudo_header(head.source, head.destination, Protocol::Tcp.number(), 20);
    let checksum = sum.bytes(tcp.packet()).finish();
    tcp.set_checksum(checksum);
    true
}

#[cfg(test)]
mod tests {
    use super::super::ip;
    use super::*;
    use etherparse::PacketBuilder;

    fn udp(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        PacketBuilder::ipv4([172, 16, 0, 5], [10, 9, 0, 100], 64)
            .udp(3333, 53)
            .write(&mut bytes, payload)
            .unwrap();
        bytes
    }

    #[test]
    fn transport_is_cut_at_every_byte() {
        for (protocol, need) in [(Protocol::Tcp, 20), (Protocol::Udp, 8), (Protocol::Sctp, 12)] {
            for len in 0..need {
                assert_eq!(read(protocol, &vec![0; len]), Err(Malformed::Transport), "{protocol:?} {len}");
            }
            assert!(read(protocol, &vec![0; need]).is_ok());
        }
    }

    #[test]
    fn dnat_keeps_a_right_checksum_right_and_a_wrong_one_wrong() {
        for damage in [0u8, 1] {
            let mut bytes = udp(b"question");
            *bytes.last_mut().unwrap() ^= damage;
            let head = ip::read_v4(&bytes).unwrap();
            let new = "10.9.0.11".parse().unwrap();
            let change = Change::default().addr(head.destination, new);
            ip::set_addr(&mut bytes, ip::Side::Destination, new);
            let head = ip::read_v4(&bytes).unwrap();
            let segment = &mut bytes[20..];
            rewrite(
                segment,
                Protocol::Udp,
                NewPort::Destination(5353),
                change,
                ChecksumState::Complete,
                &head,
            );
            assert_eq!(checksum_is_right(&head, Protocol::Udp, segment), damage == 0);
            assert_eq!(read(Protocol::Udp, segment).unwrap().destination, 5353);
        }
    }

    #[test]
    fn unfinished_checksums_follow_the_addresses_only() {
        let mut bytes = udp(b"question");
        let head = ip::read_v4(&bytes).unwrap();
        let len = bytes.len() - 20;
        let partial = Sum::default().pseudo_header(head.source, head.destination, 17, len).partial();
        bytes[26..28].copy_from_slice(&partial.to_be_bytes());
        let new = "10.9.0.11".parse().unwrap();
        let change = Change::default().addr(head.destination, new);
        ip::set_addr(&mut bytes, ip::Side::Destination, new);
        let head = ip::read_v4(&bytes).unwrap();
        let segment = &mut bytes[20..];
        rewrite(segment, Protocol::Udp, NewPort::Destination(5353), change, ChecksumState::Partial, &head);
        finish_checksum(segment, Protocol::Udp);
        assert!(checksum_is_right(&head, Protocol::Udp, segment));
    }

    /// 0 would mean that there is none (RFC 768).
    #[test]
    fn no_udp_checksum_becomes_0() {
        let mut is_met = false;
        for checksum in 1..=u16::MAX {
            let mut bytes = udp(b"q");
            let head = ip::read_v4(&bytes).unwrap();
            let segment = &mut bytes[20..];
            segment[6..8].copy_from_slice(&checksum.to_be_bytes());
            let (port, state) = (NewPort::Destination(5353), ChecksumState::Complete);
            rewrite(segment, Protocol::Udp, port, Change::default(), state, &head);
            assert_ne!(segment[6..8], [0, 0], "of {checksum:04x}");
            is_met |= segment[6..8] == [0xff, 0xff];
        }
        assert!(is_met);
    }

    #[test]
    fn udp_without_checksum_gets_one_as_in_ipvs() {
        let mut bytes = udp(b"q");
        bytes[26..28].fill(0);
        let head = ip::read_v4(&bytes).unwrap();
        let segment = &mut bytes[20..];
        rewrite(
            segment,
            Protocol::Udp,
            NewPort::Source(53),
            Change::default(),
            ChecksumState::Complete,
            &head,
        );
        assert_ne!(segment[6..8], [0, 0]);
        assert!(checksum_is_right(&head, Protocol::Udp, segment));
    }

    #[test]
    fn resets_as_a_host_sends_them() {
        let segment = |flags: u8, payload: &[u8]| {
            let mut bytes = vec![0; 20];
            let mut tcp = MutableTcpPacket::new(&mut bytes).unwrap();
            tcp.set_source(40000);
            tcp.set_destination(81);
            tcp.set_sequence(1000);
            tcp.set_acknowledgement(77);
            tcp.set_data_offset(5);
            tcp.set_flags(flags);
            bytes.extend_from_slice(payload);
            bytes
        };
        let head = ip::read_v4(&udp(b"")).unwrap();
        let reset = |flags, payload: &[u8]| {
            let bytes = reset_for(&head, &segment(flags, payload))?;
            let tcp = TcpPacket::new(&bytes).unwrap();
            Some((tcp.get_flags(), tcp.get_sequence(), tcp.get_acknowledgement()))
        };
        assert_eq!(reset(0x02, b""), Some((0x14, 0, 1001)), "SYN");
        assert_eq!(reset(0x01, b"abc"), Some((0x14, 0, 1004)), "FIN with data");
        assert_eq!(reset(0x10, b""), Some((0x04, 77, 0)), "ACK");
        assert_eq!(reset(0x04, b""), None, "RST");
    }
}
