//! Fragments of IPv4 (RFC 791 §3.2) and IPv6 (RFC 8200 §4.5): where a piece belongs, and the headers of whole and piece.

use super::Malformed;
use super::ip::{self, IpHead};
use crate::lvs::Family;

/// Length of the IPv6 fragment header in bytes.
pub const HEADER_LEN: usize = 8;
/// IPv6's number for the fragment header.
const FRAGMENT: u8 = 44;

/// Where a fragment belongs in its datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub id: u32,
    /// Where its payload lies in the datagram's, in bytes.
    pub offset: usize,
    /// More follow.
    pub more: bool,
    /// Bytes of header that every fragment repeats: IPv4 with options; IPv6 up to the fragment header.
    pub head_len: usize,
    /// Where in those bytes the header behind them is named.
    pub names_next: usize,
    /// What comes behind them: in IPv6, behind the fragment header.
    pub next: u8,
    /// Where the payload begins.
    pub payload: usize,
}

impl Fragment {
    /// Is it a middle one, of a packet of so many bytes, whose length is no multiple of 8?
    pub const fn is_odd(&self, packet_len: usize) -> bool {
        self.more && self.offset != 0 && !packet_len.saturating_sub(self.payload).is_multiple_of(8)
    }
}

/// Reads the place of a fragment; `packet` begins with the IP header that was read as `head`, which says that it is one
/// (an IPv6 packet may also have a fragment header and be whole: "atomic", RFC 6946).
///
/// # Errors
/// [`Malformed::Ipv6Extension`] if there is no fragment header.
pub fn read(packet: &[u8], head: &IpHead) -> Result<Fragment, Malformed> {
    match head.family() {
        Family::V4 => {
            let field = packet.get(6..8).and_then(|field| field.first_chunk()).copied().unwrap_or_default();
            let field = u16::from_be_bytes(field);
            Ok(Fragment {
                id: u32::from(head.id),
                offset: usize::from(field & 0x1fff) * 8,
                more: field & 0x2000 != 0,
                head_len: head.header_len,
                names_next: 9,
                next: head.protocol,
                payload: head.header_len,
            })
        }
        Family::V6 => read_v6(packet),
    }
}

fn read_v6(packet: &[u8]) -> Result<Fragment, Malformed> {
    let (mut names_next, mut at) = (ip::NAMES_NEXT_V6, 40);
    let mut next = packet.get(names_next).copied().ok_or(Malformed::Ipv6Header)?;
    loop {
        let rest = packet.get(at..).unwrap_or_default();
        match next {
            FRAGMENT => {
                let [next, _, high, low, a, b, c, d, ..] = *rest else {
                    return Err(Malformed::Ipv6Extension);
                };
                let field = u16::from_be_bytes([high, low]);
                return Ok(Fragment {
                    id: u32::from_be_bytes([a, b, c, d]),
                    offset: usize::from(field & 0xfff8),
                    more: field & 1 != 0,
                    head_len: at,
                    names_next,
                    next,
                    payload: at + HEADER_LEN,
                });
            }
            0 | 43 | 60 => {
                let [after, len, ..] = *rest else { return Err(Malformed::Ipv6Extension) };
                (names_next, next) = (at, after);
                at += 8 + usize::from(len) * 8;
            }
            _ => return Err(Malformed::Ipv6Extension),
        }
    }
}

/// The head of a datagram out of that of its first fragment (IPv4: as many bytes as [`Fragment::head_len`]; IPv6: those
/// without the fragment header): no fragment any more, `payload` bytes follow. `tos` is or-ed to the type of service.
/// IPv4's checksum is summed anew.
pub fn make_whole(head: &mut [u8], family: Family, fragment: &Fragment, payload: usize, df: bool, tos: u8) {
    match family {
        Family::V4 => {
            let total = u16::try_from(head.len() + payload).unwrap_or(u16::MAX);
            put(head, 2, &total.to_be_bytes());
            put(head, 6, &[u8::from(df) << 6, 0]);
            if let Some(place) = head.get_mut(1) {
                *place |= tos;
            }
            ip::sum_v4_header(head);
        }
        Family::V6 => {
            let len = u16::try_from(head.len().saturating_sub(40) + payload).unwrap_or(u16::MAX);
            put(head, 4, &len.to_be_bytes());
            put(head, fragment.names_next, &[fragment.next]);
            if let Some([high, low]) = head.get_mut(..2) {
                *high |= tos >> 4;
                *low |= tos << 4;
            }
        }
    }
}

/// How many bytes of an IPv6 packet every fragment of it must repeat, and where in them the next header is named: hop-by-hop
/// options, routing, and the destination options that stand before a routing header or before none.
pub fn unfragmentable_v6(packet: &[u8]) -> (usize, usize) {
    let (mut names_next, mut at, mut routed) = (ip::NAMES_NEXT_V6, 40, false);
    loop {
        let next = packet.get(names_next).copied().unwrap_or(59);
        match next {
            0 => {}
            43 => routed = true,
            60 if !routed => {}
            _ => return (at, names_next),
        }
        let Some(len) = packet.get(at + 1) else { return (at, names_next) };
        names_next = at;
        at += 8 + usize::from(*len) * 8;
        if at > packet.len() {
            return (names_next, names_next);
        }
    }
}

/// Turns the repeated head of an IPv6 packet into that of its fragments, but for their length ([`set_len_v6`]): the fragment
/// header comes next. The answer is what came next before.
pub fn announce_fragment_v6(head: &mut [u8], names_next: usize) -> u8 {
    let next = head.get(names_next).copied().unwrap_or(59);
    put(head, names_next, &[FRAGMENT]);
    next
}

/// Writes the payload length of an IPv6 header: `len` is that of the whole packet.
pub fn set_len_v6(head: &mut [u8], len: usize) {
    let payload = u16::try_from(len.saturating_sub(40)).unwrap_or(u16::MAX);
    put(head, 4, &payload.to_be_bytes());
}

/// An IPv6 fragment header.
pub fn header_v6(next: u8, offset: usize, more: bool, id: u32) -> [u8; HEADER_LEN] {
    let field = u16::try_from(offset & 0xfff8).unwrap_or(0xfff8) | u16::from(more);
    let ([high, low], [a, b, c, d]) = (field.to_be_bytes(), id.to_be_bytes());
    [next, 0, high, low, a, b, c, d]
}

fn put(bytes: &mut [u8], at: usize, new: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + new.len()) {
        place.copy_from_slice(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let mut packet = ip::NewV4 {
            tos: 0,
            total_len: 28,
            id: 7,
            dont_fragment: true,
            more_fragments: true,
            offset: 3,
            ttl: 9,
            protocol: 17,
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
        }
        .to_bytes()
        .to_vec();
        packet.extend_from_slice(&[0; 8]);
        let head = ip::read_v4(&packet).expect("a header");
        let place = read(&packet, &head).expect("a fragment");
        assert_eq!((place.id, place.offset, place.more, place.payload), (7, 24, true, 20));
        let whole = packet.get_mut(..20).expect("a header");
        make_whole(whole, Family::V4, &place, 8, true, 3);
        let head = ip::read_v4(&packet).expect("a right checksum");
        assert_eq!((head.is_fragment, head.dont_fragment, head.tos, head.packet_len), (false, true, 3, 28));
    }

    #[test]
    fn ipv6_with_options_before_the_fragment_header() {
        let addr = std::net::Ipv6Addr::LOCALHOST;
        let mut packet = ip::new_v6(0, 24, 60, 9, addr, addr).to_vec();
        packet.extend_from_slice(&[44, 0, 1, 4, 0, 0, 0, 0]);
        packet.extend_from_slice(&header_v6(17, 1448, true, 0x0102_0304));
        packet.extend_from_slice(&[1; 8]);
        let head = ip::read_v6(&packet).expect("a header");
        let place = read(&packet, &head).expect("a fragment");
        assert_eq!((place.id, place.offset, place.more), (0x0102_0304, 1448, true));
        assert_eq!((place.head_len, place.names_next, place.next, place.payload), (48, 40, 17, 56));
        packet.drain(48..56);
        make_whole(packet.get_mut(..48).expect("a head"), Family::V6, &place, 8, true, 3);
        let head = ip::read_v6(&packet).expect("a header");
        assert_eq!((head.protocol, head.packet_len, head.is_fragment, head.tos), (17, 56, false, 3));
        assert_eq!(unfragmentable_v6(&packet), (48, 40));
        assert_eq!(announce_fragment_v6(&mut packet, 40), 17);
        for len in 0..packet.len() {
            let short = packet.get(..len).expect("shorter");
            assert!(read_v6(short).is_err());
            assert!(unfragmentable_v6(short).0 <= len.max(40));
        }
    }
}
