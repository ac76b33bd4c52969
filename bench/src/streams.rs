//! TCP streams of numbered segments, each made as a frame of its own: bursts of one stream, whose segments follow each
//! other as a sender's do, so that they can be joined on their way.

use crate::audit::{FILLER, NUMBERS, STREAM_CLIENTS, STREAMS, mark};
use crate::bed::{Bed, CLIENT_MAC, INNER_MAC};
use crate::frames;
use crate::load::BURST;
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, SocketAddrV4};
use std::os::fd::AsFd;
use ulvs::host::links::Links;
use ulvs::ring::{Gather, PacketSocket, RingConfig, RxRing, VNET_LEN};
use ulvs::wire::checksum::Sum;

const HEADERS: usize = 14 + 20 + 20;
const PAYLOAD: usize = 200;
/// How many segments of a stream are SYNs.
const SYNS: u64 = 4 * BURST as u64;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
const TCP: u8 = 6;

/// A sender of such bursts.
pub struct Streams {
    socket: PacketSocket,
    gather: Gather,
    frames: Box<[[u8; HEADERS + PAYLOAD]; BURST]>,
    to: SocketAddrV4,
    /// The number of the next segment of each stream.
    next: Vec<u64>,
    turn: usize,
}

impl Streams {
    /// Opens it at the client, for so many streams.
    ///
    /// # Errors
    /// No packet socket.
    pub fn open(bed: &Bed, to: SocketAddrV4, streams: usize) -> Result<Self> {
        let config = RingConfig { ring_len: 128 << 10, ..RingConfig::default() };
        let ring = bed.client()?.run(|| -> Result<_> {
            let index = Links::open()?.find("eth0")?.ifindex;
            RxRing::open(index, &config, None).context("a packet socket at the client")
        })??;
        let frames = Box::new([[FILLER; HEADERS + PAYLOAD]; BURST]);
        Ok(Self {
            socket: ring.socket(),
            gather: Gather::new(BURST),
            frames,
            to,
            next: vec![0; streams],
            turn: 0,
        })
    }

    /// Sends the next [`BURST`] segments of the next stream.
    ///
    /// # Errors
    /// The kernel did not take them all.
    pub fn burst(&mut self) -> Result<u64> {
        let (stream, number) = (self.turn as u64, &mut self.next[self.turn]);
        for (number, frame) in (*number..).zip(self.frames.iter_mut()) {
            segment(frame, self.to, stream, number);
        }
        *number += BURST as u64;
        self.turn = (self.turn + 1) % self.next.len();
        let mut list = self.gather.list();
        for frame in self.frames.iter() {
            list.push(0, &[0; VNET_LEN], &[], frame).context("a burst")?;
        }
        let report = list.flush(self.socket.as_fd());
        ensure!(report.lost() == 0, "load was not taken by the kernel: {report:?}");
        Ok(BURST as u64)
    }
}

/// Makes a frame the segment of this number, with right checksums. The first ones are SYNs, many of them, for what comes
/// before any SYN has arrived is reset; they carry data, too, as with TCP Fast Open, so that they have a number.
fn segment(frame: &mut [u8; HEADERS + PAYLOAD], to: SocketAddrV4, stream: u64, number: u64) {
    let from = frames::client(STREAM_CLIENTS + stream);
    let (ethernet, packet) = frame.split_at_mut(14);
    ethernet[..6].copy_from_slice(&INNER_MAC.0);
    ethernet[6..12].copy_from_slice(&CLIENT_MAC.0);
    ethernet[12..].copy_from_slice(&[8, 0]);
    let (ip, rest) = packet.split_at_mut(20);
    let len = 20 + rest.len() as u16;
    ip.fill(0);
    ip[0] = 0x45;
    ip[2..4].copy_from_slice(&len.to_be_bytes());
    ip[4..6].copy_from_slice(&(number as u16).to_be_bytes());
    (ip[6], ip[8], ip[9]) = (0x40, 64, TCP);
    ip[12..16].copy_from_slice(&from.ip().octets());
    ip[16..].copy_from_slice(&to.ip().octets());
    let sum = Sum::default().bytes(ip).finish();
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    let (tcp, payload) = rest.split_at_mut(20);
    // The SYN has a number of its own.
    let sequence = (number as u32).wrapping_mul(PAYLOAD as u32).wrapping_add(u32::from(number > 0));
    let (flags, acknowledged) = if number < SYNS { (SYN, 0u32) } else { (ACK, 1) };
    tcp.fill(0);
    tcp[..2].copy_from_slice(&from.port().to_be_bytes());
    tcp[2..4].copy_from_slice(&to.port().to_be_bytes());
    tcp[4..8].copy_from_slice(&sequence.to_be_bytes());
    tcp[8..12].copy_from_slice(&acknowledged.to_be_bytes());
    (tcp[12], tcp[13], tcp[14]) = (5 << 4, flags, 0x40); // header length in words, flags, window
    mark(&mut payload[..NUMBERS], number, STREAMS + stream);
    let (from, to) = (IpAddr::V4(*from.ip()), IpAddr::V4(*to.ip()));
    let sum = Sum::default().pseudo_header(from, to, TCP, rest.len()).bytes(rest).finish();
    rest[16..18].copy_from_slice(&sum.to_be_bytes());
}

/// A segment of the load, for those who test what looks at it.
#[cfg(test)]
pub fn sample(to: SocketAddrV4, stream: u64, number: u64) -> Vec<u8> {
    let mut frame = [FILLER; HEADERS + PAYLOAD];
    segment(&mut frame, to, stream, number);
    frame.to_vec()
}
