//! Reads scenario files: TOML, of which every mistake is noted with its place.

mod load;
mod target;

use super::reader::{Key, Reader, Value};
use super::spec::{Load, QUANTILES, Rate, Run, Scenario, Search, Target};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use toml::de::DeTable;
use ulvs::config::{Diagnostics, Source};

/// Packets per second that may be asked for.
const RATES: std::ops::RangeInclusive<f64> = 1.0..=100_000_000.0;
/// Seconds that a measurement may take.
const TIMES: std::ops::RangeInclusive<f64> = 0.01..=3600.0;
/// The file's tables.
const TABLES: [&str; 7] = ["name", "director", "network", "traffic", "replay", "run", "search"];

/// Reads one; `None` if there is an error among what is noted in `out`.
pub fn read(source: &Source, out: &mut Diagnostics) -> Option<Scenario> {
    let (root, errors) = DeTable::parse_recoverable(source.text());
    for error in errors {
        out.error(source, error.span().unwrap_or(0..0), error.message());
    }
    // What the text lacks as a TOML file would only be told a second time, in other words.
    if out.has_errors() {
        return None;
    }
    let file = Path::new(source.name());
    let mut reader = Reader::default();
    let scenario = scenario(&mut reader, root.get_ref(), file);
    reader.tell(source, out);
    scenario.filter(|_| !out.has_errors())
}

fn scenario(reader: &mut Reader, root: &DeTable<'_>, file: &Path) -> Option<Scenario> {
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let mut name = stem;
    let (mut director, mut network, mut traffic, mut replay) = (None, None, None, None);
    let (mut run, mut search) = (None, None);
    for (key, value) in root {
        match key.get_ref().as_ref() {
            "name" => name = reader.text(value).unwrap_or_default().to_owned(),
            "director" => director = Some((key, value)),
            "network" => network = Some((key, value)),
            "traffic" => traffic = Some((key, value)),
            "replay" => replay = Some((key, value)),
            "run" => run = Some((key, value)),
            "search" => search = Some((key, value)),
            _ => reader.unknown(key, &TABLES),
        }
    }
    let target = match (director, network) {
        (Some((_, value)), None) => target::director(reader, value),
        (None, Some((_, value))) => target::network(reader, value).map(Target::Network),
        (None, None) => {
            reader.error(0..0, "[director] or [network] is missing: who forwards?");
            None
        }
        (Some(_), Some((key, _))) => {
            reader.error(key.span(), "[director] is in the lab's own network: not both it and [network]");
            None
        }
    };
    let search_at = search.map(|(key, _)| key.span());
    let search = search.and_then(|(key, value)| read_search(reader, key, value));
    let load = match (traffic, replay) {
        (Some((_, value)), None) => load::traffic(reader, value).map(Load::Mix),
        (None, Some((_, value))) => load::replay(reader, value, file).map(Load::Replay),
        (None, None) => {
            reader.error(0..0, "[[traffic]] or [replay] is missing: what is offered?");
            None
        }
        (Some(_), Some((key, _))) => {
            reader.error(key.span(), "either [[traffic]] or [replay], not both");
            None
        }
    };
    let given = Given { searches: search_at.is_some(), replays: replay.is_some() };
    let mut run = read_run(reader, run, given)?;
    let (target, load) = (target?, load?);
    load::fit(reader, &target, &load, traffic.or(replay).map_or(0..0, |(key, _)| key.span()));
    if let Load::Replay(replay) = &load {
        if run.rate_at.is_none() {
            run.run.rate = Rate::Recorded(replay.speed.unwrap_or(1.0), replay.loops.unwrap_or(1));
        }
        let paced = replay.speed.is_some();
        if let Some(at) = search_at.clone().filter(|_| paced || replay.loops.is_some()) {
            reader.error(at, "a search sets the pace and the end of a replay: no `speed` and no `loops`");
        }
        if let Some(at) = run.rate_at.filter(|_| paced || replay.loops.is_some()) {
            reader
                .error(at, "either `rate`, for as long as `time` says, or the replay's `speed` and `loops`");
        }
        let latency_at = run.latency_at.or(search_at.filter(|_| search.is_some_and(|s| s.wants_latency())));
        if let Some(at) = latency_at {
            reader.error(at, "packets of a capture carry no stamps: latency needs [[traffic]]");
        }
    }
    Some(Scenario { name, file: file.to_owned(), target, load, run: run.run, search })
}

/// What else the file has.
#[derive(Clone, Copy)]
struct Given {
    searches: bool,
    replays: bool,
}

/// What `[run]` says, and where it says what may not go with others.
struct RunRead {
    run: Run,
    rate_at: Option<Range<usize>>,
    latency_at: Option<Range<usize>>,
}

fn read_run(reader: &mut Reader, at: Option<(&Key<'_>, &Value<'_>)>, given: Given) -> Option<RunRead> {
    let run = Run {
        rate: Rate::Max,
        time: Duration::from_secs(5),
        // A capture begins with its first packets, and so it shall be measured.
        warm_up: if given.replays { Duration::ZERO } else { Duration::from_millis(500) },
        rounds: 1,
        latency: false,
    };
    let mut read = RunRead { run, rate_at: None, latency_at: None };
    let Some((_, value)) = at else {
        if !given.searches && !given.replays {
            reader.error(0..0, "[run] is missing: at which `rate`? Or [search]");
        }
        return Some(read);
    };
    let mut has_rate = false;
    for (key, value) in reader.table(value)? {
        let name = key.get_ref().as_ref();
        if given.searches && matches!(name, "rate" | "time") {
            reader.error(key.span(), format!("[search] chooses rates and has `trial`: no `{name}` here"));
            continue;
        }
        match name {
            "rate" => {
                has_rate = true;
                read.rate_at = Some(value.span());
                read.run.rate = match value.get_ref().as_str() {
                    Some(_) => reader.word(value, &[("max", Rate::Max)]),
                    None => reader.number(value, RATES).map(Rate::Pps),
                }
                .unwrap_or(Rate::Max);
            }
            "time" => read.run.time = reader.seconds(value, TIMES).unwrap_or_default(),
            "warm-up" => read.run.warm_up = reader.seconds(value, 0.0..=60.0).unwrap_or_default(),
            "rounds" => read.run.rounds = reader.integer(value, 1..=100u32).unwrap_or(1),
            "latency" => {
                read.run.latency = reader.switch(value).unwrap_or_default();
                read.latency_at = read.run.latency.then(|| value.span());
            }
            _ => reader.unknown(key, &["rate", "time", "warm-up", "rounds", "latency"]),
        }
    }
    if !has_rate && !given.searches && !given.replays {
        reader.error(value.span(), "`rate` is missing: packets per second, or \"max\"");
    }
    Some(read)
}

fn read_search(reader: &mut Reader, key: &Key<'_>, value: &Value<'_>) -> Option<Search> {
    const KNOWN: [&str; 8] = [
        "loss-below",
        "latency-p50-below-us",
        "latency-p99-below-us",
        "latency-p999-below-us",
        "lowest",
        "highest",
        "resolution",
        "trial",
    ];
    let mut search = Search {
        loss: None,
        latency_us: [None; QUANTILES.len()],
        lowest: 1000.0,
        highest: 2_000_000.0,
        resolution: 0.02,
        trial: Duration::from_secs(2),
    };
    let mut has_aim = false;
    for (key, value) in reader.table(value)? {
        let name = key.get_ref().as_ref();
        let quantile = name
            .strip_prefix("latency-")
            .and_then(|rest| rest.strip_suffix("-below-us"))
            .and_then(|name| QUANTILES.iter().position(|(known, _)| *known == name));
        match (name, quantile) {
            (_, Some(quantile)) => {
                has_aim = true;
                search.latency_us[quantile] = reader.number(value, 1.0..=1_000_000.0);
            }
            ("loss-below", _) => {
                has_aim = true;
                search.loss = reader.number(value, 0.0..=0.5);
            }
            ("lowest", _) => search.lowest = reader.number(value, RATES).unwrap_or(search.lowest),
            ("highest", _) => search.highest = reader.number(value, RATES).unwrap_or(search.highest),
            ("resolution", _) => search.resolution = reader.number(value, 0.001..=1.0).unwrap_or(1.0),
            ("trial", _) => search.trial = reader.seconds(value, TIMES).unwrap_or_default(),
            _ => reader.unknown(key, &KNOWN),
        }
    }
    if !has_aim {
        reader.error(key.span(), "`loss-below` or `latency-p99-below-us` is missing: what is looked for?");
    }
    if search.lowest >= search.highest {
        reader.error(
            key.span(),
            format!("`lowest` ({}) is not below `highest` ({})", search.lowest, search.highest),
        );
    }
    Some(search)
}

#[cfg(test)]
mod tests;
