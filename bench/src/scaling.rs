//! One worker and two: every core makes a load of its own, forwards what its ring has, makes the next.

use crate::bed::Bed;
use crate::director::{Control, InlineDirector};
use crate::forward::open_rings;
use crate::frames::{Frames, Shape};
use crate::observe::{self, Counters};
use crate::reflector::Reflector;
use crate::scenario::Way;
use anyhow::{Context, Result, anyhow};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

/// Flows of each core's load.
const FLOWS: u64 = 10_000;
/// Time before counting begins.
const WARM_UP: Duration = Duration::from_millis(50);

/// Whoever forwards on one core.
enum Hand {
    Reflector(Box<Reflector>),
    Director(Box<InlineDirector>),
}

impl Hand {
    fn turn(&mut self) -> usize {
        match self {
            Self::Reflector(reflector) => reflector.turn(),
            Self::Director(director) => director.turn(),
        }
    }
}

/// Packets per second that arrive when each of these CPUs makes load and forwards it.
///
/// # Errors
/// No rings, no claim, or load cannot be made.
pub fn measure(bed: &Bed, way: Way, cpus: &[usize], time: Duration) -> Result<f64> {
    let hands = hands(bed, way, cpus.len())?;
    let mut loads = Vec::new();
    for number in 0..cpus.len() as u64 {
        let flows = number * FLOWS..(number + 1) * FLOWS;
        loads.push(Frames::between(bed, way.sink(), Shape::Udp, flows)?);
    }
    let mut counters = Counters::open(bed.server()?, "eth0")?;
    let (over, start) = (AtomicBool::new(false), Barrier::new(cpus.len() + 1));
    std::thread::scope(|scope| {
        let threads: Vec<_> = cpus
            .iter()
            .zip(hands.into_iter().zip(loads))
            .map(|(&cpu, (mut hand, mut load))| {
                let (over, start) = (&over, &start);
                scope.spawn(move || -> Result<()> {
                    observe::pin(cpu);
                    start.wait();
                    while !over.load(Relaxed) {
                        load.burst()?;
                        while hand.turn() > 0 {}
                    }
                    Ok(())
                })
            })
            .collect();
        start.wait();
        std::thread::sleep(WARM_UP);
        let counted = (|| -> Result<f64> {
            let (begun, before) = (Instant::now(), counters.received()?);
            std::thread::sleep(time);
            let arrived = counters.received()? - before;
            Ok(arrived as f64 / begun.elapsed().as_secs_f64())
        })();
        over.store(true, Relaxed);
        for thread in threads {
            thread.join().unwrap_or_else(|_| Err(anyhow!("a worker panicked")))?;
        }
        counted
    })
}

/// So many of them, sharing what workers share.
fn hands(bed: &Bed, way: Way, count: usize) -> Result<Vec<Hand>> {
    let mut rings = open_rings(bed, count)?.into_iter();
    let mut next = || rings.next().context("a ring for each worker");
    if let Some(method) = way.method() {
        let control = Arc::new(Control::start(bed, method, count)?);
        let open = |number| {
            let director = InlineDirector::new(Arc::clone(&control), number, next()?);
            Ok(Hand::Director(Box::new(director)))
        };
        (0..count).map(open).collect()
    } else {
        let dam = Arc::new(Reflector::dam(bed)?);
        (0..count).map(|_| Ok(Hand::Reflector(Box::new(Reflector::new(Arc::clone(&dam), next()?))))).collect()
    }
}
