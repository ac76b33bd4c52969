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
    mut packet: Packet<'f>,
    rip: IpAddr,
    hop: &NextHop,
) -> Result<Sent, (Refusal, Packet<'f>)> {
    let outer_len = encap::outer_len(Family::of(rip));
    let inner_mtu = hop.mtu.saturating_sub(u32::try_from(outer_len).unwrap_or(0));
    let source = match hop.source {
        Some(source) if Family::of(source) == Family::of(rip) && inner_mtu >= least_mtu(packet.family()) => {
            source
        }
        _ => return Err((Refusal::NoTunnelSource, packet)),
    };
    let fit = match packet.check(inner_mtu) {
        // A longer packet that may be cut is: the outer one, as the kernel does it; only IPv4 routers cut.
        Ok(Fit::Fragmented) if rip.is_ipv6() => {
            return Err((Refusal::TooBig { mtu: inner_mtu }, packet));
        }
        Ok(fit) => fit,
        Err(refusal) => return Err((refusal, packet)),
    };
    ip::decrement_ttl(packet.bytes, &packet.head);
    packet.finish_checksum();
    let (head, vnet) = (packet.head, packet.vnet);
    let lost = |refusal| (refusal, Packet { bytes: &mut [], head, vnet });
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
            sent = egress.deliver(hop, Family::of(rip), &VnetHeader::default(), place, payload)?;
            Ok(())
        })
        .map_err(lost)?;
        return Ok(sent);
    }

    let id = egress.take_id();
    let Some(outer) = encap::outer_header(&head, head.packet_len, ttl, id, source, rip) else {
        return Err(lost(Refusal::NoTunnelSource));
    };
    let bytes: &'f [u8] = packet.bytes;
    match fit {
        Fit::Whole => egress.deliver(hop, Family::of(rip), &VnetHeader::default(), outer.as_bytes(), bytes),
        Fit::Fragmented => fragment::send(egress, hop, outer.as_bytes(), bytes),
    }
    .map_err(lost)
}
