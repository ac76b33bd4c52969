//! One scenario from its network to its figures.

use super::craft::Route;
use super::flows::Addresses;
use super::forwarder::Forwarder;
use super::measured::Measured;
use super::mix::Mix;
use super::place::{Other, Place, destination};
use super::search::{self, Found};
use super::spec::{Load, Peer, Rate, Scenario, Search, Target, Traffic};
use super::tape::Tape;
use super::trial::{Pace, Rig, Source};
use crate::bed::Bed;
use crate::observe;
use anyhow::{Context, Result};
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use ulvs::lvs::Protocol;

/// How long it may take until a director of ours, or the kernel, forwards.
const READY: Duration = Duration::from_secs(10);

/// A scenario with what must be had before anything is mounted.
pub struct Prepared {
    /// The scenario.
    pub scenario: Scenario,
    other: Option<Other>,
}

/// What came of one round.
#[derive(Clone, Debug)]
pub struct Round {
    /// What was measured; of a search the trial of the greatest rate that passed, or else the last.
    pub measured: Measured,
    /// What a search found.
    pub found: Option<Found<Measured>>,
}

impl Round {
    /// Everything that was measured in it: of a search every trial.
    pub fn all(&self) -> impl Iterator<Item = &Measured> {
        let trials = self.found.iter().flat_map(|found| &found.trials);
        let once = self.found.is_none().then_some(&self.measured);
        trials.map(|trial| &trial.measured).chain(once)
    }
}

/// What came of a scenario.
pub struct Outcome {
    /// The scenario.
    pub scenario: Scenario,
    /// Its rounds.
    pub rounds: Vec<Round>,
    /// By server, over all rounds: what it is called, and how many packets arrived there.
    pub servers: Vec<(String, u64)>,
    /// In one line each.
    pub notes: Vec<String>,
}

impl Prepared {
    /// Opens the namespaces that exist already, if it is for such.
    ///
    /// # Errors
    /// They do not.
    pub fn new(scenario: Scenario) -> Result<Self> {
        let other = match &scenario.target {
            Target::Network(network) => Some(Other::open(network)?),
            _ => None,
        };
        Ok(Self { scenario, other })
    }

    /// How long it takes, about.
    pub fn time(&self) -> Duration {
        let run = &self.scenario.run;
        let each = match &self.scenario.search {
            Some(search) => search.trial * search::most_trials(search),
            None => run.time,
        };
        (each + run.warm_up) * run.rounds
    }

    /// Runs it: load on the first of these CPUs, whoever forwards on the others. `told` hears of every step.
    ///
    /// # Errors
    /// Something could not be had, nothing arrives, or all shall end.
    pub fn run(
        self,
        cpus: &[usize],
        stop: &AtomicBool,
        mut told: impl FnMut(String) + Send,
    ) -> Result<Outcome> {
        let Self { scenario, other } = self;
        let here = cpus.first().copied().context("no CPU")?;
        // The load's own last: only where there are more workers than others.
        let there: Vec<_> = cpus.iter().copied().cycle().skip(1).take(cpus.len()).collect();
        let workers = if let Target::Ulvs(ulvs) = &scenario.target { usize::from(ulvs.workers) } else { 1 };
        let shares_cpu = workers >= cpus.len();
        let servers = match &scenario.target {
            Target::Ulvs(ulvs) => ulvs.weights.len() as u8,
            Target::Command(foreign) => foreign.servers,
            Target::Peer(_) | Target::Network(_) => 1,
        };
        let bed = match &other {
            None => Some(Bed::build_with(servers).context("the lab's network")?),
            Some(_) => None,
        };
        let place = match (other, &bed) {
            (Some(other), _) => Place::Other(Box::new(other)),
            (None, Some(bed)) => {
                let has_vip = !matches!(scenario.target, Target::Peer(Peer::Kernel));
                Place::Own { bed, to: destination(has_vip) }
            }
            (None, None) => anyhow::bail!("no network"),
        };
        let mut outcome = Outcome { scenario, rounds: Vec::new(), servers: Vec::new(), notes: Vec::new() };
        if shares_cpu {
            outcome
                .notes
                .push(format!("{workers} worker(s) and the load on {} CPU(s): they share one", cpus.len()));
        }
        let scenario = &outcome.scenario;
        for round in 1..=scenario.run.rounds {
            let (sender, route) = place.sender()?;
            let (source, services) =
                source(scenario, &place, route, (round == 1).then_some(&mut outcome.notes))?;
            let sink = place.sink(&services)?;
            let forwarder = match &bed {
                Some(bed) => Forwarder::start(bed, &scenario.target, &services, &there)?,
                None => Forwarder::Elsewhere,
            };
            let (bed, stamps) = (bed.as_ref(), scenario.has_latency());
            let rig = Rig { sender, sink, source, forwarder: &forwarder, bed, stamps, shares_cpu, stop };
            let told = |what: String| told(format!("{}: round {round}: {what}", scenario.name));
            let found = observe::pinned(here, || one(rig, scenario, told))?;
            for arrived in &found.measured.seen.servers {
                let name = place.server_name(arrived.mac, arrived.addr);
                match outcome.servers.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, packets)) => *packets += arrived.packets,
                    None => outcome.servers.push((name, arrived.packets)),
                }
            }
            outcome.rounds.push(found);
        }
        // By number, where they have numbers.
        outcome.servers.sort_by_key(|(name, _)| (name.parse().unwrap_or(u32::MAX), name.clone()));
        Ok(outcome)
    }
}

/// What is sent, and the services that it is for.
fn source(
    scenario: &Scenario,
    place: &Place<'_>,
    route: Route,
    notes: Option<&mut Vec<String>>,
) -> Result<(Source, Vec<(Protocol, u16)>)> {
    match &scenario.load {
        Load::Mix(traffic) => {
            let addresses =
                |number, one: &Traffic| -> Addresses { place.addresses(number, traffic.len(), one) };
            let mut services: Vec<_> = traffic.iter().map(|one| (one.kind.protocol(), one.port)).collect();
            services.sort_unstable_by_key(|(protocol, port)| (protocol.number(), *port));
            services.dedup();
            Ok((Source::Mix(Mix::new(traffic, route, addresses)), services))
        }
        Load::Replay(replay) => {
            let tape = Tape::new(&replay.capture, replay, route, |number| place.client(number))
                .with_context(|| replay.name.clone())?;
            let left_out: Vec<_> =
                tape.left_out.iter().map(|(why, count)| format!("{count} {why}")).collect();
            if let Some(notes) = notes.filter(|_| !left_out.is_empty()) {
                notes.push(format!("of the capture's frames are left out: {}", left_out.join(", ")));
            }
            let services = tape.services.clone();
            Ok((Source::Tape(tape), services))
        }
    }
}

/// One round, on a pinned thread.
fn one(mut rig: Rig<'_>, scenario: &Scenario, mut told: impl FnMut(String)) -> Result<Round> {
    let run = &scenario.run;
    rig.prefer_load();
    told("waiting for a first packet".to_owned());
    rig.wait_ready(match &scenario.target {
        Target::Command(foreign) => foreign.ready,
        Target::Network(network) => network.ready,
        Target::Ulvs(_) | Target::Peer(_) => READY,
    })?;
    told("opening flows".to_owned());
    rig.open_flows()?;
    if let Some(search) = &scenario.search {
        let found = search_in(&mut rig, search, run.warm_up, told)?;
        let number = found.passed.unwrap_or(found.trials.len() - 1);
        return Ok(Round { measured: found.trials[number].measured.clone(), found: Some(found) });
    }
    let pace = |time| match run.rate {
        Rate::Pps(rate) => Pace::Rate(Some(rate), time),
        Rate::Max => Pace::Rate(None, time),
        Rate::Recorded(speed, rounds) => Pace::Recorded(speed, rounds, time),
    };
    if !run.warm_up.is_zero() {
        told("warming up".to_owned());
        rig.warm_up(pace(run.warm_up))?;
    }
    told("measuring".to_owned());
    Ok(Round { measured: rig.measure(pace(run.time))?, found: None })
}

fn search_in(
    rig: &mut Rig<'_>,
    search: &Search,
    warm_up: Duration,
    mut told: impl FnMut(String),
) -> Result<Found<Measured>> {
    if !warm_up.is_zero() {
        rig.warm_up(Pace::Rate(Some(search.lowest), warm_up))?;
    }
    let most = search::most_trials(search);
    let mut number = 0;
    search::find(search, |rate| {
        number += 1;
        told(format!("trial {number} of some {most}: {rate:.0} packets per second"));
        let measured = rig.measure(Pace::Rate(Some(rate), search.trial))?;
        let verdict = search::judge(search, &measured);
        Ok((measured, verdict))
    })
}
