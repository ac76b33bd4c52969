//! Plays every scenario of tests/conformance/ on the director, in this process: no kernel, no root, no namespaces.
//!
//! `CONFORMANCE=schedulers/rr cargo test -p testnet --test conformance` plays those whose names contain the text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use testnet::conformance::command::play_inside;
use testnet::conformance::library::{self, Book};
use testnet::conformance::script::Scenario;

fn books() -> Vec<Book> {
    match library::books(&library::folder()) {
        Ok(books) => books,
        Err(error) => panic!("{error:#}"),
    }
}

fn all(books: &[Book]) -> Vec<(String, &Book, &Scenario)> {
    books
        .iter()
        .flat_map(|book| {
            book.file.scenarios.iter().map(move |scenario| (book.name_of(scenario), book, scenario))
        })
        .collect()
}

#[test]
fn the_director_answers_as_the_kernel() {
    let books = books();
    let not_yet = library::not_yet().unwrap_or_else(|error| panic!("{error:#}"));
    let wanted: Vec<String> = std::env::var("CONFORMANCE").into_iter().collect();
    let all = all(&books);
    let chosen: Vec<_> = all.iter().filter(|(name, ..)| library::is_wanted(name, &wanted)).collect();
    let queue = Mutex::new(chosen.iter());
    let differing: Mutex<BTreeMap<String, String>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((name, book, scenario)) = next else { return };
                    let (_, told) = play_inside(scenario);
                    if !told.is_empty() {
                        let told = format!("{name} ({}:{})\n{told}", book.path.display(), scenario.line);
                        differing.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), told);
                    }
                }
            });
        }
    });
    let differing = differing.into_inner().unwrap_or_else(PoisonError::into_inner);
    let surprises: Vec<&String> =
        differing.iter().filter(|(name, _)| !not_yet.contains(*name)).map(|(_, told)| told).collect();
    let played: BTreeSet<&String> = chosen.iter().map(|(name, ..)| name).collect();
    let news: Vec<_> =
        not_yet.iter().filter(|name| played.contains(name) && !differing.contains_key(*name)).collect();
    println!("{} scenarios, {} of them not yet as the kernel has them", chosen.len(), differing.len());
    println!("{} on the list of those not yet pass now: {news:?}", news.len());
    assert!(
        surprises.is_empty(),
        "{} of {} scenarios differ from the kernel's record (- the record, + ulvs):\n{}",
        surprises.len(),
        chosen.len(),
        surprises.iter().map(|told| told.as_str()).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn files_are_as_the_recorder_writes_them() {
    for book in books() {
        assert_eq!(book.file.render(), book.text, "{}", book.path.display());
    }
}

#[test]
fn every_scenario_is_recorded() {
    for book in books() {
        assert!(!book.file.recorded.is_empty(), "{}: nobody was asked yet", book.path.display());
        for scenario in &book.file.scenarios {
            let answered = scenario.steps().any(|step| !step.kernel.is_empty());
            assert!(answered, "{} has no answers; record it", book.name_of(scenario));
        }
    }
}

#[test]
fn lists_name_what_there_is() {
    let books = books();
    let names: BTreeSet<String> = all(&books).into_iter().map(|(name, ..)| name).collect();
    let not_yet = library::not_yet().unwrap_or_else(|error| panic!("{error:#}"));
    let unknown: Vec<String> = not_yet.into_iter().filter(|name| !names.contains(name)).collect();
    assert!(unknown.is_empty(), "tests/conformance/not-yet.txt names what is not there: {unknown:?}");
    let reasons = library::differences().unwrap_or_else(|error| panic!("{error:#}"));
    let without_reason: Vec<String> = all(&books)
        .into_iter()
        .filter(|(_, _, scenario)| scenario.differs.as_ref().is_some_and(|name| !reasons.contains(name)))
        .map(|(name, ..)| name)
        .collect();
    assert!(without_reason.is_empty(), "docs/differences.md has no section for: {without_reason:?}");
}
