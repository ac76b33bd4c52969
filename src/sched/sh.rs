//! **sh, source hashing.** The client's address is hashed to one of 256 buckets, and each bucket belongs to one real
//! server; in filling them, each server takes as many in a row as it weighs (one if it weighs nothing). If that server is
//! quiesced or overloaded nobody is chosen; with the flag `sh-fallback`, other buckets are tried. With `sh-port`, the
//! client's port is hashed too.
//!
//! Servers A (weight 1), B (2), C (0), list C B A; buckets 0 … 3 are C B B A, and so on:
//!
//! | client | bucket | mod 4 | chosen |
//! |---|---|---|---|
//! | 203.0.113.7 | 124 | 0 | C is quiesced: nobody |
//! | 203.0.113.7, sh-fallback | 124, then 248, 249 | 0, 0, 1 | B |
//! | 10.0.0.1 | 39 | 3 | A |
//!
//! Where it fails: any change of the pool or of a weight deals all buckets anew, and most clients change servers (mh is
//! made to avoid that); clients behind one address are one client; with more than 256 in weights someone gets nothing.

use super::hash::{fold, hash32};
use super::slots::Slots;
use super::{PointedAt, locate};
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// Bits of a bucket's number.
const BITS: u32 = 8;
/// How many buckets there are.
const SIZE: usize = 1 << BITS;

/// The sh scheduler.
#[derive(Debug)]
pub struct SourceHashing {
    buckets: Slots,
}

impl SourceHashing {
    /// For a service with these real servers.
    pub fn new(pool: &Pool) -> Self {
        Self { buckets: Slots::new(fill(pool)) }
    }
}

impl Scheduler for SourceHashing {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let (fallback, with_port) = (ask.flags.first, ask.flags.second);
        let client = ask.flow.client;
        let port = if with_port { u32::from(client.port) } else { 0 };
        let hash = hash32(fold(client.addr).wrapping_add(port), BITS);
        let own = self.buckets.first_eligible(ask.pool, [hash]);
        if own.is_some() || !fallback {
            return own;
        }
        // IPVS goes round the table from a bucket that is twice as far from the first as the client's.
        let others = (0..SIZE).map(|offset| (offset + hash + hash) % SIZE);
        self.buckets.first_eligible(ask.pool, others)
    }

    fn changed(&self, pool: &Pool, _: PoolChange) {
        self.buckets.replace(fill(pool));
    }

    fn is_steady(&self) -> bool {
        true
    }
}

/// The servers in turn, each as often in a row as it weighs.
fn fill(pool: &Pool) -> Vec<PointedAt> {
    let rows = locate(pool).zip(pool.servers()).flat_map(|(place, server)| {
        std::iter::repeat_n(place, usize::try_from(server.weight()).unwrap_or(0).max(1))
    });
    rows.cycle().take(SIZE).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::SourceHashing;
    use crate::lvs::SchedulerFlags;

    const FALLBACK: SchedulerFlags = SchedulerFlags { first: true, second: false, third: false };
    const PORT: SchedulerFlags = SchedulerFlags { first: false, second: true, third: false };

    fn pick(bench: &Bench, client: [u8; 4]) -> u32 {
        bench.pick_for(client.into(), 12345, [10, 9, 0, 100].into())
    }

    #[test]
    fn the_worked_table() {
        let mut bench = Bench::new("sh", &[1, 2, 0]);
        assert_eq!(pick(&bench, [203, 0, 113, 7]), 0, "bucket 124");
        assert_eq!(pick(&bench, [10, 0, 0, 1]), 1, "bucket 39");
        bench.flags = PORT;
        assert_eq!(pick(&bench, [10, 0, 0, 1]), 2, "bucket 134");
        bench.flags = FALLBACK;
        assert_eq!(pick(&bench, [203, 0, 113, 7]), 2, "bucket 248 is C's as well, 249 is B's");
    }

    #[test]
    fn shares_are_the_weights_and_a_weight_of_0_counts_as_1() {
        let bench = Bench::new("sh", &[3, 0, 4]);
        assert_eq!(SourceHashing::new(&bench.pool).buckets.shares(&bench.pool), [128, 32, 96]);
        let heavy = Bench::new("sh", &[1, i32::MAX]);
        assert_eq!(SourceHashing::new(&heavy.pool).buckets.shares(&heavy.pool), [256, 0]);
    }

    #[test]
    fn edits_deal_the_buckets_anew() {
        let mut bench = Bench::new("sh", &[1, 1]);
        assert_eq!(pick(&bench, [10, 0, 0, 1]), 1, "39 mod 2, list 2 1");
        bench.edit(2, 3);
        assert_eq!(pick(&bench, [10, 0, 0, 1]), 1, "39 mod 4 is 3");
        bench.edit(2, 4);
        assert_eq!(pick(&bench, [10, 0, 0, 1]), 1, "39 mod 5 is 4");
        bench.edit(2, 5);
        assert_eq!(pick(&bench, [10, 0, 0, 1]), 2, "39 mod 6 is 3");
        bench.flags = FALLBACK;
        bench.edit(2, 0);
        bench.edit(1, 0);
        assert_eq!(pick(&bench, [10, 0, 0, 1]), 0, "nobody is left");
    }
}
