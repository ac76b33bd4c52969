use super::{Endpoint, Family, Protocol, SchedulerName};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};

/// The identity of a virtual service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// In as few steps as may be: packets are looked up by it.
impl Hash for ServiceKey {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        match self {
            Self::Tuple { protocol, virt } => virt.hash_with(*protocol, hasher),
            Self::Fwmark { family, mark } => {
                hasher.write_u64(u64::from(*mark) << 8 | u64::from(family.bits()))
            }
        }
    }
}

impl ServiceKey {
    /// The family of its packets.
    pub const fn family(&self) -> Family {
        match self {
            Self::Tuple { virt, .. } => virt.family(),
            Self::Fwmark { family, .. } => *family,
        }
    }

    /// `TCP 10.0.0.1:80`, `FWM 3`, `FWM 3 IPv6`: as ipvsadm lists it.
    pub fn describe(&self) -> String {
        match self {
            Self::Tuple { protocol, virt } => format!("{} {virt}", protocol.listing()),
            Self::Fwmark { family: Family::V4, mark } => format!("FWM {mark}"),
            Self::Fwmark { family: Family::V6, mark } => format!("FWM {mark} IPv6"),
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
    /// Persistence engine (`--pe sip`), if any. Without persistence it keeps no calls together; but real servers may speak
    /// first.
    pub engine: Option<String>,
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
            engine: None,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persistence {
    /// Seconds that a template lives after its last new connection: 1..=2678400; ipvsadm default 360.
    pub timeout_seconds: u32,
    /// Clients that agree in these bits share a template; ipvsadm default: all bits.
    pub mask: ClientMask,
}

/// Which bits of a client's address count (ipvsadm -M). Of the same family as its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientMask {
    /// Any bits, also with holes: IPVS takes every IPv4 mask (`-M 24` is 0.0.0.24).
    V4(Ipv4Addr),
    /// So many leading bits: 1..=128.
    V6(u8),
}

impl ClientMask {
    /// The whole address.
    pub const fn whole(family: Family) -> Self {
        match family {
            Family::V4 => Self::V4(Ipv4Addr::BROADCAST),
            Family::V6 => Self::V6(128),
        }
    }

    /// The family of the addresses that it is for.
    pub const fn family(self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }

    /// Do all bits count?
    pub fn is_whole(self) -> bool {
        self == Self::whole(self.family())
    }

    /// The address with all other bits cleared; an address of the other family stays as it is.
    #[must_use]
    pub fn apply(self, addr: IpAddr) -> IpAddr {
        match (self, addr) {
            (Self::V4(mask), IpAddr::V4(addr)) => IpAddr::V4(addr & mask),
            (Self::V6(bits), IpAddr::V6(addr)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
                IpAddr::V6((addr.to_bits() & mask).into())
            }
            (_, other) => other,
        }
    }
}

impl fmt::Display for ClientMask {
    /// `255.255.255.0`, `64`: as ipvsadm prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(mask) => mask.fmt(f),
            Self::V6(bits) => bits.fmt(f),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn masks_may_have_holes() {
        for (mask, addr, masked) in [
            (ClientMask::V4(Ipv4Addr::new(255, 0, 255, 0)), "172.50.7.1", "172.0.7.0"),
            (ClientMask::V4(Ipv4Addr::new(0, 0, 0, 24)), "172.51.7.9", "0.0.0.8"),
            (ClientMask::whole(Family::V4), "172.51.7.9", "172.51.7.9"),
            (ClientMask::V6(64), "2001:db8:1:2:3::4", "2001:db8:1:2::"),
            (ClientMask::V6(127), "2001:db8::3", "2001:db8::2"),
            (ClientMask::whole(Family::V6), "2001:db8::3", "2001:db8::3"),
        ] {
            assert_eq!(mask.apply(addr.parse().unwrap()), masked.parse::<IpAddr>().unwrap(), "{mask}");
        }
    }
}
