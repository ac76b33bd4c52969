//! **sed, shortest expected delay.** The eligible real server with the least (active + 1) / weight wins: the delay that
//! the new connection itself would have there. Among equals the newest server wins. Inactive connections do not count.
//!
//! | server | weight | active | (active + 1) / weight | |
//! |---|---|---|---|---|
//! | C | 5 | 2 | 3/5 | chosen |
//! | B | 2 | 1 | 2/2 | |
//! | A | 1 | 0 | 1/1 | idle, and yet it waits |
//!
//! Where it fails: a weak server idles until the strong ones have their shares (nq does not let it), and connections
//! that close slowly, or UDP's, weigh nothing.

use super::load::{Candidate, least};
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// The sed scheduler. It has no state: the counts are the real servers' own.
#[derive(Debug)]
pub struct ShortestExpectedDelay;

impl Scheduler for ShortestExpectedDelay {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        shortest_delay(ask.pool)
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}
}

/// sed's rule, which is also nq's where nobody idles.
pub(super) fn shortest_delay(pool: &Pool) -> Option<&Arc<RealServer>> {
    let eligible = pool.servers().iter().filter(|server| server.is_eligible());
    least(eligible.map(|server| Candidate::new(server, i64::from(server.active()) + 1)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    /// Linux 6.1, golden record sched_sed_1_2_5: 60 connections, all stay in SYN_RECV, which is active.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("sed", &[1, 2, 5]).keeping_connections();
        assert_eq!(bench.picks(60), [3, 3, 2, 3, 3, 3, 2, 1].repeat(8)[..60]);
        assert_eq!(bench.active(), [38, 15, 7]);
    }

    #[test]
    fn inactive_connections_weigh_nothing() {
        let mut bench = Bench::new("sed", &[1, 1]);
        bench.load(2, 0, 99);
        assert_eq!(bench.picks(1), [2]);
    }

    #[test]
    fn passes_by_who_may_not() {
        let mut bench = Bench::new("sed", &[1, 0]);
        assert_eq!(bench.picks(1), [1]);
        bench.edit(1, 0);
        assert_eq!(bench.picks(1), [0]);
    }
}
