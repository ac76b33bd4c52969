//! What one worker counts: plain integers, published once per turn.

use super::verdict::{CATALOGUE, Verdict};
use crate::lvs::Stats;
use crate::service::{ServerId, Snapshot};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many verdict counters there are.
pub const VERDICTS: usize = CATALOGUE.len();

/// What a worker counts besides the verdicts on frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Notice {
    /// A connection was ended by `drop_entry`.
    Thinned,
    /// A connection was ended because the table was full and a new one needed its place.
    Evicted,
    /// A connection was ended because its real server is deleted (`expire_nodest_conn`).
    ServerGone,
    /// A TCP segment would have ended its connection but for `reset_guard`; it was forwarded.
    Doubted,
    /// An FTP data connection was announced that nobody is to expect; what announced it was forwarded as it was.
    DataRefused,
    /// A request of a flow without connection was forwarded by a hash.
    Hashed,
    /// A connection was opened by a packet that begins none, for a flow that had been forwarded by a hash.
    Adopted,
    /// A frame left joined to others of its flow, as one super-frame.
    Coalesced,
    /// The kernel refused such a super-frame; its frames were sent one by one.
    RunRefused,
}

/// All notices with their counters, in the order of their numbers.
pub const NOTICES: [(Notice, &str); 9] = [
    (Notice::Thinned, "connections_ended{cause=\"drop_entry\"}"),
    (Notice::Evicted, "connections_ended{cause=\"table_full\"}"),
    (Notice::ServerGone, "connections_ended{cause=\"server_gone\"}"),
    (Notice::Doubted, "segments_doubted"),
    (Notice::DataRefused, "data_connections_refused"),
    (Notice::Hashed, "packets_hashed"),
    (Notice::Adopted, "connections_adopted"),
    (Notice::Coalesced, "frames_coalesced"),
    (Notice::RunRefused, "runs_refused"),
];

/// What one worker has counted.
#[derive(Clone, Debug)]
pub struct Tally {
    received: u64,
    verdicts: [u64; VERDICTS],
    notices: [u64; NOTICES.len()],
    servers: Vec<Stats>,
    touched: Vec<ServerId>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            received: 0,
            verdicts: [0; VERDICTS],
            notices: [0; NOTICES.len()],
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

    /// Counts something besides frames.
    pub fn notice(&mut self, notice: Notice) {
        self.notice_many(notice, 1);
    }

    /// Counts several such things.
    pub fn notice_many(&mut self, notice: Notice, times: u64) {
        if let Some(counter) = self.notices.get_mut(notice as usize) {
            *counter += times;
        }
    }

    /// How often that was counted.
    pub fn noticed(&self, notice: Notice) -> u64 {
        self.notices.get(notice as usize).copied().unwrap_or(0)
    }

    /// Frames received.
    pub const fn received(&self) -> u64 {
        self.received
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
        for (published, counted) in to.verdicts.iter().zip(&self.verdicts) {
            published.store(*counted, Relaxed);
        }
        for (published, counted) in to.notices.iter().zip(&self.notices) {
            published.store(*counted, Relaxed);
        }
    }
}

/// The last published tally of one worker, for the control plane to read.
#[derive(Debug)]
pub struct PublishedTally {
    received: AtomicU64,
    verdicts: [AtomicU64; VERDICTS],
    notices: [AtomicU64; NOTICES.len()],
}

impl Default for PublishedTally {
    fn default() -> Self {
        Self {
            received: AtomicU64::new(0),
            verdicts: std::array::from_fn(|_| AtomicU64::new(0)),
            notices: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl PublishedTally {
    /// Frames received.
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// The verdict counters in the catalogue's order.
    pub fn verdicts(&self) -> [u64; VERDICTS] {
        std::array::from_fn(|number| self.verdicts.get(number).map_or(0, |counter| counter.load(Relaxed)))
    }
    /// The counters of [`NOTICES`], in that order.
    pub fn notices(&self) -> [u64; NOTICES.len()] {
        std::array::from_fn(|number| self.notices.get(number).map_or(0, |counter| counter.load(Relaxed)))
    }
}
