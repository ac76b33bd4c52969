//! The receive ring and its sweep.
#![allow(unsafe_code, reason = "lends out bytes of the shared memory")]

use super::abi::Header;
use super::mmap::Mapping;
use super::{Fanout, FanoutMode, Layout, LinkTrouble, PacketSocket, RingConfig, RingError, Sieve, VNET_LEN};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::slice;

/// Most frames that one sweep takes.
pub const MAX_SWEEP: usize = 256;

/// Room for a copy of an oversize frame: virtio header, link headers, 64 KiB.
const COPY_LEN: usize = 66 << 10;
/// Copies that one sweep can hold; it ends early when they are used up.
const COPIES: usize = 16;
/// Copies on the queue that belong to no slot, skipped at most per slot.
const STRAYS: usize = 64;
/// Wake-ups in a row without a ready frame after which the queue is cleared of stray copies, which would wake for ever.
const FALSE_WAKES: u8 = 100;

/// A receive ring on one interface.
#[derive(Debug)]
pub struct RxRing {
    mapping: Mapping,
    socket: PacketSocket,
    /// The slot that the kernel fills next from our point of view.
    head: usize,
    taken: Vec<Taken>,
    copies: Vec<Box<[u8]>>,
    fanned_out: bool,
    pending_errno: i32,
    false_wakes: u8,
    received: u64,
    kernel_drops: u64,
    bad_slots: u64,
}

/// One slot of the present sweep.
#[derive(Clone, Copy, Debug)]
struct Taken {
    slot: usize,
    vnet: [u8; VNET_LEN],
    packet_type: u8,
    header: Header,
    place: Place,
}

/// Where a frame's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Slot,
    /// In the next unused copy buffer.
    Copy {
        frame_len: usize,
    },
    /// Nowhere: the slot's header lies.
    Nowhere,
}

/// A received frame, its bytes lent by the sweep.
#[derive(Debug)]
pub struct Received<'s> {
    /// The frame from its link-layer header on; shorter than `wire_len` if it was cut.
    pub bytes: &'s mut [u8],
    /// The virtio network header, as the kernel wrote it.
    pub vnet: [u8; VNET_LEN],
    /// Length on the wire in bytes.
    pub wire_len: u32,
    /// A VLAN tag (TCI) that was taken off.
    pub vlan: Option<u16>,
    /// `sll_pkttype`: to whom the link layer says it was sent.
    pub packet_type: u8,
    /// When it came in: nanoseconds of CLOCK_REALTIME.
    pub stamp_ns: u64,
}

impl RxRing {
    /// Opens a ring on an interface, and joins a fan-out group if asked to.
    ///
    /// # Errors
    /// [`RingError`] names what was refused and what to do about it.
    pub fn open(ifindex: u32, config: &RingConfig, fanout: Option<Fanout>) -> Result<Self, RingError> {
        Self::open_with(None, None, ifindex, config, fanout)
    }

    /// As [`RxRing::open`], behind a sieve, as far as its duties go: its filter for the worker `filtered_for` (if there is
    /// one) stands before it, and its program deals out frames to a group of mode [`FanoutMode::Client`] (else all go to
    /// the first ring).
    ///
    /// # Errors
    /// As there.
    pub fn open_behind(
        sieve: &Sieve,
        filtered_for: Option<usize>,
        ifindex: u32,
        config: &RingConfig,
        fanout: Option<Fanout>,
    ) -> Result<Self, RingError> {
        let filter = filtered_for.and_then(|worker| sieve.filter_fd(worker));
        Self::open_with(filter, sieve.deal_fd(), ifindex, config, fanout)
    }

    fn open_with(
        filter: Option<i32>,
        deal: Option<i32>,
        ifindex: u32,
        config: &RingConfig,
        fanout: Option<Fanout>,
    ) -> Result<Self, RingError> {
        let socket = PacketSocket::new()?;
        let layout = socket.prepare(config)?;
        let mapping = Mapping::new(socket.as_fd(), layout)
            .map_err(|source| RingError::Map { len: layout.ring_len(), source })?;
        let mut ring = Self::over(mapping, socket);
        if let Some(filter) = filter {
            ring.socket.filter_by(filter)?;
        }
        ring.socket.bind(ifindex)?;
        if let Some(fanout) = fanout {
            ring.socket.join(fanout)?;
            ring.fanned_out = true;
            if let Some(deal) = deal.filter(|_| fanout.mode == FanoutMode::Client) {
                ring.socket.deal_by(deal)?;
            }
        }
        Ok(ring)
    }

    pub(super) fn over(mapping: Mapping, socket: PacketSocket) -> Self {
        let copies = if mapping.layout().has_small_slots() { COPIES } else { 0 };
        Self {
            mapping,
            socket,
            head: 0,
            taken: Vec::with_capacity(MAX_SWEEP),
            copies: (0..copies).map(|_| vec![0; COPY_LEN].into_boxed_slice()).collect(),
            fanned_out: false,
            pending_errno: 0,
            false_wakes: 0,
            received: 0,
            kernel_drops: 0,
            bad_slots: 0,
        }
    }

    /// Binds the ring to another interface (or to the same one, made anew).
    ///
    /// # Errors
    /// [`RingError::InFanout`] for a ring in a fan-out group, which the kernel does not let go;
    /// [`RingError::NoSuchDevice`], [`RingError::Bind`].
    pub fn rebind(&mut self, ifindex: u32) -> Result<(), RingError> {
        if self.fanned_out {
            return Err(RingError::InFanout);
        }
        self.socket.bind(ifindex)
    }

    /// The socket below, for sending.
    pub fn socket(&self) -> PacketSocket {
        self.socket.clone()
    }

    /// The ring's shape.
    pub fn layout(&self) -> &Layout {
        self.mapping.layout()
    }

    /// True if at least one frame is ready: a look into memory, no system call.
    pub fn is_ready(&self) -> bool {
        self.mapping.is_ready(self.head)
    }

    /// Takes up to `budget` ready frames (at most [`MAX_SWEEP`], and never the whole ring twice).
    pub fn sweep(&mut self, budget: usize) -> Sweep<'_> {
        self.taken.clear();
        let most = budget.min(MAX_SWEEP).min(self.mapping.layout().slots());
        let mut copies_used = 0;
        while self.taken.len() < most {
            let slot = self.head + self.taken.len();
            let Some(header) = self.mapping.take(slot) else { break };
            let Some(header) = header else {
                self.bad_slots += 1;
                self.taken.push(Taken::bad(slot));
                continue;
            };
            let (mut vnet, packet_type) = self.mapping.prelude(slot, &header);
            let mut place = Place::Slot;
            if header.has_copy {
                let Some(buffer) = self.copies.get_mut(copies_used) else { break };
                if let Some(len) = fetch(&self.socket, &mut self.pending_errno, buffer, header.wire_len)
                    && let Some((head, _)) = buffer.split_first_chunk()
                {
                    vnet = *head;
                    place = Place::Copy { frame_len: len - VNET_LEN };
                    copies_used += 1;
                }
            }
            self.taken.push(Taken { slot, vnet, packet_type, header, place });
        }
        if !self.taken.is_empty() {
            self.false_wakes = 0;
        }
        Sweep { ring: self }
    }

    /// Told by a waiter that the socket woke it, although [`RxRing::is_ready`] says no. Now and then that is a frame
    /// just being written; if it does not end, stray copies lie on the queue and are cleared away.
    pub fn woken_for_nothing(&mut self) {
        self.false_wakes = self.false_wakes.saturating_add(1);
        if self.false_wakes >= FALSE_WAKES {
            self.false_wakes = 0;
            let mut scrap = [0; 1];
            for _ in 0..self.mapping.layout().slots() {
                if self.socket.receive(&mut scrap).is_err() {
                    break;
                }
            }
        }
    }

    /// True if an error was met while copies were fetched, which the socket will not tell again.
    pub const fn has_trouble(&self) -> bool {
        self.pending_errno != 0
    }

    /// Takes the error off the socket (which ends POLLERR) and names it.
    pub fn take_trouble(&mut self) -> Option<LinkTrouble> {
        let errno = match std::mem::take(&mut self.pending_errno) {
            0 => self.socket.take_errno(),
            seen => seen,
        };
        (errno != 0).then(|| self.socket.name_trouble(errno))
    }

    /// Frames that the kernel has put into the ring so far, and those it lost because the ring was full.
    pub fn kernel_counts(&mut self) -> (u64, u64) {
        if let Ok(counted) = self.socket.statistics() {
            self.received += u64::from(counted.received);
            self.kernel_drops += u64::from(counted.dropped);
        }
        (self.received, self.kernel_drops)
    }

    /// Frames lost so far because the ring was full.
    pub fn kernel_drops(&mut self) -> u64 {
        self.kernel_counts().1
    }

    /// Slots so far whose header pointed outside the slot: given back unread.
    pub const fn bad_slots(&self) -> u64 {
        self.bad_slots
    }

    /// Frames that it holds.
    pub const fn slots(&self) -> usize {
        self.mapping.layout().slots()
    }
}

impl AsFd for RxRing {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Taken {
    const fn bad(slot: usize) -> Self {
        let header =
            Header { has_copy: false, frame_at: 0, captured_len: 0, wire_len: 0, vlan: None, stamp_ns: 0 };
        Self { slot, vnet: [0; VNET_LEN], packet_type: 0, header, place: Place::Nowhere }
    }
}

/// Fetches the full copy of a frame, virtio header in front, into `buffer`; the answer is its length.
///
/// Copies come in the order of their slots. One whose length does not fit belongs to a slot that was not read, and is
/// skipped: whatever is returned is a whole frame, if in the worst case another one of the same length.
fn fetch(socket: &PacketSocket, pending_errno: &mut i32, buffer: &mut [u8], wire_len: u32) -> Option<usize> {
    let wanted = usize::try_from(wire_len).ok()?.checked_add(VNET_LEN)?;
    for _ in 0..STRAYS {
        match socket.receive(buffer) {
            Ok(len) if len == wanted => return (len <= buffer.len()).then_some(len),
            Ok(_) => {}
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => return None,
                io::ErrorKind::Interrupted => {}
                // An error pending on the socket comes before the data: keep it for `take_trouble`, read on.
                _ => *pending_errno = error.raw_os_error().unwrap_or(libc::EIO),
            },
        }
    }
    None
}

/// The frames of one sweep. Dropping it, also in a panic, gives them all back to the kernel.
///
/// What is queued from a sweep must be sent before:
///
/// ```
/// use ulvs::ring::{Gather, PacketSocket, RxRing};
/// use std::os::fd::AsFd;
/// fn send_all(ring: &mut RxRing, gather: &mut Gather, out: &PacketSocket) {
///     let mut sweep = ring.sweep(64);
///     let mut list = gather.list();
///     for frame in sweep.frames() {
///         let _ = list.push(0, &frame.vnet, &[], frame.bytes);
///     }
///     list.flush(out.as_fd());
/// }
/// ```
///
/// Given back first, it does not compile:
///
/// ```compile_fail,E0505
/// use ulvs::ring::{Gather, PacketSocket, RxRing};
/// use std::os::fd::AsFd;
/// fn send_all(ring: &mut RxRing, gather: &mut Gather, out: &PacketSocket) {
///     let mut sweep = ring.sweep(64);
///     let mut list = gather.list();
///     for frame in sweep.frames() {
///         let _ = list.push(0, &frame.vnet, &[], frame.bytes);
///     }
///     drop(sweep);
///     list.flush(out.as_fd());
/// }
/// ```
#[derive(Debug)]
pub struct Sweep<'r> {
    ring: &'r mut RxRing,
}

impl Sweep<'_> {
    /// Number of slots taken, bad ones included.
    pub fn len(&self) -> usize {
        self.ring.taken.len()
    }

    /// True if nothing was ready.
    pub fn is_empty(&self) -> bool {
        self.ring.taken.is_empty()
    }

    /// True if as much of the ring was full when this looks: 1 of `parts` (at least 2), those that the sweep took included.
    /// A look into memory.
    pub fn fills_one_of(&self, parts: usize) -> bool {
        let slots = self.ring.mapping.layout().slots();
        // The kernel fills slots in order: one that far ahead is ready only if all before it are.
        self.ring.mapping.is_ready(self.ring.head + slots / parts.max(2))
    }

    /// The frames' bytes, to look at before any is taken; of bad slots, and of frames that are not in the ring, nothing.
    pub fn peek(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let RxRing { mapping, taken, .. } = &*self.ring;
        taken.iter().map(|taken| match taken.place {
            // SAFETY: as in `Frames::next`, but for reading; the sweep is borrowed, so no frame is lent to be changed (d).
            Place::Slot => unsafe {
                &*mapping.bytes(taken.slot, taken.header.frame_at, taken.header.captured_len)
            },
            Place::Copy { .. } | Place::Nowhere => &[],
        })
    }

    /// The frames, each once, in the order of their arrival; bad slots are left out.
    pub fn frames(&mut self) -> Frames<'_> {
        let RxRing { mapping, taken, copies, .. } = &mut *self.ring;
        Frames { mapping, taken: taken.iter(), copies: copies.iter_mut() }
    }
}

impl Drop for Sweep<'_> {
    fn drop(&mut self) {
        for taken in &self.ring.taken {
            self.ring.mapping.give_back(taken.slot);
        }
        self.ring.head = (self.ring.head + self.ring.taken.len()) % self.ring.mapping.layout().slots();
        self.ring.taken.clear();
    }
}

/// Iterates over the frames of a sweep.
#[derive(Debug)]
pub struct Frames<'s> {
    mapping: &'s Mapping,
    taken: slice::Iter<'s, Taken>,
    copies: slice::IterMut<'s, Box<[u8]>>,
}

impl<'s> Iterator for Frames<'s> {
    type Item = Received<'s>;

    fn next(&mut self) -> Option<Received<'s>> {
        loop {
            let taken = self.taken.next()?;
            let header = &taken.header;
            let bytes = match taken.place {
                Place::Nowhere => continue,
                Place::Copy { frame_len } => self.copies.next()?.get_mut(VNET_LEN..)?.get_mut(..frame_len)?,
                // SAFETY: the slot is ours until the sweep is dropped, which 's does not outlive; the header is what
                // was found there; `frames` borrows the sweep exclusively and visits each slot once (b, c, d).
                Place::Slot => unsafe {
                    self.mapping.bytes(taken.slot, header.frame_at, header.captured_len)
                },
            };
            return Some(Received {
                bytes,
                vnet: taken.vnet,
                wire_len: header.wire_len,
                vlan: header.vlan,
                packet_type: taken.packet_type,
                stamp_ns: header.stamp_ns,
            });
        }
    }
}
