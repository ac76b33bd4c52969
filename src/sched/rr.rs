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

use super::Pointer;
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The rr scheduler.
#[derive(Debug)]
pub struct RoundRobin {
    /// A [`Pointer`] as a number, so that workers need no lock to move it.
    last: AtomicU64,
}

impl Default for RoundRobin {
    fn default() -> Self {
        Self { last: AtomicU64::new(Pointer::default().number()) }
    }
}

impl Scheduler for RoundRobin {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let servers = ask.pool.servers();
        let mut last = self.last.load(Relaxed);
        loop {
            let start = Pointer::from_number(last).next_index(ask.pool);
            let (index, chosen) = first_eligible(servers, start..servers.len())
                .or_else(|| first_eligible(servers, 0..start.min(servers.len())))?;
            let next = Pointer::at(chosen.id, index).number();
            // Of one server the pointer stays where it is.
            if next == last {
                return Some(chosen);
            }
            match self.last.compare_exchange_weak(last, next, Relaxed, Relaxed) {
                Ok(_) => return Some(chosen),
                // Another worker was faster: its choice came before.
                Err(moved) => last = moved,
            }
        }
    }

    fn changed(&self, pool: &Pool, change: PoolChange) {
        let PoolChange::Removed { id, predecessor } = change else { return };
        let before = predecessor.and_then(|before| Some(Pointer::at(before, pool.position(before)?)));
        let _ = self.last.fetch_update(Relaxed, Relaxed, |last| {
            Pointer::from_number(last).is_at(id).then(|| before.unwrap_or_default().number())
        });
    }
}

/// The first of these places whose server may take a connection.
#[inline]
fn first_eligible(servers: &[Arc<RealServer>], places: Range<usize>) -> Option<(usize, &Arc<RealServer>)> {
    let first = places.start;
    let (index, server) = servers.get(places)?.iter().enumerate().find(|(_, server)| server.is_eligible())?;
    Some((first + index, server))
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
