//! **mh, Maglev hashing.** Every real server has its own order in which it would like the 4093 slots of a table; the
//! servers take turns, each placing as many in a row as its share of the weights, until the table is full. A client's
//! address is hashed to a slot; if that slot's server is quiesced or overloaded nobody is chosen, but with the flag
//! `mh-fallback` other slots are tried. With `mh-port`, the client's port is hashed too.
//!
//! Real servers 10.0.0.1:80, .2:80 and .3:80, weight 1, added in this order:
//!
//! | server | first wish | then every | slots |
//! |---|---|---|---|
//! | .3 | 1631 | 3453rd | 1365 |
//! | .2 | 1231 | 3544th | 1364 |
//! | .1 | 3167 | 700th | 1364 |
//!
//! | client | slot | chosen |
//! |---|---|---|
//! | 192.0.2.1 | 2891 | .3 |
//! | 192.0.2.2 | 746 | .2 |
//!
//! The table is made of the latest weights that were not 0: quiescing a server moves nobody else's clients, and the keys
//! of its hash are fixed, so every director makes the same table. Where it fails: some clients of other servers do move
//! when a server is added or deleted (about as many as that server has); clients behind one address are one client.

use super::hash::{fold, sip32};
use super::slots::Slots;
use super::{PointedAt, greatest_common_divisor, locate};
use crate::service::{Ask, FlowTable, Pool, PoolChange, RealServer, Scheduler};
use std::net::IpAddr;
use std::sync::Arc;

/// Slots of the table, a prime: also the most real servers that a service can have (the kernel's default).
pub const SIZE: usize = 4093;
/// Places in a row are at most 63: a number of so many bits.
const TURN_BITS: u32 = 6;
/// Keys of the two hashes.
const FIRST_KEY: u64 = 2_654_435_761;
const SECOND_KEY: u64 = 2_654_446_892;

/// The mh scheduler.
#[derive(Debug)]
pub struct MaglevHashing {
    slots: Slots,
}

impl MaglevHashing {
    /// For a service with these real servers.
    pub fn new(pool: &Pool) -> Self {
        Self { slots: Slots::new(fill(pool)) }
    }
}

impl Scheduler for MaglevHashing {
    fn pick<'p>(&self, ask: &Ask<'p>) -> Option<&'p Arc<RealServer>> {
        let (fallback, with_port) = (ask.flags.first, ask.flags.second);
        let client = ask.flow.client;
        let port = if with_port { client.port } else { 0 };
        let slot = |offset: usize| hash(client.addr, port, offset, FIRST_KEY) % SIZE;
        let own = slot(0);
        let chosen = self.slots.first_eligible(ask.pool, [own]);
        // Four thousand hashes for nobody would be too many.
        if chosen.is_some() || !fallback || !ask.pool.servers().iter().any(|server| server.is_eligible()) {
            return chosen;
        }
        let others = (0..SIZE).map(|offset| slot((offset + own) % SIZE));
        self.slots.first_eligible(ask.pool, others)
    }

    fn changed(&self, pool: &Pool, _: PoolChange) {
        if pool.servers().len() <= SIZE {
            self.slots.replace(fill(pool));
        }
    }

    fn is_steady(&self) -> bool {
        true
    }
}

/// The same table for flows that are forwarded without a connection, of services with other schedulers. One server needs no
/// more than one slot.
pub(super) fn flow_table(pool: &Pool) -> FlowTable {
    if pool.servers().len() == 1 {
        return FlowTable::new([0]);
    }
    // There are no more slots than a `u16` counts, and who is in one is among the first so many of the list.
    FlowTable::new(fill(pool).iter().map(|slot| u16::try_from(slot.index).unwrap_or(0)))
}

/// The hash of an address, a port and an offset.
fn hash(addr: IpAddr, port: u16, offset: usize, key: u64) -> usize {
    let offset = u32::try_from(offset).unwrap_or(0);
    sip32(fold(addr).wrapping_add(u32::from(port)).wrapping_add(offset), key) as usize
}

/// A server while the table is filled.
struct Filler {
    place: PointedAt,
    /// The slot that it would like next.
    wish: usize,
    /// From one wish to the next.
    skip: usize,
    /// How many it places in a row.
    turns: i32,
}

/// The table: empty if no server has ever had weight.
fn fill(pool: &Pool) -> Vec<PointedAt> {
    let mut fillers = fillers(pool);
    let mut table = vec![None; if fillers.is_empty() { 0 } else { SIZE }];
    let mut free = table.len();
    while free > 0 {
        for filler in &mut fillers {
            for _ in 0..filler.turns {
                if free == 0 {
                    break;
                }
                // The skip is prime to the size, so this comes by every slot.
                while table.get(filler.wish).is_some_and(Option::is_some) {
                    filler.wish = (filler.wish + filler.skip) % SIZE;
                }
                if let Some(slot) = table.get_mut(filler.wish) {
                    *slot = Some(filler.place);
                }
                free -= 1;
            }
        }
    }
    table.into_iter().flatten().collect()
}

/// The servers with weight, in the order of the list, and how they place.
fn fillers(pool: &Pool) -> Vec<Filler> {
    let weights = || pool.servers().iter().map(|server| server.last_weight().max(0));
    let divisor = weights().fold(0, greatest_common_divisor).max(1);
    let heaviest = weights().max().unwrap_or(0) / divisor;
    let shift = (i32::BITS - heaviest.leading_zeros()).saturating_sub(TURN_BITS);
    let all = locate(pool).zip(pool.servers()).zip(weights()).filter(|(_, weight)| *weight > 0);
    let filler = |((place, server), weight): ((PointedAt, &Arc<RealServer>), i32)| {
        let hash = |key| hash(server.endpoint.addr, server.endpoint.port, 0, key);
        Filler {
            place,
            wish: hash(FIRST_KEY) % SIZE,
            skip: hash(SECOND_KEY) % (SIZE - 1) + 1,
            turns: ((weight / divisor) >> shift).max(1),
        }
    };
    all.map(filler).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::{FIRST_KEY, MaglevHashing, SECOND_KEY, SIZE, fillers, hash};
    use crate::lvs::SchedulerFlags;
    use proptest::prelude::*;

    const FALLBACK: SchedulerFlags = SchedulerFlags { first: true, second: false, third: false };
    const PORT: SchedulerFlags = SchedulerFlags { first: false, second: true, third: false };

    /// Real servers 10.0.0.1:80, 10.0.0.2:80 …
    fn bench(weights: &[i32]) -> Bench {
        Bench::at("mh", [10, 0, 0, 0], weights)
    }

    fn pick(bench: &Bench, client: [u8; 4]) -> u32 {
        bench.pick_for(client.into(), 40000, [10, 9, 0, 100].into())
    }

    #[test]
    fn wishes_are_the_fact_sheets() {
        let bench = bench(&[1, 1, 1]);
        let wishes: Vec<_> = fillers(&bench.pool).iter().map(|filler| (filler.wish, filler.skip)).collect();
        assert_eq!(wishes, [(1631, 3453), (1231, 3544), (3167, 700)], "list .3 .2 .1");
        let slot = |addr: [u8; 4], port| hash(addr.into(), port, 0, FIRST_KEY) % SIZE;
        assert_eq!(slot([192, 0, 2, 1], 0), 2891);
        assert_eq!(slot([192, 0, 2, 2], 0), 746);
        assert_eq!(slot([198, 51, 100, 77], 0), 1482);
        assert_eq!(slot([192, 0, 2, 1], 40000), 3651);
        assert_ne!(FIRST_KEY, SECOND_KEY);
    }

    #[test]
    fn the_table_is_the_fact_sheets() {
        let mut bench = bench(&[1, 1, 1]);
        let table = MaglevHashing::new(&bench.pool).slots;
        assert_eq!(table.shares(&bench.pool), [1365, 1364, 1364]);
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(|slot| table.number(slot)),
            [1, 2, 2, 3, 3, 1, 2, 3, 3, 1, 1, 2]
        );
        assert_eq!(pick(&bench, [192, 0, 2, 1]), 3);
        assert_eq!(pick(&bench, [192, 0, 2, 2]), 2);
        assert_eq!(pick(&bench, [198, 51, 100, 77]), 3);
        bench.flags = PORT;
        assert_eq!(pick(&bench, [192, 0, 2, 1]), 3);
    }

    #[test]
    fn weights_are_cut_to_63_turns() {
        let bench = bench(&[100, 2, 1]);
        let turns: Vec<_> = fillers(&bench.pool).iter().map(|filler| filler.turns).collect();
        assert_eq!(turns, [1, 1, 50]);
        assert_eq!(MaglevHashing::new(&bench.pool).slots.shares(&bench.pool), [79, 79, 3935]);
    }

    #[test]
    fn a_quiesced_server_keeps_its_slots() {
        let mut bench = bench(&[1, 1, 1]);
        let clients: Vec<[u8; 4]> = (0..200).map(|last| [198, 51, 100, last]).collect();
        let before: Vec<u32> = clients.iter().map(|client| pick(&bench, *client)).collect();
        bench.edit(2, 0);
        for (client, server) in clients.iter().zip(&before) {
            let now = pick(&bench, *client);
            assert_eq!(now, if *server == 2 { 0 } else { *server });
        }
        bench.flags = FALLBACK;
        for (client, server) in clients.iter().zip(&before) {
            let now = pick(&bench, *client);
            assert!(if *server == 2 { now == 1 || now == 3 } else { now == *server });
        }
        bench.edit(1, 0);
        bench.edit(3, 0);
        assert_eq!(pick(&bench, clients[0]), 0);
    }

    #[test]
    fn who_never_had_weight_has_no_slot() {
        let mut bench = bench(&[0, 0]);
        assert_eq!(pick(&bench, [192, 0, 2, 1]), 0);
        bench.edit(1, 5);
        assert_eq!(MaglevHashing::new(&bench.pool).slots.shares(&bench.pool), [0, SIZE]);
        bench.remove(1);
        bench.remove(2);
        assert_eq!(pick(&bench, [192, 0, 2, 1]), 0);
    }

    proptest! {
        /// Each server has its share of the table, but for one round of placing; deleting one server moves few clients
        /// of the others.
        #[test]
        fn the_table_is_balanced_and_steady(weights in proptest::collection::vec(1..20i32, 2..12)) {
            let mut bench = bench(&weights);
            let table = MaglevHashing::new(&bench.pool).slots;
            let round: i32 = fillers(&bench.pool).iter().map(|filler| filler.turns).sum();
            for (filler, share) in fillers(&bench.pool).iter().zip(table.shares(&bench.pool)) {
                let fair = f64::from(filler.turns) / f64::from(round) * 4093.0;
                prop_assert!((f64::from(u32::try_from(share).unwrap()) - fair).abs() <= f64::from(filler.turns));
            }
            let own = table.shares(&bench.pool).last().copied().unwrap_or(0);
            bench.remove(1);
            let without = MaglevHashing::new(&bench.pool).slots;
            let moved = (0..SIZE).filter(|slot| table.number(*slot) != 1)
                .filter(|slot| table.number(*slot) != without.number(*slot)).count();
            prop_assert!(moved <= own + SIZE / 4, "{moved} of others moved with {own} of its own");
        }
    }
}
