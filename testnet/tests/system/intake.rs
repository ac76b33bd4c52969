//! How frames come to the workers: with `--fanout client` both directions of a connection through NAT meet on one of them;
//! with `--filter on` foreign frames are not received at all, and what becomes the director's is, from its first packet on.

use crate::accounting::{frame, mac_of, put, tcp_at, wire};
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use testnet::lesson::start_servers;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};
use ulvs::lvs::Mac;

/// Connections, and datagrams on each of them: there and back.
const FLOWS: u16 = 24;
const EXCHANGES: u64 = 5;
const ECHO: u16 = 7000;
/// Foreign frames that are sent at once.
const FOREIGN: u64 = 1000;
/// VIPs that come and go while foreign frames arrive, and how many of those at most.
const NEWCOMERS: u8 = 12;
const LOAD: u64 = 400_000;
const SYN: u8 = 2;
/// IEEE 802.1Q: VLAN 7.
const TAG: [u8; 4] = [0x81, 0, 0, 7];
/// Where nobody listens, so that one packet comes for each that is sent: the client's own answer to an answer is none.
const PORT: u16 = 81;
const PATIENCE: Duration = Duration::from_secs(5);

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for family in [Family::V4, Family::V6] {
        for mode in ["client", "hash"] {
            let setup = with(Setup { servers: 1, ..Setup::new(Nat, family) }, &["--fanout", mode]);
            let name = format!("intake_fanout_{mode}_{}", setup.name());
            cases.push(case(name, &[], move || share_out(&setup, mode)));
        }
    }
    for (family, workers, switch) in
        [(Family::V4, 2, "on"), (Family::V6, 1, "on"), (Family::V4, 1, "off"), (Family::V6, 2, "off")]
    {
        let setup = Setup { servers: 1, workers, ..Setup::new(DirectRoute, family) };
        let setup = with(setup, &["--filter", switch]);
        let name = format!("intake_filter_{switch}_{}", setup.name());
        cases.push(case(name, &[], move || filter(&setup, switch == "on")));
    }
    for profile in ["auto", "latency", "pps"] {
        let setup =
            with(Setup { servers: 1, workers: 0, ..Setup::new(Nat, Family::V4) }, &["--profile", profile]);
        cases.push(case(format!("intake_profile_{profile}"), &[], move || serve_by(&setup, profile)));
    }
    cases
}

fn with(mut setup: Setup, options: &[&str]) -> Setup {
    setup.options.extend(options.iter().map(|option| (*option).to_owned()));
    setup
}

/// A word of `ulvs status` about how frames come.
pub fn word(rig: &Rig, what: &str) -> Result<String> {
    Ok(rig.status()?["intake"][what].as_str().context("intake")?.to_owned())
}

/// Where programs may not be loaded: that is said, in the log and by `ulvs status`, and the director serves all the same.
pub fn is_refused(rig: &Rig, what: &str, fallback: &str) -> Result<bool> {
    let told = word(rig, what)?;
    if !told.starts_with(&format!("{fallback} (")) {
        return Ok(false);
    }
    ensure!(!crate::programs::are_required(), "no privilege for socket filters: {told}");
    let (log, why) = (rig.director.log(), told.trim_end_matches(')'));
    let why = why.split_once('(').map_or("", |(_, why)| why);
    ensure!(log.lines().filter(|line| line.contains(why)).count() == 1, "not one line says why:\n{log}");
    Ok(true)
}

/// Frames sent on so far, by worker.
fn forwarded(rig: &Rig) -> Result<Vec<u64>> {
    let status = rig.status()?;
    let workers = status["workers"].as_array().context("workers")?;
    Ok(workers.iter().map(|worker| worker["forwarded"].as_u64().unwrap_or(0)).collect())
}

/// Waits until so many frames more have been sent on: how many by which worker.
fn forwarded_since(rig: &Rig, before: &[u64], frames: u64) -> Result<Vec<u64>> {
    let begun = Instant::now();
    loop {
        let now = forwarded(rig)?;
        let since: Vec<u64> = now.iter().zip(before).map(|(now, before)| now - before).collect();
        if since.iter().sum::<u64>() >= frames {
            return Ok(since);
        }
        ensure!(begun.elapsed() < PATIENCE, "{since:?} of {frames} frames were sent on");
    }
}

/// Connections one after the other: which workers send on what belongs to each?
fn share_out(setup: &Setup, mode: &str) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let is_refused = is_refused(&rig, "fanout", "hash")?;
    ensure!(is_refused || word(&rig, "fanout")? == mode, "{}", word(&rig, "fanout")?);
    rig.add_service("-u", ECHO, ECHO, 1)?;
    let server = &rig.plan.servers[0];
    let real = SocketAddr::new(server.rip, ECHO);
    let echo = rig.lab.host(&server.name)?.run(|| UdpSocket::bind(real))??;
    echo.set_read_timeout(Some(PATIENCE))?;
    let vip = SocketAddr::new(rig.plan.service.ip(), ECHO);
    // Neighbours are known after this one.
    exchange(&rig, &echo, vip, 30_000, 1)?;
    let mut served = [0u16; 2];
    let mut split = 0;
    for flow in 0..FLOWS {
        let before = forwarded(&rig)?;
        exchange(&rig, &echo, vip, port_of(flow), EXCHANGES)?;
        let since = forwarded_since(&rig, &before, 2 * EXCHANGES)?;
        match since[..] {
            [frames, 0] if frames == 2 * EXCHANGES => served[0] += 1,
            [0, frames] if frames == 2 * EXCHANGES => served[1] += 1,
            [one, other] if one + other == 2 * EXCHANGES => split += 1,
            _ => bail!("{since:?} frames of one connection were sent on"),
        }
    }
    if mode == "client" && !is_refused {
        ensure!(split == 0, "{split} of {FLOWS} connections have their directions on different workers");
        ensure!(served.iter().all(|flows| *flows > 0), "one worker does everything: {served:?}");
    } else {
        ensure!(split > 0, "no connection was split: then this test shows nothing");
    }
    rig.account()?.check()?;
    rig.stop()?;
    let told = format!("{FLOWS} connections: by one worker {served:?}, split {split}");
    Ok(if is_refused { format!("LEFT OUT: client's fan-out needs root; by hash {told}") } else { told })
}

/// A client's port for each connection, without a pattern: the fan-out multiplies by a number that it throws, and of evenly
/// spaced ports every fiftieth such number puts all on one side.
fn port_of(flow: u16) -> u16 {
    let mixed = (u32::from(flow) + 1).wrapping_mul(0x9e37_79b1);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca77);
    10_000 + (mixed >> 16) as u16 % 20_000
}

/// The director's counters that are not 0.
fn told(rig: &Rig) -> Result<Vec<(String, u64)>> {
    Ok(rig.counters()?.into_iter().filter(|(_, count)| *count > 0).collect())
}

/// A client's datagrams, each with an answer.
fn exchange(rig: &Rig, echo: &UdpSocket, vip: SocketAddr, port: u16, times: u64) -> Result<()> {
    let client = rig.client()?.run(|| UdpSocket::bind(SocketAddr::new(rig.plan.cip, port)))??;
    client.set_read_timeout(Some(PATIENCE))?;
    let mut buffer = [0; 64];
    for number in 0..times {
        client.send_to(&number.to_be_bytes(), vip)?;
        let got = echo.recv_from(&mut buffer);
        let (len, from) = match got {
            Ok(got) => got,
            Err(error) => bail!("the real server: {error}; the director counted {:?}", told(rig)?),
        };
        ensure!(from.port() == port, "of another connection: {from}");
        echo.send_to(&buffer[..len], from)?;
        let (len, from) = client.recv_from(&mut buffer).context("the client")?;
        ensure!(from == vip && buffer[..len] == number.to_be_bytes(), "from {from}");
    }
    Ok(())
}

/// Both transports through a director of this profile, whose workers then sleep.
fn serve_by(setup: &Setup, asked: &str) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    // Of veth's interrupts nothing is known: so `auto` is `latency`, and `pps` leaves the first CPU alone.
    let profile = if asked == "auto" { "latency" } else { asked };
    let cpus = std::thread::available_parallelism()?.get();
    let workers = if profile == "pps" { (cpus - 1).max(1) } else { cpus };
    ensure!(word(&rig, "profile")? == profile, "{} and not {profile}", word(&rig, "profile")?);
    ensure!(forwarded(&rig)?.len() == workers, "{} workers on {cpus} CPUs", forwarded(&rig)?.len());
    let log = rig.director.log();
    let line = log.lines().find(|line| line.contains(&format!("profile {profile} ("))).context("no line")?;
    let said = line.split_once("profile ").map_or(line, |(_, said)| said).to_owned();
    ensure!(said.contains("asked for") == (asked != "auto"), "{said}");

    let (_servers, _) = start_servers(&rig.lab, &rig.plan)?;
    rig.add_service("-t", 80, rig.plan.real_port, 1)?;
    rig.add_service("-u", ECHO, ECHO, 1)?;
    rig.wait_for_service(PATIENCE)?;
    let large = rig.get("/bytes/3000000", PATIENCE)?;
    ensure!(large.status == 200 && large.body_len == 3_000_000, "{} bytes", large.body_len);
    let server = &rig.plan.servers[0];
    let echo = rig.lab.host(&server.name)?.run(|| UdpSocket::bind(SocketAddr::new(server.rip, ECHO)))??;
    echo.set_read_timeout(Some(PATIENCE))?;
    let vip = SocketAddr::new(rig.plan.service.ip(), ECHO);
    for flow in 0..FLOWS {
        exchange(&rig, &echo, vip, 20_000 + 7 * flow, EXCHANGES)?;
    }
    asleep(&rig, workers)?;
    let account = rig.account()?;
    account.check()?;
    ensure!(account.dropped == 0 && account.dropped_by_kernel == 0, "{account}");
    rig.stop()?;
    Ok(format!("{said}\n{account}"))
}

/// Waits until all workers have been seen asleep: none looks for ever for what does not come.
fn asleep(rig: &Rig, workers: usize) -> Result<()> {
    let begun = Instant::now();
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < workers {
        ensure!(begun.elapsed() < PATIENCE, "{} of {workers} workers sleep", seen.len());
        for task in std::fs::read_dir(format!("/proc/{}/task", rig.director.pid()))? {
            let stat = std::fs::read_to_string(task?.path().join("stat"))?;
            // Number, name in brackets, state.
            if let Some((name, state)) = stat.rsplit_once(") ")
                && name.contains("ulvs-worker-")
                && state.starts_with('S')
            {
                seen.insert(name.to_owned());
            }
        }
    }
    Ok(())
}

/// What is sent to the director by hand.
struct Scene<'r> {
    rig: &'r Rig,
    cable: OwnedFd,
    macs: (Mac, Mac),
}

/// Frames that were not to the director's services: filtered, or passed on to the host, also for their VLAN tag; and those
/// sent to real servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    filtered: u64,
    not_vip: u64,
    tagged: u64,
    routed: u64,
}

impl Scene<'_> {
    /// The last byte of an address on the director's segment.
    fn addr(&self, last: u8) -> IpAddr {
        match self.rig.plan.service.ip() {
            IpAddr::V4(vip) => {
                let [a, b, c, _] = vip.octets();
                [a, b, c, last].into()
            }
            IpAddr::V6(vip) => {
                let mut octets = vip.octets();
                (octets[14], octets[15]) = (0x0e, last);
                octets.into()
            }
        }
    }

    /// A SYN of a new client to this address.
    fn send(&self, to: IpAddr, number: u64) -> Result<()> {
        self.put(&self.syn(to, number)?)
    }

    /// The same with a VLAN tag, which the kernel takes off before the filter sees the frame: its protocol is IP then.
    fn send_tagged(&self, to: IpAddr, number: u64) -> Result<()> {
        let mut frame = self.syn(to, number)?;
        frame.splice(12..12, TAG);
        self.put(&frame)
    }

    fn syn(&self, to: IpAddr, number: u64) -> Result<Vec<u8>> {
        let port = 1024 + u16::try_from(number % 60_000)?;
        let (from, to) = (SocketAddr::new(self.rig.plan.cip, port), SocketAddr::new(to, PORT));
        Ok(frame(self.macs.0, self.macs.1, to.ip(), &tcp_at(from, to, SYN, 1)))
    }

    fn put(&self, frame: &[u8]) -> Result<()> {
        ensure!(put(&self.cable, frame)? == 1, "the cable takes nothing");
        Ok(())
    }

    fn seen(&self) -> Result<Seen> {
        let counters = self.rig.counters()?;
        let one = |name: &str| counters.get(name).copied().with_context(|| format!("no counter {name}"));
        Ok(Seen {
            filtered: one("frames_filtered")?,
            not_vip: one("frames_passed{reason=\"not_vip\"}")?,
            tagged: one("frames_passed{reason=\"vlan\"}")?,
            routed: one("frames_forwarded{method=\"route\"}")?,
        })
    }

    /// Sends frames to this address: how many were seen as what.
    fn count(&self, to: IpAddr, frames: u64) -> Result<Seen> {
        self.count_by(frames, |number| self.send(to, number))
    }

    /// As [`Self::count`], of frames that are sent in this way.
    fn count_by(&self, frames: u64, send: impl Fn(u64) -> Result<()>) -> Result<Seen> {
        let before = self.seen()?;
        for number in 0..frames {
            send(number)?;
        }
        let begun = Instant::now();
        loop {
            let now = self.seen()?;
            let since = Seen {
                filtered: now.filtered - before.filtered,
                not_vip: now.not_vip - before.not_vip,
                tagged: now.tagged - before.tagged,
                routed: now.routed - before.routed,
            };
            if since.filtered + since.not_vip + since.tagged + since.routed >= frames {
                return Ok(since);
            }
            ensure!(begun.elapsed() < PATIENCE, "of {frames} frames {since:?}");
        }
    }

    fn add(&self, service: &str, server: SocketAddr) -> Result<()> {
        self.rig.ipvsadm(&format!("-A {service} -s rr"))?;
        self.rig.ipvsadm(&format!("-a {service} -r {server} -g")).map(drop)
    }
}

fn filter(setup: &Setup, is_on: bool) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let is_refused = is_on && is_refused(&rig, "filter", "off")?;
    let is_on = is_on && !is_refused;
    ensure!(is_refused || word(&rig, "filter")? == if is_on { "on" } else { "off" });
    let (_servers, _) = start_servers(&rig.lab, &rig.plan)?;
    let scene = Scene { rig: &rig, cable: wire(&rig)?, macs: (mac_of(&rig)?, Mac([2, 0, 0, 0, 2, 1])) };
    let foreign = scene.addr(200);
    let refused = |frames| match is_on {
        true => Seen { filtered: frames, ..Seen::default() },
        false => Seen { not_vip: frames, ..Seen::default() },
    };
    let routed = |frames| Seen { routed: frames, ..Seen::default() };
    let passed = |frames| Seen { not_vip: frames, ..Seen::default() };
    let tagged = |frames| Seen { tagged: frames, ..Seen::default() };
    let expect = |what: &str, seen: Seen, wanted: Seen| {
        ensure!(seen == wanted, "{what}: {seen:?} and not {wanted:?}");
        Ok(())
    };

    rig.add_service("-t", 80, rig.plan.real_port, 1)?;
    rig.add_service("-t", PORT, PORT, 1)?;
    rig.wait_for_service(PATIENCE)?;
    // The end of that connection may still be on its way, and would be counted.
    rig.account()?.check()?;
    expect("foreign frames", scene.count(foreign, FOREIGN)?, refused(FOREIGN))?;
    expect("requests", scene.count(rig.plan.service.ip(), 100)?, routed(100))?;
    // With a tag nothing is refused unseen, whoever it is for, and nothing is the director's.
    for to in [foreign, rig.plan.service.ip()] {
        let seen = scene.count_by(50, |number| scene.send_tagged(to, number))?;
        expect("frames with a tag", seen, tagged(50))?;
    }
    let load = newcomers(&scene, foreign)?;

    // A service that is gone.
    let (vip, real) = (scene.addr(201), SocketAddr::new(rig.plan.servers[0].rip, PORT));
    let service = format!("-t {}", SocketAddr::new(vip, PORT));
    expect("a VIP that is not yet", scene.count(vip, 50)?, refused(50))?;
    scene.add(&service, real)?;
    expect("a new VIP", scene.count(vip, 50)?, routed(50))?;
    rig.ipvsadm(&format!("-D {service}"))?;
    expect("a VIP that is no more", scene.count(vip, 50)?, refused(50))?;

    // Marks for a network, of which addresses cannot say what is the director's.
    let (network, inside) = match setup.family {
        Family::V4 => ("10.77.0.0/16", "10.77.1.2"),
        Family::V6 => ("fd77::/16", "fd77::1:2"),
    };
    let mark = ["mark", "add", "--dst", network, "--set-mark", "7"];
    let marked = rig.director.output(rig.host()?, "ulvs", &mark)?;
    ensure!(marked.status.success(), "{}", String::from_utf8_lossy(&marked.stderr));
    let by_mark = if setup.family == Family::V4 { "-f 7" } else { "-f 7 -6" };
    expect("a mark without service", scene.count(foreign, 50)?, refused(50))?;
    scene.add(by_mark, SocketAddr::new(real.ip(), 0))?;
    expect("a marked network", scene.count(inside.parse()?, 50)?, routed(50))?;
    expect("another one, beside marks", scene.count(foreign, 50)?, passed(50))?;
    rig.ipvsadm(&format!("-D {by_mark}"))?;
    expect("a mark without service again", scene.count(foreign, 50)?, refused(50))?;

    rig.account()?.check()?;
    rig.stop()?;
    let told = format!("{FOREIGN} foreign frames: {:?}; {load}", refused(FOREIGN));
    Ok(if is_refused { format!("LEFT OUT: the filter needs root; without it {told}") } else { told })
}

/// While foreign frames arrive, VIPs come and go: the first packet to each, as soon as ipvsadm has said that it is there,
/// reaches the real server.
fn newcomers(scene: &Scene<'_>, foreign: IpAddr) -> Result<String> {
    let real = SocketAddr::new(scene.rig.plan.servers[0].rip, PORT);
    let (is_over, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let before = scene.seen()?.routed;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Relaxed) && sent.load(Relaxed) < LOAD {
                for number in 0..32 {
                    if scene.send(foreign, number).is_ok() {
                        sent.fetch_add(1, Relaxed);
                    }
                }
                std::thread::sleep(Duration::from_micros(200));
            }
        });
        let come_and_go = || -> Result<()> {
            for number in 0..NEWCOMERS {
                let vip = scene.addr(210 + number);
                let service = format!("-t {}", SocketAddr::new(vip, PORT));
                scene.add(&service, real)?;
                scene.send(vip, u64::from(number))?;
                let begun = Instant::now();
                while scene.seen()?.routed - before <= u64::from(number) {
                    ensure!(begun.elapsed() < PATIENCE, "the first packet to {vip} was not sent on");
                }
                scene.rig.ipvsadm(&format!("-D {service}"))?;
            }
            Ok(())
        };
        let outcome = come_and_go();
        is_over.store(true, Relaxed);
        outcome
    })?;
    // What was sent before the end is seen a moment later.
    let begun = Instant::now();
    let mut last = scene.seen()?;
    loop {
        std::thread::sleep(Duration::from_millis(50));
        let now = scene.seen()?;
        if now == last {
            break;
        }
        ensure!(begun.elapsed() < PATIENCE, "the load does not end");
        last = now;
    }
    let routed = last.routed - before;
    ensure!(routed == u64::from(NEWCOMERS), "{routed} packets to {NEWCOMERS} new VIPs were sent on");
    Ok(format!("{NEWCOMERS} VIPs came and went beside {} foreign frames", sent.load(Relaxed)))
}
