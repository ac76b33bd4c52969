//! A real Linux as an ordinary program: made ready, booted, spoken to.

use crate::conformance::{inside, library};
use crate::host::Host;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What makes a kernel image; it also tells whether the one that is there is still right.
const SCRIPT: &str = include_str!("initrd.sh");
/// Makes it run on processors that are newer than it; empty where there is no such kernel. See `preload/xstate.rs`.
const PRELOAD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/xstate.so"));
/// Silence after which an empty line goes to the console: while frames come in a stream the kernel may miss that there is
/// something to read there, and notices with the next line.
const NUDGE: Duration = Duration::from_secs(2);
/// The kernel's memory.
const MEMORY: &str = "mem=192M";

/// User-mode Linux cannot be had here.
#[derive(Debug)]
pub struct LeftOut(String);

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "user-mode Linux cannot be made ready here: {}", self.0)
    }
}

impl std::error::Error for LeftOut {}

/// A kernel and its initial file system.
#[derive(Clone, Debug)]
pub struct Image {
    kernel: PathBuf,
    initrd: PathBuf,
}

/// Where the kernel is made ready.
fn place() -> PathBuf {
    library::root().join("target/conformance-kernel")
}

/// What it is made of.
fn recipe() -> String {
    format!("{SCRIPT}{}", inside::SERVICES)
}

/// The kernel, if it has been made ready.
pub fn ready() -> Option<Image> {
    let folder = place();
    let image = Image { kernel: folder.join("uml/usr/bin/linux.uml"), initrd: folder.join("initrd.gz") };
    let is_right = std::fs::read_to_string(folder.join("stamp")).is_ok_and(|there| there == recipe());
    (is_right && image.initrd.exists()).then_some(image)
}

/// Makes the kernel ready, once: below target/, from Debian's packages.
///
/// # Errors
/// [`LeftOut`] if packages cannot be had.
pub fn prepare() -> Result<Image> {
    if let Some(image) = ready() {
        return Ok(image);
    }
    let folder = place();
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let (script, services) = (folder.join("initrd.sh"), folder.join("services"));
    std::fs::write(&script, SCRIPT)?;
    std::fs::write(&services, inside::SERVICES)?;
    let made = Command::new("sh").arg(&script).arg(&folder).arg(&services).output().context("running sh")?;
    if !made.status.success() {
        return Err(LeftOut(String::from_utf8_lossy(&made.stderr).trim().to_owned()).into());
    }
    std::fs::write(folder.join("stamp"), recipe())?;
    ready().context("the kernel was made ready, and is not")
}

/// The file of [`PRELOAD`], for the dynamic loader. Other threads and processes may be booting kernels with it.
fn preload() -> Result<PathBuf> {
    static WRITING: Mutex<()> = Mutex::new(());
    let _mine = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let path = place().join("xstate.so");
    if std::fs::read(&path).is_ok_and(|there| there == PRELOAD) {
        return Ok(path);
    }
    let new = place().join(format!("xstate.{}", std::process::id()));
    std::fs::write(&new, PRELOAD)
        .and_then(|()| std::fs::rename(&new, &path))
        .with_context(|| path.display().to_string())?;
    Ok(path)
}

/// Process groups of the kernels that run.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// From now on SIGINT and SIGTERM end this program's kernels with it.
///
/// # Errors
/// No handler can be installed.
pub fn end_on_signals() -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            for group in RUNNING.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                let _ = kill_process_group(*group, Signal::KILL);
            }
            std::process::exit(128 + signal);
        }
    })?;
    Ok(())
}

/// A kernel that runs, and a shell in it.
pub struct Uml {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    is_inside: bool,
    commands: u64,
}

impl Uml {
    /// Boots a kernel on a host whose `interfaces` become its vec0, vec1 and so on.
    ///
    /// # Errors
    /// It does not start, or is not ready in time.
    pub fn start(host: &Host, image: &Image, interfaces: &[&str]) -> Result<Self> {
        let mut command = Command::new(&image.kernel);
        let vectors = interfaces
            .iter()
            .enumerate()
            .map(|(number, interface)| format!("vec{number}:transport=raw,ifname={interface},depth=128"));
        command
            .env("LD_PRELOAD", preload()?)
            .arg(MEMORY)
            .arg(format!("initrd={}", image.initrd.display()))
            .args(vectors)
            .args(["con0=fd:0,fd:1", "con=null", "ssl=null", "quiet"])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = host.spawn(command)?;
        if let Some(group) = group_of(&child) {
            RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(group);
        }
        let stdin = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let (sender, lines) = channel();
        std::thread::Builder::new().name("uml-console".to_owned()).spawn(move || {
            let mut reader = BufReader::new(stdout);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|len| len > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
                line.clear();
                if sender.send(text).is_err() {
                    break;
                }
            }
        })?;
        let mut uml = Self { child, stdin, lines, is_inside: false, commands: 0 };
        uml.until("CONFORMANCE-READY", Duration::from_secs(90)).context("booting user-mode Linux")?;
        // The shell has an `ip` of its own, which can less.
        uml.shell(
            "stty -echo; PS1=; PS2=; export IP=/usr/sbin/ip; echo 0 >/proc/sys/kernel/printk",
            Duration::from_secs(30),
        )?;
        Ok(uml)
    }

    /// Lines up to the one that has `mark`, and that one.
    fn until(&mut self, mark: &str, limit: Duration) -> Result<(Vec<String>, String)> {
        let begun = Instant::now();
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(NUDGE.min(limit.saturating_sub(begun.elapsed()))) {
                Ok(line) if line.contains(mark) => return Ok((before, line)),
                Ok(line) => before.push(line),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() < limit => {
                    self.stdin.write_all(b"\n").context("the kernel's console")?;
                }
                Err(RecvTimeoutError::Timeout) => bail!("the kernel says nothing more after {before:?}"),
                Err(RecvTimeoutError::Disconnected) => bail!("the kernel has ended after {before:?}"),
            }
        }
    }

    /// Runs a command; its exit status and all its output.
    ///
    /// # Errors
    /// It does not end in time, or the kernel has ended.
    pub fn shell(&mut self, command: &str, limit: Duration) -> Result<(u8, String)> {
        self.commands += 1;
        let number = self.commands;
        // The mark is not written out in the command, in case that it is echoed.
        writeln!(self.stdin, "{{ {command}\n}} 2>&1; echo '@@'{number}'='$?=")
            .context("the kernel's console")?;
        self.stdin.flush()?;
        let mark = format!("@@{number}=");
        let (before, line) = self.until(&mark, limit).with_context(|| command.to_owned())?;
        let (last, status) = line.split_once(&mark).unwrap_or((&line, ""));
        let status = status.trim_end_matches('=').parse().context("an exit status")?;
        let mut output = String::new();
        for line in before.iter().map(String::as_str).chain((!last.is_empty()).then_some(last)) {
            output += line;
            output.push('\n');
        }
        Ok((status, output))
    }

    /// Is the shell in a namespace?
    pub const fn is_inside(&self) -> bool {
        self.is_inside
    }

    /// From now on commands run in this network namespace.
    ///
    /// # Errors
    /// They do already, or the kernel does not answer.
    pub fn enter(&mut self, namespace: &str) -> Result<()> {
        ensure!(!self.is_inside, "already inside");
        writeln!(self.stdin, "$IP netns exec {namespace} sh")?;
        self.stdin.flush()?;
        self.is_inside = true;
        self.shell("PS1=; PS2=", Duration::from_secs(30)).map(drop)
    }

    /// Commands run in the first namespace again.
    ///
    /// # Errors
    /// The kernel does not answer.
    pub fn leave(&mut self) -> Result<()> {
        self.is_inside = false;
        writeln!(self.stdin, "exit")?;
        self.stdin.flush()?;
        self.shell("true", Duration::from_secs(30)).map(drop)
    }
}

impl Drop for Uml {
    fn drop(&mut self) {
        // It has helper processes; all are of its group.
        if let Some(group) = group_of(&self.child) {
            let _ = kill_process_group(group, Signal::KILL);
            RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != group);
        }
        let _ = self.child.wait();
    }
}

/// The process group is named by its first process.
fn group_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}
