use super::{Pool, Scheduler, SharedStats};
use crate::lvs::ServiceSpec;
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
    /// What was counted for it.
    pub stats: Arc<SharedStats>,
}
