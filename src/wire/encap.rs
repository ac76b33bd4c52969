//! IP-in-IP (RFC 2003, RFC 2473): the outer header.

use super::ip::{self, IpHead, NewV4};
use crate::lvs::Family;
use std::net::IpAddr;

/// Protocol number of IPv4 inside IP.
pub const IPV4_INSIDE: u8 = 4;
/// Protocol number of IPv6 inside IP.
pub const IPV6_INSIDE: u8 = 41;

/// An outer header, 20 or 40 bytes.
#[derive(Clone, Copy, Debug)]
pub struct OuterHeader {
    bytes: [u8; 40],
    len: usize,
}

impl OuterHeader {
    /// The header.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Length in bytes of the outer header toward a RIP of this family.
pub const fn outer_len(family: Family) -> usize {
    match family {
        Family::V4 => 20,
        Family::V6 => 40,
    }
}

/// The outer header for an inner packet of `inner_len` bytes whose header was `inner` (with `ttl` as it is inside, already decremented).
///
/// As IPVS: TTL copied from the inner header, DSCP copied, ECN copied but CE becomes ECT(0), DF copied from the inner
/// header. `None` if the addresses' families differ or the packet is too long.
pub fn outer_header(
    inner: &IpHead,
    inner_len: usize,
    ttl: u8,
    id: u16,
    source: IpAddr,
    destination: IpAddr,
) -> Option<OuterHeader> {
    let protocol = match inner.family() {
        Family::V4 => IPV4_INSIDE,
        Family::V6 => IPV6_INSIDE,
    };
    let tos = if inner.tos & 0x03 == 0x03 { inner.tos & 0xfc | 0x02 } else { inner.tos };
    let mut bytes = [0; 40];
    let len = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let header = NewV4 {
                tos,
                total_len: u16::try_from(20 + inner_len).ok()?,
                id,
                dont_fragment: inner.dont_fragment,
                more_fragments: false,
                offset: 0,
                ttl,
                protocol,
                source,
                destination,
            };
            bytes[..20].copy_from_slice(&header.to_bytes());
            20
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let payload = u16::try_from(inner_len).ok()?;
            bytes = ip::new_v6(tos, payload, protocol, ttl, source, destination);
            40
        }
        _ => return None,
    };
    Some(OuterHeader { bytes, len })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outer_header_follows_the_inner() {
        let inner_bytes = NewV4 {
            tos: 0xbb, // DSCP 46, ECN CE
            total_len: 40,
            id: 77,
            dont_fragment: true,
            more_fragments: false,
            offset: 0,
            ttl: 64,
            protocol: 6,
            source: [172, 16, 0, 5].into(),
            destination: [10, 9, 0, 100].into(),
        }
        .to_bytes();
        let mut packet = inner_bytes.to_vec();
        packet.resize(40, 0);
        let inner = ip::read_v4(&packet).unwrap();
        let (dip, rip) = (IpAddr::from([10, 9, 0, 2]), IpAddr::from([10, 9, 0, 12]));
        let outer = outer_header(&inner, 40, 63, 9, dip, rip).unwrap();
        let mut whole = outer.as_bytes().to_vec();
        whole.extend_from_slice(&packet);
        let head = ip::read_v4(&whole).unwrap();
        assert_eq!((head.source, head.destination, head.protocol), (dip, rip, IPV4_INSIDE));
        assert_eq!((head.ttl, head.tos, head.packet_len, head.dont_fragment), (63, 0xba, 60, true));
        assert!(outer_header(&inner, 65_530, 63, 9, dip, rip).is_none());
        assert!(outer_header(&inner, 40, 63, 9, dip, "fd00::1".parse().unwrap()).is_none());
    }
}
