//! Unmodified programs against the director: Debian's ipvsadm and keepalived by the preload library, ldirectord with our
//! ipvsadm.

use crate::programs::{Daemon, Nginx, command};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};

/// How long a checker may take to notice.
const NOTICE: Duration = Duration::from_secs(15);

pub fn cases() -> Vec<Case> {
    vec![
        case("originals_ipvsadm", &["ipvsadm"], ipvsadm),
        case("originals_keepalived", &["keepalived", "nginx"], keepalived),
        case("originals_keepalived_left_alone", &["keepalived", "nginx"], keepalived_left_alone),
        case("originals_ldirectord", &["ldirectord", "nginx"], ldirectord),
    ]
}

/// The preload library: `$ULVS_SHIM`, or beside the programs that cargo builds. A test does not build it.
fn shim() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("ULVS_SHIM") {
        return Ok(path.into());
    }
    let own = std::env::current_exe()?;
    let places = own.ancestors().skip(1).take(2).map(|directory| directory.join("libulvs_shim.so"));
    let found = places.into_iter().find(|path| path.is_file());
    found.context("no libulvs_shim.so; cargo build -p ulvs-shim (with --release if this is)")
}

/// `ulvs exec -- PROGRAM` with the rig's director.
pub fn under_shim(rig: &Rig, program: &str) -> Result<Command> {
    let mut under = Command::new(rig.directory.path().join("bin/ulvs"));
    under.arg("exec").arg("--shim").arg(shim()?).arg("--").arg(command(program).get_program());
    under.env("ULVS_SOCKET", rig.director.socket());
    Ok(under)
}

/// Status, standard output, standard error.
fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The table that every line begins with.
fn table(rig: &Rig) -> Result<()> {
    let server = rig.plan.servers[0].rip;
    let rules = format!(
        "-A -t 10.0.0.9:84 -s wlc\n-a -t 10.0.0.9:84 -r {server}:80 -m -w 3\n-a -t 10.0.0.9:84 -r 10.0.0.12 -i\n\
         -A -u 10.0.0.9:53 -s rr\n-a -u 10.0.0.9:53 -r 10.0.0.13 -g -w 100000\n\
         -A -t [2001:db8::9]:80\n-a -t [2001:db8::9]:80 -r [2001:db8::11]:80 -m\n--set 900 120 300\n"
    );
    let path = rig.directory.path().join("table");
    std::fs::write(&path, rules)?;
    let mut restore = Command::new(rig.directory.path().join("bin/ipvsadm-restore"));
    restore.env("ULVS_SOCKET", rig.director.socket()).stdin(File::open(path)?);
    let status = restore.status()?;
    ensure!(status.success(), "ipvsadm-restore: {status}");
    Ok(())
}

/// The listing of sync daemons.
const DAEMONS: &str = "-L --daemon";

/// Sync daemons run again as they did, which is on the loopback if at all.
fn daemons_as(rig: &Rig, before: &str) -> Result<()> {
    let now = rig.ipvsadm(DAEMONS)?;
    for role in ["master", "backup"] {
        let is_in = |listing: &str| listing.contains(&format!("{role} sync daemon"));
        match (is_in(before), is_in(&now)) {
            (true, false) => rig.ipvsadm(&format!("--start-daemon {role} --mcast-interface lo"))?,
            (false, true) => rig.ipvsadm(&format!("--stop-daemon {role}"))?,
            _ => continue,
        };
    }
    Ok(())
}

/// Every line that is known to be refused or taken, and what is known to be delicate, to both: the same bytes, the same
/// status, the same table afterwards.
fn ipvsadm() -> Result<String> {
    let rig = Rig::start(Setup::new(DirectRoute, Family::V4))?;
    let refusals = include_str!("../../../tests/ipvsadm/refusals.txt");
    let refusals = refusals.lines().filter_map(|line| line.split(" | ").next());
    let accepted = include_str!("../../../tests/ipvsadm/accepted.txt").lines();
    let listings = include_str!("originals_lines.txt").lines();
    let lines = listings.chain(refusals).chain(accepted);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    table(&rig)?;
    let (mut same, mut not_built, mut different) = (0, 0, Vec::new());
    for line in &lines {
        let args: Vec<String> = line.split_whitespace().map(|word| word.replace("''", "")).collect();
        let mut answers = Vec::new();
        let daemons = rig.ipvsadm(DAEMONS)?;
        for by_original in [true, false] {
            let mut one = if by_original {
                let mut original = Command::new(command("ipvsadm").get_program());
                // As whom it is called is what it calls itself.
                original.arg0("ipvsadm").env("LD_PRELOAD", shim()?);
                original
            } else {
                let mut ours = Command::new(rig.directory.path().join("bin/ulvs"));
                ours.arg("ipvsadm");
                ours
            };
            one.args(&args).env("ULVS_SOCKET", rig.director.socket());
            // Not on the director's host: from here no name server can be reached, and so none is waited for.
            let answer = told(&one.stdin(Stdio::null()).output()?);
            // What fails changes nothing.
            let mut after = Vec::new();
            if answer.0 == Some(0) {
                for listing in ["-Sn", "-Ln --thresholds", "-L --timeout", DAEMONS] {
                    after.push(rig.ipvsadm(listing)?);
                }
                table(&rig)?;
                if by_original {
                    daemons_as(&rig, &daemons)?;
                }
            }
            answers.push((answer, after));
        }
        let (original, ours) = (&answers[0], &answers[1]);
        let is_help = ours.0.1.contains("Commands (the first option must be one of these)");
        let is_not_built = ours.0.2.contains("this version of ulvs") && original.0.0 == ours.0.0;
        if original == ours {
            same += 1;
        } else if is_not_built || (is_help && original.0.0 == Some(0)) {
            not_built += 1;
        } else {
            different.push(format!("{line}\n  the original: {original:?}\n  ours: {ours:?}"));
        }
    }
    ensure!(different.is_empty(), "{} lines differ:\n{}", different.len(), different.join("\n"));
    ensure!(same > 300, "only {same} lines were compared");
    Ok(format!(
        "{same} command lines: same bytes, same status, same table; {not_built} refused by both, with our own reason (or our own help)"
    ))
}

/// Waits until the listing has all of these and none of those.
pub fn wait_for(rig: &Rig, has: &[&str], has_not: &[&str]) -> Result<Duration> {
    let begun = Instant::now();
    loop {
        let listing = rig.ipvsadm("-Ln")?;
        if has.iter().all(|text| listing.contains(text)) && !has_not.iter().any(|text| listing.contains(text))
        {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > NOTICE {
            bail!("not within {NOTICE:?}: {has:?} without {has_not:?} in\n{listing}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What failed; then how it stands with the director, and the end of a program's log.
pub fn telling(rig: &Rig, error: &anyhow::Error, log: &str) -> anyhow::Error {
    let asked = |answer: Result<String>| answer.unwrap_or_else(|refusal| format!("{refusal:#}\n"));
    let counters = rig.counters().map(|counters| {
        let moved = counters.iter().filter(|(_, count)| **count > 0);
        moved.map(|(name, count)| format!("{name} {count}\n")).collect()
    });
    let lines: Vec<&str> = log.lines().collect();
    let end = lines[lines.len().saturating_sub(40)..].join("\n");
    let (listing, connections) = (asked(rig.ipvsadm("-Ln --stats")), asked(rig.ipvsadm("-Lnc")));
    anyhow::anyhow!("{error:#}\n{listing}{connections}{}{end}", asked(counters))
}

/// Three real servers: two of the service, one for when there is none left.
fn three() -> Result<Rig> {
    Rig::start(Setup { servers: 3, ..Setup::new(Nat, Family::V4) })
}

fn web(rig: &Rig, number: usize) -> Result<Nginx> {
    let server = &rig.plan.servers[number];
    let prefix = rig.directory.path().join(&server.name);
    Nginx::start(
        rig.lab.host(&server.name)?,
        prefix,
        &server.name,
        &[rig.plan.real_port],
        rig.directory.path(),
    )
}

/// The listing's words for a real server.
fn row(rig: &Rig, number: usize) -> String {
    format!("-> {}:{} ", rig.plan.servers[number].rip, rig.plan.real_port)
}

/// Who answers now.
fn who(rig: &Rig) -> Result<String> {
    Ok(rig.get("/", Duration::from_secs(3))?.real_server)
}

/// Both go and come back; with none left the third answers. Says how long each step took.
fn go_and_come(rig: &Rig) -> Result<Vec<String>> {
    let rows = [0, 1, 2].map(|number| row(rig, number));
    let rows = rows.each_ref().map(String::as_str);
    let (first, second, sorry) = (web(rig, 0)?, web(rig, 1)?, web(rig, 2)?);
    let mut report = Vec::new();
    let mut step = |what: &str, has: &[&str], has_not: &[&str]| -> Result<()> {
        let took = wait_for(rig, has, has_not).with_context(|| what.to_owned())?;
        report.push(format!("{what} ({:.1} s)", took.as_secs_f32()));
        Ok(())
    };
    step("both are in the table", &[rows[0], rows[1]], &[rows[2]])?;
    ensure!(["rs1", "rs2"].contains(&who(rig)?.as_str()));
    drop(first);
    step("the first stops and is removed", &[rows[1]], &[rows[0], rows[2]])?;
    for _ in 0..4 {
        ensure!(who(rig)? == "rs2", "one that is gone got a connection");
    }
    drop(second);
    step("the second stops: the sorry server is there", &[rows[2]], &[rows[0], rows[1]])?;
    ensure!(who(rig)? == "rs3");
    let _first = web(rig, 0)?;
    step("the first is back, the sorry server leaves", &[rows[0]], &[rows[1], rows[2]])?;
    ensure!(who(rig)? == "rs1");
    let _second = web(rig, 1)?;
    step("the second is back", &[rows[0], rows[1]], &[rows[2]])?;
    drop(sorry);
    Ok(report)
}

/// Starts a program that goes on, with its words in a file.
pub fn start(rig: &Rig, mut program: Command, log: &str) -> Result<Daemon> {
    let log = File::create(rig.directory.path().join(log))?;
    program.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
    Ok(Daemon(rig.host()?.spawn(program)?))
}

/// The director dies while keepalived waits for its answer: keepalived goes on, and ends when it is told to.
fn keepalived_left_alone() -> Result<String> {
    let mut rig = three()?;
    let (vip, port) = (rig.plan.service.ip(), rig.plan.real_port);
    let config = format!(
        "virtual_server {vip} 80 {{\n  delay_loop 1\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n  real_server {} {port} {{\n    \
         weight 1\n    TCP_CHECK {{\n      connect_timeout 1\n      retry 0\n    }}\n  }}\n}}\n",
        rig.plan.servers[0].rip
    );
    let path = |name: &str| rig.directory.path().join(name);
    let log_path = path("keepalived.log");
    let log = || std::fs::read_to_string(&log_path).unwrap_or_default();
    let said = |what: &str| -> Result<()> {
        let begun = Instant::now();
        while !log().contains(what) {
            ensure!(begun.elapsed() < NOTICE, "keepalived did not say {what:?}: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    };
    std::fs::write(path("keepalived.conf"), config)?;
    let mut program = under_shim(&rig, "keepalived")?;
    program.args(["-n", "-l", "-C", "-f"]).arg(path("keepalived.conf"));
    program.arg("-p").arg(path("keepalived.pid")).arg("-c").arg(path("checkers.pid"));
    let mut keepalived = start(&rig, program, "keepalived.log")?;
    said("Removing service")?;
    // It says so before it asks for it, and would wait for that answer already.
    let rip = rig.plan.servers[0].rip.to_string();
    let begun = Instant::now();
    while rig.ipvsadm("-Sn")?.contains(&rip) {
        ensure!(begun.elapsed() < NOTICE, "the real server is not removed: {}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
    rig.director.signal(Signal::STOP)?;
    let web = web(&rig, 0)?;
    // It asks, and waits.
    said("Adding service")?;
    rig.director.signal(Signal::KILL)?;
    rig.director.wait(Duration::from_secs(5))?;
    said("error: No such device")?;
    drop(web);
    kill_process(Pid::from_child(&keepalived.0), Signal::TERM)?;
    let begun = Instant::now();
    while keepalived.0.try_wait()?.is_none() {
        ensure!(begun.elapsed() < NOTICE, "keepalived does not end: {}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok("it was told that there is no IPVS any more, and ended when it was told to".to_owned())
}

fn keepalived() -> Result<String> {
    let mut rig = three()?;
    let (vip, port) = (rig.plan.service.ip(), rig.plan.real_port);
    let rips: Vec<_> = rig.plan.servers.iter().map(|server| server.rip.to_string()).collect();
    let config = format!(
        "global_defs {{\n  lvs_timeouts tcp 700 tcpfin 60 udp 100\n}}\n\
         virtual_server {vip} 80 {{\n  delay_loop 1\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n  \
         sorry_server {} {port}\n  \
         real_server {} {port} {{\n    weight 1\n    TCP_CHECK {{\n      connect_timeout 1\n      retry 0\n    }}\n  }}\n  \
         real_server {} {port} {{\n    weight 1\n    HTTP_GET {{\n      url {{\n        path /\n        status_code 200\n      }}\n      \
         connect_timeout 1\n      retry 0\n    }}\n  }}\n}}\n",
        rips[2], rips[0], rips[1]
    );
    let path = |name: &str| rig.directory.path().join(name);
    std::fs::write(path("keepalived.conf"), config)?;
    let mut program = under_shim(&rig, "keepalived")?;
    program.args(["-n", "-l", "-C", "-f"]).arg(path("keepalived.conf"));
    program.arg("-p").arg(path("keepalived.pid")).arg("-c").arg(path("checkers.pid"));
    let mut keepalived = start(&rig, program, "keepalived.log")?;
    let log = || std::fs::read_to_string(path("keepalived.log")).unwrap_or_default();
    let mut report = go_and_come(&rig).map_err(|error| telling(&rig, &error, &log()))?;
    ensure!(rig.ipvsadm("-L --timeout")?.contains("700 60 100"), "keepalived's timeouts are not set");
    // Asked to end, it takes back what it made.
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&keepalived.0),
        rustix::process::Signal::TERM,
    )?;
    ensure!(keepalived.0.wait()?.success(), "keepalived failed: {}", log());
    ensure!(rig.ipvsadm("-Sn")?.is_empty(), "keepalived left {}", rig.ipvsadm("-Sn")?);
    ensure!(rig.ipvsadm("-L --timeout")?.contains("900 120 300"), "the old timeouts are not back");
    ensure!(!log().contains("IPVS cmd"), "keepalived complained: {}", log());
    rig.stop()?;
    report.push("ended: table empty, timeouts as before".to_owned());
    Ok(report.join("\n"))
}

fn ldirectord() -> Result<String> {
    let mut rig = three()?;
    let (vip, port) = (rig.plan.service.ip(), rig.plan.real_port);
    let rips: Vec<_> = rig.plan.servers.iter().map(|server| server.rip.to_string()).collect();
    let config = format!(
        "checktimeout=3\ncheckinterval=1\nautoreload=yes\nquiescent=no\nlogfile=\"{}\"\n\
         virtual={vip}:80\n\treal={}:{port} masq 1\n\treal={}:{port} masq 3\n\tfallback={}:{port} masq\n\
         \tservice=http\n\tscheduler=wrr\n\tprotocol=tcp\n\tchecktype=negotiate\n\tcheckport={port}\n\
         \trequest=\"/\"\n\treceive=\"rs\"\n",
        rig.directory.path().join("ldirectord.log").display(),
        rips[0],
        rips[1],
        rips[2]
    );
    let ldirectord = Ldirectord::start(&rig, &config)?;
    let outcome = go_and_come(&rig).map_err(|error| telling(&rig, &error, &ldirectord.log()));
    let ended = ldirectord.end(&rig);
    let mut report = outcome?;
    ended?;
    rig.stop()?;
    report.push("ended: table empty".to_owned());
    Ok(report.join("\n"))
}

/// ldirectord with our ipvsadm.
pub struct Ldirectord {
    process: Daemon,
    config: PathBuf,
    said: PathBuf,
}

impl Ldirectord {
    /// Starts it on the director's host. With -d it takes the ipvsadm of the directory that it is started in, and stays in
    /// the foreground. Its pid file has the configuration's name.
    pub fn start(rig: &Rig, config: &str) -> Result<Self> {
        let place = rig.directory.path().join("ld");
        std::fs::create_dir(&place)?;
        symlink(std::fs::read_link(rig.directory.path().join("bin/ipvsadm"))?, place.join("ipvsadm"))?;
        let path = place.join(format!("ulvs-{}.cf", std::process::id()));
        std::fs::write(&path, config)?;
        let mut program = command("ldirectord");
        program.arg("-d").arg(&path).arg("start").current_dir(&place);
        program.env("ULVS_SOCKET", rig.director.socket());
        let process = start(rig, program, "ldirectord.out")?;
        Ok(Self { process, config: path, said: rig.directory.path().join("ldirectord.out") })
    }

    /// Another configuration, which it takes by itself if it has `autoreload`. Renamed into its place: the half of a file
    /// is a configuration too, and what was written within the same second ldirectord does not look at again.
    pub fn write_config(&self, config: &str) -> Result<()> {
        let new = self.config.with_extension("new");
        std::fs::write(&new, config)?;
        Ok(std::fs::rename(new, &self.config)?)
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Asks it to end; it takes back what it made.
    pub fn end(mut self, rig: &Rig) -> Result<()> {
        let pid = rustix::process::Pid::from_child(&self.process.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let _ = self.process.0.wait();
        let left = rig.ipvsadm("-Sn")?;
        ensure!(left.is_empty(), "ldirectord left {left}");
        Ok(())
    }
}
