//! Plays every scenario of tests/conformance/ on the director, in this process: no kernel, no root, no namespaces.
//!
//! `CONFORMANCE=schedulers/rr cargo test -p testnet --test conformance` plays those whose names contain the text.

use std::collections::{BTreeMap, BTreeSet};
use testnet::conformance::library::{self, Book};
use testnet::conformance::rehearse;
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
    let played = rehearse::all(&books, &wanted);
    let differing: BTreeMap<&String, &String> = played
        .iter()
        .filter(|(_, rehearsal)| !rehearsal.told.is_empty())
        .map(|(name, rehearsal)| (name, &rehearsal.told))
        .collect();
    let surprises: Vec<String> = all(&books)
        .into_iter()
        .filter(|(name, ..)| !not_yet.contains(name))
        .filter_map(|(name, book, scenario)| {
            let told = differing.get(&name)?;
            Some(format!("{name} ({}:{})\n{told}", book.path.display(), scenario.line))
        })
        .collect();
    let is_news = |name: &&String| played.contains_key(*name) && !differing.contains_key(*name);
    let news: Vec<_> = not_yet.iter().filter(is_news).collect();
    println!("{} scenarios, {} of them not yet as the kernel has them", played.len(), differing.len());
    println!("{} on the list of those not yet pass now: {news:?}", news.len());
    assert!(
        surprises.is_empty(),
        "{} of {} scenarios differ from the kernel's record (- the record, + ulvs):\n{}",
        surprises.len(),
        played.len(),
        surprises.join("\n")
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
