//! What very many health checks cost, how late they begin, and what a reload of their configuration costs whom.

use crate::asked::{self, Asked, Times};
use crate::bed::{Bed, VIP};
use crate::grid::Grid;
use crate::latency::{Pinger, RoundTrips};
use crate::observe::{self, Machine, Worker, cpu_time, resident};
use crate::process::UlvsRun;
use crate::scenario::{Reply as Replies, Size, Way};
use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::Args;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use ulvs::control::command::{Reply, Request};
use ulvs::lvs::ForwardingMethod;

/// The file of the services that are checked: in memory, see [`crate::process::make_scratch`].
const CONFIG: &str = "/run/health.conf";
/// How often each real server is asked.
const INTERVAL: Duration = Duration::from_secs(1);
/// The first service's port; the others follow.
const FIRST_PORT: u32 = 20_000;
/// How long it may take until every real server has been asked.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two reloads.
const PAUSE: Duration = Duration::from_millis(200);
/// The aim: 99 of 100 checks begin no later than this share of their interval, in percent.
const AIM_PERCENT: f64 = 10.0;

/// Many health checks, and reloads of their configuration.
#[derive(Clone, Debug, Args)]
pub struct Health {
    /// Virtual services
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2000))]
    services: u32,
    /// Real servers of each, with an HTTP check every second
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=30))]
    servers: u32,
    /// Seconds without reloads, and as many with
    #[arg(long, default_value_t = 20, value_name = "S", value_parser = clap::value_parser!(u64).range(2..=600))]
    seconds: u64,
    /// Where the figures go as JSON
    #[arg(long, value_name = "FILE", default_value = "target/bench-health.json")]
    pub json: PathBuf,
}

/// What a reload finds in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Edit {
    /// What is there already.
    Nothing,
    /// Another weight for one real server.
    OneWeight,
    /// Another weight for every one.
    AllWeights,
}

/// Durations or shares at some places of their order.
#[derive(Clone, Copy, Debug, Serialize)]
struct Spread {
    p50: f64,
    p99: f64,
    max: f64,
}

/// What was seen for some seconds.
#[derive(Clone, Debug, Serialize)]
struct Window {
    seconds: f64,
    /// Tries that real servers saw, per second.
    tries_per_second: f64,
    /// How late they came, in percent of the interval.
    late_percent: Spread,
    /// CPU time of the threads that ask, in percent of one CPU.
    health_cpu_percent: f64,
    /// Of the whole director.
    director_cpu_percent: f64,
    /// Memory of the director in bytes.
    resident: u64,
    /// Round trips through it, in microseconds.
    round_trip_us: Spread,
    round_trips: u64,
    lost: u64,
    reloads: Vec<Reload>,
}

/// One reload.
#[derive(Clone, Copy, Debug, Serialize)]
struct Reload {
    edit: Edit,
    /// What it changed, in steps.
    changes: usize,
    /// Until it was answered: read, checked, applied and published.
    milliseconds: f64,
}

/// All of it.
#[derive(Debug, Serialize)]
struct Figures {
    machine: Machine,
    services: u32,
    checks: u32,
    file_bytes: usize,
    quiet: Window,
    reloading: Window,
}

/// Takes the figures; returns them as text and as JSON.
///
/// # Errors
/// The director does not start, a real server is never asked, or a reload is refused or changes something else.
pub fn run(
    task: &Health,
    bed: &Bed,
    machine: Machine,
    (here, there): (usize, usize),
) -> Result<(String, String)> {
    let checks = task.services * task.servers;
    let asked = Asked::start(bed, there)?;
    let text = config(task, Weights { first: 1, others: 1 });
    let file_bytes = text.len();
    fs::write(CONFIG, text).context(CONFIG)?;
    let run = UlvsRun::start_on(bed, ForwardingMethod::DirectRoute, &[here], &["--config", CONFIG])?;
    wait_for_all(&asked, checks)?;
    let time = Duration::from_secs(task.seconds);
    let quiet = window(bed, &run, &asked, (here, there), || {
        std::thread::sleep(time);
        Ok(Vec::new())
    })?;
    let reloading = window(bed, &run, &asked, (here, there), || reload(task, &run, time))?;
    let figures = Figures { machine, services: task.services, checks, file_bytes, quiet, reloading };
    Ok((text_of(&figures), serde_json::to_string_pretty(&figures)?))
}

/// Weights in a file, 1 or 2.
#[derive(Clone, Copy, Debug)]
struct Weights {
    /// Of the first real server of the first service.
    first: u32,
    others: u32,
}

/// keepalived's file of all services.
fn config(task: &Health, weights: Weights) -> String {
    let mut text = "global_defs {\n  router_id bench\n}\n".to_owned();
    for service in 0..task.services {
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "virtual_server {VIP} {} {{\n  delay_loop 1\n  lb_algo wlc\n  lb_kind NAT\n  protocol TCP\n",
            FIRST_PORT + service
        );
        for server in 0..task.servers {
            let weight = if service + server == 0 { weights.first } else { weights.others };
            let _ = write!(
                text,
                "  real_server {} {} {{\n    weight {weight}\n    HTTP_GET {{\n      url {{\n        path /check\n        \
                 status_code 200\n      }}\n      connect_timeout 3\n      retry 2\n      delay_before_retry 1\n    }}\n  }}\n",
                asked::address(service * task.servers + server),
                asked::PORT
            );
        }
        text.push_str("}\n");
    }
    text
}

fn wait_for_all(asked: &Asked, checks: u32) -> Result<()> {
    let (begun, mut seen) = (Instant::now(), std::collections::HashSet::new());
    while seen.len() < checks as usize {
        seen.extend(asked.take().into_keys());
        ensure!(begun.elapsed() < PATIENCE, "{} of {checks} real servers have been asked", seen.len());
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(2 * INTERVAL);
    Ok(())
}

/// Watches while something happens on the other CPU: round trips on the director's, its CPU time, and when real servers are
/// asked.
fn window(
    bed: &Bed,
    run: &UlvsRun,
    asked: &Asked,
    (here, there): (usize, usize),
    happen: impl FnOnce() -> Result<Vec<Reload>> + Send,
) -> Result<Window> {
    let process = Worker::Process(run.pid());
    drop(asked.take());
    let (begun, spent, health) = (Instant::now(), cpu_time(process), health_time(run.pid()));
    let over = AtomicBool::new(false);
    let (trips, reloads) = std::thread::scope(|scope| -> Result<_> {
        let trips = scope.spawn(|| {
            observe::pin(here);
            let mut pinger = Pinger::open(bed, (Way::Dr, Replies::Direct), Size::ALL[0], here)?;
            pinger.run(|_| !over.load(Relaxed))
        });
        let happened = scope.spawn(|| {
            observe::pin(there);
            happen()
        });
        let happened = happened.join().unwrap_or_else(|_| Err(anyhow!("the reloads panicked")));
        over.store(true, Relaxed);
        let trips = trips.join().unwrap_or_else(|_| Err(anyhow!("the round trips panicked")))?;
        Ok((trips, happened?))
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let times = asked.take();
    let percent = |from: Duration, to: Duration| 100.0 * to.saturating_sub(from).as_secs_f64() / seconds;
    Ok(Window {
        seconds,
        tries_per_second: times.values().map(Vec::len).sum::<usize>() as f64 / seconds,
        late_percent: lateness(&times)?,
        health_cpu_percent: percent(health, health_time(run.pid())),
        director_cpu_percent: percent(spent, cpu_time(process)),
        resident: resident(run.pid())?,
        round_trip_us: spread_of(&trips),
        round_trips: trips.sent,
        lost: trips.sent - trips.histogram.len(),
        reloads,
    })
}

/// CPU time of the threads that ask.
fn health_time(pid: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let asks = tasks.filter(|task| {
        fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim_end() == "health")
    });
    let nanoseconds = asks.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_ascii_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// How late tries came, in percent of the interval: behind the earliest that this real server's own tries give, since each
/// has steps of just one interval, whenever it began.
fn lateness(times: &Times) -> Result<Spread> {
    const STEP: u64 = INTERVAL.as_nanos() as u64;
    let mut late = Histogram::<u64>::new_with_bounds(1, 1000 * STEP, 3)?;
    for times in times.values() {
        let Some(first) = times.first() else { continue };
        let offsets: Vec<u64> =
            times.iter().map(|time| u64::try_from((*time - *first).as_nanos()).unwrap_or(u64::MAX)).collect();
        // Which step each is of: the one that it came nearest to, which half an interval of delay would confuse.
        let phase = |offset: u64| {
            let step = (offset + STEP / 2) / STEP;
            i128::from(offset) - i128::from(step * STEP)
        };
        let earliest = offsets.iter().map(|offset| phase(*offset)).min().unwrap_or(0);
        for offset in offsets {
            let behind = u64::try_from(phase(offset) - earliest).unwrap_or(0);
            late.saturating_record(behind.max(1));
        }
    }
    ensure!(!late.is_empty(), "no real server was asked");
    let share = |nanoseconds: u64| 100.0 * nanoseconds as f64 / STEP as f64;
    Ok(Spread {
        p50: share(late.value_at_quantile(0.5)),
        p99: share(late.value_at_quantile(0.99)),
        max: share(late.max()),
    })
}

fn spread_of(trips: &RoundTrips) -> Spread {
    let us = |nanoseconds: u64| nanoseconds as f64 / 1000.0;
    let at = |quantile| us(trips.histogram.value_at_quantile(quantile));
    Spread { p50: at(0.5), p99: at(0.99), max: us(trips.histogram.max()) }
}

/// One reload after the other, of each kind in turn.
fn reload(task: &Health, run: &UlvsRun, time: Duration) -> Result<Vec<Reload>> {
    let (begun, mut reloads, mut weights) = (Instant::now(), Vec::new(), Weights { first: 1, others: 1 });
    let edits = [Edit::Nothing, Edit::OneWeight, Edit::Nothing, Edit::AllWeights];
    for edit in edits.into_iter().cycle().take_while(|_| begun.elapsed() < time) {
        match edit {
            Edit::Nothing => {}
            Edit::OneWeight => weights.first = 3 - weights.first,
            Edit::AllWeights => weights = Weights { first: 3 - weights.first, others: 3 - weights.others },
        }
        fs::write(CONFIG, config(task, weights)).context(CONFIG)?;
        let asked = Instant::now();
        let Reply::Changes(changes) = run.ask(&Request::Reload)? else { bail!("a reload has no changes") };
        let milliseconds = asked.elapsed().as_secs_f64() * 1000.0;
        reloads.push(Reload { edit, changes: changes.len(), milliseconds });
        let due = match edit {
            Edit::Nothing => 0,
            Edit::OneWeight => 1,
            Edit::AllWeights => (task.services * task.servers) as usize,
        };
        ensure!(changes.len() == due, "{edit:?}: {} changes, {due} were due", changes.len());
        std::thread::sleep(PAUSE);
    }
    Ok(reloads)
}

fn text_of(figures: &Figures) -> String {
    let Figures { quiet, reloading, .. } = figures;
    let row = |what: &str, of: &dyn Fn(&Window) -> String| vec![what.to_owned(), of(quiet), of(reloading)];
    let spread = |spread: Spread| format!("{:.2} / {:.2} / {:.2}", spread.p50, spread.p99, spread.max);
    let windows = Grid {
        title: format!(
            "{} services, {} real servers, an HTTP check of each every second; a file of {} KiB",
            figures.services,
            figures.checks,
            figures.file_bytes / 1024
        ),
        heading: ["", "without reloads", "with reloads"].map(str::to_owned).to_vec(),
        words: 1,
        rows: vec![
            row("tries per second", &|window| format!("{:.0}", window.tries_per_second)),
            row("tries that did not come, %", &|window| {
                let due = f64::from(figures.checks) / INTERVAL.as_secs_f64();
                format!("{:.1}", (100.0 - 100.0 * window.tries_per_second / due).max(0.0))
            }),
            row("late, % of the interval: p50 / p99 / max", &|window| spread(window.late_percent)),
            row("CPU of the threads that ask, %", &|window| format!("{:.1}", window.health_cpu_percent)),
            row("CPU of the director, %", &|window| format!("{:.1}", window.director_cpu_percent)),
            row("memory of the director, MiB", &|window| {
                format!("{:.1}", window.resident as f64 / f64::from(1 << 20))
            }),
            row("round trip, µs: p50 / p99 / max", &|window| spread(window.round_trip_us)),
            row("round trips, lost", &|window| format!("{}, {}", window.round_trips, window.lost)),
            row("reloads", &|window| window.reloads.len().to_string()),
        ],
    };
    let of_kind = |edit: Edit, what: &str| {
        let mut times: Vec<f64> = reloading
            .reloads
            .iter()
            .filter(|reload| reload.edit == edit)
            .map(|reload| reload.milliseconds)
            .collect();
        times.sort_by(f64::total_cmp);
        let middle = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
        let most = times.last().copied().unwrap_or(f64::NAN);
        vec![what.to_owned(), times.len().to_string(), format!("{middle:.0}"), format!("{most:.0}")]
    };
    let reloads = Grid {
        title: "reloads: read, checked, applied in one step, answered".to_owned(),
        heading: ["what the file changes", "number", "median, ms", "max, ms"].map(str::to_owned).to_vec(),
        words: 1,
        rows: vec![
            of_kind(Edit::Nothing, "nothing"),
            of_kind(Edit::OneWeight, "one weight"),
            of_kind(Edit::AllWeights, "all weights"),
        ],
    };
    let late = quiet.late_percent.p99;
    let verdict = if late <= AIM_PERCENT { "met" } else { "missed" };
    let ratio = reloading.round_trip_us.p99 / quiet.round_trip_us.p99;
    let notes: String = figures.machine.notes.iter().map(|note| format!("note: {note}\n")).collect();
    format!(
        "{}\n{}\nlate at p99: {late:.2} % of the interval, the aim of {AIM_PERCENT} % is {verdict}; round trips at p99 with \
         reloads are {ratio:.2} of those without\n{notes}",
        windows.text(),
        reloads.text()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_counted_from_the_earliest_try() {
        let begun = Instant::now();
        let tries = |milliseconds: &[u64]| {
            milliseconds.iter().map(|at| begun + Duration::from_millis(*at)).collect::<Vec<_>>()
        };
        let mut times = Times::new();
        // The first one itself is 20 ms late; a step is missing.
        times.insert(asked::address(0), tries(&[20, 1000, 2030, 4000]));
        let late = lateness(&times).expect("some");
        assert!((late.max - 3.0).abs() < 0.01 && late.p50 < 0.01, "{late:?}");
        assert!(lateness(&Times::new()).is_err());
    }
}
