//! Tunnelling: the whole packet travels inside another one.
//!
//! ```text
//! in    |                                        | CIP -> VIP TTL n   | cport -> vport | data |
//! out   | DIP -> RIP  TTL n-1 | GRE, or UDP, GUE | CIP -> VIP TTL n-1 | cport -> vport | data |
//! ```
//!
//! The real server unpacks it, finds a packet to the VIP (which it must hold, unannounced) and answers the client by
//! itself. It may be anywhere that IP reaches, also by the other version of IP. The outer headers take 20 to 60 bytes:
//! what no longer fits and may not be cut is refused with the smaller MTU, so that the client sends less. What may be
//! cut is cut outside, as the kernel does it.

use super::packet::Fit;
use super::{Egress, Joined, Packet, Refusal, Sent, fragment, segment};
use crate::frame::{FrameSink, MAX_HEAD, VnetHeader};
use crate::lvs::{Family, Protocol, Tunnel, TunnelChecksum};
use crate::service::{NextHop, PathMtu, Server};
use crate::wire::encap::{self, Outer, Unfinished};
use crate::wire::{ip, transport};
use std::net::IpAddr;

/// Least MTU inside a tunnel that IPVS accepts, by the family of the RIP.
const fn least_mtu(family: Family) -> u32 {
    match family {
        Family::V4 => 68,
        Family::V6 => 1280,
    }
}

/// Source ports of GUE: the kernel's `net.ipv4.ip_local_port_range`, by default (as there, the last is never used).
const SOURCE_PORTS: std::ops::Range<u16> = 32_768..60_999;

/// The far end of a tunnel.
#[derive(Clone, Copy, Debug)]
pub struct Far<'s> {
    /// How packets are wrapped.
    pub tunnel: Tunnel,
    /// Where to: the RIP.
    pub addr: IpAddr,
    /// How much the path carries.
    pub path_mtu: &'s PathMtu,
}

impl<'s> Far<'s> {
    /// That of a real server.
    pub fn of(server: &'s Server) -> Self {
        Self { tunnel: server.tunnel, addr: server.real.endpoint.addr, path_mtu: &server.real.path_mtu }
    }
}

/// Sends a packet inside an outer one to the real server, by way of `hop`. With `pmtu_disc`, outer IPv4 packets say DF
/// if those inside do; without, IPv4 packets are never too big, but cut.
///
/// # Errors
/// A [`Refusal`]; the packet is untouched then.
pub fn send<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    packet: &mut Packet<'f>,
    far: Far<'_>,
    hop: &NextHop,
    pmtu_disc: bool,
) -> Result<Sent, Refusal> {
    let (tunnel, rip) = (far.tunnel, far.addr);
    let family = Family::of(rip);
    let hop = &NextHop { mtu: far.path_mtu.toward(egress.now, hop.mtu), ..*hop };
    let unfinished = unfinished(packet, &tunnel);
    let outer_len = encap::outer_len(family, &tunnel, unfinished.is_some());
    let inner_mtu = hop.mtu.saturating_sub(u32::try_from(outer_len).unwrap_or(0));
    let source = hop.source.filter(|source| Family::of(*source) == family).ok_or(Refusal::NoTunnelSource)?;
    if inner_mtu < least_mtu(family) {
        return Err(Refusal::NoTunnelSource);
    }
    let is_error = packet.head.protocol == ip::ICMP && packet.family() == Family::V4;
    let fit = match packet.check(inner_mtu) {
        Err(Refusal::TooBig { .. }) if !pmtu_disc && packet.family() == Family::V4 => Fit::Fragmented,
        // Nobody is told about an error: it is cut outside, whatever it says.
        Err(Refusal::TooBig { .. }) if is_error => Fit::Fragmented,
        Err(Refusal::SuperFrameTooBig) => Fit::Fragmented,
        fit => fit?,
    };
    let same_family = packet.family() == family;
    let fit = match fit {
        // The pieces of another family's datagram say nothing about how to cut the outer packet.
        Fit::Fragmented if !same_family && packet.wire_packet_len() <= inner_mtu as usize => Fit::Whole,
        // The outer packet is longer than any piece was.
        Fit::Whole if same_family && packet.joined.is_some() => Fit::Fragmented,
        fit => fit,
    };
    let joined = packet.joined.filter(|_| same_family);
    ip::decrement_ttl(packet.bytes, &packet.head);
    if unfinished.is_none() {
        packet.finish_checksum();
    }
    let mut head = packet.head;
    head.ttl = head.ttl.saturating_sub(1);
    let outer = Outer {
        tunnel,
        source,
        destination: rip,
        ttl: head.ttl,
        dont_fragment: pmtu_disc
            && head.family() == Family::V4
            && head.dont_fragment
            && !(is_error && fit == Fit::Fragmented),
        id: 0,
        source_port: if matches!(tunnel, Tunnel::Gue { .. }) { source_port(packet) } else { 0 },
        unfinished,
        inner: [&[], &[]],
    };

    if packet.vnet.is_super() {
        let inner_mtu_len = usize::try_from(inner_mtu).unwrap_or(usize::MAX);
        let mut sent = Sent::Queued;
        segment::each(packet, unfinished.is_some(), |headers, payload| {
            let outer = Outer { id: outer_id(egress, &outer, fit), inner: [headers, payload], ..outer };
            let outer = outer.header(&head).ok_or(Refusal::NoTunnelSource)?;
            let mut both = [0; MAX_HEAD];
            let place = both.get_mut(..outer_len + headers.len()).ok_or(Refusal::SuperFrameTooBig)?;
            let (first, second) = place.split_at_mut(outer_len);
            first.copy_from_slice(outer.as_bytes());
            second.copy_from_slice(headers);
            // The last segment may fit where the others do not.
            sent = if fit == Fit::Whole || headers.len() + payload.len() <= inner_mtu_len {
                egress.deliver(hop, family, &VnetHeader::default(), place, payload)?
            } else {
                let (ip, shim) = place.split_at(outer.ip().len());
                cut(egress, hop, family, [ip, shim], payload, None)?
            };
            Ok(())
        })?;
        return Ok(sent);
    }

    let bytes = packet.take_bytes();
    let outer = Outer { id: outer_id(egress, &outer, fit), inner: [bytes, &[]], ..outer };
    let outer = outer.header(&head).ok_or(Refusal::NoTunnelSource)?;
    match fit {
        Fit::Whole => egress.deliver(hop, family, &VnetHeader::default(), outer.as_bytes(), bytes),
        Fit::Fragmented => cut(egress, hop, family, [outer.ip(), outer.shim()], bytes, joined),
    }
}

/// Sends the outer packet in fragments: its IP header, its shim, and what is inside.
fn cut<'f, K: FrameSink<'f>>(
    egress: &mut Egress<'_, K>,
    hop: &NextHop,
    family: Family,
    [header, shim]: [&[u8]; 2],
    payload: &'f [u8],
    joined: Option<Joined<'_>>,
) -> Result<Sent, Refusal> {
    match family {
        Family::V4 => fragment::send(egress, hop, header, shim, payload, joined),
        Family::V6 => fragment::send_v6(egress, hop, (header, ip::NAMES_NEXT_V6), shim, payload, joined),
    }
}

/// Identification for an outer IPv4 header: what may not be cut needs none (RFC 6864 §4.1), and gets none from Linux. What
/// came in fragments that say DF is cut in spite of it, and does get one: Linux sends all of these with 0, and the far
/// end may join pieces of two datagrams.
fn outer_id<'f, K: FrameSink<'f>>(egress: &mut Egress<'_, K>, outer: &Outer<'_>, fit: Fit) -> u16 {
    if outer.dont_fragment && fit == Fit::Whole { 0 } else { egress.take_id() }
}

/// The unfinished checksum of a packet, if this tunnel leaves it to the far end (GUE's remote checksum offload).
fn unfinished(packet: &Packet<'_>, tunnel: &Tunnel) -> Option<Unfinished> {
    if !matches!(tunnel, Tunnel::Gue { checksum: TunnelChecksum::Remote, .. }) || !packet.vnet.is_partial() {
        return None;
    }
    let offset = transport::checksum_offset(Protocol::from_number(packet.head.protocol)?)?;
    let start = u16::try_from(packet.head.header_len).ok()?;
    Some(Unfinished { start, field: start.checked_add(u16::try_from(offset).ok()?)? })
}

/// GUE's source port: it tells routers which packets are of one flow. As the kernel's, it depends on addresses, protocol
/// and ports; on the flow label instead of protocol and ports, where there is one.
fn source_port(packet: &Packet<'_>) -> u16 {
    let head = packet.head;
    let label = match &*packet.bytes {
        [first, a, b, c, ..] if first >> 4 == 6 => u32::from_be_bytes([0, *a & 0x0f, *b, *c]),
        _ => 0,
    };
    let ports = match packet.segment() {
        [a, b, c, d, ..] if Protocol::from_number(head.protocol).is_some() => {
            u32::from_be_bytes([*a, *b, *c, *d])
        }
        _ => 0,
    };
    let about = if label == 0 { (head.protocol, ports) } else { (0, label) };
    let hash = ahash::RandomState::with_seeds(1, 2, 3, 4).hash_one((head.source, head.destination, about));
    let span = u64::from(SOURCE_PORTS.end - SOURCE_PORTS.start);
    SOURCE_PORTS.start + u16::try_from(((hash >> 32) * span) >> 32).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::PacketBuilder;
    use std::collections::BTreeSet;

    #[test]
    fn a_flow_keeps_its_source_port_and_flows_differ() {
        let port = |client: u16, len: usize| {
            let mut bytes = Vec::new();
            let builder = PacketBuilder::ipv4([172, 16, 0, 5], [10, 9, 0, 100], 64).udp(client, 53);
            builder.write(&mut bytes, &vec![0; len]).unwrap();
            let head = ip::read_v4(&bytes).unwrap();
            source_port(&Packet { bytes: &mut bytes, head, ..Packet::empty() })
        };
        assert_eq!(port(3333, 1), port(3333, 900));
        let ports: BTreeSet<u16> = (1..=500).map(|client| port(client, 1)).collect();
        assert!(ports.len() > 480 && ports.iter().all(|port| SOURCE_PORTS.contains(port)), "{}", ports.len());
    }
}
