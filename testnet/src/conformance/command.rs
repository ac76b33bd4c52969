//! `testnet conformance …`: play, record, check.

use super::kernel::{LeftOut, end_on_signals};
use super::library::{self, Book};
use super::random::{self, News, Plan, invent, invent::Topic};
use super::record::{self, Answers, Outcome, Place};
use super::rehearse::{self, Rehearsal};
use super::script::Scenario;
use super::wire::{self, Io, Way};
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Exit code: something differs.
const DIFFERENT: u8 = 1;
/// Exit code: the kernel could not be asked.
const LEFT_OUT: u8 = 2;
/// Lines of a whole session's differences that are shown.
const WHOLE: usize = 20;
/// After how many sessions the random test says how far it is.
const PROGRESS: usize = 50;

/// What to do with the scenarios.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Play scenarios on ulvs, in this process, and show what differs from the record (no kernel, no root).
    Run(Playing),
    /// Ask the kernel anew and write its answers into the files; show what changed.
    Record(Asking),
    /// Ask the kernel anew and compare with the files; nothing is written. Exit code 1 if something differs.
    Check(Asking),
    /// Rewrite tests/conformance/not-yet.txt: the scenarios that ulvs does not pass.
    NotYet,
    /// Make scenarios up and play them on the kernel and on ulvs; what differs is shrunk, shown, and written to
    /// target/conformance-random/. Exit code 1 if something differs.
    Random(Inventing),
}

/// What is made up.
#[derive(Debug, Args)]
pub struct Inventing {
    /// The first seed; the same seed makes the same session.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long.
    #[arg(long, default_value_t = 2)]
    minutes: u64,
    /// How many sessions at most.
    #[arg(long, default_value_t = u64::MAX)]
    sessions: u64,
    /// Packets and edits of a session.
    #[arg(long, default_value_t = 60)]
    steps: usize,
    /// What sessions may be about, by names with commas; everything unless given.
    #[arg(long, value_delimiter = ',')]
    topics: Option<Vec<Topic>>,
    /// Write sessions on which both agree to tests/conformance/random/, to be played by `cargo test`.
    #[arg(long)]
    keep: bool,
    /// Kernels at once.
    #[arg(short, long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
}

/// Which scenarios, and by which way their frames come.
#[derive(Debug, Args)]
pub struct Playing {
    #[command(flatten)]
    names: Names,
    #[command(flatten)]
    way: Way,
}

/// Which scenarios.
#[derive(Debug, Args)]
pub struct Names {
    /// Parts of full names such as `schedulers/rr:in-turn`; all if there are none.
    names: Vec<String>,
    /// Show the answers, also those that are right.
    #[arg(short, long)]
    verbose: bool,
}

/// Which scenarios, and how the kernel is asked.
#[derive(Debug, Args)]
pub struct Asking {
    /// Parts of full names such as `schedulers/rr:in-turn`; all if there are none.
    names: Vec<String>,
    /// Only scenarios without an answer.
    #[arg(long)]
    new: bool,
    /// Leave out those that wait longer than so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    patience: u32,
    /// Only every so-many-th scenario.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    sample: u16,
    /// Kernels at once.
    #[arg(short, long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
}

/// Runs one of the verbs.
///
/// # Errors
/// A file cannot be read or understood.
pub fn entry(verb: &Verb) -> Result<ExitCode> {
    if !matches!(verb, Verb::Run(_) | Verb::NotYet) {
        end_on_signals()?;
    }
    match verb {
        Verb::Run(playing) => run(playing),
        Verb::Record(asking) => ask(asking, true),
        Verb::Check(asking) => ask(asking, false),
        Verb::NotYet => not_yet(),
        Verb::Random(inventing) => random(inventing),
    }
}

fn say(text: &str) {
    use std::io::Write as _;
    // If nobody reads it any more there is nobody left to tell.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn run(Playing { names: Names { names, verbose }, way }: &Playing) -> Result<ExitCode> {
    let books = library::books(&library::folder())?;
    let played = rehearse::all_by(&books, names, way);
    let mut bad = 0;
    for (book, scenario) in scenarios(&books) {
        let name = book.name_of(scenario);
        let Some(Rehearsal { answers, told }) = played.get(&name) else { continue };
        if !told.is_empty() {
            bad += 1;
            say(&format!("DIFFERS {name} ({}:{})\n{told}", book.path.display(), scenario.line));
        }
        if *verbose {
            say(&format!("== {name}\n"));
            for (step, answer) in scenario.steps().zip(answers) {
                say(&format!("{}\n", step.text));
                answer.iter().for_each(|line| say(&format!("  {line}\n")));
            }
        }
    }
    if way.io != Io::Memory {
        let [by_af_xdp, by_ring, refused] = wire::carried();
        say(&format!("frames by AF_XDP: {by_af_xdp}; by packet rings: {by_ring}; kept out: {refused}\n"));
    }
    say(&format!("{} as recorded, {bad} different\n", played.len() - bad));
    Ok(ExitCode::from(if bad == 0 { 0 } else { DIFFERENT }))
}

fn scenarios(books: &[Book]) -> impl Iterator<Item = (&Book, &Scenario)> {
    books.iter().flat_map(|book| book.file.scenarios.iter().map(move |scenario| (book, scenario)))
}

fn not_yet() -> Result<ExitCode> {
    let mut text = String::from(
        "# Scenarios that ulvs does not pass yet, by full names; `testnet conformance not-yet` writes this file.\n",
    );
    let played = rehearse::all(&library::books(&library::folder())?, &[]);
    let failed = played.iter().filter(|(_, rehearsal)| !rehearsal.told.is_empty());
    let names: Vec<&String> = failed.map(|(name, _)| name).collect();
    text.extend(names.iter().map(|name| format!("{name}\n")));
    std::fs::write(library::not_yet_path(), text)?;
    say(&format!("{} scenarios are not yet as the kernel has them\n", names.len()));
    Ok(ExitCode::SUCCESS)
}

fn ask(asking: &Asking, write: bool) -> Result<ExitCode> {
    let mut books = library::books(&library::folder())?;
    let places = choose(&books, asking);
    let outcomes: Mutex<BTreeMap<Place, Answers>> = Mutex::default();
    let troubles: Mutex<Vec<String>> = Mutex::default();
    let asked = record::ask(&books, &places, usize::from(asking.jobs), |place, outcome| {
        let Some((book, scenario)) = find(&books, place) else { return };
        let name = book.name_of(scenario);
        let trouble = match outcome {
            Outcome::Stable(answers) => {
                outcomes.lock().unwrap_or_else(PoisonError::into_inner).insert(place, answers);
                return;
            }
            Outcome::Unstable(one, other) => {
                format!("UNSTABLE {name}: not twice the same\n{}", record::tell(scenario, &one, &other))
            }
            Outcome::Broken(why) => format!("BROKEN {name}: {why}\n"),
        };
        say(&trouble);
        troubles.lock().unwrap_or_else(PoisonError::into_inner).push(name);
    });
    let version = match asked {
        Ok(version) => version,
        Err(error) if error.is::<LeftOut>() => {
            say(&format!("LEFT OUT: the kernel was not asked: {error:#}\n"));
            return Ok(ExitCode::from(LEFT_OUT));
        }
        Err(error) => return Err(error),
    };
    let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    let troubles = troubles.into_inner().unwrap_or_else(PoisonError::into_inner);
    let changed = compare(&books, &outcomes);
    if write {
        write_down(&mut books, outcomes, &version)?;
    }
    say(&format!(
        "{} scenarios asked of {version}: {changed} {}, {} in trouble{}\n",
        places.len(),
        if write { "changed" } else { "different" },
        troubles.len(),
        troubles.iter().map(|name| format!("\n  {name}")).collect::<String>(),
    ));
    let bad = !troubles.is_empty() || !write && changed > 0;
    Ok(ExitCode::from(if bad { DIFFERENT } else { 0 }))
}

fn random(inventing: &Inventing) -> Result<ExitCode> {
    let everything = || invent::TOPICS.iter().map(|(_, topic)| *topic).collect();
    let plan = Plan {
        seed: inventing.seed,
        limit: Duration::from_secs(inventing.minutes * 60),
        sessions: inventing.sessions,
        steps: inventing.steps,
        topics: inventing.topics.as_ref().map_or_else(everything, |topics| topics.iter().copied().collect()),
        kernels: usize::from(inventing.jobs),
    };
    let kept = inventing.keep.then(|| library::folder().join("random"));
    let begun = Instant::now();
    let counts = Mutex::new([0_usize; 3]);
    // Who lets it run for hours sees how far it is.
    let count = |which: usize| {
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(which) {
            *count += 1;
        }
        if counts.iter().sum::<usize>() % PROGRESS == 0 {
            say(&format!("{} in {} min\n", summary(*counts), begun.elapsed().as_secs() / 60));
        }
    };
    let explored = random::explore(&plan, |news| match news {
        News::Agree(seed, scenario, version) => {
            count(0);
            if let Some(folder) = &kept {
                write_session(folder, &format!("seed-{seed}"), *scenario, &version);
            }
        }
        News::Differ(finding) => {
            count(1);
            let whole: String = finding.whole.lines().take(WHOLE).map(|line| format!("{line}\n")).collect();
            say(&format!("DIFFERS seed {} (- the kernel, + ulvs):\n{whole}", finding.seed));
            say(&format!("What is left of it:\n{}", finding.told));
            let folder = library::root().join("target/conformance-random");
            write_session(&folder, &format!("seed-{}", finding.seed), finding.scenario, &finding.version);
            write_session(
                &folder,
                &format!("seed-{}-whole", finding.seed),
                finding.session,
                &finding.version,
            );
        }
        News::Unstable(seed, why) => {
            count(2);
            say(&format!("UNSTABLE seed {seed}: {why}\n"));
        }
    });
    match explored {
        Err(error) if error.is::<LeftOut>() => {
            say(&format!("LEFT OUT: the kernel was not asked: {error:#}\n"));
            return Ok(ExitCode::from(LEFT_OUT));
        }
        explored => explored?,
    }
    let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    say(&format!("{}\n", summary(counts)));
    Ok(ExitCode::from(if counts[1] == 0 { 0 } else { DIFFERENT }))
}

fn summary([same, different, unstable]: [usize; 3]) -> String {
    format!("{} sessions: {different} differ, {unstable} unstable", same + different + unstable)
}

/// Writes a session to a file of its own, and shows it.
fn write_session(folder: &Path, name: &str, scenario: Scenario, version: &str) {
    let path = folder.join(format!("{name}.t"));
    let text = random::file_of(scenario, version).render();
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, &text));
    match written {
        Ok(()) => say(&format!("written: {}\n", path.display())),
        Err(error) => say(&format!("{}: {error}\n{text}", path.display())),
    }
}

fn find(books: &[Book], place: Place) -> Option<(&Book, &Scenario)> {
    let book = books.get(place.0)?;
    Some((book, book.file.scenarios.get(place.1)?))
}

fn choose(books: &[Book], asking: &Asking) -> Vec<Place> {
    let mut places = Vec::new();
    for (number, book) in books.iter().enumerate() {
        for (at, scenario) in book.file.scenarios.iter().enumerate() {
            let answered = scenario.steps().any(|step| !step.kernel.is_empty());
            if library::is_wanted(&book.name_of(scenario), &asking.names)
                && !(asking.new && answered)
                && scenario.waits() <= asking.patience
            {
                places.push((number, at));
            }
        }
    }
    places.into_iter().step_by(usize::from(asking.sample)).collect()
}

/// Tells what the kernel says now and the files do not; how many scenarios that are.
fn compare(books: &[Book], outcomes: &BTreeMap<Place, Answers>) -> usize {
    let mut changed = 0;
    for (place, answers) in outcomes {
        let Some((book, scenario)) = find(books, *place) else { continue };
        let wanted: Answers = scenario.steps().map(|step| step.kernel.clone()).collect();
        if !record::all_same(scenario, &wanted, answers) {
            changed += 1;
            if wanted.iter().all(Vec::is_empty) {
                say(&format!("new: {}\n", book.name_of(scenario)));
                continue;
            }
            let told = record::tell(scenario, &wanted, answers);
            say(&format!("{} ({}:{})\n{told}", book.name_of(scenario), book.path.display(), scenario.line));
        }
    }
    changed
}

fn write_down(books: &mut [Book], outcomes: BTreeMap<Place, Answers>, version: &str) -> Result<()> {
    for ((number, at), answers) in outcomes {
        let Some(book) = books.get_mut(number) else { continue };
        book.file.recorded = version.to_owned();
        if let Some(scenario) = book.file.scenarios.get_mut(at) {
            record::write_down(scenario, answers);
        }
    }
    for book in books {
        let text = book.file.render();
        if text != book.text && !book.file.recorded.is_empty() {
            std::fs::write(&book.path, text).with_context(|| book.path.display().to_string())?;
        }
    }
    Ok(())
}
