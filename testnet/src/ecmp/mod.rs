//! `cargo lab ecmp`: three directors at work at once behind a router, which learns of them by BGP. One is killed, comes back,
//! another is taken out of service and put back, a third is ended, while the client goes on.

pub mod cluster;
pub mod site;

use crate::capture::Crossing;
use crate::failover::load::{KEPT, LENGTH, Load};
use crate::failover::pair::now;
use crate::lesson::judge;
use crate::narrate::Ink;
use crate::packet::Packet;
use crate::program;
use crate::promise::Promise;
use crate::state::State;
use anyhow::{Result, bail};
use cluster::Cluster;
use rustix::process::Signal;
use site::{DIRECTORS, VIP};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// How long each state is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// What the router may take, from a change on a director's host until its kernel sends packets elsewhere, and what a busy machine
/// adds.
const CONVERGENCE: Duration = Duration::from_millis(1500);
/// A new connection that began so long before a director died may have needed it.
const ROUND: Duration = Duration::from_millis(500);

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Ecmp {
    /// How headlines are marked.
    pub ink: Ink,
    /// Where what is told goes.
    pub say: fn(&str),
}

/// A time during which these directors are to forward, and no other.
struct Phase {
    name: &'static str,
    /// The change before it, the router's knowledge of it, and the next change.
    changed: Duration,
    known: Duration,
    until: Duration,
    directors: &'static [usize],
}

impl Ecmp {
    /// Runs it; whether all promises were kept.
    ///
    /// # Errors
    /// Something could not be built or started, or a state was not reached.
    pub fn run(&self, state: &State) -> Result<bool> {
        if program::find("bird").is_none() || program::find("birdc").is_none() {
            bail!("bird is not installed (on Debian: apt install bird2)");
        }
        let say = self.say;
        say(&self.ink.headline("Scale out: three directors, one VIP, a router with BIRD"));
        say(&format!(
            "  client ── router ──┬── d1, d2, d3     ulvs run --vip-routes 254, and BIRD, which announces these routes\n                     \
             └── rs1, rs2, rs3  direct routing\n\n  VIP {VIP}: mh chooses the real server by the client's address and port, on each director\n  \
             the same; with sloppy_tcp a director takes connections that began at another.\n"
        ));
        let mut cluster = Cluster::build(state, say)?;
        let phases = tell(&mut cluster)?;
        let (frames, _) = cluster.capture.frames();
        let forwarded = forwarded(&frames);
        say(&self.ink.headline("Packets through each director"));
        phases.iter().for_each(|phase| say(&describe(phase, &forwarded)));
        let load = cluster.load()?;
        say(&self.ink.headline("What clients noticed"));
        say(&figures(load));
        let promises = promises(load, &phases, &forwarded);
        let kept = judge(say, self.ink, "Was it what it promises?", &promises);
        if !kept {
            say(&format!("\nlogs:\n{}\n", cluster.logs()));
        }
        Ok(kept)
    }
}

fn tell(cluster: &mut Cluster) -> Result<Vec<Phase>> {
    let mut turns: Vec<(&'static str, Duration, Duration, &'static [usize])> = Vec::new();
    let mut changed = cluster.step("three directors start");
    (0..DIRECTORS.len()).try_for_each(|which| cluster.start_director(which))?;
    cluster.wait_for_paths(&[0, 1, 2])?;
    cluster.step("the client begins");
    cluster.start_load()?;
    turns.push(("all three", changed, now(), &[0, 1, 2]));
    std::thread::sleep(LOOK);
    changed = cluster.step("d1 is killed (SIGKILL)");
    cluster.end_director(0, Signal::KILL)?;
    cluster.wait_for_paths(&[1, 2])?;
    turns.push(("d1 is dead", changed, now(), &[1, 2]));
    std::thread::sleep(LOOK);
    changed = cluster.step("d1 is started again");
    cluster.start_director(0)?;
    cluster.wait_for_paths(&[0, 1, 2])?;
    turns.push(("d1 is back", changed, now(), &[0, 1, 2]));
    std::thread::sleep(LOOK);
    changed = cluster.step("d2 has no real server any more (weights 0)");
    cluster.weigh(1, 0)?;
    cluster.wait_for_paths(&[0, 2])?;
    turns.push(("d2 cannot serve", changed, now(), &[0, 2]));
    std::thread::sleep(LOOK);
    changed = cluster.step("d2 has them again");
    cluster.weigh(1, 1)?;
    cluster.wait_for_paths(&[0, 1, 2])?;
    turns.push(("d2 serves again", changed, now(), &[0, 1, 2]));
    std::thread::sleep(LOOK);
    changed = cluster.step("d3 is ended (SIGTERM)");
    cluster.end_director(2, Signal::TERM)?;
    cluster.wait_for_paths(&[0, 1])?;
    turns.push(("d3 has ended", changed, now(), &[0, 1]));
    std::thread::sleep(LOOK);
    let end = cluster.step("the download may hurry");
    cluster.finish_download()?;
    let untils: Vec<_> = turns.iter().skip(1).map(|turn| turn.1).chain([end]).collect();
    let phases = turns.into_iter().zip(untils);
    Ok(phases
        .map(|((name, changed, known, directors), until)| Phase { name, changed, known, until, directors })
        .collect())
}

/// When each director has forwarded a packet to a real server.
fn forwarded(frames: &[Crossing]) -> Vec<(Duration, usize)> {
    let by = |frame: &Crossing| {
        let which = DIRECTORS.iter().position(|name| *name == frame.from.host)?;
        let packet = Packet::read(&frame.bytes)?;
        (packet.ip.to == IpAddr::V4(VIP)).then_some((frame.at, which))
    };
    frames.iter().filter_map(by).collect()
}

/// How many packets by each director between two moments.
fn counts(forwarded: &[(Duration, usize)], from: Duration, to: Duration) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for (_, which) in forwarded.iter().filter(|(at, _)| *at >= from && *at < to) {
        *counts.entry(*which).or_insert(0) += 1;
    }
    counts
}

fn describe(phase: &Phase, forwarded: &[(Duration, usize)]) -> String {
    let counts = counts(forwarded, phase.known, phase.until);
    let shares: Vec<_> = DIRECTORS
        .iter()
        .enumerate()
        .map(|(which, name)| format!("{name} {:>5}", counts.get(&which).copied().unwrap_or(0)))
        .collect();
    let waited = phase.known.saturating_sub(phase.changed);
    format!(
        "  {:<16} {}    the router knew after {:.3} s\n",
        phase.name,
        shares.join("  "),
        waited.as_secs_f64()
    )
}

fn figures(load: &Load) -> String {
    let (kept, download, fresh) = (load.kept(), load.download(), load.fresh());
    let lost = kept.iter().filter(|kept| kept.error.is_some()).count();
    let longest = kept.iter().map(|kept| kept.longest).max().unwrap_or_default();
    let answered: u64 = kept.iter().map(|kept| kept.answered).sum();
    let failed = fresh.iter().filter(|fresh| fresh.outcome.is_err()).count();
    format!(
        "  connections kept {} of {KEPT}, broken {lost}; {answered} requests on them, the longest answer after {:.3} s\n  \
         download {} of {LENGTH} bytes, the longest pause {:.3} s\n  new connections {}, of which {failed} failed\n",
        KEPT - lost,
        longest.as_secs_f64(),
        download.answered,
        download.longest.as_secs_f64(),
        fresh.len(),
    )
}

fn promises(load: &Load, phases: &[Phase], forwarded: &[(Duration, usize)]) -> Vec<Promise> {
    // Until the router's kernel has it, too.
    let moment = Duration::from_millis(200);
    let strangers = phases.iter().find_map(|phase| {
        let counts = counts(forwarded, phase.known + moment, phase.until);
        let who: Vec<_> = counts.keys().copied().collect();
        (who != phase.directors).then(|| format!("{}: packets by {counts:?}", phase.name))
    });
    let late = phases.iter().skip(1).find_map(|phase| {
        let waited = phase.known.saturating_sub(phase.changed);
        // One that starts, or ends, takes its own time besides.
        let own = if matches!(phase.name, "d1 is back" | "d3 has ended") {
            Duration::from_secs(8)
        } else {
            Duration::ZERO
        };
        (waited > CONVERGENCE + own).then(|| format!("{}: after {:.3} s", phase.name, waited.as_secs_f64()))
    });
    let lost: Vec<_> = load.kept().into_iter().filter_map(|kept| kept.error).collect();
    let download = load.download();
    let excused = |at: Duration| {
        let mut bad = phases.iter().filter(|phase| matches!(phase.name, "d1 is dead" | "d2 cannot serve"));
        bad.any(|phase| at + ROUND >= phase.changed && at <= phase.known + moment)
    };
    let end = phases.last().map_or(Duration::ZERO, |phase| phase.until);
    let failed: Vec<_> = load
        .fresh()
        .into_iter()
        .filter(|fresh| fresh.at < end && !excused(fresh.at))
        .filter_map(|fresh| fresh.outcome.err())
        .collect();
    let or_none = |bad: &[String]| (!bad.is_empty()).then(|| format!("{} failed: {}", bad.len(), bad[0]));
    vec![
        Promise {
            text: "the directors that announce the VIP, and they alone, have their share of it",
            broken: strangers,
        },
        Promise { text: "the router learns of each change within moments", broken: late },
        Promise {
            text: "every connection goes on, whichever director has it now, on its real server",
            broken: or_none(&lost),
        },
        Promise {
            text: "the download is whole: every byte once and in its place",
            broken: (!download.is_whole)
                .then(|| format!("{} bytes, {:?}", download.answered, download.error)),
        },
        Promise {
            text: "a new connection fails only where a director died, or has no real server, and the router does not know yet",
            broken: or_none(&failed),
        },
    ]
}
