//! One of the two directors: an `ulvs`, or a keepalived.

use super::PATIENCE;
use crate::programs::{Daemon, command};
use crate::rig::lay_out;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use testnet::director::Director;
use testnet::host::Host;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Ulvs,
    Keepalived,
}

/// A line of log, and when it was written, since 1970.
pub type Line = (Duration, String);

enum Running {
    Ulvs(Director),
    Keepalived(Daemon),
}

/// A director that may run, die and run again.
pub struct End {
    pub program: Program,
    directory: PathBuf,
    config: PathBuf,
    running: Option<Running>,
    /// What keepalived said, with when it came.
    said: Arc<Mutex<Vec<Line>>>,
}

impl End {
    /// Not running. `directory` is its own; the configuration is `config` there.
    pub fn new(program: Program, directory: &Path, config_name: &str) -> Result<Self> {
        std::fs::create_dir(directory)?;
        lay_out(directory)?;
        let (directory, config) = (directory.to_owned(), directory.join(config_name));
        Ok(Self { program, directory, config, running: None, said: Arc::default() })
    }

    /// Its configuration is this from the next start or reload on.
    pub fn configure(&self, text: &str) -> Result<()> {
        Ok(std::fs::write(&self.config, text)?)
    }

    pub fn start(&mut self, host: &Host) -> Result<()> {
        let config = self.config.display().to_string();
        self.running = Some(match self.program {
            Program::Ulvs => {
                let further = ["--workers", "1", "--config", &config];
                let mut director = Director::spawn(host, &self.directory, &["eth0"], &further)?;
                director.wait_ready(host)?;
                Running::Ulvs(director)
            }
            Program::Keepalived => {
                let mut keepalived = command("keepalived");
                keepalived.args(["-n", "-l", "-D", "-P", "-f"]).arg(&config);
                keepalived.arg("-p").arg(self.directory.join("parent.pid"));
                keepalived.arg("-r").arg(self.directory.join("vrrp.pid"));
                // A group of its own: it starts anew what is killed of it.
                keepalived.process_group(0).stdin(Stdio::null());
                keepalived.stdout(Stdio::piped()).stderr(Stdio::piped());
                let mut child = host.spawn(keepalived)?;
                if let Some(from) = child.stdout.take() {
                    note(from, Arc::clone(&self.said));
                }
                if let Some(from) = child.stderr.take() {
                    note(from, Arc::clone(&self.said));
                }
                Running::Keepalived(Daemon(child))
            }
        });
        Ok(())
    }

    /// Sends a signal to all of it.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        match self.running.as_mut().context("it does not run")? {
            Running::Ulvs(director) => director.signal(signal),
            Running::Keepalived(daemon) => Ok(kill_process_group(Pid::from_child(&daemon.0), signal)?),
        }
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.wait()
    }

    /// SIGTERM, and waits until it has ended.
    pub fn stop(&mut self) -> Result<()> {
        match self.running.as_mut().context("it does not run")? {
            Running::Ulvs(director) => director.signal(Signal::TERM)?,
            Running::Keepalived(daemon) => {
                rustix::process::kill_process(Pid::from_child(&daemon.0), Signal::TERM)?;
            }
        }
        self.wait()
    }

    fn wait(&mut self) -> Result<()> {
        match self.running.take().context("it does not run")? {
            Running::Ulvs(mut director) => director.wait(PATIENCE).map(drop),
            Running::Keepalived(mut daemon) => {
                let begun = Instant::now();
                while daemon.0.try_wait()?.is_none() {
                    ensure!(begun.elapsed() < PATIENCE, "keepalived does not end");
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(())
            }
        }
    }

    /// Its configuration is read anew.
    pub fn reload(&self, host: &Host) -> Result<()> {
        match self.running.as_ref().context("it does not run")? {
            Running::Ulvs(_) => self.ulvs(host, &["reload"]).map(drop),
            Running::Keepalived(daemon) => {
                Ok(rustix::process::kill_process(Pid::from_child(&daemon.0), Signal::HUP)?)
            }
        }
    }

    /// What `ulvs ARGS` says.
    pub fn ulvs(&self, host: &Host, args: &[&str]) -> Result<String> {
        let Some(Running::Ulvs(director)) = &self.running else { bail!("no ulvs runs") };
        let output = director.output(host, "ulvs", args)?;
        let err = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "ulvs {}: {err}\n{}", args.join(" "), director.log_tail());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Its virtual routers by name, as `ulvs status` has them.
    pub fn status(&self, host: &Host) -> Result<BTreeMap<String, serde_json::Value>> {
        let status: serde_json::Value = serde_json::from_str(&self.ulvs(host, &["status", "-j"])?)?;
        let routers = status["virtual_routers"].as_array().context("virtual routers")?;
        let name = |router: &serde_json::Value| router["name"].as_str().unwrap_or_default().to_owned();
        Ok(routers.iter().map(|router| (name(router), router.clone())).collect())
    }

    /// What each virtual router is now: `master`, `backup`, `fault`. Those of ulvs by its status; keepalived's by its log.
    pub fn roles(&self, host: &Host) -> Result<BTreeMap<String, String>> {
        if self.program == Program::Ulvs {
            let role = |router: &serde_json::Value| router["role"].as_str().unwrap_or_default().to_owned();
            return Ok(self
                .status(host)?
                .iter()
                .map(|(name, router)| (name.clone(), role(router)))
                .collect());
        }
        let states = self.states();
        Ok(states.into_iter().map(|(_, name, state)| (name, state.to_lowercase())).collect())
    }

    /// All that it logged so far.
    pub fn lines(&self) -> Vec<Line> {
        match self.program {
            Program::Keepalived => self.said.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Program::Ulvs => {
                let log = std::fs::read_to_string(self.directory.join("ulvs.log")).unwrap_or_default();
                log.lines().filter_map(|line| Some((moment(line)?, line.to_owned()))).collect()
            }
        }
    }

    /// The changes of state that its log tells: when, of which virtual router, to what.
    pub fn states(&self) -> Vec<(Duration, String, String)> {
        let state = |(at, line): Line| {
            let (head, rest) = line.split_once(") Entering ")?;
            let (_, name) = head.rsplit_once('(')?;
            Some((at, name.to_owned(), rest.split(' ').next()?.to_owned()))
        };
        self.lines().into_iter().filter_map(state).collect()
    }

    /// How many lines of its log contain this.
    pub fn count(&self, words: &str) -> usize {
        self.lines().iter().filter(|(_, line)| line.contains(words)).count()
    }

    /// The end of its log, for who asks why something failed.
    pub fn tail(&self) -> String {
        let lines = self.lines();
        let lines = &lines[lines.len().saturating_sub(25)..];
        lines.iter().map(|(_, line)| format!("\n  {line}")).collect()
    }
}

fn note(from: impl std::io::Read + Send + 'static, to: Arc<Mutex<Vec<Line>>>) {
    // Ends with the process at the other end.
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let now = now();
            to.lock().unwrap_or_else(PoisonError::into_inner).push((now, line));
        }
    });
}

/// Since 1970.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// When a line of our log was written: it begins with the time of day, UTC.
fn moment(line: &str) -> Option<Duration> {
    const DAY: u64 = 24 * 60 * 60;
    let (_, time) = line.split_once('T')?;
    let (time, _) = time.split_once('Z')?;
    let mut parts = time.split(':').map(|part| part.parse::<f64>().ok());
    let second = parts.next()?? * 3600.0 + parts.next()?? * 60.0 + parts.next()??;
    let now = now();
    let midnight = Duration::from_secs(now.as_secs() / DAY * DAY);
    let at = midnight + Duration::from_secs_f64(second);
    // Yesterday, if midnight has passed since.
    Some(if at > now + Duration::from_secs(DAY / 2) { at - Duration::from_secs(DAY) } else { at })
}
