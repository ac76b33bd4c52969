//! `cargo bench-lab`: what the director costs, beside what people would use instead and beside a bare reflector, in one
//! run.
//!
//! [`bed`] is the network, [`forward`] whoever forwards in it (the kernel, [`reflector`], [`director`], [`process`],
//! [`programs`], [`ipvs`]); [`load`] and [`feed`] make packets of [`frames`], [`observe`] counts them and their price.
//! [`one_core`], [`two_cores`], [`latency`], [`tcp`], [`connections`], [`scaling`], [`flood`], [`table`] and [`events`]
//! each take one kind of figure; [`session`] takes them in turn, round by round; [`figures`] keeps them, [`goals`] judges
//! them, [`report`] shows them as [`grid`]s and on a page ([`html`], [`plot`]), [`compare`] tells two runs apart.
//! [`mod@health`] has figures of its own: very many health checks, of real servers that note when they are [`asked`].
//! [`mod@verify`] takes no figures: it looks at every packet ([`audit`]). [`lab`] runs scenarios of the user's own.

mod answers;
mod asked;
mod audit;
mod bed;
mod compare;
mod connections;
mod director;
mod events;
mod feed;
mod figures;
mod flood;
mod forward;
mod frames;
mod goals;
mod grid;
mod health;
mod html;
mod ipvs;
mod lab;
mod latency;
mod load;
mod nft;
mod numbered;
mod observe;
mod one_core;
mod plot;
mod process;
mod programs;
mod reflector;
mod report;
mod scaling;
mod scenario;
mod session;
mod streams;
mod sys;
mod table;
mod tcp;
mod two_cores;
mod verify;

use anyhow::{Context, Result, ensure};
use bed::Bed;
use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use observe::{CpuClock, Machine};
use scenario::{Measurement, Way};
use session::{Outcome, Plan, Seconds};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use testnet::director as director_process;
use testnet::sandbox::{self, Privilege, Refusal};

/// How far it is.
const PROGRESS: &str = "{bar:30} {pos}/{len} {elapsed_precise} {msg}";
/// The exit status where no network can be built.
const CANNOT: u8 = 3;

/// Measures the director beside what people would use instead: the kernel's routing and address translation, HAProxy,
/// nginx, IPVS, as far as they are installed; and beside a bare reflector. In namespaces of its own; some ten minutes, more
/// where the machine is busy.
#[derive(Debug, Parser)]
#[command(name = "bench-lab", max_term_width = 100, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    measure: Measure,
}

/// What is done instead of measuring.
#[derive(Debug, Subcommand)]
enum Task {
    /// Compares the JSON files of two runs: what changed, and whether by more than the rounds differ
    Compare {
        /// The run before
        before: PathBuf,
        /// The run after
        after: PathBuf,
    },
    /// The packet lab: runs scenarios of your own, as files describe them (frame sizes, flows, connection rates, mixes, a
    /// capture to replay, the greatest rate by loss or latency), through this director, its peers or one of yours. Exit code
    /// 2 if a file is not valid, 5 if stopped before the end
    Lab(lab::Lab),
    /// Sends as fast as is taken and looks at every packet that arrives, by NAT also at every answer that comes back:
    /// addresses and ports, checksums, content, order within each flow; and whether the director's counters add up. Exit
    /// code 1 if something is wrong
    Verify {
        /// Seconds in each mode
        #[arg(long, default_value_t = 3, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3600))]
        seconds: u64,
        /// Workers of the director, each on a CPU of its own
        #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
        workers: u8,
        /// Only these modes of the director
        #[arg(long, value_enum, value_delimiter = ',', value_name = "WAY", default_values_t = [Way::Dr, Way::Nat, Way::Tun])]
        mode: Vec<Way>,
    },
    /// Very many health checks: how late they begin, what they cost, how long a reload of their configuration takes, and what
    /// of it round trips through the director notice
    Health(health::Health),
    /// As verify, with connections that end and begin anew all the time: and the director's memory must not grow
    Churn {
        /// Seconds in each mode
        #[arg(long, default_value_t = 600, value_name = "S", value_parser = clap::value_parser!(u64).range(10..=86_400))]
        seconds: u64,
        /// Only these modes of the director
        #[arg(long, value_enum, value_delimiter = ',', value_name = "WAY", default_values_t = [Way::Dr])]
        mode: Vec<Way>,
    },
}

#[derive(Debug, Args)]
struct Measure {
    /// Fewer and shorter measurements, and far fewer connections: about a minute
    #[arg(long)]
    quick: bool,
    /// How often each figure is taken [default: 5, quick: 2, or fewer where time is short]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: Option<u32>,
    /// Milliseconds of one measurement; some get several times as much [default: 200; quick: 100]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=5000))]
    time: Option<u64>,
    /// Only these kinds of measurement
    #[arg(long, value_enum, value_delimiter = ',', value_name = "KIND")]
    only: Vec<Measurement>,
    /// Only these ways (load, kernel and reflector always come along)
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WAY")]
    mode: Vec<Way>,
    /// UDP flows of the load; bursts of 64 packets take them in turn
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    flows: u16,
    /// UDP flows of the load whose every packet is of the next flow [default: 100000; quick: 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    many: Option<u32>,
    /// Where the figures go as JSON
    #[arg(long, value_name = "FILE", default_value = "target/bench-lab.json")]
    json: PathBuf,
    /// Where the report goes as a page with plots [default: beside the JSON]
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

fn main() -> ExitCode {
    // The director that is measured is this very program under its name: so it is always the one that it was built with.
    if director_process::is_called(std::env::args_os().next().as_ref()) {
        return director_process::entry(std::env::args_os());
    }
    let cli = Cli::parse();
    let outcome = match &cli.task {
        None => run(&cli.measure),
        Some(Task::Verify { seconds, workers, mode }) => {
            let (time, workers) = (Duration::from_secs(*seconds), usize::from(*workers));
            verify(mode, verify::Task { time, flows: 20_000, life: None, workers })
        }
        Some(Task::Churn { seconds, mode }) => {
            verify::churn(Duration::from_secs(*seconds)).and_then(|task| verify(mode, task))
        }
        Some(Task::Lab(task)) => lab::run(task),
        Some(Task::Health(task)) => health(task),
        Some(Task::Compare { before, after }) => compare::text(before, after).map(|text| {
            // Nobody reads on, perhaps.
            let _ = std::io::stdout().write_all(text.as_bytes());
        }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-lab: {error:#}");
            ExitCode::from(match error {
                error if error.is::<Refusal>() => CANNOT,
                error if error.is::<lab::Invalid>() => lab::INVALID,
                error if error.is::<lab::Stopped>() => lab::PARTIAL,
                _ => 1,
            })
        }
    }
}

fn run(cli: &Measure) -> Result<()> {
    let privilege = sandbox::enter()?;
    let usable = usable_cpus()?;
    let mut machine = Machine::this(usable.len())?;
    let plan = plan(cli, &usable, &mut machine);
    if privilege == Privilege::UserNamespace {
        machine.notes.push(
            "as an ordinary user: rings of large slots (16 MiB) instead of small ones, which cost the cache; run it as root \
             for the director's own figures"
                .to_owned(),
        );
    }
    if !CpuClock::new(plan.cpus.0).sees_softirqs() {
        machine.notes.push(
            "the kernel's soft interrupt thread is not visible: CPU time per packet lacks what it takes over"
                .to_owned(),
        );
    }
    let page = cli.html.clone().unwrap_or_else(|| cli.json.with_extension("html"));
    // Before scratch space hides a directory, and before minutes are spent for nothing.
    let (json_file, page_file) = (create(&cli.json)?, create(&page)?);
    let progress = ProgressBar::new(plan.steps()); // hidden where there is no terminal
    progress.set_style(ProgressStyle::with_template(PROGRESS)?);
    progress.enable_steady_tick(Duration::from_millis(500));
    process::make_scratch()?;
    let bed = Bed::build().context("the test bed")?;
    let outcome = plan.run(&bed, &progress);
    progress.finish_and_clear();
    drop(bed);
    let Outcome { figures, notes } = outcome?;
    machine.notes.extend(notes);
    // Nobody reads on, perhaps; the file is still worth writing.
    let _ = std::io::stdout().write_all(report::text(&plan, &machine, &figures).as_bytes());
    write(json_file, &report::json(&plan, &machine, &figures)?, &cli.json)?;
    write(page_file, &report::page(&plan, &machine, &figures), &page)?;
    eprintln!("the report with plots: {}", page.display());
    Ok(())
}

/// Looks whether everything is right at speed.
fn verify(ways: &[Way], task: verify::Task) -> Result<()> {
    sandbox::enter()?;
    let usable = usable_cpus()?;
    let here = usable.first().copied().unwrap_or(0);
    let there = usable.get(1).copied().unwrap_or(here);
    ensure!(task.workers <= usable.len(), "{} workers need as many CPUs", task.workers);
    let progress = ProgressBar::new(task.time.as_secs() * ways.len() as u64);
    progress.set_style(ProgressStyle::with_template(PROGRESS)?);
    process::make_scratch()?;
    let bed = Bed::build().context("the test bed")?;
    let outcome = verify::run(&bed, ways, task, (here, there), &progress);
    progress.finish_and_clear();
    drop(bed);
    let (text, is_right) = outcome?;
    // Nobody reads on, perhaps.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ensure!(is_right, "not everything is right: see above");
    Ok(())
}

/// Many health checks.
fn health(task: &health::Health) -> Result<()> {
    sandbox::enter()?;
    let usable = usable_cpus()?;
    let here = usable.first().copied().unwrap_or(0);
    let there =
        usable.get(1).copied().context("two CPUs: one for the director's worker, one for all else")?;
    let machine = Machine::this(usable.len())?;
    let file = create(&task.json)?;
    process::make_scratch()?;
    let bed = Bed::build().context("the test bed")?;
    let (text, json) = health::run(task, &bed, machine, (here, there))?;
    drop(bed);
    // Nobody reads on, perhaps; the file is still worth writing.
    let _ = std::io::stdout().write_all(text.as_bytes());
    write(file, &json, &task.json)
}

/// The CPUs that this process may use.
fn usable_cpus() -> Result<Vec<usize>> {
    let usable: Vec<usize> =
        core_affinity::get_core_ids().unwrap_or_default().into_iter().map(|core| core.id).collect();
    ensure!(!usable.is_empty(), "the CPUs that this process may use are not to be had");
    Ok(usable)
}

fn write(mut file: File, text: &str, path: &Path) -> Result<()> {
    file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).with_context(|| path.display().to_string())
}

/// Opens the file for the figures, with its directory; what is in it stays until there are new ones.
fn create(path: &Path) -> Result<File> {
    let name = || path.display().to_string();
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory).with_context(name)?;
    }
    File::options().create(true).truncate(false).write(true).open(path).with_context(name)
}

/// What the command line asks for, as far as this machine has it. What it has not is noted, with how to get it.
fn plan(cli: &Measure, usable: &[usize], machine: &mut Machine) -> Plan {
    let mut measurements = Measurement::ALL.to_vec();
    measurements.retain(|kind| cli.only.is_empty() || cli.only.contains(kind));
    let here = usable.first().copied().unwrap_or(0);
    let there = usable.get(1).copied();
    if there.is_none() {
        let needs_two = |kind: &Measurement| {
            !matches!(
                kind,
                Measurement::Cpu | Measurement::Latency | Measurement::Tcp | Measurement::Connections
            )
        };
        if measurements.iter().any(needs_two) {
            measurements.retain(|kind| !needs_two(kind));
            machine.notes.push("one CPU only: what needs two is left out".to_owned());
        }
    }
    if measurements.contains(&Measurement::Connections)
        && let Some(missing) = programs::missing_for_web()
    {
        measurements.retain(|kind| *kind != Measurement::Connections);
        machine.notes.push(format!("{missing}: web requests are left out"));
    }
    let always = [Way::Load, Way::Kernel, Way::Reflector];
    let mut ways = Way::ALL.to_vec();
    ways.retain(|way| cli.mode.is_empty() || always.contains(way) || cli.mode.contains(way));
    let limits = if cli.quick { &QUICK } else { &FULL };
    let mut plan = Plan {
        ways,
        measurements,
        rounds: cli.rounds.unwrap_or(limits.rounds),
        limit: if cli.rounds.is_some() { Duration::MAX } else { Duration::from_secs(limits.seconds) },
        time: Duration::from_millis(cli.time.unwrap_or(limits.time)),
        flows: cli.flows,
        many: cli.many.unwrap_or(limits.many),
        cpus: (here, there.unwrap_or(here)),
        with_plots: !cli.quick,
        known: limits.known.to_vec(),
        million: limits.million,
        seconds: limits.parts,
    };
    let cases = plan.cases();
    plan.ways.retain(|way| {
        let missing = programs::missing(*way);
        if let Some(missing) = missing
            && cases.iter().any(|case| case.suits(*way))
        {
            machine.notes.push(format!("{missing}: {} is left out", way.name()));
        }
        missing.is_none()
    });
    plan
}

/// What the two kinds of run have by default.
struct Limits {
    rounds: u32,
    seconds: u64,
    time: u64,
    many: u32,
    known: &'static [u32],
    million: u32,
    parts: Seconds,
}

const FULL: Limits = Limits {
    rounds: 5,
    seconds: 660,
    time: 200,
    many: 100_000,
    known: &[1_000, 100_000, 1_000_000, 4_000_000],
    million: 1_000_000,
    parts: Seconds { web: 1, idle: 5.0, loss: 10.0 },
};
const QUICK: Limits = Limits {
    rounds: 2,
    seconds: 50,
    time: 100,
    many: 10_000,
    known: &[1_000, 10_000, 30_000],
    million: 30_000,
    parts: Seconds { web: 1, idle: 0.5, loss: 0.5 },
};
