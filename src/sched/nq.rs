//! **nq, never queue.** The newest eligible real server without active connections wins at once, whatever its weight.
//! If everybody is busy, the rule is sed's: the least (active + 1) / weight.
//!
//! | connection | C (5) | B (2) | A (1) | chosen |
//! |---|---|---|---|---|
//! | 1 | idle | idle | idle | C |
//! | 2 | 1 | idle | idle | B |
//! | 3 | 1 | 1 | idle | A |
//! | 4 | 1 | 1 | 1 | C: 2/5 against 2/2 and 2/1 |
//!
//! Where it fails: an idle weak server takes a connection that a strong one would have finished sooner; and inactive
//! connections weigh nothing, so UDP is all one server's.

use super::sed::shortest_delay;
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// The nq scheduler. It has no state: the counts are the real servers' own.
#[derive(Debug)]
pub struct NeverQueue;

impl Scheduler for NeverQueue {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let mut servers = ask.pool.servers().iter();
        let idle = servers.find(|server| server.is_eligible() && server.active() == 0);
        idle.or_else(|| shortest_delay(ask.pool))
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    /// Linux 6.1, golden record sched_nq_1_2_5: 60 connections, all stay in SYN_RECV, which is active.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("nq", &[1, 2, 5]).keeping_connections();
        let kernel: Vec<u32> =
            [3, 2, 1, 3, 3, 3, 3, 2].into_iter().chain([3, 3, 2, 3, 3, 3, 2, 1].repeat(7)).take(60).collect();
        assert_eq!(bench.picks(60), kernel);
    }

    #[test]
    fn passes_by_who_may_not() {
        let mut bench = Bench::new("nq", &[1, 9, 0]);
        bench.load(2, 3, 0);
        assert_eq!(bench.picks(1), [1], "the newest is quiesced, the second busy");
        bench.load(1, 1, 0);
        assert_eq!(bench.picks(1), [2], "4/9 against 2/1");
        bench.edit(1, 0);
        bench.edit(2, 0);
        assert_eq!(bench.picks(1), [0]);
    }
}
