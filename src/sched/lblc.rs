//! **lblc, locality-based least connection.** Every destination address sticks to one real server; a new destination gets
//! the one with the least overhead / weight (wlc's rule). It moves, by the same rule, when its server is deleted, quiesced
//! or crowded: that is, when it has more active connections than weight while another has less than half of its own.
//!
//! Servers A, B, C of weight 1, one destination, connections that stay open:
//!
//! | connection | remembered | active C B A | | chosen |
//! |---|---|---|---|---|
//! | 1 | nobody | 0 0 0 | wlc | C |
//! | 2 | C | 1 0 0 | C is not above its weight | C |
//! | 3 | C | 2 0 0 | crowded: B is idle; wlc | B |
//! | 5 | B | 2 2 0 | crowded: A is idle; wlc | A |
//! | 7 and on | A | 2 2 2 … | nobody is below half | A, for ever |
//!
//! Where it fails: an ordinary service has one VIP, so (see the table) one server gets nearly all of it; it is for
//! transparent caches behind a firewall mark. Thresholds do not move a destination. Weights must be sized as numbers of
//! connections, or "crowded" means little.

use super::Remembered;
use super::cache::Cache;
use super::load::least_connection;
use crate::lvs::Tunables;
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use crate::time::Tick;
use std::sync::Arc;

/// The lblc scheduler. A new one remembers nothing.
#[derive(Debug, Default)]
pub struct LocalityLeastConnection {
    destinations: Cache<Remembered>,
}

impl Scheduler for LocalityLeastConnection {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let choose = |remembered: &mut Option<Remembered>| {
            let known = remembered.as_ref().and_then(|remembered| remembered.find(ask.pool));
            if let Some(server) = known
                && !server.is_quiesced()
                && !is_crowded(server, ask.pool)
            {
                return Some(server);
            }
            let chosen = least_connection(ask.pool)?;
            *remembered = Some(Remembered::new(chosen));
            Some(chosen)
        };
        self.destinations.visit(ask.destination(), ask.now, choose).flatten()
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}

    fn tick(&self, now: Tick, tunables: &Tunables) {
        self.destinations.tick(now, tunables.lblc_expiration);
    }
}

/// More active connections than weight, while another server has less than half of its weight.
pub(super) fn is_crowded(server: &RealServer, pool: &Pool) -> bool {
    let is_bored = |other: &Arc<RealServer>| 2 * i64::from(other.active()) < i64::from(other.weight());
    server.active() > server.weight() && pool.servers().iter().any(is_bored)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    fn pick(bench: &Bench, virt: u8) -> u32 {
        bench.pick_for([172, 16, 0, 1].into(), 1, [10, 9, 0, virt].into())
    }

    /// Linux 6.1, golden record sched_lblc_1_1_1: 60 connections, all stay in SYN_RECV, which is active.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("lblc", &[1, 1, 1]).keeping_connections();
        let kernel: Vec<u32> = [3, 3, 2, 2].into_iter().chain([1; 56]).collect();
        assert_eq!(bench.picks(60), kernel);
    }

    #[test]
    fn destinations_stick_and_new_ones_go_where_least_is() {
        let mut bench = Bench::new("lblc", &[9, 9]).keeping_connections();
        assert_eq!([1, 2, 1, 1, 3].map(|virt| pick(&bench, virt)), [2, 1, 2, 2, 1]);
        bench.edit(2, 0);
        assert_eq!(pick(&bench, 1), 1);
        bench.edit(2, 9);
        assert_eq!(pick(&bench, 1), 1, "it has moved");
        bench.edit(1, 0);
        bench.edit(2, 0);
        assert_eq!(pick(&bench, 1), 0);
    }

    #[test]
    fn a_deleted_server_is_forgotten_only_where_it_is_asked_for() {
        let mut bench = Bench::new("lblc", &[9, 9]);
        assert_eq!([pick(&bench, 1), pick(&bench, 2)], [2, 2]);
        let deleted = bench.pool.servers()[0].clone();
        bench.remove(2);
        assert_eq!(pick(&bench, 1), 1);
        assert!(deleted.is_remembered(), "for the other destination");
        assert_eq!(pick(&bench, 2), 1);
        assert!(!deleted.is_remembered());
    }

    #[test]
    fn with_the_service_all_is_forgotten() {
        let bench = Bench::new("lblc", &[9]);
        pick(&bench, 1);
        let server = bench.pool.servers()[0].clone();
        assert!(server.is_remembered());
        drop(bench);
        assert!(!server.is_remembered());
    }
}
