//! Cutting super-frames (GSO) into packets: the virtio header knows no IP-in-IP, so a tunnelled super-frame is cut here.
//! The payload is not copied: each segment is a head of rewritten headers and a slice of the payload.

use super::{Packet, Refusal};
use crate::lvs::{Family, Protocol};
use crate::wire::checksum::Sum;
use crate::wire::ip;

/// Longest inner headers: IPv4 with options or IPv6 with extensions, and TCP with options.
const MAX_HEADERS: usize = 160;

/// Most segments of one super-frame: 64 KiB in pieces of 48 bytes, the least that Linux's TCP sends. The other end of a
/// veth may ask for pieces of one byte: that would make tens of thousands of packets of one.
const MAX_SEGMENTS: usize = 1366;

/// Cuts `packet`, calling `each` with the headers and the payload of every segment, in order. TTL and addresses must be
/// as they are to leave. With `unfinished`, the transport checksums are left to somebody else: the field holds the
/// pseudo-header's sum.
///
/// # Errors
/// [`Refusal::SuperFrameTooBig`] if the headers are out of all proportion; what `each` returns.
pub(super) fn each<'f>(
    packet: &mut Packet<'f>,
    unfinished: bool,
    mut each: impl FnMut(&[u8], &'f [u8]) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let head = packet.head;
    let headers_len = packet.headers_len();
    let size = usize::from(packet.vnet.gso_size);
    let bytes = packet.take_bytes();
    if headers_len > MAX_HEADERS || headers_len >= bytes.len() || size == 0 {
        return Err(Refusal::SuperFrameTooBig);
    }
    let (headers, payload) = bytes.split_at(headers_len);
    let pieces = payload.len().div_ceil(size);
    if pieces > MAX_SEGMENTS {
        return Err(Refusal::SuperFrameTooBig);
    }
    let mut copy = [0; MAX_HEADERS];
    for (number, piece) in payload.chunks(size).enumerate() {
        let copy = copy.get_mut(..headers_len).unwrap_or_default();
        copy.copy_from_slice(headers);
        let (ip, transport) = copy.split_at_mut(head.header_len);
        write_ip(ip, head.family(), transport.len() + piece.len(), number);
        match Protocol::from_number(head.protocol) {
            Some(Protocol::Tcp) => write_tcp(transport, number * size, number == 0, number + 1 == pieces),
            _ => write_udp(transport, piece.len()),
        }
        let checksum_at = if head.protocol == Protocol::Tcp.number() { 16 } else { 6 };
        if let Some(place) = transport.get_mut(checksum_at..checksum_at + 2) {
            place.fill(0);
        }
        let length = transport.len() + piece.len();
        let sum = Sum::default().pseudo_header(head.source, head.destination, head.protocol, length);
        let checksum =
            if unfinished { sum.partial() } else { finished(sum, head.protocol, transport, piece) };
        if let Some(place) = transport.get_mut(checksum_at..checksum_at + 2) {
            place.copy_from_slice(&checksum.to_be_bytes());
        }
        each(copy, piece)?;
    }
    Ok(())
}

/// The checksum over a segment, of which `pseudo` is the pseudo-header.
fn finished(pseudo: Sum, protocol: u8, transport: &[u8], piece: &[u8]) -> u16 {
    match pseudo.bytes(transport).bytes(piece).finish() {
        0 if protocol == Protocol::Udp.number() => 0xffff,
        sum => sum,
    }
}

/// Lengths, and for IPv4 an identification that counts up and the checksum.
fn write_ip(header: &mut [u8], family: Family, payload_len: usize, number: usize) {
    match family {
        Family::V4 => {
            let total = u16::try_from(header.len() + payload_len).unwrap_or(u16::MAX);
            if let Some(place) = header.get_mut(2..4) {
                place.copy_from_slice(&total.to_be_bytes());
            }
            if let Some([high, low]) = header.get_mut(4..6) {
                let step = u16::try_from(number & 0xffff).unwrap_or(0);
                [*high, *low] = u16::from_be_bytes([*high, *low]).wrapping_add(step).to_be_bytes();
            }
            ip::sum_v4_header(header);
        }
        Family::V6 => {
            let extensions = header.len().saturating_sub(40);
            let payload = u16::try_from(extensions + payload_len).unwrap_or(u16::MAX);
            if let Some(place) = header.get_mut(4..6) {
                place.copy_from_slice(&payload.to_be_bytes());
            }
        }
    }
}

/// Sequence number; FIN and PSH belong to the last segment, CWR to the first (RFC 3168 §6.1.2).
fn write_tcp(header: &mut [u8], offset: usize, first: bool, last: bool) {
    if let Some([a, b, c, d]) = header.get_mut(4..8) {
        let step = u32::try_from(offset).unwrap_or(0);
        [*a, *b, *c, *d] = u32::from_be_bytes([*a, *b, *c, *d]).wrapping_add(step).to_be_bytes();
    }
    if let Some(flags) = header.get_mut(13) {
        if !last {
            *flags &= !0x09;
        }
        if !first {
            *flags &= !0x80;
        }
    }
}

fn write_udp(header: &mut [u8], payload_len: usize) {
    let length = u16::try_from(8 + payload_len).unwrap_or(u16::MAX);
    if let Some(place) = header.get_mut(4..6) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::VnetHeader;
    use crate::wire::{ip, transport};
    use etherparse::PacketBuilder;

    #[test]
    fn segments_join_to_the_super_frame() {
        let payload: Vec<u8> = (0..4000u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut bytes = Vec::new();
        PacketBuilder::ipv4([172, 16, 0, 5], [10, 9, 0, 100], 63)
            .tcp(40001, 80, 0xffff_ff00, 1024)
            .psh()
            .fin()
            .ack(7)
            .write(&mut bytes, &payload)
            .unwrap();
        let head = ip::read_v4(&bytes).unwrap();
        let vnet = VnetHeader { flags: 1, gso_type: 1, gso_size: 1440, ..VnetHeader::default() };
        let mut packet = Packet { bytes: &mut bytes, head, vnet, ..Packet::empty() };
        let mut joined = Vec::new();
        let mut flags = Vec::new();
        each(&mut packet, false, |headers, piece| {
            let mut whole = headers.to_vec();
            whole.extend_from_slice(piece);
            let head = ip::read_v4(&whole).expect("a right IP header");
            assert_eq!(usize::from(head.id), joined.len() / 1440);
            assert!(transport::checksum_is_right(&head, Protocol::Tcp, &whole[20..]));
            let seq = u32::from_be_bytes(whole[24..28].try_into().unwrap());
            assert_eq!(seq, 0xffff_ff00u32.wrapping_add(u32::try_from(joined.len()).unwrap()));
            flags.push(whole[33]);
            joined.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
        assert_eq!(joined, payload);
        assert_eq!(flags, [0x10, 0x10, 0x19]);
    }
}
