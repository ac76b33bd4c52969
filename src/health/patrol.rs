use super::{Bounds, Outcome, Target, Timetable, Turns, ask, dice};
use crate::lvs::{Check, Probe};
use crate::program::Runner;
use rustix::thread::{CpuSet, sched_setaffinity};
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// Threads that ask.
const THREADS: usize = 2;
/// Threads for what cannot be asked without waiting: files, a search through a long text.
const BLOCKING_THREADS: usize = 32;
/// What of these may still be at work when the patrol ends.
const PATIENCE: Duration = Duration::from_secs(1);

/// One check of one real server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Names it in findings; no two of a set have the same.
    pub id: u64,
    /// What is asked, and how often.
    pub check: Check,
    /// Who.
    pub target: Target,
    /// Otherwise it is not asked.
    pub enabled: bool,
    /// Its state from before, where there is one. Looked at only when it begins.
    pub begins_up: Option<bool>,
}

impl Beat {
    fn goes_on_as(&self, other: &Self) -> bool {
        self.check == other.check && self.target == other.target
    }
}

/// What a try found, and what follows from it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The beat's.
    pub id: u64,
    /// The check counts as up: not the same as the outcome while a failure does not count yet.
    pub is_up: bool,
    /// That is new.
    pub has_changed: bool,
    /// It deserves a line: something changed, or it failed and the check tells all.
    pub is_told: bool,
    /// Of this try alone.
    pub outcome: Outcome,
    /// From the try's beginning to its end.
    pub took: Duration,
    /// Failures up to now, without a success in between.
    pub failures_in_a_row: u32,
    /// Until the next try.
    pub next_in: Duration,
    /// The try began so long after it should have.
    pub late_by: Duration,
    /// When the try was over.
    pub at: SystemTime,
}

/// Goes round with any number of checks, on threads of its own. Each check has its own timer: a slow server delays
/// nobody else. Everything ends with it, running scripts too.
pub struct Patrol {
    rounds: HashMap<u64, (Beat, AbortHandle)>,
    shared: Arc<Shared>,
    /// `None` only while it goes.
    runtime: Option<Runtime>,
}

struct Shared {
    probes: Semaphore,
    scripts: Semaphore,
    runner: Runner,
    tell: Box<dyn Fn(Finding) + Send + Sync>,
}

impl Patrol {
    /// Begins with nothing to do. `cpus` are those that its threads may run on (those of the workers are not among them);
    /// empty: any. Scripts are run by `runner`. `tell` is called on these threads with each finding, and must not wait.
    ///
    /// # Errors
    /// The threads cannot be started.
    pub fn begin(
        cpus: &[usize],
        bounds: Bounds,
        runner: Runner,
        tell: impl Fn(Finding) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(THREADS).max_blocking_threads(BLOCKING_THREADS).thread_name("health");
        builder.enable_io().enable_time();
        if !cpus.is_empty() {
            let mut set = CpuSet::new();
            cpus.iter().filter(|cpu| **cpu < CpuSet::MAX_CPU).for_each(|cpu| set.set(*cpu));
            builder.on_thread_start(move || {
                if let Err(error) = sched_setaffinity(None, &set) {
                    tracing::warn!(%error, "a thread for health checks cannot be kept off other CPUs");
                }
            });
        }
        let shared = Shared {
            probes: Semaphore::new(bounds.probes.clamp(1, Semaphore::MAX_PERMITS)),
            scripts: Semaphore::new(bounds.scripts.clamp(1, Semaphore::MAX_PERMITS)),
            runner,
            tell: Box::new(tell),
        };
        let runtime = builder.build()?;
        Ok(Self { rounds: HashMap::new(), shared: Arc::new(shared), runtime: Some(runtime) })
    }

    /// What is to be asked from now on. Beats that are as they were go on undisturbed, with state and timers; changed and
    /// new ones begin; missing and disabled ones end. No finding of an ended beat comes after this has returned, but
    /// for one that is just being told.
    pub fn set(&mut self, beats: Vec<Beat>) {
        let Some(runtime) = &self.runtime else { return };
        let mut before = std::mem::take(&mut self.rounds);
        for beat in beats.into_iter().filter(|beat| beat.enabled) {
            let id = beat.id;
            let going_on = before.remove(&id).and_then(|(known, handle)| {
                if known.goes_on_as(&beat) {
                    return Some((known, handle));
                }
                handle.abort();
                None
            });
            let round = going_on.unwrap_or_else(|| {
                let task = runtime.spawn(go_round(beat.clone(), Arc::clone(&self.shared)));
                (beat, task.abort_handle())
            });
            if let Some((_, doubled)) = self.rounds.insert(id, round) {
                doubled.abort();
            }
        }
        before.into_values().for_each(|(_, handle)| handle.abort());
    }

    /// Beats that are asked.
    pub fn len(&self) -> usize {
        self.rounds.len()
    }

    /// Nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.rounds.is_empty()
    }
}

impl Drop for Patrol {
    fn drop(&mut self) {
        self.rounds.values().for_each(|(_, handle)| handle.abort());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(PATIENCE);
        }
    }
}

async fn go_round(beat: Beat, shared: Arc<Shared>) {
    let Beat { id, check, target, begins_up, .. } = beat;
    let mut table = Timetable::new(check.timing, check.begins_down, begins_up);
    let seats = if matches!(check.probe, Probe::Script(_)) { &shared.scripts } else { &shared.probes };
    let tells_all = check.tells_all;
    let mut turns = Turns::new(check);
    let mut due = Instant::now() + table.warmup((dice::roll() >> 32) as u32);
    loop {
        sleep_until(due).await;
        let Ok(seat) = seats.acquire().await else { return };
        let began = Instant::now();
        // What a try needs it has only while it lasts: most checks wait, most of the time.
        let outcome = caught(Box::pin(ask(turns.check(), &target, &shared.runner))).await;
        turns.note(outcome.is_up);
        let over = Instant::now();
        drop(seat);
        let verdict = table.note(outcome.is_up);
        let next = Instant::from_std(table.next(due.into_std(), over.into_std()));
        let finding = Finding {
            id,
            is_up: verdict.is_up,
            has_changed: verdict.has_changed,
            is_told: verdict.has_changed || (tells_all && !outcome.is_up),
            outcome,
            took: over - began,
            failures_in_a_row: verdict.failures_in_a_row,
            next_in: next - over,
            late_by: began - due,
            at: now(),
        };
        (shared.tell)(finding);
        due = next;
    }
}

#[expect(clippy::disallowed_methods, reason = "findings carry a date")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// A probe that panics is a fault of ours, and still says that nothing good is known of the server. The other checks
/// go on.
async fn caught(probe: impl Future<Output = Outcome>) -> Outcome {
    let mut probe = pin!(probe);
    poll_fn(|context| {
        let poll = catch_unwind(AssertUnwindSafe(|| probe.as_mut().poll(context)));
        poll.unwrap_or_else(|_| Poll::Ready(Outcome::down("the probe panicked")))
    })
    .await
}

#[cfg(test)]
#[path = "patrol_tests.rs"]
mod tests;
