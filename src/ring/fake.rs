//! Plays the kernel's side of a ring over a memory file, and of its socket over a pair of datagram sockets, so that
//! the whole ring is tested with no privilege.
#![allow(unsafe_code, reason = "writes the shared memory as the kernel would")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use super::abi::{self, FIRST_FRAME_AT, HEADER_LEN};
use super::mmap::Mapping;
use super::{Layout, PacketSocket, RingConfig, RxRing, VNET_LEN};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::Ordering;

/// The kernel's side of a ring.
pub(crate) struct FakeKernel {
    memory: Mapping,
    wire: UnixDatagram,
    next: usize,
    pub dropped: u32,
}

/// A slot as the fake kernel writes it.
pub(crate) struct Slot<'a> {
    pub status: u32,
    pub frame_at: u16,
    pub wire_len: u32,
    pub captured_len: u32,
    pub vlan: u16,
    pub packet_type: u8,
    pub vnet: [u8; VNET_LEN],
    pub bytes: &'a [u8],
}

impl<'a> Slot<'a> {
    /// An honest slot with a whole frame.
    pub fn with(bytes: &'a [u8]) -> Self {
        let len = u32::try_from(bytes.len()).unwrap();
        Self {
            status: abi::STATUS_USER,
            frame_at: 142,
            wire_len: len,
            captured_len: len,
            vlan: 0,
            packet_type: 0,
            vnet: [0; VNET_LEN],
            bytes,
        }
    }
}

impl FakeKernel {
    /// A ring and the kernel that fills it.
    pub fn new(config: &RingConfig, copies: bool) -> (Self, RxRing) {
        let layout = Layout::choose(config, copies).unwrap();
        let file = tempfile::tempfile().unwrap();
        file.set_len(layout.ring_len() as u64).unwrap();
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let ring = RxRing::over(Mapping::new(file.as_fd(), layout).unwrap(), PacketSocket::play(ours.into()));
        let memory = Mapping::new(file.as_fd(), layout).unwrap();
        (Self { memory, wire: theirs, next: 0, dropped: 0 }, ring)
    }

    /// Writes the next slot; false (and counted) if the ring is full.
    pub fn fill(&mut self, slot: &Slot<'_>) -> bool {
        if self.memory.status(self.next).load(Ordering::Acquire) != abi::STATUS_KERNEL {
            self.dropped += 1;
            return false;
        }
        let header = libc::tpacket2_hdr {
            tp_status: abi::STATUS_KERNEL,
            tp_len: slot.wire_len,
            tp_snaplen: slot.captured_len,
            tp_mac: slot.frame_at,
            tp_net: slot.frame_at.wrapping_add(14),
            tp_sec: 1,
            tp_nsec: 5,
            tp_vlan_tci: slot.vlan,
            tp_vlan_tpid: 0,
            tp_padding: [0; 4],
        };
        // SAFETY: the whole slot is the fake kernel's until its status says otherwise; it makes no other reference.
        let room = unsafe { self.memory.bytes(self.next, 0, self.memory.layout().slot_len()) };
        // SAFETY: `room` is longer than a header and aligned to 16.
        unsafe { room.as_mut_ptr().cast::<libc::tpacket2_hdr>().write(header) };
        room[abi::PACKET_TYPE_AT] = slot.packet_type;
        let at = usize::from(slot.frame_at);
        if at >= FIRST_FRAME_AT && at <= room.len() {
            room[at - VNET_LEN..at].copy_from_slice(&slot.vnet);
            let len = slot.bytes.len().min(room.len() - at);
            room[at..at + len].copy_from_slice(&slot.bytes[..len]);
        }
        self.memory.status(self.next).store(slot.status, Ordering::Release);
        self.next += 1;
        true
    }

    /// Writes a frame longer than a slot, with its full copy on the queue.
    pub fn fill_oversize(&mut self, vnet: [u8; VNET_LEN], bytes: &[u8]) -> bool {
        let room = self.memory.layout().slot_len() - 142;
        let slot = Slot {
            status: abi::STATUS_USER | abi::STATUS_COPY,
            captured_len: u32::try_from(room).unwrap(),
            bytes: &bytes[..room],
            vnet,
            wire_len: u32::try_from(bytes.len()).unwrap(),
            ..Slot::with(&[])
        };
        self.queue_copy(vnet, bytes);
        self.fill(&slot)
    }

    /// Puts a copy on the queue.
    pub fn queue_copy(&self, vnet: [u8; VNET_LEN], bytes: &[u8]) {
        self.wire.send(&[&vnet[..], bytes].concat()).unwrap();
    }

    /// What was sent by the ring's socket.
    pub fn sent(&self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 80 << 10];
        let len = self.wire.recv(&mut buffer).ok()?;
        buffer.truncate(len);
        Some(buffer)
    }
}

mod tests {
    use super::super::{Gather, Oversize};
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn small() -> (FakeKernel, RxRing) {
        FakeKernel::new(&RingConfig { ring_len: 128 << 10, ..RingConfig::default() }, true)
    }

    #[test]
    fn ten_thousand_frames_come_through_in_order() {
        let (mut kernel, mut ring) = small();
        let (mut given, mut seen) = (0u32, 0u32);
        while seen < 10_000 {
            for _ in 0..50 {
                given += u32::from(kernel.fill(&Slot::with(&given.to_be_bytes())));
            }
            let mut sweep = ring.sweep(64);
            for (ahead, number) in sweep.peek().zip(seen..) {
                assert_eq!(*ahead, number.to_be_bytes());
            }
            for frame in sweep.frames() {
                assert_eq!(*frame.bytes, seen.to_be_bytes());
                assert_eq!((frame.wire_len, frame.vlan, frame.stamp_ns), (4, None, 1_000_000_005));
                seen += 1;
            }
        }
        assert_eq!((ring.bad_slots(), kernel.dropped), (0, 0));
        assert!(ring.sweep(256).len() <= 64);
        assert!(!ring.is_ready());
    }

    #[test]
    fn a_full_ring_is_swept_in_bounded_pieces() {
        let (mut kernel, mut ring) = small();
        for _ in 0..70 {
            kernel.fill(&Slot::with(b"frame"));
        }
        assert_eq!(kernel.dropped, 6);
        assert_eq!(ring.sweep(48).len(), 48);
        assert!(ring.is_ready());
        assert_eq!(ring.sweep(48).len(), 16);
        assert!(ring.sweep(48).is_empty());
        assert!(ring.sweep(0).is_empty());
    }

    #[test]
    fn how_full_a_ring_is() {
        let (mut kernel, mut ring) = small();
        // From wherever it begins: 64 slots, of which some were swept before.
        for round in 0..5 {
            for frames in 1..=64 {
                kernel.fill(&Slot::with(b"frame"));
                let sweep = ring.sweep(3);
                for parts in [2, 4, 8] {
                    assert_eq!(sweep.fills_one_of(parts), frames > 64 / parts, "round {round}: {frames}");
                }
                std::mem::forget(sweep);
            }
            assert_eq!(ring.sweep(64).len(), 64);
            for _ in 0..7 {
                kernel.fill(&Slot::with(b"frame"));
            }
            assert_eq!(ring.sweep(64).len(), 7);
        }
    }

    #[test]
    fn what_is_known_besides_comes_along() {
        let (mut kernel, mut ring) = small();
        let status = abi::STATUS_USER | abi::STATUS_VLAN;
        kernel.fill(&Slot { status, vlan: 77, packet_type: 3, vnet: *b"0123456789", ..Slot::with(b"x") });
        let mut sweep = ring.sweep(1);
        let frame = sweep.frames().next().unwrap();
        assert_eq!((frame.vlan, frame.packet_type, &frame.vnet), (Some(77), 3, b"0123456789"));
    }

    #[test]
    fn a_lying_header_is_counted_and_skipped() {
        let (mut kernel, mut ring) = small();
        let lies = [
            Slot { frame_at: 0, ..Slot::with(b"lie") },
            Slot { frame_at: FIRST_FRAME_AT as u16 - 1, ..Slot::with(b"lie") },
            Slot { frame_at: u16::MAX, ..Slot::with(b"lie") },
            Slot { frame_at: 2047, captured_len: 2, wire_len: 2, ..Slot::with(b"") },
            Slot { captured_len: u32::MAX, wire_len: u32::MAX, ..Slot::with(b"") },
            Slot { captured_len: 5, wire_len: 4, ..Slot::with(b"") },
        ];
        for _ in 0..40 {
            for lie in &lies {
                kernel.fill(lie);
            }
            kernel.fill(&Slot::with(b"truth"));
            let mut sweep = ring.sweep(64);
            assert_eq!(sweep.len(), 7);
            let frames: Vec<_> = sweep.frames().map(|frame| frame.bytes.to_vec()).collect();
            assert_eq!(frames, [b"truth"]);
        }
        assert_eq!((ring.bad_slots(), kernel.dropped), (240, 0));
    }

    #[test]
    fn a_panic_in_the_middle_gives_every_frame_back() {
        let (mut kernel, mut ring) = small();
        for round in 0..20 {
            for _ in 0..64 {
                assert!(kernel.fill(&Slot::with(b"frame")), "round {round}");
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let mut sweep = ring.sweep(64);
                let third = sweep.frames().nth(2);
                assert!(third.is_none(), "as meant");
            }));
            assert!(outcome.is_err());
        }
        assert_eq!(kernel.dropped, 0);
    }

    #[test]
    fn a_forgotten_sweep_is_taken_again() {
        let (mut kernel, mut ring) = small();
        kernel.fill(&Slot::with(b"frame"));
        std::mem::forget(ring.sweep(64));
        assert_eq!(ring.sweep(64).len(), 1);
        assert!(ring.sweep(64).is_empty());
    }

    #[test]
    fn oversize_frames_come_whole_from_the_queue() {
        let (mut kernel, mut ring) = small();
        let long: Vec<u8> = (0..60_000u32).map(|i| i as u8).collect();
        kernel.fill(&Slot::with(b"before"));
        kernel.fill_oversize(*b"virtio-hdr", &long);
        kernel.fill(&Slot::with(b"after"));
        let mut sweep = ring.sweep(64);
        let frames: Vec<_> = sweep.frames().collect();
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[1].bytes, long);
        assert_eq!((frames[1].wire_len, &frames[1].vnet), (60_000, b"virtio-hdr"));
        assert_eq!(frames[2].bytes, b"after");
    }

    #[test]
    fn a_sweep_ends_when_its_copies_are_used_up() {
        let (mut kernel, mut ring) = small();
        let long = vec![7; 3000];
        let mut seen = 0;
        for _ in 0..10 {
            kernel.fill_oversize([0; VNET_LEN], &long);
        }
        for _ in 0..10 {
            kernel.fill_oversize([0; VNET_LEN], &long);
            let mut sweep = ring.sweep(64);
            assert!(sweep.len() <= 16);
            seen += sweep.frames().filter(|frame| frame.bytes == long).count();
        }
        seen += ring.sweep(64).frames().filter(|frame| frame.bytes == long).count();
        assert_eq!(seen, 20);
    }

    #[test]
    fn a_missing_copy_leaves_a_cut_frame_and_a_stray_one_is_skipped() {
        let (mut kernel, mut ring) = small();
        let status = abi::STATUS_USER | abi::STATUS_COPY;
        kernel.fill(&Slot { status, wire_len: 9000, captured_len: 4, ..Slot::with(b"head") });
        {
            let mut sweep = ring.sweep(64);
            let frame = sweep.frames().next().unwrap();
            assert_eq!((frame.bytes.len(), frame.wire_len), (4, 9000));
        }
        kernel.queue_copy([0; VNET_LEN], b"nobody's");
        kernel.fill_oversize([0; VNET_LEN], &[1; 5000]);
        let mut sweep = ring.sweep(64);
        assert_eq!(sweep.frames().next().unwrap().bytes, [1; 5000]);
    }

    #[test]
    fn stray_copies_do_not_wake_for_ever() {
        let (kernel, mut ring) = small();
        kernel.queue_copy([0; VNET_LEN], b"nobody's");
        for _ in 0..100 {
            assert!(!ring.is_ready());
            ring.woken_for_nothing();
        }
        assert!(ring.socket().receive(&mut [0; 64]).is_err());
    }

    #[test]
    fn large_slots_hold_super_frames_by_themselves() {
        let config = RingConfig { oversize: Oversize::LargeSlots, ..RingConfig::default() };
        let (mut kernel, mut ring) = FakeKernel::new(&config, true);
        let long = vec![3; 65_549];
        for _ in 0..500 {
            kernel.fill(&Slot::with(&long));
            let mut sweep = ring.sweep(64);
            assert_eq!(sweep.frames().next().unwrap().bytes, long);
        }
        assert_eq!(kernel.dropped, 0);
    }

    #[test]
    fn frames_are_rewritten_in_place_and_sent_from_the_ring() {
        let (mut kernel, mut ring) = small();
        let socket = ring.socket();
        let mut gather = Gather::new(64);
        kernel.fill(&Slot { vnet: [5; VNET_LEN], ..Slot::with(b"ping?") });
        let mut sweep = ring.sweep(64);
        let mut list = gather.list();
        for frame in sweep.frames() {
            frame.bytes[4] = b'!';
            list.push(0, &frame.vnet, b"", frame.bytes).unwrap();
        }
        assert_eq!(list.flush(socket.as_fd()).sent, 1);
        drop(list);
        drop(sweep);
        assert_eq!(kernel.sent().unwrap(), [&[5; VNET_LEN][..], b"ping!"].concat());
    }

    #[test]
    fn the_header_lies_where_the_kernel_puts_it() {
        assert_eq!((HEADER_LEN, abi::PACKET_TYPE_AT, FIRST_FRAME_AT), (32, 42, 62));
    }
}
