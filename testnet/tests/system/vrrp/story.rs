//! What two directors go through, and how it is held against the wire and both logs.

use super::duo::{Duo, HOSTS};
use super::end::Program::Ulvs;
use super::end::{Program, now};
use super::kind::{Kind, PRIORITIES};
use super::wire::{self, Advert};
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// A machine may be busy: nothing is taken for too late that is late by less. An interval of version 2 is not, and three are
/// not, so it still tells a farewell from silence.
pub const SLACK: Duration = Duration::from_millis(1900);
/// Clocks of the capture and of whoever waits need not be one.
const GRAIN: Duration = Duration::from_millis(5);

/// What happens to two directors, the first of which is better.
pub struct Story {
    pub duo: Duo,
    /// When the chapter began, since 1970.
    pub mark: Duration,
    pub told: Vec<String>,
}

impl Story {
    /// Neither runs yet.
    pub fn idle(programs: [Program; 2], kinds: &[Kind]) -> Result<Self> {
        Ok(Self { duo: Duo::new(programs, kinds)?, mark: now(), told: Vec::new() })
    }

    /// Both run; the first is master of all, and serves.
    pub fn begin(programs: [Program; 2], kinds: &[Kind]) -> Result<Self> {
        Self::begin_with(programs, kinds, |duo| duo.configure(|_, text| text))
    }

    /// The same, after something was made ready.
    pub fn begin_with(
        programs: [Program; 2],
        kinds: &[Kind],
        prepare: impl FnOnce(&Duo) -> Result<()>,
    ) -> Result<Self> {
        let mut story = Self::idle(programs, kinds)?;
        prepare(&story.duo)?;
        // The second one first: it hears all that the first one says.
        story.duo.start(1)?;
        story.duo.until_role(1, "backup")?;
        story.duo.start(0)?;
        story.is_settled(0)?;
        Ok(story)
    }

    pub fn chapter(&mut self) {
        self.mark = now();
    }

    /// This one is master of all, the other is backup; the client knows, and is served.
    pub fn is_settled(&self, master: usize) -> Result<()> {
        self.duo.until_role(master, "master")?;
        self.duo.until_role(1 - master, "backup")?;
        self.duo.all_answer(master)?;
        self.duo.until_told(master)?;
        self.duo.addresses_are_on(master)
    }

    pub fn adverts(&self) -> Vec<Advert> {
        self.duo.adverts(self.mark)
    }

    /// Since the chapter began, these were master, one after the other, on the wire; and both logs say the same.
    pub fn masters_were(&self, places: &[usize], kinds: impl Fn(&Kind) -> bool) -> Result<()> {
        let adverts = self.adverts();
        for kind in self.duo.kinds.iter().filter(|kind| kinds(kind)) {
            let masters = wire::masters(&adverts, kind.vrid, kind.interval());
            let names: Vec<_> = masters.iter().map(|(_, name)| name.as_str()).collect();
            let expected: Vec<_> = places.iter().map(|place| HOSTS[*place]).collect();
            ensure!(names == expected, "{}: masters were {masters:?}, expected {expected:?}", kind.name);
            for ((at, _), (new, old)) in masters[1..].iter().zip(places[1..].iter().zip(places)) {
                self.log_says(*new, kind, "MASTER", *at)?;
                // Who was killed or stopped says nothing.
                let last = adverts.iter().rfind(|advert| advert.vrid == kind.vrid && advert.at < *at);
                if last.is_some_and(|last| last.priority < PRIORITIES[*new] && last.priority > 0) {
                    self.log_says(*old, kind, "BACKUP", *at)?;
                }
            }
        }
        Ok(())
    }

    /// The log of this one says that it became that, when the wire says it: give or take an interval.
    pub fn log_says(&self, place: usize, kind: &Kind, state: &str, at: Duration) -> Result<()> {
        let states = self.duo.ends[place].states();
        let own = |(_, name, is): &&(Duration, String, String)| name == kind.name && is == state;
        let span = kind.interval() + SLACK;
        ensure!(
            states.iter().filter(own).any(|(said, _, _)| said.abs_diff(at) <= span),
            "{}: {} does not say {state} at {at:?}: {states:?}",
            kind.name,
            HOSTS[place]
        );
        Ok(())
    }

    /// What passed on the wire between the first one's last word and the second one's first: not less than this, nor much
    /// more. How much more at most.
    pub fn gaps(&self, least: impl Fn(&Kind) -> Duration) -> Result<Duration> {
        let adverts = self.adverts();
        let mut most = Duration::ZERO;
        for kind in &self.duo.kinds {
            let of = |place: usize| {
                let host = HOSTS[place];
                move |advert: &&Advert| advert.vrid == kind.vrid && advert.host == host
            };
            let last = adverts.iter().rfind(of(0)).context("the first one said nothing")?;
            let next = adverts.iter().find(of(1)).context("the second one said nothing")?;
            let gap = next.at.saturating_sub(last.at);
            let least = least(kind);
            ensure!(gap + GRAIN >= least, "{}: taken over after {gap:?}, {least:?} at least", kind.name);
            ensure!(gap <= least + SLACK, "{}: taken over after {gap:?}, expected {least:?}", kind.name);
            most = most.max(gap.saturating_sub(least));
        }
        Ok(most)
    }

    /// Neighbours are told so often of each address, and not more often; keepalived may tell them more often.
    pub fn neighbours_are_told(&self, place: usize, times: usize) -> Result<()> {
        let count =
            |kind: &Kind| wire::announced(&self.duo.frames(self.mark), HOSTS[place], kind.vip()).len();
        self.duo.until("all is said", || Ok(self.duo.kinds.iter().all(|kind| count(kind) >= times)))?;
        for kind in self.duo.kinds.iter().filter(|_| self.duo.ends[place].program == Ulvs) {
            ensure!(count(kind) == times, "{}: neighbours are told {} times", kind.name, count(kind));
        }
        Ok(())
    }

    /// The second one counted every advert that came, and refused none.
    pub fn counters_are_right(&mut self) -> Result<()> {
        let received = wire::received(&self.duo.frames(Duration::ZERO), HOSTS[1]);
        let mut told = Vec::new();
        for kind in &self.duo.kinds {
            let came = received.iter().filter(|advert| advert.vrid == kind.vrid).count() as u64;
            let read = || -> Result<serde_json::Value> {
                let status = self.duo.ends[1].status(self.duo.host(1)?)?;
                Ok(status[kind.name]["counters"].clone())
            };
            // They are shown once a second.
            let begun = std::time::Instant::now();
            let mut counters = read()?;
            while counters["advert_rcvd"].as_u64() < Some(came) && begun.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(100));
                counters = read()?;
            }
            ensure!(
                counters["advert_rcvd"].as_u64() == Some(came),
                "{}: {came} adverts came: {counters}",
                kind.name
            );
            let zeros = received.iter().filter(|advert| advert.vrid == kind.vrid && advert.priority == 0);
            ensure!(counters["pri_zero_rcvd"].as_u64() == Some(zeros.count() as u64), "{counters}");
            let errors = counters.as_object().context("counters")?.iter();
            let wrong: Vec<_> = errors
                .filter(|(name, count)| is_fault(name) && count.as_u64() != Some(0))
                .map(|(name, count)| format!("{name} {count}"))
                .collect();
            ensure!(wrong.is_empty(), "{}: {wrong:?}", kind.name);
            told.push(format!("{} {came}", kind.name));
        }
        self.told.push(format!("the second one counted all adverts, and refused none: {}", told.join(", ")));
        Ok(())
    }
}

/// True for the counters of what was refused.
pub fn is_fault(name: &str) -> bool {
    !matches!(
        name,
        "advert_rcvd"
            | "advert_sent"
            | "become_master"
            | "release_master"
            | "pri_zero_rcvd"
            | "pri_zero_sent"
    )
}
