//! Three directors, a router, and those around them, running.

use super::site::{self, DIRECTORS, VIP};
use crate::actor::steady_server::SteadyServer;
use crate::capture::Capture;
use crate::director::{Director, end};
use crate::failover::load::Load;
use crate::failover::pair::now;
use crate::failover::timeline::Step;
use crate::host::Host;
use crate::lab::Lab;
use crate::plan::{CLIENT, ROUTER};
use crate::program;
use crate::state::State;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before the lab gives up; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(20);
const BREATH: Duration = Duration::from_millis(20);
/// Bytes of each frame that are kept: all headers.
const HEADERS: usize = 160;

/// The network at work. Fields are dropped in this order.
pub struct Cluster {
    load: Option<Load>,
    directors: [Option<Director>; 3],
    birds: Vec<Child>,
    /// Everything on the wires.
    pub capture: Capture,
    servers: Vec<SteadyServer>,
    lab: Lab,
    memory: PathBuf,
    /// What was done so far.
    pub steps: Vec<Step>,
    say: fn(&str),
}

impl Cluster {
    /// Builds the network, with its servers and BIRD on the router and on the directors' hosts; no director yet.
    ///
    /// # Errors
    /// Names what could not be built or started.
    pub fn build(state: &State, say: fn(&str)) -> Result<Self> {
        let memory = state.memory()?;
        let lab = Lab::build(site::topology())?;
        lab.wait_running()?;
        let listen = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), site::service().port());
        let start = |(name, _): (String, Ipv4Addr)| SteadyServer::start(lab.host(&name)?, listen);
        let servers = site::servers().map(start).collect::<Result<Vec<_>>>()?;
        let capture = Capture::of_heads(&lab, HEADERS)?;
        let mut birds = Vec::new();
        let configs = (0..DIRECTORS.len()).map(site::director_bird).chain([site::router_bird()]);
        for (name, config) in DIRECTORS.iter().chain([&ROUTER]).zip(configs) {
            let folder = memory.join(name);
            std::fs::create_dir(&folder)?;
            std::os::unix::fs::symlink(state.path().join("bin"), folder.join("bin"))?;
            std::fs::write(folder.join("ulvs.toml"), site::config())?;
            std::fs::write(folder.join("bird.conf"), config)?;
            birds.push(start_bird(lab.host(name)?, &folder)?);
        }
        let directors = [None, None, None];
        Ok(Self { load: None, directors, birds, capture, servers, lab, memory, steps: Vec::new(), say })
    }

    /// Tells and notes what is done now.
    pub fn step(&mut self, text: &str) -> Duration {
        let at = now();
        (self.say)(&format!("{text}\n"));
        self.steps.push(Step { at, text: text.to_owned() });
        at
    }

    /// Starts a director.
    ///
    /// # Errors
    /// It does not start; what it said is in the error.
    pub fn start_director(&mut self, which: usize) -> Result<()> {
        let (host, folder) = (self.lab.host(DIRECTORS[which])?, self.memory.join(DIRECTORS[which]));
        let config = folder.join("ulvs.toml").display().to_string();
        let options = ["--config", &config, "--workers", "1", "--vip-routes", "254"];
        let mut director = Director::spawn(host, &folder, &["eth0"], &options)?;
        director.wait_ready(host)?;
        self.directors[which] = Some(director);
        Ok(())
    }

    /// Sends a director a signal and waits until it has ended.
    ///
    /// # Errors
    /// There is none, or it does not end.
    pub fn end_director(&mut self, which: usize, signal: Signal) -> Result<()> {
        let mut director = self.directors[which].take().with_context(|| format!("no director {which}"))?;
        director.signal(signal)?;
        director.wait(PATIENCE)?;
        Ok(())
    }

    /// Sets the weight of all real servers at one director.
    ///
    /// # Errors
    /// It is not there, or refuses.
    pub fn weigh(&self, which: usize, weight: u32) -> Result<()> {
        let director = self.directors[which].as_ref().context("no such director")?;
        let (vip, weight) = (site::service().to_string(), weight.to_string());
        for (_, rip) in site::servers() {
            let line = ["-e", "-t", &vip, "-r", &rip.to_string(), "-g", "-w", &weight];
            director.ipvsadm(self.lab.host(DIRECTORS[which])?, &line)?;
        }
        Ok(())
    }

    /// The client begins.
    ///
    /// # Errors
    /// Its first connections are not answered.
    pub fn start_load(&mut self) -> Result<()> {
        self.load = Some(Load::start(self.lab.host(CLIENT)?, site::service())?);
        Ok(())
    }

    /// The running load.
    ///
    /// # Errors
    /// It has not begun.
    pub fn load(&self) -> Result<&Load> {
        self.load.as_ref().context("no load yet")
    }

    /// Waits until the router has a path by each of these directors, and by no other.
    ///
    /// # Errors
    /// That does not come.
    pub fn wait_for_paths(&self, which: &[usize]) -> Result<()> {
        let mut wanted: Vec<_> = which.iter().map(|which| site::dip(*which).to_string()).collect();
        wanted.sort();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let paths = self.paths()?;
            if paths == wanted {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("the router's paths are {paths:?}, not {wanted:?}. Logs:\n{}", self.logs());
            }
            std::thread::sleep(BREATH);
        }
    }

    /// Next hops of the router's BIRD for the VIP.
    fn paths(&self) -> Result<Vec<String>> {
        let control = self.memory.join(ROUTER).join("bird.ctl");
        let mut command = Command::new(program::find("birdc").context("birdc is not installed")?);
        command.arg("-r").arg("-s").arg(control).args(["show", "route", "for", &VIP.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let output = self.lab.host(ROUTER)?.spawn(command)?.wait_with_output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let via = |line: &str| line.trim().strip_prefix("via ")?.split(' ').next().map(str::to_owned);
        let mut paths: Vec<_> = text.lines().filter_map(via).collect();
        paths.sort();
        Ok(paths)
    }

    /// The download goes on at full speed until it is whole.
    ///
    /// # Errors
    /// It does not become whole, or never began.
    pub fn finish_download(&self) -> Result<()> {
        self.servers.iter().for_each(SteadyServer::hurry);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let download = self.load()?.download();
            if download.is_whole || download.error.is_some() {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the download stands at {} bytes", download.answered);
            std::thread::sleep(BREATH);
        }
    }

    /// All logs.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for name in DIRECTORS.iter().chain([&ROUTER]) {
            for file in ["ulvs.log", "bird.log"] {
                if let Ok(log) = std::fs::read_to_string(self.memory.join(name).join(file)) {
                    text += &format!("{name}, {file}:\n{log}");
                }
            }
        }
        text
    }
}

fn start_bird(host: &Host, folder: &Path) -> Result<Child> {
    let mut command = Command::new(program::find("bird").context("bird is not installed")?);
    let log = File::create(folder.join("bird.log"))?;
    command.args(site::bird_arguments(folder)).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    host.spawn(command)
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.birds.iter_mut().for_each(|bird| end(bird, PATIENCE));
    }
}
