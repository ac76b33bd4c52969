use super::{RealServer, ServerId};
use std::sync::Arc;

/// The real servers of a virtual service in IPVS's order: **the newest first**. Schedulers, ties and unsorted listings
/// depend on that order.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    servers: Vec<Arc<RealServer>>,
}

impl Pool {
    /// A pool of these servers, which are already newest first.
    pub fn from_newest_first(servers: Vec<Arc<RealServer>>) -> Self {
        Self { servers }
    }

    /// The servers, newest first.
    pub fn servers(&self) -> &[Arc<RealServer>] {
        &self.servers
    }

    /// Where a server stands in the list.
    pub fn position(&self, id: ServerId) -> Option<usize> {
        self.servers.iter().position(|server| server.id == id)
    }

    /// This pool with one more server, at the head.
    #[must_use]
    pub fn with(&self, server: Arc<RealServer>) -> Self {
        let mut servers = Vec::with_capacity(self.servers.len() + 1);
        servers.push(server);
        servers.extend(self.servers.iter().cloned());
        Self { servers }
    }

    /// This pool without one server.
    #[must_use]
    pub fn without(&self, id: ServerId) -> Self {
        Self { servers: self.servers.iter().filter(|server| server.id != id).cloned().collect() }
    }
}
