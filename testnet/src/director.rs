//! The director's process, and ipvsadm lines given to it.

use crate::host::Host;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// The names under which this program is the director's command line.
pub const NAMES: [&str; 4] = ["ulvs", "ipvsadm", "ipvsadm-save", "ipvsadm-restore"];

/// How long the director may take until its control socket answers.
const START: Duration = Duration::from_secs(10);
/// How long it may take to end when asked to.
const STOP: Duration = Duration::from_secs(3);

/// Is the director's command line: what `ulvs` does under that name. The lab runs itself under the director's names
/// (symbolic links in its `bin` directory), so that it always tests the director that it was built with.
pub fn entry(argv: impl IntoIterator<Item = OsString>) -> ExitCode {
    ulvs::cli::entry(argv)
}

/// True if the program was called by one of the director's names.
pub fn is_called(argv0: Option<&OsString>) -> bool {
    argv0
        .and_then(|name| Path::new(name).file_name())
        .is_some_and(|name| NAMES.iter().any(|director| name == *director))
}

/// A running `ulvs run`.
pub struct Director {
    child: Child,
    bin: PathBuf,
    socket: PathBuf,
    log: PathBuf,
}

impl Director {
    /// Starts `ulvs run` on a host and waits until its control socket answers. `directory` has the `bin` directory and
    /// gets the socket and the log.
    ///
    /// # Errors
    /// It ended, or did not answer in time; the error has the last lines of its log.
    pub fn start(host: &Host, directory: &Path, interfaces: &[&str]) -> Result<Self> {
        let mut director = Self::spawn(host, directory, interfaces, &[])?;
        director.wait_ready(host)?;
        Ok(director)
    }

    /// As [`Director::start`] with further arguments of `ulvs run`, and without waiting. The log is appended to.
    ///
    /// # Errors
    /// The process could not be started.
    pub fn spawn(host: &Host, directory: &Path, interfaces: &[&str], further: &[&str]) -> Result<Self> {
        let (bin, socket) = (directory.join("bin"), directory.join("ulvs.sock"));
        let log = directory.join("ulvs.log");
        let mut command = Command::new(bin.join("ulvs"));
        command.arg("run");
        for interface in interfaces {
            command.args(["--interface", interface]);
        }
        command.arg("--socket").arg(&socket).args(further).stdin(Stdio::null());
        let output = OpenOptions::new().create(true).append(true).open(&log).context("the director's log")?;
        command.stdout(output.try_clone()?).stderr(output);
        let child = host.spawn(command)?;
        Ok(Self { child, bin, socket, log })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its control socket, for `ULVS_SOCKET`.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Runs `ipvsadm` with these arguments on the director's host.
    ///
    /// # Errors
    /// It could not be run, or ended with an exit code other than 0: then with what it said.
    pub fn ipvsadm(&self, host: &Host, args: &[&str]) -> Result<String> {
        let output = self.output(host, "ipvsadm", args)?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            bail!("ipvsadm {}: {}: {}", args.join(" "), output.status, stderr.trim());
        }
        Ok(stdout)
    }

    /// What a command of this director does under one of its [`NAMES`], run on a host, with its socket.
    ///
    /// # Errors
    /// It could not be run.
    pub fn output(&self, host: &Host, name: &str, args: &[&str]) -> Result<Output> {
        let mut command = Command::new(self.bin.join(name));
        command.args(args).env("ULVS_SOCKET", &self.socket);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(host.spawn(command)?.wait_with_output()?)
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// It has ended already.
    pub fn signal(&mut self, signal: rustix::process::Signal) -> Result<()> {
        if let Some(status) = self.ended()? {
            bail!("the director has ended ({status}). Its log:\n{}", self.log_tail());
        }
        Ok(rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)?)
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// It did not within `patience`.
    pub fn wait(&mut self, patience: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("the director did not end within {patience:?}. Its log:\n{}", self.log_tail());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The exit status if it is no longer running.
    ///
    /// # Errors
    /// Those of `waitpid`.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// All of its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until its control socket answers.
    ///
    /// # Errors
    /// It ended, or did not answer in time; the error has the last lines of its log.
    pub fn wait_ready(&mut self, host: &Host) -> Result<()> {
        let deadline = Instant::now() + START;
        loop {
            if let Some(status) = self.ended()? {
                bail!("the director ended at once ({status}). Its log:\n{}", self.log_tail());
            }
            if self.socket.exists() {
                match self.ipvsadm(host, &["-Ln"]) {
                    Ok(_) => return Ok(()),
                    Err(error) if Instant::now() > deadline => return Err(error),
                    Err(_) => {}
                }
            }
            if Instant::now() > deadline {
                bail!("the director's control socket did not appear. Its log:\n{}", self.log_tail());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Director {
    fn drop(&mut self) {
        end(&mut self.child, STOP);
    }
}

/// Asks a child process to end (SIGTERM), and makes it end if it has not within `patience`. Waits for it either way.
pub fn end(child: &mut Child, patience: Duration) {
    use rustix::process::{Pid, Signal, kill_process};
    if matches!(child.try_wait(), Ok(None)) {
        let _ = kill_process(Pid::from_child(child), Signal::TERM);
    }
    let deadline = Instant::now() + patience;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
