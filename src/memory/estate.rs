//! Places in a mapping, divided among holders in blocks of 64.
#![allow(unsafe_code, reason = "hands out references to a shared mapping")]

use super::mapped::{Mapped, prefetch};
use std::cell::UnsafeCell;
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use zerocopy::{FromBytes, FromZeros};

/// Places in a block.
pub const BLOCK: usize = 64;
const BLOCK_BITS: u32 = BLOCK.trailing_zeros();

/// Places that never move, in blocks, of which each has one holder or none.
pub struct Estate<T> {
    places: Mapped<UnsafeCell<T>>,
    /// Of each block: its holder's number plus one in the high half (0: nobody's), in the low half what the holder noted.
    deeds: Mapped<AtomicU64>,
    /// A number beside each place, in the same file as the places; `None`: they lie in no file.
    beside: Option<Mapped<AtomicU32>>,
    /// Blocks that were given back: first to be taken again, for their memory is there.
    land: Mutex<Vec<u32>>,
    /// Blocks that were ever used: those from this number on never were. Changed with `land` locked.
    used: AtomicU32,
    /// Blocks whose memory was taken ahead.
    ready: AtomicU32,
}

// SAFETY: a place is reached through its block's one holder alone (d): what `Holding` lends, it lends as a value that it
// owned would be lent.
unsafe impl<T: Send> Sync for Estate<T> {}

impl<T> fmt::Debug for Estate<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Estate").field("places", &self.places.len()).finish_non_exhaustive()
    }
}

/// One holder's share of an [`Estate`]: the blocks that it took. Dropped, it leaves them to nobody.
pub struct Holding<T> {
    estate: Arc<Estate<T>>,
    /// This holder's number plus one.
    deed: u64,
}

impl<T> fmt::Debug for Holding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holding").field("number", &(self.deed - 1)).finish_non_exhaustive()
    }
}

impl<T: FromZeros> Estate<T> {
    /// Reserves at least `places` places (rounded up to whole blocks, at most 2^32 - 64) for so many holders. No memory is
    /// taken before a place is used; for `huge_pages` see [`Mapped::zeroed`].
    ///
    /// # Errors
    /// The system's, if it grants no such address space.
    pub fn new(places: usize, holders: usize, huge_pages: bool) -> io::Result<(Arc<Self>, Vec<Holding<T>>)> {
        let places = Mapped::zeroed(whole_blocks(places), huge_pages)?;
        Self::divided(places, None, holders)
    }
}

impl<T: FromBytes> Estate<T> {
    /// As [`new`](Self::new), in a file of zeros: the places from byte `at` on, a number beside each from `beside_at` on
    /// ([`whole_blocks`] of each). See [`Mapped::in_file`] for what the file owes.
    ///
    /// # Errors
    /// The system's, if it grants no such address space; the file is too short.
    pub fn in_file(
        file: &Arc<File>,
        (at, beside_at): (u64, u64),
        places: usize,
        holders: usize,
        huge_pages: bool,
    ) -> io::Result<(Arc<Self>, Vec<Holding<T>>)> {
        let places = whole_blocks(places);
        let beside = Mapped::in_file(file, beside_at, places, false)?;
        Self::divided(Mapped::in_file(file, at, places, huge_pages)?, Some(beside), holders)
    }
}

/// As many places as an estate has that is to have so many.
pub const fn whole_blocks(places: usize) -> usize {
    let (blocks, most) = (places.div_ceil(BLOCK), (1 << (32 - BLOCK_BITS)) - 1);
    (if blocks < most { blocks } else { most }) * BLOCK
}

impl<T> Estate<T> {
    fn divided(
        places: Mapped<UnsafeCell<T>>,
        beside: Option<Mapped<AtomicU32>>,
        holders: usize,
    ) -> io::Result<(Arc<Self>, Vec<Holding<T>>)> {
        let estate = Arc::new(Self {
            deeds: Mapped::zeroed(places.len() / BLOCK, false)?,
            places,
            beside,
            land: Mutex::default(),
            used: AtomicU32::new(0),
            ready: AtomicU32::new(0),
        });
        let holdings =
            (1..=holders as u64).map(|deed| Holding { estate: Arc::clone(&estate), deed }).collect();
        Ok((estate, holdings))
    }

    /// Has the file system keep room for these blocks, if they lie in a file.
    fn secure(&self, begin: u32, end: u32) -> io::Result<()> {
        let places = begin as usize * BLOCK..end as usize * BLOCK;
        if let Some(beside) = &self.beside {
            self.places.secure(places.clone())?;
            beside.secure(places)?;
        }
        Ok(())
    }

    /// Has the processor fetch a place that is to be read soon; anybody may ask.
    #[inline]
    pub fn prefetch(&self, place: u32) {
        if let Some(cell) = self.places.get(place as usize) {
            prefetch(cell.get());
        }
    }

    /// Takes the memory of the next `ahead` places, of the first `most`, that nobody ever held, so that whoever takes them
    /// does not wait for it.
    pub fn make_ready(&self, ahead: usize, most: usize) {
        let blocks = |places: usize| u32::try_from(places.div_ceil(BLOCK)).unwrap_or(u32::MAX);
        let (used, ready) = (self.used.load(Relaxed), self.ready.load(Relaxed));
        let end = used.saturating_add(blocks(ahead)).min(blocks(most)).min(blocks(self.places.len()));
        let begin = ready.max(used);
        // Where the file system is full, whoever takes a block is refused it.
        if begin < end && self.secure(begin, end).is_ok() {
            self.places.populate((begin as usize) * BLOCK..(end as usize) * BLOCK);
            self.ready.store(end, Relaxed);
        }
    }

    /// Of the places whose memory was taken ahead, so many nobody ever held.
    #[inline]
    pub fn readiness(&self) -> usize {
        self.ready.load(Relaxed).saturating_sub(self.used.load(Relaxed)) as usize * BLOCK
    }

    fn land(&self) -> std::sync::MutexGuard<'_, Vec<u32>> {
        self.land.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Holding<T> {
    /// A place of a block of this holding.
    #[inline]
    pub fn get(&self, place: u32) -> Option<&T> {
        self.note_of(place)?;
        let cell = self.estate.places.get(place as usize)?;
        // SAFETY: the block is this holding's, which alone lends its places (d), and which is borrowed; it was never
        // anything but a good value (c).
        Some(unsafe { &*cell.get() })
    }

    /// A place of a block of this holding, to change it.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.note_of(place)?;
        let cell = self.estate.places.get(place as usize)?;
        // SAFETY: as in `get`, and the holding is borrowed for this alone.
        Some(unsafe { &mut *cell.get() })
    }

    /// What this holder noted for the block of a place ([`take`](Self::take)); `None` if it does not hold it.
    #[inline]
    pub fn note_of(&self, place: u32) -> Option<u32> {
        let deed = self.estate.deeds.get((place >> BLOCK_BITS) as usize)?.load(Relaxed);
        #[expect(clippy::cast_possible_truncation, reason = "the low half")]
        (deed >> 32 == self.deed).then_some(deed as u32)
    }

    /// Takes one more block, and notes something for it. The answer is its first place; the others follow. What lies there
    /// is zeros, or what the last holder left. `None`: all are taken, or the file system is full.
    pub fn take(&mut self, note: u32) -> Option<u32> {
        let mut land = self.estate.land();
        let untouched = self.estate.used.load(Relaxed);
        let block = match land.pop() {
            Some(block) => block,
            None if (untouched as usize) < self.estate.deeds.len() => {
                if untouched >= self.estate.ready.load(Relaxed) {
                    self.estate.secure(untouched, untouched + 1).ok()?;
                }
                self.estate.used.store(untouched + 1, Relaxed);
                untouched
            }
            None => return None,
        };
        self.estate.deeds.get(block as usize)?.store(self.deed << 32 | u64::from(note), Relaxed);
        Some(block << BLOCK_BITS)
    }

    /// Notes a number beside a place of a block of this holding, where places lie in a file: for whoever reads that.
    #[inline]
    pub fn note_beside(&self, place: u32, number: u32) {
        if let Some(beside) = &self.estate.beside
            && self.note_of(place).is_some()
            && let Some(there) = beside.get(place as usize)
        {
            there.store(number, Relaxed);
        }
    }

    /// Gives the block of a place back to whoever takes it next; does nothing with one that is not this holding's.
    pub fn give_back(&mut self, place: u32) {
        if self.note_of(place).is_none() {
            return;
        }
        let block = place >> BLOCK_BITS;
        if let Some(deed) = self.estate.deeds.get(block as usize) {
            // The lock makes what happens to the block now come before what its next holder does.
            let mut land = self.estate.land();
            deed.store(0, Relaxed);
            land.push(block);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn estate(places: usize, holders: usize) -> Vec<Holding<u64>> {
        Estate::new(places, holders, false).unwrap().1
    }

    #[test]
    fn each_holder_sees_its_own_blocks_only() {
        let mut holders = estate(128, 2);
        let [one, other] = &mut holders[..] else { unreachable!() };
        let (a, b) = (one.take(7).unwrap(), other.take(9).unwrap());
        *one.get_mut(a + 63).unwrap() = 5;
        assert_eq!((one.get(a + 63), one.note_of(a + 63)), (Some(&5), Some(7)));
        assert_eq!((other.get(a + 63), other.note_of(a)), (None, None));
        assert_eq!(other.get_mut(a), None);
        assert_eq!((other.get(b), other.note_of(b)), (Some(&0), Some(9)));
        assert_eq!((one.get(128), one.get(u32::MAX)), (None, None), "beyond the end");
        assert_eq!((one.take(0), other.take(0)), (None, None), "all are taken");
        other.give_back(a);
        assert_eq!(one.get(a + 63), Some(&5), "it was not the other's to give");
        one.give_back(a);
        assert_eq!(one.get(a + 63), None);
        assert_eq!(other.take(1), Some(a));
        assert_eq!(other.get(a + 63), Some(&5), "as it was left");
    }

    #[test]
    fn memory_is_taken_ahead_of_what_is_used() {
        let (estate, mut holders) = Estate::<u64>::new(64 * 10, 1, false).unwrap();
        let one = holders.first_mut().unwrap();
        assert_eq!(estate.readiness(), 0);
        estate.make_ready(100, 640);
        assert_eq!(estate.readiness(), 128, "whole blocks");
        one.take(0).unwrap();
        assert_eq!(estate.readiness(), 64);
        estate.make_ready(128, 128);
        assert_eq!(estate.readiness(), 64, "no more than are wanted at all");
        estate.make_ready(128, 640);
        assert_eq!(estate.readiness(), 128);
        assert!((0..9).all(|_| one.take(0).is_some()));
        assert_eq!(estate.readiness(), 0);
        estate.make_ready(128, 6400);
        assert_eq!(estate.readiness(), 0, "there are no more");
    }

    #[test]
    fn blocks_that_came_back_are_taken_first() {
        let mut holders = estate(64 * 10, 1);
        let one = holders.first_mut().unwrap();
        let taken: Vec<_> = (0..3).map(|note| one.take(note).unwrap()).collect();
        assert_eq!(taken, [0, 64, 128]);
        one.give_back(65);
        assert_eq!((one.take(0), one.take(0)), (Some(64), Some(192)));
    }

    #[test]
    fn holders_work_at_once() {
        std::thread::scope(|scope| {
            for mut mine in estate(64 * 64, 4) {
                scope.spawn(move || {
                    for round in 0..1000 {
                        let at = mine.take(round).unwrap();
                        for place in at..at + 64 {
                            *mine.get_mut(place).unwrap() = u64::from(round);
                        }
                        assert!((at..at + 64).all(|place| mine.get(place) == Some(&u64::from(round))));
                        mine.give_back(at);
                    }
                });
            }
        });
    }
}
