//! More connections are asked for than a worker can open: requests are shed before its ring, each is counted once, and nothing
//! else is touched. The worker is kept from working for a moment, so that a ring fills on any machine.

use crate::accounting::{at_rest, frames, put, tcp_at};
use crate::floods::{ACK, ECHO, Live, PATIENCE, SYN, Scene, source};
use crate::intake::{is_refused, word};
use crate::load::Echo;
use crate::programs::run;
use crate::rig::{Account, Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::net::SocketAddr;
use std::time::Duration;
use testnet::lesson::start_servers;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// Where the flood goes, and nobody else.
const FLOODED: u16 = 7001;
/// Of the ring's 2,048 places: more than half, less than all.
const BURST: u32 = 1500;
/// Pauses at most, until something is shed; and of those that are to shed nothing.
const PAUSES: u32 = 100;
const FEW: u32 = 5;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (method, mode) in [(DirectRoute, "on"), (Nat, "on"), (DirectRoute, "off")] {
        let options = ["--shed", mode, "--profile", "latency"].map(str::to_owned).into();
        let setup = Setup { workers: 1, options, ..Setup::new(method, Family::V4) };
        let name = format!("shedding_{mode}_{}", setup.name());
        cases.push(case(name, &["curl", "ip"], move || shedding(&setup, mode == "on")));
    }
    cases
}

fn shedding(setup: &Setup, is_on: bool) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let is_refused = is_on && is_refused(&rig, "shedding", "off")?;
    ensure!(is_refused || word(&rig, "shedding")? == if is_on { "on" } else { "off" });
    // By AF_XDP the flood does not come through the filter.
    let sheds = is_on && !is_refused && std::env::var_os("ULVS_IO").is_none();
    let (_servers, _) = start_servers(&rig.lab, &rig.plan)?;
    let echo_at = if setup.method == Nat { rig.plan.servers[0].rip } else { rig.plan.service.ip() };
    let _echo = Echo::start(rig.lab.host("rs1")?, SocketAddr::new(echo_at, ECHO))?;
    rig.add_service("-t", rig.plan.service.port(), rig.plan.real_port, 2)?;
    rig.add_service("-t", ECHO, ECHO, 1)?;
    rig.add_service("-t", FLOODED, FLOODED, 1)?;
    // What answers nobody would be told so, and those frames would be counted, too.
    for name in ["rs1", "rs2"] {
        run(rig.lab.host(name)?, "ip", &["route", "add", "blackhole", "198.18.0.0/15"], PATIENCE)?;
    }
    let flood = Flood { scene: Scene::new(&rig, 1 << 20)? };
    let mut live = Live::open(&rig)?;
    live.speak()?;
    flood.scene.request()?;

    let (arrived, before) = at_rest(&rig)?;
    let mut requests = 0;
    while requests / (2 * BURST) < if sheds { PAUSES } else { FEW } {
        requests += flood.pause(requests, SYN)?;
        if sheds && flood.scene.count("requests_shed")? > 0 {
            break;
        }
    }
    let (still_arrived, after) = settled(&rig)?;
    let shed = after.shed - before.shed;
    ensure!((shed > 0) == sheds, "{shed} requests shed of {requests}");
    ensure!(after.filtered == before.filtered && after.dropped == before.dropped, "{before:?} {after:?}");
    // The link had as many frames as the director tells of, and each request is entered, shed, or found the ring full.
    let (by_kernel, by_us) = (still_arrived - arrived, frames(&after) - frames(&before));
    ensure!(by_kernel == by_us, "the kernel counts {by_kernel} frames, the director {by_us}");
    let lost = after.dropped_by_kernel - before.dropped_by_kernel;
    let entered = flood.entered()?;
    ensure!(entered + shed + lost == u64::from(requests), "{entered} + {shed} + {lost} of {requests}");

    // Segments of connections, even of none, are not shed however full the ring is.
    for round in 0..FEW {
        flood.pause(2 * BURST * (PAUSES + round), ACK)?;
    }
    let (_, then) = settled(&rig)?;
    ensure!(then.shed == after.shed, "{} other segments shed", then.shed - after.shed);
    live.speak()?;
    flood.scene.request()?;
    let begins =
        rig.director.log().lines().filter(|line| line.contains("requests are shed before the rings")).count();
    ensure!(begins == usize::from(sheds), "the log tells {begins} times:\n{}", rig.director.log());
    let account = rig.account()?;
    account.check()?;
    rig.stop()?;
    let told = format!(
        "{requests} requests: {entered} entered, {shed} shed, {lost} found the ring full\naccounting: {account}"
    );
    Ok(if is_refused { format!("LEFT OUT: shedding needs root; without it {told}") } else { told })
}

/// Once what the kernel counts is told, too: a worker reads that once a second, and sleeps half of one while nothing comes.
fn settled(rig: &Rig) -> Result<(u64, Account)> {
    std::thread::sleep(Duration::from_millis(2200));
    at_rest(rig)
}

struct Flood<'r> {
    scene: Scene<'r>,
}

impl Flood<'_> {
    /// Sends a burst while the director does not work, and another one when it does again; how many frames that were.
    fn pause(&self, first: u32, flags: u8) -> Result<u32> {
        let pid = i32::try_from(self.scene.rig.director.pid())
            .ok()
            .and_then(Pid::from_raw)
            .context("its number")?;
        let target = SocketAddr::new(self.scene.vip(), FLOODED);
        let burst = |from: u32| -> Result<u32> {
            let mut sent = 0;
            for number in from..from + BURST {
                let packet = tcp_at(source(number), target, flags, number);
                sent += put(&self.scene.wire, &self.scene.frame(&packet))? as u32;
            }
            Ok(sent)
        };
        kill_process(pid, Signal::STOP)?;
        let sent = burst(first);
        kill_process(pid, Signal::CONT)?;
        Ok(sent? + burst(first + BURST)?)
    }

    /// Connections that the flooded service was given.
    fn entered(&self) -> Result<u64> {
        let target = SocketAddr::new(self.scene.vip(), FLOODED).to_string();
        let listing = self.scene.rig.ipvsadm(&format!("-Ln --stats --exact -t {target}"))?;
        let line = listing.lines().find(|line| line.contains(&target)).context("the service's line")?;
        Ok(line.split_whitespace().nth(2).context("connections")?.parse()?)
    }
}
