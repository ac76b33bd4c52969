//! One run: all ways, round by round, each measured beside the others within seconds, so that whatever else the machine
//! does meets all of them alike.

use crate::bed::Bed;
use crate::figures::{Figures, Key};
use crate::forward::{Apart, Inline};
use crate::latency::RoundTrips;
use crate::load::Load;
use crate::observe::{self, CpuClock};
use crate::scenario::{Measurement, Quantity, Size, Traffic, Way};
use crate::{latency, one_core, tcp, two_cores};
use anyhow::{Context, Result, anyhow};
use indicatif::ProgressBar;
use std::time::{Duration, Instant};

/// Most round trips of one measurement.
const TRIPS: u64 = 20_000;

/// What to measure, and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Ways that packets take.
    pub ways: Vec<Way>,
    /// Kinds of measurement.
    pub measurements: Vec<Measurement>,
    /// How often each is measured, at most.
    pub rounds: u32,
    /// No round is begun that would not, by the one before, end within this time. The first always is.
    pub limit: Duration,
    /// Time of one measurement; TCP gets three times as much.
    pub time: Duration,
    /// UDP flows of the load that comes in runs.
    pub flows: u16,
    /// UDP flows of the load whose every packet is of another.
    pub many: u32,
    /// CPUs: where load is made and endpoints live, and where the forwarding worker lives if it has a core of its own.
    pub cpus: (usize, usize),
}

impl Plan {
    /// How many measurements one round has.
    pub fn steps(&self) -> u64 {
        let sizes = Size::ALL.len();
        let cases = |measurement: &Measurement| self.loads(*measurement).len();
        let steps = |way: &Way, measurement: &Measurement| match measurement {
            Measurement::Cpu => cases(measurement),
            Measurement::Pps => cases(measurement) * usize::from(*way != Way::Load),
            Measurement::Latency => sizes * way.replies().len(),
            Measurement::Tcp => way.replies().len() * usize::from(*way != Way::Tun),
        };
        self.ways.iter().flat_map(|way| self.measurements.iter().map(move |m| steps(way, m) as u64)).sum()
    }

    /// The loads of a measurement that has any. Many flows come in small frames only.
    fn loads(&self, measurement: Measurement) -> Vec<(Traffic, Size)> {
        let [small, large] = Size::ALL;
        let mut loads = vec![(Traffic::Runs(self.flows), small), (Traffic::Runs(self.flows), large)];
        loads.push((Traffic::Flows(self.many), small));
        if measurement == Measurement::Cpu {
            loads.push((Traffic::New, small));
        }
        loads
    }

    /// Measures everything.
    ///
    /// # Errors
    /// Names what was measured when something could not be had.
    pub fn run(&self, bed: &Bed, progress: &ProgressBar) -> Result<Figures> {
        let mut figures = Figures::default();
        let clocks = (CpuClock::new(self.cpus.0), CpuClock::new(self.cpus.1));
        let started = Instant::now();
        for round in 1..=self.rounds {
            let spent = started.elapsed();
            if round > 1 && spent + spent / (round - 1) > self.limit {
                break;
            }
            for &way in &self.ways {
                for &measurement in &self.measurements {
                    progress.set_message(format!("round {round}: {}, {measurement:?}", way.name()));
                    self.step(bed, way, measurement, &clocks, progress, &mut figures)
                        .with_context(|| format!("{} ({measurement:?})", way.name()))?;
                }
            }
        }
        Ok(figures)
    }

    fn step(
        &self,
        bed: &Bed,
        way: Way,
        measurement: Measurement,
        clocks: &(CpuClock, CpuClock),
        progress: &ProgressBar,
        figures: &mut Figures,
    ) -> Result<()> {
        let (here, there) = self.cpus;
        let key = |quantity, reply, size: Option<Size>| Key {
            quantity,
            traffic: None,
            way,
            reply,
            size: size.map(|s| s.name),
        };
        let of_load = |quantity, (traffic, size): (Traffic, Size)| Key {
            traffic: Some(traffic),
            ..key(quantity, None, Some(size))
        };
        bed.segment_at_client(matches!(measurement, Measurement::Cpu | Measurement::Pps))?;
        match measurement {
            Measurement::Cpu => {
                let mut forward = Inline::open(bed, way)?;
                for (traffic, size) in self.loads(measurement) {
                    forward.forget()?;
                    let load = Load::open(bed, way.sink(), traffic, size)?;
                    let found = on_cpu(here, way.name(), || {
                        one_core::measure(bed, way, &mut forward, load, self.time, &clocks.0)
                    })?;
                    figures.add(of_load(Quantity::CpuNs, (traffic, size)), found.cpu_ns);
                    figures.add(of_load(Quantity::Loss, (traffic, size)), found.loss);
                    progress.inc(1);
                }
            }
            Measurement::Pps => {
                let Some(mut running) = Apart::start(bed, way, there)? else { return Ok(()) };
                for (traffic, size) in self.loads(measurement) {
                    running.forget()?;
                    let load = Load::open(bed, way.sink(), traffic, size)?;
                    let found = on_cpu(here, way.name(), || {
                        two_cores::measure(bed, running.worker(), load, self.time, clocks)
                    })?;
                    figures.add(of_load(Quantity::Pps, (traffic, size)), found.pps);
                    figures.add(of_load(Quantity::PpsOfBusyCore, (traffic, size)), found.pps_of_busy_core);
                    progress.inc(1);
                }
            }
            Measurement::Latency => {
                let Some(_running) = Apart::start(bed, way, here)? else { return Ok(()) };
                for &reply in way.replies() {
                    for size in Size::ALL {
                        let limits = (TRIPS, self.time);
                        let trips = on_cpu(here, way.name(), || {
                            latency::measure(bed, (way, reply), size, limits, here)
                        })?;
                        let RoundTrips { histogram, sent } = &trips;
                        for (quantity, quantile) in
                            [(Quantity::RttP50, 0.5), (Quantity::RttP99, 0.99), (Quantity::RttP999, 0.999)]
                        {
                            let micros = histogram.value_at_quantile(quantile) as f64 / 1000.0;
                            figures.add(key(quantity, Some(reply), Some(size)), micros);
                        }
                        let lost = 1.0 - histogram.len() as f64 / (*sent).max(1) as f64;
                        figures.add(key(Quantity::RttLoss, Some(reply), Some(size)), lost);
                        progress.inc(1);
                    }
                }
            }
            Measurement::Tcp => {
                if way == Way::Tun {
                    return Ok(());
                }
                let Some(_running) = Apart::start(bed, way, there)? else {
                    return Ok(());
                };
                for &reply in way.replies() {
                    let gbit = tcp::measure(bed, (way, reply), self.time * 3)?;
                    figures.add(key(Quantity::TcpGbit, Some(reply), None), gbit);
                    progress.inc(1);
                }
            }
        }
        Ok(())
    }
}

/// Runs work on a fresh thread that is pinned to a CPU, under a name that profilers can sort by.
fn on_cpu<T: Send>(cpu: usize, name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let pinned = std::thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, || {
            observe::pin(cpu);
            work()
        })?;
        pinned.join().unwrap_or_else(|_| Err(anyhow!("a measurement panicked")))
    })
}
