//! Memory shared with the kernel: one mapping, and the words in it that both sides count by.
#![allow(unsafe_code, reason = "shares memory with the kernel")]

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU32;

/// A mapping, for as long as this lives.
#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping is owned by this value alone (a) and belongs to no thread.
unsafe impl Send for Mapping {}
// SAFETY: by a shared reference there are atomics and an address to be had, no bytes (d).
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Fresh memory, all zero.
    pub(super) fn anonymous(len: usize) -> io::Result<Self> {
        Self::map(len, libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_POPULATE, -1, 0)
    }

    /// One ring of an AF_XDP socket, which the kernel knows by its offset.
    pub(super) fn of_socket(fd: BorrowedFd<'_>, len: usize, offset: libc::off_t) -> io::Result<Self> {
        Self::map(len, libc::MAP_SHARED | libc::MAP_POPULATE, fd.as_raw_fd(), offset)
    }

    fn map(len: usize, flags: c_int, fd: c_int, offset: libc::off_t) -> io::Result<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no existing memory.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, access, flags, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { start, len })
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Where it begins; aligned to a page.
    pub(super) const fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// The word at an offset, which must be below the length by four at least and a multiple of four.
    pub(super) fn word(&self, at: usize) -> &AtomicU32 {
        assert!(
            at.is_multiple_of(4) && at < self.len.saturating_sub(3),
            "offsets are checked when a ring is made"
        );
        // SAFETY: inside the mapping and aligned (b), mapped for as long as `self` lives (a), and used as an atomic by
        // both sides (c).
        unsafe { AtomicU32::from_ptr(self.start.as_ptr().add(at).cast()) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `map` mapped; borrows of it end before their owner is dropped (a).
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
