//! Services changed in every way while requests run: those of services that nobody touches never fail.

use crate::load::Requests;
use crate::programs::start_web;
use crate::rig::{Rig, Setup, service_lines};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use testnet::plan::{DIRECTOR, Family};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// The last one of 200.
const LAST: u16 = 10_199;
/// A service that is changed all the time, on the same real servers; also the port there. (On the untouched service's
/// port, NAT would make one connection of two that a client has from one port to two services.)
const CHANGED: u16 = 8000;

pub fn cases() -> Vec<Case> {
    [(DirectRoute, 2), (Nat, 1)]
        .map(|(method, workers)| {
            let setup = Setup { workers, ..Setup::new(method, Family::V4) };
            case(format!("control_plane_{}", setup.name()), &["nginx"], move || under_traffic(&setup))
        })
        .into()
}

fn under_traffic(setup: &Setup) -> Result<String> {
    let plan = setup.plan();
    let mut rules = service_lines(&plan, "-t", 80, plan.real_port, 2);
    rules.extend(service_lines(&plan, "-t", CHANGED, CHANGED, 2));
    let kept = rules.join("\n") + "\n";
    let mut rig = Rig::start(Setup { rules: Some(kept.clone()), ..setup.clone() })?;
    let _web = start_web(&rig, rig.directory.path(), &[CHANGED, LAST])?;
    rig.wait_for_service(Duration::from_secs(3))?;
    let untouched =
        Requests::start(rig.client()?, rig.plan.service, 4, Duration::ZERO, Duration::from_secs(2))?;
    let mut report = Vec::new();
    for (what, change) in [
        ("200 services by -R", two_hundred as fn(&Rig, &str) -> Result<String>),
        ("weights to 0 and back", weights),
        ("schedulers by -E", schedulers),
        ("servers deleted and added", servers),
        ("SIGHUP with another file", reload),
        ("SIGHUP with an error in line 40", bad_reload),
    ] {
        let begun = Instant::now();
        let said = change(&rig, &kept).with_context(|| what.to_owned())?;
        report.push(format!("{what}: {said} ({} ms)", begun.elapsed().as_millis()));
    }
    let (done, failed, failure) = untouched.finish();
    ensure!(failed == 0, "{failed} of {} requests to the untouched service failed: {failure}", done + failed);
    report.push(format!("the untouched service meanwhile: {done} requests, 0 failed"));

    // Everything cleared, and restored: refused while there is nothing, and well again at once.
    let saved = rig.ipvsadm("-S -n")?;
    rig.ipvsadm("-C")?;
    ensure!(rig.get("/", Duration::from_millis(300)).is_err(), "a service that was cleared answers");
    restore(&rig, &saved)?;
    ensure!(rig.ipvsadm("-S -n")? == saved, "what was restored is not what was saved");
    ensure!(rig.get("/", Duration::from_secs(1))?.status == 200);
    rig.account()?.check()?;
    rig.stop()?;
    Ok(report.join("\n"))
}

/// `ipvsadm -R` with these rules.
fn restore(rig: &Rig, rules: &str) -> Result<()> {
    let path = rig.directory.path().join("restore");
    std::fs::write(&path, rules)?;
    let mut command = std::process::Command::new(rig.directory.path().join("bin/ipvsadm"));
    command.arg("-R").env("ULVS_SOCKET", rig.director.socket()).stdin(std::fs::File::open(&path)?);
    let status = rig.lab.host(DIRECTOR)?.spawn(command)?.wait()?;
    ensure!(status.success(), "ipvsadm -R: {status}");
    Ok(())
}

fn service_of(rig: &Rig, port: u16) -> SocketAddr {
    SocketAddr::new(rig.plan.service.ip(), port)
}

fn services(rig: &Rig) -> Result<usize> {
    Ok(rig.ipvsadm("-S -n")?.lines().filter(|line| line.starts_with("-A")).count())
}

fn two_hundred(rig: &Rig, _kept: &str) -> Result<String> {
    let real = if rig.setup.method == Nat { CHANGED } else { rig.plan.real_port };
    let lines: Vec<_> = (0..200).flat_map(|n| service_lines(&rig.plan, "-t", 10_000 + n, real, 2)).collect();
    restore(rig, &(lines.join("\n") + "\n"))?;
    ensure!(services(rig)? == 202, "{} services", services(rig)?);
    let last = service_of(rig, LAST);
    let response = testnet::actor::http_client::get(rig.client()?, last, "/", Duration::from_secs(2))?;
    ensure!(response.status == 200);
    for number in 0..200 {
        rig.ipvsadm(&format!("-D -t {}", service_of(rig, 10_000 + number)))?;
    }
    ensure!(services(rig)? == 2, "{} services", services(rig)?);
    Ok("restored, the last one answers, deleted one by one".to_owned())
}

fn weights(rig: &Rig, _kept: &str) -> Result<String> {
    let service = service_of(rig, CHANGED);
    let get = || testnet::actor::http_client::get(rig.client()?, service, "/", Duration::from_secs(2));
    let set = |server: usize, weight: u32| -> Result<()> {
        let real = SocketAddr::new(rig.plan.servers[server].rip, CHANGED);
        rig.ipvsadm(&format!("-e -t {service} -r {real} {} -w {weight}", method(rig))).map(drop)
    };
    for round in 0..10 {
        let (out, other) = (round % 2, &rig.plan.servers[1 - round % 2].name);
        set(out, 0)?;
        for _ in 0..6 {
            let response = get()?;
            ensure!(response.real_server == *other, "{} at weight 0 got a connection", response.real_server);
        }
        set(out, 1)?;
    }
    Ok("10 times; a server at weight 0 never got a connection".to_owned())
}

fn method(rig: &Rig) -> &'static str {
    if rig.setup.method == Nat { "-m" } else { "-g" }
}

fn schedulers(rig: &Rig, _kept: &str) -> Result<String> {
    let service = service_of(rig, CHANGED);
    for round in 0..40 {
        let scheduler = ["rr", "wrr", "lc", "wlc"][round % 4];
        rig.ipvsadm(&format!("-E -t {service} -s {scheduler}"))?;
        let response = testnet::actor::http_client::get(rig.client()?, service, "/", Duration::from_secs(2))?;
        ensure!(response.status == 200);
        ensure!(rig.ipvsadm(&format!("-Ln -t {service}"))?.contains(&format!("{service} {scheduler}")));
    }
    rig.ipvsadm(&format!("-E -t {service} -s rr"))?;
    Ok("40 changes, a request after each".to_owned())
}

fn servers(rig: &Rig, _kept: &str) -> Result<String> {
    let service = service_of(rig, CHANGED);
    for round in 0..20 {
        let real = SocketAddr::new(rig.plan.servers[round % 2].rip, CHANGED);
        rig.ipvsadm(&format!("-d -t {service} -r {real}"))?;
        for _ in 0..3 {
            let response =
                testnet::actor::http_client::get(rig.client()?, service, "/", Duration::from_secs(2))?;
            ensure!(response.real_server != rig.plan.servers[round % 2].name, "a deleted server answered");
        }
        rig.ipvsadm(&format!("-a -t {service} -r {real} {} -w 1", method(rig)))?;
    }
    Ok("20 times".to_owned())
}

/// Waits until the log says this.
fn wait_for_log(rig: &Rig, from: usize, word: &str) -> Result<String> {
    for _ in 0..300 {
        let log = rig.director.log();
        let news = log.get(from..).unwrap_or_default();
        if news.contains(word) {
            return Ok(news.to_owned());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    anyhow::bail!("the log does not say {word:?}: {}", rig.director.log_tail())
}

fn hang_up(rig: &Rig) -> Result<()> {
    let pid = i32::try_from(rig.director.pid()).ok().and_then(rustix::process::Pid::from_raw);
    Ok(rustix::process::kill_process(pid.context("a pid")?, Signal::HUP)?)
}

fn reload(rig: &Rig, kept: &str) -> Result<String> {
    let path = rig.directory.path().join("rules");
    for round in 0..10 {
        let mut rules = kept.to_owned();
        if round % 2 == 0 {
            rules += &service_lines(&rig.plan, "-t", 8100, rig.plan.real_port, 2).join("\n");
            rules.push('\n');
        }
        std::fs::write(&path, rules)?;
        let from = rig.director.log().len();
        hang_up(rig)?;
        wait_for_log(rig, from, "reloaded")?;
        let expected = if round % 2 == 0 { 3 } else { 2 };
        ensure!(services(rig)? == expected, "{} services after reload {round}", services(rig)?);
    }
    Ok("10 reloads".to_owned())
}

fn bad_reload(rig: &Rig, kept: &str) -> Result<String> {
    let before = rig.ipvsadm("-S -n")?;
    let path = rig.directory.path().join("rules");
    let mut lines: Vec<String> = kept.lines().map(str::to_owned).collect();
    let more = (0..20).flat_map(|n| service_lines(&rig.plan, "-t", 8200 + n, rig.plan.real_port, 2));
    lines.extend(more);
    lines[39] += " --nosuch";
    std::fs::write(&path, lines.join("\n") + "\n")?;
    let from = rig.director.log().len();
    hang_up(rig)?;
    let log = wait_for_log(rig, from, "the old configuration stays")?;
    let place = format!("{}:40:", path.display());
    ensure!(log.contains(&place), "the log does not name {place}: {log}");
    ensure!(rig.ipvsadm("-S -n")? == before, "the running table was changed");
    let line = log.lines().find(|line| line.contains(&place)).unwrap_or_default();
    let column = line.split(&place).nth(1).unwrap_or_default();
    ensure!(column.starts_with(|c: char| c.is_ascii_digit()), "no column: {line}");
    Ok(format!(
        "the old table stays, the log names rules:40:{}",
        column.split(' ').next().unwrap_or_default()
    ))
}
