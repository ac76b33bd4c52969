//! Where connections are found: buckets of one cache line, by the hash of the client's endpoint.
//!
//! A request and its reply have the client's endpoint in common, so one slot serves both directions. Each shard has its own
//! buckets and writes them under its lock alone; what the slots hold are atomics, so that others may look into a bucket
//! without the lock, to have the processor fetch what they will need ([`Index::first_place`]).
//!
//! ```text
//! bucket   tag × 12 │ strays │ place × 12        one byte of hash per slot, 0: free
//! ```
//!
//! An entry lies in its home bucket or, if that is full, in one of the next [`REACH`] - 1, or in the shard's spill
//! (`super::spill`). The home counts those elsewhere (`strays`): where it has none, one bucket tells all. So a lookup reads at
//! most [`REACH`] cache lines, whatever clients do: one client endpoint with thousands of connections ends in the spill.

use crate::memory::{Mapped, prefetch};
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use zerocopy::FromZeros;

const SLOTS: usize = 12;
/// Buckets that an entry may lie in.
const REACH: usize = 4;
/// A full table has so many slots in use of a hundred.
const FULL_PERCENT: usize = 75;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Twelve slots in one cache line.
#[derive(FromZeros)]
#[repr(C, align(64))]
struct Bucket {
    /// Eight tags; four tags and, in the high half, how many entries of this home lie elsewhere.
    words: [AtomicU64; 2],
    places: [AtomicU32; SLOTS],
}

const _: () = assert!(size_of::<Bucket>() == 64);

/// Where the search for an entry begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Home {
    /// The shard's first bucket.
    first: usize,
    /// The home's place among the shard's buckets.
    at: usize,
    tag: u8,
}

/// The buckets of all shards.
pub(super) struct Index {
    buckets: Mapped<Bucket>,
    per_shard: usize,
}

impl Index {
    /// Room for so many entries in all, spread evenly over a power of two of shards.
    ///
    /// # Errors
    /// The system's, if it grants no such address space.
    pub fn new(capacity: usize, shards: usize, huge_pages: bool) -> io::Result<Self> {
        let slots = capacity.saturating_mul(100) / FULL_PERCENT;
        let per_shard = slots.div_ceil(SLOTS * shards).max(1);
        Ok(Self { buckets: Mapped::zeroed(per_shard * shards, huge_pages)?, per_shard })
    }

    /// Takes all its memory now.
    pub fn populate(&self) {
        self.buckets.populate(0..self.buckets.len());
    }

    /// The home of a hash in a shard. (The shard was chosen by the hash's low bits.)
    #[inline]
    pub const fn home(&self, shard: usize, hash: u64) -> Home {
        let [.., tag] = hash.to_le_bytes();
        let scaled = ((hash >> 16) & 0xffff_ffff) as u128 * self.per_shard as u128;
        let at = (scaled >> 32) as usize;
        Home { first: shard * self.per_shard, at, tag: if tag == 0 { 1 } else { tag } }
    }

    /// Has the processor fetch the home bucket.
    #[inline]
    pub fn prefetch(&self, home: Home) {
        if let Some(bucket) = self.bucket(home, 0) {
            prefetch(bucket);
        }
    }

    /// What is likely to be the place of an entry of this home, as somebody sees it who does not hold the lock: a hint.
    #[inline]
    pub fn first_place(&self, home: Home) -> Option<u32> {
        let bucket = self.bucket(home, 0)?;
        let slot = bucket.matches(home.tag).next()?;
        Some(bucket.places.get(slot)?.load(Relaxed))
    }

    /// The first place of this home, nearest bucket first, that `is_it` names.
    #[inline]
    pub fn find(&self, home: Home, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        for step in 0..REACH {
            let bucket = self.bucket(home, step)?;
            for slot in bucket.matches(home.tag) {
                let place = bucket.places.get(slot)?.load(Relaxed);
                if is_it(place) {
                    return Some(place);
                }
            }
            if step == 0 && bucket.strays() == 0 {
                return None;
            }
        }
        None
    }

    /// True if an entry of this home that is in no bucket may be in the spill.
    #[inline]
    pub fn has_strays(&self, home: Home) -> bool {
        self.bucket(home, 0).is_some_and(|bucket| bucket.strays() > 0)
    }

    /// Enters a place, before all of this home that `is_equal` names, so that [`find`](Self::find) meets the newest of them
    /// first. `Some`: a place for the spill, since no bucket has room: this one, or the oldest of its equals.
    pub fn insert(&self, home: Home, place: u32, is_equal: impl Fn(u32) -> bool) -> Option<u32> {
        let mut carried = place;
        for step in 0..REACH {
            let Some(bucket) = self.bucket(home, step) else { break };
            let free = bucket.matches(0).next();
            for slot in bucket.matches(home.tag).take_while(|slot| free.is_none_or(|free| *slot < free)) {
                if let Some(there) = bucket.places.get(slot)
                    && is_equal(there.load(Relaxed))
                {
                    // Under the shard's lock nobody else writes.
                    let older = there.load(Relaxed);
                    there.store(carried, Relaxed);
                    carried = older;
                }
            }
            if let Some(slot) = free
                && let Some(there) = bucket.places.get(slot)
            {
                there.store(carried, Relaxed);
                bucket.set_tag(slot, home.tag);
                if step > 0 {
                    self.count_stray(home, 1);
                }
                return None;
            }
        }
        self.count_stray(home, 1);
        Some(carried)
    }

    /// Takes a place out of its buckets; false if it is in none of them: then it was in the spill, and is counted out.
    pub fn remove(&self, home: Home, place: u32) -> bool {
        for step in 0..REACH {
            let Some(bucket) = self.bucket(home, step) else { break };
            let mut slots = bucket.matches(home.tag);
            let is_it = |slot: &usize| bucket.places.get(*slot).is_some_and(|at| at.load(Relaxed) == place);
            if let Some(slot) = slots.find(is_it) {
                bucket.set_tag(slot, 0);
                if step > 0 {
                    self.count_stray(home, -1);
                }
                return true;
            }
            if step == 0 && bucket.strays() == 0 {
                return true;
            }
        }
        self.count_stray(home, -1);
        false
    }

    /// Bytes.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        size_of_val(&self.buckets[..])
    }

    #[inline]
    fn bucket(&self, home: Home, step: usize) -> Option<&Bucket> {
        let Range { start, end } = home.first..home.first + self.per_shard;
        let at = start + home.at + step;
        // A shard of few buckets is round as often as need be.
        let at = if at < end { at } else { start + (home.at + step) % self.per_shard };
        self.buckets.get(at)
    }

    fn count_stray(&self, home: Home, by: i64) {
        if let Some(bucket) = self.bucket(home, 0) {
            let [_, word] = &bucket.words;
            word.store(word.load(Relaxed).wrapping_add_signed(by << 32), Relaxed);
        }
    }
}

impl Bucket {
    /// The slots with a tag.
    #[inline]
    fn matches(&self, tag: u8) -> impl Iterator<Item = usize> + use<> {
        let [low, high] = &self.words;
        let (low, high) = (low.load(Relaxed), high.load(Relaxed));
        Slots { low: equal_bytes(low, tag), high: equal_bytes(high, tag) & 0xffff_ffff }
    }

    /// How many entries of this home lie elsewhere.
    #[inline]
    fn strays(&self) -> u64 {
        self.words[1].load(Relaxed) >> 32
    }

    /// Only under the shard's lock.
    fn set_tag(&self, slot: usize, tag: u8) {
        if let Some(word) = self.words.get(slot / 8) {
            let shift = slot % 8 * 8;
            word.store(word.load(Relaxed) & !(0xff << shift) | u64::from(tag) << shift, Relaxed);
        }
    }
}

/// The high bit of each byte that equals `tag`.
#[inline]
const fn equal_bytes(word: u64, tag: u8) -> u64 {
    let other = word ^ LOW.wrapping_mul(tag as u64);
    // Exact: no byte carries into the next.
    !((other & !HIGH).wrapping_add(!HIGH) | other) & HIGH
}

/// Slots whose bytes were found.
struct Slots {
    low: u64,
    high: u64,
}

impl Iterator for Slots {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        let (word, base) = if self.low != 0 { (&mut self.low, 0) } else { (&mut self.high, 8) };
        if *word == 0 {
            return None;
        }
        let slot = base + word.trailing_zeros() as usize / 8;
        *word &= *word - 1;
        Some(slot)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(index: &Index, home: Home) -> Vec<u32> {
        let mut seen = Vec::new();
        index.find(home, |place| {
            seen.push(place);
            false
        });
        seen
    }

    #[test]
    fn bytes_are_told_apart_exactly() {
        assert_eq!(equal_bytes(0x0102_0301_0001_8001, 1), 0x8000_0080_0080_0080);
        assert_eq!(equal_bytes(0, 0), HIGH);
        assert_eq!(equal_bytes(0x0100_ff00_80fe_7f00, 0), 0x0080_0080_0000_0080);
    }

    #[test]
    fn entries_go_on_to_the_next_buckets_and_then_to_the_spill() {
        let index = Index::new(12 * 8, 1, false).unwrap();
        let home = index.home(0, 0x05ff_ffff_ffff_ff00);
        assert_eq!(home.at, index.per_shard - 1, "the last, so that the next is the first");
        let most = u32::try_from(SLOTS * REACH).unwrap();
        for place in 0..most {
            assert_eq!(index.insert(home, place, |_| false), None);
            assert_eq!(index.has_strays(home), place >= 12);
        }
        assert_eq!(index.insert(home, 99, |_| false), Some(99), "no room");
        assert_eq!(all(&index, home), (0..most).collect::<Vec<_>>());
        let other = index.home(0, 0x06ff_ffff_ffff_ff00);
        assert!(all(&index, other).is_empty(), "the same buckets, another tag");
        assert_eq!(index.first_place(home), Some(0));
        for place in 0..most {
            assert!(index.has_strays(home), "the spilled one");
            assert!(index.remove(home, place));
        }
        assert!(!index.remove(home, 99), "it was in none");
        assert!(!index.has_strays(home));
        assert_eq!(index.first_place(home), None);
        assert!(all(&index, home).is_empty());
    }

    #[test]
    fn the_newest_of_equals_is_met_first() {
        let index = Index::new(24, 1, false).unwrap();
        let home = index.home(0, 0x0700_0000_0000_0000);
        let odd = |place: u32| place % 2 == 1;
        for place in 1..=5 {
            index.insert(home, place, |other| odd(place) && odd(other));
        }
        let odds = || all(&index, home).into_iter().filter(|place| odd(*place)).collect::<Vec<_>>();
        assert_eq!(odds(), [5, 3, 1]);
        index.remove(home, 3);
        index.insert(home, 7, odd);
        assert_eq!(odds(), [7, 5, 1], "whatever place became free");
        index.remove(home, 2);
        index.insert(home, 9, odd);
        assert_eq!(odds(), [9, 7, 5, 1]);
    }

    proptest! {
        /// Whatever comes and goes, what was entered is found, in its buckets or as told to be in the spill.
        #[test]
        fn nothing_is_lost(ops in prop::collection::vec((0_u64..6, any::<bool>()), 0..400)) {
            let index = Index::new(12, 1, false).unwrap();
            let homes: Vec<_> = (0..6).map(|n| index.home(0, n << 56 | n << 45)).collect();
            let (mut there, mut spill) = (Vec::new(), Vec::new());
            for (place, (which, comes)) in (0_u32..).zip(ops) {
                let home = homes[usize::try_from(which).unwrap()];
                if comes {
                    if let Some(spilled) = index.insert(home, place, |_| false) {
                        prop_assert_eq!(spilled, place);
                        spill.push(place);
                    }
                    there.push((home, place));
                } else if let Some(at) = there.iter().position(|(of, _)| *of == home) {
                    let (home, place) = there.remove(at);
                    let spilled = spill.iter().position(|other| *other == place);
                    prop_assert_eq!(index.remove(home, place), spilled.is_none());
                    spilled.map(|at| spill.remove(at));
                }
                for (home, place) in &there {
                    let found = index.find(*home, |other| other == *place).is_some();
                    prop_assert_eq!(found, !spill.contains(place));
                    prop_assert!(found || index.has_strays(*home));
                }
            }
            for (home, place) in there {
                index.remove(home, place);
            }
            prop_assert!(homes.iter().all(|home| !index.has_strays(*home) && all(&index, *home).is_empty()));
        }
    }
}
