//! Load of very many flows: every packet is of another flow than the one before, made as a frame of its own.

use crate::audit::FILLER;
use crate::bed::{Bed, CLIENT_MAC, INNER_MAC};
use crate::load::BURST;
use crate::scenario::SINK_PORT;
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::ops::Range;
use std::os::fd::AsFd;
use ulvs::host::links::Links;
use ulvs::ring::{Gather, RingConfig, RxRing, VNET_LEN};
use ulvs::wire::checksum::Sum;

/// An Ethernet frame of the smallest length, without its check sequence.
const FRAME_LEN: usize = 60;
const ETHERNET_LEN: usize = 14;
const IP_LEN: usize = 20;
const UDP_LEN: usize = FRAME_LEN - ETHERNET_LEN - IP_LEN;
const TCP_LEN: usize = 20;
/// Where clients live: 10.64.0.0/10, which is nobody's in the bed.
pub const CLIENTS: u32 = 0x0a40_0000;
/// Leading bits that their addresses have in common.
pub const CLIENTS_LEN: u8 = 10;
/// Ports of one client: 1024 to 33,791.
const PORTS: u64 = 1 << 15;
/// As many flows as clients and their ports make.
pub const ALL: u64 = PORTS << 22;
/// How often each flow's SYN is sent before its other packets: some are lost where too many are offered.
const SYN_PASSES: u64 = 3;

/// What the frames are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// UDP datagrams of 18 bytes: the number of the packet within its flow, the number of the flow, two bytes more.
    Udp,
    /// TCP SYN.
    Syn,
    /// TCP ACK; of each flow SYNs come first.
    Established,
}

/// A sender of 60-byte frames.
pub struct Frames {
    /// For its socket: nothing comes back.
    ring: RxRing,
    gather: Gather,
    frames: Box<[[u8; FRAME_LEN]; BURST]>,
    shape: Shape,
    turns: Turns,
}

/// Which flow is next. Flows are taken in leaps, so that neither the order in which a table's entries were made nor that
/// of addresses is the order in which they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    flows: u64,
    first: u64,
    leap: u64,
    next: u64,
    done: u64,
}

impl Turns {
    /// Of the flows of these numbers, of which there must be one.
    pub fn new(flows: Range<u64>) -> Self {
        let count = flows.end - flows.start;
        // About the golden section, and coprime, so that every flow has its turn.
        let mut leap = (count * 618 / 1000).max(1);
        while gcd(leap, count) != 1 {
            leap += 1;
        }
        Self { flows: count, first: flows.start, leap, next: 0, done: 0 }
    }

    /// The next flow, and how many times all flows had their turn before.
    pub fn take(&mut self) -> (u64, u64) {
        let taken = (self.first + self.next, self.done / self.flows);
        self.next = (self.next + self.leap) % self.flows;
        self.done += 1;
        taken
    }
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Frames {
    /// Opens one at the client for this many flows, in turn, to a sink; or, without a number, for flows of which none
    /// comes twice and none is among those.
    ///
    /// # Errors
    /// No packet socket.
    pub fn open(bed: &Bed, to: Ipv4Addr, shape: Shape, flows: Option<u32>) -> Result<Self> {
        Self::between(bed, to, shape, flows.map_or(ALL / 2..ALL, |flows| 0..u64::from(flows.max(1))))
    }

    /// As [`Frames::open`], for the flows of these numbers, below [`ALL`].
    ///
    /// # Errors
    /// No packet socket.
    pub fn between(bed: &Bed, to: Ipv4Addr, shape: Shape, flows: Range<u64>) -> Result<Self> {
        ensure!(flows.start < flows.end && flows.end <= ALL, "no such flows: {flows:?}");
        let config = RingConfig { ring_len: 128 << 10, ..RingConfig::default() };
        let ring = bed.client()?.run(|| -> Result<_> {
            let index = Links::open()?.find("eth0")?.ifindex;
            RxRing::open(index, &config, None).context("a packet socket at the client")
        })??;
        let frames = Box::new([template(to, shape); BURST]);
        Ok(Self { ring, gather: Gather::new(BURST), frames, shape, turns: Turns::new(flows) })
    }

    /// Sends the next [`BURST`] packets.
    ///
    /// # Errors
    /// The kernel did not take them all.
    pub fn burst(&mut self) -> Result<u64> {
        for frame in self.frames.iter_mut() {
            let (flow, pass) = self.turns.take();
            address(frame, flow, self.shape, pass);
        }
        let mut list = self.gather.list();
        for frame in self.frames.iter() {
            list.push(0, &[0; VNET_LEN], &[], frame).context("a burst")?;
        }
        let report = list.flush(self.ring.socket().as_fd());
        ensure!(report.lost() == 0, "load was not taken by the kernel: {report:?}");
        Ok(BURST as u64)
    }
}

/// The client of a flow.
pub fn client(flow: u64) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::from(CLIENTS + (flow / PORTS) as u32), 1024 + (flow % PORTS) as u16)
}

/// A frame to the sink without its source and its checksums.
fn template(to: Ipv4Addr, shape: Shape) -> [u8; FRAME_LEN] {
    let mut frame = [FILLER; FRAME_LEN];
    let (ethernet, packet) = frame.split_at_mut(ETHERNET_LEN);
    ethernet[..6].copy_from_slice(&INNER_MAC.0);
    ethernet[6..12].copy_from_slice(&CLIENT_MAC.0);
    ethernet[12..].copy_from_slice(&[8, 0]);
    let (ip, rest) = packet.split_at_mut(IP_LEN);
    let (protocol, len) = if shape == Shape::Udp { (17, UDP_LEN) } else { (6, TCP_LEN) };
    ip.fill(0);
    ip[0] = 0x45;
    ip[3] = (IP_LEN + len) as u8;
    (ip[6], ip[8], ip[9]) = (0x40, 64, protocol);
    ip[16..].copy_from_slice(&to.octets());
    rest[2..4].copy_from_slice(&SINK_PORT.to_be_bytes());
    if shape == Shape::Udp {
        rest[4..8].copy_from_slice(&[0, UDP_LEN as u8, 0, 0]);
    } else {
        rest.fill(0); // behind the segment it pads the frame
        rest[2..4].copy_from_slice(&SINK_PORT.to_be_bytes());
        (rest[12], rest[14]) = (5 << 4, 0x40); // header length in words, window
    }
    frame
}

/// Makes a frame this flow's packet of this number, with right checksums.
fn address(frame: &mut [u8; FRAME_LEN], flow: u64, shape: Shape, number: u64) {
    const SYN: u8 = 0x02;
    const ACK: u8 = 0x10;
    let from = client(flow);
    let (ip, rest) = frame[ETHERNET_LEN..].split_at_mut(IP_LEN);
    ip[10..12].fill(0);
    ip[12..16].copy_from_slice(&from.ip().octets());
    let sum = Sum::default().bytes(ip).finish();
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    let server = Ipv4Addr::new(ip[16], ip[17], ip[18], ip[19]);
    rest[..2].copy_from_slice(&from.port().to_be_bytes());
    let (protocol, len, sum_at) = match shape {
        Shape::Udp => {
            rest[8..16].copy_from_slice(&number.to_be_bytes());
            rest[16..24].copy_from_slice(&flow.to_be_bytes());
            (17, UDP_LEN, 6)
        }
        Shape::Syn | Shape::Established => {
            let is_syn = shape == Shape::Syn || number < SYN_PASSES;
            let (flag, sequence) = if is_syn { (SYN, 0u32) } else { (ACK, 1) };
            rest[13] = flag;
            rest[4..8].copy_from_slice(&sequence.to_be_bytes());
            rest[8..12].copy_from_slice(&u32::from(!is_syn).to_be_bytes());
            (6, TCP_LEN, 16)
        }
    };
    rest[sum_at..sum_at + 2].fill(0);
    let (from, server) = (IpAddr::V4(*from.ip()), IpAddr::V4(server));
    let sum = Sum::default().pseudo_header(from, server, protocol, len).bytes(&rest[..len]).finish();
    // In UDP 0 would say that there is none.
    let sum = if sum == 0 && shape == Shape::Udp { 0xffff } else { sum };
    rest[sum_at..sum_at + 2].copy_from_slice(&sum.to_be_bytes());
}

/// A frame of the load, for those who test what looks at it.
#[cfg(test)]
pub fn sample(to: Ipv4Addr, flow: u64, shape: Shape, number: u64) -> [u8; FRAME_LEN] {
    let mut frame = template(to, shape);
    address(&mut frame, flow, shape, number);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn frames_of_different_flows_with_right_checksums() {
        for (shape, protocol, len) in
            [(Shape::Udp, 17, UDP_LEN), (Shape::Syn, 6, TCP_LEN), (Shape::Established, 6, TCP_LEN)]
        {
            let mut sources = BTreeSet::new();
            let mut frame = template(Ipv4Addr::new(10, 1, 0, 100), shape);
            for flow in [0, 1, PORTS - 1, PORTS, PORTS + 1, ALL / 2, ALL - 1] {
                for number in [0, SYN_PASSES] {
                    address(&mut frame, flow, shape, number);
                    let (ip, rest) = frame[ETHERNET_LEN..].split_at(IP_LEN);
                    let addr = |at: usize| IpAddr::from([ip[at], ip[at + 1], ip[at + 2], ip[at + 3]]);
                    assert_eq!(Sum::default().bytes(ip).finish(), 0, "flow {flow}");
                    let sum = Sum::default().pseudo_header(addr(12), addr(16), protocol, len);
                    assert_eq!(sum.bytes(&rest[..len]).finish(), 0, "{shape:?}, flow {flow}");
                    assert_eq!(sources.insert((addr(12), rest[..2].to_vec())), number == 0, "flow {flow}");
                }
            }
            assert!(
                sources
                    .iter()
                    .all(|(addr, _)| matches!(addr, IpAddr::V4(addr) if addr.octets()[1] & 0xc0 == 64))
            );
        }
    }

    #[test]
    fn every_datagram_has_a_checksum() {
        let to = Ipv4Addr::new(10, 1, 0, 100);
        let sum = |flow| sample(to, flow, Shape::Udp, 0)[ETHERNET_LEN + IP_LEN + 6..][..2] != [0, 0];
        assert!((0..1 << 17).all(sum));
    }

    #[test]
    fn established_flows_begin_with_a_syn() {
        let mut frame = template(Ipv4Addr::new(10, 1, 0, 100), Shape::Established);
        let mut flags = |shape, number| {
            address(&mut frame, 5, shape, number);
            frame[ETHERNET_LEN + IP_LEN + 13]
        };
        assert_eq!(flags(Shape::Established, SYN_PASSES - 1), 2);
        assert_eq!(flags(Shape::Established, SYN_PASSES), 16);
        assert_eq!(flags(Shape::Syn, SYN_PASSES), 2);
    }

    #[test]
    fn every_flow_has_its_turn_before_any_has_another() {
        for count in [1, 2, 3, 64, 1000, 99_999] {
            let mut turns = Turns::new(7..7 + count);
            for pass in 0..2 {
                let taken: BTreeSet<_> = (0..count).map(|_| turns.take()).collect();
                let wanted: BTreeSet<_> = (7..7 + count).map(|flow| (flow, pass)).collect();
                assert_eq!(taken, wanted, "{count}");
            }
        }
    }
}
