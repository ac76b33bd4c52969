//! The results as tables.

use super::measured::Measured;
use super::search::{Found, Verdict};
use super::session::{Outcome, Round};
use super::spec::Rate;
use super::words::{director, load};
use crate::figures::{Figure, summary};
use crate::grid::Grid;
use crate::observe::Machine;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the figures mean.
pub const LEGEND: &str = "\
asked, offered: packets per second that the scenario wants, and that the generator made. rate: packets per second that\n\
arrived, by the receiver's clock. Each is the median of the rounds; min..max is of the rate. lost % is of all packets\n\
that were sent. Latency is from the generator's stamp, just before the packet is handed to the kernel, to its arrival\n\
at the server, of the packets that arrived. flows: begun since the director started; opened: connections that the\n\
director says it opened since.\n";

/// All of it for the terminal.
pub fn text(machine: &Machine, outcomes: &[Outcome]) -> String {
    let mut out = format!("{}; {} CPUs; Linux {}\n", machine.cpu, machine.cpus, machine.kernel);
    for note in &machine.notes {
        // Writing to a String does not fail.
        let _ = writeln!(out, "note: {note}");
    }
    for grid in grids(outcomes) {
        let _ = write!(out, "\n{}", grid.text());
    }
    for (name, note) in notes(outcomes) {
        let _ = writeln!(out, "{name}: {note}");
    }
    let _ = write!(out, "\n{LEGEND}");
    out
}

/// All tables.
pub fn grids(outcomes: &[Outcome]) -> Vec<Grid> {
    let mut grids = vec![overview(outcomes)];
    grids.extend(outcomes.iter().flat_map(|outcome| {
        let searches = outcome.rounds.iter().filter_map(|round| round.found.as_ref());
        searches.map(|found| trials(&outcome.scenario.name, found))
    }));
    grids.extend(ends(outcomes));
    grids.extend(servers(outcomes));
    grids
}

/// A figure of all rounds.
pub fn figure(outcome: &Outcome, of: impl Fn(&Measured) -> Option<f64>) -> Option<Figure> {
    summary(outcome.rounds.iter().filter_map(|round| of(&round.measured)))
}

/// A column of the overview: heading, cell.
type Column = (&'static str, Box<dyn Fn(&Outcome) -> String>);

fn overview(outcomes: &[Outcome]) -> Grid {
    let columns = columns(outcomes);
    Grid {
        title: "what was offered and what arrived".to_owned(),
        heading: columns.iter().map(|(heading, _)| (*heading).to_owned()).collect(),
        words: 3,
        rows: outcomes
            .iter()
            .map(|outcome| columns.iter().map(|(_, cell)| cell(outcome)).collect())
            .collect(),
    }
}

/// The overview's columns, as far as they mean something.
fn columns(outcomes: &[Outcome]) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("scenario", Box::new(|outcome| outcome.scenario.name.clone())),
        ("director", Box::new(|outcome| director(&outcome.scenario.target))),
        ("load", Box::new(|outcome| load(&outcome.scenario.load))),
        ("asked/s", Box::new(asked)),
        ("offered/s", Box::new(|outcome| whole(outcome, |one| Some(one.offered())))),
        ("rate/s", Box::new(|outcome| whole(outcome, |one| Some(one.rate())))),
    ];
    if outcomes.iter().any(|outcome| outcome.rounds.len() > 1) {
        columns.push(("min..max", Box::new(spread)));
    }
    columns.push(("sent", Box::new(|outcome| whole(outcome, |one| Some(one.sent as f64)))));
    columns.push(("arrived", Box::new(|outcome| whole(outcome, |one| Some(one.arrived() as f64)))));
    columns.push(("lost %", Box::new(|outcome| shown(outcome, 4, |one| Some(one.loss() * 100.0)))));
    if outcomes.iter().any(|outcome| outcome.scenario.has_latency()) {
        for (heading, quantile) in [("p50 µs", 0.5), ("p99 µs", 0.99), ("p99.9 µs", 0.999)] {
            let cell = move |outcome: &Outcome| shown(outcome, 1, |one| one.latency_us(quantile));
            columns.push((heading, Box::new(cell)));
        }
    }
    columns.push(("flows", Box::new(|outcome| whole(outcome, |one| Some(one.begun as f64)))));
    columns
        .push(("opened", Box::new(|outcome| whole(outcome, |one| one.opened.map(|opened| opened as f64)))));
    columns
}

/// The median of the rounds, with so many decimals.
fn shown(outcome: &Outcome, decimals: usize, of: impl Fn(&Measured) -> Option<f64>) -> String {
    figure(outcome, of).map_or_else(String::new, |figure| format!("{:.decimals$}", figure.median))
}

fn whole(outcome: &Outcome, of: impl Fn(&Measured) -> Option<f64>) -> String {
    shown(outcome, 0, of)
}

fn spread(outcome: &Outcome) -> String {
    let rate = figure(outcome, |one| Some(one.rate()));
    rate.map_or_else(String::new, |rate| format!("{:.0}..{:.0}", rate.min, rate.max))
}

fn asked(outcome: &Outcome) -> String {
    match (&outcome.scenario.search, outcome.scenario.run.rate) {
        (Some(_), _) => "search".to_owned(),
        (None, Rate::Max) => "max".to_owned(),
        (None, _) => whole(outcome, |one| one.asked),
    }
}

fn trials(name: &str, found: &Found<Measured>) -> Grid {
    let heading =
        ["trial", "verdict", "asked/s", "offered/s", "rate/s", "lost %", "p50 µs", "p99 µs", "p99.9 µs"];
    let rows = found.trials.iter().enumerate().map(|(number, trial)| {
        let measured = &trial.measured;
        let latency = |quantile| {
            measured.latency_us(quantile).map_or_else(String::new, |latency| format!("{latency:.1}"))
        };
        vec![
            (number + 1).to_string(),
            verdict(&trial.verdict),
            format!("{:.0}", trial.rate),
            format!("{:.0}", measured.offered()),
            format!("{:.0}", measured.rate()),
            format!("{:.4}", measured.loss() * 100.0),
            latency(0.5),
            latency(0.99),
            latency(0.999),
        ]
    });
    Grid {
        title: format!("{name}: {}", answer(found)),
        rows: rows.collect(),
        heading: heading.map(str::to_owned).to_vec(),
        words: 2,
    }
}

/// What a search found, in words.
pub fn answer(found: &Found<Measured>) -> String {
    let rate = |number: usize| format!("{:.0}", found.trials[number].rate);
    let trials = match found.trials.len() {
        1 => "1 trial".to_owned(),
        trials => format!("{trials} trials"),
    };
    match (found.passed, found.failed) {
        (Some(good), Some(bad)) => {
            let limit = match &found.trials[bad].verdict {
                Verdict::Short(_) => "; the generator is the limit, not the director",
                _ => "",
            };
            format!("{} packets per second pass, {} do not ({trials}){limit}", rate(good), rate(bad))
        }
        (Some(good), None) => {
            format!("{} packets per second pass, the highest that was to be tried ({trials})", rate(good))
        }
        (None, Some(bad)) => format!("not even {} packets per second pass, the lowest ({trials})", rate(bad)),
        (None, None) => "nothing was tried".to_owned(),
    }
}

/// A verdict in words.
pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass => "pass".to_owned(),
        Verdict::Fail(why) => format!("fail: {why}"),
        Verdict::Short(why) => format!("no verdict: {why}"),
    }
}

/// Where packets ended that did not arrive, over all rounds and trials.
fn ends(outcomes: &[Outcome]) -> Option<Grid> {
    let mut rows = Vec::new();
    for outcome in outcomes {
        let (all, lost) = all_ends(&outcome.rounds);
        if lost == 0 {
            continue;
        }
        let told: u64 = all.values().sum();
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let nobody = lost.saturating_sub(told);
        all.extend((nobody > 0).then(|| ("nobody says".to_owned(), nobody)));
        rows.extend(all.into_iter().map(|(end, count)| {
            vec![outcome.scenario.name.clone(), end, count.to_string(), lost.to_string()]
        }));
    }
    let heading = ["scenario", "where", "packets", "of all lost"].map(str::to_owned).to_vec();
    let title = "where packets were lost (docs/counters.md explains the names)".to_owned();
    (!rows.is_empty()).then_some(Grid { title, heading, words: 2, rows })
}

/// Where packets ended in all rounds and trials, and how many were lost.
fn all_ends(rounds: &[Round]) -> (BTreeMap<String, u64>, u64) {
    let mut all = BTreeMap::new();
    for (end, count) in rounds.iter().flat_map(Round::all).flat_map(|measured| &measured.ends) {
        *all.entry(end.clone()).or_insert(0) += count;
    }
    (all, rounds.iter().flat_map(Round::all).map(Measured::lost).sum())
}

fn servers(outcomes: &[Outcome]) -> Option<Grid> {
    let rows: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.servers.len() > 1)
        .flat_map(|outcome| {
            let all: u64 = outcome.servers.iter().map(|(_, packets)| packets).sum();
            outcome.servers.iter().map(move |(name, packets)| {
                let share = 100.0 * *packets as f64 / all.max(1) as f64;
                vec![outcome.scenario.name.clone(), name.clone(), packets.to_string(), format!("{share:.2}")]
            })
        })
        .collect();
    let heading = ["scenario", "real server", "packets", "share %"].map(str::to_owned).to_vec();
    let title = "what arrived at each real server".to_owned();
    (!rows.is_empty()).then_some(Grid { title, heading, words: 2, rows })
}

/// What must be known to judge the figures.
pub fn notes(outcomes: &[Outcome]) -> Vec<(&str, String)> {
    let mut notes = Vec::new();
    for outcome in outcomes {
        let name = outcome.scenario.name.as_str();
        notes.extend(outcome.notes.iter().map(|note| (name, note.clone())));
        let short = outcome.rounds.iter().map(|round| &round.measured).find(|one| one.is_generators());
        if let Some(measured) = short.filter(|_| outcome.scenario.search.is_none()) {
            let (made, asked) = (measured.offered(), measured.asked.unwrap_or_default());
            notes.push((
                name,
                format!("the generator was the limit: it made {made:.0} of {asked:.0} packets per second"),
            ));
        }
        let sum = |of: &dyn Fn(&Measured) -> u64| -> u64 {
            outcome.rounds.iter().flat_map(Round::all).map(of).sum()
        };
        if let missed @ 1.. = sum(&|measured| measured.missed) {
            notes.push((
                name,
                format!(
                    "the receiver was too slow to look at {missed} frames, which count as one packet each"
                ),
            ));
        }
        if let refused @ 1.. = sum(&|measured| measured.refused) {
            notes
                .push((name, format!("the kernel refused to send {refused} packets, which are not counted")));
        }
    }
    notes
}
