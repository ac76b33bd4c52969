//! ICMP (RFC 792) and ICMPv6 (RFC 4443): echo answers, and the errors that a director originates.

use super::Malformed;
use super::checksum::{Change, Sum};
use super::ip::{self, IpHead, NewV4};
use super::transport::ISAKMP;
use crate::lvs::{Endpoint, Family, Protocol};
use std::net::IpAddr;

/// Length of the fixed part of an ICMP message in bytes.
pub const LEN: usize = 8;
/// Most bytes that an ICMPv4 error may have, IP header included (RFC 1812 §4.3.2.3).
const MAX_ERROR_V4: usize = 576;
/// Most bytes that an ICMPv6 error may have, IP header included (RFC 4443 §2.4 c).
const MAX_ERROR_V6: usize = 1280;

/// What an ICMP message is, as far as a director acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// Somebody pings.
    EchoRequest,
    /// An error about a packet that the message quotes, of a kind that IPVS relays: destination unreachable (3), source
    /// quench (4) and time exceeded (11); every error of ICMPv6.
    Error,
    /// Redirect (5) or parameter problem (12): an error that IPVS leaves alone.
    OtherError,
    /// ICMPv6 type 135: who has this address?
    NeighbourSolicitation,
    /// Anything else.
    Other,
}

/// Reads type and code; `message` is what follows the IP header.
///
/// # Errors
/// [`Malformed::Icmp`] if fewer than 8 bytes are there.
pub fn read(family: Family, message: &[u8]) -> Result<Message, Malformed> {
    let [kind, ..] = *message.get(..LEN).ok_or(Malformed::Icmp)? else { return Err(Malformed::Icmp) };
    Ok(match (family, kind) {
        (Family::V4, 8) | (Family::V6, 128) => Message::EchoRequest,
        (Family::V4, 3 | 4 | 11) | (Family::V6, 0..=127) => Message::Error,
        (Family::V4, 5 | 12) => Message::OtherError,
        (Family::V6, 135) => Message::NeighbourSolicitation,
        _ => Message::Other,
    })
}

/// The packet that an error is about, as far as the message quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Its protocol.
    pub protocol: Protocol,
    /// Where it came from.
    pub source: Endpoint,
    /// Where it went.
    pub destination: Endpoint,
    /// Length of its IP header in bytes; it begins [`LEN`] bytes into the message.
    pub header_len: usize,
    /// Its ports are in it. AH and ESP have none: they are looked for as what they belong to, ISAKMP.
    pub has_ports: bool,
}

/// Type, code and the MTU that a message of type 3 code 4 (fragmentation needed) tells, of an ICMPv4 message.
pub fn read_error(message: &[u8]) -> Option<(u8, u8, u32)> {
    let [kind, code, _, _, _, _, high, low] = *message.first_chunk::<LEN>()?;
    Some((kind, code, u32::from(u16::from_be_bytes([high, low]))))
}

/// Reads what an error quotes: an IP header and the first four bytes of TCP, UDP or SCTP; of AH (in IPv4) and ESP the IP
/// header is enough. `None` if less is there, or it is of another protocol, or a later fragment of IPv6, AH or ESP. A later
/// fragment of the others in IPv4 is read as if it were a first one: so IPVS does.
pub fn read_quoted(family: Family, message: &[u8]) -> Option<Quoted> {
    let packet = message.get(LEN..)?;
    let head = match family {
        Family::V4 => ip::read_quoted_v4(packet),
        Family::V6 => ip::read_quoted_v6(packet),
    };
    let head = head.ok()?;
    let is_ipsec = head.protocol == ip::ESP || head.protocol == ip::AH && family == Family::V4;
    if head.is_later_fragment && (is_ipsec || family == Family::V6) {
        return None;
    }
    let (protocol, source, destination) = if is_ipsec {
        (Protocol::Udp, ISAKMP, ISAKMP)
    } else {
        let [a, b, c, d] = *packet.get(head.header_len..)?.first_chunk()?;
        let protocol = Protocol::from_number(head.protocol)?;
        (protocol, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
    };
    Some(Quoted {
        protocol,
        source: Endpoint::new(head.source, source),
        destination: Endpoint::new(head.destination, destination),
        header_len: head.header_len,
        has_ports: !is_ipsec,
    })
}

/// Rewrites the source (or the destination) that an error quotes, in place, and sums the quoted IPv4 header and the message
/// anew: it was checked before. `head` is the outer header as it is to leave.
pub fn rewrite_quoted(head: &IpHead, message: &mut [u8], quoted: &Quoted, side: ip::Side, new: Endpoint) {
    let Some(packet) = message.get_mut(LEN..) else { return };
    ip::set_addr(packet, side, new.addr);
    if new.addr.is_ipv4() {
        ip::sum_v4_header(packet.get_mut(..quoted.header_len).unwrap_or_default());
    }
    let at = quoted.header_len + if side == ip::Side::Source { 0 } else { 2 };
    if quoted.has_ports
        && let Some(port) = packet.get_mut(at..at + 2)
    {
        port.copy_from_slice(&new.port.to_be_bytes());
    }
    if let Some(place) = message.get_mut(2..4) {
        place.fill(0);
    }
    let sum = message_sum(head, message).finish().to_be_bytes();
    if let Some(place) = message.get_mut(2..4) {
        place.copy_from_slice(&sum);
    }
}

/// The sum over an ICMP message, with the pseudo-header that ICMPv6 has.
fn message_sum(head: &IpHead, message: &[u8]) -> Sum {
    let pseudo = match head.family() {
        Family::V4 => Sum::default(),
        Family::V6 => Sum::default().pseudo_header(head.source, head.destination, ip::ICMPV6, message.len()),
    };
    pseudo.bytes(message)
}

/// Is the checksum of an ICMP message right?
pub fn checksum_is_right(head: &IpHead, message: &[u8]) -> bool {
    message_sum(head, message).finish() == 0
}

/// Turns an echo request into its reply in place; the checksum follows. The addresses are the caller's to swap (which
/// leaves an ICMPv6 checksum as it is).
pub fn turn_into_reply(family: Family, message: &mut [u8]) {
    let [kind, code, high, low, ..] = message else { return };
    let new = match family {
        Family::V4 => 0,
        Family::V6 => 129,
    };
    let change = Change::default().word(u16::from_be_bytes([*kind, *code]), u16::from_be_bytes([new, *code]));
    let checksum = change.apply(u16::from_be_bytes([*high, *low])).to_be_bytes();
    *kind = new;
    [*high, *low] = checksum;
}

/// An error that the director originates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nobody listens there, or no real server is left (3/3, v6 1/4).
    PortUnreachable,
    /// Nobody here speaks that protocol (3/2; for IPv6 parameter problem 4/1, which points at the number).
    ProtocolUnreachable,
    /// The hop limit is used up (11/0, v6 3/0).
    TimeExceeded,
    /// Fragments were still missing when the time was over (11/1, v6 3/1).
    ReassemblyTimeExceeded,
    /// Too long for the next link, which carries so many bytes (3/4, v6 2/0).
    TooBig {
        /// MTU in bytes.
        mtu: u32,
    },
    /// The byte at this offset of the packet makes no sense (ICMPv6 only: 4/`code`).
    Parameter {
        /// 0: a field; 2: an option.
        code: u8,
        /// Where it is, in bytes from the beginning of the packet.
        at: u32,
    },
    /// What a router said of the packet in which this one travelled (ICMPv4 only).
    Relayed {
        /// ICMP type.
        kind: u8,
        /// ICMP code.
        code: u8,
    },
}

impl Error {
    /// Its ICMPv4 type.
    pub const fn v4_type(self) -> u8 {
        match self {
            Self::PortUnreachable | Self::ProtocolUnreachable | Self::TooBig { .. } => 3,
            Self::TimeExceeded | Self::ReassemblyTimeExceeded => 11,
            Self::Parameter { .. } => 12,
            Self::Relayed { kind, .. } => kind,
        }
    }
}

/// IP and ICMP header of an error message; what is quoted follows as it was received.
#[derive(Clone, Copy, Debug)]
pub struct ErrorHead {
    bytes: [u8; 48],
    len: usize,
    /// How many bytes of the offending packet the message quotes.
    pub quoted: usize,
}

impl ErrorHead {
    /// The headers.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// May this packet be answered with an error at all (RFC 1122 §3.2.2, RFC 4443 §2.4)? Not if it comes from no single host,
/// is a later fragment, or is itself an ICMP message other than a ping.
pub fn deserves_error(head: &IpHead, offending: &[u8]) -> bool {
    let is_icmp = head.protocol
        == match head.family() {
            Family::V4 => ip::ICMP,
            Family::V6 => ip::ICMPV6,
        };
    let message = offending.get(head.header_len..).unwrap_or_default();
    ip::is_possible_source(head.source)
        && !head.is_later_fragment
        && (!is_icmp || read(head.family(), message) == Ok(Message::EchoRequest))
}

/// How many bytes of an offending packet an error about it quotes, of those that are there.
const fn quoted_len(family: Family, there: usize) -> usize {
    let most = match family {
        Family::V4 => MAX_ERROR_V4 - 20 - LEN,
        Family::V6 => MAX_ERROR_V6 - 40 - LEN,
    };
    if there < most { there } else { most }
}

/// Length in bytes of the IP packet that is an error about a packet of which so many bytes are there.
pub const fn error_len(family: Family, there: usize) -> usize {
    let headers = match family {
        Family::V4 => 20 + LEN,
        Family::V6 => 40 + LEN,
    };
    headers + quoted_len(family, there)
}

/// Builds the headers of an error about `offending` (from its IP header on), to be sent from `from` to its source.
/// `None` if the packet does not deserve one ([`deserves_error`]), or the families differ.
pub fn error(kind: Error, head: &IpHead, offending: &[u8], from: IpAddr) -> Option<ErrorHead> {
    if !deserves_error(head, offending) {
        return None;
    }
    let offending = offending.get(..head.packet_len).unwrap_or(offending);
    match (from, head.source) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let quoted = quoted_len(Family::V4, offending.len());
            let (kind, code, rest) = match kind {
                Error::PortUnreachable => (3, 3, 0),
                Error::ProtocolUnreachable => (3, 2, 0),
                Error::TimeExceeded => (11, 0, 0),
                Error::ReassemblyTimeExceeded => (11, 1, 0),
                Error::TooBig { mtu } => (3, 4, mtu.min(0xffff)),
                Error::Parameter { .. } => return None,
                Error::Relayed { kind, code } => (kind, code, 0),
            };
            let header = NewV4 {
                // Internetwork control (RFC 1812 §4.3.2.5), and of the packet in question the four bits of its old TOS field.
                tos: head.tos & 0x1e | 0xc0,
                total_len: u16::try_from(20 + LEN + quoted).ok()?,
                id: 0,
                dont_fragment: false,
                more_fragments: false,
                offset: 0,
                ttl: 64,
                protocol: ip::ICMP,
                source,
                destination,
            };
            assemble(&header.to_bytes(), Sum::default(), [kind, code], rest, offending.get(..quoted)?)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let quoted = quoted_len(Family::V6, offending.len());
            let (kind, code, rest) = match kind {
                Error::PortUnreachable => (1, 4, 0),
                Error::ProtocolUnreachable => (4, 1, ip::next_header_offset(offending)),
                Error::TimeExceeded => (3, 0, 0),
                Error::ReassemblyTimeExceeded => (3, 1, 0),
                Error::TooBig { mtu } => (2, 0, mtu),
                Error::Parameter { code, at } => (4, code, at),
                Error::Relayed { .. } => return None,
            };
            let payload = u16::try_from(LEN + quoted).ok()?;
            let header = ip::new_v6(0, payload, ip::ICMPV6, 64, source, destination);
            let pseudo = Sum::default().pseudo_header(from, head.source, ip::ICMPV6, LEN + quoted);
            assemble(&header, pseudo, [kind, code], rest, offending.get(..quoted)?)
        }
        _ => None,
    }
}

fn assemble(header: &[u8], pseudo: Sum, kind: [u8; 2], rest: u32, quoted: &[u8]) -> Option<ErrorHead> {
    let [a, b, c, d] = rest.to_be_bytes();
    let mut message = [kind[0], kind[1], 0, 0, a, b, c, d];
    let checksum = pseudo.bytes(&message).bytes(quoted).finish().to_be_bytes();
    message[2..4].copy_from_slice(&checksum);
    let mut bytes = [0; 48];
    let len = header.len() + LEN;
    bytes.get_mut(..header.len())?.copy_from_slice(header);
    bytes.get_mut(header.len()..len)?.copy_from_slice(&message);
    Some(ErrorHead { bytes, len, quoted: quoted.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;

    fn packet(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        PacketBuilder::ipv4([172, 16, 0, 5], [10, 9, 0, 100], 64)
            .udp(40000, 81)
            .write(&mut bytes, payload)
            .unwrap();
        bytes
    }

    #[test]
    fn errors_quote_at_most_576_bytes_and_have_right_sums() {
        for len in [1, 2, 1000, 1400] {
            let bytes = packet(&vec![7; len]);
            let head = ip::read_v4(&bytes).unwrap();
            let error = error(Error::PortUnreachable, &head, &bytes, head.destination).unwrap();
            let mut whole = error.as_bytes().to_vec();
            whole.extend_from_slice(&bytes[..error.quoted]);
            assert!(whole.len() <= 576);
            let answer = ip::read_v4(&whole).unwrap();
            assert_eq!(answer.destination, head.source);
            assert!(checksum_is_right(&answer, &whole[20..]));
            assert_eq!(&whole[20..22], &[3, 3]);
        }
    }

    #[test]
    fn too_big_tells_the_mtu() {
        let bytes = packet(&[0; 1400]);
        let head = ip::read_v4(&bytes).unwrap();
        let error = error(Error::TooBig { mtu: 1480 }, &head, &bytes, head.destination).unwrap();
        assert_eq!(&error.as_bytes()[20..28][..2], &[3, 4]);
        assert_eq!(&error.as_bytes()[26..28], &1480u16.to_be_bytes());
    }

    #[test]
    fn never_an_error_about_an_error_or_to_nobody() {
        let bytes = packet(&[0; 8]);
        let head = ip::read_v4(&bytes).unwrap();
        let ask = |head: &IpHead, bytes: &[u8]| {
            error(Error::TimeExceeded, head, bytes, "10.0.0.1".parse().unwrap()).is_some()
        };
        assert!(ask(&head, &bytes));
        for source in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "127.0.0.1"] {
            assert!(!ask(&IpHead { source: source.parse().unwrap(), ..head }, &bytes), "{source}");
        }
        assert!(!ask(&IpHead { is_later_fragment: true, ..head }, &bytes));
        let mut unreachable = packet(&[0; 8]);
        unreachable[20] = 3;
        assert!(!ask(&IpHead { protocol: ip::ICMP, ..head }, &unreachable));
        unreachable[20] = 8;
        assert!(ask(&IpHead { protocol: ip::ICMP, ..head }, &unreachable));
    }

    #[test]
    fn echo_reply_keeps_the_sum_right() {
        let mut message = [8, 0, 0, 0, 0, 7, 0, 1, b'p', b'i', b'n', b'g'];
        let sum = Sum::default().bytes(&message).finish().to_be_bytes();
        message[2..4].copy_from_slice(&sum);
        turn_into_reply(Family::V4, &mut message);
        assert_eq!(message[0], 0);
        assert_eq!(Sum::default().bytes(&message).finish(), 0);
    }
}
