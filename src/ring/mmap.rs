//! The one owner of a ring's memory.
#![allow(unsafe_code, reason = "shares memory with the kernel")]

use super::abi::{self, Header};
use super::{Layout, VNET_LEN};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// A ring's memory, mapped for as long as this lives. All access goes by slot number, which wraps around.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the mapping is owned by this value alone (a) and belongs to no thread; it is not Sync, so that the status
// words have one reader at a time on our side.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps a ring of that shape from a socket (or, in tests, from a file that plays the socket).
    pub(super) fn new(fd: BorrowedFd<'_>, layout: Layout) -> io::Result<Self> {
        // SAFETY: a new shared mapping at an address of the kernel's choice touches no existing memory.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                layout.ring_len(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_POPULATE,
                fd.as_raw_fd(),
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { start, layout })
    }

    pub(super) const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The start of a slot: `slot_len` bytes from here lie inside the mapping, aligned to 16.
    fn slot(&self, slot: usize) -> *mut u8 {
        // SAFETY: the layout's offsets lie inside the mapping, a slot's length before its end (b).
        unsafe { self.start.as_ptr().add(self.layout.offset(slot)) }
    }

    pub(super) fn status(&self, slot: usize) -> &AtomicU32 {
        // SAFETY: the status word is the first 4 bytes of a slot, aligned to 16, inside the mapping for as long as
        // `self` lives (a, b), and used as an atomic by both sides (c).
        unsafe { AtomicU32::from_ptr(self.slot(slot).cast()) }
    }

    /// True if the kernel has handed the slot to us.
    pub(super) fn is_ready(&self, slot: usize) -> bool {
        self.status(slot).load(Ordering::Acquire) & abi::STATUS_USER != 0
    }

    /// Takes a ready slot's header: `None` if the slot is not ready, `Some(None)` if its header lies.
    pub(super) fn take(&self, slot: usize) -> Option<Option<Header>> {
        if !self.is_ready(slot) {
            return None;
        }
        // SAFETY: the header lies inside the slot (b) and is aligned; after the Acquire load the kernel no longer
        // writes it (c). It is read once, so what was checked is what is used.
        let raw = unsafe { self.slot(slot).cast::<libc::tpacket2_hdr>().read() };
        Some(Header::check(&raw, self.layout.slot_len()))
    }

    /// Gives a slot back to the kernel. No borrow of its bytes may be left.
    pub(super) fn give_back(&self, slot: usize) {
        self.status(slot).store(abi::STATUS_KERNEL, Ordering::Release);
    }

    /// The virtio header and the packet type of a taken slot.
    pub(super) fn prelude(&self, slot: usize, header: &Header) -> ([u8; VNET_LEN], u8) {
        let slot = self.slot(slot);
        // SAFETY: `Header::check` holds `frame_at` at least FIRST_FRAME_AT into the slot and inside it (b), which
        // leaves room for both; the slot is ours (c). Byte arrays need no alignment.
        unsafe {
            let vnet = slot.add(header.frame_at - VNET_LEN).cast::<[u8; VNET_LEN]>().read();
            let packet_type = slot.add(abi::PACKET_TYPE_AT).read();
            (vnet, packet_type)
        }
    }

    /// The frame's bytes in a taken slot.
    ///
    /// # Safety
    /// The slot must be ours, `header` must be what [`Mapping::take`] found there, and for as long as the slice lives
    /// no other reference to the slot's bytes may be made and it may not be given back.
    #[expect(
        clippy::mut_from_ref,
        reason = "interior memory shared with the kernel; exclusiveness is the contract"
    )]
    pub(super) unsafe fn bytes(&self, slot: usize, frame_at: usize, len: usize) -> &mut [u8] {
        // SAFETY: `Header::check` holds frame_at + len inside the slot (b); the caller promises the rest (c, d).
        unsafe { std::slice::from_raw_parts_mut(self.slot(slot).add(frame_at), len) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` mapped; borrows of the memory end before their owner is dropped (a, d).
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.layout.ring_len()) };
    }
}
