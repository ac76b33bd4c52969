//! The load of which every packet is looked at: numbered, of three kinds.

use crate::audit::{FILLER, Flows, RUNS, mark};
use crate::bed::{Bed, CIP, VIP_SINK};
use crate::frames::{Frames, Shape};
use crate::load::BURST;
use crate::scenario::SINK_PORT;
use crate::streams::Streams;
use crate::sys;
use anyhow::{Context, Result};
use std::net::{SocketAddrV4, UdpSocket};

/// Flows of runs, and bytes of their datagrams.
const RUN_FLOWS: usize = 16;
const RUN_LEN: u16 = 200;
/// TCP streams.
const STREAMS: usize = 16;

/// All kinds of load, in turn.
pub struct Load {
    frames: Frames,
    runs: Runs,
    streams: Streams,
    bursts: u64,
}

impl Load {
    /// With so many flows of frames.
    ///
    /// # Errors
    /// No sockets, or a kernel without UDP segmentation.
    pub fn open(bed: &Bed, flows: u32) -> Result<Self> {
        Ok(Self {
            frames: Frames::open(bed, VIP_SINK, Shape::Udp, Some(flows))?,
            runs: Runs::open(bed)?,
            streams: Streams::open(bed, SocketAddrV4::new(VIP_SINK, SINK_PORT), STREAMS)?,
            bursts: 0,
        })
    }

    /// What flows there are.
    ///
    /// # Errors
    /// A socket has no address.
    pub fn flows(&self, frames: u32) -> Result<Flows> {
        Ok(Flows { frames: usize::try_from(frames)?, runs: self.runs.ports()?, streams: STREAMS })
    }

    /// Sends the next [`BURST`] packets, all of one kind.
    ///
    /// # Errors
    /// The kernel does not take them.
    pub fn burst(&mut self) -> Result<u64> {
        self.bursts += 1;
        match self.bursts % 4 {
            0 => self.runs.burst(),
            2 => self.streams.burst(),
            _ => self.frames.burst(),
        }
    }
}

/// Datagrams that leave as one large send each, cut by the client's link, and are numbered.
struct Runs {
    sockets: Vec<UdpSocket>,
    payload: Vec<u8>,
    number: u64,
    next: usize,
}

impl Runs {
    fn open(bed: &Bed) -> Result<Self> {
        let open = || -> Result<UdpSocket> {
            let socket = UdpSocket::bind(SocketAddrV4::new(CIP, 0))?;
            socket.connect(SocketAddrV4::new(VIP_SINK, SINK_PORT))?;
            sys::segment_sends(&socket, RUN_LEN).context("UDP segmentation (Linux 4.18 and later)")?;
            Ok(socket)
        };
        let sockets = bed.client()?.run(|| (0..RUN_FLOWS).map(|_| open()).collect::<Result<_>>())??;
        Ok(Self { sockets, payload: vec![FILLER; usize::from(RUN_LEN) * BURST], number: 0, next: 0 })
    }

    /// The client's port of each flow.
    fn ports(&self) -> Result<Vec<u16>> {
        self.sockets.iter().map(|socket| Ok(socket.local_addr()?.port())).collect()
    }

    fn burst(&mut self) -> Result<u64> {
        for (number, datagram) in (self.number..).zip(self.payload.chunks_mut(usize::from(RUN_LEN))) {
            mark(datagram, number, RUNS + self.next as u64);
        }
        self.number += BURST as u64;
        self.sockets[self.next].send(&self.payload).context("sending runs")?;
        self.next = (self.next + 1) % self.sockets.len();
        Ok(BURST as u64)
    }
}
