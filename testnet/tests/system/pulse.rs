//! Two directors with the same lvs.cf, as in how-to 3: one is active, the other takes over, nobody takes back. And a partner
//! of our own making, for what only a forger or an old machine sends.

use crate::programs::run;
use crate::rig::lay_out;
use crate::{Case, case};
use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testnet::actor::http_client;
use testnet::actor::http_server::HttpServer;
use testnet::capture::Capture;
use testnet::director::Director;
use testnet::lab::Lab;
use testnet::plan::{CLIENT, DIRECTOR, Plan, ROUTER};
use testnet::pulse::{
    BACKUP, NAMES, NAT_ROUTER, OTHER, PRIMARY, RUNNING, STOPPED, arps, beats, lvs_cf, plan, plug, virtuals,
};
use ulvs::lvs::ForwardingMethod::{self, DirectRoute, Nat};

/// What lvs.cf has.
const DEADTIME: Duration = Duration::from_secs(3);
/// A busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
pub fn cases() -> Vec<Case> {
    vec![
        case("pulse_dr", &["ip"], || takes_over(DirectRoute)),
        case("pulse_nat", &["ip"], || takes_over(Nat)),
        case("pulse_partition", &["ip"], partition),
        case("pulse_words", &["ip"], words),
        case("pulse_links", &["ip"], links),
        case("pulse_alone_and_forced", &["ip"], alone_and_forced),
    ]
}

/// The two hosts, and whoever serves.
struct Pair {
    plan: Plan,
    directors: BTreeMap<&'static str, Director>,
    _web: Vec<HttpServer>,
    capture: Capture,
    lab: Lab,
    directory: TempDir,
}

impl Pair {
    /// The network, with `besides` in lvs.cf; no director runs yet.
    fn build(method: ForwardingMethod, besides: &str) -> Result<Self> {
        let plan = plan(method)?;
        let directory = tempfile::Builder::new().prefix("ulvs-pulse-").tempdir()?;
        let lab = Lab::build(plan.topology.clone())?;
        lab.wait_running()?;
        let at = SocketAddr::new([0; 4].into(), plan.real_port);
        let web = plan.servers.iter().map(|server| HttpServer::start(lab.host(&server.name)?, at));
        let web = web.collect::<Result<_>>()?;
        let capture = Capture::start(&lab)?;
        let pair = Self { plan, directors: BTreeMap::new(), _web: web, capture, lab, directory };
        for name in NAMES {
            let own = pair.directory.path().join(name);
            std::fs::create_dir(&own)?;
            lay_out(&own)?;
            for cmd in ["active", "inactive"] {
                let path = own.join(format!("{cmd}_cmd"));
                std::fs::write(&path, format!("#!/bin/sh\necho {cmd} >> {}/cmds\n", own.display()))?;
                std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755))?;
            }
            pair.configure(name, besides)?;
        }
        Ok(pair)
    }

    fn configure(&self, name: &str, besides: &str) -> Result<()> {
        let own = self.directory.path().join(name);
        let commands =
            format!("active_cmd = {0}/active_cmd\ninactive_cmd = {0}/inactive_cmd\n", own.display());
        Ok(std::fs::write(
            own.join("lvs.cf"),
            lvs_cf(&self.plan, besides) + &commands + &virtuals(&self.plan),
        )?)
    }

    fn start(&mut self, name: &'static str, further: &[&str]) -> Result<()> {
        let own = self.directory.path().join(name);
        let conf = own.join("lvs.cf").display().to_string();
        let further = [&["--workers", "1", "--config", conf.as_str()], further].concat();
        let host = self.lab.host(name)?;
        let mut director = Director::spawn(host, &own, self.plan.director_interfaces(), &further)?;
        director.wait_ready(host)?;
        self.directors.insert(name, director);
        Ok(())
    }

    fn director(&self, name: &str) -> Result<&Director> {
        self.directors.get(name).with_context(|| format!("no director on {name}"))
    }

    fn end(&mut self, name: &str, signal: Signal) -> Result<()> {
        let mut director = self.directors.remove(name).context("a director")?;
        director.signal(signal)?;
        director.wait(PATIENCE)?;
        Ok(())
    }

    /// The pair's row of `ulvs status -j`.
    fn row(&self, name: &str) -> Result<serde_json::Value> {
        let output = self.director(name)?.output(self.lab.host(name)?, "ulvs", &["status", "-j"])?;
        let status: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        Ok(status["virtual_routers"][0].clone())
    }

    fn role(&self, name: &str) -> Result<String> {
        Ok(self.row(name)?["role"].as_str().unwrap_or_default().to_owned())
    }

    fn count(&self, name: &str, counter: &str) -> Result<u64> {
        self.row(name)?["counters"][counter].as_u64().with_context(|| format!("no counter {counter}"))
    }

    fn wait(&self, what: &str, mut is_so: impl FnMut(&Self) -> Result<bool>) -> Result<()> {
        let begun = Instant::now();
        while !is_so(self)? {
            if begun.elapsed() > PATIENCE {
                let logs: Vec<_> =
                    self.directors.iter().map(|(name, own)| format!("{name}:\n{}", own.log_tail())).collect();
                anyhow::bail!("{what}: not within {PATIENCE:?}\n{}", logs.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn wait_role(&self, name: &str, role: &str) -> Result<()> {
        self.wait(&format!("{name} is {role}"), |pair| Ok(pair.role(name)? == role))
    }

    /// So many heartbeats come to this one while it stays what it is.
    fn stays(&self, name: &str, role: &str, beats: u64) -> Result<()> {
        let before = self.count(name, "heartbeat_rcvd")?;
        self.wait(&format!("{beats} heartbeats come to {name}"), |pair| {
            ensure!(
                pair.role(name)? == role,
                "{name} is {}\n{}",
                pair.role(name)?,
                pair.director(name)?.log_tail()
            );
            Ok(pair.count(name, "heartbeat_rcvd")? >= before + beats)
        })
    }

    /// How often its log has this.
    fn said(&self, name: &str, line: &str) -> Result<usize> {
        Ok(self.director(name)?.log().matches(line).count())
    }

    /// What `ip` tells of the VIP, or of the NAT router, on this host.
    fn placed(&self, name: &str) -> Result<Vec<String>> {
        let told = run(self.lab.host(name)?, "ip", &["-4", "-o", "addr", "show"], PATIENCE)?;
        let vip = self.plan.service.ip().to_string();
        let lines =
            told.lines().filter(|line| line.contains(&format!(" {vip}/")) || line.contains(" 10.3.0.1/"));
        Ok(lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
    }

    /// So many requests are answered, by both real servers.
    fn serves(&self, requests: usize) -> Result<()> {
        let client = self.lab.host(CLIENT)?;
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..requests {
            let response = http_client::get(client, self.plan.service, "/", Duration::from_secs(5))?;
            ensure!(response.status == 200, "status {}", response.status);
            seen.insert(response.real_server);
        }
        ensure!(seen.len() == 2, "only {seen:?} answer");
        Ok(())
    }

    /// Waits until a request is answered, and then all are.
    fn serves_again(&self) -> Result<()> {
        let client = self.lab.host(CLIENT)?;
        self.wait("an answer", |pair| {
            Ok(http_client::get(client, pair.plan.service, "/", Duration::from_millis(500)).is_ok())
        })?;
        self.serves(6)
    }

    fn plug(&self, name: &str, is_in: bool) -> Result<()> {
        plug(&self.lab, name, "eth0", is_in)
    }

    fn daemons(&self, name: &str) -> Result<String> {
        self.director(name)?.ipvsadm(self.lab.host(name)?, &["-L", "--daemon"])
    }

    /// What the host's commands have written.
    fn commands(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.directory.path().join(name).join("cmds")).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Heartbeats of a host as they arrived at the other: when, and which word.
    fn beats(&self, of: usize) -> Vec<(Duration, Vec<u8>)> {
        beats(&self.capture.frames().0, of)
    }

    /// send_arp's replies of a host for an address, as they came to the router or a real server.
    fn arps(&self, of: usize, addr: &str) -> Vec<Duration> {
        let at = if addr == NAT_ROUTER { &self.plan.servers[0].name } else { ROUTER };
        arps(&self.capture.frames().0, of, addr, at)
    }

    /// Ends what runs; nothing panicked.
    fn finish(mut self) -> Result<()> {
        for name in NAMES {
            if self.directors.contains_key(name) {
                let log = self.director(name)?.log();
                ensure!(!log.contains("panicked"), "{log}");
                self.end(name, Signal::TERM)?;
                ensure!(self.placed(name)?.is_empty(), "left on {name}: {:?}", self.placed(name)?);
            }
        }
        Ok(())
    }
}

fn words_of(beats: &[(Duration, Vec<u8>)]) -> Vec<&[u8]> {
    beats.iter().map(|(_, word)| word.as_slice()).collect()
}

/// Start, `kill -9` of the active one, its return, and the end of the other.
fn takes_over(method: ForwardingMethod) -> Result<String> {
    let mut pair = Pair::build(method, "syncdaemon = 1\nsyncd_iface = eth0\nsyncd_id = 7\n")?;
    let vip = pair.plan.service.ip().to_string();
    let addresses: Vec<&str> = if method == Nat { vec![&vip, NAT_ROUTER] } else { vec![&vip] };
    let held: Vec<String> = addresses
        .iter()
        .map(|addr| {
            let (device, label, broadcast) = if *addr == NAT_ROUTER {
                ("eth1", "eth1:1", "10.3.0.255")
            } else {
                ("eth0", "eth0:1", "10.2.0.255")
            };
            format!("{device} inet {addr}/24 brd {broadcast} scope global secondary proto 0x70 {label}")
        })
        .collect();
    let holds = |pair: &Pair, name: &str| -> Result<bool> {
        let placed = pair.placed(name)?;
        let is_it = |line: &String, wanted: &String| {
            // Old programs do not tell the number.
            let bare = wanted.replace(" proto 0x70", "");
            line.contains(wanted.as_str()) || line.contains(&bare)
        };
        Ok(placed.len() == held.len() && placed.iter().zip(&held).all(|(line, wanted)| is_it(line, wanted)))
    };

    // Alone at first: it waits, and is silent about the VIP.
    pair.start(DIRECTOR, &[])?;
    ensure!(pair.said(DIRECTOR, "STARTING PULSE AS MASTER")? == 1);
    ensure!(pair.role(DIRECTOR)? == "backup" && pair.placed(DIRECTOR)?.is_empty(), "it waits for deadtime");
    let early = http_client::get(pair.lab.host(CLIENT)?, pair.plan.service, "/", Duration::from_millis(300));
    ensure!(early.is_err(), "somebody answers before anybody is active");
    pair.wait_role(DIRECTOR, "master")?;
    ensure!(pair.said(DIRECTOR, "partner dead: activating lvs")? == 1);
    pair.wait("the VIP is there", |pair| holds(pair, DIRECTOR))?;
    pair.serves_again()?;
    pair.wait("ARPs are finished", |pair| Ok(pair.said(DIRECTOR, "gratuitous lvs arps finished")? == 1))?;
    for addr in &addresses {
        let arps = pair.arps(0, addr);
        ensure!(arps.len() == 5, "{} ARP replies for {addr}", arps.len());
        let shortest = arps.windows(2).map(|two| two[1] - two[0]).min().unwrap_or_default();
        ensure!(shortest > Duration::from_millis(900), "{shortest:?} between two ARP replies");
    }
    // Three words while it waited, and then others.
    let beats = pair.beats(0);
    let said = words_of(&beats);
    ensure!(said[..3] == [STOPPED; 3], "{said:?}");
    ensure!(said.len() > 5 && said[3..].iter().all(|word| **word == RUNNING), "{said:?}");

    // The backup comes: it hears that the primary is active, and stays in reserve.
    pair.start(OTHER, &[])?;
    ensure!(pair.said(OTHER, "STARTING PULSE AS BACKUP")? == 1);
    pair.stays(OTHER, "backup", 6)?;
    ensure!(pair.placed(OTHER)?.is_empty());
    ensure!(words_of(&pair.beats(1)).iter().all(|word| **word == STOPPED));
    let daemon = |role: &str| format!("{role} sync daemon (mcast=eth0, syncid=7");
    pair.wait("sync daemons", |pair| {
        Ok(pair.daemons(DIRECTOR)?.starts_with(&daemon("master"))
            && pair.daemons(OTHER)?.starts_with(&daemon("backup")))
    })?;
    ensure!(pair.daemons(DIRECTOR)?.lines().count() == 1 && pair.daemons(OTHER)?.lines().count() == 1);
    ensure!(pair.row(OTHER)?["master"][0] == PRIMARY, "{}", pair.row(OTHER)?);
    pair.serves(4)?;

    // The active one dies.
    pair.end(DIRECTOR, Signal::KILL)?;
    pair.wait_role(OTHER, "master")?;
    ensure!(pair.said(OTHER, "partner dead: activating lvs")? == 1);
    pair.wait("the VIP is there", |pair| holds(pair, OTHER))?;
    pair.serves_again()?;
    let last = pair.beats(0).last().context("heartbeats")?.0;
    let first_arp = *pair.arps(1, &vip).first().context("ARP replies")?;
    let gap = first_arp.checked_sub(last).context("it took over before the other one died")?;
    ensure!(gap >= DEADTIME - Duration::from_millis(50), "{gap:?} of silence");
    pair.wait("sync daemons", |pair| Ok(pair.daemons(OTHER)?.starts_with(&daemon("master"))))?;

    // It comes back: what it left is taken away, and it does not take over.
    pair.start(DIRECTOR, &[])?;
    pair.stays(DIRECTOR, "backup", 6)?;
    ensure!(pair.placed(DIRECTOR)?.is_empty(), "{:?}", pair.placed(DIRECTOR)?);
    ensure!(pair.role(OTHER)? == "master");
    pair.wait("sync daemons", |pair| Ok(pair.daemons(DIRECTOR)?.starts_with(&daemon("backup"))))?;
    pair.serves(4)?;

    // The other one ends in order: no farewell.
    let active = pair.commands(OTHER);
    ensure!(active == "inactive active", "{active}");
    pair.end(OTHER, Signal::TERM)?;
    ensure!(pair.placed(OTHER)?.is_empty(), "{:?}", pair.placed(OTHER)?);
    ensure!(pair.commands(OTHER) == "inactive active inactive", "{}", pair.commands(OTHER));
    pair.wait_role(DIRECTOR, "master")?;
    pair.serves_again()?;
    let words = pair.beats(1);
    let (at, word) = words.last().context("heartbeats")?;
    ensure!(*word == RUNNING, "its last word: {word:?}");
    let back = pair.arps(0, &vip).into_iter().find(|arp| arp > at).context("more ARP replies")?;
    let silence = back - *at;
    ensure!(silence >= DEADTIME - Duration::from_millis(50), "{silence:?} of silence");
    pair.finish()?;
    Ok(format!("silence before the take-over: {gap:?} after kill -9, {silence:?} after TERM"))
}

/// Both active, and then they hear each other again.
fn partition() -> Result<String> {
    let mut pair = Pair::build(DirectRoute, "")?;
    let vip = pair.plan.service.ip().to_string();
    // Both at once: neither waits for deadtime, and the primary is the one.
    pair.start(OTHER, &[])?;
    pair.start(DIRECTOR, &[])?;
    pair.wait_role(DIRECTOR, "master")?;
    ensure!(
        pair.said(DIRECTOR, "backup inactive: activating lvs")? == 1,
        "{}",
        pair.director(DIRECTOR)?.log_tail()
    );
    pair.stays(OTHER, "backup", 6)?;
    pair.serves_again()?;
    pair.plug(OTHER, false)?;
    pair.wait_role(OTHER, "master")?;
    ensure!(pair.role(DIRECTOR)? == "master", "both");
    pair.serves(4)?;
    pair.wait("ARPs are finished", |pair| Ok(pair.said(DIRECTOR, "gratuitous lvs arps finished")? == 1))?;
    let before = pair.arps(0, &vip).len();
    ensure!(before == 5, "{before} ARP replies");
    let commands = pair.commands(DIRECTOR);
    pair.plug(OTHER, true)?;
    pair.wait_role(OTHER, "backup")?;
    ensure!(pair.said(OTHER, "partner active: deactivating LVS")? == 1);
    pair.wait("the VIP is gone", |pair| Ok(pair.placed(OTHER)?.is_empty()))?;
    // One more heartbeat, by which the primary knows; or, if that one was lost on a link that worked in one direction only,
    // the next one, which says that it is inactive.
    pair.wait("ARPs again", |pair| Ok(pair.said(DIRECTOR, ": resending arps")? >= 1))?;
    pair.wait("ARPs are finished", |pair| Ok(pair.said(DIRECTOR, "gratuitous lvs arps finished")? == 2))?;
    let again = pair.arps(0, &vip).len() - before;
    ensure!((5..=10).contains(&again), "{again} ARP replies more");
    let resent = pair.count(DIRECTOR, "arps_resent")?;
    ensure!(resent == pair.said(DIRECTOR, ": resending arps")? as u64);
    let active = pair.said(DIRECTOR, "partner active: resending arps")?;
    let expected = format!("{commands}{}", " active".repeat(active));
    ensure!(pair.commands(DIRECTOR) == expected, "{} and not {expected}", pair.commands(DIRECTOR));
    pair.stays(OTHER, "backup", 6)?;
    ensure!(pair.role(DIRECTOR)? == "master");
    ensure!(pair.count(OTHER, "become_active")? == 1 && pair.count(DIRECTOR, "become_active")? == 1);
    pair.serves(6)?;
    pair.finish()?;
    Ok(format!(
        "{again} ARP replies after the heal, {resent} times told again, {active} of them by an active partner"
    ))
}

/// A partner of our own making, at the primary's address.
struct Partner(UdpSocket);

impl Partner {
    fn say(&self, datagram: &[u8]) -> Result<()> {
        self.0.send_to(datagram, (BACKUP, 539))?;
        Ok(())
    }

    /// All words that have come.
    fn heard(&self) -> Vec<Vec<u8>> {
        let mut buffer = [0; 64];
        let mut all = Vec::new();
        while let Ok((len, from)) = self.0.recv_from(&mut buffer) {
            assert_eq!(from.to_string(), format!("{BACKUP}:539"));
            all.push(buffer[..len].to_vec());
        }
        all
    }
}

fn words() -> Result<String> {
    let mut pair = Pair::build(DirectRoute, "")?;
    let bind = |host: &str, at: &str| -> Result<UdpSocket> {
        let socket = pair.lab.host(host)?.run(|| UdpSocket::bind(at))??;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    let partner = Partner(bind(DIRECTOR, "10.2.0.2:539")?);
    let elsewhere = Partner(bind(DIRECTOR, "10.2.0.2:1539")?);
    let stranger = Partner(bind(ROUTER, "10.2.0.1:539")?);
    pair.start(OTHER, &[])?;
    // Everything that is no word of the partner's, with a true one now and then so that there is no silence.
    let swapped = |word: [u8; 4]| [word[3], word[2], word[1], word[0]];
    let fos = 0xbeef_babe_u32.to_ne_bytes();
    for _ in 0..8 {
        partner.say(&RUNNING)?;
        elsewhere.say(&STOPPED)?;
        stranger.say(&STOPPED)?;
        partner.say(&swapped(STOPPED))?;
        partner.say(&swapped(RUNNING))?;
        partner.say(&fos)?;
        partner.say(b"what")?;
        partner.say(&STOPPED[..3])?;
        partner.say(&[STOPPED, STOPPED].concat())?;
        partner.say(&[])?;
        std::thread::sleep(Duration::from_millis(600));
        ensure!(pair.role(OTHER)? == "backup", "{}", pair.director(OTHER)?.log_tail());
    }
    let expected = [
        ("heartbeat_rcvd", 8),
        ("running_rcvd", 8),
        ("stopped_rcvd", 0),
        ("source_err", 16),
        ("byte_order_err", 16),
        ("service_err", 8),
        ("word_err", 8),
        ("length_err", 24),
        ("become_active", 0),
        ("heartbeat_unsent", 0),
    ];
    for (counter, count) in expected {
        pair.wait(counter, |pair| Ok(pair.count(OTHER, counter)? >= count))?;
        ensure!(
            pair.count(OTHER, counter)? == count,
            "{counter}: {} and not {count}",
            pair.count(OTHER, counter)?
        );
    }
    // Each kind is told once: three lengths, two byte orders of one kind.
    ensure!(pair.said(OTHER, "Incompatible heartbeat received")? == 6, "{}", pair.director(OTHER)?.log());
    ensure!(pair.said(OTHER, "who is not the partner")? == 2, "{}", pair.director(OTHER)?.log());
    let told = partner.heard();
    ensure!(!told.is_empty() && told.iter().all(|word| *word == STOPPED), "{told:?}");

    // Silence.
    pair.wait_role(OTHER, "master")?;
    let mut told = partner.heard();
    pair.wait("it says so", |_| {
        told.extend(partner.heard());
        Ok(told.last().is_some_and(|word| *word == RUNNING))
    })?;
    pair.serves_again()?;
    // The primary is there after all: one more heartbeat, and then other words.
    drop(partner.heard());
    partner.say(&RUNNING)?;
    pair.wait_role(OTHER, "backup")?;
    let mut told = Vec::new();
    pair.wait("it says so", |_| {
        told.extend(partner.heard());
        Ok(told.last().is_some_and(|word| *word == STOPPED))
    })?;
    let running = told.iter().filter(|word| **word == RUNNING).count();
    ensure!((1..=2).contains(&running), "{told:?}");
    ensure!(pair.placed(OTHER)?.is_empty());
    // It says that it is not active: the second time counts.
    partner.say(&STOPPED)?;
    partner.say(&STOPPED)?;
    std::thread::sleep(Duration::from_millis(600));
    ensure!(pair.role(OTHER)? == "backup", "after one word");
    partner.say(&STOPPED)?;
    pair.wait_role(OTHER, "master")?;
    ensure!(pair.said(OTHER, "primary inactive: activating lvs")? == 1);
    pair.serves_again()?;
    // Without its own address it hears nobody, and does not take that for the partner's death.
    partner.say(&RUNNING)?;
    pair.wait_role(OTHER, "backup")?;
    let host = pair.lab.host(OTHER)?;
    run(host, "ip", &["addr", "del", "10.2.0.3/24", "dev", "eth0"], PATIENCE)?;
    pair.wait_role(OTHER, "fault")?;
    std::thread::sleep(DEADTIME + Duration::from_secs(1));
    ensure!(pair.role(OTHER)? == "fault", "{}", pair.director(OTHER)?.log_tail());
    run(host, "ip", &["addr", "add", "10.2.0.3/24", "dev", "eth0"], PATIENCE)?;
    pair.wait_role(OTHER, "backup")?;
    pair.wait_role(OTHER, "master")?;
    pair.finish()?;
    Ok("80 datagrams, 8 of them words; nothing else counted".to_owned())
}

/// Links are looked at.
fn links() -> Result<String> {
    let mut pair = Pair::build(DirectRoute, "monitor_links = 1\n")?;
    pair.start(DIRECTOR, &[])?;
    pair.wait_role(DIRECTOR, "master")?;
    pair.start(OTHER, &[])?;
    pair.stays(OTHER, "backup", 3)?;
    pair.serves_again()?;
    pair.plug(DIRECTOR, false)?;
    pair.wait_role(DIRECTOR, "fault")?;
    ensure!(pair.said(DIRECTOR, "Local NIC link failure: Pulse disabled")? == 1);
    pair.wait("the VIP is gone", |pair| Ok(pair.placed(DIRECTOR)?.is_empty()))?;
    let reasons = pair.row(DIRECTOR)?["reasons"].to_string();
    ensure!(reasons.contains("interface eth0 is lost"), "{reasons}");
    pair.wait_role(OTHER, "master")?;
    pair.serves_again()?;
    // Deaf for longer than deadtime: it does not take over.
    ensure!(pair.role(DIRECTOR)? == "fault");
    pair.plug(DIRECTOR, true)?;
    pair.wait_role(DIRECTOR, "backup")?;
    ensure!(pair.said(DIRECTOR, "Local NIC link(s) restored: Pulse enabled")? == 1);
    pair.stays(DIRECTOR, "backup", 6)?;
    ensure!(pair.role(OTHER)? == "master");
    pair.serves(4)?;
    pair.finish()?;
    Ok("a lost link moved the VIP, its return did not".to_owned())
}

/// No active backup; then, by a reload, one; then a primary that takes back by force.
fn alone_and_forced() -> Result<String> {
    let mut pair = Pair::build(DirectRoute, "backup_active = 0\n")?;
    pair.start(DIRECTOR, &[])?;
    pair.start(OTHER, &[])?;
    pair.wait_role(DIRECTOR, "master")?;
    ensure!(pair.said(DIRECTOR, "partner dead")? == 0, "it does not wait for anybody");
    pair.wait_role(OTHER, "fault")?;
    ensure!(pair.said(OTHER, "We are backup node and backup is marked inactive")? == 1);
    pair.serves_again()?;
    ensure!(pair.beats(0).is_empty() && pair.beats(1).is_empty(), "a heartbeat without a partner");

    // The backup is made active while both run: each binds port 539 now, long after it gave up its privileges.
    for name in NAMES {
        pair.configure(name, "")?;
    }
    let output = pair.director(OTHER)?.output(pair.lab.host(OTHER)?, "ulvs", &["reload"])?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    pair.wait_role(OTHER, "master")?;
    let output = pair.director(DIRECTOR)?.output(pair.lab.host(DIRECTOR)?, "ulvs", &["reload"])?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    pair.wait_role(DIRECTOR, "backup")?;
    pair.stays(DIRECTOR, "backup", 5)?;
    ensure!(pair.role(OTHER)? == "master");
    pair.serves_again()?;

    pair.end(DIRECTOR, Signal::TERM)?;
    pair.start(DIRECTOR, &["--force-active"])?;
    pair.wait_role(DIRECTOR, "master")?;
    ensure!(pair.said(DIRECTOR, "forced: activating lvs")? == 1);
    pair.wait_role(OTHER, "backup")?;
    ensure!(pair.said(OTHER, "partner active: deactivating LVS")? == 1);
    pair.stays(OTHER, "backup", 5)?;
    ensure!(pair.role(DIRECTOR)? == "master");
    pair.serves_again()?;
    pair.finish()?;
    Ok("alone, a pair by reload, and back by force".to_owned())
}
