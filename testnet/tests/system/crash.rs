//! The director killed and started again twenty times under load, with the VIP on the host and the host's kernel
//! forwarding: the hard case, for whatever the director does not keep from the host is answered by the host.

use crate::load::{Drips, Echo, Requests, Witness};
use crate::programs::{self, Nginx, SshSession, run, start_web};
use crate::rig::{Rig, Setup, service_lines};
use crate::{Case, case, is_long};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use testnet::actor::http_client;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat, Tunnel};

const HOSTS_PORT: u16 = 8081;
const DRIP_PORT: u16 = 7000;

pub fn cases() -> Vec<Case> {
    [(DirectRoute, Family::V4, 2), (Nat, Family::V4, 1), (Nat, Family::V6, 2), (Tunnel, Family::V6, 1)]
        .map(|(method, family, workers)| {
            let setup = Setup { workers, vip_on_host: true, ..Setup::new(method, family) };
            case(format!("crash_{}", setup.name()), &["nginx", "nft"], move || twenty_kills(&setup))
        })
        .into()
}

/// The rules that the director starts with each time.
fn rules(setup: &Setup) -> String {
    let plan = setup.plan();
    let mut lines = service_lines(&plan, "-t", 80, plan.real_port, usize::from(setup.servers));
    lines.extend(service_lines(&plan, "-t", DRIP_PORT, DRIP_PORT, usize::from(setup.servers)));
    lines.join("\n") + "\n"
}

fn twenty_kills(setup: &Setup) -> Result<String> {
    let kills = if is_long() { 100 } else { 20 };
    let mut rig = Rig::start(Setup { rules: Some(rules(setup)), ..setup.clone() })?;
    let web = start_web(&rig, rig.directory.path(), &[])?;
    let any = if setup.family == Family::V4 { IpAddr::from([0; 4]) } else { IpAddr::from([0; 16]) };
    let any = SocketAddr::new(any, DRIP_PORT);
    let echo = |name: &str| Echo::start(rig.lab.host(name)?, any);
    let _echoes = rig.plan.servers.iter().map(|server| echo(&server.name)).collect::<Result<Vec<_>>>()?;
    let vip = rig.plan.service.ip();
    // The host's own traffic, on another port of the VIP and on its own address.
    let hosts_port = SocketAddr::new(vip, HOSTS_PORT);
    let own = Nginx::start(
        rig.host()?,
        rig.directory.path().join("own"),
        "director",
        &[HOSTS_PORT],
        rig.directory.path(),
    )?;
    let ssh = if programs::may_have_sshd() && programs::missing(&["sshd", "ssh", "ssh-keygen"]).is_none() {
        Some(SshSession::start(rig.directory.path(), rig.host()?, rig.client()?, vip)?)
    } else {
        eprintln!("LEFT OUT: the ssh session of crash needs root, openssh-server and openssh-client");
        None
    };
    let trial = Witness::start(rig.client()?, "eth0", vip)?;
    let before = answers_of_host(&rig)?;
    ensure!(trial.resets().len() == 1, "the witness did not see the reset from a closed port");
    drop(trial);
    rig.wait_for_service(Duration::from_secs(3))?;

    let witness = Witness::start(rig.client()?, "eth0", vip)?;
    let pause = Duration::from_millis(20);
    let own_requests = Requests::start(rig.client()?, hosts_port, 1, pause, Duration::from_secs(3))?;
    let load =
        Requests::start(rig.client()?, rig.plan.service, 8, Duration::ZERO, Duration::from_millis(300))?;
    let drips = Drips::start(rig.client()?, SocketAddr::new(vip, DRIP_PORT), 20)?;
    drips.wait_for_progress(Duration::from_secs(5))?;

    let (mut worst, mut dice) = (Duration::ZERO, 42_u64);
    for number in 1..=kills {
        std::thread::sleep(Duration::from_millis(roll(&mut dice, 250)));
        rig.director.signal(Signal::KILL)?;
        rig.director.wait(Duration::from_secs(2))?;
        ensure!(tables(&rig)?.len() == 1, "after kill {number} the tables are {:?}", tables(&rig)?);
        ensure!(rig.director.socket().exists(), "the dead director's socket is gone");
        std::thread::sleep(Duration::from_millis(roll(&mut dice, 200)));
        let begun = Instant::now();
        rig.restart()?;
        if number % 4 == 0 {
            // One that dies while it starts.
            std::thread::sleep(Duration::from_millis(roll(&mut dice, 40)));
            rig.director.signal(Signal::KILL)?;
            rig.director.wait(Duration::from_secs(2))?;
            rig.restart()?;
        }
        rig.wait_for_service(Duration::from_secs(3)).with_context(|| format!("after kill {number}"))?;
        worst = worst.max(begun.elapsed());
        rig.wait_ready()?;
        ensure!(tables(&rig)?.len() == 1, "after start {number} the tables are {:?}", tables(&rig)?);
        let claim = rig.status()?["interfaces"][0]["claim"].as_str().unwrap_or_default().to_owned();
        ensure!(claim.contains("verified"), "after start {number} the claim is {claim:?}");
        let resets = witness.resets();
        ensure!(resets.is_empty(), "after kill {number}: {} resets at the client: {resets:?}", resets.len());
    }
    rig.ensure_no_panic()?;
    let drip_errors = drips.errors();
    ensure!(drip_errors.is_empty(), "long connections were told that they ended: {drip_errors:?}");
    drop(drips);
    let (done, failed, _) = load.finish();
    std::thread::sleep(Duration::from_millis(500));
    let (seen, resets) = (witness.seen(), witness.resets());
    ensure!(resets.is_empty(), "{} resets at the client: {resets:?}", resets.len());
    drop(witness);

    rig.stop()?;
    ensure!(tables(&rig)?.is_empty(), "left behind: {:?}", tables(&rig)?);
    let after = answers_of_host(&rig)?;
    ensure!(after == before, "the host answers {after:?}, before it was {before:?}");
    let left = strangers(&rig)?;
    ensure!(left.is_empty(), "processes of the director left: {left:?}");
    let (own_done, own_failed, own_failure) = own_requests.finish();
    ensure!(
        own_failed == 0,
        "{own_failed} of {own_done} requests to the host's own port failed: {own_failure}"
    );
    ensure!(own.requests() as u64 >= own_done);
    let ssh = ssh.map_or(Ok(String::new()), SshSession::finish)?;
    ensure!(web.iter().all(|nginx| nginx.requests() > 0));
    Ok(format!(
        "{kills} × SIGKILL under load ({} during start): {done} requests done, {failed} lost to silence, 20 long \
         connections; 0 RST among {seen} TCP frames from the VIP at the client\n\
         started → new connection answered: {} ms at worst; every claim taken over\n\
         clean stop: exit 0, no table, no socket, no process; the host answers as before\n\
         the host's own port {HOSTS_PORT} of the VIP meanwhile: {own_done} requests, 0 failed; {ssh}",
        kills / 4,
        worst.as_millis(),
    ))
}

/// xorshift: a number below `limit`.
pub fn roll(state: &mut u64, limit: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % limit
}

/// Our tables in the director's nf_tables.
pub fn tables(rig: &Rig) -> Result<Vec<String>> {
    let text = run(rig.host()?, "nft", &["list", "tables"], Duration::from_secs(20))?;
    Ok(text.lines().filter(|line| line.contains("ulvs")).map(str::to_owned).collect())
}

/// How the host answers for itself: its own port of the VIP, its own address; and ARP settings and addresses untouched.
fn answers_of_host(rig: &Rig) -> Result<Vec<String>> {
    let get = |addr, port| {
        let answer =
            http_client::get(rig.client()?, SocketAddr::new(addr, port), "/", Duration::from_secs(2));
        Ok::<_, anyhow::Error>(answer.map_or_else(|error| format!("{error:#}"), |r| format!("{}", r.status)))
    };
    let vip = rig.plan.service.ip();
    let addresses = run(rig.host()?, "ip", &["-o", "address"], Duration::from_secs(5))?;
    let routes = run(
        rig.host()?,
        "ip",
        &["route", "show", "table", "all", "type", "unicast"],
        Duration::from_secs(5),
    )?;
    Ok(vec![get(vip, HOSTS_PORT)?, get(rig.plan.dip, HOSTS_PORT)?, get(vip, 9)?, addresses, routes])
}

/// Processes of the director under test that still run.
fn strangers(rig: &Rig) -> Result<Vec<String>> {
    let socket = rig.director.socket().display().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(&socket) {
            found.push(line);
        }
    }
    Ok(found)
}
