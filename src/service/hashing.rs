use super::{Pool, RealServer};
use std::sync::Arc;

/// Slots that are looked at for a real server that may take the flow, before the pool is walked through.
const TRIES: u64 = 8;

/// Who gets the flows of a service that are forwarded without a connection (`hash_when_full`, `hash_above_rate`).
#[derive(Clone, Debug, Default)]
pub enum Hashing {
    /// Nobody: such flows are not forwarded.
    #[default]
    Nobody,
    /// Whom the scheduler chooses: it chooses the same again for the same client
    /// ([`Scheduler::is_steady`](super::Scheduler::is_steady)).
    Scheduler,
    /// Whom this table names.
    Table(Arc<FlowTable>),
}

impl Hashing {
    /// May flows of the service be forwarded without a connection?
    pub const fn is_possible(&self) -> bool {
        !matches!(self, Self::Nobody)
    }
}

/// Real servers by hash of a flow, each with its share of the weights: places in one pool. It is made by the control plane
/// for that pool and never changed.
#[derive(Debug)]
pub struct FlowTable {
    slots: Box<[u16]>,
}

impl FlowTable {
    /// A table with the servers at these places, slot by slot.
    pub fn new(places: impl IntoIterator<Item = u16>) -> Self {
        Self { slots: places.into_iter().collect() }
    }

    /// The real server of a flow: that of its slot or, where that is quiesced or overloaded, of the next of a few others;
    /// if all these are, the first in the pool that is not, from a place that the flow decides. The same as long as pool,
    /// weights and overloads are. `None`: none may take it.
    pub fn pick<'p>(&self, hash: u64, pool: &'p Pool) -> Option<&'p Arc<RealServer>> {
        // The low bits chose the shard: the product's high ones depend on all.
        let hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let servers = pool.servers();
        let in_slots = (0..TRIES).filter_map(|step| {
            let slot = scaled(hash.wrapping_mul(step * 2 + 1), self.slots.len());
            servers.get(usize::from(*self.slots.get(slot)?))
        });
        let from = scaled(hash, servers.len());
        let all = servers.iter().skip(from).chain(servers.iter().take(from));
        in_slots.chain(all).find(|server| server.is_eligible())
    }
}

/// A hash as a number below `len`.
const fn scaled(hash: u64, len: usize) -> usize {
    ((hash as u128 * len as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lvs::{Endpoint, RealServerSpec, Thresholds};
    use crate::service::ServerId;

    /// Servers 0, 1, 2 … in the pool's order, of one slot each.
    fn table(servers: u16) -> (FlowTable, Pool) {
        let server = |n: u16| {
            let endpoint = Endpoint::new([10, 9, 0, 11].into(), n);
            Arc::new(RealServer::new(ServerId(n.into()), &RealServerSpec::new(endpoint)))
        };
        (FlowTable::new(0..servers), Pool::from_newest_first((0..servers).map(server).collect()))
    }

    fn picks(table: &FlowTable, pool: &Pool) -> Vec<Option<u32>> {
        (0..1000_u64).map(|hash| table.pick(hash << 8, pool).map(|server| server.id.0)).collect()
    }

    #[test]
    fn a_flow_stays_and_all_get_some() {
        let (table, pool) = table(5);
        let first = picks(&table, &pool);
        assert_eq!(first, picks(&table, &pool));
        for server in 0..5 {
            let share = first.iter().filter(|pick| **pick == Some(server)).count();
            assert!((100..300).contains(&share), "{server} has {share} of 1000");
        }
    }

    #[test]
    fn who_may_not_take_flows_gets_none_and_others_keep_theirs() {
        let (table, pool) = table(5);
        let before = picks(&table, &pool);
        let [_, quiesced, full, ..] = pool.servers() else { unreachable!("five servers") };
        quiesced.set_weight(0);
        full.set_thresholds(Thresholds { upper: 1, lower: 0 });
        full.bind();
        for (before, after) in before.iter().zip(picks(&table, &pool)) {
            match before {
                Some(1 | 2) => assert!(matches!(after, Some(0 | 3 | 4)), "{after:?}"),
                _ => assert_eq!(*before, after),
            }
        }
    }

    #[test]
    fn the_only_one_left_is_found_and_none_is_none() {
        let (table, pool) = table(300);
        for server in pool.servers().iter().skip(1) {
            server.set_weight(0);
        }
        assert_eq!(picks(&table, &pool), vec![Some(0); 1000]);
        pool.servers().iter().for_each(|server| server.set_weight(0));
        assert_eq!(picks(&table, &pool), vec![None; 1000]);
        assert!(FlowTable::new([]).pick(7, &Pool::default()).is_none());
    }
}
