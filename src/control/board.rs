//! What the keeper and the workers share: nothing else passes between them but mailboxes.

use crate::conn::ConnTable;
use crate::defrag::Defrag;
use crate::director::PublishedTally;
use crate::service::{Passes, Snapshot};
use crate::time::Tick;
use arc_swap::ArcSwap;
use hdrhistogram::Histogram;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The snapshot, the connections and what each worker publishes.
#[derive(Debug)]
pub struct Board {
    /// The snapshot that workers load once per turn.
    pub snapshot: ArcSwap<Snapshot>,
    /// The connections.
    pub conns: ConnTable,
    /// Fragments that wait for others.
    pub defrag: Arc<Defrag>,
    /// Flows of health checks that go through a VIP.
    pub passes: Arc<Passes>,
    /// One per worker.
    pub workers: Vec<WorkerBoard>,
    clock: Clock,
}

/// Where the time of ticks comes from.
#[derive(Debug)]
enum Clock {
    /// The host's monotonic clock, since then.
    Running(Instant),
    /// Milliseconds since start, set by whoever plays with the director.
    Set(AtomicU64),
}

impl Board {
    /// A board for so many workers; the time of ticks begins now.
    #[expect(clippy::disallowed_methods, reason = "here ticks begin; all others are given them")]
    pub fn new(conns: ConnTable, workers: usize) -> Self {
        Self::with_clock(conns, workers, Clock::Running(Instant::now()))
    }

    /// A board whose time stands still but for [`Self::set_uptime`]: for scenarios that are played, not lived.
    pub fn with_set_time(conns: ConnTable, workers: usize) -> Self {
        Self::with_clock(conns, workers, Clock::Set(AtomicU64::new(0)))
    }

    fn with_clock(conns: ConnTable, workers: usize, clock: Clock) -> Self {
        Self {
            snapshot: ArcSwap::default(),
            conns,
            defrag: Arc::default(),
            passes: Arc::default(),
            workers: (0..workers).map(|_| WorkerBoard::default()).collect(),
            clock,
        }
    }

    /// Sets the time of a board made by [`Self::with_set_time`]; any other keeps its own.
    pub fn set_uptime(&self, uptime: Duration) {
        if let Clock::Set(millis) = &self.clock {
            millis.store(u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX), Relaxed);
        }
    }

    /// Time since the tick 0.
    pub fn uptime(&self) -> Duration {
        match &self.clock {
            Clock::Running(started) => started.elapsed(),
            Clock::Set(millis) => Duration::from_millis(millis.load(Relaxed)),
        }
    }

    /// Reads the clock.
    pub fn now(&self) -> Tick {
        Tick::from_uptime(self.uptime())
    }

    /// Seconds since start.
    pub fn uptime_seconds(&self) -> u64 {
        self.uptime().as_secs()
    }
}

/// What one worker publishes, once per turn or per second.
#[derive(Debug)]
pub struct WorkerBoard {
    /// Frames by verdict.
    pub tally: PublishedTally,
    /// Frames that wait at this moment: for a neighbour; the first worker's also for other fragments.
    pub held: AtomicU64,
    /// Frames that the kernel dropped before the ring.
    pub kernel_drops: AtomicU64,
    /// Frames that came by AF_XDP.
    pub express: AtomicU64,
    /// Ring slots that made no sense.
    pub bad_slots: AtomicU64,
    /// Sweeps that found frames.
    pub turns: AtomicU64,
    /// Panics that were caught.
    pub panics: AtomicU64,
    /// Epoch of the snapshot in use.
    pub epoch: AtomicU64,
    /// CPU that it is pinned to, or -1.
    pub cpu: AtomicI64,
    /// Nanoseconds from the kernel's receive stamp to the flush, of the first frame of each sweep: 1 ns to 10 s.
    pub latency: Mutex<Histogram<u64>>,
}

impl WorkerBoard {
    /// Largest latency that is told apart, in nanoseconds.
    pub const LONGEST_NS: u64 = 10_000_000_000;

    /// An empty latency histogram: two significant digits.
    pub fn new_histogram() -> Histogram<u64> {
        // The bounds are constants that hdrhistogram accepts; a default histogram would do as well.
        Histogram::new_with_bounds(1, Self::LONGEST_NS, 2)
            .unwrap_or_else(|_| Histogram::new(2).expect("two digits are allowed"))
    }
}

impl Default for WorkerBoard {
    fn default() -> Self {
        Self {
            tally: PublishedTally::default(),
            held: AtomicU64::new(0),
            kernel_drops: AtomicU64::new(0),
            express: AtomicU64::new(0),
            bad_slots: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
            cpu: AtomicI64::new(-1),
            latency: Mutex::new(Self::new_histogram()),
        }
    }
}
