//! Chooses: the catalogue of schedulers, each in a file of its own.
//!
//! A scheduler is asked once per new connection. All of them walk the pool in IPVS's order, **newest real server
//! first**, and replace a candidate only by a strictly better one, so ties go to the server that was added last.
//! *Eligible* means weight above 0 and not overloaded.
//!
//! The control plane tells a scheduler of a change before workers see the new pool, so for a moment a worker asks with a
//! pool older than the scheduler's state. Schedulers therefore remember servers by number, never by place, and take a
//! number that is not in the pool for "before the head".

mod cache;
mod dh;
mod fo;
mod hash;
mod lblc;
mod lblcr;
mod lc;
mod load;
mod mh;
mod none;
mod nq;
mod ovf;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod recorded;
mod rr;
mod sed;
mod sh;
mod slots;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod testing;
mod twos;
mod wlc;
mod wrr;

pub use dh::DestinationHashing;
pub use fo::WeightedFailover;
pub use lblc::LocalityLeastConnection;
pub use lblcr::ReplicatedLeastConnection;
pub use lc::LeastConnection;
pub use mh::MaglevHashing;
pub use none::NoScheduler;
pub use nq::NeverQueue;
pub use ovf::WeightedOverflow;
pub use rr::RoundRobin;
pub use sed::ShortestExpectedDelay;
pub use sh::SourceHashing;
pub use twos::TwoRandomChoices;
pub use wlc::WeightedLeastConnection;
pub use wrr::WeightedRoundRobin;

use crate::lvs::{ForwardingMethod, Protocol, ServiceKey, Tunables};
use crate::service::{Hashing, Pool, RealServer, Scheduler, ServerId, VirtualService};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One scheduler of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// As ipvsadm -s takes it.
    pub name: &'static str,
    /// One line for help texts.
    pub summary: &'static str,
    /// Its page in the documentation.
    pub page: &'static str,
    /// More real servers than this it cannot serve.
    pub most_servers: usize,
    /// Makes one for a service with these real servers. (The flags come with each [`Ask`](crate::service::Ask).)
    pub make: fn(&Pool) -> Arc<dyn Scheduler>,
}

/// All schedulers, in the order in which help texts list them.
pub static CATALOGUE: &[Entry] = &[
    Entry {
        name: "rr",
        summary: "round robin: the real servers in turn, whatever their weight",
        page: "docs/schedulers.md#rr",
        most_servers: usize::MAX,
        make: |_| Arc::new(RoundRobin::default()),
    },
    Entry {
        name: "wrr",
        summary: "weighted round robin: in turn, in proportion to weight",
        page: "docs/schedulers.md#wrr",
        most_servers: usize::MAX,
        make: |pool| Arc::new(WeightedRoundRobin::new(pool)),
    },
    Entry {
        name: "lc",
        summary: "least connection: the real server with the fewest connections",
        page: "docs/schedulers.md#lc",
        most_servers: usize::MAX,
        make: |_| Arc::new(LeastConnection),
    },
    Entry {
        name: "wlc",
        summary: "weighted least connection: the fewest connections in proportion to weight",
        page: "docs/schedulers.md#wlc",
        most_servers: usize::MAX,
        make: |_| Arc::new(WeightedLeastConnection),
    },
    Entry {
        name: "lblc",
        summary: "locality-based least connection: each destination sticks to a real server",
        page: "docs/schedulers.md#lblc",
        most_servers: usize::MAX,
        make: |_| Arc::new(LocalityLeastConnection::default()),
    },
    Entry {
        name: "lblcr",
        summary: "the same with replication: each destination has a set of real servers",
        page: "docs/schedulers.md#lblcr",
        most_servers: usize::MAX,
        make: |_| Arc::new(ReplicatedLeastConnection::default()),
    },
    Entry {
        name: "dh",
        summary: "destination hashing: by the packet's destination address",
        page: "docs/schedulers.md#dh",
        most_servers: usize::MAX,
        make: |pool| Arc::new(DestinationHashing::new(pool)),
    },
    Entry {
        name: "sh",
        summary: "source hashing: by the client's address",
        page: "docs/schedulers.md#sh",
        most_servers: usize::MAX,
        make: |pool| Arc::new(SourceHashing::new(pool)),
    },
    Entry {
        name: "sed",
        summary: "shortest expected delay: where the new connection would wait least",
        page: "docs/schedulers.md#sed",
        most_servers: usize::MAX,
        make: |_| Arc::new(ShortestExpectedDelay),
    },
    Entry {
        name: "nq",
        summary: "never queue: an idle real server, else as sed",
        page: "docs/schedulers.md#nq",
        most_servers: usize::MAX,
        make: |_| Arc::new(NeverQueue),
    },
    Entry {
        name: "fo",
        summary: "weighted failover: the real server of the highest weight gets everything",
        page: "docs/schedulers.md#fo",
        most_servers: usize::MAX,
        make: |_| Arc::new(WeightedFailover),
    },
    Entry {
        name: "ovf",
        summary: "weighted overflow: as fo, up to as many connections as weight",
        page: "docs/schedulers.md#ovf",
        most_servers: usize::MAX,
        make: |_| Arc::new(WeightedOverflow),
    },
    Entry {
        name: "mh",
        summary: "Maglev hashing: by the client's address, and few clients move when servers change",
        page: "docs/schedulers.md#mh",
        most_servers: mh::SIZE,
        make: |pool| Arc::new(MaglevHashing::new(pool)),
    },
    Entry {
        name: "twos",
        summary: "the less loaded of two random real servers",
        page: "docs/schedulers.md#twos",
        most_servers: usize::MAX,
        make: |_| Arc::new(TwoRandomChoices),
    },
    Entry {
        name: "none",
        summary: "no scheduler: nobody is chosen",
        page: "docs/schedulers.md#none",
        most_servers: usize::MAX,
        make: |_| Arc::new(NoScheduler),
    },
];

/// The scheduler of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}

/// Who is to get the flows of a service that are forwarded without a connection, as its pool and the tunables are now.
/// Nobody where a connection is needed: NAT knows only by it where a reply belongs, and a persistence engine's flows go
/// by what their packets say. One-packet scheduling has none to do without.
pub fn hashing_of(service: &VirtualService, tunables: &Tunables) -> Hashing {
    let spec = &service.spec;
    let is_udp = !matches!(spec.key, ServiceKey::Tuple { protocol: Protocol::Tcp | Protocol::Sctp, .. });
    let needs_none = spec.one_packet && is_udp && spec.persistence.is_none();
    let has_one_way = |server: &Arc<RealServer>| {
        matches!(server.method(), ForwardingMethod::DirectRoute | ForwardingMethod::Tunnel)
    };
    let servers = service.pool.servers();
    if !tunables.hashes()
        || spec.engine.is_some()
        || needs_none
        || servers.is_empty()
        || !servers.iter().all(has_one_way)
    {
        Hashing::Nobody
    } else if service.scheduler.is_steady() {
        Hashing::Scheduler
    } else {
        Hashing::Table(Arc::new(mh::flow_table(&service.pool)))
    }
}

/// A scheduler's state. No step of any scheduler leaves it half changed, so a poisoned lock is still good.
fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in the list, kept by the server's number: before the head, or at a server.
#[derive(Clone, Copy, Debug, Default)]
struct Pointer(Option<PointedAt>);

#[derive(Clone, Copy, Debug)]
struct PointedAt {
    id: ServerId,
    /// Where it stood when it was last seen: saves the search while the pool stays the same.
    index: usize,
}

impl PointedAt {
    /// The server, if it is in this pool.
    fn find(self, pool: &Pool) -> Option<&Arc<RealServer>> {
        let there = pool.servers().get(self.index).filter(|server| server.id == self.id);
        there.or_else(|| pool.servers().iter().find(|server| server.id == self.id))
    }
}

/// All servers of a pool with their places, in the order of the list.
fn locate(pool: &Pool) -> impl Iterator<Item = PointedAt> + Clone {
    pool.servers().iter().enumerate().map(|(index, server)| PointedAt { id: server.id, index })
}

impl Pointer {
    /// At a server.
    const fn at(id: ServerId, index: usize) -> Self {
        Self(Some(PointedAt { id, index }))
    }

    /// As one number. (No pool has 2^32 servers, and none has [`ServerId::NOBODY`] for its number.)
    const fn number(self) -> u64 {
        match self.0 {
            None => u64::MAX,
            Some(PointedAt { id, index }) => (id.0 as u64) << 32 | (index as u64 & 0xffff_ffff),
        }
    }

    /// The pointer that had this number.
    #[expect(clippy::cast_possible_truncation, reason = "halves of the number")]
    const fn from_number(number: u64) -> Self {
        match (number >> 32) as u32 {
            u32::MAX => Self(None),
            id => Self::at(ServerId(id), number as u32 as usize),
        }
    }

    /// The index after the one pointed at; 0 if that is unknown to this pool.
    fn next_index(self, pool: &Pool) -> usize {
        let Some(PointedAt { id, index }) = self.0 else { return 0 };
        if pool.servers().get(index).is_some_and(|server| server.id == id) {
            return index + 1;
        }
        pool.position(id).map_or(0, |index| index + 1)
    }

    fn set(&mut self, id: ServerId, index: usize) {
        self.0 = Some(PointedAt { id, index });
    }

    fn is_at(self, id: ServerId) -> bool {
        self.0.is_some_and(|at| at.id == id)
    }
}

/// A server that a scheduler remembers, and that therefore keeps its number also when it is deleted.
#[derive(Debug)]
struct Remembered(Arc<RealServer>);

impl Remembered {
    fn new(server: &Arc<RealServer>) -> Self {
        server.remember();
        Self(server.clone())
    }

    fn server(&self) -> &Arc<RealServer> {
        &self.0
    }

    /// The server, if it is in this pool.
    fn find<'p>(&self, pool: &'p Pool) -> Option<&'p Arc<RealServer>> {
        pool.servers().iter().find(|server| server.id == self.0.id)
    }
}

impl Drop for Remembered {
    fn drop(&mut self) {
        self.0.forget();
    }
}

fn greatest_common_divisor(a: i32, b: i32) -> i32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::testing::Bench;
    use super::{CATALOGUE, find};

    /// Linux 6.1, golden record sched_change_live: a service that changes under traffic.
    #[test]
    fn live_changes_are_followed_as_the_kernel_does() {
        let mut bench = Bench::new("rr", &[1, 1, 1]);
        assert_eq!(bench.picks(7), [3, 2, 1, 3, 2, 1, 3]);
        bench.change_scheduler("wrr");
        bench.edit(2, 3);
        assert_eq!(bench.picks(15), [3, 2, 1, 2, 2, 3, 2, 1, 2, 2, 3, 2, 1, 2, 2]);
        bench.remove(1);
        assert_eq!(bench.picks(8), [2, 3, 2, 2, 2, 3, 2, 2]);
        bench.add(4, 2);
        assert_eq!(bench.picks(12), [2, 4, 2, 4, 3, 2, 2, 4, 2, 4, 3, 2]);
    }

    #[test]
    fn the_catalogue_is_found_by_name() {
        for entry in CATALOGUE {
            assert_eq!(find(entry.name).map(|found| found.summary), Some(entry.summary));
            let page = format!("docs/schedulers.md#{}", entry.name);
            assert_eq!(entry.page, page);
        }
        assert!(find("nosuch").is_none() && find("").is_none() && find("RR").is_none());
    }

    /// Many workers, one state: nobody panics, and with rr every server gets its exact share.
    #[test]
    fn workers_share_the_state() {
        let bench = Bench::new("rr", &[1, 1, 1, 1]);
        let picks: Vec<u32> = std::thread::scope(|scope| {
            let workers =
                [(); 4].map(|()| scope.spawn(|| (0..300).map(|_| bench.pick_from(&bench.pool)).collect()));
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|_| Vec::new())).collect()
        });
        for id in 1..=4 {
            assert_eq!(picks.iter().filter(|pick| **pick == id).count(), 300);
        }
    }
}
