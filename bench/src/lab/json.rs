//! The results as JSON, for programs.

use super::measured::Measured;
use super::search::{Found, Verdict};
use super::session::Outcome;
use super::show;
use super::spec::QUANTILES;
use super::words;
use crate::figures::Figure;
use crate::observe::Machine;
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the shape.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Json<'r> {
    format: u32,
    version: &'static str,
    machine: &'r Machine,
    /// All that were asked for were run.
    complete: bool,
    scenarios: Vec<JsonScenario<'r>>,
}

#[derive(Serialize)]
struct JsonScenario<'r> {
    name: &'r str,
    file: String,
    director: String,
    load: String,
    notes: Vec<String>,
    offered_pps: Option<Figure>,
    rate_pps: Option<Figure>,
    loss: Option<Figure>,
    servers: BTreeMap<&'r str, u64>,
    rounds: Vec<JsonRound<'r>>,
}

#[derive(Serialize)]
struct JsonRound<'r> {
    #[serde(flatten)]
    measured: JsonMeasured<'r>,
    search: Option<JsonSearch<'r>>,
}

#[derive(Serialize)]
struct JsonMeasured<'r> {
    asked_pps: Option<f64>,
    offered_pps: f64,
    rate_pps: f64,
    seconds: f64,
    sent: u64,
    refused: u64,
    arrived: u64,
    frames: u64,
    missed: u64,
    lost: u64,
    loss: f64,
    lost_at: &'r BTreeMap<String, u64>,
    flows: u64,
    opened: Option<u64>,
    generator_was_the_limit: bool,
    latency_us: Option<BTreeMap<&'static str, f64>>,
}

#[derive(Serialize)]
struct JsonSearch<'r> {
    passed_pps: Option<f64>,
    failed_pps: Option<f64>,
    generator_was_the_limit: bool,
    answer: String,
    trials: Vec<JsonTrial<'r>>,
}

#[derive(Serialize)]
struct JsonTrial<'r> {
    verdict: &'static str,
    reason: Option<&'r str>,
    #[serde(flatten)]
    measured: JsonMeasured<'r>,
}

fn measured(measured: &Measured) -> JsonMeasured<'_> {
    let latency =
        QUANTILES.iter().filter_map(|(name, quantile)| Some((*name, measured.latency_us(*quantile)?)));
    let mut latency: BTreeMap<_, _> = latency.collect();
    if let Some(all) = measured.seen.latency.as_ref().filter(|all| !all.is_empty()) {
        latency.insert("min", all.min() as f64 / 1000.0);
        latency.insert("max", all.max() as f64 / 1000.0);
    }
    JsonMeasured {
        asked_pps: measured.asked,
        offered_pps: measured.offered(),
        rate_pps: measured.rate(),
        seconds: measured.time.as_secs_f64(),
        sent: measured.sent,
        refused: measured.refused,
        arrived: measured.arrived(),
        frames: measured.seen.frames,
        missed: measured.missed,
        lost: measured.lost(),
        loss: measured.loss(),
        lost_at: &measured.ends,
        flows: measured.begun,
        opened: measured.opened,
        generator_was_the_limit: measured.is_generators(),
        latency_us: (!latency.is_empty()).then_some(latency),
    }
}

fn search(found: &Found<Measured>) -> JsonSearch<'_> {
    let rate = |number: Option<usize>| number.map(|number| found.trials[number].rate);
    let trials = found.trials.iter().map(|trial| {
        let (verdict, reason) = match &trial.verdict {
            Verdict::Pass => ("pass", None),
            Verdict::Fail(why) => ("fail", Some(why.as_str())),
            Verdict::Short(why) => ("none", Some(why.as_str())),
        };
        JsonTrial { verdict, reason, measured: measured(&trial.measured) }
    });
    let is_short = |number: usize| matches!(found.trials[number].verdict, Verdict::Short(_));
    JsonSearch {
        passed_pps: rate(found.passed),
        failed_pps: rate(found.failed),
        generator_was_the_limit: found.failed.is_some_and(is_short),
        answer: show::answer(found),
        trials: trials.collect(),
    }
}

/// Everything, as JSON.
///
/// # Errors
/// None that these types can have.
pub fn json(machine: &Machine, outcomes: &[Outcome], complete: bool) -> serde_json::Result<String> {
    let notes = show::notes(outcomes);
    let scenarios = outcomes.iter().map(|outcome| JsonScenario {
        name: &outcome.scenario.name,
        file: outcome.scenario.file.display().to_string(),
        director: words::director(&outcome.scenario.target),
        load: words::load(&outcome.scenario.load),
        notes: notes
            .iter()
            .filter(|(name, _)| *name == outcome.scenario.name)
            .map(|(_, note)| note.clone())
            .collect(),
        offered_pps: show::figure(outcome, |measured| Some(measured.offered())),
        rate_pps: show::figure(outcome, |measured| Some(measured.rate())),
        loss: show::figure(outcome, |measured| Some(measured.loss())),
        servers: outcome.servers.iter().map(|(name, packets)| (name.as_str(), *packets)).collect(),
        rounds: outcome
            .rounds
            .iter()
            .map(|round| JsonRound {
                measured: measured(&round.measured),
                search: round.found.as_ref().map(search),
            })
            .collect(),
    });
    serde_json::to_string_pretty(&Json {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION"),
        machine,
        complete,
        scenarios: scenarios.collect(),
    })
}
