//! Plays the kernel's side of both halves of an AF_XDP socket, over the same memory.
#![allow(unsafe_code, reason = "writes the shared memory as the kernel would")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::chunks::Chunks;
use super::memory::Mapping;
use super::queue::{Consumer, Producer, Shape};
use super::socket::Socket;
use super::{XskReceiver, XskSender};
use crate::ring::{Gather, PacketSocket, VNET_LEN};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const CHUNK: usize = 2048;
const SIZE: u32 = 8;
/// Where the chunks for sending begin.
const SENDING: usize = SIZE as usize * CHUNK;
const SHAPE: Shape = Shape { producer: 0, consumer: 64, entries: 128, size: SIZE };

/// A ring as both sides have it: the same pages, mapped twice.
fn ring() -> (Mapping, Mapping) {
    let file = tempfile::tempfile().unwrap();
    file.set_len(4096).unwrap();
    let map = || Mapping::of_socket(file.as_fd(), 4096, 0).unwrap();
    (map(), map())
}

/// The kernel's side.
struct FakeKernel {
    memory: Arc<Mapping>,
    ready: Producer<libc::xdp_desc>,
    fill: Consumer<u64>,
    transmit: Consumer<libc::xdp_desc>,
    completion: Producer<u64>,
    /// The other end of what plays the socket.
    _wire: UnixDatagram,
}

fn socket() -> (FakeKernel, XskReceiver, XskSender) {
    let memory = Arc::new(Mapping::anonymous(2 * SENDING).unwrap());
    let (ours, wire) = UnixDatagram::pair().unwrap();
    let ((a, b), (c, d), (e, f), (g, h)) = (ring(), ring(), ring(), ring());
    let socket = Socket::play(ours.into());
    let chunks = |start| Chunks::new(start, SIZE as usize, CHUNK);
    let receiver = XskReceiver::new(
        socket.clone(),
        memory.clone(),
        chunks(0),
        Consumer::new(a, SHAPE).unwrap(),
        Producer::new(c, SHAPE).unwrap(),
    );
    let sender = XskSender::new(
        socket,
        memory.clone(),
        chunks(SENDING),
        Producer::new(e, SHAPE).unwrap(),
        Consumer::new(g, SHAPE).unwrap(),
    );
    let kernel = FakeKernel {
        memory,
        ready: Producer::new(b, SHAPE).unwrap(),
        fill: Consumer::new(d, SHAPE).unwrap(),
        transmit: Consumer::new(f, SHAPE).unwrap(),
        completion: Producer::new(h, SHAPE).unwrap(),
        _wire: wire,
    };
    (kernel, receiver, sender)
}

impl FakeKernel {
    /// Receives a frame; false if it was given no chunk.
    fn receive(&mut self, frame: &[u8]) -> bool {
        let Some(chunk) = self.fill.pop() else { return false };
        self.fill.release();
        let at = chunk as usize + 256;
        // SAFETY: the chunk was given to the kernel, which is played here.
        unsafe { std::ptr::copy_nonoverlapping(frame.as_ptr(), self.memory.start().add(at), frame.len()) };
        self.say(at as u64, u32::try_from(frame.len()).unwrap());
        true
    }

    fn say(&mut self, addr: u64, len: u32) {
        assert!(self.ready.push(libc::xdp_desc { addr, len, options: 0 }));
        self.ready.publish();
    }

    /// Sends one frame, and says that it did.
    fn send(&mut self) -> Option<Vec<u8>> {
        let descriptor = self.transmit.pop()?;
        self.transmit.release();
        let (at, len) = (descriptor.addr as usize, descriptor.len as usize);
        assert!(at >= SENDING && at % CHUNK + len <= CHUNK && at + len <= 2 * SENDING);
        // SAFETY: the frame was given to the kernel, which is played here.
        let frame = unsafe { std::slice::from_raw_parts(self.memory.start().add(at), len) }.to_vec();
        assert!(self.completion.push(descriptor.addr));
        self.completion.publish();
        Some(frame)
    }
}

#[test]
fn a_thousand_frames_come_through_in_order() {
    let (mut kernel, mut receiver, _sender) = socket();
    let (mut given, mut seen) = (0u32, 0u32);
    while seen < 1000 {
        while kernel.receive(&given.to_be_bytes()) {
            given += 1;
        }
        assert_eq!(given - seen, SIZE);
        assert!(receiver.is_ready());
        for budget in [3, 64] {
            let mut sweep = receiver.sweep(budget);
            let ahead: Vec<_> = sweep.peek().map(<[u8]>::to_vec).collect();
            assert_eq!(ahead, sweep.frames().map(|frame| frame.to_vec()).collect::<Vec<_>>());
            for frame in sweep.frames() {
                assert_eq!(*frame, seen.to_be_bytes());
                seen += 1;
            }
        }
        assert!(!receiver.is_ready() && receiver.sweep(64).is_empty());
    }
    assert_eq!(receiver.bad_descriptors(), 0);
}

#[test]
fn a_lying_descriptor_is_counted_and_loses_no_chunk() {
    let (mut kernel, mut receiver, _sender) = socket();
    for round in 1..=20 {
        let chunk = kernel.fill.pop().unwrap();
        kernel.fill.release();
        kernel.say(u64::MAX, 60);
        kernel.say(SENDING as u64, 60); // the other half's
        kernel.say(chunk + 256, 1793);
        assert!(kernel.receive(b"truth"));
        let mut sweep = receiver.sweep(64);
        let frames: Vec<_> = sweep.frames().map(|frame| frame.to_vec()).collect();
        assert_eq!(frames, [b"truth"]);
        drop(sweep);
        assert_eq!(receiver.bad_descriptors(), 3 * round);
    }
    let mut left = 0;
    while kernel.receive(b"x") {
        left += 1;
    }
    assert_eq!(left, SIZE, "all chunks are with the kernel");
}

#[test]
fn a_panic_or_a_forgotten_sweep_gives_every_frame_back() {
    let (mut kernel, mut receiver, _sender) = socket();
    for round in 0..20 {
        for _ in 0..SIZE {
            assert!(kernel.receive(b"frame"), "round {round}");
        }
        if round % 2 == 0 {
            std::mem::forget(receiver.sweep(64));
            assert!(receiver.sweep(64).is_empty());
            continue;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut sweep = receiver.sweep(64);
            let third = sweep.frames().nth(2);
            assert!(third.is_none(), "as meant");
        }));
        assert!(outcome.is_err());
    }
}

#[test]
fn messages_arrive_joined_and_chunks_are_used_again() {
    let (mut kernel, _receiver, mut sender) = socket();
    // A socket that is never to be used: all of it goes by AF_XDP.
    let (deaf, nobody) = UnixDatagram::pair().unwrap();
    drop(nobody);
    let deaf = PacketSocket::play(deaf.into());
    let mut gather = Gather::new(64);
    for round in 0..50u8 {
        let body = [round; 30];
        let mut list = gather.list();
        list.push(0, &[0; VNET_LEN], b"head-", &body).unwrap();
        list.push(1, &[0; VNET_LEN], b"alone", b"").unwrap();
        let report = list.flush_by(&mut sender, deaf.as_fd());
        assert_eq!((report.sent, report.lost()), (2, 0));
        assert!(list.is_empty());
        assert_eq!(kernel.send().unwrap(), [&b"head-"[..], &body].concat());
        assert_eq!(kernel.send().unwrap(), b"alone");
        assert_eq!(kernel.send(), None);
    }
    assert_eq!(sender.bad_descriptors(), 0);
}

#[test]
fn what_the_kernel_must_finish_or_does_not_fit_goes_by_the_packet_socket() {
    let (mut kernel, _receiver, mut sender) = socket();
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let packet = PacketSocket::play(ours.into());
    let mut gather = Gather::new(64);
    let long = vec![7; CHUNK];
    let mut partial = [0; VNET_LEN];
    partial[0] = 1;
    let mut gso = [0; VNET_LEN];
    gso[1] = 1;
    for (vnet, body, count) in
        [(partial, &b"x"[..], 1), (gso, b"x", 1), ([0; VNET_LEN], &long, 1), ([0; VNET_LEN], b"x", 9)]
    {
        let mut list = gather.list();
        list.push(0, &[0; VNET_LEN], b"", b"before").unwrap();
        for _ in 0..count {
            list.push(1, &vnet, b"head-", body).unwrap();
        }
        let report = list.flush_by(&mut sender, packet.as_fd());
        assert_eq!((report.sent, report.lost()), (1 + count, 0));
        assert_eq!(kernel.send(), None, "all or nothing, or they would overtake each other");
        let mut got = [0; 4096];
        for _ in 0..=count {
            assert!(theirs.recv(&mut got).is_ok());
        }
        assert!(theirs.recv(&mut got).is_err());
    }
}

#[test]
fn a_kernel_that_takes_nothing_fills_the_ring_and_no_more() {
    let (mut kernel, _receiver, mut sender) = socket();
    let (ours, theirs) = UnixDatagram::pair().unwrap();
    let packet = PacketSocket::play(ours.into());
    let mut gather = Gather::new(64);
    for _ in 0..12 {
        let mut list = gather.list();
        list.push(0, &[0; VNET_LEN], b"x", b"").unwrap();
        assert_eq!(list.flush_by(&mut sender, packet.as_fd()).sent, 1);
    }
    assert!(sender.has_backlog());
    assert_eq!(std::iter::from_fn(|| kernel.send()).count(), 8);
    theirs.set_nonblocking(true).unwrap();
    let mut got = [0; 64];
    assert_eq!(std::iter::from_fn(|| theirs.recv(&mut got).ok()).count(), 4);
    for round in 0..2 {
        let mut list = gather.list();
        list.push(0, &[0; VNET_LEN], b"again", b"").unwrap();
        assert_eq!(list.flush_by(&mut sender, packet.as_fd()).sent, 1);
        assert_eq!(kernel.send().unwrap(), b"again");
        assert_eq!(sender.bad_descriptors(), round);
        assert!(kernel.completion.push(u64::MAX)); // never sent
        kernel.completion.publish();
    }
}
