//! Real servers and clients on the director's own host, with real sockets. Its own `main`: see `network.rs`; and it runs
//! itself under the director's names.

use anyhow::{Context, Result, ensure};
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use testnet::actor::http_client::{self, Response};
use testnet::actor::http_server::HttpServer;
use testnet::director::{self, Director};
use testnet::lab::Lab;
use testnet::lesson::start_servers;
use testnet::plan::{CLIENT, DIRECTOR, Family, Plan, Wish};
use testnet::sandbox;
use testnet::state::State;
use ulvs::host::links::{LinkChange, Links};
use ulvs::host::netlink::{Message, Netlink, ROUTE, Received, number};
use ulvs::lvs::ForwardingMethod;

const RTM_GETRULE: u16 = 34;
const FRA_PRIORITY: u16 = 6;

const PATIENCE: Duration = Duration::from_secs(3);
/// For what must not be answered.
const IMPATIENCE: Duration = Duration::from_millis(400);

type Case = (&'static str, fn(&Scene) -> Result<()>);

const CASES: [Case; 5] = [
    ("a_nat_server_on_the_directors_host", a_nat_server_on_the_directors_host),
    ("the_first_connection_is_not_lost", the_first_connection_is_not_lost),
    ("direct_routing_to_the_hosts_own_vip", direct_routing_to_the_hosts_own_vip),
    ("a_client_on_the_directors_host", a_client_on_the_directors_host),
    (
        "nothing_is_left_and_a_dead_directors_door_is_found",
        nothing_is_left_and_a_dead_directors_door_is_found,
    ),
];

fn main() -> ExitCode {
    if director::is_called(std::env::args_os().next().as_ref()) {
        return director::entry(std::env::args_os());
    }
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    if std::env::args().any(|arg| arg == "--list") {
        CASES.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    match sandbox::enter() {
        Ok(privilege) => println!("tests of the director's own host, as {privilege:?}"),
        Err(refusal) => {
            println!("*** LEFT OUT: local: {refusal}");
            return ExitCode::SUCCESS;
        }
    }
    let mut failed = false;
    let wanted =
        CASES.iter().filter(|(name, _)| filter.as_ref().is_none_or(|filter| name.contains(filter.as_str())));
    for (name, case) in wanted {
        for family in [Family::V4, Family::V6] {
            match Scene::build(family).and_then(|scene| case(&scene)) {
                Ok(()) => println!("test {name} {family:?} ... ok"),
                Err(error) => {
                    println!("test {name} {family:?} ... FAILED: {error:#}");
                    failed = true;
                }
            }
        }
    }
    ExitCode::from(u8::from(failed))
}

/// The NAT lab with a director on it that has no service yet.
struct Scene {
    plan: Plan,
    director: Director,
    lab: Lab,
    state: State,
}

impl Scene {
    fn build(family: Family) -> Result<Self> {
        let wish = Wish {
            method: ForwardingMethod::Nat,
            tunnel: Default::default(),
            family,
            servers: 1,
            vip_on_host: false,
        };
        let plan = Plan::new(wish);
        let base = std::env::temp_dir().join(format!("ulvs-local-{}", std::process::id()));
        let state = State::create(&base, "local")?;
        let lab = Lab::build(plan.topology.clone())?;
        // As many distributions have it: the host believes no source that comes in by another way than it leads to.
        if family == Family::V4 {
            lab.host(DIRECTOR)?.run(|| ulvs::host::sysctl::write("net/ipv4/conf/all/rp_filter", "1"))??;
        }
        let director = Director::start(lab.host(DIRECTOR)?, state.path(), plan.director_interfaces())?;
        Ok(Self { plan, director, lab, state })
    }

    fn service(&self, real: SocketAddr, method: &str) -> Result<()> {
        let (vip, real) = (self.plan.service.to_string(), real.to_string());
        self.adm(&["-A", "-t", &vip, "-s", "rr"])?;
        self.adm(&["-a", "-t", &vip, "-r", &real, method]).map(drop)
    }

    fn adm(&self, args: &[&str]) -> Result<String> {
        self.director.ipvsadm(self.lab.host(DIRECTOR)?, args)
    }

    /// Asks for a page, once: whoever was told that a server is there may rely on it.
    fn get(&self, from: &str, target: SocketAddr) -> Result<Response> {
        http_client::get(self.lab.host(from)?, target, "/bytes/200000", PATIENCE)
    }

    /// How often TCP of this host sent a SYN again.
    fn syns_sent_again(&self, name: &str) -> Result<u64> {
        let text =
            self.lab.host(name)?.run(|| std::fs::read_to_string("/proc/thread-self/net/netstat"))??;
        let mut rows = text.lines().filter_map(|line| line.strip_prefix("TcpExt: "));
        let (names, values) = rows.next().zip(rows.next()).context("TcpExt")?;
        let mut columns = names.split_whitespace().zip(values.split_whitespace());
        let (_, count) = columns.find(|(name, _)| *name == "TCPSynRetrans").context("TCPSynRetrans")?;
        Ok(count.parse()?)
    }

    /// Links and rules of the director's host that the door made.
    fn door(&self) -> Result<(usize, usize)> {
        let host = self.lab.host(DIRECTOR)?;
        let links = host.run(|| anyhow::Ok(Links::open()?.list()?))??;
        let links = links.iter().filter(|link| link.name.starts_with("ulvs")).count();
        let rules =
            host.run(|| -> Result<usize> {
                let mut netlink = Netlink::open(ROUTE, 0)?;
                let mut all = Vec::new();
                for family in [2, 10] {
                    all.extend(netlink.dump(
                        Message::new(RTM_GETRULE, 0).body(&[family, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
                    )?);
                }
                let priority = |rule: &Received| rule.attributes(12).get(FRA_PRIORITY).and_then(number);
                Ok(all.iter().filter(|rule| priority(rule) == Some(100)).count())
            })??;
        Ok((links, rules))
    }
}

fn whole(answer: &Response, server: &str) -> Result<()> {
    ensure!(answer.status == 200 && answer.body_len == 200_000, "{} bytes", answer.body_len);
    ensure!(answer.real_server == server, "served by {}", answer.real_server);
    Ok(())
}

/// The client asks the VIP; a server on the director's own address and another port answers; packets count both ways.
fn a_nat_server_on_the_directors_host(scene: &Scene) -> Result<()> {
    let real = SocketAddr::new(scene.plan.dip, 8080);
    let _server = HttpServer::start(scene.lab.host(DIRECTOR)?, real)?;
    scene.service(real, "-m")?;
    whole(&scene.get(CLIENT, scene.plan.service)?, DIRECTOR)?;
    // By itself the server is still there, for those who know it.
    whole(&scene.get(CLIENT, real)?, DIRECTOR)?;
    let stats = scene.adm(&["-Ln", "--stats", "-t", &scene.plan.service.to_string(), "--exact"])?;
    let line = stats.lines().last().context("a real server")?;
    let counts: Vec<u64> = line.split_whitespace().skip(2).filter_map(|word| word.parse().ok()).collect();
    let [conns, packets_in, packets_out, _, bytes_out] = counts[..] else { anyhow::bail!("{stats}") };
    ensure!(conns == 1 && packets_in > 3 && packets_out > 3 && bytes_out > 200_000, "{stats}");
    Ok(())
}

/// Whoever added a server on the director's host is told so when the way to it is open: the first SYN arrives, and its
/// answer comes back by the director. The first round opens the door, the others lead more servers through it.
fn the_first_connection_is_not_lost(scene: &Scene) -> Result<()> {
    let host = scene.lab.host(DIRECTOR)?;
    let mut servers = Vec::new();
    for port in 8080..8085 {
        let (real, vip) =
            (SocketAddr::new(scene.plan.dip, port), SocketAddr::new(scene.plan.service.ip(), port));
        servers.push(HttpServer::start(host, real)?);
        // So that nobody needs to be asked for its MAC address.
        whole(&scene.get(CLIENT, real)?, DIRECTOR)?;
        let before = scene.syns_sent_again(CLIENT)?;
        let (service, target) = (vip.to_string(), real.to_string());
        scene.adm(&["-A", "-t", &service, "-s", "rr"])?;
        scene.adm(&["-a", "-t", &service, "-r", &target, "-m"])?;
        whole(&scene.get(CLIENT, vip)?, DIRECTOR)?;
        let again = scene.syns_sent_again(CLIENT)? - before;
        ensure!(again == 0, "port {port}: {again} SYNs were sent again");
    }
    Ok(())
}

/// By direct routing the host itself gets the packet, to the VIP that it has.
fn direct_routing_to_the_hosts_own_vip(scene: &Scene) -> Result<()> {
    let vip = scene.plan.service.ip();
    scene.service(SocketAddr::new(loopback(vip), scene.plan.service.port()), "-g")?;
    ensure!(
        http_client::get(scene.lab.host(CLIENT)?, scene.plan.service, "/", IMPATIENCE).is_err(),
        "no VIP yet"
    );
    scene.lab.host(DIRECTOR)?.run(|| -> Result<()> {
        let mut links = Links::open()?;
        let lo = links.find("lo")?.ifindex;
        links.change(lo, &LinkChange { up: Some(true), ..LinkChange::default() })?;
        Ok(links.add_address(lo, vip.into())?)
    })??;
    let _server = HttpServer::start(scene.lab.host(DIRECTOR)?, scene.plan.service)?;
    whole(&scene.get(CLIENT, scene.plan.service)?, DIRECTOR)
}

fn loopback(like: IpAddr) -> IpAddr {
    if like.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() }
}

/// A program on the director's host asks the VIP, once the operator wants that, and gets a server elsewhere.
fn a_client_on_the_directors_host(scene: &Scene) -> Result<()> {
    let (_servers, _) = start_servers(&scene.lab, &scene.plan)?;
    let server = &scene.plan.servers[0];
    let real = SocketAddr::new(server.rip, scene.plan.real_port);
    scene.service(real, "-m")?;
    let host = scene.lab.host(DIRECTOR)?;
    ensure!(http_client::get(host, scene.plan.service, "/", IMPATIENCE).is_err(), "not asked for");
    ensure!(scene.door()? == (0, 0), "a door that nobody needs");
    ensure!(scene.director.output(host, "ulvs", &["sysctl", "local_clients=1"])?.status.success());
    whole(&scene.get(DIRECTOR, scene.plan.service)?, &server.name)?;
    // The server's port is kept off the host's stack now; what is no connection of ours reaches it all the same.
    whole(&scene.get(DIRECTOR, real)?, &server.name)?;
    whole(&scene.get(CLIENT, scene.plan.service)?, &server.name)?;
    ensure!(scene.director.output(host, "ulvs", &["sysctl", "local_clients=0"])?.status.success());
    let end = Instant::now() + PATIENCE;
    while scene.door()? != (0, 0) {
        ensure!(Instant::now() < end, "the door stays: {:?}", scene.door()?);
    }
    whole(&scene.get(DIRECTOR, real)?, &server.name)
}

/// A clean end takes the door away; after a crash the next director takes it over.
fn nothing_is_left_and_a_dead_directors_door_is_found(scene: &Scene) -> Result<()> {
    let real = SocketAddr::new(scene.plan.dip, 8080);
    let host = scene.lab.host(DIRECTOR)?;
    let _server = HttpServer::start(host, real)?;
    scene.service(real, "-m")?;
    whole(&scene.get(CLIENT, scene.plan.service)?, DIRECTOR)?;
    ensure!(scene.door()? == (2, 1), "{:?}", scene.door()?);

    rustix::process::kill_process(
        rustix::process::Pid::from_raw(scene.director.pid().cast_signed()).context("a pid")?,
        rustix::process::Signal::KILL,
    )?;
    let end = Instant::now() + PATIENCE;
    let next = loop {
        // The dead one's socket and lock go with its process.
        match Director::start(host, scene.state.path(), scene.plan.director_interfaces()) {
            Err(_) if Instant::now() < end => {}
            next => break next?,
        }
    };
    ensure!(scene.door()? == (0, 0), "what the dead one left: {:?}", scene.door()?);
    let (vip, target) = (scene.plan.service.to_string(), real.to_string());
    next.ipvsadm(host, &["-A", "-t", &vip, "-s", "rr"])?;
    next.ipvsadm(host, &["-a", "-t", &vip, "-r", &target, "-m"])?;
    whole(&scene.get(CLIENT, scene.plan.service)?, DIRECTOR)?;
    drop(next);
    ensure!(scene.door()? == (0, 0), "{:?}", scene.door()?);
    Ok(())
}
