//! The results as a page that needs nothing else.

use super::measured::Measured;
use super::search::Found;
use super::session::Outcome;
use super::show;
use crate::grid::escaped;
use crate::html::STYLE;
use crate::observe::Machine;
use crate::plot::{self, Axis, Bar, Line};
use std::fmt::Write;

/// By Okabe and Ito, for eyes of all kinds: one for each round.
const COLOURS: [&str; 6] = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// The whole page.
pub fn page(machine: &Machine, outcomes: &[Outcome]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>ulvs: packet lab</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\n\
         <h1>Packet lab</h1>\n<p>{}; {} CPUs; Linux {}; ulvs {}.</p>\n",
        escaped(&machine.cpu),
        machine.cpus,
        escaped(&machine.kernel),
        env!("CARGO_PKG_VERSION"),
    );
    // Writing to a String does not fail.
    for note in &machine.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(note));
    }
    for (name, note) in show::notes(outcomes) {
        let _ = writeln!(out, "<p class=\"note\">{}: {}</p>", escaped(name), escaped(&note));
    }
    if outcomes.iter().filter(|outcome| outcome.scenario.search.is_none()).count() > 1 {
        out += "<h2>Rates</h2>\n<p>What arrived per second; the black line is least to most of the rounds.</p>\n";
        out += &rates(outcomes);
    }
    for outcome in outcomes {
        let searches: Vec<_> = outcome.rounds.iter().filter_map(|round| round.found.as_ref()).collect();
        let Some(first) = searches.first() else { continue };
        let _ = writeln!(
            out,
            "<h2>{}</h2>\n<p>{}. Each point is a trial; a line is a round.</p>",
            escaped(&outcome.scenario.name),
            escaped(&show::answer(first))
        );
        out += &against("percent lost", &searches, |measured| Some(measured.loss() * 100.0));
        if outcome.scenario.has_latency() {
            out +=
                &against("99th percentile of latency, µs", &searches, |measured| measured.latency_us(0.99));
        }
    }
    out += "<h2>All figures</h2>\n";
    for grid in show::grids(outcomes) {
        out += &grid.html();
    }
    let _ = writeln!(out, "<p>{}</p>\n</body></html>", escaped(show::LEGEND));
    out
}

/// A quantity against the rate that was offered.
fn against(label: &str, searches: &[&Found<Measured>], of: impl Fn(&Measured) -> Option<f64>) -> String {
    let lines: Vec<_> = searches
        .iter()
        .zip(COLOURS.iter().cycle())
        .zip(1..)
        .map(|((found, colour), round)| {
            let trials = found.trials.iter().map(|trial| &trial.measured);
            let mut points: Vec<_> =
                trials.filter_map(|one| Some((one.offered() / 1000.0, of(one)?))).collect();
            points.sort_by(|one, other| one.0.total_cmp(&other.0));
            Line { name: format!("round {round}"), colour, is_strong: round == 1, points }
        })
        .collect();
    plot::lines(&Axis::linear("offered, thousand packets/s"), &Axis::linear(label), &lines)
}

fn rates(outcomes: &[Outcome]) -> String {
    let bars: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.scenario.search.is_none())
        .filter_map(|outcome| {
            let rate = show::figure(outcome, |measured| Some(measured.rate()))?;
            let name = outcome.scenario.name.chars().take(22).collect();
            Some(Bar { name, colour: COLOURS[0], value: rate.median, spread: (rate.min, rate.max) })
        })
        .collect();
    plot::bars("packets/s", &bars)
}
