//! Load of very many flows: every packet is of another flow than the one before, made as a frame of its own.

use crate::bed::{Bed, CLIENT_MAC, INNER_MAC};
use crate::load::BURST;
use crate::scenario::SINK_PORT;
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, Ipv4Addr};
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
/// Where clients live: 10.64.0.0/10, which is nobody's in the bed.
const CLIENTS: u32 = 0x0a40_0000;
/// Ports of one client: 1024 to 33,791.
const PORTS: u64 = 1 << 15;
/// As many flows as clients and their ports make.
const ALL: u64 = PORTS << 22;

/// A sender of 60-byte UDP frames.
pub struct Frames {
    /// For its socket: nothing comes back.
    ring: RxRing,
    gather: Gather,
    frames: Box<[[u8; FRAME_LEN]; BURST]>,
    next: u64,
    flows: Range<u64>,
}

impl Frames {
    /// Opens one at the client for this many flows, in turn, to a sink; or, without a number, for flows of which none
    /// comes twice and none is among those.
    ///
    /// # Errors
    /// No packet socket.
    pub fn open(bed: &Bed, to: Ipv4Addr, flows: Option<u32>) -> Result<Self> {
        let flows = flows.map_or(ALL / 2..ALL, |flows| 0..u64::from(flows.max(1)));
        let config = RingConfig { ring_len: 128 << 10, ..RingConfig::default() };
        let ring = bed.client()?.run(|| -> Result<_> {
            let index = Links::open()?.find("eth0")?.ifindex;
            RxRing::open(index, &config, None).context("a packet socket at the client")
        })??;
        let frames = Box::new([template(to); BURST]);
        Ok(Self { ring, gather: Gather::new(BURST), frames, next: flows.start, flows })
    }

    /// Sends the next [`BURST`] packets.
    ///
    /// # Errors
    /// The kernel did not take them all.
    pub fn burst(&mut self) -> Result<u64> {
        for frame in self.frames.iter_mut() {
            address(frame, self.next);
            self.next += 1;
            if self.next == self.flows.end {
                self.next = self.flows.start;
            }
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

/// A frame to the sink without its source and its checksums.
fn template(to: Ipv4Addr) -> [u8; FRAME_LEN] {
    let mut frame = [0x5a; FRAME_LEN];
    let (ethernet, packet) = frame.split_at_mut(ETHERNET_LEN);
    ethernet[..6].copy_from_slice(&INNER_MAC.0);
    ethernet[6..12].copy_from_slice(&CLIENT_MAC.0);
    ethernet[12..].copy_from_slice(&[8, 0]);
    let (ip, udp) = packet.split_at_mut(IP_LEN);
    ip.copy_from_slice(&[
        0x45,
        0,
        0,
        (IP_LEN + UDP_LEN) as u8,
        0,
        0,
        0x40,
        0,
        64,
        17,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
    ]);
    ip[16..].copy_from_slice(&to.octets());
    udp[2..4].copy_from_slice(&SINK_PORT.to_be_bytes());
    udp[4..8].copy_from_slice(&[0, UDP_LEN as u8, 0, 0]);
    frame
}

/// Makes a frame one of this flow, with right checksums.
fn address(frame: &mut [u8; FRAME_LEN], flow: u64) {
    let client = Ipv4Addr::from(CLIENTS + (flow / PORTS) as u32);
    let port = 1024 + (flow % PORTS) as u16;
    let (ip, udp) = frame[ETHERNET_LEN..].split_at_mut(IP_LEN);
    ip[10..12].fill(0);
    ip[12..16].copy_from_slice(&client.octets());
    let sum = Sum::default().bytes(ip).finish();
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    let server = Ipv4Addr::new(ip[16], ip[17], ip[18], ip[19]);
    udp[..2].copy_from_slice(&port.to_be_bytes());
    udp[6..8].fill(0);
    let sum = Sum::default().pseudo_header(IpAddr::V4(client), IpAddr::V4(server), 17, UDP_LEN).bytes(udp);
    udp[6..8].copy_from_slice(&sum.finish().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn frames_of_different_flows_with_right_checksums() {
        let mut sources = BTreeSet::new();
        for flow in [0, 1, PORTS - 1, PORTS, PORTS + 1, ALL / 2, ALL - 1] {
            let mut frame = template(Ipv4Addr::new(10, 1, 0, 100));
            address(&mut frame, flow);
            let (ip, udp) = frame[ETHERNET_LEN..].split_at(IP_LEN);
            let addr = |at: usize| IpAddr::from([ip[at], ip[at + 1], ip[at + 2], ip[at + 3]]);
            assert_eq!(Sum::default().bytes(ip).finish(), 0, "flow {flow}");
            let sum = Sum::default().pseudo_header(addr(12), addr(16), 17, UDP_LEN).bytes(udp);
            assert_eq!(sum.finish(), 0, "flow {flow}");
            assert!(sources.insert((addr(12), udp[..2].to_vec())), "flow {flow}");
        }
        assert!(
            sources.iter().all(|(addr, _)| matches!(addr, IpAddr::V4(addr) if addr.octets()[1] & 0xc0 == 64))
        );
    }
}
