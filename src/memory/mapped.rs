//! A slice in a mapping of its own.
#![allow(unsafe_code, reason = "owns a mapping")]

use rustix::fs::{FallocateFlags, fallocate};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous, munmap};
use std::fmt;
use std::fs::File;
use std::io;
use std::ops::{Deref, Range};
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;
use zerocopy::{FromBytes, FromZeros};

/// Size and alignment of a huge page where it pays to ask for one: 2 MiB on x86-64 and on arm64 with 4-KiB pages. Elsewhere
/// the advice does nothing.
const HUGE: usize = 2 << 20;

/// A slice of zeros at an address that stays. Memory is taken from the system page by page as it is first written.
pub struct Mapped<T> {
    start: NonNull<T>,
    len: usize,
    mapping: NonNull<u8>,
    mapping_len: usize,
    /// The file that it lies in, and where; `None`: anonymous memory.
    file: Option<(Arc<File>, u64)>,
}

// SAFETY: the mapping is owned by this value alone (a) and belongs to no thread: it may go and be shared as a boxed slice
// may.
unsafe impl<T: Send> Send for Mapped<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Mapped<T> {}

impl<T> fmt::Debug for Mapped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapped").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<T: FromZeros> Mapped<T> {
    /// Reserves room for `len` values. With `huge_pages` the kernel is asked for such: fewer of them, which are taken two
    /// megabytes at a time.
    ///
    /// # Errors
    /// The system's, if it grants no such address space (`RLIMIT_AS`, `vm.overcommit_memory=2`).
    pub fn zeroed(len: usize, huge_pages: bool) -> io::Result<Self> {
        const { assert!(!std::mem::needs_drop::<T>() && size_of::<T>() > 0 && align_of::<T>() <= 4096) };
        let too_much = || io::Error::from(io::ErrorKind::OutOfMemory);
        let bytes = len.max(1).checked_mul(size_of::<T>()).ok_or_else(too_much)?;
        // An anonymous mapping begins at a page; one that is to have huge pages begins at one of those.
        let slack = if huge_pages { HUGE } else { 0 };
        let mapping_len = bytes.checked_next_multiple_of(4096).and_then(|len| len.checked_add(slack));
        let mapping_len = mapping_len.filter(|len| isize::try_from(*len).is_ok()).ok_or_else(too_much)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no existing memory.
        let mapping = unsafe {
            mmap_anonymous(std::ptr::null_mut(), mapping_len, ProtFlags::READ | ProtFlags::WRITE, flags)?
        };
        let mapping = NonNull::new(mapping.cast::<u8>()).ok_or_else(too_much)?;
        let mut start = mapping;
        if huge_pages {
            let offset = mapping.addr().get().next_multiple_of(HUGE) - mapping.addr().get();
            // SAFETY: less than HUGE, and the mapping is longer than `bytes` by that (b).
            start = unsafe { mapping.add(offset) };
            // SAFETY: the range lies in the mapping, which nobody uses yet; the advice changes no contents.
            // Without huge pages it goes as well.
            let _ = unsafe { madvise(start.as_ptr().cast(), bytes, Advice::LinuxHugepage) };
        }
        Ok(Self { start: start.cast(), len, mapping, mapping_len, file: None })
    }
}

impl<T: FromBytes> Mapped<T> {
    /// A slice in a file, from this byte on (a multiple of 4096): it outlives the process. The file must be this process's
    /// alone, by a lock, for as long as this lives, and must not become shorter. What is not [secured](Self::secure) may
    /// not be touched: where the file system is full, the kernel ends the process for it.
    ///
    /// # Errors
    /// The file is shorter than that; or the system's, if it grants no such address space.
    pub fn in_file(file: &Arc<File>, offset: u64, len: usize, huge_pages: bool) -> io::Result<Self> {
        const { assert!(!std::mem::needs_drop::<T>() && size_of::<T>() > 0 && align_of::<T>() <= 4096) };
        let too_much = || io::Error::from(io::ErrorKind::OutOfMemory);
        let bytes = len.max(1).checked_mul(size_of::<T>()).ok_or_else(too_much)?;
        let bytes = bytes.checked_next_multiple_of(4096).filter(|len| isize::try_from(*len).is_ok());
        let bytes = bytes.ok_or_else(too_much)?;
        let end = offset.checked_add(bytes as u64).ok_or_else(too_much)?;
        if end > file.metadata()?.len() || !offset.is_multiple_of(4096) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no existing memory.
        let mapping = unsafe { mmap(std::ptr::null_mut(), bytes, access, MapFlags::SHARED, file, offset)? };
        let mapping = NonNull::new(mapping.cast::<u8>()).ok_or_else(too_much)?;
        if huge_pages {
            // SAFETY: the whole mapping, which nobody uses yet; the advice changes no contents. Where files may not have
            // huge pages it goes as well.
            let _ = unsafe { madvise(mapping.as_ptr().cast(), bytes, Advice::LinuxHugepage) };
        }
        let file = Some((Arc::clone(file), offset));
        Ok(Self { start: mapping.cast(), len, mapping, mapping_len: bytes, file })
    }
}

impl<T> Mapped<T> {
    /// Has the file system keep room for these values, if they lie in a file: then they may be touched.
    ///
    /// # Errors
    /// The file system is full.
    pub fn secure(&self, range: Range<usize>) -> io::Result<()> {
        let end = range.end.min(self.len) * size_of::<T>();
        let begin = range.start * size_of::<T>();
        if let Some((file, offset)) = &self.file
            && begin < end
        {
            fallocate(file, FallocateFlags::empty(), offset + begin as u64, (end - begin) as u64)?;
        }
        Ok(())
    }

    /// Takes the memory of these values from the system now, not when each is first written: that takes some 100 µs for two
    /// megabytes. They keep what they hold. Kernels before 5.14 do nothing.
    pub fn populate(&self, range: Range<usize>) {
        const PAGE: usize = 4096;
        let end = range.end.min(self.len) * size_of::<T>();
        let begin = (range.start * size_of::<T>()) & !(PAGE - 1);
        if begin < end {
            // SAFETY: from a page's beginning in the mapping to a place in it (b); contents do not change.
            let _ = unsafe {
                let first = self.start.cast::<u8>().add(begin);
                madvise(first.as_ptr().cast(), end - begin, Advice::LinuxPopulateWrite)
            };
        }
    }
}

impl<T> Deref for Mapped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `len` values from `start` lie in the mapping (b), aligned as pages are; zeros, and where it is a file any
        // bytes, are good values (c), and what was written since was written through this type's own interior mutability.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T> Drop for Mapped<T> {
    fn drop(&mut self) {
        // SAFETY: exactly what `zeroed` or `in_file` mapped; borrows end before their owner is dropped (a).
        let _ = unsafe { munmap(self.mapping.as_ptr().cast(), self.mapping_len) };
    }
}

/// Has the processor fetch the cache line of a value, to be read soon. Changes nothing that can be observed.
#[inline]
pub fn prefetch<T>(value: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and cannot fault, whatever the address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(value.cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch reads nothing and cannot fault, whatever the address.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{0}]", in(reg) value, options(nostack, readonly, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = value;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    #[test]
    fn begins_as_zeros_and_keeps_what_is_written() {
        for huge in [false, true] {
            let words = Mapped::<AtomicU64>::zeroed(1 << 20, huge).unwrap();
            assert_eq!((words.len(), words.first().unwrap().load(Relaxed)), (1 << 20, 0));
            let last = words.last().unwrap();
            assert_eq!(last.swap(7, Relaxed), 0);
            assert_eq!(words[(1 << 20) - 1].load(Relaxed), 7);
            prefetch(last);
        }
        assert!(Mapped::<AtomicU64>::zeroed(0, false).unwrap().is_empty());
    }

    #[test]
    fn more_than_there_are_addresses_is_refused() {
        for len in [usize::MAX, usize::MAX / 8, 1 << 58] {
            let refused = Mapped::<AtomicU64>::zeroed(len, true).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::OutOfMemory, "{len}");
        }
    }

    #[test]
    fn populated_memory_keeps_its_contents_and_is_there() {
        let words = Mapped::<AtomicU64>::zeroed(1 << 20, false).unwrap();
        words[700].store(7, Relaxed);
        let resident = || {
            let text = std::fs::read_to_string("/proc/self/statm").unwrap();
            text.split(' ').nth(1).unwrap().parse::<usize>().unwrap()
        };
        let before = resident();
        words.populate(3..1 << 20);
        words.populate(5..usize::MAX / 8);
        words.populate(9..9);
        assert_eq!((words[700].load(Relaxed), words[(1 << 20) - 1].load(Relaxed)), (7, 0));
        // 2048 pages; other tests take and give back some meanwhile. Old kernels do nothing.
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
        let is_old = release.starts_with("4.") || release.starts_with("5.");
        assert!(is_old || resident() > before + 1024, "{before} pages, then {}", resident());
    }

    #[test]
    fn one_with_huge_pages_begins_at_one() {
        let words = Mapped::<AtomicU64>::zeroed(10, true).unwrap();
        assert_eq!(words.as_ptr().addr() % HUGE, 0);
    }
}
