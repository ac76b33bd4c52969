//! nginx behind the VIP; curl, wrk and iperf3 in front of it; ssh to the director's own address all the while.

use crate::programs::{self, Daemon, SshSession, command, output, run, start_web};
use crate::rig::{Rig, Setup};
use crate::{Case, case, is_long};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat, Tunnel};

const REQUESTS: u64 = 10_000;
const IPERF_PORT: u16 = 5201;
const MINUTE: Duration = Duration::from_secs(60);

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let files = Arc::<Mutex<Option<Arc<Files>>>>::default();
    for (method, family, workers) in [
        (DirectRoute, Family::V4, 2),
        (DirectRoute, Family::V6, 1),
        (Nat, Family::V4, 2),
        (Nat, Family::V6, 1),
        (Tunnel, Family::V4, 1),
        (Tunnel, Family::V6, 2),
    ] {
        let setup = Setup { workers, ..Setup::new(method, family) };
        let programs = &["nginx", "curl", "wrk", "iperf3", "sshd", "ssh", "ssh-keygen"];
        let files = Arc::clone(&files);
        cases.push(case(format!("real_programs_{}", setup.name()), programs, move || {
            all(&setup, &*Files::shared(&files)?)
        }));
    }
    cases
}

fn all(setup: &Setup, files: &Files) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let web = start_web(&rig, files.directory.path(), &[])?;
    rig.add_service("-t", 80, rig.plan.real_port, usize::from(setup.servers))?;
    let ssh = if programs::may_have_sshd() {
        Some(SshSession::start(rig.directory.path(), rig.host()?, rig.client()?, rig.plan.dip)?)
    } else {
        ensure!(!programs::are_required(), "sshd cannot change users in this user namespace");
        eprintln!("LEFT OUT: the ssh session of {} needs root", setup.name());
        None
    };
    rig.wait_for_service(Duration::from_secs(3))?;

    let mut report = Vec::new();
    let mut expected = web.iter().map(programs::Nginx::requests).sum::<usize>() as u64;
    for (header, what) in [("Accept: */*", "keep-alive"), ("Connection: close", "one connection each")] {
        report.push(requests(&rig, &web, header, what)?);
        expected += REQUESTS;
        let answered = web.iter().map(programs::Nginx::requests).sum::<usize>() as u64;
        ensure!(answered == expected, "nginx answered {answered} requests, not {expected}");
    }
    report.push(wrk(&rig)?);
    report.push(download(&rig, files)?);
    report.push(upload(&rig, files, &web)?);
    report.push(iperf(&rig)?);
    if let Some(ssh) = ssh {
        report.push(ssh.finish()?);
    }
    let account = rig.account()?;
    account.check()?;
    report.push(format!("accounting: {account}"));
    rig.stop()?;
    Ok(report.join("\n"))
}

/// Connections of the service as `ipvsadm --stats` counts them.
fn connections(rig: &Rig) -> Result<u64> {
    let listing = rig.ipvsadm(&format!("-Ln --stats --exact -t {}", rig.plan.service))?;
    let line = listing.lines().find(|line| line.starts_with("TCP")).context("the service's line")?;
    Ok(line.split_whitespace().nth(2).context("its connections")?.parse()?)
}

/// 10,000 requests by one curl, 32 at a time.
///
/// A client that takes a port again soon begins a new connection with NAT, where the director saw the old one end. With
/// direct routing and tunnelling it saw half of that and, as IPVS does, counts it as one connection.
fn requests(rig: &Rig, web: &[programs::Nginx], header: &str, what: &str) -> Result<String> {
    let before = connections(rig)?;
    let begun = Instant::now();
    let url = format!("http://{}/?[1-{REQUESTS}]", rig.plan.service);
    let args =
        ["-s", "-Z", "--parallel-max", "32", "--max-time", "20", "-H", header, "-o", "/dev/null", "-w"];
    let mut curl = command("curl");
    curl.args(args).arg("%{http_code} %{num_connects} %{errormsg}\n").arg(&url);
    let output = output(rig.client()?, curl, 2 * MINUTE)?;
    let took = begun.elapsed().as_secs_f32();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let good = text.lines().filter(|line| line.starts_with("200 ")).count() as u64;
    let bad = text.lines().find(|line| !line.starts_with("200 ")).unwrap_or("");
    ensure!(good == REQUESTS, "{what}: {good} of {REQUESTS} requests succeeded; first failure: {bad:?}");
    let made: u64 = text.lines().filter_map(|line| line.split(' ').nth(1)?.parse::<u64>().ok()).sum();
    let after = connections(rig)?;
    let ports: BTreeSet<u16> = web.iter().flat_map(programs::Nginx::client_ports).collect();
    let told = if rig.setup.method == Nat {
        let counted = after - before;
        ensure!(counted == made, "{what}: curl made {made} connections, ipvsadm --stats says {counted}");
        "= --stats".to_owned()
    } else {
        let (ports, most) = (ports.len() as u64, before + made);
        ensure!(
            (ports..=most).contains(&after),
            "{what}: {ports} client ports so far, at most {most} connections; ipvsadm --stats says {after}"
        );
        format!("({ports} client ports so far; --stats: {after})")
    };
    Ok(format!("curl, {what}: {good} requests, 0 failed, {made} connections {told}, {took:.1} s"))
}

fn wrk(rig: &Rig) -> Result<String> {
    let seconds = if is_long() { "10s" } else { "2s" };
    let url = format!("http://{}/", rig.plan.service);
    let text = run(rig.client()?, "wrk", &["-t1", "-c32", "-d", seconds, "--latency", &url], MINUTE)?;
    ensure!(!text.contains("Socket errors") && !text.contains("Non-2xx"), "wrk: {text}");
    let line = text.lines().find(|line| line.contains("requests in")).context("wrk's count")?;
    let p99 = text.lines().find(|line| line.contains("99%")).unwrap_or_default();
    Ok(format!("wrk -t1 -c32: {}, no errors, p99{}", line.trim(), p99.trim().trim_start_matches("99%")))
}

/// What is downloaded and uploaded, made once for all cases.
struct Files {
    directory: TempDir,
    size: u64,
    sum: String,
}

impl Files {
    /// Random bytes, so that no piece equals another.
    fn make() -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("ulvs-system-files-").tempdir()?;
        let (path, size) = (directory.path().join("large"), 1 << 30);
        let mut from = BufReader::with_capacity(1 << 20, File::open("/dev/urandom")?).take(size);
        std::io::copy(&mut from, &mut File::create(&path)?)?;
        let sum = sha256(File::open(&path)?.into())?;
        Ok(Self { directory, size, sum })
    }

    /// Those of all cases.
    fn shared(slot: &Mutex<Option<Arc<Self>>>) -> Result<Arc<Self>> {
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(Arc::new(Self::make()?));
        }
        slot.clone().context("files")
    }
}

fn sha256(from: Stdio) -> Result<String> {
    let output = command("sha256sum").stdin(from).stderr(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

fn download(rig: &Rig, files: &Files) -> Result<String> {
    let begun = Instant::now();
    let mut curl = command("curl");
    curl.args(["-s", "-f", "--max-time", "115", &format!("http://{}/files/large", rig.plan.service)]);
    curl.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut curl = Daemon(rig.client()?.spawn(curl)?);
    let sum = sha256(curl.0.stdout.take().context("its output")?.into())?;
    ensure!(curl.0.wait()?.success(), "the download failed");
    let took = begun.elapsed().as_secs_f64();
    ensure!(sum == files.sum, "the download's checksum is {sum}, not {}", files.sum);
    let rate = files.size as f64 * 8.0 / 1e9 / took;
    Ok(format!("download of {} MiB: sha256 right, {took:.1} s, {rate:.1} Gbit/s", files.size >> 20))
}

/// From the client through the director: super-frames, which a tunnel has to divide.
fn upload(rig: &Rig, files: &Files, web: &[programs::Nginx]) -> Result<String> {
    let begun = Instant::now();
    let file = files.directory.path().join("large").display().to_string();
    let url = format!("http://{}/up/large", rig.plan.service);
    run(
        rig.client()?,
        "curl",
        &["-s", "-f", "-H", "Expect:", "--max-time", "115", "-T", &file, &url],
        2 * MINUTE,
    )?;
    let took = begun.elapsed().as_secs_f64();
    let there = web.iter().map(|nginx| nginx.uploaded("large")).find(|path| path.exists());
    let there = there.context("no real server has the upload")?;
    let sum = sha256(File::open(&there)?.into())?;
    std::fs::remove_file(there)?;
    ensure!(sum == files.sum, "the upload's checksum is {sum}, not {}", files.sum);
    let too_big = rig.counters()?.get("frames_answered{answer=\"too_big\"}").copied().unwrap_or(0);
    let is_tunnel = rig.setup.method == Tunnel;
    ensure!((too_big > 0) == is_tunnel, "{too_big} answers that a packet is too big");
    let told = if is_tunnel { format!(", {too_big} × fragmentation needed") } else { String::new() };
    let rate = files.size as f64 * 8.0 / 1e9 / took;
    Ok(format!("upload of {} MiB: sha256 right, {took:.1} s, {rate:.1} Gbit/s{told}", files.size >> 20))
}

/// TCP both ways and UDP, all to the first real server: iperf3's connections belong together.
fn iperf(rig: &Rig) -> Result<String> {
    for option in ["-t", "-u"] {
        rig.add_service(option, IPERF_PORT, IPERF_PORT, 1)?;
    }
    let server = rig.lab.host(&rig.plan.servers[0].name)?;
    // A UDP server on a wildcard address answers from the RIP, which no client expects.
    let own = if rig.setup.method == Nat { rig.plan.servers[0].rip } else { rig.plan.service.ip() };
    let mut command = command("iperf3");
    command.args(["-s", "-B", &own.to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = Daemon(server.spawn(command)?);
    std::thread::sleep(Duration::from_millis(300));
    let vip = rig.plan.service.ip().to_string();
    let seconds = if is_long() { "10" } else { "2" };
    let mut report = Vec::new();
    for (what, further) in [
        ("TCP up", &[][..]),
        ("TCP down", &["-R"][..]),
        ("UDP up, 200 Mbit/s", &["-u", "-b", "200M", "-l", "1200"][..]),
    ] {
        let args = [&["-c", &vip, "-t", seconds, "-J", "--connect-timeout", "3000"][..], further].concat();
        let text = run(rig.client()?, "iperf3", &args, MINUTE).with_context(|| what.to_owned())?;
        let result: serde_json::Value = serde_json::from_str(&text)?;
        let end = &result["end"];
        let sum = if end["sum"].is_object() { &end["sum"] } else { &end["sum_received"] };
        let rate = sum["bits_per_second"].as_f64();
        let rate = rate.with_context(|| format!("{what}: iperf3 tells no rate: {text}"))? / 1e9;
        ensure!(rate > 0.0, "{what}: nothing arrived");
        let loss =
            sum["lost_percent"].as_f64().map_or_else(String::new, |lost| format!(" ({lost:.2} % lost)"));
        // A busy machine's sockets overflow; what the director lost stands in its account.
        ensure!(sum["lost_percent"].as_f64().is_none_or(|lost| lost < 90.0), "{what}: {loss}");
        report.push(format!("{what} {rate:.2} Gbit/s{loss}"));
    }
    Ok(format!("iperf3: {}", report.join(", ")))
}
