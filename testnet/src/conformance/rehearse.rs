//! Plays scenarios on ulvs in this process, many at once.

use super::library::{self, Book};
use super::record::{self, Answers};
use super::script::Scenario;
use super::wire::{Io, Way, Wire};
use super::{play, random};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Directors at once: most of their time they wait for their control sockets to close.
const AT_ONCE: usize = 24;

/// What ulvs answered to a scenario.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The answers, step by step.
    pub answers: Answers,
    /// What differs from the record, for people; empty if nothing does.
    pub told: String,
}

/// Plays one scenario.
pub fn one(scenario: &Scenario) -> Rehearsal {
    one_on(scenario, None)
}

fn one_on(scenario: &Scenario, wire: Option<Arc<Mutex<Wire>>>) -> Rehearsal {
    let director = random::director_for(scenario, wire);
    let answers = match director.and_then(|mut inside| play::scenario(&mut inside, scenario)) {
        Ok(answers) => answers,
        Err(error) => return Rehearsal { answers: Vec::new(), told: format!("    {error:#}\n") },
    };
    let wanted: Answers = scenario.steps().map(|step| step.expected().to_vec()).collect();
    let told = record::tell(scenario, &wanted, &answers);
    Rehearsal { answers, told }
}

/// Plays all scenarios that are wanted (see [`library::is_wanted`]); by full names.
pub fn all(books: &[Book], names: &[String]) -> BTreeMap<String, Rehearsal> {
    all_by(books, names, &Way::default())
}

/// As [`all`], with the frames coming and going by this way.
pub fn all_by(books: &[Book], names: &[String], way: &Way) -> BTreeMap<String, Rehearsal> {
    let scenarios = books
        .iter()
        .flat_map(|book| book.file.scenarios.iter().map(move |scenario| (book.name_of(scenario), scenario)));
    let queue = Mutex::new(scenarios.filter(|(name, _)| library::is_wanted(name, names)));
    let played: Mutex<BTreeMap<String, Rehearsal>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let wire = match way.io {
                    Io::Memory => Ok(None),
                    _ => Wire::lay(way).map(|wire| Some(Arc::new(Mutex::new(wire)))),
                };
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((name, scenario)) = next else { return };
                    let rehearsal = match &wire {
                        Ok(wire) => one_on(scenario, wire.clone()),
                        Err(error) => Rehearsal { answers: Vec::new(), told: format!("    {error:#}\n") },
                    };
                    played.lock().unwrap_or_else(PoisonError::into_inner).insert(name, rehearsal);
                }
            });
        }
    });
    played.into_inner().unwrap_or_else(PoisonError::into_inner)
}
