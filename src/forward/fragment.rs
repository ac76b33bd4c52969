//! Fragmentation (RFC 791 §2.3, RFC 8200 §4.5): of IPv4 packets that leave too long and may be cut, and of what came in
//! fragments. That leaves as it came where it can, and never in larger pieces: the sender had its reasons.

use super::{Egress, Joined, Refusal, Sent};
use crate::frame::{FrameSink, MAX_HEAD, VnetHeader};
use crate::lvs::Family;
use crate::service::NextHop;
use crate::wire::{ethernet, fragment, ip};

/// Longest IPv4 header in bytes.
const MAX_HEADER: usize = 60;
/// Longest shim in bytes: that of a tunnel, and the headers of a super-frame's segment behind it.
const MAX_SHIM: usize = 180;
/// Longest head of an IPv6 fragment that can be sent, with its fragment header.
const MAX_HEADER_V6: usize = MAX_HEAD - ethernet::LEN;
/// What every IPv6 link carries: a datagram is not cut smaller for having come so (RFC 8200 §5).
const LEAST_MTU_V6: usize = 1280;

/// Sends an IPv4 packet, given as its header, what stands in front of its payload (a tunnel's shim, may be empty) and its
/// payload, in fragments of at most `hop.mtu` bytes. Its checksums must be finished. The payload is sent from where it
/// lies.
pub(super) fn send<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    hop: &NextHop,
    header: &[u8],
    shim: &[u8],
    payload: &'f [u8],
    joined: Option<Joined<'_>>,
) -> Result<Sent, Refusal> {
    let longest = joined.map_or(usize::MAX, |joined| joined.pieces.longest);
    let limit = usize::try_from(hop.mtu).unwrap_or(usize::MAX).min(longest);
    let room = limit.saturating_sub(header.len());
    if room < 8 || room & !7 < shim.len() || header.len() > MAX_HEADER || shim.len() > MAX_SHIM {
        return Err(Refusal::TooBig { mtu: hop.mtu });
    }
    let mut place = [0; MAX_HEADER + MAX_SHIM];
    let (copy, behind) = place.split_at_mut(header.len());
    copy.copy_from_slice(header);
    behind.get_mut(..shim.len()).unwrap_or_default().copy_from_slice(shim);
    let whole = shim.len() + payload.len();
    let mut sent = Sent::Queued;
    let mut cuts = Cuts::new(whole, room, joined);
    while let Some((start, end)) = cuts.next() {
        let in_head = if start == 0 { shim.len() } else { 0 };
        let piece = payload.get((start + in_head).saturating_sub(shim.len())..end.saturating_sub(shim.len()));
        let head = place.get_mut(..header.len() + in_head).unwrap_or_default();
        let (ip, _) = head.split_at_mut(header.len());
        write_fragment_fields(ip, end - start, start, end < whole);
        sent = egress.deliver(hop, Family::V4, &VnetHeader::default(), head, piece.unwrap_or_default())?;
        if start == 0 {
            blank_uncopied_options(place.get_mut(..header.len()).unwrap_or_default());
        }
    }
    Ok(sent)
}

/// Sends an IPv6 packet in fragments, given as the head that all of them repeat, the place in it that names the next header,
/// a shim as in [`send`], and the rest. Only for what came in fragments, or is our own: routers do not fragment IPv6.
pub(super) fn send_v6<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    hop: &NextHop,
    (head, names_next): (&[u8], usize),
    shim: &[u8],
    payload: &'f [u8],
    joined: Option<Joined<'_>>,
) -> Result<Sent, Refusal> {
    let longest = joined.map_or(usize::MAX, |joined| joined.pieces.longest.max(LEAST_MTU_V6));
    let limit = usize::try_from(hop.mtu).unwrap_or(usize::MAX).min(longest);
    let head_len = head.len() + fragment::HEADER_LEN;
    let room = limit.saturating_sub(head_len);
    if room < 8 || room & !7 < shim.len() || head_len + shim.len() > MAX_HEADER_V6 {
        return Err(Refusal::TooBig { mtu: hop.mtu });
    }
    let mut place = [0; MAX_HEADER_V6];
    let (copy, behind) = place.split_at_mut(head.len());
    copy.copy_from_slice(head);
    let behind = behind.get_mut(fragment::HEADER_LEN..).unwrap_or_default();
    behind.get_mut(..shim.len()).unwrap_or_default().copy_from_slice(shim);
    let next = fragment::announce_fragment_v6(copy, names_next);
    let id = egress.take_v6_id();
    let whole = shim.len() + payload.len();
    let mut sent = Sent::Queued;
    let mut cuts = Cuts::new(whole, room, joined);
    while let Some((start, end)) = cuts.next() {
        let in_head = if start == 0 { shim.len() } else { 0 };
        let piece = payload.get((start + in_head).saturating_sub(shim.len())..end.saturating_sub(shim.len()));
        let both = place.get_mut(..head_len + in_head).unwrap_or_default();
        fragment::set_len_v6(both, head_len + (end - start));
        let header = fragment::header_v6(next, start, end < whole, id);
        if let Some(tail) = both.get_mut(head.len()..head_len) {
            tail.copy_from_slice(&header);
        }
        sent = egress.deliver(hop, Family::V6, &VnetHeader::default(), both, piece.unwrap_or_default())?;
    }
    Ok(sent)
}

/// Where a payload is cut: start and end of one piece after another.
struct Cuts<'p> {
    len: usize,
    room: usize,
    at: usize,
    /// Lengths of the pieces behind the first, if they are to be kept.
    after_first: Option<&'p [u16]>,
}

impl<'p> Cuts<'p> {
    /// `room`: bytes that fit a fragment, at least 8.
    fn new(len: usize, room: usize, joined: Option<Joined<'p>>) -> Self {
        let after_first = joined.map(|joined| joined.pieces.after_first.as_slice());
        Self { len, room, at: 0, after_first: after_first.filter(|rest| keeps(len, room, rest)) }
    }

    fn next(&mut self) -> Option<(usize, usize)> {
        let (start, left) = (self.at, self.len.saturating_sub(self.at));
        if left == 0 {
            return None;
        }
        let len = match &mut self.after_first {
            Some(rest) if start == 0 => first_len(self.len, rest)?,
            Some(rest) => {
                let (len, behind) = rest.split_first()?;
                *rest = behind;
                usize::from(*len)
            }
            None if left <= self.room => left,
            None => self.room & !7,
        };
        self.at = start + len;
        Some((start, self.at))
    }
}

/// The first piece has what the others leave: header bytes that were put before it, too.
fn first_len(len: usize, after_first: &[u16]) -> Option<usize> {
    len.checked_sub(after_first.iter().map(|len| usize::from(*len)).sum()).filter(|first| *first > 0)
}

/// May a payload leave in the pieces that it came in? All must fit, and all but the last be multiples of 8 bytes.
fn keeps(len: usize, room: usize, after_first: &[u16]) -> bool {
    let Some(first) = first_len(len, after_first) else { return false };
    let Some((last, middle)) = after_first.split_last() else { return false };
    first <= room
        && first.is_multiple_of(8)
        && usize::from(*last) <= room
        && middle.iter().all(|len| usize::from(*len) <= room && len.is_multiple_of(8))
}

/// Total length, MF, offset and checksum of one fragment; DF stays as it is.
fn write_fragment_fields(header: &mut [u8], piece_len: usize, offset: usize, more: bool) {
    let total = u16::try_from(header.len() + piece_len).unwrap_or(u16::MAX);
    let df = header.get(6).map_or(0, |byte| u16::from(byte & 0x40) << 8);
    let field = u16::try_from(offset / 8).unwrap_or(0x1fff) | u16::from(more) << 13 | df;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defrag::Pieces;

    fn cuts(len: usize, room: usize, after_first: Option<&[u16]>) -> Vec<usize> {
        let pieces = Pieces { longest: 0, after_first: after_first.unwrap_or_default().to_vec() };
        let joined = after_first.map(|_| Joined { pieces: &pieces, is_routed: false });
        let mut cuts = Cuts::new(len, room, joined);
        std::iter::from_fn(|| cuts.next()).map(|(start, end)| end - start).collect()
    }

    #[test]
    fn cut_as_it_came_or_as_large_as_it_goes() {
        assert_eq!(cuts(3008, 1480, None), [1480, 1480, 48]);
        assert_eq!(cuts(1480 + 1483, 1483, None), [1480, 1483], "the last may be odd");
        assert_eq!(cuts(3008, 1480, Some(&[320, 200, 1008])), [1480, 320, 200, 1008]);
        assert_eq!(cuts(3008, 1480, Some(&[1488, 40])), [1480, 1480, 48], "one is too long");
        assert_eq!(cuts(1008, 620, Some(&[408])), [600, 408]);
        assert_eq!(cuts(1028, 620, Some(&[408])), [616, 412], "an outer header before the first");
        assert_eq!(cuts(1048, 648, Some(&[408])), [640, 408]);
        assert_eq!(cuts(100, 1480, Some(&[])), [100]);
        assert_eq!(cuts(0, 8, None), [0; 0]);
        assert_eq!(cuts(5, 8, Some(&[9])), [5], "pieces that do not fit the payload");
    }
}
