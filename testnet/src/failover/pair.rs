//! Two directors and those around them, running.

use super::load::Load;
use super::site::{self, DIRECTORS, INTERVAL, SWITCHES, TRUNK};
use super::timeline::Step;
use crate::actor::steady_server::SteadyServer;
use crate::capture::Capture;
use crate::director::Director;
use crate::lab::Lab;
use crate::plan::CLIENT;
use crate::state::State;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
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
    pub fn build(state: &State, say: fn(&str)) -> Result<Self> {
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
            std::fs::write(folder.join("ulvs.toml"), site::config(number)?)?;
        }
        let folders = DIRECTORS.map(|name| memory.join(name));
        Ok(Self {
            load: None,
            directors: [None, None],
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
        let options = ["--config", &file("ulvs.toml"), "--table", &file("table"), "--workers", "1"];
        let mut director = Director::spawn(host, folder, &["eth0"], &options)?;
        director.wait_ready(host)?;
        for role in ["master", "backup"] {
            let daemon = ["--start-daemon", role, "--mcast-interface", "eth0", "--syncid", SYNC_ID];
            director.ipvsadm(host, &daemon)?;
        }
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

    /// Waits until this director, and nobody else, has been master for four intervals.
    ///
    /// # Errors
    /// That does not come.
    pub fn wait_for_master(&self, which: usize) -> Result<()> {
        self.wait(&format!("{} alone is master", DIRECTORS[which]), |pair| {
            let rows = pair.routers();
            rows.iter().enumerate().all(|(number, state)| {
                state.as_deref().unwrap_or("none") == if number == which { "MASTER" } else { "BACKUP" }
                    || number != which && state.is_none()
            })
        })
    }

    /// Waits until this director calls itself master, whatever others do.
    ///
    /// # Errors
    /// That does not come.
    pub fn wait_until_master(&self, which: usize) -> Result<()> {
        let text = format!("{} is master", DIRECTORS[which]);
        self.wait(&text, |pair| pair.routers()[which].as_deref() == Some("MASTER"))
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

    /// What each director says of its virtual router; `None`: there is no such director.
    fn routers(&self) -> [Option<String>; 2] {
        [0, 1].map(|which| {
            let director = self.directors[which].as_ref()?;
            let output = director
                .output(self.lab.host(DIRECTORS[which]).ok()?, "ulvs", &["status", "-o", "json"])
                .ok()?;
            let status: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
            Some(status["virtual_routers"][0]["role"].as_str()?.to_uppercase())
        })
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

    /// Both directors' logs.
    pub fn logs(&self) -> String {
        let log = |name: &str, folder: &PathBuf| {
            format!("{name}:\n{}", std::fs::read_to_string(folder.join("ulvs.log")).unwrap_or_default())
        };
        DIRECTORS.iter().zip(&self.folders).map(|(name, folder)| log(name, folder)).collect()
    }
}
