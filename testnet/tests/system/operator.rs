//! An operator drains a real server under its clients' hands: who is there stays, nobody new comes, not even those with a
//! template; and when it is ready again they come. Nothing is dropped.

use crate::floods::{ECHO, Live, PATIENCE};
use crate::load::Echo;
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use testnet::actor::http_server::HttpServer;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// Requests that must all go elsewhere.
const REQUESTS: usize = 20;

pub fn cases() -> Vec<Case> {
    [(DirectRoute, Family::V4, 2), (Nat, Family::V6, 1)]
        .map(|(method, family, workers)| {
            let setup = Setup { workers, ..Setup::new(method, family) };
            case(format!("operator_{}", setup.name()), &["curl", "ip"], move || operator(&setup))
        })
        .into()
}

fn operator(setup: &Setup) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let any = |port| match setup.family {
        Family::V4 => SocketAddr::from(([0, 0, 0, 0], port)),
        Family::V6 => SocketAddr::from(([0; 8], port)),
    };
    let web_server = |name: &str| HttpServer::start(rig.lab.host(name)?, any(rig.plan.real_port));
    let _servers = [web_server("rs1")?, web_server("rs2")?];
    let _echoes =
        [Echo::start(rig.lab.host("rs1")?, any(ECHO))?, Echo::start(rig.lab.host("rs2")?, any(ECHO))?];
    rig.add_service("-t", rig.plan.service.port(), rig.plan.real_port, 2)?;
    rig.add_service("-t", ECHO, ECHO, 2)?;
    let echo = SocketAddr::new(rig.plan.service.ip(), ECHO);
    rig.ipvsadm(&format!("-E -t {echo} -s rr -p 300"))?;

    let mut here = Live::open(&rig)?;
    here.speak()?;
    let drained = server_of(&rig, &here)?;
    let name = drained.to_string();
    rig.ulvs_ends(&["drain", &name], 0)?;
    here.speak()?;
    let mut newcomer = Live::open(&rig)?;
    newcomer.speak()?;
    let other = server_of(&rig, &newcomer)?;
    ensure!(other != drained, "the template led a newcomer to {drained}");
    let asked = rig.who_answers(REQUESTS, PATIENCE)?;
    ensure!(asked.len() == 1, "requests to {asked:?}");
    // It has a connection, and keeps it, also when the time that it had is over.
    let waited = rig.ulvs_ends(&["drain", &name, "--wait", "--timeout", "1"], 5)?;
    ensure!(waited.contains("1 connection left after 1 s"), "{waited}");
    let passed = format!("{}: deadline passed, 1 connection is left (time)", SocketAddr::new(drained, ECHO));
    let begun = Instant::now();
    while !rig.ulvs_ends(&["watch", "--once"], 0)?.contains(&passed) {
        ensure!(begun.elapsed() < PATIENCE, "the deadline does not pass");
        std::thread::sleep(Duration::from_millis(50));
    }
    let shown = rig.ulvs_ends(&["status"], 0)?;
    ensure!(shown.contains("deadline passed, 1 connection left"), "{shown}");
    here.speak()?;
    let shown = rig.ulvs_ends(&["status"], 0)?;
    ensure!(shown.contains(" drain ") && shown.contains("0 of 1"), "{shown}");

    rig.ulvs_ends(&["maint", &name], 0)?;
    let table = rig.ipvsadm("-Ln")?;
    ensure!(!table.contains(&name), "{table}");
    ensure!(rig.who_answers(REQUESTS, PATIENCE)? == asked, "somebody else answers");

    rig.ulvs_ends(&["ready", &name], 0)?;
    let asked = rig.who_answers(REQUESTS, PATIENCE)?;
    ensure!(asked.len() == 2, "requests to {asked:?} only");
    newcomer.speak()?;
    let told = rig.ulvs_ends(&["watch", "--once"], 0)?;
    let lines = told.lines().count();
    ensure!(lines == 10, "two services, four decisions, a deadline: {told}");
    drop((here, newcomer));
    let account = rig.account()?;
    account.check()?;
    rig.stop()?;
    Ok(format!("{name}: drained, out of the table, ready again\naccounting: {account}"))
}

/// Which real server answers whom.
/// The real server of a connection.
fn server_of(rig: &Rig, live: &Live) -> Result<IpAddr> {
    let listing = rig.ipvsadm("-Lnc")?;
    let client = live.local()?.to_string();
    let line = listing.lines().find(|line| line.contains(&client)).context("the connection")?;
    let real: SocketAddr = line.split_whitespace().last().context("RIP")?.parse()?;
    Ok(real.ip())
}
