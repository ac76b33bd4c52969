//! Tunnels: the headers in front of a packet that travels inside another one, and what an ICMP error quotes of them.
//!
//! ```text
//! ipip   | IP  proto 4 or 41 |                                          packet
//! gre    | IP  proto 47      | flags, 0x0800 or 0x86dd  [sum, 0]      | packet    RFC 2784
//! gue    | IP  proto 17      | UDP  -> tunnel port | 0, 4 or 41, flags | packet   variant 0 of draft-ietf-intarea-gue
//! remcsum                                           | private flags, start, offset |
//! ```

use super::checksum::Sum;
use super::ip::{self, IpHead, NewV4};
use crate::lvs::{Family, Tunnel, TunnelChecksum};
use std::net::IpAddr;

/// Protocol number of IPv4 inside IP.
pub const IPV4_INSIDE: u8 = 4;
/// Protocol number of IPv6 inside IP.
pub const IPV6_INSIDE: u8 = 41;
/// Protocol number of GRE.
pub const GRE: u8 = 47;
const UDP: u8 = 17;

/// GRE: a checksum follows (RFC 2784 §2.1).
const GRE_CHECKSUM: u16 = 0x8000;
/// Ethernet types, as GRE names what is inside.
const ETHER_IPV4: u16 = 0x0800;
const ETHER_IPV6: u16 = 0x86dd;
/// GUE: private flags follow.
const GUE_PRIVATE: u16 = 0x0001;
/// GUE, private flags: the remote checksum offload's fields follow.
const GUE_REMOTE_CHECKSUM: u32 = 0x8000_0000;
/// Bytes that remote checksum offload adds: private flags, start and offset.
const REMOTE_LEN: usize = 8;

/// IPv6, UDP, GUE and its private fields.
const MAX_LEN: usize = 40 + 8 + 4 + REMOTE_LEN;

/// All that is put in front of a tunnelled packet: 20 to 60 bytes.
#[derive(Clone, Copy, Debug)]
pub struct OuterHeader {
    bytes: [u8; MAX_LEN],
    len: usize,
    ip_len: usize,
}

impl OuterHeader {
    /// All of it.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The IP header, 20 or 40 bytes.
    pub fn ip(&self) -> &[u8] {
        self.bytes.get(..self.ip_len).unwrap_or_default()
    }

    /// What stands between the IP header and the packet inside: it is cut along with that if the outer packet is.
    pub fn shim(&self) -> &[u8] {
        self.bytes.get(self.ip_len..self.len).unwrap_or_default()
    }
}

/// An unfinished transport checksum inside: where it is to be summed from, and where its field is, both in bytes from the
/// start of the packet inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Start of the transport header.
    pub start: u16,
    /// The checksum field.
    pub field: u16,
}

/// Bytes that a tunnel of this kind takes from the MTU toward a RIP of this family. `unfinished`: the transport checksum
/// inside is left to the far end, if the tunnel does that.
pub const fn outer_len(family: Family, tunnel: &Tunnel, unfinished: bool) -> usize {
    let ip = match family {
        Family::V4 => 20,
        Family::V6 => 40,
    };
    ip + match tunnel {
        Tunnel::Ipip => 0,
        Tunnel::Gre { checksum: TunnelChecksum::None } => 4,
        Tunnel::Gre { .. } => 8,
        Tunnel::Gue { checksum: TunnelChecksum::Remote, .. } if unfinished => 8 + 4 + REMOTE_LEN,
        Tunnel::Gue { .. } => 8 + 4,
    }
}

/// What an outer header says.
#[derive(Clone, Copy, Debug)]
pub struct Outer<'p> {
    /// What kind of tunnel.
    pub tunnel: Tunnel,
    /// The director's address toward the real server.
    pub source: IpAddr,
    /// RIP.
    pub destination: IpAddr,
    /// TTL or hop limit: that of the packet inside.
    pub ttl: u8,
    /// IPv4: no router may cut the outer packet.
    pub dont_fragment: bool,
    /// IPv4 identification.
    pub id: u16,
    /// GUE: UDP source port, the same for all packets of a flow.
    pub source_port: u16,
    /// The packet inside has an unfinished transport checksum, which stays unfinished (GUE with remote checksum offload).
    pub unfinished: Option<Unfinished>,
    /// The packet inside, in two parts of which the first is of even length.
    pub inner: [&'p [u8]; 2],
}

impl Outer<'_> {
    /// The header in front of a packet whose own header is `inner`.
    ///
    /// As IPVS: DSCP copied, ECN copied but CE becomes ECT(0); no flow label, no extension headers. `None` if the
    /// addresses' families differ or the packet is too long.
    pub fn header(&self, inner: &IpHead) -> Option<OuterHeader> {
        let family = Family::of(self.destination);
        let len = outer_len(family, &self.tunnel, self.unfinished.is_some());
        let ip_len = outer_len(family, &Tunnel::Ipip, false);
        let inner_len = self.inner.iter().map(|part| part.len()).sum::<usize>();
        let (inside, ether) = match inner.family() {
            Family::V4 => (IPV4_INSIDE, ETHER_IPV4),
            Family::V6 => (IPV6_INSIDE, ETHER_IPV6),
        };
        let protocol = match self.tunnel {
            Tunnel::Ipip => inside,
            Tunnel::Gre { .. } => GRE,
            Tunnel::Gue { .. } => UDP,
        };
        let tos = if inner.tos & 0x03 == 0x03 { inner.tos & 0xfc | 0x02 } else { inner.tos };
        let mut bytes = [0; MAX_LEN];
        let (first, shim) = bytes.get_mut(..len)?.split_at_mut_checked(ip_len)?;
        let payload_len = u16::try_from(shim.len() + inner_len).ok()?;
        match (self.source, self.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let header = NewV4 {
                    tos,
                    total_len: payload_len.checked_add(20)?,
                    id: self.id,
                    dont_fragment: self.dont_fragment,
                    more_fragments: false,
                    offset: 0,
                    ttl: self.ttl,
                    protocol,
                    source,
                    destination,
                };
                first.copy_from_slice(&header.to_bytes());
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                first.copy_from_slice(&ip::new_v6(tos, payload_len, protocol, self.ttl, source, destination));
            }
            _ => return None,
        }
        match self.tunnel {
            Tunnel::Ipip => {}
            Tunnel::Gre { checksum } => self.write_gre(shim, ether, checksum)?,
            Tunnel::Gue { port, checksum } => self.write_gue(shim, payload_len, port, inside, checksum)?,
        }
        Some(OuterHeader { bytes, len, ip_len })
    }

    /// The sum over what follows the outer IP header.
    fn sum(&self, start: Sum, shim: &[u8]) -> u16 {
        let [first, second] = self.inner;
        start.bytes(shim).bytes(first).bytes(second).finish()
    }

    fn write_gre(&self, shim: &mut [u8], ether: u16, checksum: TunnelChecksum) -> Option<()> {
        let flags = if checksum == TunnelChecksum::None { 0 } else { GRE_CHECKSUM };
        shim.get_mut(..2)?.copy_from_slice(&flags.to_be_bytes());
        shim.get_mut(2..4)?.copy_from_slice(&ether.to_be_bytes());
        if flags & GRE_CHECKSUM != 0 {
            let sum = self.sum(Sum::default(), shim);
            shim.get_mut(4..6)?.copy_from_slice(&sum.to_be_bytes());
        }
        Some(())
    }

    fn write_gue(
        &self,
        shim: &mut [u8],
        len: u16,
        port: u16,
        inside: u8,
        checksum: TunnelChecksum,
    ) -> Option<()> {
        let (udp, gue) = shim.split_at_mut_checked(8)?;
        udp.get_mut(..2)?.copy_from_slice(&self.source_port.to_be_bytes());
        udp.get_mut(2..4)?.copy_from_slice(&port.to_be_bytes());
        udp.get_mut(4..6)?.copy_from_slice(&len.to_be_bytes());
        // Variant 0, data; length of what follows these four bytes, in words.
        *gue.get_mut(1)? = inside;
        if let Some(Unfinished { start, field }) = self.unfinished {
            *gue.get_mut(0)? = u8::try_from(REMOTE_LEN / 4).ok()?;
            gue.get_mut(2..4)?.copy_from_slice(&GUE_PRIVATE.to_be_bytes());
            gue.get_mut(4..8)?.copy_from_slice(&GUE_REMOTE_CHECKSUM.to_be_bytes());
            gue.get_mut(8..10)?.copy_from_slice(&start.to_be_bytes());
            gue.get_mut(10..12)?.copy_from_slice(&field.to_be_bytes());
        }
        if checksum != TunnelChecksum::None {
            let pseudo = Sum::default().pseudo_header(self.source, self.destination, UDP, usize::from(len));
            let sum = match self.sum(pseudo, shim) {
                0 => 0xffff,
                sum => sum,
            };
            shim.get_mut(6..8)?.copy_from_slice(&sum.to_be_bytes());
        }
        Some(())
    }
}

/// A tunnelled IPv4 packet that an ICMP error quotes: what its outer headers say, and where the packet inside begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedTunnel {
    /// Where the outer packet came from.
    pub source: IpAddr,
    /// Where it went.
    pub destination: IpAddr,
    /// What kind of tunnel it is, as [`kind_of`] says of a configured one.
    pub kind: Kind,
    /// Length of the outer IP header in bytes.
    pub header_len: usize,
    /// Length of all outer headers in bytes, the IP header included.
    pub outer_len: usize,
}

/// A kind of tunnel, as far as an ICMP error tells it: outer protocol, and GUE's port.
pub type Kind = (u8, u16);

/// The kind of a tunnel that carries IPv4.
pub const fn kind_of(tunnel: &Tunnel) -> Kind {
    match tunnel {
        Tunnel::Ipip => (IPV4_INSIDE, 0),
        Tunnel::Gre { .. } => (GRE, 0),
        Tunnel::Gue { port, .. } => (UDP, *port),
    }
}

/// Reads what an ICMP error quotes, if that is an IPv4 packet inside a tunnel over IPv4: no other tunnel's errors mean
/// anything to IPVS. Later fragments, GRE with anything but a checksum, and GUE with anything but the remote checksum
/// offload's fields are none of ours. `packet` begins with the outer IP header.
pub fn read_quoted(packet: &[u8]) -> Option<QuotedTunnel> {
    let head = ip::read_quoted_v4(packet).ok().filter(|head| !head.is_later_fragment)?;
    let rest = packet.get(head.header_len..)?;
    let (kind, shim_len) = match head.protocol {
        IPV4_INSIDE => ((IPV4_INSIDE, 0), 0),
        GRE => {
            let [a, b, c, d] = *rest.first_chunk()?;
            let flags = u16::from_be_bytes([a, b]);
            if flags & !GRE_CHECKSUM != 0 || u16::from_be_bytes([c, d]) != ETHER_IPV4 {
                return None;
            }
            ((GRE, 0), if flags == 0 { 4 } else { 8 })
        }
        UDP => {
            let [_, _, high, low, _, _, _, _, first, inside, ..] = *rest.first_chunk::<12>()?;
            // Variant 0 and no control message.
            if first & 0xe0 != 0 || inside != IPV4_INSIDE {
                return None;
            }
            ((UDP, u16::from_be_bytes([high, low])), 12 + usize::from(first & 0x1f) * 4)
        }
        _ => return None,
    };
    Some(QuotedTunnel {
        source: head.source,
        destination: head.destination,
        kind,
        header_len: head.header_len,
        outer_len: head.header_len + shim_len,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::transport;

    fn inner_packet(tos: u8) -> (Vec<u8>, IpHead) {
        let header = NewV4 {
            tos,
            total_len: 40,
            id: 77,
            dont_fragment: true,
            more_fragments: false,
            offset: 0,
            ttl: 63,
            protocol: 6,
            source: [172, 16, 0, 5].into(),
            destination: [10, 9, 0, 100].into(),
        };
        let mut packet = header.to_bytes().to_vec();
        packet
            .extend_from_slice(&[0x9c, 0x41, 0, 80, 0, 0, 3, 0xe8, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0, 0, 0, 0]);
        let head = ip::read_v4(&packet).unwrap();
        (packet, head)
    }

    fn outer<'p>(tunnel: Tunnel, packet: &'p [u8], v6: bool) -> Outer<'p> {
        let [source, destination] = if v6 { ["fd00:9::2", "fd00:9::b"] } else { ["10.9.0.2", "10.9.0.11"] };
        Outer {
            tunnel,
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
            ttl: 63,
            dont_fragment: true,
            id: 0,
            source_port: 33_038,
            unfinished: None,
            inner: [packet, &[]],
        }
    }

    const GUE: Tunnel = Tunnel::Gue { port: 6080, checksum: TunnelChecksum::Full };

    #[test]
    fn outer_header_follows_the_inner() {
        let (packet, head) = inner_packet(0xbb); // DSCP 46, ECN CE
        let outer = outer(Tunnel::Ipip, &packet, false);
        let mut whole = outer.header(&head).unwrap().as_bytes().to_vec();
        whole.extend_from_slice(&packet);
        let read = ip::read_v4(&whole).unwrap();
        assert_eq!(
            (read.source, read.destination, read.protocol),
            (outer.source, outer.destination, IPV4_INSIDE)
        );
        assert_eq!((read.ttl, read.tos, read.packet_len, read.dont_fragment), (63, 0xba, 60, true));
        let long = vec![0; 65_516];
        assert!(Outer { inner: [&packet, &long], ..outer }.header(&head).is_none());
        assert!(Outer { destination: "fd00::1".parse().unwrap(), ..outer }.header(&head).is_none());
    }

    /// The bytes that Linux 6.1 put in front of a SYN, by the tunnel's options.
    #[test]
    fn shims_as_the_kernel_writes_them() {
        let (packet, head) = inner_packet(0);
        let shim = |tunnel, v6| outer(tunnel, &packet, v6).header(&head).unwrap().shim().to_vec();
        assert_eq!(shim(Tunnel::Gre { checksum: TunnelChecksum::None }, false), [0, 0, 8, 0]);
        let gre = shim(Tunnel::Gre { checksum: TunnelChecksum::Full }, false);
        assert_eq!((gre.len(), &gre[..4], &gre[6..]), (8, &[0x80, 0, 8, 0][..], &[0, 0][..]));
        assert_eq!(Sum::default().bytes(&gre).bytes(&packet).finish(), 0);
        let plain = shim(Tunnel::Gue { port: 6080, checksum: TunnelChecksum::None }, true);
        assert_eq!(plain, [0x81, 0x0e, 0x17, 0xc0, 0, 52, 0, 0, 0, 4, 0, 0]);
        for v6 in [false, true] {
            let (outer, mut udp) = (outer(GUE, &packet, v6), shim(GUE, v6));
            assert_eq!(udp[8..], [0, 4, 0, 0]);
            udp.extend_from_slice(&packet);
            let mut says = head;
            (says.source, says.destination) = (outer.source, outer.destination);
            assert!(
                udp[6..8] != [0, 0] && transport::checksum_is_right(&says, crate::lvs::Protocol::Udp, &udp)
            );
        }
        let remote = Tunnel::Gue { port: 6080, checksum: TunnelChecksum::Remote };
        let unfinished = Some(Unfinished { start: 20, field: 36 });
        let bytes = Outer { unfinished, ..outer(remote, &packet, false) }.header(&head).unwrap();
        assert_eq!(bytes.shim()[8..], [2, 4, 0, 1, 0x80, 0, 0, 0, 0, 0x14, 0, 0x24]);
        assert_eq!(bytes.as_bytes().len(), outer_len(Family::V4, &remote, true));
    }

    #[test]
    fn what_an_error_quotes_is_found_again() {
        let (packet, head) = inner_packet(0);
        for tunnel in [
            Tunnel::Ipip,
            Tunnel::Gre { checksum: TunnelChecksum::None },
            Tunnel::Gre { checksum: TunnelChecksum::Full },
            GUE,
        ] {
            let outer = outer(tunnel, &packet, false);
            let header = outer.header(&head).unwrap();
            let mut whole = header.as_bytes().to_vec();
            whole.extend_from_slice(&packet[..24]);
            let quoted = read_quoted(&whole).unwrap();
            assert_eq!((quoted.source, quoted.destination), (outer.source, outer.destination));
            assert_eq!((quoted.kind, quoted.outer_len), (kind_of(&tunnel), header.as_bytes().len()));
            for len in 0..header.as_bytes().len() {
                let _ = read_quoted(&whole[..len]);
            }
            assert_eq!(read_quoted(&whole[..19]), None);
        }
        // GRE with a key, GUE that carries IPv6.
        let gre =
            outer(Tunnel::Gre { checksum: TunnelChecksum::None }, &packet, false).header(&head).unwrap();
        let mut whole = gre.as_bytes().to_vec();
        whole[20] = 0x20;
        assert_eq!(read_quoted(&whole), None);
        let mut whole = outer(GUE, &packet, false).header(&head).unwrap().as_bytes().to_vec();
        whole[29] = IPV6_INSIDE;
        assert_eq!(read_quoted(&whole), None);
    }
}
