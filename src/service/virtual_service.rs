use super::{Hashing, Pool, Scheduler, SharedStats};
use crate::lvs::{ServiceKey, ServiceSpec};
use std::sync::Arc;

/// One virtual service as workers see it. Immutable; scheduler and statistics are shared with its earlier and later
/// versions.
#[derive(Clone, Debug)]
pub struct VirtualService {
    /// What the operator said.
    pub spec: ServiceSpec,
    /// Its real servers.
    pub pool: Pool,
    /// Who chooses among them.
    pub scheduler: Arc<dyn Scheduler>,
    /// Who gets its flows that have no connection.
    pub hashing: Hashing,
    /// What was counted for it.
    pub stats: Arc<SharedStats>,
}

impl VirtualService {
    /// Does it take packets to this port of its VIP, of all that [`super::Snapshot::service_for`] may find it by? Without
    /// persistence a service takes its own port only; others of an FTP service's VIP are the host's.
    pub const fn takes_port(&self, port: u16) -> bool {
        match self.spec.key {
            ServiceKey::Tuple { virt, .. } => virt.port == port || self.spec.persistence.is_some(),
            ServiceKey::Fwmark { .. } => true,
        }
    }
}
