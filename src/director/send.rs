//! Step 7: the way out. To a real server, back to a client, or on as a router would send it; and what follows if it cannot be
//! sent.

use super::{Director, DropReason, Forwarded, Hop, PassReason, Verdict};
use crate::forward::tunnel::Far;
use crate::forward::{Egress, Packet, Refusal, Sent, direct_route, nat, tunnel};
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Family, ForwardingMethod, Protocol};
use crate::service::{NextHop, ServerId};
use crate::wire::{icmp as wire_icmp, ip};
use std::net::IpAddr;

impl Director<'_> {
    /// Step 7 for a request.
    pub(super) fn send_to_server<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        protocol: Option<Protocol>,
        hop: &Hop,
        sink: &mut K,
    ) -> Verdict {
        if hop.method == ForwardingMethod::Bypass {
            return self.send_on(packet, sink);
        }
        let (forwarded, sent) = match self.pass_to_server(packet, protocol, hop, Verdict::Forwarded, sink) {
            Ok(passed) => passed,
            Err(reason) => return Verdict::Dropped(reason),
        };
        let len = wire_icmp::error_len(packet.family(), packet.head.packet_len);
        let verdict = self.conclude(sent, packet, forwarded, sink);
        if hop.has_connection && forwarded != Forwarded::Nat && matches!(verdict, Verdict::Answered(_)) {
            // Without NAT, IPVS takes what the director itself says to the client for a reply of the connection.
            self.count_reply(hop.server, len);
        }
        verdict
    }

    /// By the connection's method; a packet that has to wait will count as `counts_as` says.
    ///
    /// # Errors
    /// There is no way at all.
    #[inline]
    pub(super) fn pass_to_server<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        protocol: Option<Protocol>,
        hop: &Hop,
        counts_as: impl FnOnce(Forwarded) -> Verdict,
        sink: &mut K,
    ) -> Result<(Forwarded, Result<Sent, Refusal>), DropReason> {
        let way = hop.way.ok_or(DropReason::NoRoute)?;
        let forwarded = self.way_of(hop.method, hop.real, &way, packet)?;
        let view = self.view;
        let server = view.server(hop.server).ok_or(DropReason::ServerGone)?;
        let mut egress = self.egress(counts_as(forwarded), sink);
        let sent = match forwarded {
            Forwarded::Nat => nat::to_server(&mut egress, packet, protocol, hop.real, &way),
            Forwarded::Tunnel => {
                tunnel::send(&mut egress, packet, Far::of(server), &way, view.tunables.pmtu_disc.is_on())
            }
            _ => direct_route::send(&mut egress, packet, &way),
        };
        Ok((forwarded, sent))
    }

    /// How a packet to a real server leaves. For one on this host the director is no hop on the way, and whatever is not
    /// NAT is given to the host as it came, to its own VIP.
    pub(super) fn way_of(
        &self,
        method: ForwardingMethod,
        real: Endpoint,
        way: &NextHop,
        packet: &mut Packet<'_>,
    ) -> Result<Forwarded, DropReason> {
        packet.keeps_ttl = self.view.network.is_door(way.port);
        match method {
            // No host takes packets to 127.0.0.1 from outside.
            ForwardingMethod::Nat if real.addr.is_loopback() => Err(DropReason::Loopback),
            ForwardingMethod::Nat => Ok(Forwarded::Nat),
            _ if packet.keeps_ttl && self.view.on_host.contains(&packet.head.destination) => {
                Ok(Forwarded::Local)
            }
            _ if packet.keeps_ttl => Err(DropReason::VipNotOnHost),
            ForwardingMethod::DirectRoute => Ok(Forwarded::DirectRoute),
            ForwardingMethod::Tunnel => Ok(Forwarded::Tunnel),
            ForwardingMethod::Local | ForwardingMethod::Bypass => Err(DropReason::Method),
        }
    }

    /// Step 7 for a reply; `None` for a protocol without ports.
    pub(super) fn send_to_client<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        protocol: Option<Protocol>,
        virt: Endpoint,
        id: ServerId,
        sink: &mut K,
    ) -> Verdict {
        let (forwarded, len, family) = (Forwarded::NatReply, packet.len_after_edit(), packet.family());
        packet.keeps_ttl = packet.from_host;
        let mut egress = self.egress(Verdict::Forwarded(forwarded), sink);
        let sent = nat::to_client(&mut egress, packet, protocol, virt);
        // A router looks at TTL and, in IPv4, at the MTU before IPVS sees the packet.
        let unseen = match sent {
            Err(Refusal::TtlExpired) => true,
            Err(Refusal::TooBig { .. }) => family == Family::V4,
            _ => false,
        };
        if !unseen {
            self.count_reply(id, len);
        }
        self.conclude(sent, packet, forwarded, sink)
    }

    /// A packet to a client counts for its connection's real server, while that is there.
    pub(super) fn count_reply(&mut self, id: ServerId, len: usize) {
        if !self.view.server(id).is_some_and(|server| server.available) {
            return;
        }
        self.memory.tally.server(id, |stats| {
            stats.out_pkts += 1;
            stats.out_bytes += len as u64;
        });
    }

    /// A packet from a NAT real server's port, or an ICMP error of one, that belongs to no connection: the host's stack is kept off such packets,
    /// so what it would have done (route it on) is done here.
    pub(super) fn relay<'f, K: FrameSink<'f>>(&mut self, packet: &mut Packet<'f>, sink: &mut K) -> Verdict {
        let destination = packet.head.destination;
        let (v4, v6) = self.view.network.forwarding;
        let forwards = if destination.is_ipv4() { v4 } else { v6 };
        let to_host = self.view.network.host_addresses.contains(&destination);
        // Between the host and others the director is no router: what it is kept off for is handed on as it is.
        packet.keeps_ttl = packet.from_host || to_host;
        let hands_on = packet.from_host || to_host && self.keeps_from_host();
        // What cannot be a source is no destination that a router sends on to, either: groups, loopback, nobody.
        if !hands_on && (to_host || !forwards) || !ip::is_possible_source(destination) {
            return Verdict::Passed(PassReason::NoConnection);
        }
        if self.is_silent() {
            return Verdict::Dropped(DropReason::NotAdopted);
        }
        let mut egress = self.egress(Verdict::Forwarded(Forwarded::Relay), sink);
        let way = egress.way_to(destination);
        let sent = way.and_then(|way| direct_route::send(&mut egress, packet, &way));
        self.conclude(sent, packet, Forwarded::Relay, sink)
    }

    /// Would the host, as a router, send on a packet that goes there?
    pub(super) fn routes_to(&self, destination: IpAddr) -> bool {
        let (v4, v6) = self.view.network.forwarding;
        let forwards = if destination.is_ipv4() { v4 } else { v6 };
        let to_host = self.view.network.host_addresses.contains(&destination);
        !to_host && forwards && ip::is_possible_source(destination)
    }

    /// Is the host's stack kept off even what NAT real servers send to the host itself, because its clients use the door?
    pub(super) fn keeps_from_host(&self) -> bool {
        let has_clients = self.view.tunables.local_clients.is_on() || self.view.checks_by_nat;
        has_clients && self.view.network.door.is_some()
    }

    /// What the verdict is after a packet was sent, or could not be.
    pub(super) fn conclude<'f, K: FrameSink<'f>>(
        &mut self,
        sent: Result<Sent, Refusal>,
        packet: &mut Packet<'f>,
        forwarded: Forwarded,
        sink: &mut K,
    ) -> Verdict {
        match sent {
            Ok(Sent::Queued) => Verdict::Forwarded(forwarded),
            Ok(Sent::Held) => Verdict::Held,
            Err(refusal) => self.answer_refusal(refusal, forwarded, packet, sink),
        }
    }

    /// The way out for a packet that will count as `verdict`, now or when it has waited.
    pub(super) fn egress<'e, K>(&'e mut self, verdict: Verdict, sink: &'e mut K) -> Egress<'e, K> {
        Egress {
            counts_as: verdict.number().and_then(|number| u8::try_from(number).ok()).unwrap_or(u8::MAX),
            held_pieces: 0,
            network: &self.view.network,
            sink,
            waiting: &mut self.memory.waiting,
            now: self.now,
            next_id: &mut self.memory.next_id,
        }
    }
}
