//! What comes back of connections without NAT, where the director is on its way: replies from the VIP itself, and errors
//! about requests. The host's stack takes them on as they are; the director only counts them, and follows the connection's
//! state (`ipvs.md` §3; the kernel's IPVS does).

use super::classify::is_martian;
use super::{Director, PassReason, Verdict};
use crate::conn::Direction;
use crate::forward::Packet;
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Family, ForwardingMethod};
use crate::service::Flow;
use crate::wire::icmp;
use crate::wire::transport::Transport;

impl Director<'_> {
    /// A packet from a VIP, on its way through the host.
    pub(super) fn follow_direct_reply(&mut self, packet: &Packet<'_>, transport: &Transport) -> Verdict {
        // A router looks at TTL before IPVS sees the packet.
        if packet.head.ttl <= 1 {
            return Verdict::Passed(PassReason::NotVip);
        }
        let flow = Flow {
            protocol: transport.protocol,
            client: Endpoint::new(packet.head.destination, transport.destination),
            virt: Endpoint::new(packet.head.source, transport.source),
        };
        let event = self.event_of(transport);
        let mut shard = self.conns.shard_of(flow.protocol, &flow.client);
        let Some(found) = shard.find_inbound(&flow) else { return Verdict::Passed(PassReason::NotVip) };
        let (id, method) = (shard.get(found).server(), shard.get(found).method());
        if method == ForwardingMethod::Nat {
            return Verdict::Passed(PassReason::NotVip);
        }
        let advance = shard.advance(found, event, Direction::Outbound, self.now, &self.view.timeouts);
        drop(shard);
        if let Some(parent) = advance.proved_to {
            self.conns.assure(parent);
        }
        if let (Some(server), Some(now_active)) = (self.view.server(id), advance.activity) {
            server.real.set_active(now_active);
        }
        self.count_reply(id, packet.head.packet_len);
        Verdict::Passed(PassReason::DirectReply)
    }

    /// An ICMP error to a VIP about a request: it is for nobody but counts. False if it is about none.
    pub(super) fn count_error_about_request(&mut self, packet: &Packet<'_>) -> bool {
        self.count_direct_error(packet) || self.count_nat_error(packet)
    }

    fn count_nat_error(&mut self, packet: &Packet<'_>) -> bool {
        let view = self.view;
        let Some(quoted) = icmp::read_quoted(packet.family(), packet.segment()) else { return false };
        let real = quoted.destination;
        if !view.may_answer(quoted.protocol, real) {
            return false;
        }
        let shard = self.conns.shard_of(quoted.protocol, &quoted.source);
        let found = shard.find_outbound(quoted.protocol, &quoted.source, &real, |id| {
            view.server(id).is_some_and(|server| server.real.endpoint.addr == real.addr)
        });
        let Some(found) = found else { return false };
        let id = shard.get(found).server();
        drop(shard);
        if icmp::checksum_is_right(&packet.head, packet.segment()) {
            self.count_reply(id, packet.head.packet_len);
        }
        true
    }

    /// Counts an ICMP error about a request of a connection without NAT; false if it is about none. IPVS looks neither at
    /// where it goes nor at its checksum.
    fn count_direct_error(&mut self, packet: &Packet<'_>) -> bool {
        let is_seen = packet.head.ttl > 1 || self.view.is_vip(packet.head.destination);
        // Redirects and parameter problems of IPv4 are none to IPVS.
        let is_error = icmp::read(packet.family(), packet.segment()) == Ok(icmp::Message::Error);
        if !is_seen || !is_error || packet.family() == Family::V4 && is_martian(packet.head.source, self.view)
        {
            return false;
        }
        let Some(quoted) = icmp::read_quoted(packet.family(), packet.segment()) else { return false };
        if !self.view.is_vip(quoted.destination.addr) {
            return false;
        }
        let flow = Flow { protocol: quoted.protocol, client: quoted.source, virt: quoted.destination };
        let shard = self.conns.shard_of(flow.protocol, &flow.client);
        let Some(found) = shard.find_inbound(&flow) else { return false };
        let (id, method) = (shard.get(found).server(), shard.get(found).method());
        drop(shard);
        if method == ForwardingMethod::Nat {
            return false;
        }
        self.count_reply(id, packet.head.packet_len);
        true
    }

    /// An ICMP error of a NAT real server, which is perhaps about such a request: nobody but the director takes it on.
    pub(super) fn relay_error<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        sink: &mut K,
    ) -> Verdict {
        self.count_direct_error(packet);
        self.relay(packet, sink)
    }

    /// An ICMP error that goes to no VIP, and is perhaps about such a request.
    pub(super) fn pass_direct_error(&mut self, packet: &Packet<'_>) -> Verdict {
        let is_one = self.count_direct_error(packet);
        Verdict::Passed(if is_one { PassReason::DirectReply } else { PassReason::NotVip })
    }
}
