//! Two directors, of which one tells the other of its connections: they appear there as they are here, and go on there when
//! their packets take the other way. With the kernel's own IPVS in the other's place: `sync_kernel.rs`.

use crate::load::{Drips, Echo, Witness};
use crate::programs::run;
use crate::rig::{Setup, lay_out, service_lines};
use crate::{Case, case};
use anyhow::{Context, Result, bail, ensure};
use ipnet::IpNet;
use rustix::process::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testnet::director::Director;
use testnet::host::Host;
use testnet::lab::Lab;
use testnet::plan::{CLIENT, DIRECTOR, Family, Plan, ROUTER};
use testnet::topology::{HostSpec, Port};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};
use ulvs::lvs::Mac;

/// The other director's host.
pub const OTHER: &str = "other";
/// Services: TCP, TCP with persistence, UDP.
const TCP: u16 = 7000;
pub const STICKY: u16 = 7001;
const UDP: u16 = 7002;
/// Connections of each kind.
pub const FLOWS: usize = 8;
/// Two seconds that the master may collect, and a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn cases() -> Vec<Case> {
    let pairs = [(DirectRoute, Family::V4), (Nat, Family::V4), (DirectRoute, Family::V6), (Nat, Family::V6)];
    let mut cases: Vec<_> = pairs
        .map(|(method, family)| {
            let setup = Setup { workers: 2, ..Setup::new(method, family) };
            case(format!("sync_{}", setup.name()), &["ip"], move || moves_over(&setup))
        })
        .into();
    cases.push(case("sync_follows_router", &["ip"], follows_router));
    cases.push(case("sync_joins_later", &["ip"], joins_later));
    cases.push(case("sync_repairs", &["ip", "nft"], repairs));
    cases.push(case("sync_words", &["ip"], words));
    cases.push(case("sync_strangers", &["ip"], strangers));
    cases
}

/// A plan with another director's host beside the first, on the same segments.
pub struct Pair {
    pub plan: Plan,
    pub lab: Lab,
    pub directory: TempDir,
    pub first: Director,
    other: Option<Director>,
}

/// MAC addresses of the two on the VIP's segment.
pub const FIRST_MAC: Mac = Mac([2, 0, 0, 0, 3, 0]);
pub const OTHER_MAC: Mac = Mac([2, 0, 0, 0, 0x43, 0]);

impl Pair {
    /// `has_other`: a director runs on the other's host; else nobody does, and it has no address.
    pub fn start(setup: &Setup, has_other: bool) -> Result<Self> {
        Self::start_with(setup, has_other, |_| None)
    }

    /// `config`: the text of each host's keepalived.conf.
    pub fn start_with(
        setup: &Setup,
        has_other: bool,
        config: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let mut plan = setup.plan();
        add_other(&mut plan, has_other)?;
        let directory = tempfile::Builder::new().prefix("ulvs-sync-").tempdir()?;
        let lab = Lab::build(plan.topology.clone())?;
        lab.wait_running()?;
        let start = |name: &str| {
            let own = directory.path().join(name);
            std::fs::create_dir(&own)?;
            lay_out(&own)?;
            let host = lab.host(name)?;
            let mut further = vec!["--workers".to_owned(), "2".to_owned()];
            if let Some(text) = config(name) {
                let path = own.join("keepalived.conf");
                std::fs::write(&path, text)?;
                further.extend(["--config".to_owned(), path.to_string_lossy().into_owned()]);
            }
            let further: Vec<_> = further.iter().map(String::as_str).collect();
            let mut director = Director::spawn(host, &own, plan.director_interfaces(), &further)?;
            director.wait_ready(host)?;
            anyhow::Ok(director)
        };
        let first = start(DIRECTOR)?;
        let other = if has_other { Some(start(OTHER)?) } else { None };
        let pair = Self { plan, lab, directory, first, other };
        for name in pair.names() {
            for line in services(&pair.plan) {
                pair.ipvsadm(name, &line)?;
            }
        }
        pair.lead_to(FIRST_MAC)?;
        Ok(pair)
    }

    fn names(&self) -> Vec<&'static str> {
        if self.other.is_some() { vec![DIRECTOR, OTHER] } else { vec![DIRECTOR] }
    }

    pub fn director(&self, name: &str) -> Result<&Director> {
        if name == DIRECTOR { Ok(&self.first) } else { self.other.as_ref().context("no other director") }
    }

    pub fn ipvsadm(&self, name: &str, line: &str) -> Result<String> {
        let args: Vec<_> = line.split_whitespace().collect();
        self.director(name)?.ipvsadm(self.lab.host(name)?, &args)
    }

    pub fn sysctl(&self, name: &str, word: &str) -> Result<()> {
        let output = self.director(name)?.output(self.lab.host(name)?, "ulvs", &["sysctl", "-q", word])?;
        ensure!(output.status.success(), "ulvs sysctl {word}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// A daemon on the VIP's segment.
    pub fn start_daemon(&self, name: &str, role: &str) -> Result<()> {
        let group = if self.plan.cip.is_ipv4() { "224.0.0.81" } else { "ff02::81" };
        let line = format!("--start-daemon {role} --mcast-interface eth0 --syncid 7 --mcast-group {group}");
        self.ipvsadm(name, &line).map(drop)
    }

    /// Requests for the VIP go to this machine from now on, whoever answers ARP for it.
    pub fn lead_to(&self, mac: Mac) -> Result<()> {
        let (vip, mac) = (self.plan.service.ip().to_string(), mac.to_string());
        let args = ["neigh", "replace", &vip, "lladdr", &mac, "dev", "eth1", "nud", "permanent"];
        run(self.lab.host(ROUTER)?, "ip", &args, PATIENCE).map(drop)
    }

    /// All packets take the way over the other director.
    pub fn move_over(&self) -> Result<()> {
        self.lead_to(OTHER_MAC)?;
        if let Some(IpAddr::V4(_) | IpAddr::V6(_)) = self.plan.inner_dip {
            let via = if self.plan.cip.is_ipv4() { "10.3.0.2" } else { "fd00:3::2" };
            for server in &self.plan.servers {
                let family = if self.plan.cip.is_ipv4() { "-4" } else { "-6" };
                let args = [family, "route", "replace", "default", "via", via];
                run(self.lab.host(&server.name)?, "ip", &args, PATIENCE)?;
            }
        }
        Ok(())
    }

    pub fn counters(&self, name: &str) -> Result<BTreeMap<String, u64>> {
        let output = self.director(name)?.output(self.lab.host(name)?, "ulvs", &["status", "-j"])?;
        let status: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let counters = status["counters"].as_object().context("counters")?;
        Ok(counters.iter().map(|(name, value)| (name.clone(), value.as_u64().unwrap_or(0))).collect())
    }
}

fn add_other(plan: &mut Plan, has_address: bool) -> Result<()> {
    let nat = plan.inner_dip.is_some();
    let first = plan.topology.hosts.iter().find(|host| host.name == DIRECTOR).context("a director")?;
    let mut other = HostSpec { name: OTHER.to_owned(), ..first.clone() };
    for (number, interface) in other.interfaces.iter_mut().enumerate() {
        let Mac(mut mac) = OTHER_MAC;
        mac[5] = u8::try_from(number)?;
        interface.mac = Mac(mac);
        let own = interface.addresses.first().context("an address")?;
        interface.addresses = vec![IpNet::new(next(own.addr()), own.prefix_len())?];
        if !has_address {
            interface.addresses.clear();
        }
    }
    if !has_address {
        other.routes.clear();
    }
    plan.topology.hosts.push(other);
    let switches = plan.topology.switches.clone();
    plan.topology.plug(Port::new(OTHER, "eth0"), &switches[0]);
    if nat {
        plan.topology.plug(Port::new(OTHER, "eth1"), &switches[1]);
    }
    Ok(())
}

/// The address behind this one.
fn next(addr: IpAddr) -> IpAddr {
    match addr {
        IpAddr::V4(addr) => IpAddr::V4((u32::from(addr) + 1).into()),
        IpAddr::V6(addr) => IpAddr::V6((u128::from(addr) + 1).into()),
    }
}

pub fn services(plan: &Plan) -> Vec<String> {
    let mut lines = service_lines(plan, "-t", TCP, TCP, 2);
    let mut sticky = service_lines(plan, "-t", STICKY, STICKY, 2);
    sticky[0] += " -p 600";
    lines.append(&mut sticky);
    lines.extend(service_lines(plan, "-u", UDP, UDP, 2));
    lines
}

/// UDP on a real server: says who it is.
struct Greeter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Greeter {
    fn start(host: &Host, at: SocketAddr) -> Result<Self> {
        let (socket, name) = (host.run(|| UdpSocket::bind(at))??, host.name().to_owned());
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let stop = Arc::<AtomicBool>::default();
        let theirs = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 64];
            while !theirs.load(Relaxed) {
                if let Ok((_, from)) = socket.recv_from(&mut buffer) {
                    let _ = socket.send_to(name.as_bytes(), from);
                }
            }
        });
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Greeter {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Real servers that answer, and the clients' connections.
pub struct Traffic {
    _echoes: Vec<Echo>,
    _greeters: Vec<Greeter>,
    drips: Drips,
    sticky: Drips,
    udp: Vec<(UdpSocket, String)>,
    witness: Witness,
}

impl Traffic {
    pub fn start(pair: &Pair) -> Result<Self> {
        let Pair { plan, lab, .. } = pair;
        let client = lab.host(CLIENT)?;
        let vip = plan.service.ip();
        let any: IpAddr = if vip.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
        let (mut echoes, mut greeters) = (Vec::new(), Vec::new());
        for server in &plan.servers {
            let host = lab.host(&server.name)?;
            for port in [TCP, STICKY] {
                echoes.push(Echo::start(host, SocketAddr::new(any, port))?);
            }
            // A datagram's answer comes from the address that it went to.
            let at = if plan.inner_dip.is_some() { server.rip } else { vip };
            greeters.push(Greeter::start(host, SocketAddr::new(at, UDP))?);
        }
        let witness = Witness::start(client, "eth0", vip)?;
        let drips = Drips::start(client, SocketAddr::new(vip, TCP), FLOWS)?;
        let sticky = Drips::start(client, SocketAddr::new(vip, STICKY), FLOWS)?;
        let mut udp = Vec::new();
        for _ in 0..FLOWS {
            let socket = client.run(|| UdpSocket::bind(SocketAddr::new(any, 0)))??;
            socket.set_read_timeout(Some(Duration::from_secs(2)))?;
            let mut server = String::new();
            for _ in 0..4 {
                server = ask(&socket, vip)?;
            }
            udp.push((socket, server));
        }
        drips.wait_for_progress(PATIENCE)?;
        sticky.wait_for_progress(PATIENCE)?;
        // One that ends.
        let mut short = client
            .run(|| TcpStream::connect_timeout(&SocketAddr::new(vip, TCP), Duration::from_secs(3)))??;
        short.write_all(b"hello")?;
        short.read_exact(&mut [0; 5])?;
        drop(short);
        Ok(Self { _echoes: echoes, _greeters: greeters, drips, sticky, udp, witness })
    }

    /// Everything goes on, with the same real servers, and nobody is reset.
    pub fn goes_on(&self, vip: IpAddr) -> Result<()> {
        self.drips.wait_for_progress(PATIENCE)?;
        self.sticky.wait_for_progress(PATIENCE)?;
        for (socket, server) in &self.udp {
            ensure!(ask(socket, vip)? == *server, "a datagram comes to another real server");
        }
        ensure!(self.drips.errors().is_empty() && self.sticky.errors().is_empty());
        let resets = self.witness.resets();
        ensure!(resets.is_empty(), "resets at the client: {resets:?}");
        Ok(())
    }
}

/// The name of the real server that a datagram comes to.
fn ask(socket: &UdpSocket, vip: IpAddr) -> Result<String> {
    for _ in 0..5 {
        socket.send_to(b"who", SocketAddr::new(vip, UDP))?;
        let mut buffer = [0; 64];
        if let Ok((len, _)) = socket.recv_from(&mut buffer) {
            return Ok(String::from_utf8_lossy(&buffer[..len]).into_owned());
        }
    }
    bail!("no answer to a datagram")
}

/// What `ipvsadm -Lcn` lists: protocol, state, client, virtual, real; without expiry; and the expiries in seconds.
pub fn connections(listing: &str) -> Result<(BTreeSet<String>, BTreeMap<String, u32>)> {
    let (mut all, mut lives) = (BTreeSet::new(), BTreeMap::new());
    for line in listing.lines().skip(2) {
        let words: Vec<_> = line.split_whitespace().collect();
        let [protocol, expiry, state, client, virt, real, ..] = words[..] else { bail!("a line: {line}") };
        let (minutes, seconds) = expiry.split_once(':').context("an expiry")?;
        let key = format!("{protocol} {state} {client} {virt} {real}");
        lives.insert(key.clone(), minutes.parse::<u32>()? * 60 + seconds.parse::<u32>()?);
        all.insert(key);
    }
    Ok((all, lives))
}

/// Waits until both lists are the same; that list, and the second's expiries.
pub fn wait_until_equal(
    mut one: impl FnMut() -> Result<String>,
    mut other: impl FnMut() -> Result<String>,
    least: usize,
) -> Result<(BTreeSet<String>, BTreeMap<String, u32>)> {
    let begun = Instant::now();
    loop {
        let (ours, _) = connections(&one()?)?;
        let (theirs, lives) = connections(&other()?)?;
        if ours == theirs && ours.len() >= least {
            return Ok((theirs, lives));
        }
        if begun.elapsed() > PATIENCE {
            let missing: Vec<_> = ours.difference(&theirs).collect();
            let more: Vec<_> = theirs.difference(&ours).collect();
            bail!("{} of {least}; not there: {missing:#?}; only there: {more:#?}", ours.len());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// All of [`Traffic::start`]: two times so many TCP connections, as many UDP ones, one that ended, one template.
pub const ALL: usize = 3 * FLOWS + 1 + 1;

fn moves_over(setup: &Setup) -> Result<String> {
    let mut pair = Pair::start(setup, true)?;
    pair.start_daemon(DIRECTOR, "master")?;
    pair.start_daemon(OTHER, "backup")?;
    let traffic = Traffic::start(&pair)?;
    let list = |name| pair.ipvsadm(name, "-Lcn");
    let (all, lives) = wait_until_equal(|| list(DIRECTOR), || list(OTHER), ALL)?;
    ensure!(all.len() == ALL, "{} connections: {all:#?}", all.len());
    let count = |word: &str| all.iter().filter(|line| line.contains(word)).count();
    ensure!((count("ESTABLISHED"), count("UDP "), count("ASSURED")) == (2 * FLOWS, FLOWS, 1), "{all:#?}");
    are_whole(&lives, 600)?;
    // What real servers count is the same, too.
    let loads = |name| pair.ipvsadm(name, "-Ln");
    ensure!(loads(DIRECTOR)? == loads(OTHER)?, "{}\n{}", loads(DIRECTOR)?, loads(OTHER)?);
    let proc = pair.director(OTHER)?.output(pair.lab.host(OTHER)?, "ulvs", &["proc", "ip_vs_conn_sync"])?;
    let origins = String::from_utf8_lossy(&proc.stdout).matches(" SYNC ").count();
    ensure!(origins == ALL, "{origins} of {ALL} are said to be heard of");

    let (sent, heard) = (pair.counters(DIRECTOR)?, pair.counters(OTHER)?);
    ensure!(heard["sync_connections_opened"] == ALL as u64, "{heard:#?}");
    for (name, count) in sent.iter().chain(&heard).filter(|(name, _)| name.starts_with("sync_")) {
        ensure!(!name.contains("dropped") && !name.contains("lost") || *count == 0, "{name}: {count}");
    }

    pair.first.signal(Signal::KILL)?;
    pair.first.wait(PATIENCE)?;
    pair.move_over()?;
    let vip = pair.plan.service.ip();
    traffic.goes_on(vip)?;
    sticks(&pair, || pair.ipvsadm(OTHER, "-Lcn"))?;
    Ok(format!(
        "{ALL} connections told in {} records of {} messages; all went on at the other director",
        sent["sync_records_sent"], sent["sync_messages_sent"]
    ))
}

/// Nothing is older than its packets: what `-Lcn` says is left of each life. `template`: seconds of a template's.
pub fn are_whole(lives: &BTreeMap<String, u32>, template: u32) -> Result<()> {
    for (line, seconds) in lives {
        let whole = match line.split(' ').nth(1) {
            Some("ESTABLISHED") => 900,
            Some("UDP") => 300,
            Some("ASSURED") => template,
            _ => 120,
        };
        ensure!((whole - 60..=whole).contains(seconds), "{line} expires in {seconds} s");
    }
    Ok(())
}

/// A client who was here before comes to the real server of its template, not to the scheduler's next.
pub fn sticks(pair: &Pair, list: impl FnOnce() -> Result<String>) -> Result<()> {
    let later = Drips::start(pair.lab.host(CLIENT)?, SocketAddr::new(pair.plan.service.ip(), STICKY), 3)?;
    later.wait_for_progress(PATIENCE)?;
    let (after, _) = connections(&list()?)?;
    let sticky: Vec<_> = after.iter().filter(|line| line.contains(&format!(":{STICKY} "))).collect();
    let servers: BTreeSet<_> = sticky.iter().filter_map(|line| line.split(' ').nth(4)).collect();
    ensure!(sticky.len() == FLOWS + 3 + 1 && servers.len() == 1, "{sticky:#?}");
    Ok(())
}

/// `lvs_sync_daemon` with an instance: who is master of the virtual router tells, who is not hears.
fn follows_router() -> Result<String> {
    let config = |name: &str| {
        let priority = if name == DIRECTOR { 150 } else { 100 };
        Some(format!(
            "global_defs {{\n  lvs_sync_daemon eth0 VI_1 port 8900\n  vrrp_version 3\n}}\nvrrp_instance VI_1 {{\n  \
             interface eth0\n  virtual_router_id 51\n  advert_int 0.2\n  priority {priority}\n  \
             virtual_ipaddress {{\n    10.2.0.200/32\n  }}\n}}\n"
        ))
    };
    let setup = Setup { workers: 2, ..Setup::new(DirectRoute, Family::V4) };
    let mut pair = Pair::start_with(&setup, true, config)?;
    let wait = |pair: &Pair, name: &str, role: &str, max_len: u16| {
        let right = format!(
            "{role} sync daemon (mcast=eth0, syncid=51, maxlen={max_len}, group=224.0.0.81, port=8900, ttl=1)\n"
        );
        let begun = Instant::now();
        while pair.ipvsadm(name, "-L --daemon")? != right {
            ensure!(begun.elapsed() < PATIENCE, "{name}: {}", pair.ipvsadm(name, "-L --daemon")?);
            std::thread::sleep(Duration::from_millis(100));
        }
        anyhow::Ok(())
    };
    wait(&pair, DIRECTOR, "master", 1472)?;
    wait(&pair, OTHER, "backup", 1472)?;
    let traffic = Traffic::start(&pair)?;
    let list = |name| pair.ipvsadm(name, "-Lcn");
    wait_until_equal(|| list(DIRECTOR), || list(OTHER), ALL)?;
    pair.first.signal(Signal::KILL)?;
    pair.first.wait(PATIENCE)?;
    wait(&pair, OTHER, "master", 1472)?;
    pair.move_over()?;
    traffic.goes_on(pair.plan.service.ip())?;
    Ok(format!("the daemons changed with the master, and {ALL} connections went on"))
}

/// Waits until a counter has this value.
fn wait_for(pair: &Pair, host: &str, name: &str, wanted: impl Fn(u64) -> bool) -> Result<()> {
    let begun = Instant::now();
    while !wanted(pair.counters(host)?[name]) {
        ensure!(begun.elapsed() < PATIENCE, "{host}: {name} is {}", pair.counters(host)?[name]);
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// A backup that joins has the whole table at once, and from then on connections of fewer than three packets.
fn joins_later() -> Result<String> {
    let mut pair = Pair::start(&Setup { workers: 2, ..Setup::new(DirectRoute, Family::V4) }, true)?;
    pair.start_daemon(DIRECTOR, "master")?;
    let traffic = Traffic::start(&pair)?;
    let (client, vip) = (pair.lab.host(CLIENT)?, pair.plan.service.ip());
    let quiet = || {
        anyhow::Ok(
            client
                .run(|| TcpStream::connect_timeout(&SocketAddr::new(vip, TCP), Duration::from_secs(3)))??,
        )
    };
    // SYN and ACK, and nothing said: the kernel's rules do not tell of it.
    let mut before = quiet()?;
    let told = pair.counters(DIRECTOR)?;
    ensure!((told["sync_backups"], told["sync_tables_sent"]) == (0, 0), "{told:#?}");
    pair.start_daemon(OTHER, "backup")?;
    let list = |name| pair.ipvsadm(name, "-Lcn");
    wait_until_equal(|| list(DIRECTOR), || list(OTHER), ALL + 1)?;
    wait_for(&pair, OTHER, "sync_masters_whole", |count| count == 1)?;
    let mut after = quiet()?;
    wait_until_equal(|| list(DIRECTOR), || list(OTHER), ALL + 2)?;
    wait_for(&pair, DIRECTOR, "sync_messages_behind", |count| count == 0)?;
    let (sent, heard) = (pair.counters(DIRECTOR)?, pair.counters(OTHER)?);
    let met = ["sync_backups", "sync_tables_sent", "sync_messages_repeated"].map(|name| sent[name]);
    ensure!(met == [1, 1, 0], "{sent:#?}");
    let met = ["sync_masters", "sync_tables_received", "sync_messages_lost", "sync_connections_opened"];
    let met = met.map(|name| heard[name]);
    ensure!(met == [1, 1, 0, ALL as u64 + 2], "{heard:#?}");
    pair.first.signal(Signal::KILL)?;
    pair.first.wait(PATIENCE)?;
    pair.move_over()?;
    traffic.goes_on(vip)?;
    for stream in [&mut before, &mut after] {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"hello")?;
        stream.read_exact(&mut [0; 5])?;
    }
    Ok(format!("{ALL} connections and two of two packets each went on"))
}

/// Every third datagram is lost, of whatever kind: nothing is missed.
fn repairs() -> Result<String> {
    let pair = Pair::start(&Setup { workers: 2, ..Setup::new(DirectRoute, Family::V4) }, true)?;
    let rules = "add table inet lossy; add chain inet lossy in { type filter hook input priority 0; }; \
                 add rule inet lossy in udp dport 8848 numgen inc mod 3 == 0 counter drop";
    run(pair.lab.host(OTHER)?, "nft", &[rules], PATIENCE)?;
    pair.start_daemon(DIRECTOR, "master")?;
    pair.start_daemon(OTHER, "backup")?;
    wait_for(&pair, OTHER, "sync_masters_whole", |count| count == 1)?;
    let _traffic = Traffic::start(&pair)?;
    let list = |name| pair.ipvsadm(name, "-Lcn");
    wait_until_equal(|| list(DIRECTOR), || list(OTHER), ALL)?;
    wait_for(&pair, OTHER, "sync_messages_asked", |count| count >= 3)?;
    let (sent, heard) = (pair.counters(DIRECTOR)?, pair.counters(OTHER)?);
    ensure!(heard["sync_messages_lost"] == 0, "{heard:#?}");
    ensure!(heard["sync_connections_opened"] == ALL as u64, "{heard:#?}");
    ensure!(sent["sync_messages_repeated"] > 0, "{sent:#?}");
    Ok(format!(
        "{} messages asked for, {} sent again, none lost",
        heard["sync_messages_asked"], sent["sync_messages_repeated"]
    ))
}

/// What commands answer.
fn words() -> Result<String> {
    let pair = Pair::start(&Setup::new(DirectRoute, Family::V4), true)?;
    let refused = |line: &str, text: &str| {
        let said = pair.ipvsadm(DIRECTOR, line).err().map(|error| format!("{error:#}")).unwrap_or_default();
        ensure!(said.contains(text), "ipvsadm {line}: {said:?}");
        anyhow::Ok(())
    };
    refused("--start-daemon master --mcast-interface eth7", "No such device")?;
    refused("--stop-daemon master", "No daemon is running")?;
    pair.ipvsadm(DIRECTOR, "--start-daemon backup --mcast-interface eth0")?;
    pair.ipvsadm(
        DIRECTOR,
        "--start-daemon master --mcast-interface eth0 --syncid 9 --sync-maxlen 1400 --mcast-port 9000 --mcast-ttl 3",
    )?;
    refused("--start-daemon master --mcast-interface eth0", "Daemon has already run")?;
    let told = pair.ipvsadm(DIRECTOR, "-L --daemon")?;
    let expected = "master sync daemon (mcast=eth0, syncid=9, maxlen=1400, group=224.0.0.81, port=9000, ttl=3)\n\
                    backup sync daemon (mcast=eth0, syncid=0, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n";
    ensure!(told == expected, "{told}");
    pair.ipvsadm(DIRECTOR, "--stop-daemon master")?;
    ensure!(pair.ipvsadm(DIRECTOR, "-L --daemon")?.lines().count() == 1);
    pair.ipvsadm(DIRECTOR, "--stop-daemon backup")?;
    ensure!(pair.ipvsadm(DIRECTOR, "-L --daemon")?.is_empty());
    Ok("as ipvsadm of the kernel".to_owned())
}

/// Forged and broken messages: counted by name, and nothing is stored.
fn strangers() -> Result<String> {
    let pair = Pair::start(&Setup::new(DirectRoute, Family::V4), true)?;
    pair.start_daemon(OTHER, "backup")?;
    // From the router, which is on the link; to a real server that is none, and to one that is.
    let router = pair.lab.host(ROUTER)?;
    let from: SocketAddr = "10.2.0.1:0".parse()?;
    let socket = router.run(|| UdpSocket::bind(from))??;
    let group: SocketAddr = "224.0.0.81:8848".parse()?;
    let record = |rip: [u8; 4], vport: u16| {
        let [high, low] = vport.to_be_bytes();
        let head = [0, 7, 0, 44, 1, 1, 0, 0, 0, 6, 0, 36, 0, 0, 0, 0x83, 0, 1];
        let rest = [0x0f, 0xa1, high, low, high, low, 0, 0, 0, 0, 0, 0, 3, 0x84, 10, 1, 0, 10, 10, 2, 0, 100];
        [&head[..], &rest, &rip].concat()
    };
    let mut other_id = record([10, 2, 0, 11], TCP);
    other_id[1] = 8;
    let mut lie = record([10, 2, 0, 11], TCP);
    lie[3] = 45;
    let good = record([10, 2, 0, 11], TCP);
    for message in [&record([10, 2, 0, 66], TCP), &record([10, 2, 0, 11], 99), &other_id, &lie, &good] {
        send(router, &socket, message, group)?;
    }
    let begun = Instant::now();
    let told = loop {
        let told = pair.counters(OTHER)?;
        if told["sync_messages_received"] >= 5 || begun.elapsed() > PATIENCE {
            break told;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let met: Vec<_> = told
        .iter()
        .filter(|(name, count)| name.starts_with("sync_") && **count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    let expected = [
        "sync_connections_opened 1",
        "sync_messages_dropped{reason=\"size\"} 1",
        "sync_messages_dropped{reason=\"sync_id\"} 1",
        "sync_messages_received 5",
        "sync_records_dropped{reason=\"unknown_server\"} 1",
        "sync_records_dropped{reason=\"unknown_service\"} 1",
        "sync_records_received 3",
    ];
    ensure!(met == expected, "{met:#?}");
    ensure!(connections(&pair.ipvsadm(OTHER, "-Lcn")?)?.0.len() == 1);
    // From elsewhere: an address that is on no network of the interface.
    run(router, "ip", &["addr", "add", "192.0.2.1/32", "dev", "eth1"], PATIENCE)?;
    let from: SocketAddr = "192.0.2.1:0".parse()?;
    let socket = router.run(|| UdpSocket::bind(from))??;
    run(pair.lab.host(OTHER)?, "ip", &["route", "add", "192.0.2.1/32", "dev", "eth0"], PATIENCE)?;
    let wait = |name: &str, count: u64| {
        let begun = Instant::now();
        while pair.counters(OTHER)?[name] != count {
            ensure!(begun.elapsed() < PATIENCE, "{name} is {}", pair.counters(OTHER)?[name]);
            std::thread::sleep(Duration::from_millis(100));
        }
        anyhow::Ok(())
    };
    let mut another = good.clone();
    another[18] = 0x1f;
    send(router, &socket, &another, group)?;
    wait("sync_messages_dropped{reason=\"stranger\"}", 1)?;
    ensure!(connections(&pair.ipvsadm(OTHER, "-Lcn")?)?.0.len() == 1);
    pair.sysctl(OTHER, "sync_strict=0")?;
    send(router, &socket, &another, group)?;
    wait("sync_connections_opened", 2)?;
    Ok(met.join("\n"))
}

/// Sends to a group by the VIP's segment.
fn send(host: &Host, socket: &UdpSocket, message: &[u8], to: SocketAddr) -> Result<()> {
    // The router's way to the group is by the segment that the VIP is on.
    let _ = run(host, "ip", &["route", "replace", "224.0.0.0/4", "dev", "eth1"], PATIENCE)?;
    socket.send_to(message, to)?;
    Ok(())
}
