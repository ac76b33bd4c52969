//! **ovf, weighted overflow.** The eligible real server of the highest weight gets everything until it has more active
//! connections than weight; then what is too much flows over to the next. Weight is a capacity here, and a server takes
//! one connection more than that. Among equals the newest wins.
//!
//! | server | weight | active | | |
//! |---|---|---|---|---|
//! | C | 40 | 41 | full | |
//! | B | 20 | 7 | | chosen |
//! | A | 5 | 0 | | |
//!
//! Where it fails: when all are full, new connections are refused. Inactive connections do not count, so UDP never flows
//! over.

use super::fo::heaviest;
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// The ovf scheduler. It has no state: the counts are the real servers' own.
#[derive(Debug)]
pub struct WeightedOverflow;

impl Scheduler for WeightedOverflow {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let eligible = ask.pool.servers().iter().filter(|server| server.is_eligible());
        heaviest(eligible.filter(|server| server.active() <= server.weight()))
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    /// Linux 6.1, golden record sched_ovf_5_20_40: 60 connections, all stay in SYN_RECV, which is active.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("ovf", &[5, 20, 40]).keeping_connections();
        assert_eq!(bench.picks(60), [[3; 41].as_slice(), &[2; 19]].concat());
    }

    #[test]
    fn when_all_are_full_nobody_is_chosen() {
        let mut bench = Bench::new("ovf", &[2, 1, 0]).keeping_connections();
        assert_eq!(bench.picks(6), [1, 1, 1, 2, 2, 0]);
    }
}
