//! One run from beginning to end: build, forward, show, judge.

use crate::actor::decapsulator::Decapsulator;
use crate::actor::http_client::{self, Response};
use crate::actor::http_server::HttpServer;
use crate::capture::{self, Capture};
use crate::director::Director;
use crate::enter::Place;
use crate::lab::Lab;
use crate::narrate::{self, Ink};
use crate::plan::{CLIENT, DECAP_INNER, DECAP_OUTER, DIRECTOR, Plan, Wish};
use crate::promise::{self, Promise};
use crate::sandbox::Privilege;
use crate::state::State;
use crate::trace::Trace;
use anyhow::Result;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use ulvs::lvs::{ForwardingMethod, Tunnel, TunnelChecksum};

/// How long the client waits for anything.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The network.
    pub wish: Wish,
    /// The scheduler, by ipvsadm's name.
    pub scheduler: String,
    /// How many requests the client makes, at least 1.
    pub requests: usize,
    /// Where to write a capture per host.
    pub pcap: Option<PathBuf>,
    /// How changes are marked.
    pub ink: Ink,
    /// Where what is told goes: [`say`], if people are to read it at once.
    pub say: fn(&str),
}

/// A lab with its actors. Fields are dropped in this order: the director first, the network last.
pub struct Running {
    director: Director,
    capture: Capture,
    _tunnels: Vec<Decapsulator>,
    _servers: Vec<HttpServer>,
    lab: Lab,
    plan: Plan,
}

impl Running {
    /// Builds the network of the plan and starts everything on it: HTTP servers, decapsulators, capture, director (in
    /// the state's directory). The service is not there yet.
    ///
    /// # Errors
    /// Names what could not be built or started.
    pub fn start(plan: Plan, state: &State) -> Result<Self> {
        let lab = Lab::build(plan.topology.clone())?;
        let (servers, tunnels) = start_servers(&lab, &plan)?;
        let capture = Capture::start(&lab)?;
        let director = Director::start(lab.host(DIRECTOR)?, state.path(), plan.director_interfaces())?;
        Ok(Self { director, capture, _tunnels: tunnels, _servers: servers, lab, plan })
    }

    /// The network.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// The director's process.
    pub fn director(&self) -> &Director {
        &self.director
    }

    /// The capture of everything.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// Runs ipvsadm on the director.
    ///
    /// # Errors
    /// As [`Director::ipvsadm`].
    pub fn ipvsadm(&self, line: &str) -> Result<String> {
        let args: Vec<_> = line.split_whitespace().collect();
        self.director.ipvsadm(self.lab.host(DIRECTOR)?, &args)
    }

    /// A GET from the client to the virtual service.
    ///
    /// # Errors
    /// As [`http_client::get`].
    pub fn get(&self, path: &str) -> Result<Response> {
        http_client::get(self.lab.host(CLIENT)?, self.plan.service, path, PATIENCE)
    }
}

/// Starts what runs on the real servers.
///
/// # Errors
/// Names the server and what could not be started.
pub fn start_servers(lab: &Lab, plan: &Plan) -> Result<(Vec<HttpServer>, Vec<Decapsulator>)> {
    let any: IpAddr = if plan.cip.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
    let (mut servers, mut tunnels) = (Vec::new(), Vec::new());
    for server in &plan.servers {
        let host = lab.host(&server.name)?;
        servers.push(HttpServer::start(host, SocketAddr::new(any, plan.real_port))?);
        if plan.wish.method == ForwardingMethod::Tunnel {
            tunnels.push(Decapsulator::start(host, DECAP_OUTER, DECAP_INNER)?);
        }
    }
    Ok((servers, tunnels))
}

/// What ipvsadm is told about a tunnel, with a blank in front.
fn tunnel_options(tunnel: Tunnel) -> String {
    let (kind, checksum) = match tunnel {
        Tunnel::Ipip => return String::new(),
        Tunnel::Gre { checksum } => ("gre".to_owned(), checksum),
        Tunnel::Gue { port, checksum } => (format!("gue --tun-port {port}"), checksum),
    };
    let checksum = match checksum {
        TunnelChecksum::None => "",
        TunnelChecksum::Full => " --tun-csum",
        TunnelChecksum::Remote => " --tun-remcsum",
    };
    format!(" --tun-type {kind}{checksum}")
}

/// The ipvsadm lines (without the command's name) that make the service of the plan.
pub fn service_lines(plan: &Plan, scheduler: &str) -> Vec<String> {
    let option = match plan.wish.method {
        ForwardingMethod::Nat => "-m",
        ForwardingMethod::Tunnel => &format!("-i{}", tunnel_options(plan.wish.tunnel)),
        _ => "-g",
    };
    let service = plan.service;
    let mut lines = vec![format!("-A -t {service} -s {scheduler}")];
    for server in &plan.servers {
        let real = SocketAddr::new(server.rip, plan.real_port);
        lines.push(format!("-a -t {service} -r {real} {option}"));
    }
    lines
}

impl Lesson {
    /// Runs it, telling everything by `say`; the running lab and whether all that was promised was seen.
    ///
    /// # Errors
    /// Something could not be built or started.
    pub fn run(&self, state: &State) -> Result<(Running, bool)> {
        let plan = Plan::new(self.wish.clone());
        (self.say)(&self.ink.headline(&format!("{}: the network", narrate::mode_name(&plan.wish))));
        (self.say)(&narrate::network(&plan));
        if let Some(text) = narrate::silence(&plan) {
            (self.say)(&format!("\n{text}\n"));
        }
        let running = Running::start(plan.clone(), state)?;

        (self.say)(&self.ink.headline("The service, on the director"));
        let interfaces: Vec<_> =
            plan.director_interfaces().iter().map(|i| format!(" --interface {i}")).collect();
        (self.say)(&format!(
            "  ulvs run{} --socket {}\n",
            interfaces.concat(),
            running.director.socket().display()
        ));
        for line in service_lines(&plan, &self.scheduler) {
            (self.say)(&format!("  ipvsadm {line}\n"));
            running.ipvsadm(&line)?;
        }

        (self.say)(&self.ink.headline("Requests from the client"));
        let mut promises = self.make_requests(&running, &plan);
        let (frames, missed) = running.capture.frames();
        if missed > 0 {
            (self.say)(&format!(
                "  (the capture kept the first frames only; {missed} more crossed the network)\n"
            ));
        }
        let traces = Trace::all(&frames, &plan);
        self.show(&plan, &traces);

        (self.say)(&self.ink.headline("What the director says"));
        let mut missing = None;
        for line in ["-Ln", "-Lnc", "-Ln --stats"] {
            let listing = running.ipvsadm(line)?;
            (self.say)(&format!("$ ipvsadm {line}\n{listing}\n"));
            missing = missing.or_else(|| missing_from(&listing, line, &plan));
        }
        if let Some(directory) = &self.pcap {
            let is_switch = |name: &str| plan.topology.is_switch(name);
            let files = capture::write_pcaps(directory, &frames, is_switch)?;
            (self.say)(&format!("captures: {}\n", files.join(" ")));
        }
        promises.extend(promise::check(&plan, &traces));
        promises.push(Promise { text: "ipvsadm shows the service and its real servers", broken: missing });
        let kept = judge(self.say, self.ink, "Was it what the mode promises?", &promises);
        if !kept {
            (self.say)(&format!("\nthe director's log:\n{}\n", running.director.log_tail()));
        }
        Ok((running, kept))
    }

    /// Makes the requests; how the promises about them fared.
    fn make_requests(&self, running: &Running, plan: &Plan) -> Vec<Promise> {
        let (mut faults, mut shares) = (Vec::new(), BTreeMap::new());
        for number in 1..=self.requests {
            match running.get("/") {
                Ok(response) => {
                    let body = String::from_utf8_lossy(&response.body);
                    (self.say)(&format!("{number:>4}  {} {}\n", response.status, body.trim_end()));
                    if response.status != 200 || response.real_server.is_empty() {
                        faults.push(format!("request {number} was answered {}", response.status));
                    }
                    *shares.entry(response.real_server).or_insert(0) += 1;
                }
                Err(error) => {
                    (self.say)(&format!("{number:>4}  failed: {error:#}\n"));
                    faults.push(format!("request {number} failed: {error:#}"));
                    if faults.len() >= 3 {
                        break; // the point is made; each costs seconds
                    }
                }
            }
        }
        let list: Vec<_> = shares.iter().map(|(name, count)| format!("{name} {count}")).collect();
        (self.say)(&format!("      answered by: {}\n", list.join(", ")));
        let mut promises = vec![Promise {
            text: "every request is answered, by a real server",
            broken: (!faults.is_empty()).then(|| faults.join("; ")),
        }];
        if self.scheduler == "rr" {
            let broken = promise::fair_shares(plan, &shares).err();
            promises.push(Promise { text: "round robin: each real server gets its share", broken });
        }
        promises
    }

    /// One connection's frames: the first that got no answer, if there is one, else the first.
    fn show(&self, plan: &Plan, traces: &[Trace]) {
        let Some(trace) = traces.iter().find(|t| t.reply().is_empty()).or(traces.first()) else { return };
        let answered = !trace.reply().is_empty();
        let ways = [
            ("The connection's first packet (SYN), hop by hop", trace.syn()),
            ("The request (GET / HTTP/1.1), hop by hop", trace.request()),
            if answered {
                ("The reply, hop by hop", trace.reply())
            } else {
                ("What came back instead of a reply", trace.first_answer())
            },
        ];
        for (title, way) in ways {
            (self.say)(&self.ink.headline(title));
            (self.say)(&if way.is_empty() {
                "  nothing was seen\n".to_owned()
            } else {
                narrate::way(plan, self.ink, &way)
            });
        }
        if answered {
            (self.say)(&format!("\n{}\n", narrate::moral(plan)));
        }
    }
}

/// Says which promises were kept; whether all were.
pub fn judge(say: fn(&str), ink: Ink, title: &str, promises: &[Promise]) -> bool {
    say(&ink.headline(title));
    for promise in promises {
        say(&match &promise.broken {
            None => format!("  yes  {}\n", promise.text),
            Some(what) => format!("  NO   {}\n       seen: {what}\n", promise.text),
        });
    }
    promises.iter().all(|promise| promise.broken.is_none())
}

/// What a listing should have and has not: the service, and each real server.
fn missing_from(listing: &str, line: &str, plan: &Plan) -> Option<String> {
    let mut wanted = vec![plan.service.ip().to_string()];
    if line != "-Lnc" {
        wanted.extend(plan.servers.iter().map(|s| SocketAddr::new(s.rip, plan.real_port).to_string()));
    }
    let missing: Vec<_> = wanted.into_iter().filter(|w| !listing.contains(w.as_str())).collect();
    (!missing.is_empty()).then(|| format!("ipvsadm {line} does not show {}", missing.join(", ")))
}

/// How to get at a lab by hand.
///
/// # Errors
/// It has no client, or no director.
pub fn how_to_enter(running: &Running, state: &State, privilege: Privilege) -> Result<String> {
    let place = Place { lab: &running.lab, director: &running.director, host: DIRECTOR, has_mounts: false };
    place.how_to_enter(running.plan.service, state, privilege)
}

/// Writes to standard output. A reader that went away (`| head`) is no reason to panic in the middle of a cleanup.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
