//! Makes load: bursts of 64 UDP packets, of a few flows in long runs or of many flows in turn.

use crate::bed::{Bed, CIP};
use crate::frames::{Frames, Shape};
use crate::scenario::{SINK_PORT, Size, Traffic, Way};
use crate::sys;
use anyhow::{Context, Result, bail};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

/// Packets per burst: what a busy director finds in its ring.
pub const BURST: usize = 64;

/// Whoever makes it.
pub enum Load {
    /// Bursts that are each of one flow.
    Runs(Runs),
    /// Packets that are each of another flow, of this many.
    Frames(Box<Frames>, Option<u32>),
}

impl Load {
    /// Opens it: what goes to a sink.
    ///
    /// # Errors
    /// No sockets left, or a kernel without UDP segmentation.
    pub fn open(bed: &Bed, to: Ipv4Addr, traffic: Traffic, size: Size) -> Result<Self> {
        Ok(match traffic {
            Traffic::Runs(flows) => Self::Runs(Runs::open(bed, to, size, flows, false)?),
            Traffic::Joined(flows) => Self::Runs(Runs::open(bed, to, size, flows, true)?),
            Traffic::Flows(flows) => Self::frames(bed, to, Shape::Udp, Some(flows))?,
            Traffic::Established(flows) => Self::frames(bed, to, Shape::Established, Some(flows))?,
            Traffic::New => Self::frames(bed, to, Shape::Udp, None)?,
            Traffic::Syn => Self::frames(bed, to, Shape::Syn, None)?,
            Traffic::Workers(_) | Traffic::Offloads(_) | Traffic::During(_) => {
                bail!("{} is no load", traffic.name())
            }
        })
    }

    fn frames(bed: &Bed, to: Ipv4Addr, shape: Shape, flows: Option<u32>) -> Result<Self> {
        Ok(Self::Frames(Frames::open(bed, to, shape, flows)?.into(), flows))
    }

    /// Sends one burst of [`BURST`] packets; returns how many were handed to the kernel.
    ///
    /// # Errors
    /// Those of sending.
    pub fn burst(&mut self) -> Result<u64> {
        match self {
            Self::Runs(runs) => runs.burst(),
            Self::Frames(frames, _) => frames.burst(),
        }
    }

    /// The payload's length in bytes where the packets may arrive joined to super-frames: what follows each other in one flow,
    /// by a director that joins, or joined before.
    pub fn joined(&self, way: Way) -> Option<u16> {
        match self {
            Self::Runs(runs) if runs.is_joined || matches!(way, Way::Dr | Way::Nat) => {
                u16::try_from(runs.payload.len() / runs.per_send).ok()
            }
            _ => None,
        }
    }

    /// Bursts after which every flow has had a packet, and at least some: before the clock starts.
    pub fn warm_up(&self) -> u64 {
        const SOME: u64 = 64;
        match self {
            Self::Runs(runs) => SOME.max(runs.sockets.len() as u64),
            Self::Frames(_, flows) => SOME.max(u64::from(flows.unwrap_or(0)).div_ceil(BURST as u64)),
        }
    }

    /// Bursts after which every flow is known even where more is offered than is taken: what is lost comes again.
    pub fn warm_up_under_pressure(&self) -> u64 {
        3 * self.warm_up()
    }

    /// How many connections so many packets of it open at a director that knows none of its flows; `None` where the kernel
    /// chooses the ports, perhaps some that it chose before.
    pub fn opens(&self, packets: u64) -> Option<u64> {
        match self {
            Self::Runs(_) => None,
            Self::Frames(_, flows) => Some(packets.min(flows.map_or(u64::MAX, u64::from))),
        }
    }

    /// How many packets a measurement may have: where each opens a connection, no more than fit into the smallest table
    /// of those measured (the kernel's connection tracking: 262,144 by default).
    pub fn most(&self) -> u64 {
        if matches!(self, Self::Frames(_, None)) { 120_000 } else { u64::MAX }
    }
}

/// A client with some flows. Each burst is of the next flow.
pub struct Runs {
    sockets: Vec<UdpSocket>,
    payload: Vec<u8>,
    per_send: usize,
    is_joined: bool,
    next: usize,
}

impl Runs {
    /// Every large send is cut into packets before it leaves the client ([`Bed::segment_at_client`]).
    fn open(bed: &Bed, to: Ipv4Addr, size: Size, flows: u16, is_joined: bool) -> Result<Self> {
        let sockets = bed.client()?.run(|| -> Result<_> {
            (0..flows)
                .map(|_| {
                    let socket = UdpSocket::bind(SocketAddrV4::new(CIP, 0))?;
                    socket.connect(SocketAddrV4::new(to, SINK_PORT))?;
                    sys::segment_sends(&socket, size.payload_len)
                        .context("UDP segmentation (Linux 4.18 and later)")?;
                    Ok(socket)
                })
                .collect()
        })??;
        let payload = vec![0x5a; usize::from(size.payload_len) * size.per_send];
        Ok(Self { sockets, payload, per_send: size.per_send, is_joined, next: 0 })
    }

    fn burst(&mut self) -> Result<u64> {
        self.next = (self.next + 1) % self.sockets.len();
        for _ in 0..BURST / self.per_send {
            self.sockets[self.next].send(&self.payload).context("sending load")?;
        }
        Ok(BURST as u64)
    }
}
