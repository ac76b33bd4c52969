//! Flows without a connection: what the table has no room for (`hash_when_full`), or what comes too fast to be entered
//! (`hash_above_rate`), goes to the real server that a hash of the client names, with direct routing and tunnelling.
//!
//! ```text
//! a packet without connection
//!   │ pressed now, or a short while ago?        no: as IPVS does it
//!   ├─ it opens a flow     by the hash; entered if there is room
//!   ├─ it follows          by the hash; entered if there is room and nobody has to make some
//!   └─ it ends one (RST)   by the hash
//! ```
//!
//! All of a flow's packets come to the same real server, as long as the service's set of them, their weights and overloads
//! stay: so from the first pressure on, **every** flow without connection goes by the hash, also those for which there is
//! room, until the last that may have been forwarded without one has had the time that its connection would have had. What
//! is entered stays where it is whatever changes. See docs/decisions/0029-flows-without-connections.md.

use super::admit::{Admission, Admitted, no_server};
use super::persist::template_of;
use super::{Director, DropReason, Hop, Notice};
use crate::lvs::{Endpoint, ForwardingMethod, PortId, Protocol, Tunables};
use crate::service::{Flow, Hashing, RealServer, VirtualService};
use crate::wire::Malformed;
use crate::wire::sctp::{self, Chunk};
use crate::wire::transport::Transport;

/// Half of a handshake lives so many seconds (TCP's SYN_RECV, SCTP's INIT): so long its first packet may come again.
const OPENING_SECONDS: u32 = 60;
/// SCTP's ESTABLISHED, in seconds.
const SCTP_SECONDS: u32 = 900;

/// What a packet without a connection is to its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It may open a connection.
    Opens,
    /// It goes on with one.
    Follows,
    /// It ends one.
    Ends,
}

impl Role {
    /// IPVS's gate: what may open a connection (`ipvs.md` §4.2, step 6). `segment` is what follows the IP header.
    pub fn of(transport: &Transport, segment: &[u8], tunables: &Tunables) -> Result<Self, Admission> {
        Ok(match transport.protocol {
            Protocol::Tcp if transport.flags.rst() => Self::Ends,
            Protocol::Tcp if !transport.flags.syn() && !tunables.sloppy_tcp.is_on() => Self::Follows,
            Protocol::Tcp | Protocol::Udp => Self::Opens,
            Protocol::Sctp => match transport.chunk {
                Chunk::Init => Self::Opens,
                Chunk::Absent => return Err(Admission::Dropped(DropReason::Malformed(Malformed::Transport))),
                // An ABORT behind a cookie is one for the state only.
                Chunk::Abort if sctp::first(segment) == Chunk::Abort => Self::Ends,
                _ if !tunables.sloppy_sctp.is_on() => Self::Follows,
                _ => Self::Opens,
            },
        })
    }
}

/// How a flow that goes by the hash stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByHash {
    /// A connection may be opened for it, if there is room.
    pub may_enter: bool,
}

impl<'w> Director<'w> {
    /// May a packet like this belong to a flow that was forwarded without a connection? For as long as that connection
    /// would have lived. `begins`: it is a SYN or INIT, which may have come before.
    pub(super) fn may_be_hashed(&self, protocol: Protocol, begins: bool) -> bool {
        let seconds = match protocol {
            Protocol::Udp => self.view.timeouts.udp,
            _ if begins => OPENING_SECONDS,
            Protocol::Tcp => self.view.timeouts.tcp,
            Protocol::Sctp => SCTP_SECONDS,
        };
        // What may be of an old connection, of a director that died here, is left to those who know it.
        let is_left = protocol == Protocol::Tcp && !begins && self.is_silent();
        self.view.tunables.hashes() && self.conns.was_pressed(self.now, seconds) && !is_left
    }

    /// Does this packet go by the hash? Counts what would open a connection against `hash_above_rate`.
    pub(super) fn by_hash(
        &mut self,
        service: &VirtualService,
        flow: &Flow,
        transport: &Transport,
        role: Role,
    ) -> Option<ByHash> {
        let tunables = &self.view.tunables;
        if !tunables.hashes() {
            return None;
        }
        let rate = tunables.hash_above_rate;
        let is_above = rate > 0 && role != Role::Ends && !self.memory.openings.take(self.now, rate);
        if !service.hashing.is_possible() || !service.takes_port(flow.virt.port) {
            return None;
        }
        let is_full = tunables.hash_when_full.is_on() && self.conns.is_full();
        if (is_above || is_full) && role != Role::Ends {
            self.conns.press(self.now);
        } else if !self.may_be_hashed(flow.protocol, transport.begins()) {
            return None;
        }
        let may_enter = !is_above
            && match role {
                Role::Opens => true,
                // Nobody has to make room for what may be of no flow at all.
                Role::Follows => !self.conns.is_full(),
                Role::Ends => false,
            };
        Some(ByHash { may_enter })
    }

    /// May a packet for whose flow there was no room be forwarded all the same? It may have become full only now.
    pub(super) fn may_do_without(&self, service: &VirtualService, flow: &Flow, role: Role) -> bool {
        let may = service.hashing.is_possible()
            && service.takes_port(flow.virt.port)
            && (role != Role::Opens || self.view.tunables.hash_when_full.is_on());
        if may {
            self.conns.press(self.now);
        }
        may
    }

    /// Forwards a packet without entering its flow.
    pub(super) fn forward_by_hash(
        &mut self,
        service: &VirtualService,
        flow: &Flow,
    ) -> Result<Admitted<'w>, Admission> {
        let server = self.server_without_entry(service, flow)?;
        let (method, real) = (server.method(), Endpoint::new(server.endpoint.addr, flow.virt.port));
        // It may just have been edited, and this snapshot does not know.
        if method == ForwardingMethod::Nat {
            return Err(Admission::Dropped(DropReason::TableFull));
        }
        self.memory.tally.notice(Notice::Hashed);
        let way = self.view.server(server.id).and_then(|server| server.hop);
        let hop = Hop { server: server.id, method, real, way, has_connection: false };
        Ok(Admitted::OnePacket(server.id, hop))
    }

    /// The real server to which packets of this flow, which has no connection, are forwarded, if they may be: for errors
    /// about them. `port` is where the error came in.
    pub(super) fn server_of_hashed(&mut self, flow: &Flow, port: PortId) -> Option<&'w RealServer> {
        if !self.may_be_hashed(flow.protocol, false) {
            return None;
        }
        let service = self.view.service_for(flow, port)?;
        if !service.hashing.is_possible() || !service.takes_port(flow.virt.port) {
            return None;
        }
        self.server_without_entry(service, flow).ok()
    }

    fn server_without_entry(
        &mut self,
        service: &VirtualService,
        flow: &Flow,
    ) -> Result<&'w RealServer, Admission> {
        let known = service
            .spec
            .persistence
            .as_ref()
            .and_then(|persistence| self.server_of_known_template(service, persistence, flow));
        known.map_or_else(|| self.server_by_hash(service, flow), Ok)
    }

    /// The real server of the client's hash: of its address and port, or of as much as persistence looks at.
    pub(super) fn server_by_hash(
        &mut self,
        service: &VirtualService,
        flow: &Flow,
    ) -> Result<&'w RealServer, Admission> {
        let template =
            service.spec.persistence.as_ref().map(|persistence| template_of(service, persistence, flow).0);
        let chosen = match &service.hashing {
            Hashing::Nobody => None,
            Hashing::Scheduler => {
                let client = template.map_or(flow.client, |key| Endpoint::new(key.client, 0));
                self.pick(service, &Flow { client, ..*flow }, false)
            }
            Hashing::Table(table) => {
                let hash = match &template {
                    Some(key) => self.conns.address_hash(key),
                    None => self.conns.client_hash(flow.protocol, &flow.client),
                };
                let chosen = table.pick(hash.number(), &service.pool);
                chosen.and_then(|real| self.view.server(real.id)).map(|server| &*server.real)
            }
        };
        chosen.ok_or_else(|| no_server(service, flow))
    }
}
