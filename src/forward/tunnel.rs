//! Tunnelling: the whole packet travels inside another one.
//!
//! ```text
//! in    |                                  | CIP -> VIP TTL n   | cport -> vport | data |
//! out   | DIP -> RIP  proto 4 (41)  TTL n-1 | CIP -> VIP TTL n-1 | cport -> vport | data |
//! ```
//!
//! The real server unpacks it, finds a packet to the VIP (which it must hold, unannounced) and answers the client by
//! itself. It may be anywhere that IP reaches. The outer header takes 20 (IPv6: 40) bytes: what no longer fits and may
//! not be cut is refused with the smaller MTU, so that the client sends less.

use super::packet::Fit;
use super::{Egress, Packet, Refusal, Sent, fragment, segment};
use crate::frame::{FrameSink, MAX_HEAD, VnetHeader};
use crate::lvs::Family;
use crate::service::NextHop;
use crate::wire::{encap, ip};
use std::net::IpAddr;

/// Least MTU inside a tunnel that IPVS accepts, by the inner packet's family.
const fn least_mtu(family: Family) -> u32 {
    match family {
        Family::V4 => 68,
        Family::V6 => 1280,
    }
}

/// Sends a packet inside an outer one to the real server at `rip`.
///
/// # Errors
/// A [`Refusal`]; the packet is untouched then.
pub fn send<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    rip: IpAddr,
    hop: &NextHop,
) -> Result<Sent, Refusal> {
    let family = Family::of(rip);
    let outer_len = encap::outer_len(family);
    let inner_mtu = hop.mtu.saturating_sub(u32::try_from(outer_len).unwrap_or(0));
    let source = hop.source.filter(|source| Family::of(*source) == family).ok_or(Refusal::NoTunnelSource)?;
    if inner_mtu < least_mtu(packet.family()) {
        return Err(Refusal::NoTunnelSource);
    }
    let fit = packet.check(inner_mtu)?;
    let same_family = packet.family() == family;
    let fit = match fit {
        // The pieces of another family's datagram say nothing about how to cut the outer packet.
        Fit::Fragmented if !same_family && packet.wire_packet_len() <= inner_mtu as usize => Fit::Whole,
        // The outer packet is longer than any piece was.
        Fit::Whole if same_family && packet.joined.is_some() => Fit::Fragmented,
        fit => fit,
    };
    let joined = packet.joined.filter(|_| same_family);
    if fit == Fit::Fragmented && family == Family::V6 && joined.is_none() {
        // What may be cut is cut as the kernel does it, outside; and only IPv4 routers cut.
        return Err(Refusal::TooBig { mtu: inner_mtu });
    }
    ip::decrement_ttl(packet.bytes, &packet.head);
    packet.finish_checksum();
    let head = packet.head;
    let ttl = head.ttl.saturating_sub(1);

    if packet.vnet.is_super() {
        let mut sent = Sent::Queued;
        segment::each(packet, |headers, payload| {
            let id = egress.take_id();
            let inner_len = headers.len() + payload.len();
            let outer =
                encap::outer_header(&head, inner_len, ttl, id, source, rip).ok_or(Refusal::NoTunnelSource)?;
            let mut both = [0; MAX_HEAD];
            let place = both.get_mut(..outer_len + headers.len()).ok_or(Refusal::SuperFrameTooBig)?;
            let (first, second) = place.split_at_mut(outer_len);
            first.copy_from_slice(outer.as_bytes());
            second.copy_from_slice(headers);
            sent = egress.deliver(hop, family, &VnetHeader::default(), place, payload)?;
            Ok(())
        })?;
        return Ok(sent);
    }

    let id = egress.take_id();
    let outer =
        encap::outer_header(&head, head.packet_len, ttl, id, source, rip).ok_or(Refusal::NoTunnelSource)?;
    let bytes = packet.take_bytes();
    match fit {
        Fit::Whole => egress.deliver(hop, family, &VnetHeader::default(), outer.as_bytes(), bytes),
        Fit::Fragmented if family == Family::V6 => {
            fragment::send_v6(egress, hop, outer.as_bytes(), ip::NAMES_NEXT_V6, bytes, joined)
        }
        Fit::Fragmented => fragment::send(egress, hop, outer.as_bytes(), bytes, joined),
    }
}
