//! The packet lab: what people want to know of a director, as scenarios in files. `docs/packet-lab.md` is its manual.
//!
//! [`mod@file`] reads a scenario ([`spec`]) with the help of [`reader`]; [`session`] runs it: in a [`place`], by a [`forwarder`]
//! (or a [`program`] of somebody else), with packets of a [`mix`] ([`flows`], [`craft`]) or of a [`tape`] ([`pcap`]), from
//! a [`sender`] to a [`sink`]. After the [`opening`], [`trial`] is one measurement ([`measured`]), [`search`] many of them.
//! [`show`], [`json`] and [`page`] tell what came of it, in [`words`] too.

mod craft;
mod file;
mod flows;
mod forwarder;
mod json;
mod measured;
mod mix;
mod opening;
mod page;
mod pcap;
mod place;
mod program;
mod reader;
mod search;
mod sender;
mod session;
mod show;
mod sink;
mod spec;
mod tape;
mod trial;
mod words;

use crate::observe::Machine;
use crate::process;
use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use session::{Outcome, Prepared};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use spec::{Scenario, Target};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use testnet::sandbox::{self, Privilege};
use ulvs::cli::render;
use ulvs::config::{Diagnostics, Source};

/// The exit status where a file is not valid.
pub const INVALID: u8 = 2;
/// The exit status where not all was run.
pub const PARTIAL: u8 = 5;

/// What `bench lab` is asked for.
#[derive(Debug, Args)]
pub struct Lab {
    /// Scenario files (TOML), run one after the other; docs/packet-lab.md describes them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only read the files, and say what is wrong with them: exit code 2 if anything is
    #[arg(long)]
    check: bool,
    /// Only try the scenarios out: one round each, of at most 0.2 seconds
    #[arg(long, conflicts_with = "check")]
    brief: bool,
    /// Where the results go as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the results go as a page with plots
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Why a scenario was not run to its end: somebody wanted the program to end.
#[derive(Debug)]
pub struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped before the end")
    }
}

impl std::error::Error for Stopped {}

/// Why nothing was run: what is wrong stands on standard error.
#[derive(Debug)]
pub struct Invalid(usize);

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(files) = self;
        write!(f, "{files} of the files {} not valid: nothing is run", if *files == 1 { "is" } else { "are" })
    }
}

impl std::error::Error for Invalid {}

/// Does what was asked for.
///
/// # Errors
/// [`Invalid`] before anything is done; [`Stopped`] after what was measured is shown; or what could not be had.
pub fn run(lab: &Lab) -> Result<()> {
    let mut scenarios = read(&lab.files)?;
    if lab.check {
        for scenario in &scenarios {
            let (director, load) = (words::director(&scenario.target), words::load(&scenario.load));
            println!("{}: valid: {director}; {load}", scenario.file.display());
        }
        return Ok(());
    }
    if lab.brief {
        scenarios.iter_mut().for_each(Scenario::shorten);
    }
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("signals")?;
    }
    let has_own = scenarios.iter().any(|scenario| !matches!(scenario.target, Target::Network(_)));
    let privilege = sandbox::enter()?;
    // Before scratch space hides what the names of namespaces stand for.
    let prepared = scenarios.into_iter().map(Prepared::new).collect::<Result<Vec<_>>>()?;
    let files = [&lab.json, &lab.html].map(|path| path.as_deref().map(crate::create).transpose());
    let [json_file, html_file] = files;
    let (json_file, html_file) = (json_file?, html_file?);
    if has_own {
        process::make_scratch()?;
    }
    let cpus = crate::usable_cpus()?;
    let mut machine = Machine::this(cpus.len())?;
    if privilege == Privilege::UserNamespace {
        machine.notes.push(
            "as an ordinary user: rings of few large slots, which lose what comes fast; run it as root for figures".to_owned(),
        );
    }
    let (outcomes, failure) = all(prepared, &cpus, &stop);
    let text = show::text(&machine, &outcomes);
    if !outcomes.is_empty() {
        // Nobody reads on, perhaps; the files are still worth writing.
        let _ = std::io::stdout().write_all(text.as_bytes());
    }
    if let (Some(file), Some(path)) = (json_file, &lab.json) {
        crate::write(file, &json::json(&machine, &outcomes, failure.is_none())?, path)?;
    }
    if let (Some(file), Some(path)) = (html_file, &lab.html) {
        crate::write(file, &page::page(&machine, &outcomes), path)?;
    }
    failure.map_or(Ok(()), Err)
}

/// Reads all files; what is wrong is said of all of them.
fn read(files: &[PathBuf]) -> Result<Vec<Scenario>> {
    let mut invalid = 0;
    let mut scenarios = Vec::new();
    for file in files {
        match read_one(file) {
            Ok(scenario) => scenarios.push(scenario),
            Err(what) => {
                invalid += 1;
                eprint!("{what}");
            }
        }
    }
    if invalid > 0 { Err(Invalid(invalid).into()) } else { Ok(scenarios) }
}

/// Reads a file, or says what is wrong with it.
fn read_one(file: &Path) -> Result<Scenario, String> {
    let source = Source::load(file).map_err(|error| format!("{error}\n"))?;
    let mut out = Diagnostics::default();
    let scenario = file::read(&source, &mut out);
    scenario.ok_or_else(|| render::diagnostics(&out, false))
}

/// Runs them one after the other, until one fails.
fn all(prepared: Vec<Prepared>, cpus: &[usize], stop: &AtomicBool) -> (Vec<Outcome>, Option<anyhow::Error>) {
    let progress = ProgressBar::new_spinner(); // hidden where there is no terminal
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}") {
        progress.set_style(style);
    }
    progress.enable_steady_tick(Duration::from_millis(500));
    let time: Duration = prepared.iter().map(Prepared::time).sum();
    progress.println(format!("about {} seconds", time.as_secs() + 2 * prepared.len() as u64));
    let mut outcomes = Vec::new();
    let mut failure = None;
    for one in prepared {
        let name = one.scenario.name.clone();
        let done = one.run(cpus, stop, |what| progress.set_message(what));
        match done {
            Ok(outcome) => outcomes.push(outcome),
            Err(_) if stop.load(Relaxed) => failure = Some(Stopped.into()),
            Err(error) => failure = Some(error.context(name)),
        }
        if failure.is_some() {
            break;
        }
    }
    progress.finish_and_clear();
    (outcomes, failure)
}
