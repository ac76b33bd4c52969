//! Two directors and those around them, running.

use super::Peer;
use super::load::Load;
use super::site::{self, DIRECTORS, INTERVAL, SWITCHES, TRUNK};
use super::timeline::Step;
use crate::actor::steady_server::SteadyServer;
use crate::capture::Capture;
use crate::director::{Director, end};
use crate::lab::Lab;
use crate::plan::CLIENT;
use crate::state::State;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use ulvs::host::links::{LinkChange, Links};

/// How long anything may take before the lab gives up; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of each frame that are kept: all headers.
const HEADERS: usize = 160;
/// Number of the group of sync daemons.
const SYNC_ID: &str = "51";

/// The pair. Fields are dropped in this order.
pub struct Pair {
    load: Option<Load>,
    directors: [Option<Director>; 2],
    keepalived: Option<Child>,
    peer: Peer,
    /// Everything on the wires.
    pub capture: Capture,
    servers: Vec<SteadyServer>,
    lab: Lab,
    folders: [PathBuf; 2],
    /// What was done so far.
    pub steps: Vec<Step>,
    say: fn(&str),
}

/// Now, as the kernel stamps frames.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Pair {
    /// Builds the network and its servers; no director yet.
    ///
    /// # Errors
    /// Names what could not be built or started.
    pub fn build(state: &State, peer: Peer, say: fn(&str)) -> Result<Self> {
        let memory = state.memory()?;
        let lab = Lab::build(site::topology())?;
        lab.wait_running()?;
        let start = |(name, _): (String, Ipv4Addr)| {
            SteadyServer::start(
                lab.host(&name)?,
                SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), site::service().port()),
            )
        };
        let servers = site::servers().map(start).collect::<Result<Vec<_>>>()?;
        let capture = Capture::of_heads(&lab, HEADERS)?;
        for (number, name) in DIRECTORS.iter().enumerate() {
            let folder = memory.join(name);
            std::fs::create_dir(&folder)?;
            std::os::unix::fs::symlink(state.path().join("bin"), folder.join("bin"))?;
            std::fs::write(
                folder.join("ulvs.toml"),
                site::config(number, number == 0 || peer == Peer::Ulvs)?,
            )?;
        }
        let folders = DIRECTORS.map(|name| memory.join(name));
        std::fs::write(folders[1].join("keepalived.conf"), site::keepalived_config())?;
        Ok(Self {
            load: None,
            directors: [None, None],
            keepalived: None,
            peer,
            capture,
            servers,
            lab,
            folders,
            steps: Vec::new(),
            say,
        })
    }

    /// Tells and notes what is done now.
    pub fn step(&mut self, text: &str) -> Duration {
        let at = now();
        (self.say)(&format!("{text}\n"));
        self.steps.push(Step { at, text: text.to_owned() });
        at
    }

    /// Starts a director with its configuration, its table, and both sync daemons.
    ///
    /// # Errors
    /// It does not start; what it said is in the error.
    pub fn start_director(&mut self, which: usize) -> Result<()> {
        let (host, folder) = (self.lab.host(DIRECTORS[which])?, &self.folders[which]);
        let file = |name: &str| folder.join(name).display().to_string();
        let is_led = which == 1 && self.peer == Peer::Keepalived;
        let claim = if is_led { "off" } else { "on" };
        let (config, table) = (file("ulvs.toml"), file("table"));
        let options = ["--config", &config, "--table", &table, "--workers", "1", "--claim", claim];
        let mut director = Director::spawn(host, folder, &["eth0"], &options)?;
        director.wait_ready(host)?;
        for role in ["master", "backup"] {
            let daemon = ["--start-daemon", role, "--mcast-interface", "eth0", "--syncid", SYNC_ID];
            director.ipvsadm(host, &daemon)?;
        }
        self.directors[which] = Some(director);
        if is_led {
            let mut keepalived = Command::new("keepalived");
            keepalived.args([
                "--dont-fork",
                "--log-console",
                "--vrrp",
                "--use-file",
                &file("keepalived.conf"),
            ]);
            keepalived.args(["--pid", &file("keepalived.pid"), "--vrrp_pid", &file("vrrp.pid")]);
            let log = File::create(folder.join("keepalived.log"))?;
            keepalived.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
            self.keepalived = Some(self.lab.host(DIRECTORS[which])?.spawn(keepalived)?);
        }
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

    /// Pulls the trunk's plugs, or puts them in again.
    ///
    /// # Errors
    /// The links cannot be changed.
    pub fn trunk(&self, is_in: bool) -> Result<()> {
        for (switch, port) in SWITCHES.iter().zip(TRUNK) {
            self.lab.host(switch)?.run(|| -> Result<()> {
                let mut links = Links::open()?;
                let index = links.find(port)?.ifindex;
                Ok(links.change(index, &LinkChange { up: Some(is_in), ..LinkChange::default() })?)
            })??;
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

    /// Waits until this director calls itself master, and the other one does not.
    ///
    /// # Errors
    /// That does not come.
    pub fn wait_for_master(&self, which: usize) -> Result<()> {
        self.wait(&format!("{} alone is master", DIRECTORS[which]), |pair| {
            pair.masters() == [which == 0, which == 1]
        })
    }

    /// Waits until this director calls itself master, whatever the other one does.
    ///
    /// # Errors
    /// That does not come.
    pub fn wait_until_master(&self, which: usize) -> Result<()> {
        self.wait(&format!("{} is master", DIRECTORS[which]), |pair| pair.masters()[which])
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Self) -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            if Instant::now() > deadline {
                bail!("it does not come that {what}. The directors' logs:\n{}", self.logs());
            }
            std::thread::sleep(INTERVAL / 4);
        }
        Ok(())
    }

    /// Who calls itself master.
    fn masters(&self) -> [bool; 2] {
        [0, 1].map(|which| self.is_master(which).unwrap_or(false))
    }

    fn is_master(&self, which: usize) -> Option<bool> {
        if which == 1 && self.peer == Peer::Keepalived {
            let log = std::fs::read_to_string(self.folders[1].join("keepalived.log")).ok()?;
            return Some(log.lines().rfind(|line| line.contains(" STATE"))?.contains("MASTER STATE"));
        }
        let director = self.directors[which].as_ref()?;
        let host = self.lab.host(DIRECTORS[which]).ok()?;
        let output = director.output(host, "ulvs", &["status", "-o", "json"]).ok()?;
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
        Some(status["virtual_routers"][0]["role"] == "master")
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
            std::thread::sleep(INTERVAL / 4);
        }
    }

    /// The directors' logs, and keepalived's.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        for (name, folder) in DIRECTORS.iter().zip(&self.folders) {
            for file in ["ulvs.log", "keepalived.log"] {
                if let Ok(log) = std::fs::read_to_string(folder.join(file)) {
                    text += &format!("{name}, {file}:\n{log}");
                }
            }
        }
        text
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        if let Some(keepalived) = &mut self.keepalived {
            end(keepalived, PATIENCE);
        }
    }
}
