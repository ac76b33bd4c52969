//! Packets per second as a user sees them: one core makes far more load than can be taken, another forwards.

use crate::bed::Bed;
use crate::load::Load;
use crate::observe::Counters;
use crate::scenario::{Size, Way};
use anyhow::Result;
use std::time::{Duration, Instant};

/// Time before counting begins.
const WARM_UP: Duration = Duration::from_millis(50);

/// Packets per second that arrive at the server. To be called on a pinned thread, while somebody forwards.
///
/// # Errors
/// Load cannot be made, or a counter not be read.
pub fn measure(bed: &Bed, way: Way, size: Size, flows: usize, time: Duration) -> Result<f64> {
    let mut load = Load::open(bed, way.sink(), size, flows)?;
    let mut arrived = Counters::open(bed.server()?, "eth0")?;
    let begin = Instant::now();
    while begin.elapsed() < WARM_UP {
        load.burst(size)?;
    }
    let (started, before) = (Instant::now(), arrived.received()?);
    while started.elapsed() < time {
        load.burst(size)?;
    }
    let (elapsed, arrived) = (started.elapsed(), arrived.received()?.saturating_sub(before));
    Ok(arrived as f64 / elapsed.as_secs_f64())
}
