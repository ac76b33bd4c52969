//! The rings of an AF_XDP socket: a power of two of entries between two counters that only grow, and wrap at 2^32.
//!
//! ```text
//!  consumer ──► [ written, not yet read ] ◄── producer
//! ```
//!
//! Two of the four are written by us ([`Producer`]: fill and transmit), two are read by us ([`Consumer`]: receive and
//! completion). What the kernel counts is an argument, not a truth: a counter that makes no sense gives an empty or a
//! full ring, never an entry outside.
#![allow(unsafe_code, reason = "reads and writes entries in shared memory")]

use super::memory::Mapping;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

/// What a ring holds: plain integers, so that whatever the kernel writes is a valid value.
pub(super) trait Entry: Copy {}
impl Entry for u64 {}
impl Entry for libc::xdp_desc {}

/// Where things lie in a ring's mapping, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The counter of what was written.
    pub producer: usize,
    /// The counter of what was read.
    pub consumer: usize,
    /// The first entry.
    pub entries: usize,
    /// Number of entries: a power of two.
    pub size: u32,
}

/// The common half: memory whose shape was checked.
#[derive(Debug)]
struct Ring<T> {
    mapping: Mapping,
    shape: Shape,
    entries: PhantomData<T>,
}

impl<T: Entry> Ring<T> {
    /// `None` if the shape does not fit the mapping.
    fn new(mapping: Mapping, shape: Shape) -> Option<Self> {
        let size = usize::try_from(shape.size).ok()?;
        let end = size.checked_mul(size_of::<T>())?.checked_add(shape.entries)?;
        let is_word =
            |at: usize| at.is_multiple_of(4) && at.checked_add(4).is_some_and(|end| end <= mapping.len());
        let fits = shape.size.is_power_of_two()
            && end <= mapping.len()
            && shape.entries.is_multiple_of(align_of::<T>())
            && is_word(shape.producer)
            && is_word(shape.consumer);
        fits.then_some(Self { mapping, shape, entries: PhantomData })
    }

    fn count(&self, at: usize) -> u32 {
        self.mapping.word(at).load(Ordering::Acquire)
    }

    fn publish(&self, at: usize, count: u32) {
        self.mapping.word(at).store(count, Ordering::Release);
    }

    /// Where the entry with this number lies: numbers wrap around.
    fn entry(&self, number: u32) -> *mut T {
        let place = (number & (self.shape.size - 1)) as usize;
        // SAFETY: `new` holds all entries inside the mapping and aligned (b); `place` is below their number.
        unsafe { self.mapping.start().add(self.shape.entries).cast::<T>().add(place) }
    }
}

/// A ring that we write and the kernel reads.
#[derive(Debug)]
pub(super) struct Producer<T> {
    ring: Ring<T>,
    /// Entries written so far, published or not.
    written: u32,
    /// What the kernel had read when we last looked.
    read: u32,
}

impl<T: Entry> Producer<T> {
    pub(super) fn new(mapping: Mapping, shape: Shape) -> Option<Self> {
        let ring = Ring::new(mapping, shape)?;
        let written = ring.count(shape.producer);
        let read = ring.count(shape.consumer);
        Some(Self { ring, written, read })
    }

    /// Entries that can be written now; a look into the shared memory only if fewer than `wanted` were free before.
    pub(super) fn free(&mut self, wanted: u32) -> u32 {
        let size = self.ring.shape.size;
        let free = |read: u32, written: u32| size.saturating_sub(written.wrapping_sub(read));
        if free(self.read, self.written) < wanted {
            self.read = self.ring.count(self.ring.shape.consumer);
        }
        free(self.read, self.written)
    }

    /// Writes one entry, which the kernel sees after [`Producer::publish`]; false if the ring is full.
    pub(super) fn push(&mut self, entry: T) -> bool {
        if self.free(1) == 0 {
            return false;
        }
        // SAFETY: a free entry is ours until it is published (c), and nobody else writes here.
        unsafe { self.ring.entry(self.written).write(entry) };
        self.written = self.written.wrapping_add(1);
        true
    }

    /// Hands what was written to the kernel.
    pub(super) fn publish(&self) {
        self.ring.publish(self.ring.shape.producer, self.written);
    }

    /// Entries that the kernel has not yet read.
    pub(super) fn backlog(&self) -> u32 {
        let waiting = self.written.wrapping_sub(self.ring.count(self.ring.shape.consumer));
        if waiting > self.ring.shape.size { 0 } else { waiting }
    }
}

/// A ring that the kernel writes and we read.
#[derive(Debug)]
pub(super) struct Consumer<T> {
    ring: Ring<T>,
    /// Entries read so far, given back or not.
    read: u32,
    /// What the kernel had written when we last looked.
    written: u32,
}

impl<T: Entry> Consumer<T> {
    pub(super) fn new(mapping: Mapping, shape: Shape) -> Option<Self> {
        let ring = Ring::new(mapping, shape)?;
        let read = ring.count(shape.consumer);
        Some(Self { ring, read, written: read })
    }

    /// True if there is something to read: a look into memory.
    pub(super) fn is_ready(&self) -> bool {
        self.ring.count(self.ring.shape.producer) != self.read
    }

    /// Reads the next entry. Its place is the kernel's again after [`Consumer::release`].
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.written == self.read {
            let written = self.ring.count(self.ring.shape.producer);
            if written.wrapping_sub(self.read) > self.ring.shape.size {
                // More than there is room for: start afresh where the kernel says it is.
                self.read = written;
            }
            self.written = written;
        }
        if self.written == self.read {
            return None;
        }
        // SAFETY: between the two counters an entry is ours (c); it is read once, so what is checked is what is used.
        let entry = unsafe { self.ring.entry(self.read).read() };
        self.read = self.read.wrapping_add(1);
        Some(entry)
    }

    /// Gives what was read back to the kernel.
    pub(super) fn release(&self) {
        self.ring.publish(self.ring.shape.consumer, self.read);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { producer: 0, consumer: 64, entries: 128, size: 8 };

    fn memory() -> Mapping {
        Mapping::anonymous(4096).unwrap()
    }

    /// The kernel's side of a ring that we write.
    fn kernel_reads(producer: &Producer<u64>, count: u32) -> Vec<u64> {
        let ring = &producer.ring;
        let (read, written) = (ring.count(SHAPE.consumer), ring.count(SHAPE.producer));
        let ready = written.wrapping_sub(read).min(count);
        // SAFETY: the test is single-threaded; what is published is not written again before it is read.
        let entries = (0..ready).map(|at| unsafe { ring.entry(read.wrapping_add(at)).read() }).collect();
        ring.publish(SHAPE.consumer, read.wrapping_add(ready));
        entries
    }

    #[test]
    fn a_producer_never_overruns_and_wraps_at_the_counters_end() {
        let memory = memory();
        let near_end = u32::MAX - 5;
        memory.word(SHAPE.producer).store(near_end, Ordering::Relaxed);
        memory.word(SHAPE.consumer).store(near_end, Ordering::Relaxed);
        let mut producer = Producer::<u64>::new(memory, SHAPE).unwrap();
        let (mut given, mut seen) = (0u64, 0u64);
        for round in 0..40 {
            while producer.push(given) {
                given += 1;
            }
            assert!(kernel_reads(&producer, 9).is_empty(), "nothing before it is published");
            producer.publish();
            assert_eq!(producer.backlog(), 8, "round {round}");
            for entry in kernel_reads(&producer, 1 + round % 8) {
                assert_eq!(entry, seen);
                seen += 1;
            }
            for entry in kernel_reads(&producer, 8) {
                assert_eq!(entry, seen);
                seen += 1;
            }
        }
        assert_eq!((given, seen), (320, 320));
    }

    #[test]
    fn a_consumer_reads_what_was_published_and_no_more() {
        let memory = memory();
        memory.word(SHAPE.producer).store(u32::MAX, Ordering::Relaxed);
        memory.word(SHAPE.consumer).store(u32::MAX, Ordering::Relaxed);
        let mut consumer = Consumer::<u64>::new(memory, SHAPE).unwrap();
        assert!(!consumer.is_ready() && consumer.pop().is_none());
        for value in 0..100u64 {
            let number = u32::MAX.wrapping_add(u32::try_from(value).unwrap());
            // SAFETY: single-threaded; the place was read before.
            unsafe { consumer.ring.entry(number).write(value) };
            consumer.ring.publish(SHAPE.producer, number.wrapping_add(1));
            assert!(consumer.is_ready());
            assert_eq!(consumer.pop(), Some(value));
            assert_eq!(consumer.pop(), None);
            consumer.release();
            assert_eq!(consumer.ring.count(SHAPE.consumer), number.wrapping_add(1));
        }
    }

    #[test]
    fn counters_that_make_no_sense_are_survived() {
        let mut producer = Producer::<u64>::new(memory(), SHAPE).unwrap();
        producer.ring.publish(SHAPE.consumer, 5);
        producer.read = 5; // more was read than written
        assert_eq!(producer.free(9), 0);
        assert!(!producer.push(1));
        assert_eq!(producer.backlog(), 0);
        let mut consumer = Consumer::<u64>::new(memory(), SHAPE).unwrap();
        consumer.ring.publish(SHAPE.producer, 1000);
        assert_eq!(consumer.pop(), None, "a thousand entries in a ring of eight");
        consumer.ring.publish(SHAPE.producer, 1001);
        assert!(consumer.pop().is_some());
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        for shape in [
            Shape { size: 7, ..SHAPE },
            Shape { size: 0, ..SHAPE },
            Shape { size: 512, ..SHAPE },
            Shape { entries: 129, ..SHAPE },
            Shape { producer: 4094, ..SHAPE },
            Shape { consumer: usize::MAX - 3, ..SHAPE },
        ] {
            assert!(Producer::<u64>::new(memory(), shape).is_none(), "{shape:?}");
        }
    }
}
