use super::{Endpoint, ForwardingMethod, Tunnel};
use serde::{Deserialize, Serialize};

/// What an operator says of one real server of a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealServerSpec {
    /// RIP and rport: the identity within the service.
    pub endpoint: Endpoint,
    /// How packets reach it.
    pub method: ForwardingMethod,
    /// 0 (quiesced: no new connections) to 2^31-1; IPVS default 1.
    pub weight: i32,
    /// Connection limits; both 0: none.
    pub thresholds: Thresholds,
    /// Encapsulation, of meaning only for [`ForwardingMethod::Tunnel`].
    pub tunnel: Tunnel,
}

impl RealServerSpec {
    /// ipvsadm's defaults: direct routing, weight 1, no thresholds.
    pub const fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            method: ForwardingMethod::DirectRoute,
            weight: 1,
            thresholds: Thresholds { upper: 0, lower: 0 },
            tunnel: Tunnel::Ipip,
        }
    }
}

/// Connection thresholds of a real server (ipvsadm -x and -y).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Thresholds {
    /// At this many connections the server gets no new ones; 0: no limit.
    pub upper: u32,
    /// Below this many it gets new ones again; 0: three quarters of `upper`.
    pub lower: u32,
}
