//! Asks the kernel, on several kernels at once, twice each.

use super::kernel::{Kernel, prepare};
use super::library::Book;
use super::script::{Scenario, Step};
use super::{judge, play};
use anyhow::{Context, Result};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Times that a scenario is tried before it is called unstable: a machine under load can disturb one.
const TRIES: usize = 4;

/// What the kernel answered to a scenario: the lines of each step.
pub type Answers = Vec<Vec<String>>;

/// What came of asking.
#[derive(Debug)]
pub enum Outcome {
    /// Twice the same.
    Stable(Answers),
    /// Not twice the same; the last two.
    Unstable(Answers, Answers),
    /// It cannot be played.
    Broken(String),
}

/// A scenario by its place: number of the book, number in the book.
pub type Place = (usize, usize);

/// Asks the kernel about all these scenarios, on so many kernels at once. `each` is told every outcome as it comes. The
/// answer is who was asked.
///
/// # Errors
/// User-mode Linux cannot be had ([`super::kernel::LeftOut`]), or does not boot.
pub fn ask(
    books: &[Book],
    places: &[Place],
    kernels: usize,
    each: impl Fn(Place, Outcome) + Sync,
) -> Result<String> {
    let image = prepare()?;
    // Those that wait long come first, so that the others are done meanwhile.
    let mut ordered: Vec<Place> = places.to_vec();
    let scenario = |place: &Place| books.get(place.0).and_then(|book| book.file.scenarios.get(place.1));
    ordered.sort_by_key(|place| std::cmp::Reverse(scenario(place).map_or(0, Scenario::waits)));
    let queue = Mutex::new(VecDeque::from(ordered));
    let version = Mutex::new(String::new());
    let work = || -> Result<()> {
        let mut kernel: Option<Kernel> = None;
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(place) = next else { return Ok(()) };
            let Some(scenario) = scenario(&place) else { continue };
            let (outcome, used) = settle(kernel.take(), &image, scenario)?;
            if let Some(used) = &used {
                used.version().clone_into(&mut version.lock().unwrap_or_else(PoisonError::into_inner));
            }
            kernel = used;
            each(place, outcome);
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..kernels.clamp(1, places.len().max(1))).map(|_| scope.spawn(work)).collect();
        let mut ended = Ok(());
        for worker in workers {
            ended = ended.and(worker.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a recorder panicked"))));
        }
        ended
    })?;
    Ok(version.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Plays a scenario until two answers are the same. A kernel that fails is thrown away for a new one.
fn settle(
    mut kernel: Option<Kernel>,
    image: &super::kernel::Image,
    scenario: &Scenario,
) -> Result<(Outcome, Option<Kernel>)> {
    let mut before: Option<Answers> = None;
    let mut outcome = Outcome::Broken("never played".to_owned());
    for _ in 0..TRIES {
        let mut playing = match kernel.take() {
            Some(kernel) => kernel,
            None => Kernel::boot(image)?,
        };
        match playing.fresh().context("a new namespace").and_then(|()| play::scenario(&mut playing, scenario))
        {
            Ok(answers) => {
                kernel = Some(playing);
                match before.take() {
                    Some(old) if all_same(scenario, &old, &answers) => {
                        return Ok((Outcome::Stable(old), kernel));
                    }
                    Some(old) => outcome = Outcome::Unstable(old, answers.clone()),
                    None => {}
                }
                before = Some(answers);
            }
            // The kernel may be in any state.
            Err(error) => outcome = Outcome::Broken(format!("{error:#}")),
        }
    }
    Ok((outcome, kernel))
}

/// True if all steps were answered alike.
pub fn all_same(scenario: &Scenario, one: &[Vec<String>], other: &[Vec<String>]) -> bool {
    let same = |(step, (one, other)): (&Step, (&Vec<String>, &Vec<String>))| judge::same(step, one, other);
    one.len() == other.len() && scenario.steps().zip(one.iter().zip(other)).all(same)
}

/// What differs between two playings of a scenario, step by step, for people.
pub fn tell(scenario: &Scenario, wanted: &[Vec<String>], got: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (number, step) in scenario.steps().enumerate() {
        let nothing = Vec::new();
        let (wanted, got) = (wanted.get(number).unwrap_or(&nothing), got.get(number).unwrap_or(&nothing));
        if !judge::same(step, wanted, got) {
            text += &format!("    {}: {}\n", step.line, step.text);
            for line in judge::difference(wanted, got) {
                text += &format!("      {line}\n");
            }
        }
    }
    text
}

/// Writes the answers into the scenario. Timers keep their value where it is as good.
pub fn write_down(scenario: &mut Scenario, answers: Answers) {
    for (step, answer) in scenario.steps_mut().zip(answers) {
        if !judge::same(step, &step.kernel, &answer) {
            step.kernel = answer;
        }
        // What has become the kernel's answer is no difference any more.
        if step.ours.as_ref() == Some(&step.kernel) {
            step.ours = None;
        }
    }
    if scenario.steps().all(|step| step.ours.is_none()) {
        scenario.differs = None;
    }
}
