//! **wlc, weighted least connection** (ipvsadm's default). The eligible real server with the least load per weight wins,
//! where an active connection weighs 256 and an inactive one 1. Fractions are compared by cross-multiplication, so
//! nothing is rounded. Among equals the newest server wins, whatever its weight.
//!
//! | server | weight | active | inactive | load | load / weight | |
//! |---|---|---|---|---|---|---|
//! | C | 1 | 1 | 0 | 256 | 256 | |
//! | B | 3 | 2 | 9 | 521 | 173.7 | chosen |
//! | A | 4 | 3 | 0 | 768 | 192 | |
//!
//! Where it fails: with no connections at all the first of the list wins even with the smallest weight; and a server
//! fresh from a restart gets every new connection until it has caught up (set its weight low at first).

use super::load::least_connection;
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// The wlc scheduler. It has no state: the counts are the real servers' own.
#[derive(Debug)]
pub struct WeightedLeastConnection;

impl Scheduler for WeightedLeastConnection {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        least_connection(ask.pool)
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, ids};

    /// Linux 6.1, golden record sched_wlc_4_6: 60 connections, all stay in SYN_RECV, which is active.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("wlc", &[4, 6]).keeping_connections();
        assert_eq!(bench.picks(60), [2, 1, 2, 1, 2].repeat(12));
        assert_eq!(bench.active(), [36, 24]);
    }

    #[test]
    fn the_newest_wins_when_all_are_idle() {
        assert_eq!(Bench::new("wlc", &[100, 1]).picks(2), [2, 2]);
    }

    #[test]
    fn the_worked_table() {
        let mut bench = Bench::new("wlc", &[4, 3, 1]);
        bench.load(3, 1, 0);
        bench.load(2, 2, 9);
        bench.load(1, 3, 0);
        assert_eq!(bench.picks(1), [2]);
    }

    #[test]
    fn the_largest_figures_do_not_overflow() {
        let mut bench = Bench::new("wlc", &[i32::MAX, i32::MAX - 1]);
        bench.load(1, 1_000_000, 0);
        bench.load(2, 1_000_000, 0);
        assert_eq!(bench.picks(1), [1]);
    }

    #[test]
    fn passes_by_who_may_not() {
        let mut bench = Bench::new("wlc", &[9, 1, 0]);
        bench.edit(2, 0);
        assert_eq!(bench.picks(2), [1, 1]);
        bench.edit(1, 0);
        assert_eq!(bench.picks(1), ids([0]));
        assert_eq!(Bench::new("wlc", &[]).picks(1), [0]);
    }
}
