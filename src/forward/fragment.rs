//! IPv4 fragmentation (RFC 791 §2.3) of what leaves too long and may be cut.

use super::{Egress, Refusal, Sent};
use crate::frame::{FrameSink, VnetHeader};
use crate::lvs::Family;
use crate::service::NextHop;
use crate::wire::ip;

/// Longest IPv4 header in bytes.
const MAX_HEADER: usize = 60;

/// Sends an IPv4 packet, given as its header and its payload, in fragments of at most `hop.mtu` bytes. Its checksums
/// must be finished. The payload is sent from where it lies.
pub(super) fn send<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    hop: &NextHop,
    header: &[u8],
    payload: &'f [u8],
) -> Result<Sent, Refusal> {
    let mtu = usize::try_from(hop.mtu).unwrap_or(usize::MAX);
    let room = mtu.saturating_sub(header.len()) & !7;
    if room == 0 || header.len() > MAX_HEADER {
        return Err(Refusal::TooBig { mtu: hop.mtu });
    }
    let mut copy = [0; MAX_HEADER];
    let copy = copy.get_mut(..header.len()).unwrap_or_default();
    copy.copy_from_slice(header);
    let mut sent = Sent::Queued;
    let pieces = payload.len().div_ceil(room);
    for (number, piece) in payload.chunks(room).enumerate() {
        write_fragment_fields(copy, piece.len(), number * room, number + 1 < pieces);
        sent = egress.deliver(hop, Family::V4, &VnetHeader::default(), copy, piece)?;
        if number == 0 {
            blank_uncopied_options(copy);
        }
    }
    Ok(sent)
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
