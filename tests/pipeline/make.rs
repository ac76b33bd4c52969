//! Makes frames as the machines around the director send them.

use std::net::{IpAddr, SocketAddr};
use ulvs::frame::{FrameMeta, PacketType, VnetHeader};
use ulvs::lvs::{Mac, PortId};

pub const DIRECTOR: Mac = Mac([2, 0, 0, 0, 0, 0xfe]);
pub const GATEWAY: Mac = Mac([2, 0, 0, 0, 0, 1]);

/// MAC of real server number `i`.
pub const fn server_mac(i: u8) -> Mac {
    Mac([2, 0, 0, 0, 1, i])
}

/// One received frame.
#[derive(Clone, Debug)]
pub struct Given {
    pub bytes: Vec<u8>,
    pub meta: FrameMeta,
}

impl Given {
    /// A frame of these bytes, whole, with nothing left undone.
    pub fn raw(bytes: Vec<u8>) -> Self {
        let packet_type = match bytes.get(..6) {
            Some([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) => PacketType::Broadcast,
            Some(mac) if mac == DIRECTOR.0 => PacketType::Host,
            Some([first, ..]) if first & 1 != 0 => PacketType::Multicast,
            _ => PacketType::OtherHost,
        };
        let meta = FrameMeta {
            port: PortId(0),
            packet_type,
            vlan: None,
            wire_len: u32::try_from(bytes.len()).unwrap(),
            vnet: VnetHeader::default(),
            stamp_ns: 0,
        };
        Self { bytes, meta }
    }

    /// The same frame with other bytes and the same length on the wire.
    pub fn with_bytes(&self, bytes: Vec<u8>) -> Self {
        let meta = FrameMeta { wire_len: u32::try_from(bytes.len()).unwrap(), ..self.meta };
        Self { bytes, meta }
    }

    pub fn edit(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        change(&mut self.bytes);
        self.meta.wire_len = u32::try_from(self.bytes.len()).unwrap();
        self
    }

    pub fn meta(mut self, change: impl FnOnce(&mut FrameMeta)) -> Self {
        change(&mut self.meta);
        self
    }

    pub fn vnet(self, change: impl FnOnce(&mut VnetHeader)) -> Self {
        self.meta(|meta| change(&mut meta.vnet))
    }
}

impl From<Make> for Given {
    fn from(make: Make) -> Self {
        make.frame()
    }
}

#[derive(Clone, Debug)]
pub enum Kind {
    Tcp {
        flags: u8,
        seq: u32,
        ack: u32,
        options: Vec<u8>,
    },
    Udp,
    /// Type, code and the four bytes behind the checksum.
    Icmp(u8, u8, [u8; 4]),
    Other(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    Right,
    /// Off by one.
    Wrong,
    /// UDP's zero.
    Absent,
    /// Unfinished: the pseudo-header's sum.
    Partial,
}

/// A frame in the making. The defaults are those of the recordings.
#[derive(Clone, Debug)]
pub struct Make {
    pub to_mac: Mac,
    pub from_mac: Mac,
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub ttl: u8,
    pub tos: u8,
    pub id: u16,
    pub df: bool,
    pub more: bool,
    /// Fragment offset in units of 8 bytes.
    pub offset: u16,
    /// IPv4 options, a multiple of 4.
    pub options: Vec<u8>,
    /// IPv6 extension headers: the first one's number and all their bytes (the last must name the transport).
    pub extensions: Option<(u8, Vec<u8>)>,
    pub kind: Kind,
    pub payload: Vec<u8>,
    pub checksum: Checksum,
    /// Payload bytes per segment of a super-frame.
    pub gso: Option<u16>,
}

fn make(from_mac: Mac, source: &str, destination: &str, kind: Kind) -> Make {
    Make {
        to_mac: DIRECTOR,
        from_mac,
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        ttl: 64,
        tos: 0,
        id: 77,
        df: true,
        more: false,
        offset: 0,
        options: Vec::new(),
        extensions: None,
        kind,
        payload: Vec::new(),
        checksum: Checksum::Right,
        gso: None,
    }
}

fn flag_bits(flags: &str) -> u8 {
    flags.chars().map(|flag| 1 << "FSRPAUEC".find(flag).unwrap()).sum()
}

/// A client's segment, by way of the gateway: flags as in `"FPU"`.
pub fn tcp(client: &str, virt: &str, flags: &str) -> Make {
    make(GATEWAY, client, virt, Kind::Tcp { flags: flag_bits(flags), seq: 1000, ack: 0, options: Vec::new() })
}

/// A real server's segment to a client.
pub fn tcp_reply(i: u8, real: &str, client: &str, flags: &str) -> Make {
    let kind = Kind::Tcp { flags: flag_bits(flags), seq: 5000, ack: 1001, options: Vec::new() };
    Make { id: 99, ..make(server_mac(i), real, client, kind) }
}

/// A client's datagram.
pub fn udp(client: &str, virt: &str, payload: &[u8]) -> Make {
    Make { id: 78, df: false, payload: payload.to_vec(), ..make(GATEWAY, client, virt, Kind::Udp) }
}

/// A real server's datagram to a client.
pub fn udp_reply(i: u8, real: &str, client: &str, payload: &[u8]) -> Make {
    Make { id: 5, df: false, payload: payload.to_vec(), ..make(server_mac(i), real, client, Kind::Udp) }
}

/// An ICMP or ICMPv6 message.
pub fn icmp(from: &str, to: &str, kind: u8, code: u8, rest: [u8; 4], payload: &[u8]) -> Make {
    let endpoint = |addr: &str| SocketAddr::new(addr.parse().unwrap(), 0).to_string();
    let make = make(GATEWAY, &endpoint(from), &endpoint(to), Kind::Icmp(kind, code, rest));
    Make { id: 1, df: false, payload: payload.to_vec(), ..make }
}

/// A ping, id 7, sequence number 1.
pub fn ping(from: &str, to: &str) -> Make {
    let kind = if from.contains(':') { 128 } else { 8 };
    icmp(from, to, kind, 0, [0, 7, 0, 1], b"ping")
}

/// A neighbour solicitation for `target`, to its solicited-node group.
pub fn solicitation(asker: &str, target: &str) -> Make {
    let IpAddr::V6(target) = target.parse().unwrap() else { panic!("{target} is no IPv6 address") };
    let [.., a, b, c] = target.octets();
    let group = format!("ff02::1:ff{a:02x}:{b:02x}{c:02x}");
    let mut message = target.octets().to_vec();
    if asker != "::" {
        message.extend_from_slice(&[1, 1]);
        message.extend_from_slice(&GATEWAY.0);
    }
    let to_mac = Mac([0x33, 0x33, 0xff, a, b, c]);
    Make { to_mac, ttl: 255, ..icmp(asker, &group, 135, 0, [0; 4], &message) }
}

/// An ARP packet, broadcast; `operation` 1: request, 2: reply.
pub fn arp(operation: u8, from_mac: Mac, sender: [u8; 4], target: [u8; 4]) -> Given {
    let mut bytes = vec![0xff; 6];
    bytes.extend_from_slice(&from_mac.0);
    bytes.extend_from_slice(&[8, 6, 0, 1, 8, 0, 6, 4, 0, operation]);
    bytes.extend_from_slice(&from_mac.0);
    bytes.extend_from_slice(&sender);
    bytes.extend_from_slice(&[0; 6]);
    bytes.extend_from_slice(&target);
    Given::raw(bytes)
}

impl Make {
    pub fn seq(mut self, new_seq: u32, new_ack: u32) -> Self {
        if let Kind::Tcp { seq, ack, .. } = &mut self.kind {
            (*seq, *ack) = (new_seq, new_ack);
        }
        self
    }

    pub fn payload(self, payload: &[u8]) -> Self {
        Self { payload: payload.to_vec(), ..self }
    }

    /// So many bytes of payload, no two 16-bit words near each other alike.
    pub fn long(self, len: usize) -> Self {
        let payload = (0..len).map(|n| (n * 7 + n / 251) as u8).collect();
        Self { payload, ..self }
    }

    pub fn checksum(self, checksum: Checksum) -> Self {
        Self { checksum, ..self }
    }

    /// As the sender's stack hands a super-frame to a veth.
    pub fn gso(self, size: u16) -> Self {
        Self { gso: Some(size), checksum: Checksum::Partial, ..self }
    }

    pub fn frame(self) -> Given {
        let transport = self.transport();
        let ip = self.ip_header(transport.len());
        let csum_start = u16::try_from(14 + ip.len()).unwrap();
        let mut bytes = self.to_mac.0.to_vec();
        bytes.extend_from_slice(&self.from_mac.0);
        bytes.extend_from_slice(if self.source.is_ipv4() { &[0x08, 0x00] } else { &[0x86, 0xdd] });
        bytes.extend_from_slice(&ip);
        bytes.extend_from_slice(&transport);
        let given = Given::raw(bytes);
        if self.checksum != Checksum::Partial {
            return given;
        }
        let (csum_offset, gso_type, header) = match (&self.kind, self.source.is_ipv4()) {
            (Kind::Tcp { options, .. }, true) => (16, VnetHeader::GSO_TCPV4, 20 + options.len()),
            (Kind::Tcp { options, .. }, false) => (16, VnetHeader::GSO_TCPV6, 20 + options.len()),
            _ => (6, VnetHeader::GSO_UDP_L4, 8),
        };
        given.vnet(|vnet| {
            vnet.flags = VnetHeader::NEEDS_CSUM;
            (vnet.csum_start, vnet.csum_offset) = (csum_start, csum_offset);
            if let Some(size) = self.gso {
                (vnet.gso_type, vnet.gso_size) = (gso_type, size);
                vnet.hdr_len = csum_start + u16::try_from(header).unwrap();
            }
        })
    }

    fn protocol(&self) -> u8 {
        match self.kind {
            Kind::Tcp { .. } => 6,
            Kind::Udp => 17,
            Kind::Icmp(..) if self.source.is_ipv4() => 1,
            Kind::Icmp(..) => 58,
            Kind::Other(number) => number,
        }
    }

    fn transport(&self) -> Vec<u8> {
        let [sport, dport] = [self.source.port(), self.destination.port()].map(u16::to_be_bytes);
        let mut bytes = [sport, dport].concat();
        let at = match &self.kind {
            Kind::Tcp { flags, seq, ack, options } => {
                bytes.extend_from_slice(&seq.to_be_bytes());
                bytes.extend_from_slice(&ack.to_be_bytes());
                let words = u8::try_from(5 + options.len() / 4).unwrap();
                bytes.extend_from_slice(&[words << 4, *flags, 0x20, 0, 0, 0, 0, 0]);
                bytes.extend_from_slice(options);
                16
            }
            Kind::Udp => {
                let len = u16::try_from(8 + self.payload.len()).unwrap();
                bytes.extend_from_slice(&len.to_be_bytes());
                bytes.extend_from_slice(&[0, 0]);
                6
            }
            Kind::Icmp(kind, code, rest) => {
                bytes = vec![*kind, *code, 0, 0];
                bytes.extend_from_slice(rest);
                2
            }
            Kind::Other(_) => return self.payload.clone(),
        };
        bytes.extend_from_slice(&self.payload);
        let (source, destination) = (self.source.ip(), self.destination.ip());
        let pseudo = match self.kind {
            Kind::Icmp(..) if self.source.is_ipv4() => 0,
            _ => pseudo_sum(source, destination, self.protocol(), bytes.len()),
        };
        let checksum = match self.checksum {
            Checksum::Absent => 0,
            Checksum::Partial => fold(pseudo),
            Checksum::Right | Checksum::Wrong => {
                let right = match !fold(pseudo + sum(&bytes)) {
                    0 if matches!(self.kind, Kind::Udp) => 0xffff,
                    sum => sum,
                };
                if self.checksum == Checksum::Wrong { right ^ 0x0100 } else { right }
            }
        };
        bytes[at..at + 2].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    fn ip_header(&self, transport_len: usize) -> Vec<u8> {
        match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let header_len = 20 + self.options.len();
                let mut bytes = vec![0x40 | u8::try_from(header_len / 4).unwrap(), self.tos];
                bytes.extend_from_slice(&u16::try_from(header_len + transport_len).unwrap().to_be_bytes());
                bytes.extend_from_slice(&self.id.to_be_bytes());
                let field = u16::from(self.df) << 14 | u16::from(self.more) << 13 | self.offset;
                bytes.extend_from_slice(&field.to_be_bytes());
                bytes.extend_from_slice(&[self.ttl, self.protocol(), 0, 0]);
                bytes.extend_from_slice(&source.octets());
                bytes.extend_from_slice(&destination.octets());
                bytes.extend_from_slice(&self.options);
                repair_ip_checksum(&mut bytes);
                bytes
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let (next, extensions) = self.extensions.clone().unwrap_or((self.protocol(), Vec::new()));
                let mut bytes = vec![0x60 | self.tos >> 4, self.tos << 4, 0, 0];
                let payload = u16::try_from(extensions.len() + transport_len).unwrap();
                bytes.extend_from_slice(&payload.to_be_bytes());
                bytes.extend_from_slice(&[next, self.ttl]);
                bytes.extend_from_slice(&source.octets());
                bytes.extend_from_slice(&destination.octets());
                bytes.extend_from_slice(&extensions);
                bytes
            }
            _ => panic!("one packet, two families"),
        }
    }
}

/// Writes the right IPv4 header checksum into a packet, as far as there is a header.
pub fn repair_ip_checksum(packet: &mut [u8]) {
    let len = packet.first().map_or(0, |byte| usize::from(byte & 15) * 4);
    if len >= 20 && packet.len() >= len {
        packet[10..12].fill(0);
        let checksum = !fold(sum(&packet[..len]));
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    }
}

/// The Internet checksum, once more and naively: the tests do not trust the code under test.
pub fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum()
}

pub fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

pub fn pseudo_sum(source: IpAddr, destination: IpAddr, protocol: u8, len: usize) -> u32 {
    let addr = |addr| match addr {
        IpAddr::V4(addr) => sum(&std::net::Ipv4Addr::octets(&addr)),
        IpAddr::V6(addr) => sum(&addr.octets()),
    };
    addr(source) + addr(destination) + u32::from(protocol) + u32::try_from(len).unwrap()
}
