//! What scripts and pipes are told: by keepalived and by us, of the same file, in the same events.

use super::duo::Duo;
use super::end::Program::{self, Keepalived, Ulvs};
use super::forge::Wire;
use super::kind::{Kind, PLAIN};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

const NOTIFY: &str = "notify_master \"DIR/tell own master NAME\"\nnotify_backup \"DIR/tell own backup NAME\"\n\
                      notify_fault \"DIR/tell own fault NAME\"\nnotify_stop \"DIR/tell own stop NAME\"\n\
                      notify \"DIR/tell any\"\n";
const KINDS: [Kind; 3] = [
    Kind {
        name: "LONE",
        vrid: 41,
        lines: "track_interface {\neth1\n}\ntrack_script {\nWEIGHT\n}\n\
                notify_master_rx_lower_pri \"DIR/tell own lower NAME\"\nNOTIFY",
        ..PLAIN
    },
    Kind { name: "ONE", vrid: 42, is_grouped: true, lines: "track_interface {\neth1\n}\nNOTIFY", ..PLAIN },
    Kind { name: "OTHER", vrid: 43, is_grouped: true, lines: "NOTIFY", ..PLAIN },
];

pub fn run() -> Result<String> {
    let (theirs, ours) = (hear(Keepalived)?, hear(Ulvs)?);
    let names = ["LONE", "ONE", "OTHER", "ALL"];
    let mut told = Vec::new();
    for name in names {
        let (theirs, ours) = (theirs.of(name), ours.of(name));
        ensure!(theirs == ours, "{name}:\nkeepalived {theirs:#?}\nulvs {ours:#?}");
        ensure!(!ours.pipe.is_empty() && !ours.scripts.is_empty(), "{name} tells nothing: {ours:?}");
        told.push(format!("{name}: {} lines of the pipe, {} scripts", ours.pipe.len(), ours.scripts.len()));
    }
    Ok(format!("as keepalived: {}", told.join("; ")))
}

/// What was told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// In its order.
    pipe: Vec<String>,
    /// How often each line was: scripts run side by side.
    scripts: BTreeMap<String, usize>,
}

impl Told {
    fn of(&self, name: &str) -> Self {
        let is_own = |line: &str| line.split(' ').any(|word| word.trim_matches('"') == name);
        Self {
            pipe: self.pipe.iter().filter(|line| is_own(line)).cloned().collect(),
            scripts: self
                .scripts
                .iter()
                .filter(|(line, _)| is_own(line))
                .map(|(l, n)| (l.clone(), *n))
                .collect(),
        }
    }
}

/// One director by itself goes through all that can be told.
fn hear(program: Program) -> Result<Told> {
    let mut duo = Duo::new([program, Ulvs], &KINDS)?;
    let place = duo.directory.path().to_owned();
    prepare(&duo, &place)?;
    let pipe = listen(&place.join("pipe"))?;
    let heard = || pipe.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let until = |duo: &Duo, line: &str, times: usize| {
        duo.until(&format!("{program:?} tells {line} {times} times"), || {
            Ok(heard().iter().filter(|own| *own == line).count() >= times)
        })
    };
    duo.start(0)?;
    let lone = |state: &str, priority: u8| format!("INSTANCE \"LONE\" {state} {priority}");
    until(&duo, &lone("MASTER", 150), 1)?;
    until(&duo, "GROUP \"ALL\" MASTER 0", 1)?;
    // Somebody of lower priority.
    Wire::open(&duo)?.put(&super::forge::advert_v3(
        KINDS[0].vrid,
        50,
        &[KINDS[0].vip()],
        KINDS[0].interval,
    ))?;
    until(&duo, &lone("MASTER_RX_LOWER_PRI", 150), 1)?;
    std::fs::remove_file(place.join("weight"))?;
    until(&duo, &lone("MASTER_PRIORITY", 90), 1)?;
    std::fs::write(place.join("weight"), "")?;
    until(&duo, &lone("MASTER_PRIORITY", 150), 1)?;
    duo.set_other(0, "down")?;
    until(&duo, &lone("FAULT", 150), 1)?;
    until(&duo, "GROUP \"ALL\" FAULT 0", 1)?;
    duo.set_other(0, "up")?;
    until(&duo, &lone("MASTER", 150), 2)?;
    until(&duo, "GROUP \"ALL\" MASTER 0", 2)?;
    duo.ends[0].stop()?;
    until(&duo, &lone("STOP", 150), 1)?;
    until(&duo, "GROUP \"ALL\" STOP 0", 1)?;
    let scripts = || -> Result<BTreeMap<String, usize>> {
        let mut lines = BTreeMap::new();
        for line in std::fs::read_to_string(place.join("told"))?.lines() {
            *lines.entry(line.to_owned()).or_default() += 1;
        }
        Ok(lines)
    };
    let last = ["LONE", "ONE", "OTHER", "ALL"].map(|name| format!("own stop {name}"));
    duo.until("the last scripts", || {
        let scripts = scripts()?;
        Ok(last.iter().all(|line| scripts.contains_key(line)))
    })?;
    Ok(Told { pipe: heard(), scripts: scripts()? })
}

fn prepare(duo: &Duo, place: &Path) -> Result<()> {
    let tell = place.join("tell");
    std::fs::write(&tell, format!("#!/bin/sh\necho \"$@\" >> {}/told\n", place.display()))?;
    std::fs::set_permissions(&tell, std::fs::Permissions::from_mode(0o755))?;
    std::fs::write(place.join("weight"), "")?;
    let dir = place.display().to_string();
    duo.configure(|_, text| {
        let mut text = text.replace("NOTIFY", NOTIFY).replace(
            "script_user root\n",
            "script_user root\nvrrp_notify_fifo DIR/pipe\nvrrp_notify_priority_changes true\n",
        );
        text = text.replace("vrrp_sync_group ALL {\n", &format!("vrrp_sync_group ALL {{\n{NOTIFY}"));
        let script =
            "vrrp_script WEIGHT {\nscript \"/usr/bin/test -e DIR/weight\"\ninterval 1\nweight -60\n}\n";
        // Each block's scripts have its name.
        let (mut named, mut current) = (String::new(), String::new());
        for block in text.split_inclusive("\n}\n") {
            let name = block
                .lines()
                .find_map(|line| {
                    line.strip_prefix("vrrp_instance ").or(line.strip_prefix("vrrp_sync_group "))
                })
                .and_then(|rest| rest.split(' ').next())
                .map(str::to_owned);
            if let Some(name) = name {
                current = name;
            }
            named += &block.replace("NAME", &current);
        }
        (script.to_owned() + &named).replace("DIR", &dir)
    })
}

/// The lines that come by a pipe.
fn listen(path: &Path) -> Result<Arc<Mutex<Vec<String>>>> {
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o666),
        0,
    )?;
    // For both ends, so that it neither waits for a writer nor ends with one.
    let pipe: File = OpenOptions::new().read(true).write(true).open(path).context("the pipe")?;
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let theirs = Arc::clone(&lines);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            theirs.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
    Ok(lines)
}
