//! Random link events under live flows: after each, forwarding is back; while the link is down, no CPU is spent.

use crate::crash::{roll, tables};
use crate::load::{Drips, Echo};
use crate::programs::{run, start_web};
use crate::rig::{Rig, Setup};
use crate::{Case, case, is_long};
use anyhow::{Context, Result, bail, ensure};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use testnet::host::Host;
use testnet::plan::{DIRECTOR, Family};
use ulvs::host::bridge::Bridges;
use ulvs::host::links::{LinkChange, Links, VethEnd};
use ulvs::lvs::ForwardingMethod::{DirectRoute, Nat};
use ulvs::lvs::Mac;

const DRIP_PORT: u16 = 7000;
/// How soon forwarding must be back. A kernel whose ARP request was lost asks again after one second, then after two.
const BACK: Duration = Duration::from_secs(4);
/// What the director may use of one CPU while its link is down.
const CPU_SHARE: f64 = 0.05;

pub fn cases() -> Vec<Case> {
    [(DirectRoute, 1), (DirectRoute, 2), (Nat, 1), (Nat, 2)]
        .map(|(method, workers)| {
            let setup = Setup {
                workers,
                // Who changes his MAC says so, as network daemons do.
                sysctls: vec![
                    ("net/ipv4/conf/all/arp_notify", "1"),
                    ("net/ipv4/conf/default/arp_notify", "1"),
                ],
                ..Setup::new(method, Family::V4)
            };
            case(format!("link_chaos_{}", setup.name()), &["nginx", "nft", "curl"], move || {
                chaos(&setup, workers)
            })
        })
        .into()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    LinkDown,
    PeerDown,
    Rename,
    NewMac,
    NewMtu,
    Recreate,
    ServerMoves,
    NeighbourForgotten,
    NeighbourWrong,
    VipOnHost,
    RulesetFlushed,
    RouteLost,
}

/// Each as often as it stands here.
const MIX: [Event; 21] = [
    Event::LinkDown,
    Event::LinkDown,
    Event::LinkDown,
    Event::LinkDown,
    Event::PeerDown,
    Event::PeerDown,
    Event::PeerDown,
    Event::Rename,
    Event::Rename,
    Event::Rename,
    Event::NewMac,
    Event::NewMac,
    Event::NewMtu,
    Event::NewMtu,
    Event::Recreate,
    Event::ServerMoves,
    Event::NeighbourForgotten,
    Event::NeighbourWrong,
    Event::VipOnHost,
    Event::RulesetFlushed,
    Event::RouteLost,
];

/// One of the director's interfaces, as it is at this moment.
struct Card {
    /// The name that the topology gave it.
    born: String,
    name: String,
    mac: Mac,
    addresses: Vec<IpNet>,
    /// The switch and its port.
    switch: String,
    port: String,
    is_outer: bool,
}

struct Chaos {
    rig: Rig,
    cards: Vec<Card>,
    dice: u64,
    slept: f64,
    cpu: f64,
    small_mtus: usize,
    told_too_big: u64,
}

fn chaos(setup: &Setup, seed: usize) -> Result<String> {
    let events = if is_long() { 200 } else { 50 };
    let rig = Rig::start(setup.clone())?;
    let _web = start_web(&rig, rig.directory.path(), &[])?;
    let any = SocketAddr::new([0; 4].into(), DRIP_PORT);
    let echo = |name: &str| Echo::start(rig.lab.host(name)?, any);
    let _echoes = rig.plan.servers.iter().map(|server| echo(&server.name)).collect::<Result<Vec<_>>>()?;
    rig.add_service("-t", 80, rig.plan.real_port, 2)?;
    rig.add_service("-t", DRIP_PORT, DRIP_PORT, 2)?;
    rig.wait_for_service(BACK)?;
    let drips = Drips::start(rig.client()?, SocketAddr::new(rig.plan.service.ip(), DRIP_PORT), 10)?;
    drips.wait_for_progress(Duration::from_secs(5))?;

    let cards = cards(&rig)?;
    std::fs::write(rig.directory.path().join("bulk"), vec![b'x'; 400_000])?;
    let mut chaos = Chaos {
        rig,
        cards,
        dice: 0x5eed + seed as u64,
        slept: 0.0,
        cpu: 0.0,
        small_mtus: 0,
        told_too_big: 0,
    };
    let mut worst = BTreeMap::<Event, (usize, Duration)>::new();
    for number in 1..=events {
        let event = MIX[usize::try_from(roll(&mut chaos.dice, MIX.len() as u64))?];
        chaos.happen(event).with_context(|| format!("event {number}, {event:?}"))?;
        let back = chaos.wait_for_all().with_context(|| {
            format!("after event {number}, {event:?}\n{}\n{}", chaos.rig.director.log_tail(), chaos.view())
        })?;
        ensure!(drips.errors().is_empty(), "after event {number}, {event:?}: {:?}", drips.errors());
        let entry = worst.entry(event).or_default();
        *entry = (entry.0 + 1, entry.1.max(back));
    }
    // Who lost the same segment again and again waits twice as long each time.
    let last = drips.wait_for_progress(Duration::from_secs(100)).context("at the end")?;
    ensure!(drips.errors().is_empty(), "{:?}", drips.errors());
    drop(drips);
    let account = chaos.rig.account()?;
    account.check()?;
    let claims = chaos.rig.status()?["interfaces"].to_string();
    ensure!(claims.matches("verified").count() == chaos.cards.len(), "the claims stand as {claims}");
    chaos.rig.stop()?;
    ensure!(tables(&chaos.rig)?.is_empty(), "left behind: {:?}", tables(&chaos.rig)?);
    let share = chaos.cpu / chaos.slept.max(0.001);
    ensure!(share <= CPU_SHARE, "{:.1} % of a CPU while the link is down", share * 100.0);
    let (small, told) = (chaos.small_mtus, chaos.told_too_big);
    ensure!(small == 0 || told > 0, "the MTU was small {small} times, and nobody was told");
    let mut report = format!(
        "{events} events, forwarding back after each, 10 of 10 long connections alive (the last spoke {} ms after the \
         last event); CPU while down {:.2} % (over \
         {:.1} s)\n",
        last.as_millis(),
        share * 100.0,
        chaos.slept
    );
    for (event, (count, back)) in worst {
        write!(report, "{event:?} × {count}: {} ms at worst; ", back.as_millis())?;
    }
    write!(
        report,
        "\nMTU below 1500 × {small}: 400 kB over it each time, {told} × fragmentation needed\naccounting: {account}"
    )?;
    Ok(report)
}

fn cards(rig: &Rig) -> Result<Vec<Card>> {
    let topology = rig.lab.topology();
    let host = topology.hosts.iter().find(|host| host.name == DIRECTOR).context("the director")?;
    host.interfaces
        .iter()
        .map(|interface| {
            let cable = topology
                .cables
                .iter()
                .find(|cable| cable.a.host == DIRECTOR && cable.a.interface == interface.name)
                .context("a cable")?;
            Ok(Card {
                born: interface.name.clone(),
                name: interface.name.clone(),
                mac: interface.mac,
                addresses: interface.addresses.clone(),
                switch: cable.b.host.clone(),
                port: cable.b.interface.clone(),
                is_outer: interface.addresses.iter().any(|net| net.contains(&rig.plan.service.ip())),
            })
        })
        .collect()
}

impl Chaos {
    /// What the hosts know of each other, for the report of a failure.
    fn view(&self) -> String {
        let mut text = String::new();
        for host in self.rig.lab.hosts() {
            for what in ["neighbour", "link"] {
                let said = run(host, "ip", &["-br", what], Duration::from_secs(5)).unwrap_or_default();
                let _ = writeln!(text, "{} {what}:\n{said}", host.name());
            }
        }
        let counters = self.rig.counters().unwrap_or_default();
        let counted = counters.iter().filter(|(_, count)| **count > 0);
        let _ = writeln!(text, "{:?}", counted.collect::<Vec<_>>());
        text
    }

    /// Waits until every real server has answered a new connection; how long that took.
    fn wait_for_all(&self) -> Result<Duration> {
        let (begun, mut missing) = (Instant::now(), BTreeSet::new());
        missing.extend(self.rig.plan.servers.iter().map(|server| server.name.clone()));
        while !missing.is_empty() {
            if let Ok(response) = self.rig.get("/", Duration::from_millis(150)) {
                missing.remove(&response.real_server);
            }
            ensure!(begun.elapsed() < BACK, "{missing:?} did not answer within {BACK:?}");
        }
        Ok(begun.elapsed())
    }

    fn happen(&mut self, event: Event) -> Result<()> {
        let which = usize::try_from(roll(&mut self.dice, self.cards.len() as u64))?;
        match event {
            Event::LinkDown => self.down(which, true),
            Event::PeerDown => self.down(which, false),
            Event::Rename => self.rename(which),
            Event::NewMac => {
                let byte = u8::try_from(roll(&mut self.dice, 200))?;
                self.cards[which].mac.0[4] = 0x30 + byte % 0x40;
                let change = LinkChange { mac: Some(self.cards[which].mac), ..LinkChange::default() };
                change_link(self.rig.host()?, &self.cards[which].name, &change)
            }
            Event::NewMtu => {
                let mtu = [1500, 1400, 1300, 9000][usize::try_from(roll(&mut self.dice, 4))?];
                let change = LinkChange { mtu: Some(mtu), ..LinkChange::default() };
                change_link(self.rig.host()?, &self.cards[which].name, &change)?;
                if mtu < 1500 { self.bulk(which) } else { Ok(()) }
            }
            Event::Recreate => self.recreate(which),
            Event::ServerMoves => {
                let byte = u8::try_from(roll(&mut self.dice, 200))?;
                let change = LinkChange { mac: Some(Mac([2, 0, 0, 0, byte, 0xaa])), ..LinkChange::default() };
                let name = &self.rig.plan.servers[which % self.rig.plan.servers.len()].name;
                change_link(self.rig.lab.host(name)?, "eth0", &change)
            }
            Event::NeighbourForgotten => self.neighbours(false),
            Event::NeighbourWrong => self.neighbours(true),
            Event::VipOnHost => self.vip_on_host(),
            Event::RulesetFlushed => self.flush(),
            Event::RouteLost => self.lose_route(),
        }
    }

    /// Takes one end of the cable down for a while and up again; now and then long enough to see what the CPU does.
    fn down(&mut self, which: usize, own_end: bool) -> Result<()> {
        let card = &self.cards[which];
        let (host, name) = if own_end {
            (self.rig.host()?, &card.name)
        } else {
            (self.rig.lab.host(&card.switch)?, &card.port)
        };
        change_link(host, name, &LinkChange { up: Some(false), ..LinkChange::default() })?;
        if roll(&mut self.dice, 4) == 0 {
            std::thread::sleep(Duration::from_millis(100));
            let (before, begun) = (cpu_seconds(self.rig.director.pid())?, Instant::now());
            std::thread::sleep(Duration::from_secs(1));
            self.cpu += cpu_seconds(self.rig.director.pid())? - before;
            self.slept += begun.elapsed().as_secs_f64();
        } else {
            std::thread::sleep(Duration::from_millis(roll(&mut self.dice, 150)));
        }
        change_link(host, name, &LinkChange { up: Some(true), ..LinkChange::default() })?;
        if own_end { self.routes_again(which) } else { Ok(()) }
    }

    /// The kernel forgets routes through gateways when a link goes down; network daemons set them again.
    fn routes_again(&self, which: usize) -> Result<()> {
        let card = &self.cards[which];
        if !card.is_outer {
            return Ok(());
        }
        let spec = self.rig.lab.topology().hosts.iter().find(|host| host.name == DIRECTOR);
        let routes = spec.context("the director")?.routes.clone();
        self.rig.host()?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find(&card.name)?.ifindex;
            for route in &routes {
                links.replace_route(route.to, Some(route.via), index)?;
            }
            Ok(())
        })?
    }

    /// To another name, or back to the one that it was born with. Kernels before 6.2 want the link down for that.
    fn rename(&mut self, which: usize) -> Result<()> {
        let card = &mut self.cards[which];
        let name = if card.name == card.born {
            format!("lan{}", roll(&mut self.dice, 9) * 10 + which as u64)
        } else {
            card.born.clone()
        };
        let host = self.rig.lab.host(DIRECTOR)?;
        let mut change = LinkChange { name: Some(name.clone()), ..LinkChange::default() };
        let live = change_link(host, &card.name, &change).is_ok();
        if !live {
            change_link(host, &card.name, &LinkChange { up: Some(false), ..LinkChange::default() })?;
            change_link(host, &card.name, &change)?;
            change = LinkChange { up: Some(true), ..LinkChange::default() };
            change_link(host, &name, &change)?;
        }
        card.name = name;
        if live { Ok(()) } else { self.routes_again(which) }
    }

    /// Deletes the interface and, a moment later, makes another one of the same name.
    fn recreate(&mut self, which: usize) -> Result<()> {
        let pause = Duration::from_millis(roll(&mut self.dice, 300));
        let card = &self.cards[which];
        let switch = self.rig.lab.host(&card.switch)?;
        self.rig.host()?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find(&card.name)?.ifindex;
            links.delete(index)?;
            std::thread::sleep(pause);
            let here = VethEnd { name: &card.name, mac: Some(card.mac), netns: None };
            let there = VethEnd { name: &card.port, mac: None, netns: Some(switch.namespace().as_fd()) };
            links.add_veth(&here, &there)?;
            let index = links.find(&card.name)?.ifindex;
            links.change(index, &LinkChange { up: Some(true), ..LinkChange::default() })?;
            for net in &card.addresses {
                links.add_address(index, *net)?;
            }
            Ok(())
        })??;
        switch.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let port = links.find(&card.port)?.ifindex;
            let bridge = links.find("bridge")?.ifindex;
            Bridges::open()?.plug(port, bridge)?;
            Ok(links.change(port, &LinkChange { up: Some(true), ..LinkChange::default() })?)
        })??;
        self.routes_again(which)
    }

    /// All real servers forgotten in the director's neighbour table; `wrong`: after a moment under a false address.
    fn neighbours(&self, wrong: bool) -> Result<()> {
        let card = self.cards.last().context("an interface")?;
        self.rig.host()?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find(&card.name)?.ifindex;
            for server in &self.rig.plan.servers {
                if wrong {
                    links.replace_neighbour(index, server.rip, Mac([2, 0, 0, 0, 0xee, 0xee]))?;
                    std::thread::sleep(Duration::from_millis(50));
                }
                match links.delete_neighbour(index, server.rip) {
                    Err(error) if error.cause.errno() == Some(libc::ENOENT) => {}
                    result => result?,
                }
            }
            Ok(())
        })?
    }

    /// The default route is gone for a moment.
    fn lose_route(&mut self) -> Result<()> {
        let outer = self.cards.iter().position(|card| card.is_outer).context("the outer interface")?;
        let name = &self.cards[outer].name;
        let pause = Duration::from_millis(roll(&mut self.dice, 200));
        self.rig.host()?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find(name)?.ifindex;
            let spec = self.rig.lab.topology().hosts.iter().find(|host| host.name == DIRECTOR);
            for route in &spec.context("the director")?.routes {
                links.delete_route(route.to, Some(route.via), index)?;
            }
            Ok(())
        })??;
        std::thread::sleep(pause);
        self.routes_again(outer)
    }

    /// The VIP becomes an address of the host for a moment.
    fn vip_on_host(&mut self) -> Result<()> {
        let card = self.cards.iter().find(|card| card.is_outer).context("the outer interface")?;
        let net = IpNet::from(self.rig.plan.service.ip());
        let pause = Duration::from_millis(roll(&mut self.dice, 200));
        self.rig.host()?.run(|| -> Result<()> {
            let mut links = Links::open()?;
            let index = links.find(&card.name)?.ifindex;
            links.add_address(index, net)?;
            std::thread::sleep(pause);
            Ok(links.delete_address(index, net)?)
        })?
    }

    /// Large packets that have to leave over the smaller MTU: who sends them must be told. (Large packets that *arrive*
    /// there are lost on the wire.)
    fn bulk(&mut self, which: usize) -> Result<()> {
        let service = self.rig.plan.service;
        let before = self.too_big()?;
        let file = self.rig.directory.path().join("bulk").display().to_string();
        let (up, down) = (format!("http://{service}/up/bulk"), format!("http://{service}/files/bulk"));
        let to_client = self.cards[which].is_outer && self.cards.len() > 1;
        let how = if to_client { ["-o", "/dev/null", &down] } else { ["-T", &file, &up] };
        let args = [&["-s", "-f", "--max-time", "8"][..], &how[..]].concat();
        run(self.rig.client()?, "curl", &args, Duration::from_secs(10))?;
        self.told_too_big += self.too_big()? - before;
        self.small_mtus += 1;
        Ok(())
    }

    fn too_big(&self) -> Result<u64> {
        Ok(self.rig.counters()?.get("frames_answered{answer=\"too_big\"}").copied().unwrap_or(0))
    }

    /// Somebody flushes nf_tables; the claim must be back within a second.
    fn flush(&self) -> Result<()> {
        run(self.rig.host()?, "nft", &["flush", "ruleset"], Duration::from_secs(20))?;
        let begun = Instant::now();
        while tables(&self.rig)?.len() != 1 {
            if begun.elapsed() > Duration::from_millis(1500) {
                bail!("the claim is not back: {:?}", tables(&self.rig)?);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

fn change_link(host: &Host, name: &str, change: &LinkChange) -> Result<()> {
    host.run(|| -> Result<()> {
        let mut links = Links::open()?;
        let index = links.find(name)?.ifindex;
        Ok(links.change(index, change)?)
    })?
}

/// User and system time that a process has used so far.
fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<_> = stat.rsplit_once(')').context("stat")?.1.split_whitespace().collect();
    let ticks: u64 =
        fields.get(11).context("utime")?.parse::<u64>()? + fields.get(12).context("stime")?.parse::<u64>()?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
