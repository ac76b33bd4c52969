//! What connections cost that are known: memory, packets per second, and CPU time while nothing happens.

use crate::bed::{Bed, VIP_SINK};
use crate::feed;
use crate::frames::{Frames, Shape};
use crate::load::Load;
use crate::observe::{CpuClock, Worker, cpu_time, resident};
use crate::process::UlvsRun;
use crate::scenario::Way;
use crate::two_cores;
use anyhow::{Context, Result, bail, ensure};
use std::time::{Duration, Instant};
use ulvs::lvs::ForwardingMethod;

/// Connections of a director that knows next to none.
const FEW: u32 = 512;
/// How often what was lost is sent again.
const PASSES: usize = 40;
/// Connections that a director may have besides: those of earlier measurements in the same table.
const MARGIN: u32 = 1 << 15;

/// What came of it for one number of connections.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Connections.
    pub flows: u32,
    /// Bytes of the process.
    pub process: u64,
    /// Packets that arrive per second of CPU time of the core that forwards.
    pub pps: f64,
}

/// What came of a table that is just large enough.
#[derive(Clone, Copy, Debug)]
pub struct Full {
    /// Connections.
    pub flows: u32,
    /// Bytes by which the process is larger than one that knows next to none, per connection.
    pub bytes_each: f64,
    /// Percent of a core that it takes while nothing happens.
    pub idle_percent: f64,
}

/// Measures a director whose table holds just so many connections, and watches it idle for `idle`. To be called on a
/// pinned thread of the other CPU.
///
/// # Errors
/// It does not start, or the connections cannot be made.
pub fn full(bed: &Bed, method: ForwardingMethod, cpu: usize, flows: u32, idle: Duration) -> Result<Full> {
    let small = UlvsRun::start_on(bed, method, &[cpu], &["--connections", "1024"])?;
    // As many packets as there will be, so that the rings have been used alike.
    let mut frames = Frames::open(bed, VIP_SINK, Shape::Udp, Some(FEW))?;
    feed::window(bed, &mut frames, 16 * 1024)?;
    let before = resident(small.pid())?;
    drop(small);
    let most = flows.next_power_of_two().to_string();
    let large = UlvsRun::start_on(bed, method, &[cpu], &["--connections", &most])?;
    fill(bed, &large, flows)?;
    let after = resident(large.pid())?;
    let (begun, spent) = (Instant::now(), cpu_time(Worker::Process(large.pid())));
    std::thread::sleep(idle);
    let spent = cpu_time(Worker::Process(large.pid())).saturating_sub(spent);
    let known = large.status()?.connections;
    ensure!(known >= u64::from(flows), "of {flows} connections {known} are left after {idle:?}");
    Ok(Full {
        flows,
        bytes_each: after.saturating_sub(before) as f64 / f64::from(flows),
        idle_percent: 100.0 * spent.as_secs_f64() / begun.elapsed().as_secs_f64(),
    })
}

/// Measures one director that gets to know ever more connections. To be called on a pinned thread of the other CPU;
/// `clocks` are those of that CPU and of the worker's.
///
/// # Errors
/// It does not start, or the connections cannot be made.
pub fn growing(
    bed: &Bed,
    method: ForwardingMethod,
    cpu: usize,
    numbers: &[u32],
    time: Duration,
    clocks: &(CpuClock, CpuClock),
) -> Result<Vec<Known>> {
    let most = numbers.iter().max().copied().unwrap_or(0).saturating_add(MARGIN).to_string();
    let run = UlvsRun::start_on(bed, method, &[cpu], &["--connections", &most])?;
    let worker = Some(Worker::Process(run.pid()));
    let mut found = Vec::new();
    for &flows in numbers {
        fill(bed, &run, flows).with_context(|| format!("{flows} connections"))?;
        let process = resident(run.pid())?;
        let frames = Frames::open(bed, VIP_SINK, Shape::Udp, Some(flows))?;
        let mut load = Load::Frames(frames.into(), Some(flows));
        // Whichever way: packets in turn are not joined.
        let rate = two_cores::measure(bed, (Way::Dr, worker), &mut load, 64, time, clocks)?;
        found.push(Known { flows, process, pps: rate.pps_of_busy_core });
    }
    Ok(found)
}

/// Makes the director know these connections.
///
/// # Errors
/// They cannot be made.
pub fn fill(bed: &Bed, run: &UlvsRun, flows: u32) -> Result<()> {
    let mut known = 0;
    for _ in 0..PASSES {
        let mut frames = Frames::open(bed, VIP_SINK, Shape::Udp, Some(flows))?;
        feed::window(bed, &mut frames, u64::from(flows))?;
        known = run.status()?.connections;
        if known >= u64::from(flows) {
            return Ok(());
        }
    }
    bail!("the director knows {known} of {flows} connections")
}
