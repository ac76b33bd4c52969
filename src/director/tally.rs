//! What one worker counts: plain integers, published once per turn.

use super::verdict::{CATALOGUE, Verdict};
use crate::lvs::Stats;
use crate::service::{ServerId, Snapshot};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many verdict counters there are.
pub const VERDICTS: usize = CATALOGUE.len();

/// What one worker has counted.
#[derive(Clone, Debug)]
pub struct Tally {
    received: u64,
    helped_refused: u64,
    verdicts: [u64; VERDICTS],
    servers: Vec<Stats>,
    touched: Vec<ServerId>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            received: 0,
            helped_refused: 0,
            verdicts: [0; VERDICTS],
            servers: Vec::new(),
            touched: Vec::new(),
        }
    }
}

impl Tally {
    /// Makes room for the real servers of a snapshot. The only place that allocates; call it when the snapshot changes.
    pub fn fit(&mut self, view: &Snapshot) {
        if self.servers.len() < view.servers.len() {
            self.servers.resize(view.servers.len(), Stats::default());
            self.touched.reserve(view.servers.len());
        }
    }

    /// A frame came in.
    pub const fn receive(&mut self) {
        self.received += 1;
    }

    /// Counts what became of a frame (a held one when it leaves).
    pub fn count(&mut self, verdict: Verdict) {
        self.count_many(verdict, 1);
    }

    /// Counts what became of several frames.
    pub fn count_many(&mut self, verdict: Verdict, frames: u64) {
        if let Some(counter) = verdict.number().and_then(|number| self.verdicts.get_mut(number)) {
            *counter += frames;
        }
    }

    /// Frames received.
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// A data connection was announced that a helper has nobody expect.
    pub(super) const fn refuse_helped(&mut self) {
        self.helped_refused += 1;
    }

    /// How many announced data connections were refused.
    pub const fn helped_refused(&self) -> u64 {
        self.helped_refused
    }

    /// How often a verdict was counted.
    pub fn counted(&self, verdict: Verdict) -> u64 {
        verdict.number().and_then(|number| self.verdicts.get(number)).copied().unwrap_or(0)
    }

    /// The statistics of a real server, to be added to; nothing happens for a server that does not exist.
    pub(super) fn server(&mut self, id: ServerId, add: impl FnOnce(&mut Stats)) {
        if let Some(stats) = self.servers.get_mut(id.index()) {
            if *stats == Stats::default() {
                self.touched.push(id);
            }
            add(stats);
        }
    }

    /// What is not published yet of a real server's statistics.
    pub fn unpublished(&self, id: ServerId) -> Stats {
        self.servers.get(id.index()).copied().unwrap_or_default()
    }

    /// Shows everybody: server and service statistics are added, verdicts stored.
    pub fn publish(&mut self, view: &Snapshot, to: &PublishedTally) {
        for id in self.touched.drain(..) {
            let Some(stats) = self.servers.get_mut(id.index()) else { continue };
            if let Some(server) = view.server(id) {
                server.real.stats.add(stats);
                server.service.stats.add(stats);
            }
            *stats = Stats::default();
        }
        to.received.store(self.received, Relaxed);
        to.helped_refused.store(self.helped_refused, Relaxed);
        for (published, counted) in to.verdicts.iter().zip(&self.verdicts) {
            published.store(*counted, Relaxed);
        }
    }
}

/// The last published tally of one worker, for the control plane to read.
#[derive(Debug)]
pub struct PublishedTally {
    received: AtomicU64,
    helped_refused: AtomicU64,
    verdicts: [AtomicU64; VERDICTS],
}

impl Default for PublishedTally {
    fn default() -> Self {
        let (received, helped_refused) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { received, helped_refused, verdicts: std::array::from_fn(|_| AtomicU64::new(0)) }
    }
}

impl PublishedTally {
    /// Frames received.
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// Announced data connections that were refused.
    pub fn helped_refused(&self) -> u64 {
        self.helped_refused.load(Relaxed)
    }

    /// The verdict counters in the catalogue's order.
    pub fn verdicts(&self) -> [u64; VERDICTS] {
        std::array::from_fn(|number| self.verdicts.get(number).map_or(0, |counter| counter.load(Relaxed)))
    }
}
