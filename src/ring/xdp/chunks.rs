//! Which chunks of a piece of shared memory the kernel has. Nothing that it says about a chunk is believed without this.

/// Where one half of a socket's chunks lie, and who has each.
#[derive(Debug)]
pub(super) struct Chunks {
    /// Of the first chunk, in bytes from the memory's start.
    start: usize,
    chunk_len: usize,
    with_kernel: Vec<bool>,
}

/// A frame within the shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Number of the chunk.
    pub chunk: usize,
    /// Bytes from the memory's start.
    pub at: usize,
    /// Bytes of the frame; never beyond its chunk.
    pub len: usize,
}

impl Chunks {
    /// So many chunks (of at least one byte) from `start` on, all ours.
    pub(super) fn new(start: usize, count: usize, chunk_len: usize) -> Self {
        Self { start, chunk_len, with_kernel: vec![false; count] }
    }

    /// Number of chunks.
    pub(super) const fn count(&self) -> usize {
        self.with_kernel.len()
    }

    /// Length of each in bytes.
    pub(super) const fn chunk_len(&self) -> usize {
        self.chunk_len
    }

    /// Where a chunk begins, in bytes from the memory's start; `None` if it is not ours to give away.
    pub(super) fn lend(&mut self, chunk: usize) -> Option<usize> {
        let with_kernel = self.with_kernel.get_mut(chunk).filter(|with_kernel| !**with_kernel)?;
        *with_kernel = true;
        Some(self.start + chunk * self.chunk_len)
    }

    /// Takes the chunk back in which this address lies; `None` if the kernel did not have it.
    pub(super) fn take_back(&mut self, addr: u64) -> Option<usize> {
        let chunk = usize::try_from(addr).ok()?.checked_sub(self.start)? / self.chunk_len;
        let with_kernel = self.with_kernel.get_mut(chunk).filter(|with_kernel| **with_kernel)?;
        *with_kernel = false;
        Some(chunk)
    }

    /// Takes a chunk back with the frame that the kernel wrote into it: `Err` with the chunk alone if the frame does not
    /// lie within, `None` if the kernel did not have it.
    pub(super) fn receive(&mut self, addr: u64, len: u32) -> Option<Result<Span, usize>> {
        let chunk = self.take_back(addr)?;
        let end = self.start + (chunk + 1) * self.chunk_len;
        let span = usize::try_from(addr).ok().zip(usize::try_from(len).ok());
        let span = span.filter(|(at, len)| at.checked_add(*len).is_some_and(|last| last <= end));
        Some(span.map(|(at, len)| Span { chunk, at, len }).ok_or(chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_goes_there_and_comes_back_once() {
        let mut chunks = Chunks::new(8192, 4, 2048);
        assert_eq!(chunks.lend(1), Some(10240));
        assert_eq!(chunks.lend(1), None, "it is away");
        assert_eq!(chunks.lend(4), None);
        assert_eq!(chunks.receive(10240 + 256, 60), Some(Ok(Span { chunk: 1, at: 10496, len: 60 })));
        assert_eq!(chunks.receive(10240 + 256, 60), None, "twice");
        assert_eq!(chunks.lend(1), Some(10240));
        assert_eq!(chunks.take_back(10240 + 2047), Some(1));
        assert_eq!(chunks.take_back(10240), None);
    }

    #[test]
    fn a_lying_descriptor_gives_nothing() {
        let mut chunks = Chunks::new(8192, 4, 2048);
        assert_eq!(chunks.lend(3), Some(14336));
        for addr in [0, 8191, 8192, 12288, 16384, u64::MAX, u64::MAX - 255] {
            assert_eq!(chunks.receive(addr, 60), None, "{addr}: not with the kernel");
        }
        for len in [u32::MAX, 2049, 1793] {
            assert_eq!(
                chunks.receive(14336 + 256, len),
                Some(Err(3)),
                "{len}: beyond the chunk, which is back"
            );
            assert_eq!(chunks.lend(3), Some(14336));
        }
        assert!(matches!(chunks.receive(14336 + 256, 1792), Some(Ok(_))));
    }
}
