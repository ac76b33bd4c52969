use super::{Pool, RealServer, ServerId};
use crate::lvs::{Endpoint, Protocol, SchedulerFlags, Tunables};
use crate::time::Tick;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// The flow of a packet that opens a connection, as schedulers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    /// The transport protocol.
    pub protocol: Protocol,
    /// CIP and cport.
    pub client: Endpoint,
    /// VIP and vport as the packet has them.
    pub virt: Endpoint,
}

/// What a scheduler is asked: everything that it may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'p> {
    /// The packet's flow.
    pub flow: &'p Flow,
    /// The service's real servers, newest first.
    pub pool: &'p Pool,
    /// The service's scheduler flags as they are now (sh, mh).
    pub flags: SchedulerFlags,
    /// The flow was read from a packet that an ICMP error quotes, so it was the VIP that sent that packet. dh, lblc and
    /// lblcr, which look at a packet's destination, then see the client, as IPVS's do; the others do not care.
    pub swapped: bool,
    /// For schedulers that forget (lblc, lblcr).
    pub tunables: &'p Tunables,
    /// Now.
    pub now: Tick,
    /// A random number, for schedulers that throw dice.
    pub dice: u64,
}

impl Ask<'_> {
    /// Where the packet that opens the connection is bound for, as it stands in the packet.
    pub const fn destination(&self) -> IpAddr {
        if self.swapped { self.flow.client.addr } else { self.flow.virt.addr }
    }
}

/// How a pool changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolChange {
    /// A real server joined (at the head).
    Added(ServerId),
    /// Weight or thresholds of a real server changed.
    Edited(ServerId),
    /// A real server left. `predecessor` is the one that stood before it in the list, `None` if it was the first.
    Removed {
        /// The one that left.
        id: ServerId,
        /// The one before it.
        predecessor: Option<ServerId>,
    },
}

/// Picks a real server for a new connection. State is inside and shared by all workers, so that the order of choices is
/// IPVS's own, to the packet.
pub trait Scheduler: Send + Sync + fmt::Debug {
    /// The chosen real server, or `None` if no server may take the connection.
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>>;

    /// The pool changed; `pool` is the new one. Called by the control plane before workers see the new pool.
    fn changed(&self, pool: &Pool, change: PoolChange);

    /// Does it choose the same real server again for the same client and destination, as long as the servers, their weights
    /// and overloads stay as they are? Then it can be asked for every packet of a flow.
    fn is_steady(&self) -> bool {
        false
    }

    /// Time passes: the control plane calls this about once a second. For schedulers that remember and must forget.
    fn tick(&self, _now: Tick, _tunables: &Tunables) {}
}
