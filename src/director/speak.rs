//! Real servers that speak first. A datagram of a NAT real server whose service has the engine `sip` needs no connection
//! (`ipvs.md` §3.2): as long as the host would route it on, it opens one to its receiver, to whom it comes from the VIP.
//!
//! With persistence it must name a call. The call's template is that real server's from then on, whoever had it before,
//! and is assured at once; no scheduler is asked. Without persistence any datagram will do. See
//! tests/conformance/persistence/sip.t for Linux's answers.

use super::persist::Wanted;
use super::{Director, Owed};
use crate::conn::Event;
use crate::forward::{Packet, Refusal};
use crate::lvs::{Endpoint, Family, Protocol, ServiceKey};
use crate::service::{Flow, ServerId};

impl Director<'_> {
    /// Opens a connection from `client` for a datagram of `real` to it, which has none: the virtual endpoint and the real
    /// server that it now belongs to. `None`: it may not speak first.
    pub(super) fn speak_first(
        &mut self,
        real: Endpoint,
        client: Endpoint,
        packet: &mut Packet<'_>,
    ) -> Option<(Endpoint, ServerId)> {
        let view = self.view;
        let server = view.server(*view.first_speakers.get(&real)?)?;
        let ServiceKey::Tuple { protocol: Protocol::Udp, virt } = server.service.spec.key else {
            return None;
        };
        if !self.would_be_routed(packet) {
            return None;
        }
        let flow = Flow { protocol: Protocol::Udp, client, virt };
        let (service, speaker) = (&*server.service, &*server.real);
        let parent = match &service.spec.persistence {
            None => None,
            Some(persistence) => {
                let wanted = Wanted::This(speaker);
                Some(self.server_by_template(service, persistence, &flow, packet, wanted).ok()?.1)
            }
        };
        let mut owed = Owed::default();
        let mut shard = self.conns.shard_of(Protocol::Udp, &client);
        // What the client sends is this real server's from now on.
        if let Some(older) = shard.find_inbound(&flow) {
            shard.make_void(older);
        }
        let is_bound = self.bind(shard, service, &flow, (speaker, parent), &mut owed).is_ok();
        if service.spec.one_packet {
            owed.proved_to = parent;
        }
        owed.pay(view, self.conns);
        if service.spec.one_packet || !is_bound {
            return is_bound.then_some((virt, speaker.id));
        }
        self.reply(Protocol::Udp, real, client, Event::Datagram, packet)?.ok()
    }

    /// Would the host, as a router, send this packet on, so that the kernel's IPVS would see it?
    fn would_be_routed(&self, packet: &mut Packet<'_>) -> bool {
        let destination = packet.head.destination;
        packet.keeps_ttl = packet.from_host;
        if !packet.from_host && !self.routes_to(destination) {
            return false;
        }
        let Some(way) = self.view.network.way_to(destination) else { return false };
        match packet.may_leave(way.mtu) {
            Err(Refusal::TtlExpired) => false,
            Err(Refusal::TooBig { .. }) => packet.family() == Family::V6,
            _ => true,
        }
    }
}
