//! IPv4 (RFC 791) and IPv6 (RFC 8200): what a director reads of them and the little that it rewrites.

use super::Malformed;
use super::checksum::{Change, Sum};
use super::plain::Plain;
use crate::lvs::Family;
use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};
use pnet::packet::ipv4::MutableIpv4Packet;
use pnet::packet::ipv6::MutableIpv6Packet;
use std::net::{IpAddr, Ipv4Addr};

/// Protocol number of ICMP.
pub const ICMP: u8 = 1;
/// Protocol number of ICMPv6.
pub const ICMPV6: u8 = 58;
/// Where an IPv6 header names what follows it.
pub const NAMES_NEXT_V6: usize = 6;
/// Protocol number of the Encapsulating Security Payload (RFC 4303).
pub const ESP: u8 = 50;
/// Protocol number of the Authentication Header (RFC 4302).
pub const AH: u8 = 51;
/// Most extension headers that are walked. The kernel walks them all: more than these is an attack on whoever does.
const MAX_EXTENSIONS: usize = 32;

/// What a director needs to know of an IP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpHead {
    /// Where it comes from.
    pub source: IpAddr,
    /// Where it goes.
    pub destination: IpAddr,
    /// Transport protocol number, behind extension headers.
    pub protocol: u8,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Type of service or traffic class.
    pub tos: u8,
    /// Length of the header with options or extension headers in bytes.
    pub header_len: usize,
    /// Length of the packet with this header in bytes.
    pub packet_len: usize,
    /// IPv4: the DF bit. IPv6: always true, routers never fragment.
    pub dont_fragment: bool,
    /// It is a fragment: more follow, or it is not the first. IPv6: it has a fragment header, even if it is whole.
    pub is_fragment: bool,
    /// It is a fragment but not the first, so it has no transport header.
    pub is_later_fragment: bool,
    /// IPv4 identification; 0 in IPv6.
    pub id: u16,
    /// IPv6: a routing header of type 0 sends it on to somebody else (RFC 5095 forbids that).
    pub asks_for_old_route: bool,
}

impl IpHead {
    /// Of no packet.
    pub const EMPTY: Self = Self {
        source: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        destination: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        protocol: 0,
        ttl: 0,
        tos: 0,
        header_len: 0,
        packet_len: 0,
        dont_fragment: false,
        is_fragment: false,
        is_later_fragment: false,
        id: 0,
        asks_for_old_route: false,
    };

    /// What [`read_v4`] or [`read_v6`] would say of a plain packet; `packet` begins with its header.
    pub fn of_plain(packet: &[u8], plain: &Plain) -> Self {
        let (tos, dont_fragment, id) = match (plain.family(), packet.first_chunk::<8>()) {
            (Family::V4, Some([_, tos, _, _, id_a, id_b, fragment, _])) => {
                (*tos, fragment & 0x40 != 0, u16::from_be_bytes([*id_a, *id_b]))
            }
            (_, Some([first, second, ..])) => (first << 4 | second >> 4, true, 0),
            (_, None) => (0, true, 0),
        };
        Self {
            source: plain.source.addr,
            destination: plain.destination.addr,
            protocol: plain.protocol.number(),
            ttl: plain.ttl,
            tos,
            header_len: plain.header_len,
            packet_len: plain.packet_len,
            dont_fragment,
            is_fragment: false,
            is_later_fragment: false,
            id,
            asks_for_old_route: false,
        }
    }

    /// IPv4 or IPv6.
    pub const fn family(&self) -> Family {
        Family::of(self.destination)
    }

    /// Length of what follows the header in bytes.
    pub const fn payload_len(&self) -> usize {
        self.packet_len.saturating_sub(self.header_len)
    }
}

/// Reads and checks an IPv4 header; `packet` begins with it and may be longer than the packet (Ethernet padding).
///
/// # Errors
/// [`Malformed`] with what is wrong; a wrong header checksum is wrong too, as it is for the kernel.
pub fn read_v4(packet: &[u8]) -> Result<IpHead, Malformed> {
    let header = Ipv4HeaderSlice::from_slice(packet).map_err(|_| Malformed::Ipv4Header)?;
    let header_len = header.slice().len();
    let packet_len = usize::from(header.total_len());
    if packet_len < header_len || packet_len > packet.len() {
        return Err(Malformed::Ipv4Length);
    }
    if Sum::default().bytes(header.slice()).finish() != 0 {
        return Err(Malformed::Ipv4Checksum);
    }
    Ok(head_of(&header))
}

/// Does an IPv4 header with options ask for a source route, loose or strict (RFC 791 §3.1)? Options that do not parse end
/// the search, as they do for the kernel's forwarding path.
pub fn asks_for_source_route(packet: &[u8], head: &IpHead) -> bool {
    let mut rest = packet.get(20..head.header_len).unwrap_or_default();
    while let [kind, after @ ..] = rest {
        rest = match (*kind, after) {
            (0, _) => return false,
            (1, _) => after,
            (131 | 137, _) => return true,
            (_, [len, ..]) if *len >= 2 => rest.get(usize::from(*len)..).unwrap_or_default(),
            _ => return false,
        };
    }
    false
}

/// Reads an IPv4 header of a packet that is not all there (cut, or quoted by an ICMP message): lengths and checksum are
/// not looked at.
///
/// # Errors
/// [`Malformed::Ipv4Header`].
pub fn read_quoted_v4(packet: &[u8]) -> Result<IpHead, Malformed> {
    Ipv4HeaderSlice::from_slice(packet).map(|header| head_of(&header)).map_err(|_| Malformed::Ipv4Header)
}

fn head_of(header: &Ipv4HeaderSlice<'_>) -> IpHead {
    let offset = header.fragments_offset().value();
    IpHead {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
        protocol: header.protocol().0,
        ttl: header.ttl(),
        tos: header.slice().get(1).copied().unwrap_or(0),
        header_len: header.slice().len(),
        packet_len: usize::from(header.total_len()),
        dont_fragment: header.dont_fragment(),
        is_fragment: header.more_fragments() || offset != 0,
        is_later_fragment: offset != 0,
        id: header.identification(),
        asks_for_old_route: false,
    }
}

/// Reads an IPv6 header of a packet that is not all there, as [`read_quoted_v4`]; the extension headers must be there.
///
/// # Errors
/// [`Malformed::Ipv6Header`] or [`Malformed::Ipv6Extension`].
pub fn read_quoted_v6(packet: &[u8]) -> Result<IpHead, Malformed> {
    let header = Ipv6HeaderSlice::from_slice(packet).map_err(|_| Malformed::Ipv6Header)?;
    let mut head = head_of_v6(&header);
    walk_extensions(packet, &mut head)?;
    Ok(head)
}

/// Reads and checks an IPv6 header with its extension headers; `packet` begins with it.
///
/// # Errors
/// [`Malformed`] with what is wrong.
pub fn read_v6(packet: &[u8]) -> Result<IpHead, Malformed> {
    let header = Ipv6HeaderSlice::from_slice(packet).map_err(|_| Malformed::Ipv6Header)?;
    let mut head = head_of_v6(&header);
    let body = packet.get(..head.packet_len).ok_or(Malformed::Ipv6Length)?;
    walk_extensions(body, &mut head)?;
    Ok(head)
}

/// Where an IPv6 packet goes, if it is long enough to say so.
pub fn destination_v6(packet: &[u8]) -> Option<IpAddr> {
    packet.get(24..40).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()).map(IpAddr::from)
}

/// The header itself, before extension headers are looked at.
fn head_of_v6(header: &Ipv6HeaderSlice<'_>) -> IpHead {
    IpHead {
        source: IpAddr::V6(header.source_addr()),
        destination: IpAddr::V6(header.destination_addr()),
        protocol: header.next_header().0,
        ttl: header.hop_limit(),
        tos: header.traffic_class(),
        header_len: 40,
        packet_len: 40 + usize::from(header.payload_length()),
        dont_fragment: true,
        is_fragment: false,
        is_later_fragment: false,
        id: 0,
        asks_for_old_route: false,
    }
}

/// Steps over hop-by-hop options, destination options, routing, authentication and fragment headers (RFC 8200 §4).
fn walk_extensions(packet: &[u8], head: &mut IpHead) -> Result<(), Malformed> {
    for _ in 0..MAX_EXTENSIONS {
        let rest = packet.get(head.header_len..).unwrap_or_default();
        match head.protocol {
            0 | 43 | 60 | AH => {
                let [next, len, kind, left, ..] = *rest else { return Err(Malformed::Ipv6Extension) };
                let is_ah = head.protocol == AH;
                if head.protocol == 43 && kind == 0 && left != 0 {
                    head.asks_for_old_route = true;
                }
                // AH counts in other units (RFC 4302 §2.2).
                let len = if is_ah { 8 + usize::from(len) * 4 } else { 8 + usize::from(len) * 8 };
                if rest.len() < len {
                    return Err(Malformed::Ipv6Extension);
                }
                head.protocol = next;
                head.header_len += len;
            }
            44 => {
                let [next, _, high, low, ..] = *rest else { return Err(Malformed::Ipv6Extension) };
                if rest.len() < 8 {
                    return Err(Malformed::Ipv6Extension);
                }
                let field = u16::from_be_bytes([high, low]);
                head.is_later_fragment = field & 0xfff8 != 0;
                head.is_fragment = true;
                head.protocol = next;
                head.header_len += 8;
                return Ok(());
            }
            _ => return Ok(()),
        }
    }
    Err(Malformed::Ipv6Extension)
}

/// Where an IPv6 packet that [`read_v6`] accepted names the protocol of its payload: the offset in bytes of the last "next
/// header" field (RFC 4443 §3.4 wants it).
pub fn next_header_offset(packet: &[u8]) -> u32 {
    let (mut at, mut end) = (6, 40);
    for _ in 0..MAX_EXTENSIONS {
        let kind = packet.get(at).copied();
        let len = match (kind, packet.get(end + 1)) {
            (Some(0 | 43 | 60), Some(len)) => 8 + usize::from(*len) * 8,
            (Some(AH), Some(len)) => 8 + usize::from(*len) * 4,
            (Some(44), Some(_)) => 8,
            _ => break,
        };
        at = end;
        end += len;
    }
    u32::try_from(at).unwrap_or(6)
}

/// Takes one off the TTL or hop limit in place; the IPv4 checksum follows. `packet` begins with the IP header that
/// was read as `head`.
pub fn decrement_ttl(packet: &mut [u8], head: &IpHead) {
    one_hop_less(packet, head.family());
}

/// The same of a packet whose family alone is known.
#[inline]
pub fn one_hop_less(packet: &mut [u8], family: Family) {
    match family {
        Family::V4 => {
            let Some([_, _, _, _, _, _, _, _, ttl, protocol, sum @ .., _, _, _, _, _, _, _, _]) =
                packet.first_chunk_mut::<20>()
            else {
                return;
            };
            let less = ttl.saturating_sub(1);
            let change = Change::default()
                .word(u16::from_be_bytes([*ttl, *protocol]), u16::from_be_bytes([less, *protocol]));
            *sum = change.apply(u16::from_be_bytes(*sum)).to_be_bytes();
            *ttl = less;
        }
        Family::V6 => {
            if let Some([_, _, _, _, _, _, _, limit, ..]) = packet.first_chunk_mut::<40>() {
                *limit = limit.saturating_sub(1);
            }
        }
    }
}

/// Leaves so many bytes of a packet, header included, and a whole life for them: TTL or hop limit 64. `header_len`: that
/// of its IP header, with options and extensions.
pub fn cut_short(packet: &mut [u8], family: Family, header_len: usize, len: usize) {
    match family {
        Family::V4 => {
            let Ok(total) = u16::try_from(len) else { return };
            if let Some(mut header) = MutableIpv4Packet::new(packet) {
                header.set_total_length(total);
                header.set_ttl(FRESH_TTL);
            }
            if let Some(header) = packet.get_mut(..header_len) {
                sum_v4_header(header);
            }
        }
        Family::V6 => {
            let Ok(payload) = u16::try_from(len.saturating_sub(40)) else { return };
            if let Some(mut header) = MutableIpv6Packet::new(packet) {
                header.set_payload_length(payload);
                header.set_hop_limit(FRESH_TTL);
            }
        }
    }
}

/// TTL of what begins here.
pub const FRESH_TTL: u8 = 64;

/// Which of the two addresses of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where it comes from.
    Source,
    /// Where it goes.
    Destination,
}

/// Replaces one address in place; the IPv4 header checksum follows, the transport's is the caller's business. Nothing
/// happens if the families differ.
pub fn set_addr(packet: &mut [u8], side: Side, new: IpAddr) {
    match new {
        IpAddr::V4(new) => {
            if let Some(mut header) = MutableIpv4Packet::new(packet) {
                let old = match side {
                    Side::Source => header.get_source(),
                    Side::Destination => header.get_destination(),
                };
                let change = Change::default().addr(old.into(), new.into());
                let checksum = change.apply(header.get_checksum());
                match side {
                    Side::Source => header.set_source(new),
                    Side::Destination => header.set_destination(new),
                }
                header.set_checksum(checksum);
            }
        }
        IpAddr::V6(new) => {
            if let Some(mut header) = MutableIpv6Packet::new(packet) {
                match side {
                    Side::Source => header.set_source(new),
                    Side::Destination => header.set_destination(new),
                }
            }
        }
    }
}

/// Sums an IPv4 header (with its options) anew.
pub fn sum_v4_header(header: &mut [u8]) {
    if let Some(place) = header.get_mut(10..12) {
        place.fill(0);
    }
    let checksum = Sum::default().bytes(header).finish();
    if let Some(place) = header.get_mut(10..12) {
        place.copy_from_slice(&checksum.to_be_bytes());
    }
}

/// A fresh IPv4 header without options.
#[derive(Clone, Copy, Debug)]
pub struct NewV4 {
    /// Type of service.
    pub tos: u8,
    /// Length of the whole packet in bytes.
    pub total_len: u16,
    /// Identification.
    pub id: u16,
    /// The DF bit.
    pub dont_fragment: bool,
    /// The MF bit.
    pub more_fragments: bool,
    /// Fragment offset in units of 8 bytes.
    pub offset: u16,
    /// Time to live.
    pub ttl: u8,
    /// Transport protocol.
    pub protocol: u8,
    /// From.
    pub source: Ipv4Addr,
    /// To.
    pub destination: Ipv4Addr,
}

impl NewV4 {
    /// In bytes, with its checksum.
    pub fn to_bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        let [len_high, len_low] = self.total_len.to_be_bytes();
        let [id_high, id_low] = self.id.to_be_bytes();
        let flags = u16::from(self.dont_fragment) << 14 | u16::from(self.more_fragments) << 13;
        let [frag_high, frag_low] = (flags | self.offset & 0x1fff).to_be_bytes();
        let [a, b, c, d] = self.source.octets();
        let [e, f, g, h] = self.destination.octets();
        bytes.copy_from_slice(&[
            0x45,
            self.tos,
            len_high,
            len_low,
            id_high,
            id_low,
            frag_high,
            frag_low,
            self.ttl,
            self.protocol,
            0,
            0,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
        ]);
        let checksum = Sum::default().bytes(&bytes).finish();
        if let Some(mut header) = MutableIpv4Packet::new(&mut bytes) {
            header.set_checksum(checksum);
        }
        bytes
    }
}

/// A fresh IPv6 header.
pub fn new_v6(
    traffic_class: u8,
    payload_len: u16,
    next_header: u8,
    hop_limit: u8,
    source: std::net::Ipv6Addr,
    destination: std::net::Ipv6Addr,
) -> [u8; 40] {
    let mut bytes = [0; 40];
    if let Some(mut header) = MutableIpv6Packet::new(&mut bytes) {
        header.set_version(6);
        header.set_traffic_class(traffic_class);
        header.set_payload_length(payload_len);
        header.set_next_header(pnet::packet::ip::IpNextHeaderProtocol(next_header));
        header.set_hop_limit(hop_limit);
        header.set_source(source);
        header.set_destination(destination);
    }
    bytes
}

/// Is this an address that a packet may come from: no multicast, no 0.0.0.0 or ::, no loopback, no broadcast.
pub fn is_possible_source(addr: IpAddr) -> bool {
    match addr {
        IpAddr::V4(addr) => {
            let first = addr.octets()[0];
            first != 0 && first != 127 && !addr.is_multicast() && addr != Ipv4Addr::BROADCAST
        }
        IpAddr::V6(addr) => !addr.is_unspecified() && !addr.is_loopback() && !addr.is_multicast(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;

    fn sample_v4() -> Vec<u8> {
        let mut bytes = Vec::new();
        PacketBuilder::ipv4([172, 16, 0, 5], [10, 9, 0, 100], 64)
            .tcp(40001, 80, 1000, 1024)
            .syn()
            .write(&mut bytes, &[])
            .unwrap();
        bytes
    }

    #[test]
    fn reads_what_was_built() {
        let head = read_v4(&sample_v4()).unwrap();
        assert_eq!(head.source.to_string(), "172.16.0.5");
        assert_eq!((head.protocol, head.ttl, head.header_len, head.packet_len), (6, 64, 20, 40));
    }

    #[test]
    fn ttl_and_addresses_keep_the_checksum_right() {
        let mut bytes = sample_v4();
        let head = read_v4(&bytes).unwrap();
        decrement_ttl(&mut bytes, &head);
        set_addr(&mut bytes, Side::Destination, "10.9.0.11".parse().unwrap());
        set_addr(&mut bytes, Side::Source, "192.0.2.200".parse().unwrap());
        let head = read_v4(&bytes).unwrap();
        assert_eq!(head.ttl, 63);
        assert_eq!(head.destination.to_string(), "10.9.0.11");
        assert_eq!(head.source.to_string(), "192.0.2.200");
    }

    #[test]
    fn malformed_v4_is_named() {
        let good = sample_v4();
        for len in 0..20 {
            assert_eq!(read_v4(&good[..len]), Err(Malformed::Ipv4Header), "cut at {len}");
        }
        assert_eq!(read_v4(&good[..39]), Err(Malformed::Ipv4Length));
        let broken = |at: usize, value: u8| {
            let mut bytes = good.clone();
            bytes[at] = value;
            read_v4(&bytes)
        };
        assert_eq!(broken(0, 0x65), Err(Malformed::Ipv4Header), "version 6");
        assert_eq!(broken(0, 0x44), Err(Malformed::Ipv4Header), "header of 16 bytes");
        assert_eq!(broken(3, 19), Err(Malformed::Ipv4Length), "total length below the header's");
        assert_eq!(broken(8, 63), Err(Malformed::Ipv4Checksum));
    }

    #[test]
    fn source_routes_are_seen_behind_other_options() {
        let asks = |options: &[u8]| {
            let mut packet = vec![0; 20];
            packet.extend_from_slice(options);
            let head = IpHead { header_len: packet.len(), ..read_v4(&sample_v4()).unwrap() };
            asks_for_source_route(&packet, &head)
        };
        assert!(asks(&[131, 7, 4, 10, 0, 0, 1, 0]));
        assert!(asks(&[1, 7, 7, 4, 0, 0, 0, 0, 137, 3, 4, 0]), "behind a no-operation and a record route");
        assert!(!asks(&[7, 7, 4, 131, 131, 131, 131, 0]), "inside a record route");
        assert!(!asks(&[0, 131, 7, 4]), "behind the end");
        assert!(!asks(&[7, 1, 131, 7]), "behind an impossible length");
        assert!(!asks(&[]));
    }

    #[test]
    fn padding_is_no_part_of_the_packet() {
        let mut bytes = sample_v4();
        bytes.extend_from_slice(&[0; 6]);
        assert_eq!(read_v4(&bytes).unwrap().packet_len, 40);
    }

    #[test]
    fn extension_headers_are_walked_and_bounded() {
        let source = "2001:db8::5".parse().unwrap();
        let destination = "fd00:9::100".parse().unwrap();
        let mut bytes = new_v6(0, 8 + 20, 60, 64, source, destination).to_vec();
        bytes.extend_from_slice(&[6, 0, 1, 4, 0, 0, 0, 0]);
        bytes.extend_from_slice(&[0; 20]);
        let head = read_v6(&bytes).unwrap();
        assert_eq!((head.protocol, head.header_len, head.packet_len), (6, 48, 68));
        assert_eq!(read_v6(&bytes[..60]), Err(Malformed::Ipv6Length));

        let mut endless = new_v6(0, 8 * 20, 60, 64, source, destination).to_vec();
        (0..40).for_each(|_| endless.extend_from_slice(&[60, 0, 1, 4, 0, 0, 0, 0]));
        assert_eq!(read_v6(&endless), Err(Malformed::Ipv6Extension));

        let mut rh0 = new_v6(0, 24, 43, 64, source, destination).to_vec();
        rh0.extend_from_slice(&[6, 2, 0, 1]);
        rh0.extend_from_slice(&[0; 20]);
        assert!(read_v6(&rh0).is_ok_and(|head| head.asks_for_old_route && head.protocol == 6));
    }

    #[test]
    fn fragments_are_told_apart() {
        let mut first = sample_v4();
        first[6] = 0x20;
        let fix = |bytes: &mut Vec<u8>| {
            bytes[10] = 0;
            bytes[11] = 0;
            let sum = Sum::default().bytes(&bytes[..20]).finish();
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        };
        fix(&mut first);
        let head = read_v4(&first).unwrap();
        assert!(head.is_fragment && !head.is_later_fragment);
        let mut later = sample_v4();
        later[7] = 8;
        fix(&mut later);
        let head = read_v4(&later).unwrap();
        assert!(head.is_fragment && head.is_later_fragment);
    }
}
