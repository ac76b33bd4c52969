//! The receiving half of an AF_XDP socket, and its sweep.
#![allow(unsafe_code, reason = "lends out bytes of the shared memory")]

use super::chunks::{Chunks, Span};
use super::memory::Mapping;
use super::queue::{Consumer, Producer};
use super::socket::Socket;
use crate::ring::MAX_SWEEP;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// The receiving half: its chunks of the memory are no other half's.
#[derive(Debug)]
pub struct XskReceiver {
    socket: Socket,
    memory: Arc<Mapping>,
    chunks: Chunks,
    ready: Consumer<libc::xdp_desc>,
    fill: Producer<u64>,
    taken: Vec<Span>,
    bad: u64,
}

impl XskReceiver {
    /// Takes chunks that are all ours, and gives them to the kernel to fill.
    pub(super) fn new(
        socket: Socket,
        memory: Arc<Mapping>,
        chunks: Chunks,
        ready: Consumer<libc::xdp_desc>,
        fill: Producer<u64>,
    ) -> Self {
        let taken = Vec::with_capacity(MAX_SWEEP);
        let mut receiver = Self { socket, memory, chunks, ready, fill, taken, bad: 0 };
        for chunk in 0..receiver.chunks.count() {
            receiver.give_back(chunk);
        }
        receiver.fill.publish();
        receiver
    }

    /// True if at least one frame is ready: a look into memory, no system call.
    pub fn is_ready(&self) -> bool {
        self.ready.is_ready()
    }

    /// Frames that were led here and lost so far: no chunk was free, or the ring was full.
    pub fn drops(&self) -> u64 {
        self.socket.drops()
    }

    /// Descriptors so far that named no frame in a chunk that the kernel had.
    pub const fn bad_descriptors(&self) -> u64 {
        self.bad
    }

    /// Takes up to `budget` ready frames (at most [`MAX_SWEEP`]).
    pub fn sweep(&mut self, budget: usize) -> XskSweep<'_> {
        self.settle(); // what a sweep that was forgotten has left
        while self.taken.len() < budget.min(MAX_SWEEP) {
            let Some(descriptor) = self.ready.pop() else { break };
            let is_whole = descriptor.options & libc::XDP_PKT_CONTD == 0;
            match self.chunks.receive(descriptor.addr, descriptor.len) {
                Some(Ok(span)) if is_whole => self.taken.push(span),
                Some(Ok(Span { chunk, .. }) | Err(chunk)) => {
                    self.bad += 1;
                    self.give_back(chunk);
                }
                None => self.bad += 1,
            }
        }
        self.ready.release();
        XskSweep { receiver: self }
    }

    /// Gives the chunks of the sweep back to the kernel.
    fn settle(&mut self) {
        while let Some(span) = self.taken.pop() {
            self.give_back(span.chunk);
        }
        self.fill.publish();
    }

    /// Lets the kernel fill a chunk of ours, after the next publishing.
    fn give_back(&mut self, chunk: usize) {
        // The ring has as many entries as there are chunks: there is room, unless the kernel's count errs. Then the chunk
        // stays ours, unused.
        if self.fill.free(1) > 0
            && let Some(at) = self.chunks.lend(chunk)
        {
            self.fill.push(at as u64);
        }
    }
}

impl AsFd for XskReceiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// The frames of one sweep. Dropping it, also in a panic, gives them all back to the kernel.
#[derive(Debug)]
pub struct XskSweep<'r> {
    receiver: &'r mut XskReceiver,
}

impl XskSweep<'_> {
    /// True if nothing was ready.
    pub fn is_empty(&self) -> bool {
        self.receiver.taken.is_empty()
    }

    /// The frames' bytes, to look at before any is taken.
    pub fn peek(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let XskReceiver { memory, taken, .. } = &*self.receiver;
        taken.iter().map(|span| {
            // SAFETY: as in `frames`, but for reading; the sweep is borrowed, so no frame is lent to be changed (d).
            unsafe { std::slice::from_raw_parts(memory.start().add(span.at), span.len) }
        })
    }

    /// The frames, each once, in the order of their arrival.
    pub fn frames(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let XskReceiver { memory, taken, .. } = &*self.receiver;
        taken.iter().map(|span| {
            // SAFETY: `Chunks::receive` held the span inside its chunk, inside the memory (b), and that the kernel has
            // given it back: it is ours until the sweep is dropped, which the borrow does not outlive (c). A chunk is
            // taken once, so spans do not overlap; `frames` borrows the sweep exclusively and visits each once (d).
            unsafe { std::slice::from_raw_parts_mut(memory.start().add(span.at), span.len) }
        })
    }
}

impl Drop for XskSweep<'_> {
    fn drop(&mut self) {
        self.receiver.settle();
    }
}
