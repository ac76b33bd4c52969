//! **wrr, weighted round robin.** The list is walked again and again while a level falls from the highest weight to 1 in
//! steps of the weights' greatest common divisor; a server is taken at every level that its weight reaches. So in one
//! fall of the level each server is chosen in proportion to its weight, and the heavy ones first. When the pool changes
//! the walk begins at the head again, at about the same level.
//!
//! Weights A=4, B=3, C=2, list order A B C (divisor 1, so levels 4 3 2 1):
//!
//! | level | walk | chosen |
//! |---|---|---|
//! | 4 | A | A |
//! | 3 | A B | A B |
//! | 2 | A B C | A B C |
//! | 1 | A B C | A B C |
//!
//! Where it fails: it counts connections handed out, not those that are still open. A server whose connections last
//! long fills up; and at the top levels the heaviest server gets bursts. Use wlc for the first.

use super::{Pointer, greatest_common_divisor, locked};
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::{Arc, Mutex};

/// The wrr scheduler.
#[derive(Debug)]
pub struct WeightedRoundRobin {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The server chosen last, or before the head.
    last: Pointer,
    /// Current level ("cw"): who weighs at least so much is chosen.
    level: i32,
    /// Highest level ("mw"); 0: nobody has weight.
    top: i32,
    /// Step ("di"): greatest common divisor of the positive weights, 1 if there are none.
    step: i32,
}

impl WeightedRoundRobin {
    /// For a service with these real servers: at the head, at the top level.
    pub fn new(pool: &Pool) -> Self {
        let (top, step) = top_and_step(pool);
        Self { state: Mutex::new(State { last: Pointer::default(), level: top, top, step }) }
    }
}

impl Scheduler for WeightedRoundRobin {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let heaviest =
            ask.pool.servers().iter().filter(|server| server.is_eligible()).map(|server| server.weight());
        let heaviest = heaviest.max();
        let mut state = locked(&self.state);
        let Some(heaviest) = heaviest else {
            state.give_up(ask.pool);
            return None;
        };
        // The rest of this level, then whole levels. The second pass finds one unless a worker changed a server
        // meanwhile.
        for _ in 0..3 {
            if let Some(chosen) = state.find_on_level(ask.pool) {
                return Some(chosen);
            }
            state.fall(heaviest);
        }
        None
    }

    fn changed(&self, pool: &Pool, _: PoolChange) {
        let mut state = locked(&self.state);
        (state.top, state.step) = top_and_step(pool);
        state.last = Pointer::default();
        if state.level > state.top || state.level == 0 {
            state.level = state.top;
        } else if state.step > 1 {
            state.level = state.level / state.step * state.step + 1;
        }
    }
}

impl State {
    /// The next server after the last one, up to the list's end, that reaches the level.
    fn find_on_level<'p>(&mut self, pool: &'p Pool) -> Option<&'p Arc<RealServer>> {
        let start = self.last.next_index(pool);
        let mut rest = pool.servers().iter().enumerate().skip(start);
        let (index, chosen) =
            rest.find(|(_, server)| server.is_eligible() && server.weight() >= self.level)?;
        self.last.set(chosen.id, index);
        Some(chosen)
    }

    /// All are overloaded. IPVS walks until it has seen the lowest level whole: from the head, and then it stands at the
    /// head of the top level; or, if it began in the midst of the lowest level, once around, to where it began.
    fn give_up(&mut self, pool: &Pool) {
        if self.top > 0 && (self.level > self.step || self.last.next_index(pool) == 0) {
            self.last = Pointer::default();
            self.level = self.top;
        }
    }

    /// The list is at its end: one level down, or up to the top, and on past the levels that nobody reaches (those of an
    /// overloaded heavyweight: there may be millions).
    fn fall(&mut self, heaviest: i32) {
        self.last = Pointer::default();
        self.level -= self.step;
        if self.level <= 0 {
            self.level = self.top;
        }
        if self.level > heaviest {
            let too_high = i64::from(self.level) - i64::from(heaviest);
            let step = i64::from(self.step);
            let level = i64::from(self.level) - (too_high + step - 1) / step * step;
            self.level = i32::try_from(level).unwrap_or(1);
        }
        self.level = self.level.max(1);
    }
}

/// "mw" and "di" of a pool.
fn top_and_step(pool: &Pool) -> (i32, i32) {
    let weights = || pool.servers().iter().map(|server| server.weight()).filter(|weight| *weight > 0);
    let step = weights().fold(0, greatest_common_divisor).max(1);
    (weights().max().map_or(0, |heaviest| heaviest - (step - 1)), step)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, ids};

    /// Linux 6.1, golden record sched_wrr_1_3: 60 connections. The first server alone sets the level to 1, and the
    /// second one's coming does not lift it: hence the 1 in second place.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("wrr", &[]);
        bench.add(1, 1);
        bench.add(2, 3);
        let kernel: Vec<u32> = [2].into_iter().chain([1, 2, 2, 2].repeat(15)).take(60).collect();
        assert_eq!(bench.picks(60), kernel);
        assert_eq!(kernel.iter().filter(|pick| **pick == 2).count(), 45);
    }

    /// Vectors of the fact sheet; weights and picks by place in the list.
    #[test]
    fn textbook_vectors() {
        let mut bench = Bench::new("wrr", &[2, 3, 4]); // list: 4 3 2, numbered 3 2 1
        assert_eq!(bench.picks(18), [3, 3, 2, 3, 2, 1, 3, 2, 1].repeat(2));
        let mut bench = Bench::new("wrr", &[40, 20, 10]); // list: 10 20 40, numbered 3 2 1
        assert_eq!(bench.picks(14), [1, 1, 2, 1, 3, 2, 1].repeat(2));
    }

    /// Linux 6.1: servers with thresholds are filled until nobody is left, all connections end, and it goes on.
    #[test]
    fn a_refused_connection_moves_the_walk_as_in_the_kernel() {
        for (weights, most, fill, without, with) in [
            ([1, 5, 5], [1, 1, 2], "3213", "2331", "3231"),
            ([1, 5, 5], [1, 2, 2], "32132", "32321", "32321"),
            ([4, 3, 2], [2, 1, 1], "3211", "2131", "1213"),
            ([4, 3, 2], [3, 3, 3], "321121323", "211213233", "211213233"),
            ([10, 20, 40], [2, 1, 3], "321331", "333211", "333211"),
        ] {
            for (refused, then) in [(0, without), (1, with), (2, with)] {
                let mut bench = Bench::new("wrr", &[]).keeping_connections();
                for (id, (weight, most)) in (1..).zip(weights.into_iter().zip(most)) {
                    bench.add(id, weight);
                    bench.limit(id, most);
                }
                let spelt = |picks: Vec<u32>| picks.iter().map(u32::to_string).collect::<String>();
                assert_eq!(spelt(bench.picks(fill.len())), fill);
                assert_eq!(bench.picks(refused), vec![0; refused]);
                (1..=3).for_each(|id| bench.load(id, 0, 0));
                assert_eq!(
                    spelt(bench.picks(then.len())),
                    then,
                    "{weights:?} {most:?} after {refused} refused"
                );
            }
        }
    }

    #[test]
    fn nobody_has_weight() {
        let mut bench = Bench::new("wrr", &[0, 0]);
        assert_eq!(bench.picks(2), ids([0, 0]));
        bench.edit(1, 2);
        assert_eq!(bench.picks(2), [1, 1]);
        assert_eq!(Bench::new("wrr", &[]).picks(1), [0]);
    }

    #[test]
    fn a_heavyweight_that_drops_out_costs_no_million_steps() {
        let mut bench = Bench::new("wrr", &[3, 2, i32::MAX]);
        bench.edit_untold(3, 0);
        assert_eq!(bench.picks(5), [1, 2, 1, 2, 1]);
    }

    #[test]
    fn shares_are_the_weights() {
        let mut bench = Bench::new("wrr", &[6, 4, 14]);
        let picks = bench.picks(12 * 7);
        for (id, share) in [(1, 3), (2, 2), (3, 7)] {
            assert_eq!(picks.iter().filter(|pick| **pick == id).count(), share * 7, "server {id}");
        }
    }

    #[test]
    fn a_stale_pool_is_no_harm() {
        let mut bench = Bench::new("wrr", &[30, 20, 10]);
        let old = bench.pool.clone();
        bench.picks(2);
        bench.remove(1);
        bench.remove(2);
        bench.edit(3, 7);
        assert!(bench.pick_from(&old) > 0);
        assert_eq!(bench.picks(2), [3, 3]);
        bench.remove(3);
        assert!(bench.pick_from(&old) > 0);
        assert_eq!(bench.picks(1), [0]);
    }
}
