//! Files that people published, there and back: a director runs with each, and what `ulvs convert` makes of the file, in our
//! language and in its own, and of the running table, in our language and as rules, differs in nothing from what runs, but for
//! what `convert` says that it cannot say.
//!
//! The files are no part of this project (`docs/dialects/corpus.md`): our own of the same languages are taken, too.

use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::Nat;

/// The languages of other programs; the last: how many of our own files each has at least that can be run.
const LANGUAGES: [(&str, usize); 4] =
    [("keepalived", 5), ("ldirectord", 2), ("piranha", 3), ("configure-lvs", 3)];

pub fn cases() -> Vec<Case> {
    let case = |(language, least)| {
        case(format!("corpus_roundtrip_{language}"), &["ip"], move || roundtrip(language, least))
    };
    LANGUAGES.map(case).into()
}

fn roundtrip(language: &str, least: usize) -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the repository")?;
    let own = files(&root.join("tests/dialects").join(language));
    let published = files(&root.join("../shared/corpus").join(language));
    let mut report = String::new();
    if published.is_empty() {
        writeln!(report, "LEFT OUT: there is no ../shared/corpus here")?;
    }
    let mut rig = Rig::start(Setup { workers: 1, ..Setup::new(Nat, Family::V4) })?;
    let (mut ran, mut own_ran) = (0, 0);
    for (path, is_own) in
        own.iter().map(|path| (path, true)).chain(published.iter().map(|path| (path, false)))
    {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match there_and_back(&rig, language, path).with_context(|| name.clone())? {
            None => writeln!(report, "{name}: refused")?,
            Some(told) => {
                ran += 1;
                own_ran += usize::from(is_own);
                writeln!(report, "{name}: {told}")?;
            }
        }
    }
    ensure!(own_ran >= least, "only {own_ran} of our own files could be run:\n{report}");
    // The checks of the last file shall not go on while the director ends.
    apply(&rig, &rig.directory.path().join("nothing"), "# nothing\n")?;
    rig.stop()?;
    writeln!(report, "{ran} files there and back")?;
    Ok(report)
}

/// The files of a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "conf" || kind == "cf"));
    paths.sort();
    paths
}

fn apply(rig: &Rig, path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)?;
    let (status, _, said) = rig.ulvs(&["apply", "--format", "rules", &path.display().to_string()])?;
    ensure!(status == 0, "apply: {said}");
    Ok(())
}

/// Runs one file and converts it in every way; what there is to tell. `None`: it is refused as it is.
fn there_and_back(rig: &Rig, language: &str, path: &Path) -> Result<Option<String>> {
    let mut original = path.display().to_string();
    if language == "configure-lvs" {
        let own = rig.directory.path().join("named.conf");
        std::fs::write(&own, without_names(&std::fs::read_to_string(path)?))?;
        original = own.display().to_string();
    }
    let (status, _, said) = rig.ulvs(&["check", "--format", language, &original])?;
    if status == 2 {
        return Ok(None);
    }
    ensure!(status == 0, "check: {status}: {said}");
    let (status, _, said) = rig.ulvs(&["apply", "--format", language, &original])?;
    ensure!(status == 0, "apply: {status}: {said}");
    same(rig, language, &original, &[])?;
    let mut told = Vec::new();
    for to in ["ulvs", language] {
        // The file: its checks, too.
        let (written, unsaid) = converted(rig, to, &["--format", language, &original])?;
        same(rig, to, &written, &unsaid)?;
        told.extend(unsaid.iter().map(|line| format!("{to} cannot say {line}")));
    }
    for to in ["ulvs", "rules"] {
        // The table, which knows of no checks and no partners; checks go on meanwhile, and take real servers in and out: until it rests.
        let begun = Instant::now();
        loop {
            let (written, unsaid) = converted(rig, to, &[])?;
            let (status, changes, said) = rig.ulvs(&["diff", "--format", to, &written])?;
            ensure!(status <= 1, "diff: {status}: {said}");
            let others = changes.lines().filter(|line| !is_watch(line)).count();
            if others <= unsaid.len() {
                break;
            }
            let text = std::fs::read_to_string(&written)?;
            ensure!(
                begun.elapsed() < PATIENCE,
                "the table as {to} differs:\n{changes}unsaid: {unsaid:?}\n{text}"
            );
            std::thread::sleep(Duration::from_millis(300));
        }
    }
    Ok(Some(if told.is_empty() { "the same, four times".to_owned() } else { told.join("; ") }))
}

/// How long a table may change before it is as its checks find the lab: nobody answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Is this a change of what is checked, or of who stands by, and not of the table?
fn is_watch(change: &str) -> bool {
    let others = [
        "watch ",
        "virtual router ",
        "group of virtual routers ",
        "what virtual routers look at: ",
        "pipes of virtual routers ",
        "stand by: ",
        "synchronise connections ",
    ];
    others.iter().any(|other| change.starts_with(other))
}

/// What `ulvs convert --to TO` makes, as a file that is taken, and what it cannot say.
fn converted(rig: &Rig, to: &str, source: &[&str]) -> Result<(String, Vec<String>)> {
    let (status, text, said) = rig.ulvs(&[&["convert", "--to", to], source].concat())?;
    let prefix = format!("{to} cannot say: ");
    let unsaid: Vec<String> =
        said.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect();
    ensure!(status == if unsaid.is_empty() { 0 } else { 5 }, "convert: {status}: {said}");
    let written = rig.directory.path().join(if to == "ulvs" { "written.toml" } else { "written" });
    std::fs::write(&written, text)?;
    let written = written.display().to_string();
    let (status, _, said) = rig.ulvs(&["check", "--format", to, &written])?;
    ensure!(status == 0, "what was written is refused: {said}");
    Ok((written, unsaid))
}

/// A file differs in nothing from what runs, or only in what it could not say.
fn same(rig: &Rig, language: &str, path: &str, unsaid: &[String]) -> Result<()> {
    let (status, changes, said) = rig.ulvs(&["diff", "--format", language, path])?;
    match status {
        0 => Ok(()),
        // There is no more of it than was listed.
        1 if changes.lines().count() <= unsaid.len() => Ok(()),
        _ => bail!(
            "diff of {path}: {status}\n{changes}{said}\nunsaid: {unsaid:?}\n{}",
            std::fs::read_to_string(path)?
        ),
    }
}

/// Addresses in place of the names that files of configure-lvs use: this host does not know them.
fn without_names(text: &str) -> String {
    let known = |word: &str| {
        let address = match word {
            "lvs" | "director" => "192.0.2.10",
            "rs1" | "rs1.example" | "real-server1" | "realserver1" => "10.1.1.8",
            "rs2" | "real-server2" | "realserver2" => "10.1.1.9",
            "real-server3" => "10.1.1.7",
            "telnet" => "23",
            "domain" => "53",
            "http" => "80",
            "nfs" => "2049",
            other => other,
        };
        address.to_owned()
    };
    let line = |line: &str| {
        let parts = line.split_inclusive([' ', '\t', '=', ':', ',']);
        let words = parts.map(|part| {
            let bare = part.trim_end_matches([' ', '\t', '=', ':', ',']);
            known(bare) + part.get(bare.len()..).unwrap_or("")
        });
        words.collect::<String>() + "\n"
    };
    text.lines().map(line).collect()
}
