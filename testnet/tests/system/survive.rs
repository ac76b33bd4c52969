//! The director killed and started again, with its connection table in a file: who has a connection notices nothing.

use crate::crash::roll;
use crate::load::{Drips, Echo, Witness};
use crate::rig::{Rig, Setup, service_lines};
use crate::{Case, case, is_long};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::fs::OpenOptions;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat, Tunnel};

const DRIP_PORT: u16 = 7000;
const FLOWS: usize = 200;
/// How long a step may take before the test gives up; nothing is measured.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [(DirectRoute, Family::V4, 2), (Nat, Family::V4, 2), (Tunnel, Family::V6, 1)]
        .map(|(method, family, workers)| {
            let setup = Setup { workers, ..Setup::new(method, family) };
            case(format!("survive_{}", setup.name()), &[], move || kills(&setup))
        })
        .into();
    cases.push(case("survive_persistent", &[], persistent));
    cases.push(case("survive_damage", &[], damage));
    cases
}

/// A rig whose director keeps its table in a file on tmpfs, with echo servers; and what the file's folder is.
struct Kept {
    rig: Rig,
    _echoes: Vec<Echo>,
    folder: tempfile::TempDir,
}

impl Kept {
    fn start(setup: &Setup, service_options: &str) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("ulvs-survive-").tempdir_in("/dev/shm")?;
        let table = folder.path().join("table").display().to_string();
        let mut lines = service_lines(&setup.plan(), "-t", DRIP_PORT, DRIP_PORT, usize::from(setup.servers));
        if let Some(service) = lines.first_mut() {
            service.push_str(service_options);
        }
        let options = vec!["--table".to_owned(), table];
        let rig = Rig::start(Setup { rules: Some(lines.join("\n") + "\n"), options, ..setup.clone() })?;
        let any = if setup.family == Family::V4 { IpAddr::from([0; 4]) } else { IpAddr::from([0; 16]) };
        let any = SocketAddr::new(any, DRIP_PORT);
        let echo = |name: &str| Echo::start(rig.lab.host(name)?, any);
        let echoes = rig.plan.servers.iter().map(|server| echo(&server.name)).collect::<Result<Vec<_>>>()?;
        Ok(Self { rig, _echoes: echoes, folder })
    }

    fn target(&self) -> SocketAddr {
        SocketAddr::new(self.rig.plan.service.ip(), DRIP_PORT)
    }

    fn table(&self) -> std::path::PathBuf {
        self.folder.path().join("table")
    }

    fn kill(&mut self) -> Result<()> {
        self.rig.director.signal(Signal::KILL)?;
        self.rig.director.wait(PATIENCE)?;
        Ok(())
    }

    fn restart(&mut self) -> Result<()> {
        self.rig.restart()?;
        self.rig.wait_ready()
    }

    /// Active and inactive connections, or, with `-L --persistent-conn`, persistent ones in their place, of all real servers.
    fn counts(&self, options: &str) -> Result<Vec<(u64, u64)>> {
        let text = self.rig.ipvsadm(options)?;
        let rows =
            text.lines().filter(|line| line.trim_start().starts_with("->") && !line.contains("Remote"));
        rows.map(|row| {
            let words: Vec<_> = row.split_whitespace().rev().take(2).collect();
            let number = |at: usize| words.get(at).and_then(|word| word.parse().ok());
            number(1).zip(number(0)).with_context(|| format!("a row of numbers: {row}"))
        })
        .collect()
    }

    /// What `ipvsadm -Lcn` has in a state.
    fn listed(&self, state: &str) -> Result<usize> {
        Ok(self.rig.ipvsadm("-Lcn")?.lines().filter(|line| line.contains(state)).count())
    }

    /// The last line of the log that tells of a table that was found.
    fn told(&self) -> Result<String> {
        let log = self.rig.director.log();
        let line = log.lines().rfind(|line| line.contains("a table of connections was found"));
        Ok(line.context("the log tells of no table")?.to_owned())
    }
}

fn kills(setup: &Setup) -> Result<String> {
    let kills = if is_long() { 200 } else { 10 };
    let mut kept = Kept::start(setup, "")?;
    let witness = Witness::start(kept.rig.client()?, "eth0", kept.target().ip())?;
    let drips = Drips::start(kept.rig.client()?, kept.target(), FLOWS)?;
    drips.wait_for_progress(PATIENCE)?;
    let whole = vec![(FLOWS as u64 / 2, 0); 2];
    ensure!(kept.counts("-Ln")? == whole, "before: {:?}", kept.counts("-Ln")?);
    let mut dice = 7_u64;
    for number in 1..=kills {
        std::thread::sleep(Duration::from_millis(roll(&mut dice, 200)));
        kept.kill()?;
        std::thread::sleep(Duration::from_millis(roll(&mut dice, 100)));
        if number % 3 == 0 {
            // One that dies while it starts, perhaps while it adopts.
            kept.rig.restart()?;
            std::thread::sleep(Duration::from_millis(roll(&mut dice, 60)));
            kept.kill()?;
        }
        kept.restart()?;
        drips.wait_for_progress(PATIENCE).with_context(|| format!("after kill {number}"))?;
        let told = kept.told()?;
        let all = format!("{FLOWS} of {FLOWS} connections go on");
        ensure!(told.ends_with(&all) || told.contains(&format!("{all}; ")), "after kill {number}: {told}");
        ensure!(kept.counts("-Ln")? == whole, "after kill {number}: {:?}", kept.counts("-Ln")?);
        ensure!(kept.listed("ESTABLISHED")? == FLOWS, "after kill {number}: {}", kept.rig.ipvsadm("-Lcn")?);
        let resets = witness.resets();
        ensure!(resets.is_empty(), "after kill {number}: {} resets: {resets:?}", resets.len());
    }
    let errors = drips.errors();
    ensure!(errors.is_empty(), "flows were told that they ended: {errors:?}");
    drop(drips);
    let (seen, resets) = (witness.seen(), witness.resets());
    kept.rig.stop()?;
    ensure!(kept.table().exists(), "a clean stop takes the table away");
    ensure!(!kept.folder.path().join("table.new").exists(), "a half-made table is left");
    Ok(format!(
        "{kills} × SIGKILL ({} more during start): {FLOWS} of {FLOWS} flows went on each time, {:?} active per real server; \
         {} RST among {seen} TCP frames from the VIP",
        kills / 3,
        FLOWS / 2,
        resets.len(),
    ))
}

/// Templates, their children and persistence counts.
fn persistent() -> Result<String> {
    let setup = Setup::new(Nat, Family::V4);
    let mut kept = Kept::start(&setup, " -p 300")?;
    let drips = Drips::start(kept.rig.client()?, kept.target(), 20)?;
    drips.wait_for_progress(PATIENCE)?;
    let sums = |kept: &Kept| -> Result<_> {
        let sum = |rows: Vec<(u64, u64)>| rows.iter().fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        let persistent = kept.rig.ipvsadm("-Ln --persistent-conn")?;
        Ok((sum(kept.counts("-Ln")?), persistent, kept.listed("ASSURED")?))
    };
    let before = sums(&kept)?;
    ensure!(before.0 == (20, 0) && before.2 == 1, "{before:?}");
    for _ in 0..3 {
        kept.kill()?;
        kept.restart()?;
        drips.wait_for_progress(PATIENCE)?;
        let told = kept.told()?;
        ensure!(told.ends_with("21 of 21 connections go on"), "{told}");
        ensure!(sums(&kept)? == before, "{:?}, before it was {before:?}", sums(&kept)?);
    }
    // The client is known: one more connection goes where the others are.
    let more = Drips::start(kept.rig.client()?, kept.target(), 5)?;
    more.wait_for_progress(PATIENCE)?;
    let rows = kept.counts("-Ln")?;
    ensure!(rows.contains(&(25, 0)) && rows.contains(&(0, 0)), "{rows:?}");
    ensure!(drips.errors().is_empty() && more.errors().is_empty());
    drop((drips, more));
    kept.rig.stop()?;
    Ok("20 children and their template over 3 × SIGKILL, 5 more where the others are".to_owned())
}

/// What is done to a file between two directors, and what the next one says.
type Harm = (&'static str, fn(&Path) -> Result<()>, &'static str);

fn damage() -> Result<String> {
    let setup = Setup::new(DirectRoute, Family::V4);
    let mut kept = Kept::start(&setup, "")?;
    let harms: [Harm; 5] = [
        ("cut", |path| Ok(OpenOptions::new().write(true).open(path)?.set_len(5_000_000)?), "and should have"),
        ("emptied", |path| Ok(OpenOptions::new().write(true).open(path)?.set_len(0)?), ""),
        (
            "longer",
            |path| Ok(OpenOptions::new().write(true).open(path)?.set_len(1 << 40)?),
            "and should have",
        ),
        ("random", |path| Ok(std::fs::write(path, noise(1 << 20))?), "no table's header"),
        (
            "no header",
            |path| Ok(OpenOptions::new().write(true).open(path)?.write_all_at(&[9; 64], 8)?),
            "no table's header",
        ),
    ];
    let mut told = Vec::new();
    for (what, harm, says) in harms {
        let drips = Drips::start(kept.rig.client()?, kept.target(), 10)?;
        drips.wait_for_progress(PATIENCE)?;
        kept.kill()?;
        harm(&kept.table()).context(what)?;
        let before = kept.rig.director.log().len();
        kept.restart().context(what)?;
        let log = kept.rig.director.log().split_off(before);
        let line = log.lines().find(|line| line.contains("the table begins empty"));
        ensure!(
            line.is_some_and(|line| line.contains(says)) || line.is_none() && says.is_empty(),
            "{what}: {log}"
        );
        ensure!(kept.listed("ESTABLISHED")? == 0, "{what}: {}", kept.rig.ipvsadm("-Lcn")?);
        drop(drips);
        let after = Drips::start(kept.rig.client()?, kept.target(), 10)?;
        after.wait_for_progress(PATIENCE).context(what)?;
        // Entries that make no sense, in a table that does: those alone are left out.
        told.push(what);
    }
    kept.kill()?;
    let file = OpenOptions::new().read(true).write(true).open(kept.table())?;
    let len = file.metadata()?.len();
    // The last places: nobody used them.
    file.write_all_at(&noise(64 * 1024), len - 64 * 1024)?;
    kept.restart()?;
    let line = kept.told()?;
    ensure!(line.contains("unsound") && line.contains("torn"), "{line}");
    kept.rig.ensure_no_panic()?;
    kept.rig.stop()?;
    Ok(format!("a table {}: each began empty, and served", told.join(", ")))
}

/// So many bytes without sense.
fn noise(len: usize) -> Vec<u8> {
    let mut dice = 99_u64;
    std::iter::repeat_with(|| u8::try_from(roll(&mut dice, 256)).unwrap_or(0)).take(len).collect()
}
