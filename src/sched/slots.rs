//! A table of real servers by hash: what dh, sh and mh look up. The control plane puts a new table in place, workers
//! read without a lock.

use super::PointedAt;
use crate::service::{Pool, RealServer};
use arc_swap::ArcSwap;
use std::sync::Arc;

/// The table: full, or empty if there is nobody to put in.
#[derive(Debug, Default)]
pub struct Slots(ArcSwap<Vec<PointedAt>>);

impl Slots {
    /// A table with these servers, slot by slot.
    pub fn new(slots: Vec<PointedAt>) -> Self {
        Self(ArcSwap::from_pointee(slots))
    }

    /// Puts another table in place.
    pub fn replace(&self, slots: Vec<PointedAt>) {
        self.0.store(Arc::new(slots));
    }

    /// The server of the first of these slots that may take a connection.
    pub fn first_eligible<'p>(
        &self,
        pool: &'p Pool,
        slots: impl IntoIterator<Item = usize>,
    ) -> Option<&'p Arc<RealServer>> {
        let table = self.0.load();
        let mut servers = slots.into_iter().filter_map(|slot| table.get(slot)?.find(pool));
        servers.find(|server| server.is_eligible())
    }

    /// How many slots each server has, in the order of the list.
    #[cfg(test)]
    pub fn shares(&self, pool: &Pool) -> Vec<usize> {
        let table = self.0.load();
        let share = |id| table.iter().filter(|slot| slot.id == id).count();
        pool.servers().iter().map(|server| share(server.id)).collect()
    }

    /// The number of the server in a slot; 0 for nobody.
    #[cfg(test)]
    pub fn number(&self, slot: usize) -> u32 {
        self.0.load().get(slot).map_or(0, |slot| slot.id.0)
    }
}
