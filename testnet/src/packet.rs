//! Reading a captured frame: Ethernet, IP, a tunnel's headers, TCP. Deliberately not the director's own parser: a witness must
//! not share the mistakes of the accused.

use crate::checksum::{fold, pseudo, sum};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ulvs::lvs::Mac;

const TCP: u8 = 6;
/// UDP, which GUE is in.
pub const UDP: u8 = 17;
/// IPv4 in IP.
pub const IPIP: u8 = 4;
/// IPv6 in IP.
pub const IPV6: u8 = 41;
/// Generic routing encapsulation.
pub const GRE: u8 = 47;
/// The lab's UDP port for GUE: IANA's.
pub const GUE_PORT: u16 = 6080;

/// What stands between a tunnel's outer IP header and the packet within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Nothing (IP in IP).
    Nothing,
    /// A GRE header.
    Gre {
        /// With a checksum.
        is_summed: bool,
    },
    /// UDP to [`GUE_PORT`] and a GUE header.
    Gue {
        /// With a UDP checksum.
        is_summed: bool,
    },
}

impl Between {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "IP in IP",
            Self::Gre { is_summed: false } => "GRE",
            Self::Gre { is_summed: true } => "GRE with a checksum",
            Self::Gue { is_summed: false } => "UDP, GUE",
            Self::Gue { is_summed: true } => "UDP with a checksum, GUE",
        }
    }

    /// Reads it; it and the packet behind. `None` if this is no tunnel, or one that the lab does not know.
    fn read<'r>(outer: &Ip, rest: &'r [u8]) -> Option<(Self, &'r [u8])> {
        match outer.protocol {
            IPIP | IPV6 => Some((Self::Nothing, rest)),
            GRE => {
                let is_summed = rest.first()? & 0x80 != 0;
                Some((Self::Gre { is_summed }, rest.get(if is_summed { 8 } else { 4 }..)?))
            }
            UDP if rest.get(2..4)? == GUE_PORT.to_be_bytes() => {
                let is_summed = rest.get(6..8)? != [0, 0];
                let len = 4 + usize::from(rest.get(8)? & 0x1f) * 4;
                Some((Self::Gue { is_summed }, rest.get(8 + len..)?))
            }
            _ => None,
        }
    }
}

/// An IP header's fields that the lab looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ip {
    /// Source.
    pub from: IpAddr,
    /// Destination.
    pub to: IpAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// Protocol or next header.
    pub protocol: u8,
    /// Length of the whole packet in bytes as the header states it.
    pub total_len: usize,
}

/// A TCP header's fields that the lab looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp {
    /// Source port.
    pub from: u16,
    /// Destination port.
    pub to: u16,
    /// Sequence number.
    pub seq: u32,
    /// Flag byte.
    pub flags: u8,
    /// Payload in bytes.
    pub payload_len: usize,
}

impl Tcp {
    /// SYN without ACK.
    pub const fn is_first(&self) -> bool {
        self.flags & 0x12 == 0x02
    }

    /// The flags that are set, in words.
    pub fn flag_names(&self) -> String {
        let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
        let set = names.iter().enumerate().filter(|(bit, _)| self.flags >> bit & 1 == 1);
        set.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
    }
}

/// A frame of TCP, perhaps in a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Ethernet source.
    pub mac_from: Mac,
    /// Ethernet destination.
    pub mac_to: Mac,
    /// The tunnel's header, if there is one.
    pub outer: Option<Ip>,
    /// What follows the tunnel's header.
    pub between: Option<Between>,
    /// The header of what the client and the real server say to each other.
    pub ip: Ip,
    /// TCP.
    pub tcp: Tcp,
}

impl Packet {
    /// Reads a frame; `None` for anything but TCP over IPv4 or IPv6, plain or in one tunnel.
    pub fn read(frame: &[u8]) -> Option<Self> {
        let mac = |at: usize| -> Option<Mac> { Some(Mac(frame.get(at..at + 6)?.try_into().ok()?)) };
        let (first, mut rest) = match frame.get(12..14)? {
            [0x08, 0x00] | [0x86, 0xdd] => read_ip(frame.get(14..)?)?,
            _ => return None,
        };
        let (mut outer, mut between, mut ip) = (None, None, first);
        if let Some((header, inside)) = Between::read(&first, rest) {
            (outer, between) = (Some(first), Some(header));
            (ip, rest) = read_ip(inside)?;
        }
        (ip.protocol == TCP).then_some(())?;
        let header_len = usize::from(rest.get(12)? >> 4) * 4;
        let ip_header_len = if ip.from.is_ipv4() { 20 } else { 40 };
        let word =
            |at: usize| -> Option<u16> { Some(u16::from_be_bytes([*rest.get(at)?, *rest.get(at + 1)?])) };
        let tcp = Tcp {
            from: word(0)?,
            to: word(2)?,
            seq: u32::from(word(4)?) << 16 | u32::from(word(6)?),
            flags: *rest.get(13)?,
            // By the stated length (the capture may be cut short); the lab's hosts send no IP options.
            payload_len: ip.total_len.saturating_sub(ip_header_len + header_len),
        };
        Some(Self { mac_to: mac(0)?, mac_from: mac(6)?, outer, between, ip, tcp })
    }
}

/// Reads an IP header; it and what follows.
fn read_ip(packet: &[u8]) -> Option<(Ip, &[u8])> {
    let length = |at: usize| -> Option<usize> {
        Some(usize::from(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?])))
    };
    match packet.first()? >> 4 {
        4 => {
            let header_len = usize::from(packet[0] & 0x0f) * 4;
            let addr = |at: usize| -> Option<IpAddr> {
                Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?).into())
            };
            let ip = Ip {
                from: addr(12)?,
                to: addr(16)?,
                ttl: *packet.get(8)?,
                protocol: *packet.get(9)?,
                total_len: length(2)?,
            };
            Some((ip, packet.get(header_len..)?))
        }
        6 => {
            let addr = |at: usize| -> Option<IpAddr> {
                Some(Ipv6Addr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?).into())
            };
            let ip = Ip {
                from: addr(8)?,
                to: addr(24)?,
                ttl: *packet.get(7)?,
                protocol: *packet.get(6)?,
                total_len: 40 + length(4)?,
            };
            Some((ip, packet.get(40..)?))
        }
        _ => None,
    }
}

/// Finishes the TCP or UDP checksum of an IP packet whose sender left it to the network card: such a checksum field
/// holds the sum of the pseudo-header only. Any other value is left as it is, right or wrong.
pub fn finish_checksum(packet: &mut [u8]) {
    let Some((ip, rest)) = read_ip(packet) else { return };
    let at = packet.len() - rest.len();
    // A fragment's payload has no transport header to finish.
    if ip.from.is_ipv4() && (packet[6] & 0x3f != 0 || packet[7] != 0) {
        return;
    }
    let field = match ip.protocol {
        TCP => at + 16,
        UDP => at + 6,
        _ => return,
    };
    let segment_len = (at + rest.len()).min(ip.total_len).saturating_sub(at);
    if field + 2 > at + segment_len {
        return;
    }
    let stored = u16::from_be_bytes([packet[field], packet[field + 1]]);
    if stored != fold(pseudo(ip.from, ip.to, ip.protocol, segment_len)) {
        return;
    }
    // The field itself holds the pseudo-header's sum, so summing the segment as it is sums everything.
    let whole = sum(&packet[at..at + segment_len]);
    let finished = match !fold(whole) {
        0 => 0xffff,
        sum => sum,
    };
    packet[field..field + 2].copy_from_slice(&finished.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYN from 10.1.0.10:40000 to 10.2.0.100:80, its checksum unfinished.
    fn unfinished() -> Vec<u8> {
        let mut packet = vec![
            0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 1, 0, 10, 10, 2, 0, 100, // IP
            0x9c, 0x40, 0, 80, 0, 0, 0, 7, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0, // TCP
        ];
        let pseudo = 0x0a01 + 0x000a + 0x0a02 + 0x0064 + 6 + 20;
        packet[36..38].copy_from_slice(&u16::to_be_bytes(pseudo));
        packet
    }

    fn tcp_sum(packet: &[u8]) -> u16 {
        let pseudo = 0x0a01 + 0x000a + 0x0a02 + 0x0064 + 6 + 20;
        fold(pseudo + packet[20..].chunks(2).map(|p| u32::from(p[0]) << 8 | u32::from(p[1])).sum::<u32>())
    }

    #[test]
    fn an_unfinished_checksum_is_finished_and_a_wrong_one_stays_wrong() {
        let mut packet = unfinished();
        finish_checksum(&mut packet);
        assert_eq!(tcp_sum(&packet), 0xffff);
        let finished = packet.clone();
        finish_checksum(&mut packet);
        assert_eq!(packet, finished, "a finished one is not touched");
        packet[37] ^= 1;
        let wrong = packet.clone();
        finish_checksum(&mut packet);
        assert_eq!(packet, wrong);
    }

    #[test]
    fn reads_a_packet_in_a_tunnel_and_no_cut_one() {
        let inner = unfinished();
        let mut frame = vec![2, 0, 0, 0, 11, 0, 2, 0, 0, 0, 3, 0, 0x08, 0];
        frame.extend_from_slice(&[0x45, 0, 0, 60, 0, 1, 0, 0, 63, 4, 0, 0, 10, 2, 0, 2, 10, 3, 0, 11]);
        frame.extend_from_slice(&inner);
        let packet = Packet::read(&frame).expect("a tunnelled SYN");
        assert_eq!(packet.outer.map(|o| o.to.to_string()).as_deref(), Some("10.3.0.11"));
        assert_eq!(packet.between, Some(Between::Nothing));
        assert_eq!(packet.ip.to.to_string(), "10.2.0.100");
        assert_eq!((packet.tcp.from, packet.tcp.to, packet.tcp.payload_len), (40000, 80, 0));
        assert!(packet.tcp.is_first());
        for len in 0..frame.len() - 6 {
            assert_eq!(Packet::read(&frame[..len]), None, "{len} bytes");
        }
    }

    #[test]
    fn reads_what_is_behind_gre_and_gue() {
        let gue_port = GUE_PORT.to_be_bytes();
        let udp = |sum: u8| [0xc0, 0, gue_port[0], gue_port[1], 0, 52, 0, sum, 0, IPIP, 0, 0];
        for (protocol, header, between) in [
            (GRE, &[0, 0, 8, 0][..], Between::Gre { is_summed: false }),
            (GRE, &[0x80, 0, 8, 0, 1, 2, 0, 0], Between::Gre { is_summed: true }),
            (UDP, &udp(0), Between::Gue { is_summed: false }),
            (UDP, &udp(9), Between::Gue { is_summed: true }),
        ] {
            let mut frame = vec![2, 0, 0, 0, 11, 0, 2, 0, 0, 0, 3, 0, 0x08, 0];
            frame.extend_from_slice(&[
                0x45, 0, 0, 60, 0, 1, 0, 0, 63, protocol, 0, 0, 10, 2, 0, 2, 10, 3, 0, 11,
            ]);
            frame.extend_from_slice(header);
            frame.extend_from_slice(&unfinished());
            let packet = Packet::read(&frame).expect("a tunnelled SYN");
            assert_eq!(packet.between, Some(between));
            assert_eq!((packet.ip.to.to_string().as_str(), packet.tcp.to), ("10.2.0.100", 80), "{between:?}");
        }
    }
}
