//! A lab with a director in it, ready for real programs.

use anyhow::{Context, Result, bail, ensure};
use ipnet::IpNet;
use rustix::process::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use testnet::actor::decapsulator::Decapsulator;
use testnet::actor::http_client::{self, Response};
use testnet::director::{Director, NAMES};
use testnet::host::Host;
use testnet::lab::Lab;
use testnet::plan::{CLIENT, DECAP_INNER, DECAP_OUTER, DIRECTOR, Family, Plan, Wish};
use testnet::topology::{HostSpec, Port, Topology};
use ulvs::lvs::ForwardingMethod::{self, DirectRoute, Nat, Tunnel};
use ulvs::lvs::Mac;

/// What a rig is to be.
#[derive(Clone, Debug)]
pub struct Setup {
    pub method: ForwardingMethod,
    pub family: Family,
    /// 0: as many as the director thinks fit.
    pub workers: usize,
    pub servers: u8,
    pub vip_on_host: bool,
    /// Sysctls of all hosts besides the plan's.
    pub sysctls: Vec<(&'static str, &'static str)>,
    /// Rules to start with, as `ipvsadm -S -n` prints them.
    pub rules: Option<String>,
    /// Further options of `ulvs run`.
    pub options: Vec<String>,
    /// A second director's host ([`SECOND`]) is on the VIP's segment, whose VIP ([`SECOND_VIP`]) the real servers know, too. By
    /// direct routing over IPv4 only.
    pub has_second: bool,
}

/// The second director's host.
pub const SECOND: &str = "director2";
/// Its VIP.
pub const SECOND_VIP: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 101);
/// Its own address.
pub const SECOND_DIP: Ipv4Addr = Ipv4Addr::new(10, 2, 0, 3);

impl Setup {
    pub fn new(method: ForwardingMethod, family: Family) -> Self {
        let (workers, servers) = (2, 2);
        let (sysctls, options) = (Vec::new(), Vec::new());
        let (vip_on_host, rules, has_second) = (false, None, false);
        Self { method, family, workers, servers, vip_on_host, sysctls, rules, options, has_second }
    }

    /// The network that it asks for.
    pub fn plan(&self) -> Plan {
        let Self { method, family, servers, vip_on_host, .. } = *self;
        Plan::new(Wish { method, tunnel: Default::default(), family, servers, vip_on_host })
    }

    pub fn name(&self) -> String {
        let method = match self.method {
            Nat => "nat",
            Tunnel => "tun",
            _ => "dr",
        };
        let family = if self.family == Family::V4 { "v4" } else { "v6" };
        let on_host = if self.vip_on_host { "_vip_on_host" } else { "" };
        format!("{method}_{family}_{}w{on_host}", self.workers)
    }
}

/// The lab. Fields are dropped in this order: the director first, the network last.
pub struct Rig {
    pub director: Director,
    _tunnels: Vec<Decapsulator>,
    pub lab: Lab,
    pub plan: Plan,
    pub setup: Setup,
    further: Vec<String>,
    pub directory: TempDir,
}

impl Rig {
    /// Builds it and starts the director; services are there if the set-up has rules.
    pub fn start(setup: Setup) -> Result<Self> {
        Self::start_with(setup, |_| Ok(()))
    }

    /// As [`Rig::start`]; `before` may start things on the lab before the director starts.
    pub fn start_with(setup: Setup, before: impl FnOnce(&Lab) -> Result<()>) -> Result<Self> {
        let mut plan = setup.plan();
        if setup.has_second {
            add_second(&mut plan.topology)?;
        }
        for host in &mut plan.topology.hosts {
            host.sysctls.extend(setup.sysctls.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        }
        let directory = tempfile::Builder::new().prefix("ulvs-system-").tempdir()?;
        lay_out(directory.path())?;
        let lab = Lab::build(plan.topology.clone())?;
        let mut tunnels = Vec::new();
        if setup.method == Tunnel {
            for server in &plan.servers {
                tunnels.push(Decapsulator::start(lab.host(&server.name)?, DECAP_OUTER, DECAP_INNER)?);
            }
        }
        before(&lab)?;
        // A director that starts earlier drops frames toward links that do not run yet, as it should, and counts them.
        lab.wait_running()?;
        let mut further = Vec::new();
        if setup.workers > 0 {
            further.extend(["--workers".to_owned(), setup.workers.to_string()]);
        }
        if let Some(io) = std::env::var_os("ULVS_IO") {
            further.extend(["--io".to_owned(), io.to_string_lossy().into_owned()]);
        }
        further.extend(setup.options.iter().cloned());
        if let Some(rules) = &setup.rules {
            let path = directory.path().join("rules");
            std::fs::write(&path, rules)?;
            further.extend(["--config".to_owned(), path.display().to_string()]);
        }
        let director = spawn(&lab, &plan, directory.path(), &further)?;
        let mut rig = Self { director, _tunnels: tunnels, lab, plan, setup, further, directory };
        rig.wait_ready()?;
        Ok(rig)
    }

    /// Starts the director again, after it ended, without waiting until it is ready.
    pub fn restart(&mut self) -> Result<()> {
        self.director = spawn(&self.lab, &self.plan, self.directory.path(), &self.further)?;
        Ok(())
    }

    pub fn wait_ready(&mut self) -> Result<()> {
        let host = self.lab.host(DIRECTOR)?;
        self.director.wait_ready(host)
    }

    pub fn client(&self) -> Result<&Host> {
        self.lab.host(CLIENT)
    }

    pub fn host(&self) -> Result<&Host> {
        self.lab.host(DIRECTOR)
    }

    /// Runs `ulvs ARGS` on the director: its exit status, standard output and standard error.
    pub fn ulvs(&self, args: &[&str]) -> Result<(i32, String, String)> {
        let done = self.director.output(self.host()?, "ulvs", args)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = done.status.code().with_context(|| format!("ulvs {}: a signal", args.join(" ")))?;
        Ok((status, text(&done.stdout), text(&done.stderr)))
    }

    /// The same, with what it said on either; any other exit status is an error.
    pub fn ulvs_ends(&self, args: &[&str], status: i32) -> Result<String> {
        let (ended, out, err) = self.ulvs(args)?;
        let said = out + &err;
        ensure!(ended == status, "ulvs {}: {ended}: {said}", args.join(" "));
        Ok(said)
    }

    /// Who answers so many GETs from the client.
    pub fn who_answers(&self, requests: usize, patience: Duration) -> Result<BTreeSet<String>> {
        (0..requests).map(|_| Ok(self.get("/", patience)?.real_server)).collect()
    }

    /// Runs `ipvsadm LINE` on the director.
    pub fn ipvsadm(&self, line: &str) -> Result<String> {
        let args: Vec<_> = line.split_whitespace().collect();
        self.director.ipvsadm(self.host()?, &args)
    }

    /// The lines that make a service on this port with all real servers of the plan (`only_first`: with the first).
    pub fn service_lines(&self, option: &str, port: u16, real_port: u16, servers: usize) -> Vec<String> {
        service_lines(&self.plan, option, port, real_port, servers)
    }

    /// Makes the service.
    pub fn add_service(&self, option: &str, port: u16, real_port: u16, servers: usize) -> Result<()> {
        for line in self.service_lines(option, port, real_port, servers) {
            self.ipvsadm(&line)?;
        }
        Ok(())
    }

    /// A GET from the client to the VIP.
    pub fn get(&self, path: &str, patience: Duration) -> Result<Response> {
        http_client::get(self.client()?, self.plan.service, path, patience)
    }

    /// Waits until a new connection to the VIP is answered; how long that took.
    pub fn wait_for_service(&self, patience: Duration) -> Result<Duration> {
        let begun = Instant::now();
        loop {
            match self.get("/", Duration::from_millis(150)) {
                Ok(response) if response.status == 200 => return Ok(begun.elapsed()),
                Ok(response) => bail!("status {}", response.status),
                Err(error) if begun.elapsed() > patience => {
                    return Err(error.context(format!("no answer within {patience:?}")));
                }
                Err(_) => {}
            }
        }
    }

    /// `ulvs status -j`.
    pub fn status(&self) -> Result<serde_json::Value> {
        let output = self.director.output(self.host()?, "ulvs", &["status", "-j"])?;
        ensure!(output.status.success(), "ulvs status: {}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// The counters of `ulvs status`.
    pub fn counters(&self) -> Result<BTreeMap<String, u64>> {
        let status = self.status()?;
        let counters = status["counters"].as_object().context("counters")?;
        Ok(counters.iter().map(|(name, value)| (name.clone(), value.as_u64().unwrap_or(0))).collect())
    }

    /// The sums of the frame counters, once they have come to rest.
    pub fn account(&self) -> Result<Account> {
        let mut last = Account::of(&self.counters()?);
        for _ in 0..40 {
            std::thread::sleep(Duration::from_millis(1200)); // the kernel's drops are read once a second
            let now = Account::of(&self.counters()?);
            if now == last {
                return Ok(now);
            }
            last = now;
        }
        bail!("the counters do not come to rest: {last:?}")
    }

    /// Fails if the log tells of a panic.
    pub fn ensure_no_panic(&self) -> Result<()> {
        let log = self.director.log();
        let bad =
            log.lines().find(|line| line.contains("panicked") || line.contains("made the director fail"));
        ensure!(bad.is_none(), "the director's log: {}", bad.unwrap_or_default());
        Ok(())
    }

    /// Ends the director by SIGTERM, which must be clean.
    pub fn stop(&mut self) -> Result<()> {
        self.director.signal(Signal::TERM)?;
        let status = self.director.wait(Duration::from_secs(5))?;
        ensure!(status.success(), "the director ended with {status}. Its log:\n{}", self.director.log_tail());
        ensure!(!self.director.socket().exists(), "the control socket is still there");
        self.ensure_no_panic()
    }
}

/// The lines that make a service of the plan: `option` is `-t` or `-u`.
pub fn service_lines(plan: &Plan, option: &str, port: u16, real_port: u16, servers: usize) -> Vec<String> {
    let method = match plan.wish.method {
        Nat => "-m",
        Tunnel => "-i",
        DirectRoute | ForwardingMethod::Local | ForwardingMethod::Bypass => "-g",
    };
    let service = std::net::SocketAddr::new(plan.service.ip(), port);
    let mut lines = vec![format!("-A {option} {service} -s rr")];
    for server in plan.servers.iter().take(servers) {
        let real = std::net::SocketAddr::new(server.rip, real_port);
        lines.push(format!("-a {option} {service} -r {real} {method} -w 1"));
    }
    lines
}

fn spawn(lab: &Lab, plan: &Plan, directory: &Path, further: &[String]) -> Result<Director> {
    let further: Vec<&str> = further.iter().map(String::as_str).collect();
    Director::spawn(lab.host(DIRECTOR)?, directory, plan.director_interfaces(), &further)
}

/// Puts a second director beside the first.
fn add_second(topology: &mut Topology) -> Result<()> {
    let first = topology.hosts.iter().find(|host| host.name == DIRECTOR).context("a director")?;
    let mut second = HostSpec { name: SECOND.to_owned(), ..first.clone() };
    for interface in &mut second.interfaces {
        interface.mac = Mac([2, 0, 0, 0, 4, 0]);
        interface.addresses = vec![IpNet::new_assert(SECOND_DIP.into(), 24)];
    }
    for server in topology.hosts.iter_mut().filter(|host| host.name.starts_with("rs")) {
        server.loopback.push(IpNet::from(IpAddr::from(SECOND_VIP)));
    }
    topology.hosts.push(second);
    let switch = topology.switches.first().context("a switch")?.clone();
    topology.plug(Port::new(SECOND, "eth0"), &switch);
    Ok(())
}

/// The director's names, as links to the program under test: this one, or that of `ULVS_PROGRAM`.
pub fn lay_out(directory: &Path) -> Result<()> {
    let program = match std::env::var_os("ULVS_PROGRAM") {
        Some(program) => std::path::absolute(program)?,
        None => std::env::current_exe()?,
    };
    let bin = directory.join("bin");
    std::fs::create_dir(&bin)?;
    for name in NAMES {
        symlink(&program, bin.join(name))?;
    }
    Ok(())
}

/// Where frames went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub received: u64,
    pub forwarded: u64,
    pub answered: u64,
    pub passed: u64,
    pub dropped: u64,
    pub joined: u64,
    pub held: u64,
    pub dropped_by_kernel: u64,
    pub filtered: u64,
    pub shed: u64,
    pub bad_slots: u64,
}

impl Account {
    pub fn of(counters: &BTreeMap<String, u64>) -> Self {
        let sum = |family: &str| -> u64 {
            let prefix = format!("{family}{{");
            counters.iter().filter(|(name, _)| name.starts_with(&prefix)).map(|(_, count)| count).sum()
        };
        let one = |name: &str| counters.get(name).copied().unwrap_or(0);
        Self {
            received: one("frames_received"),
            forwarded: sum("frames_forwarded"),
            answered: sum("frames_answered"),
            passed: sum("frames_passed"),
            dropped: sum("frames_dropped"),
            joined: sum("frames_joined"),
            held: one("frames_held"),
            dropped_by_kernel: one("frames_dropped_by_kernel"),
            filtered: one("frames_filtered"),
            shed: one("requests_shed"),
            bad_slots: one("ring_slots_bad"),
        }
    }

    /// Fails unless every received frame is accounted for.
    pub fn check(&self) -> Result<()> {
        let sum = self.forwarded + self.answered + self.passed + self.dropped + self.joined + self.held;
        ensure!(sum == self.received, "{sum} verdicts on {} frames: {self:?}", self.received);
        Ok(())
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} received = {} forwarded + {} answered + {} passed + {} dropped + {} joined + {} held; {} dropped by the kernel, {} filtered, {} shed",
            self.received,
            self.forwarded,
            self.answered,
            self.passed,
            self.dropped,
            self.joined,
            self.held,
            self.dropped_by_kernel,
            self.filtered,
            self.shed
        )
    }
}
