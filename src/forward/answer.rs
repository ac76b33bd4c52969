//! What the director says by itself: it is the host of its VIPs.
//!
//! At most one packet out for one in; never an answer to group or impossible addresses, to a packet with a wrong
//! checksum, or with an ICMP error to an ICMP error (RFC 1122 §3.2.2).

use super::{Egress, Packet, Refusal, Sent, fragment};
use crate::frame::{FrameSink, VnetHeader};
use crate::lvs::{Family, Mac, PortId, Protocol};
use crate::wire::icmp;
use crate::wire::ip::{self, IpHead, NewV4};
use crate::wire::{arp, ndp, transport};
use std::net::{IpAddr, Ipv6Addr};

/// "`question.target` is at `mac`".
///
/// # Errors
/// [`Refusal::SinkFull`].
pub fn arp<'f, K: FrameSink<'f>>(
    sink: &mut K,
    port: PortId,
    question: &arp::Arp,
    mac: Mac,
) -> Result<Sent, Refusal> {
    let frame = arp::reply(question, mac);
    sink.emit(port, &VnetHeader::default(), &frame, &[]).map_err(|_| Refusal::SinkFull)?;
    Ok(Sent::Queued)
}

/// The advertisement that answers a solicitation for `target`.
///
/// # Errors
/// [`Refusal::SinkFull`].
pub fn neighbour<'f, K: FrameSink<'f>>(
    sink: &mut K,
    port: PortId,
    target: Ipv6Addr,
    mac: Mac,
    is_router: bool,
    asker: Ipv6Addr,
    asker_mac: Mac,
) -> Result<Sent, Refusal> {
    let frame = ndp::reply(target, mac, is_router, asker, asker_mac);
    sink.emit(port, &VnetHeader::default(), &frame, &[]).map_err(|_| Refusal::SinkFull)?;
    Ok(Sent::Queued)
}

/// The reply to a ping of a VIP, from the request's own bytes.
///
/// # Errors
/// A [`Refusal`].
pub fn echo<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
) -> Result<Sent, Refusal> {
    let head = packet.head;
    let hop = egress.way_to(head.source)?;
    let is_long = head.packet_len > usize::try_from(hop.mtu).unwrap_or(usize::MAX);
    // What came in pieces may leave in as many.
    if is_long && packet.joined.is_none() {
        return Err(Refusal::TooBig { mtu: hop.mtu });
    }
    icmp::turn_into_reply(head.family(), packet.segment_mut());
    let bytes = packet.take_bytes();
    let message = bytes.get(head.header_len..).unwrap_or_default();
    let id = egress.take_id();
    let header = fresh_header(&head, head.tos, message.len(), id, false)?;
    if is_long {
        return match head.family() {
            Family::V4 => fragment::send(egress, &hop, header.as_slice(), &[], message, None),
            Family::V6 => {
                fragment::send_v6(egress, &hop, (header.as_slice(), ip::NAMES_NEXT_V6), &[], message, None)
            }
        };
    }
    egress.deliver(&hop, head.family(), &VnetHeader::default(), header.as_slice(), message)
}

/// The reset for a TCP segment that belongs to no connection; `Ok(None)` if none is due (it is itself a reset).
///
/// # Errors
/// A [`Refusal`].
pub fn reset<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &Packet<'_>,
) -> Result<Option<Sent>, Refusal> {
    let Some(reset) = transport::reset_for(&packet.head, packet.segment()) else { return Ok(None) };
    let hop = egress.way_to(packet.head.source)?;
    let mut head = packet.head;
    head.protocol = Protocol::Tcp.number();
    // The segment's type of service, without its ECN bits.
    let header = fresh_header(&head, head.tos & !3, reset.len(), 0, true)?;
    let mut whole = [0; 60];
    let len = header.as_slice().len() + reset.len();
    let place = whole.get_mut(..len).ok_or(Refusal::SinkFull)?;
    let (first, second) = place.split_at_mut(header.as_slice().len());
    first.copy_from_slice(header.as_slice());
    second.copy_from_slice(&reset);
    egress.deliver(&hop, head.family(), &VnetHeader::default(), place, &[]).map(Some)
}

/// An ICMP error about a packet, sent to its source from `from`; `Ok(None)` if the packet may not be answered with one.
///
/// # Errors
/// A [`Refusal`].
pub fn error<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    kind: icmp::Error,
    packet: &mut Packet<'f>,
    from: IpAddr,
) -> Result<Option<Sent>, Refusal> {
    let bytes = packet.take_bytes();
    let Some(error) = icmp::error(kind, &packet.head, bytes, from) else { return Ok(None) };
    let hop = egress.way_to(packet.head.source)?;
    let quoted = bytes.get(..error.quoted).unwrap_or_default();
    egress.deliver(&hop, packet.head.family(), &VnetHeader::default(), error.as_bytes(), quoted).map(Some)
}

/// An IP header of 20 or 40 bytes.
struct FreshHeader {
    bytes: [u8; 40],
    len: usize,
}

impl FreshHeader {
    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The IP header of an answer: addresses swapped, TTL 64.
fn fresh_header(
    question: &IpHead,
    tos: u8,
    payload: usize,
    id: u16,
    df: bool,
) -> Result<FreshHeader, Refusal> {
    let too_long = Refusal::TooBig { mtu: u32::from(u16::MAX) };
    let mut bytes = [0; 40];
    match (question.destination, question.source) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let header = NewV4 {
                tos,
                total_len: u16::try_from(20 + payload).map_err(|_| too_long)?,
                id,
                dont_fragment: df,
                more_fragments: false,
                offset: 0,
                ttl: 64,
                protocol: question.protocol,
                source,
                destination,
            };
            bytes[..20].copy_from_slice(&header.to_bytes());
            Ok(FreshHeader { bytes, len: 20 })
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let payload = u16::try_from(payload).map_err(|_| too_long)?;
            bytes = ip::new_v6(tos, payload, question.protocol, 64, source, destination);
            Ok(FreshHeader { bytes, len: 40 })
        }
        _ => Err(Refusal::NoRoute),
    }
}
