//! Health checks that go through the VIP: nginx listens on the VIP alone, so that a check of the real server's own address
//! says nothing. Real servers stop and come back, drained or not; clients lose nothing, and checks count for nobody.

use crate::floods::PATIENCE;
use crate::programs::{Nginx, run};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use testnet::actor::http_client;
use testnet::actor::http_server::HttpServer;
use testnet::plan::{Family, Plan};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat, Tunnel};

/// Requests each time.
const REQUESTS: u64 = 40;

pub fn cases() -> Vec<Case> {
    [
        (DirectRoute, Family::V4, 2),
        (Tunnel, Family::V4, 1),
        (DirectRoute, Family::V6, 1),
        (Nat, Family::V6, 2),
        (Nat, Family::V4, 1),
    ]
    .map(|(method, family, workers)| {
        let setup = Setup { workers, ..Setup::new(method, family) };
        case(format!("through_vip_{}", setup.name()), &["nginx", "ip"], move || through_vip(&setup))
    })
    .into()
}

fn through_vip(setup: &Setup) -> Result<String> {
    let plan = setup.plan();
    let is_nat = setup.method == Nat;
    let mut rig = Rig::start(Setup { rules: Some(configuration(&plan, false)), ..setup.clone() })?;
    let web = |rig: &Rig, number: usize, run: &str| {
        let server = &rig.plan.servers[number];
        let at = if is_nat { SocketAddr::new(server.rip, rig.plan.real_port) } else { rig.plan.service };
        let prefix = rig.directory.path().join(format!("{}-{run}", server.name));
        Nginx::start_at(rig.lab.host(&server.name)?, prefix, &server.name, at, rig.directory.path())
    };
    let first = web(&rig, 0, "a")?;
    let _second = web(&rig, 1, "a")?;
    let mut report = Vec::new();

    // By their own addresses: nobody is there, but for NAT, which has no other way.
    let own = if is_nat { vec![true, true] } else { vec![false, false] };
    until(&rig, "the answer of their own addresses", |up| up == own)?;
    apply(&rig, &configuration(&rig.plan, true))?;
    until(&rig, "both are up through the VIP", |up| up == [true, true])?;
    let mut asked = requests(&rig, &["rs1", "rs2"])?;

    let begun = Instant::now();
    drop(first);
    until(&rig, "the first is out", |up| up == [false, true])?;
    report.push(format!("out after {:.1} s", begun.elapsed().as_secs_f64()));
    asked += requests(&rig, &["rs2"])?;

    // Drained, it has no weight, and is asked all the same.
    let drained = rig.plan.servers[0].rip.to_string();
    rig.ulvs_ends(&["drain", &drained], 0)?;
    let begun = Instant::now();
    let first = web(&rig, 0, "b")?;
    until_said(&rig, "weight 0 is up", |shown| {
        let line = shown.lines().find(|line| line.contains(&drained)).unwrap_or_default();
        line.contains("drain") && !line.contains("down") && !shown.contains("weight 0 ")
    })?;
    rig.ulvs_ends(&["ready", &drained], 0)?;
    until(&rig, "the first is back", |up| up == [true, true])?;
    report.push(format!("back after {:.1} s", begun.elapsed().as_secs_f64()));
    asked += requests(&rig, &["rs1", "rs2"])?;

    if setup.method == DirectRoute && setup.family == Family::V4 {
        report.push(nobody_else_answers(&rig)?);
    }
    if is_nat {
        // What such servers send to the host takes the door while they are asked so.
        let at = SocketAddr::new(rig.plan.servers[0].rip, rig.plan.real_port);
        let answer = http_client::get(rig.host()?, at, "/", PATIENCE)?;
        ensure!(answer.real_server == "rs1", "{} answers for itself", answer.real_server);
    }
    report.push(counted(&rig, asked)?);
    drop(first);
    apply(&rig, &configuration(&rig.plan, false))?;
    let door = || Ok::<_, anyhow::Error>(run(rig.host()?, "ip", &["link"], PATIENCE)?.contains("ulvs"));
    let begun = Instant::now();
    while door()? {
        ensure!(begun.elapsed() < PATIENCE, "the door stays");
    }
    apply(&rig, "")?;
    let account = rig.account()?;
    account.check()?;
    let counters = rig.counters()?;
    // What is on its way through the door when that is shut is nobody's.
    let is_lost = |name: &str| name.starts_with("frames_dropped{") && !name.contains("transmit_failed");
    let dropped: Vec<_> = counters.iter().filter(|(name, count)| is_lost(name) && **count > 0).collect();
    ensure!(dropped.is_empty(), "dropped: {dropped:?}");
    rig.stop()?;
    report.push(format!("accounting: {account}"));
    Ok(report.join("\n"))
}

/// The VIP becomes an address of the host, where something listens, too: that is not the real server, which so is not up.
fn nobody_else_answers(rig: &Rig) -> Result<String> {
    let vip = rig.plan.service.ip();
    let host = rig.host()?;
    run(host, "ip", &["link", "set", "lo", "up"], PATIENCE)?;
    run(host, "ip", &["addr", "add", &format!("{vip}/32"), "dev", "lo"], PATIENCE)?;
    let impostor = HttpServer::start(host, rig.plan.service)?;
    until(rig, "both are down", |up| up == [false, false])?;
    let told = rig.ulvs_ends(&["watch", "--once"], 0)?;
    let why = format!("{vip} is an address of this host, which asks itself");
    ensure!(told.contains(&why), "{told}");
    let refused = rig.directory.path().join("again");
    std::fs::write(&refused, configuration(&rig.plan, true))?;
    let name = refused.display().to_string();
    let done = rig.director.output(host, "ulvs", &["apply", "--format", "ulvs", &name])?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    ensure!(!done.status.success() && said.contains("it is an address of this host"), "{said}");
    drop(impostor);
    run(host, "ip", &["addr", "del", &format!("{vip}/32"), "dev", "lo"], PATIENCE)?;
    until(rig, "both are up again", |up| up == [true, true])?;
    Ok(format!("on the host: {why}"))
}

/// What clients asked has been counted, and nothing else.
fn counted(rig: &Rig, asked: u64) -> Result<String> {
    let begun = Instant::now();
    loop {
        let listing = rig.ipvsadm(&format!("-Ln --stats --exact -t {}", rig.plan.service))?;
        let line = listing.lines().find(|line| line.starts_with("TCP")).context("the service's line")?;
        let numbers: Vec<u64> =
            line.split_whitespace().skip(2).filter_map(|word| word.parse().ok()).collect();
        let [conns, in_pkts, out_pkts, ..] = numbers[..] else { anyhow::bail!("{listing}") };
        let counters = rig.counters()?;
        let of = |method: &str| {
            counters.get(&format!("frames_forwarded{{method=\"{method}\"}}")).copied().unwrap_or(0)
        };
        let (on, back) = match rig.setup.method {
            Nat => (of("masq"), of("masq_reply")),
            Tunnel => (of("tunnel"), 0),
            _ => (of("route"), 0),
        };
        if (conns, in_pkts, out_pkts) == (asked, on, back) {
            ensure!(of("check") > 0, "no check was counted");
            let listed = rig.ipvsadm("-Lnc")?;
            let own = [Some(rig.plan.dip), rig.plan.inner_dip].into_iter().flatten();
            for dip in own {
                let from = SocketAddr::new(dip, 0).to_string();
                let from = format!(" {}", from.trim_end_matches('0'));
                ensure!(!listed.contains(&from), "{listed}");
            }
            return Ok(format!(
                "{asked} requests = {conns} connections, {on} packets forwarded for them, {} for checks",
                of("check")
            ));
        }
        // Figures are published once a second.
        ensure!(begun.elapsed() < PATIENCE, "{asked} requests, {on} on, {back} back: {listing}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// So many requests, all answered, by these.
fn requests(rig: &Rig, by: &[&str]) -> Result<u64> {
    let mut answered = BTreeMap::<String, u64>::new();
    for number in 0..REQUESTS {
        let answer = rig.get("/", PATIENCE).with_context(|| format!("request {number}"))?;
        ensure!(answer.status == 200, "status {}", answer.status);
        *answered.entry(answer.real_server).or_default() += 1;
    }
    let names: BTreeSet<&str> = answered.keys().map(String::as_str).collect();
    ensure!(names == by.iter().copied().collect(), "{answered:?} answer");
    Ok(REQUESTS)
}

/// Waits until these are in the table with a weight.
fn until(rig: &Rig, what: &str, holds: impl Fn(&[bool]) -> bool) -> Result<()> {
    let begun = Instant::now();
    loop {
        let table = rig.ipvsadm("-Ln")?;
        let is_up = |server: &testnet::plan::ServerPlan| {
            let address = SocketAddr::new(server.rip, rig.plan.real_port).to_string();
            let line = table.lines().find(|line| line.contains(&format!("-> {address} ")));
            line.and_then(|line| line.split_whitespace().nth(3)).is_some_and(|weight| weight != "0")
        };
        let up: Vec<bool> = rig.plan.servers.iter().map(is_up).collect();
        if holds(&up) {
            return Ok(());
        }
        if begun.elapsed() > 2 * PATIENCE {
            let told = rig.ulvs_ends(&["watch", "--once"], 0)?;
            anyhow::bail!("never: {what}: {table}{told}{}", rig.director.log_tail());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn until_said(rig: &Rig, what: &str, holds: impl Fn(&str) -> bool) -> Result<()> {
    let begun = Instant::now();
    loop {
        let shown = rig.ulvs_ends(&["status"], 0)?;
        if holds(&shown) {
            return Ok(());
        }
        ensure!(begun.elapsed() < 2 * PATIENCE, "never: {what}: {shown}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn apply(rig: &Rig, text: &str) -> Result<()> {
    let path = rig.directory.path().join("applied.toml");
    std::fs::write(&path, text)?;
    rig.ulvs_ends(&["apply", "--format", "ulvs", &path.display().to_string()], 0).map(drop)
}

fn configuration(plan: &Plan, through_vip: bool) -> String {
    let method = match plan.wish.method {
        Nat => "nat",
        Tunnel => "tunnel",
        _ => "route",
    };
    let mut text = format!(
        "[[service]]\naddress = \"tcp {}\"\nscheduler = \"rr\"\nmethod = \"{method}\"\ncheck = {{ type = \"http\", path = \
         \"/\", interval = \"200ms\", timeout = \"1s\", falls = 2, rises = 1, warmup = 0, through_vip = {through_vip} }}\n",
        plan.service
    );
    for server in &plan.servers {
        let at = SocketAddr::new(server.rip, plan.real_port);
        let _ = write!(text, "[[service.server]]\naddress = \"{at}\"\n");
    }
    text
}
