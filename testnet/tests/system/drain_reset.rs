//! A drain comes to its deadline in the middle of a download: client and real server are told at once, other real servers'
//! downloads go on.

use crate::floods::PATIENCE;
use crate::programs::{command, output, run, start_web};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::process::Stdio;
use std::time::{Duration, Instant};
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat, Tunnel};

/// Bytes of the file, more than sockets hold, and how fast curl takes them: eight seconds.
const SIZE: usize = 64 << 20;
const RATE: &str = "8M";

/// curl: "failure in receiving network data".
const RECEIVING_FAILED: i32 = 56;

pub fn cases() -> Vec<Case> {
    [
        (DirectRoute, Family::V4, 2),
        (Nat, Family::V4, 2),
        (Nat, Family::V6, 1),
        (Tunnel, Family::V4, 1),
        (DirectRoute, Family::V6, 1),
    ]
    .map(|(method, family, workers)| {
        let setup = Setup { workers, ..Setup::new(method, family) };
        let name = format!("drain_reset_{}", setup.name());
        case(name, &["nginx", "curl", "ss"], move || drain_reset(&setup))
    })
    .into()
}

fn drain_reset(setup: &Setup) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    std::fs::write(rig.directory.path().join("large"), vec![b'x'; SIZE])?;
    let _web = start_web(&rig, rig.directory.path(), &[])?;
    rig.add_service("-t", 80, rig.plan.real_port, 2)?;
    rig.wait_for_service(Duration::from_secs(3))?;

    // Round robin: one each.
    let url = format!("http://{}/files/large", rig.plan.service);
    let mut downloads = Vec::new();
    for number in 0..2 {
        let (headers, file) = (path(&rig, number, "headers"), path(&rig, number, "file"));
        let mut curl = command("curl");
        curl.args(["-sS", "--limit-rate", RATE, "--max-time", "30", "-D", &headers, "-o", &file, &url]);
        curl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let client = rig.client()?;
        let started = client.spawn(curl)?;
        let begun = Instant::now();
        let server = loop {
            let told = std::fs::read_to_string(&headers).unwrap_or_default();
            let named = told.lines().find_map(|line| line.strip_prefix("X-Real-Server: "));
            if let Some(name) = named {
                break name.trim().to_owned();
            }
            ensure!(begun.elapsed() < PATIENCE, "curl gets no answer");
            std::thread::sleep(Duration::from_millis(20));
        };
        downloads.push((server, crate::programs::Daemon(started)));
    }
    downloads.sort_by(|one, other| one.0.cmp(&other.0));
    let names: Vec<_> = downloads.iter().map(|(name, _)| name.as_str()).collect();
    ensure!(names == ["rs1", "rs2"], "downloads from {names:?}");
    ensure!(sockets(&rig, "rs1")? == 1 && sockets(&rig, "rs2")? == 1, "not one socket each");

    let drained = rig.plan.servers[0].rip.to_string();
    let begun = Instant::now();
    let args = ["drain", &drained, "--timeout", "1", "--then", "reset"];
    rig.ulvs_ends(&args, 0)?;
    let (_, mut other) = downloads.pop().context("two downloads")?;
    let (_, mut reset) = downloads.pop().context("two downloads")?;
    let status = loop {
        if let Some(status) = reset.0.try_wait()? {
            break status;
        }
        // curl takes what its socket holds before it looks at how the connection ended.
        ensure!(begun.elapsed() < 4 * PATIENCE, "the download goes on");
        std::thread::sleep(Duration::from_millis(5));
    };
    let took = begun.elapsed();
    let mut said = String::new();
    if let Some(errors) = &mut reset.0.stderr {
        std::io::Read::read_to_string(errors, &mut said)?;
    }
    ensure!(status.code() == Some(RECEIVING_FAILED) && said.contains("reset by peer"), "{status}: {said}");
    let gone = Instant::now();
    while sockets(&rig, "rs1")? > 0 {
        ensure!(gone.elapsed() < PATIENCE, "the real server's socket stays");
    }
    let status = other.0.wait()?;
    ensure!(status.success(), "the other download: {status}");
    let size =
        std::fs::metadata(path(&rig, 0, "file"))?.len().max(std::fs::metadata(path(&rig, 1, "file"))?.len());
    ensure!(size == SIZE as u64, "the other download has {size} bytes");

    // It does not survive: CLOSE, ten seconds, and gone. New ones go elsewhere.
    let answer = rig.get("/", PATIENCE)?;
    ensure!(answer.real_server == "rs2", "a new one goes to {}", answer.real_server);
    let listing = rig.ipvsadm("-Lnc")?;
    let left: Vec<_> =
        listing.lines().filter(|line| line.contains(&drained) && !line.contains("CLOSE")).collect();
    ensure!(left.iter().all(|line| !line.contains("ESTABLISHED")), "{listing}");
    let mut curl = command("curl");
    curl.args(["-s", "-o", "/dev/null", "--max-time", "5", &format!("http://{}/", rig.plan.service)]);
    ensure!(output(rig.client()?, curl, PATIENCE)?.status.success(), "a new connection");
    let counters = rig.counters()?;
    let resets = counters.get("frames_answered{answer=\"drain_reset\"}").copied().unwrap_or(0);
    ensure!(resets > 0, "no reset was counted");
    let account = rig.account()?;
    account.check()?;
    rig.stop()?;
    Ok(format!(
        "curl: {} after {:.1} s, {resets} segments answered; the other: {size} bytes\naccounting: {account}",
        said.trim(),
        took.as_secs_f64()
    ))
}

fn path(rig: &Rig, number: usize, what: &str) -> String {
    rig.directory.path().join(format!("{what}{number}")).display().to_string()
}

/// Established connections of a real server's nginx.
fn sockets(rig: &Rig, name: &str) -> Result<usize> {
    let port = format!("sport = :{}", rig.plan.real_port);
    let listing = run(rig.lab.host(name)?, "ss", &["-Htn", "state", "established", &port], PATIENCE)?;
    Ok(listing.lines().filter(|line| !line.trim().is_empty()).count())
}
