//! **fo, weighted failover.** The eligible real server of the highest weight gets everything. Among equals the newest
//! wins. Only when it is quiesced, overloaded or gone does the next take its place.
//!
//! | server | weight | | |
//! |---|---|---|---|
//! | C | 3 | | next, once B is gone |
//! | B | 5 | chosen | |
//! | A | 1 | | |
//!
//! Where it fails: it does not balance, and is not meant to. Two servers of equal weight are not two active ones: the
//! newest has it all.

use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// The fo scheduler. It has no state.
#[derive(Debug)]
pub struct WeightedFailover;

impl Scheduler for WeightedFailover {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        heaviest(ask.pool.servers().iter().filter(|server| server.is_eligible()))
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}

    fn is_steady(&self) -> bool {
        true
    }
}

/// The server of the highest weight, the first of equals.
pub(super) fn heaviest<'p>(
    servers: impl Iterator<Item = &'p Arc<RealServer>>,
) -> Option<&'p Arc<RealServer>> {
    servers.reduce(|best, next| if next.weight() > best.weight() { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, ids};

    /// Linux 6.1, golden record sched_fo_1_5_3: 60 connections.
    #[test]
    fn picks_as_the_kernel_does() {
        assert_eq!(Bench::new("fo", &[1, 5, 3]).picks(60), [2; 60]);
    }

    #[test]
    fn the_next_takes_its_place() {
        let mut bench = Bench::new("fo", &[3, 5, 3]);
        bench.edit(2, 0);
        assert_eq!(bench.picks(2), [3, 3], "the newest of equals");
        bench.remove(3);
        assert_eq!(bench.picks(1), [1]);
        bench.edit(1, 0);
        assert_eq!(bench.picks(1), ids([0]));
    }
}
