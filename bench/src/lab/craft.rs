//! Frames of the load, and the stamps in them.

use super::spec::Kind;
use std::net::{IpAddr, Ipv4Addr};
use ulvs::lvs::Mac;
use ulvs::wire::checksum::Sum;

/// Ethernet's check sequence, which counts in a frame's size and is not there on virtual cables.
const FCS: usize = 4;
/// Bytes before the IP packet.
pub const ETHERNET_LEN: usize = 14;
/// Bytes of an IPv4 header without options.
pub const IP_LEN: usize = 20;
const UDP_LEN: usize = 8;
const TCP_LEN: usize = 20;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
/// Bytes of a stamp: all 64 bits of it in a datagram, and 32 in a segment.
pub const UDP_STAMP: usize = 8;
/// As above.
pub const TCP_STAMP: usize = 4;

/// To whom frames go.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// From which interface.
    pub from: Mac,
    /// To which.
    pub to: Mac,
    /// To which address.
    pub vip: Ipv4Addr,
}

/// What distinguishes a packet from others of its mold.
#[derive(Clone, Copy, Debug)]
pub struct Packet {
    /// Whose it is.
    pub source: (Ipv4Addr, u16),
    /// IPv4 identification.
    pub id: u16,
    /// Bytes of its TCP stream that were before.
    pub before: u32,
    /// When it is sent: nanoseconds since 1970; 0: not stamped.
    pub stamp_ns: u64,
}

/// Frames of one kind and one size.
#[derive(Debug)]
pub struct Mold {
    kind: Kind,
    to: Ipv4Addr,
    /// Bytes of the transport's part.
    len: usize,
    /// Sum of what is behind the part that differs.
    tail: Sum,
    frames: Vec<Box<[u8]>>,
}

impl Mold {
    /// For so many frames at a time, of this size with check sequence.
    pub fn new(kind: Kind, size: u16, port: u16, route: Route, count: usize) -> Self {
        let mut frame = vec![0x5a; usize::from(size) - FCS];
        let (ethernet, packet) = frame.split_at_mut(ETHERNET_LEN);
        ethernet[..6].copy_from_slice(&route.to.0);
        ethernet[6..12].copy_from_slice(&route.from.0);
        ethernet[12..].copy_from_slice(&[8, 0]);
        // A SYN has no data; what is behind it is padding.
        let len = if kind == Kind::Syn { TCP_LEN } else { packet.len() - IP_LEN };
        let (ip, rest) = packet.split_at_mut(IP_LEN);
        ip.fill(0);
        ip[0] = 0x45;
        ip[2..4].copy_from_slice(&((IP_LEN + len) as u16).to_be_bytes());
        (ip[6], ip[8], ip[9]) = (0x40, 64, kind.protocol().number());
        ip[16..].copy_from_slice(&route.vip.octets());
        if kind == Kind::Udp {
            rest[4..6].copy_from_slice(&(len as u16).to_be_bytes());
        } else {
            rest[..TCP_LEN].fill(0);
            (rest[12], rest[14]) = (5 << 4, 0x40); // header length in words, window
        }
        if kind == Kind::Syn {
            rest.fill(0);
            (rest[12], rest[14]) = (5 << 4, 0x40);
        }
        rest[2..4].copy_from_slice(&port.to_be_bytes());
        let tail = Sum::default().bytes(&rest[head_len(kind)..len]);
        Self { kind, to: route.vip, len, tail, frames: vec![frame.into_boxed_slice(); count] }
    }

    /// Bytes of a segment's data.
    pub fn data_len(&self) -> usize {
        self.len - TCP_LEN
    }

    /// The frame of this number.
    pub fn frame(&self, number: usize) -> &[u8] {
        &self.frames[number]
    }

    /// Makes the frame of this number this packet.
    pub fn make(&mut self, number: usize, packet: &Packet) {
        let Self { kind, to, len, tail, frames } = self;
        let (ip, rest) = frames[number][ETHERNET_LEN..].split_at_mut(IP_LEN);
        let (client, port) = packet.source;
        ip[4..6].copy_from_slice(&packet.id.to_be_bytes());
        ip[10..12].fill(0);
        ip[12..16].copy_from_slice(&client.octets());
        let sum = Sum::default().bytes(ip).finish();
        ip[10..12].copy_from_slice(&sum.to_be_bytes());
        rest[..2].copy_from_slice(&port.to_be_bytes());
        let sum_at = if *kind == Kind::Udp { 6 } else { 16 };
        rest[sum_at..sum_at + 2].fill(0);
        match *kind {
            Kind::Udp => rest[UDP_LEN..][..UDP_STAMP].copy_from_slice(&packet.stamp_ns.to_be_bytes()),
            // A first sequence number may be anything.
            Kind::Syn => {
                rest[13] = SYN;
                rest[4..8].copy_from_slice(&(packet.stamp_ns as u32).to_be_bytes());
            }
            Kind::Established => {
                rest[13] = ACK;
                rest[4..8].copy_from_slice(&packet.before.wrapping_add(1).to_be_bytes());
                rest[8..12].copy_from_slice(&1u32.to_be_bytes());
                rest[TCP_LEN..][..TCP_STAMP].copy_from_slice(&(packet.stamp_ns as u32).to_be_bytes());
            }
        }
        let (client, server, protocol) = (IpAddr::V4(client), IpAddr::V4(*to), kind.protocol().number());
        let sum = tail.pseudo_header(client, server, protocol, *len).bytes(&rest[..head_len(*kind)]).finish();
        // In UDP 0 would say that there is none.
        let sum = if sum == 0 && *kind == Kind::Udp { 0xffff } else { sum };
        rest[sum_at..sum_at + 2].copy_from_slice(&sum.to_be_bytes());
    }
}

/// Bytes of the transport's part that differ from packet to packet.
const fn head_len(kind: Kind) -> usize {
    match kind {
        Kind::Udp => UDP_LEN + UDP_STAMP,
        Kind::Syn => TCP_LEN,
        Kind::Established => TCP_LEN + TCP_STAMP,
    }
}

/// How long ago a packet was stamped, at `now_ns`: by its stamp's lower 32 bits, for up to four seconds.
pub fn age_of_short(stamp: u32, now_ns: u64) -> u64 {
    u64::from((now_ns as u32).wrapping_sub(stamp))
}

#[cfg(test)]
mod tests {
    use super::*;
    use testnet::checksum::{fold, pseudo, sum};

    #[test]
    fn frames_of_every_kind_and_size_have_right_checksums() {
        let route = Route { from: Mac([2; 6]), to: Mac([4; 6]), vip: Ipv4Addr::new(10, 1, 0, 100) };
        for (kind, sizes) in
            [(Kind::Udp, &[64, 65, 594, 1518][..]), (Kind::Syn, &[64]), (Kind::Established, &[64, 67, 1518])]
        {
            for &size in sizes {
                let mut mold = Mold::new(kind, size, 80, route, 2);
                for (number, before) in [(0, 0), (1, 7), (0, u32::MAX)] {
                    let source = (Ipv4Addr::new(10, 64, 1, 2), 1024 + number as u16);
                    let stamp_ns = 0x0123_4567_89ab_cdef;
                    mold.make(number, &Packet { source, id: 9, before, stamp_ns });
                    let frame = mold.frame(number);
                    assert_eq!(frame.len(), usize::from(size) - 4);
                    let (ip, rest) = frame[14..].split_at(20);
                    let len = usize::from(u16::from_be_bytes([ip[2], ip[3]])) - 20;
                    assert_eq!(fold(sum(ip)), 0xffff);
                    let (from, to) = (IpAddr::V4(source.0), IpAddr::V4(route.vip));
                    let all = pseudo(from, to, ip[9], len) + sum(&rest[..len]);
                    assert_eq!(fold(all), 0xffff, "{kind:?} {size} {before}");
                    assert_eq!(rest[..4], [source.1.to_be_bytes(), 80u16.to_be_bytes()].concat());
                    if kind != Kind::Udp {
                        assert_eq!(rest[13], if kind == Kind::Syn { SYN } else { ACK });
                    }
                }
            }
        }
    }

    #[test]
    fn short_stamps_wrap() {
        assert_eq!(age_of_short(u32::MAX - 4, (7 << 32) | 5), 10);
    }
}
