//! **rr, round robin.** Each new connection goes to the next eligible real server after the one chosen last, around the
//! list for ever. Weight counts only as zero or not. Adding and editing servers does not move the pointer; deleting the
//! server it stands on moves it one back, so that the next choice is the one that would have come anyway.
//!
//! Servers A, B, C were added in this order, so the list is C B A:
//!
//! | connection | pointer before | walk | chosen |
//! |---|---|---|---|
//! | 1 | before the head | C | C |
//! | 2 | C | B | B |
//! | 3 | B | A | A |
//! | 4 | A | end, C | C |
//! | 5, B quiesced | C | B (weight 0), A | A |
//!
//! Where it fails: servers of unequal strength, and connections of unequal length. A slow server gets as many as a fast
//! one and they pile up there. Use wrr for the first, lc or wlc for the second.

use super::{Pointer, locked};
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::{Arc, Mutex};

/// The rr scheduler.
#[derive(Debug, Default)]
pub struct RoundRobin {
    last: Mutex<Pointer>,
}

impl Scheduler for RoundRobin {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let servers = ask.pool.servers();
        let mut last = locked(&self.last);
        let start = last.next_index(ask.pool);
        let (before, after) = servers.split_at_checked(start)?;
        let in_turn = (start..).zip(after).chain((0..).zip(before));
        let (index, chosen) = in_turn.into_iter().find(|(_, server)| server.is_eligible())?;
        last.set(chosen.id, index);
        Some(chosen)
    }

    fn changed(&self, pool: &Pool, change: PoolChange) {
        let PoolChange::Removed { id, predecessor } = change else { return };
        let mut last = locked(&self.last);
        if last.is_at(id) {
            *last = Pointer::default();
            if let Some(before) = predecessor
                && let Some(index) = pool.position(before)
            {
                last.set(before, index);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, ids};

    /// Linux 6.1, golden record sched_rr_1_1_1: 60 connections.
    #[test]
    fn picks_as_the_kernel_does() {
        let mut bench = Bench::new("rr", &[1, 1, 1]);
        assert_eq!(bench.picks(60), [3, 2, 1].repeat(20));
    }

    #[test]
    fn deleting_the_pointed_server_steps_back() {
        for (picked, removed, next) in
            [(1, 3, ids([2, 1, 2])), (2, 2, ids([1, 3, 1])), (3, 1, ids([3, 2, 3])), (1, 1, ids([2, 3, 2]))]
        {
            let mut bench = Bench::new("rr", &[1, 1, 1]);
            bench.picks(picked);
            bench.remove(removed);
            assert_eq!(bench.picks(3), next, "after {picked} picks without {removed}");
        }
    }

    #[test]
    fn adding_and_editing_do_not_move_the_pointer() {
        let mut bench = Bench::new("rr", &[1, 1, 1]);
        assert_eq!(bench.picks(2), [3, 2]);
        bench.add(4, 1);
        bench.edit(3, 5);
        assert_eq!(bench.picks(5), [1, 4, 3, 2, 1]);
    }

    #[test]
    fn passes_by_quiesced_and_overloaded_servers() {
        let mut bench = Bench::new("rr", &[1, 0, 1]);
        assert_eq!(bench.picks(4), [3, 1, 3, 1]);
        bench.edit(1, 0);
        assert_eq!(bench.picks(2), [3, 3], "the last chosen may be chosen again");
        bench.edit(3, 0);
        assert_eq!(bench.picks(2), ids([0, 0]), "nobody is left");
    }

    #[test]
    fn a_stale_or_empty_pool_is_no_harm() {
        let mut bench = Bench::new("rr", &[1, 1, 1]);
        let old = bench.pool.clone();
        bench.picks(2);
        bench.remove(1);
        bench.remove(2);
        assert_eq!(bench.pick_from(&old), 2);
        assert_eq!(bench.picks(2), [3, 3]);
        bench.remove(3);
        assert_eq!(bench.picks(1), [0]);
    }
}
