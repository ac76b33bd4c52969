use super::{Endpoint, Family, Protocol, SchedulerName};
use serde::{Deserialize, Serialize};

/// The identity of a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ServiceKey {
    /// Protocol, VIP and vport (ipvsadm -t, -u, --sctp-service).
    Tuple {
        /// The transport protocol.
        protocol: Protocol,
        /// VIP and vport.
        virt: Endpoint,
    },
    /// Every packet that carries this firewall mark (ipvsadm -f, with -6 for IPv6).
    Fwmark {
        /// Family of the packets.
        family: Family,
        /// 1..=2^32-1.
        mark: u32,
    },
}

impl ServiceKey {
    /// The family of its packets.
    pub const fn family(&self) -> Family {
        match self {
            Self::Tuple { virt, .. } => virt.family(),
            Self::Fwmark { family, .. } => *family,
        }
    }
}

/// What an operator says of a virtual service, without its real servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSpec {
    /// Identity; never edited.
    pub key: ServiceKey,
    /// Which scheduler picks real servers; ipvsadm default wlc.
    pub scheduler: SchedulerName,
    /// Options of the scheduler (-b).
    pub scheduler_flags: SchedulerFlags,
    /// Persistence (-p, -M), if any.
    pub persistence: Option<Persistence>,
    /// One-packet scheduling (-o).
    pub one_packet: bool,
}

impl ServiceSpec {
    /// ipvsadm's defaults: wlc, nothing else.
    pub fn new(key: ServiceKey) -> Self {
        Self {
            key,
            scheduler: SchedulerName::wlc(),
            scheduler_flags: SchedulerFlags::default(),
            persistence: None,
            one_packet: false,
        }
    }
}

/// The three free flags of a scheduler (sh: 1 = sh-fallback, 2 = sh-port; mh alike).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SchedulerFlags {
    /// flag-1 (IP_VS_SVC_F_SCHED1).
    pub first: bool,
    /// flag-2 (IP_VS_SVC_F_SCHED2).
    pub second: bool,
    /// flag-3 (IP_VS_SVC_F_SCHED3).
    pub third: bool,
}

/// Client affinity of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persistence {
    /// Seconds that a template lives after its last new connection: 1..=2678400; ipvsadm default 360.
    pub timeout_seconds: u32,
    /// Clients that agree in so many leading bits share a template: 0..=32 or 1..=128. An IPv4 mask that is no
    /// prefix is not representable and refused by the command line.
    pub prefix_len: u8,
    /// Persistence engine (`sip`), if any.
    pub engine: Option<String>,
}
