use super::Protocol;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;

/// An address with a port: one side of a connection (CIP:cport, VIP:vport, RIP:rport).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// IPv4 or IPv6 address.
    pub addr: IpAddr,
    /// Port in host byte order; 0 means "any port" where IPVS allows it.
    pub port: u16,
}

impl Endpoint {
    /// Puts an address and a port together.
    pub const fn new(addr: IpAddr, port: u16) -> Self {
        Self { addr, port }
    }

    /// The address family.
    pub const fn family(&self) -> Family {
        Family::of(self.addr)
    }
}

/// In as few steps as may be: packets are looked up by it.
impl Hash for Endpoint {
    #[inline]
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.hash_after(0, hasher);
    }
}

impl Endpoint {
    /// Hashes it together with a protocol.
    #[inline]
    pub(super) fn hash_with<H: Hasher>(&self, protocol: Protocol, hasher: &mut H) {
        self.hash_after(protocol.number(), hasher);
    }

    #[inline]
    fn hash_after<H: Hasher>(&self, first: u8, hasher: &mut H) {
        let rest = u64::from(first) << 48 | u64::from(self.port);
        match self.addr {
            IpAddr::V4(addr) => hasher.write_u64(rest | u64::from(addr.to_bits()) << 16),
            IpAddr::V6(addr) => {
                hasher.write_u128(addr.to_bits());
                hasher.write_u64(rest);
            }
        }
    }
}

impl fmt::Display for Endpoint {
    /// `10.0.0.1:80`, `[2001:db8::1]:80`: as ipvsadm prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.addr {
            IpAddr::V4(addr) => write!(f, "{addr}:{}", self.port),
            IpAddr::V6(addr) => write!(f, "[{addr}]:{}", self.port),
        }
    }
}

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Family {
    /// IPv4 (AF_INET).
    V4,
    /// IPv6 (AF_INET6).
    V6,
}

impl Family {
    /// The family of an address.
    pub const fn of(addr: IpAddr) -> Self {
        match addr {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// Length of an address of this family in bits: 32 or 128.
    pub const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }
}
