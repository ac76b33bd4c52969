//! Without a real server, but with `cache_bypass`: packets of a firewall mark's service go on to where they were bound
//! (`ipvs.md` §4.3). They were marked on their way to somebody else; a transparent cache that is down shall not cut them
//! off.

use super::{Director, DropReason, Forwarded, Hop, Verdict};
use crate::conn::{ConnIndex, End, NewConn, ShardGuard};
use crate::forward::{Packet, direct_route};
use crate::frame::FrameSink;
use crate::lvs::{Endpoint, Family, ForwardingMethod, PortId, ServiceKey};
use crate::service::{Flow, ServerId};
use crate::wire::ip;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl<'w> Director<'w> {
    /// May this flow, which no real server can take, go on by itself?
    pub(super) fn may_bypass(&self, flow: &Flow, port: PortId) -> bool {
        let destination = flow.virt.addr;
        let by_mark = |key: &ServiceKey| matches!(key, ServiceKey::Fwmark { .. });
        self.view.tunables.cache_bypass.is_on()
            && !self.view.is_vip(destination)
            && !self.view.network.host_addresses.contains(&destination)
            && ip::is_possible_source(destination)
            && self.view.service_for(flow, port).is_some_and(|service| by_mark(&service.spec.key))
    }

    /// Opens a connection without real server. It counts for nobody.
    pub(super) fn open_bypass(&self, flow: &Flow) -> Result<(ShardGuard<'w>, ConnIndex), DropReason> {
        let mut shard = self.conns.shard_of(flow.protocol, &flow.client);
        // While nobody held the lock, another worker may have opened the same connection.
        if let Some(found) = shard.find_inbound(flow) {
            return Ok((shard, found));
        }
        let nobody = match flow.virt.family() {
            Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let method = ForwardingMethod::Bypass;
        let new = NewConn { server: ServerId::NOBODY, method, real: Endpoint::new(nobody, 0) };
        let opened = shard.open(flow, new, self.now).map_err(|_| DropReason::TableFull)?;
        Ok((shard, opened))
    }

    /// Ends such a connection before its time.
    pub(super) fn expire_bypass(shard: &mut ShardGuard<'_>, found: ConnIndex) -> bool {
        shard.close(found, End::Regular).is_some()
    }

    /// Where a packet of such a connection goes: to its own destination, by whatever way leads there then.
    pub(super) const fn bypass_hop(destination: Endpoint) -> Hop {
        Hop {
            server: ServerId::NOBODY,
            method: ForwardingMethod::Bypass,
            real: destination,
            way: None,
            has_connection: true,
        }
    }

    /// Sends a packet, or an error about one, on to its own destination.
    pub(super) fn send_on<'f, K: FrameSink<'f>>(&mut self, packet: &mut Packet<'f>, sink: &mut K) -> Verdict {
        let forwarded = Forwarded::Bypass;
        let mut egress = self.egress(Verdict::Forwarded(forwarded), sink);
        let way = egress.way_to(packet.head.destination);
        let sent = way.and_then(|way| direct_route::send(&mut egress, packet, &way));
        self.conclude(sent, packet, forwarded, sink)
    }
}
