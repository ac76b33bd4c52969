//! **twos, the power of two random choices.** Two real servers are drawn at random, in proportion to weight; they may be
//! the same. The second is taken if its overhead / weight is less, else the first.
//!
//! Weights C=1, B=2, A=1 (sum 4). A draw from 0 to 4 falls on C (0, 1), B (2, 3) or A (4):
//!
//! | draws | first | second | loads | chosen |
//! |---|---|---|---|---|
//! | 3, 4 | B | A | B 512/2, A 0/1 | A |
//! | 0, 3 | C | B | C 256/1, B 512/2 | C: equal, so the first |
//!
//! Where it fails: the first server of the list is drawn a little too often (0 is one number too many), which shows
//! where weights are small; and choices cannot be foretold. Not every kernel has it.

use super::load::Candidate;
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// The twos scheduler. It has no state: the counts are the real servers' own, the dice the worker's.
#[derive(Debug)]
pub struct TwoRandomChoices;

impl Scheduler for TwoRandomChoices {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let total = eligible(ask.pool).map(|(_, weight)| weight).sum();
        let first = drawn(ask.pool, draw(ask.dice, total))?;
        let second = drawn(ask.pool, draw(ask.dice ^ u64::MAX, total))?;
        let load = |server: &'p Arc<RealServer>| Candidate::new(server, server.overhead());
        Some(if load(second).beats(&load(first)) { second } else { first })
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}
}

/// The eligible servers with their weights.
fn eligible(pool: &Pool) -> impl Iterator<Item = (&Arc<RealServer>, u64)> {
    let servers = pool.servers().iter().filter(|server| !server.is_overloaded());
    servers.filter_map(|server| {
        Some((server, u64::try_from(server.weight()).ok().filter(|weight| *weight > 0)?))
    })
}

/// The server that a number from 0 to the sum of weights falls on.
fn drawn(pool: &Pool, number: u64) -> Option<&Arc<RealServer>> {
    let mut reached = 0;
    let mut found = eligible(pool).filter(|(_, weight)| {
        reached += weight;
        reached >= number
    });
    found.next().map(|(server, _)| server)
}

/// Uniform from 0 to `most`, both included.
fn draw(dice: u64, most: u64) -> u64 {
    // The worker's dice are a plain congruential sequence: this mixes their bits (the end of SplitMix64).
    let dice = (dice ^ (dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let dice = (dice ^ (dice >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let dice = dice ^ (dice >> 31);
    let scaled = (u128::from(dice) * (u128::from(most) + 1)) >> 64;
    u64::try_from(scaled).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::{draw, drawn};

    #[test]
    fn draws_fall_as_the_table_says() {
        let bench = Bench::new("twos", &[1, 2, 1]);
        let fall = |number| drawn(&bench.pool, number).map(|server| server.id.0);
        assert_eq!([0, 1, 2, 3, 4, 5].map(fall), [Some(3), Some(3), Some(2), Some(2), Some(1), None]);
    }

    #[test]
    fn draws_are_uniform_and_both_ends_occur() {
        let mut seen = [0u32; 5];
        for dice in 0..50_000u64 {
            seen[usize::try_from(draw(dice, 4)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (9_500..10_500).contains(count)), "{seen:?}");
        assert_eq!(draw(u64::MAX, 0), 0);
    }

    #[test]
    fn the_less_loaded_of_two_wins() {
        let mut bench = Bench::new("twos", &[10, 10]);
        bench.load(2, 5, 0);
        let picks = bench.picks(4000);
        let of_2 = picks.iter().filter(|id| **id == 2).count();
        // 2 wins only if it is drawn twice: (11/21)² of all.
        assert!((1000..1200).contains(&of_2), "{of_2}");
        bench.edit(1, 0);
        assert_eq!(bench.picks(3), [2, 2, 2]);
        bench.edit(2, 0);
        assert_eq!(bench.picks(1), [0]);
    }

    /// Without connections the first draw decides: shares are the weights'.
    #[test]
    fn long_run_shares() {
        let picks = Bench::new("twos", &[100, 300]).picks(20_000);
        let of_2 = picks.iter().filter(|id| **id == 2).count();
        assert!((14_700..15_300).contains(&of_2), "{of_2}");
    }
}
