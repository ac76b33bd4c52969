//! AH and ESP have no ports: their packets follow the ISAKMP connection (UDP, port 500 to port 500) between the same two
//! addresses, and never open one (`ipvs.md` §3.1).

use super::{Admission, Director, DropReason, Owed, Verdict};
use crate::conn::Event;
use crate::forward::Packet;
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Protocol};
use crate::service::Flow;
use crate::wire::transport::{ISAKMP, Transport};

impl Director<'_> {
    /// A packet of AH or ESP, to a VIP or from a NAT real server's address.
    pub(super) fn follow_isakmp<'f, K: FrameSink<'f>>(
        &mut self,
        packet: &mut Packet<'f>,
        to_vip: bool,
        sink: &mut K,
    ) -> Verdict {
        let source = Endpoint::new(packet.head.source, ISAKMP);
        let destination = Endpoint::new(packet.head.destination, ISAKMP);
        // No helper reads UDP, so nothing is dropped for what it says.
        let reply = self.reply(Protocol::Udp, source, destination, Event::Follower, packet);
        if let Some(Ok((virt, id))) = reply {
            return self.send_to_client(packet, None, virt, id, sink);
        }
        if !to_vip {
            return self.relay(packet, sink);
        }
        let flow = Flow { protocol: Protocol::Udp, client: source, virt: destination };
        match self.known_request(&flow, packet) {
            Ok(hop) => self.send_to_server(packet, None, &hop, sink),
            Err(Admission::Dropped(reason)) => Verdict::Dropped(reason),
            // Nobody speaks for a marked network.
            Err(_) if !self.view.is_vip(packet.head.destination) => Verdict::Dropped(DropReason::NoAnswerDue),
            Err(Admission::Declined | Admission::NoServer | Admission::NobodyElse(_)) => {
                self.answer_unknown_protocol(packet, sink)
            }
        }
    }

    /// The way to the real server of a connection that exists.
    fn known_request(&mut self, flow: &Flow, packet: &mut Packet<'_>) -> Result<super::Hop, Admission> {
        let mut owed = Owed::default();
        let hop = self.follow_known(flow, packet, &mut owed);
        owed.pay(self.view, self.conns);
        hop
    }

    fn follow_known(
        &mut self,
        flow: &Flow,
        packet: &mut Packet<'_>,
        owed: &mut Owed,
    ) -> Result<super::Hop, Admission> {
        let mut shard = self.conns.shard_of(flow.protocol, &flow.client);
        let found = shard.find_inbound(flow).ok_or(Admission::Declined)?;
        let as_datagram = Transport::opening(flow.protocol, flow.client.port, flow.virt.port);
        if self.ends_by_its_server(&mut shard, found, (&as_datagram, packet), owed)? {
            return Err(Admission::Declined);
        }
        self.follow(shard, found, Event::Follower, packet, owed)
    }
}
