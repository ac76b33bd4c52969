//! What concerns the director, known to the kernel: frames that do not are never copied into a ring, and those that do go
//! to the ring where their client's others go.
//!
//! A [`Sieve`] holds the addresses (two maps) and the programs that ask them (`program`). It is told of a change twice:
//! before workers know of it, what is new must be let in already ([`Sieve::widen`]); after it, what has gone need not be any
//! more ([`Sieve::narrow`]). Whenever the kernel refuses something, every frame is taken.
//!
//! A worker that cannot keep up has connection requests shed before its rings by its [`Valve`].

mod program;
mod valve;

pub use valve::Valve;

use super::bpf::{BpfError, Map, MapKind, Program, ProgramKind, Shared};
use program::{COUNTS, Design, FOREIGN, SERVER, SHED, VIP};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// Addresses of a family that a map holds at most; of more, every frame is taken.
const ENTRIES: u32 = 65536;

/// Which frames concern the director.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Concern {
    /// Addresses that it answers to.
    pub vips: BTreeSet<IpAddr>,
    /// Addresses of NAT real servers.
    pub servers: BTreeSet<IpAddr>,
    /// More than addresses can say: all frames (but for those to other machines' MACs).
    pub everything: bool,
}

/// What a [`Sieve`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Duties {
    /// Frames that do not concern the director are not copied into a ring.
    pub filter: bool,
    /// Rings of a group share out frames by the client's endpoint ([`super::FanoutMode::Client`]).
    pub deal: bool,
    /// The filter sheds connection requests when a worker's [`Valve`] says so.
    pub shed: bool,
}

/// The addresses that concern the director, in the kernel, and the programs that ask for them.
#[derive(Debug)]
pub struct Sieve {
    v4: Map,
    v6: Map,
    everything: Map,
    refused: Map,
    /// How much each worker has shed.
    valves: Option<Arc<Shared>>,
    /// One for each worker, which differ in whose valve they ask.
    filters: Vec<Program>,
    deal: Option<Program>,
    /// What the maps hold.
    held: BTreeMap<IpAddr, u32>,
}

impl Sieve {
    /// Loads the programs for these duties, for so many workers. Until [`Sieve::narrow`] is called first, every frame is
    /// taken. This needs privilege; what follows needs none.
    ///
    /// # Errors
    /// [`BpfError`]: the kernel cannot, or may not, have them.
    pub fn load(duties: Duties, workers: usize) -> Result<Self, BpfError> {
        // Any number that nobody can guess; an odd one loses nothing in a product.
        let key = RandomState::new().hash_one(0) | 1;
        Self::load_with(duties, workers, Design::LINK_HEADER, key)
    }

    fn load_with(duties: Duties, workers: usize, link_header: i32, key: u64) -> Result<Self, BpfError> {
        let v4 = Map::new(MapKind::Hash, 4, 4, ENTRIES, "ulvs_concern4")?;
        let v6 = Map::new(MapKind::Hash, 16, 4, ENTRIES, "ulvs_concern6")?;
        let everything = Map::new(MapKind::Array, 4, 4, 1, "ulvs_everything")?;
        let refused = Map::new(MapKind::PerCpuArray, 4, 8, COUNTS, "ulvs_refused")?;
        let valves = (duties.filter && duties.shed).then(|| valve::all(workers)).transpose()?;
        let design = Design {
            v4: v4.fd(),
            v6: v6.fd(),
            everything: everything.fd(),
            refused: refused.fd(),
            valve: None,
            link_header,
        };
        let load = |instructions: Option<Vec<u64>>, name| {
            Program::load(ProgramKind::SocketFilter, &instructions.unwrap_or_default(), name)
        };
        let filter_of = |worker: usize| {
            let valve = valves.as_ref().map(|valves| (valves.fd(), valve::index(worker)));
            load(program::filter(&Design { valve, ..design }), "ulvs_filter")
        };
        // Without valves one is like the other.
        let filters = match (duties.filter, &valves) {
            (false, _) => 0,
            (true, None) => 1,
            (true, Some(_)) => workers.max(1),
        };
        let filters = (0..filters).map(filter_of).collect::<Result<_, _>>()?;
        let design = Design { link_header: 0, ..design };
        let deal = duties.deal.then(|| load(program::deal(&design, key), "ulvs_deal")).transpose()?;
        let valves = valves.map(Arc::new);
        let sieve = Self { v4, v6, everything, refused, valves, filters, deal, held: BTreeMap::new() };
        sieve.take_everything(true).map_err(|source| BpfError::Refused {
            object: "BPF map",
            source,
            log: String::new(),
        })?;
        Ok(sieve)
    }

    /// What it does.
    pub const fn duties(&self) -> Duties {
        Duties { filter: !self.filters.is_empty(), deal: self.deal.is_some(), shed: self.valves.is_some() }
    }

    /// The valve of a worker (of those that it was loaded for), if there are valves.
    pub fn valve(&self, worker: usize) -> Option<Valve> {
        Valve::of(self.valves.as_ref()?, worker)
    }

    /// Lets in what is new, and still what was: before workers know of it.
    ///
    /// # Errors
    /// The first refusal of the kernel; every frame is taken then, until [`Sieve::narrow`] succeeds.
    pub fn widen(&mut self, concern: &Concern) -> io::Result<()> {
        let mut outcome = Ok(());
        for (addr, what) in wanted(concern) {
            let known = self.held.get(&addr).copied().unwrap_or(0);
            if known | what != known {
                outcome = outcome.and(self.set(addr, known | what));
            }
        }
        if concern.everything || outcome.is_err() {
            outcome = outcome.and(self.take_everything(true));
        }
        outcome
    }

    /// Lets in exactly this: when all workers go by it.
    ///
    /// # Errors
    /// The first refusal of the kernel; every frame is taken then.
    pub fn narrow(&mut self, concern: &Concern) -> io::Result<()> {
        let wanted = wanted(concern);
        let mut outcome = Ok(());
        for (addr, what) in &wanted {
            if self.held.get(addr) != Some(what) {
                outcome = outcome.and(self.set(*addr, *what));
            }
        }
        let gone: Vec<IpAddr> = self.held.keys().filter(|addr| !wanted.contains_key(addr)).copied().collect();
        for addr in gone {
            outcome = outcome.and(self.with_key(addr, |map, key| map.remove(key)));
            self.held.remove(&addr);
        }
        let is_partial = outcome.is_err();
        outcome.and(self.take_everything(concern.everything || is_partial))
    }

    /// Frames that did not concern the director so far, over all rings that it was attached to; those to other machines'
    /// MAC addresses included.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn refused(&self) -> io::Result<u64> {
        self.refused.sum(FOREIGN)
    }

    /// Connection requests that were shed so far, over all rings that it was attached to.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub fn shed(&self) -> io::Result<u64> {
        self.refused.sum(SHED)
    }

    /// The descriptor of a worker's filter, to be attached to its sockets.
    pub(super) fn filter_fd(&self, worker: usize) -> Option<i32> {
        self.filters.get(worker).or_else(|| self.filters.first()).map(Program::fd)
    }

    /// The fan-out program's descriptor.
    pub(super) fn deal_fd(&self) -> Option<i32> {
        self.deal.as_ref().map(Program::fd)
    }

    fn set(&mut self, addr: IpAddr, what: u32) -> io::Result<()> {
        self.with_key(addr, |map, key| map.set(key, &what.to_ne_bytes()))?;
        self.held.insert(addr, what);
        Ok(())
    }

    fn with_key<T>(&self, addr: IpAddr, act: impl FnOnce(&Map, &[u8]) -> T) -> T {
        match addr {
            IpAddr::V4(addr) => act(&self.v4, &addr.to_bits().to_ne_bytes()),
            IpAddr::V6(addr) => {
                let mut key = [0; 16];
                for (place, word) in
                    key.as_chunks_mut::<4>().0.iter_mut().zip(addr.octets().as_chunks::<4>().0)
                {
                    *place = u32::from_be_bytes(*word).to_ne_bytes();
                }
                act(&self.v6, &key)
            }
        }
    }

    fn take_everything(&self, everything: bool) -> io::Result<()> {
        self.everything.set(&0u32.to_ne_bytes(), &u32::from(everything).to_ne_bytes())
    }
}

fn wanted(concern: &Concern) -> BTreeMap<IpAddr, u32> {
    let mut wanted = BTreeMap::<IpAddr, u32>::new();
    for (addresses, what) in [(&concern.vips, VIP), (&concern.servers, SERVER)] {
        for addr in addresses {
            *wanted.entry(*addr).or_default() |= what;
        }
    }
    wanted
}

#[cfg(test)]
mod tests;
