//! The configuration's files change under a running director, while requests run: what is valid is taken, what is wrong is
//! not, and no request is lost. A file of maintenance takes a real server down; what an operator decided survives a restart.

use crate::floods::PATIENCE;
use crate::load::Requests;
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use testnet::actor::http_server::HttpServer;
use testnet::plan::{Family, Plan};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// Requests that are looked at each time.
const REQUESTS: usize = 20;
/// The port of the service that a file of its own is about.
const OTHER: u16 = 8000;

pub fn cases() -> Vec<Case> {
    [(Nat, 1), (DirectRoute, 2)]
        .map(|(method, workers)| {
            let setup = Setup { workers, ..Setup::new(method, Family::V4) };
            case(format!("autoreload_{}", setup.name()), &["ip"], move || autoreload(&setup))
        })
        .into()
}

/// What the files say now.
struct Files {
    plan: Plan,
    folder: PathBuf,
    /// `rules` is the configuration that the rig starts with.
    main: PathBuf,
    part: PathBuf,
    decisions: PathBuf,
}

impl Files {
    /// The configuration, with this weight of the second real server.
    fn text(&self, weight: &str, autoreload: &str) -> String {
        let method = if self.plan.wish.method == Nat { "masq" } else { "gate" };
        let [first, second] = [0, 1].map(|n| format!("{}:{}", self.plan.servers[n].rip, self.plan.real_port));
        format!(
            "checktimeout=3\ncheckinterval=1\nautoreload={autoreload}\nquiescent=yes\nreaddquiescent=yes\n\
             maintenancedir={}\nexecute={}\n\nvirtual={}\n\treal={first} {method} 1\n\treal={second} {method} {weight}\n\t\
             service=http\n\tscheduler=wrr\n\tchecktype=connect\n",
            self.folder.display(),
            self.part.display(),
            self.plan.service
        )
    }

    /// The file that the other one names.
    fn part(&self, weight: u32) -> String {
        let real = &self.plan.servers[0].rip;
        format!(
            "virtual={}:{OTHER}\n\treal={real}:{OTHER} gate {weight}\n\tchecktype=on\n",
            self.plan.service.ip()
        )
    }
}

fn autoreload(setup: &Setup) -> Result<String> {
    let plan = setup.plan();
    let own = tempfile::Builder::new().prefix("ulvs-autoreload-").tempdir()?;
    let at = |name: &str| own.path().join(name);
    let mut files = Files {
        plan,
        folder: at("maintenance"),
        main: at("main.cf"),
        part: at("part.cf"),
        decisions: at("decisions"),
    };
    std::fs::create_dir(&files.folder)?;
    std::fs::write(&files.part, files.part(1))?;
    let options = vec!["--decisions".to_owned(), files.decisions.display().to_string()];
    let any = SocketAddr::from(([0, 0, 0, 0], files.plan.real_port));
    let rules = Some(files.text("1", "yes"));
    let mut rig = Rig::start(Setup { rules, options, ..setup.clone() })?;
    files.main = rig.directory.path().join("rules");
    let web = |name: &str| HttpServer::start(rig.lab.host(name)?, any);
    let _servers = [web("rs1")?, web("rs2")?];
    until(&rig, "both are up", |rig| Ok(weights(rig, rig.plan.service.port())? == "1 1"))?;
    // Not so many that the client's ports come around: a connection that is closing would lead a newcomer to its server.
    let pause = Duration::from_millis(5);
    let requests = Requests::start(rig.client()?, rig.plan.service, 4, pause, PATIENCE)?;

    edits(&rig, &files)?;
    maintenance(&rig, &files)?;
    let (done, failed, failure) = requests.finish();
    ensure!(failed == 0, "{failed} of {} requests failed: {failure}", done + failed);
    ensure!(done > 0, "no requests");
    let restarts = restarts(&mut rig, &files)?;
    // Checks never rest.
    rig.ulvs_ends(&["ready", &rig.plan.servers[1].rip.to_string()], 0)?;
    let nothing = at("nothing");
    std::fs::write(&nothing, "# no services, no checks\n")?;
    rig.ulvs_ends(&["apply", "--format", "rules", path(&nothing)?], 0)?;
    let account = rig.account()?;
    account.check()?;
    rig.stop()?;
    Ok(format!("{done} requests meanwhile, 0 failed\n{restarts}\naccounting: {account}"))
}

/// Valid files are taken, wrong and empty ones are not.
fn edits(rig: &Rig, files: &Files) -> Result<()> {
    let port = rig.plan.service.port();
    write(&files.main, &files.text("3", "yes"))?;
    until(rig, "the weight is taken", |rig| Ok(weights(rig, port)? == "1 3"))?;
    both_answer(rig)?;
    told(rig, &format!("Configuration file '{}' has changed on disk", files.main.display()))?;
    told(rig, " - reread new configuration")?;

    // The eleventh line, and where in it.
    write(&files.main, &files.text("heavy", "yes"))?;
    let place = format!("{}:11:", files.main.display());
    until(rig, "the error is said", |rig| Ok(rig.director.log().contains(&place)))?;
    let log = rig.director.log();
    let line = log.lines().find(|line| line.starts_with(&place)).context("the error")?;
    let column = line.split(':').nth(2).and_then(|column| column.parse().ok());
    ensure!(column.is_some_and(|column: u32| column > 1) && line.contains("error"), "{line}");
    until(rig, "the old one stays", |rig| Ok(rig.director.log().contains("the old configuration stays")))?;
    ensure!(weights(rig, port)? == "1 3", "a wrong file was taken");

    write(&files.main, "")?;
    until(rig, "an empty file is told of", |rig| {
        Ok(rig.director.log().contains("an empty file is not taken"))
    })?;
    ensure!(weights(rig, port)? == "1 3", "an empty file was taken");
    write(&files.main, &files.text("2", "yes"))?;
    until(rig, "the next one is taken", |rig| Ok(weights(rig, port)? == "1 2"))?;

    // A file that the first one names.
    write(&files.part, &files.part(7))?;
    until(rig, "the part is taken", |rig| Ok(weights(rig, OTHER)? == "7 -"))?;
    told(rig, &format!("Configuration file '{}' has changed on disk", files.part.display()))?;

    // Each check is another one: nobody is down until it has succeeded.
    write(&files.main, &files.text("2", "yes").replace("checktimeout=3", "checktimeout=4"))?;
    until(rig, "other checks are taken", |rig| Ok(reloads(rig) == 4))?;
    ensure!(weights(rig, port)? == "1 2", "{}", weights(rig, port)?);

    // Told only, until somebody asks for it.
    write(&files.main, &files.text("2", "no"))?;
    until(rig, "that is taken", |rig| Ok(reloads(rig) == 5))?;
    let ignored = |rig: &Rig| rig.director.log().matches(" - ignore new configuration").count();
    let before = ignored(rig);
    write(&files.main, &files.text("5", "no"))?;
    until(rig, "it is told", |rig| Ok(ignored(rig) > before))?;
    ensure!(weights(rig, port)? == "1 2", "it was taken");
    rig.ulvs_ends(&["reload"], 0)?;
    ensure!(weights(rig, port)? == "1 5", "it was not taken");
    both_answer(rig)?;
    Ok(())
}

/// A real server that a file is named as gets nobody new, and comes back when the file is gone.
fn maintenance(rig: &Rig, files: &Files) -> Result<()> {
    let (port, first) = (rig.plan.service.port(), &rig.plan.servers[0].rip);
    let file = files.folder.join(first.to_string());
    std::fs::write(&file, "")?;
    until(rig, "the first is in maintenance", |rig| Ok(weights(rig, port)? == "0 5"))?;
    ensure!(
        rig.who_answers(REQUESTS, PATIENCE)? == BTreeSet::from(["rs2".to_owned()]),
        "somebody asks the first"
    );
    let status = rig.status()?;
    let farms = status["farms"].as_array().context("farms")?;
    let servers = farms.iter().flat_map(|farm| farm["servers"].as_array().into_iter().flatten());
    let held: Vec<_> = servers.filter(|server| !server["maintenance"].is_null()).collect();
    let is_first = |server: &serde_json::Value| server["maintenance"] == first.to_string();
    ensure!(!held.is_empty() && held.iter().all(|server| is_first(server)), "{held:?}");
    ensure!(held.iter().all(|server| server["condition"] == "maint"), "{held:?}");
    let shown = rig.ulvs_ends(&["status"], 0)?;
    ensure!(shown.contains(&format!("maintenance file {first}")), "{shown}");
    told(rig, &format!("Quiescent real server: {first}:"))?;
    // Somebody takes it out of the table; it is put back with weight 0.
    let real = SocketAddr::new(*first, rig.plan.real_port);
    rig.ipvsadm(&format!("-d -t {} -r {real}", rig.plan.service))?;
    until(rig, "it is put back", |rig| Ok(rig.director.log().contains("Readd Quiescent real server: ")))?;
    ensure!(weights(rig, port)? == "0 5", "{}", weights(rig, port)?);
    std::fs::remove_file(&file)?;
    until(rig, "it is back", |rig| Ok(weights(rig, port)? == "1 5"))?;
    both_answer(rig)?;
    Ok(())
}

/// Decisions are there again after a restart, but for a file that is damaged.
fn restarts(rig: &mut Rig, files: &Files) -> Result<String> {
    let second = rig.plan.servers[1].rip.to_string();
    rig.ulvs_ends(&["drain", &second, "--timeout", "3600", "--then", "reset"], 0)?;
    rig.stop()?;
    rig.restart()?;
    rig.wait_ready()?;
    let shown = rig.ulvs_ends(&["status"], 0)?;
    let line = shown.lines().find(|line| line.contains(" drain ")).context("nobody is drained")?.to_owned();
    ensure!(line.contains(&second) && line.contains("s to go, then reset"), "{line}");
    until(rig, "the first is up", |rig| Ok(weights(rig, rig.plan.service.port())? == "1 0"))?;
    ensure!(
        rig.who_answers(REQUESTS, PATIENCE)? == BTreeSet::from(["rs1".to_owned()]),
        "somebody asks the second"
    );

    rig.stop()?;
    std::fs::write(&files.decisions, "{\"schema\":1,\"deci")?;
    rig.restart()?;
    rig.wait_ready()?;
    let aside = format!("{}.damaged.1", files.decisions.display());
    ensure!(Path::new(&aside).exists(), "it is not kept aside");
    let log = rig.director.log();
    ensure!(log.matches(&format!("damaged, kept aside as {aside}")).count() == 1, "the log does not say so");
    ensure!(!rig.ulvs_ends(&["status"], 0)?.contains(" drain "), "somebody is drained");
    until(rig, "both are up", |rig| Ok(weights(rig, rig.plan.service.port())? == "1 5"))?;
    Ok(format!("after a restart:{line}"))
}

/// Weights of a service's real servers, in the plan's order; `-`: not in the table.
fn weights(rig: &Rig, port: u16) -> Result<String> {
    let rules = rig.ipvsadm("-S -n")?;
    let service = format!("-a -t {} ", SocketAddr::new(rig.plan.service.ip(), port));
    let weight = |real: &str| {
        let line = rules.lines().find(|line| line.starts_with(&service) && line.contains(real))?;
        line.split(" -w ").nth(1)?.split(' ').next()
    };
    let servers = rig.plan.servers.iter().map(|server| format!(" -r {}:", server.rip));
    Ok(servers.map(|real| weight(&real).unwrap_or("-")).collect::<Vec<_>>().join(" "))
}

/// Which real servers answer.
/// Others ask meanwhile, too, so that it may take a while until it is the lighter one's turn.
fn both_answer(rig: &Rig) -> Result<()> {
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        seen.extend(rig.who_answers(REQUESTS, PATIENCE)?);
        if seen.len() == 2 {
            return Ok(());
        }
    }
    bail!("not both answer: {seen:?}");
}

fn reloads(rig: &Rig) -> usize {
    rig.director.log().matches(" reloaded").count()
}

fn told(rig: &Rig, line: &str) -> Result<()> {
    ensure!(rig.director.log().contains(line), "the log does not say `{line}`: {}", rig.director.log_tail());
    Ok(())
}

/// As editors do: what was there is gone before what comes is there.
fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a path")
}

fn until(rig: &Rig, what: &str, holds: impl Fn(&Rig) -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !holds(rig)? {
        let table = rig.ipvsadm("-Ln")?;
        ensure!(begun.elapsed() < 2 * PATIENCE, "never: {what}: {table}{}", rig.director.log_tail());
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
