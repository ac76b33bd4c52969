//! Packets per second as a user sees them: one core makes far more load than can be taken, another forwards.

use crate::bed::Bed;
use crate::load::Load;
use crate::observe::{Counters, CpuClock, Worker};
use crate::scenario::Way;
use anyhow::Result;
use std::time::{Duration, Instant};

/// Time before counting begins.
const WARM_UP: Duration = Duration::from_millis(50);

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct TwoCores {
    /// Packets per second that arrived.
    pub pps: f64,
    /// Packets that arrived per second of CPU time of the core that forwards. On a quiet machine, where that core is busy
    /// all the time, the same as `pps`; on a busy one, what it would be.
    pub pps_of_busy_core: f64,
}

/// Measures for `time`, after so many bursts at least. To be called on a pinned thread, while somebody forwards; `clocks`
/// are those of that thread's CPU and of the worker's.
///
/// # Errors
/// Load cannot be made, or a counter not be read.
pub fn measure(
    bed: &Bed,
    (way, worker): (Way, Option<Worker>),
    load: &mut Load,
    warm_up: u64,
    time: Duration,
    clocks: &(CpuClock, CpuClock),
) -> Result<TwoCores> {
    let mut arrived = Counters::open(bed.server()?, "eth0")?;
    let busy = || worker.map_or_else(|| clocks.0.read(), |worker| clocks.1.read_of(worker));
    let begin = Instant::now();
    let mut bursts = 0;
    while begin.elapsed() < WARM_UP || bursts < warm_up {
        load.burst()?;
        bursts += 1;
    }
    let joined = load.joined(way);
    let (started, spent, before) = (Instant::now(), busy(), arrived.packets(joined)?);
    while started.elapsed() < time {
        load.burst()?;
    }
    let (elapsed, spent) = (started.elapsed(), busy().saturating_sub(spent));
    let arrived = arrived.packets(joined)?.saturating_sub(before) as f64;
    Ok(TwoCores {
        pps: arrived / elapsed.as_secs_f64(),
        pps_of_busy_core: arrived / spent.max(Duration::from_nanos(1)).as_secs_f64(),
    })
}
