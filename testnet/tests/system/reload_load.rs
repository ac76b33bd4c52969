//! A hundred reloads under load: by SIGHUP, by `ulvs reload`, by `ulvs apply`, wrong files among them. Every request is
//! answered, connections that are there go on, and what checks found, operators decided and services counted stays.

use crate::floods::{ECHO, PATIENCE};
use crate::load::{Drips, Echo, Requests};
use crate::rig::{Account, Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use testnet::actor::http_server::HttpServer;
use testnet::plan::{Family, Plan};
use ulvs::api::client::Client;
use ulvs::control::command::{HappeningRecord, Reply, Request, ServiceState};
use ulvs::lvs::ForwardingMethod::{self, DirectRoute, Nat};
use ulvs::lvs::ServiceKey;

const RELOADS: usize = 100;
/// After so many good ones comes a wrong one.
const WRONG_AFTER: usize = 9;
/// Clients that ask one request after the other, and connections that live through all of it.
const CLIENTS: usize = 4;
const LIVES: usize = 8;

/// What a service of these real servers is at one time: the scheduler, and the weights of the second and the third, which
/// is not always there. It has weight 0 before it goes: nobody is on it then.
struct Phase {
    scheduler: &'static str,
    second: u32,
    third: Option<u32>,
}

const PHASES: [Phase; 4] = [
    Phase { scheduler: "wrr", second: 1, third: Some(3) },
    Phase { scheduler: "wlc", second: 3, third: Some(0) },
    Phase { scheduler: "rr", second: 1, third: None },
    Phase { scheduler: "sed", second: 2, third: Some(1) },
];

/// Files that must change nothing: what is in them (nothing: there is none).
const WRONG: [Option<&str>; 3] = [
    Some("-A -t 10.2.0.100:80 -s rr\n-a -t 10.2.0.100:80 -r 10.2.0.12 --nosuch\n"),
    Some("virtual=10.2.0.100:80\n\treal=10.2.0.12:80 nosuch 1\n\tservice=http\n"),
    None,
];

pub fn cases() -> Vec<Case> {
    [(DirectRoute, 2), (Nat, 1)]
        .map(|(method, workers)| {
            let setup = Setup { workers, servers: 4, ..Setup::new(method, Family::V4) };
            case(format!("reload_load_{}", setup.name()), &["ip"], move || under_load(&setup))
        })
        .into()
}

/// keepalived's file: a service whose first real server an operator drains and whose last one is down, and one that is always
/// the same.
fn config(plan: &Plan, phase: &Phase) -> String {
    let kind = if plan.wish.method == ForwardingMethod::Nat { "NAT" } else { "DR" };
    let vip = plan.service.ip();
    let check = "TCP_CHECK {\n connect_timeout 2\n retry 1\n delay_before_retry 1\n }\n";
    let service = |port: u16, scheduler: &str| {
        format!(
            "virtual_server {vip} {port} {{\n delay_loop 1\n lb_algo {scheduler}\n lb_kind {kind}\n protocol TCP\n"
        )
    };
    let mut text = service(plan.service.port(), phase.scheduler);
    let weights = [Some(1), Some(phase.second), phase.third, Some(1)];
    for (server, weight) in plan.servers.iter().zip(weights) {
        let Some(weight) = weight else { continue };
        let (rip, port) = (server.rip, plan.real_port);
        let _ = writeln!(text, " real_server {rip} {port} {{\n weight {weight}\n {check} }}");
    }
    let _ = write!(text, "}}\n{}", service(ECHO, "rr"));
    let rip = plan.servers[1].rip;
    text + &format!(" real_server {rip} {ECHO} {{\n weight 1\n {check} }}\n}}\n")
}

struct Scene {
    rig: Rig,
    key: ServiceKey,
}

fn under_load(setup: &Setup) -> Result<String> {
    let plan = setup.plan();
    let rig = Rig::start(Setup { rules: Some(config(&plan, &PHASES[0])), ..setup.clone() })?;
    let any = |port| SocketAddr::from(([0, 0, 0, 0], port));
    let web = rig.plan.servers.iter().take(3);
    let web: Result<Vec<_>> =
        web.map(|server| HttpServer::start(rig.lab.host(&server.name)?, any(rig.plan.real_port))).collect();
    let _web = web?;
    let _echo = Echo::start(rig.lab.host("rs2")?, any(ECHO))?;
    let virt = ulvs::lvs::Endpoint::new(rig.plan.service.ip(), rig.plan.service.port());
    let key = ServiceKey::Tuple { protocol: ulvs::lvs::Protocol::Tcp, virt };
    let mut scene = Scene { rig, key };
    let first = scene.rig.plan.servers[0].rip.to_string();
    scene.wait("the last real server is out, the others are in", |service| rows(service) == [1, 2, 3])?;
    ensure!(scene.ulvs(&["drain", &first])?.0 == 0, "drain");
    scene.rig.wait_for_service(PATIENCE)?;

    let before = scene.service()?;
    let told = scene.events(0)?.last().map_or(0, |event| event.number);
    let dropped = Account::of(&scene.rig.counters()?).dropped;
    let requests = Requests::start(
        scene.rig.client()?,
        scene.rig.plan.service,
        CLIENTS,
        Duration::from_millis(5),
        PATIENCE,
    )?;
    let lives = Drips::start(scene.rig.client()?, SocketAddr::new(scene.rig.plan.service.ip(), ECHO), LIVES)?;
    lives.wait_for_progress(PATIENCE)?;
    let report = scene.reload_all()?;
    lives.wait_for_progress(PATIENCE)?;
    let (errors, echoes) = (lives.errors(), lives.echoes());
    let (done, failed, failure) = requests.finish();
    drop(lives);

    ensure!(failed == 0, "{failed} of {} requests failed: {failure}", done + failed);
    ensure!(errors.is_empty(), "connections that lived: {errors:?}");
    let after = scene.service()?;
    let counted = after.stats.conns - before.stats.conns;
    ensure!(counted == done, "{done} requests, {counted} connections counted by the service");
    let by_servers: u64 = after.servers.iter().map(|server| server.stats.conns).sum();
    ensure!(
        by_servers == after.stats.conns,
        "{by_servers} connections by the real servers, {} by the service",
        after.stats.conns
    );
    ensure!(rows(&after) == [1, 2, 3], "the real servers are {:?}", rows(&after));
    let shown = scene.ulvs(&["status"])?.1;
    ensure!(shown.contains(" drain ") && shown.contains("0 of 1"), "no longer drained: {shown}");
    let news = scene.events(told)?;
    ensure!(news.is_empty(), "checks found something: {news:?}");

    // Checks never rest.
    let nothing = scene.write("nothing", "# no services, no checks\n")?;
    ensure!(scene.ulvs(&["apply", "--format", "rules", &nothing])?.0 == 0, "apply");
    let account = scene.rig.account()?;
    account.check()?;
    ensure!(account.dropped == dropped, "{} frames dropped: {account}", account.dropped - dropped);
    scene.rig.stop()?;
    let echoes: u64 = echoes.iter().sum();
    Ok(format!(
        "{report}\n{done} requests, 0 failed, {counted} counted; {LIVES} connections lived through all of it: {echoes} \
         echoes\nno finding, no decision, no counter lost\naccounting: {account}"
    ))
}

/// Numbers of the real servers of a service, in order.
fn rows(service: &ServiceState) -> Vec<u8> {
    let last = |addr| match addr {
        std::net::IpAddr::V4(addr) => addr.octets()[3] - 10,
        std::net::IpAddr::V6(_) => 0,
    };
    let mut rows: Vec<u8> = service.servers.iter().map(|server| last(server.spec.endpoint.addr)).collect();
    rows.sort_unstable();
    rows
}

impl Scene {
    /// Runs `ulvs …`: exit status, and what it said.
    fn ulvs(&self, args: &[&str]) -> Result<(i32, String)> {
        let (status, out, err) = self.rig.ulvs(args)?;
        Ok((status, out + &err))
    }

    fn ask(&self, request: &Request) -> Result<Reply> {
        let client = Client::connect(self.rig.director.socket());
        client.and_then(|mut client| client.ask(request)).map_err(|error| anyhow::anyhow!("{error}"))
    }

    fn service(&self) -> Result<ServiceState> {
        match self.ask(&Request::Services(Some(self.key)))? {
            Reply::Services(mut services) if services.len() == 1 => Ok(services.remove(0)),
            other => bail!("{other:?}"),
        }
    }

    fn events(&self, after: u64) -> Result<Vec<HappeningRecord>> {
        match self.ask(&Request::Events { after })? {
            Reply::Events(events) => Ok(events),
            other => bail!("{other:?}"),
        }
    }

    fn epoch(&self) -> Result<u64> {
        match self.ask(&Request::Status)? {
            Reply::Status(status) => Ok(status.epoch),
            other => bail!("{other:?}"),
        }
    }

    fn wait(&self, what: &str, holds: impl Fn(&ServiceState) -> bool) -> Result<()> {
        let begun = Instant::now();
        while !holds(&self.service()?) {
            ensure!(begun.elapsed() < PATIENCE, "never: {what}: {}", self.rig.ipvsadm("-Ln")?);
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Writes a file beside the director's own, or that one (`rules`); its path.
    fn write(&self, name: &str, text: &str) -> Result<String> {
        let path = self.rig.directory.path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    }

    /// All reloads, good and wrong.
    fn reload_all(&self) -> Result<String> {
        let (mut changes, mut good, mut wrong) = (0, 0, 0);
        let begun = Instant::now();
        for number in 1..=RELOADS {
            if number.is_multiple_of(WRONG_AFTER + 1) {
                self.reload_wrong(WRONG[wrong % WRONG.len()], wrong)
                    .with_context(|| format!("reload {number}"))?;
                wrong += 1;
                continue;
            }
            good += 1;
            changes += self.reload(good).with_context(|| format!("reload {number}"))?;
        }
        // Back to what it was at first.
        while !good.is_multiple_of(PHASES.len()) {
            good += 1;
            changes += self.reload(good)?;
        }
        let took = begun.elapsed().as_secs_f32();
        Ok(format!("{good} reloads with {changes} changes, {wrong} wrong ones without, in {took:.1} s"))
    }

    /// The next phase, by one of three ways; it changes what `ulvs diff` says, all in one step. How much that was.
    fn reload(&self, number: usize) -> Result<usize> {
        let phase = &PHASES[number % PHASES.len()];
        if phase.third.is_none() {
            // Who is on it now must not be cut off.
            let idle = |service: &ServiceState| {
                let third =
                    service.servers.iter().find(|server| server.spec.weight == 0 && server.active > 0);
                third.is_none()
            };
            self.wait("nobody is on the third", idle)?;
        }
        let text = config(&self.rig.plan, phase);
        let (status, planned) = self.ulvs(&["diff", &self.write("next", &text)?])?;
        ensure!(status == 1, "diff: {status}: {planned}");
        let epoch = self.epoch()?;
        let said = match number % 3 {
            0 => {
                let (status, said) = self.ulvs(&["apply", &self.write("next", &text)?])?;
                ensure!(status == 0, "apply: {status}: {said}");
                said
            }
            1 => {
                self.write("rules", &text)?;
                let (status, said) = self.ulvs(&["reload"])?;
                ensure!(status == 0, "reload: {status}: {said}");
                said
            }
            _ => {
                self.write("rules", &text)?;
                let from = self.rig.director.log().len();
                self.hang_up()?;
                self.wait_for_log(from, &format!("changes={}", planned.lines().count()))?;
                planned.clone()
            }
        };
        ensure!(said == planned, "`{said}` was changed, `{planned}` was planned");
        ensure!(self.epoch()? > epoch, "nothing was published");
        let service = self.service()?;
        ensure!(
            service.spec.scheduler.to_string() == phase.scheduler,
            "scheduler {}",
            service.spec.scheduler
        );
        let expected = if phase.third.is_some() { &[1, 2, 3][..] } else { &[1, 2] };
        ensure!(rows(&service) == expected, "real servers {:?}", rows(&service));
        Ok(planned.lines().count())
    }

    /// A file that is refused, by `ulvs reload` or SIGHUP, and by `ulvs apply`: the table stays as it is.
    fn reload_wrong(&self, text: Option<&str>, number: usize) -> Result<()> {
        let before = self.rig.ipvsadm("-Sn")?;
        let path = self.write("rules", text.unwrap_or_default())?;
        if text.is_none() {
            std::fs::remove_file(&path)?;
        }
        let (status, said) = self.ulvs(&["apply", &path])?;
        ensure!(status == 2, "apply: {status}: {said}");
        let from = self.rig.director.log().len();
        if number.is_multiple_of(2) {
            self.hang_up()?;
        } else {
            let (status, said) = self.ulvs(&["reload"])?;
            ensure!(status != 0, "reload: {said}");
        }
        self.wait_for_log(from, "the old configuration stays")?;
        let after = self.rig.ipvsadm("-Sn")?;
        ensure!(before == after, "the table was\n{before}and is\n{after}");
        Ok(())
    }

    fn hang_up(&self) -> Result<()> {
        let pid = i32::try_from(self.rig.director.pid()).ok().and_then(rustix::process::Pid::from_raw);
        Ok(rustix::process::kill_process(pid.context("a pid")?, Signal::HUP)?)
    }

    /// Waits until the log says this behind what it had.
    fn wait_for_log(&self, from: usize, word: &str) -> Result<()> {
        let begun = Instant::now();
        while !self.rig.director.log().get(from..).is_some_and(|news| news.contains(word)) {
            ensure!(
                begun.elapsed() < PATIENCE,
                "the log does not say {word:?}: {}",
                self.rig.director.log_tail()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}
