//! A table that a flood has filled with what nobody may throw out: without `hash_when_full` nobody new is served, with it
//! new connections go by the hash, whole, while 200 that live lose nothing. When there is room again, those of the hash are
//! entered. Floods are counted, not timed; nothing here depends on how fast the machine is.

use crate::accounting::tcp_at;
use crate::floods::{ACK, ECHO, Live, PATIENCE, RST, SYN, Scene, source};
use crate::load::Echo;
use crate::programs::run;
use crate::rig::{Rig, Setup};
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use testnet::actor::http_server::HttpServer;
use testnet::plan::Family;
use ulvs::lvs::ForwardingMethod::{DirectRoute, Tunnel};

/// What the director may hold.
const CONNECTIONS: usize = 3000;
/// Connections that live through it.
const LIVE: usize = 200;
/// SYNs of nobody.
const FLOOD: u32 = 10_000;
/// SYNs of nobody that are taken back at once.
const PAIRS: u32 = 2000;
/// Connections that begin while the table is full, and stay.
const LATE: usize = 20;
/// The service whose connections fill the table.
const FILLER: u16 = 7001;

const FULL: &str = "frames_dropped{reason=\"table_full\"}";
const HASHED: &str = "packets_hashed";
const ADOPTED: &str = "connections_adopted";

pub fn cases() -> Vec<Case> {
    [(DirectRoute, 2), (Tunnel, 1)]
        .map(|(method, workers)| {
            let options = vec!["--connections".to_owned(), CONNECTIONS.to_string()];
            let setup = Setup { workers, options, ..Setup::new(method, Family::V4) };
            case(format!("hashed_{}", setup.name()), &["curl", "ip"], move || hashed(&setup))
        })
        .into()
}

fn hashed(setup: &Setup) -> Result<String> {
    let mut rig = Rig::start(setup.clone())?;
    let any = SocketAddr::from(([0, 0, 0, 0], rig.plan.real_port));
    let web_server = |name: &str| HttpServer::start(rig.lab.host(name)?, any);
    let _servers = [web_server("rs1")?, web_server("rs2")?];
    let echo = SocketAddr::new(rig.plan.service.ip(), ECHO);
    let _echoes = [Echo::start(rig.lab.host("rs1")?, echo)?, Echo::start(rig.lab.host("rs2")?, echo)?];
    let web = rig.plan.service.port();
    for (port, real) in [(web, rig.plan.real_port), (ECHO, ECHO), (FILLER, FILLER)] {
        rig.add_service("-t", port, real, 2)?;
    }
    // What answers nobody would be told so, and the service would get that, too.
    for name in ["rs1", "rs2"] {
        run(rig.lab.host(name)?, "ip", &["route", "add", "blackhole", "198.18.0.0/15"], PATIENCE)?;
    }
    let scene = Scene::new(&rig, CONNECTIONS)?;
    // Whoever has said goodbye is not remembered for long.
    rig.ipvsadm("--set 900 2 2")?;
    let mut live = (0..LIVE).map(|_| Live::open(&rig)).collect::<Result<Vec<_>>>()?;
    speak(&mut live)?;

    fill(&scene)?;
    refused_without(&scene)?;
    speak(&mut live)?;
    scene.sysctl("hash_when_full=1")?;
    let flood = flooded(&scene, &mut live, web)?;
    let late = adopted(&scene, &mut live)?;
    scene.sysctl("hash_when_full=0")?;
    let rate = above_a_rate(&scene, &mut live, web)?;

    // All of it ends in its time.
    rig.ipvsadm("--set 2 2 2")?;
    speak(&mut live)?;
    drop(live);
    let begun = Instant::now();
    while scene.connections()? > 0 {
        ensure!(begun.elapsed() < 4 * PATIENCE, "{} connections stay", scene.connections()?);
        std::thread::sleep(Duration::from_millis(200));
    }
    let account = rig.account()?;
    account.check()?;
    rig.stop()?;
    Ok(format!("{flood}\n{late}\n{rate}\naccounting: {account}"))
}

fn speak(live: &mut [Live]) -> Result<()> {
    live.iter_mut().try_for_each(Live::speak)
}

/// Handshakes of nobody, until the table is full of connections that are too young to go.
fn fill(scene: &Scene) -> Result<()> {
    let target = SocketAddr::new(scene.vip(), FILLER);
    let both = |n| [(SYN, n), (ACK, n + 1)].map(|(flags, seq)| tcp_at(source(n), target, flags, seq));
    let handshakes = u32::try_from(CONNECTIONS - LIVE)?;
    scene.flood((0..handshakes).flat_map(both).map(|packet| scene.frame(&packet)), || Ok(()))?;
    holds(scene, CONNECTIONS)?;
    ensure!(scene.count(FULL)? == 0, "somebody found no place already");
    Ok(())
}

fn holds(scene: &Scene, connections: usize) -> Result<()> {
    let held = scene.connections()?;
    ensure!(held == connections, "{held} connections, not {connections}");
    Ok(())
}

/// As IPVS has it: a newcomer's SYN is dropped, by name.
fn refused_without(scene: &Scene) -> Result<()> {
    let url = format!("http://{}/", scene.rig.plan.service);
    let args = ["-s", "-o", "/dev/null", "--connect-timeout", "2", &url];
    ensure!(run(scene.rig.client()?, "curl", &args, PATIENCE).is_err(), "served without a place");
    ensure!(scene.count(FULL)? > 0, "the SYN was not dropped for that");
    ensure!(scene.count(HASHED)? == 0, "hashed without being asked to");
    Ok(())
}

/// A flood of SYNs at the service that others use: it is forwarded as it comes, those who live go on, and requests are
/// answered. Not one frame is dropped, and none is entered.
fn flooded(scene: &Scene, live: &mut [Live], web: u16) -> Result<String> {
    let target = scene.rig.plan.service;
    let before = Counts::at_rest(scene, web)?;
    let (mut requests, mut servers) = (0, BTreeSet::new());
    let syns = (0..FLOOD).map(|n| scene.frame(&tcp_at(source(100_000 + n), target, SYN, n)));
    scene.flood(syns, || {
        speak(live)?;
        for _ in 0..10 {
            let response = scene.rig.get("/", PATIENCE)?;
            ensure!(response.status == 200, "status {}", response.status);
            servers.insert(response.real_server);
            requests += 1;
        }
        scene.request()
    })?;
    holds(scene, CONNECTIONS)?;
    let after = Counts::at_rest(scene, web)?;
    let hashed = after.hashed - before.hashed;
    ensure!(after.dropped == before.dropped, "{} frames dropped", after.dropped - before.dropped);
    ensure!(after.adopted == before.adopted, "entered without a place");
    // Of this service nobody has a place: what it got is what was hashed.
    let got = after.web_packets - before.web_packets;
    ensure!(got == hashed, "the service got {got} packets, {hashed} were hashed");
    // A request is a SYN, its ACK, the request, and a FIN at least.
    ensure!(hashed >= u64::from(FLOOD) + 4 * requests, "{hashed} hashed in {requests} requests");
    ensure!(requests >= 10 && servers.len() == 2, "{requests} requests to {servers:?}");
    Ok(format!(
        "{FLOOD} SYNs, {requests} requests through a full table: {hashed} packets hashed, none dropped"
    ))
}

/// Connections that begin while the table is full live on when there is room: as ordinary ones, each entered once, whatever
/// then changes.
fn adopted(scene: &Scene, live: &mut [Live]) -> Result<String> {
    let mut late = (0..LATE).map(|_| Live::open(scene.rig)).collect::<Result<Vec<_>>>()?;
    speak(&mut late)?;
    scene.come_to_rest()?;
    ensure!(scene.count(ADOPTED)? == 0, "entered without a place");
    scene.end_service("-t", FILLER, LIVE)?;
    holds(scene, LIVE)?;
    speak(&mut late)?;
    speak(&mut late)?;
    let (adopted, held) = (scene.count(ADOPTED)?, scene.connections()?);
    ensure!(adopted == LATE as u64 && held == LIVE + LATE, "{adopted} entered, {held} in all");
    let echo = SocketAddr::new(scene.vip(), ECHO);
    for server in &scene.rig.plan.servers {
        let edit = |weight: u8| {
            format!("-e -t {echo} -r {} {} -w {weight}", SocketAddr::new(server.rip, ECHO), method(scene))
        };
        scene.rig.ipvsadm(&edit(0))?;
        speak(&mut late)?;
        speak(live)?;
        scene.rig.ipvsadm(&edit(1))?;
    }
    Ok(format!("{LATE} connections that began in a full table: {adopted} entered when there was room"))
}

fn method(scene: &Scene) -> &'static str {
    if scene.rig.setup.method == Tunnel { "-i" } else { "-g" }
}

/// One connection a second is far less than what comes: the rest is hashed, and every SYN is one or the other.
fn above_a_rate(scene: &Scene, live: &mut [Live], web: u16) -> Result<String> {
    let target = scene.rig.plan.service;
    scene.sysctl("hash_above_rate=1")?;
    let (before, held) = (Counts::at_rest(scene, web)?, scene.connections()?);
    // Each ended by its client at once, so that its connection, if it has one, does not live for a minute.
    let both =
        |n| [(SYN, n), (RST, n + 1)].map(|(flags, seq)| tcp_at(source(200_000 + n), target, flags, seq));
    scene.flood((0..PAIRS).flat_map(both).map(|packet| scene.frame(&packet)), || speak(live))?;
    for _ in 0..10 {
        ensure!(scene.rig.get("/", PATIENCE)?.status == 200, "not served");
    }
    scene.come_to_rest()?;
    let (after, now) = (Counts::at_rest(scene, web)?, scene.connections()?);
    let (hashed, entered) = (after.hashed - before.hashed, after.web_connections - before.web_connections);
    ensure!(after.dropped == before.dropped, "{} frames dropped", after.dropped - before.dropped);
    ensure!(hashed > 0 && entered > 0, "{hashed} hashed, {entered} entered");
    ensure!(now <= held + usize::try_from(entered)?, "{held} held, {entered} entered, {now} now");
    // What was not entered came twice, or more often.
    let begun = u64::from(PAIRS) + 10;
    ensure!(hashed >= 2 * (begun - entered), "{hashed} hashed, {entered} entered of {begun}");
    ensure!(
        after.web_packets - before.web_packets >= hashed + 2 * entered,
        "{before:?} {after:?} {held} {now}"
    );
    speak(live)?;
    scene.sysctl("hash_above_rate=0")?;
    Ok(format!(
        "{PAIRS} SYNs and resets at one connection a second and worker: {hashed} packets hashed, {entered} entered"
    ))
}

/// What moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    hashed: u64,
    adopted: u64,
    dropped: u64,
    web_packets: u64,
    web_connections: u64,
}

impl Counts {
    /// Once all is seen and published: what is read twice.
    fn at_rest(scene: &Scene, web: u16) -> Result<Self> {
        let mut last = Self::of(scene, web)?;
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(50));
            let now = Self::of(scene, web)?;
            if now == last {
                return Ok(now);
            }
            last = now;
        }
        anyhow::bail!("the counters do not come to rest: {last:?}")
    }

    fn of(scene: &Scene, web: u16) -> Result<Self> {
        let counters = scene.rig.counters()?;
        let one = |name: &str| counters.get(name).copied().with_context(|| format!("no counter {name}"));
        let dropped = counters.iter().filter(|(name, _)| name.starts_with("frames_dropped{"));
        let service = SocketAddr::new(scene.vip(), web).to_string();
        let listing = scene.rig.ipvsadm("-Ln --stats --exact")?;
        let line = listing.lines().find(|line| line.contains(&service)).context("the service's line")?;
        let numbers = line.split_whitespace().skip(2).map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let [web_connections, web_packets, ..] = numbers[..] else { anyhow::bail!("{line}") };
        Ok(Self {
            hashed: one(HASHED)?,
            adopted: one(ADOPTED)?,
            dropped: dropped.map(|(_, count)| count).sum(),
            web_packets,
            web_connections,
        })
    }
}
