//! CPU time per packet: one pinned thread makes a burst, forwards it, makes the next. Everything that a packet costs
//! happens on that core, soft interrupts included, so the figure is exact and does not depend on who keeps pace with whom.

use crate::bed::Bed;
use crate::forward::Inline;
use crate::load::Load;
use crate::observe::{Counters, CpuClock};
use crate::scenario::Way;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct OneCore {
    /// CPU nanoseconds per packet offered.
    pub cpu_ns: f64,
    /// Packets that did not arrive, of those offered: 0 to 1.
    pub loss: f64,
}

/// Measures for `time`. To be called on a pinned thread.
///
/// # Errors
/// Load cannot be made, or a counter not be read.
pub fn measure(
    bed: &Bed,
    way: Way,
    forward: &mut Inline,
    mut load: Load,
    time: Duration,
    clock: &CpuClock,
) -> Result<OneCore> {
    let mut arrived = Counters::open(bed.server()?, "eth0")?;
    let (known, mut offered) = (forward.connections(), 0);
    for _ in 0..load.warm_up() {
        offered += load.burst()?;
        while forward.turn() > 0 {}
    }
    let joined = load.joined(way);
    let before = arrived.packets(joined)?;
    let (started, cpu) = (Instant::now(), clock.read());
    let mut sent = 0;
    // Once at least, even if somebody else has the CPU for all of the time.
    while sent == 0 || (started.elapsed() < time && sent < load.most()) {
        sent += load.burst()?;
        while forward.turn() > 0 {}
    }
    let used = clock.read().saturating_sub(cpu);
    let arrived = arrived.packets(joined)?.saturating_sub(before);
    // The load is what it is said to be, or the figure is of something else.
    if let (Some(before), Some(now), Some(wanted)) =
        (known, forward.connections(), load.opens(offered + sent))
    {
        let opened = now - before;
        ensure!(opened == wanted, "the load opened {opened} connections instead of {wanted}");
    }
    Ok(OneCore {
        cpu_ns: used.as_nanos() as f64 / sent as f64,
        // What nobody forwards is not lost.
        loss: if way == Way::Load { 0.0 } else { 1.0 - (arrived as f64 / sent as f64).min(1.0) },
    })
}
