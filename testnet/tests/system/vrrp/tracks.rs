//! What priorities depend on: interfaces, scripts, files, processes; and a script that hangs.

use super::PATIENCE;
use super::end::Program::{self, Ulvs};
use super::kind::{Kind, PLAIN};
use super::story::Story;
use crate::programs::Daemon;
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// A process of this name is looked for.
const PROCESS: &str = "ulvs-tracked";

const KINDS: [Kind; 6] = [
    Kind { name: "LINK", vrid: 91, lines: "track_interface {\neth1 weight -60\n}\n", ..PLAIN },
    Kind { name: "SCRIPT", vrid: 92, lines: "track_script {\nWEIGHT\n}\n", ..PLAIN },
    Kind { name: "NEEDS", vrid: 93, lines: "track_script {\nFAULT\n}\n", ..PLAIN },
    Kind { name: "FILE", vrid: 94, lines: "track_file {\nNUMBER\n}\n", ..PLAIN },
    Kind { name: "HANGS", vrid: 95, lines: "track_script {\nHANG\n}\n", ..PLAIN },
    Kind { name: "PROCESS", vrid: 96, lines: "track_process {\nPROCESS\n}\n", ..PLAIN },
];

/// What the first one is while all is wrong, and of which priority; keepalived and we say the same.
const WRONG: [(&str, &str, u64); 6] = [
    ("LINK", "backup", 90),
    ("SCRIPT", "backup", 90),
    ("NEEDS", "fault", 150),
    ("FILE", "backup", 90),
    ("HANGS", "master", 150),
    ("PROCESS", "fault", 150),
];

fn watched(place: &Path) -> String {
    let place = place.display();
    format!(
        "vrrp_script WEIGHT {{\nscript \"/usr/bin/test -e {place}/weight\"\ninterval 1\nweight -60\n}}\n\
         vrrp_script FAULT {{\nscript \"/usr/bin/test -e {place}/fault\"\ninterval 1\n}}\n\
         vrrp_script HANG {{\nscript \"{place}/hang\"\ninterval 1\ntimeout 1\nfall 100\n}}\n\
         vrrp_track_file NUMBER {{\nfile {place}/number\nweight 1\n}}\n\
         vrrp_track_process PROCESS {{\nprocess {PROCESS}\nweight 0\n}}\n"
    )
}

/// `program`: whose tracks they are. keepalived hears of processes in the first network namespace alone.
pub fn run(program: Program) -> Result<String> {
    let count = if program == Ulvs { 6 } else { 5 };
    let kinds = &KINDS[..count];
    let mut tracked = None;
    let mut story = Story::begin_with([program, Ulvs], kinds, |duo| {
        let place = duo.directory.path();
        for (name, text) in [("weight", ""), ("fault", ""), ("number", "0\n"), ("awake", "")] {
            std::fs::write(place.join(name), text)?;
        }
        let hang = place.join("hang");
        let script = format!("#!/bin/sh\ntest -e {}/awake || exec sleep 1000\n", place.display());
        std::fs::write(&hang, script)?;
        std::fs::set_permissions(&hang, std::fs::Permissions::from_mode(0o755))?;
        std::fs::copy("/usr/bin/sleep", place.join(PROCESS))?;
        tracked = Some(begin(duo.host(0)?, place)?);
        let mut watched = watched(place);
        if program != Ulvs {
            watched.truncate(watched.find("vrrp_track_process").unwrap_or_default());
        }
        duo.configure(|at, text| if at == 0 { watched.clone() + &text } else { without_tracks(&text) })
    })?;
    let place = story.duo.directory.path().to_owned();
    let risen = |story: &Story| -> Result<BTreeMap<String, u64>> {
        let status = story.duo.ends[1].status(story.duo.host(1)?)?;
        let rises = |router: &serde_json::Value| router["counters"]["become_master"].as_u64().unwrap_or(0);
        Ok(status.iter().map(|(name, router)| (name.clone(), rises(router))).collect())
    };
    let before = risen(&story)?;

    story.chapter();
    story.duo.until_heard(0, story.mark, 1)?;
    story.duo.set_other(0, "down")?;
    std::fs::remove_file(place.join("weight"))?;
    std::fs::remove_file(place.join("fault"))?;
    std::fs::remove_file(place.join("awake"))?;
    std::fs::write(place.join("number"), "-60\n")?;
    drop(tracked.take());
    let wrong = || WRONG.iter().take(count);
    story.duo.until("what it needs is gone", || {
        let first = story.duo.ends[0].roles(story.duo.host(0)?)?;
        let second = story.duo.ends[1].roles(story.duo.host(1)?)?;
        Ok(wrong().all(|(name, role, _)| {
            let other = if *role == "master" { "backup" } else { "master" };
            first.get(*name).is_some_and(|is| is == role) && second.get(*name).is_some_and(|is| is == other)
        }))
    })?;
    let mut told = Vec::new();
    if program == Ulvs {
        let status = story.duo.ends[0].status(story.duo.host(0)?)?;
        for (name, _, priority) in wrong() {
            let router = &status[*name];
            ensure!(router["priority"].as_u64() == Some(*priority), "{name}: {router}");
            told.push(format!("{name} {} {}", router["priority"], router["reasons"]));
        }
    }

    story.duo.set_other(0, "up")?;
    std::fs::write(place.join("weight"), "")?;
    std::fs::write(place.join("fault"), "")?;
    std::fs::write(place.join("number"), "0\n")?;
    let tracked = begin(story.duo.host(0)?, &place)?;
    story.duo.until_role(0, "master")?;
    story.is_settled(0)?;
    let hangs = |kind: &Kind| kind.name == "HANGS";
    story.masters_were(&[0, 1, 0], |kind| !hangs(kind))?;
    story.masters_were(&[0], hangs)?;
    // What the second one was, it was once.
    let after = risen(&story)?;
    for (name, role, _) in wrong() {
        let rises = after.get(*name).context("a name")? - before.get(*name).context("a name")?;
        ensure!(rises == u64::from(*role != "master"), "{name}: {rises} times master");
    }
    drop(tracked);
    Ok(told.join("\n"))
}

fn begin(host: &testnet::host::Host, place: &Path) -> Result<Daemon> {
    let mut command = Command::new(place.join(PROCESS));
    command.arg((PATIENCE.as_secs() * 10).to_string());
    Ok(Daemon(host.spawn(command)?))
}

/// The same virtual routers, which look at nothing.
fn without_tracks(text: &str) -> String {
    let mut text = text.to_owned();
    for kind in &KINDS {
        text = text.replace(kind.lines, "");
    }
    text
}
