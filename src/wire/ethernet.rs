//! Ethernet II.

use super::Malformed;
use crate::lvs::{Family, Mac};
use etherparse::{EtherType, Ethernet2HeaderSlice};

/// Length of an Ethernet header in bytes.
pub const LEN: usize = 14;

/// An Ethernet header's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// To whom.
    pub destination: Mac,
    /// From whom.
    pub source: Mac,
    /// What follows.
    pub kind: Kind,
}

/// What an Ethernet frame carries, as far as a director cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0x0800.
    Ipv4,
    /// 0x86dd.
    Ipv6,
    /// 0x0806.
    Arp,
    /// 0x8100, 0x88a8, 0x9100: a VLAN tag.
    Vlan,
    /// Anything else.
    Other,
}

impl Kind {
    /// What carries packets of a family.
    pub const fn of(family: Family) -> Self {
        match family {
            Family::V4 => Self::Ipv4,
            Family::V6 => Self::Ipv6,
        }
    }
}

/// Reads the Ethernet header of a frame.
///
/// # Errors
/// [`Malformed::Ethernet`] if the frame is shorter than the header.
pub fn read(frame: &[u8]) -> Result<Ethernet, Malformed> {
    let header = Ethernet2HeaderSlice::from_slice(frame).map_err(|_| Malformed::Ethernet)?;
    let kind = match header.ether_type() {
        EtherType::IPV4 => Kind::Ipv4,
        EtherType::IPV6 => Kind::Ipv6,
        EtherType::ARP => Kind::Arp,
        EtherType::VLAN_TAGGED_FRAME | EtherType::PROVIDER_BRIDGING | EtherType::VLAN_DOUBLE_TAGGED_FRAME => {
            Kind::Vlan
        }
        _ => Kind::Other,
    };
    Ok(Ethernet { destination: Mac(header.destination()), source: Mac(header.source()), kind })
}

/// An Ethernet header in bytes; `kind` must be IPv4, IPv6 or ARP.
#[inline]
pub const fn header(destination: Mac, source: Mac, kind: Kind) -> [u8; LEN] {
    let Mac([a, b, c, d, e, f]) = destination;
    let Mac([g, h, i, j, k, l]) = source;
    let [high, low] = match kind {
        Kind::Ipv6 => [0x86, 0xdd],
        Kind::Arp => [0x08, 0x06],
        _ => [0x08, 0x00],
    };
    [a, b, c, d, e, f, g, h, i, j, k, l, high, low]
}
