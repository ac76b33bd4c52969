//! Configurations of other programs, with their health checks: real servers stop and come back, requests go to who is there,
//! and the table and the log say so.

use crate::floods::PATIENCE;
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Result, ensure};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use testnet::actor::http_server::HttpServer;
use testnet::plan::{Family, Plan};
use ulvs::lvs::ForwardingMethod::{self, DirectRoute, Nat, Tunnel};

/// Requests that are looked at each time.
const REQUESTS: usize = 20;

/// A configuration in some language.
struct Dialect {
    name: &'static str,
    method: ForwardingMethod,
    text: fn(&Plan) -> String,
    /// Changes until both are up.
    at_start: &'static [&'static str],
    /// What the log says of one that stops, behind its address.
    down: fn(rip: &str) -> String,
    /// And of one that is back.
    up: fn(rip: &str) -> String,
}

pub fn cases() -> Vec<Case> {
    let dialects = [
        Dialect {
            name: "keepalived",
            method: DirectRoute,
            text: keepalived,
            at_start: &[],
            down: |rip| format!("Removing service [{rip}]:tcp:"),
            up: |rip| format!("Adding service [{rip}]:tcp:"),
        },
        Dialect {
            name: "ldirectord",
            method: Nat,
            text: ldirectord,
            at_start: &["up with weight 1", "quorum gained", "up with weight 3"],
            down: |rip| format!("Quiescent real server: {rip}:"),
            up: |rip| format!("Restored real server: {rip}:"),
        },
        Dialect {
            name: "piranha",
            method: Tunnel,
            text: piranha,
            at_start: &["up with weight 1", "quorum gained", "up with weight 1"],
            down: |rip| format!("[inactive] shutting down {rip}:"),
            up: |rip| format!("[ active ] making {rip}:"),
        },
    ];
    let run = |dialect: Dialect| {
        let name = format!("health_{}", dialect.name);
        case(name, &["ip"], move || health(&dialect))
    };
    dialects.into_iter().map(run).collect()
}

fn health(dialect: &Dialect) -> Result<String> {
    let setup = Setup { workers: 1, ..Setup::new(dialect.method, Family::V4) };
    let plan = setup.plan();
    let any = SocketAddr::from(([0, 0, 0, 0], plan.real_port));
    let mut rig = Rig::start(Setup { rules: Some((dialect.text)(&plan)), ..setup })?;
    let web = |rig: &Rig, name: &str| HttpServer::start(rig.lab.host(name)?, any);
    let (first, second) = (rig.plan.servers[0].rip.to_string(), rig.plan.servers[1].rip.to_string());
    let one = web(&rig, "rs1")?;
    let _two = web(&rig, "rs2")?;
    until(&rig, "both are up", |table| table.eligible(&first) && table.eligible(&second))?;
    ensure!(rig.who_answers(REQUESTS, PATIENCE)?.len() == 2, "not both answer");

    let begun = Instant::now();
    drop(one);
    until(&rig, "the first is out", |table| !table.eligible(&first) && table.eligible(&second))?;
    let out_after = begun.elapsed();
    let answered = rig.who_answers(REQUESTS, PATIENCE)?;
    ensure!(answered == BTreeSet::from(["rs2".to_owned()]), "{answered:?} answer");

    let begun = Instant::now();
    let _one = web(&rig, "rs1")?;
    until(&rig, "the first is back", |table| table.eligible(&first))?;
    let back_after = begun.elapsed();
    ensure!(rig.who_answers(REQUESTS, PATIENCE)?.len() == 2, "not both answer again");

    let told = rig.ulvs_ends(&["watch", "--once"], 0)?;
    // Real servers may have been asked before they listened: then the first words are of that.
    let of_stop: Vec<_> = told.lines().filter(|line| line.contains(&first)).collect();
    let ends = of_stop.iter().rev().take(2).rev().map(|line| line.contains(": down: ")).collect::<Vec<_>>();
    ensure!(ends == [true, false], "{told}");
    for word in dialect.at_start {
        ensure!(told.contains(word), "no `{word}`: {told}");
    }
    let log = rig.director.log();
    for line in [(dialect.down)(&first), (dialect.up)(&first)] {
        ensure!(log.contains(&line), "the log does not say `{line}`");
    }
    // Checks never rest.
    let nothing = rig.directory.path().join("nothing");
    std::fs::write(&nothing, "# no services, no checks\n")?;
    let name = nothing.display().to_string();
    rig.ulvs_ends(&["apply", "--format", "rules", &name], 0)?;
    let account = rig.account()?;
    account.check()?;
    rig.stop()?;
    let (out, back) = (out_after.as_secs_f64(), back_after.as_secs_f64());
    Ok(format!("out after {out:.1} s, back after {back:.1} s\naccounting: {account}"))
}

/// Which real servers answer.
struct Table(String);

impl Table {
    /// It is in the table with a weight above 0.
    fn eligible(&self, rip: &str) -> bool {
        let line = self.0.lines().find(|line| line.contains(&format!("-> {rip}:")));
        let weight =
            line.and_then(|line| line.split_whitespace().nth(3)).and_then(|weight| weight.parse().ok());
        weight.is_some_and(|weight: u32| weight > 0)
    }
}

fn until(rig: &Rig, what: &str, holds: impl Fn(&Table) -> bool) -> Result<()> {
    let begun = Instant::now();
    loop {
        let table = Table(rig.ipvsadm("-Ln")?);
        if holds(&table) {
            return Ok(());
        }
        ensure!(begun.elapsed() < 2 * PATIENCE, "never: {what}: {}", table.0);
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn keepalived(plan: &Plan) -> String {
    let (vip, vport) = (plan.service.ip(), plan.service.port());
    let mut text = format!(
        "! made for a test\nglobal_defs {{\n  router_id LVS_DEVEL\n}}\n\nvirtual_server {vip} {vport} {{\n  delay_loop 1\n  \
         lb_algo rr\n  lb_kind DR\n  protocol TCP\n"
    );
    for server in &plan.servers {
        let _ = write!(
            text,
            "  real_server {} {} {{\n    weight 1\n    TCP_CHECK {{\n      connect_timeout 2\n      retry 1\n      \
             delay_before_retry 1\n    }}\n  }}\n",
            server.rip, plan.real_port
        );
    }
    text + "}\n"
}

fn ldirectord(plan: &Plan) -> String {
    let mut text = format!(
        "checktimeout=3\ncheckinterval=1\nautoreload=no\nquiescent=yes\n\nvirtual={}\n\tservice=http\n\tscheduler=wrr\n\t\
         protocol=tcp\n\tchecktype=negotiate\n\trequest=\"index.html\"\n\treceive=\"rs\"\n",
        plan.service
    );
    for (server, weight) in plan.servers.iter().zip([1, 3]) {
        let _ = writeln!(text, "\treal={}:{} masq {weight}", server.rip, plan.real_port);
    }
    text
}

fn piranha(plan: &Plan) -> String {
    let mut text = format!(
        "serial_no = 1\nprimary = {}\nservice = lvs\nnetwork = tunnel\nvirtual web {{\n     active = 1\n     \
         address = {} eth0:1\n     port = {}\n     send = \"GET / HTTP/1.0\\r\\n\\r\\n\"\n     expect = \"HTTP\"\n     \
         scheduler = rr\n     protocol = tcp\n     timeout = 1\n     reentry = 2\n",
        plan.dip,
        plan.service.ip(),
        plan.service.port()
    );
    for server in &plan.servers {
        let _ = write!(
            text,
            "     server {} {{\n         address = {}\n         active = 1\n         weight = 1\n     }}\n",
            server.name, server.rip
        );
    }
    text + "}\n"
}
