//! **lc, least connection.** The eligible real server with the least load wins, where an active connection weighs 256
//! and an inactive one 1. Among equals the newest server wins. Weight counts only as zero or not.
//!
//! | server | active | inactive | load | |
//! |---|---|---|---|---|
//! | C | 2 | 30 | 542 | |
//! | B | 2 | 9 | 521 | chosen |
//! | A | 3 | 0 | 768 | |
//!
//! Where it fails: servers of unequal strength (use wlc), and a server fresh from a restart: it has no connections, so
//! it gets every new one until it has caught up.

use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// The lc scheduler. It has no state: the counts are the real servers' own.
#[derive(Debug)]
pub struct LeastConnection;

impl Scheduler for LeastConnection {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        // `min_by_key` keeps the first of equals: the newest.
        ask.pool.servers().iter().filter(|server| server.is_eligible()).min_by_key(|server| server.overhead())
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, ids};

    /// Linux 6.1, golden record sched_lc_1_1_1: 60 connections, all stay in SYN_RECV, which is active.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("lc", &[1, 1, 1]).keeping_connections();
        assert_eq!(bench.picks(60), [3, 2, 1].repeat(20));
    }

    /// Linux 6.1 chose the server with one active connection over that with 257 inactive ones.
    #[test]
    fn one_active_weighs_256_inactive() {
        let mut bench = Bench::new("lc", &[1, 1]);
        bench.load(2, 1, 0);
        bench.load(1, 0, 255);
        assert_eq!(bench.picks(1), [1]);
        bench.load(1, 0, 256);
        assert_eq!(bench.picks(1), [2], "256 each: the newest");
        bench.load(1, 1, 0);
        bench.load(2, 0, 257);
        assert_eq!(bench.picks(1), [1]);
    }

    #[test]
    fn passes_by_who_may_not() {
        let mut bench = Bench::new("lc", &[9, 1, 0]);
        bench.load(1, 1, 0);
        assert_eq!(bench.picks(2), [2, 2]);
        bench.edit(2, 0);
        assert_eq!(bench.picks(2), [1, 1]);
        bench.edit(1, 0);
        assert_eq!(bench.picks(1), ids([0]));
    }
}
