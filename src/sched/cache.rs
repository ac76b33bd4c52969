//! What lblc and lblcr remember of each destination: a table that forgets (`ipvs.md` §2.3).
//!
//! Each bucket has a lock of its own, taken for one destination at a time, or one bucket's sweep. Forgetting is the
//! keeper's: once a minute, and then only when it must.

use super::hash::{fold, hash32};
use super::locked;
use crate::time::Tick;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Bits of a bucket's number.
const BITS: u32 = 10;
/// From this many destinations on, idle ones are forgotten early.
const MAX_SIZE: usize = 16 << BITS;
/// This many are never exceeded: what comes then is served, but not remembered (as Linux 7 has it; older kernels grow).
const MOST: usize = MAX_SIZE + MAX_SIZE / 2;
/// Seconds from one look to the next.
const PERIOD_SECONDS: u32 = 60;
/// Every so many quiet looks, everything that has expired is forgotten.
const QUIET_LOOKS: u32 = 30;
/// Idle seconds after which a destination may be forgotten early.
const EARLY_SECONDS: u32 = 360;

/// Destinations and what is remembered of each.
#[derive(Debug)]
pub struct Cache<V> {
    buckets: Box<[Mutex<Vec<Line<V>>>]>,
    len: AtomicUsize,
    looks: Mutex<Looks>,
}

#[derive(Debug)]
struct Line<V> {
    destination: IpAddr,
    last_use: Tick,
    value: V,
}

/// When was the last look, and where did it end?
#[derive(Debug, Default)]
struct Looks {
    last: Option<Tick>,
    quiet: u32,
    /// The bucket that was swept last.
    rover: usize,
}

impl<V> Default for Cache<V> {
    fn default() -> Self {
        let buckets = (0..1usize << BITS).map(|_| Mutex::default()).collect();
        Self { buckets, len: AtomicUsize::new(0), looks: Mutex::default() }
    }
}

impl<V> Cache<V> {
    /// Uses what is remembered of a destination, and remembers what `visit` leaves there. The bucket is locked meanwhile,
    /// so that no two workers decide about one destination at once.
    pub fn visit<R>(
        &self,
        destination: IpAddr,
        now: Tick,
        visit: impl FnOnce(&mut Option<V>) -> R,
    ) -> Option<R> {
        let mut bucket = locked(self.buckets.get(hash32(fold(destination), BITS))?);
        let found = bucket.iter().position(|line| line.destination == destination);
        let mut value = found.map(|index| bucket.swap_remove(index).value);
        let result = visit(&mut value);
        match (found, value) {
            (None, None) => {}
            (Some(_), None) => {
                self.len.fetch_sub(1, Relaxed);
            }
            (known, Some(value)) => {
                if known.is_some() || self.len.fetch_add(1, Relaxed) < MOST {
                    bucket.push(Line { destination, last_use: now, value });
                } else {
                    self.len.fetch_sub(1, Relaxed);
                }
            }
        }
        Some(result)
    }

    /// To be called now and then; looks once a minute. `expiration_seconds`: idle for so long, a destination expires.
    pub fn tick(&self, now: Tick, expiration_seconds: u32) {
        let mut looks = locked(&self.looks);
        let last = *looks.last.get_or_insert(now);
        if now.since(last) < PERIOD_SECONDS * Tick::PER_SECOND {
            return;
        }
        looks.last = Some(now);
        let len = self.len();
        if looks.quiet + 1 == QUIET_LOOKS {
            looks.quiet = 0;
            self.forget(&mut looks.rover, now, expiration_seconds, usize::MAX);
        } else if len <= MAX_SIZE {
            looks.quiet += 1;
        } else {
            let goal = ((len - MAX_SIZE) * 4 / 3).min(MAX_SIZE / 2);
            self.forget(&mut looks.rover, now, EARLY_SECONDS, goal);
        }
    }

    /// Forgets what was idle for so long, bucket by bucket, until `goal` of them are gone or all buckets were seen.
    fn forget(&self, rover: &mut usize, now: Tick, idle_seconds: u32, goal: usize) {
        let mut forgotten = 0;
        for _ in 0..self.buckets.len() {
            *rover = (*rover + 1) % self.buckets.len();
            let Some(bucket) = self.buckets.get(*rover) else { return };
            let mut bucket = locked(bucket);
            let before = bucket.len();
            bucket.retain(|line| now.since(line.last_use) < idle_seconds.saturating_mul(Tick::PER_SECOND));
            let gone = before - bucket.len();
            self.len.fetch_sub(gone, Relaxed);
            forgotten += gone;
            if forgotten >= goal {
                return;
            }
        }
    }

    /// How many destinations are remembered.
    pub fn len(&self) -> usize {
        self.len.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cache, EARLY_SECONDS, MAX_SIZE, MOST};
    use crate::time::Tick;
    use std::net::{IpAddr, Ipv4Addr};

    fn addr(number: usize) -> IpAddr {
        Ipv4Addr::from(u32::try_from(number).unwrap().wrapping_mul(2_654_435_761)).into()
    }

    fn at(seconds: u32) -> Tick {
        Tick(0).plus_seconds(seconds)
    }

    fn filled(count: usize) -> Cache<usize> {
        let cache = Cache::default();
        (0..count).for_each(|number| {
            cache.visit(addr(number), at(0), |value| *value = Some(number));
        });
        cache.tick(at(0), 86_400);
        cache
    }

    #[test]
    fn what_was_left_is_found() {
        let cache = filled(3);
        assert_eq!(cache.visit(addr(2), at(1), |value| value.take()), Some(Some(2)));
        assert_eq!(cache.visit(addr(2), at(1), |value| *value), Some(None));
        assert_eq!((cache.visit(addr(1), at(1), |value| *value), cache.len()), (Some(Some(1)), 2));
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let cache = filled(MOST + 1000);
        assert_eq!(cache.len(), MOST);
        assert_eq!(cache.visit(addr(MOST), at(1), |value| *value), Some(None), "served, not remembered");
        assert_eq!(cache.visit(addr(0), at(1), |value| *value), Some(Some(0)));
    }

    #[test]
    fn every_half_hour_the_expired_are_forgotten() {
        let cache = filled(100);
        (1..=29).for_each(|minute| cache.tick(at(minute * 60), 600));
        assert_eq!(cache.len(), 100, "not before");
        cache.visit(addr(7), at(29 * 60), |_| ());
        cache.tick(at(1800), 600);
        assert_eq!(cache.len(), 1);
        (31..60).for_each(|minute| cache.tick(at(minute * 60), 600));
        assert_eq!(cache.len(), 1);
        cache.tick(at(3600), 600);
        assert_eq!(cache.len(), 0);
    }

    #[test]
    fn a_full_table_forgets_the_idle_early_and_no_more_than_it_must() {
        let cache = filled(MAX_SIZE + 3000);
        cache.tick(at(EARLY_SECONDS - 60), 86_400);
        assert_eq!(cache.len(), MAX_SIZE + 3000, "nobody is idle for long enough");
        cache.tick(at(EARLY_SECONDS), 86_400);
        let forgotten = MAX_SIZE + 3000 - cache.len();
        assert!((4000..4100).contains(&forgotten), "{forgotten}: the goal, and the rest of a bucket");
        cache.tick(at(EARLY_SECONDS + 59), 86_400);
        cache.tick(at(EARLY_SECONDS + 60), 86_400);
        assert_eq!(MAX_SIZE + 3000 - cache.len(), forgotten, "it is small enough now");
    }
}
