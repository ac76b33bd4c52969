//! The way of checks through the VIP, as the health room asks for it and as the workers know it.

use crate::health::{Carriage, Passage};
use crate::lvs::{Endpoint, Protocol, RealServerSpec};
use crate::service::{Flow, Pass, Passes};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The way of checks through the VIP.
#[derive(Clone)]
pub(super) struct Way {
    /// Where it is noted for the workers.
    passes: Arc<Passes>,
    /// The mark by which the host leads packets to the director.
    mark: u32,
    /// The VIP, and the port that NAT translates.
    virt: Endpoint,
}

impl Way {
    /// To no VIP yet.
    pub(super) const fn new(passes: Arc<Passes>, mark: u32) -> Self {
        Self { passes, mark, virt: Endpoint::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0) }
    }

    /// To this VIP.
    pub(super) fn to(&self, virt: Endpoint) -> Self {
        Self { virt, ..self.clone() }
    }
}

impl Passage for Way {
    fn is_open(&self) -> bool {
        self.passes.is_open()
    }

    fn mark(&self) -> u32 {
        self.mark
    }

    fn admit(
        &self,
        protocol: Protocol,
        from: SocketAddr,
        to: SocketAddr,
        server: &RealServerSpec,
    ) -> Box<dyn Carriage> {
        let end = |addr: SocketAddr| Endpoint::new(addr.ip(), addr.port());
        let flow = Flow { protocol, client: end(from), virt: end(to) };
        let RealServerSpec { endpoint, method, tunnel, .. } = *server;
        let is_translated = endpoint.port != 0 && to.port() == self.virt.port;
        let port = if is_translated { endpoint.port } else { to.port() };
        Box::new(Carried(self.passes.issue(Pass::new(
            flow,
            Endpoint::new(endpoint.addr, port),
            method,
            tunnel,
        ))))
    }
}

/// A pass that ends with the flow.
struct Carried(Arc<Pass>);

impl Carriage for Carried {
    fn has_carried(&self) -> bool {
        self.0.has_carried()
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        self.0.end();
    }
}
