//! Round trips through a director that knows very many connections, while something happens to it.

use crate::bed::Bed;
use crate::latency::{self, Pinger, RoundTrips};
use crate::observe;
use crate::process::UlvsRun;
use crate::scenario::{Event, Reply, SERVICES, Size, Way};
use crate::table;
use anyhow::{Context, Result, anyhow, ensure};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use ulvs::control::command::{Command, Request};
use ulvs::lvs::{Endpoint, ForwardingMethod, RealServerSpec, SchedulerName, ServiceKey, ServiceSpec};

/// Time between two scheduler changes.
const CHANGE: Duration = Duration::from_millis(10);
/// Time between two reloads.
const RELOAD: Duration = Duration::from_millis(100);
/// Life of UDP connections that shall expire, in seconds: long enough to make a million of them.
const LIFE: u32 = 5;
/// Their life otherwise, in seconds: as by default.
const LONG_LIFE: u32 = 300;
/// An event that takes longer does not end.
const LIMIT: Duration = Duration::from_secs(60);

/// Round trips of an event.
#[derive(Clone, Debug)]
pub struct Trips {
    /// Just before it.
    pub before: RoundTrips,
    /// While it happened.
    pub during: RoundTrips,
}

/// Makes every event happen to one director with so many connections, each for `time` or as long as it takes, each after
/// as long a time without. Endpoints and worker are on CPU `here`, whoever makes things happen on CPU `there`.
///
/// # Errors
/// The director does not start, or refuses what it is asked.
pub fn measure(
    bed: &Bed,
    flows: u32,
    time: Duration,
    (here, there): (usize, usize),
    mut told: impl FnMut(Event),
) -> Result<Vec<(Event, Trips)>> {
    let run = UlvsRun::start(bed, ForwardingMethod::DirectRoute, here)?;
    let mut found = Vec::new();
    for event in Event::ALL.into_iter().filter(|event| *event != Event::Quiet) {
        told(event);
        let live = |life| {
            run.ask(&Request::Command(Command::SetTimeouts { tcp: None, tcp_fin: None, udp: Some(life) }))
        };
        live(LONG_LIFE)?;
        if run.status()?.connections < u64::from(flows) {
            on(there, || table::fill(bed, &run, flows))?;
        }
        let trips = |event| {
            let over = AtomicBool::new(false);
            std::thread::scope(|scope| -> Result<RoundTrips> {
                let trips = scope.spawn(|| {
                    observe::pin(here);
                    let mut pinger = Pinger::open(bed, (Way::Dr, Reply::Direct), Size::ALL[0], here)?;
                    pinger.run(|_| !over.load(Relaxed))
                });
                let happened = on(there, || happen(bed, &run, event, flows, time, there));
                over.store(true, Relaxed);
                let trips = trips.join().unwrap_or_else(|_| Err(anyhow!("the round trips panicked")))?;
                happened.map(|()| with_lost(trips))
            })
        };
        let before = trips(Event::Quiet)?;
        if event == Event::Expiry {
            // Whatever was there lives on: its life began before. Each gets a packet, and with it the shorter life.
            live(LIFE)?;
            on(there, || refresh(bed, flows))?;
        }
        let during = trips(event).with_context(|| format!("while this happened: {}", event.name()))?;
        found.push((event, Trips { before, during }));
    }
    Ok(found)
}

/// What did not come back took as long as it was waited for: or an event that loses packets would seem to do nothing.
fn with_lost(mut trips: RoundTrips) -> RoundTrips {
    let lost = trips.sent.saturating_sub(trips.histogram.len());
    let waited = u64::try_from(latency::PATIENCE.as_nanos()).unwrap_or(u64::MAX);
    trips.histogram.saturating_record_n(waited, lost);
    trips
}

fn on<T: Send>(cpu: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let pinned = scope.spawn(|| {
            observe::pin(cpu);
            work()
        });
        pinned.join().unwrap_or_else(|_| Err(anyhow!("an event panicked")))
    })
}

/// A packet of each connection.
fn refresh(bed: &Bed, flows: u32) -> Result<()> {
    use crate::frames::{Frames, Shape};
    let mut frames = Frames::open(bed, Way::Dr.sink(), Shape::Udp, Some(flows))?;
    crate::feed::window(bed, &mut frames, u64::from(flows)).map(drop)
}

fn happen(bed: &Bed, run: &UlvsRun, event: Event, flows: u32, time: Duration, cpu: usize) -> Result<()> {
    let begun = Instant::now();
    let mut scheduler = ["wlc", "rr"].into_iter().cycle();
    let mut again = |pause: Duration, what: &mut dyn FnMut(&str) -> Result<()>| -> Result<()> {
        while begun.elapsed() < time {
            what(scheduler.next().unwrap_or("rr"))?;
            std::thread::sleep(pause);
        }
        Ok(())
    };
    match event {
        Event::Quiet => std::thread::sleep(time),
        Event::Scheduler => again(CHANGE, &mut |name| {
            let service = sink_service(name)?;
            run.ask(&Request::Command(Command::EditService(service))).map(drop)
        })?,
        Event::Reload => again(RELOAD, &mut |name| run.reload(name))?,
        Event::Listing => run.list_connections(bed, cpu)?,
        Event::Expiry => {
            // The ping's own stays.
            while run.status()?.connections > u64::from(flows) / 100 {
                ensure!(begun.elapsed() < LIMIT, "the connections do not expire");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Event::Clear => {
            run.ask(&Request::Commands(cleared()?))?;
            std::thread::sleep(time.saturating_sub(begun.elapsed()));
        }
    }
    Ok(())
}

/// The service that the connections are of.
fn sink_service(scheduler: &str) -> Result<ServiceSpec> {
    let (protocol, virt, _, port) = SERVICES[0];
    let key = ServiceKey::Tuple { protocol, virt: Endpoint::new(IpAddr::V4(virt), port) };
    Ok(ServiceSpec { scheduler: SchedulerName::new(scheduler)?, ..ServiceSpec::new(key) })
}

/// `ipvsadm -C`, and all services anew, for the workers in one.
fn cleared() -> Result<Vec<Command>> {
    let mut commands = vec![Command::Flush];
    for (protocol, virt, rip, port) in SERVICES {
        let endpoint = |addr| Endpoint::new(IpAddr::V4(addr), port);
        let key = ServiceKey::Tuple { protocol, virt: endpoint(virt) };
        let service = ServiceSpec { scheduler: SchedulerName::new("rr")?, ..ServiceSpec::new(key) };
        let server =
            RealServerSpec { method: ForwardingMethod::DirectRoute, ..RealServerSpec::new(endpoint(rip)) };
        commands.push(Command::AddService(service));
        commands.push(Command::AddServer(key, server));
    }
    Ok(commands)
}
