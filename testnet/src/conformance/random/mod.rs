//! Makes scenarios up and plays them on the kernel and on ulvs: whatever differs is shrunk to its core.

mod dialogue;
mod dice;
mod edits;
pub mod invent;
mod traffic;

use super::inside::Inside;
use super::kernel::{Image, Kernel, prepare};
use super::play::{self, Subject as _};
use super::record::{self, Answers, all_same};
use super::script::{File, Item, Scenario};
use super::wire::Wire;
use anyhow::{Context, Result};
use invent::Topic;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Findings after which it is enough: most have one cause.
const ENOUGH: usize = 5;

/// Of the time that a session took on the kernel, how much goes by on ulvs, in percent; it is enough that one agrees. The
/// kernel's timers of more than five seconds fire up to an eighth late, and a busy machine delays them more.
const PACES: [u32; 3] = [100, 94, 88];

/// What to try.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The first seed; those after it follow.
    pub seed: u64,
    /// How long.
    pub limit: Duration,
    /// How many sessions at most.
    pub sessions: u64,
    /// Packets and edits of a session.
    pub steps: usize,
    /// What sessions may be about.
    pub topics: BTreeSet<Topic>,
    /// Kernels at once.
    pub kernels: usize,
}

/// A session on which the two differ.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its seed.
    pub seed: u64,
    /// What is left of it, with the kernel's answers.
    pub scenario: Scenario,
    /// All of it, with the kernel's answers: what is left may differ for another reason.
    pub session: Scenario,
    /// The differences of all of it.
    pub whole: String,
    /// The difference, for people.
    pub told: String,
    /// Who was asked.
    pub version: String,
}

/// A session that was played.
#[derive(Debug)]
pub enum News {
    /// The two agree; the scenario has the kernel's answers. And who was asked.
    Agree(u64, Box<Scenario>, String),
    /// They do not.
    Differ(Box<Finding>),
    /// The kernel itself is not twice the same, or cannot play it.
    Unstable(u64, String),
}

/// Plays sessions until the time is over, all are played, or enough is found. `each` is told of every session.
///
/// # Errors
/// User-mode Linux cannot be had, or does not boot.
pub fn explore(plan: &Plan, each: impl Fn(News) + Sync) -> Result<()> {
    let image = prepare()?;
    let begun = Instant::now();
    let (next, enough) = (AtomicU64::new(0), AtomicBool::new(false));
    let findings = Mutex::new(0_usize);
    let work = || -> Result<()> {
        let mut both = Both { kernel: None, image: &image };
        loop {
            let number = next.fetch_add(1, Relaxed);
            if number >= plan.sessions || begun.elapsed() >= plan.limit || enough.load(Relaxed) {
                return Ok(());
            }
            let seed = plan.seed.wrapping_add(number);
            let news = both.session(seed, plan)?;
            if matches!(news, News::Differ(_)) {
                let mut findings = findings.lock().unwrap_or_else(PoisonError::into_inner);
                *findings += 1;
                enough.store(*findings >= ENOUGH, Relaxed);
            }
            each(news);
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.kernels.max(1)).map(|_| scope.spawn(work)).collect();
        let mut ended = Ok(());
        for worker in workers {
            ended = ended.and(worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a player panicked"))));
        }
        ended
    })
}

/// The kernel and ulvs.
struct Both<'i> {
    kernel: Option<Kernel>,
    image: &'i Image,
}

impl Both<'_> {
    fn session(&mut self, seed: u64, plan: &Plan) -> Result<News> {
        let text = invent::session(seed, plan.steps, &plan.topics);
        let mut file = File::parse(&text).context("a session that was made up")?;
        let scenario = file.scenarios.pop().context("a session without a scenario")?;
        let (theirs, ours) = match self.play(&scenario)? {
            Ok(both) => both,
            Err(why) => return Ok(News::Unstable(seed, why)),
        };
        let version = self.kernel.as_ref().map(|kernel| kernel.version().to_owned()).unwrap_or_default();
        if all_same(&scenario, &theirs, &ours) {
            return Ok(News::Agree(seed, Box::new(answered(scenario, theirs)), version));
        }
        // Once more: was it the kernel that was disturbed?
        match self.play(&scenario)? {
            Ok((again, ours)) if all_same(&scenario, &theirs, &again) => {
                if all_same(&scenario, &again, &ours) {
                    return Ok(News::Unstable(seed, "the two differed, and then they did not".to_owned()));
                }
            }
            Ok((again, _)) => return Ok(News::Unstable(seed, record::tell(&scenario, &theirs, &again))),
            Err(why) => return Ok(News::Unstable(seed, why)),
        }
        let whole = record::tell(&scenario, &theirs, &ours);
        let session = answered(scenario.clone(), theirs);
        let small = self.shrink(scenario)?;
        let (theirs, ours) = match self.play(&small)? {
            Ok(both) => both,
            Err(why) => return Ok(News::Unstable(seed, why)),
        };
        if all_same(&small, &theirs, &ours) {
            return Ok(News::Unstable(
                seed,
                "the two differed more than once, and agree in the end".to_owned(),
            ));
        }
        let told = record::tell(&small, &theirs, &ours);
        let scenario = answered(small, theirs);
        Ok(News::Differ(Box::new(Finding { seed, scenario, session, whole, told, version })))
    }

    /// Plays it on both; why not, if the kernel fails.
    fn play(&mut self, scenario: &Scenario) -> Result<Result<(Answers, Answers), String>> {
        let mut kernel = match self.kernel.take() {
            Some(kernel) => kernel,
            None => Kernel::boot(self.image)?,
        };
        let (theirs, pace) = match kernel.fresh().and_then(|()| play::timed(&mut kernel, scenario)) {
            Ok(timed) => timed,
            Err(error) => return Ok(Err(format!("{error:#}"))),
        };
        self.kernel = Some(kernel);
        let mut ours = Answers::new();
        for percent in PACES {
            let pace: Vec<_> = pace.iter().map(|ended| *ended * percent / 100).collect();
            ours = match director_for(scenario, None)
                .and_then(|mut inside| play::paced(&mut inside, scenario, &pace))
            {
                Ok(answers) => answers,
                Err(error) => return Ok(Err(format!("{error:#}"))),
            };
            if all_same(scenario, &theirs, &ours) {
                break;
            }
        }
        Ok(Ok((theirs, ours)))
    }

    fn differs(&mut self, scenario: &Scenario) -> Result<bool> {
        Ok(match self.play(scenario)? {
            Ok((theirs, ours)) => !all_same(scenario, &theirs, &ours),
            Err(_) => false,
        })
    }

    /// Takes away what is not needed for a difference: first what comes behind the first one, then ever smaller pieces
    /// (delta debugging).
    fn shrink(&mut self, mut scenario: Scenario) -> Result<Scenario> {
        scenario.items.retain(|item| matches!(item, Item::Step(_)));
        if let Ok((theirs, ours)) = self.play(&scenario)? {
            let same = |number: &usize| {
                let one = scenario.steps().nth(*number);
                let answers = theirs.get(*number).zip(ours.get(*number));
                one.zip(answers).is_some_and(|(step, (one, other))| super::judge::same(step, one, other))
            };
            if let Some(first) = (0..theirs.len()).find(|number| !same(number)) {
                scenario.items.truncate(first + 1);
            }
        }
        let mut piece = scenario.items.len() / 2;
        while piece > 0 {
            let mut at = 0;
            while at < scenario.items.len() {
                let mut smaller = scenario.clone();
                let end = (at + piece).min(smaller.items.len());
                let taken: Vec<Item> = smaller.items.drain(at..end).filter(is_needed).collect();
                smaller.items.splice(at..at, taken);
                let is_smaller = smaller.items.len() < scenario.items.len();
                if is_smaller && self.differs(&smaller)? {
                    scenario = smaller;
                } else {
                    at += piece;
                }
            }
            piece /= 2;
        }
        scenario.items.insert(0, Item::Note(String::new()));
        Ok(scenario)
    }
}

/// Without these a session is not one that is defined (see [`invent`]).
fn is_needed(item: &Item) -> bool {
    matches!(item, Item::Step(step) if step.text.ends_with(invent::ALWAYS))
}

/// A director for a scenario: without ulvs's own guard against resets where it was made up, for sequence numbers are, too.
///
/// # Errors
/// See [`Inside::start`].
pub fn director_for(scenario: &Scenario, wire: Option<Arc<Mutex<Wire>>>) -> Result<Inside> {
    let mut inside = Inside::start_on(wire)?;
    if scenario.name.starts_with(invent::NAME) {
        inside.sysctl("reset_guard", "0")?;
    }
    Ok(inside)
}

fn answered(mut scenario: Scenario, answers: Answers) -> Scenario {
    record::write_down(&mut scenario, answers);
    scenario
}

/// A file of one scenario.
pub fn file_of(scenario: Scenario, version: &str) -> File {
    File {
        header: vec!["# Made up by `testnet conformance random`.".to_owned()],
        recorded: version.to_owned(),
        scenarios: vec![scenario],
    }
}
