//! Persistence: a client's connections go to the real server of its template (`ipvs.md` §3.2). With the engine `sip` a
//! client has a template for each of its calls.
//!
//! ```text
//!             connection's shard          template's shard
//!   find      ──── lock, none, unlock
//!   template                         lock ─ find it, or pick a server and open it
//!                                           its life begins anew, one child more ─ unlock
//!   open      ──── lock, still none: open it as the template's child, unlock
//! ```
//!
//! The template is filed under the masked client at port 0, which is another shard as a rule; no two are locked at once.

use super::admit::{Admission, FTP};
use super::{Director, DropReason};
use crate::conn::{ConnId, ConnIndex, EngineData, NewConn, ShardGuard, TemplateKey};
use crate::forward::Packet;
use crate::helper::sip;
use crate::lvs::{Endpoint, Family, Persistence, Protocol, ServiceKey};
use crate::service::{Flow, RealServer, VirtualService};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whose a client's template may be.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'w> {
    /// Any real server's; the scheduler chooses for a new one. Asked for a packet, or for one that an ICMP error quotes.
    Any {
        /// It is quoted.
        is_quoted: bool,
    },
    /// Any real server's; for a new one it is that of the client's hash.
    ByHash,
    /// This one's: it spoke first.
    This(&'w RealServer),
}

impl<'w> Director<'w> {
    /// The real server of the client's template, which has counted one more child; without a valid template the scheduler
    /// chooses, and that becomes the template. Call it without any shard's lock.
    pub(super) fn server_by_template(
        &mut self,
        service: &VirtualService,
        persistence: &Persistence,
        flow: &Flow,
        packet: &Packet<'_>,
        wanted: Wanted<'w>,
    ) -> Result<(&'w RealServer, ConnId), Admission> {
        let (key, takes_one_port) = template_of(service, persistence, flow);
        let call = match (&service.spec.engine, wanted) {
            (None, _) => None,
            // An ICMP error quotes too little of its packet.
            (Some(_), Wanted::Any { is_quoted: true }) => {
                return Err(Admission::Dropped(DropReason::NoCallId));
            }
            (Some(_), _) => Some(call_of(flow, packet).ok_or(Admission::Dropped(DropReason::NoCallId))?),
        };
        let mut shard = self.conns.shard_of_template(&key);
        let found = match call {
            None => shard.find_template(&key),
            Some(call) => shard.find_engine_template(&key, call),
        };
        let found = found.filter(|found| !self.is_over(&mut shard, *found));
        let (template, server) = match found
            .and_then(|found| Some((found, self.valid_server(&shard, found)?)))
            .filter(|(_, server)| !matches!(wanted, Wanted::This(this) if this.id != server.id))
        {
            Some(valid) => valid,
            None => {
                if let Some(invalid) = found {
                    shard.make_void(invalid);
                }
                let server = self.choose(service, flow, wanted)?;
                // A template for one port goes to the real server's port; one for all leaves ports as they are.
                let port = if takes_one_port { server.endpoint.port } else { 0 };
                let real = Endpoint::new(server.endpoint.addr, port);
                let new = NewConn { server: server.id, method: server.method(), real };
                let seconds = persistence.timeout_seconds;
                let opened = match call.and_then(EngineData::new) {
                    None => shard.open_template(&key, new, seconds, self.now),
                    Some(call) => shard.open_engine_template(&key, call, new, seconds, self.now),
                };
                let opened = opened.map_err(|_| Admission::Dropped(DropReason::TableFull))?;
                server.bind_template();
                (opened, server)
            }
        };
        shard.renew(template, self.now);
        let name = shard.adopt(template, self.now).ok_or(Admission::Dropped(DropReason::TableFull))?;
        Ok((server, name))
    }

    /// The real server of the client's template, if there is a valid one, whose life then begins anew. Call it without any
    /// shard's lock.
    pub(super) fn server_of_known_template(
        &self,
        service: &VirtualService,
        persistence: &Persistence,
        flow: &Flow,
    ) -> Option<&'w RealServer> {
        let (key, _) = template_of(service, persistence, flow);
        let mut shard = self.conns.shard_of_template(&key);
        let found = shard.find_template(&key).filter(|found| !self.is_over(&mut shard, *found))?;
        let server = self.valid_server(&shard, found)?;
        shard.renew(found, self.now);
        Some(server)
    }

    /// Ends a template whose time is over. It is nobody's child.
    fn is_over(&self, shard: &mut ShardGuard<'_>, template: ConnIndex) -> bool {
        let Some(closed) = shard.expire_one(template, self.now) else { return false };
        if let Some(server) = self.view.server(closed.server) {
            server.real.unbind_template();
        }
        true
    }

    /// The real server of a template, if it may be used: not deleted, not drained; and not quiesced, where that matters. (Overload does
    /// not: neither it nor weight 0 keeps a client away who was here before.)
    fn valid_server(&self, shard: &ShardGuard<'_>, template: ConnIndex) -> Option<&'w RealServer> {
        let server = self.view.server(shard.get(template).server())?;
        let quiescence_ends = self.view.tunables.expire_quiescent_template.is_on();
        (server.available && server.real.may_persist(quiescence_ends)).then_some(&*server.real)
    }
}

/// What the persistence engine reads: SIP's Call-ID, of UDP only.
fn call_of<'p>(flow: &Flow, packet: &'p Packet<'_>) -> Option<&'p [u8]> {
    (flow.protocol == Protocol::Udp).then_some(())?;
    sip::call_id(packet.bytes.get(packet.headers_len()..)?)
}

/// By which template a flow is to go, and whether that is for the service's one port only. FTP's is for all ports, for the
/// sake of its data connections; a firewall mark's for all addresses, ports and protocols that get the mark.
pub(super) fn template_of(
    service: &VirtualService,
    persistence: &Persistence,
    flow: &Flow,
) -> (TemplateKey, bool) {
    let service_port = match service.spec.key {
        ServiceKey::Tuple { virt, .. } => virt.port,
        ServiceKey::Fwmark { .. } => 0,
    };
    let takes_one_port = flow.virt.port == service_port && service_port != FTP;
    let (protocol, virt) = match service.spec.key {
        ServiceKey::Fwmark { family, mark } if !takes_one_port => {
            (None, Endpoint::new(mark_as_address(family, mark), 0))
        }
        _ => {
            let port = if takes_one_port { service_port } else { 0 };
            (Some(flow.protocol), Endpoint::new(flow.virt.addr, port))
        }
    };
    (TemplateKey::new(protocol, flow.client.addr, persistence.mask, virt), takes_one_port)
}

/// A firewall mark in the place of a VIP, as IPVS lists it: 0.0.0.7, 0:7::.
fn mark_as_address(family: Family, mark: u32) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from(mark)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from(u128::from(mark) << 96)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::lvs::{ClientMask, Protocol, ServiceSpec};
    use crate::service::{Hashing, Pool, SharedStats};
    use std::sync::Arc;

    /// The fact sheet's table: service, vport → the template's protocol and virtual endpoint, and whether it is for that
    /// port only.
    #[test]
    fn templates_are_those_of_the_table() {
        let at = |text: &str| {
            let both: std::net::SocketAddr = text.parse().unwrap();
            Endpoint::new(both.ip(), both.port())
        };
        let tuple = |protocol, port| ServiceKey::Tuple {
            protocol,
            virt: Endpoint::new(at("10.9.0.100:0").addr, port),
        };
        let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
        let four = ServiceKey::Fwmark { family: Family::V4, mark: 10 };
        let six = ServiceKey::Fwmark { family: Family::V6, mark: 10 };
        for (key, protocol, vport, template, virt, one_port) in [
            (tuple(tcp, 80), tcp, 80, Some(tcp), "10.9.0.100:80", true),
            (tuple(udp, 53), udp, 53, Some(udp), "10.9.0.100:53", true),
            (tuple(tcp, 21), tcp, 21, Some(tcp), "10.9.0.100:0", false),
            (tuple(udp, 21), udp, 21, Some(udp), "10.9.0.100:0", false),
            (tuple(tcp, 21), tcp, 20, Some(tcp), "10.9.0.100:0", false),
            (tuple(tcp, 21), tcp, 5000, Some(tcp), "10.9.0.100:0", false),
            (tuple(tcp, 0), tcp, 80, Some(tcp), "10.9.0.100:0", false),
            (four, tcp, 80, None, "0.0.0.10:0", false),
            (four, udp, 443, None, "0.0.0.10:0", false),
            (six, tcp, 80, None, "[0:a::]:0", false),
        ] {
            let v6 = key.family() == Family::V6;
            let client = at(if v6 { "[2001:db8::5]:4000" } else { "172.16.0.5:4000" });
            let vip = at(if v6 { "[fd00:9::100]:0" } else { "10.9.0.100:0" }).addr;
            let persistence = Persistence { timeout_seconds: 60, mask: ClientMask::whole(key.family()) };
            let pool = Pool::default();
            let service = VirtualService {
                spec: ServiceSpec { persistence: Some(persistence), ..ServiceSpec::new(key) },
                scheduler: (crate::sched::find("rr").unwrap().make)(&pool),
                pool,
                hashing: Hashing::default(),
                stats: Arc::new(SharedStats::default()),
            };
            let flow = Flow { protocol, client, virt: Endpoint::new(vip, vport) };
            let expected = TemplateKey { protocol: template, client: client.addr, virt: at(virt) };
            assert_eq!(template_of(&service, &persistence, &flow), (expected, one_port), "{key:?} {vport}");
        }
    }
}
