//! Opens connections. Step 5 of the path.

use super::hashing::Role;
use super::persist::Wanted;
use super::{Director, DropReason, Hop, Notice, Owed};
use crate::conn::{ConnId, ConnIndex, NewConn, ShardGuard};
use crate::forward::Packet;
use crate::lvs::{Endpoint, Protocol, ServiceKey};
use crate::service::{Ask, Flow, RealServer, Server, ServerId, VirtualService};
use crate::wire::transport::Transport;

/// Why a packet opens no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is not for IPVS: whoever owns the address answers, as a host does.
    Declined,
    /// It is for a service, but no real server may take it.
    NoServer,
    /// No real server may take it, for which a connection of this one ended, without NAT.
    NobodyElse(ServerId),
    /// It ends here.
    Dropped(DropReason),
}

/// A packet that may go to a real server.
pub(super) enum Admitted<'t> {
    /// As the first of a connection, whose shard is locked.
    Opened(ShardGuard<'t>, ConnIndex),
    /// By itself, without a connection (one-packet scheduling, or a flow that goes by the hash).
    OnePacket(ServerId, Hop),
}

/// FTP's data port: connections from it are never scheduled (they belong to a control connection).
pub(super) const FTP_DATA: u16 = 20;
/// FTP's control port: what a service of that port takes of other ports are FTP's data connections.
pub(super) const FTP: u16 = 21;

impl<'w> Director<'w> {
    /// Decides about a packet without connection (`ipvs.md` §4.2, step 6) and opens one.
    pub(super) fn admit(
        &mut self,
        shard: ShardGuard<'w>,
        flow: &Flow,
        transport: &Transport,
        packet: &Packet<'_>,
        owed: &mut Owed,
    ) -> Result<Admitted<'w>, Admission> {
        let role = Role::of(transport, packet.segment(), &self.view.tunables)?;
        if role != Role::Opens && !self.may_be_hashed(flow.protocol, false) {
            return Err(Admission::Declined);
        }
        let service = self.view.service_for(flow, packet.port).ok_or(Admission::Declined)?;
        if role == Role::Opens && self.view.drop_packet.refuses() {
            return Err(Admission::Dropped(DropReason::Defence));
        }
        if flow.client.port == FTP_DATA {
            return Err(Admission::Declined);
        }
        let by_hash = self.by_hash(service, flow, transport, role);
        if role != Role::Opens && by_hash.is_none() {
            return Err(Admission::Declined);
        }
        if by_hash.is_some_and(|by_hash| !by_hash.may_enter) {
            drop(shard);
            return self.forward_by_hash(service, flow);
        }
        let wanted = match by_hash {
            Some(_) => Wanted::ByHash,
            None => Wanted::Any { is_quoted: transport.is_quoted },
        };
        let entered = self.enter(shard, service, flow, packet, wanted, owed);
        match &entered {
            Ok(Admitted::Opened(..)) if role == Role::Follows => self.memory.tally.notice(Notice::Adopted),
            Err(Admission::Dropped(DropReason::TableFull)) if self.may_do_without(service, flow, role) => {
                return self.forward_by_hash(service, flow);
            }
            _ => {}
        }
        entered
    }

    /// Chooses a real server and opens a connection to it.
    fn enter(
        &mut self,
        mut shard: ShardGuard<'w>,
        service: &VirtualService,
        flow: &Flow,
        packet: &Packet<'_>,
        wanted: Wanted<'w>,
        owed: &mut Owed,
    ) -> Result<Admitted<'w>, Admission> {
        let (server, parent) = if let Some(persistence) = &service.spec.persistence {
            drop(shard);
            let (server, template) = self.server_by_template(service, persistence, flow, packet, wanted)?;
            shard = self.conns.shard_of(flow.protocol, &flow.client);
            // While nobody held the lock, another worker may have opened the same connection.
            if let Some(found) = shard.find_inbound(flow) {
                owed.release(template);
                return Ok(Admitted::Opened(shard, found));
            }
            (server, Some(template))
        } else {
            (self.choose(service, flow, wanted)?, None)
        };
        self.bind(shard, service, flow, (server, parent), owed)
    }

    /// Binds a flow to its real server: for the time of a connection, or for this packet only.
    pub(super) fn bind(
        &mut self,
        mut shard: ShardGuard<'w>,
        service: &VirtualService,
        flow: &Flow,
        (server, parent): (&RealServer, Option<ConnId>),
        owed: &mut Owed,
    ) -> Result<Admitted<'w>, Admission> {
        let real = Endpoint::new(server.endpoint.addr, connection_port(service, flow, server));
        let method = server.method();
        if service.spec.one_packet && flow.protocol == Protocol::Udp {
            drop(shard);
            if let Some(parent) = parent {
                owed.release(parent);
            }
            // For a moment it counts as a connection, which an overload may depend on.
            server.bind();
            server.unbind(false);
            self.memory.tally.server(server.id, |stats| stats.conns += 1);
            let way = self.view.server(server.id).and_then(|server| server.hop);
            return Ok(Admitted::OnePacket(
                server.id,
                Hop { server: server.id, method, real, way, has_connection: false },
            ));
        }
        let new = NewConn { server: server.id, method, real };
        let open = |shard: &mut ShardGuard<'_>| match parent {
            None => shard.open(flow, new, self.now),
            Some(parent) => shard.open_child(flow, new, parent, self.now),
        };
        let mut opened = open(&mut shard);
        // A flood fills the table with what nobody will miss: better that than who comes now.
        if opened.is_err()
            && let Some(closed) = shard.evict(self.now, &mut self.memory.dice)
        {
            owed.evict(closed);
            self.memory.tally.notice(Notice::Evicted);
            opened = open(&mut shard);
        }
        let Ok(opened) = opened else {
            if let Some(parent) = parent {
                owed.release(parent);
            }
            return Err(Admission::Dropped(DropReason::TableFull));
        };
        server.bind();
        self.memory.tally.server(server.id, |stats| stats.conns += 1);
        Ok(Admitted::Opened(shard, opened))
    }

    /// Chooses for a new connection or template; a service without persistence takes its own port only.
    pub(super) fn choose(
        &mut self,
        service: &VirtualService,
        flow: &Flow,
        wanted: Wanted<'w>,
    ) -> Result<&'w RealServer, Admission> {
        if !service.takes_port(flow.virt.port) {
            return Err(no_server(service, flow));
        }
        match wanted {
            Wanted::This(server) => Ok(server),
            Wanted::ByHash => self.server_by_hash(service, flow),
            Wanted::Any { is_quoted } => {
                self.pick(service, flow, is_quoted).ok_or_else(|| no_server(service, flow))
            }
        }
    }

    /// Asks the service's scheduler. `is_quoted`: the flow is that of a packet which an ICMP error quotes.
    pub(super) fn pick(
        &mut self,
        service: &VirtualService,
        flow: &Flow,
        is_quoted: bool,
    ) -> Option<&'w RealServer> {
        self.pick_server(service, flow, is_quoted).map(|server| &*server.real)
    }

    /// The same, with the way to it.
    #[inline]
    pub(super) fn pick_server(
        &mut self,
        service: &VirtualService,
        flow: &Flow,
        is_quoted: bool,
    ) -> Option<&'w Server> {
        self.memory.dice = self.memory.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let ask = Ask {
            flow,
            pool: &service.pool,
            flags: service.spec.scheduler_flags,
            swapped: is_quoted,
            tunables: &self.view.tunables,
            now: self.now,
            dice: self.memory.dice,
        };
        let chosen = service.scheduler.pick(&ask)?.id;
        self.view.server(chosen)
    }
}

/// The port on the real server (`ipvs.md` §3.2): its own, or that of the flow where it has none. Persistent services that
/// take several ports leave the port as it is.
#[inline]
pub(super) fn connection_port(service: &VirtualService, flow: &Flow, server: &RealServer) -> u16 {
    let service_port = match service.spec.key {
        ServiceKey::Tuple { virt, .. } => virt.port,
        ServiceKey::Fwmark { .. } if service.spec.persistence.is_none() => flow.virt.port,
        ServiceKey::Fwmark { .. } => 0,
    };
    if server.endpoint.port != 0 && service_port == flow.virt.port {
        server.endpoint.port
    } else {
        flow.virt.port
    }
}

/// What becomes of a flow that a service has no real server for: FTP's data ports are then the host's, not FTP's.
pub(super) fn no_server(service: &VirtualService, flow: &Flow) -> Admission {
    match service.spec.key {
        ServiceKey::Tuple { virt, .. } if virt.port == FTP && flow.virt.port != FTP => Admission::Declined,
        _ => Admission::NoServer,
    }
}
