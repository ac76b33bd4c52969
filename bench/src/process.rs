//! The director as a process: `ulvs run` with one worker, on the director's host.

use crate::bed::Bed;
use crate::programs::spawn_on;
use crate::scenario::SERVICES;
use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::mount::{MountFlags, mount};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use testnet::director::end;
use ulvs::api::client::Client;
use ulvs::control::command::{Reply, Request, Status};
use ulvs::lvs::{ForwardingMethod, Protocol};

/// After so long, what only the kernel counts is in a director's status: a worker reads it once a second, and sleeps half of
/// one while nothing comes.
pub const TELLS: Duration = Duration::from_millis(2200);
/// Where the director's files are: memory that only this program and its director see.
const SCRATCH: &str = "/run";
const RULES: &str = "/run/ulvs.rules";
const SOCKET: &str = "/run/ulvs.sock";
const LOG: &str = "/run/ulvs.log";
/// What the status says of an interface whose claim stands.
pub const CLAIMED: &str = "nftables ingress drop, verified";
/// How long the director may take until it answers.
const START: Duration = Duration::from_secs(10);
/// How long it may take to end when asked to.
const STOP: Duration = Duration::from_secs(3);

/// Puts empty memory over [`SCRATCH`] in this program's own mount namespace: whatever ends it, no file stays behind.
///
/// # Errors
/// The kernel refuses the mount.
pub fn make_scratch() -> Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("tmpfs", SCRATCH, "tmpfs", flags, None).context("a file system in memory for the director's socket")
}

/// A running `ulvs run`; dropping it ends it.
pub struct UlvsRun {
    child: Child,
    method: ForwardingMethod,
}

impl UlvsRun {
    /// Starts it with the services of the measurements and waits until it answers: by then its traffic is claimed.
    ///
    /// # Errors
    /// It ended, or did not answer in time; with what it said.
    pub fn start(bed: &Bed, method: ForwardingMethod, cpu: usize) -> Result<Self> {
        Self::start_on(bed, method, &[cpu], &[])
    }

    /// As [`UlvsRun::start`], with a worker on each of these CPUs and further options of `ulvs run`.
    ///
    /// # Errors
    /// As there.
    pub fn start_on(bed: &Bed, method: ForwardingMethod, cpus: &[usize], further: &[&str]) -> Result<Self> {
        Self::start_rules(bed, (method, &rules(method, "rr")), (cpus.len(), cpus), further)
    }

    /// As [`UlvsRun::start_on`], with these rules, as `ipvsadm -S` prints them, and so many workers, of which those that
    /// are more than the CPUs are where the kernel puts them.
    ///
    /// # Errors
    /// As there.
    pub fn start_rules(
        bed: &Bed,
        (method, rules): (ForwardingMethod, &str),
        (workers, cpus): (usize, &[usize]),
        further: &[&str],
    ) -> Result<Self> {
        fs::write(RULES, rules).context(RULES)?;
        let log = File::create(LOG).context(LOG)?;
        let cpus: Vec<_> = cpus.iter().map(usize::to_string).collect();
        let mut command = this_program()?;
        command
            .arg0("ulvs")
            .args(["run", "--interface", "eth0", "--interface", "eth1", "--log-level", "warn"])
            .args([
                "--workers",
                &workers.to_string(),
                "--cpus",
                &cpus.join(","),
                "--config",
                RULES,
                "--socket",
                SOCKET,
            ])
            .args(further)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let mut run = Self { child: bed.director()?.spawn(command)?, method };
        run.wait_ready().with_context(|| said().unwrap_or_default())?;
        Ok(run)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it something.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub fn ask(&self, request: &Request) -> Result<Reply> {
        match Client::connect(Path::new(SOCKET))?.ask(request)? {
            Reply::Refused(error) => bail!("the director refused: {error}"),
            Reply::Each(outcomes) => {
                let refused = outcomes.into_iter().flatten().next();
                refused.map_or(Ok(Reply::Done), |error| Err(anyhow!("the director refused: {error}")))
            }
            reply => Ok(reply),
        }
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// It does not answer.
    pub fn status(&self) -> Result<Status> {
        match self.ask(&Request::Status)? {
            Reply::Status(status) => Ok(*status),
            _ => bail!("it has no status"),
        }
    }

    /// Lets it read its configuration anew, with this scheduler for all services.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn reload(&self, scheduler: &str) -> Result<()> {
        fs::write(RULES, rules(self.method, scheduler)).context(RULES)?;
        kill_process(Pid::from_child(&self.child), Signal::HUP).context("SIGHUP to the director")
    }

    /// Lists all connections as a user would, to nowhere, on that CPU; returns when that is done.
    ///
    /// # Errors
    /// The program fails.
    pub fn list_connections(&self, bed: &Bed, cpu: usize) -> Result<()> {
        let mut command = this_program()?;
        command.arg0("ipvsadm").args(["-Lnc"]).env("ULVS_SOCKET", SOCKET);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = spawn_on(bed.director()?, command, cpu)?.wait()?;
        ensure!(status.success(), "ipvsadm -Lnc: {status}");
        Ok(())
    }

    fn wait_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START;
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("`ulvs run` ended at once: {status}");
            }
            if let Ok(mut director) = Client::connect(Path::new(SOCKET)) {
                let Reply::Status(status) = director.ask(&Request::Status)? else {
                    bail!("it has no status")
                };
                for port in &status.interfaces {
                    ensure!(port.claim == CLAIMED, "{}: claim: {}", port.name, port.claim);
                }
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "`ulvs run` does not answer");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for UlvsRun {
    fn drop(&mut self) {
        end(&mut self.child, STOP);
    }
}

/// This program, which is the director by another name.
fn this_program() -> Result<Command> {
    Ok(Command::new(std::env::current_exe().context("finding this program")?))
}

/// What the director has said on standard error, if anything.
fn said() -> Option<String> {
    fs::read_to_string(LOG).ok().filter(|log| !log.is_empty())
}

/// The services as `ipvsadm -S` would print them.
fn rules(method: ForwardingMethod, scheduler: &str) -> String {
    let how = option(method);
    SERVICES
        .iter()
        .map(|(protocol, vip, rip, port)| {
            let kind = if *protocol == Protocol::Tcp { "-t" } else { "-u" };
            let service = format!("{kind} {vip}:{port}");
            format!("-A {service} -s {scheduler}\n-a {service} -r {rip}:{port} {how} -w 1\n")
        })
        .collect()
}

/// How `ipvsadm` is told of a forwarding method.
pub const fn option(method: ForwardingMethod) -> &'static str {
    match method {
        ForwardingMethod::Nat => "-m",
        ForwardingMethod::Tunnel => "-i",
        _ => "-g",
    }
}
