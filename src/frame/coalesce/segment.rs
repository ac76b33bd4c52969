//! What a frame must be like to be joined to others, and the headers of what they are joined to.
//!
//! Cutting a super-frame repeats its headers. Of IPv4 it counts the identification up and writes length and checksum; of
//! TCP it counts the sequence number on, and leaves PSH to the last piece; the transport checksum is computed for every
//! piece. So:
//!
//! | field | joined if |
//! |---|---|
//! | IPv4 options, IPv6 extension headers | there are none |
//! | fragments | it is none |
//! | IPv4 identification | one more than before, whether DF is set or not |
//! | all else in the IP header: DF, TOS and ECN, TTL, flow label, addresses | equal |
//! | IPv4 header checksum | right |
//! | TCP flags | ACK and nothing else; PSH ends the run |
//! | TCP sequence number | that of the next byte |
//! | TCP acknowledgement, window, urgent pointer, options with their values | equal |
//! | payload | as long as the first one's; a shorter one ends the run; none is not joined |
//! | transport checksum | right; unfinished, if the field holds the pseudo-header's sum; UDP's "none" is not joined |
//! | a super-frame | is not joined, and ends its flow's run |
//!
//! The identification of packets with DF means nothing (RFC 6864 §4.1), and Linux's own GRO joins those in which it stands
//! still, too, and remembers it. But the virtio header cannot say so: the pieces would be numbered, and not be what came.

use crate::frame::VnetHeader;
use crate::wire::checksum::Sum;
use crate::wire::{ethernet, ip};

/// Longest head: Ethernet, IPv6, TCP with options.
pub(super) const MOST_HEADERS: usize = ethernet::LEN + IPV6_LEN as usize + 60;

const IPV4_LEN: u8 = 20;
const IPV6_LEN: u8 = 40;
const TCP: u8 = 6;
const UDP: u8 = 17;
const UDP_LEN: u8 = 8;
const ACK: u8 = 0x10;
const PSH: u8 = 0x08;

/// What a frame is to the coalescer.
pub(super) enum Seen<'f> {
    /// Of no flow that is joined here: nothing is moved past it that should not be.
    Foreign,
    /// Perhaps of such a flow, but that cannot be told (a fragment, say): nothing may be moved past it.
    Unclear,
    /// Of such a flow.
    Of(Segment<'f>),
}

/// A TCP segment or UDP datagram with its IP header.
pub(super) struct Segment<'f> {
    pub(super) packet: &'f [u8],
    /// Of its addresses and ports.
    pub(super) fingerprint: u32,
    /// GSO type of its like.
    pub(super) kind: u8,
    pub(super) ip_len: u8,
    pub(super) headers_len: u8,
    pub(super) payload_len: u16,
    /// IPv4's; 0 in IPv6.
    pub(super) id: u16,
    /// TCP's; 0 in UDP.
    pub(super) sequence: u32,
    /// Nothing in it by itself forbids to join it.
    pub(super) is_plain: bool,
    /// TCP: it has the PSH flag.
    pub(super) pushes: bool,
    /// Its checksum is unfinished.
    pub(super) is_partial: bool,
}

/// Looks at a frame, given as it is emitted: `head`, `body`.
#[inline]
pub(super) fn read<'f>(vnet: &VnetHeader, head: &[u8], body: &'f [u8]) -> Seen<'f> {
    let Some(([.., high, low], behind)) = head.split_first_chunk::<{ ethernet::LEN }>() else {
        return Seen::Unclear;
    };
    // What leaves with more than a new Ethernet header (a tunnel's, a helper's) is not joined.
    let packet = if behind.is_empty() { body } else { behind };
    let (protocol, ip) = match (*high, *low) {
        (0x08, 0x00) => (packet.get(9), read_v4(packet)),
        (0x86, 0xdd) => (packet.get(6), read_v6(packet)),
        _ => return Seen::Foreign,
    };
    match (protocol, ip) {
        (Some(&(TCP | UDP)), Some(ip)) if behind.is_empty() => read_transport(vnet, body, ip),
        (Some(&(TCP | UDP)) | None, _) => Seen::Unclear,
        // IPv6 extension headers, behind which there may be anything; in IPv4 they are protocols that hardly occur.
        (Some(&(0 | 43 | 44 | 51 | 60 | 135)), _) => Seen::Unclear,
        _ => Seen::Foreign,
    }
}

/// What an IP header says that goes into a segment.
struct Ip {
    len: u8,
    protocol: u8,
    id: u16,
    /// Both addresses, mixed.
    addresses: u64,
}

/// An IPv4 header without options, of no fragment.
fn read_v4(packet: &[u8]) -> Option<Ip> {
    const MORE_OR_OFFSET: u16 = 0xbfff; // all but DF
    let [0x45, _, len @ .., a, b, c, d, e, f, g, h] = packet.first_chunk::<20>()? else { return None };
    let [len_1, len_2, id_1, id_2, flags_1, flags_2, _, protocol, _, _] = *len;
    let is_whole = u16::from_be_bytes([flags_1, flags_2]) & MORE_OR_OFFSET == 0;
    let fits = usize::from(u16::from_be_bytes([len_1, len_2])) == packet.len();
    (is_whole && fits).then(|| Ip {
        len: IPV4_LEN,
        protocol,
        id: u16::from_be_bytes([id_1, id_2]),
        addresses: u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
    })
}

/// An IPv6 header behind which the transport header stands.
fn read_v6(packet: &[u8]) -> Option<Ip> {
    let header = packet.first_chunk::<40>()?;
    let [first, _, _, _, len_1, len_2, protocol, _, addresses @ ..] = *header;
    let fits = usize::from(u16::from_be_bytes([len_1, len_2])) + usize::from(IPV6_LEN) == packet.len();
    let (quarters, _) = addresses.as_chunks::<8>();
    let mix = quarters.iter().fold(0, |mix: u64, quarter| mix.rotate_left(19) ^ u64::from_be_bytes(*quarter));
    (first >> 4 == 6 && fits).then_some(Ip { len: IPV6_LEN, protocol, id: 0, addresses: mix })
}

/// The transport header behind it. One that makes no sense is still its flow's, as far as its ports can be read.
#[inline]
fn read_transport<'f>(vnet: &VnetHeader, packet: &'f [u8], ip: Ip) -> Seen<'f> {
    let transport = packet.get(usize::from(ip.len)..).unwrap_or_default();
    let Some([ports @ .., a, b, c, d]) = transport.first_chunk::<8>() else { return Seen::Unclear };
    let mut segment = Segment {
        packet,
        fingerprint: fingerprint(ip.addresses, u32::from_be_bytes(*ports), ip.protocol),
        kind: VnetHeader::GSO_UDP_L4,
        ip_len: ip.len,
        headers_len: ip.len + UDP_LEN,
        payload_len: 0,
        id: ip.id,
        sequence: 0,
        is_plain: false,
        pushes: false,
        is_partial: vnet.is_partial(),
    };
    let (len, is_plain) = if ip.protocol == TCP {
        segment.kind = if ip.len == IPV4_LEN { VnetHeader::GSO_TCPV4 } else { VnetHeader::GSO_TCPV6 };
        segment.sequence = u32::from_be_bytes([*a, *b, *c, *d]);
        match transport.get(12..14) {
            Some([offset, flags]) if *offset & 0x0f == 0 && *offset >= 0x50 => {
                segment.pushes = flags & PSH != 0;
                (offset >> 2, flags & !PSH == ACK)
            }
            _ => (20, false),
        }
    } else {
        let fits = usize::from(u16::from_be_bytes([*a, *b])) == transport.len();
        (UDP_LEN, fits && (segment.is_partial || [*c, *d] != [0, 0]))
    };
    segment.headers_len = ip.len + len;
    let payload_len = transport.len().checked_sub(usize::from(len)).and_then(|len| u16::try_from(len).ok());
    segment.payload_len = payload_len.unwrap_or(0);
    segment.is_plain = is_plain && segment.payload_len > 0 && segment.is_told_right(vnet);
    Seen::Of(segment)
}

/// A number that flows with the same addresses, ports and protocol have in common, and others rarely.
fn fingerprint(addresses: u64, ports: u32, protocol: u8) -> u32 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (addresses ^ u64::from(ports).rotate_left(17) ^ u64::from(protocol)).wrapping_mul(ODD);
    let [a, b, c, d, ..] = mixed.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl<'f> Segment<'f> {
    /// Where the checksum lies behind the IP header.
    fn csum_offset(&self) -> u8 {
        if self.kind == VnetHeader::GSO_UDP_L4 { 6 } else { 16 }
    }

    /// Does the virtio header say of no super-frame, and nothing of an unfinished checksum elsewhere?
    fn is_told_right(&self, vnet: &VnetHeader) -> bool {
        let start = ethernet::LEN + usize::from(self.ip_len);
        vnet.gso_type == VnetHeader::GSO_NONE
            && vnet.flags & !(VnetHeader::NEEDS_CSUM | VnetHeader::DATA_VALID) == 0
            && (!self.is_partial
                || usize::from(vnet.csum_start) == start && vnet.csum_offset == u16::from(self.csum_offset()))
    }

    /// The identification of the one that may follow.
    pub(super) fn next_id(&self) -> u16 {
        if self.ip_len == IPV4_LEN { self.id.wrapping_add(1) } else { 0 }
    }

    /// The sequence number of the one that may follow.
    pub(super) fn next_sequence(&self) -> u32 {
        let is_udp = self.kind == VnetHeader::GSO_UDP_L4;
        if is_udp { 0 } else { self.sequence.wrapping_add(u32::from(self.payload_len)) }
    }

    /// Are the headers, of the same lengths, those of `first`, but for what cutting writes into every piece?
    pub(super) fn has_headers_of(&self, first: &[u8]) -> bool {
        let (at, end) = (usize::from(self.ip_len), usize::from(self.headers_len));
        let same = |from: usize, to: usize| match (self.packet.get(from..to), first.get(from..to)) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => false,
        };
        let same_ip = if self.ip_len == IPV4_LEN {
            same(0, 2) && same(6, 10) && same(12, 20) // not length, identification, checksum
        } else {
            same(0, 4) && same(6, 40) // not the length
        };
        // Not the sequence number, the flags (they are plain ones) and the checksum; of UDP only the ports are left.
        let is_tcp = self.kind != VnetHeader::GSO_UDP_L4;
        same_ip
            && same(at, at + 4)
            && (!is_tcp || same(at + 8, at + 13) && same(at + 14, at + 16) && same(at + 18, end))
    }

    /// Are its checksums right, and written as whoever cuts a super-frame would write them?
    pub(super) fn is_right(&self) -> bool {
        let (ip, segment) = self.packet.split_at(usize::from(self.ip_len).min(self.packet.len()));
        self.has_right_checksums(ip, segment, self.is_partial)
    }

    /// The same of the first packet of the run that this one is to continue, whose headers are as long.
    pub(super) fn is_right_too(&self, first: &[u8], is_partial: bool) -> bool {
        let (ip, segment) = first.split_at(usize::from(self.ip_len).min(first.len()));
        self.has_right_checksums(ip, segment, is_partial)
    }

    fn has_right_checksums(&self, ip: &[u8], segment: &[u8], is_partial: bool) -> bool {
        const OTHER_ZERO: u16 = 0xffff; // nobody who computes a sum anew writes this
        let is_udp = self.kind == VnetHeader::GSO_UDP_L4;
        let is_right_ip = self.ip_len != IPV4_LEN
            || Sum::default().bytes(ip).finish() == 0 && word_at(ip, 10) != Some(OTHER_ZERO);
        let pseudo = self.pseudo_header(ip, segment.len());
        let field = word_at(segment, usize::from(self.csum_offset()));
        let is_right = if is_partial {
            // Equal in ones' complement, where 0 has two forms.
            field.is_some_and(|field| field % OTHER_ZERO == pseudo.partial() % OTHER_ZERO)
        } else {
            (is_udp || field != Some(OTHER_ZERO)) && pseudo.bytes(segment).finish() == 0
        };
        is_right_ip && is_right
    }

    /// The sum of the pseudo-header for so many bytes behind the IP header.
    fn pseudo_header(&self, ip: &[u8], len: usize) -> Sum {
        let protocol = if self.kind == VnetHeader::GSO_UDP_L4 { UDP } else { TCP };
        pseudo_header(ip, protocol, len)
    }
}

/// Writes into the headers of a run's first packet what they are in the super-frame: of `len` bytes from the IP header
/// on, with PSH if the last one has it, the transport checksum unfinished. Returns where that lies behind the IP header;
/// `None` if the headers are none.
pub(super) fn write_super(headers: &mut [u8], ip_len: usize, len: usize, pushes: bool) -> Option<u16> {
    let (ip, transport) = headers.split_at_mut_checked(ip_len)?;
    let behind = len.checked_sub(ip_len)?;
    let protocol = if ip_len == usize::from(IPV4_LEN) {
        ip.get_mut(2..4)?.copy_from_slice(&u16::try_from(len).ok()?.to_be_bytes());
        ip::sum_v4_header(ip);
        *ip.get(9)?
    } else {
        ip.get_mut(4..6)?.copy_from_slice(&u16::try_from(behind).ok()?.to_be_bytes());
        *ip.get(6)?
    };
    let csum_offset = if protocol == TCP {
        *transport.get_mut(13)? |= if pushes { PSH } else { 0 };
        16
    } else {
        transport.get_mut(4..6)?.copy_from_slice(&u16::try_from(behind).ok()?.to_be_bytes());
        6
    };
    let sum = pseudo_header(ip, protocol, behind).partial();
    transport.get_mut(csum_offset..csum_offset + 2)?.copy_from_slice(&sum.to_be_bytes());
    u16::try_from(csum_offset).ok()
}

/// The sum of the pseudo-header: the addresses of an IP header without options, protocol, length.
fn pseudo_header(ip: &[u8], protocol: u8, len: usize) -> Sum {
    let addresses = if ip.len() == usize::from(IPV4_LEN) { ip.get(12..) } else { ip.get(8..) };
    let sum = Sum::default().bytes(addresses.unwrap_or_default()).word(u16::from(protocol));
    // Segments are shorter than 64 KiB.
    sum.word(u16::try_from(len).unwrap_or(0))
}

fn word_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..).and_then(<[u8]>::first_chunk::<2>).map(|word| u16::from_be_bytes(*word))
}
