//! The sending half of an AF_XDP socket.
//!
//! Frames are copied into chunks of its own, the one used last first: they stay in the CPU's first cache, from where the
//! kernel copies them again. Why not from where they came in: docs/decisions/0026.
#![allow(unsafe_code, reason = "writes into the shared memory")]

use super::chunks::Chunks;
use super::memory::Mapping;
use super::queue::{Consumer, Producer};
use super::socket::Socket;
use crate::ring::gather::GatherList;
use crate::ring::{FlushReport, Lost};
use std::io;
use std::sync::Arc;

/// Frames that one system call sends at least, if it sends any and there are so many (the kernel's TX_BATCH_SIZE).
const PER_KICK: u32 = 32;

/// The sending half: its chunks of the memory are no other half's.
#[derive(Debug)]
pub struct XskSender {
    socket: Socket,
    memory: Arc<Mapping>,
    chunks: Chunks,
    /// Chunks that are ours.
    free: Vec<usize>,
    transmit: Producer<libc::xdp_desc>,
    completion: Consumer<u64>,
    bad: u64,
}

impl XskSender {
    /// Takes chunks that are all ours.
    pub(super) fn new(
        socket: Socket,
        memory: Arc<Mapping>,
        chunks: Chunks,
        transmit: Producer<libc::xdp_desc>,
        completion: Consumer<u64>,
    ) -> Self {
        let free = (0..chunks.count()).rev().collect();
        Self { socket, memory, chunks, free, transmit, completion, bad: 0 }
    }

    /// Completions so far of what was never sent.
    pub const fn bad_descriptors(&self) -> u64 {
        self.bad
    }

    /// True if frames wait because the kernel had no room for them: see [`XskSender::kick`].
    pub fn has_backlog(&self) -> bool {
        self.transmit.backlog() > 0
    }

    /// True if this list can go by AF_XDP: there is room for all of it, every message fits a chunk, and none has anything
    /// left for the kernel to do (a super-frame to cut, a checksum to finish).
    pub(in crate::ring) fn carries(&mut self, list: &GatherList<'_, '_>) -> bool {
        self.reap();
        let most = self.chunks.chunk_len();
        u32::try_from(list.len()).is_ok_and(|count| self.transmit.free(count) >= count)
            && list.len() <= self.free.len()
            && list
                .messages()
                .all(|message| message.is_plain() && message.pieces().map(<[u8]>::len).sum::<usize>() <= most)
    }

    /// Sends the messages of a list that it carries.
    pub(in crate::ring) fn send(&mut self, list: &GatherList<'_, '_>) -> FlushReport {
        let mut report = FlushReport::default();
        for message in list.messages() {
            match self.queue(message.pieces()) {
                Some(()) => report.sent += 1,
                None => report.lose(message.group(), Lost::NoBuffer),
            }
        }
        self.transmit.publish();
        self.kick();
        report
    }

    /// Puts one frame into a free chunk and that into the ring.
    fn queue<'p>(&mut self, pieces: impl Iterator<Item = &'p [u8]>) -> Option<()> {
        let chunk = self.free.pop()?;
        let at = self.chunks.lend(chunk)?;
        let len = self.write(at, pieces).and_then(|len| u32::try_from(len).ok());
        let queued =
            len.is_some_and(|len| self.transmit.push(libc::xdp_desc { addr: at as u64, len, options: 0 }));
        if !queued {
            self.free.extend(self.chunks.take_back(at as u64));
        }
        queued.then_some(())
    }

    /// Writes the pieces one behind the other into the chunk that begins here, and was lent by the table but not yet
    /// published; `None` if they do not fit.
    fn write<'p>(&mut self, at: usize, pieces: impl Iterator<Item = &'p [u8]>) -> Option<usize> {
        let mut len = 0;
        for piece in pieces {
            if piece.len() > self.chunks.chunk_len() - len {
                return None;
            }
            // SAFETY: the chunk lies inside the memory and is ours until it is published (b, c); its end was checked just
            // now. `piece` is no part of it: nobody else is ever given a reference into this half's chunks (d).
            unsafe {
                let to = self.memory.start().add(at + len);
                std::ptr::copy_nonoverlapping(piece.as_ptr(), to, piece.len());
            }
            len += piece.len();
        }
        Some(len)
    }

    /// Has the kernel send what is in the ring. What it has no room for stays there, to be sent with what comes next.
    pub fn kick(&mut self) {
        let mut before = self.transmit.backlog();
        // Two calls more than should be needed, for those that are interrupted.
        for _ in 0..before.div_ceil(PER_KICK) + 2 {
            if before == 0 {
                return;
            }
            let kicked = self.socket.kick();
            let after = self.transmit.backlog();
            let was_interrupted = kicked.is_err_and(|error| error.kind() == io::ErrorKind::Interrupted);
            if after >= before && !was_interrupted {
                return;
            }
            before = after;
        }
    }

    /// Takes back the chunks of what was sent.
    fn reap(&mut self) {
        let mut any = false;
        while let Some(addr) = self.completion.pop() {
            any = true;
            match self.chunks.take_back(addr) {
                Some(chunk) => self.free.push(chunk),
                None => self.bad += 1,
            }
        }
        if any {
            self.completion.release();
        }
    }
}
