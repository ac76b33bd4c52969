//! A map that programs read and we write without asking the kernel: its memory is ours, too.

use super::{BpfError, Map, MapKind, refused};
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

/// Bytes of a number in the map.
const NUMBER_LEN: usize = size_of::<u64>();

/// An array of numbers, in the kernel and mapped here.
#[derive(Debug)]
pub(in crate::ring) struct Shared {
    map: Map,
    start: NonNull<AtomicU64>,
    numbers: usize,
}

// SAFETY: the mapping is owned by this value alone, belongs to no thread, and is only ever used as atomics.
unsafe impl Send for Shared {}
// SAFETY: as above: all access is atomic.
unsafe impl Sync for Shared {}

impl Shared {
    /// So many numbers (at least one), all 0.
    pub(in crate::ring) fn new(numbers: u32, name: &str) -> Result<Self, BpfError> {
        let entries = numbers.max(1);
        let map = Map::new(MapKind::SharedArray, 4, NUMBER_LEN, entries, name)?;
        let numbers = usize::try_from(entries).unwrap_or(1);
        // SAFETY: a new shared mapping at an address of the kernel's choice touches no existing memory.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                numbers * NUMBER_LEN,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                map.fd(),
                0,
            )
        };
        let mapped = if start == libc::MAP_FAILED { None } else { NonNull::new(start.cast()) };
        let start = mapped.ok_or_else(|| refused("shared BPF map", io::Error::last_os_error(), &[]))?;
        Ok(Self { map, start, numbers })
    }

    pub(in crate::ring) fn fd(&self) -> i32 {
        self.map.fd()
    }

    /// One of the numbers, `None` behind the last.
    pub(in crate::ring) fn get(&self, index: usize) -> Option<&AtomicU64> {
        if index >= self.numbers {
            return None;
        }
        // SAFETY: inside the mapping, which begins at a page and lives as long as `self`; the kernel's programs only read
        // such words whole, and we only make atomics of them.
        Some(unsafe { self.start.add(index).as_ref() })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: exactly what `new` mapped; borrows of it end before their owner is dropped.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.numbers * NUMBER_LEN) };
    }
}
