//! Fragmentation of what leaves too long and may be cut: of IPv4 (RFC 791 §2.3), and of the outer IPv6 packets that the
//! director itself is the source of (RFC 8200 §4.5).

use super::{Egress, Refusal, Sent};
use crate::frame::{FrameSink, VnetHeader};
use crate::lvs::Family;
use crate::service::NextHop;
use crate::wire::ip;

/// Longest IPv4 header in bytes; an IPv6 header with a fragment header is shorter.
const MAX_HEADER: usize = 60;
/// Longest shim in bytes: that of a tunnel, and the headers of a super-frame's segment behind it.
const MAX_SHIM: usize = 180;
/// An IPv6 header, and the fragment header behind it.
const V6_HEADER: usize = 40;
const V6_FRAGMENT: usize = 8;
/// Its protocol number.
const FRAGMENT_HEADER: u8 = 44;

/// Sends an IP packet, given as its header, what stands in front of its payload (a tunnel's shim) and its payload, in
/// fragments of at most `hop.mtu` bytes. Its checksums must be finished. The payload is sent from where it lies. An IPv6
/// header must have no extensions.
pub(super) fn send<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    hop: &NextHop,
    family: Family,
    header: &[u8],
    shim: &[u8],
    payload: &'f [u8],
) -> Result<Sent, Refusal> {
    let mut place = [0; MAX_HEADER + MAX_SHIM];
    let header_len = match family {
        Family::V4 => header.len(),
        Family::V6 => V6_HEADER + V6_FRAGMENT,
    };
    let mtu = usize::try_from(hop.mtu).unwrap_or(usize::MAX);
    let room = mtu.saturating_sub(header_len) & !7;
    let first = room.saturating_sub(shim.len()).min(payload.len());
    if first == 0 || header_len > MAX_HEADER || shim.len() > MAX_SHIM {
        return Err(Refusal::TooBig { mtu: hop.mtu });
    }
    place.get_mut(..header.len()).unwrap_or_default().copy_from_slice(header);
    if family == Family::V6 {
        begin_v6(&mut place, egress.take_v6_id());
    }
    place.get_mut(header_len..header_len + shim.len()).unwrap_or_default().copy_from_slice(shim);
    let (first, later) = payload.split_at(first);
    let mut offset = 0;
    let mut sent = Sent::Queued;
    for piece in std::iter::once(first).chain(later.chunks(room)) {
        let shim_len = if offset == 0 { shim.len() } else { 0 };
        let len = shim_len + piece.len();
        let more = offset + len < shim.len() + payload.len();
        let head = place.get_mut(..header_len + shim_len).unwrap_or_default();
        let (ip, _) = head.split_at_mut(header_len);
        match family {
            Family::V4 => write_fragment_fields(ip, len, offset, more),
            Family::V6 => write_v6_fields(ip, len, offset, more),
        }
        sent = egress.deliver(hop, family, &VnetHeader::default(), head, piece)?;
        if offset == 0 && family == Family::V4 {
            blank_uncopied_options(place.get_mut(..header_len).unwrap_or_default());
        }
        offset += len;
    }
    Ok(sent)
}

/// Turns an IPv6 header into that of a fragment, with the fragment header behind it.
fn begin_v6(place: &mut [u8], id: u32) {
    let Some((header, fragment)) = place.split_at_mut_checked(V6_HEADER) else { return };
    if let (Some(next), [protocol, _, _, _, a, b, c, d, ..]) = (header.get_mut(6), fragment) {
        *protocol = std::mem::replace(next, FRAGMENT_HEADER);
        [*a, *b, *c, *d] = id.to_be_bytes();
    }
}

/// Payload length, offset and M of one fragment.
fn write_v6_fields(header: &mut [u8], piece_len: usize, offset: usize, more: bool) {
    let payload = u16::try_from(V6_FRAGMENT + piece_len).unwrap_or(u16::MAX);
    let field = u16::try_from(offset).unwrap_or(u16::MAX) & !7 | u16::from(more);
    if let Some(place) = header.get_mut(4..6) {
        place.copy_from_slice(&payload.to_be_bytes());
    }
    if let Some(place) = header.get_mut(V6_HEADER + 2..V6_HEADER + 4) {
        place.copy_from_slice(&field.to_be_bytes());
    }
}

/// Total length, MF, offset and checksum of one fragment.
fn write_fragment_fields(header: &mut [u8], piece_len: usize, offset: usize, more: bool) {
    let total = u16::try_from(header.len() + piece_len).unwrap_or(u16::MAX);
    let field = u16::try_from(offset / 8).unwrap_or(0x1fff) | u16::from(more) << 13;
    if let Some(place) = header.get_mut(2..4) {
        place.copy_from_slice(&total.to_be_bytes());
    }
    if let Some(place) = header.get_mut(6..8) {
        place.copy_from_slice(&field.to_be_bytes());
    }
    ip::sum_v4_header(header);
}

/// Options without the copied flag belong to the first fragment only: no-operations take their place in the others.
fn blank_uncopied_options(header: &mut [u8]) {
    let mut rest = header.get_mut(20..).unwrap_or_default();
    while let [kind, ..] = rest {
        let len = match *kind {
            0 => return,
            1 => 1,
            _ => match rest.get(1) {
                Some(len) if usize::from(*len) >= 2 && usize::from(*len) <= rest.len() => usize::from(*len),
                _ => return,
            },
        };
        let (option, after) = rest.split_at_mut(len);
        if option.first().is_some_and(|kind| kind & 0x80 == 0) {
            option.fill(1);
        }
        rest = after;
    }
}
