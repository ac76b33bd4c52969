//! **dh, destination hashing.** The packet's destination address is hashed to one of 256 buckets, and each bucket belongs
//! to one real server; the servers take turns in filling them, whatever their weight. If that server is quiesced or
//! overloaded nobody is chosen. Real servers that join or leave deal the buckets anew; edits do not.
//!
//! Servers A, B, C (list C B A); buckets 0, 1, 2, 3 … are C, B, A, C …:
//!
//! | destination | bucket | 256 buckets, three servers | chosen |
//! |---|---|---|---|
//! | 10.0.0.1 | 39 | 39 mod 3 = 0 | C |
//! | 192.168.1.10 | 248 | 248 mod 3 = 2 | A |
//!
//! Where it fails: an ordinary service has one VIP, so one server gets it all. It is for transparent caches behind a
//! firewall mark, where destinations are many; and there a quiesced cache takes its destinations down with it.

use super::hash::{fold, hash32};
use super::slots::Slots;
use super::{PointedAt, locate};
use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// Bits of a bucket's number.
const BITS: u32 = 8;

/// The dh scheduler.
#[derive(Debug)]
pub struct DestinationHashing {
    buckets: Slots,
}

impl DestinationHashing {
    /// For a service with these real servers.
    pub fn new(pool: &Pool) -> Self {
        Self { buckets: Slots::new(fill(pool)) }
    }
}

impl Scheduler for DestinationHashing {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        self.buckets.first_eligible(ask.pool, [hash32(fold(ask.destination()), BITS)])
    }

    fn changed(&self, pool: &Pool, change: PoolChange) {
        if !matches!(change, PoolChange::Edited(_)) {
            self.buckets.replace(fill(pool));
        }
    }

    fn is_steady(&self) -> bool {
        true
    }
}

/// The servers in turn.
fn fill(pool: &Pool) -> Vec<PointedAt> {
    locate(pool).cycle().take(1 << BITS).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    fn picks(bench: &Bench, destinations: &[[u8; 4]]) -> Vec<u32> {
        destinations.iter().map(|virt| bench.pick_for([172, 16, 0, 1].into(), 1, (*virt).into())).collect()
    }

    /// Linux 6.1, golden record sched_dh_1_1_1.
    #[test]
    fn picks_as_the_kernel_does() {
        assert_eq!(Bench::new("dh", &[1, 1, 1]).picks(60), [1; 60]);
    }

    #[test]
    fn the_worked_table() {
        let bench = Bench::new("dh", &[9, 1, 5]);
        assert_eq!(picks(&bench, &[[10, 0, 0, 1], [192, 168, 1, 10]]), [3, 1]);
    }

    #[test]
    fn who_may_not_takes_the_destination_down() {
        let mut bench = Bench::new("dh", &[1, 1, 1]);
        bench.edit(3, 0);
        assert_eq!(picks(&bench, &[[10, 0, 0, 1], [192, 168, 1, 10]]), [0, 1]);
        bench.remove(3);
        assert_eq!(picks(&bench, &[[10, 0, 0, 1], [192, 168, 1, 10]]), [1, 2], "39 and 248 mod 2: list 2 1");
        bench.remove(2);
        bench.remove(1);
        assert_eq!(picks(&bench, &[[10, 0, 0, 1]]), [0]);
    }

    #[test]
    fn what_an_icmp_error_quotes_is_bound_for_the_client() {
        let bench = Bench::new("dh", &[1, 1, 1]);
        let (client, virt) = ([10, 0, 0, 1], [192, 168, 1, 10]);
        assert_eq!(bench.pick_swapped(client.into(), 1, virt.into()), 3);
    }
}
