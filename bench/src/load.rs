//! Makes load: bursts of UDP packets of many flows.

use crate::bed::{Bed, CIP};
use crate::scenario::{SINK_PORT, Size};
use crate::sys;
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};

/// Packets per burst: what a busy director finds in its ring.
pub const BURST: usize = 64;

/// A client with many flows. Each burst is of the next flow.
pub struct Load {
    sockets: Vec<UdpSocket>,
    payload: Vec<u8>,
    next: usize,
}

impl Load {
    /// Opens `flows` flows to a sink. Every large send is cut into packets before it leaves the client
    /// ([`Bed::segment_at_client`]).
    ///
    /// # Errors
    /// No sockets left, or a kernel without UDP segmentation.
    pub fn open(bed: &Bed, to: Ipv4Addr, size: Size, flows: usize) -> Result<Self> {
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
        Ok(Self { sockets, payload: vec![0x5a; usize::from(size.payload_len) * size.per_send], next: 0 })
    }

    /// Sends one burst of [`BURST`] packets; returns how many were handed to the kernel.
    ///
    /// # Errors
    /// Those of send.
    pub fn burst(&mut self, size: Size) -> Result<u64> {
        self.next = (self.next + 1) % self.sockets.len();
        for _ in 0..BURST / size.per_send {
            self.sockets[self.next].send(&self.payload).context("sending load")?;
        }
        Ok(BURST as u64)
    }
}
