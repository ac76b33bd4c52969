//! **none, no scheduler.** Nobody is ever chosen. IPVS knows the name: a service can be put up, and given real servers,
//! before it is opened by an edit. Nothing else needs it.
//!
//! | connection | chosen |
//! |---|---|
//! | any | nobody: "port unreachable" |
//!
//! Where it fails: always.

use crate::service::{Ask, Pool, PoolChange, RealServer, Scheduler};
use std::sync::Arc;

/// No scheduler.
#[derive(Debug)]
pub struct NoScheduler;

impl Scheduler for NoScheduler {
    fn pick<'p>(&self, _: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        None
    }

    fn changed(&self, _: &Pool, _: PoolChange) {}

    fn is_steady(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    #[test]
    fn nobody_is_chosen() {
        assert_eq!(Bench::new("none", &[1, 2]).picks(2), [0, 0]);
    }
}
