//! How a worker has connection requests shed before its rings.

use crate::ring::bpf::{BpfError, Shared};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Numbers from one worker's to the next one's: a cache line, so that nobody waits for the other's.
const STRIDE: usize = 8;

/// All of a crew's valves, open.
pub(super) fn all(workers: usize) -> Result<Shared, BpfError> {
    let numbers = u32::try_from(workers.max(1) * STRIDE).unwrap_or(u32::MAX);
    Shared::new(numbers, "ulvs_valves")
}

/// Where a worker's number is.
pub(super) fn index(worker: usize) -> i32 {
    i32::try_from(worker * STRIDE).unwrap_or(i32::MAX)
}

/// What a worker has the filter in front of its rings do. Dropped, it lets everything through.
#[derive(Debug)]
pub struct Valve {
    valves: Arc<Shared>,
    index: usize,
}

impl Valve {
    /// All connection requests.
    pub const MOST: u16 = 256;

    pub(super) fn of(valves: &Arc<Shared>, worker: usize) -> Option<Self> {
        let index = worker.checked_mul(STRIDE)?;
        valves.get(index)?;
        Some(Self { valves: Arc::clone(valves), index })
    }

    /// From now on so many of [`Valve::MOST`] connection requests (SYN without ACK, unfragmented) to a VIP are shed, chosen
    /// by chance, and nothing else. No system call.
    pub fn shed(&self, requests: u16) {
        if let Some(number) = self.valves.get(self.index) {
            number.store(requests.min(Self::MOST).into(), Relaxed);
        }
    }
}

impl Drop for Valve {
    fn drop(&mut self) {
        self.shed(0);
    }
}
