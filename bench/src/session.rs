//! One run: round by round, case by case, all ways in turn. What is compared is measured within seconds of each other,
//! and in the opposite order in every second round: whatever else the machine does meets all of them alike.

use crate::bed::Bed;
use crate::figures::{Figures, Key};
use crate::forward::{Apart, Inline};
use crate::latency::RoundTrips;
use crate::load::Load;
use crate::observe::{self, CpuClock, Worker};
use crate::process::UlvsRun;
use crate::scenario::{Event, Measurement, Quantity, Reply, Size, Traffic, Way};
use crate::{connections, events, feed, flood, frames, latency, one_core, scaling, table, tcp, two_cores};
use anyhow::{Context, Result, anyhow};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use ulvs::worker::Profile;

/// Most round trips of one measurement.
const TRIPS: u64 = 20_000;
/// The share of the maximum rate at which nothing should be lost.
const STEADY: f64 = 0.8;

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
    /// Whether there are more loads than figures need: for the plots.
    pub with_plots: bool,
    /// Numbers of connections that a director gets to know.
    pub known: Vec<u32>,
    /// How many of them memory and idle CPU time are told of, and things happen to.
    pub million: u32,
    /// Seconds of web requests, of watching an idle director, of watching for loss.
    pub seconds: Seconds,
}

/// How long some things take.
#[derive(Clone, Copy, Debug)]
pub struct Seconds {
    /// Web requests of one kind: full seconds, as their client wants it.
    pub web: u64,
    /// Watching an idle director.
    pub idle: f64,
    /// Watching for loss.
    pub loss: f64,
}

/// What is measured of all ways in turn before anything else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// CPU time per packet of this load.
    Cpu(Traffic, Size),
    /// Packets per second of this load.
    Pps(Traffic, Size),
    /// TCP bulk, with offloads or without.
    Tcp(bool),
    /// Of a kind that has one case only.
    Only(Measurement),
}

impl Case {
    /// Its kind.
    pub const fn kind(self) -> Measurement {
        match self {
            Self::Cpu(..) => Measurement::Cpu,
            Self::Pps(..) => Measurement::Pps,
            Self::Tcp(_) => Measurement::Tcp,
            Self::Only(kind) => kind,
        }
    }

    /// Whether this way has it.
    pub fn suits(self, way: Way) -> bool {
        let is_packets = !way.is_proxy() && way != Way::Ipvs;
        match (self, self.kind()) {
            (Self::Pps(Traffic::Syn | Traffic::Established(_), _), _) => matches!(way, Way::Dr | Way::Nat),
            (_, Measurement::Cpu) => is_packets,
            (_, Measurement::Pps | Measurement::Latency) => is_packets && way != Way::Load,
            // The kernel may have no tunnel device, without which the server cannot take the packets out.
            (_, Measurement::Tcp) => !matches!(way, Way::Load | Way::Tun | Way::Ipvs),
            (_, Measurement::Connections) => !matches!(way, Way::Load | Way::Tun),
            (_, Measurement::Scaling) => matches!(way, Way::Reflector | Way::Dr | Way::Nat),
            (_, Measurement::Table | Measurement::Flood | Measurement::Loss) => {
                matches!(way, Way::Dr | Way::Nat)
            }
            (_, Measurement::Events) => way == Way::Dr,
        }
    }

    /// In how many rounds at most: what takes long and hardly differs is measured less often.
    const fn rounds(self) -> u32 {
        match self.kind() {
            Measurement::Loss => 1,
            Measurement::Table => 2,
            Measurement::Flood | Measurement::Events => 3,
            _ => u32::MAX,
        }
    }

    /// As in the progress.
    fn name(self) -> String {
        match self {
            Self::Cpu(traffic, size) => format!("CPU time, {}, {} bytes", traffic.name(), size.name),
            Self::Pps(traffic, size) => {
                format!("packets per second, {}, {} bytes", traffic.name(), size.name)
            }
            Self::Tcp(whole) => format!("TCP bulk, {}", Traffic::Offloads(whole).name()),
            Self::Only(kind) => format!("{kind:?}").to_lowercase(),
        }
    }
}

/// What came of it: figures, and what could not be had.
#[derive(Debug, Default)]
pub struct Outcome {
    /// All samples.
    pub figures: Figures,
    /// In one line each.
    pub notes: Vec<String>,
}

impl Plan {
    /// The cases in their order.
    pub fn cases(&self) -> Vec<Case> {
        self.measurements.iter().flat_map(|kind| self.cases_of(*kind)).collect()
    }

    fn cases_of(&self, kind: Measurement) -> Vec<Case> {
        let [small, large] = Size::ALL;
        let runs = Traffic::Runs(self.flows);
        let mut loads = vec![(runs, small), (runs, large), (Traffic::Flows(self.many), small)];
        match kind {
            Measurement::Cpu => {
                loads.push((Traffic::New, small));
                loads.push((Traffic::Joined(self.flows), large));
                loads.into_iter().map(|(traffic, size)| Case::Cpu(traffic, size)).collect()
            }
            Measurement::Pps => {
                if self.with_plots {
                    loads.extend(Size::BETWEEN.map(|size| (runs, size)));
                    loads.extend([64, 1000, 10_000].map(|flows| (Traffic::Flows(flows), small)));
                }
                loads.into_iter().map(|(traffic, size)| Case::Pps(traffic, size)).collect()
            }
            Measurement::Flood => vec![
                Case::Pps(Traffic::Established(self.many), small),
                Case::Pps(Traffic::Syn, small),
                Case::Only(kind),
            ],
            Measurement::Tcp => vec![Case::Tcp(true), Case::Tcp(false)],
            _ => vec![Case::Only(kind)],
        }
    }

    /// How many steps all rounds have.
    pub fn steps(&self) -> u64 {
        let steps = |case: &Case| {
            let ways = self.ways.iter().filter(|way| case.suits(**way)).count() as u64;
            ways * u64::from(case.rounds().min(self.rounds))
        };
        self.cases().iter().map(steps).sum()
    }

    /// Measures everything. A peer that fails is left out from then on, and that is noted.
    ///
    /// # Errors
    /// Names what was measured when something of the bed or the director could not be had.
    pub fn run(&self, bed: &Bed, progress: &ProgressBar) -> Result<Outcome> {
        let clocks = (CpuClock::new(self.cpus.0), CpuClock::new(self.cpus.1));
        let mut session = Session { plan: self, bed, clocks, progress, figures: Figures::default() };
        let mut failed: BTreeMap<Way, String> = BTreeMap::new();
        let (started, mut last) = (Instant::now(), Duration::ZERO);
        for round in 1..=self.rounds {
            let begun = Instant::now();
            if round > 1 && started.elapsed() + last > self.limit {
                break;
            }
            session.figures.begin(round);
            for case in self.cases() {
                if round > case.rounds() {
                    continue;
                }
                let mut ways: Vec<_> = self.ways.iter().copied().filter(|way| case.suits(*way)).collect();
                if round % 2 == 0 {
                    ways.reverse();
                }
                for way in ways {
                    if failed.contains_key(&way) {
                        continue;
                    }
                    progress.set_message(format!("round {round}: {}: {}", case.name(), way.name()));
                    let done = session.step(case, way);
                    progress.inc(1);
                    match done {
                        Err(error) if way.is_proxy() || way == Way::Ipvs => {
                            failed.insert(way, format!("{} failed and is left out: {error:#}", way.name()));
                        }
                        done => done.with_context(|| format!("{} ({})", way.name(), case.name()))?,
                    }
                }
            }
            last = begun.elapsed();
        }
        Ok(Outcome { figures: session.figures, notes: failed.into_values().collect() })
    }
}

struct Session<'s> {
    plan: &'s Plan,
    bed: &'s Bed,
    clocks: (CpuClock, CpuClock),
    progress: &'s ProgressBar,
    figures: Figures,
}

impl Session<'_> {
    fn step(&mut self, case: Case, way: Way) -> Result<()> {
        let is_whole = match case {
            Case::Tcp(whole) => whole,
            _ => matches!(case.kind(), Measurement::Latency | Measurement::Connections | Measurement::Events),
        };
        self.bed.segment_at_client(!is_whole)?;
        match case {
            Case::Cpu(traffic, size) => self.cpu(way, traffic, size),
            Case::Pps(traffic, size) => self.pps(way, traffic, size),
            Case::Tcp(whole) => self.tcp(way, whole),
            Case::Only(kind) => match kind {
                Measurement::Cpu | Measurement::Pps | Measurement::Tcp => Ok(()), // those have loads
                Measurement::Latency => self.latency(way),
                Measurement::Connections => self.connections(way),
                Measurement::Table => self.table(way),
                Measurement::Flood => self.flood(way),
                Measurement::Loss => self.loss(way),
                Measurement::Scaling => self.scaling(way),
                Measurement::Events => self.events(way),
            },
        }
    }

    fn add(&mut self, way: Way, quantity: Quantity, sample: f64) {
        self.figures.add(Key::of(way, quantity), sample);
    }

    fn cpu(&mut self, way: Way, traffic: Traffic, size: Size) -> Result<()> {
        let is_joined = matches!(traffic, Traffic::Joined(_));
        if is_joined && !self.bed.join_datagrams(true)? {
            return Ok(());
        }
        let outcome = self.cpu_as_it_is(way, traffic, size);
        if is_joined {
            self.bed.join_datagrams(false)?;
        }
        outcome
    }

    fn cpu_as_it_is(&mut self, way: Way, traffic: Traffic, size: Size) -> Result<()> {
        let mut forward = Inline::open(self.bed, way)?;
        forward.forget()?;
        let load = Load::open(self.bed, way.sink(), traffic, size)?;
        let found = on_cpu(self.plan.cpus.0, way.name(), || {
            one_core::measure(self.bed, way, &mut forward, load, self.plan.time, &self.clocks.0)
        })?;
        let key = |quantity| Key::of(way, quantity).with(traffic, Some(size));
        self.figures.add(key(Quantity::CpuNs), found.cpu_ns);
        self.figures.add(key(Quantity::Loss), found.loss);
        Ok(())
    }

    fn pps(&mut self, way: Way, traffic: Traffic, size: Size) -> Result<()> {
        let (here, there) = self.plan.cpus;
        let Some(mut running) = Apart::start(self.bed, way, there, Profile::Latency)? else { return Ok(()) };
        running.forget()?;
        let mut load = Load::open(self.bed, way.sink(), traffic, size)?;
        let worker = running.worker();
        let found = on_cpu(here, way.name(), || {
            let warm_up = load.warm_up_under_pressure();
            two_cores::measure(self.bed, (way, worker), &mut load, warm_up, self.plan.time, &self.clocks)
        })?;
        let key = |quantity| Key::of(way, quantity).with(traffic, Some(size));
        self.figures.add(key(Quantity::Pps), found.pps);
        self.figures.add(key(Quantity::PpsOfBusyCore), found.pps_of_busy_core);
        Ok(())
    }

    fn latency(&mut self, way: Way) -> Result<()> {
        let here = self.plan.cpus.0;
        let Some(_running) = Apart::start(self.bed, way, here, Profile::Latency)? else { return Ok(()) };
        for &reply in way.replies() {
            for size in Size::ALL {
                let limits = (TRIPS, self.plan.time);
                let trips = on_cpu(here, way.name(), || {
                    latency::measure(self.bed, (way, reply), size, limits, here)
                })?;
                let key =
                    |quantity| Key { reply: Some(reply), size: Some(size.name), ..Key::of(way, quantity) };
                self.trips(
                    &trips,
                    [
                        (key(Quantity::RttP50), 0.5),
                        (key(Quantity::RttP99), 0.99),
                        (key(Quantity::RttP999), 0.999),
                    ],
                );
                let lost = 1.0 - trips.histogram.len() as f64 / trips.sent.max(1) as f64;
                self.figures.add(key(Quantity::RttLoss), lost);
            }
        }
        Ok(())
    }

    /// Adds round trips under the first key, and their quantiles in microseconds under each.
    fn trips<const N: usize>(&mut self, trips: &RoundTrips, quantiles: [(Key, f64); N]) {
        if let Some((key, _)) = quantiles.first() {
            self.figures.add_trips(*key, &trips.histogram);
        }
        for (key, quantile) in quantiles {
            self.figures.add(key, trips.histogram.value_at_quantile(quantile) as f64 / 1000.0);
        }
    }

    fn tcp(&mut self, way: Way, whole: bool) -> Result<()> {
        let Some(_running) = Apart::start(self.bed, way, self.plan.cpus.1, Profile::Latency)? else {
            return Ok(());
        };
        self.bed.tcp_whole(whole)?;
        for &reply in way.replies() {
            let gbit = tcp::measure(self.bed, (way, reply), self.plan.time * 3)?;
            let key = Key::of(way, Quantity::TcpGbit).with(Traffic::Offloads(whole), None);
            self.figures.add(Key { reply: Some(reply), ..key }, gbit);
        }
        self.bed.tcp_whole(true)
    }

    fn connections(&mut self, way: Way) -> Result<()> {
        let (here, there) = self.plan.cpus;
        let Some(mut running) = Apart::start(self.bed, way, there, Profile::Pps)? else { return Ok(()) };
        let found = connections::measure(self.bed, way, &mut running, self.plan.seconds.web, here)?;
        self.add(way, Quantity::NewConnections, found.new);
        self.add(way, Quantity::KeepAlive, found.kept);
        Ok(())
    }

    fn table(&mut self, way: Way) -> Result<()> {
        const MIB: f64 = 1_048_576.0;
        let Some(method) = way.method() else { return Ok(()) };
        let (here, there) = self.plan.cpus;
        let idle = Duration::from_secs_f64(self.plan.seconds.idle);
        let full =
            on_cpu(here, way.name(), || table::full(self.bed, method, there, self.plan.million, idle))?;
        let of = |quantity, flows| Key::of(way, quantity).with(Traffic::Flows(flows), None);
        self.figures.add(of(Quantity::ConnectionBytes, full.flows), full.bytes_each);
        self.figures.add(of(Quantity::IdlePercent, full.flows), full.idle_percent);
        let (known, time) = (&self.plan.known, self.plan.time * 2);
        let growing =
            on_cpu(here, way.name(), || table::growing(self.bed, method, there, known, time, &self.clocks))?;
        for found in growing {
            self.figures.add(of(Quantity::PpsKnown, found.flows), found.pps);
            self.figures.add(of(Quantity::ProcessMib, found.flows), found.process as f64 / MIB);
        }
        Ok(())
    }

    fn flood(&mut self, way: Way) -> Result<()> {
        let (here, there) = self.plan.cpus;
        let Some(method) = way.method() else { return Ok(()) };
        // Whoever must lose nothing takes the rings that stand the longest pause.
        let _running = UlvsRun::start_on(self.bed, method, &[there], &["--profile", "pps"])?;
        let time = self.plan.time * 5;
        let found = on_cpu(here, way.name(), || flood::measure(self.bed, way, there, time))?;
        self.add(way, Quantity::FloodLoss, found.loss);
        self.add(way, Quantity::FloodFactor, found.factor);
        Ok(())
    }

    fn loss(&mut self, way: Way) -> Result<()> {
        let (here, there) = self.plan.cpus;
        let (bed, many, clocks) = (self.bed, self.plan.many, &self.clocks);
        let Some(method) = way.method() else { return Ok(()) };
        // Whoever must lose nothing takes the rings that stand the longest pause.
        let run = UlvsRun::start_on(bed, method, &[there], &["--profile", "pps"])?;
        let worker = Some(Worker::Process(run.pid()));
        let time = Duration::from_secs_f64(self.plan.seconds.loss);
        let (pps, sent, arrived) = on_cpu(here, way.name(), || {
            let mut load = Load::open(bed, way.sink(), Traffic::Flows(many), Size::ALL[0])?;
            let warm_up = load.warm_up_under_pressure();
            let most =
                two_cores::measure(bed, (way, worker), &mut load, warm_up, self.plan.time * 3, clocks)?;
            // What still waits in the ring is not of the measurement.
            std::thread::sleep(Duration::from_millis(100));
            let mut frames = frames::Frames::open(bed, way.sink(), frames::Shape::Udp, Some(many))?;
            let pps = most.pps * STEADY;
            let (sent, arrived) = feed::pace(bed, &mut frames, pps, time)?;
            Ok((pps, sent, arrived))
        })?;
        self.add(way, Quantity::SteadyPps, pps);
        self.add(way, Quantity::SteadyLoss, 1.0 - (arrived as f64 / sent.max(1) as f64).min(1.0));
        Ok(())
    }

    fn scaling(&mut self, way: Way) -> Result<()> {
        let (here, there) = self.plan.cpus;
        for (workers, cpus) in [(1, &[here][..]), (2, &[here, there][..])] {
            let pps = scaling::measure(self.bed, way, cpus, self.plan.time)?;
            let key = Key::of(way, Quantity::ScaledPps).with(Traffic::Workers(workers), None);
            self.figures.add(key, pps);
        }
        Ok(())
    }

    fn events(&mut self, way: Way) -> Result<()> {
        let (progress, so_far) = (self.progress, self.progress.message());
        let told = |event: Event| progress.set_message(format!("{so_far}: {}", event.name()));
        let (flows, time) = (self.plan.million, self.plan.time * 5);
        let found = events::measure(self.bed, flows, time, self.plan.cpus, told)?;
        for (event, trips) in found {
            let key = |event, quantity| Key {
                reply: Some(Reply::Direct),
                ..Key::of(way, quantity).with(Traffic::During(event), None)
            };
            let of = |quantity| key(event, quantity);
            self.trips(&trips.during, [(of(Quantity::EventP50), 0.5), (of(Quantity::EventP999), 0.999)]);
            let before = trips.before.histogram.value_at_quantile(0.999) as f64 / 1000.0;
            self.figures.add(of(Quantity::QuietP999), before);
            self.figures.add_trips(key(Event::Quiet, Quantity::EventP50), &trips.before.histogram);
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
