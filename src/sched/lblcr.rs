//! **lblcr, locality-based least connection with replication.** Every destination address has a set of real servers; the
//! one of the set with the least overhead / weight wins. If that one is crowded (see lblc), the least loaded of all
//! servers joins the set. A set that has not changed for `lblcr_expiration` (a day) lets go of its most loaded server.
//!
//! Servers A, B, C of weight 1, one destination, connections that stay open:
//!
//! | connection | set | active C B A | | chosen |
//! |---|---|---|---|---|
//! | 1 | | 0 0 0 | nothing remembered: wlc | C |
//! | 2 | C | 1 0 0 | C is not above its weight | C |
//! | 3 | C | 2 0 0 | crowded: wlc joins | B |
//! | 4 | B C | 2 1 0 | the least of the set | B |
//! | 5 | B C | 2 2 0 | crowded: wlc joins | A |
//! | 7 and on | A B C | 2 2 2 | nobody is below half | all three in turn |
//!
//! Where it fails: as lblc, it is for transparent caches, whose destinations are many; weights must be sized as numbers
//! of connections; and a set shrinks by one server a day only.

use super::Remembered;
use super::cache::Cache;
use super::lblc::is_crowded;
use super::load::{Candidate, least, least_connection, most};
use crate::lvs::Tunables;
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use crate::time::Tick;
use std::sync::Arc;

/// The lblcr scheduler. A new one remembers nothing.
#[derive(Debug, Default)]
pub struct ReplicatedLeastConnection {
    destinations: Cache<Set>,
}

/// The servers of one destination.
#[derive(Debug)]
struct Set {
    /// The one that joined last comes first; deleted ones stay.
    members: Vec<Remembered>,
    /// When somebody joined or left.
    changed: Tick,
}

impl Set {
    /// The least loaded of those that may take a connection.
    fn least<'p>(&self, pool: &'p Pool) -> Option<&'p Arc<RealServer>> {
        let here = self.members.iter().filter_map(|member| member.find(pool));
        let eligible = here.filter(|server| server.is_eligible());
        least(eligible.map(|server| Candidate::new(server, server.overhead())))
    }

    /// Lets go of the most loaded, if the set has not changed for so long.
    fn shrink(&mut self, now: Tick, expiration_seconds: u32) {
        let calm = now.since(self.changed) > expiration_seconds.saturating_mul(Tick::PER_SECOND);
        if self.members.len() < 2 || !calm {
            return;
        }
        let weighty = self.members.iter().map(Remembered::server).filter(|server| server.weight() > 0);
        let leaves =
            most(weighty.map(|server| Candidate::new(server, server.overhead()))).map(|server| server.id);
        let before = self.members.len();
        self.members.retain(|member| Some(member.server().id) != leaves);
        if self.members.len() < before {
            self.changed = now;
        }
    }

    fn join(&mut self, server: &Arc<RealServer>, now: Tick) {
        if self.members.iter().all(|member| member.server().id != server.id) {
            self.members.insert(0, Remembered::new(server));
            self.changed = now;
        }
    }
}

impl Scheduler for ReplicatedLeastConnection {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let choose = |remembered: &mut Option<Set>| {
            if let Some(set) = remembered {
                let least = set.least(ask.pool);
                set.shrink(ask.now, ask.tunables.lblcr_expiration);
                if let Some(server) = least
                    && !is_crowded(server, ask.pool)
                {
                    return Some(server);
                }
            }
            let chosen = least_connection(ask.pool)?;
            let set = remembered.get_or_insert_with(|| Set { members: Vec::new(), changed: ask.now });
            set.join(chosen, ask.now);
            Some(chosen)
        };
        self.destinations.visit(ask.destination(), ask.now, choose).flatten()
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}

    fn tick(&self, now: Tick, tunables: &Tunables) {
        self.destinations.tick(now, tunables.lblcr_expiration);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use crate::time::Tick;

    fn pick(bench: &Bench) -> u32 {
        bench.pick_for([172, 16, 0, 1].into(), 1, [10, 9, 0, 100].into())
    }

    /// The worked table; the set's order breaks ties.
    #[test]
    fn a_crowded_destination_gets_more_servers() {
        let mut bench = Bench::new("lblcr", &[1, 1, 1]).keeping_connections();
        assert_eq!(bench.picks(9), [3, 3, 2, 2, 1, 1, 1, 2, 3]);
    }

    #[test]
    fn a_calm_set_lets_go_of_its_most_loaded() {
        let mut bench = Bench::new("lblcr", &[1, 1, 1]);
        bench.load(3, 2, 0);
        bench.load(2, 2, 0);
        assert_eq!(pick(&bench), 1);
        bench.load(1, 2, 0);
        bench.load(2, 0, 0);
        assert_eq!(pick(&bench), 2, "1 is crowded, 2 joins");
        bench.load(2, 1, 0);
        bench.load(1, 0, 0);
        assert_eq!(pick(&bench), 1, "both are of the set");
        bench.now = Tick(0).plus_seconds(86_400);
        assert_eq!(pick(&bench), 1, "a day is not over yet");
        bench.now = bench.now.plus_seconds(1);
        assert_eq!(pick(&bench), 1, "2, the most loaded, leaves");
        bench.load(2, 0, 0);
        bench.load(1, 1, 0);
        assert_eq!(pick(&bench), 1, "2 is no longer of the set");
    }

    #[test]
    fn passes_by_who_may_not() {
        let mut bench = Bench::new("lblcr", &[5, 5]);
        assert_eq!(pick(&bench), 2);
        bench.edit(2, 0);
        assert_eq!(pick(&bench), 1);
        bench.remove(1);
        assert_eq!(pick(&bench), 0);
        bench.edit(2, 5);
        assert_eq!(pick(&bench), 2);
    }
}
