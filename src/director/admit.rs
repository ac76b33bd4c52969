//! Opens connections. Step 5 of the path.

use super::{Director, DropReason, Notice};
use crate::conn::{ConnIndex, NewConn, ShardGuard};
use crate::lvs::{Endpoint, Protocol};
use crate::service::{Ask, Flow};
use crate::wire::Malformed;
use crate::wire::sctp::Chunk;
use crate::wire::transport::Transport;

/// Why a packet opens no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is not for IPVS: whoever owns the address answers, as a host does.
    Declined,
    /// It is for a service, but no real server may take it.
    NoServer,
    /// It ends here.
    Dropped(DropReason),
}

/// FTP's data port: connections from it are never scheduled (they belong to a control connection).
const FTP_DATA: u16 = 20;

impl Director<'_> {
    /// Decides about a packet without connection (`ipvs.md` §4.2, step 6) and opens one.
    pub(super) fn admit(
        &mut self,
        shard: &mut ShardGuard<'_>,
        flow: &Flow,
        transport: &Transport,
    ) -> Result<ConnIndex, Admission> {
        if flow.protocol == Protocol::Tcp {
            let opens = transport.flags.syn() || self.view.tunables.sloppy_tcp;
            if transport.flags.rst() || !opens {
                return Err(Admission::Declined);
            }
        }
        if flow.protocol == Protocol::Sctp {
            match transport.chunk {
                Chunk::Init => {}
                Chunk::Absent => {
                    return Err(Admission::Dropped(DropReason::Malformed(Malformed::Transport)));
                }
                Chunk::Abort => return Err(Admission::Declined),
                _ if !self.view.tunables.sloppy_sctp => return Err(Admission::Declined),
                _ => {}
            }
        }
        let service = self.view.service_for(flow.protocol, flow.virt).ok_or(Admission::Declined)?;
        if self.view.drop_packet.refuses() {
            return Err(Admission::Dropped(DropReason::Defence));
        }
        if flow.client.port == FTP_DATA {
            return Err(Admission::Declined);
        }
        self.memory.dice = self.memory.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let ask = Ask {
            flow,
            pool: &service.pool,
            flags: service.spec.scheduler_flags,
            swapped: false,
            tunables: &self.view.tunables,
            now: self.now,
            dice: self.memory.dice,
        };
        let server = service.scheduler.pick(&ask).ok_or(Admission::NoServer)?;
        let rport = if server.endpoint.port == 0 { flow.virt.port } else { server.endpoint.port };
        let real = Endpoint::new(server.endpoint.addr, rport);
        let new = NewConn { server: server.id, method: server.method(), real };
        let opened = shard
            .open(flow, new, self.now)
            .or_else(|full| {
                // A flood fills the table with what nobody will miss: better that than who comes now.
                if self.make_room(shard) { shard.open(flow, new, self.now) } else { Err(full) }
            })
            .map_err(|_| Admission::Dropped(DropReason::TableFull))?;
        server.bind();
        self.memory.tally.server(server.id, |stats| stats.conns += 1);
        Ok(opened)
    }
    /// Ends a connection that may go; false if none was found in a few tries.
    fn make_room(&mut self, shard: &mut ShardGuard<'_>) -> bool {
        let Some(closed) = shard.evict(self.now, &mut self.memory.dice) else { return false };
        if let Some(server) = self.view.server(closed.server) {
            server.real.unbind(closed.was_active);
        }
        self.memory.tally.notice(Notice::Evicted);
        true
    }
}
