//! Protocols that a Linux host takes by itself, though nobody listens: what becomes of a packet of each. (The host is one
//! with the modules of the tunnels, as a director is.)

use super::checksum::Sum;
use super::encap::{GRE, IPV4_INSIDE, IPV6_INSIDE};
use super::ip::IpHead;
use crate::lvs::Family;

const IGMP: u8 = 2;
const NO_NEXT_HEADER: u8 = 59;
const PIM: u8 = 103;
const UDP_LITE: u8 = 136;
const MPLS_IN_IP: u8 = 137;
/// Fewer bytes of GRE are no packet, though its shortest header has 4.
const LEAST_GRE: usize = 12;

/// What a host says to a packet of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Nothing: it takes it, or it is nonsense.
    Silent,
    /// It knows the protocol, but nobody is there: port unreachable.
    Closed,
    /// It does not know the protocol.
    Unknown,
}

/// What the host says to this packet; `segment` is what follows its IP header.
pub fn by_host(head: &IpHead, segment: &[u8]) -> Spoken {
    let closed_if = |is_right| if is_right { Spoken::Closed } else { Spoken::Silent };
    match (head.protocol, head.family()) {
        (IGMP | PIM, Family::V4) | (NO_NEXT_HEADER | MPLS_IN_IP, Family::V6) => Spoken::Silent,
        // Nothing but the first header inside is looked for.
        (IPV4_INSIDE, _) => closed_if(segment.len() >= 20),
        (IPV6_INSIDE, _) => closed_if(segment.len() >= 40),
        (MPLS_IN_IP, Family::V4) => closed_if(segment.len() >= 4),
        (GRE, _) => closed_if(is_gre(segment)),
        (UDP_LITE, _) => closed_if(is_udp_lite(head, segment)),
        _ => Spoken::Unknown,
    }
}

/// GRE of version 0 without a source route, with a right checksum or none (RFC 2784).
fn is_gre(segment: &[u8]) -> bool {
    let Some([flags, version, ..]) = segment.first_chunk::<LEAST_GRE>() else { return false };
    let has_sum = flags & 0x80 != 0;
    flags & 0x40 == 0 && version & 7 == 0 && (!has_sum || Sum::default().bytes(segment).finish() == 0)
}

/// UDP-Lite (RFC 3828): its checksum is a must, over as many bytes as it says.
fn is_udp_lite(head: &IpHead, segment: &[u8]) -> bool {
    let Some([_, _, _, _, high, low, one, other]) = segment.first_chunk::<8>() else { return false };
    let covered = match usize::from(u16::from_be_bytes([*high, *low])) {
        0 => segment.len(),
        covered => covered,
    };
    let Some(covered) = segment.get(..covered).filter(|covered| covered.len() >= 8) else { return false };
    let pseudo = Sum::default().pseudo_header(head.source, head.destination, head.protocol, segment.len());
    [*one, *other] != [0, 0] && pseudo.bytes(covered).finish() == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ip::IpHead;
    use Spoken::{Closed, Silent, Unknown};

    fn say(protocol: u8, segment: &[u8]) -> Spoken {
        let (source, destination) = ("172.16.0.5".parse().unwrap(), "10.9.0.100".parse().unwrap());
        by_host(&IpHead { source, destination, protocol, ..IpHead::EMPTY }, segment)
    }

    /// As Linux 6.1 answered.
    #[test]
    fn as_the_kernel() {
        for (protocol, len, answer) in [
            (2, 8, Silent),
            (103, 8, Silent),
            (4, 19, Silent),
            (4, 20, Closed),
            (41, 39, Silent),
            (41, 40, Closed),
            (137, 3, Silent),
            (137, 4, Closed),
            (99, 0, Unknown),
            (50, 40, Unknown),
        ] {
            assert_eq!(say(protocol, &[0; 40][..len]), answer, "{protocol} with {len} bytes");
        }
    }

    #[test]
    fn gre() {
        let plain = [0, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(say(47, &plain), Closed);
        assert_eq!(say(47, &plain[..11]), Silent);
        for (at, byte) in [(0, 0x40), (0, 0x80), (1, 1)] {
            let mut other = plain;
            other[at] = byte;
            assert_eq!(say(47, &other), Silent, "byte {at} is {byte}");
        }
    }

    #[test]
    fn udp_lite() {
        let whole = [0x9c, 0x41, 0, 0x50, 0, 0, 0xa8, 0x51, 1, 2, 3, 4];
        let header = [0x9c, 0x41, 0, 0x50, 0, 8, 0xac, 0x4f, 1, 2, 3, 4];
        assert_eq!((say(136, &whole), say(136, &header)), (Closed, Closed));
        for (at, byte) in [(5, 7), (5, 13), (7, 0), (8, 9)] {
            let mut other = whole;
            other[at] = byte;
            assert_eq!(say(136, &other), Silent, "byte {at} is {byte}");
        }
        assert_eq!(say(136, &[0x9c, 0x41, 0, 0x50, 0, 0, 0, 0, 1, 2, 3, 4]), Silent);
    }
}
