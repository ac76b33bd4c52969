//! Load that is not offered faster than it is taken: to make a director know so many connections, and at a given pace.

use crate::bed::Bed;
use crate::frames::Frames;
use crate::load::BURST;
use crate::observe::Counters;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// What has not arrived after this is lost.
const LOST: Duration = Duration::from_millis(100);
/// A load that is taken more slowly than this, in packets per second, will not end.
const SLOWEST: u64 = 20_000;
/// And this long it may take anyway.
const START: Duration = Duration::from_secs(10);
/// A pace that lags behind by more is not caught up with: that would be another load.
const MOST_BEHIND: Duration = Duration::from_millis(1);

/// Sends so many packets, never more than [`Bed::window`] ahead of those that arrive at the server; returns how many were
/// sent and how many of them arrived.
///
/// # Errors
/// Load cannot be made, a counter not be read, or it takes far too long.
pub fn window(bed: &Bed, frames: &mut Frames, packets: u64) -> Result<(u64, u64)> {
    let mut counters = Counters::open(bed.server()?, "eth0")?;
    let first = counters.received()?;
    let window = bed.window()?;
    let limit = START + Duration::from_secs(packets / SLOWEST);
    let (begun, mut sent, mut lost, mut arrived) = (Instant::now(), 0, 0, 0);
    let mut moved = begun;
    while sent < packets || arrived + lost < sent {
        if sent < packets && sent - arrived - lost + BURST as u64 <= window {
            sent += frames.burst()?;
            if sent % (window / 2) != 0 {
                continue; // looking costs as much as some packets do
            }
        }
        let now = counters.received()? - first;
        if now > arrived {
            (arrived, moved) = (now.min(sent - lost), Instant::now());
        } else if moved.elapsed() > LOST {
            (lost, moved) = (sent - arrived, Instant::now());
        }
        ensure!(begun.elapsed() < limit, "{arrived} of {packets} packets arrived within {limit:?}");
    }
    Ok((sent, arrived))
}

/// Sends bursts at this pace for `time`; returns how many packets were sent and how many of them arrived.
///
/// # Errors
/// Load cannot be made, or a counter not be read.
pub fn pace(bed: &Bed, frames: &mut Frames, pps: f64, time: Duration) -> Result<(u64, u64)> {
    let mut counters = Counters::open(bed.server()?, "eth0")?;
    let first = counters.received()?;
    let apart = Duration::from_secs_f64(BURST as f64 / pps.max(1.0));
    let (begun, mut due, mut sent) = (Instant::now(), Instant::now(), 0);
    while begun.elapsed() < time {
        let now = Instant::now();
        if now < due {
            std::hint::spin_loop();
            continue;
        }
        sent += frames.burst()?;
        due += apart;
        if now > due + MOST_BEHIND {
            due = now;
        }
    }
    std::thread::sleep(LOST);
    Ok((sent, counters.received()? - first))
}
